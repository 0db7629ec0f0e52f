"""The door: `draw` runs the stages, and a `Drawing` is their result as SVG, PNG, HTML, DOT or plain text."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from . import words
from .figure import FEW, Figure, Look
from .fold.budget import Open
from .formats import FORMATS, dot, notebook, pictures, written
from .layout import Direction, Engine, Layout
from .options import check
from .programs import is_program
from .sources import find, labelled, listed, numbers, unfolded
from .style import Theme
from .trace import graph_of, is_tensor

MANY = 40  # scalars that are taken in at a glance, of which each has a value to see; of other boxes there are FEW


def draw(
    y: Any,
    *inputs: Any,
    values: bool | None = None,
    gradients: bool | None = None,
    direction: Direction | None = None,
    width: float | None = None,
    depth: int | None = None,
    open: Open | None = None,
    fold: str | None = None,
    unfold: bool = False,
    around: Any = None,
    constants: bool | None = None,
    budget: int | Literal["auto"] | None = "auto",
    names: Mapping[str, Any] | None = None,
    engine: Engine = "own",
    limit: float = 20.0,
    legend: bool = True,
    theme: Theme = "auto",
) -> Drawing:
    """Draw the graph behind `y`: every Tensor as a box, every argument as an edge, every module as a cluster.

    Drawing reads and changes nothing. The picture shows the tape as it was recorded, and the gradients of this moment.
    Where it would have more than `budget` boxes it is folded: time steps that do the same are drawn once, also those of
    a plain loop; modules and whatever leads to a named result are collapsed, alike ones are counted, a layer stands in
    one box with the normalization and activation that follow it, as elementwise operations do. If there are far too
    many still, the neighbourhood of the results is drawn.

    Parameters
    ----------
    y : Tensor, list of Tensors, Tape, Module, Program, str or Exception
        the results whose history is drawn; or a module, which is run on `inputs` (a copy of it: its statistics and its
        random generator stay as they are); or a program of `az.record`, of which masks and indices are drawn too, with
        the values at the recorded inputs; or the name of a specimen of the zoo; or the exception with which a forward
        pass ended, whose history is drawn up to the operation that failed
    *inputs : arrays or Tensors
        what a module is run on
    values : bool, optional
        write the value of each Tensor, the least and greatest element of an array; by default where all are scalars
    gradients : bool, optional
        write `.grad` of each Tensor, "—" where there is none yet, and draw gradients as dashed arrows beside the
        values; by default where all are scalars
    direction : "LR" or "TB", optional
        from left to right or from top to bottom; by default what gives the largest letters on a page
    width : float, optional
        px that the picture is to be wide; what runs from left to right and is longer stands in rows. By default 680,
        at which the smallest letters of a box are 8 pt high on a page of A4 or letter; math.inf, or a direction
        alone, for no limit
    depth : int, optional
        how many levels of modules are expanded; deeper ones become a single box with their parameters
    open : callable or set, optional
        which modules are expanded, all others being collapsed: a function of a dict (its "name", "module", "path",
        "call", "scope", "operations"), or a set of names, paths or scopes
    fold : str, optional
        a pattern such as "Conv2d > BatchNorm2d > ReLU", of classes, names or operations: what matches is one box
    unfold : bool
        open fused nodes and checkpoints, whose operations are recorded anew for the picture
    around : Tensor, str, or list of these, optional
        draw what is next to these Tensors, given or by their names, and count what was before and after
    constants : bool, optional
        constants get boxes (True) or are part of their operation's text (False); by default arrays get boxes
    budget : int, "auto" or None
        how many boxes there may be before the picture is folded, where neither `depth` nor `open` is given; None for
        no limit, "auto" for 20, or 40 where all are scalars
    names : dict, optional
        labels of Tensors, modules and constant arrays, as in {"W_f": w, "encoder": net}, and of constants of more
        digits than a box shows, {"√d": scale}; all else is passed over, so that locals() will do
    engine : "own", "pygraphviz", "dot" or "auto"
        what finds the places of boxes: our own layout, or Graphviz as a library or as a program; "auto" takes Graphviz
        where there is one
    limit : float
        seconds that Graphviz may take
    legend : bool
        explain the kinds of boxes below the picture
    theme : "auto", "light" or "dark"
        "auto" follows the page or the notebook around the picture

    Returns
    -------
    Drawing
        shows itself in a notebook; `.save("graph.svg")` writes it to a file

    Raises
    ------
    TypeError
        if y is nothing that can be drawn
    ValueError
        if nothing was recorded behind y, what is drawn has no such Tensor, or an option has no such value

    Examples
    --------
    >>> import autograd_zoo as az, graph_viz
    >>> a, b = az.Tensor(2.0, name="a"), az.Tensor(-3.0, name="b")
    >>> y = (a * b + 10.0).named("y")
    >>> y.backward(retain_grads=True)
    >>> drawing = graph_viz.draw(y)
    >>> drawing
    <Drawing of y: 4 nodes>
    >>> print(drawing.describe())
    Graph of y: 4 nodes, 2 inputs, 1 operation, 1 output.
    - a: input, value 2, grad −3
    - b: input, value −3, grad 2
    - %2 = multiply(a, b), value −6, grad 1
    - y = add(%2, 10), output, value 4, grad 1
    """
    check(direction, width, theme, engine, limit, depth, open, fold, budget, names)
    read = True if values or gradients else None if values is None or gradients is None else False
    source = find(y, inputs)
    labels = labelled(names or {}, source)
    if unfold and not is_program(y):
        source, instead = unfolded(source)
        labels = {name: instead.get(t, t) if is_tensor(t) else t for name, t in labels.items()}
        around = [instead.get(t, t) if is_tensor(t) else t for t in listed(around)]
    graph = graph_of(source.results, read, labels, source.failure)
    scalars = all(shape == () for _, shape in graph.nodes(data="shape"))
    boxes = (MANY if scalars else FEW) if budget == "auto" else budget
    look = Look(
        values=scalars if values is None else values,
        gradients=scalars if gradients is None else gradients,
        direction=direction,
        engine=engine,
        limit=limit,
        legend=legend,
        theme=theme,
        width=width,
    )
    folding = {"depth": depth, "open": open, "fold": fold, "constants": constants, "budget": boxes}
    folding["around"] = numbers(graph, source.results, listed(around))
    return Drawing(Figure(graph, source.results, folding, look))


class Drawing:
    """A drawn graph, made by `draw`. It shows itself in a notebook, and is laid out when it is first looked at.

    Attributes
    ----------
    notes : list of str
        what the picture does not show, and what can be done about it
    figure : Figure
        what all formats are written from; its `view` has the boxes, edges and clusters
    """

    def __init__(self, figure: Figure) -> None:
        self.figure = figure
        self.notes: list[str] = figure.notes

    def __repr__(self) -> str:
        view = self.figure.view
        return f"<Drawing of {words.outputs(view, self.figure.names)}: {words.extent(view)}>"

    # ---- text ------------------------------------------------------------------------------------------------

    @cached_property
    def source(self) -> str:
        """The graph in DOT, with all its text, for Graphviz and other tools."""
        return dot.write(self.figure)

    def describe(self) -> str:
        """The same graph in words: a line for each box, modules as an indented list, and the notes."""
        return self.figure.description

    # ---- pictures --------------------------------------------------------------------------------------------

    def svg(self) -> str:
        """The picture as SVG.

        Raises
        ------
        ValueError
            if there are more than 1,500 boxes, naming the arguments that make fewer
        """
        return pictures.vector(self.figure)

    def png(self, scale: float = 2.0) -> bytes:
        """The picture as PNG, `scale` pixels to a px; on a dark ground if that is the theme.

        Raises
        ------
        ImportError
            if resvg-py is not installed, which the extra `viz` brings
        """
        return pictures.pixels(self.figure, scale)

    def pdf(self) -> bytes:
        """The picture as PDF, in light colours.

        Raises
        ------
        ImportError
            if typst is not installed, which the extra `viz` brings
        """
        return pictures.sheet(self.figure)

    def html(self) -> str:
        """A page of its own with the picture and its description; it loads nothing."""
        return self._content(".html").decode()

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the drawing to a file, in the format of its ending; a file that is there is replaced at the very end.

        `.svg`, `.png`, `.pdf` and `.html`; `.tex`, TikZ for papers, in which LaTeX sets the text and the formulas;
        `.mmd`, Mermaid for Markdown pages; `.dot` and `.gv`, for Graphviz; `.json`, the whole tape for Model Explorer.
        GraphML, GEXF and GML are written by networkx: see `to_networkx(y, plain=True)`.

        Raises
        ------
        ValueError
            if the ending is none of these
        """
        target = Path(path)
        ending = target.suffix.lower()
        if ending not in FORMATS:
            raise ValueError(f"a drawing is saved as one of {', '.join(FORMATS)}; got {target.name!r}")
        content = self._content(ending)
        from autograd_zoo.io.replacing import beside

        with beside(target) as (file, finish):
            file.write(content)
            finish()

    def _content(self, ending: str) -> bytes:
        """The drawing in the format of an ending."""
        return written(self.figure, ending)

    def _repr_mimebundle_(
        self, include: Collection[str] | None = None, exclude: Collection[str] | None = None
    ) -> tuple[dict[str, str], dict[str, Any]]:
        return notebook.bundle(self.figure, include, exclude)

    @property
    def layout(self) -> Layout:
        """Where everything is."""
        return self.figure.layout
