"""refine(): the maximum in whitened coordinates, made as exact as the design is.

Whitening divides out what nearly dependent columns have in common, so each whitened row carries the rounding of the
design times its condition number: a maximum found there is that of slightly other data. Here the score is summed in
the design's own columns with twofold precision and only then mapped to the coordinates; Newton steps with the
information at hand then converge to the maximum of the data as given (iterative refinement; Higham 2002, chapter 12).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from statlogit.core.blocks import Block, RowBlocks
from statlogit.core.columns import Dense
from statlogit.core.coordinates import Coordinates, Gram
from statlogit.core.families import Family
from statlogit.core.linalg import solve_upper
from statlogit.core.statistics import information
from statlogit.core.twofold import UNIT, Twofold, TwofoldScore, block_twofold_score, remainder, two_sum, twofold
from statlogit.core.types import Array

MOST_STEPS = 4
NEAR = 1e-2  # Newton decrement above which the score's last digits do not matter
REACHED = 2.0**-50  # standard errors: nothing is left to gain
HARMLESS = 1e7  # condition of the columns up to which plain whitening leaves the standard errors ten digits
OPERATIONS = 64.0  # roundings on the way of a term into a sum of up to 2^50 rows, and the solves


@dataclass(frozen=True, slots=True)
class RidgePull:
    """The gradient of a ridge penalty; symmetric as in Objective."""

    strengths: Array  # (r,)
    symmetric: bool

    def of(self, beta: Twofold) -> Twofold:
        """(r, q)"""
        if self.symmetric:
            mean = Twofold(beta.high.T, beta.low.T).sum().over(np.array(beta.high.shape[1] + 1.0))
            beta = beta + -Twofold(mean.high[:, None], mean.low[:, None])
        return beta.times(self.strengths[:, None])


@dataclass(frozen=True, slots=True)
class Refined:
    """A point and its exact score: the decrement bounds its distance from the maximum, rounding that of the score."""

    gamma: Array  # (r, q)
    step: Array  # (r, q) of Newton from there
    decrement: float
    moved: float  # standard errors from where the refinement began, at most
    rounding: float  # standard errors
    beta: Array  # (r, q) T gamma, rounded once


def refine(
    rows: RowBlocks,
    family: Family,
    place: Coordinates,
    *,
    ridge: RidgePull | None,
    gamma: Array,
    root: Array,
    most_steps: int = MOST_STEPS,
) -> Refined:
    """Newton steps on the twofold score until it stops falling. rows: the kept columns, as they are;"""
    look = partial(_at, rows=rows, family=family, place=place, ridge=ridge, root=root)
    best = at = look(gamma, 0.0)
    for _ in range(most_steps):
        if not REACHED < at.decrement < NEAR:
            break
        at = look(at.gamma + at.step, at.moved + at.decrement)
        if not at.decrement < 0.5 * best.decrement:
            break
        best = at
    return best


def _at(
    gamma: Array,
    moved: float,
    rows: RowBlocks,
    family: Family,
    place: Coordinates,
    ridge: RidgePull | None,
    root: Array,
) -> Refined:
    beta = design_of(place, twofold(gamma))
    sums = rows.fold(partial(block_twofold_score, beta=beta, family=family))
    score = sums.score if ridge is None else sums.score + -ridge.of(beta)
    half = root.T @ score_of(place, score).ravel(order="F")
    step = (root @ half).reshape(gamma.shape, order="F")
    return Refined(gamma, step, float(np.sqrt(half @ half)), moved, _rounding(place, sums, root), beta.high)


def keeps_digits(place: Coordinates) -> bool:
    """Whitened rows are exact enough as they are: their standard errors then have about ten digits."""
    if place.root is None:
        return True
    singular = np.linalg.svd(place.root / np.linalg.norm(place.root, axis=0), compute_uv=False)
    return bool(singular[0] <= HARMLESS * singular[-1])


def information_at(rows: RowBlocks, family: Family, place: Coordinates, gamma: Array) -> Array:
    """(r*q, r*q) the information at gamma, of whitened rows that keep all their digits. rows: the kept columns."""
    return rows.fold(partial(block_exact_information, place=place, gamma=gamma, family=family)).value


def block_exact_information(block: Block, place: Coordinates, gamma: Array, family: Family) -> Gram:
    """Rows whitened, then corrected by what whitening left of them."""
    x = block.x.to_array()
    high, low = two_sum(np.ascontiguousarray(x), -place.centre)
    standard = Twofold(high / place.scale, low / place.scale)
    z = standard.high
    if place.root is not None:
        z = _whitened(z, place.root)
        z = z + _whitened(remainder(standard, z, place.root), place.root)
    local = family.local(z @ gamma + block.offset, block.y, block.weight)
    return Gram(information(Dense(z), local.curvature))


def _whitened(standard: Array, root: Array) -> Array:
    return np.ascontiguousarray(solve_upper(root, standard.T, transpose=True).T)


def design_of(place: Coordinates, gamma: Twofold) -> Twofold:
    """T gamma: coefficients of the kept design columns, (r, q) -> (r, q)."""
    if place.root is not None:
        gamma = _solved_upwards(place.root, gamma)
    beta = gamma.times(1.0 / place.scale[:, None])  # powers of two
    if place.intercept is not None:
        moved = beta[place.intercept] + -beta.times(place.centre[:, None]).sum()
        beta.high[place.intercept], beta.low[place.intercept] = moved.high, moved.low
    return beta


def score_of(place: Coordinates, score: Twofold) -> Array:
    """T' score: from the kept design columns to the coordinates, (r, q) -> (r, q)."""
    if place.intercept is not None:
        score = score + -score[place.intercept].times(place.centre[:, None])
    score = score.times(1.0 / place.scale[:, None])
    return score.high if place.root is None else _solved_downwards(place.root, score).high


def _solved_upwards(root: Array, right: Twofold) -> Twofold:
    """R^-1 right, column by column from the last."""
    high, low = right.high.copy(), right.low.copy()
    for j in reversed(range(len(root))):
        value = Twofold(high[j], low[j]).over(root[j, j])
        high[j], low[j] = value.high, value.low
        rest = Twofold(high[:j], low[:j]) + -value.times(root[:j, j, None])
        high[:j], low[:j] = rest.high, rest.low
    return Twofold(high, low)


def _solved_downwards(root: Array, right: Twofold) -> Twofold:
    """R^-T right, row by row from the first."""
    high, low = right.high.copy(), right.low.copy()
    for j in range(len(root)):
        value = Twofold(high[j], low[j]).over(root[j, j])
        high[j], low[j] = value.high, value.low
        rest = Twofold(high[j + 1 :], low[j + 1 :]) + -value.times(root[j, j + 1 :, None])
        high[j + 1 :], low[j + 1 :] = rest.high, rest.low
    return Twofold(high, low)


def _rounding(place: Coordinates, sums: TwofoldScore, root: Array) -> float:
    """Bound in standard errors on what twofold precision leaves: the score's sums, and eta moved by at most `moved`
    in every row, which moves the maximum by at most moved sqrt(sum of curvatures) <= moved sqrt(weight) / 2."""
    r = len(place.kept)
    inverse = np.eye(r) if place.root is None else np.abs(solve_upper(place.root, np.eye(r)))
    amplified = 1.0 if place.root is None else float((inverse @ np.abs(place.root)).sum(axis=1).max(initial=1.0))
    size = (
        sums.size if place.intercept is None else sums.size + np.abs(place.centre)[:, None] * sums.size[place.intercept]
    )
    spread = np.sqrt(np.square(root).sum(axis=1))
    summed = OPERATIONS * UNIT * float(spread @ (inverse.T @ (size / place.scale[:, None])).ravel(order="F"))
    moved = 4.0 * (r + 2) * UNIT * amplified * sums.reach
    return summed + 0.5 * moved * float(np.sqrt(sums.weight))
