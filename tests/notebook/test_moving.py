"""Pictures that answer to the pointer: each number against the engine's, and against plain loops."""

import re
from itertools import product

import numpy as np
import pytest
from every import every

import autograd_zoo as az
from autograd_zoo.notebook import attending, gates, sliding

W1, W2 = np.array([2.0, -1.0, 3.0]), np.array([[1.0, -2.0], [3.0, 4.0], [0.0, -5.0]])


def conv(w, **options):
    return lambda x: az.nn.conv(x, w[None, None], **options)


def pool(name, size, **options):
    return lambda x: getattr(az.nn, name)(x, kernel_size=size, **options)


# what slides, the size of the map, the kernel or the size of the window, and its stride, padding and dilation
CASES = {
    "conv 1d": (conv(W1), (6,), W1, (1, 0, 1)),
    "conv 1d, gaps": (conv(W1, stride=2, padding=2, dilation=2), (7,), W1, (2, 2, 2)),
    "conv 2d": (conv(W2), (5, 4), W2, (1, 0, 1)),
    "conv 2d, all": (conv(W2, stride=2, padding=1, dilation=2), (6, 5), W2, (2, 1, 2)),
    "max 1d": (pool("max_pool", (3,), stride=1), (5,), (3,), (1, 0, 1)),
    "max 2d": (pool("max_pool", (2, 3), stride=2, padding=1), (6, 7), (2, 3), (2, 1, 1)),
    "max, unseen": (pool("max_pool", (2,), stride=3), (8,), (2,), (3, 0, 1)),
    "mean 1d": (pool("avg_pool", (3,), stride=1), (5,), (3,), (1, 0, 1)),
    "mean 2d": (pool("avg_pool", (2, 2), stride=1, padding=1), (3, 4), (2, 2), (1, 1, 1)),
}


def slide(shape, size, stride, padding, dilation):
    """For each output, which pixel stands at each place of its window; None is padding. Plain loops."""
    counts = [(n + 2 * padding - dilation * (k - 1) - 1) // stride + 1 for n, k in zip(shape, size, strict=True)]
    found = {}
    for out in np.ndindex(*counts):
        for place in np.ndindex(*size):
            pixel = tuple(o * stride + p * dilation - padding for o, p in zip(out, place, strict=True))
            inside = all(0 <= i < n for i, n in zip(pixel, shape, strict=True))
            found.setdefault(out, {})[place] = pixel if inside else None
    return found


def by_loops(kind, kernel, x, how):
    """The outputs {output: number}, and the derivatives {(output, pixel): number}; the kernel, or its size."""
    windows = slide(x.shape, kernel.shape if kind == "conv" else kernel, *how)
    y, local = {}, {}
    for out, window in windows.items():
        seen = {place: x[pixel] for place, pixel in window.items() if pixel is not None}
        if kind == "conv":
            y[out] = sum(kernel[place] * value for place, value in seen.items())
            local |= {(out, window[place]): kernel[place] for place in seen}
        elif kind == "max":
            best = max(seen, key=seen.get)
            y[out] = seen[best]
            local |= {(out, window[place]): float(place == best) for place in seen}
        else:
            y[out] = sum(seen.values()) / len(window)
            local |= {(out, window[place]): 1 / len(window) for place in seen}
    return y, local


def computed(text):
    """The value of a formula as the picture writes it."""
    plain = text.replace("−", "-").replace("·", "*").replace("∞", "float('inf')")
    return eval(plain, {"max": max, "float": float})


@every(("case", "name"), [(case, name) for name, case in CASES.items()], ids=lambda case, name: name)
def test_a_sliding_window_shows_the_engines_numbers(case, name):
    f, shape, kernel, how = case
    rng = np.random.default_rng(0)
    x = rng.permutation(np.arange(1.0, 1 + np.prod(shape))).reshape(shape)
    y, local = by_loops(name.split()[0].strip(","), kernel, x, how)
    g = dict(zip(y, rng.permutation(np.arange(1.0, 1 + len(y))), strict=True))
    picture = sliding(f, x[None, None], [*g.values()])
    forward, back = picture.walks
    leaf = az.Tensor(x[None, None])
    made = f(leaf)
    engine = az.gradient(made, [leaf], np.reshape([*g.values()], made.shape))[0].reshape(shape)

    assert np.allclose([*y.values()], made.data.ravel()) and len(forward.frames) == len(y)
    for frame, out in zip(forward.frames, y, strict=True):
        formula, value = re.fullmatch(r"y\[[\d, ]+\] = (.*) = ([^=,]*)(, which is .*)?", frame.says[0]).groups()[:2]
        assert np.isclose(computed(value), y[out], rtol=5e-3) and np.isclose(computed(formula), y[out], rtol=5e-3), (
            frame
        )
    for frame, pixel in zip(back.frames, np.ndindex(shape), strict=True):
        assert frame.name == f"x[{', '.join(map(str, pixel))}]"
        sends = {out: g[out] * w for (out, where), w in local.items() if where == pixel}
        assert np.isclose(sum(sends.values()), engine[pixel])
        sides = frame.says[0].partition(" = ")[2].split(" = ")
        assert all(np.isclose(computed(side), engine[pixel], rtol=5e-3) for side in sides), frame
        heard = re.findall(r"y\[([\d, ]+)\]", frame.says[1])
        assert heard == [", ".join(map(str, out)) for out in sends]
        shown = {k for (grid, k) in frame.lit if picture.grids[grid].title == "∂L/∂y"}
        assert shown == {int(np.ravel_multi_index(out, made.shape[2:])) for out in sends}


def test_padding_is_marked_and_no_pixel_of_x():
    picture = sliding(conv(W1, padding=1), np.array([[[1.0, 2.0, 3.0]]]))
    x = picture.grids[0]
    assert x.title == "x and padding" and x.values.tolist() == [0, 1, 2, 3, 0] and x.outside == {0, 4}
    assert [picture.walks[1].places[0, k] for k in (1, 2, 3)] == [0, 1, 2]
    assert picture.html().count('class="out') == 2
    assert picture["y"].shape == (3,)
    with pytest.raises(KeyError, match="there are"):
        picture["z"]


def test_a_bias_stands_in_the_sum_and_a_tie_is_shared():
    layer = az.nn.Conv1d(1, 1, 2, rng=np.random.default_rng(0))
    layer.W.data, layer.b.data = [[[1.0, 2.0]]], [-4.0]
    assert sliding(layer, np.array([[[3.0, 5.0]]])).walks[0].frames[0].says == ("y[0] = 3·1 + 5·2 + (−4) = 9",)

    def shared(x):
        return az.nn.max(az.windows(x, (2,)), axis=-1)

    picture = sliding(shared, np.array([[[7.0, 7.0]]]), [10.0])
    assert picture.walks[0].frames[0].says == ("y[0] = max(7, 7) = 7, which is x[0] and x[1]",)
    assert picture.walks[1].frames[0].says[0] == "∂L/∂x[0] = 10·0.5 = 5"


REFUSED = {
    "no windows": (np.tanh, (1, 1, 4), "did so 0 times"),
    "twice": (lambda x: conv(W1)(conv(W1)(x)), (1, 1, 9), "did so 2 times"),
    "samples": (conv(W1), (2, 1, 4), "one map of one sample"),
    "another padding": (az.nn.Conv1d(1, 1, 3, padding=1, padding_mode="circular"), (1, 1, 4), "alone"),
    "a scale before": (lambda x: conv(W1)(x * 2), (1, 1, 4), "alone"),
    "an activation behind": (lambda x: np.tanh(conv(W1)(x)), (1, 1, 4), "alone"),
    "a scale behind a choice": (lambda x: az.nn.MaxPool1d(2)(x) * 2, (1, 1, 4), "alone"),
    "no batch": (lambda x: np.sum(az.windows(x, (2,)), axis=-1), (5,), "one map of one sample"),
}


@pytest.mark.parametrize(("f", "shape", "said"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_shown_is_said(f, shape, said):
    with pytest.raises(ValueError, match=said):
        sliding(f, np.ones(shape))


def test_the_gates_of_an_lstm_by_its_recurrence():
    rng = np.random.default_rng(0)
    lstm, x = az.nn.LSTM(2, 1, rng=rng), rng.normal(size=(6, 1, 2))
    w = {name.rpartition(".")[2]: p.data for name, p in lstm.named_parameters()}
    h, C, rows = np.zeros(1), np.zeros(1), []
    for (x_t,) in x:
        before = {k: w[f"W_{k}"] @ h + w[f"U_{k}"] @ x_t + w[f"b_{k}"] for k in "fiog"}
        f, i, o = (1 / (1 + np.exp(-before[k])) for k in "fio")
        C = f * C + i * np.tanh(before["g"])
        h = o * np.tanh(C)
        rows.append([f.item(), i.item(), o.item(), C.item()])
    last = o.item() * (1 - np.tanh(C.item()) ** 2)  # ∂h_T/∂C_T
    opened, carried = gates(lstm(x)[0][-1].sum()).grids
    assert np.allclose(opened.values.T, np.array(rows)[:, :3]) and np.allclose(carried.values[0], np.array(rows)[:, 3])
    direct = [last * np.prod([row[0] for row in rows[t + 1 :]]) for t in range(6)]
    assert np.allclose(carried.values[2], direct) and np.isclose(carried.values[1, -1], last)
    assert abs(carried.values[1, 0] - direct[0]) > 1e-6  # the paths through h


def test_what_a_step_of_a_gru_says_is_its_sum():
    rng = np.random.default_rng(1)
    picture = gates(az.nn.GRU(2, 3, rng=rng)(rng.normal(size=(5, 1, 2)))[0][-1].sum(), unit=2)
    assert picture.grids[0].rows == ("z", "r") and picture.grids[1].rows == ("h", "∂L/∂h", "direct")
    for t, frame in enumerate(picture.walks[0].frames):
        sum_, value = frame.says[1].rpartition(" = ")[0].rpartition(" = ")[2], frame.says[1].rpartition(" = ")[2]
        assert np.isclose(computed(sum_), computed(value), atol=2e-3)
        assert np.isclose(computed(value), picture.grids[1].values[0, t], rtol=5e-3)
        whole, direct = re.search(r"= (\S+) on all paths; .* = (\S+)$", frame.says[2]).groups()
        assert np.allclose([computed(whole), computed(direct)], picture.grids[1].values[1:, t], rtol=5e-3)


def test_gates_need_a_tape_with_one_sequence():
    rnn, lstm = az.nn.SimpleRNN(1, 1, bias=False), az.nn.LSTM(1, 1)
    with pytest.raises(ValueError, match=r"LSTM or a GRU.*\['h'\]"):
        gates(rnn(np.ones((2, 1, 1)))[0].sum())
    with pytest.raises(ValueError, match="one sequence"):
        gates(lstm(np.ones((2, 3, 1)))[0].sum())
    for options in ({"bidirectional": True}, {"num_layers": 2}):
        with pytest.raises(ValueError, match="one direction"):
            gates(az.nn.LSTM(1, 2, **options)(np.ones((4, 1, 1)))[0].sum())
    with pytest.raises(ValueError, match="one of 0 to 0, got 5"):
        gates(lstm(np.ones((2, 1, 1)))[0].sum(), unit=5)


def test_attention_says_the_row_of_each_query_in_every_map():
    rng = np.random.default_rng(0)
    maps = {"A": az.nn.softmax(rng.normal(size=(3, 4))), "∂L/∂S": rng.normal(size=(3, 4))}
    picture = attending(maps, keys="abcd")
    assert [grid.title for grid in picture.grids] == ["A", "∂L/∂S"]
    for i, (frame, (k, j)) in enumerate(zip(picture.walks[0].frames, product((0, 1), (2,)), strict=False)):
        assert picture.walks[0].places[k, 4 * i + j] == i and len(frame.lit) == 8
        for line, a in zip(frame.says, maps.values(), strict=True):
            numbers = [computed(n) for n in re.findall(r"[abcd] (\S+?)[,;]", line)]
            assert np.allclose(numbers, a[i], rtol=5e-3) and line.startswith(f"query {i}, ")
    assert picture.walks[0].frames[0].says[0].endswith("together 1")
    with pytest.raises(ValueError, match="one shape"):
        attending({"A": np.ones((2, 2)), "B": np.ones((2, 3))})
    with pytest.raises(ValueError, match="as many names"):
        attending({"A": np.ones((2, 2))}, queries="abc")


def test_without_script_and_style_the_numbers_and_the_first_frame_are_there():
    """What a notebook keeps that nobody trusts, and a page that cleans what it shows."""
    picture = sliding(conv(W1), np.array([[[1.0, 2.0, 3.0, 4.0]]]))
    html = picture.html()
    assert not re.search(r"https?://|src=|url\(|@import|\bimport\b|fetch", html)  # it needs nothing else
    left = re.sub(r"(?s)<(script|style)[^>]*>.*?</\1>", "", html)
    words = re.sub(r"<[^>]+>", " ", left)
    assert "y[0] = 1·2 + 2·(−1) + 3·3 = 9" in words and "<b>1</b>" in left and "<input" not in left
    bundle = picture._repr_mimebundle_()
    assert bundle["text/html"] == html and "y[0] = 1·2" in bundle["text/plain"] == repr(picture)


def test_names_are_text_and_end_no_script():
    picture = attending({"<b>": [[1.0]]}, queries=("</script><i>",), keys=("&",))
    html = picture.html()
    assert (
        html.count("</script>") == 2 and "<i>" not in html.replace(r"<\/script><i>", "") and "<b></caption>" not in html
    )
