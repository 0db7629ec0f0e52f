"""What libraries start when they are first used, they start before the first test."""

import numpy as np
import pytest


@pytest.fixture(scope="session")
def jax():
    state = np.random.get_state()  # noqa: NPY002
    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", True)
    jax.jit(lambda x: x + 1)(1.0)
    np.random.set_state(state)  # noqa: NPY002
    return jax
