"""Each test of the labs begins, and ends, with a new score."""

import pytest

import autograd_zoo as az


@pytest.fixture(autouse=True)
def _a_new_score():
    az.lab.forget()
    yield
    az.lab.forget()
