"""The frames of a binary or grouped result: tidy, glance, augment. Facts are placed in columns, none is computed."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from statlogit.diagnostics.rows import RowDiagnostics
from statlogit.inference.covariance import name_of

if TYPE_CHECKING:
    from statlogit.results.logit import IntervalMethod, Level, LogitResult


def index_of(names: tuple[str, ...]) -> pd.Index[str]:
    """The names as an index of the caller's own."""
    return _index_of(names).view()


@lru_cache(maxsize=64)
def _index_of(names: tuple[str, ...]) -> pd.Index[str]:
    return pd.Index(names)  # pandas takes a tenth of the time of a small fit to look at the names


def tidy(result: LogitResult, level: Level, method: IntervalMethod, exponentiate: bool, full: bool) -> pd.DataFrame:
    """One row a coefficient."""
    found = result.inference(level, method)
    shown = [result.params.to_numpy(), found.low, found.high]
    with np.errstate(over="ignore"):
        estimate, low, high = (np.exp(v) for v in shown) if exponentiate else shown
    columns = {
        "term": list(result.names), "estimate": estimate, "std_error": result.bse.to_numpy(), "statistic": found.z,
        "p_value": found.p_value, "conf_low": low, "conf_high": high,
    }  # fmt: skip
    by = np.where(np.isinf(result.params), "profile limits, likelihood-ratio p", f"{method} limits, Wald p")
    return pd.DataFrame(columns | {"log_p": found.log_p, "method": by} if full else columns)


def glance(result: LogitResult) -> pd.DataFrame:
    """One row with the facts of the whole fit."""
    frame, found, score = result.fit.frame, result.statistics, result.scores
    covariance = "posterior" if result.fit.settings.ridge else name_of(result.covariance)
    facts = {
        "nobs": result.nobs, "n_read": frame.n_read, "n_dropped": frame.n_read - result.nobs,
        "n_events": float(frame.class_weights[0]), "df_model": result.df_model,
        "df_residual": result.df_resid, "log_lik": result.llf, "null_log_lik": result.llnull,
        "deviance": result.deviance, "null_deviance": result.null_deviance, "aic": result.aic, "aicc": result.aicc,
        "bic": result.bic, "lr_stat": result.llr, "lr_df": result.llr_df, "lr_p": result.llr_pvalue,
        "r2_mcfadden": found.mcfadden, "r2_coxsnell": found.coxsnell, "r2_nagelkerke": found.nagelkerke,
        "r2_tjur": score.tjur, "brier": score.brier, "log_loss": score.log_loss, "auc": result.roc().auc,
        "converged": result.converged, "n_iter": result.n_iter, "method": result.fit.estimate.solution.solver,
        "penalty": result.fit.settings.penalty, "covariance": covariance,
    }  # fmt: skip
    return pd.DataFrame([facts])


def augment(found: RowDiagnostics, index: pd.Index[Any]) -> pd.DataFrame:
    """The used rows with what is known of each."""
    columns = {
        "_fitted": found.fitted, "_resid": found.deviance, "_resid_pearson": found.pearson,
        "_std_resid": found.standardised_deviance, "_hat": found.leverage, "_cooksd": found.cooks_distance,
    }  # fmt: skip
    return pd.DataFrame(columns, index=index)
