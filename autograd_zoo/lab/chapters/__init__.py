"""The exercises of the course, a file for each chapter, in the order in which they are asked.

An exercise has the `code` of its answer, `why` it is right, a `hint`, and the `mistakes` that one expects, with what is
said of each. Answers are written as a reader would write them; `right`, where an answer is computed in another way,
`read`, and mistakes may name what the module beside the file defines.
"""
