"""The shape of the house: which way imports run, what is loaded when, family names, and how long a file may be."""

import ast
import io
import re
import sys
import textwrap
import tokenize
from functools import cache
from importlib.util import resolve_name
from pathlib import Path

import pytest
from engine.support import ROOT, python
from every import every

from autograd_zoo import engine

PACKAGES = ("autograd_zoo", "graph_viz")
FILES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
NAMES = {path: ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for path in FILES}
MODULES = set(NAMES.values())
FAMILIES = (
    "elementwise group activation loss pooling regularization linear conv normalization recurrent attention block"
).split()

# What the files of a part may import when they are loaded, besides the standard library, NumPy, and that part itself.
MAY_IMPORT = {
    "autograd_zoo.engine": set(),
    "autograd_zoo.closed_form": set(),
    "autograd_zoo.primitives": {"engine", "closed_form", "kernels"},
    "autograd_zoo.kernels": {"engine", "closed_form"},
    "autograd_zoo.kernels.compiled": {"engine", "closed_form", "kernels", "numba"},
    "autograd_zoo.nn": {"engine", "primitives", "closed_form", "kernels", "data"},
    "autograd_zoo.optim": {"engine", "kernels"},
    "autograd_zoo.notebook": {"engine", "primitives", "zoo"},
    "autograd_zoo.data": {"engine"},
    "autograd_zoo.io": {"engine"},
    "autograd_zoo.program": {"engine", "primitives", "closed_form", "nn", "io"},
    "autograd_zoo.onnx": {"program"},
    "autograd_zoo.zoo": {"engine", "primitives", "closed_form", "kernels", "nn", "data"},
    "autograd_zoo.lab": {"engine", "primitives", "closed_form", "nn", "zoo"},
    "autograd_zoo.models": {"engine", "nn"},
    "autograd_zoo.train": {"engine", "nn", "optim", "data", "io", "models"},
    "autograd_zoo.cli": {"engine", "nn", "zoo", "data", "models", "train", "io", "lab"},
    "autograd_zoo.atlas": {"engine", "closed_form", "zoo"},
    "autograd_zoo.__main__": {"_start"},
    "autograd_zoo._start": set(),
    "graph_viz": set(),
}
# ... and what they may import later, inside a function.
MAY_IMPORT_LAZILY = {
    "autograd_zoo.__main__": {"cli"},
    "autograd_zoo.kernels": {"kernels.compiled", "numba"},
    "autograd_zoo.primitives": {"scipy"},
    "autograd_zoo.program": {"jax", "onnx"},
    "autograd_zoo.lab": {"notebook"},
    "autograd_zoo.data": {"sklearn"},
    "autograd_zoo.cli": {"tqdm", "graph_viz", "atlas", "autograd_zoo"},
    "autograd_zoo.atlas": {
        "graph_viz",
        "networkx",
        "fontTools",
        "jinja2",
        "markupsafe",
        "mistune",
        "latex2mathml",
        "pygments",
        "autograd_zoo",
    },
    "autograd_zoo.notebook": {"matplotlib", "cycler"},
    "graph_viz": {"networkx", "graphviz", "pygraphviz", "resvg_py", "typst", "ziamath", "autograd_zoo", "engine", "io"},
}
# What graph_viz may import of the package: its public names (and no other), how calls are named, the rules, a sweep
# that is watched, and how a file is replaced.
MAY_BE_DRAWN_WITH = {
    "autograd_zoo",
    "autograd_zoo.engine.careful",
    "autograd_zoo.engine.mode",
    "autograd_zoo.engine.names",
    "autograd_zoo.engine.rules",
    "autograd_zoo.io.replacing",
}
WEIGHTY = (
    "networkx graphviz pygraphviz sklearn scipy matplotlib torch jax tqdm numba safetensors pandas IPython onnx".split()
)


@cache
def imports(path):
    """Pairs (module, line is run on loading?) of what a file imports; a module of ours by its full name."""
    return list(find_imports(path))


def find_imports(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    here = NAMES[path].split(".")
    package = here if path.name == "__init__.py" else here[:-1]
    typing_only = {id(n) for branch in for_types_only(tree) for n in ast.walk(branch)}
    for node, now in statements(tree):
        if id(node) in typing_only:
            continue
        if isinstance(node, ast.Import):
            yield from ((alias.name, now) for alias in node.names)
        elif not isinstance(node, ast.ImportFrom):
            yield from ((source, now) for source in by_name(node, ".".join(package)))
        else:
            base = package[: len(package) - node.level + 1] if node.level else []
            source = ".".join([*base, *([node.module] if node.module else [])])
            for alias in node.names:
                submodule = f"{source}.{alias.name}"
                yield (submodule if submodule in MODULES else source), now


def by_name(statement, package):
    """What a statement itself imports by calling a function with the module's name, a text that is written there."""
    blocks = {id(n) for n in ast.iter_child_nodes(statement) if isinstance(n, (ast.stmt, ast.excepthandler))}
    parts = [n for n in ast.iter_child_nodes(statement) if id(n) not in blocks]
    for call in (n for part in parts for n in ast.walk(part) if isinstance(n, ast.Call) and n.args):
        function = getattr(call.func, "attr", getattr(call.func, "id", None))
        text = getattr(call.args[0], "value", None)
        if function in ("import_module", "__import__") and isinstance(text, str):
            yield resolve_name(text, package)


def statements(node, now=True):
    """The statements below a node, each with whether it is run on loading."""
    for block in ("body", "orelse", "handlers", "cases", "finalbody"):
        for inner in getattr(node, block, ()):
            yield inner, now
            yield from statements(inner, now and not isinstance(inner, (ast.FunctionDef, ast.AsyncFunctionDef)))


def part(module):
    """The part of the house that a module of ours belongs to: `autograd_zoo.engine`, `graph_viz`."""
    words = module.split(".")
    if words[1:3] == ["kernels", "compiled"]:  # what is loaded where numba is, and only there
        return ".".join(words[:3])
    return words[0] if words[0] == "graph_viz" else ".".join(words[:2])


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("import_module('autograd_zoo.nn')", ["autograd_zoo.nn"]),
        ("f = lambda: importlib.import_module('..nn', __package__)", ["autograd_zoo.nn"]),
        ("with a:\n    x = __import__('numpy')", ["numpy"]),
        ("def f(x=import_module('.tape')):\n    return import_module('.sweep')", ["tape", "sweep"]),
        ("import_module(name); other('.tape')", []),
    ],
)
def test_what_is_imported_by_a_call_is_found(code, expected):
    found = [m for node, _ in statements(ast.parse(code)) for m in by_name(node, "autograd_zoo.engine")]
    assert [m.removeprefix("autograd_zoo.engine.") for m in found] == expected


@every("path", FILES, ids=NAMES.get)
def test_imports_run_one_way(path):
    own = part(NAMES[path])
    if own == "autograd_zoo":  # the package's own names
        return
    now = MAY_IMPORT[own]
    later = MAY_IMPORT_LAZILY.get(own, set()) | now
    for module, at_once in imports(path):
        first = module.split(".")[0]
        if first in sys.stdlib_module_names or first == "numpy" or part(module) == own:
            continue
        target = part(module).removeprefix("autograd_zoo.") if first == "autograd_zoo" else first
        assert target in (now if at_once else later), f"{NAMES[path]} imports {module}"


def engine_lines():
    """The lines of the engine's table of contents: for each file of the engine, which line it stands on."""
    rows = re.findall(r"^(beneath|core|tools) +([\w ]+):", engine.__doc__, re.MULTILINE)
    return {name: line for line, (_, names) in enumerate(rows) for name in names.split()}


@every("path", [path for path in FILES if NAMES[path].startswith("autograd_zoo.engine.")], ids=NAMES.get)
def test_the_core_of_the_engine_imports_no_tool(path):
    lines, own = engine_lines(), NAMES[path].split(".")[2]
    assert own in lines, f"write {own} into the table of autograd_zoo/engine/__init__.py"
    for module, _ in imports(path):
        if module.startswith("autograd_zoo.engine."):
            other = module.split(".")[2]
            assert lines[other] <= lines[own], f"{NAMES[path]} imports {other}, which stands on a later line"


def test_every_file_in_the_table_of_the_engine_is_there():
    files = {NAMES[path].split(".")[2] for path in FILES if NAMES[path].startswith("autograd_zoo.engine.")}
    assert set(engine_lines()) == files


def test_the_drawing_imports_few_files_of_the_package_and_is_imported_by_what_stands_above_both():
    arrows = {(NAMES[path], module) for path in FILES for module, _ in imports(path)}
    below = {b for a, b in arrows if part(a) == "graph_viz" and part(b) != "graph_viz" and b in MODULES}
    assert below == MAY_BE_DRAWN_WITH
    above = {part(a) for a, b in arrows if part(b) == "graph_viz" != part(a)}
    assert above <= {"autograd_zoo.cli", "autograd_zoo.atlas", "autograd_zoo.notebook"}


def test_the_drawing_uses_the_package_by_its_public_names():
    import autograd_zoo as az

    files = [path for path in FILES if part(NAMES[path]) == "graph_viz"]
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in files]
    attributes = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Attribute)]
    used = {node.attr for node in attributes if isinstance(node.value, ast.Name) and node.value.id == "az"}
    assert {"Tensor", "zoo"} <= used <= set(az.__all__)


def circle(arrows):
    """Nodes of a graph that lead back to the first of them, if there are any: arrows[node] are those it leads to."""
    finished = set()
    for start in sorted(arrows):
        trail, stack = {}, [(start, iter(sorted(arrows[start])))]
        while stack:
            node, targets = stack[-1]
            trail[node] = None
            target = next(targets, None)
            if target is None:
                finished.add(node)
                del trail[node]
                stack.pop()
            elif target in trail:
                return [*list(trail)[list(trail).index(target) :], target]
            elif target not in finished:
                stack.append((target, iter(sorted(arrows[target]))))
    return []


@pytest.mark.parametrize(
    ("arrows", "found"),
    [
        ({"a": "b", "b": "c", "c": ""}, []),
        ({"a": "bc", "b": "d", "c": "d", "d": ""}, []),
        ({"a": "b", "b": "cd", "c": "", "d": "b"}, ["b", "d", "b"]),
        ({"a": "a"}, ["a", "a"]),
    ],
)
def test_a_circle_is_found(arrows, found):
    assert circle(arrows) == found


def test_no_file_imports_itself_through_others_not_even_later():
    """Lazy imports count, and so do those that the package makes for a name when it is first used."""
    import autograd_zoo as az

    arrows = {NAMES[path]: {m for m, _ in imports(path) if m in MODULES} for path in FILES}
    arrows["autograd_zoo"] |= {f"autograd_zoo.{name}" for name in az.__all__} & MODULES
    assert arrows["autograd_zoo"] > {"autograd_zoo.zoo", "autograd_zoo.nn", "autograd_zoo.engine.tensor"}
    assert not (found := circle(arrows)), f"a circle: {' -> '.join(found)}"


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_has_one_name_everywhere_or_nowhere(family):
    places = {
        "nn": ROOT / "autograd_zoo" / "nn" / f"{family}.py",
        "closed_form": ROOT / "autograd_zoo" / "closed_form" / f"{family}.py",
        "tests": ROOT / "tests" / "families" / f"test_{family}.py",
    }
    missing = [name for name, path in places.items() if not path.is_file()]
    assert missing in ([], list(places)), f"{family} is missing in {missing}"


def test_nothing_unpickles():
    for path in FILES:
        used = {module.split(".")[0] for module, _ in imports(path)}
        assert not used & {"pickle", "cPickle", "_pickle", "dill", "cloudpickle", "shelve", "marshal", "joblib"}, path
        assert "allow_pickle=True" not in path.read_text(encoding="utf-8")


@every("path", FILES, ids=NAMES.get)
def test_a_file_can_be_read_in_a_sitting_and_says_what_lives_there(path):
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) < 450
    assert ast.get_docstring(ast.parse(text)) or not text.strip()


def for_types_only(tree):
    """The branches that only the type checker takes."""
    branches = [n for n in ast.walk(tree) if isinstance(n, ast.If)]
    return [
        n for n in branches if "TYPE_CHECKING" in {getattr(m, "id", getattr(m, "attr", "")) for m in ast.walk(n.test)}
    ]


def code_lines(path):
    """How many lines of a file hold code that runs: no docstrings, comments, blank lines, or imports of types alone."""
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
    docstrings = [
        node.body[0]
        for node in ast.walk(tree)
        if isinstance(node, documented) and ast.get_docstring(node, clean=False) is not None
    ]
    idle_nodes = [*docstrings, *for_types_only(tree)]
    silent = {line for node in idle_nodes for line in range(node.lineno, node.end_lineno + 1)}
    idle = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    used = {line for t in tokens if t.type not in idle for line in range(t.start[0], t.end[0] + 1)}
    return len(used - silent)


MOST_ANY = {"autograd_zoo.engine": 22.0, "graph_viz": 10.0}  # percent of the parameters that have an annotation


def has_any(annotation, aliases):
    """Whether an annotation has an `Any` in it, under whatever name."""
    if isinstance(annotation, ast.Constant):
        return isinstance(annotation.value, str) and not aliases.isdisjoint(re.findall(r"\w+", annotation.value))
    named = getattr(annotation, "id", getattr(annotation, "attr", None))
    return named in aliases or any(has_any(part, aliases) for part in ast.iter_child_nodes(annotation))


def parameters(tree):
    """The annotations of all parameters."""
    for f in ast.walk(tree):
        if isinstance(f, (ast.FunctionDef, ast.AsyncFunctionDef)):
            a = f.args
            given = [*a.posonlyargs, *a.args, *a.kwonlyargs, a.vararg, a.kwarg]
            yield from (x.annotation for x in given if x is not None and x.annotation is not None)


def any_aliases(tree):
    """`Any` and the names that a file gives it: `Mask = Any`."""
    found = {"Any"}
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Name) and node.value.id in found:
            found |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return found


@pytest.mark.parametrize(("package", "most"), MOST_ANY.items(), ids=MOST_ANY)
def test_parameters_have_real_types(package, most):
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in FILES if NAMES[path].startswith(package)]
    found = [has_any(annotation, any_aliases(tree)) for tree in trees for annotation in parameters(tree)]
    assert len(found) > 100
    share = 100.0 * sum(found) / len(found)
    assert share < most, f"of {share:.1f} % of the parameters of {package} the type has an Any in it: `object` may do"


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("x: Any", 1),
        ("x: typing.Any", 1),
        ("x: Any | None = None", 1),
        ("x: 'int | Any'", 1),
        ("x: Mask | None", 1),
        ("*xs: Any, **more: Any", 2),
        ("x: dict[str, Any], *, y: Callable[..., Any]", 2),
        ("x: object, /, y, z: int, w: Literal['Anything', None]", 0),
    ],
)
def test_what_counts_as_any(code, expected):
    tree = ast.parse(f"Mask = Any\ndef f({code}): ...")
    assert sum(has_any(annotation, any_aliases(tree)) for annotation in parameters(tree)) == expected


def test_the_engine_stays_small(capsys):
    sizes = {}
    for path in sorted((ROOT / "autograd_zoo" / "engine").rglob("*.py")):
        name = "check" if path.parent.name == "checker" else path.stem  # the checker as one
        sizes[name] = sizes.get(name, 0) + code_lines(path)
    core = sum(sizes[name] for name in ("mode", "rules", "tensor", "sweep"))  # what one reads to understand it
    around = (
        "careful",
        "check",
        "guard",
        "writes",
        "errors",
        "names",
        "methods",
        "outside",
        "complexes",
        "unfold",
    )  # singular points, works from outside, words, what is fused
    apart = {name: sizes.pop(name) for name in around}
    with capsys.disabled():
        print(f"\nthe engine has {sum(sizes.values())} lines of code, {core} of them its core; apart from it: {apart}")
    assert core <= 620
    assert sum(sizes.values()) <= 1350


def test_importing_the_package_loads_numpy_and_nothing_of_weight():
    loaded = python(
        textwrap.dedent("""
            import sys, autograd_zoo
            print(*{name.split(".")[0] for name in sys.modules})
            autograd_zoo.nn, autograd_zoo.optim, autograd_zoo.closed_form, autograd_zoo.io, autograd_zoo.data
            print(*{name.split(".")[0] for name in sys.modules})
        """)
    ).splitlines()
    for names in map(set, map(str.split, loaded)):
        assert "numpy" in names and not names.intersection(WEIGHTY)


def test_every_public_name_is_there():
    import autograd_zoo as az

    assert set(dir(az)) == set(az.__all__)
    for name in az.__all__:
        assert getattr(az, name) is not None
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        az.nothing  # noqa: B018
    assert (Path(az.__file__).parent / "py.typed").is_file()
