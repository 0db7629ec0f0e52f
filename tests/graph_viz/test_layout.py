"""A layout has no overlaps: boxes, frames and lines keep clear of each other, whatever the graph."""

from itertools import combinations, pairwise, product

import numpy as np
import pytest

from graph_viz.align import settle
from graph_viz.layers import Link, arrange
from graph_viz.layout import PAD, Edge, layout
from graph_viz.net import Net, Segment
from graph_viz.order import crossings


def random_graph(rng):
    """Boxes in topological order, lines between them, and nested frames around runs of them (so no cycle of boxes)."""
    n = int(rng.integers(2, 30))
    sizes = {v: (float(rng.integers(20, 120)), float(rng.integers(20, 60))) for v in range(n)}
    edges = []
    for v in range(1, n):
        for slot in range(int(rng.integers(0, 4))):
            ordered = slot if rng.random() < 0.5 else None
            edges.append(Edge(int(rng.integers(v)), v, ordered, float(rng.choice([0.2, 0.5, 1.0]))))
    frames = {v: [] for v in range(n)}

    def nest(low, high, path):
        while high - low > 1 and rng.random() < 0.7:
            a, b = sorted(int(k) for k in rng.integers(low, high + 1, 2))
            if b > a and (a, b) != (low, high):
                inner = (*path, len(path) * 1000 + a)
                for v in range(a, b):
                    frames[v].append(inner)
                nest(a, b, inner)
            low = b + 1

    nest(0, n, ())
    titles = {path: float(rng.integers(10, 200)) for around in frames.values() for path in around}
    return sizes, edges, frames, titles


def apart(a, b, gap=0.0):
    return (
        a[0] + a[2] + gap <= b[0] + 1e-6
        or b[0] + b[2] + gap <= a[0] + 1e-6
        or a[1] + a[3] + gap <= b[1] + 1e-6
        or b[1] + b[3] + gap <= a[1] + 1e-6
    )


def within(a, b):
    return a[0] >= b[0] and a[1] >= b[1] and a[0] + a[2] <= b[0] + b[2] + 1e-6 and a[1] + a[3] <= b[1] + b[3] + 1e-6


@pytest.fixture(params=[(seed, direction) for seed in range(30) for direction in ("LR", "TB")], ids=str)
def case(request):
    seed, direction = request.param
    graph = random_graph(np.random.default_rng(seed))
    return *graph, layout(*graph, direction)


def test_boxes_keep_their_sizes_and_clear_of_each_other(case):
    sizes, _, _, _, found = case
    assert {v: box[2:] for v, box in found.boxes.items()} == sizes
    assert all(apart(a, b, gap=8.0) for a, b in combinations(found.boxes.values(), 2))
    assert all(within(box, (0.0, 0.0, found.width, found.height)) for box in found.boxes.values())


def test_frames_hold_what_is_in_them_and_nothing_else(case):
    _, _, frames, titles, found = case
    assert found.frames.keys() == {path for around in frames.values() for path in around}
    for path, frame in found.frames.items():
        assert within(frame, (0.0, 0.0, found.width, found.height))
        assert frame[2] >= titles[path] + PAD
        for v, box in found.boxes.items():
            assert within(box, frame) if path in frames[v] else apart(box, frame)
    for (p, a), (q, b) in combinations(found.frames.items(), 2):
        assert apart(a, b) or (within(b, a) and q[: len(p)] == p) or (within(a, b) and p[: len(q)] == q)


def test_lines_lead_from_box_to_box_and_through_no_other(case):
    _, edges, _, _, found = case
    turn = 0 if found.direction == "LR" else 1
    for edge, route in zip(edges, found.routes, strict=True):
        tail, head = found.boxes[edge.tail], found.boxes[edge.head]
        assert route[0][turn] == pytest.approx(tail[turn] + tail[turn + 2])
        assert route[-1][turn] == pytest.approx(head[turn])
        assert head[1 - turn] < route[-1][1 - turn] < head[1 - turn] + head[3 - turn]
        for (x, y), (s, t) in pairwise(route):
            assert (s, t)[turn] > (x, y)[turn] - 1e-6
            around = (min(x, s), min(y, t), abs(s - x), abs(t - y))  # the line bends, but does not leave this
            assert all(apart(around, box) for v, box in found.boxes.items() if v not in (edge.tail, edge.head))


def test_lines_from_top_to_bottom_do_not_cross_titles(case):
    _, _, _, titles, found = case
    if found.direction == "LR":
        return
    for path, frame in found.frames.items():
        title = (frame[0] + 10, frame[1] + 4, titles[path], 14)
        for route in found.routes:
            for (x, y), (s, t) in pairwise(route):
                assert apart((min(x, s), min(y, t), abs(s - x), abs(t - y)), title)


def test_arguments_enter_in_their_order():
    sizes = dict.fromkeys(range(4), (40.0, 30.0))
    found = layout(sizes, [Edge(2, 3, 0), Edge(0, 3, 1), Edge(1, 3, 2)], {v: [] for v in sizes}, {}, "LR")
    ends = [route[-1][1] for route in found.routes]
    assert ends == sorted(ends) and len(set(ends)) == 3
    assert found.boxes[2][1] < found.boxes[0][1] < found.boxes[1][1]  # and so nothing crosses


def test_a_chain_is_straight():
    sizes = {v: (40.0 + v, 20.0 + v) for v in range(8)}
    found = layout(sizes, [Edge(v, v + 1) for v in range(7)], {v: [] for v in sizes}, {}, "LR")
    assert len({round(y, 6) for route in found.routes for _, y in route}) == 1
    assert all(len(route) == 2 for route in found.routes)


def test_a_light_leaf_does_not_bend_the_main_line():
    sizes = dict.fromkeys("xwyz", (40.0, 30.0))
    edges = [Edge("x", "y", 0), Edge("w", "y", 1, 0.2), Edge("y", "z", 0)]
    found = layout(sizes, edges, {v: [] for v in sizes}, {}, "LR")
    assert found.boxes["x"][1] == found.boxes["y"][1] == found.boxes["z"][1] != found.boxes["w"][1]


def test_a_source_stands_next_to_its_consumer():
    sizes = dict.fromkeys("abcde", (10.0, 10.0))
    links = [Link(u, v, u) for u, v in ("ab", "bc", "cd", "ed")]
    places = arrange(sizes, links).places
    assert places["e"][0] == places["c"][0]


def test_nothing_to_place():
    assert layout({}, [], {}, {}, "LR").boxes == {}


@pytest.mark.parametrize("seed", range(20))
def test_settling_is_optimal(seed):
    """Against a search: some optimum puts every place, less its offset, where a wish is."""
    rng = np.random.default_rng(seed)
    n = 4
    wishes = [[(float(rng.integers(-20, 20)), float(rng.integers(1, 4))) for _ in range(2)] for _ in range(n)]
    separations = [float(rng.integers(1, 15)) for _ in range(n - 1)]
    offsets = np.concatenate([[0.0], np.cumsum(separations)])

    def cost(places):
        return sum(w * abs(y - p) for y, own in zip(places, wishes, strict=True) for p, w in own)

    candidates = sorted({p - o for own, o in zip(wishes, offsets, strict=True) for p, _ in own})
    least = min(cost(np.add(z, offsets)) for z in product(candidates, repeat=n) if all(a <= b for a, b in pairwise(z)))
    found = settle([own[:] for own in wishes], separations)
    assert all(b - a >= s - 1e-9 for (a, b), s in zip(pairwise(found), separations, strict=True))
    assert cost(found) == pytest.approx(least)


@pytest.mark.parametrize("seed", range(10))
def test_crossings_are_counted(seed):
    rng = np.random.default_rng(seed)
    net = Net()
    net.rows = [[net.add(0) for _ in range(5)], [net.add(1) for _ in range(5)]]
    pairs = [(int(a), int(b) + 5) for a, b in rng.integers(0, 5, (8, 2))]
    for a, b in pairs:
        net.join(Segment(a, b, 0.0, 0.0, 1.0))
    assert crossings(net) == sum((a - c) * (b - d) < 0 for (a, b), (c, d) in combinations(pairs, 2))
