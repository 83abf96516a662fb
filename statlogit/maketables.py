"""Our fits as columns of a table of the package maketables: `etable(r1, r2).save("docx", "models.docx")`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from statlogit.errors import missing_extra

try:
    from maketables import ETable
except ImportError as error:
    raise missing_extra("statlogit.maketables", "maketables", "neighbours") from error

from statlogit.inference.covariance import name_of
from statlogit.results import LogitResult, MultinomialResult

COLUMNS = {
    "estimate": "b",
    "std_error": "se",
    "statistic": "t",
    "p_value": "p",
    "conf_low": "ci95l",
    "conf_high": "ci95u",
}
STATISTICS = {
    "N": "nobs",
    "ll": "llf",
    "llnull": "llnull",
    "aic": "aic",
    "bic": "bic",
    "df_model": "df_model",
    "df_resid": "df_resid",
    "deviance": "deviance",
}


def etable(*results: LogitResult | MultinomialResult, **options: Any) -> ETable:
    """The models side by side as maketables shows them: in a notebook, or by `.make("gt")`, `.make("tex")`,
    `.make("docx")` and `.save(...)`. options: those of `maketables.ETable`.

    Statistics that may be asked for by `model_stats`: N ll llnull aic bic pseudo_r2 (McFadden's) df_model df_resid
    deviance se_type. maketables marks p-values by stars unless told otherwise (`coef_fmt="b \\n (se)"`).
    """
    return ETable([Model(result) for result in results], **options)


@dataclass(frozen=True, slots=True)
class Model:
    """One result under the names of maketables' plug-in protocol, and under no others: with statsmodels' names too it
    would be read as a result of statsmodels.
    """

    result: LogitResult | MultinomialResult

    @property
    def __maketables_coef_table__(self) -> pd.DataFrame:
        """Rows the coefficients, "column@class" for several classes; columns b se t p ci95l ci95u, t the Wald z."""
        tidy = self.result.tidy()
        terms = tidy["term"] if "y_level" not in tidy else tidy["term"] + "@" + tidy["y_level"].astype(str)
        return tidy[list(COLUMNS)].rename(columns=COLUMNS).set_index(pd.Index(terms, name="Coefficient"))

    def __maketables_stat__(self, key: str) -> Any:
        """The statistic of that name; None for one we have not."""
        if key == "pseudo_r2":
            return self.result.statistics.mcfadden
        if key == "se_type":
            return name_of(self.result.covariance)
        return getattr(self.result, STATISTICS[key]) if key in STATISTICS else None

    @property
    def __maketables_depvar__(self) -> str:
        """The response as the formula writes it."""
        return self.result.fit.frame.design.reading.response_text

    @property
    def __maketables_default_stat_keys__(self) -> list[str]:
        return ["N", "ll", "aic", "pseudo_r2", "se_type"]
