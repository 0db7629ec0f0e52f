"""What the engine's tests share: truths that do not come from a tape, and programs in interpreters of their own."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np

import autograd_zoo as az

ROOT = Path(__file__).parents[2]


HOW = {  # what `t.at[i].how(v)` does to an array
    "set": lambda a, i, v: a.__setitem__(i, v),
    "add": np.add.at,
    "multiply": np.multiply.at,
    "min": np.minimum.at,
    "max": np.maximum.at,
}


def value(y):
    """A Tensor, array or number as a plain array."""
    return y.data if isinstance(y, az.Tensor) else np.asarray(y)


def python(program, seconds=60, **environment):
    """Run `program` in a new interpreter, within a time limit; give back what it printed."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        cwd=ROOT,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1", **environment},
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
