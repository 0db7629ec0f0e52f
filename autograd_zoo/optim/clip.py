"""Clipping: gradients that are too long together are made shorter together."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from autograd_zoo.engine.assign import assign
from autograd_zoo.engine.tensor import Tensor

from . import checks


def clip_grad_norm(params: Iterable[Tensor], max_norm: float) -> float:
    """Scale all gradients by min(1, max_norm / (‖g‖ + 10⁻⁶)), ‖g‖ the Euclidean norm of all of them as one vector.

    Parameters
    ----------
    params : iterable of Tensors
        those whose `grad` is None are left out
    max_norm : float

    Returns
    -------
    float
        ‖g‖ before the scaling, summed in float64 and safe from overflow

    Raises
    ------
    ValueError
        if a gradient is not finite; then none is changed

    Examples
    --------
    >>> import autograd_zoo as az
    >>> w = az.Tensor([3.0, 4.0])
    >>> (w * w).sum().backward()
    >>> az.optim.clip_grad_norm([w], max_norm=1.0)
    10.0
    >>> w.grad.round(6)
    array([0.6, 0.8])
    """
    max_norm = checks.number("max_norm", max_norm)
    grads = [(k, p, p.grad) for k, p in enumerate(checks.leaves(params)) if p.grad is not None]
    for k, p, g in grads:
        if not np.isfinite(g).all():
            raise ValueError(
                f"the gradient of {checks.label(k, p)} is not finite, so it has no norm to clip; "
                "run the forward and backward pass under az.detect_anomaly() to find where that begins"
            )
    peak = max((float(np.abs(g).max(initial=0.0)) for _, _, g in grads), default=0.0)
    if peak == 0.0:
        return 0.0
    norm = peak * float(np.sqrt(sum(float(np.sum(np.square(g / np.float64(peak)))) for _, _, g in grads)))
    scale = min(1.0, max_norm / (norm + 1e-6))
    clipped = [np.asarray(g * scale) for _, _, g in grads]
    assign((p, "_grad", g) for (_, p, _), g in zip(grads, clipped, strict=True))
    return norm
