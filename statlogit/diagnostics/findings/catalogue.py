"""The catalogue: every code a finding may carry, when it is given, and how often it is given for nothing.

`docs/findings.md` is this catalogue as a page. Codes are stable; sentences are not. False alarms are counted on 1,000
well-specified models by `python -m benchmarks.false_alarms`: 100 to 2,000 rows, 1 to 6 normal, skewed, 0/1 and factor
columns, slopes of moderate size. The few separated ones among them truly are (each is proved row by row), and those
with few events have few for their number of slopes.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Entry:
    """One code. severity: error, warning, note or ok; with two, the sentence's numbers decide."""

    code: str
    severity: str
    when: str
    evidence: str
    remedy: str
    alarms: int | None = 0  # of 1,000 well-specified models; None: not about a plain fit, so not counted


CATALOGUE = (
    Entry(
        "separation",
        "error",
        "a combination of columns predicts outcomes perfectly, row by row: no finite maximum exists",
        "the infinite coefficients with their signs, the number of rows separated",
        "`penalty=sl.Firth()`; drop or merge the columns named",
        alarms=5,
    ),
    Entry(
        "not_converged",
        "error",
        "the climb stopped before its rule held",
        "the last Newton decrement, in standard errors",
        "one for each reason: `max_iterations=` at the limit; the offset and the columns where no row informs; "
        "`start=` and the scale where no step rises",
    ),
    Entry(
        "loose_certificate",
        "warning",
        "the certificate claims less than 1e-6 standard errors, or no maximum",
        "the Newton decrement and the farthest reach of a row",
        "`tol=`; rescale weights and columns",
    ),
    Entry(
        "ridge",
        "note",
        "the estimate is shrunk by a ridge penalty",
        "the effective number of coefficients",
        "",
        alarms=None,
    ),
    Entry(
        "aliased",
        "warning",
        "a column is a sum of the columns before it (a part below 1e-13 of its spread is its own)",
        "the sum, with its coefficients where they are few",
        "leave out a term that adds nothing; none where a spline or an interaction repeats what another term spans",
    ),
    Entry(
        "ill_conditioned",
        "warning or note",
        "the condition number of the weighted columns at unit length reaches 1e6; a note where centring cures it",
        "the condition number as it stands and centred; the columns whose variance is on the smallest direction",
        "`center(x)`, `poly(x, 3)`, or drop a column",
    ),
    Entry(
        "more_columns_than_rows",
        "warning",
        "the formula makes at least as many columns as there are rows",
        "columns, rows, rank",
        "`penalty=sl.Ridge(1.0)`; fewer terms",
    ),
    Entry(
        "near_saturated",
        "note",
        "fewer than 3 rows for each coefficient",
        "rows per coefficient",
        "fewer terms; `penalty=sl.Firth()`",
    ),
    Entry(
        "high_leverage",
        "warning",
        "one row has leverage above 0.9, with at least 3 rows for each coefficient",
        "the leverage, its mean, and the column in which the row stands out",
        "check the value; compare the fit without the row",
    ),
    Entry(
        "influential_row",
        "warning",
        "one row moves a coefficient by more than a standard error, with at least 10 rows for each coefficient",
        "DFBETAS; the coefficient of a refit without the row",
        "`r.influence(exact=True).top()`; report the fit without the row beside",
        alarms=11,
    ),
    Entry(
        "fragile_sign",
        "warning",
        "without at most 5 rows a coefficient beyond 1.96 standard errors has the other sign, by a refit",
        "z with all rows; the coefficient without these",
        '`r.fragility("x")`',
        alarms=3,
    ),
    Entry(
        "non_linear",
        "warning",
        "a restricted cubic spline of a number fits better than the line, p below 0.005 over the number of tests",
        "the score test, its p, and how many numbers were tested",
        '`bs(x, df=4)`; `r.component_residuals("x").figure()`',
        alarms=5,
    ),
    Entry(
        "link_misfit",
        "warning",
        "the squared log-odds improve the fit (p below 0.005), and no number alone is bent",
        "the score test",
        "`r.linearity()`, `r.link_test()`; interactions",
        alarms=10,
    ),
    Entry(
        "overdispersed",
        "warning",
        "grouped outcomes vary at least 1.2 times as much as binomial ones, p below 0.01; groups must expect enough",
        "Pearson's statistic, its df and p",
        "`with_covariance('quasi')`; the terms that tell groups apart",
        alarms=4,
    ),
    Entry(
        "collinear",
        "note",
        "correlation with other terms, that share no variable, multiplies a standard error by more than 3.2",
        "GVIF and df of the worst term",
        "`r.collinearity()`; test such terms together, or drop one",
    ),
    Entry(
        "not_examined",
        "note",
        "influence and form were left out, as at this size they cost about as much as the fit",
        "rows and coefficients",
        "`r.influence().top()`, `r.linearity('score')`, `r.link_test()`",
        alarms=None,
    ),
    Entry(
        "few_events",
        "note",
        "fewer than 10 events (or non-events) for each slope",
        "events per slope",
        "`penalty=sl.Firth()`; fewer terms",
        alarms=130,
    ),
    Entry(
        "rare_events",
        "note",
        "fewer than 200 events that are less than 1% of the outcomes",
        "events and their share",
        "`penalty=sl.Firth()`; more events rather than more rows",
    ),
    Entry(
        "zero_cells",
        "note",
        "a factor level without events, or without non-events, in a fit that is finite all the same",
        "factor, level and count of each such cell",
        "merge the level with a neighbour",
    ),
    Entry(
        "huge_offsets",
        "warning",
        "an offset beyond 30 log-odds",
        "their range, and the rows whose outcome they settle",
        "give the offset on the log-odds scale",
    ),
    Entry(
        "dominated",
        "warning",
        "one row carries more than half of the weight",
        "the row and its weight",
        "check the unit of the weights",
    ),
    Entry(
        "rows_dropped",
        "warning or note",
        "rows have missing values; a warning above 5%",
        "rows by variable",
        'fill in, or `missing="raise"`',
    ),
    Entry("zero_weight", "note", "rows have zero weight or zero trials", "how many", ""),
    Entry(
        "covariance_withheld",
        "warning",
        "the covariance asked for cannot be had for this fit",
        "the reason",
        "another `covariance=`",
        alarms=None,
    ),
    Entry(
        "covariance_repaired",
        "warning",
        "a two-way covariance has negative eigenvalues, which were set to zero",
        "",
        "one-way clusters by the variable with fewer clusters",
        alarms=None,
    ),
    Entry(
        "leverage_one",
        "warning",
        "rows or clusters alone determine a combination of coefficients, under a robust covariance",
        "how many",
        "`with_covariance('model')`",
        alarms=None,
    ),
    Entry(
        "cluster_unused",
        "warning or note",
        "clusters are given, and the standard errors do without",
        "the variables",
        "`covariance='cluster'`",
        alarms=None,
    ),
    Entry(
        "few_clusters",
        "warning or note",
        "fewer than 40 clusters; a warning below 10",
        "the standard errors that t asks for",
        "`covariance='CR3'` with t limits",
        alarms=None,
    ),
    Entry(
        "bootstrap_failed",
        "warning",
        "bootstrap samples without a finite maximum",
        "how many",
        "`covariance='HC3'`; fewer terms",
        alarms=None,
    ),
    Entry(
        "likelihood_model_based",
        "note",
        "another covariance than the model's is shown beside statistics of its likelihood",
        "",
        "",
        alarms=None,
    ),
    Entry("model", "error", "in a comparison: an error of one of the models", "", "that model's own", alarms=None),
    Entry("not_tested", "note", "in a comparison: two models are not tested", "", "by the reason", alarms=None),
    Entry("same_rows", "ok", "in a comparison: all models use the same rows", "their number", ""),
    Entry("converged", "ok", "a finite maximum was reached", "iterations, and what the certificate claims", ""),
)

HEAD = """# Findings

`r.findings` and the top of every report say in words what a reader must know before the numbers, worst first. Each has
a code that programs can rely on, a severity, a sentence, the evidence in numbers, a remedy, and `run`: the code to
paste for it, one expression of `sl`, the data frame `data` and the result `r`, with the formula and arguments of the
very fit. Under `--strict` the command line ends with code 5 when one of them is an error or a warning.

False alarms are counted on 1,000 well-specified simulated models of 100 to 2,000 rows, those of `overdispersed` on
1,000 of 20 to 300 groups (`python -m benchmarks.false_alarms`; a rate of 1% has a Monte Carlo error of 0.3%). The
separated ones among them truly are, by a proof row by row; those with few events have fewer than 10 for each slope.

| Code | Severity | Given when | Evidence | Remedy | False alarms |
|---|---|---|---|---|---|
"""


def page() -> str:
    """The catalogue as Markdown.

    >>> page().startswith("# Findings")
    True
    """
    lines = [
        f"| `{e.code}` | {e.severity} | {e.when} | {e.evidence or '-'} | {e.remedy or '-'} | "
        f"{'-' if e.severity == 'ok' or e.alarms is None else f'{e.alarms / 10:g}%'} |"
        for e in CATALOGUE
    ]
    return HEAD + "\n".join(lines) + "\n"
