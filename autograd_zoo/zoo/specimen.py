"""The specimen: one entry of the zoo, a module with its closed forms, its formulas and the inputs it is checked on."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

from .. import closed_form
from ..closed_form import Formula
from ..closed_form.parts import shared
from ..engine.tensor import Array, Tensor
from ..nn.fusion import FORMS

Draw = Callable[[np.random.Generator, tuple[int, ...]], Array]


class Recording(NamedTuple):
    """What a specimen records: its result, and the leaves behind it by the names of the inputs."""

    y: Tensor
    leaves: dict[str, Tensor]


@dataclass(frozen=True, kw_only=True, eq=False)
class Specimen:
    """One module of the document. Its closed forms are found by name: `softmax`, `softmax_dx` in its family's file.

    Where the gradients share most of their work, one function, `lstm_gradients`, gives all of them, in a NamedTuple.
    """

    name: str
    family: str
    run: Callable[..., Any]
    """The module, called: `(*inputs, **params)`, Tensors or arrays to one result."""
    inputs: tuple[str, ...] = ("x",)
    """Names of the inputs in the formulas; parameters of the module are inputs too."""
    domain: Draw
    """Draws the first input in a given shape, away from kinks and ties."""
    others: Callable[[np.random.Generator, Array], tuple[Array, ...]] = lambda rng, x: ()
    """Draws the other inputs to go with the first."""
    accept: Callable[[Array], Array] = lambda x: x
    """Brings real data into the domain (probabilities, for instance)."""
    shapes: tuple[tuple[int, ...], ...]
    """Shapes of the first input."""
    variants: tuple[Mapping[str, Any], ...] = field(default=({},))
    """The keyword arguments it is checked with."""
    smooth: bool = True
    """Whether the second derivative exists everywhere in the domain, and is checked too."""
    intermediates: Mapping[str, Callable[..., Array]] = field(default_factory=dict)
    """By the names of nodes on the tape, the closed forms of the gradients that the document prints for them.

    Where several nodes have the name, one for each time step, the closed form has them along its first axis."""
    doc: str = ""
    """What it computes, in a line; by default the first line of its closed form's docstring."""
    form: str = ""
    """The name of its closed forms, if it is not its own: `conv` for conv2d."""

    def __post_init__(self) -> None:
        if not self.doc:
            closed = getattr(self.formulas, self.form or self.name, None)
            object.__setattr__(self, "doc", (inspect.getdoc(closed) or "").partition("\n")[0])

    @property
    def formulas(self) -> ModuleType:
        """The family's file of closed forms."""
        return getattr(closed_form, self.family)  # type: ignore[no-any-return]

    @property
    def forward(self) -> Callable[..., Any]:
        """The closed form of the forward pass."""
        return getattr(self.formulas, self.form or self.name)  # type: ignore[no-any-return]

    @property
    def is_closed_form(self) -> bool:
        """Whether the module's forward pass is the closed form itself, given Tensors: there is nothing to compare."""
        return self.forward in FORMS

    @property
    def gradients(self) -> dict[str, Callable[..., Any]]:
        """The closed forms of the gradients by the names of the inputs; or that of all of them, by "gradients"."""
        form = self.form or self.name
        if not hasattr(self.formulas, f"{form}_d{self.inputs[0]}"):
            return {"gradients": getattr(self.formulas, f"{form}_gradients")}
        return {x: getattr(self.formulas, f"{form}_d{x}") for x in self.inputs}

    def pull(self, g: Array, y: Array, *inputs: Array, **params: Any) -> dict[str, Array]:
        """The gradients of the inputs, by the closed forms.

        Raises: TypeError where one function gives all of them, and does not name them.
        """
        closed = self.gradients
        if "gradients" in closed:
            found = shared(closed["gradients"])(g, y, *inputs, **params)
            if missing := [x for x in self.inputs if not hasattr(found, x)]:
                raise TypeError(
                    f"{closed['gradients'].__name__} must return a NamedTuple with a field for each of "
                    f"{', '.join(self.inputs)}: in the {type(found).__name__} that it returned {missing[0]} is missing"
                )
            return {x: getattr(found, x) for x in self.inputs}
        return {x: closed[x](g, y, *inputs, **params) for x in self.inputs}

    @property
    def rows(self) -> tuple[Formula, ...]:
        """The document's formulas of its closed forms, and ours."""
        return tuple(row for row in closed_form.formulas() if row.specimen == (self.form or self.name))

    def sample(self, rng: np.random.Generator, shape: tuple[int, ...], data: Array | None = None) -> tuple[Array, ...]:
        """Inputs for one check: drawn in `shape`, or the real `data` with the other inputs drawn to go with it."""
        x = self.domain(rng, shape) if data is None else self.accept(data)
        return (x, *self.others(rng, x))

    def example(self) -> tuple[Array, ...]:
        """The inputs that it is shown with: of seed 0, in its second shape."""
        return self.sample(np.random.default_rng(0), self.shapes[:2][-1])

    def record(self, inputs: tuple[Array, ...] | None = None, params: Mapping[str, Any] | None = None) -> Recording:
        """Run the module on its inputs as Tensors of their names; by default on the example, in its first variant.

        A result that the module gives no name is called y.

        >>> from autograd_zoo import zoo
        >>> y, leaves = zoo.BY_NAME["linear"].record()
        >>> y.name, y.shape, list(leaves)
        ('y', (3, 3), ['x', 'W', 'b'])
        """
        inputs = self.example() if inputs is None else inputs
        leaves = {name: Tensor(x, name=name) for name, x in zip(self.inputs, inputs, strict=False)}
        y = self.run(*leaves.values(), *inputs[len(leaves) :], **(self.variants[0] if params is None else params))
        return Recording(y if y.name else y.named("y"), leaves)
