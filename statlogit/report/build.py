"""build: the facts of one model arranged as an outline; findings first, reproducibility last.

Small functions, one a section; each returns its blocks, and a section without blocks is left out.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

from statlogit.figures import ForestFigure, ForestRow, LineFigure, Series
from statlogit.report import text
from statlogit.report.facts import ReportFacts
from statlogit.report.outline import (
    Block,
    CoefficientRow,
    CoefficientTable,
    Fact,
    Facts,
    Outline,
    Paragraph,
    Section,
)
from statlogit.tables import Finding, Kind, Table, Value, table

# The order of the report; sections that other rooms add find their place by key.
ORDER = (
    "findings",
    "model",
    "coefficients",
    "tests",
    "effects",
    "fit",
    "validation",
    "calibration",
    "residuals",
    "convergence",
    "reproducibility",
)
SEVERITIES = ("error", "warning", "note", "ok")
STATUS_CODES = ("converged", "not_converged", "separation")  # findings that already say how the fit ended
INTERCEPT = "Intercept"
INFINITE = "Infinite estimates: {} p of the likelihood-ratio test; neither z nor a standard error exists."
PROFILE = "profile-likelihood"
ONE_SIDED = "one-sided interval by profile likelihood"
NO_BASIS = "Parts of splines and polynomials are not drawn, for alone they mean nothing: see the effects."
RUN = 0.7  # log ratio that an endless bar is drawn beyond its finite end, at least
FARTHEST = math.log(1e6)  # an estimate beyond this ratio does not stretch the axis of a forest plot


def build(facts: ReportFacts) -> Outline:
    """The outline of a report on one fitted model."""
    made = (
        Section("findings", "Findings", findings(facts)),
        Section("model", "Model and data", model(facts)),
        Section("coefficients", f"Coefficients and {_ratios(facts)}", coefficients(facts)),
        Section("tests", "Term tests", tests(facts)),
        Section("fit", "Fit and discrimination", fit(facts)),
        Section("convergence", "Convergence and certificate", convergence(facts)),
        Section("reproducibility", "Reproducibility", reproducibility(facts)),
    )
    return Outline(
        title=facts.title,
        subtitle=facts.formula,
        generator=f"statlogit {facts.version}",
        models=facts.response,
        highlights=highlights(facts),
        sections=in_order(s for s in (*made, *facts.extra) if s.blocks),
    )


def _ratios(facts: ReportFacts) -> str:
    return "relative-risk ratios" if any(row.outcome for row in facts.coefficients) else "odds ratios"


def in_order(sections: Iterable[Section]) -> tuple[Section, ...]:
    """Sections in the order of a report."""
    return tuple(sorted(sections, key=lambda section: _place(section.key)))


def with_fact(outline: Outline, key: str, fact: Fact) -> Outline:
    """The report with one fact more at the end of the section of that key."""
    return replace(outline, sections=tuple(_more(s, fact) if s.key == key else s for s in outline.sections))


def _more(section: Section, fact: Fact) -> Section:
    *blocks, last = section.blocks
    if not isinstance(last, Facts):
        return section
    return replace(section, blocks=(*blocks, replace(last, items=(*last.items, fact))))


def _place(key: str) -> float:
    """Unknown keys come before convergence, as the last of the substance."""
    return ORDER.index(key) if key in ORDER else ORDER.index("convergence") - 0.5


def highlights(facts: ReportFacts) -> tuple[Fact, ...]:
    """The few numbers that stand at the top of a page."""
    items = [Fact("Rows used", facts.n_used, Kind.COUNT)]
    if facts.n_events is not None:
        items.append(Fact("Events", facts.n_events, Kind.COUNT))
    if facts.overall is not None:
        phrase = text.p_phrase(facts.overall.p_value, facts.overall.log_p)
        items.append(
            Fact(f"Model χ² (df {text.count(facts.overall.df)})", facts.overall.statistic, Kind.STATISTIC, note=phrase)
        )
    if facts.auc is not None:
        label = f"AUC ({text.confidence(facts.level)} CI)"
        items.append(Fact(label, facts.auc.estimate, Kind.SCORE, facts.auc.low, facts.auc.high))
    if facts.digits is not None and facts.converged:
        items.append(Fact("Digits certified", facts.digits, Kind.DIGITS))
    return tuple(items)


def findings(facts: ReportFacts) -> tuple[Block, ...]:
    """Findings ranked by severity, in their given order within one; the state of convergence is always among them."""
    found = list(facts.findings)
    if not any(f.code in STATUS_CODES for f in found):
        found.append(_status_finding(facts))
    return tuple(sorted(found, key=_rank))


def _rank(finding: Finding) -> int:
    return SEVERITIES.index(finding.severity) if finding.severity in SEVERITIES else 0


def _status_finding(facts: ReportFacts) -> Finding:
    if facts.converged:
        return Finding("converged", "ok", facts.status, facts.certificate)
    return Finding("not_converged", "error", facts.status, facts.certificate)


def model(facts: ReportFacts) -> tuple[Block, ...]:
    """Formula, method, rows and the response profile."""
    items = [
        Fact("Formula", facts.formula, Kind.CODE),
        Fact("Models", facts.response),
        Fact("Method", facts.method),
        Fact("Covariance", facts.covariance),
        Fact("Rows read", facts.n_read, Kind.COUNT),
        Fact("Rows used", facts.n_used, Kind.COUNT),
        *(Fact(f"Missing in {variable}", n, Kind.COUNT) for variable, n in facts.dropped if n),
    ]
    if facts.n_zero_weight:
        items.append(Fact("Rows of zero weight", facts.n_zero_weight, Kind.COUNT))
    if facts.n_events is not None:
        items.append(Fact("Events", facts.n_events, Kind.COUNT))
    items.extend(facts.data_facts)
    blocks: list[Block] = [Facts("model", "Model", tuple(items))]
    if facts.profile is not None:
        blocks.append(facts.profile)
    return tuple(blocks)


def coefficients(facts: ReportFacts) -> tuple[Block, ...]:
    """A coefficient table and a forest plot for each outcome; a binary model has one."""
    blocks: list[Block] = []
    outcomes = tuple(dict.fromkeys(row.outcome for row in facts.coefficients))
    limits = None
    if len(outcomes) > 1:
        limits = log_limits([_forest_row(r) for r in facts.coefficients if _in_forest(r)])
    for number, outcome in enumerate(outcomes, start=1):
        rows = tuple(r for r in facts.coefficients if r.outcome == outcome)
        suffix = f"_{number}" if outcome else ""
        blocks.append(_coefficient_table(facts, rows, outcome, f"coefficients{suffix}"))
        figure = _forest(facts, rows, outcome, f"forest{suffix}", limits)
        if figure.rows:
            blocks.append(figure)
    if facts.standard_errors is not None:
        blocks.append(facts.standard_errors)
    return tuple(blocks)


def _coefficient_table(
    facts: ReportFacts, rows: tuple[CoefficientRow, ...], outcome: str, name: str
) -> CoefficientTable:
    what = f"{outcome}: log relative risks and their ratios (RRR)" if outcome else "Log-odds and odds ratios"
    title = f"{what}, {text.confidence(facts.level)} {_interval_methods(facts.interval_method, rows)} intervals"
    return CoefficientTable(name, title, rows, facts.level, facts.interval_method, note=_on_infinite(rows))


def _on_infinite(rows: Sequence[CoefficientRow]) -> str:
    tested = [r for r in rows if math.isinf(r.estimate) and not math.isnan(r.p_value)]
    if not tested:
        return ""
    return INFINITE.format(f"{ONE_SIDED} and" if any(map(_is_bounded, tested)) else "no interval, but")


def _is_bounded(row: CoefficientRow) -> bool:
    """Whether an infinite estimate has its interval, which is none of Wald's."""
    return math.isinf(row.estimate) and not math.isnan(row.conf_low)


def _in_forest(row: CoefficientRow) -> bool:
    return row.term != INTERCEPT and not row.is_aliased and not row.is_basis


def _forest_row(row: CoefficientRow) -> ForestRow:
    return ForestRow(row.name, row.factor, row.estimate, row.conf_low, row.conf_high, row.is_reference)


def _forest(
    facts: ReportFacts,
    rows: tuple[CoefficientRow, ...],
    outcome: str,
    name: str,
    limits: tuple[float, float] | None,
) -> ForestFigure:
    ratio = "Relative-risk ratio" if outcome else "Odds ratio"
    shown = [r for r in rows if _in_forest(r)]
    title = f"{ratio}s with {text.confidence(facts.level)} {_interval_methods(facts.interval_method, shown)} intervals"
    note = (
        f"Numeric terms: {ratio[0].lower()}{ratio[1:]} per unit. An arrow marks an interval that runs beyond the axis."
    )
    if any(row.is_basis for row in rows):
        note = f"{note} {NO_BASIS}"
    if any(map(_is_bounded, shown)):
        note = f"{note} Infinite estimates: {ONE_SIDED}."
    drawn = tuple(map(_forest_row, shown))
    return ForestFigure(
        name,
        f"{outcome}: {title}" if outcome else title,
        drawn,
        facts.level,
        axis_label=f"{ratio} (log scale)",
        note=note,
        log_limits=limits,
    )


def _interval_methods(chosen: str, rows: Sequence[CoefficientRow]) -> str:
    """What the intervals of these rows are; the reference rows have none."""
    bounded = [_is_bounded(r) for r in rows if not r.is_reference and not math.isnan(r.conf_low)]
    if chosen == PROFILE or not any(bounded):
        return chosen
    return PROFILE if all(bounded) else f"{chosen} and {PROFILE}"


def log_limits(rows: Sequence[ForestRow]) -> tuple[float, float]:
    """Ends of a log axis: all estimates, and of their intervals what does not squeeze the rest.

    An end of an interval counts up to one span of the estimates, at least e^1.5, beyond the outermost estimate; an
    estimate beyond a ratio of a million is marked by an arrow instead.
    """
    points = [0.0, *(r.log_ratio for r in rows if abs(r.log_ratio) <= FARTHEST)]
    low, high = min(points), max(points)
    reach = max(1.5, high - low)
    ends = [e for r in rows for e in (r.log_low, r.log_high) if math.isfinite(e)]
    low = min([low, *(max(e, low - reach) for e in ends)])
    high = max([high, *(min(e, high + reach) for e in ends)])
    endless = [r for r in rows if math.isinf(r.log_ratio)]  # a bar that starts at its finite end needs some way to run
    low = min([low, *(r.log_high - RUN for r in endless if low <= r.log_high <= high)])
    high = max([high, *(r.log_low + RUN for r in endless if low <= r.log_low <= high)])
    room = max(0.35 - (high - low), 0.0) / 2
    return low - room, high + room


def tests(facts: ReportFacts) -> tuple[Block, ...]:
    """The test of each term, and last the one of the whole model."""
    if facts.tests is None and facts.overall is None:
        return ()
    rows = [_test_row(facts.tests, i) for i in range(len(facts.tests.rows))] if facts.tests is not None else []
    note = facts.tests.note if facts.tests is not None else ""
    if facts.overall is not None:
        o = facts.overall
        rows.append(("Model", o.statistic, o.df, o.p_value, o.log_p))
        note = f"{note} Model: {o.name}.".strip()
    title = facts.tests.title if facts.tests is not None else f"{facts.tests_method} tests"
    return (table("tests", title, ["term", "statistic", "df", "p_value", "log_p"], rows, note),)


def _test_row(found: Table, place: int) -> tuple[Value, ...]:
    names = [c.name for c in found.columns]
    values = dict(zip(names, found.rows[place], strict=True))
    return tuple(values.get(name) for name in ("term", "statistic", "df", "p_value", "log_p"))


def fit(facts: ReportFacts) -> tuple[Block, ...]:
    """Fit statistics, the area under the ROC curve, the curves."""
    items = list(facts.fit)
    if facts.auc is not None:
        a = facts.auc
        label = f"AUC ({a.method} {text.confidence(facts.level)} CI)" if a.method else "AUC"
        items.append(Fact(label, a.estimate, Kind.SCORE, a.low, a.high))
    blocks: list[Block] = [Facts("fit", "Fit statistics", tuple(items))] if items else []
    blocks += [figure for figure in (facts.roc, facts.precision_recall) if figure is not None]
    return tuple(blocks)


def convergence(facts: ReportFacts) -> tuple[Block, ...]:
    """How the maximum was reached, and how far from it the estimate can be."""
    items = [
        Fact("Status", facts.status),
        Fact("Iterations", facts.n_iter, Kind.COUNT),
    ]
    if facts.digits is not None:
        items.append(Fact("Digits certified", facts.digits, Kind.DIGITS))
    blocks: list[Block] = [Facts("convergence", "Status", tuple(items))]
    if facts.certificate:
        blocks.append(Paragraph(facts.certificate))
    if facts.trace is not None and facts.trace.rows:
        blocks += [facts.trace, trace_figure(facts.trace, facts.converged)]
    return tuple(blocks)


def trace_figure(trace: Table, converged: bool = True) -> LineFigure:
    """Gradient and, where the solver knows it, Newton decrement over the iterations on a log scale."""
    names = {c.name for c in trace.columns}
    steps = _numbers(trace, "iteration")
    wanted = (("Largest gradient", "gradient"), ("Newton decrement", "decrement"))
    shown = [(label, _numbers(trace, name)) for label, name in wanted if name in names]
    series = tuple(Series(label, steps, values) for label, values in shown if not all(map(math.isnan, values)))
    newton = "Near the maximum each Newton step about doubles the number of correct digits."
    note = newton if converged and len(series) == len(wanted) else ""
    return LineFigure("trace", "Distance from the maximum", "Iteration", "Size (log scale)", series, True, note)


def _numbers(trace: Table, name: str) -> tuple[float, ...]:
    return tuple(math.nan if v is None else float(v) for v in trace.column(name))


def reproducibility(facts: ReportFacts) -> tuple[Block, ...]:
    """What is needed to get the same numbers again."""
    if not facts.reproducibility:
        return ()
    return (Facts("reproducibility", "How to get these numbers again", facts.reproducibility),)
