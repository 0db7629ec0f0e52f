"""The live graph of a module: its example, whose numbers the reader changes in the page."""

from __future__ import annotations

from typing import Any

from ..zoo import Specimen


def page(specimen: Specimen, **options: Any) -> str | None:
    """The page of a module's live graph, drawn with `options`; None where a page cannot compute it.

    What a module is shown with are its inputs and parameters; what is no input, labels or lengths, stays as it is.
    """
    import graph_viz

    example = specimen.example()
    count = len(specimen.inputs)
    fixed, variant = example[count:], specimen.variants[0]

    def run(*leaves: Any) -> Any:
        y = specimen.run(*leaves, *fixed, **variant)
        return y if y.name else y.named("y")

    drawing = graph_viz.live(run, *example[:count], names=specimen.inputs[: len(example)], **options)
    return None if drawing.still else drawing.html()
