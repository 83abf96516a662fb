"""Wald, likelihood-ratio and score tests of linear restrictions R vec(beta) = r.

vec(beta) is predictor-major, as everywhere; a binary fit has one predictor. Aliased coefficients take no part.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np

from statlogit.core.blocks import Block, InMemory
from statlogit.core.columns import Dense
from statlogit.core.families import family_of
from statlogit.core.linalg import cholesky, solve_lower
from statlogit.core.statistics import block_slope
from statlogit.core.threads import one_blas_thread
from statlogit.core.types import Array, IntArray, Status
from statlogit.errors import FitError, RankError
from statlogit.fit import Fit
from statlogit.fit.estimate import estimate
from statlogit.fit.firth import over_affine, penalised_loglik
from statlogit.fit.model import block_of, rows_of
from statlogit.fit.restricted import (
    Affine,
    affine_of,
    full_objective,
    positions,
    restricted_maximum,
    solved,
    spread,
)
from statlogit.inference.hypotheses import Hypothesis
from statlogit.inference.likelihood import NO_RIDGE_TEST, ChiSquared, supremum
from statlogit.solvers.irls import Irls

TestKind = Literal["LR", "Wald", "score"]
TESTS: tuple[str, ...] = get_args(TestKind)
TEST_NAMES = {"LR": "Likelihood-ratio", "Wald": "Wald", "score": "Score"}


@dataclass(frozen=True, slots=True)
class Restriction:
    """matrix @ vec(beta) = value, rows independent, nothing on aliased columns."""

    matrix: Array  # (m, p*q)
    value: Array  # (m,)

    @property
    def df(self) -> int:
        return len(self.value)


def restriction(fit: Fit, hypotheses: Sequence[Hypothesis]) -> Restriction:
    """All of the hypotheses together.

    Raises RankError naming those that follow from, or contradict, the ones before them, and aliased columns.
    """
    place, (p, q) = fit.estimate.coordinates, fit.beta.shape
    aliased = np.concatenate([k * p + np.array(place.aliased, dtype=np.intp) for k in range(q)])
    kept, scale = positions(place, q), np.tile(place.scale, q)
    rows, values, labels = [], [], []
    for one in hypotheses:
        testable = ~(one.matrix[:, aliased] != 0.0).any(axis=1)
        if not testable.any() or (len(testable) > 1 and not testable.all() and one.value.any()):
            raise RankError(_on_aliased(fit, one, aliased))
        rows += list(one.matrix[testable])
        values += list(one.value[testable])
        labels += [one.text] * int(testable.sum())
    matrix, value = np.array(rows), np.array(values)
    _independent(matrix[:, kept] / scale, value, labels)
    return Restriction(matrix, value)


def _on_aliased(fit: Fit, one: Hypothesis, aliased: IntArray) -> str:
    p = fit.beta.shape[0]
    named = sorted({int(j) % p for j in aliased[(one.matrix[:, aliased] != 0.0).any(axis=0)]})
    shown = ", ".join(fit.frame.design.names[j] for j in named)
    return f"{one.text!r} cannot be tested: {shown} is a combination of other columns, so it has no coefficient."


def _independent(scaled: Array, value: Array, labels: Sequence[str]) -> None:
    """Raise RankError for the rows that are combinations of rows before them."""
    size = np.sqrt(np.square(scaled).sum(axis=1))
    unit, wanted = scaled / size[:, None], value / size
    basis, targets = np.zeros((0, scaled.shape[1])), np.zeros(0)
    repeated, contradicted = [], []
    for row, target, label in zip(unit, wanted, labels, strict=True):
        rest, left = row, target
        for _ in range(2):  # twice is enough (Giraud et al. 2005)
            part = basis @ rest
            rest, left = rest - part @ basis, left - float(part @ targets)
        length = float(np.sqrt(rest @ rest))
        if length > DEPENDENT:
            basis, targets = np.vstack([basis, rest / length]), np.append(targets, left / length)
        elif abs(left) <= DEPENDENT * max(1.0, abs(target)):
            repeated.append(label)
        else:
            contradicted.append(label)
    if contradicted:
        raise RankError(f"Contradicts the hypotheses before it: {_listed(contradicted)}. No coefficients satisfy all.")
    if repeated:
        raise RankError(f"Follows from the hypotheses before it: {_listed(repeated)}. Leave it out.")


def _listed(labels: Sequence[str]) -> str:
    return ", ".join(map(repr, dict.fromkeys(labels)))


DEPENDENT = 1e-10  # share of a restriction outside the span of those before it, in units of the columns' sizes


def zero(fit: Fit, columns: list[int]) -> Restriction:
    """These design columns are zero in every equation; aliased ones are left out."""
    p, q = fit.beta.shape
    aliased = set(fit.estimate.coordinates.aliased)
    places = [k * p + j for k in range(q) for j in columns if j not in aliased]
    matrix = np.zeros((len(places), p * q))
    matrix[np.arange(len(places)), places] = 1.0
    return Restriction(matrix, np.zeros(len(places)))


def chi_squared(fit: Fit, kind: TestKind, restriction: Restriction, covariance: Array | None = None) -> ChiSquared:
    """One chi-squared test. covariance: of vec(beta) for Wald, None for the inverse information.

    Raises FitError where the test means nothing: see `refuse`.
    """
    refuse(fit, kind)
    with one_blas_thread(fit.n_rows * fit.beta.shape[0]):
        if kind == "Wald":
            return wald(fit, restriction, covariance)
        if kind == "LR":
            return likelihood_ratio(fit, restriction)
        return score(fit, restriction)


def refuse(fit: Fit, kind: TestKind) -> None:
    """Raise FitError where the estimate or its likelihood carries no such test."""
    if fit.settings.ridge is not None:
        raise FitError(NO_RIDGE_TEST)
    if fit.settings.firth and kind == "score":
        raise FitError("A score test is one of the unpenalised likelihood; use test='LR', or fit with penalty=None.")
    if fit.separation.kind != "none" and kind == "Wald":
        raise FitError(
            "A Wald test means nothing where estimates are infinite: they have no standard error. "
            "Use test='LR', which compares the suprema of the likelihood."
        )
    refuse_unfinished(fit)


def refuse_unfinished(fit: Fit) -> None:
    """Raise FitError where the estimate is neither a maximum nor the description of an infinite one."""
    separated = fit.separation.kind != "none"
    certified = separated or fit.beta.shape[1] == 1 or fit.estimate.certificate.exists
    if fit.stopped_short or not certified:
        raise FitError("The estimate is not a certified maximum of the likelihood, so nothing can be tested at it.")


def wald(fit: Fit, restriction: Restriction, covariance: Array | None = None) -> ChiSquared:
    """(R b - r)' (R V R')^-1 (R b - r), chi-squared with as many degrees of freedom as R has rows.

    Source: Wald (1943).
    """
    if not restriction.df:
        return ChiSquared(0.0, 0)
    difference = estimates(fit, restriction) - restriction.value
    if covariance is not None:
        return ChiSquared(_generalised(restriction, covariance, difference), restriction.df)
    return ChiSquared(spread(fit, restriction.matrix, difference), restriction.df)


def estimates(fit: Fit, restriction: Restriction) -> Array:
    """R vec(beta), (m,)."""
    return np.asarray(restriction.matrix @ np.nan_to_num(fit.beta).ravel(order="F"))


def restricted_covariance(fit: Fit, restriction: Restriction, covariance: Array | None) -> Array:
    """R V R', (m, m)."""
    whole = fit.covariance if covariance is None else covariance
    return np.asarray(restriction.matrix @ np.nan_to_num(whole) @ restriction.matrix.T)


def _generalised(restriction: Restriction, covariance: Array, difference: Array) -> float:
    inner = restriction.matrix @ np.nan_to_num(covariance) @ restriction.matrix.T
    size = np.sqrt(np.diag(inner))
    lower = cholesky(inner) if (size > 0).all() else None
    if lower is None or (np.diag(lower) < SINGULAR * size).any():
        raise FitError(
            f"The covariance of these {restriction.df} estimates is singular (it has fewer clusters or rows behind it "
            "than the test has degrees of freedom); test fewer coefficients at once, or use covariance='model'."
        )
    half = solve_lower(lower, difference)
    return float(half @ half)


SINGULAR = 1e-7  # share of a standard error left beside the estimates before it; its square is rounding


def likelihood_ratio(fit: Fit, restriction: Restriction) -> ChiSquared:
    """2 (maximum - restricted maximum); suprema under separation, penalised under Firth. Source: Wilks (1938)."""
    if not restriction.df:
        return ChiSquared(0.0, 0)
    if fit.settings.firth:
        affine = affine_of(fit, restriction.matrix, restriction.value)
        settings, found = fit.settings, fit.estimate
        loglik = over_affine(rows_of(fit.frame), found, affine.origin, affine.basis, settings.max_iterations)
        return ChiSquared(max(2.0 * (penalised_loglik(found) - loglik), 0.0), restriction.df)
    if fit.separation.kind != "none":
        loglik = _restricted_supremum(fit, restriction)
    else:
        loglik = _maximum(fit, affine_of(fit, restriction.matrix, restriction.value))[1]
    return ChiSquared(max(2.0 * (fit.loglik - fit.constant - loglik), 0.0), restriction.df)


def score(fit: Fit, restriction: Restriction, within: Restriction | None = None) -> ChiSquared:
    """U' I^-1 U at the restricted maximum. Source: Rao (1948).

    within: restrictions that hold under both hypotheses, implied by `restriction`; the test is then against them.
    """
    df = restriction.df - (0 if within is None else within.df)
    if not df:
        return ChiSquared(0.0, 0)
    gamma, _ = _maximum(fit, affine_of(fit, restriction.matrix, restriction.value), exact=True)
    at = full_objective(fit).quadratic_at(gamma)
    u, information = at.slope.score.ravel(order="F"), at.information
    if within is not None and within.df:
        basis = affine_of(fit, within.matrix, within.value).basis
        u, information = basis.T @ u, basis.T @ information @ basis
    lower = cholesky(information)
    if lower is None:
        raise FitError("The information at the restricted maximum is singular, so the score test has no value there.")
    half = solve_lower(lower, u)
    return ChiSquared(float(half @ half), df)


def _maximum(fit: Fit, affine: Affine, *, exact: bool = False) -> tuple[Array, float]:
    found = restricted_maximum(fit, affine, exact=exact)
    if found.status is not Status.CONVERGED:
        raise FitError(
            f"The model under the hypothesis has no maximum that could be reached ({found.status.value}); "
            "test='LR' compares suprema where data are separated."
        )
    return found.gamma, found.loglik


def _restricted_supremum(fit: Fit, restriction: Restriction) -> float:
    """Kernel log-likelihood under the restriction, its supremum where that model is separated too."""
    frame, place, q = fit.frame, fit.estimate.coordinates, fit.beta.shape[1]
    one = _every_equation(restriction, *fit.beta.shape)
    inside = solved(one.matrix[:, list(place.kept)], one.value, place.scale)
    rows = block_of(frame)
    x = rows.x.select(place.kept)
    offset = rows.offset + x.times(inside.origin[:, None])
    free = inside.basis / np.abs(inside.basis).max(axis=0, initial=0.0)
    block = Block(Dense(x.to_array() @ free), rows.y, rows.weight, offset)
    if not block.x.n_columns:
        return block_slope(block, np.zeros((0, q)), family_of(q)).loglik
    whole = np.flatnonzero((free != 0.0).sum(axis=0) == 1)
    alone = [int(k) for k in whole if place.intercept is not None and free[place.intercept, k] != 0.0]
    intercept = alone[0] if alone else None
    settings = replace(fit.settings, progress=None, solver=Irls())
    found = estimate(InMemory(block), family_of(q), intercept=intercept, settings=settings)
    return supremum(InMemory(block), found, intercept, settings)


def _every_equation(restriction: Restriction, p: int, q: int) -> Restriction:
    """What the restriction says of each equation; raise FitError where it does not say the same of all."""
    cells = restriction.matrix.reshape(-1, q, p)
    own = [np.flatnonzero((cells[:, k] != 0.0).any(axis=1)) for k in range(q)]
    first = Restriction(cells[own[0], 0], restriction.value[own[0]])
    alike = all(
        np.array_equal(cells[rows, k], first.matrix) and np.array_equal(restriction.value[rows], first.value)
        for k, rows in enumerate(own)
    )
    if not alike or restriction.df != q * first.df:
        raise FitError(
            "Where classes are separated, a likelihood-ratio test takes hypotheses that say the same of every "
            "equation, such as 'age = 0'; name columns without a class."
        )
    return first
