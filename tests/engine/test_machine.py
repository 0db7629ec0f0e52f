"""Random programs, step by step: values are NumPy's, gradients those of PyTorch or of differences, and nothing changes.

`MACHINE_EXAMPLES=1000 pytest tests/engine/test_machine.py` runs longer than the few seconds of every day, and
`MACHINE_SEED=7` draws other programs.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from differences import slope_at
from engine.programs import BINARY, UNARY, Op
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from pytorch import torch

from autograd_zoo import Tensor, gradient, no_grad
from autograd_zoo.engine.mode import MODE, Mode

EXAMPLES, SEED = int(os.environ.get("MACHINE_EXAMPLES", "60")), os.environ.get("MACHINE_SEED")
SHAPES = [(), (1,), (3,), (2, 3), (3, 3), (2, 1), (0,), (2, 0)]
KINKS = {"abs", "clip", "max", "max of all", "min", "sort", "maximum", "minimum", "hypot"}
TAKEN = {
    "relu": lambda c, x: np.where(c, x, 0.0),
    "where a > 0": lambda c, a, b: np.where(c, a, b),
    "where a > 0, b": lambda c, a, b: np.where(c, b, a),
}
NUMBERS = st.sampled_from([0.0, -0.0, 1.0, 1.0, -1.0, 2.0, 0.3, -0.7, 1.6, 1e-3, 1000.0, -1000.0])
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")  # values may be infinite


@dataclass(eq=False)
class Value:
    """A result of the program: ours, PyTorch's, and how to compute it anew from the leaves."""

    ours: Tensor
    theirs: Any
    op: Op | None = None
    inputs: tuple[Value, ...] = ()
    copy: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        self.copy = np.array(self.ours.data)

    def behind(self) -> dict[Value, None]:
        """The values behind this one, itself included, in the order in which they were made."""
        found: dict[Value, None] = {}
        for x in self.inputs:
            found |= x.behind()
        return found | {self: None}

    def anew(self, leaves: dict[Value, Any]) -> Any:
        """The same program at other leaves, by the branches that were taken at these."""
        known: dict[Value, Any] = dict(leaves)
        for v in self.behind():
            if v not in known:
                name, f = v.op[:2] if v.op else ("", lambda v=v: v.copy)
                taken = [v.inputs[0].copy > 0] if name in TAKEN else []
                known[v] = TAKEN.get(name, f)(*taken, *[known[x] for x in v.inputs])
        return known[self]


def weights(shape: tuple[int, ...]) -> np.ndarray:
    return np.asarray(np.cos(1.0 + np.arange(np.prod(shape, dtype=int)))).reshape(shape)


class Programs(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.values: list[Value] = []
        self.stale: set[Value] = set()  # leaves that were given other data since

    def pick(self, k: int) -> Value:
        return self.values[k % len(self.values)]

    def result(self, k: int) -> Value:
        """One of the values that were computed, made if need be."""
        if not any(v.op for v in self.values):
            self.calculated(UNARY[0], (self.values[0],))
        results = [v for v in self.values if v.op]
        return results[k % len(results)]

    def keep(self, *values: Value) -> None:
        self.values = [*self.values, *values][-12:]  # the others are dropped, with their tapes

    def calculated(self, op: Op, inputs: tuple[Value, ...]) -> None:
        name, ours, theirs = op
        with np.errstate(all="ignore"):
            try:
                expected = np.asarray(ours(*[v.copy for v in inputs]))
            except (ValueError, IndexError, TypeError):
                return
            if expected.size > 50:
                return
            y = ours(*[v.ours for v in inputs])
        np.testing.assert_allclose(y.data, expected, rtol=1e-5 if y.dtype == np.float32 else 1e-12, err_msg=name)
        assert y.dtype == expected.dtype
        t = None
        if torch is not None:
            try:
                t = theirs(*[v.theirs for v in inputs])
            except (RuntimeError, IndexError):  # NumPy takes more shapes
                return
            if tuple(t.shape) != expected.shape:
                return
            scale = np.max(np.abs(expected), initial=0.0, where=np.isfinite(expected))
            np.testing.assert_allclose(t.detach().numpy(), expected, rtol=1e-4, atol=1e-5 * scale, err_msg=name)
            t.data.copy_(torch.tensor(np.array(y.data, order="C")))  # rounding errors do not add up
        self.keep(Value(y, t, op, inputs))

    # ---- steps -----------------------------------------------------------------------------------------------------

    @initialize(data=st.data())
    def start(self, data: st.DataObject) -> None:
        for _ in range(2):
            self.leaf(data, st.sampled_from(SHAPES[2:5]), np.float64)

    @rule(data=st.data(), shape=st.sampled_from(SHAPES), dtype=st.sampled_from([np.float64, np.float64, np.float32]))
    def leaf(self, data: st.DataObject, shape: Any, dtype: Any) -> None:
        shape = data.draw(shape) if isinstance(shape, st.SearchStrategy) else shape
        n = int(np.prod(shape))
        x = np.array(data.draw(st.lists(NUMBERS, min_size=n, max_size=n)), dtype).reshape(shape)
        self.keep(Value(Tensor(x), torch and torch.tensor(x, requires_grad=True)))

    @rule(op=st.sampled_from(UNARY), k=st.integers(0, 11))
    def unary(self, op: Op, k: int) -> None:
        self.calculated(op, (self.pick(k),))

    @rule(op=st.sampled_from(BINARY), k=st.integers(0, 11), m=st.integers(0, 11))
    def binary(self, op: Op, k: int, m: int) -> None:
        a, b = self.pick(k), self.pick(m)
        if a.ours.dtype == b.ours.dtype:  # where they differ, PyTorch has other rules
            self.calculated(op, (a, b))

    @rule(k=st.integers(0, 11), how=st.sampled_from(["detach", "no_grad"]))
    def constant(self, k: int, how: str) -> None:
        v = self.pick(k)
        with no_grad():
            y = v.ours.detach() if how == "detach" else v.ours * 1.0
        assert y.op is None
        self.keep(Value(y, torch and torch.tensor(v.copy, requires_grad=True)))

    @rule(k=st.integers(0, 11))
    def named(self, k: int) -> None:
        self.pick(k).ours.named("x")

    @rule(k=st.integers(0, 11))
    def dropped(self, k: int) -> None:
        if len(self.values) > 2:
            self.values.pop(k % len(self.values))

    @rule(k=st.integers(0, 11))
    def optimizer_step(self, k: int) -> None:
        v = self.pick(k)
        if v.op:
            return
        v.ours.data = v.ours.data * 0.9 - 0.1
        self.stale.add(v)
        self.values = [w for w in self.values if w is not v]
        self.keep(Value(v.ours, torch and torch.tensor(np.array(v.ours.data), requires_grad=True)))

    # ---- sweeps ----------------------------------------------------------------------------------------------------

    @rule(k=st.integers(0, 11), retain=st.booleans())
    def backward(self, k: int, retain: bool) -> None:
        y = self.result(k)
        leaves = [*dict.fromkeys(v.ours for v in y.behind() if not v.op)]
        before = [None if x.grad is None else x.grad.copy() for x in leaves]
        new = gradient(y.ours, leaves, weights(y.ours.shape), allow_unused=True)
        y.ours.backward(weights(y.ours.shape), retain_grads=retain)
        for x, old, g in zip(leaves, before, new, strict=True):
            np.testing.assert_array_equal(x.grad, g if old is None else old + g)
        if retain:
            assert y.ours.grad is not None
            for v in y.behind():
                v.ours.grad = None

    @rule(k=st.integers(0, 11))
    def differentiated(self, k: int) -> None:
        y = self.result(k)
        self.first_order(y)
        self.second_order(y)

    def teardown(self) -> None:
        for y in self.values:
            if y.op:
                self.first_order(y)
                self.second_order(y)

    def first_order(self, y: Value) -> None:
        leaves = [v for v in y.behind() if not v.op]
        if self.stale & {*leaves} or np.isnan(y.copy).any():  # nothing is known of the slope of nan
            return
        w = weights(y.ours.shape).astype(y.ours.dtype)
        found = gradient(y.ours, [v.ours for v in leaves], w)
        expected = self.theirs(y, leaves, torch and torch.tensor(w))
        with np.errstate(all="ignore"):
            for v, g, e in zip(leaves, found, expected, strict=True):
                self.compare(v, g, e, lambda x, v=v: np.sum(w * y.anew({v: x})), y, 1)

    def second_order(self, y: Value) -> None:
        leaves = [v for v in y.behind() if not v.op]
        ts, w = [v.ours for v in leaves], weights(y.ours.shape).astype(y.ours.dtype)
        if self.stale & {*leaves}:
            with pytest.raises(RuntimeError, match="was given new data"):
                gradient(y.ours, ts, w, create_graph=True)
            return
        once = gradient(y.ours, ts, w, create_graph=True)
        for g, plain in zip(once, gradient(y.ours, ts, w), strict=True):
            np.testing.assert_allclose(g.data, plain, rtol=1e-5 if g.dtype == np.float32 else 1e-10)
        if np.isnan(y.copy).any() or not all(np.all(np.abs(g.data) < 1e4) for g in once):
            return

        def slopes(*xs: Any) -> Any:
            ts = dict(zip(leaves, map(Tensor, xs), strict=True))
            grads = gradient(y.anew(ts), [*ts.values()], w, create_graph=True)
            return sum(np.sum(g * weights(g.shape).astype(g.dtype)) for g in grads)

        twice = gradient(sum(np.sum(g * weights(g.shape).astype(g.dtype)) for g in once), ts, allow_unused=True)
        expected: list[Any] = [None] * len(ts)
        if torch is not None:
            grads = torch.autograd.grad(y.theirs, [v.theirs for v in leaves], torch.tensor(w), create_graph=True)
            total = sum((g * torch.tensor(weights(tuple(g.shape))).to(g.dtype)).sum() for g in grads)
            if total.requires_grad:
                expected = torch.autograd.grad(total, [v.theirs for v in leaves], retain_graph=True, allow_unused=True)
            expected = [
                np.zeros(t.shape) if e is None else e.numpy(force=True) for t, e in zip(ts, expected, strict=True)
            ]
        xs = [v.copy for v in leaves]
        with np.errstate(all="ignore"):
            for i, (v, g, e) in enumerate(zip(leaves, twice, expected, strict=True)):
                self.compare(v, g, e, lambda x, i=i: slopes(*xs[:i], x, *xs[i + 1 :]).item(), y, 2)

    def theirs(self, y: Value, leaves: list[Value], w: Any) -> list[Any]:
        if torch is None:
            return [None] * len(leaves)
        grads = torch.autograd.grad(y.theirs, [v.theirs for v in leaves], w, retain_graph=True)
        return [g.numpy(force=True) for g in grads]

    def compare(self, v: Value, g: np.ndarray, e: Any, f: Any, y: Value, order: int) -> None:
        """Ours is theirs, or that of differences where theirs is not finite or not there; or neither is finite."""
        long = all(u.ours.dtype == np.float64 for u in y.behind())
        rtol, scale = (1e-7, 1e-9) if long else (1e-3, 1e-4)
        bends = bool(KINKS & {u.op[0] for u in y.behind() if u.op})
        largest = np.max(np.abs(g), initial=0.0, where=np.isfinite(g))
        for at in np.ndindex(g.shape):
            if e is not None and np.isclose(g[at], e[at], rtol=rtol, atol=scale * (1.0 + largest), equal_nan=True):
                continue
            if not np.isfinite(g[at]) and (e is None or not np.isfinite(e[at])):
                continue
            d = slope_at(f, v.copy, at, one_sided=not bends)
            program = "\n".join(f"{u.op and u.op[0]}: {u.copy.tolist()}" for u in y.behind())
            theirs = None if e is None else e[at]
            text = f"at {at} of {v.copy.tolist()}: {g[at]}, PyTorch {theirs}, differences {d}\n{program}"
            if np.isnan(d) and not (e is not None and np.isfinite(e[at]) and np.isfinite(g[at])):
                continue  # a kink; or outside the domain of a function, where PyTorch has slopes
            if np.isnan(g[at]) and order == 2 and bends:
                continue  # a length has no second derivative where it is 0, by PyTorch it is 0
            assert np.isclose(g[at], d, rtol=1e-2, atol=1e-3 * (1.0 + largest)), text

    # ---- what holds at all times -----------------------------------------------------------------------------------

    @invariant()
    def nothing_changes(self) -> None:
        for y in self.values:
            for v in y.behind():
                if v not in self.stale:
                    np.testing.assert_array_equal(v.ours.data, v.copy)

    @invariant()
    def no_mode_is_left(self) -> None:
        assert all(getattr(MODE.get(), name) == getattr(Mode(), name) for name in Mode.__slots__)


def test_random_programs() -> None:
    machine = Programs if SEED is None else seed(int(SEED))(Programs)
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=30,
            deadline=None,
            derandomize=SEED is None,
            database=None,
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        ),
    )
