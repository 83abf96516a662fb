"""Whether the model has the right form: bent numbers, the link, dispersion, terms that vary together."""

from __future__ import annotations

import math
from collections.abc import Iterator

from statlogit.core.threads import one_blas_thread
from statlogit.diagnostics.adequacy import expects_enough, pearson_dispersion
from statlogit.diagnostics.collinearity import conditioning
from statlogit.diagnostics.findings.columns import ILL_CONDITIONED
from statlogit.diagnostics.form import form_scores
from statlogit.diagnostics.inflation import inflations
from statlogit.diagnostics.refusals import no_maximum
from statlogit.diagnostics.words import counted, fitted_again, listed, term_text
from statlogit.fit import Fit
from statlogit.inference.likelihood import ChiSquared
from statlogit.tables import Finding

BUDGET = 2e8  # products of a row's columns, summed over the rows: some tenths of a second
DOUBTFUL = 0.005  # p-value of a score test of form, over the number of tests; what a right model meets that often
INFLATED = math.sqrt(10.0)  # factor on a standard error
SPREAD, UNLIKELY = 1.2, 0.01  # dispersion of grouped data, and the p-value of its test
LEAST = 1e-300  # p-values below it are no longer told apart
ROWS_PER_COEFFICIENT = 10.0  # with fewer rows any row moves the fit, and a spline fits anything


def is_examined(fit: Fit) -> bool:
    """Whether influence and form are looked at unasked: a maximum, rows enough, within the budget."""
    if no_maximum(fit) or fit.n_rows < ROWS_PER_COEFFICIENT * fit.rank * fit.beta.shape[1]:
        return False
    return cost(fit) <= BUDGET


def cost(fit: Fit) -> float:
    """Of the dearest of these passes: the information with two columns more for each column."""
    width = 3 * fit.rank * int(fit.beta.shape[1])
    return float(fit.n_rows) * width**2


def not_examined(fit: Fit) -> Iterator[Finding]:
    """What a large fit leaves to be asked for."""
    if no_maximum(fit) or cost(fit) <= BUDGET:
        return
    asked = "r.influence().top(), r.linearity('score')" + (", r.link_test()" if fit.beta.shape[1] == 1 else "")
    yield Finding(
        "not_examined",
        "note",
        f"Influence of rows and linearity of numbers were not examined: at {fit.n_rows:,} rows they cost about as much "
        "as the fit.",
        evidence=f"{fit.n_rows:,} rows, {counted(fit.rank * fit.beta.shape[1], 'coefficient')}",
        remedy="Ask for them.",
        run=asked,
    )


def form(fit: Fit) -> Iterator[Finding]:
    """Numbers that are not linear in the log-odds; the link where none of them is to blame."""
    if not is_examined(fit):
        return
    with one_blas_thread(fit.n_rows * len(fit.beta)):
        found = form_scores(fit)
    tested = [(name, test) for name, test in found.linearity if test.df]
    bent = sorted((test.p_value, name, test) for name, test in tested if test.p_value * len(tested) < DOUBTFUL)
    if bent:
        _, name, test = bent[0]
        said = term_text(fit, name)
        others = f"; so are {listed([n for _, n, _ in bent[1:]])}" if len(bent) > 1 else ""
        yield Finding(
            "non_linear",
            "warning",
            f"{name} is not linear in the log-odds: a spline of it fits better than the line ({_shown(test)}){others}. "
            "One coefficient then averages slopes that differ, and predictions are wrong where curve and line part.",
            evidence=f"score test against a restricted cubic spline: {_shown(test)}, of {len(tested)} tested",
            remedy=f"Replace {name} by a spline, and look at r.component_residuals({name!r}).figure().",
            run=fitted_again(fit, f"formula + {f' - {said} + bs({said}, df=4)'!r}"),
        )
    elif found.link is not None and found.link.df and found.link.p_value < DOUBTFUL:
        yield Finding(
            "link_misfit",
            "warning",
            f"The squared log-odds improve the fit ({_shown(found.link)}): the log-odds are not the sum of terms that "
            "the formula says, by an interaction or a bent term that is missing, or by another link.",
            evidence=f"score test of the squared log-odds: {_shown(found.link)}",
            remedy="Look for interactions and bends.",
            run="r.linearity(), r.link_test()",
        )


def _shown(test: ChiSquared) -> str:
    return f"chi-squared {test.statistic:.3g} on {test.df} df, {_p(test)}"


def _p(test: ChiSquared) -> str:
    return f"p = {test.p_value:.2g}" if test.p_value > LEAST else f"p below {LEAST:.0e}"


def dispersed(fit: Fit) -> Iterator[Finding]:
    """Grouped outcomes that vary more than binomial ones."""
    if fit.frame.response.kind != "grouped" or no_maximum(fit):
        return
    found = pearson_dispersion(fit)
    if found.df <= 0 or found.statistic < SPREAD * found.df or not expects_enough(fit) or found.p_value >= UNLIKELY:
        return
    ratio = found.statistic / found.df
    yield Finding(
        "overdispersed",
        "warning",
        f"The outcomes vary {ratio:.3g} times as much as binomial ones would, so standard errors that assume these are "
        f"too small by a factor of {math.sqrt(ratio):.3g}, or a term is missing.",
        evidence=f"Pearson's statistic {found.statistic:.4g} on {found.df} df, {_p(found)}",
        remedy="Use r.with_covariance('quasi'), or add the terms that tell the groups apart.",
        run="r.with_covariance('quasi')",
    )


def collinear(fit: Fit) -> Iterator[Finding]:
    """The term whose standard errors suffer most from the others, where neither is made from the other's variables."""
    if no_maximum(fit) or fit.rank * fit.beta.shape[1] > MOST_INFLATED or fit.n_rows <= fit.rank:
        return
    terms = {term.name: set(term.variables) for term in fit.frame.design.terms}
    alone = [i for i in inflations(fit) if not any(n != i.term and v & terms[i.term] for n, v in terms.items())]
    worst = [i for i in sorted(alone, key=lambda i: -i.root) if i.root > INFLATED]
    if not worst or conditioning(fit, ILL_CONDITIONED) is not None:
        return
    names = [i.term for i in worst]
    yield Finding(
        "collinear",
        "note",
        f"{listed(names)} {'varies' if len(names) == 1 else 'vary'} with other terms: standard errors of {names[0]} "
        f"are {worst[0].root:.3g} times those it would have without, so its effect is hardly told from theirs.",
        evidence=f"GVIF {worst[0].gvif:.4g} of {names[0]} ({worst[0].df} df); a root above {INFLATED:.3g} is given",
        remedy="Look at r.collinearity(); test such terms together, or drop one.",
        run="r.collinearity()",
    )


MOST_INFLATED = 300  # coefficients; beyond, a determinant for each term takes seconds
