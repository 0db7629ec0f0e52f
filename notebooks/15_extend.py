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
# # 15 Extending the zoo: your own primitive, your own module
#
# You have an idea that is in no library. How do you add it, so that it is differentiated, trained, drawn, and
# **believed**? This notebook takes one idea all the way: an operation with a rule, a module that uses it, its
# gradients as closed formulas, and a zoo that tries to prove them wrong.
#
# Afterwards you can say
#
# - when an operation deserves a rule of its own, and how to write one;
# - what the typical wrong rules look like, and which check finds which of them;
# - what must be written for a module, and what comes by itself;
# - how to have formulas judged, yours or somebody else's.
#
# You need chapters 01, 02 and a family of your choice. Reading takes about 45 minutes, the exercises apart. Words that you do
# not know stand in the [glossary](../docs/glossary.md).

# %%
# %config InlineBackend.figure_formats = ["svg"]
from dataclasses import replace
from textwrap import fill
from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np

import autograd_zoo as az
import graph_viz
from autograd_zoo import nn
from autograd_zoo.closed_form import Formula
from autograd_zoo.closed_form.rows.samples import away_from_zero, size
from autograd_zoo.nn.fusion import fused_by
from autograd_zoo.notebook import plots
from autograd_zoo.train import accuracy, train
from autograd_zoo.zoo import errata
from autograd_zoo.zoo.specimens.inputs import SHAPES, numbers, with_parameters

plots()

# %% [markdown]
# ## The idea
#
# The absolute value has a kink at 0. $\log\cosh x$ is an absolute value without one: near 0 it is nearly
# $\frac12x^2$, and far from 0 nearly $|x|-\log2$. It is composed of two functions that NumPy has, so nothing needs to
# be written at all. **Predict first:** what happens at $x=1000$?


# %%
def composed(x):
    """The log cosh of x, as two functions of NumPy."""
    return np.log(np.cosh(x))


assert abs(composed(0.1) - 0.1**2 / 2) < 1e-5 and abs(composed(-5.0) - (5.0 - np.log(2))) < 1e-4, "both shapes"
points = np.array([0.5, 5.0, 1000.0])
with np.errstate(over="ignore"):  # NumPy would warn: cosh(1000) is larger than any float
    print("value:   ", composed(points))
    print("gradient:", az.grad(lambda x: np.sum(composed(x)))(points))
    assert composed(points)[2] == np.inf, "the composition overflows"
    assert np.isnan(az.grad(lambda x: np.sum(composed(x)))(points)[2]), "and its slope is nan instead of 1"

# %% [markdown]
# The right value is about 999.3, and its slope is 1. But on the way stands $\cosh1000\approx10^{434}$, which is more
# than a float can hold. The value that comes out is infinite, and the slope is nan: the gradient was divided by infinity
# on its way, which leaves 0, and then multiplied by $\sinh1000$, which is infinite too; $0\cdot\infty$ could be anything,
# and the tape says so. The formula is right, and the *composition* cannot be used there. This is the best reason for a
# primitive of one's own: **the whole can be computed where its parts cannot**. (There are two more: NumPy's function has
# no rule, or the parts take too much time.)
#
# ## A primitive
#
# The value in a form that cannot overflow, and the rule: $(\log\cosh x)'=\tanh x$. That is all. A rule is given the
# upstream gradient $g$, what came out, $y$, and what went in, $x$; it returns the *vector-Jacobian product*, here
#
# $$\frac{\partial L}{\partial x_i}=\sum_k\frac{\partial L}{\partial y_k}\frac{\partial y_k}{\partial x_i}=g_i\tanh x_i$$


# %%
@az.primitive
def log_cosh(x):
    """log cosh x, as |x| + log(1 + exp(−2|x|)) − log 2, which cannot overflow."""
    a = np.abs(x)
    return a + np.log1p(np.exp(-2.0 * a)) - np.log(2.0)


az.defvjp(log_cosh, lambda g, y, x: g * np.tanh(x))

# %%
print("value:   ", log_cosh(points))
print("gradient:", az.grad(lambda x: np.sum(log_cosh(x)))(points))
for c in az.check_gradients(log_cosh, np.array([-2.0, 0.3, 7.0]), order=3):
    print(f"order {c.order}: worst error {c.error:.0e} against differences")
    assert c.error < 1e-5
assert np.allclose(az.grad(lambda x: np.sum(log_cosh(x)))(points), np.tanh(points)), "the rule"
assert np.allclose(log_cosh(points), [*composed(points[:2]), 1000 - np.log(2)]), "the primitive does not overflow"
assert np.isclose(az.grad(az.grad(log_cosh))(0.3), 1 - np.tanh(0.3) ** 2), "the slope of tanh: not written here"

# %% [markdown]
# We wrote the first derivative only. The second and the third came by themselves, since the rule is written with
# NumPy's `tanh`, which has a rule of its own.
#
# In the drawing it is one node, like any other:

# %%
x = az.Tensor(0.5, name="x")
y = log_cosh(2.0 * x).named("y")
y.backward(retain_grads=True)
assert len(az.Tape(y)) == 3 and np.isclose(x.grad, 2 * np.tanh(1.0)), "x, a product, and one node for log cosh"
graph_viz.draw(y)

# %% [markdown]
# ## Wrong rules
#
# A wrong rule raises no error. Here are five, each a common mistake. Which of them would you find by reading?


# %%
def frozen(x):
    """The array in a Tensor, which is what one should not ask for in a rule."""
    return x.data if isinstance(x, az.Tensor) else x


WRONG = {
    "sign": lambda g, y, x: -g * np.tanh(x),
    "factor": lambda g, y, x: 2.0 * g * np.tanh(x),
    "g is forgotten": lambda g, y, x: np.tanh(x) + 0.0 * g,
    "y for x": lambda g, y, x: g * np.tanh(y),
    "off the tape": lambda g, y, x: g * np.tanh(frozen(x)),
}


# %%
def verdict(rule):
    """What the check says of log_cosh with this rule."""
    wrong = az.primitive(lambda x: np.logaddexp(x, -x) - np.log(2.0))  # the same in other words
    az.defvjp(wrong, rule)
    try:
        az.check_gradients(wrong, np.array([-2.0, 0.3, 1.7]))
        return "no complaint"
    except az.GradientError as error:
        order, _, rest = str(error).partition(",")
        return f"{order}: {rest.rpartition('). ')[2]}"


verdicts = {name: verdict(rule) for name, rule in WRONG.items()}
for name, said in verdicts.items():
    print(fill(f"{name:<15} {said}", 88, subsequent_indent=16 * " "))
assert "sign is wrong" in verdicts["sign"] and "2 times" in verdicts["factor"]
assert all(said.startswith("order 1") for name, said in verdicts.items() if name != "off the tape")
assert verdicts["off the tape"].startswith("order 2"), "only order 2 sees what was not recorded"
deaf, flat = az.primitive(lambda x: np.logaddexp(x, -x)), az.primitive(lambda x: np.logaddexp(x, -x))
az.defvjp(deaf, WRONG["g is forgotten"])
az.defvjp(flat, WRONG["off the tape"])
found = [az.grad(f)(0.3) for f in (deaf, lambda x: 2.0 * deaf(x), flat)]
assert np.allclose(found, np.tanh(0.3)), "right for g = 1, wrong for g = 2; and right at order 1"
assert az.grad(az.grad(flat))(0.3) == 0.0, "a second derivative of zero"

# %% [markdown]
# Two of them deserve a second look.
#
# *g is forgotten* is right whenever $g=1$, that is whenever the loss is the result itself, or the sum of its elements.
# Test a rule with a cotangent that is not 1; the check weights the outputs with random numbers.
#
# *off the tape* is right at order 1, always, for every $g$. The sweep of order 1 is fed plain arrays, from which
# nothing can be lost. Only when the sweep itself is recorded does it show: for the tape this slope is a constant, and
# the second derivative is zero. Hence the column "order 2" of the zoo.
#
# ## A module
#
# Now a module with a parameter: a smooth absolute value whose sharpness $\beta$ is learned.
#
# $$y_i=\frac1\beta\log\cosh(\beta x_i)$$
#
# A module is a class with parameters and a `forward`, written as the formula.


# %%
class SmoothAbs(nn.Module):
    """yᵢ = log cosh(β xᵢ) / β, with one learned sharpness β."""

    def __init__(self, beta=1.0):
        self.beta = nn.Parameter([beta])

    def forward(self, x):
        """Apply it to each element."""
        return log_cosh(self.beta * x) / self.beta


# %%
grid = np.linspace(-2, 2, 201)
fig, ax = plt.subplots()
for beta, style in ((1.0, "-"), (3.0, "--"), (10.0, "-.")):
    ax.plot(grid, SmoothAbs(beta)(grid).data, style, label=f"β = {beta:g}")
ax.plot(grid, np.abs(grid), ":", color="black", label="|x|")
ax.set(xlabel="x", ylabel="y", title="The larger β, the closer to |x|, from below")
ax.legend()
plt.show()
below = [np.abs(grid) - SmoothAbs(beta)(grid).data for beta in (1.0, 3.0, 10.0)]
assert all(gap.min() >= 0 for gap in below) and below[0].max() > below[1].max() > below[2].max()

# %% [markdown]
# Parameters are found, stored and drawn without another line:

# %%
module = SmoothAbs(3.0)
print(dict(module.named_parameters()), "  stored as", module.state_dict())
assert [*dict(module.named_parameters())] == [*module.state_dict()] == ["beta"]
graph_viz.draw(module, np.array([0.5, -1.0]))

# %% [markdown]
# ## Closed forms
#
# The tape differentiates the module. To be *sure* of it, derive the gradients by hand, with $t_i=\tanh(\beta x_i)$. First the
# local ones: $x_i$ stands inside of the log cosh, and $\beta$ in two places, inside and in front, so that it has two terms:
#
# $$\frac{\partial y_i}{\partial x_i}=\frac1\beta\,t_i\,\beta=t_i\qquad
# \frac{\partial y_i}{\partial\beta}=\frac1\beta\,t_i\,x_i-\frac1{\beta^2}\log\cosh(\beta x_i)=\frac{x_it_i-y_i}\beta$$
#
# Then the chain rule. $x_i$ is used for $y_i$ alone, and $\beta$ for every element, so that it has a sum:
#
# $$\frac{\partial L}{\partial x_i}=\frac{\partial L}{\partial y_i}t_i\qquad
# \frac{\partial L}{\partial\beta}=\sum_i\frac{\partial L}{\partial y_i}\frac{x_it_i-y_i}\beta$$
#
# As functions they have a rule's signature, and are NumPy alone:


# %%
def smooth_abs(x, beta):
    """yᵢ = log cosh(β xᵢ) / β, with cosh z = (exp(z) + exp(−z))/2."""
    return (np.logaddexp(beta * x, -beta * x) - np.log(2.0)) / beta


def smooth_abs_dx(g, y, x, beta):
    """∂L/∂xᵢ = ∂L/∂yᵢ tᵢ."""
    return g * np.tanh(beta * x)


def smooth_abs_dbeta(g, y, x, beta):
    """∂L/∂β = Σ ∂L/∂yᵢ (xᵢ tᵢ − yᵢ)/β."""
    return np.reshape(np.sum(g * (x * np.tanh(beta * x) - y)) / beta, beta.shape)


# %% [markdown]
# ## A specimen
#
# A specimen tells the zoo how to run the module, on which inputs, and where its closed forms are. In the repository
# the three functions stand in the family's file of `closed_form/`, and the specimen in that of `zoo/specimens/`. A
# notebook keeps them to itself, and puts its specimen on the list for as long as it runs.


# %%
class Mine(az.zoo.Specimen):
    """A specimen whose closed forms stand in this notebook."""

    formulas = SimpleNamespace(
        smooth_abs=smooth_abs,
        smooth_abs_dx=smooth_abs_dx,
        smooth_abs_dbeta=smooth_abs_dbeta,
    )


specimen = Mine(
    name="smooth_abs",
    family="activation",
    run=with_parameters(lambda x, beta: SmoothAbs(), "beta"),  # makes the module, and gives it this beta
    inputs=("x", "beta"),  # a parameter is checked like an input
    domain=numbers,  # draws an x in each of the shapes
    others=lambda rng, x: (rng.uniform(0.5, 3.0, 1),),  # draws a beta to go with it
    shapes=SHAPES,
)

# %%
az.zoo.BY_NAME["smooth_abs"] = specimen
report = az.zoo.check("smooth_abs")
assert report.ok, "tape, closed forms and differences agree"
assert len(SHAPES) == 5, "of the inputs"
report

# %% [markdown]
# Each line is one quantity; the columns are ways to be wrong: the tape against the closed form, against differences
# of the forward pass, and its second derivative against differences of the first. The number is the worst relative
# error over five shapes and three seeds.
#
# ## Would it have noticed?
#
# A check that never fails proves nothing. So we forget the second term of $\partial L/\partial\beta$, which is the
# most natural mistake here.


# %%
def careless(g, y, x, beta):
    """∂L/∂β = Σ ∂L/∂yᵢ xᵢ tᵢ/β: β in front was forgotten."""
    return np.reshape(np.sum(g * x * np.tanh(beta * x)) / beta, beta.shape)


Mine.formulas.smooth_abs_dbeta = careless
broken = az.zoo.check("smooth_abs")
assert not broken.ok, "the slip is found"
broken

# %%
Mine.formulas.smooth_abs_dbeta = smooth_abs_dbeta
print("\n".join(broken.problems()))
assert [(row.quantity, row.against) for row in broken.failures] == [("dbeta", "closed form")], "three witnesses"

# %% [markdown]
# The closed form disagrees with the tape, the differences agree with the tape: so it is the closed form that is
# wrong. With two witnesses one knows that somebody errs, with three one knows who.
#
# ## One node
#
# On the tape the module is three operations. Since we have closed forms that are checked, they can serve as a rule:
# `fused_by` gives a function a second form, which is recorded as a single node where `az.fused()` is on. The check
# has a column for that, too; until now it compared the module with itself.


# %%
@fused_by(smooth_abs_dx, smooth_abs_dbeta)
def fused_smooth_abs(x, beta):
    """yᵢ = log cosh(β xᵢ) / β, as the module computes it."""
    return log_cosh(beta * x) / beta


leaves = [az.Tensor([0.5, -1.0], name="x"), az.Tensor([3.0], name="β")]
with az.fused():
    one_node = fused_smooth_abs(*leaves)
print(az.Tape(fused_smooth_abs(*leaves)), "\n")
print(az.Tape(one_node))
assert len(az.Tape(one_node)) == 2 + 1, "two leaves and one operation"
assert len(az.Tape(fused_smooth_abs(*leaves))) == 2 + 3, "two leaves and three operations"

# %%
az.zoo.BY_NAME["smooth_abs"] = replace(specimen, run=fused_smooth_abs)
fused_report = az.zoo.check("smooth_abs")
assert fused_report.ok, "as one node it is the same"
fused_report

# %% [markdown]
# ## Judging a formula
#
# Suppose that you find such a gradient in three papers. Which is right *as it is printed*?
#
# $$A:\;\frac{\partial L}{\partial\beta}=\sum_i\frac{\partial L}{\partial y_i}\frac{x_it_i-y_i}\beta\qquad
# B:\;\frac{\partial L}{\partial\beta}=\frac{\partial L}{\partial y_i}\frac{x_it_i-y_i}\beta\qquad
# C:\;\frac{\partial L}{\partial\beta}=\sum_i\frac{\partial L}{\partial y_i}\frac{x_it_i}\beta$$
#
# The zoo judges a formula by a literal transcription, exactly what stands there, beside what it should be. Where a
# formula would be right if one assumed something, the assumption is written down and tried as well.


# %%
def sample(rng):
    """One sample: a vector of random length, and a β."""
    return away_from_zero(rng, size(rng)), rng.uniform(0.5, 3.0, 1)


def printed(name, latex, transcription, **more):
    """A formula of ∂L/∂β as it might be printed."""
    return Formula(
        id=f"activation.smooth_abs.{name}",
        specimen="smooth_abs",
        quantity="dbeta",
        place="a paper",
        source="ours",
        latex=latex,
        printed=transcription,  # what stands there, literally
        corrected=smooth_abs_dbeta,  # what should stand there
        forward=smooth_abs,  # what differences are taken of
        sample=sample,
        **more,
    )


# %%
def as_in_b(g, y, x, beta):
    """B, literally: there is an i on the right, and none on the left."""
    return g * (x * np.tanh(beta * x) - y) / beta


term, rest = r"\frac{\partial L}{\partial y_i}", r"\frac{x_it_i-y_i}\beta"
summed = {"S": smooth_abs_dbeta}  # the letter of the zoo's dictionary: an index that the left side lacks is summed over
papers = [
    printed("A", rf"\sum_i{term}{rest}", smooth_abs_dbeta),
    printed("B", rf"{term}{rest}", as_in_b, readings=summed),
    printed("C", rf"\sum_i{term}\frac{{x_it_i}}\beta", careless, mended=smooth_abs_dbeta),
]
for formula in papers:
    for line in errata.explain(formula):
        if not line.startswith(("  printed", "  place", "  corrected")):  # they stand above, as mathematics
            print(line)
    print()
assert [errata.judged(formula).verdict for formula in papers] == ["exact", "reading", "wrong"]

# %% [markdown]
# *A* is exact. *B* gives a vector where a single number is wanted, and is right under an assumption that one can
# name: a *reading*. *C* lacks a term, no assumption brings it back, and it is *wrong*. These are three of the four
# verdicts; the fourth is *exact within* a condition, such as "no element of x is 0" in chapter 05. Nobody writes a
# verdict down by hand: it is computed.
#
# ## Is it of use?
#
# Can a network learn with it? Put it between two linear layers, in the place of $\tanh$, and let it read digits.
# Nothing more has to be written for that.

# %%
X, labels = az.data.digits("train")
X_test, labels_test = az.data.digits("test")


def reads(activation):
    """The accuracy, on new digits, of two linear layers with this activation between them."""
    r = np.random.default_rng(0)
    network = nn.Sequential(nn.Linear(64, 32, rng=r), activation, nn.Linear(32, 10, rng=r))
    for _ in train(network, X, labels, epochs=8, rng=r):
        pass
    return accuracy(network, X_test, labels_test)


# %%
ours = SmoothAbs(1.0)
right = {"SmoothAbs": reads(ours), "Tanh": reads(nn.Tanh())}
for name, share in right.items():
    print(f"{name:<10} {share:.0%} of the new digits are read right")
print(f"β began at 1, and is {ours.beta.item():.2f} now")
assert min(right.values()) > 0.9 and abs(right["SmoothAbs"] - right["Tanh"]) < 0.05, "nearly as well as tanh"
assert ours.beta.item() > 1.2, "and β has moved"

# %% [markdown]
# It reads nearly as well as $\tanh$. And $\beta$ has moved: the gradient that we have checked has reached it.
#
# And as a loss? With squared errors a few *outliers*, measurements that are far off, pull a line away; with $|x|$ they
# hardly do, but that has a kink at 0, where the errors should come to. Our module lies between: its slope is never
# larger than 1, and it is smooth at 0.

# %%
rng = np.random.default_rng(0)
u = np.linspace(0, 4, 40)
v = 1.0 + 0.5 * u + 0.1 * rng.normal(size=40)
v[[33, 36, 38]] = 9.0  # three measurements went wrong


def fit(loss):
    """Intercept and slope after 2000 steps of descent."""
    line = np.zeros(2)
    for _ in range(2000):
        line = line - 0.05 * az.grad(lambda c: np.mean(loss(c[0] + c[1] * u - v)))(line)
    return line


# %%
squared, robust = fit(lambda e: e * e), fit(SmoothAbs(5.0))
print(f"true slope 0.5;  squared error {squared[1]:.3f},  smooth absolute error {robust[1]:.3f}")

fig, ax = plt.subplots()
ax.plot(u, v, "o", color="black", markersize=4, label="measurements")
ax.plot(u, squared[0] + squared[1] * u, "--", label="squared error")
ax.plot(u, robust[0] + robust[1] * u, label="smooth absolute error")
ax.set(xlabel="u", ylabel="v", title="Three outliers pull one line, and hardly the other")
ax.legend()
plt.show()
assert abs(robust[1] - 0.5) < 0.1 < abs(squared[1] - 0.5), "it resists outliers"
errors = np.linspace(-10, 10, 101)
assert np.abs(az.grad(lambda e: np.sum(SmoothAbs(5.0)(e)))(errors)).max() <= 1 < np.abs(2 * errors).max()

# %% [markdown]
# ## Exercises
#
# Put your answer in the place of the `...` and run the cell: it says whether the answer is right, and if not, what to
# think about. After an attempt `print(az.lab.answer("15-1"))` shows the answer, and `az.lab.score()` what you have
# answered.
#
# **1.** Softsign is $y=x/(1+|x|)$. Write its rule, `lambda g, y, x: ...`. It can be written with $y$ alone.

# %%
answer_1 = ...
az.lab.exercise("15-1", answer_1)

# %% [markdown]
# **2.** With the rule "g is forgotten", what gradient would the tape give for $L=3\log\cosh x$ at $x=1$, instead of
# $3\tanh1$?

# %%
answer_2 = ...
az.lab.exercise("15-2", answer_2)

# %% [markdown]
# **3.** Swish is $y=x\,\sigma(\beta x)$ for a fixed $\beta$. Write its closed form `(g, y, x, beta)` for
# $\partial L/\partial x$, in NumPy; `nn.sigmoid` takes arrays.

# %%
answer_3 = ...
az.lab.exercise("15-3", answer_3)

# %% [markdown]
# ## References
#
# - `docs/extend.md` has all of this as a guide, and `docs/check.md` says how a check is made.
# - A. Griewank and A. Walther, [Evaluating derivatives](https://doi.org/10.1137/1.9780898717761), 2008: rules, tapes and checkpoints.
# - A. Baydin and others, [Automatic differentiation in machine learning: a survey](https://arxiv.org/abs/1502.05767), 2018.
# - CS231n, [Gradient checks](https://cs231n.github.io/neural-networks-3/#gradcheck): finite differences, and what to mind.
# - R. Saleh and A. Saleh, [Statistical properties of the log-cosh loss function](https://arxiv.org/abs/2208.04564), 2022.
