"""The form of the model: is each number linear in the log-odds, and is the logit the right link?"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from statlogit.core.blocks import Block, InMemory
from statlogit.core.columns import Numeric
from statlogit.core.families import family_of
from statlogit.core.threads import one_blas_thread
from statlogit.core.types import Array
from statlogit.design.terms import NumericFactor, Term
from statlogit.diagnostics.enlarged import Enlarged, enlarged
from statlogit.diagnostics.refusals import refuse_classes, refuse_without_maximum
from statlogit.diagnostics.rows import row_diagnostics
from statlogit.diagnostics.splines import restricted_cubic
from statlogit.effects.predict import predict_means, predictor_of
from statlogit.errors import FitError
from statlogit.figures import ComponentFigure
from statlogit.fit import Fit
from statlogit.fit.estimate import Settings, estimate
from statlogit.inference.likelihood import ChiSquared
from statlogit.inference.wald import wald
from statlogit.tables import Table, table

KNOTS = {4: (0.05, 0.35, 0.65, 0.95), 3: (0.1, 0.5, 0.9)}  # Harrell (2015), table 2.3
GRID, MOST_BINS = 60, 40
LINEARITY = (
    "Each number against a restricted cubic spline of it with 4 knots (3 where values are few; Harrell 2015, section "
    "2.4), {test}, chi-squared; the other terms stay as they are. It sees one number bend at a time, no interaction."
)
LINK = (
    "The outcome on the fitted log-odds and their square: under the right link and form the square has coefficient "
    "zero (Pregibon 1980; Stata's linktest). Wald z. It cannot tell a wrong link from a bent or missing term."
)


def straight_terms(fit: Fit) -> tuple[Term, ...]:
    """Terms of one numeric column that no other term of one factor bends, and that take at least three values."""
    design, kept = fit.frame.design, set(fit.estimate.coordinates.kept)
    single = [t for t in design.terms if len(t.factors) == 1]
    out = []
    for term in single:
        facts = design.facts[term.factors[0]]
        if not isinstance(facts, NumericFactor) or facts.boolean or len(term.columns) != 1 or term.start not in kept:
            continue
        if any(set(term.variables) & set(other.variables) for other in single if other is not term):
            continue
        if knots_of(column_of(fit, term)) is not None:
            out.append(term)
    return tuple(out)


def column_of(fit: Fit, term: Term) -> Array:
    """(n,) the values of a term of one column."""
    return np.asarray(fit.frame.x.select([term.start]).to_array()[:, 0])


def knots_of(x: Array) -> Array | None:
    """Four knots at quantiles, three where four would coincide, or None where three do."""
    for places in KNOTS.values():
        knots = np.quantile(x, places)
        if len(np.unique(knots)) == len(knots):
            return np.asarray(knots)
    return None


def bent(fit: Fit, term: Term) -> Enlarged:
    """The fit with the cubic terms of a restricted spline of one of its straight terms."""
    x = column_of(fit, term)
    return enlarged(fit, _bends(x, x))


def _bends(x: Array, at: Array) -> Array:
    """The cubic terms of the spline with knots by x, at other values."""
    knots = knots_of(x)
    if knots is None:
        return np.zeros((len(at), 0))
    return np.stack(restricted_cubic(at, knots, float(x.mean()), float(x.std()))[2:], axis=1)


def linearity(fit: Fit, test: str) -> Table:
    """term statistic df p_value, of every number that enters as itself alone. test: "LR" by refits or "score"."""
    if test not in ("LR", "score"):
        raise ValueError(f"test={test!r} is not known; choose 'LR' or 'score'")
    refuse_without_maximum(fit, "a test of linearity")
    made = []
    with one_blas_thread(fit.n_rows * len(fit.beta)):
        for term in straight_terms(fit):
            at = bent(fit, term)
            found = at.likelihood_test() if test == "LR" else at.score_test()
            made.append((term.name, found.statistic, found.df, found.p_value))
    name = "likelihood ratio" if test == "LR" else "score test"
    none = "" if made else "No number of three or more values enters as itself alone, so none is tested. "
    columns = ["term", "statistic", "df", "p_value"]
    return table("linearity", "Linearity in the log-odds", columns, made, none + LINEARITY.format(test=name))


@dataclass(frozen=True, slots=True)
class FormScores:
    """Score tests of what could be bent. link: of the squared log-odds (Pregibon 1980); None with several classes."""

    linearity: tuple[tuple[str, ChiSquared], ...]
    link: ChiSquared | None


def form_scores(fit: Fit) -> FormScores:
    """All of them from one pass over the rows."""
    terms = straight_terms(fit)
    parts = [_bends(x, x) for x in (column_of(fit, term) for term in terms)]
    if fit.beta.shape[1] == 1:
        eta = predict_means(predictor_of(fit), fit.frame.x, fit.frame.offset[:, 0]).eta
        parts.append(np.square(eta)[:, None])
    if not parts:
        return FormScores((), None)
    ends = np.cumsum([0, *(part.shape[1] for part in parts)])
    groups = [range(a, b) for a, b in pairwise(ends.tolist())]
    found = enlarged(fit, np.concatenate(parts, axis=1)).score_tests(groups)
    names = [term.name for term in terms]
    return FormScores(tuple(zip(names, found, strict=False)), found[-1] if len(found) > len(names) else None)


def link_test(fit: Fit) -> Table:
    """The refit on intercept, log-odds and their square: term estimate std_error z p_value."""
    refuse_classes(fit, "the link test", "they have several log-odds")
    refuse_without_maximum(fit, "the link test")
    frame = fit.frame
    eta = predict_means(predictor_of(fit), frame.x, frame.offset[:, 0]).eta
    columns = Numeric((np.ones(len(eta)), eta, np.square(eta)))
    block = Block(columns, frame.y, frame.weight, np.zeros_like(frame.y))
    found = estimate(InMemory(block), family_of(1), intercept=0, settings=Settings())
    if found.coordinates.aliased:
        raise FitError("the link test needs fitted log-odds of at least three values; the model has too few.")
    std_error = np.sqrt(np.diag(found.covariance))
    tested = wald(found.beta[:, 0], std_error, 0.95)
    names = ("Intercept", "log-odds", "log-odds squared")
    rows = zip(names, found.beta[:, 0].tolist(), std_error.tolist(), tested.z.tolist(), tested.p_value.tolist(),
               strict=True)  # fmt: skip
    return table("link_test", "Link test", ["term", "estimate", "std_error", "z", "p_value"], rows, LINK)


@dataclass(frozen=True, slots=True)
class Component:
    """Component plus residual of one numeric term: what the log-odds look like along it, the other terms taken out.

    component: coefficient times (x - mean); residual: working residual (y - mu) / (mu (1 - mu)), so component +
    residual is R's residuals(fit, "partial") for that term. curve: the same along `grid` from a refit with a
    restricted cubic spline, mean zero over the rows.

    Source: Landwehr, Pregibon and Shoemaker (1984), section 4.
    """

    term: str
    x: Array
    component: Array
    residual: Array
    weight: Array
    grid: Array
    line: Array
    curve: Array
    index: pd.Index[Any]

    def to_frame(self) -> pd.DataFrame:
        """The used rows: x, component, partial (component plus working residual)."""
        columns = {"x": self.x, "component": self.component, "partial": self.component + self.residual}
        return pd.DataFrame(columns, index=self.index)

    def figure(self) -> ComponentFigure:
        """The line, the curve, and means of the partial residuals in bins of about equal size."""
        order = np.argsort(self.x, kind="stable")
        parts = np.array_split(order, min(MOST_BINS, max(2, int(np.sqrt(len(order))))))
        value = self.component + self.residual
        bins = [(np.average(self.x[i], weights=self.weight[i]), np.average(value[i], weights=self.weight[i]))
                for i in parts]  # fmt: skip
        return ComponentFigure(
            "component", f"Component plus residual: {self.term}", self.term, "Log-odds, other terms taken out",
            tuple(self.grid.tolist()), tuple(self.line.tolist()), tuple(self.curve.tolist()),
            tuple(float(a) for a, _ in bins), tuple(float(b) for _, b in bins),
            note=f"Dashed: the fitted line. Line: a restricted cubic spline. Marks: means of {len(bins)} bins, "
            "weighted as the fit weighs rows.",
        )  # fmt: skip


def component(fit: Fit, name: str) -> Component:
    """The component-plus-residual data of a term of one numeric column that no other term bends."""
    refuse_classes(fit, "a partial residual", "a row has no single working residual")
    refuse_without_maximum(fit, "a partial residual")
    found = {term.name: term for term in straight_terms(fit)}
    if name not in found:
        known = ", ".join(map(repr, found)) or "none in this model"
        raise ValueError(f"{name!r} is no number that enters the model as itself alone; those are {known}")
    term, frame, at = found[name], fit.frame, bent(fit, found[name])
    x, diagnostics, slope = column_of(fit, term), row_diagnostics(fit), float(fit.beta[term.start, 0])
    mean, grid = float(x.mean()), np.linspace(x.min(), x.max(), GRID)
    maximum = at.maximum()[:, 0]
    bend, before = _bends(x, grid), _bends(x, x).mean(axis=0)
    straight = maximum[fit.estimate.coordinates.kept.index(term.start)]
    curve = straight * (grid - mean) + (bend - before) @ maximum[-bend.shape[1] :]
    weight = frame.weight * diagnostics.fitted * (1.0 - diagnostics.fitted)
    return Component(
        name, x, slope * (x - mean), diagnostics.working, weight, grid, slope * (grid - mean), curve, frame.index
    )
