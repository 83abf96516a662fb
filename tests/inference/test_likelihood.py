"""Likelihood-ratio tests: the quick way for nested models equals a refit from scratch."""

import numpy as np
import pandas as pd
import pytest

import statlogit as sl
from statlogit.fit.nested import nested_logliks
from statlogit.inference.likelihood import term_tests

SAME = 1e-11  # relative; the quick way stops 1e-6 standard errors short, 5e-13 in the log-likelihood


@pytest.fixture(scope="module")
def data(examples):
    return pd.read_csv(examples / "birthwt.csv")


@pytest.mark.parametrize("dropped", ["age", "lwt", "C(race)", "smoke"])
def test_quick_maximum_equals_the_refit(data, dropped):
    full = sl.logit("low ~ age + lwt + C(race) + smoke", data)
    rest = [t for t in ("age", "lwt", "C(race)", "smoke") if t != dropped]
    refit = sl.logit("low ~ " + " + ".join(rest), data)
    columns = [full.names.index(name) for name in refit.names]
    assert nested_logliks(full.fit, [columns])[0] == pytest.approx(refit.llf, rel=SAME)


def many(n=240_000):
    """A strong, a weak and a coded term, weights and an offset, in rows sorted by the strong one."""
    rng = np.random.default_rng(4)
    frame = pd.DataFrame({"a": np.sort(rng.normal(size=n)), "b": rng.normal(size=n), "g": rng.choice(list("uvw"), n)})
    frame["w"], frame["o"] = rng.choice([0.5, 1.0, 2.0], n), 0.3 * rng.normal(size=n)
    eta = 1.2 * frame["a"] + 0.01 * frame["b"] + 0.2 * (frame["g"] == "u") + frame["o"] - 1.0
    frame["y"] = (rng.logistic(size=n) < eta).astype(int)
    return frame


EIGHT_DIGITS = 1e-8


@pytest.mark.slow
def test_many_rows_climb_together_by_a_sample():
    data = many()
    full = sl.logit("y ~ a + b + C(g)", data, weights="w", offset="o")
    found = {t.term: t.test.statistic for t in term_tests(full.fit, 3)}
    for term, rest in (("a", "b + C(g)"), ("b", "a + C(g)"), ("C(g)", "a + b")):
        without = sl.logit(f"y ~ {rest}", data, weights="w", offset="o")
        expected = 2.0 * (full.llf - without.llf)
        assert found[term] == pytest.approx(expected, abs=EIGHT_DIGITS * max(expected, 1.0))


def test_strong_term_falls_back_to_a_refit():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(400, 2))
    y = (rng.uniform(size=400) < 1 / (1 + np.exp(-6 * x[:, 0] - x[:, 1]))).astype(int)
    frame = pd.DataFrame({"y": y, "a": x[:, 0], "b": x[:, 1]})
    full, without = sl.logit("y ~ a + b", frame), sl.logit("y ~ b", frame)
    found = {t.term: t.test for t in term_tests(full.fit, 2)}
    assert found["a"].statistic == pytest.approx(2 * (full.llf - without.llf), rel=SAME)
    assert found["a"].df == 1


def test_terms_of_an_interaction_are_tested_by_marginality(data):
    full = sl.logit("low ~ age * smoke", data)
    found = {t.term: t.test for t in term_tests(full.fit, 2)}
    main, other = sl.logit("low ~ age + smoke", data), sl.logit("low ~ smoke", data)
    assert found["age"].statistic == pytest.approx(2 * (main.llf - other.llf), rel=1e-9)
    assert found["age:smoke"].statistic == pytest.approx(2 * (full.llf - main.llf), rel=1e-9)


def test_sequential_tests_add_up_to_the_overall_test(data):
    full = sl.logit("low ~ age + lwt + C(race) + smoke", data)
    tests = [t.test for t in term_tests(full.fit, 1)]
    assert sum(t.statistic for t in tests) == pytest.approx(full.llr, rel=1e-10)
    assert sum(t.df for t in tests) == 5


def test_unknown_type_is_refused(data):
    with pytest.raises(ValueError, match="1, 2 and 3"):
        sl.logit("low ~ age", data).anova(type=4)
