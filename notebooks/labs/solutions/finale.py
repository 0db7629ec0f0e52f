"""For teachers: what the lab asks for."""

from math import erf

import numpy as np


def _samples(a):
    return a.reshape(-1, a.shape[-1])


def _sigmoid(a):
    return 1 / (1 + np.exp(-a))


# ---- LSTM ------------------------------------------------------------------------------------------------------------


def _lstm(g, x, h0, C0, W_f, U_f, W_i, U_i, W_o, U_o, W_g, U_g, b_f, b_i, b_o, b_g):
    """All gradients by name, by backpropagation through time."""
    W, U = dict(zip("fiog", (W_f, W_i, W_o, W_g), strict=True)), dict(zip("fiog", (U_f, U_i, U_o, U_g), strict=True))
    b = dict(zip("fiog", (b_f, b_i, b_o, b_g), strict=True))
    h, C, steps = [h0], [C0], []
    for x_t in x:
        a = {k: h[-1] @ W[k].T + x_t @ U[k].T + b[k] for k in "fiog"}
        gates = {k: _sigmoid(a[k]) for k in "fio"} | {"g": np.tanh(a["g"])}
        C.append(gates["f"] * C[-1] + gates["i"] * gates["g"])
        h.append(gates["o"] * np.tanh(C[-1]))
        steps.append(gates)
    found = {f"W_{k}": np.zeros_like(W[k]) for k in "fiog"} | {f"U_{k}": np.zeros_like(U[k]) for k in "fiog"}
    found |= {f"b_{k}": np.zeros_like(b[k]) for k in "fiog"} | {"x": np.zeros_like(x)}
    dh, dC = np.zeros_like(h0), np.zeros_like(C0)
    for t in reversed(range(len(x))):
        gates = steps[t]
        dh, dC = dh + g[0, t], dC + g[1, t]
        dC = dC + dh * gates["o"] * (1 - np.tanh(C[t + 1]) ** 2)
        d = {"f": dC * C[t], "i": dC * gates["g"], "o": dh * np.tanh(C[t + 1]), "g": dC * gates["i"]}
        da = {k: d[k] * gates[k] * (1 - gates[k]) for k in "fio"} | {"g": d["g"] * (1 - gates["g"] ** 2)}
        for k in "fiog":
            found[f"W_{k}"] += _samples(da[k]).T @ _samples(h[t])
            found[f"U_{k}"] += _samples(da[k]).T @ _samples(x[t])
            found[f"b_{k}"] += _samples(da[k]).sum(axis=0)
        found["x"][t] = sum(da[k] @ U[k] for k in "fiog")
        dh, dC = sum(da[k] @ W[k] for k in "fiog"), dC * gates["f"]
    return found | {"h0": dh, "C0": dC}


def lstm_db_o(g, y, *inputs):
    return _lstm(g, *inputs)["b_o"]


def lstm_dC0(g, y, *inputs):
    return _lstm(g, *inputs)["C0"]


def lstm_dW_f(g, y, *inputs):
    return _lstm(g, *inputs)["W_f"]


def lstm_dx(g, y, *inputs):
    return _lstm(g, *inputs)["x"]


def corrected_lstm_dC(g, y, x, h0, C0, W_f, U_f, W_i, U_i, W_o, U_o, W_g, U_g, b_f=0.0, b_i=0.0, b_o=0.0, b_g=0.0):
    W, U, b = (W_f, W_i, W_o, W_g), (U_f, U_i, U_o, U_g), (b_f, b_i, b_o, b_g)
    h, C, o, f = [h0], [C0], [], []
    for x_t in x:
        a = [V @ h[-1] + T @ x_t + c for V, T, c in zip(W, U, b, strict=True)]
        f.append(_sigmoid(a[0]))
        o.append(_sigmoid(a[2]))
        C.append(f[-1] * C[-1] + _sigmoid(a[1]) * np.tanh(a[3]))
        h.append(o[-1] * np.tanh(C[-1]))
    T, dC = len(x), np.zeros((len(x) + 1, len(C0)))
    dh = np.zeros_like(h0)
    for t in range(T, 0, -1):
        dh = dh + g[0, t - 1]
        dC[t] = g[1, t - 1] + dh * o[t - 1] * (1 - np.tanh(C[t]) ** 2) + (dC[t + 1] * f[t] if t < T else 0.0)
        i, G = _sigmoid(W_i @ h[t - 1] + U_i @ x[t - 1] + b_i), np.tanh(W_g @ h[t - 1] + U_g @ x[t - 1] + b_g)
        by_gate = (
            dC[t] * C[t - 1] * f[t - 1] * (1 - f[t - 1]),
            dC[t] * G * i * (1 - i),
            dh * np.tanh(C[t]) * o[t - 1] * (1 - o[t - 1]),
            dC[t] * i * (1 - G**2),
        )
        dh = sum(V.T @ d for V, d in zip(W, by_gate, strict=True))
    dC[0] = dC[1] * f[0]
    return dC


# ---- Transformer encoder layer ------------------------------------------------------------------------------------


def _hat(u, eps=1e-5):
    s = np.sqrt(u.var(axis=-1, keepdims=True) + eps)
    return (u - u.mean(axis=-1, keepdims=True)) / s, s


def _norm_back(g, u, gamma):
    u_hat, s = _hat(u)
    g = g * gamma
    return (g - g.mean(axis=-1, keepdims=True) - u_hat * np.mean(g * u_hat, axis=-1, keepdims=True)) / s


def _phi(u):
    return 0.5 * (1 + np.vectorize(erf)(u / np.sqrt(2)))


def _heads(u, n):
    return np.swapaxes(u.reshape(*u.shape[:-1], n, -1), -3, -2)


def _joined(u):
    u = np.swapaxes(u, -3, -2)
    return u.reshape(*u.shape[:-2], -1)


def _encoder(g, x, W_q, W_k, W_v, W_o, b_q, b_v, b_o, gamma_1, beta_1, *more):
    W_1, b_1, W_2, b_2, gamma_2, _, b_k, n, causal = more
    Q, K, V = (_heads(x @ W.T + b, n) for W, b in ((W_q, b_q), (W_k, b_k), (W_v, b_v)))
    d = Q.shape[-1]
    S = Q @ np.swapaxes(K, -1, -2) / np.sqrt(d)
    e = np.exp(S) * (np.tri(*S.shape[-2:]) if causal else 1.0)
    A = e / e.sum(axis=-1, keepdims=True)
    u_1 = x + _joined(A @ V) @ W_o.T + b_o
    z = gamma_1 * _hat(u_1)[0] + beta_1
    v = z @ W_1.T + b_1
    a = v * _phi(v)
    u_2 = z + a @ W_2.T + b_2

    found = {"beta_2": _samples(g).sum(axis=0)}
    du_2 = _norm_back(g, u_2, gamma_2)
    found["W_2"] = _samples(du_2).T @ _samples(a)
    dv = du_2 @ W_2 * (_phi(v) + v * np.exp(-(v**2) / 2) / np.sqrt(2 * np.pi))
    du_1 = _norm_back(du_2 + dv @ W_1, u_1, gamma_1)
    do = _heads(du_1 @ W_o, n)
    dA = do @ np.swapaxes(V, -1, -2)
    dS = A * (dA - np.sum(A * dA, axis=-1, keepdims=True)) / np.sqrt(d)
    dQ, dK, dV = dS @ K, np.swapaxes(dS, -1, -2) @ Q, np.swapaxes(A, -1, -2) @ do
    found["x"] = du_1 + _joined(dQ) @ W_q + _joined(dK) @ W_k + _joined(dV) @ W_v
    return found


def transformer_encoder_layer_dbeta_2(g, y, *inputs, num_heads, causal):
    return _encoder(g, *inputs, num_heads, causal)["beta_2"]


def transformer_encoder_layer_dW_2(g, y, *inputs, num_heads, causal):
    return _encoder(g, *inputs, num_heads, causal)["W_2"]


def transformer_encoder_layer_dx(g, y, *inputs, num_heads, causal):
    return _encoder(g, *inputs, num_heads, causal)["x"]
