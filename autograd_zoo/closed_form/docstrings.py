"""What the docstrings of gradients say alike, said once: shapes, and where the formula stands beside its forward pass.

>>> from autograd_zoo.closed_form.activation import relu_dx
>>> print(relu_dx.__doc__)
∂L/∂xᵢ = ∂L/∂yᵢ if xᵢ > 0, else 0
<BLANKLINE>
Shapes: all the same.
Source: activation.relu.dx.
"""

from collections.abc import Callable
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


def gradient_of(form: Callable[..., Any], shapes: str = "", *, also: str = "") -> Callable[[F], F]:
    """Let the docstring of a gradient of `form`, which is its formula, go on with its shapes and its source.

    The source is that of the form, by the gradient's name, and so is whether it is ours; `also` says what else.
    Where nothing is said of `shapes` they are all the same; all gradients at once have those of their inputs.
    """
    family = form.__module__.rpartition(".")[2].partition("_")[0]
    ours = "ours" if ", ours" in (form.__doc__ or "").partition("Source: ")[2] else ""

    def decorate(rule: F) -> F:
        quantity = rule.__name__.removeprefix(f"{form.__name__}_")
        joint = quantity == "gradients"
        place = f"{family}.{form.__name__}.{'dx and its like' if joint else quantity}"
        said = f"Shapes: {shapes or 'all the same'}.\n" if shapes or not joint else ""
        if rule.__doc__:  # which Python -OO takes away
            rule.__doc__ += f"\n\n{said}Source: {', '.join(part for part in (place, ours, also) if part)}."
        return rule

    return decorate
