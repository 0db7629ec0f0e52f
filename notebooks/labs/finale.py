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
# # Lab: Finale: an LSTM and a Transformer encoder layer by hand
#
# All that came before, in one function each. Write small functions, and have the labs' judge look at each of them first.
#
# Write each gradient in plain NumPy. A function gets the upstream gradient `g` = ∂L/∂y, the result `y`, and the inputs; it returns ∂L/∂(input), in the shape of that input. The judge compares it with the tape, on samples of several shapes, and says what is wrong, never the right numbers. It counts attempts; hints come one at a time, after an attempt: take the `#` away and run the cell. (The closed forms can be imported. Then it is no lab.)

# %%
import numpy as np

import autograd_zoo as az

az.lab.begin("finale")

# %% [markdown]
# ## 1. lstm by b_o
#
# $f, i, o = \sigma(W_k h_t + U_k x_t + b_k)$, $G = \tanh(W_g h_t + U_g x_t + b_g)$, $C_{t+1} = f \odot C_t + i \odot G$, $h_{t+1} = o \odot \tanh(C_{t+1})$. The result is `np.stack([h, C])`, the states after each step. `inputs` are x, h0, C0, W_f, U_f, W_i, U_i, W_o, U_o, W_g, U_g, b_f, b_i, b_o, b_g: unpack them, and write one function of your own that gives all gradients.
#
# Wanted: $\partial L/\partial b_o$.


# %%
def lstm_db_o(g, y, *inputs):
    return ...  # your gradient


# %%
az.lab.judge("lstm", lstm_db_o, by="b_o")

# %%
# print(az.lab.hint("lstm", by="b_o"))

# %% [markdown]
# ## 2. lstm by C0
#
# The same forward pass; another input.
#
# Wanted: $\partial L/\partial C0$.


# %%
def lstm_dC0(g, y, *inputs):
    return ...  # your gradient


# %%
az.lab.judge("lstm", lstm_dC0, by="C0")

# %%
# print(az.lab.hint("lstm", by="C0"))

# %% [markdown]
# ## 3. lstm by W_f
#
# The same forward pass; another input.
#
# Wanted: $\partial L/\partial W_f$.


# %%
def lstm_dW_f(g, y, *inputs):
    return ...  # your gradient


# %%
az.lab.judge("lstm", lstm_dW_f, by="W_f")

# %%
# print(az.lab.hint("lstm", by="W_f"))

# %% [markdown]
# ## 4. lstm by x
#
# The same forward pass; another input.
#
# Wanted: $\partial L/\partial x$.


# %%
def lstm_dx(g, y, *inputs):
    return ...  # your gradient


# %%
az.lab.judge("lstm", lstm_dx)

# %%
# print(az.lab.hint("lstm"))

# %% [markdown]
# ## 5. transformer_encoder_layer by beta_2
#
# $u = \mathrm{LN}_1(x + \mathrm{MHA}(x))$, $y = \mathrm{LN}_2(u + W_2\,\mathrm{gelu}(W_1 u + b_1) + b_2)$, with two heads and a causal mask. `inputs` are x, W_q, W_k, W_v, W_o, b_q, b_v, b_o, gamma_1, beta_1, W_1, b_1, W_2, b_2, gamma_2, beta_2, b_k. A head has a consecutive part of the columns; gelu is $v\,\Phi(v)$.
#
# Wanted: $\partial L/\partial \beta_2$.


# %%
def transformer_encoder_layer_dbeta_2(g, y, *inputs, num_heads, causal):
    return ...  # your gradient


# %%
az.lab.judge("transformer_encoder_layer", transformer_encoder_layer_dbeta_2, by="beta_2")

# %%
# print(az.lab.hint("transformer_encoder_layer", by="beta_2"))

# %% [markdown]
# ## 6. transformer_encoder_layer by W_2
#
# The same forward pass; another input.
#
# Wanted: $\partial L/\partial W_2$.


# %%
def transformer_encoder_layer_dW_2(g, y, *inputs, num_heads, causal):
    return ...  # your gradient


# %%
az.lab.judge("transformer_encoder_layer", transformer_encoder_layer_dW_2, by="W_2")

# %%
# print(az.lab.hint("transformer_encoder_layer", by="W_2"))

# %% [markdown]
# ## 7. transformer_encoder_layer by x
#
# The same forward pass; another input.
#
# Wanted: $\partial L/\partial x$.


# %%
def transformer_encoder_layer_dx(g, y, *inputs, num_heads, causal):
    return ...  # your gradient


# %%
az.lab.judge("transformer_encoder_layer", transformer_encoder_layer_dx)

# %%
# print(az.lab.hint("transformer_encoder_layer"))

# %% [markdown]
# ## 8. Misprint hunt: recurrent.lstm.dC
#
# So it is printed. Which sign, index, factor or transpose is wrong? Write the formula as it should read; here it is for one sample, without batch axes.

# %%
az.lab.hunt("recurrent.lstm.dC")

# %% [markdown]
# What is right instead?


# %%
def corrected_lstm_dC(g, y, x, h0, C0, W_f, U_f, W_i, U_i, W_o, U_o, W_g, U_g, b_f=0.0, b_i=0.0, b_o=0.0, b_g=0.0):
    return ...  # your gradient


# %%
az.lab.judge("recurrent.lstm.dC", corrected_lstm_dC)

# %%
# print(az.lab.hint("recurrent.lstm.dC"))

# %% [markdown]
# ## Score

# %%
az.lab.score()
