"""Exercises of chapter 03, five ways to join numbers."""

from ..exercise import Exercise

EXERCISES = (
    Exercise(
        right=[3.0, -4.0, 10.0],
        code="answer = [3.0, -4.0, 10.0]",
        why="The upstream gradient times a, element by element. The values of b do not matter, not even the zero.",
        hint="Each element of b gets what arrives at its element of y, times the other factor.",
        mistakes=(
            ([2.0, 0.0, -2.0], "That is the gradient by a. Which is the other factor of b?"),
            ([3.0, 4.0, 5.0], "These are the local derivatives. What arrives from the loss is missing."),
            (
                [3.0, 0.0, 10.0],
                "The zero in b stops nothing: how much y₂ moves with b₂ does not depend on where b₂ is.",
            ),
            ([1.0, -1.0, 2.0], "That is what an addition would hand on."),
        ),
    ),
    Exercise(
        right=[-1.0, 0.5, 0.0, 0.5],
        code="answer = [-1.0, 0.5, 0.0, 0.5]",
        why="The elements sum to 0, as they must: adding the same to all numbers does not change their range.",
        hint="Take the two terms apart: who gets something from the maximum, and who from the minus minimum?",
        mistakes=(
            ([-1.0, 1.0, 0.0, 1.0], "The maximum hands out 1 in all, and here two elements share it."),
            ([-1.0, 1.0, 0.0, 0.0], "Here elements that tie shall share; the first one has no privilege."),
            ([1.0, 0.5, 0.0, 0.5], "One sign is wrong: does the range grow when the smallest number grows?"),
            ([0.0, 0.5, 0.0, 0.5], "The minimum is missing: the range depends on the smallest number, too."),
        ),
    ),
    Exercise(
        right=[4.0, 11.0, 4.0],
        code="answer = [4.0, 11.0, 4.0]",
        why="All three get 4 through the sum, and the second one 7 more through the maximum.",
        hint="A product of two numbers: each factor gets the other one. Then the sum copies, and the maximum picks.",
        mistakes=(
            ([4.0, 4.0, 4.0], "That is what comes through the sum. What comes through the maximum?"),
            ([0.0, 7.0, 0.0], "That is what comes through the maximum. What comes through the sum?"),
            ([7.0, 11.0, 7.0], "The factors are exchanged: the sum gets the maximum, and the maximum gets the sum."),
            ([1.0, 2.0, 1.0], "These are sum and maximum added; here they are multiplied."),
        ),
    ),
)
