"""Docstrings of the public names: a function has its formula, shapes and sources, a module leads to a function."""

import inspect
import re

from every import every

from autograd_zoo import closed_form, models, nn

STRUCTURE = {
    *("Module", "ModuleDict", "ModuleList", "Parameter", "ParameterList", "Sequential", "Identity", "Flatten", "init")
}
PUBLIC = {name: getattr(nn, name) for name in nn.__all__ if name not in STRUCTURE}
FUNCTIONS = {name: f for name, f in PUBLIC.items() if inspect.isfunction(f)}
CLASSES = {name: c for name, c in PUBLIC.items() if inspect.isclass(c)}
IDS = {row.id for row in closed_form.formulas()}
FAMILIES = "|".join({i.split(".")[0] for i in IDS})


def test_every_public_name_is_a_function_or_a_module():
    assert FUNCTIONS.keys() | CLASSES.keys() == PUBLIC.keys()
    assert all(issubclass(c, nn.Module) for c in CLASSES.values())


@every("name", FUNCTIONS)
def test_a_function_has_its_formula_its_shapes_and_its_source(name):
    doc = inspect.getdoc(FUNCTIONS[name])
    assert "=" in doc.splitlines()[0]
    assert "Shapes:" in doc
    assert "Source:" in doc


@every("name", FUNCTIONS)
def test_the_formulas_that_it_names_as_source_exist(name):
    source = inspect.getdoc(FUNCTIONS[name]).partition("Source:")[2]
    cited = re.findall(rf"\b(?:{FAMILIES})(?:\.\w+){{2,4}}", source)
    assert set(cited) <= IDS


def described(doc):
    """The arguments that a docstring describes, in its order."""
    section = re.search(r"^Parameters\n-+\n((?:.+\n?)+)", doc, re.MULTILINE)
    heads = re.findall(r"^(\S.*?) : ", section[1], re.MULTILINE) if section else []
    return [name.strip("* ") for head in heads for name in head.split(",")]


@every("name", [name for name, c in CLASSES.items() if described(inspect.getdoc(c))])
def test_a_module_that_describes_arguments_describes_all_of_them_once(name):
    arguments = list(inspect.signature(CLASSES[name]).parameters)
    assert sorted(described(inspect.getdoc(CLASSES[name]))) == sorted(arguments)


def test_arguments_are_described_by_the_class_or_else_by_its_base_and_in_the_order_of_the_signature():
    assert described(inspect.getdoc(nn.LSTM)) == list(inspect.signature(nn.LSTM).parameters)
    assert "D and H, the lengths of x_t, and of h_t and C_t\n" in inspect.getdoc(nn.LSTM)  # its cell
    assert "D and H, the lengths of x_t and h_t\n" in inspect.getdoc(nn.GRU)  # another
    assert "see `conv`. Parameters: W (M, C / groups, K, K), b (M,)." in inspect.getdoc(nn.Conv2d)


def test_what_a_base_class_says_of_an_argument_is_said_of_the_defaults_of_the_class():
    assert "rng : numpy.random.Generator, optional\n" in inspect.getdoc(nn.Bottleneck)
    assert "rng : numpy.random.Generator\n" in inspect.getdoc(models.SEBottleneck)  # which must be given one
    assert "those of the batch in evaluation" in inspect.getdoc(nn.BatchNorm2d)
    assert "those of each map in evaluation" in inspect.getdoc(nn.InstanceNorm2d)


@every("name", CLASSES)
def test_a_module_leads_to_its_function(name):
    doc = inspect.getdoc(CLASSES[name])
    assert set(re.findall(r"see `(\w+)`", doc)) & FUNCTIONS.keys() or "Source:" in doc
