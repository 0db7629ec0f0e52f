"""Kernels compiled by numba, the extra `fast`: for what memory bounds, a pass or two each way.

A function here has the name and the signature of a kernel, and of its closed form. It gives None where it leaves the
work to the kernel, as for arrays that are not contiguous. What is compiled lets go of the interpreter and runs on the
two threads of `kernels.threads`; it stays on disk for the next process.
"""

from . import activation as activation
from . import correlation as correlation
from . import depthwise as depthwise
from . import loss as loss
from . import normalization as normalization
from . import normalization_maps as normalization_maps
from . import optim as optim
from . import pooling as pooling
from . import recurrent as recurrent
from . import regularization as regularization
from . import softmax as softmax
from .jit import COMPILED as COMPILED
