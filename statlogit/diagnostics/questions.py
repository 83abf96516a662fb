"""The methods about rows, columns and form that results share: each one delegation."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import pandas as pd

from statlogit.diagnostics.influence import Influence, Unit
from statlogit.diagnostics.influence import influence as influence_of
from statlogit.diagnostics.residuals import quantile_residuals as quantiles_of
from statlogit.fit import Fit


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
