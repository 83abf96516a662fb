"""Probabilities of every class of a multinomial model, with delta-method standard errors on the logit of each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from statlogit.core.columns import Columns
from statlogit.core.families import Softmax, sigmoid
from statlogit.core.leverage import row_quadratic
from statlogit.core.types import Array
from statlogit.inference.wald import critical


@dataclass(frozen=True, slots=True)
class ClassPredictions:
    """(n, K) each, the reference class at position `base`."""

    mu: Array
    complement: Array  # 1 - mu to full relative precision
    std_error: Array  # of logit(mu)

    def limits(self, level: float) -> tuple[Array, Array]:
        """Limits of the probabilities: those of the logit, transformed."""
        half = critical(level) * self.std_error
        with np.errstate(divide="ignore"):
            logit = np.log(self.mu) - np.log(self.complement)
        return sigmoid(logit - half).mu, sigmoid(logit + half).mu


def predict_classes(x: Columns, beta: Array, covariance: Array, offset: Array, base: int) -> ClassPredictions:
    """beta: (p, q) finite, covariance: (p*q, p*q) predictor-major. nan covariance gives nan errors."""
    eta = x.times(beta) + offset
    q = beta.shape[1]
    modelled = Softmax(q).mean(eta)
    last = eta[:, -1:]
    reference = Softmax(q).mean(np.hstack([-last, eta[:, :-1] - last]))  # the last class as the reference
    mu = np.insert(modelled.mu, base, reference.mu[:, 0], axis=1)
    complement = np.insert(modelled.complement, base, reference.complement[:, 0], axis=1)
    # d logit(p_k) / d eta_l = (delta_kl - p_l) / (1 - p_k): 1 for l = k, -p_l / (1 - p_k) else
    slope = -modelled.mu[:, None, :] / np.maximum(complement, np.finfo(float).tiny)[:, :, None]
    for place, k in enumerate(j for j in range(q + 1) if j != base):
        slope[:, k, place] = 1.0
    variance = np.einsum("nkl,nlm,nkm->nk", slope, _between(x, covariance, q), slope)
    return ClassPredictions(mu, complement, np.sqrt(np.maximum(variance, 0.0)))


def _between(x: Columns, covariance: Array, q: int) -> Array:
    """(n, q, q) covariance of each row's linear predictors."""
    p = x.n_columns
    out = np.empty((x.n_rows, q, q))
    for a in range(q):
        for b in range(a + 1):
            part = covariance[a * p : (a + 1) * p, b * p : (b + 1) * p]
            out[:, a, b] = out[:, b, a] = row_quadratic(x, 0.5 * (part + part.T))
    return out
