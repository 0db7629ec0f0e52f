# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 11 Recurrent networks: what a network remembers
#
# A text may be as long as it likes, but a layer has a fixed number of inputs. A recurrent network reads one symbol at
# a time, always with the same weights, and keeps a *state* of what it has read. So the state must carry everything
# that will be needed later. And in training the gradient has to travel all the way back. Does it arrive?
#
# Afterwards you can say
#
# - what backpropagation through time is, and why the gradient of a weight is a sum over time;
# - how the backward passes of LSTM and GRU follow, one step back and then through time;
# - which printed formulas of SimpleRNN, LSTM and GRU are wrong, and how one could have noticed;
# - why gradients vanish, which path a forget gate keeps open, and which other paths there are.
#
# You need chapters 02, 04 and 08. Reading takes about 75 minutes, the exercises apart. Words that you do
# not know stand in the [glossary](../docs/glossary.md).

# %%
# %config InlineBackend.figure_formats = ["svg"]
import matplotlib.pyplot as plt
import numpy as np

import autograd_zoo as az
import graph_viz
from autograd_zoo import closed_form
from autograd_zoo.models import Characters
from autograd_zoo.notebook import Markdown, displayed, explained, formulas, gates, plots, source
from autograd_zoo.train import Text, Training, evaluation, sample
from autograd_zoo.zoo import errata

plots()

# %% [markdown]
# ## The same weights, again and again
#
# One step makes the next state out of the last one and of what is read:

# %%
source(az.nn.simple_rnn_cell)

# %% [markdown]
# Make everything a single number, and take two steps. $h_2$ shall be the loss.
#
# **Predict first.** $W$ is used twice. How many terms does $\partial L/\partial W$ have, and which one came the longer
# way?

# %%
W, U = az.Tensor(0.5, name="W"), az.Tensor(1.0, name="U")
x = [az.Tensor(0.6, name="x_0"), az.Tensor(-0.4, name="x_1")]
h = [az.Tensor(0.3, name="h_0")]
for t in range(2):
    h.append(np.tanh(W * h[t] + U * x[t]).named(f"h_{t + 1}"))
h[2].backward(retain_grads=True)
graph_viz.draw(h[2])

# %% [markdown]
# Two dashed arrows arrive at $W$. By hand: write $a_t = 1 - h_t^2$ for the slope of the tanh that made $h_t$. Then
#
# $$\frac{\partial L}{\partial W} = a_2\,h_1 + a_2\,W\,a_1\,h_0 \qquad\qquad
# \frac{\partial L}{\partial U} = a_2\,x_1 + a_2\,W\,a_1\,x_0$$
#
# The second term went through $W a_1$, one step back in time. That is all there is to *backpropagation through time*
# (BPTT): the graph is unrolled, swept as any other graph, and since all steps share $W$, what arrives there is added.
# For vectors and $T$ steps the same is a recursion, from the last step to the first, and one sum for each matrix. Where
# $L_t$ is the part of the loss that looks at $\vec{h}_t$ at once,
#
# $$\frac{\partial L}{\partial\vec{h}_t} = \frac{\partial L_t}{\partial\vec{h}_t} +
# \frac{\partial L}{\partial\vec{h}_{t+1}}\,\frac{\partial\vec{h}_{t+1}}{\partial\vec{h}_t} \qquad
# \frac{\partial\vec{h}_{t+1}}{\partial\vec{h}_t} = diag(\vec{1}-\vec{h}_{t+1}\odot\vec{h}_{t+1})\,W \qquad
# \frac{\partial L}{\partial W} = \sum_{t=0}^{T-1}\vec{h}_t\,\frac{\partial L}{\partial\vec{h}_{t+1}}\,
# diag(\vec{1}-\vec{h}_{t+1}\odot\vec{h}_{t+1})$$

# %%
h_0, h_1, h_2 = (state.item() for state in h)
a_1, a_2 = 1 - h_1**2, 1 - h_2**2
by_hand = {"W": a_2 * h_1 + a_2 * 0.5 * a_1 * h_0, "U": a_2 * -0.4 + a_2 * 0.5 * a_1 * 0.6}
print(f"∂L/∂W: by hand {by_hand['W']:.10f}   tape {W.grad:.10f}")
print(f"∂L/∂U: by hand {by_hand['U']:.10f}   tape {U.grad:.10f}")
assert abs(by_hand["W"] - W.grad) < 1e-12 and abs(by_hand["U"] - U.grad) < 1e-12, "by hand and by the tape agree"

# %% [markdown]
# ## What is printed
#
# Now with vectors, and an output $\vec{o}_t = V\vec{h}_t$ at each step. So $\vec{h}_t$ is heard twice: at once through
# $\vec{o}_t$, and later through $\vec{h}_{t+1}$.

# %%
formulas("simple_rnn")

# %% [markdown]
# The first correction is known from chapter 04: $diag$ of an outer product stands for the slopes of tanh. The other three
# are more interesting.
#
# **$\partial L/\partial V$: count the rows.** $V$ makes $\vec{o}_t$ of $\vec{h}_t$. A sum of $\vec{x}_t$ times a row
# has as many rows as $\vec{x}_t$ has elements, and $V$ knows nothing of those.
#
# **$\partial L/\partial W$ and $\partial L/\partial U$: count the time.** $W$ takes $\vec{h}_t$ to $\vec{h}_{t+1}$. As
# printed all three letters are $\vec{h}_t$: a state meets its *own* gradient. With $diag$ read rightly the shapes fit, so
# that nobody complains. Try the shortest sequence there is, one step, from $h_0 = 0$. There is nothing to remember, so
# $W$ has no influence: its gradient must be 0.


# %%
def printed_dW(h, dh, steps):
    """∂L/∂W of a scalar SimpleRNN as printed, with the sum over these t."""
    return sum(h[t] * dh[t] * (1 - h[t] ** 2) for t in steps)


states = np.array([0.0, np.tanh(0.6)])  # h_0 and h_1, with x_0 = 0.6 and U = 1
gradients = np.array([0.5 * (1 - states[1] ** 2), 1.0])  # ∂L/∂h_0 and ∂L/∂h_1 for L = h_1, with W = 0.5
short = {name: printed_dW(states, gradients, steps) for name, steps in (("1..T", [1]), ("0..T−1", [0]))}
print(f"one step:  as printed, t = 1..T {short['1..T']:.4f}   it must be 0")
both = np.array([h_0, h_1, h_2]), np.array([state.grad for state in h])
long = {name: printed_dW(*both, steps) for name, steps in (("1..T", [1, 2]), ("0..T−1", [0, 1]))}
print(f"two steps: t = 1..T {long['1..T']:.4f}   t = 0..T−1 {long['0..T−1']:.4f}   it must be {by_hand['W']:.4f}")
assert short["1..T"] > 0.1 and short["0..T−1"] == 0, "one step from h_0 = 0 finds one way of counting"
assert all(abs(value - by_hand["W"]) > 0.05 for value in long.values()), "and two steps find both"

# %% [markdown]
# With $t = 0 \dots T-1$ the one step would pass; the two steps above it does not. No way of counting saves it. The zoo
# has tried it on vectors, and found the least repair:

# %%
explained("recurrent.simple_rnn.dW")

# %% [markdown]
# The closed form of the package is the corrected one. Read the loop: it is the printed recursion for
# $\partial L/\partial\vec{h}_t$, from the last step to the first. After it everything else is one product each, for
# all steps at once.

# %%
source(closed_form.recurrent.simple_rnn_gradients)

# %% [markdown]
# ## Thirty steps
#
# A module runs the cell over a sequence. Its tape has a copy of the cell for each step. The drawing notices that they
# are alike and draws one of them; the dashed edge goes to the next step. (What comes out of a step is called $h_t$ there,
# and what went in $h(t-1)$.)

# %%
rnn = az.nn.SimpleRNN(2, 3, bias=False, output_size=1, rng=np.random.default_rng(0))
o, _ = rnn(az.Tensor(np.random.default_rng(1).normal(size=(30, 1, 2)), name="x"))
print(len(az.Tape(o)), "nodes")
assert sum(node.name == "h_t" for node in az.Tape(o)) == 30, "one cell for each step"
graph_viz.draw(o)

# %% [markdown]
# ## Does the gradient arrive?
#
# Look once more at the recursion. Each step back multiplies by $diag(\vec{1}-\vec{h}\odot\vec{h})\,W$. A product of 60
# such matrices goes to 0 (the gradient *vanishes*) or grows (it *explodes*); to keep its size each factor would have to
# be just right.
#
# **Predict first.** A fresh network has weights between $\pm 1/\sqrt{H}$. Which of the two is it?


# %%
def reach(cell, T=60, D=4):
    """How much of a gradient at the last state is left at each state before it, relative to where it started."""
    rng = np.random.default_rng(1)
    state, carried = None, []
    for x_t in rng.normal(size=(T, 20, D)):  # 20 sequences of noise
        state = cell(x_t, state)
        h_t, c_t = state if isinstance(state, tuple) else (state, state)
        carried.append(c_t)  # in an LSTM that is C_t
    arrived = az.gradient(h_t, carried, rng.normal(size=h_t.shape))
    return np.array([np.linalg.norm(g) for g in arrived]) / np.linalg.norm(arrived[-1])


# %%
H, cells = 32, {}
for factor in (1, 2, 3):
    cell = az.nn.SimpleRNNCell(4, H, rng=np.random.default_rng(0))
    cell.W.data = factor * cell.W.data
    cells[f"SimpleRNN, {factor} · W" if factor > 1 else "SimpleRNN"] = reach(cell)
for name, left in cells.items():
    print(f"{name:<17} left after 10 steps {left[-11]:8.1e}   20 steps {left[-21]:8.1e}   59 steps {left[0]:8.1e}")
assert cells["SimpleRNN"][-21] < 1e-4 and cells["SimpleRNN"][0] < np.finfo(np.float32).eps, "it vanishes"
assert cells["SimpleRNN, 3 · W"][0] > 20 and 0.1 < cells["SimpleRNN, 2 · W"][0] < 10, "or grows, with larger weights"

# %% [markdown]
# It vanishes: after twenty steps less than a ten-thousandth is left, and after 59 nothing that a float32 sum would
# notice. With weights three times as large it grows instead. With weights twice as large it happens to keep its size.
#
# ## A gate
#
# The LSTM (long short-term memory) keeps a second state $\vec{C}_t$. From one step to the next it is multiplied,
# element by element, by a *forget gate* between 0 and 1, and something is added to it; no matrix stands in between.

# %%
steps = ("lstm.C", "lstm.y", "lstm.f", "lstm.i", "lstm.o", "lstm.G")
Markdown("\n\n".join(displayed(errata.find(f"recurrent.{step}").latex) for step in steps))

# %%
lstm = az.nn.LSTMCell(2, 3, bias=False, rng=np.random.default_rng(0))
start = az.Tensor(np.zeros((1, 3)), name="h_t"), az.Tensor(np.ones((1, 3)), name="C_t")
h_next, C_next = lstm(az.Tensor(np.ones((1, 2)), name="x_t"), start)
graph_viz.draw([h_next.named("h_{t+1}"), C_next.named("C_{t+1}")])

# %% [markdown]
# ### One step back, by hand
#
# Go through the picture backwards, from its two results. Each of them brings its *upstream gradient*, and each
# operation multiplies by its *local* one. Write $\vec{a}^k_t = W_k\vec{h}_t + U_k\vec{x}_t$ for what goes into gate $k$.
# Beside each step stands what the picture has grown to, with single numbers in place of vectors. Let 1 be what arrives at
# $h_{t+1}$, and 0.5 what arrives at $C_{t+1}$ from the next step; under a name stands first the value, then the gradient.
#
# **1.** $\vec{h}_{t+1} = \vec{o}_t\odot\tanh(\vec{C}_{t+1})$ is a product: the gate gets the other factor. So does the
# other factor; and $\vec{C}_{t+1}$ is used once more, by the next step, so that two contributions are added:
#
# $$\frac{\partial L}{\partial\vec{o}_t} = \frac{\partial L}{\partial\vec{h}_{t+1}}\odot\tanh(\vec{C}_{t+1}) \qquad
# \frac{\partial L}{\partial\vec{C}_{t+1}} = \underbrace{\frac{\partial L}{\partial\vec{C}_{t+2}}\odot\vec{f}_{t+1}}_{\text{from the next step}} +
# \underbrace{\frac{\partial L}{\partial\vec{h}_{t+1}}\odot\vec{o}_t\odot\big(\vec{1}-\tanh(\vec{C}_{t+1})\odot\tanh(\vec{C}_{t+1})\big)}_{\text{through } \vec{h}_{t+1}}$$


# %%
def begins(h, C):
    """The sum whose gradient brings 1 to h and 0.5 to C: what stands in for all later steps."""
    L = (1.0 * h + 0.5 * C).named("later steps")
    L.backward(retain_grads=True)
    return L


def numbers(**values):
    """A leaf for each of these, by its name."""
    return [az.Tensor(value, name=f"{letter}_t") for letter, value in values.items()]


(o,) = numbers(o=0.6)
C_next = az.Tensor(0.5, name="C_{t+1}")
h_next = (o * np.tanh(C_next)).named("h_{t+1}")
drawn = begins(h_next, C_next)
assert np.isclose(o.grad, np.tanh(0.5)) and np.isclose(C_next.grad, 0.5 + 0.6 * (1 - np.tanh(0.5) ** 2)), "step 1"
graph_viz.draw(drawn, values=True, gradients=True)

# %% [markdown]
# **2.** $\vec{C}_{t+1} = \vec{f}_t\odot\vec{C}_t + \vec{i}_t\odot\vec{G}_t$ is a sum of two products:
#
# $$\frac{\partial L}{\partial\vec{f}_t} = \frac{\partial L}{\partial\vec{C}_{t+1}}\odot\vec{C}_t \qquad
# \frac{\partial L}{\partial\vec{i}_t} = \frac{\partial L}{\partial\vec{C}_{t+1}}\odot\vec{G}_t \qquad
# \frac{\partial L}{\partial\vec{G}_t} = \frac{\partial L}{\partial\vec{C}_{t+1}}\odot\vec{i}_t$$
#
# And $\vec{C}_t$ gets $\partial L/\partial\vec{C}_{t+1}\odot\vec{f}_t$, which is the part "from the next step" of step 1, one step earlier.


# %%
def carried_on(f, i, o, G, C):
    """The two results of a step, out of gates and of the state before."""
    C_next = (f * C + i * G).named("C_{t+1}")
    return (o * np.tanh(C_next)).named("h_{t+1}"), C_next


f, i, o, G, C = numbers(f=0.9, i=0.4, o=0.6, G=-0.1, C=0.6)
h_next, C_next = carried_on(f, i, o, G, C)
drawn = begins(h_next, C_next)
hand = [float(C_next.grad * local) for local in (0.6, -0.1, 0.4, 0.9)]
assert np.allclose([float(t.grad) for t in (f, i, G, C)], hand), "step 2"
graph_viz.draw(drawn, values=True, gradients=True)

# %% [markdown]
# **3.** The slope of a sigmoid $k = f, i, o$ is $k(1-k)$, and that of tanh is $1 - G^2$ (chapter 04):
#
# $$\frac{\partial L}{\partial\vec{a}^k_t} = \frac{\partial L}{\partial\vec{k}_t}\odot\vec{k}_t\odot(\vec{1}-\vec{k}_t) \qquad
# \frac{\partial L}{\partial\vec{a}^g_t} = \frac{\partial L}{\partial\vec{G}_t}\odot(\vec{1}-\vec{G}_t\odot\vec{G}_t)$$

# %%
before = [az.Tensor(value, name=f"a{k}") for k, value in zip("ᶠⁱᵒᵍ", (2.2, -0.4, 0.4, -0.1), strict=True)]
opened = [az.nn.sigmoid(a).named(f"{k}_t") for a, k in zip(before, "fio", strict=False)]
G, (C,) = np.tanh(before[3]).named("G_t"), numbers(C=0.6)
drawn = begins(*carried_on(*opened, G, C))
slopes = [k.data * (1 - k.data) for k in opened] + [1 - G.data**2]
pairs = zip(before, [*opened, G], slopes, strict=True)
assert all(np.isclose(a.grad, k.grad * slope) for a, k, slope in pairs), "step 3"
graph_viz.draw(drawn, values=True, gradients=True)

# %% [markdown]
# **4.** $\vec{h}_t$ and $\vec{x}_t$ go into four linear layers (chapter 08), so each gets four contributions:
#
# $$\frac{\partial L}{\partial\vec{h}_t} = \frac{\partial L_t}{\partial\vec{h}_t} + \sum_{k=f,i,o,g}\frac{\partial L}{\partial\vec{a}^k_t}\,W_k \qquad
# \frac{\partial L}{\partial\vec{x}_t} = \sum_{k=f,i,o,g}\frac{\partial L}{\partial\vec{a}^k_t}\,U_k$$
#
# **Through time.** With $\partial L/\partial\vec{h}_t$ and with $\partial L/\partial\vec{C}_{t+1}\odot\vec{f}_t$ one is back at
# step 1, for $t-1$. At the end of the sequence nothing comes from later. All steps share the weights:
#
# $$\frac{\partial L}{\partial W_k} = \sum_{t=0}^{T-1}\vec{h}_t\,\frac{\partial L}{\partial\vec{a}^k_t} \qquad
# \frac{\partial L}{\partial U_k} = \sum_{t=0}^{T-1}\vec{x}_t\,\frac{\partial L}{\partial\vec{a}^k_t}$$
#
# So the last two pictures are one step with all that goes into it, where four arrows come back to $h_t$ and to $x_t$; and three
# steps, of which one is drawn, with arrows on the dashed edges that go from step to step.

# %%
tiny = az.nn.LSTMCell(1, 1, bias=False, rng=np.random.default_rng(0))
h, C, x = (az.Tensor([value], name=name) for value, name in ((0.3, "h_t"), (0.6, "C_t"), (1.0, "x_t")))
h_next, C_next = tiny(x, (h, C))
drawn = begins(h_next.named("h_{t+1}"), C_next.named("C_{t+1}"))
by_gate = {k: next(node for node in az.Tape(drawn) if node.name == f"{k}_t") for k in "fioG"}
slopes = {k: 1 - node.data**2 if k == "G" else node.data * (1 - node.data) for k, node in by_gate.items()}
into = {k.lower(): node.grad * slopes[k] for k, node in by_gate.items()}
weights = dict(tiny.named_parameters())
assert np.isclose(h.grad, sum(into[k] * weights[f"W_{k}"].data.item() for k in "fiog")), "step 4, by h"
assert np.isclose(x.grad, sum(into[k] * weights[f"U_{k}"].data.item() for k in "fiog")), "step 4, by x"
graph_viz.draw(drawn, gradients=True)

# %%
state, read = None, az.Tensor(np.array([[1.0], [-1.0], [0.5]]), name="x")
for t in range(3):
    state = tiny(read[t], state)
L = np.sum(state[0]).named("L")
L.backward(retain_grads=True)
assert all(weight.grad is not None for weight in weights.values()), "each weight has the sum over three steps"
graph_viz.draw(L, gradients=True)

# %% [markdown]
# In NumPy the four steps are four paragraphs. (Gradients have the layout of their parameters there, the transpose of the
# document's, and `da @ W` is the row times the matrix.)


# %%
def lstm_back(w, x, g):
    """The gradients of Σ g_t · h_{t+1} by the weights w of an LSTM and by x, from the states 0."""
    made, h, C = [], np.zeros(g.shape[1]), np.zeros(g.shape[1])
    for x_t in x:
        f, i, o = (az.nn.sigmoid(w[f"W_{k}"] @ h + w[f"U_{k}"] @ x_t) for k in "fio")
        G = np.tanh(w["W_g"] @ h + w["U_g"] @ x_t)
        made.append((h, C, f, i, o, G, f * C + i * G))
        C = f * C + i * G
        h = o * np.tanh(C)

    by, dh, dC = {name: np.zeros_like(weight) for name, weight in w.items()} | {"x": np.zeros_like(x)}, 0.0, 0.0
    for t in reversed(range(len(x))):
        h, C, f, i, o, G, C_next = made[t]
        dh = dh + g[t]  # what h_{t+1} is told: by later steps, and by the loss at once

        do = dh * np.tanh(C_next)
        dC = dC + dh * o * (1 - np.tanh(C_next) ** 2)

        df, di, dG = dC * C, dC * G, dC * i

        da = {"f": df * f * (1 - f), "i": di * i * (1 - i), "o": do * o * (1 - o), "g": dG * (1 - G**2)}

        for k in da:
            by[f"W_{k}"] += np.outer(da[k], h)
            by[f"U_{k}"] += np.outer(da[k], x[t])
        by["x"][t] = sum(da[k] @ w[f"U_{k}"] for k in da)
        dh, dC = sum(da[k] @ w[f"W_{k}"] for k in da), dC * f
    return by


# %%
def against_tape(cell, by_hand, T=7):
    """The largest difference between the gradients by hand and by the tape, over T steps."""
    rng = np.random.default_rng(3)
    x, g = az.Tensor(rng.normal(size=(T, 2))), rng.normal(size=(T, 3))
    state, L = None, 0.0
    for t in range(T):
        state = cell(x[t], state)
        L = L + np.sum(g[t] * (state[0] if isinstance(state, tuple) else state))
    weights = dict(cell.named_parameters())
    tape = dict(zip([*weights, "x"], az.gradient(L, [*weights.values(), x]), strict=True))
    hand = by_hand({name: weight.data for name, weight in weights.items()}, x.data, g)
    return max(np.abs(hand[name] - tape[name]).max() for name in tape)


off = {"LSTM": against_tape(lstm, lstm_back)}
print(f"LSTM, 8 matrices and x over 7 steps: by hand − tape {off['LSTM']:.0e} at most")
assert off["LSTM"] < 1e-13

# %% [markdown]
# ## Two kinds of paths
#
# From $\vec{C}_{t+1}$ back to $\vec{C}_t$ there is a *direct path*: a plus, and a multiplication by $\vec{f}_t$. Over many
# steps it leaves the product of the forget gates, $\vec{f}_t\odot\vec{f}_{t+1}\odot\dots$ If they are open, near 1, the
# gradient passes. But it is not the only way. $\vec{C}_t$ is also in $\vec{h}_t$, which *all four gates* read, and they make
# $\vec{C}_{t+1}$. So one step back is a sum:
#
# $$\frac{d\vec{C}_{t+1}}{d\vec{C}_t} = \underbrace{diag(\vec{f}_t)}_{\text{direct}} +
# \underbrace{\frac{\partial\vec{C}_{t+1}}{\partial\vec{h}_t}\,\frac{\partial\vec{h}_t}{\partial\vec{C}_t}}_{\vec{C}\,\to\,\vec{h}\,\to\text{ gates}}$$
#
# In the second part stand the matrices $W_k$, so it may shrink or grow, as in a SimpleRNN. The direct path alone is
# easily had: cut the others, by handing on $\vec{h}_t$ as a plain array.
#
# **Predict first.** In a fresh LSTM all forget gates are about $\sigma(0) = \frac12$; a bias $b_f$ opens them. What is left
# of a gradient after 59 steps, on the direct path and on all paths, for $b_f = 0$, 2 and 4?


# %%
def paths(cell, direct, T=60, D=4):
    """What reaches C_1 ... C_T of a gradient at h_T, by the direct path or by all, relative to C_T; and the gates f."""
    rng = np.random.default_rng(1)
    state, carried = None, []
    for x_t in rng.normal(size=(T, 20, D)):
        state = cell(x_t, (state[0].detach(), state[1]) if direct and state else state)
        carried.append(state[1])
    arrived = az.gradient(state[0], carried, rng.normal(size=state[0].shape))
    gates = [node.data for node in az.Tape(state[0]) if node.name == "f_t"]
    return arrived, gates


# %%
left, open_by, product_of_gates = {}, {}, {}
for b_f in (0, 2, 4):
    cell = az.nn.LSTMCell(4, H, rng=np.random.default_rng(0))
    cell.b_f.data = np.full(H, float(b_f))
    for direct in (True, False):
        arrived, forget = paths(cell, direct)
        left[b_f, direct] = np.array([np.linalg.norm(g) for g in arrived]) / np.linalg.norm(arrived[-1])
        if direct:
            product_of_gates[b_f] = np.allclose(arrived[0], arrived[-1] * np.prod(forget[1:], axis=0), atol=0)
            open_by[b_f] = np.mean(forget)
    print(f"b_f = {b_f}   gates {open_by[b_f]:.2f} open   left after 59 steps: ", end="")
    print(f"direct {left[b_f, True][0]:7.1e}   all paths {left[b_f, False][0]:7.1e}")
    assert product_of_gates[b_f], "the direct path is the product of the forget gates"

# %%
fig, axes = plt.subplots(1, 2, figsize=(7.4, 3.4), sharey=True)
back = np.arange(60)[::-1]
for (name, share), style in zip(cells.items(), ("-", "--", ":"), strict=True):
    axes[0].semilogy(back, share, style, label=name)
for b_f, marker, colour in zip((0, 2, 4), "os^", plt.rcParams["axes.prop_cycle"].by_key()["color"][3:6], strict=True):
    for direct, style in ((False, "-"), (True, ":")):
        label = f"b_f = {b_f}, {'direct' if direct else 'all paths'}"
        axes[1].semilogy(back, left[b_f, direct], marker + style, color=colour, markevery=8, markersize=4, label=label)
axes[0].set(ylabel="share of the gradient left", title="SimpleRNN", ylim=(1e-19, 1e5))
axes[1].set(title="LSTM")
for ax in axes:
    ax.set(xlabel="steps back in time")
    ax.legend(fontsize=7, loc="lower left")
fig.suptitle("Open gates keep the direct path; the paths through h are added to it")
plt.show()

assert left[0, True][0] < 1e-16 and 1e-13 < left[0, False][0] < 1e-10, "half open: all vanish, the direct path faster"
assert left[2, True][0] < 1e-2 < 0.2 < left[2, False][0] < 1, "in between"
assert 1e5 < left[0, False][0] / left[0, True][0] < 1e7, "by a factor of about a million"
assert 0.2 < left[4, True][0] < 0.5 and 10 < left[4, False][0] < 20, "open: the direct path is left, all together grow"
growth = left[4, False][0] ** (1 / 59)
assert open_by[4] < 0.99 < 1.02 < growth < 1.06

# %% [markdown]
# - $b_f = 0$: the direct path leaves $\frac12$ to the power of 59, about $10^{-17}$. All paths together leave a million
#   times as much, and it is still nothing. It is not the *name* LSTM that helps.
# - $b_f = 4$: a third is left on the direct path alone. On all paths together the gradient has *grown*, to 14 times
#   what it was: each step multiplies by about 1.05, though no gate is above 1. What is more than the gate comes through
#   $\vec{h}$.
#
# So the forget gates decide what arrives on the one path that has no matrix in it. What comes on the other paths may
# vanish or grow, as it does in a SimpleRNN; and against growth one cuts gradients down to a largest length
# (`clip_grad_norm`, below). One starts the gates open, with a positive $b_f$. (The document's LSTM has no biases; to open
# its gates it has to learn that.)
#
# ### What is misprinted
#
# The gradient by $\vec{C}_t$ is the one formula of the LSTM's backward pass that is wrong whichever way one reads it:

# %%
explained("recurrent.lstm.dC")

# %% [markdown]
# **By hand.** Where does $\vec{C}_t$ occur? In $\vec{C}_{t+1} = \vec{f}_t\odot\vec{C}_t + \dots$, which gives the first
# term. And in $\vec{h}_t = \vec{o}_{t-1}\odot tanh(\vec{C}_t)$: the formula of $\vec{h}_{t+1}$ with every $t$ one less.
# So $\partial L/\partial\vec{h}_t$ meets $\vec{o}_{t-1}$ and $\vec{C}_t$. Printed are $\vec{o}_t$ and $\vec{C}_{t+1}$,
# which belong to $\vec{h}_{t+1}$. Again it is the time that does not fit. See it on two steps of an LSTM whose states are
# single numbers, with $L = h_1 + h_2$:

# %%
cell = az.nn.LSTMCell(1, 1, bias=False, rng=np.random.default_rng(0))
h_1, C_1 = cell(np.array([2.0]))
h_2, C_2 = cell(np.array([-1.0]), (h_1, C_1))
L = np.sum(h_1 + h_2)
L.backward(retain_grads=True)
f_1 = [node.data for node in az.Tape(L) if node.name == "f_t"][1]
o_0, o_1 = (node.data for node in az.Tape(L) if node.name == "o_t")
as_printed = C_2.grad * f_1 + h_1.grad * o_1 * (1 - np.tanh(C_2.data) ** 2)
as_it_should = C_2.grad * f_1 + h_1.grad * o_0 * (1 - np.tanh(C_1.data) ** 2)
print(f"∂L/∂C_1: as printed {as_printed[0]:.6f}   as it should be {as_it_should[0]:.6f}   tape {C_1.grad[0]:.6f}")
assert abs(as_it_should - C_1.grad) < 1e-12 and abs(as_printed - C_1.grad) > 0.02

# %% [markdown]
# The other corrections of the family are readings. $diag$ of an outer product again; transposes that were left out;
# and in the LSTM and the GRU the parameter-pass lost the sum over $t$ that the SimpleRNN has.
#
# ### A gated recurrent unit
#
# The GRU does with one state what the LSTM does with two; $\vec{1} - \vec{z}_t$ is its forget gate.

# %%
steps = ("gru.y", "gru.c", "gru.z", "gru.r")
Markdown("\n\n".join(displayed(errata.find(f"recurrent.{step}").latex) for step in steps))

# %% [markdown]
# In $W_c\vec{r}_t\odot\vec{h}_t$ it matters what comes first. By the usual rules the matrix does; but the printed
# gradient of $W_c$ begins with $(\vec{r}_t\odot\vec{h}_t)$, so that the gate is meant to come first. It is no mere
# detail: there are GRUs of both kinds. Ours is the document's, and has `reset_after=True` for the other.

# %%
explained("recurrent.gru.c")

# %% [markdown]
# **One step back, by hand.** $\vec{h}_t$ is used in five places: in the sum itself, beside $\vec{r}_t$, and by the gates $z$
# and $r$; and at once by the loss. First the sum, then what stands in the bracket, which we call
# $\vec{b}_t = \vec{r}_t\odot\vec{h}_t$; the slopes of $\vec{a}^c_t$, $\vec{a}^z_t$ and $\vec{a}^r_t$ are as above.
#
# $$\frac{\partial L}{\partial\vec{z}_t} = \frac{\partial L}{\partial\vec{h}_{t+1}}\odot(\vec{c}_t-\vec{h}_t) \qquad
# \frac{\partial L}{\partial\vec{c}_t} = \frac{\partial L}{\partial\vec{h}_{t+1}}\odot\vec{z}_t \qquad
# \frac{\partial L}{\partial\vec{b}_t} = \frac{\partial L}{\partial\vec{a}^c_t}\,W_c \qquad
# \frac{\partial L}{\partial\vec{r}_t} = \frac{\partial L}{\partial\vec{b}_t}\odot\vec{h}_t$$
#
# As before with single numbers, and 1 for what arrives. First the sum alone:

# %%
z, c, h = numbers(z=0.7, c=-0.2, h=0.5)
h_next = ((1 - z) * h + z * c).named("h_{t+1}")
h_next.backward(retain_grads=True)
assert np.allclose([float(t.grad) for t in (z, c, h)], [-0.2 - 0.5, 0.7, 1 - 0.7]), "the sum"
graph_viz.draw(h_next, values=True, gradients=True)

# %% [markdown]
# Then $c_t$ is made, of $W_c = 0.8$, of the bracket and of $U_cx_t = 0.1$; the second way back to $h_t$ is there:

# %%
z, r, h = numbers(z=0.7, r=0.4, h=0.5)
W_c, b = az.Tensor(0.8, name="W_c"), (r * h).named("b_t")
c = np.tanh(W_c * b + 0.1).named("c_t")
h_next = ((1 - z) * h + z * c).named("h_{t+1}")
h_next.backward(retain_grads=True)
by_b = 0.7 * (1 - c.data**2) * 0.8
assert np.isclose(b.grad, by_b) and np.isclose(r.grad, by_b * 0.5), "the bracket"
assert np.isclose(h.grad, (1 - 0.7) + by_b * 0.4), "two of the ways back to h_t"
graph_viz.draw(h_next, values=True, gradients=True)

# %% [markdown]
# The gates $z$ and $r$ are the other two, like those of the LSTM. All in all, with what the loss says at once:
#
# $$\frac{\partial L}{\partial\vec{h}_t} = \frac{\partial L_t}{\partial\vec{h}_t} +
# \frac{\partial L}{\partial\vec{h}_{t+1}}\odot(\vec{1}-\vec{z}_t) +
# \frac{\partial L}{\partial\vec{b}_t}\odot\vec{r}_t + \frac{\partial L}{\partial\vec{a}^z_t}\,W_z + \frac{\partial L}{\partial\vec{a}^r_t}\,W_r$$
#
# Through time it is the same loop: the last formula gives what step $t-1$ begins with, and the contributions to the
# weights are summed over $t$.


# %%
def gru_back(w, x, g):
    """The gradients of Σ g_t · h_{t+1} by the weights w of a GRU and by x, from the state 0."""
    made, h = [], np.zeros(g.shape[1])
    for x_t in x:
        z, r = (az.nn.sigmoid(w[f"W_{k}"] @ h + w[f"U_{k}"] @ x_t) for k in "zr")
        c = np.tanh(w["W_c"] @ (r * h) + w["U_c"] @ x_t)
        made.append((h, z, r, c))
        h = (1 - z) * h + z * c

    by, dh = {name: np.zeros_like(weight) for name, weight in w.items()} | {"x": np.zeros_like(x)}, 0.0
    for t in reversed(range(len(x))):
        h, z, r, c = made[t]
        dh = dh + g[t]
        da = {"c": dh * z * (1 - c**2), "z": dh * (c - h) * z * (1 - z)}
        db = da["c"] @ w["W_c"]
        da["r"] = db * h * r * (1 - r)
        for k, read in (("c", r * h), ("z", h), ("r", h)):
            by[f"W_{k}"] += np.outer(da[k], read)
            by[f"U_{k}"] += np.outer(da[k], x[t])
        by["x"][t] = sum(da[k] @ w[f"U_{k}"] for k in da)
        dh = dh * (1 - z) + db * r + da["z"] @ w["W_z"] + da["r"] @ w["W_r"]
    return by


off["GRU"] = against_tape(az.nn.GRUCell(2, 3, bias=False, rng=np.random.default_rng(0)), gru_back)
print(f"GRU, 6 matrices and x over 7 steps: by hand − tape {off['GRU']:.0e} at most")
assert off["GRU"] < 1e-13

# %% [markdown]
# ## Do the three agree?
#
# $\partial L/\partial f_t$ and the like are the document's gradients of what is in between. (Layers on top of each
# other, both directions and lengths are checked by `autograd-zoo check recurrent`.)

# %%
report = az.zoo.check("simple_rnn", "lstm", "gru", seeds=[0])
assert report.ok, "tape, closed forms and differences agree"
wrong = {j.formula.id.removeprefix("recurrent.") for j in report.errata if j.verdict == "wrong"}
misprints = {"simple_rnn.dW", "simple_rnn.dU", "simple_rnn.dV", "lstm.dC", "lstm.claim.recursion"}
assert wrong == misprints, "the other errata are readings, all of the GRU's too"
assert {name for name in wrong if name.startswith("lstm.d")} == {"lstm.dC"}, "one gradient of the LSTM"
report

# %% [markdown]
# ## Gates over time
#
# Give an LSTM with a *single* number of state a job for which it needs its gates. At each step it reads a value and a
# mark, which is mostly 0. It shall always say the value that was marked last.
#
# **Predict first.** What should the forget gate do at a mark, and what in between? And the input gate?


# %%
def marked(rng, T=20, N=32):
    """Values and marks (T, N, 2), and for each step the value that was marked last."""
    value, mark = rng.uniform(-1, 1, (T, N)), rng.random((T, N)) < 0.15
    mark[0] = True
    last = np.maximum.accumulate(np.where(mark, np.arange(T)[:, None], 0))  # when the last mark was
    return np.stack([value, mark], axis=-1), np.take_along_axis(value, last, axis=0)


# %%
rng = np.random.default_rng(0)
keeper, out = az.nn.LSTM(2, 1, rng=rng), az.nn.Linear(1, 1, rng=rng)
adam = az.optim.Adam([*keeper.parameters(), *out.parameters()], lr=0.05)
errors = []
for _ in range(150):
    given, wanted = marked(rng)
    with az.fused():
        loss = np.mean((out(keeper(given)[0])[..., 0] - wanted) ** 2)
    adam.zero_grad()
    loss.backward()
    adam.step()
    errors.append(loss.item())
print(f"mean squared error: {errors[0]:.3f} at first, {np.mean(errors[-10:]):.3f} at the end")
assert np.mean(errors[-10:]) < 0.1 * errors[0]

# %% [markdown]
# The gates are on the tape, under the document's names.

# %%
given, wanted = marked(np.random.default_rng(5), T=30, N=1)
said = out(keeper(given)[0])
gate = {name: [n.item() for n in az.Tape(said) if n.name == name] for name in ("f_t", "i_t")}
at = given[:, 0, 1] == 1
fig, (top, below) = plt.subplots(2, 1, figsize=(7, 3.5), sharex=True)
top.plot(given[:, 0, 0], ".", color="grey", label="value read")
top.plot(np.flatnonzero(at), given[at, 0, 0], "o", color="black", fillstyle="none", label="marked")
top.plot(said.data[:, 0, 0], drawstyle="steps-mid", label="what it says")
below.plot(gate["f_t"], "s-", markersize=4, label="forget gate f")
below.plot(gate["i_t"], "^--", markersize=4, label="input gate i")
top.set(ylabel="value", title="It keeps what was marked: the gates change places there")
below.set(xlabel="t", ylabel="gate", ylim=(-0.05, 1.05))
for ax in (top, below):
    ax.legend(fontsize=8, loc="center left", bbox_to_anchor=(1, 0.5))
plt.show()
marks = at[1:]  # at the first step there is nothing to be forgotten
f_, i_ = (np.array(gate[name])[1:] for name in ("f_t", "i_t"))
assert f_[marks].max() < 0.4 < 0.8 < f_[~marks].min() and i_[~marks].max() < 0.3 < 0.6 < i_[marks].min(), "gates"

# %% [markdown]
# Only the loss told it. Between marks $f$ is near 1 and $i$ near 0: keep, and let (nearly) nothing in. At a mark they
# change places.
#
# **Try it.** How does the gradient of what it says at the end travel back through these gates? Move along the steps. The
# forget gates that it has to pass light up, and below stands what is left of it.

# %%
picture = gates(out(keeper(given[:18])[0])[-1].sum())
last_mark = np.flatnonzero(at[:18])[-1]
way = picture["what step t makes, C[t+1]"][1]
lost = np.abs(way[last_mark - 1] / way[last_mark])
print(f"the last mark is at step {last_mark}; of the gradient there {lost:.0%} is left one step before")
assert last_mark < 12 and lost < 0.4 < np.abs(way[last_mark] / way[-1]), "it passes, and ends at the last mark"
picture

# %% [markdown]
# From the end back to the last mark the gates are open, and the gradient passes. At the mark the gate is nearly closed: what was
# there before hardly matters any more.
#
# ## Does vanishing matter?
#
# Only an experiment can tell. The first symbol of a sequence is $+1$ or $-1$; after it comes noise. At the very end
# the network shall say which it was. Guessing is right in half of the cases.


# %%
def noisy(rng, T, N=32):
    """Sequences (T, N, 3) of noise, in the first of which stands the sign to be remembered, and the signs."""
    x, sign = rng.normal(size=(T, N, 3)), rng.integers(0, 2, N)
    x[:, :, 0] = 0
    x[0, :, 0] = 2 * sign - 1
    return x.astype(np.float32), sign


# %%
def remembers(layer, T, b_f=None, H=16, lr=0.01):
    """How often the sign is right after 80 steps of training."""
    rng = np.random.default_rng(0)
    rnn, out = layer(3, H, rng=rng, dtype=np.float32), az.nn.Linear(H, 2, rng=rng, dtype=np.float32)
    if b_f is not None:
        rnn.cells[0].b_f.data = np.full(H, b_f, np.float32)
    adam = az.optim.Adam([*rnn.parameters(), *out.parameters()], lr=lr)
    for _ in range(80):
        x, sign = noisy(rng, T)
        with az.fused():
            loss = az.nn.softmax_cross_entropy(out(rnn(x)[0][-1]), sign)
        adam.zero_grad()
        loss.backward()
        az.optim.clip_grad_norm(adam.params, 1.0)
        adam.step()
    x, sign = noisy(np.random.default_rng(1), T, 1000)
    return np.mean(out(rnn(x)[0][-1]).argmax(-1) == sign)


# %%
kinds = {
    "SimpleRNN": (az.nn.SimpleRNN, None),
    "LSTM, gates half open": (az.nn.LSTM, 0.0),
    "LSTM, gates open": (az.nn.LSTM, 3.0),
}
right = {(name, T): remembers(layer, T, b_f) for name, (layer, b_f) in kinds.items() for T in (5, 30)}
for (name, T), share in right.items():
    print(f"{name:<22} {T:>3} steps: {share:.0%} right")
assert all(right[name, 5] > 0.95 for name in kinds), "all remember for five steps"
assert right["LSTM, gates open", 30] > 0.95 and right["SimpleRNN", 30] < 0.6 > right["LSTM, gates half open", 30]

# %% [markdown]
# Over five steps all of them remember. Over thirty only the LSTM whose gates start open does better than guessing. The
# others *could* remember, but no gradient tells them that there is anything to be remembered. Is it impossible then?
# Take twice the learning rate:

# %%
lucky = remembers(az.nn.SimpleRNN, 30, lr=0.02)
print(f"SimpleRNN, larger steps: {lucky:.0%} right")
assert lucky > 0.8

# %% [markdown]
# Larger steps may find the sign by chance, and once it is remembered, the gradient is there. A gradient that vanishes
# does not forbid anything. It leaves it to chance.
#
# ## A real task: reading
#
# A GRU reads the English text that comes with Python, and predicts each next character. It sees three hundred
# thousand characters, once. Frequencies of pairs (*bigrams*), counted on the same text, are what it has to beat. For
# that it must use more than the character before.

# %%
task = Text(seed=0, batch_size=64, steps=None, window=32)
rng = np.random.default_rng(0)
reader = Characters(az.nn.GRU, len(task.alphabet), embedding=16, hidden=64, rng=rng)
training = Training(reader, rng, lr=0.01, warmup=50, max_norm=1.0)
training.epoch(task.losses(reader, task.batches(rng)))
held_out = task.held_out(reader)
pairs = az.data.bits(task.test, len(task.alphabet), after=1, counted=task.text)
print(f"held-out text: GRU {held_out:.2f} bits for each character, pairs {pairs:.2f}")
assert 3e5 < len(task.text) < 4e5 and held_out < pairs - 0.1, "the GRU beats the counts of pairs"

# %% [markdown]
# How far back does it listen? Cut the held-out text into pieces, let it begin each piece without a memory, and look at
# the bits that it needs for the next character when it has read 1, 2, ... 40 of them.

# %%
length = 40
pieces = task.test[: (len(task.test) - 1) // length * length + 1]
x, y = (part.reshape(-1, length).T for part in (pieces[:-1], pieces[1:]))
with evaluation(reader):
    log_p = az.nn.log_softmax(reader(x)[0].data)
bits = -np.take_along_axis(log_p, y[..., None], axis=-1).mean(axis=(1, 2)) / np.log(2)
fig, ax = plt.subplots()
ax.plot(np.arange(1, length + 1), bits, "o-", markersize=4, label="GRU")
ax.axhline(pairs, color="black", linestyle="--", linewidth=1, label="counts of pairs")
ax.set(
    xlabel="characters read so far", ylabel="bits for the next one", title="A few characters of memory are worth most"
)
ax.legend()
plt.show()
assert bits[0] > pairs > bits[2:].max(), "worse at first, better after three characters"
assert bits[1] - bits[4:9].mean() > 0.7 * (bits[1] - bits[20:].mean()), "and most of it after five"

# %% [markdown]
# At first it does worse than the counts: in training it almost never met a state of zeros, for there the text did not
# begin anew. After three characters it does better, and it has most of its advantage after five: about a word. After a
# single pass through the text it writes like this:

# %%
prompt = az.data.encode("The function ", task.alphabet)
written = sample(reader, prompt, 160, rng=np.random.default_rng(3), temperature=0.6)
print(az.data.decode(written, task.alphabet))

# %% [markdown]
# (`autograd-zoo train text` trains a larger one for longer.)

# %% [markdown]
# ## Exercises
#
# Put your answer in the place of the `...` and run the cell: it says whether the answer is right, and if not, what to
# think about. After an attempt `print(az.lab.answer("11-1"))` shows the answer, and `az.lab.score()` what you have
# answered.
#
# **1.** $h_{t+1} = w\,h_t$ without a tanh, with $w = 0.9$. What is $\partial h_{20}/\partial h_0$?

# %%
answer_1 = ...
az.lab.exercise("11-1", answer_1)

# %% [markdown]
# **2.** Half of a gradient shall be left after 100 steps on the direct path, through the forget gates. How large must
# $b_f$ be, if it is all that the gate sees?

# %%
answer_2 = ...
az.lab.exercise("11-2", answer_2)

# %% [markdown]
# **3.** A scalar SimpleRNN has $W = 0.5$, $U = 1$, $h_0 = 0$, and reads $x = (0.6, -0.4, 0.2)$; the loss is $h_3$. Write
# BPTT for $\partial L/\partial U$ in NumPy. The answer is the number that comes out.

# %%
answer_3 = ...
az.lab.exercise("11-3", answer_3)

# %% [markdown]
# ## References
#
# - The document: "Zoo of Deep Learning Modules", Recurrent modules, rows SimpleRNN, LSTM and GRU.
# - P. Werbos, [Backpropagation through time: what it does and how to do it](https://doi.org/10.1109/5.58337), 1990.
# - S. Hochreiter and J. Schmidhuber, [Long short-term memory](https://doi.org/10.1162/neco.1997.9.8.1735), 1997; the
#   forget gate: F. Gers, J. Schmidhuber and F. Cummins, [Learning to forget](https://doi.org/10.1162/089976600300015015), 2000.
# - K. Cho and others, [Learning phrase representations using RNN encoder–decoder](https://arxiv.org/abs/1406.1078), 2014: the GRU.
# - R. Pascanu, T. Mikolov and Y. Bengio, [On the difficulty of training recurrent neural networks](https://arxiv.org/abs/1211.5063), 2013:
#   vanishing and exploding gradients, and clipping.
# - R. Jozefowicz, W. Zaremba and I. Sutskever, [An empirical exploration of recurrent network architectures](https://proceedings.mlr.press/v37/jozefowicz15.html), 2015:
#   forget gates that start open.
# - Dive into Deep Learning, [Recurrent neural networks](https://d2l.ai/chapter_recurrent-neural-networks/bptt.html) and
#   [LSTM](https://d2l.ai/chapter_recurrent-modern/lstm.html).
