"""Data parallel over 8 devices, in one process and in two: the weights are those of one device."""

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[2] / "examples" / "data_parallel.py"


@pytest.mark.slow
@pytest.mark.oracle
@pytest.mark.parametrize("processes", [1, 2])
def test_weights_after_five_steps_are_those_of_one_device(processes):
    if find_spec("jax") is None:
        pytest.skip("JAX is not installed")
    done = subprocess.run(
        [sys.executable, EXAMPLE, "--processes", str(processes)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr
    found = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert [row["network"] for row in found] == ["mlp", "gpt"]
    for row in found:
        assert row["devices"] == 8 and row["all-reduces"] >= 1 and row["arrays"] >= 9
        assert row["error"] <= 1e-12
