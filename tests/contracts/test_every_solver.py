"""Every solver on every problem, through the public interface alone."""

import json

import numpy as np
import pandas as pd
import pytest

import statlogit as sl
from statlogit.errors import NotConvergedWarning

SAME_MAXIMUM = 1e-8  # what the contract asks of first-order solvers
SAME_ERRORS = 1e-6  # the information changes by about as much as the estimate does
ONE_SUM = 1e-14  # the same arithmetic but for the order of one sum
SOLVERS = {
    "lbfgs": sl.Lbfgs(),
    "newton-cg": sl.NewtonCG(),
    "gd": sl.GradientDescent(),
    "nesterov": sl.GradientDescent(nesterov=True),
}


def rows(classes, n=600):
    rng = np.random.default_rng(classes)
    data = pd.DataFrame({"a": rng.normal(3.0, 2.0, n), "b": rng.normal(size=n), "g": rng.choice(list("uvw"), n)})
    eta = np.outer(0.4 * (data["a"] - 3.0) - 0.5 * data["b"] + 0.3 * (data["g"] == "v"), np.linspace(0, 1, classes))
    chosen = (eta + rng.gumbel(size=eta.shape)).argmax(axis=1)
    return data.assign(
        y=chosen if classes == 2 else pd.Categorical.from_codes(chosen, [f"c{k:02}" for k in range(classes)]),
        w=rng.uniform(0.3, 3.0, n), o=rng.normal(size=n), m=rng.integers(1, 6, n),
    ).assign(s=lambda d: rng.binomial(d["m"], 0.2 + 0.5 * (chosen == 1)) / d["m"])  # fmt: skip


TWO, THREE, TEN = rows(2), rows(3), rows(10)
PROBLEMS = {
    "binary": (sl.logit, "y ~ a + b + g", TWO, {}),
    "grouped": (sl.logit, "s ~ a + b + g", TWO, {"trials": "m"}),
    "weighted": (sl.logit, "y ~ a + b + g", TWO, {"weights": "w"}),
    "offset": (sl.logit, "y ~ a + b + g", TWO, {"offset": "o"}),
    "ridge": (sl.logit, "y ~ a + b + g", TWO, {"penalty": sl.Ridge(3.0)}),
    "three classes": (sl.multinomial, "y ~ a + b + g", THREE, {}),
    "ten classes": (sl.multinomial, "y ~ a + b + g", TEN, {}),
    "ridge of three classes": (sl.multinomial, "y ~ a + b", THREE, {"penalty": sl.Ridge(3.0), "reference": "c01"}),
}


@pytest.fixture(scope="module")
def maxima():
    return {name: fit(formula, data, **more) for name, (fit, formula, data, more) in PROBLEMS.items()}


ASKED = [
    pytest.param(solver, problem, marks=[pytest.mark.slow] * ((solver, problem) == ("gd", "ten classes")))
    for solver in SOLVERS for problem in PROBLEMS
]  # fmt: skip


@pytest.mark.parametrize(("solver", "problem"), ASKED)
def test_every_solver_reaches_the_maximum(maxima, solver, problem):
    fit, formula, data, more = PROBLEMS[problem]
    found, best = fit(formula, data, solver=SOLVERS[solver], tol=1e-9, **more), maxima[problem]
    assert best.glance()["method"][0] == "irls"
    assert found.glance()["method"][0] == SOLVERS[solver].name
    assert found.status == "converged"
    np.testing.assert_allclose(found.params, best.params, rtol=SAME_MAXIMUM, atol=SAME_MAXIMUM)
    np.testing.assert_allclose(found.bse, best.bse, rtol=SAME_ERRORS)


SHORT = {
    "irls": (sl.Irls(), 2), "lbfgs": (sl.Lbfgs(), 3), "newton-cg": (sl.NewtonCG(), 1), "gd": (sl.GradientDescent(), 5),
    "sgd": (sl.Sgd(batch=50, epochs=2), None),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore::statlogit.errors.NotConvergedWarning")
@pytest.mark.parametrize("problem", ["binary", "three classes"])
@pytest.mark.parametrize("name", SHORT)
def test_a_solver_that_stopped_short_says_so_and_infers_nothing(tmp_path, name, problem):
    solver, limit = SHORT[name]
    fit, formula, data, more = PROBLEMS[problem]
    with pytest.raises(sl.NotConvergedError):
        fit(formula, data, solver=solver, max_iterations=limit, **more)
    found = fit(formula, data, solver=solver, max_iterations=limit, on_failure="warn", **more)
    assert not found.converged
    assert found.params.notna().all(axis=None)
    tidy = found.tidy()
    assert tidy[["std_error", "statistic", "p_value", "conf_low", "conf_high"]].isna().all(axis=None)
    assert found.cov_params().isna().all(axis=None)
    assert np.isnan(found.llr_pvalue)
    assert np.isnan(found.glance()["lr_p"][0])
    probability = found.predict(interval="confidence")
    assert probability.filter(like="conf_low").isna().all(axis=None)
    text = found.summary()
    assert "Not converged" in text or "No finite maximum" in text
    assert "Likelihood-ratio test" not in text
    document = json.loads(found.report(tmp_path / "r.json").read_text(encoding="utf-8"))
    assert "Likelihood-ratio test" not in json.dumps(document)


@pytest.mark.filterwarnings("ignore::statlogit.errors.NotConvergedWarning")
def test_tests_that_need_the_maximum_are_refused_short_of_it(tmp_path):
    found = sl.logit("y ~ a + b", TWO, solver=sl.Sgd(), on_failure="warn", covariance="HC1")
    for asked in (found.anova, lambda: found.with_covariance("HC0"), lambda: found.overall_test("Wald")):
        with pytest.raises(sl.FitError, match="maximum"):
            asked()
    loaded = sl.load(found.save(tmp_path / "short.json"))
    again = loaded.predict(TWO, interval="confidence")
    pd.testing.assert_frame_equal(again, found.predict(TWO, interval="confidence"))
    assert again["std_error"].isna().all()


def test_reports_name_the_solver_and_say_when_size_chose_it():
    chosen, given = (sl.logit("y ~ a + b", TWO, solver=solver) for solver in ("auto", sl.Lbfgs()))
    assert "Maximum likelihood, IRLS (auto)" in chosen.summary()
    assert "the information matrix of 3 coefficients is cheap" in " ".join(chosen.summary().split())
    assert "Maximum likelihood, L-BFGS\n" in given.summary()


@pytest.mark.parametrize("wrong", ["lbfgs", sl.Lbfgs, None, 3])
def test_what_is_no_solver_is_refused(wrong):
    with pytest.raises(TypeError, match="not a solver"):
        sl.logit("y ~ a", TWO, solver=wrong)


def test_firth_takes_no_other_solver():
    with pytest.raises(TypeError, match="solver of its own"):
        sl.logit("y ~ a", TWO, penalty=sl.Firth(), solver=sl.Lbfgs())


def test_command_line_takes_solvers(tmp_path):
    from click.testing import CliRunner

    from statlogit.cli import main

    TWO.to_csv(path := tmp_path / "rows.csv", index=False)
    call = ["fit", "y ~ a + b", str(path), "--json", "--solver"]
    answers = [json.loads(CliRunner().invoke(main, [*call, name]).stdout) for name in ("irls", "lbfgs", "gd")]
    assert [a["fit"]["method"] for a in answers] == ["irls", "lbfgs", "gd"]
    first, *others = ([row["estimate"] for row in a["coefficients"]] for a in answers)
    for other in others:
        np.testing.assert_allclose(first, other, rtol=SAME_MAXIMUM)
    ran = CliRunner().invoke(main, [*call, "sgd"])
    assert ran.exit_code == 4
    assert json.loads(ran.stdout)["converged"] is False
    assert CliRunner().invoke(main, [*call, "gd", "--penalty", "firth"]).exit_code == 2


def test_raw_gradient_descent_is_the_descent_of_the_demo():
    from statlogit import demo

    pairs = demo.read_pairs("0.5,0\n2.5,1\n1.0,0\n3.0,1\n2.0,0\n1.5,1\n")
    data, seen = pd.DataFrame({"x": pairs.x, "y": pairs.y}), []
    by_hand = sl.GradientDescent(rate=0.5, coordinates="raw")
    found = sl.logit("y ~ x", data, solver=by_hand, tol=1e-9, progress=seen.append)
    rows = list(demo.descend(pairs, rate=0.5, iterations=200))
    walked = np.array([(*step.beta[:, 0], -step.loglik / 6, step.gradient) for step in seen[:201]])
    shown = np.array([(row.w0, row.w1, row.loss, row.gradient) for row in rows])
    np.testing.assert_allclose(walked, shown, rtol=ONE_SUM, atol=ONE_SUM)
    np.testing.assert_allclose(-found.trace["loglik"][:201] / 6, shown[:, 2], rtol=ONE_SUM)
    np.testing.assert_allclose(found.params, sl.logit("y ~ x", data).params, rtol=SAME_MAXIMUM)
    assert (found.trace["loglik"].diff()[1:] > -ONE_SUM).all()


def test_raw_gradient_descent_moves_the_columns_as_they_are():
    """One step from zero is rate times X' (y - 1/2) / n whatever the units."""
    seen = []
    far = TWO.assign(a=TWO["a"] * 100.0)
    settings = {"max_iterations": 1, "on_failure": "warn", "progress": seen.append}
    with pytest.warns(NotConvergedWarning):
        sl.logit("y ~ a", far, solver=sl.GradientDescent(rate=1e-3, coordinates="raw"), **settings)
    x = np.column_stack([np.ones(len(far)), far["a"]])
    np.testing.assert_allclose(seen[1].beta[:, 0], 1e-3 * x.T @ (far["y"] - 0.5) / len(far), rtol=SAME_MAXIMUM)
