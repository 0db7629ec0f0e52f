"""Write the table of modules and of what PyTorch calls them: `PYTHONPATH=tests python docs/modules_table.py`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from autograd_zoo import nn
from autograd_zoo.engine.errors import spoken
from autograd_zoo.nn.elsewhere import CLASSES, FUNCTIONS, KEYWORDS

PAGE = Path(__file__).parent / "modules.md"
HEAD = """# Modules, name by name

What PyTorch calls each module of `az.nn`, which orders of its derivatives were compared with differences, and what its
values and gradients, by inputs and parameters, were compared with. *Drawn* are 20 configurations, with the arguments
that are named. Written by `docs/modules_table.py`, and held true by a test.

| `az.nn` | as a function | `torch.nn` | orders | oracles | drawn |
| --- | --- | --- | --- | --- | --- |
"""
HABITS = """
## What holds them, and looks at them

| here | PyTorch's | oracle |
| --- | --- | --- |
| `nn.Sequential`, `nn.ModuleList`, `nn.ModuleDict`, `nn.ParameterList` | the same | states, to PyTorch and back |
| `module.register_forward_hook(hook)` | the same | by hand |
| `module.summary(x)` | that of torchinfo | parameters and multiplications, by hand |
| `az.optim.SGD([{"params": ..., "lr": ...}, ...])`, and every optimizer | the same | PyTorch's steps |
| `nn.to_torch`, `nn.from_torch` | `state_dict`, `load_state_dict` | PyTorch's values with the same state |
"""
ELSEWHERE = """
## Called otherwise

Each of these names is an error that says what to write.

| in `torch.nn` | write |
| --- | --- |
"""
ALIAS = {"Conv2dNormActivation": "conv_norm_activation", "DenseLayer": "dense_block"}
CALLED = {
    "SquaredError": "MSELoss",
    "ScaledDotProductAttention": "functional.scaled_dot_product_attention",
    "WeightNorm": "utils.parametrizations.weight_norm",
}
HELD = ("Module", "ModuleDict", "ModuleList", "ParameterList", "Sequential")


def plain(name: str) -> str:
    """A name without what modules, functions and specimens write differently."""
    return re.sub(r"\dd$", "", name.lower().replace("_", ""))


def cell(text: str) -> str:
    """A text as a cell of the table."""
    return text.replace("|", "\\|")


def row(name: str, functions: Mapping[str, str], tables: Mapping[str, Any], drawn: Mapping[str, Any]) -> str:
    """The line of a module."""
    key = plain(ALIAS.get(name, name))
    known = [r for specimen, r in tables.items() if plain(specimen) == key]
    pair = drawn.get(name)
    if not known and pair is None:
        raise LookupError(f"nothing tests nn.{name}: write a row of tests/pairs")
    orders = max([r.orders for r in known] + ([pair.orders] if pair else []))
    oracles = ["differences", *(["closed form"] if known else [])]
    oracles += [pair.oracle] if pair else ["PyTorch"] if any(r.torch or r.twin for r in known) else []
    function = f"`{functions[key]}`" if key in functions else "-"
    varied = "-" if pair is None else ", ".join(f"`{argument}`" for argument in pair.varied.split()) or "shapes"
    called = pair.called if pair else CALLED.get(name) or (name if hasattr(torch.nn, name) else "")
    line = [f"`{name}`", function, f"`{called}`" if called else "-", "1" if orders == 1 else f"1 to {orders}"]
    return f"| {' | '.join([*line, ', '.join(oracles), varied])} |\n"


def page(tables: Mapping[str, Any], drawn: Mapping[str, Any]) -> str:
    """The page."""
    public = {name: getattr(nn, name) for name in nn.__all__}
    functions = {plain(name): name for name, value in public.items() if callable(value) and not isinstance(value, type)}
    modules = [name for name, c in public.items() if isinstance(c, type) and issubclass(c, nn.Module)]
    lines = [row(name, functions, tables, drawn) for name in sorted(modules) if name not in HELD]
    names = [f"| `{name}` | {cell(_way(CLASSES[name]))} |\n" for name in sorted(CLASSES)]
    names += [f"| `functional.{name}` | {cell(_way(FUNCTIONS[name]))} |\n" for name in sorted(FUNCTIONS)]
    names += [f"| the argument `{name}` | {cell(spoken(KEYWORDS[name]))} |\n" for name in sorted(KEYWORDS)]
    return "".join([HEAD, *lines, HABITS, ELSEWHERE, *names])


def _way(text: str) -> str:
    """An expression as code, with its remark."""
    code, _, remark = text.partition("  # ")
    return f"`{code}`" + (f" ({remark})" if remark else "")


if __name__ == "__main__":
    from pairs import ROWS
    from table import TABLE

    PAGE.write_text(page(TABLE, ROWS), encoding="utf-8")
