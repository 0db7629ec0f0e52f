"""graph_viz: draw what a Tensor remembers, from the tape to a picture, in pure stages that each do one thing.

tape -> trace (a networkx graph) -> fold (modules and constants) -> layout (positions) -> svg -> png, html

>>> import autograd_zoo as az, graph_viz
>>> x = az.Tensor(3.0, name="x")
>>> y = (x * x + 1.0).named("y")
>>> y.backward(retain_grads=True)
>>> print(graph_viz.draw(y).describe())
Graph of y: 3 nodes, 1 input, 1 operation, 1 output.
- x: input, value 3, grad 6
- %1 = multiply(x, x), value 9, grad 1
- y = add(%1, 1), output, value 10, grad 1
"""

from .alive import Live, live
from .drawing import Drawing, draw
from .trace import to_networkx

__all__ = ["Drawing", "Live", "draw", "live", "to_networkx"]
