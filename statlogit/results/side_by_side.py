"""sl.compare: models side by side, with fit statistics and likelihood-ratio tests where they are nested."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pandas as pd

from statlogit.inference.covariance import name_of
from statlogit.inference.nesting import NestedTest, different_data, nested_test
from statlogit.results.logit import LogitResult
from statlogit.results.multinomial import MultinomialResult
from statlogit.tables import Table, Value, table

Result: TypeAlias = LogitResult | MultinomialResult
STATISTICS = (
    "model", "formula", "n", "loglik", "df", "aic", "bic", "aic_weight", "bic_weight", "r2_mcfadden", "r2_nagelkerke",
    "covariance",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Comparison:
    """Models side by side; print it, `to_frame()` or `report(path)`.

    coefficients: one row a model and term, log-odds. statistics: one row a model; df counts the estimated
    coefficients, the weights compare models of the same rows and response (Burnham and Anderson 2002, section 2.9).
    tests: one likelihood-ratio test for each two consecutive models, or the reason why there is none.
    """

    names: tuple[str, ...]
    responses: tuple[str, ...]
    coefficients: Table
    statistics: Table
    tests: Table
    findings: tuple[tuple[str, str], ...]  # model, what its result warns of
    version: str
    notes: tuple[str, ...] = ()  # sentences on how the rows were chosen

    def to_frame(self) -> pd.DataFrame:
        """Coefficients with two columns a model, estimate and std_error; nan where it has no such term."""
        long = self.coefficients.to_frame()
        rows = ["y_level", "term"] if "y_level" in long else ["term"]
        wide = {
            (model, quantity): part.set_index(rows)[quantity]
            for model, part in long.groupby("model", sort=False)
            for quantity in ("estimate", "std_error")
        }
        order = pd.MultiIndex.from_frame(long[rows].drop_duplicates()) if len(rows) > 1 else long["term"].unique()
        return pd.DataFrame(wide).reindex(order).rename_axis(columns=["model", "quantity"])

    def report(self, path: str | Path, *, templates: str | Path | None = None) -> Path:
        """Write the comparison by suffix: .html .txt .md .tex .json, with extras .docx .xlsx. Returns the path.

        templates: a folder of jinja2 files that stand in for ours of the same name, run in a sandbox.
        """
        from statlogit.report.write import write_report
        from statlogit.results.side_by_side_report import outline

        return write_report(outline(self), path, templates)

    def summary(self) -> str:
        """The comparison as text, 80 columns wide."""
        from statlogit.report.render import render_text
        from statlogit.results.side_by_side_report import outline

        return render_text(outline(self))

    def __str__(self) -> str:
        return self.summary()

    def __repr__(self) -> str:
        return f"<Comparison of {', '.join(self.names)}>"

    def _repr_html_(self) -> str:
        from statlogit.report.render import html_fragment
        from statlogit.results.side_by_side_report import outline

        return html_fragment(outline(self))


def compare(*results: Result, names: Sequence[str] | None = None) -> Comparison:
    """Models as columns, fit statistics, and likelihood-ratio tests of consecutive models.

    A test is made where one model is nested in the next on the same rows, which is decided by the columns themselves;
    otherwise `tests` holds the reason. names: one for each model, "Model 1", ... by default.
    Raises TypeError for binary beside multinomial results or fewer than two, ValueError for names that do not fit.

    >>> import pandas as pd
    >>> data = pd.DataFrame({"x": [1, 2, 3, 4, 5, 6, 7, 8], "y": [0, 0, 1, 0, 1, 1, 0, 1]})
    >>> from statlogit.api import logit
    >>> compare(logit("y ~ 1", data), logit("y ~ x", data)).tests.to_frame().round(4)[["statistic", "df", "p_value"]]
       statistic  df  p_value
    0     1.6211   1   0.2029
    """
    from statlogit import __version__

    kinds = {type(r) for r in results}
    if len(results) < 2 or not kinds <= {LogitResult, MultinomialResult}:
        raise TypeError("compare() takes at least two results of sl.logit() or sl.multinomial()")
    if len(kinds) > 1:
        raise TypeError("binary and multinomial results have no common coefficients; compare like with like")
    labels = _labels(len(results), names)
    return Comparison(
        names=labels,
        responses=tuple(dict.fromkeys(r.fit.frame.response.sentence for r in results)),
        coefficients=_coefficients(results, labels),
        statistics=_statistics(results, labels),
        tests=_tests(results, labels),
        findings=tuple((m, f.sentence) for m, r in zip(labels, results, strict=True) for f in r.findings[:1]
                       if f.severity == "error"),
        version=__version__,
    )  # fmt: skip


def _labels(count: int, names: Sequence[str] | None) -> tuple[str, ...]:
    labels = tuple(f"Model {k}" for k in range(1, count + 1)) if names is None else tuple(map(str, names))
    if len(labels) != count or len(set(labels)) != count:
        raise ValueError(f"names={list(labels)!r} must be {count} different texts, one for each model")
    return labels


def _coefficients(results: Sequence[Result], labels: Sequence[str]) -> Table:
    multinomial = isinstance(results[0], MultinomialResult)
    columns = ("model", *(("y_level",) if multinomial else ()), "term", "estimate", "std_error")
    rows = [(label, *row) for label, r in zip(labels, results, strict=True) for row in _own(r)]
    return table("coefficients", "Coefficients, log-odds", columns, rows)


def _own(result: Result) -> list[tuple[Value, ...]]:
    if isinstance(result, MultinomialResult):
        pairs = [(str(k), name) for k in result.classes for name in result.names]
        values = (v.to_numpy().ravel(order="F").tolist() for v in (result.params, result.bse))
        return [(*pair, b, e) for pair, b, e in zip(pairs, *values, strict=True)]
    return list(zip(result.names, map(float, result.params), map(float, result.bse), strict=True))


def _statistics(results: Sequence[Result], labels: Sequence[str]) -> Table:
    first = results[0].fit
    reasons = [different_data(first, r.fit, (labels[0], m)) for m, r in zip(labels[1:], results[1:], strict=True)]
    reasons += [
        f"{m} has a {r.fit.settings.penalty} penalty"
        for m, r in zip(labels, results, strict=True)
        if r.fit.settings.penalised
    ]
    reasons += [
        f"{m} did not reach a maximum" for m, r in zip(labels, results, strict=True) if not math.isfinite(r.aic)
    ]
    unlike = next(filter(None, reasons), "")
    aic, bic = (None if unlike else _weights([getattr(r, name) for r in results]) for name in ("aic", "bic"))
    rows: list[tuple[Value, ...]] = []
    for k, (label, r) in enumerate(zip(labels, results, strict=True)):
        found, fit = r.statistics, r.fit
        rows.append((
            label, fit.frame.design.formula, fit.n_rows, fit.loglik, fit.rank * fit.beta.shape[1], found.aic, found.bic,
            None if aic is None else aic[k], None if bic is None else bic[k], found.mcfadden, found.nagelkerke,
            name_of(r.covariance),
        ))  # fmt: skip
    note = f"No weights: {unlike}." if unlike else ""
    return table("fit", "Fit statistics", STATISTICS, rows, note)


def _weights(criteria: Sequence[float]) -> list[float]:
    """exp(-difference / 2), summing to one."""
    relative = np.exp(-0.5 * (np.array(criteria) - min(criteria)))
    return [float(w) for w in relative / relative.sum()]


def _tests(results: Sequence[Result], labels: Sequence[str]) -> Table:
    rows = [_test_row(a, b) for a, b in pairwise(zip(labels, results, strict=True))]
    columns = ("test", "statistic", "df", "p_value", "log_p", "reason")
    return table("tests", "Likelihood-ratio tests of nested models", columns, rows)


def _test_row(first: tuple[str, Result], second: tuple[str, Result]) -> tuple[Value, ...]:
    (a, one), (b, other) = first, second
    found = _robust(one, other) or nested_test(one.fit, other.fit, (a, b))
    small, large = (b, a) if found.swapped else (a, b)
    if found.test is None:
        return (f"{a}, {b}", None, None, None, None, found.reason)
    t = found.test
    p, log_p = (t.p_value, t.log_p) if math.isfinite(t.statistic) else (math.nan, math.nan)
    return (f"{small} in {large}", t.statistic, t.df, p, log_p, "")


def _robust(*pair: Result) -> NestedTest | None:
    kinds = [name_of(r.covariance) for r in pair if r.covariance != "model"]
    if not kinds:
        return None
    reason = f"{kinds[0]} standard errors do not trust the likelihood that such a test compares"
    return NestedTest(None, reason=reason)
