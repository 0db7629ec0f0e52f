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
# # 14 Higher derivatives: the gradient of a gradient
#
# A gradient says which way is down. It does not say how far. For that one needs to know how the gradient itself
# changes: the second derivative. Where does an engine get one, without a single new rule? And what is it good for?
#
# Afterwards you can say
#
# - how a sweep is recorded, and why this gives derivatives of any order;
# - what the Hessian is, and what its eigenvalues tell about a learning rate;
# - why Newton's method is fast, and where it goes wrong;
# - how to train with a loss that *contains* a gradient, and a mistake that is easily made there.
#
# You need chapters 01, 02 and 05, and eigenvalues. Reading takes about 45 minutes, the exercises apart. Words that you do
# not know stand in the [glossary](../docs/glossary.md).

# %%
# %config InlineBackend.figure_formats = ["svg"]
import matplotlib.pyplot as plt
import numpy as np

import autograd_zoo as az
import graph_viz
from autograd_zoo import nn
from autograd_zoo.notebook import plots

plots()

# %% [markdown]
# ## A sweep is a computation, too
#
# The rule of $y=\tanh x$ is `g * (1 - y * y)`: two products and a difference. A sweep multiplies and subtracts, and
# these are operations that a tape can record. With `create_graph=True` the sweep is fed Tensors, and what it computes
# becomes part of the graph. We draw the *gradient*:

# %%
x = az.Tensor(0.5, name="x")
y = np.tanh(x).named("y")
one = az.Tensor(1.0, name="∂y/∂y")  # what every sweep begins with, as a node of its own
(dy,) = az.gradient(y, [x], one, create_graph=True)
assert [node.name for node in az.Tape(dy)][:2] == ["x", "y"] and len(az.Tape(dy)) == 6, (
    "two products and a difference more"
)
graph_viz.draw(dy.named("∂y/∂x"), gradients=False, direction="TB")

# %% [markdown]
# At the top stands the forward pass, in the frame ∇ what the sweep has done. The two arrows from $y$ into the frame are
# what matters: the slope of $\tanh$ is computed *from* $y$, and so from $x$. It has a gradient of its own. (Here reverse
# mode goes over reverse mode; other libraries also send a *forward mode* over it, which gives the same numbers.)
#
# **Predict first.** $y'=1-y^2$. What is $y''$, by the chain rule?

# %%
(d2y,) = az.gradient(dy, [x])
y_ = np.tanh(0.5)
print(f"the recorded sweep  {d2y:.10f}")
print(f"by hand, −2y(1−y²)  {-2 * y_ * (1 - y_**2):.10f}")
assert abs(d2y + 2 * y_ * (1 - y_**2)) < 1e-12, "a recorded sweep can be differentiated"

# %% [markdown]
# And so on. `az.grad` wraps this up as a function from functions to functions, which nests:


# %%
def slope(f):
    """The derivative of a function that works element by element."""
    return az.grad(lambda x: np.sum(f(x)))


grid = np.linspace(-3, 3, 121)
orders = [np.tanh]
for _ in range(3):
    orders.append(slope(orders[-1]))

fig, ax = plt.subplots()
for k, (f, style) in enumerate(zip(orders, ("-", "--", "-.", ":"), strict=True)):
    ax.plot(grid, f(grid), style, label=("tanh", "1st derivative", "2nd", "3rd")[k])
ax.set(xlabel="x", ylabel="value", title="tanh saturates: far out every derivative goes to 0")
ax.legend()
plt.show()
assert all(abs(f(np.array([-6.0, 6.0]))).max() < 1e-3 for f in orders[1:]), "far out every derivative goes to 0"
assert np.allclose(orders[2](grid), -2 * np.tanh(grid) * (1 - np.tanh(grid) ** 2)), "and grad nests"

# %% [markdown]
# A neuron's gradient with a loss around it shows how quickly such a graph grows: $L$ is made of 5 nodes, its gradient
# of 11. It is read from the top, and a frame is named after the operation whose rule ran. (The subtraction has no frame:
# its rule hands on what it gets. And $L$ itself is not there, for no rule asks for its value.)

# %%
w = az.Tensor(0.3, name="w")
L = ((np.tanh(w * 2.0) - 1.0) ** 2).named("L")
(dL,) = az.gradient(L, [w], az.Tensor(1.0, name="∂L/∂L"), create_graph=True)
assert len(az.Tape(L)) == 5 and len(az.Tape(dL)) == 11 and L not in [*az.Tape(dL)]
graph_viz.draw(dL.named("∂L/∂w"), gradients=False, direction="TB")

# %% [markdown]
# ## The Hessian
#
# For a function of several variables, the second derivatives make a matrix:
# $H_{ij}=\partial^2L/\partial x_i\partial x_j$, the Jacobian of the gradient. A famous one is that of the softmax
# with cross-entropy, by the logits $\vec x$ with $\vec p=\mathrm{softmax}(\vec x)$:
#
# $$\frac{\partial L}{\partial\vec x}=(\vec p-\vec t)^T\qquad H=\mathrm{diag}(\vec p)-\vec p\,\vec p^T$$
#
# The second follows from the first, for $\vec t$ is constant, and what is left to differentiate is the softmax (chapter 04,
# with $\delta_{ij}$ being 1 for $i=j$ and else 0):
#
# $$H_{ij}=\frac{\partial}{\partial x_j}\frac{\partial L}{\partial x_i}=\frac{\partial(p_i-t_i)}{\partial x_j}=\frac{\partial p_i}{\partial x_j}=p_i\,(\delta_{ij}-p_j)$$
#
# **Predict first:** the target $\vec t$ is gone. What does this say about the curvature of the loss for a sample with
# a wrong label?

# %%
logits = np.array([1.0, 0.0, -2.0])
p = nn.softmax(logits)
H = az.hessian(lambda x: nn.softmax_cross_entropy(x, 0))(logits)
H_other = az.hessian(lambda x: nn.softmax_cross_entropy(x, 2))(logits)
print(H.round(4))
print("as by the formula:", np.allclose(H, np.diag(p) - np.outer(p, p)))
print("the same for another label:", np.allclose(H, H_other))
print("eigenvalues:", np.linalg.eigvalsh(H).round(4) + 0.0)
assert np.allclose(H, np.diag(p) - np.outer(p, p)) and np.allclose(H, H_other), "diag(p) − ppᵀ, for any label"
assert np.allclose(H, H.T) and np.linalg.eigvalsh(H).min() > -1e-12, "symmetric, and nowhere negative"
assert np.allclose(H @ np.ones(3), 0), "softmax does not see what is added to all logits"
others = np.random.default_rng(0).normal(size=(20, 3))
bends = [np.linalg.eigvalsh(az.hessian(lambda x: nn.softmax_cross_entropy(x, 0))(place)) for place in others]
assert np.min(bends) > -1e-12, "nor anywhere else"

# %% [markdown]
# The curvature depends on what is predicted, not on what is true. So it is the same for a right and for a wrong label,
# and cannot tell one from the other. No eigenvalue is negative: this loss nowhere curves downwards, it is *convex*. One
# is 0: along $(1,1,1)$ nothing changes, since a softmax stays the same when one number is added to all logits. And the
# matrix is symmetric, as every Hessian of a smooth function is.
#
# ## Newton's method
#
# Put a parabola through the point where we stand, with the right slope $\vec g$ and the right curvature $H$. For a small
# step $\vec d$ that is Taylor's formula, and where its gradient by $\vec d$ is 0 stands its lowest point:
#
# $$L(\vec x+\vec d)\approx L(\vec x)+\vec g^T\vec d+\tfrac12\,\vec d^TH\vec d\qquad\vec g+H\vec d=0\qquad\vec d=-H^{-1}\vec g$$
#
# Go there, and repeat. The classic test is Rosenbrock's valley, $(1-x)^2+100(y-x^2)^2$: steep walls, and a floor that
# hardly descends.


# %%
def valley(v):
    """Rosenbrock's function; its minimum is at (1, 1)."""
    return (1 - v[0]) ** 2 + 100 * (v[1] - v[0] ** 2) ** 2


gradient, hessian = az.grad(valley), az.hessian(valley)
descent, newton = [np.array([-1.2, 1.0])], [np.array([-1.2, 1.0])]
for _ in range(2000):
    descent.append(descent[-1] - 0.001 * gradient(descent[-1]))
for _ in range(6):
    newton.append(newton[-1] - np.linalg.solve(hessian(newton[-1]), gradient(newton[-1])))
print(f"2000 steps of gradient descent end {valley(descent[-1]):.1e} above the minimum")
print(f"6 steps of Newton's method end     {valley(newton[-1]):.1e} above it")
assert valley(newton[-1]) < 1e-12 < 1e-3 < valley(descent[-1]), "Newton arrives, descent creeps"
assert np.flatnonzero(np.diff([valley(place) for place in newton]) > 0).tolist() == [1, 3], "though not always downhill"

# %%
a, b = np.meshgrid(np.linspace(-1.6, 1.5, 150), np.linspace(-3.4, 1.9, 150))
fig, ax = plt.subplots(figsize=(6.4, 3.5))
ax.contour(a, b, np.log10(valley([a, b]) + 1e-3), levels=12, cmap="Greys", linewidths=0.6)
ax.plot(*np.array(descent).T, "-", label="gradient descent, 2000 steps")
ax.plot(*np.array(newton).T, "o--", label="Newton, 6 steps")
ax.plot(1, 1, "k*", markersize=12, label="minimum")
ax.set(xlabel="x", ylabel="y", title="One creeps along the floor, the other jumps")
ax.legend(loc="lower left")
plt.show()

# %% [markdown]
# Newton's path is not always downhill (its second step climbs far out of the valley, and its
# fourth a little), but six steps are enough. Why is descent so slow? Look at the eigenvalues of the Hessian. They are the curvatures across the valley and along it:

# %%
along, across = np.linalg.eigvalsh(hessian(np.array([1.0, 1.0])))
print(f"at the minimum: {across:.0f} across the valley, {along:.1f} along it")
assert across > 2000 * along, "steep walls, and a flat floor"

# %% [markdown]
# Descent has one learning rate for both directions, and what is small enough for the walls makes hardly any progress on
# the floor. (How small is small enough? We come back to this.) Newton's method, with its $H^{-1}$, divides each
# direction by its own curvature.
#
# ## On real data
#
# Is this handwritten digit a 3 or an 8? One neuron, with a loss that is convex: $\log(1+e^{-ts})$ for a score $s$ and
# a target $t=\pm1$, and a small penalty on the weights. 64 weights and a bias make a Hessian of $65\times65$, which
# is small.


# %%
def threes_and_eights(split):
    """Images of two digits, and +1 for an eight, −1 for a three."""
    X, labels = az.data.digits(split)
    chosen = (labels == 3) | (labels == 8)
    with_one = np.hstack([X[chosen], np.ones((chosen.sum(), 1))])
    return with_one, np.where(labels[chosen] == 8, 1.0, -1.0)


# %%
X, t = threes_and_eights("train")
X_test, t_test = threes_and_eights("test")


def objective(w):
    """The mean loss of the neuron with weights w, the last of which is the bias."""
    return np.mean(nn.softplus(-t * (X @ w))) + 0.005 * np.sum(w * w)


slopes, curvature = az.grad(objective), az.hessian(objective)
best, norms = np.zeros(65), []
for _ in range(7):
    norms.append(np.linalg.norm(slopes(best)))
    best = best - np.linalg.solve(curvature(best), slopes(best))
accuracy = np.mean(np.sign(X_test @ best) == t_test)
print("size of the gradient:", "  ".join(f"{n:.0e}" for n in norms))
print(f"right on {accuracy:.0%} of the digits that it has not seen")
assert norms[4] < 100 * norms[3] ** 2 and norms[5] < 100 * norms[4] ** 2 and norms[6] < 1e-11, "the exponents double"
assert accuracy > 0.93, "a neuron tells a three from an eight"

# %% [markdown]
# Read the exponents: near the minimum they about *double* with each step, until a float can do no better. This is
# called quadratic convergence: the number of right digits doubles. Near a minimum like this one gradient descent adds
# about the same number of digits with each step (we shall see a straight line below).
#
# Why then does nobody train networks like this? A network of a million weights has a Hessian of $10^{12}$ numbers.
# But often one does not need the matrix.
#
# ## A product without the matrix
#
# $H\vec v$ says how the gradient changes when one walks along $\vec v$ (a *Hessian-vector product*). It is the gradient of
# a single number: one sweep to get $\nabla L$, one through that sweep. Two sweeps, however many weights there are.
#
# $$\frac{\partial}{\partial x_i}\sum_j\frac{\partial L}{\partial x_j}\,v_j=\sum_j\frac{\partial^2L}{\partial x_i\,\partial x_j}\,v_j=(H\vec v)_i$$

# %%
v = np.random.default_rng(0).normal(size=65)
product = az.hvp(objective, best, v)
difference = np.abs(product - curvature(best) @ v).max()
print(f"with and without the matrix: largest difference {difference:.0e}")
assert np.allclose(product, curvature(best) @ v), "a product without the matrix"

# %% [markdown]
# What can one do with products alone? Multiply again and again: the vector turns towards the direction of the
# *largest* curvature $\lambda$ (power iteration). And $\lambda$ is what sets the largest learning rate. On a parabola
# $\frac\lambda2x^2$ a step of descent goes from $x$ to $(1-\eta\lambda)x$: it shrinks as long as $\eta<2/\lambda$,
# and beyond that it grows.
#
# Does this hold for our neuron, which is no parabola? Descend from a point near the minimum with a rate 5 % below
# $2/\lambda$, and 5 % above.

# %%
u = v
for _ in range(100):
    u = az.hvp(objective, best, u)
    u = u / np.linalg.norm(u)
largest = u @ az.hvp(objective, best, u)
print(f"largest curvature {largest:.4f}, so the learning rate must stay below {2 / largest:.3f}")
assert abs(largest - np.linalg.eigvalsh(curvature(best))[-1]) < 1e-4, "power iteration finds the largest curvature"

paths = {}
for factor in (0.95, 1.05):
    w_now, paths[factor] = best + 1e-3 * u, []
    for _ in range(60):
        paths[factor].append(objective(w_now) - objective(best))
        w_now = w_now - factor * 2 / largest * slopes(w_now)

# %%
fig, ax = plt.subplots()
for (factor, path), style in zip(paths.items(), ("-", "--"), strict=True):
    ax.semilogy(path, style, label=f"learning rate {factor} · 2/λ")
ax.set(xlabel="step", ylabel="loss above the minimum")
ax.set_title("2/λ divides learning from running away")
ax.legend()
plt.show()
assert paths[0.95][-1] < 0.1 * paths[0.95][0] and paths[1.05][-1] > 10 * paths[1.05][0], "2/λ is the border"
gained = -np.diff(np.log10(paths[0.95]))
print(f"digits that a step of descent adds: between {gained.min():.3f} and {gained.max():.3f}")
assert gained.max() < 1.1 * gained.min(), "a straight line: each step adds the same"

# %% [markdown]
# ## Where second derivatives mislead
#
# Newton's method looks for a place where the gradient is zero. It does not ask what kind of place.
# $f=\frac14x^4-\frac12x^2+\frac12y^2$ has minima at $(\pm1,0)$ and a saddle between them.


# %%
def saddle(v):
    """Two minima at (±1, 0), and a saddle at (0, 0)."""
    return 0.25 * v[0] ** 4 - 0.5 * v[0] ** 2 + 0.5 * v[1] ** 2


slope_there, bend_there = az.grad(saddle), az.hessian(saddle)
by_newton = by_descent = np.array([0.3, 1.0])
for _ in range(8):
    by_newton = by_newton - np.linalg.solve(bend_there(by_newton), slope_there(by_newton))
for _ in range(100):
    by_descent = by_descent - 0.2 * slope_there(by_descent)
for name, place in {"Newton": by_newton, "descent": by_descent}.items():
    curvatures = np.linalg.eigvalsh(bend_there(place))
    print(f"{name:<8} ends at {place.round(3) + 0.0}, with curvatures {curvatures.round(3)}")
    assert (curvatures.min() < 0) == (name == "Newton")
assert np.allclose(by_newton, 0, atol=1e-6) and np.allclose(by_descent, [1, 0], atol=1e-6), "a saddle attracts Newton"
anywhere = np.random.default_rng(1).normal(size=(3, 65))
assert all(np.linalg.eigvalsh(curvature(place))[0] > 0 for place in [best, *anywhere]), "and the neuron is convex"

# %% [markdown]
# A negative curvature: Newton's method has climbed to the saddle. Descent has rolled down into a minimum. (The loss of a
# deep network has saddles; that of our single neuron has none, since it is convex.)
#
# And at a kink there is no second derivative, though a number comes out. A ReLU is straight on both sides, so that
# its Hessian is zero on either side. At 0 there is none: the slope jumps there. But a tape only knows the side on
# which it has been, and says zero:

# %%
H_relu = az.hessian(lambda x: np.sum(nn.relu(x)))(np.array([-1.0, 0.0, 2.0]))
bend = [float(az.grad(nn.relu)(x)) for x in (-1e-9, 0.0, 1e-9)]
print("the Hessian of a ReLU is zero:", not H_relu.any())
print("its slope just left of 0, at 0 and just right of it:", bend)
assert not H_relu.any() and bend == [0.0, 0.0, 1.0], "no tape sees the bend of a ReLU"

# %% [markdown]
# So for a network of ReLUs a penalty on its curvature is always 0, and where the Hessian is 0 Newton's method divides by
# zero. If you need second derivatives, take a smooth activation; we take $\tanh$ now.
#
# ## A loss that contains a gradient
#
# Fifteen noisy samples of a sine, and a network of 481 parameters, which is far too large for them. It will go close
# to every sample, noise and all, and go steeply up and down between them. So let steep slopes cost something:
#
# $$L=\frac1N\sum_n(f(x_n)-t_n)^2+\lambda\,\frac1M\sum_m\Big(\frac{\partial f}{\partial x}(x_m)\Big)^2$$
#
# To descend we need $\partial L/\partial W$, the gradient of a loss in which there is a gradient. The sweep inside
# must be recorded.

# %%
rng = np.random.default_rng(0)
xs = np.sort(rng.uniform(-3, 3, (15, 1)), axis=0)
ts = np.sin(xs) + 0.3 * rng.normal(size=xs.shape)
between = np.linspace(-3, 3, 100)[:, None]


def penalty(net, create_graph=True):
    """The mean square of the network's slope, measured between the samples."""
    x = az.Tensor(between)
    (df,) = az.gradient(np.sum(net(x)), [x], create_graph=create_graph)
    return np.mean(df * df)


# %%
def fitted(strength, create_graph=True, steps=800):
    """A network trained with the penalty, drawn from one seed."""
    r = np.random.default_rng(1)
    hidden = nn.Linear(1, 20, rng=r), nn.Tanh(), nn.Linear(20, 20, rng=r), nn.Tanh()
    net = nn.Sequential(*hidden, nn.Linear(20, 1, rng=r))
    optimizer = az.optim.Adam(net.parameters(), lr=0.01)
    for _ in range(steps):
        loss = np.mean((net(xs) - ts) ** 2)
        loss = loss + strength * penalty(net, create_graph) if strength else loss
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return net


# %%
nets = {"without penalty": fitted(0.0), "with gradient penalty": fitted(0.03)}
with az.no_grad():
    curves = {name: net(between).data for name, net in nets.items()}
    missed = {name: np.mean((net(xs).data - ts) ** 2) for name, net in nets.items()}
wrong = {name: np.mean((curve - np.sin(between)) ** 2) for name, curve in curves.items()}
assert sum(p.size for p in nets["without penalty"].parameters()) == 481
print("mean square distance")
for name in nets:
    print(f"{name:<22} from the samples {missed[name]:.4f}, from the sine {wrong[name]:.3f}")
assert missed["without penalty"] < 0.7 * missed["with gradient penalty"] < 0.02, "without penalty it follows the noise"
assert wrong["with gradient penalty"] < 0.75 * wrong["without penalty"], "a gradient penalty helps"
assert missed["without penalty"] < np.mean((ts - np.sin(xs)) ** 2) / 4, "closer to the samples than the sine itself"
steepest = {
    name: np.abs(np.diff(curve[:, 0])).max() / (between[1, 0] - between[0, 0]) for name, curve in curves.items()
}
print("steepest slope:", ", ".join(f"{steep:.1f} {name}" for name, steep in steepest.items()))
assert steepest["with gradient penalty"] < steepest["without penalty"]

# %%
fig, ax = plt.subplots()
ax.plot(between, np.sin(between), color="black", linewidth=1, label="sine")
ax.plot(xs, ts, "o", color="black", label="samples")
for (name, curve), style in zip(curves.items(), ("--", "-"), strict=True):
    ax.plot(between, curve, style, label=name)
ax.set(xlabel="x", ylabel="f(x)", title="A penalty on slopes keeps the network from following the noise")
ax.legend()
plt.show()

# %% [markdown]
# With the penalty the network is farther from the samples, and nearer to the truth: there is less *overfitting*. It has
# its price: a steep slope that is really there is punished like any other.
#
# ## The mistake
#
# Leave out `create_graph=True`. The penalty is then made of plain arrays: it is a number like any other, it is added
# to the loss, it is printed and it looks right. **Predict first:** what does it do to the training?

# %%
mistaken = fitted(0.03, create_graph=False)
with az.no_grad():
    curve = mistaken(between).data
free = nets["without penalty"]
print(f"the penalty's value, recorded:     {penalty(free).item():.3f}")
print(f"                     not recorded: {penalty(free, False):.3f}")
print("the same network as without penalty:", np.array_equal(curve, curves["without penalty"]))
by_penalty = az.gradient(penalty(free), [*free.parameters()], allow_unused=True)
print(
    f"its gradient by the weights, recorded:     {np.linalg.norm(np.concatenate([d.ravel() for d in by_penalty])):.3f}"
)
try:
    az.gradient(penalty(free, False), [*free.parameters()])
except TypeError as error:
    print(f"                             not recorded: {error}")
assert np.array_equal(curve, curves["without penalty"]) and penalty(free).item() > 0.1, "a number, and it does nothing"

# %% [markdown]
# A constant has no gradient. Nothing complains in the training: a plain array *is* a constant, and there are good reasons
# to add constants. Whenever a gradient stands inside a loss, ask for the gradient of that part alone, as the last lines
# do: it must be there, and not be zero.
#
# ## Is order 2 right?
#
# `az.check_gradients` asks differences, of the function at order 1 and of its recorded gradient at order 2. The table
# of the zoo has a column for it.

# %%
for c in az.check_gradients(lambda x: nn.softmax_cross_entropy(x, 0), logits, order=3):
    print(f"order {c.order}: worst relative error {c.error:.0e}")
    assert c.error < 1e-5

# %% [markdown]
# ## Exercises
#
# Put your answer in the place of the `...` and run the cell: it says whether the answer is right, and if not, what to
# think about. After an attempt `print(az.lab.answer("14-1"))` shows the answer, and `az.lab.score()` what you have
# answered.
#
# **1.** $f(\vec x)=\frac12\vec x^TA\vec x+\vec b^T\vec x$, with the `A1` below, which is *not* symmetric. What is its
# Hessian?

# %%
A1, b1 = np.array([[2.0, 1.0], [0.0, 4.0]]), np.array([1.0, -1.0])

# %%
answer_1 = ...
az.lab.exercise("14-1", answer_1)

# %% [markdown]
# **2.** One step of Newton's method by hand: $f(x)=x-\log x$ has its minimum at 1. From $x=\frac12$, where does one
# step lead?

# %%
answer_2 = ...
az.lab.exercise("14-2", answer_2)

# %% [markdown]
# **3.** How strongly does Rosenbrock's `valley` curve at its minimum $(1, 1)$ along the direction `u3`,
# $\vec u^TH\vec u$? Compute it without making $H$.

# %%
u3 = np.array([1.0, 2.0]) / np.sqrt(5)

# %%
answer_3 = ...
az.lab.exercise("14-3", answer_3)

# %% [markdown]
# ## References
#
# - B. Pearlmutter, [Fast exact multiplication by the Hessian](https://doi.org/10.1162/neco.1994.6.1.147), 1994.
# - J. Nocedal and S. Wright, [Numerical optimization](https://doi.org/10.1007/978-0-387-40065-5), 2006: Newton's method, and how fast it is.
# - Y. Dauphin and others, [Identifying and attacking the saddle point problem](https://arxiv.org/abs/1406.2572), 2014.
# - H. Drucker and Y. LeCun, [Improving generalization performance using double backpropagation](https://doi.org/10.1109/72.165600), 1992;
#   I. Gulrajani and others, [Improved training of Wasserstein GANs](https://arxiv.org/abs/1704.00028), 2017: gradient penalties.
# - A. Baydin and others, [Automatic differentiation in machine learning: a survey](https://arxiv.org/abs/1502.05767), 2018.
# - Dive into Deep Learning, [Optimization algorithms](https://d2l.ai/chapter_optimization/index.html).
