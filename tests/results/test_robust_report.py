"""A report beside a robust covariance: no test in it trusts the likelihood that the covariance distrusts."""

import statlogit as sl
from statlogit.results.summary import facts


def test_tests_of_a_robust_report_are_wald_with_its_covariance(examples):
    plain = sl.logit("low ~ age + smoke", examples / "birthwt.csv")
    robust = plain.with_covariance("HC3")
    assert facts(plain).tests.title == "Type II likelihood-ratio tests"
    assert facts(plain).overall.name == "Likelihood-ratio test against the null model"
    assert facts(robust).tests.title == "Type II Wald tests, HC3 covariance"
    assert facts(robust).overall.name == "Wald test against the null model, HC3 covariance"
    assert facts(robust).overall.statistic == robust.overall_test().column("statistic")[0]
    assert "ikelihood-ratio" not in robust.summary()
