"""What the checker says: each wrong rule gets its diagnosis, and each right program passes."""

import os
import pickle
import re
import warnings
from pathlib import Path

import numpy as np
import pytest
from engine.check_table import TABLE, M, V, op, relu
from engine.random_programs import program
from every import every

import autograd_zoo as az
from autograd_zoo.engine.check import OrderWarning
from autograd_zoo.engine.checker.diagnosis import KINDS
from autograd_zoo.zoo.specimens import ZOO

ALL = bool(os.environ.get("AUTOGRAD_ZOO_CHECK_ALL"))  # 2,000 programs, and every shape and variant of the zoo
PROGRAMS = range(2000 if ALL else 30)


def check(f, *xs, **options):
    return az.check_gradients(f, *xs, report=True, **options)


# ---- the table ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
def test_a_wrong_rule_gets_its_diagnosis(row):
    with np.errstate(all="ignore"):
        found = check(row.f, *row.inputs, order=max(row.order, 2))
    assert not found.ok
    first = found.findings[0]
    assert (first.kind, first.order, first.input) == (row.kind, row.order, row.argument), first.text
    assert re.search(row.says, first.text, re.DOTALL), first.text
    assert first.kind in KINDS or first.kind == "order 3"
    assert first.text in str(found)


def test_the_table_is_large_and_has_every_kind_but_what_needs_more_than_a_rule():
    assert len({row.name for row in TABLE}) == len(TABLE) >= 60
    kinds = {row.kind for row in TABLE}
    assert kinds - set(KINDS) == {"order 3"}
    assert set(KINDS) - kinds == {"random", "unrepeatable", "float32"}  # tested below


@pytest.mark.parametrize("row", [row for row in TABLE if row.argument is not None][::6], ids=lambda row: row.name)
def test_without_report_the_same_is_raised(row):
    expected = check(row.f, *row.inputs, order=max(row.order, 2))
    with pytest.raises(az.GradientError) as caught:
        az.check_gradients(row.f, *row.inputs, order=max(row.order, 2))
    twin = pickle.loads(pickle.dumps(caught.value))
    assert repr(twin.diagnosis) == repr(caught.value.diagnosis)  # nan is no nan after a pickle
    assert caught.value.diagnosis.findings[0].text == expected.findings[0].text == str(caught.value).splitlines()[0]


def test_a_finding_is_data():
    found = check(op(lambda x: x * 1.0, lambda g, y, x: g * np.array([[1.0, 1.0], [1.0, 4.0]])), np.ones((2, 2)))
    (one,) = found.findings
    assert (one.kind, one.order, one.input, one.index) == ("factor", 1, 0, (1, 1))
    assert one.found == pytest.approx(4.0 * one.expected)
    assert (found.ok, found.order, found.notes) == (False, 1, ())
    assert pickle.loads(pickle.dumps(found)) == found
    right = check(np.sin, V, order=3)
    assert (right.ok, right.order, right.findings, right.notes) == (True, 3, (), ())
    assert str(right) == "right at orders 1 to 3"
    assert list(right.comparisons) == az.check_gradients(np.sin, V, order=3)


def test_every_argument_that_is_wrong_is_found():
    wrong = op(lambda a, b: a * b, lambda g, y, a, b: -g * b, lambda g, y, a, b: 2.0 * g * a)
    assert [(f.input, f.kind) for f in check(wrong, V, V + 3.0).findings] == [(0, "sign"), (1, "factor")]


MISTAKES = {
    "sign": lambda g, y, x: -g * np.cos(x),
    "forgotten g": lambda g, y, x: np.cos(x),
    "reversed": lambda g, y, x: np.flip(g * np.cos(x)),
    "added": lambda g, y, x: g * np.cos(x) + 1e-3,
    "one for all": lambda g, y, x: np.sum(g * np.cos(x)) * np.ones(x.shape),
    "nan": lambda g, y, x: g * np.nan,
    "noise": lambda g, y, x: g * np.cos(x + np.arange(x.size).reshape(x.shape) * 1e-5 + 1e-5),
}


@pytest.mark.parametrize("mistake", MISTAKES)
@every("shape", [(), (1,), (2,), (1, 1), (1, 4), (3, 2), (2, 2, 2), (1, 3, 1)], ids=str)
def test_mistakes_of_every_shape_get_a_sentence(mistake, shape):
    x = np.random.default_rng(1).normal(size=shape)
    wrong = op(np.sin, MISTAKES[mistake])
    for f, most in ((wrong, 400), (lambda x: np.sum(wrong(x)), 400), (lambda x: wrong(x)[..., None] * V, 2)):
        unchanged = mistake == "reversed" and x.size == 1
        found = check(f, x, order=1, most=most)
        assert unchanged or mistake == "one for all" or not found.ok
        assert all(f.kind in KINDS and f.text.startswith("order 1, argument 0, index") for f in found.findings)


# ---- element by element ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1e-8, 1e-3, 1.0, 1e4, 1e8])
@pytest.mark.parametrize("offset", [0.0, 1e3])
def test_a_wrong_element_is_found_whatever_stands_beside_it(size, offset):
    x = np.array([0.3, -1.2, 0.8])
    scale = size * np.array([1.0, 1e-4, 1e4]) + 0.0 * x
    right = op(lambda x: offset * size + scale * np.sin(x), lambda g, y, x: g * scale * np.cos(x))
    wrong = op(
        lambda x: offset * size + scale * np.sin(x),
        lambda g, y, x: g * scale * np.cos(x) * np.array([1.0, -1.0, 1.0]),
    )
    assert check(right, x).ok
    (one,) = check(wrong, x, order=1).findings
    assert (one.kind, one.index) == ("sign", (1,))


@pytest.mark.parametrize("factor", [2.0, 1.01, -1.0])
@pytest.mark.parametrize("outputs", ["sum", "alone"])
def test_a_small_result_beside_a_large_one_is_looked_at_alone(factor, outputs):
    small = op(lambda x: 1e-6 * np.tanh(x), lambda g, y, x: factor * 1e-6 * g * (1.0 - np.tanh(x) ** 2))
    f = {"sum": lambda x: 1e3 + np.sum(small(x)), "alone": lambda x: np.stack([np.sum(small(x)), 1e3 * np.sum(x)])}
    assert not check(f[outputs], V, order=1).ok


# ---- no false alarm -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("part", [PROGRAMS[k : k + 10] for k in range(0, len(PROGRAMS), 10)], ids=str)
def test_right_programs_pass_at_any_size(part):
    for seed in part:
        f, xs = program(seed)
        with np.errstate(all="ignore"):
            found = check(f, *xs)
        assert found.ok and found.order == 2, f"program {seed}: {found}"
        assert all(c.error <= 1e-7 for c in found.comparisons)


FLAT = {  # so flat beside their values, or so small, that rounding is all there is to see
    "cos": (np.cos, 1e-8),
    "cosh": (np.cosh, 1e-7),
    "1 + x²": (lambda x: 1.0 + x * x, 3e-9),
    "1 / (1 + x²)": (lambda x: 1.0 / (1.0 + x * x), 1e-8),
    "hypot": (lambda x: np.hypot(1.0, x), 1e-8),
    "exp of a square": (lambda x: np.exp(-x * x), 1e-8),
    "saturated": (az.nn.sigmoid, 705.0),
}


@pytest.mark.parametrize("name", FLAT)
@pytest.mark.parametrize("seed", range(3))
def test_what_is_flat_or_underflows_is_no_mistake(name, seed):
    f, size = FLAT[name]
    x = np.random.default_rng(seed).uniform(0.5, 2.0, 4) * size * np.array([1.0, -1.0, 1.0, -1.0])
    found = check(f, x)
    assert found.ok and found.order == 2, found


def test_the_programs_have_values_of_every_size():
    sizes = np.concatenate([np.abs(x).ravel() for seed in range(200) for x in program(seed)[1]])
    assert 1e-9 < sizes.min() < 1e-7 and 1e7 < sizes.max() <= 1e8


@pytest.mark.parametrize("dtype", [np.float32, np.float64] if ALL else [np.float32])  # is checked in float64 too
@every("specimen", ZOO, ids=lambda s: s.name, by=lambda specimen: specimen.family)
def test_every_specimen_passes(specimen, dtype):
    rng, count = np.random.default_rng(0), len(specimen.inputs)
    for shape in specimen.shapes if ALL else specimen.shapes[:1]:
        for params in specimen.variants if ALL else specimen.variants[:1]:
            xs = [x.astype(dtype) if x.dtype.kind == "f" else x for x in map(np.asarray, specimen.sample(rng, shape))]
            order = 2 if ALL and specimen.smooth else 1
            found = check(
                lambda *ts, xs=xs, params=params: specimen.run(*ts, *xs[count:], **params),
                *xs[:count],
                order=order,
                most=3 if ALL else 1,
            )
            assert found.ok and found.order == order, found
            assert len(found.notes) == count * (dtype is np.float32)


# ---- what is no matter of a rule ------------------------------------------------------------------------------------


def noisy(rng):
    return lambda x: np.sum(np.tanh(x)) + 1e-6 * rng.standard_normal()


RANDOM = {
    "drop-out": lambda rng: lambda x: az.nn.Dropout(0.5, rng=rng)(np.tanh(x)),
    "drop-out of one": lambda rng: lambda x: az.nn.Dropout(0.5, rng=rng)(np.tanh(x[:1])),
    "noise": noisy,
    "a generator of its own shape": lambda rng: lambda x: x[: rng.integers(1, 6)] * 2.0,
}


@pytest.mark.parametrize("name", RANDOM)
@pytest.mark.parametrize("seed", range(4))
def test_a_random_function_is_called_random(name, seed):
    found = check(RANDOM[name](np.random.default_rng(seed)), np.full(6, 0.3))
    assert [f.kind for f in found.findings] == ["random"] and found.order == 0
    assert "random" in found.findings[0].text and found.findings[0].input is None


def test_a_function_that_draws_the_same_each_time_is_not_random():
    assert check(lambda x: az.nn.Dropout(0.5, rng=np.random.default_rng(0))(np.tanh(x)), np.full(6, 0.3)).ok


def test_a_rule_with_a_state_is_called_unrepeatable():
    ticks = iter(range(10**6))
    found = check(op(lambda x: x * x, lambda g, y, x: g * 2.0 * x * (1.0 + 2.3e-16 * next(ticks))), V)
    assert [f.kind for f in found.findings] == ["unrepeatable"]


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
def test_other_dtypes_are_checked_in_float64_and_in_their_own(dtype):
    x = V.astype(dtype)
    found = check(np.tanh, x)
    assert found.ok and found.order == 2 and dtype.__name__ in found.notes[0] and "float64" in found.notes[0]
    assert len(az.check_gradients(np.tanh, az.Tensor(x))) == 2
    wrong = check(op(np.tanh, lambda g, y, x: -g * (1.0 - y * y)), x)
    assert [f.kind for f in wrong.findings] == ["sign"]
    coarse = op(np.sin, lambda g, y, x: g * np.cos(x) * (2.0 if x.dtype == dtype else 1.0))
    (only,) = check(coarse, x, order=1).findings
    assert (
        only.kind == "float32" and dtype.__name__ in only.text and only.found == pytest.approx(2.0 * only.expected, 0.1)
    )


def test_arguments_of_several_dtypes_go_together():
    found = check(lambda a, b: a @ b, M, M.astype(np.float32))
    assert found.ok and [note.split(":")[0] for note in found.notes] == ["argument 1 is float32"]


def test_a_float32_value_that_overflows_is_a_note():
    assert "overflow" in check(np.exp, np.array([100.0], np.float32), order=1).notes[0]


# ---- orders that cannot be checked ----------------------------------------------------------------------------------


def filled(g, y, x):
    dx = np.zeros_like(x)
    dx += g * (x > 0)
    return dx


def assigned(g, y, x):
    dx = np.array(g, copy=True)
    dx[x <= 0] = 0
    return dx


def row_by_row(g, y, x):
    dx = np.zeros_like(x)
    for i in range(len(x)):
        dx[i] += g[i] * float(x[i] > 0)
    return dx


def with_out(g, y, x):
    return np.multiply(g, x > 0, out=np.empty(x.shape))


def without_a_rule(g, y, x):
    return np.nanmax([g * (x > 0)], axis=0)


ORDINARY = [assigned, row_by_row, with_out, without_a_rule]


@pytest.mark.parametrize("back", ORDINARY)
def test_an_ordinary_numpy_backward_is_checked_at_order_1_and_one_line_says_so(back):
    f = op(relu, back)
    with pytest.warns(OrderWarning, match=r"^order 2 was not possible, order 1 is right: the rule of relu ") as said:
        rows = az.check_gradients(f, V)
    assert len(said) == 1 and "\n" not in str(said[0].message) and said[0].filename == __file__
    assert [row.order for row in rows] == [1]
    found = check(f, V)
    assert found.ok and found.order == 1 and [str(said[0].message)] == list(found.notes)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        az.check_gradients(f, V, order=1)


@pytest.mark.parametrize("back", [*ORDINARY, filled])
def test_an_ordinary_numpy_backward_that_is_wrong_is_caught(back):
    found = check(op(relu, lambda g, y, x: back(2.0 * g, y, x)), V)
    assert [(f.kind, f.order) for f in found.findings] == [("factor", 1)]


def test_an_order_that_can_be_recorded_is_checked_before_one_that_cannot():
    slope = op(lambda x: 3.0 * x * x, lambda g, y, x: assigned(g * 6.0 * x, y, np.abs(x)))
    found = check(op(lambda x: x * x * x, lambda g, y, x: g * slope(x)), V, order=3)
    assert found.ok and found.order == 2 and found.notes[0].startswith("order 3 was not possible, order 2 is right")


# ---- errors ---------------------------------------------------------------------------------------------------------


class Mine(Exception):
    pass


def raises(g, y, x):
    raise Mine("my own words")


def test_what_a_rule_raises_is_passed_on_and_reported():
    with pytest.raises(Mine, match="my own words"):
        az.check_gradients(op(relu, raises), V)
    (one,) = check(op(relu, raises), V).findings
    assert one.kind == "error" and "Mine: my own words" in one.text


def test_what_the_function_raises_is_passed_on():
    def f(x):
        raise Mine("in f")

    for report in (False, True):
        with pytest.raises(Mine, match="in f"):
            az.check_gradients(f, V, report=report)


def test_a_missing_sum_over_the_batch_is_named_where_it_raises():
    with pytest.raises(ValueError, match="for an input of shape") as caught:
        az.check_gradients(op(lambda x, b: x + b, lambda g, y, x, b: g, lambda g, y, x, b: g), M, M[0])
    assert any("g.sum(axis=0)" in note for note in caught.value.__notes__)


def test_a_function_that_refuses_moved_points_is_checked_with_smaller_steps():
    def f(x):
        if np.any(np.abs(x.data - V) > 1e-6):
            raise Mine("too far")
        return np.sin(x)

    assert check(f, V).ok

    def nowhere(x):
        if np.any(x.data != V):
            raise Mine("too far")
        return np.sin(x)

    with pytest.raises(Mine, match="too far"):
        check(nowhere, V)


@pytest.mark.parametrize("shape", [(0,), (0, 3), ()])
def test_nothing_and_a_single_number_are_checked(shape):
    assert check(lambda x: x * x, np.full(shape, 1.5)).ok
    assert check(lambda x: x[..., None][:0] * 2.0, np.full((2,), 1.5)).ok


def test_what_cannot_be_checked_is_refused():
    with pytest.raises(TypeError, match="needs the arrays to check f at"):
        az.check_gradients(lambda: az.Tensor(1.0))
    with pytest.raises(TypeError, match="a Tensor has no mask"):
        az.check_gradients(np.tanh, np.ma.array([1.0, 2.0], mask=[False, True]))


# ---- kinks ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("distance", [1e-2, 1e-3, 1e-4, 1e-6, 1e-9])
def test_near_a_kink_smaller_steps_are_taken(distance):
    x = np.array([distance, -distance, 1.0])
    for f in (az.nn.relu, np.abs, lambda x: np.maximum(x, 0.0), lambda x: np.clip(x, 0.0, 3.0)):
        assert check(f, x).ok
    assert not check(op(np.abs, lambda g, y, x: g), x, order=1).ok


HOSTILE = {
    "Fortran order": (np.tanh, np.asfortranarray(M)),
    "negative strides": (np.tanh, V[::-1][::2]),
    "broadcast": (np.tanh, np.broadcast_to(V, (2, 4))),
    "big endian": (np.tanh, V.astype(">f8")),
    "long double": (np.tanh, V.astype(np.longdouble)),
    "saturated": (np.tanh, np.array([-1000.0, 1000.0, 0.1])),
    "at the end of the range": (np.exp, np.array([700.0, -700.0, 0.0])),
    "huge and tiny": (lambda x: x * x, np.array([1e150, 1e-150, 0.0])),
    "denormal": (lambda x: 3.0 * x, np.array([1e-310, 0.0])),
    "the argument itself": (lambda x: x, V),
    "float32 inside": (lambda x: np.tanh(x.astype(np.float32)), V),
    "a gradient inside": (az.grad(lambda x: np.sum(np.sin(x) * x)), V),
    "normalization": (lambda x: (x - np.mean(x)) / np.std(x), V),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_arguments_pass(name):
    f, x = HOSTILE[name]
    with np.errstate(all="ignore"):
        assert check(f, x, order=1).ok


@pytest.mark.parametrize("f", [np.abs, lambda x: np.max(x), lambda x: np.maximum(x, 0.0)])
def test_the_middle_of_both_slopes_passes_at_a_kink(f):
    assert check(f, np.array([0.0, 0.0]), order=1).ok


# ---- the page -------------------------------------------------------------------------------------------------------


def test_the_guide_lists_every_kind_as_it_is():
    page = (Path(__file__).parents[2] / "docs" / "check.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(.+?)` \| (.+?) \|$", page, re.MULTILINE)
    assert dict(rows) == {kind: means.replace("|", r"\|") for kind, means in KINDS.items()} and len(rows) == len(KINDS)
