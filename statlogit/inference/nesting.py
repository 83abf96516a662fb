"""Whether one model lies in another: the same rows, response and offset, and its columns in the span of the other's."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from statlogit.core.blocks import InMemory, add_in_tree
from statlogit.core.coordinates import EPSILON, Coordinates, InCoordinates, Triangle
from statlogit.core.linalg import solve_upper, triangle
from statlogit.core.threads import one_blas_thread
from statlogit.core.types import Array
from statlogit.fit import Fit
from statlogit.fit.model import block_of
from statlogit.inference.likelihood import ChiSquared

OUTSIDE = 1e-9  # share of a centred, scaled column outside the span of the other model's
SHOWN = 4  # variables named in a reason


@dataclass(frozen=True, slots=True)
class NestedTest:
    """The likelihood-ratio test of two models, or the reason why there is none.

    swapped: the second model is the smaller one. reason: a clause, "" where the test was made.
    """

    test: ChiSquared | None
    swapped: bool = False
    reason: str = ""


def nested_test(first: Fit, second: Fit, names: tuple[str, str]) -> NestedTest:
    """Compare two models by likelihood ratio where one is nested in the other on the same rows.

    Nesting is decided by the columns themselves, never by their names: log(x) and x are not nested, a sum coding and a
    treatment coding of one factor are the same model. Under separation the suprema are compared. names: of the models,
    for the reason.
    """
    reason = _unfit(first, second, names) or different_data(first, second, names) or _different_offset(first, second)
    if reason:
        return NestedTest(None, reason=reason)
    swapped = first.rank > second.rank
    small, large = (second, first) if swapped else (first, second)
    if not spanned(small, large):
        return NestedTest(None, reason="not nested: neither has all its columns in the span of the other's")
    if small.rank == large.rank:
        return NestedTest(None, reason="the same model: their columns span the same space")
    df = (large.rank - small.rank) * large.beta.shape[1]
    return NestedTest(ChiSquared(max(2.0 * (large.loglik - small.loglik), 0.0), df), swapped)


def _unfit(first: Fit, second: Fit, names: tuple[str, str]) -> str:
    for fit, name in zip((first, second), names, strict=True):
        if fit.settings.penalised:
            return f"{name} has a {fit.settings.penalty} penalty, so its log-likelihood is not the maximum"
        uncertified = fit.beta.shape[1] > 1 and not fit.estimate.certificate.exists
        if fit.stopped_short or (uncertified and fit.separation.kind == "none"):
            return f"{name} did not reach a maximum of its likelihood"
    return ""


def different_data(first: Fit, second: Fit, names: tuple[str, str]) -> str:
    """Why the log-likelihoods of two models do not compare, or "" where rows, response and weights are the same."""
    a, b = first.frame, second.frame
    if a.response.sentence != b.response.sentence or a.y.shape[1] != b.y.shape[1]:
        return f"different responses: {a.response.sentence} and {b.response.sentence}"
    if a.n_read != b.n_read:
        return f"different data: {a.n_read:,} and {b.n_read:,} rows"
    if not np.array_equal(a.positions, b.positions):
        return _different_rows(first, second, names)
    if not a.index.equals(b.index):
        return "different data: the rows have other labels"
    if not np.array_equal(a.weight, b.weight):
        return "different weights"
    if not np.array_equal(a.y, b.y):
        return "different outcomes in the same rows"
    return ""


def _different_rows(first: Fit, second: Fit, names: tuple[str, str]) -> str:
    parts = []
    for own, other, who, rest in ((first, second, *names), (second, first, *names[::-1])):
        more = int(np.setdiff1d(own.frame.positions, other.frame.positions).size)
        if more:
            known = {d.variable for d in own.frame.dropped if d.count}
            lost = [d.variable for d in other.frame.dropped if d.count and d.variable not in known]
            why = f" (missing values in {', '.join(lost[:SHOWN])})" if lost else ""
            parts.append(f"{rest} leaves out {more:,} row{'s' if more > 1 else ''} that {who} uses{why}")
    return f"different rows: {'; '.join(parts)}"


def _different_offset(first: Fit, second: Fit) -> str:
    return "" if np.array_equal(first.frame.offset, second.frame.offset) else "different offsets"


def spanned(small: Fit, large: Fit) -> bool:
    """Whether every column of the small model is a combination of the large one's, on the used rows.

    One pass over the tiles of both: R of the columns side by side, each in its own solver's coordinates.
    """
    places = [fit.estimate.coordinates for fit in (large, small)]
    with one_blas_thread(small.n_rows * sum(p.n_columns for p in places)):
        tiles = [InCoordinates(InMemory(block_of(f.frame)), f.estimate.coordinates) for f in (large, small)]
        pairs = zip(*tiles, strict=True)
        r = add_in_tree(Triangle(triangle(np.hstack([b.x.to_array() for b in pair]))) for pair in pairs).value
    k = len(places[0].kept)
    own, outside = _norms(r[:, k:]), _norms(r[k:, k:])
    noise = max(OUTSIDE, 64 * EPSILON * max(map(_amplification, places)))
    return bool((outside <= noise * own).all())


def _amplification(place: Coordinates) -> float:
    """Factor by which whitening may enlarge the rounding of a row: max row sum of |R| |R^-1|."""
    if place.root is None:
        return 1.0
    inverse = solve_upper(place.root, np.eye(len(place.root)))
    return float((np.abs(place.root) @ np.abs(inverse)).sum(axis=1).max(initial=1.0))


def _norms(columns: Array) -> Array:
    return np.asarray(np.sqrt(np.square(columns).sum(axis=0)))
