"""All or nothing: an error, or Ctrl-C, anywhere in a sweep leaves every gradient, mode and tape as they were."""

import linecache
import signal
import sys

import numpy as np
import pytest
from engine.support import python

import autograd_zoo as az
from autograd_zoo.engine.mode import MODE


class Saboteur:
    """A primitive x ↦ x whose rule raises `error` while it is armed."""

    def __init__(self):
        self.error = None

        @az.primitive
        def sabotaged(x):
            return x * 1.0

        def rule(g, y, x):
            if self.error is not None:
                raise self.error
            return g * 1.0

        az.defvjp(sabotaged, rule)
        self.op = sabotaged


@pytest.mark.parametrize("how", ["backward", "retain_grads", "gradient", "create_graph", "free"])
@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, MemoryError, StopIteration, SystemExit])
def test_an_error_in_a_sweep_changes_nothing_and_the_tape_can_be_swept_again(error, how):
    saboteur = Saboteur()
    a, b, c = (az.Tensor(v) for v in ([1.0, 2.0], [3.0, 4.0], 5.0))
    a.grad = [0.125, 0.25]
    h = saboteur.op(a * b)
    y = (h * b * c).sum()
    mode = MODE.get()
    kept = [None if x.grad is None else x.grad.tobytes() for x in (a, b, c, h, y)]
    sweep = {
        "backward": lambda: y.backward(),
        "retain_grads": lambda: y.backward(retain_grads=True),
        "gradient": lambda: az.gradient(y, [a, b]),
        "create_graph": lambda: az.gradient(y, [a, b], create_graph=True),
        "free": lambda: y.backward(retain_graph=False),
    }[how]
    saboteur.error = error("on demand")
    with pytest.raises(error, match="on demand"):
        sweep()
    assert [None if x.grad is None else x.grad.tobytes() for x in (a, b, c, h, y)] == kept
    assert MODE.get() is mode
    saboteur.error = None
    sweep()
    y_again = (saboteur.op(a * b) * b * c).sum()
    a.grad = b.grad = c.grad = None
    y_again.backward()
    np.testing.assert_array_equal(a.grad, b.data**2 * 5.0)
    np.testing.assert_array_equal(b.grad, 2.0 * a.data * b.data * 5.0)


@pytest.mark.parametrize(
    ("x", "called", "said"),
    [
        ([1.0], "h", "Tensor([1.], op=sabotaged, name='h')"),
        (np.ones((3, 4, 5, 6, 7)), "h", "a Tensor float64[3, 4, 5, 6, 7] named 'h'"),
        (np.ones((2, 2)), None, "a Tensor float64[2, 2]"),
    ],
)
def test_an_error_in_a_rule_says_where_in_the_sweep_in_a_line(x, called, said):
    saboteur = Saboteur()
    y = saboteur.op(az.Tensor(x, name="x"))
    saboteur.error = ZeroDivisionError("boom")
    with pytest.raises(ZeroDivisionError, match="boom") as caught:
        (y.named(called) if called else y).sum().backward()
    assert caught.value.__notes__ == [f"(in the sweep, pulling a gradient back through sabotaged, {said})"]


def test_an_error_between_two_gradients_takes_back_the_first():
    class Brittle(az.Tensor):
        """A leaf that cannot be given a gradient."""

        __slots__ = ()

        def __setattr__(self, name, value):
            if name == "_grad" and value is not None:
                raise KeyboardInterrupt
            super().__setattr__(name, value)

    a, b, c = az.Tensor([1.0]), Brittle([2.0]), az.Tensor([3.0])
    a.grad = [7.0]
    with pytest.raises(KeyboardInterrupt):
        (a * b * c * a).backward()
    assert a.grad == 7.0 and b.grad is None and c.grad is None


def test_an_interrupt_at_any_line_of_the_sweep_leaves_all_gradients_old_or_all_new():
    def interrupted_at(k):
        """Run a sweep that is interrupted at its k-th line; return the gradients and whether it came that far."""
        a, b, c = (az.Tensor([v]) for v in (1.0, 2.0, 3.0))
        a.grad, c.grad = [10.0], [30.0]
        y = (a * b + np.sin(a) * c).sum()
        seen = 0

        def trace(frame, event, _):
            nonlocal seen
            if "engine" not in frame.f_code.co_filename:
                return None
            line = linecache.getline(frame.f_code.co_filename, frame.f_lineno).split()
            if event == "line" and line[0] not in ("with", "try:"):  # there Python looks at no signal
                seen += 1
                if seen == k:
                    raise KeyboardInterrupt
            return trace

        before, mode = sys.gettrace(), MODE.get()
        sys.settrace(trace)
        try:
            y.backward()
        except KeyboardInterrupt:
            pass
        finally:
            sys.settrace(before)
        assert MODE.get() is mode
        return [None if x.grad is None else x.grad.item() for x in (a, b, c)], seen >= k

    old = [10.0, None, 30.0]
    new, _ = interrupted_at(-1)
    k, going, found = 0, True, []
    while going:
        k += 1
        grads, going = interrupted_at(k)
        found.append(grads)
    assert k > 50 and all(grads in (old, new) for grads in found)


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs POSIX signals")
def test_ctrl_c_in_a_long_sweep_is_answered_at_once():
    program = """
import signal, time, numpy as np, autograd_zoo as az
x = az.Tensor(0.5)
y = x
for _ in range(100_000):
    y = y * 1.0000001 + 1e-9
late = []
def interrupt(*_):
    late.append(time.perf_counter())
    raise KeyboardInterrupt
signal.signal(signal.SIGALRM, interrupt)
caught = 0
for _ in range(3):
    signal.setitimer(signal.ITIMER_REAL, 0.15)
    try:
        while True:
            az.gradient(y, [x])
            x.grad = None
            y.backward()
            x.grad = None
    except KeyboardInterrupt:
        caught += 1
        assert time.perf_counter() - late[-1] < 1.0
x.grad = None
y.backward()
print(caught, np.isfinite(x.grad), len(late))
"""
    assert python(program).split() == ["3", "True", "3"]
