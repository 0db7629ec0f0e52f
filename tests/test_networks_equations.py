"""GPT, BERT, U-Net, VAE and seq2seq against what PyTorch's own modules make of them, or their paper's equations."""

import numpy as np
import pytest

import autograd_zoo as az
from autograd_zoo import models, nn


def drawn(model):
    """The model with every parameter drawn anew, also what starts as 0 or 1."""
    rng = np.random.default_rng(5)
    for p in model.parameters():
        p.data = p.data + 0.3 * rng.standard_normal(p.shape)
    return model.eval()


def close(found, wanted):
    np.testing.assert_allclose(found, wanted.detach().numpy(), rtol=1e-9, atol=1e-11)


def loaded(torch, module, model):
    module.double().load_state_dict({key: torch.from_numpy(value) for key, value in nn.to_torch(model).items()})
    return module.eval()


def layer(torch, E, heads, width, **more):
    return torch.nn.TransformerEncoderLayer(E, heads, width, 0.0, batch_first=True, dtype=torch.float64, **more)


def same_gradients(ours, theirs):
    """Sweep both from the same cotangent, and compare every parameter's gradient."""
    torch = pytest.importorskip("torch")
    y, model = ours
    there, module = theirs
    close(y.data, there)
    g = np.cos(np.arange(y.size)).reshape(y.shape)
    y.backward(g)
    there.backward(torch.from_numpy(g))
    wanted = {name: p.grad.numpy() for name, p in module.named_parameters() if p.grad is not None}
    for _, p in model.named_parameters():
        p.data = np.zeros_like(p.data) if p.grad is None else p.grad
    found = nn.to_torch(model)
    for name, gradient in wanted.items():
        np.testing.assert_allclose(found[name], gradient, rtol=1e-8, atol=1e-10, err_msg=name)


@pytest.mark.oracle
@pytest.mark.parametrize(("bias", "T"), [(True, 9), (True, 1), (False, 12)])
def test_gpt_is_pytorch_s_layers_over_symbols_and_places(bias, T):
    torch = pytest.importorskip("torch")
    sizes = {"block_size": 12, "n_layer": 2, "n_head": 2, "n_embd": 8, "bias": bias, "dtype": np.float64}
    model = drawn(models.gpt(np.random.default_rng(0), 11, **sizes))

    class GPT(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.wte, self.wpe = torch.nn.Embedding(11, 8), torch.nn.Embedding(12, 8)
            self.ln_f = torch.nn.LayerNorm(8, bias=bias)
            act = torch.nn.GELU(approximate="tanh")
            self.h = torch.nn.ModuleList()
            for _ in range(2):
                self.h.append(layer(torch, 8, 2, 32, activation=act, norm_first=True, bias=bias))

        def forward(self, t):
            x = self.wte(t) + self.wpe.weight[: t.shape[1]]
            mask = torch.full((t.shape[1],) * 2, -torch.inf, dtype=torch.float64).triu(1)
            for one in self.h:
                x = one(x, mask)
            return self.ln_f(x) @ self.wte.weight.T

    there = loaded(torch, GPT(), model)
    tokens = np.random.default_rng(1).integers(0, 11, (3, T))
    same_gradients((model(tokens), model), (there(torch.from_numpy(tokens)), there))


def test_with_alibi_the_scores_fall_with_the_distance():
    sizes = {"block_size": 8, "n_layer": 1, "n_head": 2, "n_embd": 4, "dtype": np.float64}
    model = drawn(models.gpt(np.random.default_rng(0), 7, alibi=True, **sizes))
    tokens, a, one = np.array([[1, 2, 3, 4, 0, 6]]), model.h[0].self_attn, model.h[0]
    x = model.wte.W.data[tokens[0]]
    z = one.norm1(x).data
    q, k, v = (z @ W.data.T + b.data for W, b in ((a.W_q, a.b_q), (a.W_k, a.b_k), (a.W_v, a.b_v)))
    heads = []
    for head, slope in enumerate((4.0, 1.0)):
        cut = slice(2 * head, 2 * head + 2)
        rows = []
        for i in range(6):
            s = np.array([q[i, cut] @ k[j, cut] / np.sqrt(2.0) - slope * (i - j) for j in range(i + 1)])
            w = np.exp(s) / np.exp(s).sum()
            rows.append(w @ v[: i + 1, cut])
        heads.append(np.array(rows))
    x = x + np.concatenate(heads, axis=1) @ a.W_o.data.T + a.b_o.data
    x = x + one.linear2(nn.gelu(one.linear1(one.norm2(x)), approximate="tanh")).data
    np.testing.assert_allclose(model(tokens).data[0], (model.ln_f(x) @ model.wte.W.data.T).data, rtol=1e-10)


@pytest.mark.oracle
def test_bert_is_pytorch_s_layers_over_words_places_and_segments():
    torch = pytest.importorskip("torch")
    sizes = {"hidden_size": 8, "num_layers": 2, "num_heads": 2, "intermediate_size": 12, "max_positions": 9}
    model = drawn(models.bert(np.random.default_rng(0), vocab_size=11, dtype=np.float64, **sizes))

    class BERT(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.word, self.position, self.segment = (torch.nn.Embedding(n, 8) for n in (11, 9, 2))
            self.norm, self.pooler = torch.nn.LayerNorm(8, eps=1e-12), torch.nn.Linear(8, 8)
            self.layers = torch.nn.ModuleList(
                [layer(torch, 8, 2, 12, activation="gelu", layer_norm_eps=1e-12) for _ in range(2)]
            )

        def forward(self, t, s, padding):
            x = self.norm(self.word(t) + self.position.weight[: t.shape[1]] + self.segment(s))
            for one in self.layers:
                x = one(x, src_key_padding_mask=padding)
            return torch.cat([x[:, :1], torch.tanh(self.pooler(x[:, :1]))], dim=1)

    there, rng = loaded(torch, BERT(), model), np.random.default_rng(1)
    tokens, segments = rng.integers(0, 11, (3, 7)), rng.integers(0, 2, (3, 7))
    padding = np.arange(7) >= np.array([[7], [4], [1]])
    x, pooled = model(tokens, segments, padding)
    y = np.stack([x[:, 0], pooled], axis=1)
    same_gradients((y, model), (there(*map(torch.from_numpy, (tokens, segments, padding))), there))


@pytest.mark.oracle
@pytest.mark.parametrize(("padding", "side", "stages"), [(0, 44, 2), (1, 8, 2), (1, 16, 3)])
def test_u_net_is_pytorch_s_convolutions_side_by_side(padding, side, stages):
    torch = pytest.importorskip("torch")
    sizes = {"channels": 2, "stages": stages, "padding": padding, "dtype": np.float64}
    model = drawn(models.unet(np.random.default_rng(0), 3, 4, **sizes))
    f = torch.nn.functional
    own = {key: torch.from_numpy(value) for key, value in nn.to_torch(model).items()}

    def twice(x, name):
        for k in (0, 2):
            x = torch.relu(f.conv2d(x, own[f"{name}.{k}.weight"], own[f"{name}.{k}.bias"], padding=padding))
        return x

    image = np.random.default_rng(1).standard_normal((2, 3, side, side))
    x, seen = torch.from_numpy(image), []
    for k in range(stages):
        seen.append(twice(x, f"down.{k}"))
        x = f.max_pool2d(seen[-1], 2)
    x = twice(x, f"down.{stages}")
    for k in range(stages):
        x = f.conv_transpose2d(x, own[f"up.{k}.enlarge.weight"], own[f"up.{k}.enlarge.bias"], stride=2)
        beside = seen.pop()
        edge = (beside.shape[-1] - x.shape[-1]) // 2
        inner = slice(edge, edge + x.shape[-1])
        x = twice(torch.cat([beside[..., inner, inner], x], dim=1), f"up.{k}.convs")
    close(model(image).data, f.conv2d(x, own["scores.weight"], own["scores.bias"]))


def test_seq2seq_is_the_appendix_of_its_paper():
    sizes = {"embedding": 3, "hidden": 4, "alignment": 5, "maxout": 2, "dtype": np.float64}
    model = drawn(models.seq2seq(np.random.default_rng(0), 9, 8, **sizes))
    source, target = np.array([[1, 2, 8, 0, 3]]), np.array([[4, 7, 1]])
    (forward, backward), writer = model.encoder.cells, model.decoder
    cell, look = writer.cell, writer.attention

    def sigmoid(x):
        return 1.0 / (1.0 + np.exp(-x))

    def step(c, x, h):
        z, r = (sigmoid(W.data @ h + U.data @ x) for W, U in ((c.W_z, c.U_z), (c.W_r, c.U_r)))
        return (1.0 - z) * h + z * np.tanh(c.W_c.data @ (r * h) + c.U_c.data @ x)

    x = model.source.W.data[source[0]]
    to, fro = [np.zeros(4)], [np.zeros(4)]
    for t in range(5):
        to.append(step(forward, x[t], to[-1]))
        fro.append(step(backward, x[4 - t], fro[-1]))
    h = np.concatenate([np.array(to[1:]), np.array(fro[:0:-1])], axis=1)
    s, said = np.tanh(model.start.W.data @ fro[-1]), []
    for t in range(3):
        e = model.target.W.data[target[0, t - 1]] if t else np.zeros(3)
        scores = np.array([look.v.data @ np.tanh(look.W.data @ s + look.U.data @ h[j]) for j in range(5)])
        weights = np.exp(scores) / np.exp(scores).sum()
        c = weights @ h
        pairs = writer.readout.W.data @ np.concatenate([s, e, c])
        said.append(model.scores.W.data @ np.array([max(pairs[0], pairs[1]), max(pairs[2], pairs[3])]))
        s = step(cell, np.concatenate([e, c]), s)
    np.testing.assert_allclose(model(source, target).data[0], said, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("name", ["seq2seq", "vae"])
def test_gradients_are_those_of_differences(name):
    rng = np.random.default_rng(0)
    if name == "vae":
        model, x = drawn(models.vae(rng, 6, hidden=4, latent=2, dtype=np.float64)), rng.random((3, 6))
        loss = lambda: model.loss(x)  # noqa: E731
    else:
        sizes = {"embedding": 3, "hidden": 4, "alignment": 5, "maxout": 2, "dtype": np.float64}
        model, t = drawn(models.seq2seq(rng, 9, 8, **sizes)), rng.integers(0, 8, (2, 4))
        loss = lambda: nn.softmax_cross_entropy(model(t, t), t)  # noqa: E731
    parameters = model.parameters()
    found, step = az.gradient(loss(), parameters), 1e-6
    for p, gradient in zip(parameters, found, strict=True):
        start, direction, ends = p.data.copy(), rng.standard_normal(p.shape), []
        for sign in (1.0, -1.0):
            p.data = start + sign * step * direction
            ends.append(loss().item())
        p.data = start
        slope = (ends[0] - ends[1]) / (2.0 * step)
        assert np.sum(gradient * direction) == pytest.approx(slope, rel=1e-5, abs=1e-8)
