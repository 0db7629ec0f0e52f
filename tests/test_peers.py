"""The comparison with peers: every contender computes the same, and what is wrong is not timed but told."""

import json
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
if not BENCHMARKS.is_dir():
    pytest.skip("the benchmarks are not part of a source distribution", allow_module_level=True)

before = list(sys.path)
sys.path.insert(0, str(BENCHMARKS))
import peers  # noqa: E402
from contests import page, report, scaling, targets, timing  # noqa: E402
from contests.engines import NAMES, Contender, Workload, contenders  # noqa: E402
from contests.floors.memory import FRESH, KEPT  # noqa: E402
from contests.workloads import WORKLOADS, tiny  # noqa: E402

sys.path[:] = before
WITHOUT_FLOOR = {"separable_conv2d", "bottleneck"}
OURS = ("composed", "fused", "floor", "floor, fresh")
AT_ONCE = timing.Pace(rounds=2, block=0.0, settle=0.0, patience=0.0, share=60.0)


@pytest.mark.oracle
@pytest.mark.skipif(find_spec("torch") is None, reason="needs PyTorch")
@pytest.mark.filterwarnings("default")  # the peers' own
@pytest.mark.parametrize("name", WORKLOADS)
@pytest.mark.parametrize("who", [OURS, pytest.param(NAMES, marks=pytest.mark.slow)], ids=["ours", "all"])
def test_contenders_agree_with_pytorch(name, who):
    w = tiny(name)
    good, _, notes = timing.verified(w, contenders(w, who))
    assert not {who: note for who, note in notes.items() if note.startswith(("wrong", "fails"))}
    assert {"PyTorch", "fused", "floor"} <= good.keys() | ({"floor"} if name in WITHOUT_FLOOR else set())


def test_every_row_with_a_target_is_a_workload():
    assert len(targets.ROWS) == 24
    assert targets.ROWS.keys() <= WORKLOADS.keys()
    assert not WITHOUT_FLOOR & targets.ROWS.keys()


def steps(**found):
    """A workload of these contenders, each of which returns the same arrays at every call."""
    results = {name.replace("_", " "): (lambda values=values: values) for name, values in found.items()}
    return Workload("a title", [], None, torch=None, ours=None, steps=results, mygrad=None, hips=None)


def test_a_wrong_contender_is_told_and_not_timed():
    right = [np.arange(3.0), np.ones(2)]
    w = steps(
        PyTorch=right,
        fused=[np.arange(3.0), np.ones(2) * 1.01],
        floor=[np.arange(3.0), np.ones(3)],
        composed=[np.arange(3.0), np.array([1.0, np.nan])],
        MyGrad=[a * (1 + 1e-6) for a in right],
    )
    found = timing.measure(w, tuple(w.steps), AT_ONCE, timing.Patience(0.0, 1))
    assert found.times.keys() == {"PyTorch", "MyGrad"}
    assert found.notes["fused"].startswith("wrong: its error is 1.0e-02")
    assert found.notes["floor"] == "fails: ValueError: a result has shape (3,), PyTorch's (2,)"
    assert found.notes["composed"].startswith("wrong: its error is inf")
    assert [len(times) for times in found.times.values()] == [2, 2]


def test_a_step_whose_second_call_is_wrong_is_wrong():
    calls = iter([[np.ones(2)], [np.zeros(2)]])
    w = steps(PyTorch=[np.ones(2)])
    good, _, notes = timing.verified(w, {**contenders(w), "floor": Contender(lambda: next(calls))})
    assert good.keys() == {"PyTorch"} and notes["floor"].startswith("wrong")


def test_a_workload_whose_share_of_time_is_over_has_three_rounds_and_says_so():
    w = steps(PyTorch=[np.ones(2)], fused=[np.ones(2)])
    pace = AT_ONCE._replace(rounds=7, share=0.0)
    found = timing.measure(w, tuple(w.steps), pace, timing.Patience(0.0, 1))
    assert [len(times) for times in found.times.values()] == [3, 3]
    assert report.rounds([{"rounds": 3, "title": "a title"}, {"rounds": 7, "title": "another"}]).endswith("3 a title")


@pytest.mark.parametrize(("seconds", "rounds"), [(0.1, 7), (2.0, 2), (6.0, 1)])
def test_a_slow_contender_has_fewer_rounds(monkeypatch, seconds, rounds):
    clock = iter(np.arange(0.0, 1000.0, seconds / 2))
    monkeypatch.setattr(timing, "verified", lambda w, found: (found, {"fused": seconds}, {}))
    monkeypatch.setattr(timing, "block", lambda *_: (next(clock), 0.0))
    w = steps(PyTorch=[np.ones(2)], fused=[np.ones(2)])
    found = timing.measure(w, tuple(w.steps), AT_ONCE._replace(rounds=7), timing.Patience(0.0, 1))
    assert {name: len(times) for name, times in found.times.items()} == {"PyTorch": 7, "fused": rounds}


def test_a_disturbed_block_is_timed_again_until_patience_ends(monkeypatch):
    others = iter([0.0, 9.0, 9.0, 9.0, 9.0, 9.0])  # CPU seconds of others: during the first block they have nine
    monkeypatch.setattr(timing, "busy", lambda: next(others))
    monkeypatch.setattr(timing.time, "sleep", lambda seconds: None)
    calls = []
    patience = timing.Patience(10.0, 1)
    patience.next()
    _, load = timing.block(lambda: calls.append(1), AT_ONCE, patience)
    assert load == 0.0 and len(calls) == 4  # twice one untimed and one timed

    others = iter([0.0, 9.0])
    _, load = timing.block(lambda: calls.append(1), AT_ONCE, timing.Patience(0.0, 1))
    assert load > timing.CALM and len(calls) == 6


def test_a_ratio_is_the_median_of_those_of_the_rounds():
    found = timing.Measured({"fused": [1.0, 6.0, 9.0], "PyTorch": [1.0, 2.0, 1.0], "floor": []}, [], {})
    assert found.ratio("fused", "PyTorch") == 3.0
    assert found.ratio("floor", "PyTorch") is found.ratio("MyGrad", "PyTorch") is None


def test_fresh_results_are_nobody_elses_and_kept_ones_are_written_again():
    fresh, kept = FRESH(), KEPT()
    first = fresh.result("y", (50, 3))
    first.fill(1.0)
    view, address = first[10:, 1], first.ctypes.data
    assert fresh.result("y", (50, 3)).ctypes.data != address
    del first
    assert fresh.result("y", (50, 3)).ctypes.data != address and (view == 1.0).all()
    del view
    again = [fresh.result("y", (50, 3)).ctypes.data for _ in range(2)]
    assert again == [address, address] and address % 64 == 0
    assert kept.result("y", (50, 3)) is kept.result("y", (50, 3))


def test_the_exponent_of_a_power_is_found():
    sizes = [10, 100, 1000]
    assert scaling.exponent(sizes, [3.0 * n**1.5 for n in sizes]) == pytest.approx(1.5)


def rows(**ratios):
    """Rows as a run has them, of one ratio of the fused step each; composed it takes twice as long."""
    found = []
    for name, ratio in ratios.items():
        w = steps(PyTorch=[])
        m = timing.Measured({"PyTorch": [1.0], "fused": [ratio], "composed": [2 * ratio], "MyGrad": [3.0]}, [0.0], {})
        found.append(report.row(name, w, m))
    return found


def test_a_missed_target_is_said():
    reached, missed = rows(tanh=1.4, relu=1.6)
    assert report.verdict(reached, fast=False) == "1.4, reached"
    assert report.verdict(missed, fast=False) == "1.5, MISSED"
    assert report.verdict(reached, fast=True) == "1, MISSED"
    assert "  MISSED relu, fused: 1.60, to be at most 1.50" in list(report.judged([reached, missed], fast=False))
    assert "  MISSED relu, composed, as a part of MyGrad: 1.07, to be at most 1.00" in list(
        report.judged([missed], fast=False)
    )


def test_the_mean_is_geometric_and_over_the_rows_of_the_table_alone():
    found = rows(tanh=1.0, relu=4.0, dropout=100.0)
    assert report.mean(found, "fused") == (pytest.approx(2.0), 2)
    assert "geometric mean over 2 of 24 rows: fused 2.00" in list(report.summary(found))


def test_the_bars_of_a_whole_table_are_judged():
    every = rows(**{**dict.fromkeys(targets.ROWS, 1.0), "gelu": 9.0})
    values = {what: (value, bar) for what, value, bar in report.bars(every, fast=False)}
    assert values["fused, geometric mean"] == (pytest.approx(9 ** (1 / 24)), 1.5)
    assert values["fused, slowest row (gelu)"] == (9.0, 8.0)
    assert values["gelu, fused"] == (9.0, 8.0)


def test_workloads_are_chosen_by_name_or_a_part_of_it():
    every = ["tanh", "conv1d", "conv2d-3"]
    assert peers.chosen(["conv"], every, []) == ["conv1d", "conv2d-3"]
    assert peers.chosen(["conv2d-3", "conv"], every, []) == ["conv2d-3", "conv1d"]
    assert peers.chosen(None, every, ["conv2d-3"]) == ["conv2d-3", "tanh", "conv1d"]
    with pytest.raises(SystemExit, match="no workload is called 'lstn'; there are tanh"):
        peers.chosen(["lstn"], every, [])


def test_the_page_says_what_the_committed_run_measured():
    text = page.PAGE.read_text(encoding="utf-8")
    assert page.BEGIN in text and page.filled(text) == text, "write it anew: python docs/generated.py"


def test_the_page_of_a_run_prints_misses_as_misses(tmp_path, monkeypatch):
    machine = {"date": "2030-01-01", "cores": 2, "processor": "P", "threads": 2, "BLAS of NumPy": "B", "allocator": "A"}
    results = {
        "machine": {**machine, "Python": "3", "versions": {"numpy": "2"}},
        "fast": False,
        "rows": rows(tanh=1.0, relu=7.0),
        "memory": [{"name": "cnn", "peaks": {"PyTorch": 10.0, "fused": 11.0}}],
        "scaling": [
            {"name": "n", "sizes": [1, 10], "seconds": {"ours": [1, 10]}, "exponents": {"ours": 1.2}, "expected": 1.0}
        ],
    }
    (tmp_path / "results.json").write_text(json.dumps(results))
    monkeypatch.setattr(page, "RESULTS", tmp_path)
    text = page.filled(f"before\n{page.BEGIN}as it was\n{page.END}\nafter")
    assert "1.5, **missed**" in text and "1.4, reached" in text and "as it was" not in text
    assert "PyTorch 10, fused 11; fused at most PyTorch's: MISSED" in text
    assert "ours to be 1.00 ± 0.05: MISSED" in text
