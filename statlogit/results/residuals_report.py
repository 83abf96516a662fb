"""The section on residuals, influence and form of a report: what tells where a model is strained."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from statlogit.diagnostics.assessment import Assessment
from statlogit.diagnostics.binned import by_probability
from statlogit.diagnostics.form import component
from statlogit.errors import StatlogitError
from statlogit.fit import Fit
from statlogit.report.outline import Block, Paragraph, Section
from statlogit.tables import Table

if TYPE_CHECKING:
    from statlogit.results.logit import LogitResult
    from statlogit.results.multinomial import MultinomialResult

MOST_INFLUENTIAL = 5
MOST_CELLS = 10_000_000  # rows times coefficients up to which influence is looked at unasked
MOST_PASSES = 2_000_000  # rows times terms up to which linearity is tested unasked
FEWEST_ROWS, FEWEST_BINS = 50, 4  # with fewer no binned residuals are drawn
DOUBTFUL = 0.05  # p-value of linearity below which the number of smallest p is drawn
AWAITED = "Of this size {} not computed unasked."


def residual_sections(
    result: LogitResult | MultinomialResult, assessment: Assessment | None = None
) -> tuple[Section, ...]:
    """Binned residuals, influence, linearity and collinearity; none where no finite maximum was certified.

    What the fit has no meaning for (penalised estimates, one term) is left out; what takes long is named instead.
    """
    if not result.converged:
        return ()
    fit = result.fit
    terms = [t for t in fit.frame.design.terms if not t.is_intercept]
    blocks: list[Block] = list(_binned(result.fit, assessment))
    late: list[str] = []
    for name, cost, most, make in (
        ("r.influence()", fit.n_rows * fit.beta.size, MOST_CELLS, lambda: result.influence().top(MOST_INFLUENTIAL)),
        ("r.linearity()", fit.n_rows * len(terms) * fit.beta.shape[1], MOST_PASSES, lambda: result.linearity("score")),
        ("r.vif()", 0, 1, result.vif),
    ):
        if cost > most:
            late.append(name)
            continue
        found = _found(make)
        blocks += [found] if found is not None and found.rows else []
        if found is not None and found.name == "linearity":
            blocks += _bent(fit, found)
    if late:
        blocks.append(Paragraph(AWAITED.format(f"{' and '.join(late)} {'are' if len(late) > 1 else 'is'}")))
    return (Section("residuals", "Residuals and influence", tuple(blocks)),) if blocks else ()


def _binned(fit: Fit, assessment: Assessment | None) -> Iterator[Block]:
    """Residuals by the fitted probability; few bins show noise alone."""
    if assessment is None or fit.n_rows < FEWEST_ROWS:
        return
    found = by_probability(assessment)
    if len(found.x) < FEWEST_BINS:
        return
    yield found.figure()


def _bent(fit: Fit, found: Table) -> Iterator[Block]:
    """The number that is bent most, where any is."""
    pairs = zip(found.column("term"), found.column("p_value"), strict=True)
    doubtful = [(p, str(term)) for term, p in pairs if isinstance(p, float) and p < DOUBTFUL]
    if doubtful and fit.beta.shape[1] == 1:
        yield component(fit, min(doubtful)[1]).figure()


def _found(make: Callable[[], Table]) -> Table | None:
    """A table, or None where the fit has none of this kind."""
    try:
        return make()
    except StatlogitError:
        return None
