"""Rows that conclusions hang on: one that moves a coefficient by more than its error, a few that decide its sign."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from statlogit.core.threads import one_blas_thread
from statlogit.core.types import Array, IntArray
from statlogit.diagnostics.findings.form import is_examined
from statlogit.diagnostics.fragility import strongest
from statlogit.diagnostics.influence import coefficient_names, one_step, refit_without
from statlogit.diagnostics.refits import Rows
from statlogit.diagnostics.words import counted, fitted_again, listed, plain
from statlogit.fit import Fit
from statlogit.fit.model import block_of
from statlogit.tables import Finding

INFLUENTIAL = 1.0  # standard errors that one row moves a coefficient; Belsley, Kuh and Welsch (1980), section 2.1
SURE = 1.96  # standard errors from zero: coefficients whose sign a reader takes for known
FEW_ROWS = 5  # that decide it
HIDDEN = 0.5  # share of the estimate that their one-step moves must add up to: rows hide behind each other
MOST_TRIED = 3  # coefficients refitted without them


def influential(fit: Fit) -> Iterator[Finding]:
    """The row that moves a coefficient most, and the coefficient whose sign the fewest rows decide."""
    if not is_examined(fit):
        return
    rows, names = Rows(fit, block_of(fit.frame)), coefficient_names(fit)
    with one_blas_thread(fit.n_rows * len(fit.beta)):
        moved = np.nan_to_num(one_step(rows))
        yield from _one_row(rows, names, moved)
        yield from _few_rows(rows, names, moved)


def _one_row(rows: Rows, names: tuple[str, ...], moved: Array) -> Iterator[Finding]:
    size = np.abs(moved) / rows.std_error
    i, j = divmod(int(size.argmax()), size.shape[1])
    if size[i, j] <= INFLUENTIAL:
        return
    again = refit_without(rows, np.array([i]))
    estimate, row = _estimates(rows.fit)[j], plain(rows.fit.frame.index[i])
    without = "the others are separated" if again is None else f"it would be {again[j]:.4g}"
    more = int((size.max(axis=1) > INFLUENTIAL).sum()) - 1
    others = f"; {counted(more, 'other row')} also move one as far" if more else ""
    yield Finding(
        "influential_row",
        "warning",
        f"Row {row!r} alone moves {names[j]} by {size[i, j]:.3g} standard errors: it is {estimate:.4g}, and without "
        f"that row {without}{others}.",
        evidence=f"DFBETAS {moved[i, j] / rows.std_error[j]:.3g} by one Newton step",
        remedy="Check that row (r.influence(exact=True).top()), and report the fit without it beside.",
        run=fitted_again(rows.fit, data=f"data.drop({row!r})"),
    )


def _few_rows(rows: Rows, names: tuple[str, ...], moved: Array) -> Iterator[Finding]:
    """Of the coefficients far from zero, the one that fewest rows turn, confirmed by a refit."""
    estimates, intercept = _estimates(rows.fit), rows.fit.frame.design.intercept
    kept = rows.fit.estimate.coordinates.kept
    pulls = []
    for j, estimate in enumerate(estimates.tolist()):
        if abs(estimate) < SURE * rows.std_error[j] or kept[j % len(kept)] == intercept:
            continue
        first = strongest(moved[:, j], estimate)[:FEW_ROWS]
        pulls.append((float(np.abs(moved[first, j]).sum()) / abs(estimate), j, first))
    for share, j, first in sorted(pulls, key=lambda p: -p[0])[:MOST_TRIED]:
        some = _turning(rows, j, first, estimates[j]) if share >= HIDDEN else None
        if some is None:
            continue
        needed, again = len(some.rows), some.estimate
        labels = [repr(plain(label)) for label in rows.fit.frame.index[some.rows]]
        yield Finding(
            "fragile_sign",
            "warning",
            f"The sign of {names[j]} hangs on {counted(needed, 'row')} ({listed(labels)}): it is {estimates[j]:.4g}, "
            f"and {again:.4g} without.",
            evidence=f"|z| = {abs(estimates[j]) / rows.std_error[j]:.3g} with all {rows.fit.n_rows:,} rows; a refit "
            "confirms the change",
            remedy=f"Check these rows, which r.fragility({names[j]!r}) lists.",
            run=f"r.fragility({names[j]!r})",
        )
        return


@dataclass(frozen=True, slots=True)
class _Turned:
    rows: IntArray
    estimate: float


def _turning(rows: Rows, j: int, first: IntArray, estimate: float) -> _Turned | None:
    """The fewest of these rows, in order, whose refit turns the sign; None where all of them do not."""
    found = None
    for k in range(len(first), 0, -1):
        again = refit_without(rows, first[:k])
        if again is None or again[j] * estimate >= 0.0:
            return found
        found = _Turned(first[:k], float(again[j]))
    return found


def _estimates(fit: Fit) -> Array:
    return fit.beta[list(fit.estimate.coordinates.kept)].ravel(order="F")
