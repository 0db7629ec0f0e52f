"""The live graph of a module: its example, whose numbers the reader changes in the page."""

from __future__ import annotations

from typing import Any

from ..zoo import Specimen
from .swept import cotangent, with_loss


def live(specimen: Specimen, **options: Any) -> Any:
    """The live graph of a module, up to the loss that its page sweeps; `.still` says why where it only steps.

    What a module is shown with are its inputs and parameters; what is no input, labels or lengths, stays as it is.
    """
    import graph_viz

    example = specimen.example()
    count = len(specimen.inputs)
    fixed, variant = example[count:], specimen.variants[0]
    c = cotangent(specimen.record()[0].shape)

    def run(*leaves: Any) -> Any:
        return with_loss(specimen, specimen.run(*leaves, *fixed, **variant), c)

    names = specimen.inputs[: len(example)]
    return graph_viz.live(run, *example[:count], names=names, constants={"c": c}, **options)
