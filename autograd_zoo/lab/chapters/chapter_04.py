"""What the exercises of chapter 04 compute with: activations."""

import numpy as np

Y = np.array([0.1, 0.7, 3.0])
