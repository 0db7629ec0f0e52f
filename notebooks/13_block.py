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
# # 13 Residual blocks and others: how deep networks are built
#
# By now we have many kinds of layers. Why not simply stack a hundred of them? Because two things go wrong: gradients
# do not keep their size, and so many multiplications take too long. The famous networks are answers to these two, and
# each answer is a *block*, a few layers that are put together in a certain way and then repeated.
#
# Afterwards you can say
#
# - what a shortcut does to the gradient, and what Batch Normalization alone does not do;
# - what a convolution costs, what a separable one saves, and where the saving ends;
# - what comes back to a gate that looks at its own input;
# - what a ResNet is, and how much better it reads than the network of chapter 09.
#
# You need chapters 08, 09 and 10. Reading takes about 55 minutes, the exercises apart. Words that you do
# not know stand in the [glossary](../docs/glossary.md).

# %%
# %config InlineBackend.figure_formats = ["svg"]
import matplotlib.pyplot as plt
import numpy as np

import autograd_zoo as az
import graph_viz
from autograd_zoo import closed_form, models
from autograd_zoo.notebook import formulas, plots, source
from autograd_zoo.train import accuracy, train

plots()

# %% [markdown]
# ## A plus
#
# The residual block has a stack of two convolutions, each normalized. What the stack makes of $x$ is *added to $x$*,
# and an activation $f$ follows:
#
# $$u = BN(W_2 * a) \qquad a = f(BN(W_1 * x)) \qquad s = u + x \qquad y = f(s)$$

# %%
block = az.nn.BasicBlock(4, 4, rng=np.random.default_rng(0))
x = az.Tensor(np.random.default_rng(1).normal(size=(2, 4, 5, 5)), name="x")
y = block(x).named("y")
graph_viz.draw(y, depth=1)

# %% [markdown]
# **By hand.** Go back from $y$. Through $f$: $\frac{\partial L}{\partial s} = \frac{\partial L}{\partial y}\odot f'(s)$.
# A plus hands the same gradient to both of its inputs (chapter 00). So $x$ gets two parts: what comes back through the
# stack, and $\frac{\partial L}{\partial s}$ itself, *untouched*.
#
# $$\frac{\partial L}{\partial u} = \frac{\partial L}{\partial s} \qquad \text{by the stack:}\quad
# \frac{\partial L}{\partial a} = \frac{\partial L}{\partial u}\,\frac{\partial u}{\partial a} \qquad
# \frac{\partial L}{\partial a}\,\frac{\partial a}{\partial x} = \frac{\partial L}{\partial s}\,\frac{\partial u}{\partial a}\,\frac{\partial a}{\partial x}
# \qquad \text{by the shortcut:}\quad \frac{\partial L}{\partial s}\cdot1$$
#
# $$\frac{\partial L}{\partial x} = \frac{\partial L}{\partial s}\,\frac{\partial u}{\partial x} +
# \frac{\partial L}{\partial s}$$

# %%
g = np.random.default_rng(2).normal(size=y.shape)
ds = g * (y.data > 0)
through_stack = az.gradient(block._stack(x), [x], ds)[0]
tape = az.gradient(block(x), [x], g)[0]
print(f"largest |stack + shortcut − tape|: {np.max(np.abs(through_stack + ds - tape)):.0e}")
assert np.allclose(through_stack + ds, tape, atol=1e-12), "a plus hands the gradient to both"
print(
    f"length of the part through the stack {np.linalg.norm(through_stack):.1f}, by the shortcut {np.linalg.norm(ds):.1f}"
)

# %% [markdown]
# In the module the plus is one line. The closed form is a list of equations, and in it the plus is one of them, `"s"`.

# %%
source(az.nn.BasicBlock.forward)

# %%
source(closed_form.block.basic_block)

# %% [markdown]
# The gradients come back through the list, from the last equation to the first, each by the closed form of its layer.
# A name that two equations take, as $x$ is taken by the first convolution and by the plus, gets the sum of both parts.

# %%
source(closed_form.equations.Equations.gradients)

# %% [markdown]
# ## Twenty-four of them
#
# Take the shortcut away and nothing else. (A block may have a module of its own for its shortcut. This one gives 0.)
# Everything is normalized after each convolution, so the *values* keep their size at any depth.
#
# **Predict first.** Do the gradients keep theirs, too?


# %%
class Nothing(az.nn.Module):
    """The shortcut of a block that has none."""

    def forward(self, x):
        """0, whatever x is."""
        return 0.0


def stack(depth, shortcut, rng, C=8):
    """Residual blocks, or the same blocks with the same weights and no shortcut."""
    way = None if shortcut else Nothing()
    return [az.nn.BasicBlock(C, C, downsample=way, rng=rng, dtype=np.float32) for _ in range(depth)]


# %%
size, spread = {}, {}
for shortcut in (True, False):
    rng = np.random.default_rng(0)
    h = [az.Tensor(rng.normal(size=(32, 8, 8, 8)).astype(np.float32))]
    for layer in stack(24, shortcut, rng):
        h.append(layer(h[-1]))
    back = az.gradient(h[-1], h, rng.normal(size=h[-1].shape).astype(np.float32))
    size[shortcut] = np.array([np.linalg.norm(grad) for grad in back]) / np.linalg.norm(back[-1])
    spread[shortcut] = np.array([state.data.std() for state in h])

# %%
fig, axes = plt.subplots(1, 2, figsize=(7, 3.2))
for ax, measured, label in zip(axes, (spread, size), ("standard deviation of h", "size of ∂L/∂h"), strict=True):
    for shortcut, style in ((True, "o-"), (False, "s--")):
        ax.plot(measured[shortcut], style, markersize=4, label="with shortcut" if shortcut else "without")
    ax.set(xlabel="h after block", ylabel=label)
axes[0].set(ylim=(0, 4))
axes[1].set(yscale="log")
axes[1].legend()
fig.suptitle("Without shortcuts values keep their size, and the gradient explodes all the same")
plt.show()
growth = {shortcut: (size[shortcut][1] / size[shortcut][-1]) ** (1 / 23) for shortcut in (True, False)}
print(f"growth of the gradient by block: {growth[True]:.2f} with shortcut, {growth[False]:.2f} without")
assert size[False][0] > 500 and size[True][0] < 50, "without shortcuts the gradient explodes"
assert np.all(spread[False] < 1) and spread[True][-1] < 5, "although the values keep their size"
assert np.all(np.diff(spread[True])[1:] > -0.1) and spread[True][-1] > spread[True][1], "with them they grow a little"
assert growth[False] > 1.3 > 1.2 > growth[True] > 1
factors = size[False][1:-1] / size[False][2:]
print(f"without shortcut a block's factor is {factors.min():.1f} to {factors.max():.1f}")
assert 1.1 < factors.min() and factors.max() < 1.8, "each block multiplies by about the same"
late, early = (size[True][k] / size[True][k + 6] for k in (17, 1))
print(f"with shortcuts, over six blocks: the first {early:.2f}, the last {late:.2f}")
assert late < early, "later blocks change relatively less"

# %% [markdown]
# Read the right picture from right to left, as the sweep goes. Without shortcuts each block multiplies the gradient by
# about the same number, and 23 such factors make a power. Where does the number come from? Let a normalized value be
# normally distributed, with mean 0 and variance 1. What a ReLU makes of it has the mean $\frac1{\sqrt{2\pi}}$ and the mean square
# $\frac12$. The next Batch Normalization takes the mean away and divides by the root of what is left, the variance. So it
# *magnifies*, on the way forward differences, and on the way back gradients. The ReLU itself lets half of the squared
# gradient through. In all, a layer multiplies the squared length of the gradient by
#
# $$\underbrace{\frac12}_{\text{ReLU}}\cdot\underbrace{\frac{1}{\frac12-\frac1{2\pi}}}_{\text{Batch Normalization}} = \frac{\pi}{\pi-1} = 1.47$$
#
# A block has two layers, so the length itself grows by $\sqrt{1.47}^{\,2} = 1.47$. That is an estimate, for values that do not
# depend on each other. Two linear layers of 64 units come near it; neighbouring pixels do depend on each other, and two
# convolutions stay a little below.

# %%
normal = np.random.default_rng(0).normal(size=1_000_000)
after = np.maximum(normal, 0)
print(
    f"mean square {np.mean(after**2):.3f}, variance {after.var():.3f}, their quotient {np.mean(after**2) / after.var():.3f}"
)
assert np.isclose(np.mean(after**2) / after.var(), np.pi / (np.pi - 1), rtol=0.01), "the estimate"

rng = np.random.default_rng(0)
h = [az.Tensor(rng.normal(size=(1024, 64)).astype(np.float32))]
for _ in range(24):
    W = rng.normal(size=(64, 64)).astype(np.float32) / 8
    h.append(az.nn.relu(az.nn.batch_norm(az.nn.linear(h[-1], W))))
first, last = az.gradient(h[-1], [h[1], h[-1]], rng.normal(size=h[-1].shape).astype(np.float32))
linear = (np.linalg.norm(first) / np.linalg.norm(last)) ** (2 / 23)
print(
    f"growth by two layers: estimated {np.pi / (np.pi - 1):.2f}, linear {linear:.2f}, convolutions {growth[False]:.2f}"
)
assert abs(linear - np.pi / (np.pi - 1)) < 0.05, "near the estimate"
assert np.pi / (np.pi - 1) - 0.15 < growth[False] < linear, "and a little below"

# %% [markdown]
# With shortcuts the values grow a little from block to block (after the first one), for something is added each time.
# So later blocks change relatively less, and their factor is closer to 1.
#
# Does it matter for learning? One block and six of them, with and without, on the digits. Two epochs are not enough to
# learn everything, but enough to see which network learns: look at the mean loss of the second. (Guessing has the loss
# $\log 10 = 2.30$.)

# %%
images, labels = az.data.digits("train", images=True, dtype=np.float32)
images_test, labels_test = az.data.digits("test", images=True, dtype=np.float32)


def flat(x):
    """Images as rows."""
    return np.reshape(x, (len(x), -1))


# %%
deep = {}
for depth in (1, 6):
    for shortcut in (True, False):
        rng = np.random.default_rng(0)
        first = az.nn.Conv2dNormActivation(1, 8, rng=rng, dtype=np.float32)
        blocks = stack(depth, shortcut, rng)
        model = az.nn.Sequential(
            first, *blocks, az.nn.AvgPool2d(4), flat, az.nn.Linear(32, 10, rng=rng, dtype=np.float32)
        )
        *_, second = train(model, images, labels, epochs=2, rng=rng, batch_size=64)
        deep[depth, shortcut] = second.loss
        print(f"blocks {depth}   shortcut {shortcut!s:<5}   loss {second.loss:.2f}")
assert abs(deep[1, True] - deep[1, False]) < 0.3, "one block: hardly a difference"
assert deep[6, True] < 0.6 * min(deep[6, False], deep[1, True]), "six: with shortcuts they learn at once"
assert deep[6, False] > 0.6 * deep[1, False], "without, they have learnt little more than one block"

# %% [markdown]
# With one block there is hardly a difference. With shortcuts six blocks have learnt much more than one in the same time;
# without, only a little more. The layers and their parameters are the same; only the plus is not.
#
# ## What is printed, and when it holds
#
# The document describes blocks in words. Words can be judged, too, where they speak of numbers. A convolution with
# kernels of $K\times K$ from $C$ to $M$ channels, on maps of $H\times H$, takes $K^2CMH^2$ multiplications.

# %%
formulas("bottleneck", "depthwise_separable")

# %% [markdown]
# A *bottleneck* reduces $C$ channels to $R$ before the expensive $3\times3$. *Groups* let each channel see only a part
# of the others. *Depthwise separable* convolution goes to the end of that: first each channel by itself, then a
# $1\times1$ convolution across them.
#
# The last is wrong as it is printed: it holds for more than 144 channels only. The first and the fourth have limits too,
# but hold for the blocks that are in use. Where are these limits?
#
# **Predict first.** Is there a number of channels for which a bottleneck is *more* expensive than what it replaces?
# And a separable convolution?


# %%
def multiplications(*layers):
    """How many each pixel takes, for layers (C, M, K, groups)."""
    return sum(K**2 * C * M // groups for C, M, K, groups in layers)


def weights(module):
    """How many weights its kernels have."""
    return sum(m.W.size for m in module.modules() if isinstance(m, az.nn.Conv2d))


def bottleneck(C, R):
    """What each pixel takes in a bottleneck of R channels."""
    return multiplications((C, R, 1, 1), (R, R, 3, 1), (R, C, 1, 1))


separable = {n: multiplications((n, n, 3, n), (n, n, 1, 1)) - bottleneck(n, n // 4) for n in (140, 144, 148)}
assert separable[140] > 0 == separable[144] > separable[148], "cheaper than a bottleneck of C/4: above 144 channels"
C = 64
for R in (16, 32, 57, 58, 64):
    print(f"bottleneck {C} → {R} → {C}: {bottleneck(C, R):>6}", end="")
    print(f" against {multiplications((C, C, 3, 1))}")
for M in (1, 2, 64):
    print(
        f"separable {C} → {M}: {multiplications((C, C, 3, C), (C, M, 1, 1)):>6} against {multiplications((C, M, 3, 1))}"
    )
full = multiplications((C, C, 3, 1))
narrow = [bottleneck(C, R) < full for R in (57, 58, 64)]
assert narrow == [True, False, False] and 57 / C < (np.sqrt(82) - 1) / 9 < 58 / C, "a bottleneck pays up to 0.89 C"
assert multiplications((C, C, 3, C), (C, 1, 1, 1)) > multiplications((C, 1, 3, 1)), "for one output it does not pay"

# %% [markdown]
# A bottleneck has to be narrow: $2CR + 9R^2 < 9C^2$ holds up to $R = \frac{\sqrt{82}-1}{9}\,C = 0.89\,C$, and beyond it
# its two extra layers cost more than they save. And for a single output channel the separable one costs more. For $M$
# output channels it takes $\frac{9C+CM}{9CM} = \frac{1}{M} + \frac{1}{9}$ of the full one, for many about a ninth.

# %%
channels = np.array([8, 16, 32, 64, 128, 256])
kinds = {
    "full 3 × 3": lambda n: az.nn.Conv2d(n, n, 3, bias=False),
    "4 groups": lambda n: az.nn.Conv2d(n, n, 3, groups=4, bias=False),
    "bottleneck, C/4": lambda n: az.nn.Bottleneck(n, n // 4),
    "separable": lambda n: az.nn.DepthwiseSeparable(n, n),
}
count = {name: np.array([weights(make(int(n))) for n in channels]) for name, make in kinds.items()}
fig, ax = plt.subplots()
for (name, number), style in zip(count.items(), ("o-", "s--", "^-.", "D:"), strict=True):
    ax.loglog(channels, number, style, label=name)
ax.set(xlabel="channels", ylabel="weights", title="As many maps in and out, with very different numbers of weights")
ax.set_xticks(channels, [str(n) for n in channels])
ax.minorticks_off()
ax.legend()
plt.show()
print(f"256 channels: separable / full = {count['separable'][-1] / count['full 3 × 3'][-1]:.4f} = 1/256 + 1/9")
assert np.isclose(count["separable"][-1] / count["full 3 × 3"][-1], 1 / 256 + 1 / 9)

# %% [markdown]
# What does one lose? A full convolution has a small picture for each pair of channels. A separable one has one picture
# for each channel that goes in; whatever comes out differs only in how much of each it takes. Put one of each kind
# between the same two layers.

# %%
small = {}
for name, make in {"full": az.nn.Conv2dNormActivation, "separable": az.nn.DepthwiseSeparable}.items():
    rng = np.random.default_rng(0)
    first = az.nn.Conv2dNormActivation(1, 16, rng=rng, dtype=np.float32)
    middle = make(16, 32, rng=rng, dtype=np.float32)
    model = az.nn.Sequential(first, middle, az.nn.AvgPool2d(4), flat, az.nn.Linear(128, 10, rng=rng, dtype=np.float32))
    list(train(model, images, labels, epochs=4, rng=rng, batch_size=64, lr=0.01))
    small[name] = weights(middle), accuracy(model, images_test, labels_test)
    print(f"{name:<9} {small[name][0]:>5} weights in the middle, {small[name][1]:.1%} of new digits are right")
assert 6.5 < small["full"][0] / small["separable"][0] < 7.5, "a seventh"
assert 0.85 < small["separable"][1] < small["full"][1] < small["separable"][1] + 0.06, "a few percent"

# %% [markdown]
# A seventh of the weights, for a few percent of the digits. Where memory and time are short, as on a telephone, that is
# worth it.
#
# ## A gate that looks at everything
#
# A convolution sees a small window. *Squeeze-and-Excitation* lets each map know what is going on in all of them. It
# takes the mean of each map ($m$, squeeze), and a small network makes of all means a number between 0 and 1 for each
# map (excitation), with which the map is multiplied:
#
# $$y = s\odot x \qquad s = \sigma(W_2f(W_1m+b_1)+b_2) \qquad m = \frac{1}{HW}\sum_{i,j}x_{i,j}$$

# %%
gate = az.nn.SqueezeExcitation(4, 2, rng=np.random.default_rng(0))
with az.fused():  # layers and the sigmoid as one node each
    drawn = gate(x).named("y")
graph_viz.draw(drawn)

# %% [markdown]
# **By hand.** $y = s\odot x$ is a product, and each factor gets the other one. $s$ is a single number for a whole map, so
# it collects from all its pixels: $\frac{\partial L}{\partial s} = \sum_{i,j}\frac{\partial L}{\partial y_{i,j}}x_{i,j}$.
# And $x$ is used twice. It gets $\frac{\partial L}{\partial y}\odot s$ at once, and another part the long way round,
# through the gate: each pixel $\frac{1}{HW}\frac{\partial L}{\partial m}$.

# %%
out = gate(x)
node = {n.name: n for n in az.Tape(out)}
by_m, by_s = az.gradient(out, [node["m"], node["s"]], g)
print(f"∂L/∂s: by hand − tape {np.max(np.abs(np.sum(g * x.data, axis=(2, 3)) - by_s)):.0e}")
by_hand = g * node["s"].data[..., None, None] + by_m[..., None, None] / 25  # maps of 5 × 5
print(f"∂L/∂x: by hand − tape {np.max(np.abs(by_hand - az.gradient(out, [x], g)[0])):.0e}")
assert np.allclose(np.sum(g * x.data, axis=(2, 3)), by_s, atol=1e-13), "a sum over the map"
assert np.allclose(by_hand, az.gradient(out, [x], g)[0], atol=1e-14), "both ways back through a gate"

# %%
source(closed_form.block.squeeze_excitation)

# %%
source(closed_form.operations.scale_gradients)

# %% [markdown]
# ### Something to decide
#
# Lay two digits on top of each other, one a little brighter, and ask for the *brighter* one. The network has both as two
# maps, but then adds them up. So it has to weaken the darker one before, and which one that is only the means can tell.
#
# **Predict first.** Without a gate, how often will it be right? (The brighter one shines through.)


# %%
def pairs(images, labels, rng, copies):
    """Two digits as two maps, each with a brightness of its own, and the label of the one with the larger mean."""
    a = np.concatenate([rng.permutation(len(labels)) for _ in range(copies)])
    b = rng.permutation(a)
    bright = 6 * rng.uniform(0.3, 1, (len(a), 2, 1, 1)).astype(np.float32)
    x = bright * np.concatenate([images[a], images[b]], axis=1)
    mean = x.mean(axis=(2, 3))
    return x, np.where(mean[:, 0] > mean[:, 1], labels[a], labels[b])


def blend(x):
    """Both maps on top of each other, as rows."""
    return np.reshape(np.sum(x, axis=1), (len(x), 64))


x2, label2 = pairs(images, labels, np.random.default_rng(0), 4)
x2_test, label2_test = pairs(images_test, labels_test, np.random.default_rng(1), 3)

# %%
brighter, chooser = {}, None
for gated in (False, True):
    rng = np.random.default_rng(0)
    chooser = az.nn.SqueezeExcitation(2, 8, rng=rng, dtype=np.float32)
    layers = az.nn.Linear(64, 64, rng=rng, dtype=np.float32), az.nn.Linear(64, 10, rng=rng, dtype=np.float32)
    model = az.nn.Sequential(*[chooser] * gated, blend, layers[0], az.nn.ReLU(), layers[1])
    list(train(model, x2, label2, epochs=6, rng=rng, batch_size=32, lr=5e-3))
    brighter[gated] = accuracy(model, x2_test, label2_test)
    print(f"gate {gated!s:<5}  {brighter[gated]:.1%} of new pairs are right")
assert brighter[True] > 0.87 > 0.77 > brighter[False], "a gate that sees the means can choose"

# %%
mean = x2_test.mean(axis=(2, 3))
lead = mean[:, 0] - mean[:, 1]
s = next(n for n in az.Tape(chooser(x2_test)) if n.name == "s").data
fig, ax = plt.subplots()
for k, marker in enumerate("o^"):
    ax.plot(lead[::4], s[::4, k], marker, markersize=3, label=f"gate of map {k + 1}")
ax.set(
    xlabel="mean of map 1 − mean of map 2",
    ylabel="s",
    ylim=(0, 1),
    title="Each gate opens when its own map is the brighter one",
)
ax.legend()
plt.show()
assert np.corrcoef(lead, s[:, 0])[0, 1] > 0.9 and np.corrcoef(lead, s[:, 1])[0, 1] < -0.9

# %% [markdown]
# Nothing but the loss told it to compare means, through $\frac{\partial L}{\partial s}$. In nearly all pairs the loss falls
# if the gate of the brighter map opens further ($\partial L/\partial s < 0$); for the darker map that is so in less than half:

# %%
loss = az.nn.softmax_cross_entropy(model(x2_test), az.data.one_hot(label2_test, 10))
gates_now = next(node for node in az.Tape(loss) if node.name == "s")
(by_gate,) = az.gradient(loss, [gates_now])
opens = [
    np.mean(by_gate[np.arange(len(lead)), which] < 0) for which in ((lead <= 0).astype(int), (lead > 0).astype(int))
]
print(f"∂L/∂s is negative for {opens[0]:.0%} of the brighter maps, and for {opens[1]:.0%} of the darker ones")
assert opens[0] > 0.85 and opens[1] < 0.5 and by_gate[lead > 0, 0].mean() < 0 < by_gate[lead > 0, 1].mean()

# %% [markdown]
# (A gate is a sigmoid, and can saturate: where $s$ is very near 0 or 1, $s(1-s)$ lets hardly any gradient through. It is
# good to start with $s \approx \frac12$.)
#
# ## Do the three agree?
#
# Three: the tape, the closed forms and differences. A block's gradients are chains of those of its layers. There are many
# places for a slip: a shortcut that is forgotten, a slope taken at the wrong place. First our own gradient, with two slips,
# against differences of the forward pass:

# %%
given = {"right": through_stack + ds, "shortcut forgotten": through_stack}
given["f′ at u instead of s"] = through_stack + g * (block._stack(x).data > 0)
step, h = np.random.default_rng(3).normal(size=x.shape), 1e-6
slope = np.sum(g * (block(x.data + h * step).data - block(x.data - h * step).data)) / (2 * h)
slips = {name: abs(np.sum(dx * step) - slope) / abs(slope) for name, dx in given.items()}
for name, error in slips.items():
    print(f"{name:<21} error {error:.0e}")
assert slips["right"] < 1e-7 and min(error for name, error in slips.items() if name != "right") > 0.01

# %% [markdown]
# Then all three, for six of the blocks. `autograd-zoo check block` checks all, among them those of Inception, Xception,
# ShuffleNet and DenseNet.

# %%
checked = ("basic_block", "basic_block_projected", "bottleneck", "depthwise_separable")
report = az.zoo.check(*checked, "channel_shuffle", "squeeze_excitation", seeds=[0])
assert report.ok and {j.formula.id for j in report.errata} == {"block.depthwise_separable.claim.further"}
blocks = " ".join(name for name, specimen in az.zoo.BY_NAME.items() if specimen.family == "block")
assert all(network in blocks for network in ("inception", "xception", "shuffle", "dense"))
report

# %% [markdown]
# ## A ResNet
#
# Put residual blocks one behind the other, in *stages*: each stage after the first halves the maps in height and width
# and doubles their number. The first block of such a stage has a projection for a shortcut, since a plus needs equal
# shapes. At the end stand the mean of each map, and a linear layer. That is a ResNet; this one is small, with three
# stages of one block each.

# %%
resnet = models.resnet(np.random.default_rng(0))
scores = resnet(az.Tensor(images_test[:1], name="x")).named("scores")
assert {(1, 16, 8, 8), (1, 32, 4, 4), (1, 64, 2, 2)} < {node.shape for node in az.Tape(scores)}, "halved, and doubled"
projected = {name.split(".")[0] for name, _ in resnet.named_parameters() if ".downsample." in name}
assert projected == {"layer2", "layer3"}, "where the shape changes there is a projection"
graph_viz.draw(scores, depth=1)

# %% [markdown]
# Does it read better than the convolutions of chapter 09? Both are trained alike: seven epochs, in which the digits are
# moved by up to one pixel each time they are shown, with a small learning rate in the last three. Both are tested twice,
# with new digits as they are, and with the same ones moved by one pixel.
#
# **Predict first.** Chapter 09's network looks for each small shape everywhere, and keeps how well it was found at the
# *best* place. Which of the two will lose less when the digits move?


# %%
def anywhere(x):
    """The largest element of each map."""
    return az.nn.max(x, axis=(-2, -1))


def of_chapter_09(rng):
    """Eight kernels, sixteen made of these, and the best place of each."""
    made = {"rng": rng, "dtype": np.float32}
    small, large = az.nn.Conv2d(1, 8, 5, padding=2, **made), az.nn.Conv2d(8, 16, 3, padding=1, **made)
    return az.nn.Sequential(small, az.nn.ReLU(), large, az.nn.ReLU(), anywhere, az.nn.Linear(16, 10, **made))


def moved_about(images, rng):
    """Each image moved by up to one pixel in both directions."""
    wide = np.pad(images, ((0, 0), (0, 0), (1, 1), (1, 1)))
    places = zip(wide, rng.integers(0, 3, len(images)), rng.integers(0, 3, len(images)), strict=True)
    return np.stack([image[:, i : i + 8, j : j + 8] for image, i, j in places])


def lessons(model, rng):
    """Seven rounds, the last three with a small learning rate."""
    for rate in (5e-3,) * 4 + (5e-4,) * 3:
        list(train(model, moved_about(images, rng), labels, epochs=1, rng=rng, batch_size=32, lr=rate))
    return model


# %%
aside = np.roll(images_test, 1, axis=-1)  # the column that leaves on the right comes in on the left
assert images_test[..., -1].mean() < 0.02 * images_test.mean(), "but it is empty, or nearly"
reads = {}
for name, model in {"chapter 09": of_chapter_09(np.random.default_rng(0)), "ResNet": resnet}.items():
    lessons(model, np.random.default_rng(0))
    reads[name] = accuracy(model, images_test, labels_test), accuracy(model, aside, labels_test)
    count = sum(p.size for p in model.parameters())
    print(f"{name:<12} as they are {reads[name][0]:.1%}   moved {reads[name][1]:.1%}   {count:,} parameters")
assert min(reads["ResNet"]) > 0.955 and all(np.array(reads["ResNet"]) > reads["chapter 09"]), "it reads better"
assert all(abs(still - moved) < 0.03 for still, moved in reads.values()), "neither loses much"
assert 45 < count / 1546 < 55

# %% [markdown]
# It reads better, where the digits stand and where they are moved; it has fifty times as many parameters to do it with.
# Neither of them loses much when the digits move. Both have seen moved ones, and both end in something that forgets
# places: a maximum, or a mean.

# %% [markdown]
# ## Exercises
#
# Put your answer in the place of the `...` and run the cell: it says whether the answer is right, and if not, what to
# think about. After an attempt `print(az.lab.answer("13-1"))` shows the answer, and `az.lab.score()` what you have
# answered.
#
# **1.** The stack of each block has the slope 0.1 (numbers instead of maps, no activation). What is left of a gradient
# after 20 blocks with shortcuts, and what without? Give both.

# %%
answer_1 = ...
az.lab.exercise("13-1", answer_1)

# %% [markdown]
# **2.** How many weights do the two kernels of a depthwise separable convolution have, from 32 to 64 channels with
# $3\times3$?

# %%
answer_2 = ...
az.lab.exercise("13-2", answer_2)

# %% [markdown]
# **3.** A map has three pixels, $x = (1, 2, 3)$, its gate is $s = 0.5$, and $\partial L/\partial y = (1, 0, -1)$. Suppose
# $\partial L/\partial m = 0.3$. What are $\partial L/\partial s$ and $\partial L/\partial x$? Give four numbers.

# %%
answer_3 = ...
az.lab.exercise("13-3", answer_3)

# %% [markdown]
# ## References
#
# - The document: "Zoo of Deep Learning Modules", Linear modules, row Conv-2D, text on block-level design.
# - K. He and others, [Deep residual learning for image recognition](https://arxiv.org/abs/1512.03385), 2016, and
#   [Identity mappings in deep residual networks](https://arxiv.org/abs/1603.05027), 2016: the gradient of a shortcut.
# - A. Howard and others, [MobileNets](https://arxiv.org/abs/1704.04861), 2017: what separable convolutions save.
# - J. Hu, L. Shen and G. Sun, [Squeeze-and-excitation networks](https://arxiv.org/abs/1709.01507), 2018.
# - D. Balduzzi and others, [The shattered gradients problem](https://arxiv.org/abs/1702.08591), 2017; G. Yang and others,
#   [A mean field theory of batch normalization](https://arxiv.org/abs/1902.08129), 2019: why gradients explode without shortcuts.
# - CS231n, [Convolutional neural networks](https://cs231n.github.io/convolutional-networks/); Dive into Deep Learning,
#   [Residual networks](https://d2l.ai/chapter_convolutional-modern/resnet.html).
