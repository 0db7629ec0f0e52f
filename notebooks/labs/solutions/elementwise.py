"""For teachers: what the lab asks for."""


def add_da(g, y, a, b):
    return g


def multiply_da(g, y, a, b):
    return g * b


def multiply_db(g, y, a, b):
    return g * a
