"""The labs, one a family and a finale: which gradients are asked for, and the hints to each."""

from __future__ import annotations

LABS: dict[str, tuple[tuple[str, str], ...]] = {
    "elementwise": (("add", "a"), ("multiply", "a"), ("multiply", "b")),
    "group": (("sum", "x"), ("max", "x"), ("switch", "s"), ("group.max.dx.ties", "")),
    "activation": (("relu", "x"), ("sigmoid", "x"), ("silu", "x"), ("softmax", "x")),
    "loss": (("squared_error", "x"), ("bce_with_logits", "x"), ("softmax_cross_entropy", "x")),
    "pooling": (("global_avg_pool", "x"), ("avg_pool1d", "x"), ("max_pool1d", "x"), ("pooling.max_pool.dx", "")),
    "regularization": (("dropout", "x"),),
    "linear": (("linear", "b"), ("linear", "x"), ("linear", "W"), ("linear.linear.dW.kronecker", "")),
    "conv": (("conv1d", "b"), ("conv1d", "W"), ("conv1d", "x"), ("conv.separable_conv.dx.operator", "")),
    "normalization": (
        *(("layer_norm", "beta"), ("layer_norm", "gamma"), ("layer_norm", "x"), ("batch_norm", "x")),
        ("normalization.batch_norm.dx", ""),
    ),
    "recurrent": (
        *(("simple_rnn", "V"), ("simple_rnn", "b"), ("simple_rnn", "U"), ("simple_rnn", "W")),
        *(("recurrent.simple_rnn.dW", ""), ("recurrent.simple_rnn.dV", "")),
    ),
    "attention": (
        ("embedding", "W"),
        *(("scaled_dot_product_attention", by) for by in "VQK"),
    ),
    "block": (("channel_shuffle", "x"), ("squeeze_excitation", "b_2"), ("squeeze_excitation", "x")),
    "finale": (
        *(("lstm", by) for by in ("b_o", "C0", "W_f", "x")),
        *(("transformer_encoder_layer", by) for by in ("beta_2", "W_2", "x")),
        ("recurrent.lstm.dC", ""),
    ),
}
"""By lab, what is asked in it: a specimen and an input, or a misprint's id and nothing."""

_SUM = "Every sample uses the parameter: its gradient is a sum over them all."
_THREE = (
    "x comes in three times: itself, in the mean, and in the variance. Each is a path of its own.",
    "Write x̂ for the normalized x and ĝ for the gradient that reaches it. What do mean(ĝ) and mean(ĝ x̂) do?",
    "A shift and a stretch of x change nothing: the gradient has no part along either of them.",
)
_TIME = (
    "Go through time backwards, with the gradient of the state h in your hand.",
    "Two things arrive at h: what the output of its step sends, and what the next step sends back through W.",
    "Through tanh it is multiplied by 1 - h². Then it meets what the parameter was multiplied by in the forward pass.",
)

HINTS: dict[str, tuple[str, ...]] = {
    "add by a": ("Move one element of a by a little. By how much does y move?", "The local derivative is 1."),
    "multiply by a": ("Which number does a change of a meet on its way to y?", "Hold b still: y is linear in a."),
    "multiply by b": ("It is the question before, with the letters exchanged.",),
    "sum by x": (
        "Each x moves the sum by as much as it moves itself.",
        "g has the sum's shape: bring it into x's. Think of axis and keepdims.",
    ),
    "max by x": (
        "A small change of an element that is not the largest changes nothing.",
        "Compare x with y, once y has its axis back.",
    ),
    "switch by s": ("y is a product; s is one factor of it.",),
    "group.max.dx.ties": ("Let two elements be the largest. How much is handed out in all?", "What is a fair share?"),
    "relu by x": ("Where does x pass, and where not?", "A mask: x > 0."),
    "sigmoid by x": ("Its derivative can be written with y alone.", "Differentiate 1/(1 + e) by e, then e = exp(-x)."),
    "silu by x": ("y = x σ(x) is a product: two terms.", "The second has the derivative of σ in it."),
    "softmax by x": (
        "Raising one x raises the sum below the bar, and so lowers all other y.",
        "Write it for one row: a sum over all results k of g_k ∂y_k/∂x_i. Take k = i apart.",
        "There is one number a row, the sum of g y.",
    ),
    "squared_error by x": (
        "The derivative of a square has a 2; mind the sign of the inside.",
        "The loss is a mean over the batch: how many samples are there?",
    ),
    "bce_with_logits by x": ("What is the derivative of log(1 + exp(x))?", "It is a mean over all elements."),
    "softmax_cross_entropy by x": (
        "Take log(sum of exp) first. Its derivative is an old acquaintance.",
        "A probability less a target; then the mean over the batch.",
    ),
    "global_avg_pool by x": ("Every pixel of a map has the same share.", "g lacks two axes that x has."),
    "avg_pool1d by x": ("Go through the windows, and let each hand out its g.", "Windows that overlap add up: +=."),
    "max_pool1d by x": ("Each window sends its g to one place.", "np.argmax within the window, then +=."),
    "pooling.max_pool.dx": ("Several windows may have the same winner, and most of them another one.",),
    "dropout by x": ("What was dropped gets nothing.", "What was kept was also scaled."),
    "linear by b": (_SUM, "y has one more axis, or more, than b."),
    "linear by x": ("Write y_i as a sum over j, and differentiate by x_j.", "Which axis of W is summed over?"),
    "linear by W": (_SUM, "For one sample it is an outer product.", "Its shape is (out, in)."),
    "linear.linear.dW.kronecker": (
        "Count rows and columns: with what shape does I ⊗ x begin?",
        "The product is a row. W is a matrix.",
    ),
    "conv1d by b": ("One b for each channel: over which axes of g is it used?",),
    "conv1d by W": (_SUM, "Go through the places k of the kernel: which part of x does it meet?"),
    "conv1d by x": (
        "Take one output: it takes from a window of x; its g goes back to that window.",
        "Each place k of the kernel: dx[..., k : k + length] += ...",
    ),
    "conv.separable_conv.dx.operator": ("Going back, the kernel is used the other way round. About which index?",),
    "layer_norm by beta": (_SUM,),
    "layer_norm by gamma": (_SUM, "γ is multiplied by the normalized x."),
    "layer_norm by x": _THREE,
    "batch_norm by x": ("It is layer_norm with other axes: all but the channels'.", *_THREE[1:]),
    "normalization.batch_norm.dx": ("How many samples share the mean? Is that what m says?",),
    "simple_rnn by V": ("V is a linear layer on each h; its gradient is summed over time.",),
    "simple_rnn by b": _TIME,
    "simple_rnn by U": _TIME,
    "simple_rnn by W": _TIME,
    "recurrent.simple_rnn.dW": ("Which state does W multiply to make h_t?",),
    "recurrent.simple_rnn.dV": ("What is V applied to?",),
    "embedding by W": ("A row that was looked up twice gets two gradients.", "np.add.at(dW, i, g)"),
    "scaled_dot_product_attention by V": ("For given weights A, y = A V is linear in V.", "Queries are summed over."),
    "scaled_dot_product_attention by Q": (
        "Go back step by step: y, A, S, Q.",
        "From A to S it is the softmax's gradient, a row at a time.",
        "Do not forget √d.",
    ),
    "scaled_dot_product_attention by K": ("As by Q; then S is transposed.",),
    "channel_shuffle by x": ("A permutation is undone by its inverse.", "Reshape, swap two axes, reshape."),
    "squeeze_excitation by b_2": (
        "The scale s is used by every pixel of its map.",
        "Then it is a sigmoid, and a sum over samples.",
    ),
    "squeeze_excitation by x": ("x goes two ways: it is scaled, and it makes the scale.",),
    "lstm by b_o": ("o_t meets tanh(C_{t+1}) alone. But h goes into the next step's gates, all of them.",),
    "lstm by C0": ("C has a path of its own through time: it is multiplied by f.", "And h = o tanh(C) sends back too."),
    "lstm by W_f": ("f_t multiplies C_t. Then it is a sigmoid, and W_f was multiplied by h_t.",),
    "lstm by x": ("x_t goes into four gates.",),
    "transformer_encoder_layer by beta_2": (_SUM,),
    "transformer_encoder_layer by W_2": ("Back through the second normalization first.", "Then it is a linear layer."),
    "transformer_encoder_layer by x": (
        "Each connection that skips adds a path: what arrives goes both ways, and is added.",
        "Write a function for each layer's way back, and have each judged alone before.",
    ),
    "recurrent.lstm.dC": ("In which h is C_t, and with which o?",),
}
"""To each question, one at a time."""
