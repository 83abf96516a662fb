"""Findings: what is wrong or noteworthy, in words, ranked; each with a stable code, evidence and a remedy."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from statlogit.core.types import Status
from statlogit.fit import Fit
from statlogit.tables import Finding

FEW_EVENTS = 10.0  # events (or non-events, the fewer) per estimated slope; Peduzzi et al. (1996)
SHOWN = 6  # names listed before "and k more"
ORDER = {"error": 0, "warning": 1, "note": 2, "ok": 3}


def findings(fit: Fit) -> tuple[Finding, ...]:
    """All findings of a fit, worst first."""
    found = [*_separation(fit), *_convergence(fit), *_aliased(fit), *_events(fit), *_dropped(fit)]
    return tuple(sorted(found, key=lambda f: ORDER[f.severity]))


def _separation(fit: Fit) -> Iterator[Finding]:
    separation = fit.separation
    if separation.kind == "none":
        return
    columns, response = fit.frame.design.names, fit.frame.response
    several = fit.beta.shape[1] > 1
    classes = [level for level in response.levels if level != response.reference]
    names = [f"{k}:{name}" for k in classes for name in columns] if several else list(columns)
    signs = [
        f"{names[j]} -> {'+' if s > 0 else '-'}inf" for j, s in zip(separation.infinite, separation.signs, strict=True)
    ]
    moved = dict.fromkeys(j % len(columns) for j in separation.infinite)
    movable = [columns[j] for j in moved if j != fit.frame.design.intercept] or ["a column"]
    count = 0 if separation.rows is None else len(separation.rows)
    rows = f"{count:,} of {fit.n_rows:,} rows"
    does = f"rules out at least one class in {rows}" if several else f"predicts {rows} perfectly"
    remedy = f"Drop or merge {_listed(movable)}, or fit with penalty=sl.{'Ridge(1.0)' if several else 'Firth()'}."
    if separation.base:
        remedy += f" With reference={classes[separation.base - 1]!r} fewer coefficients are infinite."
    yield Finding(
        "separation",
        "error",
        f"The data are {'completely' if separation.kind == 'complete' else 'quasi-completely'} separated: "
        f"{_listed(signs)}. A combination of these columns {does}, so the likelihood has no finite maximum.",
        evidence=f"{count:,} row{'' if count == 1 else 's'} separated",
        remedy=remedy,
    )


def _convergence(fit: Fit) -> Iterator[Finding]:
    solution = fit.estimate.solution
    if fit.separation.kind != "none":
        return
    steps = f"{solution.n_iter} iteration{'' if solution.n_iter == 1 else 's'}"
    if fit.status is Status.CONVERGED:
        yield Finding("converged", "ok", f"Converged in {steps}. {fit.estimate.certificate.sentence}")
        return
    yield Finding(
        "not_converged",
        "error",
        f"Not converged after {steps}: {fit.status.value}. The coefficients are the last iterate, not the maximum, and "
        "no standard errors or tests are given.",
        evidence=f"Newton decrement {fit.estimate.certificate.decrement:.3g} standard errors",
        remedy=_remedy(fit),
    )


def _remedy(fit: Fit) -> str:
    if fit.estimate.solution.solver in ("irls", "firth"):
        return f"Raise the limit, for example max_iterations={10 * fit.settings.max_iterations}."
    longer = "more epochs" if fit.estimate.solution.solver == "sgd" else "a larger max_iterations"
    return f'Fit with solver="auto", or give this solver {longer}.'


def _aliased(fit: Fit) -> Iterator[Finding]:
    if fit.aliased:
        yield Finding(
            "aliased",
            "warning",
            f"{_listed(list(fit.aliased))}: a linear combination of the columns before it, so not estimated.",
            remedy="Drop it from the formula; the other coefficients refer to the model without it.",
        )


def _events(fit: Fit) -> Iterator[Finding]:
    frame = fit.frame
    if frame.y.shape[1] != 1:
        return
    events = float(frame.weight @ frame.y[:, 0])
    fewer = min(events, float(frame.weight.sum()) - events)
    slopes = fit.rank - (frame.design.intercept is not None)
    if slopes > 0 and fewer / slopes < FEW_EVENTS:
        counted = f"{slopes} slope" if slopes == 1 else f"{slopes} slopes"
        yield Finding(
            "few_events",
            "note",
            f"{fewer / slopes:.1f} events per estimated slope ({fewer:g} of the rarer outcome, {counted}): "
            "estimates may be biased away from zero and intervals are wide.",
            remedy="Use fewer terms, or fit with penalty=sl.Firth().",
        )


def _dropped(fit: Fit) -> Iterator[Finding]:
    frame = fit.frame
    missing = frame.n_read - fit.n_rows - frame.n_zero_weight
    if missing:
        parts = [f"{d.variable} {d.count:,}" for d in frame.dropped if d.count]
        yield Finding(
            "rows_dropped",
            "warning" if missing > 0.05 * frame.n_read else "note",
            f"{missing:,} of {frame.n_read:,} rows ({100 * missing / frame.n_read:.1f}%) dropped for missing values: "
            f"{_listed(parts)}.",
        )
    if frame.n_zero_weight:
        yield Finding("zero_weight", "note", f"{frame.n_zero_weight:,} rows of zero weight or zero trials dropped.")
    heaviest = float(np.max(frame.case_weight) / frame.case_weight.sum()) if len(frame.case_weight) > 1 else 0.0
    if heaviest > 0.5:
        yield Finding("dominated", "warning", f"One row carries {100 * heaviest:.0f}% of the total weight.")


def _listed(names: list[str]) -> str:
    more = len(names) - SHOWN
    return ", ".join(names[:SHOWN]) + (f" and {more} more" if more > 0 else "")
