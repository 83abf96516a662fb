"""The spelling of statsmodels: `import statlogit.formula_api as smf`, then `smf.logit("y ~ x", data).fit()`.

What comes back is statlogit's own result, with statsmodels' names for params, bse, pvalues, cov_params, predict,
summary, llf, llnull, aic, bic, nobs, df_model, df_resid and more; docs/migration.md lists what differs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from statlogit.api import logit as fit_logit
from statlogit.api import multinomial
from statlogit.results import LogitResult, MultinomialResult

KINDS = {"nonrobust": "model", "HC0": "HC0", "HC1": "HC1", "HC2": "HC2", "HC3": "HC3", "cluster": "cluster"}


@dataclass(frozen=True)
class Unfitted:
    """A formula and its data, waiting for fit()."""

    formula: str
    data: Any
    several: bool
    options: Mapping[str, Any]

    def fit(
        self,
        *,
        cov_type: str = "nonrobust",
        cov_kwds: Mapping[str, Any] | None = None,
        maxiter: int | None = None,
        disp: Any = None,
        method: Any = None,
    ) -> LogitResult | MultinomialResult:
        """Fit by maximum likelihood. disp and method are accepted and make no difference: nothing is printed, and
        every solver climbs to the same maximum.

        cov_type: nonrobust, HC0, HC1, HC2, HC3 or cluster with cov_kwds={"groups": ...}.
        Raises SeparationError and NotConvergedError where statsmodels may warn.
        """
        del disp, method
        if cov_type not in KINDS:
            raise ValueError(f"cov_type={cov_type!r} is not known; choose one of {', '.join(map(repr, KINDS))}")
        cluster = (cov_kwds or {}).get("groups")
        call: Any = multinomial if self.several else fit_logit
        given = {**self.options, "cluster": cluster, "covariance": KINDS[cov_type], "max_iterations": maxiter}
        found: LogitResult | MultinomialResult = call(self.formula, self.data, **given)
        return found


def logit(formula: str, data: Any, **options: Any) -> Unfitted:
    """A binary logit, as statsmodels.formula.api.logit; options: those of statlogit.logit.

    >>> import pandas as pd
    >>> data = pd.DataFrame({"x": [1, 2, 3, 4, 5, 6], "y": [0, 0, 1, 0, 1, 1]})
    >>> logit("y ~ x", data=data).fit(disp=False).params.round(4).to_dict()
    {'Intercept': -4.2491, 'x': 1.214}
    """
    return Unfitted(formula, data, False, options)


def mnlogit(formula: str, data: Any, **options: Any) -> Unfitted:
    """A multinomial logit against the first class, as statsmodels.formula.api.mnlogit."""
    return Unfitted(formula, data, True, options)
