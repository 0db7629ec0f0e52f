"""The optimizer: it holds parameters and what is remembered of each, and applies an update rule to all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_zoo.engine import guard
from autograd_zoo.engine.assign import assign
from autograd_zoo.engine.tensor import Tensor
from autograd_zoo.engine.text import printable
from autograd_zoo.engine.values import named_array, stored, unmasked

from . import checks

Array = npt.NDArray[Any]
State = dict[str, Any]
Rule = Callable[..., tuple[Array, State]]

CHECKS: dict[str, Callable[[str, Any], Any]] = {
    "lr": checks.number,
    "momentum": checks.number,
    "weight_decay": checks.number,
    "eps": checks.number,
    "alpha": lambda name, a: checks.number(name, a, high=1.0),
    "betas": lambda name, betas: tuple(checks.number(name, b, high=1.0) for b in _pair(name, betas)),
    "nesterov": lambda name, on: bool(on),
}


class Optimizer:
    """Parameters, and the rule that moves them down their gradients.

    Parameters
    ----------
    params : iterable of Tensors, or of dicts
        different leaves, such as `module.parameters()`; or groups of them with settings of their own, such as
        `{"params": biases, "weight_decay": 0.0}`. What a group does not say is as for all
    rule : callable
        `(p, g, state, **hyper) -> (new p, new state)`, a pure function of arrays; `state` is a dict of arrays and
        whole numbers, empty before the first step
    lr : float
        the learning rate
    **hyper
        what else the rule takes

    Attributes
    ----------
    lr : float
        may be set at any time; schedules do so. The learning rates of groups keep their ratio to it
    params : list of Tensors
        of all groups, one after the other
    state : list of dicts, one per parameter
    hyper : dict of the settings, among them `lr`
    own : list of dicts, one per parameter
        the settings that its group has of its own; "lr" is a multiple of that of all

    Raises
    ------
    TypeError, ValueError
        if `params` are not different leaves, or a setting is no number or out of range

    Examples
    --------
    An optimizer of one's own is one function:

    >>> import numpy as np, autograd_zoo as az
    >>> w = az.Tensor([1.0, -2.0])
    >>> opt = az.optim.Optimizer([w], lambda p, g, state, lr: (p - lr * np.sign(g), state), lr=0.5)
    >>> (w * w).sum().backward()
    >>> opt.step()
    >>> w.data
    array([ 0.5, -1.5])

    Weights decay, and biases do not:

    >>> layer = az.nn.Linear(3, 2)
    >>> groups = [{"params": [layer.W]}, {"params": [layer.b], "weight_decay": 0.0, "lr": 0.2}]
    >>> az.optim.SGD(groups, lr=0.1, weight_decay=0.01).own
    [{}, {'weight_decay': 0.0, 'lr': 2.0}]
    """

    def __init__(self, params: Iterable[Tensor], rule: Rule, *, lr: float, **hyper: Any) -> None:
        self.hyper = {name: _checked(name, value) for name, value in {"lr": lr, **hyper}.items()}
        leaves, own = checks.grouped(params, self.hyper)
        self.params = checks.leaves(leaves)
        self.own = [{n: self._relative(n, _checked(n, v)) for n, v in settings.items()} for settings in own]
        self.rule = rule
        self.state: list[State] = [{} for _ in self.params]

    @property
    def lr(self) -> float:
        """The learning rate of the next step."""
        return float(self.hyper["lr"])

    @lr.setter
    def lr(self, value: float) -> None:
        self.hyper["lr"] = checks.number("lr", value)

    def _relative(self, name: str, value: Any) -> Any:
        """A setting of a group as it is kept: a learning rate as a multiple of that of all, which schedules change."""
        if name != "lr":
            return value
        if not self.lr:
            raise ValueError("where a group has its own lr, that of all must not be 0, for their ratio stays the same")
        return value / self.lr

    def _settings(self, k: int) -> dict[str, Any]:
        """What the rule is told of parameter k."""
        own = self.own[k]
        return {**self.hyper, **own, "lr": self.hyper["lr"] * own["lr"]} if "lr" in own else {**self.hyper, **own}

    def __repr__(self) -> str:
        hyper = ", ".join(f"{name}={value!r}" for name, value in self.hyper.items())
        return f"{type(self).__name__}({len(self.params)} parameters, {hyper})"

    def zero_grad(self) -> None:
        """Forget all gradients, so that the next sweep starts from nothing instead of adding to them."""
        assign((p, "_grad", None) for p in self.params)

    def step(self, grads: Sequence[Array | Tensor | None] | None = None) -> None:
        """Move every parameter that has a gradient once. A step that raises has moved nothing.

        Parameters
        ----------
        grads : list, optional
            one gradient per parameter, as `az.gradient(loss, opt.params)` gives them; `p.grad` if left out. A
            parameter whose gradient is None stays where it is.

        Raises
        ------
        RuntimeError
            if no parameter has a gradient
        ValueError, TypeError
            if `grads` does not have one array per parameter, in its shape
        """
        moved = {
            k: (p, *self.rule(p.data, _locked(g), {n: _locked(v) for n, v in state.items()}, **self._settings(k)))
            for k, (p, g, state) in enumerate(zip(self.params, self._gradients(grads), self.state, strict=True))
            if g is not None
        }
        for k, (p, new, _) in moved.items():
            if new.shape != p.shape or new.dtype != p.dtype:
                raise ValueError(
                    f"the update rule must keep the shape and dtype of {checks.label(k, p)}, {p.dtype}{list(p.shape)}; "
                    f"it returned {new.dtype}{list(new.shape)}"
                )
        memory = [moved[k][2] if k in moved else state for k, state in enumerate(self.state)]
        ours = guard.own(self.rule)  # what it returns is nobody else's
        assign(
            [
                *((p, "_array", new if ours else p._fitting(new)) for p, new, _ in moved.values()),
                (self, "state", memory),
            ]
        )

    def _gradients(self, grads: Sequence[Array | Tensor | None] | None) -> list[Array | None]:
        """One checked array per parameter, or None."""
        if grads is None:
            grads = [p.grad for p in self.params]
            if all(g is None for g in grads):
                raise RuntimeError(
                    "no parameter has a gradient: call loss.backward() before step(), or pass step(grads=[...]); "
                    "if you did, were these very parameters used in the forward pass?"
                )
        if isinstance(grads, (np.ndarray, Tensor)) or len(grads) != len(self.params):
            got = "a single array" if isinstance(grads, (np.ndarray, Tensor)) else len(grads)
            raise ValueError(
                f"grads must be a list with one gradient for each of {len(self.params)} parameters, got {got}"
            )
        return [
            None if g is None else _gradient(k, p, g) for k, (p, g) in enumerate(zip(self.params, grads, strict=True))
        ]

    def state_dict(self) -> dict[str, Any]:
        """All settings and all that is remembered, as a flat dict of copies that `az.io.save` can write.

        The parameters themselves are in the module's `state_dict`.
        """
        memory = {
            f"state.{k}.{name}": value if isinstance(value, int) else np.array(value)
            for k, state in enumerate(self.state)
            for name, value in state.items()
        }
        settings = {f"hyper.{n}": v for n, v in self.hyper.items()}
        settings |= {f"own.{k}.{n}": v for k, own in enumerate(self.own) for n, v in own.items()}
        numbers = {key: np.array(v) if isinstance(v, tuple) else v for key, v in settings.items()}
        return {"parameters": len(self.params), **numbers, **memory}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Go on where `state_dict` was taken; all of it, or an error and no change.

        Raises
        ------
        ValueError
            if it comes from another kind of optimizer, or from other parameters
        """
        assign(self._loading(state_dict))

    def _loading(self, state_dict: Mapping[str, Any]) -> list[tuple[Any, Any, Any]]:
        """What `load_state_dict` assigns."""
        entries = stored(state_dict)
        settings = {key: np.asarray(entries.pop(key)).tolist() for key in state_dict if not key.startswith("state.")}
        expected = {"parameters", *(f"hyper.{name}" for name in self.hyper)}
        expected |= {f"own.{k}.{name}" for k, own in enumerate(self.own) for name in own}
        if settings.keys() != expected:
            raise ValueError(
                f"this is no state_dict of {type(self).__name__}: expected the settings {', '.join(sorted(expected))}; "
                f"got {printable(', '.join(sorted(settings))) or 'none'}"
            )
        if settings["parameters"] != len(self.params):
            raise ValueError(
                f"this state_dict was taken with {settings['parameters']} parameters, but the optimizer has "
                f"{len(self.params)}; build the same module first"
            )
        try:
            hyper = {name: _checked(name, settings[f"hyper.{name}"]) for name in self.hyper}
            own = [{n: _checked(n, settings[f"own.{k}.{n}"]) for n in mine} for k, mine in enumerate(self.own)]
        except TypeError as error:
            raise ValueError(f"this is no state_dict of {type(self).__name__}: {error}") from error
        memory = [self._memory(k, p, {**hyper, **own[k]}, entries) for k, p in enumerate(self.params)]
        if entries:
            raise ValueError(
                f"this state_dict has entries that no parameter asks for: {printable(', '.join(sorted(entries)))}"
            )
        return [
            *((self.hyper, name, value) for name, value in hyper.items()),
            *((self, "own", own), (self, "state", memory)),
        ]

    def _memory(self, k: int, p: Tensor, hyper: dict[str, Any], entries: dict[str, Any]) -> State:
        """The state of parameter k, taken out of `entries`: nothing at all, or everything that the rule remembers."""
        trial = self.rule(p.data, np.ones_like(p.data), {}, **hyper)[1]  # shows names, shapes and types
        found = {name: named_array(key, entries.pop(key)) for name in trial if (key := f"state.{k}.{name}") in entries}
        for name, like in trial.items() if found else ():
            like, value = np.asarray(like), found.get(name)
            if value is None or value.shape != like.shape or value.dtype.kind != like.dtype.kind:
                got = "nothing" if value is None else f"{value.dtype}{list(value.shape)}"
                raise ValueError(
                    f"state.{k}.{name}, which belongs to {checks.label(k, p)}, must be {like.dtype}{list(like.shape)}, "
                    f"got {got}"
                )
            if value.dtype.kind in "iu" and value.size and value.min() < 0:  # what counts something
                raise ValueError(
                    f"state.{k}.{name}, which belongs to {checks.label(k, p)}, must be at least 0, got {value.min()}"
                )
            found[name] = value.astype(like.dtype)
        return {name: int(value) if isinstance(trial[name], int) else value for name, value in found.items()}


def _checked(name: str, value: Any) -> Any:
    return CHECKS[name](name, value) if name in CHECKS else value


def _pair(name: str, value: Any) -> tuple[Any, Any]:
    if not isinstance(value, (tuple, list)) or len(value) != 2:
        raise TypeError(f"{name} must be a pair of numbers such as (0.9, 0.999), got {value!r}")
    return value[0], value[1]


def _gradient(k: int, p: Tensor, g: Array | Tensor) -> Array:
    array = np.asarray(g.data if isinstance(g, Tensor) else unmasked(g))
    if array.shape != p.shape:
        raise ValueError(f"the gradient of {checks.label(k, p)} must have its shape {p.shape}, got {array.shape}")
    if not np.can_cast(array.dtype, p.dtype, "same_kind"):
        raise TypeError(f"the gradient of {checks.label(k, p)} must be an array of {p.dtype}, got {array.dtype}")
    return array.astype(p.dtype, copy=False)


def _locked(value: Any) -> Any:
    """An array as a rule cannot change it: a step that raises has changed nothing."""
    if not isinstance(value, np.ndarray):
        return value
    view = value.view()
    view.flags.writeable = False
    return view
