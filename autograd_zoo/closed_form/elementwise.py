"""Element-wise modules, Add and Multiply: their formulas as plain NumPy functions.

A gradient has a rule's signature `(g, y, *inputs)` with g = ∂L/∂y, for inputs of equal shapes: who broadcasts them sums
the gradients back.
"""

from .notation import Array


def add(a: Array, b: Array) -> Array:
    """y = a ⊕ b

    Shapes: a and b broadcast against each other, to the shape of the result.
    Source: elementwise.add.y.
    """
    return a + b


def add_da(g: Array, y: Array, a: Array, b: Array) -> Array:
    """∂L/∂a = ∂L/∂y

    Shapes: all the same.
    Source: elementwise.add.da.
    """
    return g


def add_db(g: Array, y: Array, a: Array, b: Array) -> Array:
    """∂L/∂b = ∂L/∂y

    Shapes: all the same.
    Source: elementwise.add.db, ours.
    """
    return g


def multiply(a: Array, b: Array) -> Array:
    """y = a ⊙ b

    Shapes: a and b broadcast against each other, to the shape of the result.
    Source: elementwise.multiply.y.
    """
    return a * b


def multiply_da(g: Array, y: Array, a: Array, b: Array) -> Array:
    """∂L/∂a = ∂L/∂y ⊙ bᵀ, the transpose because ∂L/∂y is a row and b a column

    Shapes: all the same.
    Source: elementwise.multiply.da, printed without the transpose.
    """
    return g * b


def multiply_db(g: Array, y: Array, a: Array, b: Array) -> Array:
    """∂L/∂b = ∂L/∂y ⊙ aᵀ

    Shapes: all the same.
    Source: elementwise.multiply.db, ours.
    """
    return g * a
