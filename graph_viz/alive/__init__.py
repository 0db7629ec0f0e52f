"""A live drawing: its inputs can be changed, and the page computes values, gradients and lanes anew, by itself.

lower (a program -> flat instructions; rows and products say which), beside (which of them the boxes are) -> a page with
live.js (what operations compute, and their rules), machine.js (which runs the instructions) and touch.js (what one sees
of it)
"""

from .drawing import Live, live
from .instructions import Unknown

__all__ = ["Live", "Unknown", "live"]
