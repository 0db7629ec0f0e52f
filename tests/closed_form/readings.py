"""What the judge should find for rows that do not hold as printed: a reading, or None for those that are wrong."""

ABOUT_0 = "ᵀ reverses every axis about index 0: index i becomes −i"
SUMS_OVER_P = "∗ also sums over the input channels p"
DIAG = "diag keeps the diagonal of the matrix and zeroes the rest"
EVERY_STEP = f"{DIAG}, and t is every step: their contributions add up"
SIZES = "in the factor p and q stand for P and Q"

READINGS: dict[str, str | None] = {
    "elementwise.multiply.da": "b stands for its transpose",
    "group.max.dx": "the maximum is unique, or its elements share the gradient equally",
    "activation.sigmoid.dx": DIAG,
    "activation.tanh.dx": DIAG,
    "pooling.max_pool.dx": (
        "the condition stands inside the sums: the window i′, j′ has its maximum at i, j, and the second p stands for "
        "q, and the sums run over all windows"
    ),
    "pooling.avg_pool.y": SIZES,
    "pooling.avg_pool.dx": f"{SIZES}, and the sums run over the p and q that make the fractions integers",
    "linear.linear.dW.kronecker": "x stands for its transpose, and the product lists the rows of W",
    "conv.conv.claim.height": "the fraction is rounded down",
    "conv.conv.claim.width": "the fraction is rounded down",
    "conv.conv.claim.halves": "halving rounds up",
    "conv.conv.claim.transposed_first": (
        "transposed means rotated by 180°, and the output is read in the same rotated frame"
    ),
    **{f"conv.conv.y.{k}d.operator": SUMS_OVER_P for k in (1, 2, 3)},
    **{
        f"conv.conv.{quantity}.{k}d.{equality}": ABOUT_0
        for k in (1, 2, 3)
        for quantity in ("dx", "dW")
        for equality in ("operator", "sum")
    },
    "conv.separable_conv.y.operator": SUMS_OVER_P,
    "conv.separable_conv.dx.operator": f"w¹ stands for its transpose, and {ABOUT_0}",
    "conv.separable_conv.dx.sum": f"the index s of w¹ is left out, and {ABOUT_0}",
    "conv.separable_conv.dw1": ABOUT_0,
    "normalization.batch_norm.claim.moments": "approximately: the variance is 1 up to what ε takes away",
    "normalization.batch_norm.claim.normal": None,
    **{f"normalization.batch_norm.{quantity}": "m outside a sum stands for M" for quantity in ("dmu", "dx")},
    "recurrent.simple_rnn.dh": DIAG,
    **{f"recurrent.simple_rnn.{quantity}": None for quantity in ("dW", "dU", "dV")},
    "recurrent.lstm.dh": DIAG,
    "recurrent.lstm.dx": DIAG,
    "recurrent.lstm.dC": None,
    **{
        f"recurrent.lstm.d{gate}": f"{factor} stands for its transpose"
        for gate, factor in {"G": "i", "f": "C", "i": "G", "o": "tanh(C)"}.items()
    },
    **{f"recurrent.lstm.d{matrix}_{gate}": EVERY_STEP for matrix in "WU" for gate in "fiog"},
    "recurrent.gru.c": "⊙ comes before the product with W_c",
    "recurrent.gru.dh": DIAG,
    "recurrent.gru.dx": DIAG,
    "recurrent.gru.dc": "z stands for its transpose",
    "recurrent.gru.dr": DIAG,
    **{f"recurrent.gru.d{matrix}_{gate}": EVERY_STEP for matrix in "WU" for gate in "czr"},
}
