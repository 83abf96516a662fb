"""The effects section: order, words, thinning said aloud, and no word of judgement."""

import numpy as np
import pandas as pd
import pytest

import statlogit as sl
from statlogit.errors import SeparationWarning
from statlogit.figures import EffectFigure
from statlogit.report.build import ORDER
from statlogit.report.outline import Outline, Paragraph, Section, Sentences
from statlogit.results import effects_report, residuals_report
from statlogit.results.multinomial_report import outline as class_outline
from statlogit.results.summary import outline
from statlogit.tables import Table

BIRTHS = pd.read_csv("examples/birthwt.csv")


def section(found: Outline, key: str) -> Section:
    (one,) = [s for s in found.sections if s.key == key]
    return one


def test_sections_stand_in_the_order_of_the_report() -> None:
    keys = [s.key for s in outline(sl.logit("low ~ age + C(race)", BIRTHS)).sections]
    assert keys == [key for key in ORDER if key in keys]
    assert {"findings", "model", "coefficients", "tests", "effects", "fit", "calibration", "convergence"} <= set(keys)


def test_a_sentence_for_each_change_beside_its_odds_ratio() -> None:
    blocks = section(outline(sl.logit("low ~ age + C(race) + smoke", BIRTHS)), "effects").blocks
    (table,) = [b for b in blocks if isinstance(b, Table)]
    (words,) = [b for b in blocks if isinstance(b, Sentences)]
    assert list(table.column("contrast")) == ["age: +1", "race: 2 vs 1", "race: 3 vs 1", "smoke: 1 vs 0"]
    assert len(words.items) == 4
    assert words.items[3].startswith("smoke 1 rather than 0: odds times 3.006")
    assert "significant" not in " ".join(words.items)


def test_robust_covariance_is_named_under_the_effects() -> None:
    blocks = section(outline(sl.logit("low ~ age", BIRTHS, covariance="HC3")), "effects").blocks
    assert "HC3 covariance" in next(b.note for b in blocks if isinstance(b, Table))


def test_curves_of_the_strongest_numbers_and_a_word_on_the_rest() -> None:
    rng = np.random.default_rng(1)
    data = pd.DataFrame(rng.normal(size=(300, 6)), columns=list("abcdef"))
    data["y"] = (rng.random(300) < 1 / (1 + np.exp(-1.5 * data.f))).astype(int)
    blocks = section(outline(sl.logit("y ~ a + b + c + d + e + f", data)), "effects").blocks
    figures = [b for b in blocks if isinstance(b, EffectFigure)]
    assert len(figures) == effects_report.MOST_CURVES
    assert figures[0].x_label == "f"
    (said,) = [b for b in blocks if isinstance(b, Paragraph)]
    assert said.text.startswith("Curves of 4 of 6 numeric columns, those with the largest statistics (type II")


def test_thinned_rows_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(effects_report, "MOST_WORK", 100)
    blocks = section(outline(sl.logit("low ~ age", BIRTHS)), "effects").blocks
    note = next(b.note for b in blocks if isinstance(b, Table))
    assert note.startswith("Averages over 95 rows, one in 2 of 189; r.effects() takes all.")


def test_separated_fits_have_no_effects_and_classes_have_theirs() -> None:
    data = pd.DataFrame({"x": [1.0, 2, 3, 4, 5, 6, 7, 8], "y": [0, 0, 0, 0, 1, 1, 1, 1]})
    with pytest.warns(SeparationWarning):
        separated = sl.logit("y ~ x", data, on_failure="warn")
    assert "effects" not in [s.key for s in outline(separated).sections]
    classes = sl.multinomial("C(race) ~ age", BIRTHS)
    blocks = section(class_outline(classes), "effects").blocks
    assert isinstance(blocks[0], Table)
    assert sorted(map(str, blocks[0].column("y_level"))) == ["1", "2", "3"]


def test_influence_linearity_and_inflation_have_a_section(monkeypatch: pytest.MonkeyPatch) -> None:
    result = sl.logit("low ~ age + lwt + smoke", BIRTHS)
    names = [b.name for b in section(outline(result), "residuals").blocks if isinstance(b, Table)]
    assert names == ["influence", "linearity", "vif"]
    monkeypatch.setattr(residuals_report, "MOST_CELLS", 10)
    monkeypatch.setattr(residuals_report, "MOST_PASSES", 10)
    last = section(outline(result), "residuals").blocks[-1]
    assert last == Paragraph("Of this size r.influence() and r.linearity() are not computed unasked.")


def test_robust_standard_errors_stand_beside_the_models() -> None:
    result = sl.logit("low ~ age + smoke", BIRTHS, covariance="HC3")
    (both,) = [b for b in section(outline(result), "coefficients").blocks if isinstance(b, Table)]
    assert [c.label for c in both.columns] == ["Term", "Model SE", "HC3 robust SE", "Ratio"]
    assert both.column("std_error") == tuple(result.bse)
    assert both.column("model_std_error") == tuple(result.with_covariance("model").bse)
    plain = section(outline(result.with_covariance("model")), "coefficients").blocks
    assert not [b for b in plain if isinstance(b, Table)]
