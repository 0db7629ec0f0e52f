"""The shape of the house: which way imports run, what is loaded when, family names, and how long a file may be."""

import ast
import io
import sys
import textwrap
import tokenize
from functools import cache
from pathlib import Path

import pytest
from engine.support import ROOT, python
from every import every

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
    "autograd_zoo.primitives": {"engine", "closed_form"},
    "autograd_zoo.nn": {"engine", "primitives", "closed_form", "kernels", "data"},
    "autograd_zoo.kernels": {"closed_form"},
    "autograd_zoo.optim": {"engine"},
    "autograd_zoo.notebook": {"zoo"},
    "autograd_zoo.data": {"engine"},
    "autograd_zoo.io": {"engine"},
    "autograd_zoo.program": {"engine", "primitives", "closed_form", "nn", "io"},
    "autograd_zoo.onnx": {"program"},
    "autograd_zoo.zoo": {"engine", "primitives", "closed_form", "nn", "kernels", "data"},
    "autograd_zoo.models": {"engine", "nn"},
    "autograd_zoo.train": {"engine", "nn", "optim", "data", "io", "models"},
    "autograd_zoo.cli": {"engine", "nn", "zoo", "data", "train", "io"},
    "autograd_zoo.atlas": {"engine", "closed_form", "zoo"},
    "autograd_zoo.__main__": {"_start"},
    "autograd_zoo._start": set(),
    "graph_viz": set(),
}
# ... and what they may import later, inside a function.
MAY_IMPORT_LAZILY = {
    "autograd_zoo._start": {"cli"},
    "autograd_zoo.engine": {"graph_viz"},  # Tape.to_networkx alone
    "autograd_zoo.program": {"jax", "onnx"},
    "autograd_zoo.data": {"sklearn"},
    "autograd_zoo.cli": {"tqdm", "graph_viz", "atlas", "autograd_zoo"},
    "autograd_zoo.atlas": {"graph_viz", "jinja2", "markupsafe", "mistune", "latex2mathml", "pygments", "autograd_zoo"},
    "autograd_zoo.kernels": {"numba"},
    "autograd_zoo.notebook": {"matplotlib", "cycler"},
    "graph_viz": {"networkx", "graphviz", "pygraphviz", "resvg_py", "typst", "ziamath", "autograd_zoo", "io"},
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
    lazy = {id(n) for f in ast.walk(tree) if isinstance(f, (ast.FunctionDef, ast.Lambda)) for n in ast.walk(f)}
    typing_only = {
        id(n)
        for branch in ast.walk(tree)
        if isinstance(branch, ast.If) and "TYPE_CHECKING" in ast.dump(branch.test)
        for n in ast.walk(branch)
    }
    for node in ast.walk(tree):
        if id(node) in typing_only:
            continue
        now = id(node) not in lazy
        if isinstance(node, ast.Import):
            yield from ((alias.name, now) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            source = ".".join([*base, *([node.module] if node.module else [])])
            for alias in node.names:
                submodule = f"{source}.{alias.name}"
                yield (submodule if submodule in MODULES else source), now


def part(module):
    """The part of the house that a module of ours belongs to: `autograd_zoo.engine`, `graph_viz`."""
    words = module.split(".")
    return words[0] if words[0] == "graph_viz" else ".".join(words[:2])


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


def test_the_engine_imports_the_drawing_in_one_place_only():
    found = [
        (NAMES[path], module)
        for path in FILES
        if part(NAMES[path]) == "autograd_zoo.engine"
        for module, _ in imports(path)
        if module.split(".")[0] not in {*sys.stdlib_module_names, "numpy", "autograd_zoo"}
    ]
    assert found == [("autograd_zoo.engine.tape", "graph_viz")]


def test_no_module_imports_itself_through_others():
    graph = {NAMES[path]: {m for m, now in imports(path) if now and m in MODULES} for path in FILES}
    done, finished = set(), set()
    for start in graph:
        stack = [(start, iter(sorted(graph[start])))] if start not in done else []
        done.add(start)
        while stack:
            module, targets = stack[-1]
            target = next(targets, None)
            if target is None:
                finished.add(module)
                stack.pop()
            elif target not in done:
                done.add(target)
                stack.append((target, iter(sorted(graph[target]))))
            else:
                cycle = [m for m, _ in stack]
                assert target in finished, f"a cycle: {' <- '.join([*cycle[cycle.index(target) :], target])}"


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


def code_lines(path):
    """How many lines of a file hold code: no docstrings, comments or blank lines."""
    text = path.read_text(encoding="utf-8")
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
    docstrings = [
        node.body[0]
        for node in ast.walk(ast.parse(text))
        if isinstance(node, documented) and ast.get_docstring(node, clean=False) is not None
    ]
    silent = {line for node in docstrings for line in range(node.lineno, node.end_lineno + 1)}
    idle = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    used = {line for t in tokens if t.type not in idle for line in range(t.start[0], t.end[0] + 1)}
    return len(used - silent)


def test_the_engine_stays_small(capsys):
    sizes = {}
    for path in sorted((ROOT / "autograd_zoo" / "engine").rglob("*.py")):
        name = "check" if path.parent.name == "checker" else path.stem  # the checker as one
        sizes[name] = sizes.get(name, 0) + code_lines(path)
    core = sum(sizes[name] for name in ("mode", "rules", "tensor", "sweep"))  # what one reads to understand it
    around = ("careful", "check", "guard", "writes", "errors")  # singular points, works from outside, words
    apart = {name: sizes.pop(name) for name in around}
    with capsys.disabled():
        print(f"\nthe engine has {sum(sizes.values())} lines of code, {core} of them its core; apart from it: {apart}")
    assert core <= 650
    assert sum(sizes.values()) <= 1300


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
