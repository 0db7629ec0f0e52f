"""Lines of a layout as curves: they go where the route goes, run beside each other, and are cut to length."""

import math
from itertools import pairwise

import numpy as np
import pytest

from graph_viz.svg import curves

ROUTES = {
    "level": [(0.0, 10.0), (80.0, 10.0)],
    "an S": [(0.0, 0.0), (40.0, 0.0), (100.0, 60.0), (140.0, 60.0)],
    "steep": [(0.0, 0.0), (96.0, 200.0)],
    "around": [(200.0, 50.0), (230.0, 50.0), (230.0, -40.0), (-30.0, -40.0), (-30.0, 50.0), (0.0, 50.0)],
    "down": [(0.0, 0.0), (60.0, 50.0), (60.0, 90.0)],
}


@pytest.fixture(params=ROUTES)
def route(request):
    return ROUTES[request.param]


@pytest.fixture
def chain(request, route):
    return curves.chain(route, down=route is ROUTES["down"])


def points(chain, n=40):
    """Points on a chain of curves, by Bernstein's polynomials."""
    t = np.linspace(0.0, 1.0, n)[:, None]
    weights = [math.comb(3, k) * t**k * (1 - t) ** (3 - k) for k in range(4)]
    corners = np.array(chain)
    return np.concatenate(
        [sum(w * corners[i + k] for k, w in enumerate(weights)) for i in range(0, len(corners) - 1, 3)]
    )


def length(chain):
    return np.hypot(*np.diff(points(chain), axis=0).T).sum()


def test_a_chain_leads_from_end_to_end_and_nowhere_else(route, chain):
    assert len(chain) % 3 == 1
    assert (chain[0], chain[-1]) == (route[0], route[-1])
    assert np.min(points(chain), axis=0) == pytest.approx(np.min(route, axis=0), abs=1e-9)
    assert np.max(points(chain), axis=0) == pytest.approx(np.max(route, axis=0), abs=1e-9)


def test_a_chain_has_no_corner(chain):
    ways = [np.subtract(b, a) for a, b in pairwise(map(np.array, chain)) if math.dist(a, b) > 1e-6]
    joints = [(chain[i - 1], chain[i], chain[i + 1]) for i in range(3, len(chain) - 1, 3)]
    assert ways
    for before, at, behind in joints:
        one, other = np.subtract(at, before), np.subtract(behind, at)
        assert one @ other == pytest.approx(np.hypot(*one) * np.hypot(*other))


@pytest.mark.parametrize("shift", [-2.0, 2.0])
def test_a_line_beside_another_keeps_its_distance(chain, shift):
    here, there = points(chain, 400), points(curves.beside(chain, shift))
    distances = np.min(np.hypot(*(here[:, None] - there[None]).transpose(2, 0, 1)), axis=0)
    assert distances == pytest.approx(2.0, abs=0.5)
    (x, y), (s, t) = here[0], here[1]
    dx, dy = there[0] - here[0]
    assert ((s - x) * dy - (t - y) * dx) * shift > 0  # on its right hand, where y grows downwards


@pytest.mark.parametrize("ends", [(5.0, 0.0), (0.0, 5.0), (3.0, 4.0)])
def test_a_line_is_cut_at_its_ends(chain, ends):
    whole, cut = length(chain), curves.cut(chain, *ends)
    assert length(cut) == pytest.approx(whole - sum(ends), abs=0.3)
    near = np.hypot(*(points(chain, 400)[:, None] - points(cut)[None]).transpose(2, 0, 1)).min(axis=0)
    assert near.max() < 1.0


def test_the_middle_of_each_piece_is_on_the_line(chain):
    for piece in curves.pieces(chain):
        assert np.hypot(*(points(chain, 400) - curves.behind(piece, 0.5)[0]).T).min() < 1.0


def test_a_path_is_short_where_the_line_is_straight():
    assert curves.path(curves.chain(ROUTES["level"])) == "M0 10L80 10"
    assert curves.path(curves.chain(ROUTES["an S"])).count("C") == 1
    assert curves.path(curves.chain(ROUTES["around"])).count("C") == 4
