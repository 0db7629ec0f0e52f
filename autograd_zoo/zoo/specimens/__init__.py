"""The zoo: one row for each module of the document, one file for each family."""

from ..specimen import Specimen
from . import (
    activation,
    attention,
    attention_transformer,
    block,
    block_mobile,
    conv,
    elementwise,
    group,
    linear,
    loss,
    normalization,
    pooling,
    recurrent,
    recurrent_deep,
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
    *recurrent_deep.SPECIMENS,
    *attention.SPECIMENS,
    *attention_transformer.SPECIMENS,
    *block.SPECIMENS,
    *block_mobile.SPECIMENS,
)
BY_NAME = {specimen.name: specimen for specimen in ZOO}
FAMILIES = tuple(dict.fromkeys(specimen.family for specimen in ZOO))
