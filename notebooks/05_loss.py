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
# # 05 Losses: what a mistake costs
#
# A loss is all that a network learns about its mistakes, and it learns it as a gradient. Two losses can agree on what is
# best, and yet the gradient of one of them is of use and that of the other is not. Which should one take, and why does a
# softmax nearly always come with a cross-entropy?
#
# Afterwards you can say
#
# - the gradients of cross-entropy and squared error, and what they are at their best;
# - what cross-entropy has to do with likelihood;
# - why softmax and cross-entropy together have the gradient $\vec{y} - \vec{p}$;
# - what goes wrong when a network is certain and mistaken.
#
# You need chapters 00 and 04. Reading takes about 40 minutes, the exercises apart. Words that you do not know stand in
# the [glossary](../docs/glossary.md).

# %%
# %config InlineBackend.figure_formats = ["svg"]
import matplotlib.pyplot as plt
import numpy as np

import autograd_zoo as az
import graph_viz
from autograd_zoo import closed_form
from autograd_zoo.notebook import explained, formulas, plots, source
from autograd_zoo.train import accuracy

plots()

# %% [markdown]
# ## Two ways to measure
#
# *Squared error* compares predictions $\vec{x}$ with targets $\vec{t}$. *Cross-entropy* compares predicted
# probabilities $\vec{x}$ with the true ones, $\vec{p}$; for a class label, $\vec{p}$ is 1 in one place (*one-hot*), and
# then $L$ is $-\log$ of the probability that was given to the truth.
#
# Where does the logarithm come from? A model gives every sample's truth a probability $x$, and if samples are
# independent, the probability of all of them together is a product, the *likelihood* of the model. A product of a
# thousand small numbers is too small for a computer, and its logarithm is a sum:
#
# $$-\log\prod_n x^{(n)} = \sum_n -\log x^{(n)}$$
#
# So the least cross-entropy is the greatest likelihood: cross-entropy is also called the *negative log-likelihood*.

# %%
formulas("squared_error", "cross_entropy")

# %% [markdown]
# **By hand.** Both are sums over $i$ in which only one term has $x_i$, so we differentiate that one:
#
# $$\frac{\partial}{\partial x_i}(t_i - x_i)^2 = -2\,(t_i - x_i)
# \qquad\qquad \frac{\partial}{\partial x_i}\big(-p_i\log x_i\big) = -\frac{p_i}{x_i}$$
#
# A loss is the *last* node: its upstream gradient is $\partial L/\partial L = 1$, which is why no
# $\partial L/\partial y$ stands in these formulas.
#
# **Predict first.** The truth is class 1. A network says 0.01, and later 0.5. How many times larger is the gradient
# of the cross-entropy by that number in the first case? And of the squared error?

# %%
ratios = {}
for loss in (az.nn.cross_entropy, az.nn.squared_error):
    by_x = [az.grad(loss)(np.array([x, 1 - x]), np.array([1.0, 0.0]))[0] for x in (0.01, 0.5)]
    ratios[loss.__name__] = by_x[0] / by_x[1]
    print(f"{loss.__name__:<14} at 0.01: {by_x[0]:8.2f}   at 0.5: {by_x[1]:6.2f}   ratio {by_x[0] / by_x[1]:.1f}")
assert np.isclose(ratios["cross_entropy"], 50) and np.isclose(ratios["squared_error"], 1.98)

# %% [markdown]
# The slope of cross-entropy has no bound: the less probable the truth was said to be, the steeper it is. The slope of
# squared error has one, since a probability is wrong by 1 at most.
#
# Composed, they are a line each, and so are the closed forms. (The rest deals with batches, and with $0\log 0$, which
# is 0.)

# %%
source(az.nn.cross_entropy)

# %%
source(closed_form.loss.cross_entropy_dx)

# %% [markdown]
# ## Softmax and cross-entropy
#
# Probabilities have to come from somewhere: from scores, through a softmax (chapter 04). Take three scores
# $\vec{x} = (2, 0.5, -1)$, with the truth in the second place, and go back by hand, from the loss to the scores. Beside each
# step stands what the picture has grown to, beginning at its end.
#
# **1. The loss.** In $L = -\sum_i p_i\log y_i$ only one term has $y_i$, so what arrives at $y_i$ is
#
# $$\frac{\partial L}{\partial y_i} = -\frac{p_i}{y_i}$$
#
# Here only $p_2 = 1$ is not 0, so that $L = -\log y_2$:

# %%
p = np.array([0.0, 1.0, 0.0])
scores = az.Tensor([2.0, 0.5, -1.0], name="x")
y = az.nn.softmax(scores).named("y")
L = az.nn.cross_entropy(y, p).named("L")

y_2 = az.Tensor(y.data[1], name="y₂")
end = (-1.0 * np.log(y_2)).named("L")
end.backward(retain_grads=True)
assert np.isclose(y_2.grad, -1 / y.data[1]), "step 1"
graph_viz.draw(end, values=True, gradients=True)

# %% [markdown]
# **2. One output of the softmax, each input.** $y_i = e^{x_i}/S$ with $S = \sum_k e^{x_k}$. Every score $x_j$ is in $S$, and
# $x_i$ in the numerator, too. So there are two paths (chapter 04), and $\delta_{ij}$ is 1 for $i = j$ and else 0:
#
# $$\frac{\partial y_i}{\partial x_j} = \underbrace{\frac{1}{S}\,e^{x_i}\,\delta_{ij}}_{\text{numerator}}
# \;\underbrace{-\,\frac{e^{x_i}}{S^2}\,e^{x_j}}_{\text{through } S} = y_i\,(\delta_{ij} - y_j)$$
#
# The picture has $y_2$ for its end, with all three scores. What arrives at $x_2$ comes by both paths:


# %%
def truth_by_hand():
    """Three scores, and the probability of the second one."""
    x = [az.Tensor(score, name=f"x{sub}") for score, sub in zip(scores.data, "₁₂₃", strict=True)]
    e = [np.exp(score).named(f"e{sub}") for score, sub in zip(x, "₁₂₃", strict=True)]
    return x, (e[1] / (e[0] + e[1] + e[2]).named("S")).named("y₂")


x, y_2 = truth_by_hand()
y_2.backward(retain_grads=True)
assert np.allclose([float(score.grad) for score in x], y.data[1] * (np.eye(3)[1] - y.data)), "step 2"
graph_viz.draw(y_2, values=True, gradients=True)

# %% [markdown]
# **3. Their product**, upstream times local gradient. The $y_i$ of the softmax cancels the $1/y_i$ of the logarithm:
#
# $$\frac{\partial L}{\partial y_i}\,\frac{\partial y_i}{\partial x_j}
# = -\frac{p_i}{y_i}\,y_i\,(\delta_{ij} - y_j) = -p_i\,\delta_{ij} + p_i\,y_j$$

# %%
x, y_2 = truth_by_hand()
end = (-1.0 * np.log(y_2)).named("L")
end.backward(retain_grads=True)
assert np.allclose([float(score.grad) for score in x], [y.data[0], y.data[1] - 1, y.data[2]]), "step 3"
graph_viz.draw(end, values=True, gradients=True)

# %% [markdown]
# **4. The sum** over all outputs $i$ that use $x_j$. Of the first term only $i = j$ is left; and $\sum_i p_i = 1$, since
# the $p_i$ are probabilities:
#
# $$\frac{\partial L}{\partial x_j} = \sum_i\left(-p_i\,\delta_{ij} + p_i\,y_j\right)
# = -p_j + y_j\sum_i p_i = y_j - p_j$$
#
# What was predicted, minus the truth: $\partial L/\partial\vec{x} = (\vec{y}-\vec{p})^T$. Nothing else is left of an
# exponential, a division and a logarithm. In the last picture all outputs are there, with softmax and loss as one box
# each. ($\vec{p}$ is given, and gets no gradient; of an array the picture shows the least and the greatest element.)

# %%
with az.fused():  # a module as one node
    drawn = az.nn.cross_entropy(az.nn.softmax(scores).named("y"), p).named("L")
drawn.backward(retain_grads=True)
assert np.allclose(scores.grad, y.data - p), "step 4"
graph_viz.draw(drawn, values=True, gradients=True, names={"p": p})

# %% [markdown]
# The four steps with numbers, one line each, then the tape:

# %%
upstream = -p / y.data
local = y.data[:, None] * (np.eye(3) - y.data)  # row i, column j
products = upstream[:, None] * local
by_tape = az.gradient(L, [scores])[0]
print("1. ∂L/∂y        ", (upstream + 0.0).round(6))
print("2. ∂y/∂x        ", *local.round(6), sep="\n" + 17 * " ")
print("3. products     ", *(products + 0.0).round(6), sep="\n" + 17 * " ")
print("4. their sum    ", products.sum(axis=0).round(6))
print("   y − p        ", (y.data - p).round(6))
print("   ∂L/∂x, tape  ", by_tape.round(6))
assert np.allclose(az.gradient(L, [y])[0], upstream) and np.allclose(az.jacobian(az.nn.softmax)(scores.data), local)
assert np.allclose(products.sum(axis=0), y.data - p, atol=1e-14), "the four steps"
assert np.allclose(by_tape, y.data - p, atol=1e-14), "and the tape"

# %% [markdown]
# ## Certain and mistaken
#
# Let a network be more and more certain of the *wrong* one of two classes: its score is $m$, that of the truth is 0.
# How large is the gradient that should correct it, by either loss?
#
# **Predict first.** As $m$ grows the mistake gets worse. Does the gradient by $m$ grow, stay, or shrink?

# %%
truth = np.array([0.0, 1.0])


def slope_by_m(loss):
    """The gradient by the score m of the wrong class, for each of the margins."""
    return np.array([az.grad(lambda x: loss(az.nn.softmax(x), truth))(np.array([m, 0.0]))[0] for m in margins])


margins = np.linspace(-6, 12, 91)
signal = {"cross-entropy": slope_by_m(az.nn.cross_entropy), "squared error": slope_by_m(az.nn.squared_error)}
fig, ax = plt.subplots()
for (name, gradient), style in zip(signal.items(), ("-", "--"), strict=True):
    ax.plot(margins, gradient, style, label=f"softmax, then {name}")
ax.set(
    xlabel="m, the lead of the wrong class",
    ylabel="∂L/∂m",
    title="Squared error has almost no gradient where the mistake is worst",
)
ax.legend()
plt.show()
assert signal["cross-entropy"][-1] > 0.99 and np.all(np.diff(signal["cross-entropy"]) > 0), "rises to 1"
top = signal["squared error"].argmax()
assert signal["squared error"][top] > 0.5 and np.all(np.diff(signal["squared error"][: top + 1]) > 0), "rises"
assert signal["squared error"][-1] < 1e-3 and np.all(np.diff(signal["squared error"][top:]) < 0), "and falls back to 0"

# %% [markdown]
# Through cross-entropy the signal rises to 1 and stays. Through squared error it rises, and *falls back to 0*: the
# softmax is saturated there, its Jacobian is almost 0 (chapter 04), and the gradient of squared error is bounded.
# Cross-entropy's $1/y_i$ grows exactly as fast as the Jacobian falls.
#
# ### Further out
#
# At $m = 800$ the probability of the truth is $e^{-800}$. A float cannot hold it, and it becomes 0.

# %%
far = az.Tensor([800.0, 0.0])
with np.errstate(divide="ignore", invalid="ignore"):  # the logarithm of 0, and −1/0 times 0
    two_steps = az.nn.cross_entropy(az.nn.softmax(far), truth)
    by_two_steps = az.gradient(two_steps, [far])[0]
one_step = az.nn.softmax_cross_entropy(far, truth)
by_one_step = az.gradient(one_step, [far])[0]
print(f"softmax, then cross-entropy: L = {two_steps.item()}   ∂L/∂x = {by_two_steps}")
print(f"softmax_cross_entropy:       L = {one_step.item()}   ∂L/∂x = {by_one_step}")
assert np.isinf(two_steps.item()) and not np.isfinite(by_two_steps).any(), "in two steps: no number"
assert one_step.item() == 800 and np.array_equal(by_one_step, [1, -1]), "in one step: right"

# %% [markdown]
# Two right formulas, one after the other, give infinity and no gradient at all. Therefore frameworks, and this
# package, have a module that takes *scores*. For the loss it computes no probability: it subtracts $\log\sum_k e^{x_k}$
# from the scores, with the largest score taken out before the exponential (the *log-sum-exp trick*). The document does
# not have it; its closed form is ours:

# %%
source(closed_form.loss.softmax_cross_entropy_dx)

# %% [markdown]
# ## What is misprinted here? Nothing.
#
# The five formulas of this family hold as they stand; those of cross-entropy where no $x_i$ is 0, since at 0 they have
# $0\cdot\log0$ and $\frac00$. The table below also has losses that the document does not have. Those of
# numbers, `l1`, and `huber` and `smooth_l1`, which are squares near 0 and lines far from it, do not let one large
# mistake count more than all others. `bce` is the cross-entropy of yes and no, `bce_with_logits` the same of scores; `nll` takes
# logarithms that are there already, and `kl_div` is by how much cross-entropy is more than the entropy. `hinge` is 0
# once a score is beyond a margin. These are means over all elements, as PyTorch has them.

# %%
report = az.zoo.check("loss")
printed = [
    row for row in az.zoo.find(["squared_error", "cross_entropy"]) for row in row.rows if row.source == "document"
]
assert report.ok and len(printed) == 5, "tape, closed forms and differences agree"
assert {j.within for j in report.errata} == {"no element of x is 0"}, "what is printed holds where x is not 0"
report

# %% [markdown]
# But would one have noticed? A check that has never failed has not shown that it can. Here are three slips that
# people do make, judged like the printed formulas: against finite differences, on a sample.

# %%
sample = np.array([0.2, 0.5, 0.3])
target = np.array([0.1, 0.6, 0.3])
slips = {
    "−p/x, as printed": (az.nn.cross_entropy, -target / sample),
    "p/x, the sign lost": (az.nn.cross_entropy, target / sample),
    "−1/x, the p lost": (az.nn.cross_entropy, -1 / sample),
    "−2(t−x), as printed": (az.nn.squared_error, -2 * (target - sample)),
    "−(t−x), the 2 lost": (az.nn.squared_error, -(target - sample)),
}
h, errors = 1e-6, {}
for name, (loss, formula) in slips.items():
    slope = [(loss(sample + h * e, target) - loss(sample - h * e, target)) / (2 * h) for e in np.eye(3)]
    errors[name] = np.max(np.abs(formula - slope)) / np.max(np.abs(slope))
    print(f"{name:<20} error {errors[name]:.0e}")
assert all((error < 1e-6) == ("printed" in name) for name, error in errors.items()), (
    "each slip is found, and only slips"
)

# %% [markdown]
# In training the lost 2 would hardly be noticed: it is as if the learning rate were half as large. Only a comparison of
# numbers shows it.

# %%
explained("loss.squared_error.dx", sample=True)

# %% [markdown]
# ## What does a loss want?
#
# Suppose that a network gives the same answer to every input. Which answer is the best? Take the English text
# that comes with Python, ignore the order, and let a vector of scores predict the next character, with cross-entropy.
# The gradient is $\vec{y} - \vec{p}$, with $\vec{p}$ how often each character occurs. It is 0 when the prediction
# *is* the frequency, and nowhere else.
#
# The loss cannot go to 0, for the text is not certain. What is left is the *entropy* of the counts, which
# `az.data.bits` computes without any training.

# %%
text, alphabet = az.data.characters("train")
frequency = np.bincount(text, minlength=len(alphabet)) / len(text)
x = az.Tensor(np.zeros(len(alphabet)))
adam, bits = az.optim.Adam([x], lr=0.1), []
for _ in range(300):
    loss = az.nn.softmax_cross_entropy(x, frequency)
    adam.zero_grad()
    loss.backward()
    adam.step()
    bits.append(loss.item() / np.log(2))
entropy = az.data.bits(text, len(alphabet))

# %%
fig, ax = plt.subplots()
ax.plot(bits, label="cross-entropy")
ax.axhline(entropy, color="black", linestyle="--", linewidth=1, label="entropy of the counts")
ax.set(xlabel="step", ylabel="bits for each character", title="Cross-entropy falls to the entropy, and not below")
ax.legend()
plt.show()
print(f"start {bits[0]:.4f} = log₂ {len(alphabet)}   end {bits[-1]:.4f}   entropy {entropy:.4f}")
print(f"largest |y − p|: {np.max(np.abs(az.nn.softmax(x.data) - frequency)):.0e}")
assert np.isclose(bits[0], np.log2(len(alphabet))) and 0 <= bits[-1] - entropy < 0.01, "down to the entropy"
assert min(bits) >= entropy and np.max(np.abs(az.nn.softmax(x.data) - frequency)) < 0.01, "and not below"

# %% [markdown]
# Remember the first number. Before it has learnt anything, a classifier with $K$ classes should have a loss of
# $\log K$ (2.30 for ten classes). If yours starts higher, it is certain of something that it cannot know.
#
# ## A real task: a bad start
#
# That is what we do now. A linear layer reads digits, but its weights are far too large at first: it is certain, and
# mostly wrong. Both losses get the same start, the same batches and the same learning rate.

# %%
X, labels = az.data.digits("train")
X_test, labels_test = az.data.digits("test")


def reads(loss, size, epochs=8):
    """The accuracy before training and after each epoch, from weights that are `size` large."""
    rng = np.random.default_rng(0)
    model = az.nn.Linear(64, 10, rng=rng)
    model.W.data = size * rng.normal(size=(10, 64))
    descent, right = az.optim.SGD(model.parameters(), lr=0.5), [accuracy(model, X_test, labels_test)]
    for _ in range(epochs):
        for x, label in az.data.batches(X, labels, 32, rng=rng):
            descent.zero_grad()
            loss(model(x), az.data.one_hot(label, 10)).backward()
            descent.step()
        right.append(accuracy(model, X_test, labels_test))
    return right


# %%
losses = {
    "cross-entropy": az.nn.softmax_cross_entropy,
    "squared error": lambda x, t: az.nn.squared_error(az.nn.softmax(x), t),
}
learnt = {(name, size): reads(loss, size) for size in (0.01, 1.0) for name, loss in losses.items()}
fig, ax = plt.subplots()
for (name, size), style in zip(learnt, ("o-", "s-", "o--", "s--"), strict=True):
    ax.plot(learnt[name, size], style, label=f"{name}, {'small' if size < 1 else 'large'} weights")
ax.set(xlabel="epoch", ylabel="accuracy", title="From a bad start only cross-entropy recovers soon")
ax.legend(fontsize=8)
plt.show()

# %%
for (name, size), right in learnt.items():
    print(f"{name}, weights of size {size:<5} {right[-1]:.1%} of {len(labels_test)} digits that were not seen")
assert min(learnt[name, 0.01][-1] for name in losses) > 0.87, "from small weights both learn"
assert learnt["cross-entropy", 1.0][-1] > 0.85 > 0.7 > learnt["squared error", 1.0][-1], "from large ones, not"

start = np.random.default_rng(0)
az.nn.Linear(64, 10, rng=start)  # draws first, as in `reads`
first_scores = X_test @ start.normal(size=(10, 64)).T
first_loss = az.nn.softmax_cross_entropy(first_scores, labels_test).item()
certainty = np.mean(az.nn.softmax(first_scores).max(axis=1))
print(
    f"with large weights, before training: cross-entropy {first_loss:.1f}, mean of the largest probability {certainty:.2f}"
)
assert learnt["cross-entropy", 1.0][0] < 0.2 and certainty > 0.7, "certain, and mostly wrong"
assert first_loss > 2 * np.log(10) and round(np.log(10), 2) == 2.30, "far above log K"

# %% [markdown]
# From small weights both learn: nothing is saturated. From large ones squared error has almost no gradient for its worst
# mistakes, and is still far behind after eight epochs.
#
# ## Exercises
#
# Put your answer in the place of the `...` and run the cell: it says whether the answer is right, and if not, what to
# think about. After an attempt `print(az.lab.answer("05-1"))` shows the answer, and `az.lab.score()` what you have
# answered.
#
# **1.** A classifier for $K = 1000$ classes says that all are equally likely. What is its cross-entropy?

# %%
answer_1 = ...
az.lab.exercise("05-1", answer_1)

# %% [markdown]
# **2.** The scores are $(2, 0, -1)$ and the truth is the *third* class. What is the gradient of the loss by the
# scores? Use NumPy only.

# %%
answer_2 = ...
az.lab.exercise("05-2", answer_2)

# %% [markdown]
# **3.** With targets of 0 and 1 the gradient $\vec{y}-\vec{p}$ is never quite 0, so that scores grow for ever. *Label
# smoothing* takes $\vec{p} = (0.9, 0.05, 0.05)$ instead. Give scores at which the gradient is 0.

# %%
answer_3 = ...
az.lab.exercise("05-3", answer_3)

# %% [markdown]
# ## References
#
# - "Zoo of Deep Learning Modules", the document: its table of parameter-free modules, rows Cross-Entropy and Squared Error
# - C. Bishop, [Pattern Recognition and Machine Learning](https://www.microsoft.com/en-us/research/publication/pattern-recognition-machine-learning/)
#   (2006), chapter 4: likelihood and the gradient $\vec{y}-\vec{p}$
# - CS231n, [Softmax classifier](https://cs231n.github.io/linear-classify/#softmax-classifier)
# - Dive into Deep Learning, [Softmax regression](https://d2l.ai/chapter_linear-classification/softmax-regression.html) and
#   [Information theory](https://d2l.ai/chapter_appendix-mathematics-for-deep-learning/information-theory.html)
# - C. Szegedy et al., [Rethinking the Inception architecture](https://arxiv.org/abs/1512.00567) (2016): label smoothing
