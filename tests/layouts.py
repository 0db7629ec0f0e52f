"""Random layout problems, and how two boxes lie to each other: what the tests of the layout engines share."""

from graph_viz.layout import Edge


def random_graph(rng):
    """Boxes in topological order, lines between them, and nested frames around runs of them (so no cycle of boxes)."""
    n = int(rng.integers(2, 30))
    sizes = {v: (float(rng.integers(20, 120)), float(rng.integers(20, 60))) for v in range(n)}
    edges = []
    for v in range(1, n):
        for slot in range(int(rng.integers(0, 4))):
            ordered = slot if rng.random() < 0.5 else None
            edges.append(Edge(int(rng.integers(v)), v, ordered, float(rng.choice([0.2, 0.5, 1.0]))))
    for _ in range(int(rng.integers(0, 4))):
        first, last = sorted(int(v) for v in rng.integers(0, n, 2))
        edges.append(Edge(last, first, back=True))
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
