"""What the exercises of chapter 02 compute with: tensors."""

import numpy as np

W = np.array([[1.0, -2.0, 0.5, 3.0], [0.25, 4.0, -1.0, 2.0], [-3.0, 1.5, 6.0, 0.75]])
A, X = np.array([[1.0, 4.0], [0.0, 3.0]]), np.array([2.0, -1.0])
G = np.linspace(-1.0, 2.0, 30).reshape(2, 3, 5) ** 2
Q = np.cos(np.arange(40.0)).reshape(2, 4, 5)
