"""The code of a remedy runs when pasted: with sl, the data frame `data` and the result `r`, nothing else."""

import warnings

import numpy as np
import pandas as pd
import pytest

import statlogit as sl
from statlogit.diagnostics.findings import form

pytestmark = pytest.mark.filterwarnings("ignore::statlogit.errors.StatlogitWarning")


def births() -> pd.DataFrame:
    return pd.read_csv("examples/birthwt.csv")


def bent(n: int = 400) -> pd.DataFrame:
    rng = np.random.default_rng(2)
    data = pd.DataFrame({"x": rng.normal(size=n), "a b": rng.normal(size=n), "g": rng.integers(0, 6, n)})
    eta = 1.5 * data["x"] ** 2 - 1.0
    return data.assign(y=(rng.uniform(size=n) < 1 / (1 + np.exp(-eta))).astype(int))


def separated() -> sl.LogitResult:
    data = pd.DataFrame({"x": [1.0, 2, 3, 4, 5, 6, 7, 8], "y": [0, 0, 0, 0, 1, 1, 1, 1]})
    return sl.logit("y ~ x", data, on_failure="warn"), data


def few_events():
    data = births()
    return sl.logit("low ~ age * smoke + lwt + C(race) + ptl + ht + ui + ftv", data, weights=None), data


def missing():
    data = births()
    data.loc[:20, "lwt"] = np.nan
    return sl.logit("low ~ age + lwt", data), data


def twice():
    data = births().assign(twice=lambda d: 2 * d["age"])
    return sl.logit("low ~ age + twice + C(race)", data), data


def spline():
    data = births()
    return sl.logit("low ~ cr(lwt, df=4) + smoke", data), data


def non_linear():
    data = bent()
    return sl.logit("y ~ x + `a b`", data), data


def link():
    data = bent()
    data["y"] = (data["x"] * data["a b"] + np.random.default_rng(3).logistic(size=len(data)) * 0.3 > 0).astype(int)
    return sl.logit("y ~ x + `a b`", data), data


def collinear():
    data = bent()
    data["z"] = data["x"] + 0.01 * data["a b"]
    return sl.logit("y ~ x + z", data), data


def conditioned():
    data = births().assign(year=lambda d: 2000.0 + d["age"] / 10.0)
    return sl.logit("low ~ year + I(year ** 2)", data), data


def leverage():
    data = bent(60)
    data.loc[7, "x"] = 3000.0
    return sl.logit("y ~ x + `a b`", data), data


def influential():
    data = bent(100)
    data.loc[3, ["a b", "y"]] = [9.0, 0]
    data["y"] = np.where(np.arange(100) == 3, 0, (data["a b"] + np.random.default_rng(1).logistic(size=100) > 0) * 1)
    return sl.logit("y ~ x + `a b`", data), data


def clusters():
    data = bent()
    return sl.logit("y ~ x", data, cluster="g"), data


def clustered():
    data = bent()
    return sl.logit("y ~ x", data, cluster="g", covariance="cluster"), data


def grouped():
    rng = np.random.default_rng(4)
    p = 1 / (1 + np.exp(-rng.normal(size=60) * 1.5))
    data = pd.DataFrame({"s": rng.binomial(40, p), "n": 40, "x": rng.normal(size=60)})
    return sl.logit("s ~ x", data, trials="n"), data


def wide():
    data = bent(12)
    return sl.logit("y ~ poly(x, 2) + C(g)", data, on_failure="warn"), data


def stopped():
    data = births()
    return sl.logit("low ~ age + lwt", data, max_iterations=2, on_failure="warn"), data


def classes():
    data = pd.read_csv("tests/reference/data/womenlf.csv")
    return sl.multinomial("partic ~ hincome + children + region", data, reference="not.work"), data


def separated_classes():
    data = pd.read_csv("tests/reference/data/iris_species.csv")
    *numbers, species = data.columns
    return sl.multinomial(f"{species} ~ {' + '.join(f'`{name}`' for name in numbers)}", data, on_failure="warn"), data


CASES = {
    "separation": separated, "few_events": few_events, "rows_dropped": missing, "aliased": twice, "spline": spline,
    "non_linear": non_linear, "link_misfit": link, "collinear": collinear, "ill_conditioned": conditioned,
    "high_leverage": leverage, "influential_row": influential, "cluster_unused": clusters, "few_clusters": clustered,
    "overdispersed": grouped, "near_saturated": wide, "not_converged": stopped, "classes": classes,
    "separated_classes": separated_classes,
}  # fmt: skip
CODES = {"spline": "aliased", "classes": "few_events", "separated_classes": "separation"}


@pytest.mark.parametrize("case", list(CASES))
def test_the_code_of_a_remedy_runs_when_pasted(case: str) -> None:
    r, data = CASES[case]()
    found = {f.code: f for f in r.findings}
    assert CODES.get(case, case) in found
    assert found[CODES.get(case, case)].run
    for finding in found.values():
        if finding.run:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                assert eval(finding.run, {"sl": sl, "data": data, "r": r}) is not None  # as a reader pastes it
        assert "formula" not in finding.run


def test_what_is_left_to_be_asked_for_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(form, "BUDGET", 0.0)
    data = births()
    r = sl.logit("low ~ age + lwt", data)
    (run,) = (f.run for f in r.findings if f.code == "not_examined")
    assert len(eval(run, {"r": r})) == 3


def test_a_penalty_of_the_call_gives_way_to_that_of_the_remedy() -> None:
    data = births()
    r = sl.logit("low ~ age + lwt", data, event=1, max_iterations=2, penalty=sl.Ridge(0.1), on_failure="warn")
    (run,) = (f.run for f in r.findings if f.code == "not_converged")
    assert run == "sl.logit('low ~ age + lwt', data, event=1, penalty=sl.Ridge(strength=0.1), max_iterations=20)" or (
        "max_iterations=20" in run and run.count("penalty") == 1
    )
    assert eval(run, {"sl": sl, "data": data}).converged
