"""Exercises of chapter 02, tensors."""

import numpy as np

from ..exercise import Exercise

W = np.array([[1.0, -2.0, 0.5, 3.0], [0.25, 4.0, -1.0, 2.0], [-3.0, 1.5, 6.0, 0.75]])
A, X = np.array([[1.0, 4.0], [0.0, 3.0]]), np.array([2.0, -1.0])
G = np.linspace(-1.0, 2.0, 30).reshape(2, 3, 5) ** 2
Q = np.cos(np.arange(40.0)).reshape(2, 4, 5)

EXERCISES = (
    Exercise(
        right=W.sum(axis=1, keepdims=True),
        code="answer = lambda w: w.sum(axis=1, keepdims=True)",
        why="Each a_i was copied along the second axis, and w_ij is the gradient of its j-th copy: uses add.",
        hint="Sum over the axis along which a was copied; the result has the shape of a.",
        read=lambda f: f(W.copy()),
        asked="a function of w",
        mistakes=(
            (lambda w: w, "That is the gradient of a + c. And a is smaller: it was copied."),
            (lambda w: w.sum(axis=1), "The right numbers, but not in the shape of a, which has two axes."),
            (lambda w: w.sum(axis=0), "That is the gradient of c. Along which axis was a copied?"),
            (lambda w: w.sum(axis=0, keepdims=True), "That is the gradient of c. Along which axis was a copied?"),
            (lambda w: w.mean(axis=1, keepdims=True), "A mean divides; what comes back from several uses adds up."),
        ),
    ),
    Exercise(
        right=[0.0, 2.0],
        code="answer = A2 @ x2 + A2.T @ x2",
        why="The x on the left gets A x, the one on the right Aᵀ x. (2 A x holds for a symmetric A only.)",
        hint="One gradient for each use of x. Write L with indices, and hold first one x still, then the other one.",
        mistakes=(
            (2 * A @ X, "2 A x holds where A is symmetric. This one is not."),
            (A @ X, "That is what the x on the left gets. What does the other one get?"),
            (A.T @ X, "That is what the x on the right gets. What does the other one get?"),
            (2 * A.T @ X, "That counts the x on the right twice, and the one on the left not at all."),
        ),
    ),
    Exercise(
        right=np.einsum("bik,bjk->bij", G, Q),
        code='answer = "bik,bjk->bij"',
        why="The gradient has the letters of P, and G has those of the result. For each b it is G Qᵀ.",
        hint="G has the letters of the result, Q has its own, and what comes out has those of P. Which is summed?",
        read=lambda subscripts: np.einsum(subscripts, G, Q),
        asked='a string such as "bij,bjk->bik"',
        mistakes=(
            ("bik,bjk->bji", "It is transposed: the gradient has the shape of P."),
            ("bik,bjk->ij", "Each matrix of the batch is used once, so nothing is summed over the batch."),
            ("bik,bjk->bijk", "A letter that P does not have must be summed."),
            ("bik,bjk->bik", "These are the letters of the result; the gradient has those of P."),
        ),
    ),
)
