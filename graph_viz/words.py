"""The picture in words: what each box is called, a sentence for each, the whole as a list, and notes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import pairwise

from .captions import ROWS, counted, listed, results, span, static_arguments
from .scopes import GRADIENTS, Path, clean_path
from .style import KINDS, clean, shape, shorten
from .view import Box, Constant, Content, Copy, Key, Port, View


def references(boxes: Iterable[Box]) -> dict[Key, str]:
    """What each box is called in a sentence: its name, and its number on the tape where that does not tell."""
    taken: set[str] = set()
    names: dict[Key, str] = {}
    for box in boxes:
        key, name = box.key, shorten(clean(box.name or box.label or ""), 60)
        if isinstance(key, tuple):
            name = shorten(clean_path((*(path[-1] for path in box.clusters), key[-1])), 60)
            name = name if name not in taken else shorten(clean_path(key), 60)
        elif box.kind == "constant" and not box.name:
            name = box.constant or span(box.value)
        elif isinstance(key, Port):
            name = name if name not in taken else f"{name} of {shorten(clean_path(key.scope), 60)}"
            name = name if name not in taken else f"{name}, {key.number}"
        elif isinstance(key, int) and (not name or name in taken):
            name += f"%{key}"
        names[key] = name
        taken.add(name)
    return names


def sentence(view: View, box: Box, names: Mapping[Key, str], *, values: bool, gradients: bool) -> str:
    """One box in words: what it is, what it is made from, its shape and numbers."""
    arguments = ", ".join(_arguments(view, box, names))
    name, kind = names[box.key], box.kind
    if box.content is not None:
        return _module(box, box.content, f"{name}({arguments})", values=values, gradients=gradients)
    if kind == "failed":
        given = [shape(edge.shape) for edge in sorted(view.entering[box.key], key=lambda edge: edge.position)]
        return f"{clean(box.op)}({arguments}): failed, of {' and '.join(given)}: {clean(box.message)}"
    if kind == "state":
        begin = [f"first {_constant(box.initial)}"] if box.initial else []
        parts = [f"{name}: state, from the step before", *begin]
    elif box.op is None:
        parts = [f"{name}: {kind}" if kind != "constant" or box.name else name]
        said = box.constant.removeprefix("constant ") if kind == "constant" else box.constant
        parts += [said] if box.fixed and box.name and said != name else []
        parts += ["also elsewhere"] if isinstance(box.key, Copy) else []
    elif box.chain:
        parts = [f"{name} = {' → '.join(map(clean, listed(box.told)))} of ({arguments})"]
    else:
        static = [text for text in (arguments, clean(static_arguments(box))) if text]
        parts = [f"{name} = {clean(box.idiom or box.op)}({', '.join(static)})"]
    parts += ["output"] if kind == "output" else []
    parts += [shape(box.shape)] if box.shape and not box.fixed else []
    parts += [f"{box.steps} steps"] if box.alone else []
    numbers = kind != "state"
    shown = values and numbers and (kind != "constant" or box.shape != ())
    return ", ".join([*parts, *_numbers(box, shown, gradients and numbers and not box.fixed)])


def _numbers(box: Box, values: bool, gradients: bool) -> list[str]:
    """The value and the gradient of a box."""
    return [f"value {span(box.value)}"] * values + [f"grad {span(box.grad)}"] * gradients


def _module(box: Box, content: Content, call: str, *, values: bool, gradients: bool) -> str:
    """A collapsed group in words: what it is, what comes out, how much it holds and how often, and its parameters."""
    named = content.result is not None and content.result.name not in (None, box.label)
    result = f"{clean(content.result.name)} = " if content.result and named else ""
    what = f"closed group of {GRADIENTS}" if box.op == GRADIENTS else word(box) + f" {clean(box.op)}" * bool(box.op)
    parts = [f"{result}{call}: " + (f"{content.more} more {clean(box.op)}" if content.more else what)]
    parts.append(counted(content.operations // (box.steps or content.runs), "operation"))
    parts += [f"{box.steps} steps"] if box.steps else []
    parts += [f"{content.times} calls of the same"] if content.times else []
    known = () if content.more else content.parameters[:ROWS]
    parts += [f"parameter {clean(p.name)} {shape(p.shape)}" + " also elsewhere" * p.shared for p in known]
    rest = len(content.parameters) - len(known)
    parts += [counted(rest, "parameter")] if rest else []
    parts += [f"gives {results(content)}"] if any(each.shape for each in content.exits) else []
    return ", ".join([*parts, *(_numbers(box, values, gradients) if content.result else [])])


def _constant(c: Constant) -> str:
    """A constant in words."""
    return span(c.single) if c.single is not c.value else c.text or span(c.value)


def _arguments(view: View, box: Box, names: Mapping[Key, str]) -> Iterator[str]:
    """What a box is made from, in the order of its arguments."""
    if box.unordered:
        return iter(dict.fromkeys(names[edge.tail] for edge in view.entering[box.key]))
    found = {edge.position: names[edge.tail] for edge in view.entering[box.key]}
    texts = {i: c.name or c.text or span(c.value) for i, c in box.constants.items()}
    return (text for _, text in sorted({**found, **texts}.items()))


def outputs(view: View, names: Mapping[Key, str]) -> str:
    """What is drawn: the names of the results."""
    found = [_result(box) or names[box.key] for box in view if box.is_output]
    failed = [f"{clean(box.op)}, which failed" for box in view if box.kind == "failed"]
    return ", ".join(found or failed)


def _result(box: Box) -> str | None:
    """The name of the only result of a collapsed group."""
    result = box.content.result if box.content is not None else None
    return None if result is None or result.name is None else shorten(clean(result.name), 60)


def extent(view: View) -> str:
    """How many boxes there are, and for how many nodes of the tape, if these are not the same."""
    shown = sum(isinstance(key, int) for key in view.boxes)
    nodes = sum(len(box.members) for box in view)
    boxes = "1 box" if len(view) == 1 else f"{len(view):,} boxes"
    return counted(nodes, "node") if shown == nodes else f"{boxes} for {counted(nodes, 'node')}"


def word(box: Box) -> str:
    """What a box is: of closed ones only a call of a module is called one."""
    return "closed group" if box.kind == "module" and box.op in ("", None, GRADIENTS) else KINDS[box.kind].word


def legend(view: View, modules: Collection[Path]) -> dict[str, str]:
    """What each kind of box and frame is called in the legend, if a frame of these paths is a module."""
    found = {name: kind.word for name, kind in KINDS.items()}
    closed = {word(box) for box in view if box.kind == "module"}
    open = {"module" if path in modules else "group" for path in view.clusters}
    for name, several in (("module", closed), ("frame", open)):
        if several:
            first, *others = sorted(several, reverse=True)
            found[name] = " or ".join([first, *(other.removeprefix("closed ") for other in others)])
    return found


def summary(view: View, names: Mapping[Key, str]) -> str:
    """The picture in one sentence."""
    order = {kind: k for k, kind in enumerate(KINDS)}
    boxes = [box for box in view if not isinstance(box.key, Copy)]
    kinds = Counter(map(word, sorted(boxes, key=lambda box: (order[box.kind], word(box) == "closed group"))))
    found = [counted(n, kind) for kind, n in kinds.items()]
    return f"Graph of {outputs(view, names)}: {', '.join([extent(view), *found])}."


def tree(sentences: Mapping[Key, str], view: View) -> Iterator[str]:
    """One line a box, in order of creation, indented below the modules that it stands in."""
    root: Path = ()
    inside: dict[Path, dict[tuple[str, Key], str]] = {root: {}}
    for box in view:
        around = [root, *box.clusters]
        # A cluster is listed where its first operation is; its parameters are older.
        if box.op is not None or box.kind == "module":
            for outer, path in pairwise(around):
                inside.setdefault(outer, {})["cluster", path] = " ".join(filter(None, view.clusters[path].title)) + ":"
        inside.setdefault(around[-1], {})["box", box.key] = sentences[box.key]
    stack = [(0, *entry) for entry in reversed(inside[root].items())]
    while stack:
        depth, (kind, x), text = stack.pop()
        yield f"{'  ' * depth}- {text}"
        if kind == "cluster" and isinstance(x, tuple):
            stack += [(depth + 1, *entry) for entry in reversed(inside[x].items())]


def missing_gradients(view: View) -> list[str]:
    """Why there are dashes where gradients should be, and what fills them."""
    nodes = [box for box in view if box.kind not in ("state", "failed") and not box.fixed and _has_value(box)]
    without = [box for box in nodes if box.grad is None and 0 not in (box.shape or ())]
    if len(without) == len(nodes):
        return ["— no gradients yet: backward(retain_grads=True) of the output fills them in"]
    if any(box.op is not None for box in without):
        return ["— no gradients kept of the results between: backward(retain_grads=True) of the output does"]
    return []


def _has_value(box: Box) -> bool:
    """Whether a box shows one value: a group of several results has none of its own."""
    return box.content is None or box.content.result is not None


def said(view: View) -> list[str]:
    """What was said when a forward pass failed."""
    return [clean(box.message) for box in view if box.kind == "failed"]


def folded(view: View) -> list[str]:
    """What a view folds, as a note; nothing if it shows all."""
    steps = dict.fromkeys(x.steps for x in [*view.clusters.values(), *view] if x.steps)
    collapsed, chains = sum(box.kind == "module" for box in view), sum(bool(box.chain) for box in view)
    parts = [f"rolled {counted(n, 'step')}" for n in steps]
    parts += [f"closed {counted(collapsed, 'group')}"] if collapsed else []
    parts += [counted(chains, "chain")] if chains else []
    return [f"{extent(view)}: {', '.join(parts)}"] if parts else []
