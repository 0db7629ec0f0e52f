"""A few hundred trials of the fuzzer, the same ones each time; `python tests/fuzz SECONDS` makes others."""

import random

import pytest
from fuzz import drawings, files

TRIALS = {files.loader: 120, files.saver: 80, files.checkpoint: 30, files.spelled: 10}
TRIALS |= {drawings.drawing: 12, drawings.failure: 10}


def test_all_targets_are_tried():
    assert set(TRIALS) == {*files.TARGETS, *drawings.TARGETS}


@pytest.mark.parametrize("target", TRIALS, ids=lambda target: target.__name__)
def test_only_documented_errors_escape(target, tmp_path):
    for k in range(TRIALS[target]):
        trial = f"0-{target.__name__}-{k}"
        try:
            target(random.Random(trial), tmp_path)
        except Exception as error:
            error.add_note(f"repeat it by: python tests/fuzz --trial {trial}")
            raise
