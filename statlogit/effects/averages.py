"""Averages over rows of probabilities and of their slopes, each with its exact gradient in the coefficients.

Two passes, each a function of one block plus `+`. With probabilities mu_k of the q modelled classes, linear predictors
eta_l and C = diag(mu) - mu mu' (the derivative of mu in eta):
    probability under a setting    value mu_k,              gradient C_kl x
    slope in a raw column v        value e_k = sum_l C_kl d_l  with d_l = (dx/dv)' beta_l,
                                   gradient A_kl x + C_kl dx/dv,  A_kl = C_kl (d_k - sum_m mu_m d_m) - mu_k e_l
Coefficients are in vec order, predictor by predictor. Classes are ordered reference first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Self, TypeVar

import numpy as np

from statlogit.core.families import family_of
from statlogit.core.threads import one_blas_thread
from statlogit.core.types import Array
from statlogit.design import Design
from statlogit.design.raw import Setting
from statlogit.design.replay import Part, replay, replay_slope
from statlogit.effects.population import RawBlock
from statlogit.effects.subject import Subject

MOST_VECTORS = 64  # row vectors held at once for one product with X': 4 MB a block


@dataclass(frozen=True, slots=True)
class Sums:
    """Weighted sums over rows of m quantities."""

    weight: float
    value: Array  # (m, q + 1), reference first
    gradient: Array  # (m, q, q*p), of the modelled classes
    columns: Array  # (m, p) of the design columns as set, or of their derivatives

    def __add__(self, other: Self) -> Self:
        return type(self)(
            self.weight + other.weight,
            self.value + other.value,
            self.gradient + other.gradient,
            self.columns + other.columns,
        )


@dataclass(frozen=True, slots=True)
class Averages:
    """m quantities of K classes and their Jacobian: gradients of each in vec(beta). Reference class first."""

    value: Array  # (m, K)
    jacobian: Array  # (m, K, q*p)
    columns: Array  # (m, p) mean design columns as set, or mean derivatives

    def minus(self, base: int) -> Averages:
        """Each quantity less the one at `base`."""
        return Averages(
            self.value - self.value[base], self.jacobian - self.jacobian[base], self.columns - self.columns[base]
        )


def average_probabilities(subject: Subject, settings: Sequence[Mapping[str, Setting]]) -> Averages:
    """The mean probability of each class with all rows set as each of `settings` says; all set the same columns."""
    fold = subject.population.fold
    return _in_steps(
        subject, settings, lambda some: fold(partial(block_probabilities, subject.design, subject.beta, some))
    )


def average_slopes(subject: Subject, names: Sequence[str]) -> Averages:
    """The mean derivative of each class's probability in each raw column, per unit of the column."""
    fold = subject.population.fold
    return _in_steps(subject, names, lambda some: fold(partial(block_slopes, subject.design, subject.beta, some)))


T = TypeVar("T")


def _in_steps(subject: Subject, wanted: Sequence[T], sums: Callable[[tuple[T, ...]], Sums]) -> Averages:
    """As many quantities in one pass as their row vectors fit in memory."""
    step = max(1, MOST_VECTORS // subject.beta.shape[1] ** 2)
    starts = range(0, len(wanted), step)
    with one_blas_thread(subject.population.n_rows * len(subject.design.names)):
        parts = [_averaged(sums(tuple(wanted[k : k + step]))) for k in starts]
    return Averages(
        *(np.concatenate(found) for found in zip(*((p.value, p.jacobian, p.columns) for p in parts), strict=True))
    )


def _averaged(sums: Sums) -> Averages:
    gradient = sums.gradient / sums.weight
    jacobian = np.concatenate([-gradient.sum(axis=1, keepdims=True), gradient], axis=1)
    return Averages(sums.value / sums.weight, jacobian, sums.columns / sums.weight)


def block_probabilities(
    design: Design, beta: Array, settings: Sequence[Mapping[str, Setting]], block: RawBlock
) -> Sums:
    """Sums of probabilities of one block. Only the terms that read a set column are built anew for each setting."""
    q, n, m = beta.shape[1], block.raw.n_rows, len(settings)
    names = set(settings[0])
    moving = [term for term in design.terms if names & set(term.variables)]
    rest = replay(design, block.raw, [term for term in design.terms if not names & set(term.variables)])
    fixed = rest.times(beta) + block.offset
    value, gradient, columns = _empty(m, beta)
    pull = np.empty((m, q * q, n))  # each along the rows, as it is written
    for s, setting in enumerate(settings):
        part = replay(design, block.raw.setting(setting), moving)
        mean = probabilities(fixed + part.times(beta))
        value[s] = block.weight @ mean.every
        pull[s] = block.weight * mean.slope.reshape(n, q * q).T
        _add(gradient[s : s + 1], part, pull[s].T)
        columns[s, part.positions] = part.columns.transpose_times(block.weight[:, None])[:, 0]
    columns[:, rest.positions] = rest.columns.transpose_times(block.weight[:, None])[:, 0]
    _add(gradient, rest, pull.reshape(m * q * q, n).T)
    return Sums(float(block.weight.sum()), value, gradient.reshape(m, q, -1), columns)


def block_slopes(design: Design, beta: Array, names: Sequence[str], block: RawBlock) -> Sums:
    """Sums of slopes of one block."""
    q, n, m = beta.shape[1], block.raw.n_rows, len(names)
    whole = replay(design, block.raw, design.terms)
    mean = probabilities(whole.times(beta) + block.offset)
    weight = block.weight[:, None]
    slope = (weight[:, :, None] * mean.slope).reshape(n, q * q)
    value, gradient, columns = _empty(m, beta)
    pull = np.zeros((n, m, q, q))
    for v, name in enumerate(names):
        eta_slope = np.zeros((n, q))
        for part in replay_slope(design, block.raw, name):
            eta_slope += part.times(beta)
            _add(gradient[v : v + 1], part, slope)
            columns[v, part.positions] += part.columns.transpose_times(weight)[:, 0]
        effect = np.einsum("nkl,nl->nk", mean.slope, eta_slope)
        value[v, 1:] = block.weight @ effect
        centred = eta_slope - (mean.mu * eta_slope).sum(axis=1, keepdims=True)
        pull[:, v] = mean.slope * centred[:, :, None] - mean.mu[:, :, None] * effect[:, None, :]
        pull[:, v] *= weight[:, :, None]
    value[:, 0] = -value[:, 1:].sum(axis=1)
    _add(gradient, whole, pull.reshape(n, m * q * q))
    return Sums(float(block.weight.sum()), value, gradient.reshape(m, q, -1), columns)


def _empty(m: int, beta: Array) -> tuple[Array, Array, Array]:
    """value (m, q + 1), gradient (m, q of the probability, q of the coefficients, p), columns (m, p): all zero."""
    p, q = beta.shape
    return np.zeros((m, q + 1)), np.zeros((m, q, q, p)), np.zeros((m, p))


def _add(gradient: Array, part: Part, pull: Array) -> None:
    """gradient[..., j] += x_j' pull for the columns of a part; pull: (n, m*q*q)."""
    m, q = gradient.shape[:2]
    gradient[..., part.positions] += part.columns.transpose_times(pull).T.reshape(m, q, q, -1)


@dataclass(frozen=True, slots=True)
class Probabilities:
    """Probabilities of n rows and their derivative in eta."""

    mu: Array  # (n, q) of the modelled classes
    every: Array  # (n, q + 1), the reference class first
    slope: Array  # (n, q, q) d mu_k / d eta_l


def probabilities(eta: Array) -> Probabilities:
    """eta: (n, q) log-odds against the reference class. No probability is one minus another."""
    q = eta.shape[1]
    found = family_of(q).mean(eta)
    slope = -found.mu[:, :, None] * found.mu[:, None, :]
    diagonal = np.arange(q)
    slope[:, diagonal, diagonal] = found.mu * found.complement
    if q == 1:
        return Probabilities(found.mu, np.hstack([found.complement, found.mu]), slope)
    last = eta[:, -1:]
    turned = family_of(q).mean(np.hstack([-last, eta[:, :-1] - last]))  # the last class as the reference
    return Probabilities(found.mu, np.hstack([turned.mu[:, :1], found.mu]), slope)
