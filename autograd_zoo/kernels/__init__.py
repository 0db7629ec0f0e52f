"""Fast twins of closed forms: the same names and signatures, in NumPy with reused memory, blocks and two threads.

`TWINS[closed form]` is its kernel, which a fused node computes by; a closed form without one is quick enough itself.
A kernel takes float32 and float64 and leaves every other dtype, and what is too small to gain, to its closed form. What
its forward pass knows, such as the normalized x, it hands over as `Kept(y, kept)`; the kernels of the gradients get it
as `kept=`. Nothing that it returns is anybody else's, and no argument is written to.
"""

from . import activation as activation
from . import attention as attention
from . import conv as conv
from . import conv_separable as conv_separable
from . import linear as linear
from . import loss as loss
from . import normalization as normalization
from . import normalization_maps as normalization_maps
from . import pooling as pooling
from . import recurrent_gru as recurrent_gru
from . import recurrent_lstm as recurrent_lstm
from . import recurrent_rnn as recurrent_rnn
from . import regularization as regularization
from . import softmax as softmax
from .twins import TWINS as TWINS
from .twins import quick as quick
