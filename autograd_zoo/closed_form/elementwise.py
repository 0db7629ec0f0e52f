"""Element-wise modules, Add and Multiply: their formulas as plain NumPy functions.

A gradient has a rule's signature `(g, y, *inputs)` with g = ∂L/∂y, for inputs of equal shapes: who broadcasts them sums
the gradients back.
"""

from .docstrings import gradient_of, printed
from .notation import Array


@printed("a and b broadcast against each other, to the shape of the result")
def add(a: Array, b: Array) -> Array:
    """y = a ⊕ b"""
    return a + b


@gradient_of(add)
def add_da(g: Array, y: Array, a: Array, b: Array) -> Array:
    """∂L/∂a = ∂L/∂y"""
    return g


@gradient_of(add, also="ours")
def add_db(g: Array, y: Array, a: Array, b: Array) -> Array:
    """∂L/∂b = ∂L/∂y"""
    return g


@printed("a and b broadcast against each other, to the shape of the result")
def multiply(a: Array, b: Array) -> Array:
    """y = a ⊙ b"""
    return a * b


@gradient_of(multiply, also="printed without the transpose")
def multiply_da(g: Array, y: Array, a: Array, b: Array) -> Array:
    """∂L/∂a = ∂L/∂y ⊙ bᵀ, the transpose because ∂L/∂y is a row and b a column"""
    return g * b


@gradient_of(multiply, also="ours")
def multiply_db(g: Array, y: Array, a: Array, b: Array) -> Array:
    """∂L/∂b = ∂L/∂y ⊙ aᵀ"""
    return g * a
