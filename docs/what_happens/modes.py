"""Rows on the recording mode after interrupts, generators and threads; and Ctrl-C at every place of a call."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from typing import Any

from cases import Case
from sweeps import in_a_thread


def pressed(make: Callable[[], Any], act: Callable[[Any], Any], state: Callable[[Any], Any]) -> bool:
    """Whether `act(make())`, pressed Ctrl-C at one place after the other, leaves the state before or that after it."""
    whole = make()
    act(whole)
    outcomes = [state(make()), state(whole)]
    left, outside = 0, sys._getframe()

    def profile(frame: Any, event: str, _: Any) -> None:
        nonlocal left
        entered = event == "call" and not frame.f_code.co_flags & inspect.CO_GENERATOR
        if (entered or event == "c_return") and frame is not outside:
            left -= 1
            if left == 0:
                raise KeyboardInterrupt

    for place in range(1, 5000):
        left, subject = place, make()
        try:
            sys.setprofile(profile)
            act(subject)
        except KeyboardInterrupt:
            pass
        finally:
            sys.setprofile(None)
        if left > 0:
            return True
        if state(subject) not in outcomes:
            return False
    raise RuntimeError("more places than that")


def no_grad(L: Any) -> Any:
    return {
        "autograd_zoo": lambda: L.az.no_grad(),
        "PyTorch": lambda: L.torch.no_grad(),
        "MyGrad": lambda: L.mg.no_autodiff,
    }[L.name]()


def records(L: Any) -> bool:
    """Whether an operation is recorded now; the mode is put in order afterwards."""
    if L.name == "autograd_zoo":
        return (L.az.Tensor(3.0) * 2.0).op is not None
    if L.name == "PyTorch":
        found = (L.torch.tensor(3.0, requires_grad=True) * 2.0).requires_grad
    else:
        found = (L.mg.tensor(3.0) * 2.0).creator is not None
    L.fresh()
    return bool(found)


def mode(when: str, program: Any) -> Case:
    return Case(when, True, "the mode before", dict.fromkeys(("autograd_zoo", "PyTorch", "MyGrad"), program))


def interrupted_block(L: Any) -> bool:
    def block(_: Any) -> None:
        with no_grad(L):
            pass

    return pressed(lambda: None, block, lambda _: records(L))


def decorated(L: Any) -> bool:
    @no_grad(L)  # type: ignore[untyped-decorator]
    def numbers() -> Any:
        yield 1
        yield 2

    turn = numbers()
    next(turn)
    return records(L)


def asynchronous(L: Any) -> Any:
    @no_grad(L)  # type: ignore[untyped-decorator]
    async def inside() -> bool:
        return not records(L)

    try:
        inside().send(None)
    except StopIteration as end:
        return end.value


def taking_turns(L: Any) -> bool:
    def numbers() -> Any:
        with no_grad(L):
            yield 1

    first, second = numbers(), numbers()
    next(first), next(second)
    list(first), list(second)
    return records(L)


def one_object(L: Any) -> bool:
    block = no_grad(L)
    with block, block:
        pass
    return records(L)


def raises_inside(L: Any) -> bool:
    try:
        with no_grad(L):
            raise KeyboardInterrupt
    except KeyboardInterrupt:
        return records(L)


ROWS = [
    mode("recording after Ctrl-C inside a `no_grad` block", raises_inside),
    mode("... at any place of `with no_grad(): pass`", interrupted_block),
    mode("... while a generator decorated with `no_grad` waits", decorated),
    mode("nothing is recorded in an async function decorated with `no_grad`", asynchronous),
    mode("recording after two generators took turns inside `no_grad` blocks", taking_turns),
    mode("... after one `no_grad` object was entered twice", one_object),
    mode("... while another thread is inside `no_grad`", lambda L: in_a_thread(no_grad(L), lambda: records(L))),
]
