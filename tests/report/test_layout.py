"""Plain text: never wider than asked, nothing cut for good."""

from dataclasses import replace

import pytest

from statlogit.report.build import build
from statlogit.report.characters import columns
from statlogit.report.outline import Fact, Facts, Section
from statlogit.report.render import render_text
from statlogit.tables import Kind, table
from tests.report import facts, golden
from tests.report.facts import finite_row

ALL = ("birthwt", "hostile", "separated", "multinomial")


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("width", [40, 72, 80, 132])
def test_no_line_is_wider_than_asked(name: str, width: int) -> None:
    made = render_text(build(getattr(facts, name)()), width)
    assert max(columns(line) for line in made.splitlines()) <= width
    assert not any(line != line.rstrip() for line in made.splitlines())


@pytest.mark.parametrize("name", ["birthwt", "separated"])
def test_golden_text(name: str) -> None:
    golden.check(f"{name}.txt", render_text(build(getattr(facts, name)())))


def test_findings_come_first_and_reproducibility_last() -> None:
    bars = [line for line in render_text(build(facts.birthwt())).splitlines() if line.startswith("--- ")]
    assert bars[0].startswith("--- Findings")
    assert bars[-1].startswith("--- Reproducibility")


def test_long_names_are_shortened_and_listed_in_full() -> None:
    first, second = "x" * 60 + "_first_" + "y" * 60, "x" * 60 + "_second_" + "y" * 60
    rows = (finite_row(first, 1.0, 0.5, 2.0, 0.0455), finite_row(second, 2.0, 0.5, 4.0, 6.3e-5))
    made = render_text(build(replace(facts.birthwt(), coefficients=rows)))
    flat = made.replace("\n", "")
    assert first in flat
    assert second in flat
    shorts = [line.split()[0] for line in made.splitlines() if "…" in line and "=" not in line]
    assert len(set(shorts)) == 2, "two names must not share a short form"


def test_wide_characters_keep_the_columns_in_line() -> None:
    rows = facts.birthwt_rows("人種", ("白人", "黒人", "e\u0301tranger"))
    made = render_text(build(replace(facts.birthwt(), coefficients=rows)))
    ends = {columns(line) for line in made.splitlines() if line.endswith(("9.443", "5.807", "reference", "6.045"))}
    assert len(ends) == 1


def test_a_table_too_wide_is_printed_in_panels() -> None:
    names = ["term", "estimate", "std_error", "z", "conf_low", "conf_high", "odds_ratio", "or_low", "or_high", "loglik"]
    wide = table("wide", "Wide", names, [("age", *(1234.5678 + i for i in range(9)))])
    outline = build(replace(facts.birthwt(), extra=(Section("effects", "Effects", (wide,)),)))
    made = render_text(outline, 60)
    assert "(continued)" in made
    for i in range(8):
        assert f"{1234 + i}" in made.replace(",", "")


def test_facts_share_lines_only_where_both_fit() -> None:
    long = Facts(
        "x", "X", (Fact("Short", 1, Kind.COUNT), Fact("Long", "word " * 30), Fact("Also short", 2, Kind.COUNT))
    )
    made = render_text(build(replace(facts.birthwt(), extra=(Section("effects", "Effects", (long,)),))))
    part = made.split("--- Effects")[1].split("--- ")[0]
    assert "Short       1" in part
    assert "Also short  2" in part


def test_exact_tiny_p_is_listed() -> None:
    made = render_text(build(facts.separated()))
    assert "Exact p below 0.001: strong 1.0e-349; income 5.7e-7; scaled 1.5e-179." in made
    assert " 0.000 " not in made
