"""A layout has no overlaps: boxes, frames and lines keep clear of each other, whatever the graph."""

from dataclasses import replace
from functools import cache
from itertools import combinations, pairwise, product

import numpy as np
import pytest
from every import every
from layouts import apart, random_graph, within

from graph_viz.layout import Edge, layout
from graph_viz.layout.align import settle
from graph_viz.layout.geometry import PAD
from graph_viz.layout.layers import Link, arrange
from graph_viz.layout.net import Net, Segment
from graph_viz.layout.order import crossings


@cache
def solved(seed, direction, length=None):
    """A random problem and our layout of it."""
    graph = random_graph(np.random.default_rng(seed))
    return *graph, layout(*graph, direction, engine="own", length=length)


def boxes_keep_their_sizes_and_clear_of_each_other(case):
    sizes, _, _, _, found = case
    assert {v: box[2:] for v, box in found.boxes.items()} == sizes
    assert all(apart(a, b, gap=8.0) for a, b in combinations(found.boxes.values(), 2))
    assert all(within(box, (0.0, 0.0, found.width, found.height)) for box in found.boxes.values())


def frames_hold_what_is_in_them_and_nothing_else(case):
    _, _, frames, titles, found = case
    assert found.clusters.keys() == {path for around in frames.values() for path in around}
    for path, frame in found.clusters.items():
        assert within(frame, (0.0, 0.0, found.width, found.height))
        assert frame[2] >= titles[path] + PAD
        for v, box in found.boxes.items():
            assert within(box, frame) if path in frames[v] else apart(box, frame)
    for (p, a), (q, b) in combinations(found.clusters.items(), 2):
        assert apart(a, b) or (within(b, a) and q[: len(p)] == p) or (within(a, b) and p[: len(q)] == q)


def lines_lead_from_box_to_box_and_through_no_other(case):
    _, edges, _, _, found = case
    turn = 0 if found.direction == "LR" else 1
    for edge, route in zip(edges, found.routes, strict=True):
        tail, head = found.boxes[edge.tail], found.boxes[edge.head]
        assert route[0][turn] == pytest.approx(tail[turn] + tail[turn + 2])
        assert route[-1][turn] == pytest.approx(head[turn])
        assert head[1 - turn] < route[-1][1 - turn] < head[1 - turn] + head[3 - turn]
        for (x, y), (s, t) in pairwise(route):
            assert edge.back or found.broken or (s, t)[turn] > (x, y)[turn] - 1e-6
            around = (min(x, s), min(y, t), abs(s - x), abs(t - y))  # the line bends, but does not leave this
            assert all(apart(around, box) for v, box in found.boxes.items() if v not in (edge.tail, edge.head))


def lines_back_stay_in_the_frames_around_both_ends(case):
    _, edges, frames, _, found = case
    for edge, route in zip(edges, found.routes, strict=True):
        for path in frames[edge.tail] if edge.back else ():
            if path in frames[edge.head]:
                assert all(within((*point, 0.0, 0.0), found.clusters[path]) for point in route)


def lines_from_top_to_bottom_do_not_cross_titles(case):
    _, _, _, titles, found = case
    if found.direction == "LR":
        return
    for path, frame in found.clusters.items():
        title = (frame[0] + 10, frame[1] + 4, titles[path], 14)
        for route in found.routes:
            for (x, y), (s, t) in pairwise(route):
                assert apart((min(x, s), min(y, t), abs(s - x), abs(t - y)), title)


PROPERTIES = (
    boxes_keep_their_sizes_and_clear_of_each_other,
    frames_hold_what_is_in_them_and_nothing_else,
    lines_lead_from_box_to_box_and_through_no_other,
    lines_back_stay_in_the_frames_around_both_ends,
    lines_from_top_to_bottom_do_not_cross_titles,
)


def by_seeds(count, properties):
    """Each seed with each property, ten seeds a test; those after the first ten take longer than they tell."""
    rows = product(range(count), properties)
    return every(
        ("seed", "holds"),
        [pytest.param(seed, holds, marks=[pytest.mark.slow] * (seed >= 10)) for seed, holds in rows],
        ids=lambda seed, holds: f"{seed}: {holds.__name__}",
        by=lambda seed, holds: f"seeds {seed - seed % 10} to {seed - seed % 10 + 9}",
    )


@by_seeds(30, PROPERTIES)
@pytest.mark.parametrize(("direction", "length"), [("LR", None), ("TB", None), ("LR", 300.0), ("LR", 700.0)])
def test_a_random_graph_has_a_layout_where(holds, seed, direction, length):
    holds(solved(seed, direction, length))


def lines_in_rows_stay_in_the_picture_and_in_the_frames_around_both_ends(case):
    _, edges, frames, _, found = case
    for edge, route in zip(edges, found.routes, strict=True):
        assert all(within((*point, 0.0, 0.0), (0.0, 0.0, found.width, found.height)) for point in route)
        for path in set(frames[edge.tail]) & set(frames[edge.head]):
            assert all(within((*point, 0.0, 0.0), found.clusters[path]) for point in route)


def rows_are_as_short_as_the_lines_beside_them_allow(case):
    _, edges, frames, _, found = case
    widest = max(box[2] for box in found.boxes.values())
    if found.broken and not any(edge.back for edge in edges) and not any(frames.values()):
        assert found.width < max(530.0, widest + 200.0)


IN_ROWS = (
    lines_in_rows_stay_in_the_picture_and_in_the_frames_around_both_ends,
    rows_are_as_short_as_the_lines_beside_them_allow,
)


@by_seeds(60, IN_ROWS)
def test_a_random_graph_stands_in_rows_where(holds, seed):
    holds(solved(seed, "LR", 500.0))


def test_a_long_strip_stands_in_rows_of_equal_length():
    sizes = dict.fromkeys(range(12), (90.0, 30.0))
    found = layout(sizes, [Edge(k, k + 1) for k in range(11)], {k: [] for k in sizes}, {}, "LR", length=700.0)
    tops = [box[1] for box in found.boxes.values()]
    assert [tops.count(y) for y in sorted(set(tops))] == [4, 4, 4] and found.width <= 700 and found.broken
    turns = [route for k, route in enumerate(found.routes) if tops[k] != tops[k + 1]]
    assert [len(route) for route in turns] == [6, 6]  # out, around four corners, and in
    assert all(a[0] == pytest.approx(b[0]) or a[1] == pytest.approx(b[1]) for r in turns for a, b in pairwise(r))


def test_a_shortcut_over_a_row_passes_beside_it():
    sizes = dict.fromkeys(range(12), (90.0, 30.0))
    edges = [*(Edge(k, k + 1) for k in range(11)), Edge(1, 10)]
    found = layout(sizes, edges, {k: [] for k in sizes}, {}, "LR", length=700.0)
    first = min(box[0] for box in found.boxes.values() if box[1] > found.boxes[0][1] + 50)
    inner = [(a, b) for a, b in pairwise(found.routes[-1]) if abs(b[1] - a[1]) > 60]
    assert len(inner) == 1 and inner[0][0][0] == inner[0][1][0] < first


def flat(sizes, edges, direction="LR"):
    """Our layout without frames."""
    return layout(sizes, edges, {v: [] for v in sizes}, {}, direction, engine="own")


def is_straight(route):
    """Whether a line is level from end to end."""
    return len(route) == 2 and route[0][1] == pytest.approx(route[1][1], abs=1e-6)


def test_arguments_enter_in_their_order():
    sizes = dict.fromkeys(range(4), (40.0, 30.0))
    found = flat(sizes, [Edge(2, 3, 0), Edge(0, 3, 1), Edge(1, 3, 2)])
    ends = [route[-1][1] for route in found.routes]
    assert ends == sorted(ends) and len(set(ends)) == 3
    assert found.boxes[2][1] < found.boxes[0][1] < found.boxes[1][1]  # and so nothing crosses


@pytest.mark.parametrize("direction", ["LR", "TB"])
def test_lines_back_lead_around_everything_and_reorder_nothing(direction):
    sizes, across = dict.fromkeys("xyz", (40.0, 30.0)), int(direction == "LR")
    edges, back = [Edge("x", "y"), Edge("y", "z")], [Edge("z", "x", back=True), Edge("y", "y", back=True)]
    plain, found = (flat(sizes, chosen, direction) for chosen in (edges, edges + back))
    for loop in found.routes[2:]:
        assert all(a[0] == b[0] or a[1] == b[1] for a, b in pairwise(loop))
        lanes = {point[across] for point in loop[2:4]}
        (lane,) = lanes
        assert not any(box[across] <= lane <= box[across] + box[across + 2] for box in found.boxes.values())
    assert found.routes[2][2][across] != found.routes[3][2][across]
    assert sorted(sizes, key=plain.boxes.get) == sorted(sizes, key=found.boxes.get)


def test_a_chain_is_straight():
    sizes = {v: (40.0 + v, 20.0 + v) for v in range(8)}
    found = flat(sizes, [Edge(v, v + 1) for v in range(7)])
    assert len({round(y, 6) for route in found.routes for _, y in route}) == 1
    assert all(len(route) == 2 for route in found.routes)


def test_a_light_leaf_does_not_bend_the_main_edge():
    sizes = dict.fromkeys("xwyz", (40.0, 30.0))
    edges = [Edge("x", "y", 0), Edge("w", "y", 1, 0.2), Edge("y", "z", 0)]
    found = flat(sizes, edges)
    assert found.boxes["x"][1] == found.boxes["y"][1] == found.boxes["z"][1] != found.boxes["w"][1]


def test_the_longest_path_is_straight_and_a_shortcut_leads_around_it():
    sizes = {v: (40.0 + 5 * v, 30.0) for v in range(7)}
    edges = [Edge(v, v + 1) for v in range(6)]
    found = flat(sizes, [*edges, Edge(0, 5), Edge(1, 3)])
    assert all(map(is_straight, found.routes[:6])) and not any(map(is_straight, found.routes[6:]))


def test_a_long_edge_bends_at_its_ends_only():
    sizes = {v: (40.0, 30.0 + 7 * (v % 3)) for v in range(12)}
    edges = [Edge(v, v + 1) for v in range(1, 10)] + [Edge(0, 10), Edge(11, 1, weight=0.2)]
    route = flat(sizes, edges).routes[-2]
    assert len({round(y, 6) for _, y in route}) <= 3  # where it leaves, its level, and where it enters


def crossed(found, edges):
    """The pairs of lines of different sources and targets that cross: by the sides on which ends lie."""

    def side(a, b, c):
        return np.sign((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]))

    def meet(a, b, c, d):
        return side(a, b, c) * side(a, b, d) < 0 and side(c, d, a) * side(c, d, b) < 0

    for (e, one), (f, other) in combinations(list(zip(edges, found.routes, strict=True)), 2):
        if e.tail != f.tail and e.head != f.head and any(meet(*p, *q) for p in pairwise(one) for q in pairwise(other)):
            yield (e.tail, e.head), (f.tail, f.head)


def test_the_gates_of_a_cell_are_in_an_order_without_crossings():
    sizes = dict.fromkeys("h f i g o C f*C i*g + tanh out".split(), (40.0, 30.0))
    joins = dict.fromkeys("ofig", "h") | {"f*C": "C f", "i*g": "i g", "+": "f*C i*g", "tanh": "+", "out": "o tanh"}
    edges = [Edge(tail, head) for head, tails in joins.items() for tail in tails.split()]
    found = flat(sizes, [*edges, Edge("+", "C", back=True), Edge("out", "h", back=True)])
    assert not list(crossed(replace(found, routes=found.routes[: len(edges)]), edges))
    assert found.boxes["C"][1] in (min(tops := [box[1] for box in found.boxes.values()]), max(tops))


@pytest.mark.parametrize("seed", range(10))
def test_a_tree_has_no_crossings(seed):
    rng = np.random.default_rng(seed)
    sizes = dict.fromkeys(range(25), (40.0, 30.0))
    edges = [Edge(v, int(rng.integers(v)), None) for v in range(1, 25)]
    assert not list(crossed(flat(sizes, edges), edges))


def test_a_source_stands_next_to_its_consumer():
    sizes = dict.fromkeys("abcde", (10.0, 10.0))
    links = [Link(u, v, u) for u, v in ("ab", "bc", "cd", "ed")]
    places = arrange(sizes, links).places
    assert places["e"][0] == places["c"][0]


def test_nothing_to_place():
    assert layout({}, [], {}, {}, "LR", engine="own").boxes == {}


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
