"""The door: `draw` runs the stages, and a `Drawing` is their result as SVG, PNG, HTML, DOT or plain text."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any, get_args

from . import dot, page, svg, words
from .captions import caption
from .fold import fold
from .layout import Direction, Edge, Frame, Layout, layout
from .style import COMMUTATIVE, Theme, clean, shorten
from .trace import trace

MOST = 1500  # marks in a picture: nobody reads more, and few viewers show them
FEW = 20  # marks that are read from left to right like a formula; more are drawn from top to bottom
SPOKEN = 60  # marks up to which the SVG itself holds the whole description
LINE = 6.0  # px of a box's side for each line that enters there
STRAIGHT = {"parameter": 0.2, "constant": 0.2, "input": 0.5}  # how straight the line of such a leaf ought to be


def draw(
    y: Any,
    *,
    values: bool | None = None,
    gradients: bool | None = None,
    direction: Direction | None = None,
    depth: int | None = None,
    constants: bool | None = None,
    legend: bool = True,
    theme: Theme = "auto",
) -> Drawing:
    """Draw the graph behind `y`: every Tensor as a box, every argument as an arrow, every module as a frame.

    Drawing reads and changes nothing. The picture shows the tape as it was recorded, and the gradients of this moment.

    Parameters
    ----------
    y : Tensor, list of Tensors, or Tape
        the results whose history is drawn
    values : bool, optional
        write the value of each Tensor, the least and greatest element of an array; by default where all are scalars
    gradients : bool, optional
        write `.grad` of each Tensor, "—" where there is none yet, and draw gradients as dashed arrows beside the
        values; by default where all are scalars
    direction : "LR" or "TB", optional
        from left to right (the default for up to 20 marks) or from top to bottom
    depth : int, optional
        how many levels of modules are open; deeper ones become a single box with their parameters
    constants : bool, optional
        constants get boxes (True) or are part of their operation's text (False); by default arrays get boxes
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
        if y is no Tensor
    ValueError
        if nothing was recorded behind y, or an option has no such value

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
    _one_of("direction", direction, (None, *get_args(Direction)))
    _one_of("theme", theme, get_args(Theme))
    if depth is not None and (isinstance(depth, bool) or not isinstance(depth, int) or depth < 0):
        raise ValueError(f"depth is how many levels of modules to open, 0, 1, 2, ..., or None for all; got {depth!r}")
    read = True if values or gradients else None if values is None or gradients is None else False
    view = fold(trace(y, values=read), depth=depth, constants=constants)
    scalars = all(shape == () for _, shape in view.nodes(data="shape", default=()))
    return Drawing(
        view,
        values=scalars if values is None else values,
        gradients=scalars if gradients is None else gradients,
        direction=direction or ("LR" if view.number_of_nodes() <= FEW else "TB"),
        legend=legend,
        theme=theme,
    )


def _one_of(name: str, value: object, known: tuple[object, ...]) -> None:
    if value not in known:
        raise ValueError(f"{name} must be one of {', '.join(map(repr, known))}; got {value!r}")


class Drawing:
    """A drawn graph, made by `draw`. It shows itself in a notebook, and is laid out when it is first looked at.

    Attributes
    ----------
    notes : list of str
        what the picture does not show, and what can be done about it
    """

    def __init__(
        self, view: Any, *, values: bool, gradients: bool, direction: Direction, legend: bool, theme: Theme
    ) -> None:
        self._view = view
        self._direction: Direction = direction
        self._legend = legend
        self._theme: Theme = theme
        scopes = view.graph["scopes"].items()
        self._titles = {path: _title(path, about) for path, about in scopes}  # of each frame: its name, its class
        self._names = words.references(view)
        shapes = any(shape for _, shape in view.nodes(data="shape"))
        self._shown = {"values": values, "gradients": gradients}
        self._captions = {mark: caption(m, shapes=shapes, **self._shown) for mark, m in view.nodes(data=True)}
        self.notes: list[str] = view.graph["notes"] + (words.missing_gradients(view) if gradients else [])

    def __repr__(self) -> str:
        return f"<Drawing of {words.outputs(self._view, self._names)}: {words.extent(self._view)}>"

    # ---- text ------------------------------------------------------------------------------------------------

    @cached_property
    def source(self) -> str:
        """The graph in DOT, with all its text, for Graphviz and other tools."""
        return dot.source(self._view, self._captions, self._titles, self._direction)

    def describe(self) -> str:
        """The same graph in words: a line for each mark, modules as an indented list, and the notes."""
        label = words.summary(self._view, self._names)
        return "\n".join([label, *words.tree(self._sentences, self._view, self._titles), *self.notes])

    # ---- pictures --------------------------------------------------------------------------------------------

    def svg(self) -> str:
        """The picture as SVG.

        Raises
        ------
        ValueError
            if there are more than 1,500 marks, naming the arguments that make fewer
        """
        return self._write(self._theme)

    def png(self, scale: float = 2.0) -> bytes:
        """The picture as PNG, `scale` pixels to a px; on a dark ground if that is the theme.

        Raises
        ------
        ImportError
            if resvg-py is not installed, which the extra `viz` brings
        """
        picture = self._write("dark" if self._theme == "dark" else "light")
        try:
            import resvg_py
        except ImportError as error:
            raise ImportError(
                "a PNG is made by resvg-py, which is not installed: pip install 'autograd-zoo[viz]', or save as .svg"
            ) from error
        return bytes(resvg_py.svg_to_bytes(svg_string=picture, zoom=scale))

    def html(self) -> str:
        """A page of its own with the picture and its description; it loads nothing."""
        return page.write(self.svg(), words.summary(self._view, self._names), self.describe(), self._theme)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the picture to a file, in the format of its suffix; a file that is there is replaced at the very end.

        Raises
        ------
        ValueError
            if the suffix is none of .svg, .png, .html, .dot and .gv
        """
        target = Path(path)
        formats: dict[str, Callable[[], str | bytes]] = {
            ".svg": self.svg,
            ".png": self.png,
            ".html": self.html,
            ".dot": lambda: self.source,
            ".gv": lambda: self.source,
        }
        if target.suffix.lower() not in formats:
            raise ValueError(f"a drawing is saved as one of {', '.join(formats)}; got {target.name!r}")
        content = formats[target.suffix.lower()]()
        target = target.resolve()  # through a symbolic link, which would be replaced by a file otherwise
        temporary = target.with_name(f".{target.name}.{secrets.token_hex(8)}")
        try:
            with open(temporary, "xb") as file:
                file.write(content.encode() if isinstance(content, str) else content)
            os.replace(temporary, target)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise

    def _repr_svg_(self) -> str:
        return self.svg()

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {"image/svg+xml": self.svg(), "text/plain": repr(self)}

    # ---- what they are made of -------------------------------------------------------------------------------

    @cached_property
    def layout(self) -> Layout:
        """Where everything is."""
        view = self._view
        if len(view) > MOST:
            raise ValueError(
                f"{len(view):,} marks are more than a picture can show ({MOST:,}): close modules with depth=1 (or 0), "
                "write constants into their operations with constants=False, or draw a smaller part of the graph; "
                "`.source` and `.describe()` have all of it"
            )
        sizes = {}
        for mark, c in self._captions.items():
            lines = LINE * view.in_degree(mark)
            across = self._direction == "TB"
            sizes[mark] = (max(c.width, lines * across), max(c.height, lines * (not across)))
        edges = [_edge(view, u, v, position) for u, v, position in view.edges(data="position")]
        titles = {path: svg.title_width(*title) for path, title in self._titles.items()}
        return layout(sizes, edges, dict(view.nodes(data="frames")), titles, self._direction)

    @cached_property
    def _sentences(self) -> dict[Any, str]:
        return {mark: words.sentence(self._view, mark, self._names, **self._shown) for mark in self._view}

    def _write(self, theme: Theme) -> str:
        view = self._view
        swept = self._shown["gradients"] and any(grad is not None for _, grad in view.nodes(data="grad"))
        summary = words.summary(view, self._names)
        picture = svg.Picture(
            marks={m: svg.Mark(kind, self._captions[m], self._sentences[m]) for m, kind in view.nodes(data="kind")},
            titles=self._titles,
            backward=[swept and view.nodes[u]["kind"] != "constant" for u, _ in view.edges()],
            label=summary,
            description=self.describe() if len(view) <= SPOKEN else summary,
            notes=self.notes,
            legend=self._legend,
        )
        return svg.write(picture, self.layout, theme)


def _title(path: Frame, about: dict[str, Any]) -> tuple[str, str]:
    """The name of a frame, and the class of its module where that says more."""
    module = "" if about["name"] == about["module"] else about["module"] or ""
    return shorten(clean(path[-1])), shorten(clean(module))


def _edge(view: Any, u: Any, v: Any, position: int) -> Edge:
    head = view.nodes[v]
    free = head["kind"] == "module" or head["op"] in COMMUTATIVE
    return Edge(u, v, None if free else position, STRAIGHT.get(view.nodes[u]["kind"], 1.0))
