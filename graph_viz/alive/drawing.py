"""The door to live drawings: a function is run and recorded, and what its page needs is put together."""

from __future__ import annotations

import copy
import linecache
from collections.abc import Callable, Collection, Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import page, words
from ..drawing import Drawing, draw
from ..figure import Figure
from ..formats import notebook
from ..letters import letters
from ..programs import is_program, is_ref, operations
from ..sources import is_module
from ..trace import history
from ..view import Box
from .asked import arrays_of, as_array, asked, result
from .beside import Beside, beside
from .lower import lower
from .rows import Unknown
from .spelled import computed, spelled

if TYPE_CHECKING:
    from autograd_zoo import Program, Tensor


HEIGHT = 640  # px of a live drawing in a notebook
STILL = "this drawing stands still, for its page cannot compute the function anew: "
WEIGHTS = "loss weights"  # what the numbers are called by which the elements of a result count
RESULTS, LOSSES = ("y", "f", "z", "result"), ("L", "J", "loss")  # names for what a function gives, and its loss
CODE = 40  # lines of code that are shown beside it


def live(
    f: Any,
    *examples: Any,
    names: Sequence[str] | None = None,
    constants: Mapping[str, np.ndarray] | None = None,
    **options: Any,
) -> Live:
    """Draw what `f` computes of `examples`, so that one can change them: the page computes everything anew.

    The page has a slider and a box for each number. Pointing at a lane shows which term of a gradient it is, with its
    numbers, and the line of code. It asks nobody: the program of `az.record` is part of it.

    Parameters
    ----------
    f : callable, Module or Program
        a function of Tensors; parameters that it takes from elsewhere get their gradients. Of several elements in its
        result the loss is their sum, each times a fixed number drawn at random: the plain sum of a softmax or of
        normalized numbers would be the same for all inputs
    examples : arrays, Tensors or numbers
        what f is called with; floats can be changed in the page, as parameters can
    names : strings, optional
        what the examples are called, as variables are; by default as the parameters of f
    constants : dict of arrays, optional
        arrays that f uses beside them, by the names that they get in the picture; and numbers of many digits. By
        default what f takes from around it is called as there
    **options
        as `draw` takes them

    Returns
    -------
    Live
        a drawing whose page is alive; where the page could not follow f, `.still` says why, and it only steps

    Raises
    ------
    TypeError
        if f is nothing that computes, takes other examples, or returns anything but one Tensor
    ValueError
        if names are not one for each example, or the result is none that was computed

    Examples
    --------
    >>> import numpy as np, graph_viz
    >>> drawing = graph_viz.live(lambda w, x, b: np.tanh(w * x + b), 0.5, 2.0, -1.0)
    >>> drawing
    <Live drawing of L: 6 nodes>
    """
    import autograd_zoo as az

    called = asked(f, examples, names, constants)
    given = [x.value for x in f.leaves] if is_program(f) else examples
    # A module's gradients and statistics stay as they are.
    run = replayed(f) if is_program(f) else copy.deepcopy(f) if is_module(f) else f
    inputs = [as_array(x, name) for x, name in zip(given, called, strict=True)]
    changing = [(x, name) for x, name in zip(inputs, called, strict=True) if _changes(x)]

    def loss(*leaves: Any) -> Any:
        """Of what can be changed; what else there is, such as labels, stays as it is."""
        these = iter(leaves)
        y = run(*(next(these) if _changes(x) else x for x in inputs))
        return as_loss(y, called)

    program, why = None, ""
    try:
        program = az.record(loss, *(x for x, _ in changing), names=[name for _, name in changing], stepwise=True)
    except az.RecordError as error:
        why = STILL + str(error)
    leaves = [az.Tensor(x, name=name) for x, name in changing]
    y = loss(*leaves)
    for t in history([y]):  # what was swept before is not added to
        if t.op is None:
            t.grad = None
    y.backward(retain_grads=True)
    summed = next((x.shape for x in y.inputs if x is not None), ())
    stays = {name: x for x, name in zip(inputs, called, strict=True) if not _changes(x)}
    named = {WEIGHTS: weights(summed), **arrays_of(f, stays), **(constants or {})}
    shown: dict[str, Any] = {"values": True, "gradients": True, "names": named}
    figure = fixed(draw(y, **shown | options).figure)
    try:
        if program is not None:
            data, alive = contents(figure, program, history([y]), leaves)
            return Live(alive, data, "")
    except Unknown as error:
        why = STILL + str(error)
    return Live(figure, None, why)


class Live(Drawing):
    """A drawing whose page computes; made by `live`.

    Attributes
    ----------
    still : str
        why the page only steps, as that of any drawing; "" where it is alive
    """

    def __init__(self, figure: Figure, data: Mapping[str, Any] | None, still: str) -> None:
        super().__init__(figure)
        self.data, self.still = data, still
        if still:
            self.notes.append(still)

    def __repr__(self) -> str:
        return super().__repr__().replace("<Drawing", "<Still drawing" if self.still else "<Live drawing")

    def _content(self, ending: str) -> bytes:
        if ending != ".html":
            return super()._content(ending)
        figure = self.figure.flowing
        if self.still and self.still not in figure.notes:
            figure.notes.append(self.still)
        return page.write(figure, self.data).encode()

    def _repr_mimebundle_(
        self, include: Collection[str] | None = None, exclude: Collection[str] | None = None
    ) -> tuple[dict[str, str], dict[str, Any]]:
        data, about = super()._repr_mimebundle_(include, exclude)
        if not include and "text/html" not in (exclude or ()):
            data["text/html"] = framed(notebook.image(self.figure), self.html())
        return data, about


def framed(picture: str, content: str) -> str:
    """A page in a frame over its picture: whoever strips frames, of what is not trusted, leaves the picture."""
    over = "position:absolute;inset:0;width:100%;height:100%;border:0"
    frame = f'<iframe srcdoc="{escape(content)}" title="live drawing" style="{over}"></iframe>'
    return f'<div style="position:relative;min-height:{HEIGHT}px;overflow:hidden">{picture}{frame}</div>'


def as_loss(y: Any, taken: Collection[str] = ()) -> Any:
    """A result as one number: of several elements their sum, each times a number drawn at random.

    What is without a name gets one that is not taken.
    """
    y = result(y)
    name, loss = (next((c for c in some if c not in taken), some[0]) for some in (RESULTS, LOSSES))
    if y.size == 1:
        return y if y.name else (y.named(loss) if y.op is not None else y)
    return np.sum((y if y.name else y.named(name)) * weights(y.shape)).named(loss)


def weights(shape: tuple[int, ...]) -> np.ndarray:
    """Fixed numbers, by which the elements of a result count in a loss."""
    return np.random.default_rng(0).normal(size=shape).round(2)


def fixed(figure: Figure) -> Figure:
    """A figure in which no constant is an input, whatever it is called: one cannot change it."""
    known = [c for _, found in figure.graph.nodes(data="constants") for c in (found or {}).values()]
    given = [c for c in known if c["given"]]
    for c in given:
        c["given"] = False
    return anew(figure) if given else figure


def anew(figure: Figure) -> Figure:
    """The figure of a graph that is described otherwise now."""
    return Figure(figure.graph, figure.results, figure.folding, figure.look)


def contents(
    figure: Figure, program: Program, nodes: Sequence[Tensor], leaves: Sequence[Tensor]
) -> tuple[dict[str, Any], Figure]:
    """What a page needs to compute a drawing anew; and its figure, which says how masks and the like are computed.

    `leaves` are the examples that can be changed.
    """
    lowered = lower(program)
    boxes = [Box.of(k, about) for k, about in figure.graph.nodes(data=True)]
    names = list(words.references(boxes).values())
    same: Beside = beside(nodes, names, program, leaves)
    texts = spelled(nodes, [letters(name) for name in names], same.constants)
    called = {x.number: letters(x.name) for x in program.leaves} | dict(zip(same.number, texts, strict=True))
    said = {place: computed(program, n, called) for place, n in same.constants.items()}
    for (k, p), text in said.items():
        if constant := figure.graph.nodes[k]["constants"].get(p):
            constant |= {"name": text, "text": text, "what": ""} | ({} if constant["shape"] else {"value": text})
    rank = {n: k for k, n in enumerate(same.number)}
    source, lines = code(same.lines)
    data = {
        "code": lowered.code,
        "still": lowered.still,
        "out": lowered.number[same.number[-1]],
        "nodes": [lowered.number[n] for n in same.number],
        "slots": {f"{rank[n]} {p}": slot for (n, p), slot in lowered.slots.items() if n in rank},
        "constants": {f"{k} {p}": [lowered.number[n], said[k, p]] for (k, p), n in same.constants.items()},
        "leaves": [
            {"name": called[x.number], "number": lowered.number[x.number], "shape": x.shape} for x in program.leaves
        ],
        "names": texts,
        "shapes": [t.shape for t in nodes],
        "source": source,
        "lines": lines,
    }
    return data, anew(figure) if said else figure


def code(places: Sequence[str]) -> tuple[list[str], list[int]]:
    """The lines of code behind nodes, and which of them each node is of, or -1."""
    found: dict[str, set[int]] = {}
    for place in places:
        file, _, line = place.rpartition(":")
        if line.isdecimal() and file != __file__:
            found.setdefault(file, set()).add(int(line))
    listed: dict[str, int] = {}
    texts: list[str] = []
    for file, lines in found.items():
        whole = range(min(lines), max(lines) + 1)
        shown = [n for n in (whole if len(whole) <= CODE else sorted(lines)) if linecache.getline(file, n).strip()]
        listed |= {f"{file}:{n}": len(texts) + k for k, n in enumerate(shown)}
        texts += [linecache.getline(file, n).rstrip() for n in shown]
    margin = min((len(text) - len(text.lstrip()) for text in texts), default=0)
    return [text[margin:] for text in texts], [listed.get(place, -1) for place in places]


def replayed(program: Program) -> Callable[..., Any]:
    """A program as a function of Tensors, which records what it recorded."""
    known_operations = operations()

    def run(*leaves: Any) -> Any:
        known: dict[int, Any] = dict(zip((x.number for x in program.leaves), leaves, strict=True))
        known |= {x.number: x.value for x in program.given}

        def value(v: Any, plain: bool) -> Any:
            if is_ref(v):
                return getattr(known[v.number], "data", known[v.number]) if plain else known[v.number]
            return tuple(value(x, plain) for x in v) if isinstance(v, tuple) else v

        for i in program.instructions:
            plain = not i.line
            args = [value(v, plain) for v in i.args]
            params = {key: value(v, True) for key, v in i.params.items()}
            y = args[0] if i.op == "az.identity" else known_operations[i.op](*args, **params)
            known[i.number] = y.named(i.name) if i.name and hasattr(y, "named") else y
        return known[next(iter(program.outputs.values()))]

    return run


def _changes(x: Any) -> bool:
    """Whether an example is one that can be changed: floats."""
    return isinstance(x, np.ndarray) and x.dtype.kind == "f"
