"""What people type who look for a page and do not know its words: names in other libraries, old names, short ones."""

from __future__ import annotations

_VANISHING = "vanishing exploding gradient gradients"

CHAPTERS = {
    "00_neuron": "backprop backpropagation chain rule derivative forward reverse mode introduction beginner start "
    "computational computation graph gradient descent learning rate",
    "01_engine": "backprop backpropagation autodiff autograd automatic differentiation ad reverse mode wengert tape "
    "topological sort micrograd accumulate zero_grad computational computation graph dag",
    "02_tensors": "vjp jvp vector jacobian product broadcasting unbroadcast shapes matmul matrix calculus layout "
    "einsum",
    "03_elementwise_group": "argmax maximum ties subgradient switch where mask hadamard",
    "04_activation": "relu gelu sigmoid logistic tanh softmax swish silu leaky elu selu mish softplus nonlinearity "
    f"saturation dead dying initialization xavier glorot he kaiming {_VANISHING}",
    "05_loss": "softmax cost objective crossentropy cross entropy mse mean squared error nll likelihood logits kl "
    "divergence hinge huber label smoothing",
    "06_pooling": "maxpool avgpool max average pool downsampling subsampling argmax",
    "07_regularization": "dropout overfit overfitting underfitting regularisation generalization bernoulli noise",
    "08_linear": "dense fully connected fc affine perceptron mlp gemm logistic regression weights bias rank",
    "09_conv": "conv backward cnn convnet convolutional im2col col2im kernel filter stride padding dilation cross "
    "correlation transposed deconvolution receptive field lenet",
    "10_normalization": "batchnorm bn batch norm layernorm layer norm groupnorm instancenorm rmsnorm running "
    "statistics internal covariate shift",
    "11_recurrent": f"rnn lstm gru bptt backpropagation through time sequence forget gate clipping {_VANISHING}",
    "12_attention": "transformer self multi head mha gpt bert llm causal mask query key value qkv positional encoding "
    "embedding language model seq2seq",
    "13_block": "resnet residual skip connection shortcut inception densenet mobilenet xception efficientnet senet "
    f"shufflenet bottleneck {_VANISHING}",
    "14_higher_order": "hessian second derivative newton hvp curvature jacobian double backward create_graph",
    "15_extend": "custom operation layer function gradcheck check gradient checking finite differences defvjp own",
    "16_many_devices": "data parallel distributed allreduce all reduce multi gpu tpu sharding ddp synchronized syncbn",
    "glossary": "words terms definitions vocabulary dictionary",
}
_BATCH, _RESNET = "batchnorm bn BatchNorm1d BatchNorm2d", "resnet residual skip connection shortcut"
MODULES = {
    "relu": "rectifier rectified dead dying kink",
    "gelu": "gaussian error linear unit",
    "silu": "swish",
    "sigmoid": "logistic expit",
    "softmax": "argmax probabilities multinomial logistic",
    "log_softmax": "logsumexp",
    "softmax_cross_entropy": "logits crossentropy CrossEntropyLoss log loss classification",
    "cross_entropy": "crossentropy log loss",
    "squared_error": "mse mean squared L2 MSELoss regression",
    "l1": "mae mean absolute error",
    "bce_with_logits": "binary crossentropy BCEWithLogitsLoss",
    "kl_div": "kullback leibler divergence relative entropy",
    "nll": "negative log likelihood",
    "max_pool2d": "maxpool downsampling",
    "avg_pool2d": "avgpool average downsampling",
    "global_avg_pool": "gap adaptive average",
    "dropout": "drop out regularization bernoulli",
    "linear": "dense fully connected fc affine gemm perceptron",
    "conv2d": "conv convolution cnn convolutional im2col col2im kernel filter stride padding cross correlation",
    "conv_transpose2d": "deconvolution upsampling fractionally strided",
    "depthwise_conv": "mobilenet separable",
    "separable_conv": "xception mobilenet depthwise pointwise",
    "batch_norm": f"{_BATCH} internal covariate shift",
    "batch_norm_inference": f"{_BATCH} eval running statistics",
    "layer_norm": "layernorm ln",
    "group_norm": "groupnorm gn",
    "instance_norm": "instancenorm in style",
    "rms_norm": "rmsnorm llama",
    "simple_rnn": f"elman vanilla bptt backpropagation through time {_VANISHING}",
    "lstm": "long short term memory forget gate bptt cell",
    "gru": "gated recurrent unit bptt",
    "additive_attention": "bahdanau alignment",
    "scaled_dot_product_attention": "sdpa query key value qkv flash transformer",
    "multi_head_attention": "mha transformer query key value qkv",
    "multi_head_self_attention": "mha transformer gpt bert",
    "embedding": "lookup word vectors word2vec token",
    "positional_encoding": "sinusoidal position transformer",
    "transformer_encoder_layer": "bert encoder",
    "transformer_decoder_layer": "gpt decoder causal",
    "basic_block": _RESNET,
    "basic_block_projected": _RESNET,
    "bottleneck": f"{_RESNET} resnet50",
    "bottleneck_projected": f"{_RESNET} resnet50",
    "bottleneck_grouped": "resnext cardinality",
    "squeeze_excitation": "se senet channel",
    "inception_block": "googlenet",
    "dense_block": "densenet",
    "inverted_residual": "mobilenetv2 mbconv",
    "shuffle_unit": "shufflenet",
}
GUIDES = {
    "check": "gradcheck check gradient checking finite numerical differences debug wrong",
    "conventions": "pytorch torch jax numpy migrate differences come from",
    "drawings": "live interactive slider "
    "plot visualize visualise graph picture svg tikz mermaid graphviz netron torchviz",
    "extend": "custom operation function layer primitive defvjp own autograd.Function",
    "install": "pip setup requirements extras windows",
    "interplay": "scipy scikit learn sklearn optax einops",
    "labs": "exercises homework assignments grade grading nbgrader solutions answers",
    "large": "memory checkpoint recompute out of memory oom garbage",
    "models": "resnet alexnet vgg efficientnet bert gpt pretrained torchvision parameters architectures",
    "performance": "speed slow fast benchmark time numba",
    "programs": "trace record export onnx jit compile",
    "quickstart": "tutorial start getting started hello",
    "scale": "gpu tpu distributed parallel devices pmap",
    "sweep": "backprop backpropagation backward reverse mode chain rule accumulate how works live interactive",
    "teaching": "syllabus teacher lecture course plan instructor",
    "browser": "jupyterlite pyodide wasm colab binder online without installing",
}
