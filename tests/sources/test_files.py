"""Fits of files: the numbers of the same rows in memory, errors that name the file, and nothing that needs the rows."""

import os
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import statlogit as sl
from statlogit.core.blocks import ROWS_PER_BLOCK, InMemory
from statlogit.diagnostics import cells
from statlogit.effects import streamed, subject, variables
from statlogit.effects.averages import average_probabilities, average_slopes
from statlogit.errors import (
    DataError,
    MissingValuesError,
    NotConvergedError,
    ResponseError,
    RowsNeededError,
    SeparationError,
    WeightsError,
)
from statlogit.fit import Settings, fit, gathered, solve, streaming
from statlogit.fit.model import rows_of
from statlogit.fit.streaming import stream

pytestmark = pytest.mark.slow  # left to the whole suite: the quick subset keeps under a minute

TILE = 64
OTHER_BOUNDARIES = 1e-12  # of the standard error: sums of the same terms in another order
FORMULA = "y ~ x + z*g + C(k)"


@pytest.fixture(autouse=True)
def _read_from_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is small enough for memory."""
    monkeypatch.setattr(streaming, "IN_MEMORY", 0)
    monkeypatch.setattr(streaming, "IN_MEMORY_BYTES", 0)


def rows(n: int = 1920, seed: int = 3) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    x, z = rng.standard_normal((2, n))
    g = np.array(["north", "south", "east"])[rng.integers(0, 3, n)]
    eta = 0.5 * x - 0.7 * z + 0.4 * (g == "east") - 0.2
    y = (rng.random(n) < 1 / (1 + np.exp(-eta))).astype(int)
    return pd.DataFrame(
        {
            "y": y, "x": x, "z": z, "g": g, "k": rng.integers(1, 5, n), "w": rng.integers(1, 4, n).astype(float),
            "m": rng.integers(1, 9, n), "o": 0.1 * rng.standard_normal(n), "c": rng.integers(0, 40, n),
            "d": np.array(list("pqrst"))[rng.integers(0, 5, n)], "kind": np.array(list("abc"))[rng.integers(0, 3, n)],
            "unused": "text",
        }
    )  # fmt: skip


def written(frame: pd.DataFrame, folder: Path, files: int = 3, group: int = 5 * TILE) -> str:
    """The rows in some Parquet files, in order."""
    folder.mkdir(exist_ok=True)
    for k, place in enumerate(np.array_split(np.arange(len(frame)), files)):
        table = pa.Table.from_pandas(frame.iloc[place], preserve_index=False)
        pq.write_table(table, folder / f"part-{k}.parquet", row_group_size=group)
    return str(folder)


@pytest.mark.parametrize(("files", "group"), [(3, 5 * TILE), (1, 10_000), (2, TILE)])
def test_the_same_blocks_give_the_same_bits_from_files_and_from_memory(tmp_path: Path, files: int, group: int) -> None:
    frame = rows()
    folder = written(frame, tmp_path / "rows", files, group)
    from_files = fit(stream(FORMULA, folder, rows_per_block=TILE), Settings())
    whole = sl.logit(FORMULA, frame).fit
    tiled = InMemory(rows_of(whole.frame).block, TILE)
    again = stream(FORMULA, folder, rows_per_block=TILE)
    assert np.array_equal(whole.frame.x.to_array(), np.vstack([b.x.to_array() for b in again.rows]))
    from statlogit.core.families import family_of
    from statlogit.fit.estimate import estimate

    expected = estimate(tiled, family_of(1), intercept=0, settings=Settings())
    assert np.array_equal(from_files.beta, expected.beta)
    assert np.array_equal(from_files.covariance, expected.covariance)
    assert from_files.estimate.loglik == expected.loglik


OPTIONS = [
    (FORMULA, {}),
    ("y ~ poly(x, 2) + bs(z, df=5) + g", {}),
    ("y ~ x + g", {"weights": "w", "offset": "o"}),
    ("m ~ x + g", {"trials": "t"}),
    ("cbind(m, w) ~ x + g", {}),
    ("kind ~ x + g", {"event": "b"}),
    ("y ~ 0 + x + g:z", {}),
    ("y ~ 1", {}),
    ("y ~ x", {"penalty": sl.Ridge(2.0, "standardised")}),
    ("y ~ x", {"penalty": sl.Firth()}),
]


@pytest.mark.parametrize(("formula", "options"), OPTIONS)
def test_files_say_what_memory_says(tmp_path: Path, formula: str, options: dict[str, object]) -> None:
    frame = rows()
    frame["t"] = frame["m"] + 2
    frame.loc[[4, 900], "x"] = np.nan
    frame.loc[[5, 901], "g"] = None
    frame.loc[7, "w"] = 0.0
    folder = written(frame, tmp_path / "rows", files=5, group=100)
    a, b = sl.logit(formula, folder, **options), sl.logit(formula, frame, **options)
    assert a.names == b.names
    assert (np.abs(a.params - b.params) <= OTHER_BOUNDARIES * b.bse).all()
    for name in ("llf", "llnull", "deviance", "null_deviance", "aic", "bic", "nobs"):
        assert getattr(a, name) == pytest.approx(getattr(b, name), rel=1e-12)
    ours, theirs = a.glance().iloc[0], b.glance().iloc[0]
    same = [name for name in ours.index if name != "method"]
    for name in same:
        one, other = ours[name], theirs[name]
        if isinstance(other, float):  # absolute: a likelihood-ratio statistic of nothing is a rounding
            other = pytest.approx(other, rel=1e-10, abs=1e-9, nan_ok=True)
        assert one == other, name
    assert a.fit.frame.dropped == tuple(d for d in b.fit.frame.dropped if d.count)
    assert a.fit.frame.n_zero_weight == b.fit.frame.n_zero_weight
    assert a.fit.frame.response == b.fit.frame.response or a.fit.frame.response.counts == pytest.approx(
        b.fit.frame.response.counts
    )
    ours_said, theirs_said = ({f.code for f in r.findings} for r in (a, b))
    assert {"converged", "rows_dropped"} & theirs_said <= ours_said <= theirs_said  # single rows cannot be spoken of
    levels = {text: a.fit.frame.level_counts(text) for text in a.fit.frame.factors}
    for text in b.fit.frame.factors:
        for mine, other in zip(levels[text], b.fit.frame.level_counts(text), strict=True):
            assert (mine.level, mine.n) == (other.level, pytest.approx(other.n))
    assert np.allclose(a.predict(frame), b.predict(frame), rtol=1e-12, atol=0.0, equal_nan=True)


@pytest.mark.parametrize("kind", ["HC0", "HC1", "HC2", "HC3", "CR0", "CR1", "CR2", "CR3"])
def test_robust_covariances_are_folds(tmp_path: Path, kind: str) -> None:
    frame = rows()
    folder = written(frame, tmp_path / "rows")
    a = sl.logit("y ~ x + g", folder, cluster="c", covariance=kind)
    b = sl.logit("y ~ x + g", frame, cluster="c", covariance=kind)
    assert np.allclose(a.cov_params(), b.cov_params(), rtol=1e-11, atol=1e-16)


def test_two_cluster_variables_and_weights(tmp_path: Path) -> None:
    frame = rows()
    folder = written(frame, tmp_path / "rows")
    options = {"cluster": ("c", "d"), "covariance": "cluster", "weights": "w"}
    a, b = sl.logit("y ~ x", folder, **options), sl.logit("y ~ x", frame, **options)
    assert np.allclose(a.cov_params(), b.cov_params(), rtol=1e-11, atol=1e-16)
    assert a.fit.frame.n_clusters == b.fit.frame.n_clusters == (40, 5)


def test_a_multinomial_fit_of_files(tmp_path: Path) -> None:
    frame = rows()
    folder = written(frame, tmp_path / "rows")
    a, b = sl.multinomial("kind ~ x + g", folder, reference="b"), sl.multinomial("kind ~ x + g", frame, reference="b")
    assert np.allclose(a.params, b.params, rtol=0, atol=1e-12)
    assert np.allclose(a.cov_params(), b.cov_params(), rtol=1e-11, atol=1e-16)
    assert "Left out" in a.summary()
    with pytest.raises(RowsNeededError):
        a.confusion()
    assert np.allclose(a.predict(frame.head(20)), b.predict(frame.head(20)), rtol=1e-11)


def test_a_level_first_seen_in_the_last_file_is_a_level(tmp_path: Path) -> None:
    frame = rows()
    frame.loc[frame.index[-200:], "g"] = "west"
    a, b = sl.logit("y ~ g", written(frame, tmp_path / "rows")), sl.logit("y ~ g", frame)
    assert a.names == b.names == ("Intercept", "g[T.north]", "g[T.south]", "g[T.west]")
    assert np.allclose(a.params, b.params, rtol=0, atol=1e-12)


def test_nan_and_null_are_both_missing(tmp_path: Path) -> None:
    frame = rows(200)
    values = [None if k % 7 == 0 else float("nan") if k % 11 == 0 else v for k, v in enumerate(frame["x"])]
    table = pa.table({"y": frame["y"], "x": pa.array(values, pa.float64(), from_pandas=False)})
    pq.write_table(table, tmp_path / "a.parquet")
    r = sl.logit("y ~ x", tmp_path / "a.parquet")
    gone = sum(k % 7 == 0 or k % 11 == 0 for k in range(200))
    assert r.nobs == 200 - gone
    assert [(d.variable, d.count) for d in r.fit.frame.dropped] == [("x", gone)]
    with pytest.raises(MissingValuesError, match=rf"{gone} of 200 rows have missing values: x \({gone}\)"):
        sl.logit("y ~ x", tmp_path / "a.parquet", missing="raise")


def test_csv_files_of_a_folder(tmp_path: Path) -> None:
    frame = rows(600)
    frame.loc[[3, 500], "x"] = np.nan
    for k, part in enumerate(np.array_split(np.arange(600), 4)):
        frame.iloc[part].to_csv(tmp_path / f"{k}.csv", index=False)
    b = sl.logit(FORMULA, frame)
    for path in (tmp_path, tmp_path / "*.csv"):
        a = sl.logit(FORMULA, path)
        assert not a.fit.frame.in_memory
        assert a.names == b.names
        assert np.allclose(a.params, b.params, rtol=0, atol=1e-11)
    (tmp_path / "9.csv").write_text("y,x\n1,2\n")
    with pytest.raises(DataError, match=r"9\.csv has another header"):
        sl.logit(FORMULA, tmp_path)


def test_what_is_small_is_read_whole_and_answers_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frame = rows(600)
    folder = written(frame, tmp_path / "rows")
    monkeypatch.setattr(streaming, "IN_MEMORY", 10_000)
    a, b = sl.logit(FORMULA, folder), sl.logit(FORMULA, frame)
    assert np.array_equal(a.params, b.params)
    assert a.roc().auc == b.roc().auc


def test_what_needs_the_rows_is_refused_with_the_reason(tmp_path: Path) -> None:
    frame = rows()
    r = sl.logit("y ~ x + g", written(frame, tmp_path / "rows"))
    asks = (
        r.augment, r.goodness, partial(r.with_covariance, "bootstrap"), r.binned_residuals,
        lambda: r.fittedvalues, lambda: r.residuals,
    )  # fmt: skip
    for ask in asks:
        with pytest.raises(RowsNeededError, match="needs rows in memory"):
            ask()
    with pytest.raises(RowsNeededError, match=r"statlogit predict model\.json DATA -o out\.parquet"):
        r.predict()
    for unknown in ({"by": "g"}, {"kind": "at means"}, {"change": {"x": "iqr"}}):
        with pytest.raises(RowsNeededError, match="give values"):
            r.effects(**unknown)
    assert r.roc(frame).auc == pytest.approx(sl.logit("y ~ x + g", frame).roc().auc)
    assert len(r.effects(newdata=frame).to_frame())
    assert len(r.anova(test="LR").to_frame()) == 2
    assert np.isfinite(r.conf_int(method="profile")).all(axis=None)


ROUNDED = 1e-10  # relative: estimates agree to 1e-12 standard errors, so predictions to 1e-13; sums in another order


@pytest.mark.parametrize("formula", ["y ~ g + C(k)", "y ~ x + z*g"])
@pytest.mark.parametrize("options", [{}, {"weights": "w"}, {"offset": "o"}])
def test_discrimination_and_calibration_are_folds(tmp_path: Path, formula: str, options: dict[str, str]) -> None:
    frame = rows()
    a, b = sl.logit(formula, written(frame, tmp_path / "rows"), **options), sl.logit(formula, frame, **options)
    assert a.roc().auc_bound == 0.0
    close = partial(pytest.approx, rel=ROUNDED)
    assert (a.roc().auc, a.roc().auc_se) == close((b.roc().auc, b.roc().auc_se))
    one, two = a.calibration(), b.calibration()
    assert one.width == 0.0
    assert np.allclose(one.bins.to_frame(), two.bins.to_frame(), rtol=ROUNDED)
    assert (one.slope, one.ici, one.e90, one.log_loss) == close((two.slope, two.ici, two.e90, two.log_loss))
    for name in ("brier", "reliability", "resolution", "uncertainty", "within_variance"):
        assert getattr(one.brier, name) == close(getattr(two.brier, name))
    for table in ("concordance", "thresholds", "decision_curve"):
        ours, theirs = (getattr(r, table)().to_frame() for r in (a, b))
        assert np.allclose(
            ours.select_dtypes("number"), theirs.select_dtypes("number"), rtol=ROUNDED, atol=1e-12, equal_nan=True
        )
    assert a.precision_recall().average_precision == close(b.precision_recall().average_precision)


def test_many_predictions_are_counted_in_cells_with_a_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frame = rows()
    folder = written(frame, tmp_path / "rows")
    exact = sl.logit("y ~ x + z", frame)
    monkeypatch.setattr(cells, "MOST_CELLS", 200)
    r = sl.logit("y ~ x + z", folder)
    assert 0.0 < r.roc().auc_bound < 1e-2
    assert abs(r.roc().auc - exact.roc().auc) <= r.roc().auc_bound
    one, two = r.calibration(), exact.calibration()
    assert one.width > 0.0
    assert (one.brier.brier, one.log_loss) == pytest.approx((two.brier.brier, two.log_loss), rel=ROUNDED)
    assert (one.intercept, one.slope) == pytest.approx((0.0, 1.0), abs=one.width)
    assert one.ici == pytest.approx(two.ici, abs=one.width)
    ours, theirs = one.bins.to_frame(), two.bins.to_frame()
    assert ours["n"].sum() == theirs["n"].sum() == r.nobs
    assert (ours["predicted"] * ours["n"]).sum() == pytest.approx((theirs["predicted"] * theirs["n"]).sum())
    text = r.summary()
    assert "Predictions counted in cells of" in " ".join(text.split())


def large(n: int = 3 * 2 * ROWS_PER_BLOCK) -> pd.DataFrame:
    """Whole batches in each of three row groups, so that the tiles are those of memory."""
    frame = rows(n)
    frame["t"] = frame["x"] > 0.3
    frame["b"] = frame["k"] % 2
    return frame


def test_averages_over_files_have_the_bits_of_memory_given_the_same_tiles(tmp_path: Path) -> None:
    frame = large()
    formula = "y ~ np.exp(0.3 * x) + z*g + C(k) + t + b"
    folder = written(frame, tmp_path / "rows", group=2 * ROWS_PER_BLOCK)
    held, read = sl.logit(formula, frame), sl.logit(formula, folder)
    ours = read._subject(None)
    theirs = replace(held._subject(None), beta=ours.beta, covariance=ours.covariance)
    assert ours.variables == theirs.variables
    pairs = [(average_slopes(s, ["x", "z"]), average_probabilities(s, SETTINGS)) for s in (ours, theirs)]
    for one, two in zip(*pairs, strict=True):
        for name in ("value", "jacobian", "columns"):
            assert np.array_equal(getattr(one, name), getattr(two, name)), name


SETTINGS = [{"g": "east"}, {"g": "north"}, {"g": "south"}]


@pytest.mark.parametrize("options", [{}, {"weights": "w"}, {"offset": "o"}])
def test_effects_are_folds(tmp_path: Path, options: dict[str, str]) -> None:
    frame = large(1920)
    frame.loc[[3, 700], "x"] = np.nan
    formula = "y ~ x + z*g + C(k) + t + b"
    a, b = sl.logit(formula, written(frame, tmp_path / "rows"), **options), sl.logit(formula, frame, **options)
    for ask in (
        lambda r: r.effects(),
        lambda r: r.effects(compare="ratio", at={"z": [0.0, 1.0]}, change={"x": "sd", "z": (0.0, 1.0)}),
        lambda r: r.odds_ratios(),
        lambda r: r.adjusted({"x": [-1.0, 1.0], "g": ["east", "north"]}, scale="log-odds"),
        lambda r: r.pairwise("g"),
    ):
        ours, theirs = ask(a).to_frame(), ask(b).to_frame()
        assert ours.select_dtypes(exclude="number").equals(theirs.select_dtypes(exclude="number"))
        assert np.allclose(
            ours.select_dtypes("number"), theirs.select_dtypes("number"), rtol=1e-9, atol=1e-12, equal_nan=True
        )
    one, two = a.effect_curve("x", points=3), b.effect_curve("x", points=3)
    assert np.allclose(one.curves[0].y, two.curves[0].y, rtol=ROUNDED)
    text = a.summary()
    assert "Averages over 1,918 rows." in text
    assert "Curves are not drawn here" in text


def test_the_columns_of_files_are_looked_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    r = sl.logit("y ~ x + g", written(rows(), tmp_path / "rows"))
    first = r.effects().to_frame()
    monkeypatch.setattr(subject, "streamed_population", None)
    assert r.effects().to_frame().equals(first)
    assert len(r.odds_ratios().to_frame()) == 3


def test_effects_know_all_levels_of_a_factor_of_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frame = rows()
    monkeypatch.setattr(streamed, "MOST_LEVELS", 1)
    monkeypatch.setattr(variables, "MOST_LEVELS", 1)
    a, b = (sl.logit("y ~ x + g", d) for d in (written(frame, tmp_path / "rows"), frame))
    ours, theirs = (r.effects().to_frame().select_dtypes("number") for r in (a, b))
    assert np.allclose(ours, theirs, rtol=1e-9, atol=1e-12)
    a = sl.logit("y ~ x + I(g == 'east')", tmp_path / "rows")
    with pytest.raises(DataError, match="at most 1 can be compared"):
        a.effects()


def test_effects_on_classes_are_folds(tmp_path: Path) -> None:
    frame = rows()
    a, b = (sl.multinomial("kind ~ x + g", d, reference="b") for d in (written(frame, tmp_path / "rows"), frame))
    ours, theirs = (r.effects().to_frame().select_dtypes("number") for r in (a, b))
    assert np.allclose(ours, theirs, rtol=1e-8, atol=1e-12)


def test_a_summary_says_what_is_left_out(tmp_path: Path) -> None:
    text = sl.logit("y ~ x + g", written(rows(), tmp_path / "rows")).summary()
    assert "Left out" in text
    assert "3 files" in text
    for suffix in ("html", "md", "json", "txt"):
        r = sl.logit("y ~ x + g", str(tmp_path / "rows" / "*.parquet"))
        assert r.report(tmp_path / f"r.{suffix}").stat().st_size > 1000
    assert sl.load(r.save(tmp_path / "m.json")).predict(rows(5)).notna().all()


def test_separation_is_decided_on_rows_that_fit_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frame = rows()
    frame.loc[frame["g"] == "east", "y"] = 1
    folder = written(frame, tmp_path / "rows")
    with pytest.raises(SeparationError, match="g"):
        sl.logit("y ~ x + g", folder)
    monkeypatch.setattr(solve, "MOST_DECIDED", 0.0)
    monkeypatch.setattr(gathered, "MOST_GATHERED", 0)
    with pytest.raises(NotConvergedError, match=r"of g\[T\.north\], g\[T\.south\] grow.*Fit a sample") as raised:
        sl.logit("y ~ x + g", folder)
    assert np.isnan(raised.value.result.bse).all()


# -- errors ----------------------------------------------------------------------------------------------------------
def test_a_file_that_was_cut_short_is_named(tmp_path: Path) -> None:
    folder = Path(written(rows(), tmp_path / "rows"))
    data = (folder / "part-1.parquet").read_bytes()
    (folder / "part-1.parquet").write_bytes(data[: len(data) // 2])
    with pytest.raises(DataError, match=r"part-1\.parquet cannot be read as Parquet"):
        sl.logit("y ~ x", folder)


def test_damage_inside_a_file_is_named_with_its_row_group(tmp_path: Path) -> None:
    folder = Path(written(rows(), tmp_path / "rows"))
    data = bytearray((folder / "part-1.parquet").read_bytes())
    data[100 : len(data) // 2] = bytes(len(data) // 2 - 100)
    (folder / "part-1.parquet").write_bytes(data)
    with pytest.raises(DataError, match=r"part-1\.parquet, row group \d+ cannot be read"):
        sl.logit("y ~ x + z", folder)


def test_a_file_with_another_schema_is_named(tmp_path: Path) -> None:
    folder = Path(written(rows(), tmp_path / "rows"))
    rows(20).assign(x="text").to_parquet(folder / "z.parquet")
    with pytest.raises(DataError, match=r"z\.parquet has text in column 'x', and .*part-0\.parquet has numbers"):
        sl.logit("y ~ x", folder)
    rows(20).drop(columns="x").to_parquet(folder / "z.parquet")
    with pytest.raises(DataError, match=r"z\.parquet has no column 'x'"):
        sl.logit("y ~ x", folder)
    assert sl.logit("y ~ z", folder).nobs == 1940


def test_an_empty_folder_an_empty_file_and_an_empty_partition(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"has no \.parquet or .csv file"):
        sl.logit("y ~ x", tmp_path)
    with pytest.raises(DataError, match="matches no file"):
        sl.logit("y ~ x", tmp_path / "*.parquet")
    with pytest.raises(DataError, match="No such file"):
        sl.logit("y ~ x", tmp_path / "none.parquet")
    folder = Path(written(rows(), tmp_path / "rows"))
    rows().head(0).astype({"x": float}).to_parquet(folder / "empty.parquet")
    assert sl.logit("y ~ x", folder).nobs == 1920
    (folder / "zero.parquet").touch()
    with pytest.raises(DataError, match=r"zero\.parquet is empty"):
        sl.logit("y ~ x", folder)


def test_only_empty_files_are_an_error(tmp_path: Path) -> None:
    pq.write_table(pa.table({"y": pa.array([], pa.int64()), "x": pa.array([], pa.float64())}), tmp_path / "a.parquet")
    with pytest.raises(DataError, match="no rows"):
        sl.logit("y ~ x", tmp_path)


def test_infinity_names_file_and_row_group(tmp_path: Path) -> None:
    frame = rows()
    frame.loc[1000, "x"] = np.inf
    with pytest.raises(DataError, match=r"part-1\.parquet, row group 1: x is infinite"):
        sl.logit("y ~ x", written(frame, tmp_path / "rows"))


def test_a_folder_that_changes_between_passes(tmp_path: Path) -> None:
    folder = Path(written(rows(), tmp_path / "rows"))
    frame = stream("y ~ x", folder)
    rows(10).to_parquet(folder / "part-9.parquet")
    with pytest.raises(DataError, match=r"part-9\.parquet has been added while"):
        fit(frame, Settings())
    os.remove(folder / "part-9.parquet")
    assert fit(frame, Settings()).n_rows == 1920
    os.utime(folder / "part-0.parquet", ns=(1, 1))
    with pytest.raises(DataError, match=r"part-0\.parquet has changed while"):
        fit(frame, Settings())
    os.remove(folder / "part-0.parquet")
    with pytest.raises(DataError, match=r"part-0\.parquet is gone"):
        fit(frame, Settings())


def test_arguments_are_names_and_outcomes_have_rules(tmp_path: Path) -> None:
    frame = rows()
    folder = written(frame, tmp_path / "rows")
    with pytest.raises(DataError, match="weights must be the name of a column"):
        sl.logit("y ~ x", folder, weights=np.ones(1920))
    with pytest.raises(ResponseError, match="must have two values"):
        sl.logit("x ~ z", folder)
    with pytest.raises(ResponseError, match="event="):
        sl.logit("kind ~ z", folder)
    with pytest.raises(ResponseError, match="successes cannot exceed trials"):
        sl.logit("m ~ z", folder, trials="w")
    with pytest.raises(WeightsError, match=r"part-0.parquet, row group 0: 'o' is negative"):
        sl.logit("y ~ z", folder, weights="o")
    with pytest.raises(DataError, match="is not a column"):
        sl.logit("y ~ nothing", folder)
    (tmp_path / "rows" / "a.csv").write_text("y,x\n1,2\n")
    with pytest.raises(DataError, match="both Parquet and CSV"):
        sl.logit("y ~ x", folder)
