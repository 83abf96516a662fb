"""Another covariance reaches every table and header of a result, or is refused with its reason."""

import json

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

import statlogit as sl
from statlogit.cli import main
from statlogit.persist import load

pytestmark = pytest.mark.slow  # left to the whole suite: the quick subset keeps under a minute

KINDS = {
    "HC3": "Robust (HC3",
    "CR2": "Cluster-robust (CR2, 40 clusters of id",
    "cluster": "Cluster-robust (CR1, 40 clusters of id",
    "quasi": "times the dispersion",
    sl.Bootstrap(30, seed=2): "Bootstrap of 40 clusters of id (30 replications, seed 2)",
    sl.Bootstrap(30, by="rows"): "Bootstrap of rows (30 replications, seed 0)",
}


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(6)
    n = 320
    out = pd.DataFrame({"x": rng.normal(size=n), "g": rng.choice(["u", "v"], n), "id": np.arange(n) % 40})
    out["m"] = rng.integers(3, 9, n)
    eta = 0.4 * out["x"] + rng.normal(size=40)[out["id"]]
    out["s"] = rng.binomial(out["m"], 1 / (1 + np.exp(-eta)))
    out["k"] = rng.choice(["a", "b", "c"], n)
    return out


@pytest.fixture(scope="module")
def grouped(data):
    return sl.logit("s ~ x + g", data, trials="m", cluster="id")


@pytest.fixture(scope="module")
def classes(data):
    return sl.multinomial("k ~ x + g", data, cluster="id")


def name(kind):
    return kind if isinstance(kind, str) else "bootstrap"


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_every_table_of_a_binary_result_follows(grouped, kind, tmp_path):
    r = grouped.with_covariance(kind)
    root = np.sqrt(np.diag(grouped.cov_params(kind)))
    np.testing.assert_array_equal(r.bse, root)
    assert (r.bse != grouped.bse).all()
    np.testing.assert_allclose(r.zvalues, r.params / root)
    np.testing.assert_allclose(r.conf_int()["conf_high"] - r.params, 1.959963984540054 * root)
    np.testing.assert_array_equal(r.tidy()["std_error"], root)
    assert r.glance().loc[0, "covariance"] == name(kind)
    slopes = r.cov_params().iloc[1:, 1:]
    wald = r.overall_test("Wald")
    assert wald.to_frame().loc[0, "statistic"] == pytest.approx(r.params[1:] @ np.linalg.solve(slopes, r.params[1:]))
    assert f"{name(kind)} covariance" in wald.title
    row = np.array([1.0, 0.7, 1.0])
    new = pd.DataFrame({"x": [0.7], "g": ["v"]})
    expected = np.sqrt(row @ r.cov_params().to_numpy() @ row)
    assert r.predict(new, kind="link", interval="confidence").loc[0, "std_error"] == pytest.approx(expected)
    saved = load(r.save(tmp_path / "model.json")).predict(new, kind="link", interval="confidence")
    assert saved.loc[0, "std_error"] == pytest.approx(expected)
    for report in ("report.html", "report.txt", "report.md", "report.json"):
        text = r.report(tmp_path / report).read_text(encoding="utf-8")
        assert KINDS[kind] in " ".join(text.split()), report
    assert f".with_covariance({'sl.' if name(kind) == 'bootstrap' else ''}{kind!r})" in " ".join(r.summary().split())


@pytest.mark.parametrize("kind", [k for k in KINDS if k != "quasi"], ids=str)
def test_every_table_of_a_multinomial_result_follows(classes, kind, tmp_path):
    r = classes.with_covariance(kind)
    covariance = classes.cov_params(kind)
    root = np.sqrt(np.diag(covariance))
    np.testing.assert_array_equal(r.bse.to_numpy().ravel(order="F"), root)
    assert (r.bse != classes.bse).all(axis=None)
    np.testing.assert_allclose(r.zvalues, r.params / r.bse)
    np.testing.assert_allclose(np.diff(r.conf_int())[:, 0], 2 * 1.959963984540054 * root)
    np.testing.assert_array_equal(r.tidy()["std_error"], root)
    assert r.glance().loc[0, "covariance"] == name(kind)
    robust, plain = (m.predict(interval="confidence").xs("std_error", axis=1, level=1).to_numpy() for m in (r, classes))
    assert (robust != plain).any()
    assert np.isfinite(robust).all()
    for report in ("report.html", "report.txt"):
        text = r.report(tmp_path / report).read_text(encoding="utf-8")
        assert KINDS[kind] in " ".join(text.split())


def test_the_fit_takes_the_covariance_too(data, grouped, classes):
    a = sl.logit("s ~ x + g", data, trials="m", cluster="id", covariance="CR2")
    assert (a.bse == grouped.with_covariance("CR2").bse).all()
    b = sl.multinomial("k ~ x + g", data, cluster="id", covariance="cluster")
    assert (b.bse == classes.with_covariance("cluster").bse).all(axis=None)


def test_two_way_clusters_are_named(data):
    r = sl.logit("s ~ x", data, trials="m", cluster=("id", "m"), covariance="cluster")
    assert "Two-way cluster-robust (CR1, 40 clusters of id and 6 clusters of m" in " ".join(r.summary().split())


def test_clusters_given_and_not_used_are_a_finding(grouped):
    assert any(f.code == "cluster_unused" for f in grouped.findings)
    assert not any(f.code == "cluster_unused" for f in grouped.with_covariance("cluster").findings)


def test_few_clusters_are_a_finding_with_the_t_quantile(data):
    r = sl.logit("s ~ x", data, trials="m", cluster="m", covariance="cluster")
    finding = next(f for f in r.findings if f.code == "few_clusters")
    assert "t with 5 df asks for 2.57" in finding.evidence


def test_a_joint_wald_test_needs_more_clusters_than_slopes(data):
    r = sl.logit("s ~ x + g", data, trials="m", cluster=data["id"] % 2, covariance="cluster")
    with pytest.raises(sl.FitError, match="singular"):
        r.overall_test("Wald")
    assert "Likelihood-ratio" not in r.summary().partition("Term tests")[2].partition("Fit")[0]


SEPARATED = pd.DataFrame({"x": [0, 0, 0, 0, 1, 1], "z": [1.0, 2, 3, 4, 5, 6], "y": [0, 1, 0, 1, 1, 1]})


@pytest.mark.parametrize("kind", ["HC0", "HC3", "cluster", sl.Bootstrap(10)], ids=str)
@pytest.mark.filterwarnings("ignore::statlogit.errors.SeparationWarning")
def test_an_infinite_estimate_has_no_standard_error_under_any_covariance(kind, tmp_path):
    plain = sl.logit("y ~ x", SEPARATED, cluster="z", on_failure="warn")
    with pytest.raises(sl.FitError, match="infinite estimate"):
        plain.with_covariance(kind)
    r = sl.logit("y ~ x", SEPARATED, cluster="z", on_failure="warn", covariance=kind)
    assert np.isinf(r.params["x"])
    assert r.bse.isna().all()
    assert r.zvalues.isna().all()
    assert r.predict(interval="confidence")["std_error"].isna().all()
    assert "covariance_withheld" in {f.code for f in r.findings}
    assert "was asked for" in r.summary()
    saved = load(r.save(tmp_path / "m.json")).predict(SEPARATED, interval="confidence")
    assert saved["std_error"].isna().all()
    many = pd.concat([SEPARATED.assign(y=["a", "b", "a", "b", "c", "c"]), SEPARATED.assign(y=list("bababc"))])
    m = sl.multinomial("y ~ x", many, cluster="z", on_failure="warn", covariance=kind)
    assert m.bse.isna().all(axis=None)
    assert m.predict(interval="confidence").xs("std_error", axis=1, level=1).isna().all(axis=None)
    with pytest.raises(sl.FitError, match=r"infinite|maximum"):
        m.with_covariance(kind)


@pytest.mark.parametrize("penalty", [sl.Ridge(1.0), sl.Firth()], ids=str)
@pytest.mark.parametrize("kind", ["HC3", "cluster", "bootstrap"])
def test_penalised_estimates_are_refused(data, penalty, kind):
    with pytest.raises(sl.FitError, match="penalised"):
        sl.logit("g ~ x", data, event="u", cluster="id", penalty=penalty, covariance=kind)


@pytest.mark.filterwarnings("ignore::statlogit.errors.NotConvergedWarning")
def test_other_refusals_say_why(data, classes):
    binary = sl.logit("g ~ x", data, event="u")
    for r, kind, why in [
        (binary, "quasi", "one outcome a row"), (classes, "quasi", "one outcome a row"),
        (binary, "cluster", "needs cluster="),
        (sl.logit("g ~ x", data, event="u", cluster=("id", "m")), "CR2", "one cluster variable"),
        (sl.logit("s ~ C(id)", data.head(3).assign(s=[1, 2, 1]), trials="m"), "HC3", "3 rows for 3 coefficients"),
        (sl.logit("g ~ x", data, event="u", cluster=np.zeros(len(data))), "CR3", "two clusters"),
    ]:  # fmt: skip
        with pytest.raises(sl.FitError, match=why):
            r.with_covariance(kind)
    with pytest.raises(sl.FitError, match="ended elsewhere"):
        sl.logit(
            "g ~ x", data, event="u", max_iterations=1, solver=sl.GradientDescent(), on_failure="warn"
        ).with_covariance("HC3")  # fmt: skip
    for bad in ("HC4", None, 3):
        with pytest.raises(ValueError, match="is not known"):
            binary.with_covariance(bad)
    with pytest.raises(ValueError, match="covariance='robust'"):
        sl.multinomial("k ~ x", data, covariance="robust")


@pytest.mark.parametrize(
    ("arguments", "heading"),
    [
        (["s ~ x", "--trials", "m", "--cluster", "id", "--covariance", "CR3"], "CR3, 40 clusters of id"),
        (["s ~ x", "--trials", "m", "--cluster", "id", "--cluster", "m", "--covariance", "cluster"], "Two-way"),
        (["k ~ x", "--multinomial", "--cluster", "id", "--covariance", "cluster"], "CR1, 40 clusters of id"),
    ],
)
def test_command_line(data, tmp_path, arguments, heading):
    path = tmp_path / "data.csv"
    data.to_csv(path, index=False)
    formula, *rest = arguments
    text = CliRunner().invoke(main, ["fit", formula, str(path), *rest]).stdout
    assert heading in " ".join(text.split())
    document = json.loads(CliRunner().invoke(main, ["fit", formula, str(path), *rest, "--json"]).stdout)
    assert document["fit"]["covariance"] == rest[-1]


def test_command_line_refuses_a_third_cluster_column():
    three = [part for name in "abc" for part in ("--cluster", name)]
    found = CliRunner().invoke(main, ["fit", "y ~ x", "nowhere.csv", *three])
    assert found.exit_code == 2
    assert "one or two" in found.stderr
