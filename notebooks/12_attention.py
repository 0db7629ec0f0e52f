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
# # 12 Attention and Transformers: looking where it matters
#
# A recurrent network squeezes everything that it has read into one state (chapter 11). Attention does not squeeze. It
# keeps all vectors, and whoever needs something looks for it among them. But "looking at one of them" is a choice, and
# a choice has no gradient. How can looking be learnt?
#
# Afterwards you can say
#
# - how the gradients of attention by queries, keys and values follow, and how to read them;
# - why scores are divided by $\sqrt{d}$, and what happens without;
# - what a mask does to the gradient, and two ways to get it wrong;
# - what a GPT is made of: you will have trained one, and it will have written something.
#
# You need chapters 03, 04 and 08. Reading takes about 60 minutes, the exercises apart. Words that you do
# not know stand in the [glossary](../docs/glossary.md).

# %%
# %config InlineBackend.figure_formats = ["svg"]
import matplotlib.pyplot as plt
import numpy as np

import autograd_zoo as az
import graph_viz
from autograd_zoo import closed_form, models
from autograd_zoo.notebook import attending, formulas, plots, source
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
V, answers = np.array([[10.0], [20.0], [30.0]]), []  # their values, and what comes out
for query in ([4.0, -4.0], [4.0, 4.0], [0.0, 0.0]):
    A = az.nn.softmax(np.array([query]) @ K.T / np.sqrt(2))
    print(f"query {query}   weights {A[0].round(3)}   answer {(A @ V).item():.2f}")
    answers.append((A @ V).item())
assert np.allclose(answers, [10, 30, 20], atol=0.01)

# %% [markdown]
# The first query gets (nearly) the first value, the second the third. The last one is equally close to all keys, and
# gets the mean of all. In between everything is smooth, so that it can be learnt by gradients.
#
# The document names query, key and value, and prints no formula for them. So these are ours, in its notation; the zoo
# judges them like the others. $S_{ij}$ is the *score* of query $i$ and key $j$, $A_{ij}$ the *weight*.

# %%
formulas("scaled_dot_product_attention", source="ours")

# %% [markdown]
# **By hand**, backwards: values, weights, softmax, scores. The upstream gradient of each step is the result of the one
# before. The picture grows along with the steps, from its end. Two queries look at four keys, and vectors have three
# elements; of an array the picture shows the least and the greatest one.
#
# **1. Values.** $\vec{y}_i = \sum_j A_{ij}\vec{v}_j$ is linear in the values. Value $j$ is used by every query $i$, with the
# local gradient $A_{ij}$, and contributions add up:
#
# $$\frac{\partial L}{\partial\vec{v}_j} = \sum_i A_{ij}\,\frac{\partial L}{\partial\vec{y}_i}$$
#
# **2. Weights.** It is linear in the weights, too. $A_{ij}$ is used once, for $\vec{y}_i$, and multiplies $\vec{v}_j$:
#
# $$\frac{\partial L}{\partial A_{ij}} = \frac{\partial L}{\partial\vec{y}_i}\,\vec{v}_j$$

# %%
rng = np.random.default_rng(0)
T, S, d = 2, 4, 3
Q, K, V = (az.Tensor(rng.normal(size=(n, d)), name=name) for n, name in ((T, "Q"), (S, "K"), (S, "V")))
g = rng.normal(size=(T, d))  # arrives at y
A = az.Tensor(az.nn.softmax(Q.data @ K.data.T / np.sqrt(d)), name="A")
y = (A @ V).named("y")
y.backward(g, retain_grads=True)
for i, j in np.ndindex(T, S):
    assert np.isclose(A.grad[i, j], g[i] @ V.data[j]), "step 2"
    assert np.allclose(V.grad[j], sum(A.data[n, j] * g[n] for n in range(T))), "step 1"
graph_viz.draw(y, values=True, gradients=True)

# %% [markdown]
# **3. Softmax**, row by row, has the Jacobian of chapter 04, $\frac{\partial A_{ij'}}{\partial S_{ij}} = A_{ij'}(\delta_{jj'} -
# A_{ij})$, where $\delta_{jj'}$ is 1 for $j = j'$ and else 0. The chain rule sums over $j'$, for a score changes all
# weights of its row:
#
# $$\frac{\partial L}{\partial S_{ij}} = \sum_{j'}\frac{\partial L}{\partial A_{ij'}}\,A_{ij'}\,(\delta_{jj'} - A_{ij}) =
# A_{ij}\Big(\frac{\partial L}{\partial A_{ij}} - \sum_{j'}A_{ij'}\frac{\partial L}{\partial A_{ij'}}\Big)$$

# %%
scores = az.Tensor(Q.data @ K.data.T / np.sqrt(d), name="S")
with az.fused():  # the softmax as one node
    weights = az.nn.softmax(scores).named("A")
y = (weights @ V).named("y")
by_V, V.grad = V.grad, None  # or the same would be added once more
y.backward(g, retain_grads=True)
for i, j in np.ndindex(T, S):
    mean = A.data[i] @ A.grad[i]
    assert np.isclose(scores.grad[i, j], A.data[i, j] * (A.grad[i, j] - mean)), "step 3"
graph_viz.draw(y, values=True, gradients=True)

# %% [markdown]
# **4. Scores.** $S_{ij} = \vec{q}_i^T\vec{k}_j/\sqrt{d}$ is a product. Query $i$ is in the scores of all keys, key $j$ in those of
# all queries:
#
# $$\frac{\partial L}{\partial\vec{q}_i} = \frac{1}{\sqrt{d}}\sum_j\frac{\partial L}{\partial S_{ij}}\,\vec{k}_j^T \qquad
# \frac{\partial L}{\partial\vec{k}_j} = \frac{1}{\sqrt{d}}\sum_i\frac{\partial L}{\partial S_{ij}}\,\vec{q}_i^T$$
#

# %%
y, V.grad = az.nn.scaled_dot_product_attention(Q, K, V).named("y"), None
y.backward(g, retain_grads=True)
assert np.allclose(V.grad, by_V), "as in step 1"
for i in range(T):
    assert np.allclose(Q.grad[i], sum(scores.grad[i, j] * K.data[j] for j in range(S)) / np.sqrt(d)), "step 4, queries"
for j in range(S):
    assert np.allclose(K.grad[j], sum(scores.grad[i, j] * Q.data[i] for i in range(T)) / np.sqrt(d)), "and keys"
graph_viz.draw(y, values=True, gradients=True)

# %% [markdown]
# For all queries and keys at once these are four products of matrices, where $\odot$ multiplies element by element:
#
# $$\frac{\partial L}{\partial V} = A^T\frac{\partial L}{\partial Y} \qquad \frac{\partial L}{\partial A} = \frac{\partial L}{\partial Y}V^T \qquad
# \frac{\partial L}{\partial Q} = \frac{1}{\sqrt{d}}\,\frac{\partial L}{\partial S}\,K \qquad
# \frac{\partial L}{\partial K} = \frac{1}{\sqrt{d}}\,\Big(\frac{\partial L}{\partial S}\Big)^T Q$$
#
# Read the third step once more. In the bracket stands what value $j$ would do to the loss, minus the *mean* over all
# values. **Descent gives a key more weight if its value lowers the loss more than the average of what one gets now.**
#
# **Try it:** point at a row. By how much does each gradient in $\partial L/\partial A$ differ from the mean of its row, and what
# sign has $\partial L/\partial S$ there? And what do the gradients of a row of scores add up to?

# %%
by_scores, means = scores.grad, np.sum(A.data * A.grad, axis=1, keepdims=True)
assert np.array_equal(np.sign(by_scores), np.sign(A.grad - means)), "above the mean: positive"
assert np.allclose(by_scores.sum(axis=1), 0, atol=1e-15), "what one key gets is taken from the others"
attending({"A, the weights": A.data, "∂L/∂A": A.grad, "∂L/∂S": by_scores}, bars=False)

# %% [markdown]
# They add up to 0: a softmax shares out 1, so that what one key gets is taken from the others.


# %%
def by_hand(g, Q, K, V):
    """∂L/∂Q, ∂L/∂K, ∂L/∂V of attention, in the four steps above."""
    A = az.nn.softmax(Q @ K.T / np.sqrt(Q.shape[1]))
    dV = A.T @ g
    dA = g @ V.T
    dS = A * (dA - np.sum(A * dA, axis=1, keepdims=True))
    return dS @ K / np.sqrt(Q.shape[1]), dS.T @ Q / np.sqrt(Q.shape[1]), dV


hand, tape = by_hand(g, Q.data, K.data, V.data), az.gradient(y, [Q, K, V], g)
for name, a, b in zip("QKV", hand, tape, strict=True):
    print(f"∂L/∂{name}: largest difference between hand and tape {np.max(np.abs(a - b)):.0e}")
    assert np.allclose(a, b, atol=1e-14)

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
assert all((error < 1e-8) == name.endswith("right") for name, error in errors.items())
assert min(error for name, error in errors.items() if not name.endswith("right")) > 0.1, "each slip is found"
assert all(formula.shape == given[which].shape for which, formula in slips.values())

# %% [markdown]
# All of them have the right shape. With the first slip a network would even learn, for the gradient by its queries only
# is $\sqrt{d}$ times as large as it should be; no shape and no error message would lead anybody there. *Finite differences*
# of the forward pass do.
#
# And here are ours, with all their relatives: *additive* attention (an older way to compare, by a small network), many
# heads, embeddings, positions, and the layers of a Transformer.

# %%
report = az.zoo.check("attention", seeds=[0])
assert report.ok and all(j.formula.quantity == "claim" for j in report.errata), "no formula is printed, none misprinted"
report

# %% [markdown]
# ## Why divide by √d?
#
# A score is a sum of $d$ products. Let the elements of queries and keys be independent, with mean 0 and variance 1. Then
# the variances of the products add up, and the size of the sum is the root of that:
#
# $$\mathrm{Var}(\vec{q}^T\vec{k}) = \sum_{n=1}^{d}\mathrm{Var}(q_nk_n) = d \qquad\text{so a score is about } \sqrt{d} \text{ in size.}$$
#
# Large scores make softmax choose: nearly all weight goes to one key.
#
# **Predict first.** What happens to the gradient then? (Step 3 above: let one weight of a row be 1.)

# %%
lengths, largest, arrives = (1, 4, 16, 64, 256, 1024), {}, {}
for scaled in (True, False):
    rng = np.random.default_rng(0)
    for length in lengths:
        q, keys, values = (rng.normal(size=(64, n, length)) for n in (1, 16, 16))  # 64 queries, 16 keys for each
        product = q @ np.swapaxes(keys, -1, -2)
        assert 0.8 < product.std() / np.sqrt(length) < 1.2, "scores are about √d in size"
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
fig.suptitle("Without 1/√d, long vectors choose one key, and hardly any gradient is left")
plt.show()
assert all(largest[True, n] < 0.35 and arrives[True, n] > 0.6 for n in lengths), "scaled, nothing changes with d"
assert largest[False, 1024] > 0.95 and arrives[False, 1024] < 0.1, "unscaled, one key is chosen, little gradient left"

# %% [markdown]
# Without the factor the softmax is *saturated*: one key has all the weight, and step 3 multiplies by
# $A_{ij}$, which is nearly 0, or subtracts from the one good value a mean that is this value itself. The choice has
# been made before anything was learnt, and hardly any gradient is left to undo it.
#
# And at the other end? If all scores are *equal*, weights are equal, and values share the gradient, like the elements
# of a Max that tie (chapter 03). Attention is a soft maximum; dividing the scores makes it softer.
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
    if name == "before":
        assert np.allclose(weights.data.sum(axis=1), 1) and np.all(leak == 0), "as if the key did not exist"
    else:
        assert np.all(weights.data.sum(axis=1) < 0.99) and np.max(np.abs(leak)) > 1e-3, "it still has a say"

# %% [markdown]
# ("There" is at the padding, for both queries.) Masked afterwards, weights do not add up to 1, and the padding still
# has an influence: by its score it takes weight away from the others. Masked before, it is as if the key did not exist.
#
# The other trap is a query that may see *nothing*. A softmax of $-\infty$ alone is $0/0$.

# %%
with np.errstate(invalid="ignore"):
    row = np.full(3, -np.inf)
    plain = np.exp(row - row.max()) / np.sum(np.exp(row - row.max()))
print("plain softmax:   ", plain)
agreed = az.nn.masked_softmax(np.zeros((1, 3)), np.zeros((1, 3), bool))[0]
print("masked_softmax:  ", agreed)
assert np.isnan(plain).all() and np.all(agreed == 0)

# %%
past = az.nn.masked_softmax(np.zeros((5, 5)), causal=True)
sees_nothing = az.Tensor(np.ones((1, d)))
blind = az.nn.scaled_dot_product_attention(sees_nothing, K.data, V.data, np.zeros((1, S), bool))
by_blind = az.gradient(blind.sum(), [sees_nothing])[0]
print("causal, equal scores:\n", past.round(2), "\ngradient of a query that sees nothing:", by_blind[0])
assert np.all(by_blind == 0) and np.allclose(past, np.tril(np.ones((5, 5))) / np.arange(1, 6)[:, None])

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
assert moved < 1e-14 and told > 1e-3, "attention does not know where anything is, unless it is told"

# %% [markdown]
# Who needs to know positions adds them to the vectors: sines and cosines of many wavelengths, a different mixture for
# each place.

# %%
waves = az.nn.sinusoidal_positions(40, 32)
fig, ax = plt.subplots(figsize=(6.4, 2.6))
shown = ax.imshow(waves.T, aspect="auto", vmin=-1, vmax=1)
ax.set(xlabel="position t", ylabel="element", title="Fast waves in the first elements, slow ones in the last")
ax.grid(False)
fig.colorbar(shown, label="added to the vector")
plt.show()
turns = np.abs(np.diff(np.sign(waves), axis=0)).sum(axis=0)
assert turns[0] > 10 and turns[-1] == 0, "fast waves first, slow ones last"
assert len(np.unique(waves.round(6), axis=0)) == 40, "no two places have the same vector"

# %% [markdown]
# ## A Transformer
#
# Several *heads* look for different things at once, each in its own projection of queries, keys and values. Then a
# small network works on each vector by itself. Around both goes a shortcut, and a Layer Normalization (chapter 10).
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
assert min(share for _, share in learnt.values()) > 0.9, "it learns to copy and to sort"


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
fig.suptitle("To copy, blank i looks at place i; to sort, the first blanks at small numbers")
plt.show()

mean_rank = (by_rank / by_rank.sum(axis=-1, keepdims=True) @ np.arange(1, 7)).mean(axis=0)
on_place = np.mean([np.diag(A) / A.sum(axis=-1) for A in by_place])
print(f"copy: share of the weight that is on the right place: {on_place:.0%}, by chance {1 / 6:.0%}")
on_rank = np.mean([np.diag(A) / A.sum(axis=-1) for A in by_rank])
print("sort: mean rank of what blank 1 ... 6 looks at:", mean_rank.round(2), "  looking evenly: 3.5")
print(f"sort: share of the weight that is on the number to be written: {on_rank:.0%}, by chance {1 / 6:.0%}")
assert on_place > 0.35, "to copy, a blank looks at its place"
assert np.all(np.diff(mean_rank) > 0) and mean_rank[0] < 3.2, (
    "the first look at small numbers, each later one at larger"
)
assert mean_rank[-1] < 4, "the last blank hardly prefers large ones"
assert 1 / 6 < on_rank < 0.3 < on_place, "and the number to be written gets little more than its share"

# %% [markdown]
# The maps are means over 500 sequences, bright where much weight goes. For a copy each blank looks most at *its* place.
# For sorting places do not matter, and the numbers are ordered by size here. The printed mean ranks say it more exactly
# than the picture: the first blank looks more at small numbers, each later one at somewhat larger ones, and the last
# almost evenly at all. *The* number that a blank is to write gets little more of the weight than by chance. Which numbers
# there are must be in the mixture, and the small network behind the attention works out the rest.
#
# **Try it.** These are not means, but the weights of one sequence, which is to be copied. Point at the row of a blank.

# %%
one = looks(learnt["copy"][0], x[:1])[0]
shown = {f"head {head}": A for head, A in enumerate(one, 1)}
assert all(np.all(A.sum(axis=1) <= 1 + 1e-6) for A in one), "the rest of the weight is on blanks"
attending(shown, [f"blank {k}" for k in range(1, 7)], [str(number) for number in x[0]])

# %% [markdown]
# What is missing in a row to 1 goes to the blanks themselves. (A column is called by the number that stands there.)

# %% [markdown]
# ## A whole small GPT
#
# All parts are there for a *generative pre-trained Transformer*. It reads the characters of a text, and at each place it
# gives scores for the character that comes next: a table of vectors, one for each character (*embedding*); layers of
# causal attention; a normalization, and a linear layer for the scores. No query sees a later key, so that a window of 64
# characters is 64 exercises at once.
#
# To tell it where things are, this one does without sines. It takes something from each score for every step of
# distance, in each head at a rate of its own: so one head looks at what is near, and another far back (ALiBi).


# %%
class GPT(az.nn.Module):
    """Scores (N, T, K) for the character that follows each of the tokens (N, T)."""

    def __init__(self, symbols, rng, *, width=64, heads=4, layers=2):
        made = {"rng": rng, "dtype": np.float32}
        self.embedding = az.nn.Embedding(symbols, width, **made)
        sizes = width, heads, 4 * width
        blocks = [az.nn.TransformerEncoderLayer(*sizes, 0.0, norm_first=True, **made) for _ in range(layers)]
        self.layers = az.nn.ModuleList(blocks)
        self.norm = az.nn.LayerNorm(width, dtype=np.float32)
        self.scores = az.nn.Linear(width, symbols, **made)
        self.rates = 4.0 ** -np.arange(1, heads + 1)

    def forward(self, tokens):
        """Look the vectors up, then one layer after the other."""
        N, T = tokens.shape
        distance = np.abs(np.arange(T)[:, None] - np.arange(T))
        nearer = -self.rates[:, None, None] * distance  # is added to the scores of each head
        mask = np.broadcast_to(nearer, (N, *nearer.shape)).astype(np.float32)
        x = self.embedding(tokens)
        for layer in self.layers:
            x = layer(x, mask, causal=True)
        return self.scores(self.norm(x))


# %%
text, alphabet = az.data.characters("train")
new_text, _ = az.data.characters("test")
gpt = GPT(len(alphabet), np.random.default_rng(0))
print(f"{len(text):,} characters of Python's help, {len(alphabet)} different ones")
print(f"{sum(p.size for p in gpt.parameters()):,} parameters")

read = text[None, :12].copy()
early = gpt(read).data[0, :8]
read[0, 8:] = read[0, :4]  # other characters from place 8 on
assert np.array_equal(gpt(read).data[0, :8], early), "what comes later changes nothing before"
graph_viz.draw(gpt(read).named("scores"), depth=1)

# %% [markdown]
# The training is the loop that all chapters have. A learning rate rises and falls again, and gradients are cut down to
# length 1 at most (chapter 11). 1200 steps see 920 thousand characters, almost three times the text. First a third.


# %%
def windows(text, N, rng, T=64):
    """N pieces of T characters, and the character that follows each of them."""
    pieces = text[rng.integers(0, len(text) - T, N)[:, None] + np.arange(T + 1)]
    return pieces[:, :-1], pieces[:, 1:]


rng, losses, steps = np.random.default_rng(0), [], 1200
adam = az.optim.Adam(gpt.parameters(), lr=4e-3)
schedule = az.optim.OneCycleLR(adam, 4e-3, steps + 1, pct_start=0.1)


def learn(steps):
    """Train further, and note the loss of each step in bits for a character."""
    for _ in range(steps):
        x, y = windows(text, 12, rng)
        with az.fused():
            loss = az.nn.softmax_cross_entropy(gpt(x), y)
        adam.zero_grad()
        loss.backward()
        az.optim.clip_grad_norm(adam.params, 1.0)
        adam.step()
        schedule.step()
        losses.append(loss.item() / np.log(2))


learn(steps // 3)
print(f"{np.mean(losses[:20]):.2f} bits for each character at first, {np.mean(losses[-20:]):.2f} now")
assert 2.5 < steps * 12 * 64 / len(text) < 3 and np.mean(losses[-20:]) < np.mean(losses[:20]) - 2

# %% [markdown]
# **Writing** is reading one's own text. Draw a character by the softmax of the last scores, append it, and read again. A
# *temperature* below 1 divides the scores, which makes the likely ones likelier.


# %%
def write(prompt, length, rng, temperature=0.6, T=64):
    """The prompt and what the model writes after it."""
    written = az.data.encode(prompt, alphabet).tolist()
    with evaluation(gpt):
        for _ in range(length):
            scores = gpt(np.array([written[-T:]])).data[0, -1].astype(float)
            written.append(int(rng.choice(len(scores), p=az.nn.softmax(scores / temperature))))
    return az.data.decode(written, alphabet)


print("after a third of the steps:", write("The function ", 150, np.random.default_rng(1)))

# %% [markdown]
# And now the rest. How many bits does it take for a character of the text that it has not seen?

# %%
learn(steps // 3)  # the second third

# %%
learn(steps // 3)  # the last
x, y = windows(new_text, 200, np.random.default_rng(1))
with evaluation(gpt):
    held_out = az.nn.softmax_cross_entropy(gpt(x), y).item() / np.log(2)
by_counts = az.data.bits(new_text, len(alphabet), after=1, counted=text)
print(f"new text: {held_out:.2f} bits for each character; by counts of pairs {by_counts:.2f}")

# %%
fig, ax = plt.subplots()
ax.plot(losses, alpha=0.3)
ax.plot(np.arange(19, steps), np.convolve(losses, np.ones(20) / 20, "valid"), color="C0", label="GPT")
ax.axhline(by_counts, color="black", linestyle="--", linewidth=1, label="counts of pairs")
ax.axhline(held_out, color="C1", linestyle=":", label="GPT, new text")
ax.set(xlabel="step", ylabel="bits for a character", title="It learns more than which character follows which")
ax.legend()
plt.show()
assert np.mean(losses[:20]) > by_counts > held_out + 0.5, "far better than the counts of pairs"

# %%
written = write("The function ", 500, np.random.default_rng(3))
pair = np.zeros((len(alphabet), len(alphabet)))
np.add.at(pair, (text[:-1], text[1:]), 1.0)
drawn, chance = [int(text[0])], np.random.default_rng(3)
for _ in range(500):
    p = pair[drawn[-1]] ** (1 / 0.6)
    drawn.append(int(chance.choice(len(p), p=p / p.sum())))
known = set(az.data.decode(text, alphabet).split())
words = {"GPT": written.split(), "pairs": az.data.decode(drawn, alphabet).split()}
share = {name: np.mean([word in known for word in found]) for name, found in words.items()}
print(written)
print("\nwords that occur in the text:", {name: f"{part:.0%}" for name, part in share.items()})
assert share["GPT"] > 0.5 > share["pairs"] + 0.1, "it writes words"

# %% [markdown]
# It makes no sense, but most of what it writes are words, although nobody told it what a word is; what counts of pairs
# write is mostly no words. The models that one talks to are built like this one, with more layers, ten thousand to ten
# million times as many parameters, and far more text.

# %% [markdown]
# ## Exercises
#
# Put your answer in the place of the `...` and run the cell: it says whether the answer is right, and if not, what to
# think about. After an attempt `print(az.lab.answer("12-1"))` shows the answer, and `az.lab.score()` what you have
# answered.
#
# **1.** All queries are 0, and the values are 2, 4 and 9. With causal attention, what does each of the three queries get?

# %%
answer_1 = ...
az.lab.exercise("12-1", answer_1)

# %% [markdown]
# **2.** Elements of queries and keys are independent, with mean 0 and variance 1, and $d = 64$. What is the standard
# deviation of $\vec{q}^T\vec{k}$?

# %%
answer_2 = ...
az.lab.exercise("12-2", answer_2)

# %% [markdown]
# **3.** One query has the weights $A = (0.5, 0.3, 0.2)$ for values that are single numbers, $(1, 2, 6)$, and
# $\partial L/\partial y = 1$. What is $\partial L/\partial S$?

# %%
answer_3 = ...
az.lab.exercise("12-3", answer_3)

# %% [markdown]
# ## References
#
# - The document: "Zoo of Deep Learning Modules", Attention, where query, key and value are named.
# - D. Bahdanau, K. Cho and Y. Bengio, [Neural machine translation by jointly learning to align and translate](https://arxiv.org/abs/1409.0473), 2015: additive attention.
# - A. Vaswani and others, [Attention is all you need](https://arxiv.org/abs/1706.03762), 2017; why $\sqrt{d}$ stands in its footnote 4.
# - A. Radford and others, [Language models are unsupervised multitask learners](https://cdn.openai.com/better-language-models/language_models_are_unsupervised_multitask_learners.pdf), 2019: GPT-2.
# - O. Press, N. Smith and M. Lewis, [Train short, test long](https://arxiv.org/abs/2108.12409), 2022: distances instead of positions.
# - A. Karpathy, [Let's build GPT: from scratch, in code, spelled out](https://www.youtube.com/watch?v=kCc8FmEb1nY), 2023, and [nanoGPT](https://github.com/karpathy/nanoGPT).
# - Stanford CS224N, [Self-attention and Transformers](https://web.stanford.edu/class/cs224n/readings/cs224n-self-attention-transformers-2023_draft.pdf);
#   Dive into Deep Learning, [Attention mechanisms and Transformers](https://d2l.ai/chapter_attention-mechanisms-and-transformers/index.html).
