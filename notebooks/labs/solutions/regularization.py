"""For teachers: what the lab asks for."""


def dropout_dx(g, y, x, D, q):
    return g * D / (1 - q)
