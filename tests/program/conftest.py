"""What libraries start when they are first used, they start before the first test."""

import pytest


@pytest.fixture(scope="session")
def jax():
    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", True)
    jax.jit(lambda x: x + 1)(1.0)
    return jax
