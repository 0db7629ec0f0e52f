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
# # 09 Convolution: one small kernel for all places
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
# You need chapters 06 and 08. Reading takes about 50 minutes, the exercises apart. Words that you do
# not know stand in the [glossary](../docs/glossary.md).

# %%
# %config InlineBackend.figure_formats = ["svg"]
import matplotlib.pyplot as plt
import numpy as np

import autograd_zoo as az
import graph_viz
from autograd_zoo import closed_form
from autograd_zoo.notebook import Markdown, displayed, explained, plots, sliding, source
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
assert correlated.tolist() == [3, 2, 1] and convolved.tolist() == [1, 2, 3], "reversed, and as it is"

# %% [markdown]
# A convolution puts the kernel down wherever there is light. A correlation *looks for* the kernel; it answers with
# the kernel reversed. Neither is anything but a linear layer, whose matrix is mostly empty and has the same three
# weights in each row. The Jacobian by $\vec{x}$ *is* that matrix:

# %%
fig, axes = plt.subplots(1, 2, figsize=(7, 2.7))
for ax, true, title in zip(axes, (False, True), ("correlation", "convolution"), strict=True):
    matrix = az.jacobian(lambda x, true=true: az.nn.conv(x, w, true_convolution=true)[0, 0])(np.zeros((1, 1, 8)))
    matrix = matrix.reshape(6, 8)
    assert all(row[k : k + 3].tolist() == ([3, 2, 1] if true else [1, 2, 3]) for k, row in enumerate(matrix))
    assert np.count_nonzero(matrix) == 6 * 3, "the same three weights in each row, and nothing else"
    shown = ax.imshow(matrix)
    ax.set(title=title, xlabel="pixel of x", ylabel="pixel of y")
    ax.grid(False)
fig.colorbar(shown, ax=axes, label="∂y/∂x", ticks=[0, 1, 2, 3])
plt.show()

# %% [markdown]
# ## Back
#
# **By hand**, for the correlation, in three steps.
#
# **1. One output pixel** is a sum of three products. Each factor has the other one as its *local gradient*:
#
# $$y_i = x_iw_0 + x_{i+1}w_1 + x_{i+2}w_2 \qquad \frac{\partial y_i}{\partial w_{i'}} = x_{i+i'} \qquad
# \frac{\partial y_i}{\partial x_{i+i'}} = w_{i'}$$

# %%
pixels = [az.Tensor(float(v), name=f"x_{k}") for k, v in enumerate((5, 0, 4, 2, 7))]
weights = [az.Tensor(float(k + 1), name=f"w_{k}") for k in range(3)]
outputs = [pixels[i] * weights[0] + pixels[i + 1] * weights[1] + pixels[i + 2] * weights[2] for i in range(3)]
assert [float(d) for d in az.gradient(outputs[1], weights)] == [0, 4, 2], "the three pixels that y_1 has met"
graph_viz.draw(outputs[1].named("y_1"), values=True, gradients=False)

# %% [markdown]
# **2. One input pixel** is met by several outputs, each time by another weight: $x_j$ by $y_j$ with $w_0$, by $y_{j-1}$ with
# $w_1$, by $y_{j-2}$ with $w_2$. In the outputs the index falls where in the weights it rises. Each output sends back its
# *upstream gradient* $\partial L/\partial y_i$ times the weight:
#
# $$\frac{\partial L}{\partial x_j} = \frac{\partial L}{\partial y_j}w_0 + \frac{\partial L}{\partial y_{j-1}}w_1 +
# \frac{\partial L}{\partial y_{j-2}}w_2$$
#
# Let 1, 10 and 100 come back to $y_0$, $y_1$ and $y_2$. **Predict first.** What does $x_2$ get, for the weights 1, 2, 3?
# Here is all that $x_2$ takes part in:

# %%
upstream = (1.0, 10.0, 100.0)
y_0_part, y_1_part, y_2_part = (pixels[2] * weights[2 - i] for i in range(3))
part = 1.0 * y_0_part + 10.0 * y_1_part + 100.0 * y_2_part
L = sum(u * y for u, y in zip(upstream, outputs, strict=True))
(by_pixel,) = az.gradient(L, [pixels[2]])
print("∂L/∂x_2 =", float(by_pixel))
assert by_pixel == az.gradient(part, [pixels[2]])[0] == 1 * 3 + 10 * 2 + 100 * 1
by_output = [float(az.gradient(y, [pixels[2]])[0]) for y in outputs]
assert by_output == [3, 2, 1], "the kernel, from its end to its beginning"
part.named("what x_2 takes part in").backward(retain_grads=True)
graph_viz.draw(part, gradients=True)

# %% [markdown]
# $y_0$ sends back $1\cdot3$, $y_1$ sends $10\cdot2$ and $y_2$ sends $100\cdot1$. In the order of the outputs these are the weights
# 3, 2, 1: the kernel, turned around.
#
# **3. Then the sum.** The chain rule adds up over all outputs. A weight $w_{i'}$ takes part in each of them, with the pixel
# $x_{i+i'}$; for a pixel, write step 2 with the number of the output, $i = j - i'$:
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
as_correlation, as_convolution = np.correlate(x.data[0, 0], g[0, 0]), np.convolve(g[0, 0], w[0, 0])
print("∂L/∂W − np.correlate(x, ∂L/∂y)        at most", np.abs(by_W[0, 0] - as_correlation).max())
print("∂L/∂x − np.convolve(∂L/∂y, w), 'full' at most", np.abs(by_x[0, 0] - as_convolution).max())
assert np.allclose(by_W[0, 0], as_correlation) and np.allclose(by_x[0, 0], as_convolution)

# %%
y.backward(g, retain_grads=True)
graph_viz.draw(y, gradients=True)

# %% [markdown]
# So it is composed: `windows` lays out what the kernel meets at each place (chapter 06), and then there is one
# matrix product. Pixels in several windows get the sum.
#
# **Try it** in two dimensions. On a pixel of $y$ you see its window and the nine products; on a pixel of $x$, the windows that
# touch it, and with which of the weights. Only one output gets an upstream gradient other than 0.
#
# **Predict first.** What will $\partial L/\partial x$ look like?

# %%
corner = np.array([[0, 0, 5, 9, 3], [0, 1, 8, 9, 1], [0, 3, 9, 4, 0], [0, 6, 8, 1, 0], [1, 9, 4, 0, 0.0]])
kernel = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]])
one = np.array([[0.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 0.0]])
picture = sliding(lambda x: az.nn.conv(x, kernel[None, None]), corner[None, None], one)
assert np.array_equal(picture["∂L/∂x"][1:4, 1:4], kernel), "the way back puts the kernel down"
picture

# %% [markdown]
# The way back *puts the kernel down* where there is something in $\partial L/\partial y$: as it is, not turned. It is what a
# true convolution did with the one bright pixel at the beginning.
#
# Images have channels, and a network has many kernels. The sum then runs also over all maps $p$ that come in, and
# each map $s$ that goes out has a kernel for each of them. In two dimensions that is still one line. For the gradients
# nothing new is needed either. Ask where a number is used, and sum over everything else that the formula ran over:
#
# $$y_{n,s,i,j} = \sum_{p,k,l} x_{n,p,i+k,j+l}\,w_{s,p,k,l} \qquad
# \frac{\partial L}{\partial w_{s,p,k,l}} = \sum_{n,i,j}\frac{\partial L}{\partial y_{n,s,i,j}}\,x_{n,p,i+k,j+l} \qquad
# \frac{\partial L}{\partial x_{n,p,i,j}} = \sum_{s,k,l}\frac{\partial L}{\partial y_{n,s,i-k,j-l}}\,w_{s,p,k,l}$$


# %%
def conv2d(x, W):
    """Correlate N images of P channels with S kernels; i and j are places, k and l run over a kernel."""
    return np.einsum("npijkl,spkl->nsij", az.windows(x, W.shape[2:]), W)


def conv2d_back(g, x, W):
    """∂L/∂x and ∂L/∂W: the sums above."""
    (K, H), turned = W.shape[2:], np.flip(W, (2, 3))
    around = np.pad(g, ((0, 0), (0, 0), (K - 1, K - 1), (H - 1, H - 1)))  # outside of the map it is 0
    by_x = np.einsum("nsijkl,spkl->npij", az.windows(around, (K, H)), turned)
    return by_x, np.einsum("npijkl,nsij->spkl", az.windows(x, (K, H)), g)


photos, kernels = az.Tensor(rng.normal(size=(2, 3, 6, 7))), az.Tensor(rng.normal(size=(4, 3, 3, 2)))
line, module = conv2d(photos, kernels), az.nn.conv(photos, kernels)
back = rng.normal(size=line.shape)
pairs = zip(az.gradient(line, [photos, kernels], back), az.gradient(module, [photos, kernels], back), strict=True)
off = max(np.abs(a - b).max() for a, b in [(line.data, module.data), *pairs])
hand = conv2d_back(back, photos.data, kernels.data)
off_hand = max(np.abs(a - b).max() for a, b in zip(hand, az.gradient(module, [photos, kernels], back), strict=True))
print(f"shapes {photos.shape} and {kernels.shape} make {line.shape}")
print(f"largest difference from the module: {off:.0e}, and of the gradients by hand {off_hand:.0e}")
assert max(off, off_hand) < 1e-12

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


verdicts = {errata.judged(errata.find(f"conv.conv.{name}.1d.sum")).verdict for name in ("y", "dx", "dW")}
assert verdicts == {"reading"}, "each is right under a reading"
printed("conv.conv.y.1d.sum", "conv.conv.dx.1d.sum", "conv.conv.dW.1d.sum")

# %% [markdown]
# The forward pass is right if indices count from 0 and maps are 0 outside: it is `true_convolution=True`. The gradients
# are right if one knows what $T$ means. The document says, "rotate by 180°", which in one dimension is *reversed*. But
# reversed *about what*? Take the words as
# they are: the kernel $(w_0, w_1, w_2)$ becomes $(w_2, w_1, w_0)$.

# %%
found = errata.sample(errata.find("conv.conv.dx.1d.sum"), seed=0).results
as_printed, right, differences = (found[name] for name in ("IZ", "right", "by differences"))
for name, numbers in (("as printed", as_printed), ("as it should be", right), ("by differences", differences)):
    print(f"{name:<16}", numbers[0].round(3))
assert np.allclose(as_printed[:, 2:], right[:, :-2]) and np.allclose(right, differences, atol=1e-8), "shifted by two"

# %% [markdown]
# Do you see it? These are the same numbers, *shifted* by two places. The kernel must be reversed about its element 0,
# so that $w_{i'}$ moves to the place $-i'$, and not about its middle. If one counts from the middle of each array, the
# printed formula is right; but its sums begin at 0 or 1. In two dimensions $T$ looks like a matrix's transpose, which
# swaps rows and columns, and that is wrong too.

# %%
explained("conv.conv.dx.2d.sum")

# %% [markdown]
# ## Does it matter which one it is?
#
# Take digits, and what an edge detector makes of them. Two layers see both, and are to find the kernel. One correlates and
# the other convolves; they start with the same random kernel, turned around for the second.
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
assert np.allclose(losses[False], losses[True], rtol=1e-9, atol=1e-12), "at each step the same loss"
assert np.allclose(learnt[False], edges[0, 0], atol=0.1), "the kernel is found"
assert np.allclose(learnt[True], learnt[False][::-1, ::-1], atol=1e-9), "or the same one, rotated"

# %% [markdown]
# Neither: at each step the losses are the same, but for rounding, and one has learnt the other's kernel, rotated by 180°.
# The wrong name does no harm as long as kernels are *learnt*. It matters when one writes a kernel by hand, or carries
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
agree = {name: np.allclose(picture, pictures["convolution"]) for name, picture in pictures.items()}
assert agree == {name: name != "rotated, correlated" for name in pictures}, "turn the kernel, or the output back"

# %% [markdown]
# Rotate the input, and the output comes out rotated as well: it is the *kernel* that one has to turn. As said, it is
# *wrong*, for any meaning of "transposed" that was tried:

# %%
explained("conv.conv.claim.transposed_first")

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
assert sizes == {6: 3, 7: 4, 8: 4, 9: 5, 10: 5}, "half, rounded up"

# %% [markdown]
# A number of pixels is whole, so that the quotient must be rounded down: what does not fill a window any more is left
# out. Half of 7 is 4 then, and "exactly" is true of even sizes. What is left out is *never looked at*, and the
# gradient knows. Six pixels, a kernel of 3, stride 2, no padding:

# %%
six = np.array([[[3.0, 1.0, 4.0, 1.0, 5.0, 9.0]]])
picture = sliding(lambda x: az.nn.conv(x, np.ones((1, 1, 3)), stride=2), six)
assert picture["∂L/∂x"].tolist() == [1, 1, 2, 1, 1, 0], "the last pixel is never looked at"
picture

# %% [markdown]
# ## What a deep pixel sees
#
# A *dilation* of 2 leaves a gap between the weights, so that three of them reach over five pixels. Here with stride 2, and a
# padding of 2 on each side:

# %%
picture = sliding(lambda x: az.nn.conv(x, w, stride=2, padding=2, dilation=2), six)
assert picture["y"].tolist() == [3 * 2 + 4 * 3, 3 + 4 * 2 + 5 * 3, 4 + 5 * 2], "every second pixel of x"
assert np.all(picture["∂L/∂x"][1::2] == 0), "stride and gap are even: odd places are never met"
picture

# %% [markdown]
# Stride and gap are even together, and the pixels at odd places are never met.
#
# The gradient of *one* output measures which pixels it hears, and how loudly (chapter 06). Three layers with kernels
# of three ones:
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
assert [np.ptp(np.flatnonzero(loud)) + 1 for loud in fields.values()] == [7, 15, 13]
assert fields[1, 1, 1][17:24].tolist() == [1, 3, 6, 7, 6, 3, 1], "the middle by seven ways"
assert np.all(fields[1, 2, 4][13:28] >= 1), "no pixel in between is left out"
assert np.all(fields[2, 2, 2][1::2] == 0), "every second pixel is not heard (20 is the middle)"
deep = heard((1,) * 15)
within, reached = np.sort(deep)[::-1], np.count_nonzero(deep)
half = within[: reached // 2].sum() / within.sum()
print(f"15 layers reach {reached} pixels, and {half:.0%} of what is heard comes from the half in the middle")
assert reached == 31 and half > 0.95

# %% [markdown]
# - Dilations 1, 1, 1: seven pixels, and the one in the middle is heard by seven ways. With more layers it becomes a
#   bell: most of what a deep pixel *could* see it hardly hears. (Its *receptive field* is wide, its *effective* one is not.)
# - 1, 2, 4: fifteen pixels, none left out, with the same nine weights.
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
assert same and w1.size + w2.size < together.size / 3, "separable is a special case of full"

# %%
explained("conv.separable_conv.dx.operator")

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
report = az.zoo.check("conv", seeds=range(1))
assert report.ok, "tape, closed forms and differences agree"
wrong = {j.formula.id for j in report.errata if j.verdict == "wrong"}
claims = {f"conv.conv.claim.{name}" for name in ("transposed_first", "auto_correlation", "sharing")}
claims |= {"conv.separable_conv.claim.stack", "conv.separable_conv.claim.breaks"}
assert wrong == claims | {f"conv.separable_conv.dx.{e}" for e in ("operator", "sum")}
report

# %% [markdown]
# ## A real task
#
# In chapter 06 a network of linear layers read digits, and lost many when they were moved by a single pixel. Here is
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
assert min(reads["convolutions"]) > 0.9 > 0.7 > reads["linear layers"][1], "convolutions lose little"
assert reads["linear layers"][0] > 0.9, "while linear layers read digits where they are"
assert sum(p.size for p in convolutional.parameters()) < sum(p.size for p in linear.parameters()) / 3
assert images_test[..., -1].mean() < 0.05, "little ink goes from the right edge to the left one"

# %% [markdown]
# What did it learn to look for? Here are its eight small kernels, five pixels wide. One is tempted to see edges in them,
# so measure: a kernel that answers to an edge rises from one side to the other, like a slope. A slope has two of the 24
# dimensions that are left when the mean is taken away: of a kernel drawn by chance it is 8 %, on average.

# %%
upward, sideways = (axis.ravel() / np.linalg.norm(axis) for axis in np.mgrid[-2:3, -2:3])
centred = small.W.data.reshape(8, 25) - small.W.data.mean(axis=(2, 3)).reshape(8, 1)
slope = ((centred @ upward) ** 2 + (centred @ sideways) ** 2) / np.sum(centred**2, axis=1)
print("how much of each kernel is a slope:", *(f"{share:.0%}" for share in slope))
assert slope.mean() > 1.5 * 2 / 24 and slope.max() > 1 / 3 and np.median(slope) < 1 / 3

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
# Training has made more of a slope of them than chance does, and in the one that is most like an edge detector it is more
# than a third. But for most of them "edge" is not the word.
#
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
assert np.allclose(finds_aside[:, 2:-2, 4:-2], finds[:, 2:-2, 2:-4], atol=1e-12), "the maps move along"
assert np.allclose(finds.max(axis=(1, 2))[best], finds_aside.max(axis=(1, 2))[best]), "and their maxima stay"

# %% [markdown]
# The maps have moved by 2, and their maxima have not changed. That is *equivariance*, and the maximum over places
# makes *invariance* of it. Only at the edges, where the padding is, the argument fails.

# %% [markdown]
# ## Exercises
#
# Put your answer in the place of the `...` and run the cell: it says whether the answer is right, and if not, what to
# think about. After an attempt `print(az.lab.answer("09-1"))` shows the answer, and `az.lab.score()` what you have
# answered.
#
# **1.** Maps of $32\times32$, a kernel of 3, stride 2, padding 1 and dilation 2. How high is the output?

# %%
answer_1 = ...
az.lab.exercise("09-1", answer_1)

# %% [markdown]
# **2.** $\vec{x} = (1, 2, 3, 4)$ is correlated with a kernel of two weights, with stride 2, and $(1, 10)$ comes back.
# What is the gradient by the kernel?

# %%
answer_2 = ...
az.lab.exercise("09-2", answer_2)

# %% [markdown]
# **3.** Give dilations for *four* layers with kernels of 3, so that 81 pixels are heard, each by exactly one way.

# %%
answer_3 = ...
az.lab.exercise("09-3", answer_3)

# %% [markdown]
# ## References
#
# - The document: "Zoo of Deep Learning Modules", Linear modules, rows Conv-1D and Conv-2D, and the text around them.
# - Y. LeCun and others, [Backpropagation applied to handwritten zip code recognition](https://doi.org/10.1162/neco.1989.1.4.541), 1989.
# - V. Dumoulin and F. Visin, [A guide to convolution arithmetic for deep learning](https://arxiv.org/abs/1603.07285), 2016: sizes, strides, paddings.
# - F. Yu and V. Koltun, [Multi-scale context aggregation by dilated convolutions](https://arxiv.org/abs/1511.07122), 2016.
# - W. Luo and others, [Understanding the effective receptive field](https://arxiv.org/abs/1701.04128), 2016.
# - F. Chollet, [Xception: deep learning with depthwise separable convolutions](https://arxiv.org/abs/1610.02357), 2017.
# - CS231n, [Convolutional neural networks](https://cs231n.github.io/convolutional-networks/);
#   Dive into Deep Learning, [Convolutional neural networks](https://d2l.ai/chapter_convolutional-neural-networks/index.html).
