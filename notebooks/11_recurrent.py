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
# # 11 What a network remembers
#
# A text may be as long as it likes, but a layer has a fixed number of inputs. A recurrent network reads one symbol at
# a time, always with the same weights, and keeps a *state* of what it has read. So the state must carry everything
# that will be needed later. And in training the gradient has to travel all the way back. Does it arrive?
#
# Afterwards you can say
#
# - what backpropagation through time is, and why the gradient of a weight is a sum over time;
# - which printed formulas of SimpleRNN, LSTM and GRU are wrong, and how one could have noticed;
# - why gradients vanish, what a gate can do about it, and when it does nothing.
#
# You need notebooks 01, 02 and 08. 20 minutes.

# %%
# %config InlineBackend.figure_formats = ["svg"]
import matplotlib.pyplot as plt
import numpy as np

import autograd_zoo as az
import graph_viz
from autograd_zoo import closed_form
from autograd_zoo.models import Characters
from autograd_zoo.notebook import Markdown, displayed, exercise, formulas, plots, source
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

# %%
h_0, h_1, h_2 = (state.item() for state in h)
a_1, a_2 = 1 - h_1**2, 1 - h_2**2
by_hand = {"W": a_2 * h_1 + a_2 * 0.5 * a_1 * h_0, "U": a_2 * -0.4 + a_2 * 0.5 * a_1 * 0.6}
print(f"∂L/∂W: by hand {by_hand['W']:.10f}   tape {W.grad:.10f}")
print(f"∂L/∂U: by hand {by_hand['U']:.10f}   tape {U.grad:.10f}")

# %% [markdown]
# ## What is printed
#
# Now with vectors, and an output $\vec{o}_t = V\vec{h}_t$ at each step. So $\vec{h}_t$ is heard twice: at once through
# $\vec{o}_t$, and later through $\vec{h}_{t+1}$.

# %%
formulas("simple_rnn")

# %% [markdown]
# The first correction is an old acquaintance (notebook 04): $diag$ of an outer product stands for the slopes of tanh.
# The other three are more interesting.
#
# **$\partial L/\partial V$: count the rows.** $V$ makes $\vec{o}_t$ of $\vec{h}_t$. A sum of $\vec{x}_t$ times a row
# has as many rows as $\vec{x}_t$ has elements, and $V$ knows nothing of those.
#
# **$\partial L/\partial W$ and $\partial L/\partial U$: count the time.** $W$ takes $\vec{h}_t$ to $\vec{h}_{t+1}$. As
# printed all three letters are $\vec{h}_t$: a state meets its *own* gradient. The shapes fit, so nobody complains. Try
# the shortest sequence there is, one step, from $h_0 = 0$. There is nothing to remember, so $W$ has no say: its
# gradient must be 0.


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

# %% [markdown]
# With $t = 0 \dots T-1$ the one step would pass; the two steps above it does not. No way of counting saves it. The zoo
# tries both, on vectors:

# %%
print(*errata.explain(errata.find("recurrent.simple_rnn.dW")), sep="\n")

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
graph_viz.draw(o)

# %% [markdown]
# ## Does the gradient arrive?
#
# Look once more at the recursion. Each step back multiplies by $diag(\vec{1}-\vec{h}\odot\vec{h})\,W$. A product of 60
# matrices does one of three things: it goes to 0, it grows without bound, or somebody has been very careful.
#
# **Predict first.** A fresh network has weights between $\pm 1/\sqrt{H}$. Which of the three is it?


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

# %% [markdown]
# It vanishes: after twenty steps less than a ten-thousandth is left, and after sixty nothing that a float32 sum would
# notice. With weights three times as large it *grows* instead. In between it is a matter of luck.
#
# ## A gate
#
# The LSTM keeps a second state $\vec{C}_t$, which no matrix ever touches. It is multiplied by a *forget gate* between 0
# and 1, and something is added to it; that is all.

# %%
steps = ("lstm.C", "lstm.y", "lstm.f", "lstm.i", "lstm.o", "lstm.G")
Markdown("\n\n".join(displayed(errata.find(f"recurrent.{step}").latex) for step in steps))

# %%
lstm = az.nn.LSTMCell(2, 3, bias=False, rng=np.random.default_rng(0))
start = az.Tensor(np.zeros((1, 3)), name="h_t"), az.Tensor(np.ones((1, 3)), name="C_t")
h_next, C_next = lstm(az.Tensor(np.ones((1, 2)), name="x_t"), start)
graph_viz.draw([h_next.named("h_{t+1}"), C_next.named("C_{t+1}")])

# %% [markdown]
# Follow the upper edge backwards, from $\vec{C}_{t+1}$ to $\vec{C}_t$: a plus, and a multiplication by $\vec{f}_t$. Over
# many steps that is the product of the forget gates. If they are open, near 1, the gradient passes.
#
# **Predict first.** So an LSTM's gradients do not vanish. Do they? In a fresh one all gates are about $\sigma(0)$. A
# bias $b_f$ opens them.

# %%
for b_f in (0.0, 2.0, 4.0):
    cell = az.nn.LSTMCell(4, H, rng=np.random.default_rng(0))
    cell.b_f.data = np.full(H, b_f)
    cells[f"LSTM, b_f = {b_f:.0f}"] = reach(cell)
fig, ax = plt.subplots(figsize=(7, 3.4))
for (name, left), style in zip(cells.items(), ("-", "--", ":", "o-", "s-", "^-"), strict=True):
    ax.semilogy(np.arange(60)[::-1], left, style, label=name, markevery=8, markersize=5)
ax.set(xlabel="steps back in time", ylabel="share of the gradient left", ylim=(1e-14, 1e4))
ax.set(title="Through half-open gates it vanishes as it does without")
ax.legend(fontsize=8, ncols=2, loc="lower left")
plt.show()

# %% [markdown]
# With $b_f = 0$ the gates are half open, and $\frac12$ to the sixtieth is nothing, too. It is not the *name* LSTM that
# helps, but an open gate. Therefore one starts them open, with a positive $b_f$. (The document's LSTM has no biases; to
# open its gates it has to learn that.)
#
# ### What is misprinted
#
# The gradient along that upper edge is the one formula of the LSTM that is wrong whichever way one reads it:

# %%
print(*errata.explain(errata.find("recurrent.lstm.dC")), sep="\n")

# %% [markdown]
# **By hand.** Where does $\vec{C}_t$ occur? In $\vec{C}_{t+1} = \vec{f}_t\odot\vec{C}_t + \dots$, which gives the first
# term. And in $\vec{h}_t = \vec{o}_{t-1}\odot tanh(\vec{C}_t)$: the formula of $\vec{h}_{t+1}$ with every $t$ one less.
# So $\partial L/\partial\vec{h}_t$ meets $\vec{o}_{t-1}$ and $\vec{C}_t$. Printed are $\vec{o}_t$ and $\vec{C}_{t+1}$,
# which belong to $\vec{h}_{t+1}$. Again shapes fit and time does not. See it on two steps of an LSTM whose states are
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

# %% [markdown]
# The other corrections of the family are readings. $diag$ of an outer product again; transposes that were left out;
# and in the LSTM and the GRU the parameter-pass lost the sum over $t$ that the SimpleRNN has.
#
# The GRU does with one state what the LSTM does with two; $1 - z_t$ is its forget gate.

# %%
steps = ("gru.y", "gru.c", "gru.z", "gru.r")
Markdown("\n\n".join(displayed(errata.find(f"recurrent.{step}").latex) for step in steps))

# %% [markdown]
# In $W_c\vec{r}_t\odot\vec{h}_t$ it matters what comes first. By the usual rules the matrix does; but the printed
# gradient of $W_c$ begins with $(\vec{r}_t\odot\vec{h}_t)$, so that the gate is meant to come first. It is no mere
# detail: there are GRUs of both kinds. Ours is the document's, and has `reset_after=True` for the other.

# %%
print(*errata.explain(errata.find("recurrent.gru.c")), sep="\n")

# %% [markdown]
# ## Do the three agree?
#
# $\partial L/\partial f_t$ and the like are the document's gradients of what is in between. (Layers on top of each
# other, both directions and lengths are checked by `autograd-zoo check recurrent`.)

# %%
(report := az.zoo.check("simple_rnn", "lstm", "gru", seeds=[0]))

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

# %% [markdown]
# Nobody told it. Between marks $f \approx 1$ and $i \approx 0$: keep, and let nothing in. At a mark they change places.
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

# %% [markdown]
# Over five steps all of them remember. Over thirty only the LSTM whose gates start open does better than guessing. The
# others *could* remember, but no gradient tells them that there is anything to be remembered. Is it impossible then?
# Take twice the learning rate:

# %%
print(f"SimpleRNN, larger steps: {remembers(az.nn.SimpleRNN, 30, lr=0.02):.0%} right")

# %% [markdown]
# Larger steps may stumble upon the sign, and once it is remembered, the gradient is there. A gradient that vanishes
# does not forbid anything. It leaves it to luck.
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

# %% [markdown]
# At first it does worse than the counts: in training it almost never met a state of zeros, for there the text did not
# begin anew. After three characters it does better, and it has most of its advantage after five: about a word. After a
# single pass through the text it writes like this:

# %%
prompt = az.data.encode("The function ", task.alphabet)
written = sample(reader, prompt, 160, rng=np.random.default_rng(3), temperature=0.6)
print(az.data.decode(written, task.alphabet))

# %% [markdown]
# (`autograd-zoo train text` trains a larger one for longer, down to 2.0 bits.)
#
# ## Exercises
#
# **1.** $h_{t+1} = w\,h_t$ without a tanh, with $w = 0.9$. What is $\partial h_{20}/\partial h_0$?

# %%
answer_1 = ...

# %%
state = first = az.Tensor(1.0)
for _ in range(20):
    state = 0.9 * state
exercise(1, answer_1, az.gradient(state, [first])[0], "Each step multiplies by w: how many steps are there?")

# %% [markdown]
# <details><summary>Answer</summary>
#
# $w^{20} \approx 0.12$. With $w = 1.1$ it would be 6.7: there is little room between vanishing and growing.
#
# ```python
# answer_1 = 0.9**20
# ```
#
# </details>
#
# **2.** Half of a gradient shall be left after 100 steps through the forget gate. How large must $b_f$ be, if it is all
# that the gate sees?

# %%
answer_2 = ...

# %%
gate_value = 0.5 ** (1 / 100)
exercise(2, answer_2, np.log(gate_value / (1 - gate_value)), "f to the power of 100 is 1/2; and f = σ(b_f).")

# %% [markdown]
# <details><summary>Answer</summary>
#
# $f = 0.5^{1/100} \approx 0.993$, and $b_f = \sigma^{-1}(f) = \log\frac{f}{1-f} \approx 4.97$.
#
# ```python
# f = 0.5 ** (1 / 100)
# answer_2 = np.log(f / (1 - f))
# ```
#
# </details>
#
# **3.** A scalar SimpleRNN has $W = 0.5$, $U = 1$, $h_0 = 0$, and reads $x = (0.6, -0.4, 0.2)$; the loss is $h_3$. Write
# BPTT for $\partial L/\partial U$ in NumPy.

# %%
answer_3 = ...

# %%
U_ = az.Tensor(1.0)
state = 0.0
for value in (0.6, -0.4, 0.2):
    state = np.tanh(0.5 * state + U_ * value)
exercise(
    3, answer_3, az.gradient(state, [U_])[0], "dh = 1; at each step back add dh · (1 − h²) · x, then dh *= (1 − h²) W."
)

# %% [markdown]
# <details><summary>Answer</summary>
#
# Mind the order: the state that a step *made* gives the slope.
#
# ```python
# read, made = (0.6, -0.4, 0.2), [0.0]
# for value in read:
#     made.append(np.tanh(0.5 * made[-1] + value))
# answer_3, dh = 0.0, 1.0
# for t in reversed(range(3)):
#     da = dh * (1 - made[t + 1] ** 2)
#     answer_3 += da * read[t]
#     dh = da * 0.5
# ```
#
# </details>

# %% [markdown]
# ## What this notebook claims

# %%
assert abs(by_hand["W"] - W.grad) < 1e-12 and abs(by_hand["U"] - U.grad) < 1e-12, "by hand and by the tape agree"
assert short["1..T"] > 0.1 and short["0..T−1"] == 0, "one step from h_0 = 0 finds one way of counting"
assert all(abs(value - by_hand["W"]) > 0.05 for value in long.values()), "and two steps find both"
assert report.ok, "tape, closed forms and differences agree"
wrong = {j.formula.id.removeprefix("recurrent.") for j in report.errata if j.verdict == "wrong"}
misprints = {"simple_rnn.dW", "simple_rnn.dU", "simple_rnn.dV", "lstm.dC", "lstm.claim.recursion"}
assert wrong == misprints, "all other errata are readings"
assert all(j.verdict != "wrong" for j in report.errata if j.formula.id.startswith("recurrent.gru"))
assert abs(as_it_should - C_1.grad) < 1e-12 and abs(as_printed - C_1.grad) > 0.02
assert cells["SimpleRNN"][-21] < 1e-4 and cells["SimpleRNN"][0] < 1e-10, "it vanishes"
assert cells["SimpleRNN, 3 · W"][0] > 1 and cells["LSTM, b_f = 0"][0] < 1e-9, "or grows; half-open gates do not help"
assert cells["LSTM, b_f = 4"][0] > 0.1, "open gates do"
assert np.mean(errors[-10:]) < 0.1 * errors[0]
marks = at[1:]  # at the first step there is nothing to be forgotten
f_, i_ = (np.array(gate[name])[1:] for name in ("f_t", "i_t"))
assert f_[marks].max() < 0.4 < 0.8 < f_[~marks].min() and i_[~marks].max() < 0.3 < 0.6 < i_[marks].min(), "gates"
assert all(right[name, 5] > 0.95 for name in kinds), "all remember for five steps"
assert right["LSTM, gates open", 30] > 0.95 and right["SimpleRNN", 30] < 0.6 > right["LSTM, gates half open", 30]
assert held_out < pairs - 0.1, "the GRU beats the counts of pairs"
assert bits[0] > pairs > bits[2:].max(), "worse at first, better after three characters"
assert bits[1] - bits[4:9].mean() > 0.7 * (bits[1] - bits[20:].mean()), "and most of it after five"
