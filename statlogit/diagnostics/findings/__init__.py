"""Findings: what is wrong or noteworthy, in words, ranked; each with a stable code, evidence and a remedy.

The codes are in `catalogue`. Nearly everything here costs a few sums over vectors of rows; what needs the columns (the
equations of aliased ones, the row of high leverage) is computed only where there is something to say, and influence
and form only within a budget, which `not_examined` tells.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from statlogit.diagnostics.findings import columns, form, influence, maximum, rows
from statlogit.diagnostics.findings.catalogue import CATALOGUE as CATALOGUE
from statlogit.errors import RowsNeededError
from statlogit.fit import Fit
from statlogit.tables import Finding

ORDER = {"error": 0, "warning": 1, "note": 2, "ok": 3}
SAID_BY = (
    maximum.separation,
    maximum.convergence,
    maximum.certificate,
    maximum.ridge,
    columns.aliased,
    columns.ill_conditioned,
    columns.too_many,
    rows.leverage,
    influence.influential,
    form.form,
    form.dispersed,
    form.collinear,
    rows.events,
    rows.zero_cells,
    rows.offsets,
    rows.weights,
    rows.left_out,
    form.not_examined,
)


def findings(fit: Fit) -> tuple[Finding, ...]:
    """All findings of a fit, worst first."""
    found = [finding for say in SAID_BY for finding in _said(say, fit)]
    return tuple(sorted(found, key=lambda f: ORDER[f.severity]))


def _said(say: Callable[[Fit], Iterable[Finding]], fit: Fit) -> tuple[Finding, ...]:
    """Nothing is said of the single rows of a fit whose rows are in files."""
    try:
        return tuple(say(fit))
    except RowsNeededError:
        return ()
