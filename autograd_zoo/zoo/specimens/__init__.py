"""The zoo: one row for each module of the document, one file for each family."""

from ..specimen import Specimen
from . import (
    activation,
    attention,
    conv,
    elementwise,
    group,
    linear,
    loss,
    normalization,
    pooling,
    recurrent,
    regularization,
)

ZOO: tuple[Specimen, ...] = (
    *elementwise.SPECIMENS,
    *group.SPECIMENS,
    *activation.SPECIMENS,
    *loss.SPECIMENS,
    *pooling.SPECIMENS,
    *regularization.SPECIMENS,
    *linear.SPECIMENS,
    *conv.SPECIMENS,
    *normalization.SPECIMENS,
    *recurrent.SPECIMENS,
    *attention.SPECIMENS,
)
BY_NAME = {specimen.name: specimen for specimen in ZOO}
FAMILIES = tuple(dict.fromkeys(specimen.family for specimen in ZOO))
