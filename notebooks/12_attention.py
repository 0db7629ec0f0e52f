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
# # 12 Looking where it matters
#
# A recurrent network squeezes everything that it has read into one state (notebook 11). Attention does not squeeze. It
# keeps all vectors, and whoever needs something looks for it among them. But "looking at one of them" is a choice, and
# a choice has no gradient. How can looking be learnt?
#
# Afterwards you can say
#
# - the gradients of attention by queries, keys and values, and how to read them;
# - why scores are divided by $\sqrt{d}$, and what happens without;
# - what a mask does to the gradient, and two ways to get it wrong.
#
# You need notebooks 03, 04 and 08. 20 minutes.

# %%
# %config InlineBackend.figure_formats = ["svg"]
import matplotlib.pyplot as plt
import numpy as np

import autograd_zoo as az
import graph_viz
from autograd_zoo import closed_form, models
from autograd_zoo.notebook import exercise, formulas, plots, source
from autograd_zoo.train import Sequences, Training, evaluation

plots()

# %% [markdown]
# ## A soft look-up
#
# Think of a dictionary. It has *keys* and *values*, and one asks it with a *query*. A dictionary returns the value
# whose key is equal to the query. Attention compares the query with *all* keys, and returns a weighted mean of all
# values; the weights are a softmax of the comparisons.

# %%
K = np.array([[4.0, 0.0], [0.0, 4.0], [4.0, 4.0]])  # three keys
V = np.array([[10.0], [20.0], [30.0]])  # and their values
for query in ([4.0, -4.0], [4.0, 4.0], [0.0, 0.0]):
    A = az.nn.softmax(np.array([query]) @ K.T / np.sqrt(2))
    print(f"query {query}   weights {A[0].round(3)}   answer {(A @ V).item():.2f}")

# %% [markdown]
# The first query gets (nearly) the first value, the second the third. The last one has nothing to say, and gets the
# mean of all. In between everything is smooth, so that it can be learnt by gradients.
#
# The document names query, key and value, and prints no formula for them. So these are ours, in its notation; the zoo
# judges them like the others. $S_{ij}$ is the *score* of query $i$ and key $j$, $A_{ij}$ the *weight*.

# %%
formulas("scaled_dot_product_attention", source="ours")

# %% [markdown]
# **By hand.** Go backwards along the picture below.
#
# 1. $\vec{y}_i = \sum_j A_{ij}\vec{v}_j$ is linear in the values. Each gets its share of the gradient:
#    $\frac{\partial L}{\partial\vec{v}_j} = \sum_i A_{ij}\frac{\partial L}{\partial\vec{y}_i}$.
# 2. It is linear in the weights, too: $\frac{\partial L}{\partial A_{ij}} = \frac{\partial L}{\partial\vec{y}_i}\vec{v}_j$.
# 3. Softmax, row by row, has the formula of notebook 04: $\frac{\partial L}{\partial S_{ij}} = A_{ij}\big(
#    \frac{\partial L}{\partial A_{ij}} - \sum_{j'}A_{ij'}\frac{\partial L}{\partial A_{ij'}}\big)$.
# 4. A score is a product, and each factor gets the other one, divided by $\sqrt{d}$.
#
# Read the third once more. In the bracket stands what value $j$ would do to the loss, minus the *mean* over all values.
# **A key gains weight if its value is better than the average of what one gets now.**

# %%
rng = np.random.default_rng(0)
T, S, d = 2, 4, 3
Q, K, V = (az.Tensor(rng.normal(size=(n, d)), name=name) for n, name in ((T, "Q"), (S, "K"), (S, "V")))
y = az.nn.scaled_dot_product_attention(Q, K, V).named("y")
graph_viz.draw(y)


# %%
def by_hand(g, Q, K, V):
    """∂L/∂Q, ∂L/∂K, ∂L/∂V of attention, in the four steps above."""
    A = az.nn.softmax(Q @ K.T / np.sqrt(Q.shape[1]))
    dV = A.T @ g
    dA = g @ V.T
    dS = A * (dA - np.sum(A * dA, axis=1, keepdims=True))
    return dS @ K / np.sqrt(Q.shape[1]), dS.T @ Q / np.sqrt(Q.shape[1]), dV


g = rng.normal(size=y.shape)
hand, tape = by_hand(g, Q.data, K.data, V.data), az.gradient(y, [Q, K, V], g)
for name, a, b in zip("QKV", hand, tape, strict=True):
    print(f"∂L/∂{name}: largest difference between hand and tape {np.max(np.abs(a - b)):.0e}")

# %% [markdown]
# The module is composed in the same few lines (with a mask and drop-out, to which we come), and the closed form goes
# back through the same four steps:

# %%
source(az.nn.scaled_dot_product_attention)

# %%
source(closed_form.attention.scaled_dot_product_attention_gradients)

# %% [markdown]
# ## What could be misprinted
#
# Nothing is printed here, so nothing is misprinted. But had we made a slip, would we have noticed? Three that are
# easily made, judged against differences:

# %%
A = az.nn.softmax(Q.data @ K.data.T / np.sqrt(d))
dA = g @ V.data.T
slips = {
    "∂L/∂Q, right": ("Q", hand[0]),
    "∂L/∂Q, √d forgotten": ("Q", hand[0] * np.sqrt(d)),
    "∂L/∂Q, no mean subtracted": ("Q", A * dA @ K.data / np.sqrt(d)),
    "∂L/∂V, right": ("V", hand[2]),
    "∂L/∂V, A normalized by column": ("V", (A / A.sum(axis=0)).T @ g),
}
given, errors, h = {"Q": Q.data, "K": K.data, "V": V.data}, {}, 1e-6
for name, (which, formula) in slips.items():
    slope = np.zeros_like(given[which])
    for place in np.ndindex(slope.shape):
        step = np.zeros_like(slope)
        step[place] = h
        up, down = (az.nn.scaled_dot_product_attention(**{**given, which: given[which] + s * step}) for s in (1, -1))
        slope[place] = np.sum(g * (up - down)) / (2 * h)
    errors[name] = np.max(np.abs(formula - slope)) / np.max(np.abs(slope))
    print(f"{name:<30} error {errors[name]:.0e}")

# %% [markdown]
# All of them have the right shape. With the first one a network would even learn: its queries would only move in steps
# $\sqrt{d}$ times as large, and nobody would look for the reason there.
#
# And here are ours, with all their relatives: *additive* attention (an older way to compare, by a small network), many
# heads, embeddings, positions, and the layers of a Transformer.

# %%
(report := az.zoo.check("attention", seeds=[0]))

# %% [markdown]
# ## Why $\sqrt{d}$?
#
# A score is a sum of $d$ products. If the elements of queries and keys are about 1 in size, the sum is about $\sqrt{d}$
# in size, for random signs do not add up. Large scores make softmax choose: nearly all weight goes to one key.
#
# **Predict first.** What happens to the gradient then? (Step 3 above: let one weight of a row be 1.)

# %%
lengths, largest, arrives = (1, 4, 16, 64, 256, 1024), {}, {}
for scaled in (True, False):
    rng = np.random.default_rng(0)
    for length in lengths:
        q, keys, values = (rng.normal(size=(64, n, length)) for n in (1, 16, 16))  # 64 queries, 16 keys for each
        product = q @ np.swapaxes(keys, -1, -2)
        scores = az.Tensor(product / np.sqrt(length) if scaled else product)
        weights = az.nn.softmax(scores)
        by_scores = az.gradient(weights @ values[..., :1], [scores], np.ones((64, 1, 1)))[0]
        largest[scaled, length] = weights.data.max(axis=-1).mean()
        arrives[scaled, length] = np.abs(by_scores).sum(axis=-1).mean()

# %%
fig, axes = plt.subplots(1, 2, figsize=(7, 3))
for ax, measured, label in zip(axes, (largest, arrives), ("largest weight (mean)", "size of ∂L/∂S"), strict=True):
    for scaled, style in ((True, "o-"), (False, "s--")):
        ax.plot(lengths, [measured[scaled, n] for n in lengths], style, label="with 1/√d" if scaled else "without")
    ax.set(xscale="log", xlabel="d", ylabel=label, ylim=(0, 1))
    ax.legend()
fig.suptitle("Without 1/√d, long vectors choose one key, and no gradient is left")
plt.show()

# %% [markdown]
# Without the factor the softmax is *saturated*: one key has all the weight, and step 3 multiplies by
# $A_{ij}$, which is nearly 0, or subtracts from the one good value a mean that is this value itself. The choice has
# been made before anything was learnt, and hardly any gradient is left to undo it.
#
# And at the other end? If all scores are *equal*, weights are equal, and values share the gradient, like the elements
# of a Max that tie (notebook 03). Attention is a soft maximum; dividing the scores makes it softer.
#
# ## What must not be seen
#
# Two kinds of keys should get no weight. Sequences of different lengths are filled up with *padding*. And whoever
# predicts the next symbol must not see it: query $i$ may see the keys $j \le i$ only, which is called *causal*. It is
# done by giving them the score $-\infty$ before the softmax.
#
# **Predict first.** Why not simply multiply their weights by 0, after the softmax?

# %%
may_see = np.array([True, True, True, False])  # the last key is padding
scores = az.Tensor(Q.data @ K.data.T / np.sqrt(d), name="S")
before = az.nn.softmax(np.where(may_see, scores, -np.inf))
after = az.nn.softmax(scores) * may_see
for name, weights in (("before", before), ("after", after)):
    leak = az.gradient(weights @ V.data, [scores], g)[0][:, 3]
    print(f"masked {name:<6} weights add up to {weights.data.sum(axis=1).round(3)}   ∂L/∂S there {leak.round(4)}")
masked_leak = leak

# %% [markdown]
# ("There" is at the padding, for both queries.) Masked afterwards, weights do not add up to 1, and the padding still has a say: by its score it takes weight away from
# the others. Masked before, it is as if the key did not exist.
#
# The other trap is a query that may see *nothing*. A softmax of $-\infty$ alone is $0/0$.

# %%
with np.errstate(invalid="ignore"):
    row = np.full(3, -np.inf)
    plain = np.exp(row - row.max()) / np.sum(np.exp(row - row.max()))
print("plain softmax:   ", plain)
print("masked_softmax:  ", az.nn.masked_softmax(np.zeros((1, 3)), np.zeros((1, 3), bool))[0])

# %%
past = az.nn.masked_softmax(np.zeros((5, 5)), causal=True)
sees_nothing = az.Tensor(np.ones((1, d)))
blind = az.nn.scaled_dot_product_attention(sees_nothing, K.data, V.data, np.zeros((1, S), bool))
by_blind = az.gradient(blind.sum(), [sees_nothing])[0]
print("causal, equal scores:\n", past.round(2), "\ngradient of a query that sees nothing:", by_blind[0])

# %% [markdown]
# It gets a mean over nothing, 0 by agreement, and no gradient comes from there.
#
# ## It does not know where anything is
#
# Attention compares contents. Shuffle the vectors, and what comes out is shuffled, and nothing else changes.

# %%
layer = az.nn.MultiHeadAttention(8, 2, rng=np.random.default_rng(0))
x, order = np.random.default_rng(1).normal(size=(1, 5, 8)), [3, 0, 4, 1, 2]
moved = np.max(np.abs(layer(x[:, order]).data - layer(x).data[:, order]))
placed = az.nn.positional_encoding
told = np.max(np.abs(layer(placed(x[:, order])).data - layer(placed(x)).data[:, order]))
print(f"shuffled: differs by {moved:.0e}   with positions: by {told:.2f}")

# %% [markdown]
# Who needs to know positions adds them to the vectors: sines and cosines of many wavelengths, a different mixture for
# each place.

# %%
fig, ax = plt.subplots(figsize=(6.4, 2.6))
shown = ax.imshow(az.nn.sinusoidal_positions(40, 32).T, aspect="auto", vmin=-1, vmax=1)
ax.set(xlabel="position t", ylabel="element", title="Fast waves in the first elements, slow ones in the last")
ax.grid(False)
fig.colorbar(shown, label="added to the vector")
plt.show()

# %% [markdown]
# ## A Transformer
#
# Several *heads* look for different things at once, each in its own projection of queries, keys and values. Then a
# small network works on each vector by itself. Around both goes a shortcut, and a Layer Normalization (notebook 10).
# That is a layer of a Transformer.

# %%
encoder = az.nn.TransformerEncoderLayer(8, 2, 16, 0.0, rng=np.random.default_rng(0))
graph_viz.draw(encoder(az.Tensor(np.random.default_rng(0).normal(size=(1, 4, 8)), name="x")).named("y"))

# %% [markdown]
# ## Learning where to look
#
# One such layer reads six numbers, followed by six blanks. At the blanks it shall write: once a *copy* of the numbers,
# once the numbers *sorted*. A blank holds nothing but its position. All that is known of the numbers has to come
# through the attention.
#
# **Predict first.** Where will blank $i$ look in order to copy? And in order to sort?


# %%
def trained(what, epochs):
    """A Transformer layer that learnt to sort or to copy, and the share of new sequences without a mistake."""
    task, rng = Sequences(what, seed=0, batch_size=64, steps=100, length=6), np.random.default_rng(0)
    model = models.transformer(rng, 10, width=32)
    training = Training(model, rng, lr=5e-3, warmup=100, max_norm=1.0)
    for _ in range(epochs):
        training.epoch(task.losses(model, task.batches(rng)))
    with evaluation(model):
        return model, np.mean(np.all(model(task.x).argmax(-1) == task.y, axis=-1))


learnt = {what: trained(what, epochs) for what, epochs in (("copy", 3), ("sort", 4))}
for what, (_, share) in learnt.items():
    print(f"{what}: {share:.1%} of 2000 new sequences without a mistake")


# %%
def looks(model, x):
    """The weights (N, heads, 6, 6) with which the blanks look at the numbers x (N, 6)."""
    tokens = np.concatenate([x, np.full_like(x, model.blank)], axis=1)
    with evaluation(model):
        A = model.layer.self_attn.weights(model.positions(model.embedding(tokens)), causal=True)
    return A.data[:, :, 6:, :6]


x = np.stack([np.random.default_rng(k).permutation(10)[:6] for k in range(500)])  # numbers that differ
ranks = np.argsort(x, axis=1)[:, None, None]
by_place = looks(learnt["copy"][0], x).mean(axis=0)
by_rank = np.take_along_axis(looks(learnt["sort"][0], x), ranks, axis=-1).mean(axis=0)

# %%
fig, axes = plt.subplots(2, 4, figsize=(7, 3.5), sharex=True, sharey=True)
for row, maps, keys in zip(axes, (by_place, by_rank), ("copy: by place", "sort: by rank"), strict=True):
    for head, (ax, A) in enumerate(zip(row, maps, strict=True), 1):
        ax.imshow(A, vmin=0, vmax=maps.max())
        ax.set(xticks=[], yticks=[])
        ax.grid(False)
        ax.set_title(f"head {head}", fontsize=9)
    row[0].set_ylabel(f"{keys}\nblank", fontsize=9)
fig.supxlabel("number: first … last (copy), smallest … largest (sort)", fontsize=9)
fig.suptitle("To copy, blank i looks at place i; to sort, from small to large")
plt.show()

# %% [markdown]
# The maps are means over 500 sequences, bright where much weight goes. For a copy each blank looks at *its* place, and a
# little at the neighbours. For sorting places do not matter, and the numbers are ordered by size here: the first blanks
# look more at small numbers, the last ones more at large ones, but every blank sees all of them. It does not need to
# find *the* third smallest: which numbers there are, and how small they are on the whole, is in the mixture, and the
# network behind it works out what to write.
#
# The same in numbers. (Looking evenly, the mean rank would be 3.5 for every blank.)

# %%
mean_rank = (by_rank / by_rank.sum(axis=-1, keepdims=True) @ np.arange(1, 7)).mean(axis=0)
on_place = np.mean([np.diag(A) / A.sum(axis=-1) for A in by_place])
print("sort: mean rank of what blank 1 ... 6 looks at:", mean_rank.round(2))
print(f"copy: share of the weight that is on the right place: {on_place:.0%}, by chance {1 / 6:.0%}")

# %% [markdown]
# ## Exercises
#
# **1.** All queries are 0, and the values are 2, 4 and 9. With causal attention, what does each of the three queries get?

# %%
answer_1 = ...

# %%
three = np.array([[2.0], [4.0], [9.0]])
means = az.nn.scaled_dot_product_attention(0 * three, three, three, causal=True)[:, 0]
exercise(1, answer_1, means, "Equal scores, equal weights: a mean over what each may see.")

# %% [markdown]
# <details><summary>Answer</summary>
#
# Query 1 sees one value, query 2 two of them: $2$, $\frac{2+4}{2}$, $\frac{2+4+9}{3}$.
#
# ```python
# answer_1 = [2.0, 3.0, 5.0]
# ```
#
# </details>
#
# **2.** Elements of queries and keys are independent, with mean 0 and variance 1, and $d = 64$. What is the standard
# deviation of $\vec{q}^T\vec{k}$?

# %%
answer_2 = ...

# %%
exercise(2, answer_2, 8.0, "The variance of a product is 1 here, and variances of independent numbers add up.")

# %% [markdown]
# <details><summary>Answer</summary>
#
# The variance is 64, its root 8. Divided by $\sqrt{d} = 8$ it is 1, for every $d$.
#
# ```python
# answer_2 = np.sqrt(64)
# ```
#
# </details>
#
# **3.** One query has the weights $A = (0.5, 0.3, 0.2)$ for values that are single numbers, $(1, 2, 6)$, and
# $\partial L/\partial y = 1$. What is $\partial L/\partial S$?

# %%
answer_3 = ...

# %%
weights_3, values_3 = np.array([0.5, 0.3, 0.2]), np.array([1.0, 2.0, 6.0])
by_scores_3 = az.grad(lambda s: np.sum(az.nn.softmax(s) * values_3))(np.log(weights_3))
exercise(3, answer_3, by_scores_3, "Each weight times (its value − the mean value), where the mean is y.")

# %% [markdown]
# <details><summary>Answer</summary>
#
# The mean is $y = 0.5 + 0.6 + 1.2 = 2.3$. Descent on $L = y$ wants less of the 6 and more of the small ones. The sum is
# 0, as it is always: weight is only moved.
#
# ```python
# A, v = np.array([0.5, 0.3, 0.2]), np.array([1.0, 2.0, 6.0])
# answer_3 = A * (v - A @ v)
# ```
#
# </details>

# %% [markdown]
# ## What this notebook claims

# %%
assert all(np.allclose(a, b, atol=1e-14) for a, b in zip(hand, tape, strict=True)), "by hand and by the tape agree"
assert report.ok and all(j.formula.quantity == "claim" for j in report.errata), "no formula is printed, none misprinted"
assert all((error < 1e-8) == name.endswith("right") for name, error in errors.items())
assert min(errors[name] for name in errors if not name.endswith("right")) > 0.1, "each slip is found"
assert all(largest[True, n] < 0.35 and arrives[True, n] > 0.6 for n in lengths), "scaled, nothing changes with d"
assert largest[False, 1024] > 0.95 and arrives[False, 1024] < 0.1, "unscaled, one key is chosen, and no gradient left"
assert np.allclose(before.data.sum(axis=1), 1) and np.all(after.data.sum(axis=1) < 0.99)
assert np.all(az.gradient(before @ V.data, [scores], g)[0][:, 3] == 0) and np.max(np.abs(masked_leak)) > 1e-3
assert np.isnan(plain).all() and np.all(by_blind == 0) and np.allclose(past.sum(axis=1), 1)
assert moved < 1e-14 and told > 1e-3, "attention does not know where anything is, unless it is told"
assert min(share for _, share in learnt.values()) > 0.9, "it learns to copy and to sort"
assert on_place > 0.35, "to copy, it looks at its place"
assert np.all(np.diff(mean_rank) > 0) and mean_rank[-1] - mean_rank[0] > 0.3, "to sort, from small to large"
assert np.allclose(by_scores_3.sum(), 0), "weight is only moved"
