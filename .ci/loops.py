"""What NumPy has loops for besides its baseline, and this processor too: one line, empty if there is nothing.

The names are what NPY_DISABLE_CPU_FEATURES takes. A wrong one is ignored there, so ask again where it is set.
"""

from numpy._core import _multiarray_umath as umath

print(*(name for name in umath.__cpu_dispatch__ if umath.__cpu_features__[name]))
