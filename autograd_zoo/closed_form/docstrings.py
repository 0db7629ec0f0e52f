"""What docstrings say alike, said once: shapes, what is raised, and where the formula stands.

The docstring of a closed form is its formula. Whether the document prints that says the decorator: `@printed` or
`@ours`; a gradient stands where its forward pass does, and is the `@gradient_of` it.

>>> from autograd_zoo.closed_form.activation import prelu, relu_dx
>>> print(prelu.__doc__)
yᵢ = xᵢ if xᵢ > 0, else a xᵢ, with a learned slope
<BLANKLINE>
Shapes: x any, a scalar or (C,) with one slope per channel along `axis`, the result as x.
Source: activation.prelu.y, ours, after He et al. 2015.
>>> print(relu_dx.__doc__)
∂L/∂xᵢ = ∂L/∂yᵢ if xᵢ > 0, else 0
<BLANKLINE>
Shapes: all the same.
Source: activation.relu.dx.
"""

from collections.abc import Callable
from inspect import cleandoc
from textwrap import fill
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])
ANY = "x any, the result the same"
THOSE_OF_FORM = "as in the form"


def printed(shapes: str = ANY, *, raises: str = "", also: str = "") -> Callable[[F], F]:
    """Let the docstring of a forward pass go on with its shapes, its errors, and its place in the document."""
    return lambda form: _go_on(form, shapes, raises, f"{_family(form)}.{form.__name__}.y", also)


def ours(shapes: str = ANY, *, raises: str = "", after: str = "") -> Callable[[F], F]:
    """The same for a formula that the document lacks, after a paper or not."""
    return printed(shapes, raises=raises, also=f"ours, after {after}" if after else "ours")


def gradient_of(form: Callable[..., Any], shapes: str = "", *, raises: str = "", also: str = "") -> Callable[[F], F]:
    """The same for a gradient of `form`.

    The source is that of the form, by the gradient's name, and so is whether it is ours; `also` says what else.
    Where nothing is said of `shapes` they are all the same; `THOSE_OF_FORM` are the form's, and the gradient's are its
    input's, which is so for all gradients at once too, of which nothing is said.
    """
    of_form, _, source = (form.__doc__ or "").partition("Shapes: ")[2].partition("Source: ")
    mine = "ours" if ", ours" in source else ""
    which = ".general" if ".y.general" in source else ""

    def decorate(rule: F) -> F:
        quantity = rule.__name__.removeprefix(f"{form.__name__}_")
        joint = quantity == "gradients"
        place = f"{_family(form)}.{form.__name__}.{'dx and its like' if joint else quantity}{which}"
        said = shapes or ("" if joint else "all the same")
        if shapes == THOSE_OF_FORM:
            inputs = " ".join(of_form.partition(".\n")[0].split()).replace("the result", "g and y")
            said = f"{inputs}; the result as {quantity[1:]}"
        return _go_on(rule, said, raises, place, mine, also)

    return decorate


intermediate_of = gradient_of
"""The same for an intermediate result, which is named as a gradient is: `batch_norm_mu`."""


def _family(form: Callable[..., Any]) -> str:
    return form.__module__.rpartition(".")[2].partition("_")[0]


def _go_on(form: F, shapes: str, raises: str, *source: str) -> F:
    """The function with a longer docstring, if it has one: Python -OO takes it away."""
    said = {"Shapes": shapes, "Raises": raises, "Source": ", ".join(filter(None, source))}
    if form.__doc__:
        more = "\n".join(fill(f"{word}: {text}.", 120) for word, text in said.items() if text)
        form.__doc__ = f"{cleandoc(form.__doc__)}\n\n{more}"
    return form
