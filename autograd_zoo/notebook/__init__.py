"""What the teaching notebooks share: formulas, source code, the look of plots, pictures that answer to the pointer."""

from .attending import attending
from .gates_over_time import gates
from .moving import Frame, Grid, Moving, Walk
from .shown import COLOURS, Markdown, displayed, explained, formulas, plots, source
from .sliding_windows import sliding

__all__ = [
    "COLOURS",
    "Frame",
    "Grid",
    "Markdown",
    "Moving",
    "Walk",
    "attending",
    "displayed",
    "explained",
    "formulas",
    "gates",
    "plots",
    "sliding",
    "source",
]
