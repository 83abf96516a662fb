"""statlogit's answers in the form that check.py compares: `python tests/reference/check.py tests/reference adapter`."""

from __future__ import annotations

from typing import Any

import statlogit as sl
from statlogit.inference.likelihood import term_tests

FIRST = 20


def arguments(case: Any) -> tuple[str, dict[str, Any]]:
    """The formula and keywords of a case."""
    response = case.response
    keywords: dict[str, Any] = {
        "weights": case.weights,
        "offset": case.offset,
        "cluster": case.cluster,
        "on_failure": "warn",
    }
    if case.kind == "grouped":
        left = f"cbind({quoted(response['successes'])}, {quoted(response['failures'])})"
    else:
        left, keywords["event"] = quoted(response["column"]), response["success"]
    return f"{left} ~ {case.rhs}", keywords


def _in_complete_rows(r: sl.LogitResult) -> Any:
    """The collection lists rows of zero weight too, as null: put None there."""
    frame = r.fit.frame
    used = frame.positions.tolist()
    if frame.n_zero_weight == 0:
        return lambda values: list(values)[:FIRST]
    place = {position: k for k, position in enumerate(used)}

    def row(values: Any) -> list[float | None]:
        values = list(values)
        return [values[place[k]] if k in place else None for k in range(FIRST)]

    return row


def average_effects(r: sl.LogitResult) -> dict[str, dict[str, float]]:
    """The collection differentiates 0/1 columns, and takes the coefficient of an aliased column as zero."""
    rows = r.effects(discrete=False).to_frame().fillna({"estimate": 0.0, "std_error": 0.0})
    return {
        f"d/d{t.term}" if t.contrast == "dP/dx" else f"{t.term}: {t.contrast}": {
            "estimate": t.estimate,
            "se": t.std_error,
        }
        for t in rows.itertuples()
    }


def chi_squared(found: Any) -> dict[str, Any]:
    row = found.to_frame().iloc[0]
    return {"chi2": row.statistic, "df": int(row.df), "p": row.p_value}


def auc(r: sl.LogitResult) -> dict[str, float]:
    low, high = r.roc().conf_int()
    return {"auc": r.roc().auc, "delong_se": r.roc().auc_se, "delong_lower": low, "delong_upper": high}


def rank(r: sl.LogitResult) -> dict[str, float]:
    names = ("c_index", "somers_dxy", "gamma", "tau_a", "concordant", "discordant", "tied")
    return dict(zip(names, r.concordance().column("number"), strict=True))


def robust(r: sl.LogitResult, kind: Any, kept: list[str]) -> dict[str, float]:
    covariance = r.cov_params(kind).loc[kept, kept].to_numpy()
    return dict(zip(kept, covariance.diagonal() ** 0.5, strict=True))


def clustered(r: sl.LogitResult, kept: list[str]) -> dict[str, Any]:
    """The collection's se_cluster has the factor G / (G - 1) alone; CR1 has (n - 1) / (n - k) besides."""
    groups = r.fit.frame.n_clusters
    plain = {name: value * (groups / (groups - 1)) ** 0.5 for name, value in robust(r, "CR0", kept).items()}
    return {"n_clusters": groups, "se_cluster": plain, "se_cluster_small": robust(r, "cluster", kept)}


def quoted(name: str) -> str:
    return name if name.isidentifier() else f"`{name}`"


def fit(case: Any) -> dict[str, Any]:
    """Fit one case and report every quantity that statlogit knows."""
    if case.kind == "multinomial":
        return classes(case)
    if case.kind not in ("binary", "grouped"):
        return {}
    formula, keywords = arguments(case)
    result = sl.logit(formula, case.data, **keywords)
    return answers(result, case.data) | penalised(formula, case.data, keywords)


def penalised(formula: str, data: Any, keywords: dict[str, Any]) -> dict[str, Any]:
    """The same data under both penalties."""
    shrunk = sl.logit(formula, data, penalty=sl.Ridge(1.0), **keywords)
    firth = sl.logit(formula, data, penalty=sl.Firth(), **keywords)
    kept = [name for name in firth.names if name not in firth.aliased]
    return {
        "ridge_coef": shrunk.params[kept].to_dict(), "firth_coef": firth.params[kept].to_dict(),
        "firth_se": firth.bse[kept].to_dict(),
    }  # fmt: skip


def classes(case: Any) -> dict[str, Any]:
    """One multinomial case; under separation its kind alone: the collection gives the contrast of two other classes."""
    levels = case.response["levels"]
    r = sl.multinomial(
        f"{quoted(case.response['column'])} ~ {case.rhs}", case.data, weights=case.weights, offset=case.offset,
        reference=levels[0], on_failure="warn",
    )  # fmt: skip
    order = [(k, name) for k in levels[1:] for name in r.names]
    names = [f"{k}:{name}" for k, name in order]
    if not r.converged:
        return {"separation": r.separation.kind, "aliased": list(r.aliased)}

    def named(frame: Any) -> dict[str, float]:
        return {f"{k}:{name}": frame.loc[name, k] for k, name in order}

    interval, glance = r.conf_int(), r.glance().iloc[0]
    return {
        "separation": "none", "aliased": list(r.aliased), "coef": named(r.params), "se": named(r.bse),
        "vcov": r.cov_params().loc[order, order].to_numpy().tolist(), "z": named(r.zvalues), "p": named(r.pvalues),
        "ci_wald": {name: list(interval.loc[pair]) for name, pair in zip(names, order, strict=True)},
        "loglik": r.llf, "deviance": r.deviance, "aic": r.aic, "df_model": len(names),
        "test_lr": {"chi2": r.llr, "df": int(glance.lr_df), "p": r.llr_pvalue},
        "r2": {"mcfadden": glance.r2_mcfadden}, "prob_first20": r.predict()[levels].to_numpy()[:FIRST].tolist(),
        "anova_type2": [{"term": t.term, "chi2": t.statistic, "df": t.df}
                        for t in r.anova().to_frame().itertuples()],
    }  # fmt: skip


def answers(r: sl.LogitResult, data: Any) -> dict[str, Any]:
    finite = r.fit.separation.kind == "none"
    aliased = set(r.aliased)
    kept = [n for n in r.names if n not in aliased]
    out: dict[str, Any] = {
        "separation": r.separation.kind, "aliased": list(r.aliased), "n_used": r.nobs, "df_residual": r.df_resid,
        "loglik": r.llf, "loglik_kernel": r.llf - r.fit.constant, "deviance": r.deviance,
        "null_deviance": r.null_deviance,
    }  # fmt: skip
    if not finite:
        infinite = set(r.separation.infinite)
        rest = [n for n in kept if n not in infinite]
        return out | {
            "infinite": list(infinite), "finite_coef": r.params[rest].to_dict(), "finite_se": r.bse[rest].to_dict()
        }  # fmt: skip
    glance, rows = r.glance().iloc[0], r.residuals
    interval, profiled = r.conf_int(), r.conf_int(method="profile")
    new = data if r.fit.frame.n_zero_weight else None  # rows of zero weight have predictions in the collection
    link = r.predict(new, kind="link", interval="confidence")
    probability = r.predict(new, interval="confidence")
    covariance = r.cov_params().loc[kept, kept].to_numpy()
    row = _in_complete_rows(r)
    return out | {
        "coef": r.params[kept].to_dict(), "se": r.bse[kept].to_dict(), "vcov": covariance.tolist(),
        "df_model": r.fit.rank,  # the collection counts the intercept
        "aic": r.aic, "bic": r.bic, "z": r.zvalues[kept].to_dict(),
        "p": r.pvalues[kept].to_dict(),
        "ci_wald": {n: list(interval.loc[n]) for n in kept},
        "ci_profile": {n: list(profiled.loc[n]) for n in kept},
        "test_lr": {"chi2": r.llr, "df": int(glance.lr_df), "p": r.llr_pvalue},
        "test_wald": chi_squared(r.overall_test("Wald")), "test_score": chi_squared(r.overall_test("score")),
        "hosmer_lemeshow": chi_squared(r.goodness()),
        "pearson_chi2": float((rows.pearson**2).sum()),
        "brier": glance.brier,
        "r2": {"mcfadden": glance.r2_mcfadden, "cox_snell": glance.r2_coxsnell, "nagelkerke": glance.r2_nagelkerke,
               "tjur": glance.r2_tjur},
        "auc": auc(r), "rank": rank(r),
        "fitted": probability["estimate"].tolist()[:FIRST], "linear_predictor": link["estimate"].tolist()[:FIRST],
        "se_fitted": probability["std_error"].tolist()[:FIRST],
        "se_linear_predictor": link["std_error"].tolist()[:FIRST], "hat": row(rows.leverage),
        "cooks_distance": row(rows.cooks_distance), "resid_deviance": row(rows.deviance),
        "resid_pearson": row(rows.pearson), "resid_response": row(rows.response),
        "resid_working": row(rows.working),
        "resid_std_deviance": row(rows.standardised_deviance),
        "resid_std_pearson": row(rows.standardised_pearson),
        **{f"se_{kind}": robust(r, kind, kept) for kind in ("HC0", "HC1", "HC3") if r.df_resid > 0},
        **(clustered(r, kept) if r.fit.frame.cluster is not None else {}),
        "ame": average_effects(r),
        **{f"anova_type{k}": [{"term": t.term, "chi2": t.test.statistic, "df": t.test.df}
                              for t in term_tests(r.fit, k)] for k in (1, 2, 3)},
        "anova_type3_wald": [{"term": t.term, "chi2": t.statistic, "df": t.df}
                             for t in r.anova(3, "Wald").to_frame().itertuples()],
    }  # fmt: skip
