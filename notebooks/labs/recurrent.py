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
# # Lab: Back through time
#
# One parameter, used at every step.
#
# Write each gradient in plain NumPy. A function gets the upstream gradient `g` = ∂L/∂y, the result `y`, and the inputs; it returns ∂L/∂(input), in the shape of that input. The judge compares it with the tape, on samples of several shapes, and says what is wrong, never the right numbers. It counts attempts; hints come one at a time, after an attempt: take the `#` away and run the cell. (The closed forms can be imported. Then it is no lab.)

# %%
import numpy as np

import autograd_zoo as az

az.lab.begin("recurrent")

# %% [markdown]
# ## 1. simple_rnn by V
#
# $h_{t+1} = \tanh(W h_t + U x_t + b)$ and $o_t = V h_{t+1}$ for $t = 0 \dots T-1$. `x` is (T, D) or (T, N, D), the result `y` has the $o_t$; `h0` is (H,) or (N, H).
#
# Wanted: $\partial L/\partial V$.


# %%
def simple_rnn_dV(g, y, x, h0, W, U, V, b):
    return ...  # your gradient


# %%
az.lab.judge("simple_rnn", simple_rnn_dV, by="V")

# %%
# print(az.lab.hint("simple_rnn", by="V"))

# %% [markdown]
# ## 2. simple_rnn by b
#
# The same forward pass; another input.
#
# Wanted: $\partial L/\partial b$.


# %%
def simple_rnn_db(g, y, x, h0, W, U, V, b):
    return ...  # your gradient


# %%
az.lab.judge("simple_rnn", simple_rnn_db, by="b")

# %%
# print(az.lab.hint("simple_rnn", by="b"))

# %% [markdown]
# ## 3. simple_rnn by U
#
# The same forward pass; another input.
#
# Wanted: $\partial L/\partial U$.


# %%
def simple_rnn_dU(g, y, x, h0, W, U, V, b):
    return ...  # your gradient


# %%
az.lab.judge("simple_rnn", simple_rnn_dU, by="U")

# %%
# print(az.lab.hint("simple_rnn", by="U"))

# %% [markdown]
# ## 4. simple_rnn by W
#
# The same forward pass; another input.
#
# Wanted: $\partial L/\partial W$.


# %%
def simple_rnn_dW(g, y, x, h0, W, U, V, b):
    return ...  # your gradient


# %%
az.lab.judge("simple_rnn", simple_rnn_dW, by="W")

# %%
# print(az.lab.hint("simple_rnn", by="W"))

# %% [markdown]
# ## 5. Misprint hunt: recurrent.simple_rnn.dW
#
# So it is printed. Which sign, index, factor or transpose is wrong? Write the formula as it should read; here it is for one sample, without batch axes.

# %%
az.lab.hunt("recurrent.simple_rnn.dW")

# %% [markdown]
# What is right instead?


# %%
def corrected_simple_rnn_dW(g, y, x, h0, W, U, V, b=0.0):
    return ...  # your gradient


# %%
az.lab.judge("recurrent.simple_rnn.dW", corrected_simple_rnn_dW)

# %%
# print(az.lab.hint("recurrent.simple_rnn.dW"))

# %% [markdown]
# ## 6. Misprint hunt: recurrent.simple_rnn.dV
#
# So it is printed. Which sign, index, factor or transpose is wrong? Write the formula as it should read; here it is for one sample, without batch axes.

# %%
az.lab.hunt("recurrent.simple_rnn.dV")

# %% [markdown]
# What is right instead?


# %%
def corrected_simple_rnn_dV(g, y, x, h0, W, U, V, b=0.0):
    return ...  # your gradient


# %%
az.lab.judge("recurrent.simple_rnn.dV", corrected_simple_rnn_dV)

# %%
# print(az.lab.hint("recurrent.simple_rnn.dV"))

# %% [markdown]
# ## Score

# %%
az.lab.score()
