"""Exercises of chapter 06, pooling."""

from ..exercise import Exercise

EXERCISES = (
    Exercise(
        right=[0.0, 11.0, 0.0, 100.0, 0.0],
        code="answer = [0.0, 11.0, 0.0, 100.0, 0.0]",
        why="The first 5 is the largest of the first window, and the first of the largest ones in the second: 1 + 10. "
        "The third window contains only the second 5.",
        hint="Write the three windows down, mark the place that argmax gives in each, and add up what each place gets.",
        mistakes=(
            ([0.0, 1.0, 0.0, 110.0, 0.0], "In the second window both ends are 5, and argmax gives the first one."),
            ([0.0, 6.0, 0.0, 105.0, 0.0], "That shares at the tie. Argmax is one place."),
            ([0.0, 11.0, 0.0, 110.0, 0.0], "The 10 is handed out twice. Argmax is one place."),
            ([0.0, 10.0, 0.0, 100.0, 0.0], "Where two windows choose the same pixel, what they send adds up."),
            ([0.0, 1.0, 0.0, 100.0, 0.0], "The window in the middle sends its gradient to somebody, too."),
        ),
    ),
    Exercise(
        right=[1.0, 2.0, 3.0, 2.0, 1.0],
        code="answer = [1.0, 2.0, 3.0, 2.0, 1.0]",
        why="Each output sends 3/3 = 1 to each pixel of its window, so a pixel gets the number of windows that contain "
        "it; the values do not matter.",
        hint="What does one output send to each pixel of its window? And in how many windows is each pixel?",
        mistakes=(
            ([3.0, 6.0, 9.0, 6.0, 3.0], "That is the gradient of a sum; a mean divides by the size of the window."),
            ([1.0, 1.0, 1.0, 1.0, 1.0], "That is what one output sends to a pixel. Windows overlap."),
            ([0.0, 0.0, 3.0, 0.0, 0.0], "A mean depends on all pixels of its window, so that none of them gets 0."),
            ([3.0, 3.0, 3.0, 3.0, 3.0], "The pixels at the ends are in fewer windows than the one in the middle."),
        ),
    ),
    Exercise(
        right=31,
        code="answer = 31",
        why="One step of the fourth layer is 2 · 2 · 2 = 8 pixels, and its window makes two of them: 15 + 2 · 8.",
        hint="After 3, 7, 15: how many pixels is a step of the fourth layer, and how many steps does its window make?",
        mistakes=(
            (15, "That is how many three of them see."),
            (63, "That is how many five of them see."),
            (81, "That would be so if windows did not overlap; with stride 2 they do."),
            (23, "A window of three makes two steps, not one."),
            (19, "With stride 2 a step of the fourth layer is more than 2 pixels."),
            (9, "That would be so with stride 1."),
        ),
    ),
)
