"""statsmodels' names give statsmodels' numbers."""

import numpy as np
import pandas as pd
import pytest

import statlogit.formula_api as smf

pytestmark = pytest.mark.slow  # left to the whole suite: the quick subset keeps under a minute

BIRTHS = pd.read_csv("examples/birthwt.csv")
FORMULA = "low ~ age + lwt + C(race) + smoke"
STATSMODELS = 1e-6  # it stops on the change of coefficients


def used(module, **how):
    """Code as users of statsmodels write it."""
    res = module.logit(FORMULA, data=BIRTHS).fit(disp=False, **how)
    names = sorted(res.params.index)  # statsmodels puts factors first
    numbers = [res.params[names], res.bse[names], res.pvalues[names], res.conf_int().loc[names]]
    numbers.append(res.cov_params().loc[names, names])
    whole = [res.llf, res.llnull, res.llr, res.llr_pvalue, res.aic, res.bic, res.nobs, res.df_model, res.df_resid]
    assert len(str(res.summary())) > 500
    return [np.asarray(v, dtype=float) for v in [*numbers, res.predict(BIRTHS.head(9)), res.predict(), whole]]


@pytest.mark.parametrize("how", [{}, {"cov_type": "HC0"}, {"method": "bfgs", "maxiter": 500}], ids=str)
def test_code_for_statsmodels_runs_and_agrees(how):
    statsmodels = pytest.importorskip("statsmodels.formula.api", exc_type=ImportError)
    for ours, theirs in zip(used(smf, **how), used(statsmodels, **how), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-3 if "method" in how else STATSMODELS, atol=1e-7)


def test_clusters_go_through_and_unknown_kinds_are_refused():
    robust = smf.logit(FORMULA, BIRTHS).fit(cov_type="cluster", cov_kwds={"groups": BIRTHS["ptl"]})
    assert robust.covariance == "cluster"
    with pytest.raises(ValueError, match="cov_type='HAC' is not known"):
        smf.logit(FORMULA, BIRTHS).fit(cov_type="HAC")
