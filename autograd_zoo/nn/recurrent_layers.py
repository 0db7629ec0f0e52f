"""What modules over sequences share: a cell for each layer and direction, run to the end of each sequence."""

from __future__ import annotations

from functools import partial
from operator import itemgetter
from typing import Any, ClassVar

import numpy as np

from ..engine.mode import MODE
from ..engine.values import TRACE, array, truth, unmasked
from .init import generator
from .module import Module, require
from .recurrent_cell import Cell
from .recurrent_unroll import at_once, side_by_side, stepwise, tree_map
from .regularization import Dropout


class Recurrent(Module):
    """What the modules share: a cell for each layer and direction, and how they are run.

    What is not described here is the cell's.

    Parameters
    ----------
    num_layers : int
        layers, each of which runs over the states of the one before
    batch_first : bool
        sequences are (N, T, D)
    dropout : float
        the probability that an element is dropped between two layers while training
    bidirectional : bool
        each layer also runs from the last step to the first, with a cell of its own
    rng : numpy.random.Generator, optional
        draws the parameters, uniform in ±1/√H as PyTorch does, and what is dropped
    """

    cell: ClassVar[type[Cell]]

    def __init__(
        self, input_size: int, hidden_size: int,
        num_layers: int = 1, bias: bool = True, batch_first: bool = False, dropout: float = 0.0,
        bidirectional: bool = False,
        *, rng: np.random.Generator | None = None, dtype: Any = None, cell: type[Cell] | None = None, **options: Any,
    ) -> None:  # fmt: skip
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.bias, self.batch_first, self.bidirectional = bool(bias), bool(batch_first), bool(bidirectional)
        rng = generator(rng)
        width = self._widths[0] if isinstance(self._widths, tuple) else self._widths
        sizes = [self.input_size] + [self.directions * width] * (self.num_layers - 1)
        make = self.cell if cell is None else cell
        self.cells = [
            make(size, self.hidden_size, bias, rng=rng, dtype=dtype, **options)
            for size in sizes
            for _ in range(self.directions)
        ]
        self.dropout = Dropout(dropout, rng=rng)

    @property
    def directions(self) -> int:
        """2 for a bidirectional module, else 1."""
        return 1 + self.bidirectional

    @property
    def _widths(self) -> Any:
        """How long a state is, or each of a tuple of states."""
        return self.hidden_size

    def _run(self, x: Any, state: Any, lengths: Any) -> tuple[Any, Any]:
        """The last layer's h_1..h_T, and the last state of each cell."""
        self._require_sequence(unmasked(x))
        x = np.swapaxes(x, 0, 1) if self.batch_first else x
        alive = None if lengths is None else _alive(lengths, np.shape(x)[:-1])
        if alive is not None:
            x = np.where(alive, x, 0.0)  # what stands after an end may be anything, nan too
        state = self._initial(x[0]) if state is None else state
        tree_map(partial(self._require_state, np.shape(x)[1:-1]), state, self._widths)
        trace = TRACE.get()
        whole = MODE.get().fused if trace is None else alive is None and not trace.stepwise  # one name in a program
        run = at_once if whole else stepwise
        h, ends = x, []
        for layer in range(self.num_layers):
            if layer and self.dropout.q:
                h = self.dropout(h) if run is at_once else [self.dropout(h_t) for h_t in h]
            runs = []
            for direction in range(self.directions):
                k = layer * self.directions + direction
                states, end = run(self.cells[k], h, tree_map(itemgetter(k), state), alive, reverse=direction == 1)
                ends.append(end)
                runs.append(states)
            h = runs[0] if len(runs) == 1 else side_by_side(*runs)
        h = h if run is at_once else np.stack(h)
        h = h if alive is None else np.where(alive, h, 0.0)
        return np.swapaxes(h, 0, 1) if self.batch_first else h, tree_map(lambda *parts: np.stack(parts), *ends)

    def _initial(self, x: Any) -> Any:
        """The states before the first step, 0, of all cells."""
        return tree_map(lambda *parts: np.stack(parts), *(cell.zero_state(x) for cell in self.cells))

    def _require_sequence(self, x: Any) -> None:
        shape, D = np.shape(x), self.input_size
        axes = "(N, T, D)" if self.batch_first else "(T, N, D), or (T, D) for a single sequence"
        fits = len(shape) == 3 if self.batch_first else len(shape) >= 2
        require(
            fits and shape[-1] == D,
            f"x of shape {shape} must be {axes}, with D = input_size = {D}; "
            + ("a single sequence needs a batch axis" if self.batch_first else "batch_first=True takes (N, T, D)"),
        )
        require(0 not in shape, f"x of shape {shape} is empty: leave empty batches and sequences out")
        kind = getattr(x, "dtype", np.dtype(float))
        require(kind.kind == "f", f"x must hold floats, got {kind}: write x.astype(float), or embed tokens first")

    def _require_state(self, batch: tuple[int, ...], state: Any, width: int) -> None:
        wanted = (len(self.cells), *batch, width)
        require(
            np.shape(state) == wanted,
            f"an initial state of shape {np.shape(state)} does not fit: it must be {wanted}, which is (layers · "
            "directions, N, H)",
        )


def _alive(lengths: Any, shape: tuple[int, ...]) -> Any:
    """Which steps of which sequences come before their ends: (T, N, 1), from the lengths (N,) and the shape (T, N)."""
    n = array(unmasked(lengths))
    T, *batch = shape
    require(
        n.dtype.kind in "iu" and n.shape == tuple(batch) and truth(np.all((n >= 0) & (n <= T))),
        f"lengths must be integers from 0 to T = {T}, one for each sequence, shape {tuple(batch)}; "
        f"got {n.dtype}{list(n.shape)}" + (f" from {n.min()} to {n.max()}" if n.size else ""),
    )
    return (np.arange(T).reshape(-1, *(1,) * len(batch)) < n)[..., None]
