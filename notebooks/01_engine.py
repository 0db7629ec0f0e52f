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
# # 01 Automatic differentiation: an engine in sixty lines
#
# In chapter 00 we differentiated one neuron by hand. Nobody does this for a network. What is the least that a
# program must remember, so that it can differentiate *whatever* we write? This chapter builds that program, shows how
# it fails, and ends with the engine of this package, which has the same five parts. Such a program is an engine of
# *reverse-mode automatic differentiation*.
#
# Afterwards you can say
#
# - what a node of the graph remembers, and what a rule is;
# - why gradients are *added* where a value is used more than once;
# - why a sweep needs a *topological order*, and what exactly goes wrong without one.
#
# You need chapter 00, and Python's classes and recursion. Reading takes about 45 minutes, the exercises apart. Words
# that you do not know stand in the [glossary](../docs/glossary.md).

# %%
# %config InlineBackend.figure_formats = ["svg"]
import math
from collections import Counter, defaultdict
from itertools import count, permutations

import matplotlib.pyplot as plt
import numpy as np

import autograd_zoo as az
import graph_viz
from autograd_zoo.engine.graph import ancestors as our_ancestors
from autograd_zoo.notebook import plots, source

plots()

# %% [markdown]
# ## Part 1: rules
#
# We know a handful of operations. Of each we need to know two things: how it is computed, and how it hands a gradient
# to each of its inputs. The second is called a *rule*. It is given the *upstream gradient* `g`, which has arrived at the
# result `y`, and the inputs, and it returns the gradient of one input: `g` times the *local gradient*. (Of arrays this
# product is a *vector-Jacobian product*, which is chapter 02.)

# %%
# the engine, 1 of 5: operations. What is computed, then for each input a rule (g, y, *inputs)
OPERATIONS = {
    "add": (lambda a, b: a + b, lambda g, y, a, b: g, lambda g, y, a, b: g),
    "multiply": (lambda a, b: a * b, lambda g, y, a, b: g * b, lambda g, y, a, b: g * a),
    "tanh": (math.tanh, lambda g, y, x: g * (1 - y * y)),
}

# %% [markdown]
# `tanh` writes its slope with `y`, the result, which is known by then: nothing has to be computed twice.
#
# ## Part 2: nodes
#
# A value remembers *how it was made*: the operation and the values that went in. A leaf was not made by anything. It
# also takes a number from a clock that ticks once for each node. Nothing else is remembered, and it will be enough.

# %%
# the engine, 2 of 5: a node
clock = count()


class Value:
    """A number that remembers how it was made, and when."""

    def __init__(self, data, op=None, inputs=()):
        self.data, self.op, self.inputs, self.order = data, op, inputs, next(clock)

    def __add__(self, other):
        return record("add", self, other)

    def __mul__(self, other):
        return record("multiply", self, other)

    def __sub__(self, other):
        return self + -1 * other

    def __rsub__(self, other):
        return -1 * self + other

    def tanh(self):
        return record("tanh", self)

    __radd__, __rmul__ = __add__, __mul__


# %% [markdown]
# (`tanh` is a method because NumPy, asked for the `np.tanh` of an object that it does not know, calls the object's
# own method.)
#
# ## Part 3: recording
#
# Computing and remembering happen in one place.


# %%
# the engine, 3 of 5: recording
def record(op, *inputs):
    """Compute an operation, and remember it in a new node."""
    nodes = tuple(x if isinstance(x, Value) else Value(x) for x in inputs)
    return Value(OPERATIONS[op][0](*(x.data for x in nodes)), op, nodes)


# %% [markdown]
# This is all of the forward pass. We write an ordinary formula, and get a graph:

# %%
x = Value(2.0)
u = 3 * x
a, b = 2 * u, 5 * u
L = a + b
for name, node in {"u": u, "a": a, "b": b, "L": L}.items():
    inputs = " and ".join(f"{i.data:g}" for i in node.inputs)
    print(f"{name} = {node.data:<2.0f} was made by {node.op:<8} of {inputs}")

# %% [markdown]
# ## Part 4: pulling back through one node
#
# When the gradient `g` has arrived at a node, each input gets what its rule says. (If `g` is itself a `Value`, the
# rules are given values, so that what they compute is recorded. We will need this only at the very end.)


# %%
# the engine, 4 of 5: one node
def pull(node, g):
    """Pairs of an input and what it gets when g arrives at the node."""
    rules = OPERATIONS[node.op][1:] if node.op else ()
    y, *xs = (t if isinstance(g, Value) else t.data for t in (node, *node.inputs))
    return [(x, rule(g, y, *xs)) for x, rule in zip(node.inputs, rules, strict=True)]


# %% [markdown]
# What is left is to decide **in which order** we go through the nodes. It looks like a detail. It is what everything
# depends on.
#
# ## The obvious way, and why it is wrong
#
# The obvious way is recursion: whenever a gradient arrives at a node, add it to what the node has, and hand it on to
# the inputs *at once*. Here are two ways to write that.


# %%
def eager(node, g, grads):
    """Add what arrives, and hand on at once whatever has arrived so far."""
    grads[node] += g
    arrivals.append((node, g, grads[node]))  # a note for us
    for i, gi in pull(node, grads[node]):
        eager(i, gi, grads)


def once(node, g, grads, seen):
    """Add what arrives; but hand on only at the first visit, so that no node hands on twice."""
    grads[node] += g
    if node not in seen:
        seen.add(node)
        for i, gi in pull(node, grads[node]):
            once(i, gi, grads, seen)


# %% [markdown]
# **Predict first.** In our graph $u = 3x$, $a = 2u$, $b = 5u$ and $L = a + b$, so that $L = 21x$. What does each of
# the two give for $dL/dx$?

# %%
grads_eager, grads_once, arrivals = defaultdict(float), defaultdict(float), []
eager(L, 1.0, grads_eager)
once(L, 1.0, grads_once, set())
print(f"dL/dx should be 21; eager says {grads_eager[x]:g}, once says {grads_once[x]:g}")
assert (grads_eager[x], grads_once[x]) == (27.0, 6.0), "plain recursion is wrong"

# %% [markdown]
# Both are wrong, and neither complains. Look at the picture to see why (ours, with the right numbers: each box holds a
# value, and the gradient of $L$ by it).

# %%
tx = az.Tensor(2.0, name="x")
tu = (3.0 * tx).named("u")
tL = ((2.0 * tu).named("a") + (5.0 * tu).named("b")).named("L")
tL.backward(retain_grads=True)
assert (tu.grad, tx.grad) == (7.0, 21.0), "gradients add where a value is used twice"
graph_viz.draw(tL)

# %% [markdown]
# The node $u$ is used twice, so two gradients arrive: 2 by way of $a$ and 5 by way of $b$, and the gradient of $u$ is 7,
# their sum. But the recursion goes to $u$ and on to $x$ *before it has been to* $b$. This is what `eager` did, step
# by step. Each node hands on what it has at that moment:

# %%
names = {L: "L", a: "a", b: "b", u: "u", x: "x"}
for node, g, has in arrivals:
    if node in names:  # the constants 2, 3 and 5 are nodes, too
        print(f"{g:2g} arrives at {names[node]}, which has {has:g} now")
assert [(g, has) for node, g, has in arrivals if node is u] == [(2, 2), (5, 7)], "2 and then 5 arrive at u"
assert [(g, has) for node, g, has in arrivals if node is x] == [(6, 6), (21, 27)], "6 and then 21 arrive at x"

# %% [markdown]
# - `eager` hands on $3\cdot2=6$, and at the second visit $3\cdot7=21$, in which the first 2 is counted again: 27;
# - `once` hands on $3\cdot2=6$ and is done with $u$; the 5 arrives too late.
#
# On a tree, where every value is used once, both are right. That is why such an engine passes its first tests:

# %%
twig = Value(2.0)
tree = (3 * twig).tanh() + 5 * Value(1.0)
on_tree = [defaultdict(float), defaultdict(float)]
eager(tree, 1.0, on_tree[0])
once(tree, 1.0, on_tree[1], set())
slope = 3 * (1 - math.tanh(6.0) ** 2)
print(f"on a tree: eager {on_tree[0][twig]:.3e}, once {on_tree[1][twig]:.3e}, by hand {slope:.3e}")
assert all(math.isclose(grads[twig], slope) for grads in on_tree), "on a tree both are right"

# %% [markdown]
# ## Why gradients add
#
# It may not be obvious that 2 and 5 must be added. So change $u$ a little, first only where $a$ uses it, then only where
# $b$ uses it, then in both places.


# %%
def L_of(u_for_a, u_for_b):
    """L as a function of the two uses of u."""
    return 2 * u_for_a + 5 * u_for_b


h, u0 = 1e-3, u.data
only_a, only_b = L_of(u0 + h, u0) - L_of(u0, u0), L_of(u0, u0 + h) - L_of(u0, u0)
both = L_of(u0 + h, u0 + h) - L_of(u0, u0)
print(f"by way of a: {only_a / h:.3f}   by way of b: {only_b / h:.3f}   both: {both / h:.3f}")
assert np.allclose([only_a / h, only_b / h, both / h], [2, 5, 7]), "small changes add up, too"

# %% [markdown]
# A small change of $u$ reaches $L$ along both ways, and for small changes the effects add up: this is the chain rule
# for a function of several variables,
#
# $$\frac{\partial L}{\partial u}=\frac{\partial L}{\partial a}\frac{\partial a}{\partial u}
# +\frac{\partial L}{\partial b}\frac{\partial b}{\partial u}$$
#
# with one term for each *use* of $u$. To overwrite instead of adding is wrong, too.
#
# ## A right way that is far too slow
#
# One can repair the recursion: hand on only the *new* part, at every visit. Then each path from $L$ to $x$ is walked by
# itself, and the results add up. But how many paths are there?


# %%
def each_path(node, g, grads):
    """Add what arrives, and hand on only that. Returns the number of visits."""
    grads[node] += g
    return 1 + sum(each_path(i, gi, grads) for i, gi in pull(node, g))


doublings, visits = range(1, 13), []
for n in doublings:
    y = leaf = Value(1.0)
    for _ in range(n):
        y = y + y
    visits.append(each_path(y, 1.0, grads := defaultdict(float)))
print(f"{n} doublings: {grads[leaf]:g}, which is right")
print(f"but it took {visits[-1]:,} visits to {n + 1} nodes")
assert grads[leaf] == 2.0**n, "it is right"
assert visits == [2 ** (n + 1) - 1 for n in doublings], "but paths double"

# %%
fig, ax = plt.subplots()
ax.semilogy(doublings, visits, "o-", label="visits, if every path is walked")
ax.semilogy(doublings, [n + 1 for n in doublings], "s--", label="nodes")
ax.set(xlabel="how many times y = y + y", ylabel="count")
ax.set_title("Paths double with every value that is used twice")
ax.legend()
plt.show()

# %% [markdown]
# A network has thousands of values that are used twice. So each node must be visited once, and *it must have received
# everything before it hands anything on*.
#
# ## The order that works
#
# All that arrives at a node comes from the nodes that use it. So its turn may come as soon as all of its users had
# theirs: users first. An order of the nodes in which each stands before everything that it was made from is a
# **topological order** (walked from the result to the leaves).
#
# Is that condition needed, or only safe? Four nodes can be ordered in 24 ways: try them all.


# %%
def swept(order):
    """dL/dx if the nodes are pulled through in this order, once each."""
    due = defaultdict(float, {L: 1.0})
    for node in order:
        for i, gi in pull(node, due[node]):
            due[i] += gi
    return due[x]


def topological(order):
    """Whether each node stands before all that it was made from."""
    place = {node: k for k, node in enumerate(order)}
    return all(place[node] < place.get(i, math.inf) for node in order for i in node.inputs)


outcomes = Counter((swept(order), topological(order)) for order in permutations([L, a, b, u]))
for (result, good), times in sorted(outcomes.items()):
    print(f"dL/dx = {result:2.0f}   in {times:2} orders, {'' if good else 'not '}topological")
assert outcomes[21.0, True] == 2, "both topological orders are right"
assert all(good == (result == 21.0) for result, good in outcomes), "and no other order is"

# %% [markdown]
# 21 comes out for the two topological orders, $L, a, b, u$ and $L, b, a, u$, and for no other.
#
# ## Part 5: the sweep
#
# Where does one get such an order? We have one already: **the order in which the nodes were made**. A result cannot
# be made before its inputs exist, so the clock of a node is always later than the clocks of its inputs. Newest first
# is a topological order. It takes one `sort`.


# %%
# the engine, 5 of 5: the sweep
def ancestors(y):
    """y and every node behind it, newest first."""
    nodes, seen = [y], {y}
    for node in nodes:  # grows while it is walked
        nodes += [i for i in dict.fromkeys(node.inputs) if i not in seen]
        seen.update(node.inputs)
    return sorted(nodes, key=lambda node: node.order, reverse=True)


def gradient(y, xs, create_graph=False):
    """dy/dx for each x; with create_graph as Values, which can be differentiated again."""
    due = {y: Value(1.0) if create_graph else 1.0}
    for node in ancestors(y):
        for i, gi in pull(node, due[node]):
            due[i] = due[i] + gi if i in due else gi
    return [due.get(i, 0.0) for i in xs]


# %%
parts = {cell[:18]: cell for cell in In if cell.startswith("# the engine, ")}  # noqa: F821  (the cells that were run)
lines = sum(len(cell.strip().splitlines()) for cell in parts.values())
print(f"dL/dx = {gradient(L, [x])[0]:g}, by an engine of {lines} lines, blank ones included")
assert gradient(L, [x]) == [21.0] and lines <= 60, "the engine is right, and has sixty lines"
assert all(i.order < node.order for node in ancestors(L) for i in node.inputs), "inputs are made before results"

# %% [markdown]
# ## Is it right?
#
# Let us write programs at random, programs that use their values again and again, and compare the sixty lines with
# this package. The same program runs on both.


# %%
def random_program(x, y, rng, length=20):
    """A formula of x and y: at each step a random operation of two values made before."""
    made = [x, y]
    for _ in range(length):
        p, q = (made[k] for k in rng.integers(len(made), size=2))
        made.append((p + q, np.tanh(p * q), p - 0.5 * q)[rng.integers(3)])
    return np.tanh(made[-1] + made[-2] + made[-3])


worst = 0.0
for seed in range(200):
    sixty, package = [Value(0.7), Value(-0.4)], [az.Tensor(0.7), az.Tensor(-0.4)]
    by_sixty = gradient(random_program(*sixty, np.random.default_rng(seed)), sixty)
    y_package = random_program(*package, np.random.default_rng(seed))
    by_package = az.gradient(y_package, package, allow_unused=True)
    worst = max(worst, *(abs(s - p) for s, p in zip(by_sixty, by_package, strict=True)))
print(f"200 random programs: largest difference {worst:.0e}")
assert worst < 1e-12, "the sixty lines agree with the package"

# %% [markdown]
# (A program may happen not to use one of its inputs. The derivative is 0 then, and the package wants to be told that this
# is not a mistake: `allow_unused=True`.)
#
# And it learns. Exclusive or is the classic example of what no single neuron can do (Minsky and Papert, below). Here
# it is learnt by three hidden neurons:


# %%
def network(w, p, q):
    """Two inputs, three hidden neurons, one output."""
    hidden = [np.tanh(w[3 * k] * p + w[3 * k + 1] * q + w[3 * k + 2]) for k in range(3)]
    return np.tanh(w[9] * hidden[0] + w[10] * hidden[1] + w[11] * hidden[2] + w[12])


# %%
rng = np.random.default_rng(1)
weights = [Value(w) for w in rng.normal(size=13)]
samples = [(-1, -1, -1), (-1, 1, 1), (1, -1, 1), (1, 1, -1)]

for _ in range(150):
    errors = [network(weights, p, q) - t for p, q, t in samples]
    loss = sum(e * e for e in errors)
    slopes = gradient(loss, weights)
    weights = [Value(w.data - 0.1 * g) for w, g in zip(weights, slopes, strict=True)]
outputs = [network(weights, p, q).data for p, q, _ in samples]
for (p, q, _), out in zip(samples, outputs, strict=True):
    print(f"xor({p:+}, {q:+}) = {out:+.2f}")
assert all(out * t > 0.5 for out, (_, _, t) in zip(outputs, samples, strict=True)), "the sixty lines learn"

# %% [markdown]
# ## Why not sort by recursion?
#
# Textbooks find a topological order by depth-first search: visit the inputs, then append the node. It is correct, and
# it is how many small engines do it. But Python allows about a thousand calls inside each other, and a long computation
# (a recurrent network over a long text) is a deeper graph than that.


# %%
def depth_first(node, order, seen):
    """Append everything behind the node, then the node."""
    if node not in seen:
        seen.add(node)
        for i in node.inputs:
            depth_first(i, order, seen)
        order.append(node)


deep = start = Value(1.0)
for _ in range(20_000):
    deep = deep + start
try:
    depth_first(deep, [], set())
    fate = "no error"
except RecursionError:
    fate = "RecursionError"
print(f"20,000 additions, depth first: {fate}")
print(f"20,000 additions, sorted by the clock: dy/dx = {gradient(deep, [start])[0]:g}")
assert fate == "RecursionError" and gradient(deep, [start]) == [20_001.0], "a deep graph needs no recursion"

# %% [markdown]
# ## Ours
#
# The engine of this package has the same five parts, for arrays instead of numbers:
#
# | sixty lines | the package |
# | --- | --- |
# | `OPERATIONS`, rules `(g, y, *inputs)` | a table of NumPy functions, `az.defvjp(np.tanh, lambda g, y, x: ...)` |
# | `Value`: `op`, `inputs`, `order` | `az.Tensor`: the same slots, and the arrays that its rules will need |
# | `record` | the same; NumPy's functions and the operators call it |
# | `pull` | the same; it also undoes broadcasting, which is chapter 02 |
# | `ancestors`, `gradient` | the same: sorted by creation, no recursion anywhere |

# %%
source(our_ancestors)

# %% [markdown]
# Note what a node costs: the values that its rules will need stay in memory until the sweep is over. Training a network
# takes more memory than using it, and this is why.
#
# One more thing is added there: `.backward()` *adds* to `.grad`, for the same reason for which gradients add inside a
# graph. Two losses of the same parameters make a total loss, and the gradient of a sum is the sum of the gradients.
# `x.grad = None` starts anew.

# %%
p = az.Tensor(2.0)
(3 * p).backward()
(p * p).backward()
print(f"3 from the first loss, 4 from the second: {p.grad:g}")
assert p.grad == 7.0, "backward adds"

# %% [markdown]
# ## Second derivatives
#
# The rules are made of additions and multiplications, which are operations that can be recorded. Give them values
# instead of numbers, and the gradient is a graph again, which can be differentiated again. We have prepared for that
# with one `isinstance`, and the second derivative of $\tanh$ needs no further line:

# %%
v = Value(0.5)
(first,) = gradient(np.tanh(v), [v], create_graph=True)
(second,) = gradient(first, [v])
print(f"tanh'(0.5)  = {first.data:.10f}   package: {az.grad(np.tanh)(0.5):.10f}")
print(f"tanh''(0.5) = {second:.10f}  package: {az.grad(az.grad(np.tanh))(0.5):.10f}")
assert abs(second - az.grad(az.grad(np.tanh))(0.5)) < 1e-12, "a recorded sweep can be differentiated again"

# %% [markdown]
# Chapter 14 goes on from here.
#
# ## Exercises
#
# Put your answer in the place of the `...` and run the cell: it says whether the answer is right, and if not, what to
# think about. After an attempt `print(az.lab.answer("01-1"))` shows the answer, and `az.lab.score()` what you have
# answered.
#
# **1.** $L = u\cdot u$ with $u = 3x$ at $x = 1$. The right derivative is 18. What does the recursion `once` give for
# $dL/dx$? Work it out; do not run it.

# %%
answer_1 = ...
az.lab.exercise("01-1", answer_1)

# %% [markdown]
# **2.** Add division to the table: $y = a/b$. Give the two rules as a list of functions `(g, y, a, b)`. Can you write
# the second with $y$?

# %%
answer_2 = ...
az.lab.exercise("01-2", answer_2)

# %% [markdown]
# **3.** How many visits does `each_path` make for *thirty* doublings? Give a formula's value; do not run it.

# %%
answer_3 = ...
az.lab.exercise("01-3", answer_3)

# %% [markdown]
# ## References
#
# - A. Karpathy, [micrograd](https://github.com/karpathy/micrograd) and
#   [The spelled-out intro to neural networks and backpropagation](https://www.youtube.com/watch?v=VMj-3S1tku0)
# - CS231n, [Backpropagation, intuitions](https://cs231n.github.io/optimization-2/)
# - A. Griewank, A. Walther, [Evaluating Derivatives](https://doi.org/10.1137/1.9780898717761), SIAM (2008): the tape and
#   its order
# - A. Kahn, [Topological sorting of large networks](https://doi.org/10.1145/368996.369025), CACM 5 (1962)
# - M. Minsky, S. Papert, [Perceptrons](https://mitpress.mit.edu/9780262630221/perceptrons/), MIT Press (1969): exclusive or
# - D. Maclaurin et al., [Autograd](https://github.com/HIPS/autograd): an engine that records NumPy
