"""Pointwise likelihoods: one row's log-likelihood and its first two derivatives in eta.

Binary is softmax with q = 1: the reference class has eta = 0. exp is only ever taken of a number <= 0, and the
complement of a probability is a sum of the other probabilities, never 1 - p, so both tails keep full relative
precision (eta = -800 gives mu = exp(-800) or a clean zero, and log-likelihood -800).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np

from statlogit.core.types import Array


class Local(NamedTuple):
    """Pointwise second-order expansion of the log-likelihood in eta, weights applied."""

    loglik: Array  # (n,)
    score: Array  # (n, q)  d loglik / d eta
    curvature: Array  # (n, q, q)  minus the second derivative


class First(NamedTuple):
    """Pointwise first-order expansion, weights applied, and the probabilities it rests on. Nothing is (n, q, q)."""

    loglik: Array  # (n,)
    score: Array  # (n, q)  d loglik / d eta
    probability: Array  # (K, n) of all classes, the reference first


class Means(NamedTuple):
    """Probabilities of the q modelled classes and their complements, both to full relative precision."""

    mu: Array  # (n, q)
    complement: Array  # (n, q), 1 - mu


class Family(Protocol):
    """A likelihood of shares y given linear predictors eta."""

    @property
    def n_predictors(self) -> int: ...  # q
    def local(self, eta: Array, y: Array, weight: Array) -> Local: ...
    def first(self, eta: Array, y: Array, weight: Array) -> First: ...
    def mean(self, eta: Array) -> Means: ...


def sigmoid(eta: Array) -> Means:
    """mu = 1 / (1 + exp(-eta)) and 1 - mu, elementwise.

    >>> mu, complement = sigmoid(np.array([40.0]))
    >>> bool(complement[0] == np.exp(-40.0) / (1 + np.exp(-40.0)))
    True
    """
    small = np.exp(-np.abs(eta))
    big = 1.0 / (1.0 + small)
    small *= big
    positive = eta > 0
    return Means(np.where(positive, big, small), np.where(positive, small, big))


@dataclass(frozen=True, slots=True)
class Bernoulli:
    """Binary or grouped binomial with logit link; y is the share of events, weight the number of trials.

    loglik = weight * (y log mu + (1 - y) log(1 - mu)), without binomial coefficients.
    """

    n_predictors: int = 1

    def local(self, eta: Array, y: Array, weight: Array) -> Local:
        likelier = np.copysign(0.5, eta) + 0.5  # 1 where the event is likelier; by the sign bit, as copysign below
        small = np.exp(-np.abs(eta))
        total = 1.0 + small
        loglik = (y - likelier) * eta
        loglik -= np.log1p(small)
        small /= total  # probability of the less likely outcome
        # y - mu without cancelling: the distance to the likelier outcome and its small complement
        score = np.copysign(small, eta)
        score += y - likelier
        small /= total
        w = weight[:, None]
        return Local((w * loglik)[:, 0], w * score, (w * small)[:, :, None])

    def first(self, eta: Array, y: Array, weight: Array) -> First:
        local, mean = self.local(eta, y, weight), sigmoid(eta)
        return First(local.loglik, local.score, np.stack([mean.complement[:, 0], mean.mu[:, 0]]))

    def mean(self, eta: Array) -> Means:
        return sigmoid(eta)


@dataclass(frozen=True, slots=True)
class Softmax:
    """Multinomial logit of K = q + 1 classes against a reference class with eta = 0; y holds q shares.

    loglik = weight * sum over all K classes of y_k log p_k.
    """

    n_predictors: int

    def local(self, eta: Array, y: Array, weight: Array) -> Local:
        first = self.first(eta, y, weight)
        mu = first.probability[1:].T
        complement = self.mean(eta).complement
        w = weight[:, None]
        curvature = -(w * mu)[:, :, None] * mu[:, None, :]
        diagonal = np.arange(self.n_predictors)
        curvature[:, diagonal, diagonal] = w * mu * complement
        return Local(first.loglik, first.score, curvature)

    def first(self, eta: Array, y: Array, weight: Array) -> First:
        """The same loglik and score as `local`, class by class so that each operation runs along the rows."""
        below, shares = _below(eta), np.array(y.T, order="C")
        loglik = np.einsum("kn,kn->n", shares, below[1:])
        loglik += np.maximum(1.0 - shares.sum(axis=0), 0.0) * below[0]
        e, rest = _exponentials(below)
        loglik -= np.log1p(rest)
        total = 1.0 + rest
        # y - mu without cancelling: total (1 - mu) is rest + (1 - e), and rest alone for the largest
        score = 1.0 - e[1:]
        score += rest
        score *= shares
        shares -= 1.0
        shares *= e[1:]
        score += shares
        score *= weight / total
        e /= total
        return First(weight * loglik, score.T, e)

    def mean(self, eta: Array) -> Means:
        e, rest = _exponentials(_below(eta))
        total = 1.0 + rest
        return Means((e[1:] / total).T, ((1.0 - e[1:] + rest) / total).T)


def _below(eta: Array) -> Array:
    """(K, n) eta_k minus the largest of 0, eta_1 .. eta_q: class by class, the reference first, along the rows."""
    out = np.empty((eta.shape[1] + 1, len(eta)))
    out[0] = 0.0
    out[1:] = eta.T
    out -= out.max(axis=0)
    return out


def _exponentials(below: Array) -> tuple[Array, Array]:
    """exp in place, and (n,) its sum over the classes other than the largest, without cancelling."""
    largest = (below == 0.0).astype(np.float64)  # one class, or several that tie
    rest = largest.sum(axis=0) - 1.0
    e = np.exp(below, out=below)
    np.subtract(e, largest, out=largest)
    rest += largest.sum(axis=0)
    return e, rest


def half_deviance(y: Array, mean: Means) -> Array:
    """y log(y / mu) + (1 - y) log((1 - y) / (1 - mu)), elementwise, exact where y and mu nearly agree.

    With t = (y - mu) / y and u = (mu - y) / (1 - y) this is y g(t) + (1 - y) g(u), g(t) = -log(1 - t) - t:
    the first-order terms, which would cancel, are gone before anything is rounded.
    """
    residual = y * mean.complement - (1.0 - y) * mean.mu
    with np.errstate(divide="ignore", invalid="ignore"):
        events = np.where(y > 0, y * _log_excess(residual / y, mean.mu / y), -residual)
        rest = 1.0 - y
        others = np.where(rest > 0, rest * _log_excess(-residual / rest, mean.complement / rest), residual)
    return np.asarray(np.maximum(events + others, 0.0))


SERIES_BELOW = 0.05  # sixteen terms of the series then leave less than 2^-60


def _log_excess(t: Array, remainder: Array) -> Array:
    """-log(1 - t) - t, where remainder = 1 - t."""
    series = np.zeros_like(t)
    for k in range(16, 1, -1):
        series = t * series + 1.0 / k
    return np.where(np.abs(t) < SERIES_BELOW, t * t * series, -np.log(remainder) - t)


def family_of(n_predictors: int) -> Family:
    """The family for q linear predictors."""
    return Bernoulli() if n_predictors == 1 else Softmax(n_predictors)
