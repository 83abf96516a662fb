"""The convergence trace as a table."""

from __future__ import annotations

from statlogit.solvers.protocol import Solution
from statlogit.tables import Table, table

COLUMNS = ["iteration", "loglik", "gradient", "decrement", "step", "halvings"]


def trace_table(solution: Solution) -> Table:
    """One row an iteration, the first is the start; the note says which passes made no information matrix."""
    rows = [(k, t.loglik, t.gradient, t.decrement, t.step, t.halvings) for k, t in enumerate(solution.trace)]
    return table("trace", "Convergence", COLUMNS, rows, _passes(solution))


def _passes(solution: Solution) -> str:
    cheap = [t.score_only for t in solution.trace]
    if not any(cheap) or all(cheap):
        return ""
    return (
        f"The first {sum(cheap)} rows are passes over the score alone, with the curvature of a share of the rows; the "
        "last forms the information at the estimate."
    )
