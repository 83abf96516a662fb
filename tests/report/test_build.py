"""Facts become an outline: order, grouping, what is left out."""

import math
from dataclasses import replace

import pytest

from statlogit.figures import ForestFigure, ForestRow, RocFigure
from statlogit.report.build import build, log_limits
from statlogit.report.grid import coefficient_grid
from statlogit.report.outline import CoefficientTable, Facts, Paragraph, Section
from statlogit.tables import Finding, Table
from tests.report import facts


def section(outline: object, key: str) -> Section:
    return next(s for s in outline.sections if s.key == key)  # type: ignore[attr-defined]


def test_order_of_sections() -> None:
    keys = [s.key for s in build(facts.birthwt()).sections]
    assert keys == ["findings", "model", "coefficients", "tests", "fit", "convergence", "reproducibility"]


def test_added_sections_find_their_place() -> None:
    extra = tuple(Section(key, key, (Paragraph("x"),)) for key in ("calibration", "unheard_of", "effects"))
    keys = [s.key for s in build(replace(facts.birthwt(), extra=extra)).sections]
    assert keys[3:] == ["tests", "effects", "fit", "calibration", "unheard_of", "convergence", "reproducibility"]


def test_findings_by_severity() -> None:
    found = section(build(facts.birthwt()), "findings").blocks
    assert [f.severity for f in found if isinstance(f, Finding)] == ["warning", "note", "ok"]


@pytest.mark.parametrize(("converged", "severity"), [(True, "ok"), (False, "error")])
def test_convergence_is_always_a_finding(converged: bool, severity: str) -> None:
    outline = build(replace(facts.birthwt(), findings=(), converged=converged))
    (found,) = section(outline, "findings").blocks
    assert isinstance(found, Finding)
    assert found.severity == severity


def test_a_given_convergence_finding_is_not_doubled() -> None:
    for code in ("converged", "not_converged", "separation"):
        given = Finding(code, "error", "Done.")
        assert section(build(replace(facts.birthwt(), findings=(given,))), "findings").blocks == (given,)


def test_a_sparse_model_has_only_the_sections_it_can_fill() -> None:
    bare = replace(
        facts.birthwt(),
        profile=None, tests=None, overall=None, fit=(), auc=None, roc=None, trace=None, digits=None, n_events=None,
        dropped=(), certificate="", reproducibility=(), coefficients=facts.birthwt_rows()[:1],
    )  # fmt: skip
    outline = build(bare)
    assert [s.key for s in outline.sections] == ["findings", "model", "coefficients", "convergence"]
    assert not any(isinstance(b, ForestFigure) for b in section(outline, "coefficients").blocks)


def test_zero_weight_rows_are_counted() -> None:
    (block, _) = section(build(replace(facts.birthwt(), n_zero_weight=7)), "model").blocks
    assert isinstance(block, Facts)
    assert ("Rows of zero weight", 7) in [(f.label, f.value) for f in block.items]


def test_the_model_test_is_the_last_row() -> None:
    (tests,) = section(build(facts.birthwt()), "tests").blocks
    assert isinstance(tests, Table)
    assert tests.column("term") == ("age", "lwt", "C(race)", "smoke", "Model")
    assert tests.rows[-1][1] == pytest.approx(20.094761659144865)


def test_one_block_and_one_forest_an_outcome() -> None:
    blocks = section(build(facts.multinomial()), "coefficients").blocks
    tables = [b for b in blocks if isinstance(b, CoefficientTable)]
    forests = [b for b in blocks if isinstance(b, ForestFigure)]
    assert [t.rows[0].outcome for t in tables] == ["low", "very low"]
    assert forests[0].log_limits == forests[1].log_limits is not None


def test_reference_rows_stand_among_their_levels() -> None:
    grid = coefficient_grid(CoefficientTable("c", "C", facts.birthwt_rows(), 0.95, "Wald"), compact=False)
    race = next(g for g in grid.groups if g.label == "race")
    assert [(r.cells[0].text, r.cells[1].text, r.kind) for r in race.rows] == [
        ("white", "23 / 96", "reference"),
        ("black", "11 / 26", "member"),
        ("other", "25 / 67", "member"),
    ]
    assert race.rows[0].cells[-1].text == "reference"


def test_infinite_and_aliased_rows() -> None:
    grid = coefficient_grid(CoefficientTable("c", "C", facts.separated().coefficients, 0.95, "Wald"), compact=True)
    rows = {r.cells[0].text: [c.text for c in r.cells[1:]] for g in grid.groups for r in g.rows}
    assert rows["age"] == ["+inf", "-", "-", "-", "inf", "-"]
    assert rows["dose"] == ["-inf", "-", "-", "-", "0", "-"]
    assert rows["age_months"] == ["aliased", "-", "-", "-", "-", "-"]
    assert rows["income"][:2] == ["1.00e-7", "2.00e-8"]
    assert any(note.startswith("Aliased") for note in grid.notes)


def test_log_limits_are_not_stretched_by_one_wide_interval() -> None:
    calm = ForestRow("a", "", 0.5, 0.1, 0.9)
    wild = ForestRow("b", "", 0.2, -50.0, 50.0)
    endless = ForestRow("c", "", math.inf, math.nan, math.nan)
    low, high = log_limits([calm, wild, endless])
    assert (low, high) == (-1.5, 2.0)
    assert log_limits([]) == (-0.175, 0.175)


def test_roc_is_shown_where_it_is_given() -> None:
    assert any(isinstance(b, RocFigure) for b in section(build(facts.birthwt()), "fit").blocks)


def test_a_numeric_term_with_a_variable_but_no_level_stands_alone() -> None:
    age = facts.finite_row("age", 0.5, 0.2, 2.5, 0.0124, variable="age", level=None, label="age")
    (group,) = coefficient_grid(CoefficientTable("c", "C", (age,), 0.95, "Wald"), compact=True).groups
    assert (group.label, group.rows[0].cells[0].text, group.rows[0].kind) == ("", "age", "row")


def test_a_level_may_be_a_number_or_empty() -> None:
    rows = tuple(facts.finite_row("g", 0.5, 0.2, 2.5, 0.0124, variable="g", level=level) for level in (0, "", False))
    (group,) = coefficient_grid(CoefficientTable("c", "C", rows, 0.95, "Wald"), compact=True).groups
    assert group.label == "g"
    assert [r.cells[0].text for r in group.rows] == ["0", '""', "False"]
