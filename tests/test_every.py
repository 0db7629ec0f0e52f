"""The tests' own helper hides nothing: each row is run, and each that fails is told."""

import pytest
from every import every


def run(decorate, test, **fixtures):
    """What comes of each group of rows: None, or what it fails or is skipped with."""
    over_rows, found = decorate(test), {}
    for param in over_rows.pytestmark[0].args[1]:
        try:
            over_rows(*param.values, **fixtures)
            found[param.id] = None
        except (pytest.fail.Exception, pytest.skip.Exception) as error:
            found[param.id] = error
    return found


def small(x):
    if x == 5:
        pytest.fail("five")
    if x == 6:
        raise ZeroDivisionError("six")
    assert x < 3


def test_every_row_is_run_and_each_that_fails_is_told():
    (failed,) = run(every("x", range(7), ids=lambda x: f"row {x}"), small).values()
    assert isinstance(failed, pytest.fail.Exception) and str(failed).startswith("4 of 7 rows failed:")
    for text in ("---- row 3", "---- row 4", "---- row 5", "five", "---- row 6", "ZeroDivisionError: six"):
        assert text in str(failed)
    assert "---- row 2" not in str(failed) and "assert 3 < 3" in str(failed)


def test_groups_fail_alone():
    def test(x, y):
        small(x)

    found = run(every(("x", "y"), [(1, 0), (2, 0), (4, 1)], by=lambda x, y: f"y = {y}"), test)
    assert found["y = 0"] is None and "1 of 1 rows failed:\n---- 4-1" in str(found["y = 1"])


def test_a_group_is_skipped_if_all_its_rows_are():
    def skip(x, least):
        if x > least:
            pytest.skip(f"{x} is not installed")

    assert isinstance(run(every("x", [1, 2]), skip, least=0)["all"], pytest.skip.Exception)
    assert run(every("x", [1, 2]), skip, least=1)["all"] is None


def test_rows_have_ids_and_marks_of_their_own():
    rows = [pytest.param(1, id="one", marks=pytest.mark.oracle), pytest.param(4, id="four", marks=pytest.mark.oracle)]
    test = every("x", rows)(small)
    (param,) = test.pytestmark[0].args[1]
    assert [mark.name for mark in param.marks] == ["oracle"]
    with pytest.raises(pytest.fail.Exception, match="---- four"):
        test(*param.values)


@pytest.mark.parametrize(
    ("rows", "test", "text"),
    [
        ([], small, "what no row is tried of"),
        ([1], lambda y: None, "does not take"),
        ([1, pytest.param(2, marks=pytest.mark.oracle)], small, "2 has other marks than its group"),
    ],
)
def test_what_could_try_nothing_is_refused(rows, test, text):
    with pytest.raises(AssertionError, match=text):
        every("x", rows)(test)


@every("x", [1, 2])
@pytest.mark.parametrize("y", [3])
def test_it_goes_with_parameters_and_fixtures(y, x, tmp_path):
    assert (tmp_path / str(x)).parent.is_dir() and y == 3
