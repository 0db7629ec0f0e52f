"""What the judge should find for rows that do not hold as printed: a reading, or None for those that are wrong."""

ABOUT_0 = "ᵀ reverses every axis about index 0: index i becomes −i"
SUMMED = "an index that the left side lacks is summed over"
DIAG = "diag keeps the diagonal of the matrix and zeroes the rest"
EVERY_STEP = f"{DIAG}, and {SUMMED}: t"
ORIENTATION = "⊙ multiplies element by element, a row with a column too"
WHOLE = "sizes are whole numbers, and"

_READINGS: dict[str, str | None] = {
    "elementwise.multiply.da": ORIENTATION,
    "group.max.dx": "one element alone was maximal; a tie is the mean of the ways to break it",
    "activation.sigmoid.dx": DIAG,
    "activation.softplus.dx": "the i-th element stands for the vector of all",
    "activation.tanh.dx": DIAG,
    "pooling.max_pool.dx": None,
    "pooling.avg_pool.y": "in the factor p and q are the sizes of the window, as for MaxPooling2D",
    "pooling.avg_pool.dx": None,
    "linear.linear.dW.kronecker": None,
    **{f"conv.conv.claim.{size}": f"{WHOLE} the fraction is rounded down" for size in ("height", "width")},
    "conv.conv.claim.halves": f"{WHOLE} half of an odd one is rounded up",
    "conv.conv.claim.transposed_first": None,
    **{f"conv.conv.y.{k}d.operator": SUMMED for k in (1, 2, 3)},
    **{
        f"conv.conv.{quantity}.{k}d.{equality}": ABOUT_0
        for k in (1, 2, 3)
        for quantity in ("dx", "dW")
        for equality in ("operator", "sum")
    },
    "conv.separable_conv.y.operator": SUMMED,
    **{f"conv.separable_conv.dx.{equality}": None for equality in ("operator", "sum")},
    "conv.separable_conv.dw1": ABOUT_0,
    "normalization.batch_norm.claim.moments": "approximately: the variance is 1 up to what ε takes away",
    "normalization.batch_norm.claim.normal": None,
    "normalization.batch_norm.dmu": "the m under the fraction bar is one number, whichever",
    "normalization.batch_norm.dx": None,
    "recurrent.simple_rnn.dh": DIAG,
    **{f"recurrent.simple_rnn.{quantity}": None for quantity in ("dW", "dU", "dV")},
    "recurrent.lstm.dh": DIAG,
    "recurrent.lstm.dx": DIAG,
    "recurrent.lstm.dC": None,
    **{f"recurrent.lstm.d{gate}": ORIENTATION for gate in "Gfio"},
    **{f"recurrent.lstm.d{matrix}_{gate}": EVERY_STEP for matrix in "WU" for gate in "fiog"},
    "recurrent.gru.c": "⊙ comes before the product with W_c",
    "recurrent.gru.dh": DIAG,
    "recurrent.gru.dx": DIAG,
    "recurrent.gru.dc": ORIENTATION,
    "recurrent.gru.dr": DIAG,
    **{f"recurrent.gru.d{matrix}_{gate}": EVERY_STEP for matrix in "WU" for gate in "czr"},
}

VERDICTS = {id: "wrong" if reading is None else f"reading {reading}" for id, reading in _READINGS.items()} | {
    "activation.relu.claim.differentiable": "exact within: no element is 0",
    "attention.multi_head_attention.claim.each_module": "wrong",
    "linear.linear.claim.computation": "wrong",
    "conv.conv.claim.sharing": "wrong",
    "conv.separable_conv.claim.breaks": "wrong",
    "block.xception_block.claim.purely": "wrong",
    "block.depthwise_separable.claim.further": "wrong",
    "normalization.batch_norm.claim.channels": "reading B",
    "normalization.layer_norm.claim.deep": "wrong",
    "normalization.weight_norm.claim.cheaper": "wrong",
    "recurrent.lstm.claim.recursion": "wrong",
    "recurrent.gru.claim.brackets": "reading P",
}
