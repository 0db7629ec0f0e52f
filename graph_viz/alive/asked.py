"""What a live drawing is asked for: a function, its examples and their names, each refused in a sentence."""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from ..letters import letters
from ..programs import is_program
from ..style import clean
from ..trace import is_tensor

Parameters = list[inspect.Parameter]


def asked(f: Any, examples: Sequence[Any], names: Any, constants: Any) -> list[str]:
    """What the examples of `f` are called.

    Raises
    ------
    TypeError
        if f is nothing that computes, or takes other examples than these
    ValueError
        if the names are not one for each example, all different, and such as variables have
    """
    if constants is not None and not (isinstance(constants, Mapping) and all(isinstance(k, str) for k in constants)):
        raise TypeError(f'constants is a dict of names and arrays, as in {{"c": c}}; got {_kind(constants)}')
    if is_program(f):
        if examples or names is not None:
            raise TypeError("a program has its examples, and their names: they go with a function, live(f, x, ...)")
        return [x.name for x in f.leaves]
    if not callable(f):
        raise TypeError(f"live takes a function, a module or a program, and examples; got {_kind(f)}")
    parameters = _parameters(f)
    _require_examples(parameters, examples)
    usual = [p.name for p in parameters or [] if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    usual = usual[: len(examples)]
    usual += [f"x{k}" for k in range(len(usual), len(examples))]
    if names is None:
        return usual
    _require_names(names, usual)
    return list(names)


def arrays_of(f: Any, examples: Mapping[str, Any]) -> dict[str, Any]:
    """What can be told of the constants of a function: arrays that it takes from around it, and fixed examples."""
    try:
        around = inspect.getclosurevars(f)
    except (TypeError, ValueError):
        return dict(examples)
    return {**around.globals, **around.nonlocals, **examples}


def as_array(x: Any, name: str) -> Any:
    """An example as an array of floats, or as it is: labels, masks, settings."""
    array = x.data if is_tensor(x) else x
    if isinstance(array, list):
        try:
            array = np.array(array)
        except ValueError:
            raise ValueError(
                f"the example {name} is a list whose rows differ in length: give one of equal rows"
            ) from None
    if isinstance(array, (float, np.floating)) or (isinstance(array, np.ndarray) and array.dtype.kind == "f"):
        return np.array(array, float)
    return array


def result(y: Any) -> Any:
    """The result of a function, if one can be drawn alive: a Tensor of real numbers that was computed of others."""
    what = "a live drawing is of a function that returns one Tensor"
    if y is None:
        raise TypeError(f"{what}; it returned None: end it with `return`")
    if isinstance(y, (tuple, list, dict)):
        raise TypeError(f"{what}, got {_kind(y)} of {len(y)}: return one of them, or their sum")
    if not is_tensor(y):
        raise TypeError(
            f"{what}, got {_kind(y)}: give what is to change as floats, 3.0 for 3, and compute with the Tensors "
            "themselves, not with their .data, .item() or comparisons"
        )
    if not y.size:
        raise ValueError(f"{what} of numbers, got one of shape {y.shape}, which has none: give longer examples")
    if y.dtype.kind != "f":
        raise TypeError(f"{what} of floats, got one of {y.dtype}: return its real part, or its absolute value")
    if y.op is None and y.size == 1:
        raise ValueError(f"{what} that is computed of its examples; this one is {y.name or 'a constant'} itself")
    return y


def _parameters(f: Callable[..., Any]) -> Parameters | None:
    """The parameters of a function or of a module's forward pass; None if Python does not know them."""
    try:
        return list(inspect.signature(getattr(f, "forward", f) if not isinstance(f, type) else f).parameters.values())
    except (TypeError, ValueError):
        return None


def _require_examples(parameters: Parameters | None, examples: Sequence[Any]) -> None:
    """Raise a TypeError if there are too few or too many examples, or if they came in a tuple."""
    named = [p for p in parameters or [] if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    needed = [p.name for p in named if p.default is p.empty]
    written = f"live(f, {', '.join(needed) or 'x'})"
    if len(examples) == 1 and isinstance(examples[0], tuple) and any(map(_is_float, examples[0])):
        raise TypeError(
            f"live takes examples one by one, {written}; got a tuple of {len(examples[0])}: write "
            "live(f, *examples), or np.array(...) for what is one array"
        )
    if parameters is None:
        return
    most = None if any(p.kind is p.VAR_POSITIONAL for p in parameters) else len(named)
    if len(examples) < len(needed) or (most is not None and len(examples) > most):
        takes = f"{len(needed)} example{'s' * (len(needed) != 1)} ({', '.join(needed)})" if needed else "no example"
        raise TypeError(f"f takes {takes}, got {len(examples)}: write {written}, with numbers or arrays of floats")


def _require_names(names: Any, usual: Sequence[str]) -> None:
    """Raise an error that says what is wrong with the names of the examples."""
    if isinstance(names, str) or not isinstance(names, Collection) or isinstance(names, Mapping):
        arrays = "; names of constant arrays go with constants={...}" if isinstance(names, Mapping) else ""
        raise TypeError(f"names is a list of strings, one for each example, as in {list(usual)}; got {names!r}{arrays}")
    wrong = next((text for text in _faults(list(names), len(usual)) if text), None)
    if wrong:
        raise ValueError(f"names must be one for each example, all different, as in {list(usual)}; {wrong}")


def _faults(names: list[Any], count: int) -> Iterator[str]:
    if len(names) != count:
        yield f"got {len(names)} for {count} example{'s' * (count != 1)}"
    for name in names:
        if not isinstance(name, str):
            yield f"got {name!r}, which is no string"
        elif not letters(name).isidentifier():
            yield f"got {name!r}, which is no name: take letters, digits and _, no digit first"
    yield from (f"got {name!r} {n} times" for name, n in Counter(map(letters, names)).items() if n > 1)


def _is_float(x: Any) -> bool:
    return is_tensor(x) or isinstance(x, (float, np.floating, np.ndarray, list))


def _kind(x: object) -> str:
    """What something is, in an error."""
    return clean(type(x).__name__)
