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
# # 09 One small kernel for all places
#
# A linear layer has weights of its own for each pixel: a stroke that it has learnt to see on the left, it does not
# see on the right. A convolution slides one small *kernel* of weights over the whole image. And what every library
# calls a convolution is not one, mathematicians say. Is that so, and does it matter?
#
# Afterwards you can say
#
# - the gradients of a convolution, which are convolutions too, and how the printed ones are to be read;
# - how large an output is, and which pixels nobody looks at;
# - what a deep pixel sees, and what it is worth to look for the same thing everywhere.
#
# You need notebooks 06 and 08. 20 minutes.

# %%
# %config InlineBackend.figure_formats = ["svg"]
import matplotlib.pyplot as plt
import numpy as np

import autograd_zoo as az
import graph_viz
from autograd_zoo import closed_form
from autograd_zoo.notebook import Markdown, displayed, exercise, plots, source
from autograd_zoo.train import accuracy, train
from autograd_zoo.zoo import errata

plots()

# %% [markdown]
# ## Two ways to slide
#
# Lay a kernel of three weights on the first three pixels, multiply, add up; go on by one pixel. That is
# *cross-correlation*: $y_i = \sum_{i'} x_{i+i'}\,w_{i'}$. *Convolution* has a minus, $y_i = \sum_{i'}
# x_{i-i'}\,w_{i'}$: the kernel is laid on backwards.
#
# **Predict first.** The image is black, but for one pixel. What do you get with the kernel $(1, 2, 3)$ either way?

# %%
spot = np.array([[[0.0, 0.0, 1.0, 0.0, 0.0]]])  # one sample, one channel
w = np.array([[[1.0, 2.0, 3.0]]])
correlated, convolved = (az.nn.conv(spot, w, true_convolution=true)[0, 0] for true in (False, True))
print("correlation:", correlated, "  convolution:", convolved)

# %% [markdown]
# A convolution puts the kernel down wherever there is light. A correlation *looks for* the kernel; it answers with
# the kernel reversed. Neither is anything but a linear layer, whose matrix is mostly empty and has the same three
# weights in each row. The Jacobian by $\vec{x}$ *is* that matrix:

# %%
fig, axes = plt.subplots(1, 2, figsize=(7, 2.7))
for ax, true, title in zip(axes, (False, True), ("correlation", "convolution"), strict=True):
    matrix = az.jacobian(lambda x, true=true: az.nn.conv(x, w, true_convolution=true)[0, 0])(np.zeros((1, 1, 8)))
    shown = ax.imshow(matrix.reshape(6, 8))
    ax.set(title=title, xlabel="pixel of x", ylabel="pixel of y")
    ax.grid(False)
fig.colorbar(shown, ax=axes, label="∂y/∂x", ticks=[0, 1, 2, 3])
plt.show()

# %% [markdown]
# ## Back
#
# **By hand**, for the correlation. Ask again where each number is used. Weight $w_{i'}$ is used at each place $i$,
# times $x_{i+i'}$; pixel $x_j$ is used by the outputs $i = j - i'$, times $w_{i'}$, one for each weight. So
#
# $$\frac{\partial L}{\partial w_{i'}} = \sum_i \frac{\partial L}{\partial y_i}\,x_{i+i'}
# \qquad\qquad \frac{\partial L}{\partial x_j} = \sum_i \frac{\partial L}{\partial y_i}\,w_{j-i}$$
#
# Look at the signs of the indices. The first is a correlation again. The second has a minus: **the way back of a
# correlation is a true convolution**. NumPy has both, so one can try:

# %%
rng = np.random.default_rng(0)
x = az.Tensor(rng.normal(size=(1, 1, 7)), name="x")
W = az.Tensor(w, name="W")
y = az.nn.conv(x, W).named("y")
g = rng.normal(size=y.shape)
by_x, by_W = az.gradient(y, [x, W], g)
print("∂L/∂W is np.correlate(x, ∂L/∂y)       ", np.allclose(by_W[0, 0], np.correlate(x.data[0, 0], g[0, 0])))
print("∂L/∂x is np.convolve(∂L/∂y, w), 'full'", np.allclose(by_x[0, 0], np.convolve(g[0, 0], w[0, 0])))

# %%
y.backward(g, retain_grads=True)
graph_viz.draw(y, gradients=True)

# %% [markdown]
# So it is composed: `windows` lays out what the kernel meets at each place (notebook 06), and then there is one
# matrix product. Pixels in several windows get the sum.
#
# Images have channels, and a network has many kernels. The sum then runs also over all maps $p$ that come in, and
# each map $s$ that goes out has a kernel for each of them. In two dimensions that is still one line:


# %%
def conv2d(x, W):
    """Correlate N images of C channels with M kernels; i and j are places, k and l run over a kernel."""
    return np.einsum("ncijkl,mckl->nmij", az.windows(x, W.shape[2:]), W)


photos, kernels = az.Tensor(rng.normal(size=(2, 3, 6, 7))), az.Tensor(rng.normal(size=(4, 3, 3, 2)))
line, module = conv2d(photos, kernels), az.nn.conv(photos, kernels)
back = rng.normal(size=line.shape)
pairs = zip(az.gradient(line, [photos, kernels], back), az.gradient(module, [photos, kernels], back), strict=True)
off = max(np.abs(a - b).max() for a, b in [(line.data, module.data), *pairs])
print(f"shapes {photos.shape} and {kernels.shape} make {line.shape}; difference from the module: {off:.0e}")

# %% [markdown]
# ## What is printed
#
# The document calls what networks do "auto-correlation", and then prints convolutions, with a minus. In one
# dimension:


# %%
def printed(*ids):
    """Formulas of the document as printed, with their verdicts."""
    judged = [(row, errata.judged(row)) for row in map(errata.find, ids)]
    return Markdown("\n\n".join(f"**{row.id}**: {j.verdict}\n\n{displayed(row.latex)}" for row, j in judged))


printed("conv.conv.y.1d.sum", "conv.conv.dx.1d.sum", "conv.conv.dW.1d.sum")

# %% [markdown]
# The forward pass is right if indices count from 0 and maps are 0 outside: it is `true_convolution=True`. The gradients are right if one knows what $T$ means. The
# document says, "rotate by 180°", which in one dimension is *reversed*. But reversed *about what*? Take the words as
# they are: the kernel $(w_0, w_1, w_2)$ becomes $(w_2, w_1, w_0)$.

# %%
found = errata.sample(errata.find("conv.conv.dx.1d.sum"), seed=0).results
as_printed, right, differences = (found[name] for name in ("IZ", "right", "by differences"))
for name, numbers in (("as printed", as_printed), ("as it should be", right), ("by differences", differences)):
    print(f"{name:<16}", numbers[0].round(3))

# %% [markdown]
# Do you see it? These are the same numbers, *shifted* by two places. The kernel must be reversed about its element 0,
# so that $w_{i'}$ moves to the place $-i'$, and not about its middle. If one counts from the middle of each array, the
# printed formula is right; but its sums begin at 0 or 1. In two dimensions $T$ looks like a matrix's transpose, which
# swaps rows and columns, and that is wrong too.

# %%
print(*errata.explain(errata.find("conv.conv.dx.2d.sum")), sep="\n")

# %% [markdown]
# ## Does it matter which one it is?
#
# Take digits, and what an edge detector makes of them. Two layers see both, and are to find the kernel: one
# correlates, and the other convolves, with the first kernel of the first one turned around.
#
# **Predict first.** Which one learns faster?

# %%
images, labels = az.data.digits("train", images=True)
edges = np.array([[[[1.0, 0.0, -1.0], [2.0, 0.0, -2.0], [1.0, 0.0, -1.0]]]])
seen, wanted = images[:50], az.nn.conv(images[:50], edges)
start = np.random.default_rng(0).normal(size=(1, 1, 3, 3))
learnt, losses = {}, {}
for true in (False, True):
    kernel = az.Tensor(np.flip(start, (2, 3)) if true else start)
    adam, losses[true] = az.optim.Adam([kernel], lr=0.1), []
    for _ in range(200):
        loss = np.mean((az.nn.conv(seen, kernel, true_convolution=true) - wanted) ** 2)
        adam.zero_grad()
        loss.backward()
        adam.step()
        losses[true].append(loss.item())
    learnt[true] = kernel.data[0, 0]
    print("convolution" if true else "correlation", f"  loss {losses[true][-1]:.0e}\n", learnt[true].round(2) + 0.0)

# %% [markdown]
# Neither: at each step the losses are the same, but for rounding, and one has learnt the other's kernel, rotated by 180°. Nobody is
# harmed by the wrong name, as long as kernels are *learnt*. It matters when one writes a kernel by hand, or carries
# weights from one library to another.
#
# ### What has to be turned around?
#
# The document says that the one becomes the other if the *input* is "transposed" first. Try: rotate the digit, then
# correlate. Compare with the true convolution.

# %%
digit = images[2:3]
turned = np.flip(digit, (2, 3))
pictures = {
    "convolution": az.nn.conv(digit, edges, true_convolution=True),
    "rotated, correlated": az.nn.conv(turned, edges),
    "the same, rotated back": np.flip(az.nn.conv(turned, edges), (2, 3)),
    "rotated kernel": az.nn.conv(digit, np.flip(edges, (2, 3))),
}
fig, axes = plt.subplots(1, 4, figsize=(7, 2.2))
for ax, (title, picture) in zip(axes, pictures.items(), strict=True):
    shown = ax.imshow(picture[0, 0], vmin=-4, vmax=4)
    ax.set(xticks=[], yticks=[])
    ax.set_title(title, fontsize=9)
    ax.grid(False)
fig.colorbar(shown, ax=axes, label="y")
plt.show()

# %% [markdown]
# Rotate the input, and the output comes out rotated as well: it is the *kernel* that one has to turn. As said, it is
# *wrong*, for any meaning of "transposed" that was tried:

# %%
print(*errata.explain(errata.find("conv.conv.claim.transposed_first")), sep="\n")

# %% [markdown]
# ## How large is the output?

# %%
printed("conv.conv.claim.height", "conv.conv.claim.halves")

# %% [markdown]
# With a kernel of 5, padding 2 and stride 2 this "exactly halves" a map, the document says.
#
# **Predict first.** What comes out of 7 pixels?

# %%
sizes = {n: az.nn.conv(np.ones((1, 1, n)), np.ones((1, 1, 5)), stride=2, padding=2).shape[-1] for n in range(6, 11)}
for n, size in sizes.items():
    print(f"{n:>2} in: the printed quotient gives {(n + 2 * 2 - 1 * (5 - 1) - 1) / 2 + 1}, the layer {size}")

# %% [markdown]
# A number of pixels is whole, so that the quotient must be rounded down: what does not fill a window any more is left
# out. Half of 7 is 4 then, and "exactly" is true of even sizes. What is left out is *never looked at*, and the
# gradient knows. Six pixels, a kernel of 3, stride 2, no padding:

# %%
six = az.Tensor(np.ones((1, 1, 6)))
unseen = az.gradient(az.nn.conv(six, np.ones((1, 1, 3)), stride=2).sum(), [six])[0][0, 0]
print("∂L/∂x =", unseen)

# %% [markdown]
# ## What a deep pixel sees
#
# The gradient of *one* output measures which pixels it hears, and how loudly (notebook 06). Three layers with kernels
# of three ones. A *dilation* of 2 leaves a gap between the weights, so that three of them reach over five pixels.
#
# **Predict first.** How far do three layers reach with dilations 1, 1, 1? With 1, 2, 4? And with 2, 2, 2?


# %%
def heard(dilations, size=41):
    """How loudly the middle output of a stack of layers hears each pixel of a row."""
    row = az.Tensor(np.zeros((1, 1, size)))
    y = row
    for d in dilations:
        y = az.nn.conv(y, np.ones((1, 1, 3)), padding=d, dilation=d)
    return az.gradient(y[0, 0, size // 2], [row])[0][0, 0]


fields = {dilations: heard(dilations) for dilations in ((1, 1, 1), (1, 2, 4), (2, 2, 2))}

# %%
fig, axes = plt.subplots(1, 3, figsize=(7, 2.6), sharey=True)
for ax, (dilations, loud) in zip(axes, fields.items(), strict=True):
    ax.bar(np.arange(41) - 20, loud, width=0.8)
    reach = np.flatnonzero(loud)
    ax.set(title=f"{dilations}: {np.ptp(reach) + 1} wide", xlabel="pixels from the middle", xlim=(-9, 9))
axes[0].set_ylabel("∂y/∂x")
plt.show()

# %% [markdown]
# - Dilations 1, 1, 1: seven pixels, and those in the middle are heard by many ways. With more layers it becomes a
#   bell: most of what a deep pixel *could* see it hardly hears.
# - 1, 2, 4: fifteen pixels, with the same nine weights.
# - 2, 2, 2: thirteen pixels, and every second one is *never heard*. All gaps are even, and so are their sums.
#
# ## Separable: first in space, then across channels
#
# A full layer from $C$ to $M$ maps has $M \cdot C \cdot K^2$ weights. One may split it: first each map has one
# kernel of its own, $w^1$; then each pixel mixes its channels, $w^2$.

# %%
printed("conv.separable_conv.y.sum", "conv.separable_conv.dx.operator", "conv.separable_conv.dx.sum")

# %% [markdown]
# **Predict first.** Two of these are wrong. You can find one of them by counting letters.

# %%
C, M, K = 3, 5, 4
maps = rng.normal(size=(2, C, 9, 9))
w1, w2 = rng.normal(size=(C, K, K)), rng.normal(size=(M, C))
together = w2[:, :, None, None] * w1  # the full kernel that does the same
same = np.allclose(az.nn.separable_conv(maps, w1, w2), az.nn.conv(maps, together))
print(f"separable: {w1.size + w2.size} weights; full: {together.size}, of which it is a special case: {same}")
print(f"w¹ has the indices p, i, j: {w1.size} numbers. With an s as well there would be {M * w1.size}")

# %%
print(*errata.explain(errata.find("conv.separable_conv.dx.operator")), sep="\n")

# %% [markdown]
# In the sum an index $s$ has got to $w^1$, which has none. In the line before it a $T$ is missing, as the sum beside
# it shows.
#
# ## Do the three agree?
#
# The closed form of the gradient by $W$ is a correlation too. This is the part that does the work, for any stride,
# padding, dilation and groups. `met` are the pixels that the weight $i'$ meets at all places:

# %%
source(closed_form.correlation.kernel)

# %%
(report := az.zoo.check("conv", seeds=range(1)))

# %% [markdown]
# ## A real task
#
# In notebook 06 a network of linear layers read digits, and failed when they were moved by a single pixel. Here is
# one that looks for the same eight small things everywhere, then for sixteen things made of these, and then asks only
# *how well* each was found at the best place: the maximum over the whole image.
#
# **Predict first.** It has not seen a moved digit either. How much does it lose? And does it have more parameters?

# %%
images_test, labels_test = az.data.digits("test", images=True)
moved = np.roll(images_test, 1, axis=-1)  # the column that leaves on the right is empty, or nearly


def anywhere(x):
    """The largest element of each map."""
    return az.nn.max(x, axis=(-2, -1))


rng = np.random.default_rng(0)
small, large = az.nn.Conv2d(1, 8, 5, padding=2, rng=rng), az.nn.Conv2d(8, 16, 3, padding=1, rng=rng)
convolutional = az.nn.Sequential(small, az.nn.ReLU(), large, az.nn.ReLU(), anywhere, az.nn.Linear(16, 10, rng=rng))
hidden = az.nn.Linear(64, 64, rng=rng)
linear = az.nn.Sequential(lambda x: np.reshape(x, (-1, 64)), hidden, az.nn.ReLU(), az.nn.Linear(64, 10, rng=rng))

# %%
reads = {}
for name, model in {"linear layers": linear, "convolutions": convolutional}.items():
    list(train(model, images, labels, epochs=8, rng=rng, batch_size=32, lr=1e-2))
    reads[name] = accuracy(model, images_test, labels_test), accuracy(model, moved, labels_test)
    count = sum(p.size for p in model.parameters())
    print(f"{name:<14} as they are {reads[name][0]:.1%}   moved {reads[name][1]:.1%}   {count} parameters")

# %% [markdown]
# What did it learn to look for? Here are its eight small kernels, five pixels wide. Several are bright on one side and
# dark on the other: they answer to an edge in one direction.

# %%
fig, axes = plt.subplots(2, 4, figsize=(6.5, 3.3))
size = np.abs(small.W.data).max()
for k, ax in enumerate(axes.flat):
    shown = ax.imshow(small.W.data[k, 0], vmin=-size, vmax=size)
    ax.set(xticks=[], yticks=[])
    ax.set_title(f"kernel {k}", fontsize=9)
    ax.grid(False)
fig.colorbar(shown, ax=axes, label="weight")
fig.suptitle("Eight kernels learnt on digits")
plt.show()

# %% [markdown]
# And this is what the two loudest of them find in a digit. Move the digit, and each map moves along:

# %%
wide = np.pad(images_test[7:8], ((0, 0), (0, 0), (2, 2), (2, 4)))  # room for a digit to move in
aside = np.roll(wide, 2, axis=-1)
finds, finds_aside = small(wide).data[0], small(aside).data[0]
best = np.argsort(-finds.max(axis=(1, 2)))[:2]
fig, axes = plt.subplots(2, 3, figsize=(7, 3.5))
rows = {"the digit": (wide, finds), "moved by 2": (aside, finds_aside)}
for row, (says, (picture, found)) in zip(axes, rows.items(), strict=True):
    for ax, shown, title in zip(row, (picture[0, 0], *found[best]), (says, *best), strict=True):
        ax.imshow(shown)
        ax.set(title=title if title is says else f"kernel {title}", xticks=[], yticks=[])
        ax.grid(False)
plt.show()

# %% [markdown]
# The maps have moved by 2, and their maxima have not changed. That is *equivariance*, and the maximum over places
# makes *invariance* of it. Only at the edges, where the padding is, the argument fails.
#
# ## Exercises
#
# **1.** Maps of $32\times32$, a kernel of 3, stride 2, padding 1 and dilation 2. How high is the output?

# %%
answer_1 = ...

# %%
height = az.nn.conv(np.ones((1, 1, 32, 32)), np.ones((1, 1, 3, 3)), stride=2, padding=1, dilation=2).shape[2]
exercise(1, answer_1, height, "With dilation 2 a kernel of 3 reaches over 5 pixels; and round down.")

# %% [markdown]
# <details><summary>Answer</summary>
#
# $\lfloor\frac{32 + 2 - 2\cdot2 - 1}{2}\rfloor + 1 = \lfloor14.5\rfloor + 1$.
#
# ```python
# answer_1 = 15
# ```
#
# </details>
#
# **2.** $\vec{x} = (1, 2, 3, 4)$ is correlated with a kernel of two weights, with stride 2, and $(1, 10)$ comes back.
# What is the gradient by the kernel?

# %%
answer_2 = ...

# %%
two = az.Tensor([[[1.0, -1.0]]])
by_two = az.gradient(az.nn.conv(np.array([[[1.0, 2.0, 3.0, 4.0]]]), two, stride=2), [two], [[[1.0, 10.0]]])[0][0, 0]
exercise(2, answer_2, by_two, "The first weight met 1 and then 3, the second met 2 and then 4.")

# %% [markdown]
# <details><summary>Answer</summary>
#
# Each weight gets, for each place, what the output is told times the pixel that it met.
#
# ```python
# answer_2 = [1 * 1 + 10 * 3, 1 * 2 + 10 * 4]
# ```
#
# </details>
#
# **3.** Give dilations for *four* layers with kernels of 3, so that 81 pixels are heard, each by exactly one way.

# %%
answer_3 = ...

# %%
ways = heard(answer_3, 81) if answer_3 is not ... else ...
exercise(3, ways, np.ones(81), "The first layer reaches over 3 pixels. Which gap puts three such groups side by side?")

# %% [markdown]
# <details><summary>Answer</summary>
#
# Each layer triples what is seen, without a gap and without an overlap: numbers in base 3.
#
# ```python
# answer_3 = [1, 3, 9, 27]
# ```
#
# </details>

# %% [markdown]
# ## What this notebook claims

# %%
assert off < 1e-12, "one line of einsum"
assert report.ok, "tape, closed forms and differences agree"
wrong = {j.formula.id for j in report.errata if j.verdict == "wrong"}
claims = {f"conv.conv.claim.{name}" for name in ("transposed_first", "auto_correlation", "sharing")}
claims |= {"conv.separable_conv.claim.stack", "conv.separable_conv.claim.breaks"}
assert wrong == claims | {f"conv.separable_conv.dx.{e}" for e in ("operator", "sum")}
assert correlated.tolist() == [3, 2, 1] and convolved.tolist() == [1, 2, 3], "reversed, and as it is"
assert np.allclose(by_W[0, 0], np.correlate(x.data[0, 0], g[0, 0])), "by the kernel: a correlation"
assert np.allclose(by_x[0, 0], np.convolve(g[0, 0], w[0, 0])), "by the image: a convolution"
assert np.allclose(as_printed[:, 2:], right[:, :-2]) and np.allclose(right, differences, atol=1e-8), "shifted by two"
assert np.allclose(losses[False], losses[True], rtol=1e-9, atol=1e-12), "which one it is does not matter"
assert np.allclose(learnt[False], edges[0, 0], atol=0.1), "the kernel is found"
assert np.allclose(learnt[True], learnt[False][::-1, ::-1], atol=1e-9), "or the same one, rotated"
agree = {name: np.allclose(picture, pictures["convolution"]) for name, picture in pictures.items()}
assert agree == {name: name != "rotated, correlated" for name in pictures}, "turn the kernel, or the output back"
assert sizes == {6: 3, 7: 4, 8: 4, 9: 5, 10: 5}, "half, rounded up"
assert unseen.tolist() == [1, 1, 2, 1, 1, 0], "the last pixel is never looked at"
assert [np.ptp(np.flatnonzero(loud)) + 1 for loud in fields.values()] == [7, 15, 13]
assert np.all(fields[2, 2, 2][1::2] == 0), "every second pixel is not heard (20 is the middle)"
assert same and w1.size + w2.size < together.size / 3, "separable is a special case of full"
assert min(reads["convolutions"]) > 0.9 > 0.7 > reads["linear layers"][1], "convolutions lose little"
assert images_test[..., -1].mean() < 0.05, "little ink goes from the right edge to the left one"
assert reads["linear layers"][0] > 0.9, "while linear layers read digits where they are"
assert sum(p.size for p in convolutional.parameters()) < sum(p.size for p in linear.parameters()) / 3
assert np.allclose(finds_aside[:, 2:-2, 4:-2], finds[:, 2:-2, 2:-4], atol=1e-12), "the maps move along"
assert np.allclose(finds.max(axis=(1, 2))[best], finds_aside.max(axis=(1, 2))[best]), "and their maxima stay"
