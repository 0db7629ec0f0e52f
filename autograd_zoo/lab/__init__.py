"""Labs: write a gradient in plain NumPy, and have it judged; what is wrong is said, and never the right numbers.

>>> import autograd_zoo as az
>>> az.lab.judge("softmax", lambda g, y, x: y * g)
softmax by x: not yet.
  What comes back through the sum below the bar is forgotten.
"""

from .book import forget
from .desk import begin, hint, names, score
from .exercise import answer, exercise
from .judging import judge
from .misprints import hunt
from .verdict import KINDS, Verdict

__all__ = ["KINDS", "Verdict", "answer", "begin", "exercise", "forget", "hint", "hunt", "judge", "names", "score"]
