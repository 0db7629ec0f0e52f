"""A copy of the document, where one is at hand: AUTOGRAD_ZOO_DOCUMENT names it, or it lies beside the checkout."""

import os
from pathlib import Path

import pytest

BESIDE = Path(__file__).parents[2] / "shared" / "document" / "zoo_of_deep_learning_modules.txt"
COPY = Path(os.environ.get("AUTOGRAD_ZOO_DOCUMENT") or BESIDE)
with_a_copy = pytest.mark.skipif(
    not COPY.is_file(), reason="no copy of the document here: AUTOGRAD_ZOO_DOCUMENT names one"
)
