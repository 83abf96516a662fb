"""Comparisons of fitted results."""

from __future__ import annotations

from typing import Any

import numpy as np

from statlogit.diagnostics.assessment import assess
from statlogit.diagnostics.discrimination import RocComparison, compare_areas
from statlogit.errors import DataError
from statlogit.results.logit import LogitResult


def compare_roc(first: LogitResult, second: LogitResult, newdata: Any = None) -> RocComparison:
    """DeLong's paired test of the areas under two ROC curves on the same rows.

    On the rows both were fitted to, or on new ones whose responses are in newdata. The predictions are taken as given:
    of nested models on their own rows the test is conservative, so test the added terms by their likelihood ratio.
    Raises DataError where the two have different rows or outcomes, for example because one dropped missing values.

    >>> import pandas as pd
    >>> import statlogit as sl
    >>> births = pd.read_csv("examples/birthwt.csv")
    >>> found = sl.compare_roc(sl.logit("low ~ age + lwt", births), sl.logit("low ~ smoke + ht", births))
    >>> round(found.difference, 4), round(found.std_error, 4), round(found.p_value, 3)
    (0.0085, 0.0629, 0.892)
    """
    a, b = assess(first.fit, newdata), assess(second.fit, newdata)
    one, two = a.outcomes, b.outcomes
    pairs = ((a.positions, b.positions), (one.events, two.events), (one.nonevents, two.nonevents))
    if not all(np.array_equal(left, right) for left, right in pairs):
        raise DataError(
            f"the two results have different rows or outcomes ({len(a.positions):,} and {len(b.positions):,} rows); "
            "use the rows that are complete for both, as in data.dropna(subset=[...])"
        )
    return compare_areas(one, two)
