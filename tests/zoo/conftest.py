"""The whole zoo, checked once, on one sample of each specimen: `autograd-zoo check` takes its time for all of them."""

import sys
from dataclasses import replace

import pytest

from autograd_zoo import zoo


@pytest.fixture(scope="session")
def whole():
    """The report on the whole zoo."""
    small = tuple(replace(s, shapes=s.shapes[:2][-1:], variants=s.variants[:1]) for s in zoo.ZOO)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys.modules[zoo.check.__module__], "ZOO", small)
        return zoo.check(seeds=[0])
