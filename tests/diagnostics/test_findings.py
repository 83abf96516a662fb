"""Every code of the catalogue fires where it should, with its numbers and a remedy, and nowhere else."""

import ast
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import statlogit as sl
from benchmarks.false_alarms import measure
from statlogit.core.types import Status
from statlogit.diagnostics.findings.catalogue import CATALOGUE, page
from statlogit.diagnostics.findings.maximum import remedy_of

ROOT = Path(__file__).parents[2]
SAME = 1e-6  # coefficients are shown to six digits


def frame(n=200, seed=1):
    rng = np.random.default_rng(seed)
    x, z = rng.normal(size=(2, n))
    y = (rng.uniform(size=n) < 1 / (1 + np.exp(-0.2 - 0.7 * x + 0.4 * z))).astype(int)
    return pd.DataFrame({"x": x, "z": z, "y": y})


def found(formula, data, code, **options):
    result = sl.logit(formula, data, on_failure="warn", **options)
    matching = [f for f in result.findings if f.code == code]
    assert len(matching) == 1, [f.code for f in result.findings]
    return matching[0]


def codes(formula, data, **options):
    return {f.code for f in sl.logit(formula, data, **options).findings}


def test_plain_data_give_no_finding_but_convergence():
    assert codes("y ~ x + z", frame()) == {"converged"}


def test_aliased_column_is_written_as_the_sum_it_equals():
    data = frame().assign(w=lambda d: 2 * d.x - 0.5 * d.z + 3)
    finding = found("y ~ x + z + w", data, "aliased")
    assert "`w` = 3*`Intercept` + 2*`x` - 0.5*`z`" in finding.sentence
    assert finding.severity == "warning"
    assert "Drop w" in finding.remedy


def test_aliased_factor_columns_are_sums_of_its_other_levels():
    data = frame().assign(g=np.arange(200) % 3, h=lambda d: np.where(d.g == 2, "c", np.where(d.g == 1, "b", "a")))
    finding = found("y ~ x + C(g) + C(h)", data, "aliased")
    assert "`C(h)[T.b]` = `C(g)[T.1]`; `C(h)[T.c]` = `C(g)[T.2]`" in finding.sentence


def test_aliased_far_from_zero_and_in_other_units():
    data = frame().assign(t=lambda d: 1e6 + d.x, f=lambda d: 32 + 1.8 * d.t)
    assert "`f` = 32*`Intercept` + 1.8*`t`" in found("y ~ t + f", data, "aliased").sentence


def test_aliased_in_multinomial_fits():
    data = frame().assign(w=lambda d: d.x + d.z, k=np.arange(200) % 3)
    result = sl.multinomial("k ~ x + z + w", data)
    assert any(f.code == "aliased" and "`w` = `x` + `z`" in f.sentence for f in result.findings)


def test_nearly_dependent_columns_are_named_and_no_others():
    noise = np.random.default_rng(2).normal(size=200)
    data = frame().assign(w=lambda d: d.x + 1e-9 * noise, u=noise[::-1])
    finding = found("y ~ x + z + u + w", data, "ill_conditioned")
    assert finding.severity == "warning"
    assert finding.sentence.startswith("x, w nearly depend on each other")
    assert "Drop one of x, w" in finding.remedy
    number = float(finding.sentence.split("condition number ")[1].split(")")[0])
    assert 0.2 < number / np.linalg.cond(np.column_stack([data.x, data.w])) < 5  # there without weights


@pytest.mark.parametrize(("formula", "remedy"), [("y ~ t", "center(t)"), ("y ~ s + I(s**2) + I(s**3)", "poly(s, 3)")])
def test_columns_far_from_zero_are_to_be_centred_or_made_orthogonal(formula, remedy):
    data = frame().assign(t=lambda d: 1e7 + d.x, s=lambda d: 1000 + d.x)
    assert remedy in found(formula, data, "ill_conditioned").remedy


def test_condition_is_that_of_the_weighted_columns():
    data = frame().assign(t=lambda d: 2e6 + d.x)
    result = sl.logit("y ~ t + z", data)
    mu = result.fittedvalues.to_numpy()
    x = np.sqrt(mu * (1 - mu))[:, None] * np.column_stack([np.ones(200), data.t, data.z])
    condition = np.linalg.cond(x / np.linalg.norm(x, axis=0))
    finding = next(f for f in result.findings if f.code == "ill_conditioned")
    assert f"condition number {condition:.1e}" in finding.sentence


def test_high_leverage_names_the_row_the_column_and_the_value():
    data = frame().set_index(np.arange(1000, 1200))
    data.loc[1007, ["x", "y"]] = [1e9, 0]
    finding = found("y ~ x + z", data, "high_leverage")
    assert "Row 1007" in finding.sentence
    assert "x = 1e+09" in finding.sentence
    assert "data.drop(1007)" in finding.run


def test_leverage_agrees_with_the_influence_of_the_rows():
    data = frame()
    data.loc[7, ["x", "y"]] = [1e6, 0]
    result = sl.logit("y ~ x + z", data)
    highest = result.augment()["_hat"].max()
    finding = next(f for f in result.findings if f.code == "high_leverage")
    assert f"leverage {highest:.4g}," in finding.evidence


def test_few_and_rare_events():
    data = pd.DataFrame({"x": np.arange(5000) % 6, "y": (np.arange(5000) % 700 == 0).astype(int)})
    assert "8 events per estimated slope" in found("y ~ x", data, "few_events").sentence
    assert "8 of 5,000 outcomes" in found("y ~ x", data, "rare_events").sentence
    many = pd.concat([data] * 40)
    assert not {"few_events", "rare_events"} & codes("y ~ x", many)


def test_zero_cell_is_told_where_a_penalty_hides_it():
    data = frame().assign(g=lambda d: np.where((d.index < 9) & (d.y == 1), "c", "a"))
    finding = found("y ~ x + C(g)", data, "zero_cells", penalty=sl.Firth())
    assert "C(g) = c has only events" in finding.sentence
    with pytest.raises(sl.SeparationError):
        sl.logit("y ~ x + C(g)", data)


def test_huge_offsets_and_the_rows_they_settle():
    data = frame().assign(o=lambda d: np.where(d.index < 20, 60.0 * (2 * d.y - 1), 0.0))
    finding = found("y ~ x", data, "huge_offsets", offset="o")
    assert "20 of 200 rows thereby inform no coefficient" in finding.sentence
    assert "only move the intercept" in found("y ~ x", data.assign(o=500.0), "huge_offsets", offset="o").sentence
    assert "huge_offsets" not in codes("y ~ x", data.assign(o=lambda d: d.z), offset="o")


def test_dominated_weights_and_rows_left_out():
    data = frame().assign(w=lambda d: np.where(d.index == 5, 1e6, 1.0) * (d.index != 6))
    assert "Row 5 carries 100%" in found("y ~ x", data, "dominated", weights="w").sentence
    assert "1 row of zero weight" in found("y ~ x", data, "zero_weight", weights="w").sentence
    data.loc[:19, "x"] = np.nan
    dropped = found("y ~ x", data, "rows_dropped")
    assert (dropped.severity, "x 20" in dropped.sentence) == ("warning", True)


def test_too_few_rows():
    assert "5 rows for 2 coefficients" in found("y ~ x", frame(5, seed=5), "near_saturated").sentence
    wide = pd.DataFrame(np.random.default_rng(3).normal(size=(6, 8)), columns=list("abcdefgh")).assign(y=[0, 1] * 3)
    finding = found("y ~ a + b + c + d + e + f + g + h", wide, "more_columns_than_rows", penalty=sl.Ridge(1.0))
    assert "9 columns for 6 rows" in finding.sentence
    grouped = pd.DataFrame({"s": [3, 5, 7], "n": [10, 10, 10], "g": list("abc")})
    assert "observed ones" in found("s ~ g", grouped, "near_saturated", trials="n").sentence


def test_loose_certificate_is_told():
    finding = found("y ~ x", frame(), "loose_certificate", tol=1e-2, solver=sl.Irls())
    assert "standard errors of the maximum" in finding.sentence
    assert "tol=1e-05" in finding.remedy


def test_every_way_of_failing_has_its_own_remedy():
    fit = sl.logit("y ~ x", frame().assign(o=0.1), offset="o").fit
    remedies = {status: remedy_of(fit, status) for status in Status}
    failing = [s for s in Status if s not in (Status.CONVERGED, Status.SEPARATED)]
    assert len({remedies[s] for s in failing}) == len(failing)
    assert "max_iterations=" in remedies[Status.MAX_ITERATIONS]
    assert all("max_iterations" not in remedies[s] for s in failing if s is not Status.MAX_ITERATIONS)
    assert "offset" in remedies[Status.SINGULAR]
    assert "x" in remedies[Status.SINGULAR]


def test_rows_without_information_are_not_to_be_iterated_longer():
    data = frame().assign(o=lambda d: 1e4 * (2 * d.y - 1))
    with pytest.raises(sl.StatlogitError) as caught:
        sl.logit("y ~ x - 1", data, offset="o")
    assert "offset" in str(caught.value)
    assert "max_iterations" not in str(caught.value)


def test_firth_says_why_it_certifies_nothing():
    result = sl.logit("y ~ x", frame(), penalty=sl.Firth())
    assert "holds for the likelihood alone" in result.certificate.sentence
    assert "loose_certificate" not in {f.code for f in result.findings}


def test_each_code_in_the_code_is_in_the_catalogue_and_on_the_page():
    used = set()
    for path in (ROOT / "statlogit").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Finding":
                used.add(ast.literal_eval(node.args[0]))
    listed = [entry.code for entry in CATALOGUE]
    assert used == set(listed)
    assert len(listed) == len(used)
    assert (ROOT / "docs" / "findings.md").read_text(encoding="utf-8") == page()


def test_false_alarms_are_as_rare_as_the_catalogue_says():
    alarms, n_models = measure(60)
    stated = {entry.code: (entry.alarms or 0) / 1000 for entry in CATALOGUE}
    assert all(count / n_models <= stated[code] + 0.05 for code, count in alarms.items())
