"""The symmetric softmax: K weight vectors that sum to zero instead of K - 1 contrasts with a reference class.

With beta_k = w_k - w_reference, the weights of sum zero are w = beta (E - 1/K)', E (K, q) placing the modelled classes:
a linear map of coefficients and covariance. A ridge on all K vectors is smallest at sum zero, and there it is
1/2 strength tr(beta' beta (I - 11'/K)); the intercepts, not penalised, are given the sum zero.
"""

from __future__ import annotations

import numpy as np

from statlogit.core.types import Array


def to_weights(n_classes: int, base: int) -> Array:
    """(K, q): class weights from contrasts with the class at position `base`."""
    return np.delete(np.eye(n_classes), base, axis=1) - 1.0 / n_classes


def weights(beta: Array, base: int) -> Array:
    """(p, q) contrasts -> (p, K) weights."""
    return np.asarray(beta @ to_weights(beta.shape[1] + 1, base).T)


def weights_covariance(covariance: Array, n_columns: int, base: int) -> Array:
    """(pq, pq) -> (pK, pK), of rank pq: in each design column the weights sum to zero."""
    n_classes = len(covariance) // n_columns + 1
    change = np.kron(to_weights(n_classes, base), np.eye(n_columns))
    return np.asarray(change @ covariance @ change.T)
