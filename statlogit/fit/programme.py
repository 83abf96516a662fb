"""The exact decision by linear programming, where Newton's own direction does not prove itself.

maximise sum t over A d >= t, 0 <= t <= 1, with the tied comparisons at zero: the maximum is zero if and only if there
is no direction of recession (Konis 2007, section 4.2). Large problems are solved over a few thousand comparisons,
to which those that the answer violates are added until there is none.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from statlogit.core.linalg import triangle
from statlogit.core.types import Array, BoolArray, IntArray
from statlogit.fit.recession import NULL_SPACE, Comparisons, Proof, cleaned, proved

ALL_AT_ONCE = 200_000  # numbers in the matrix of a programme without a working set
FIRST, MORE = 2_000, 500  # comparisons a working set starts with and grows by
MOST_ROUNDS = 60
TOLERANCE = 1e-7  # of the programme's feasibility, in units of the largest margin
BOUNDS = (1e6, 1e3)  # of the direction, in units of the largest |x|; the solver may fail on the first, not on both


def by_programme(found: Comparisons) -> Proof | None:
    """A direction that decides as many comparisons as it can, verified like any other; None where there is none."""
    scale = np.abs(found.x).max(axis=0, initial=0.0)
    scale[scale == 0] = 1.0
    unit = Comparisons(found.x / scale, found.winner, found.tied, found.open)
    rows, classes = np.nonzero(found.open)
    chosen = _first(unit, rows, classes)
    for _ in range(MOST_ROUNDS):
        direction = _solved(_matrix(unit, rows[chosen], classes[chosen]), unit.tied[rows[chosen], classes[chosen]])
        if direction is None:
            return None
        shaped = direction.reshape(-1, unit.n_classes - 1, order="F")
        margin = unit.margins(shaped)[0][rows, classes]
        size = np.abs(margin).max(initial=0.0)
        wrong = np.where(unit.tied[rows, classes], np.abs(margin), -margin)
        violated = np.flatnonzero(wrong > 10 * TOLERANCE * size)
        added = np.setdiff1d(violated[np.argsort(-wrong[violated])[:MORE]], chosen)
        if not len(added):
            still = found.open.copy()
            still[rows, classes] = np.abs(margin) <= TOLERANCE * size
            return proved(found, cleaned(found, shaped / scale[:, None], still))
        chosen = np.concatenate([chosen, added])
    return None


def _first(unit: Comparisons, rows: IntArray, classes: IntArray) -> IntArray:
    """All comparisons of a small problem; of a large one a sample that leaves no more directions free than all do."""
    size = unit.x.shape[1] * (unit.n_classes - 1)
    everything = np.arange(len(rows))
    if len(rows) * size <= ALL_AT_ONCE:
        return everything
    chosen = np.sort(np.random.default_rng(0).choice(everything, FIRST, replace=False))
    while True:
        _, singular, vt = np.linalg.svd(triangle(_matrix(unit, rows[chosen], classes[chosen])))
        free = vt[int((singular > NULL_SPACE * singular.max(initial=0.0)).sum()) :]
        added: set[int] = set()
        for direction in free:
            margin, noise = unit.margins(direction.reshape(-1, unit.n_classes - 1, order="F"))
            moved = np.abs(margin[rows, classes])
            most = np.argsort(-moved)[: size + 1]
            added.update(most[moved[most] > np.maximum(noise[rows, classes][most], NULL_SPACE)].tolist())
        added.difference_update(chosen.tolist())
        if not added:
            return chosen
        chosen = np.concatenate([chosen, np.array(sorted(added), dtype=np.intp)])


def _matrix(unit: Comparisons, rows: IntArray, classes: IntArray) -> Array:
    """(m, r*q): the row of each comparison, predictor by predictor."""
    m, r, q = len(rows), unit.x.shape[1], unit.n_classes - 1
    out = np.zeros((m, q + 1, r))
    place = np.arange(m)
    out[place, unit.winner[rows]] = unit.x[rows]
    out[place, classes] -= unit.x[rows]
    return out[:, 1:].reshape(m, q * r)


def _solved(matrix: Array, tied: BoolArray) -> Array | None:
    """The direction of the programme over these rows, None where its maximum is zero."""
    import scipy.sparse  # imported where it is needed: a fit hardly ever gets here

    free = np.unique(matrix[~tied], axis=0)
    fixed = np.unique(matrix[tied], axis=0)
    n, p = free.shape
    slack = scipy.sparse.hstack([scipy.sparse.csr_array(-free), scipy.sparse.eye_array(n)], format="csr")
    most, cost = None, np.append(np.zeros(p), -np.ones(n))
    for bound in BOUNDS:
        most = _minimum(cost, slack, np.zeros(n), fixed, [(-bound, bound)] * p + [(0.0, 1.0)] * n)
        if most is not None:
            break
    if most is None:
        return None
    decided = free @ most[:p] > 0.5
    if not decided.any():
        return None
    # of all directions that decide these by 1 or more, one whose components are of a size
    unit, one = np.eye(p), np.ones((p, 1))
    sized = np.vstack([np.hstack([-free, np.zeros((n, 1))]), np.hstack([unit, -one]), np.hstack([-unit, -one])])
    right = np.append(-decided.astype(float), np.zeros(2 * p))
    least = _minimum(np.append(np.zeros(p), 1.0), sized, right, fixed, [(None, None)] * p + [(0.0, None)])
    return (most if least is None else least)[:p]


def _minimum(cost: Array, upper: Any, right: Array, fixed: Array, bounds: list[Any]) -> Array | None:
    """cost @ z at its least over upper @ z <= right, and fixed @ z = 0 in its first components; None on failure."""
    import scipy.optimize

    equal = np.hstack([fixed, np.zeros((len(fixed), len(cost) - fixed.shape[1]))])
    solved = scipy.optimize.linprog(
        cost,
        A_ub=upper,
        b_ub=right,
        A_eq=equal if len(fixed) else None,
        b_eq=np.zeros(len(fixed)) if len(fixed) else None,
        bounds=bounds,
        method="highs",
    )
    return np.asarray(solved.x) if solved.status == 0 and solved.x is not None else None
