"""Tests of goodness of fit, each with what it cannot tell.

The tests beside Hosmer-Lemeshow measure a distance of the outcomes from the fitted probabilities against its spread
once the coefficients are estimated; each needs one pass over the rows, X'v for a few vectors v.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from statlogit.core.blocks import ROWS_PER_BLOCK, Block, InMemory, add_in_tree
from statlogit.core.columns import gathered
from statlogit.core.coordinates import Coordinates
from statlogit.core.families import Means, half_deviance, sigmoid
from statlogit.core.linalg import cholesky, solve_lower
from statlogit.core.patterns import Patterns, patterns
from statlogit.core.threads import one_blas_thread
from statlogit.core.types import Array, pieces
from statlogit.diagnostics.ranking import TIE_DECIMALS, Outcomes, Ranking
from statlogit.fit import Fit
from statlogit.inference.likelihood import ChiSquared
from statlogit.inference.wald import wald
from statlogit.tables import Table, table

GROUPS = 10
EXPECTED, ENOUGH = 1.0, 0.8  # chi-squared over patterns: this share of them must expect so many of each outcome
NEAR = 1e-9  # apart in log-odds: far above their rounding, far below the distance of most neighbours
FEW_ROWS = 10_000  # up to which all rows are compared to find patterns
FLAT = 1e-8  # share of a direction that the model leaves free; below, nothing is left to test

HOSMER_LEMESHOW = (
    "Hosmer-Lemeshow: groups at the deciles of the fitted probability; it depends on the grouping, is weak in small "
    "samples and rejects any model in large ones."
)
UNWEIGHTED = "le Cessie-van Houwelingen (z): unweighted sum of squared errors; sees misfit in general, not where it is."
OSIUS_ROJEK = "Osius-Rojek (z): Pearson over covariate patterns; rejects too often below some 1,000 rows."
STUKEL = "Stukel: score test of bent tails, so of the link; blind to a variable that is missing."
BY_PATTERN = "Pearson, deviance: against a free probability for each pattern; blind to what varies within one."
TOO_SPARSE = "No p for these two: most patterns expect less than one event or non-event."
NOT_MAXIMUM = "The other tests assume the finite maximum of a likelihood without penalty."


@dataclass(frozen=True, slots=True)
class GoodnessTest:
    """One test. df None: standard normal, two-sided; p None where the distribution cannot be trusted."""

    name: str
    statistic: float
    df: int | None
    p_value: float | None


def goodness(fit: Fit, outcomes: Outcomes, ranking: Ranking) -> Table:
    """All tests, Hosmer-Lemeshow first: test statistic df p_value; the note says what each cannot tell.

    outcomes: of the fit's own rows, in their order; ranking: the same sorted.
    """
    grouped = hosmer_lemeshow(ranking)
    tests = [GoodnessTest("Hosmer-Lemeshow", grouped.statistic, grouped.df, grouped.p_value)]
    notes = [HOSMER_LEMESHOW]
    if fit.separation.kind != "none" or fit.settings.penalised or fit.stopped_short:
        notes.append(NOT_MAXIMUM)
    else:
        with one_blas_thread(fit.n_rows * len(fit.beta)):
            by_pattern = _by_pattern(fit, outcomes, ranking)
            tests += _standardised(fit, by_pattern)
        tests += _chi_squared(fit, by_pattern)
        notes += [UNWEIGHTED, OSIUS_ROJEK, STUKEL, BY_PATTERN]
        if not by_pattern.is_dense:
            notes.append(TOO_SPARSE)
    rows = [(t.name, t.statistic, t.df, t.p_value) for t in tests]
    return table("goodness", "Goodness of fit", ["test", "statistic", "df", "p_value"], rows, " ".join(notes))


def hosmer_lemeshow(ranking: Ranking, groups: int = GROUPS) -> ChiSquared:
    """Pearson chi-squared over groups cut at the type-7 quantiles of the rows' mu, right-closed; equal cuts merged.

    df = groups - 2. Source: Hosmer and Lemeshow (1980).
    """
    value = np.round(ranking.mu, TIE_DECIMALS)
    rows = np.append(ranking.starts[1:], len(ranking.order))  # at or below each prediction
    where = np.linspace(0.0, 1.0, groups + 1) * (rows[-1] - 1)
    below, above = (value[np.searchsorted(rows, f(where), side="right")] for f in (np.floor, np.ceil))
    cuts = np.unique(below + (where - np.floor(where)) * (above - below))
    n_groups = len(cuts) - 1
    if n_groups < 3:
        return ChiSquared(float("nan"), 0)
    stops = np.concatenate([[0], np.searchsorted(value, cuts[1:], side="right")])
    observed = np.diff(ranking.events_below[stops])
    size = observed + np.diff(ranking.nonevents_below[stops])
    expected = np.add.reduceat(ranking.size * ranking.mu, stops[:-1])
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = ((observed - expected) ** 2 / (expected * (1.0 - expected / size))).sum()
    return ChiSquared(float(statistic), n_groups - 2)


@dataclass(frozen=True, slots=True)
class _ByPattern:
    """Covariate patterns with their outcomes."""

    patterns: Patterns
    size: Array  # (J,) outcomes
    events: Array  # (J,)
    residual: Array  # (J,) events - size mu
    mu: Array
    complement: Array

    @property
    def is_dense(self) -> bool:
        """Whether a chi-squared over patterns has its distribution. Source: Larntz (1978)."""
        enough = self.size * np.minimum(self.mu, self.complement) >= EXPECTED
        return bool(enough.mean() >= ENOUGH)


def _patterns(fit: Fit, ranking: Ranking) -> Patterns:
    """Rows of different log-odds are different patterns: only those with a near neighbour need be compared."""
    x, offset = fit.frame.x, fit.frame.offset[:, 0]
    if fit.estimate.coordinates.near and len(ranking.starts) == len(ranking.order) > FEW_ROWS:
        near = np.zeros(len(ranking.eta) + 1, dtype=bool)  # to the one before
        for k in pieces(len(ranking.eta) - 1):
            before, here = ranking.eta[k], ranking.eta[k.start + 1 : k.stop + 1]
            near[k.start + 1 : k.stop + 1] = here - before <= NEAR * (1.0 + np.abs(here))
        some = ranking.order[near[:-1] | near[1:]]
        if len(some) == 0 or patterns(x.take(some), offset[some]).place is None:
            return Patterns(len(ranking.order), None)
    return patterns(x, offset)


def _by_pattern(fit: Fit, outcomes: Outcomes, ranking: Ranking) -> _ByPattern:
    found = _patterns(fit, ranking)
    residual = outcomes.events * outcomes.complement
    residual -= outcomes.nonevents * outcomes.mu
    return _ByPattern(
        found,
        found.sums(fit.frame.weight),
        found.sums(outcomes.events),
        found.sums(residual),
        found.any_row(outcomes.mu),
        found.any_row(outcomes.complement),
    )


def _chi_squared(fit: Fit, by_pattern: _ByPattern) -> list[GoodnessTest]:
    """Pearson and deviance over J patterns, J - rank degrees of freedom."""
    pearson, deviance = fit.estimate.pearson, fit.deviance
    if by_pattern.patterns.place is not None:
        mu, complement, size = by_pattern.mu, by_pattern.complement, by_pattern.size
        with np.errstate(divide="ignore", invalid="ignore"):
            pearson = float((by_pattern.residual**2 / (size * mu * complement)).sum())
        deviance = 2.0 * float(size @ half_deviance(by_pattern.events / size, Means(mu, complement)))
    df = by_pattern.patterns.n_patterns - fit.rank
    out = []
    for name, statistic in (("Pearson by pattern", pearson), ("Deviance by pattern", deviance)):
        p_value = ChiSquared(statistic, df).p_value if by_pattern.is_dense else None
        out.append(GoodnessTest(name, statistic, df, p_value))
    return out


@dataclass(frozen=True, slots=True)
class _Sums:
    """What the tests beside Hosmer-Lemeshow add up over the rows, of design columns or in the solver's coordinates.

    With tilt = 1 - 2 mu, information = weight mu (1 - mu) and bends = half the squared log-odds of either sign.
    """

    unweighted: float  # tilt' residual
    whole: float  # tilt' information tilt
    bends: Array  # (2, 2) bends' information bends
    bend_scores: Array  # (2,) bends' residual
    crossed: Array  # (p, 4) or (r, 4), X' of information tilt, tilt by pattern, information bends

    def __add__(self, other: _Sums) -> _Sums:
        return _Sums(
            self.unweighted + other.unweighted,
            self.whole + other.whole,
            self.bends + other.bends,
            self.bend_scores + other.bend_scores,
            self.crossed + other.crossed,
        )


def _sums(block: Block, beta: Array) -> _Sums:
    """block.y: shares; and the part of its pattern's weight that each row has, where it is not all."""
    share, part = block.y[:, 0], block.y[:, 1] if block.y.shape[1] > 1 else 1.0
    eta = block.x.times(beta)[:, 0] + block.offset[:, 0]
    mean = sigmoid(eta)
    residual = block.weight * (share * mean.complement - (1.0 - share) * mean.mu)
    tilt = mean.complement - mean.mu  # d (mu (1 - mu)) / d mu
    information = block.weight * mean.mu * mean.complement
    bends = np.stack([0.5 * np.maximum(eta, 0.0) ** 2, 0.5 * np.minimum(eta, 0.0) ** 2])
    weighted = information * bends
    vectors = np.stack([information * tilt, part * tilt, *weighted])
    return _Sums(
        float(residual @ tilt), float(vectors[0] @ tilt), weighted @ bends.T, bends @ residual,
        block.x.transpose_times(vectors.T),
    )  # fmt: skip


def _in_pieces(block: Block, place: Coordinates | None, beta: Array) -> _Sums:
    """Short pieces of a block, which may be taller than the cache; place: where beta is, None for design columns."""
    n = block.x.n_rows
    some = (block.rows(k, min(k + ROWS_PER_BLOCK, n)) for k in range(0, n, ROWS_PER_BLOCK))
    return add_in_tree(
        _sums(replace(part, x=gathered(part.x)) if place is None else place.block(part), beta) for part in some
    )


def _standardised(fit: Fit, by_pattern: _ByPattern) -> list[GoodnessTest]:
    """le Cessie-van Houwelingen (1991) in its unweighted form (Hosmer et al. 1997, section 2.4); Osius and Rojek
    (1992), theorem 2, as in Hosmer and Lemeshow (2000), section 5.2.2; Stukel (1988) as a score test.
    """
    frame, place = fit.frame, fit.estimate.coordinates
    y, offset = frame.y, frame.offset
    if by_pattern.patterns.place is not None:
        y = np.stack([y[:, 0], frame.weight / by_pattern.patterns.spread(by_pattern.size)]).T
        offset = np.broadcast_to(offset, y.shape)
    block = Block(frame.x, y, frame.weight, offset)
    if place.near:
        found: _Sums = InMemory(block).fold(partial(_in_pieces, place=None, beta=np.nan_to_num(fit.beta)))
        crossed = place.score(found.crossed)
    else:
        gamma = place.from_design(fit.beta[list(place.kept)])
        found = InMemory(block).fold(partial(_in_pieces, place=place, beta=gamma))
        crossed = found.crossed
    explained = fit.estimate.root.T @ crossed  # W^-1/2 v in an orthonormal basis of the columns of W^1/2 X
    return [
        _normal("le Cessie-van Houwelingen", found.unweighted, _left(found.whole, explained[:, 0])),
        _osius_rojek(by_pattern, fit.rank, explained[:, 1]),
        _stukel(found, explained[:, 2:]),
    ]


def _left(whole: float, explained: Array) -> float:
    """The variance that estimation leaves; nan where that is nothing but rounding."""
    left = whole - float(explained @ explained)
    return left if left > FLAT * whole else float("nan")


def _normal(name: str, distance: float, variance: float) -> GoodnessTest:
    std_error = np.sqrt(variance) if variance > 0 else np.nan
    found = wald(np.array([distance]), np.array([std_error]), 0.95)
    return GoodnessTest(name, float(found.z[0]), None, float(found.p_value[0]))


def _osius_rojek(by_pattern: _ByPattern, rank: int, explained: Array) -> GoodnessTest:
    mu, complement, size = by_pattern.mu, by_pattern.complement, by_pattern.size
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = size * mu * complement
        pearson = float((by_pattern.residual**2 / variance).sum())
        left = _left(float(((complement - mu) ** 2 / variance).sum()), explained)
        correction = 2.0 * (len(size) - float((1.0 / size).sum()))
    return _normal("Osius-Rojek", pearson - (len(size) - rank), correction + left)


def _stukel(found: _Sums, explained: Array) -> GoodnessTest:
    whole = found.bends
    free = whole - explained.T @ explained
    kept = [k for k in range(2) if whole[k, k] > 0 and free[k, k] > FLAT * whole[k, k]]
    lower = cholesky(free[np.ix_(kept, kept)]) if kept else None
    if lower is None:
        return GoodnessTest("Stukel", float("nan"), 0, float("nan"))
    half = solve_lower(lower, found.bend_scores[kept])
    test = ChiSquared(float(half @ half), len(kept))
    return GoodnessTest("Stukel", test.statistic, test.df, test.p_value)
