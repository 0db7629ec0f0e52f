"""Rows on modes, gradients, parameters and modules, when something raises or is interrupted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import modes
import numpy as np
import sweeps
from cases import REFUSED, Case
from modes import pressed, records

WORDS = (
    "Oracle: what raises or is interrupted has done all or nothing, so that state is the old or the new one and no "
    "mode is left behind. Ctrl-C is pressed at one place of the call after the other: where a function of Python is "
    "entered, and where one of compiled code returns."
)
HELD = "all or nothing"
BOTH = ("autograd_zoo", "PyTorch")


class Net:
    """Two layers, or a normalization, and an optimizer, in the words of ours or of PyTorch, and a loss."""

    def __init__(self, L: Any, norm: bool = False) -> None:
        self.library, self.ours = L, L.name == "autograd_zoo"
        nn, optim = (L.az.nn, L.az.optim) if self.ours else (L.torch.nn, L.torch.optim)
        self.model = nn.BatchNorm2d(2) if norm else nn.Sequential(nn.Linear(2, 1), nn.Linear(1, 2))
        for p in self.model.parameters():
            p.data = self.array(np.linspace(0.5, 1.5, int(np.prod(p.shape))).reshape(p.shape))
        self.optim = optim.SGD(list(self.model.parameters()), lr=0.1, momentum=0.9)
        self.x = self.array(np.arange(8.0).reshape((1, 2, 2, 2) if norm else (4, 2)))

    def recorded(self) -> Net:
        self.loss = (self.model(self.x) ** 2).sum()
        return self

    def swept(self) -> Net:
        self.recorded().loss.backward()
        return self

    def array(self, x: Any) -> Any:
        return x if self.ours else self.library.torch.tensor(x, dtype=self.library.torch.float32)

    def state(self) -> list[str]:
        """All that it holds, as texts."""
        kinds = [(m.training, [type(v).__name__ for v in vars(m).values()]) for m in self.model.modules()]
        grads = [(str(p.grad), getattr(p, "requires_grad", True)) for p in self.model.parameters()]
        values = {k: np.array(v).tolist() for k, v in self.model.state_dict().items()}
        return [str(values), str(grads), str(kinds), str(self.optim.state_dict()), str(records(self.library))]


def whole(what: str, act: Callable[[Net], Any], make: Callable[[Any], Net] = lambda L: Net(L).swept()) -> Case:
    """Ctrl-C everywhere in `act(net)`: all or nothing."""

    def program(L: Any) -> bool:
        return pressed(lambda: make(L), act, Net.state)

    return Case(f"Ctrl-C at any place of {what}", True, HELD, dict.fromkeys(BOTH, program))


def freeze(net: Net) -> None:
    net.model.freeze() if net.ours else net.model.requires_grad_(False)


def half_loaded(L: Any) -> Any:
    """A state of which one array has a wrong shape is refused, and nothing of it is loaded."""
    net = Net(L)
    before = net.state()
    wrong = {k: net.array(np.ones(7)) if "1." in k else v * 2 for k, v in net.model.state_dict().items()}
    try:
        net.model.load_state_dict(wrong)
    except Exception:
        return True if net.state() == before else "half is loaded"
    return False


def rule_raises(L: Any) -> Any:
    """The gradients of two leaves, one of which is reached by a rule that raises."""

    def fails(g: Any, y: Any, x: Any) -> Any:
        raise ArithmeticError

    if L.name == "micrograd":
        leaves = [L.engine.Value(1.0), L.engine.Value(2.0)]
        late = leaves[0] * 1.0
        late._backward = lambda: fails(0, 0, 0)
        y = leaves[1] * 3.0 + late * 2.0
    else:
        op = L.primitive(lambda x: x * 1.0, fails)
        make = {"autograd_zoo": lambda x: L.az.Tensor(x), "MyGrad": lambda x: L.mg.tensor(x)}
        make["PyTorch"] = lambda x: L.torch.tensor(x, requires_grad=True)
        leaves = [make[L.name](1.0), make[L.name](2.0)]
        y = op(leaves[0]) * 2.0 + leaves[1] * 3.0
    try:
        y.backward()
    except ArithmeticError:
        grads = [x.grad for x in leaves]
        return True if all(g is None or g == 0 for g in grads) else "some gradients are set"
    return False


def two_of_one_path(L: Any) -> Any:
    """The state of a module in which two parameters have one path."""
    if L.name == "PyTorch":
        model = L.torch.nn.Module()
        model.a = L.torch.nn.ParameterDict({"b": L.torch.ones(1)})
        model.register_parameter("a.b", L.torch.nn.Parameter(L.torch.zeros(1)))
    else:
        model = L.az.nn.Module()
        model.heads = {"a.b": L.az.nn.Parameter([1.0]), "a": {"b": L.az.nn.Parameter([2.0])}}
    return len(model.state_dict())


def shared_buffer(L: Any) -> Any:
    """Whether a buffer that two modules share is shared after a state was loaded."""
    first, second = Net(L, norm=True).model, Net(L, norm=True).model
    second.running_mean = first.running_mean
    model = (L.az.nn if L.name == "autograd_zoo" else L.torch.nn).Sequential(first, second)
    model.load_state_dict(model.state_dict())
    return first.running_mean is second.running_mean


WHOLE = [
    whole("`optimizer.step()`", lambda net: net.optim.step()),
    whole("`optimizer.zero_grad()`", lambda net: net.optim.zero_grad()),
    whole(
        "`load_state_dict`",
        lambda net: net.model.load_state_dict({k: v * 2 for k, v in net.model.state_dict().items()}),
    ),
    whole("`model.eval()`", lambda net: net.model.eval()),
    whole("freezing a model", freeze),
    whole("a forward pass of BatchNorm", lambda net: net.model(net.x), lambda L: Net(L, norm=True)),
    whole("`backward()`", lambda net: net.loss.backward(), lambda L: Net(L).recorded()),
    Case("`load_state_dict` of one wrong shape", True, HELD, dict.fromkeys(BOTH, half_loaded)),
    Case(
        "two leaves when a rule raises in mid-sweep",
        True,
        HELD,
        dict.fromkeys((*BOTH, "MyGrad", "micrograd"), rule_raises),
    ),
    Case(
        "the state of two parameters that have one path",
        REFUSED,
        "one would be lost",
        dict.fromkeys(BOTH, two_of_one_path),
        ("one path", "contain"),
    ),
    Case("a buffer of two modules after a state was loaded", True, "it is shared", dict.fromkeys(BOTH, shared_buffer)),
]
ROWS = modes.ROWS + WHOLE + sweeps.ROWS
