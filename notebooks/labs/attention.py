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
# # Lab: Rows that look at rows
#
# A table, and the backward pass of attention, one input after the other.
#
# Write each gradient in plain NumPy. A function gets the upstream gradient `g` = ∂L/∂y, the result `y`, and the inputs; it returns ∂L/∂(input), in the shape of that input. The judge compares it with the tape, on samples of several shapes, and says what is wrong, never the right numbers. It counts attempts; hints come one at a time, after an attempt: take the `#` away and run the cell. (The closed forms can be imported. Then it is no lab.)

# %%
import numpy as np

import autograd_zoo as az

az.lab.begin("attention")

# %% [markdown]
# ## 1. embedding by W
#
# $y = W_i$: row `i` of `W` for each of the integers `i`.
#
# Wanted: $\partial L/\partial W$.


# %%
def embedding_dW(g, y, W, i):
    return ...  # your gradient


# %%
az.lab.judge("embedding", embedding_dW)

# %%
# print(az.lab.hint("embedding"))

# %% [markdown]
# ## 2. scaled_dot_product_attention by V
#
# $y = (A \odot D)\,V$, where $A$ is the softmax of $S = \frac{QK^T}{\sqrt{d}}$ along its rows, over the keys where `mask` is true. `D` are given switches. Batch axes lead.
#
# Wanted: $\partial L/\partial V$.


# %%
def scaled_dot_product_attention_dV(g, y, Q, K, V, mask, D):
    return ...  # your gradient


# %%
az.lab.judge("scaled_dot_product_attention", scaled_dot_product_attention_dV, by="V")

# %%
# print(az.lab.hint("scaled_dot_product_attention", by="V"))

# %% [markdown]
# ## 3. scaled_dot_product_attention by Q
#
# The same forward pass; another input.
#
# Wanted: $\partial L/\partial Q$.


# %%
def scaled_dot_product_attention_dQ(g, y, Q, K, V, mask, D):
    return ...  # your gradient


# %%
az.lab.judge("scaled_dot_product_attention", scaled_dot_product_attention_dQ)

# %%
# print(az.lab.hint("scaled_dot_product_attention"))

# %% [markdown]
# ## 4. scaled_dot_product_attention by K
#
# The same forward pass; another input.
#
# Wanted: $\partial L/\partial K$.


# %%
def scaled_dot_product_attention_dK(g, y, Q, K, V, mask, D):
    return ...  # your gradient


# %%
az.lab.judge("scaled_dot_product_attention", scaled_dot_product_attention_dK, by="K")

# %%
# print(az.lab.hint("scaled_dot_product_attention", by="K"))

# %% [markdown]
# ## Score
#
# (In this family none of the document's gradients is misprinted; so there is no hunt.)

# %%
az.lab.score()
