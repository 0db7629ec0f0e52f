"""What the exercises of chapter 00 compute with: a neuron by hand."""

import numpy as np

Z = 0.3 * 2.0 + 0.8 * -1.0 + 0.1
TANH, SIGMOID = np.tanh(Z), 1 / (1 + np.exp(-Z))
RIGHT = 2 * (SIGMOID - 1) * SIGMOID * (1 - SIGMOID) * 2.0
