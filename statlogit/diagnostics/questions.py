"""The methods about rows, columns and form that results share: each one delegation."""

from __future__ import annotations

from typing import Literal, Protocol

import numpy as np
import pandas as pd

from statlogit.diagnostics.adequacy import dispersion as dispersion_of
from statlogit.diagnostics.adequacy import sample_size as sample_size_of
from statlogit.diagnostics.binned import BinnedResiduals
from statlogit.diagnostics.binned import binned_residuals as binned_of
from statlogit.diagnostics.corrected import Plan, Validation
from statlogit.diagnostics.folds import CrossValidation
from statlogit.diagnostics.form import Component
from statlogit.diagnostics.form import component as component_of
from statlogit.diagnostics.form import linearity as linearity_of
from statlogit.diagnostics.form import link_test as link_test_of
from statlogit.diagnostics.fragility import Fragility
from statlogit.diagnostics.fragility import fragility as fragility_of
from statlogit.diagnostics.inflation import Collinearity
from statlogit.diagnostics.inflation import collinearity as collinearity_of
from statlogit.diagnostics.inflation import vif as vif_of
from statlogit.diagnostics.influence import Influence, Unit
from statlogit.diagnostics.influence import influence as influence_of
from statlogit.diagnostics.residuals import quantile_residuals as quantiles_of
from statlogit.diagnostics.validation import Unit as Drawn
from statlogit.diagnostics.validation import validation
from statlogit.fit import Fit
from statlogit.inference.bootstrap import Bootstrap
from statlogit.tables import Table

Method = Literal["bootstrap", "cv"]


class Fitted(Protocol):
    """A result that knows its fit."""

    @property
    def fit(self) -> Fit: ...


def influence(self: Fitted, by: Unit = "row", *, exact: bool = False, k: int = 10) -> Influence:
    """Leverage, Cook's distance, delta chi-squared and delta deviance of every row, DFBETAS on request.

    By one Newton step. by="pattern" leaves out all rows of a covariate pattern together, as in Hosmer and Lemeshow
    (2000), section 5.3. exact=True refits without each of the k of largest Cook's distance. The record has
    `to_frame()`, `top(k)`, `coefficients()` (the row that moves each most) and `dfbetas()` (rows x coefficients).

    Raises FitError where estimates are infinite or penalised.
    """
    return influence_of(self.fit, by, exact, k)


def quantile_residuals(self: Fitted, seed: int = 0) -> pd.Series[float]:
    """Randomised quantile residuals of the used rows (Dunn and Smyth 1996): standard normal under the model.

    The same seed gives the same numbers. Raises FitError with several classes or infinite estimates.
    """
    values = quantiles_of(self.fit, seed)
    return pd.Series(np.asarray(values), index=self.fit.frame.index, name="quantile_residual")


def vif(self: Fitted) -> Table:
    """Variance inflation of each term: term df gvif gvif_root, equal to R's car::vif of a logistic model.

    With several classes a term's coefficients of all equations are taken together. Raises FitError where estimates are
    infinite or penalised, and with fewer than two terms.
    """
    return vif_of(self.fit)


def collinearity(self: Fitted) -> Collinearity:
    """Condition indices of the weighted columns with the shares of variance that hang on each (Belsley)."""
    return collinearity_of(self.fit)


def linearity(self: Fitted, test: Literal["LR", "score"] = "LR") -> Table:
    """Each number that enters as itself, tested against a restricted cubic spline: term statistic df p_value.

    test: "LR" refits, "score" takes one pass a term. See `component_residuals(term)` for the picture.
    """
    return linearity_of(self.fit, test)


def component_residuals(self: Fitted, term: str) -> Component:
    """Component-plus-residual data of a numeric term: `to_frame()`, `figure()` with a spline beside the line."""
    return component_of(self.fit, term)


def link_test(self: Fitted) -> Table:
    """The link test (Pregibon 1980; Stata's linktest): a refit on the log-odds and their square."""
    return link_test_of(self.fit)


def dispersion(self: Fitted) -> Table:
    """Grouped data: Pearson's statistic and the deviance over their df, with chi-squared tests."""
    return dispersion_of(self.fit)


def sample_size(self: Fitted) -> Table:
    """Events per parameter, and the smallest n of a stable prediction model by the criteria of Riley et al."""
    return sample_size_of(self.fit)


def fragility(self: Fitted, term: str) -> Fragility:
    """How few rows decide the sign of a coefficient: a set without which a refit has the other sign, and its labels.

    term: a design column, `column@class` with several classes. Rows are taken by one-step influence, the strongest
    first (Broderick, Giordano and Meager 2020), and the sign is that of a refit.
    """
    return fragility_of(self.fit, term)


def binned_residuals(self: Fitted, by: str | None = None) -> BinnedResiduals:
    """Mean residuals in bins of the fitted probability or of a design column: `table`, `figure()` (Gelman and Hill)."""
    return binned_of(self.fit, by)


def validate(
    self: Fitted,
    method: Method = "bootstrap",
    *,
    replications: int = 200,
    folds: int = 10,
    repeats: int = 5,
    seed: int = 0,
    by: Drawn | None = None,
    level: float = 0.95,
    budget: float | None = None,
) -> Validation:
    """What the performance will be on new rows: apparent, optimism and corrected, by refits of this very model.

    method: "bootstrap", the optimism over as many replications, with basic bootstrap limits; or "cv", repeats of
    folds-fold cross-validation, without limits. by: "rows" (a grouped row is one case) or "cluster" for whole
    clusters; by default clusters where the fit has them. budget: seconds after which no further replication or repeat
    begins, at least 10 or one; their number then depends on the machine.

    Measures: C, Somers' Dxy, Nagelkerke R2, Brier score, log loss (nats), and intercept and slope of the outcomes on
    the predicted log-odds eta, fitted together: intercept + slope * eta recalibrates. Of a multinomial fit Nagelkerke
    R2, Brier score (0 to 2), log loss, accuracy.

    Terms, knots, means and penalty stay as they were learned from all rows: the price of choosing them, or of choosing
    a model by its p-values, is not in the corrected values.
    Raises FitError without a finite maximum, or where more than 5% of the refits have none.
    Source: Harrell, Lee and Mark (1996), section 4.
    """
    plan: Plan
    match method:
        case "bootstrap":
            plan = Bootstrap(replications, seed, by)
        case "cv":
            plan = CrossValidation(folds, repeats, seed, by)
        case _:
            raise ValueError(f"method={method!r} is not known; choose 'bootstrap' or 'cv'")
    return validation(self.fit, plan, level, budget)
