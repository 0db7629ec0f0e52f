"""One table of the specimens, which every test of modules and closed forms takes its cases from.

A row is what the tests know of a specimen that the package does not say: PyTorch's counterpart, the calls it is tried
with, how smooth it is, how large its input may be, and the limits that it reaches. There is one file for each family.
"""

from autograd_zoo import zoo

from . import activation, attention, block, elementwise, loss, normalization, recurrent, spatial
from .case import Form, Row, cases

FILES = (elementwise, activation, loss, spatial, normalization, recurrent, attention, block)
TABLE: dict[str, Row] = {name: row for file in FILES for name, row in file.ROWS.items()}
CASES = cases(TABLE)


def closed_forms(*families: str) -> list[Form]:
    """The cases of some families, as closed forms."""
    return [
        f for case in CASES for f in case.forms if f.kind == "closed" and zoo.BY_NAME[case.specimen].family in families
    ]
