"""Word and Excel: the numbers of the page, the same bytes twice, names as text whatever they say."""

import io
import zipfile
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import docx
import pytest

from statlogit.errors import ReportError
from statlogit.report import write
from statlogit.report.build import build
from statlogit.report.excel import to_xlsx
from statlogit.report.word import to_docx
from statlogit.report.write import check_format, write_report
from tests.report import facts

FORMULAS = ("=cmd|' /C calc'!A0", "+1+1", "@SUM(A1)", "http://example.org/x", "007")
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
KEPT = 1e-15  # a spreadsheet keeps 15 to 16 digits
ALL = ("birthwt", "hostile", "separated", "multinomial")


def dangerous() -> facts.ReportFacts:
    numeric = facts.finite_row(FORMULAS[0], 1.0, 0.2, 5.0, 5.7e-7)
    return replace(facts.hostile(), coefficients=(*facts.birthwt_rows(FORMULAS[0], FORMULAS[1:4]), numeric))


def sheets(made: bytes) -> tuple[list[ElementTree.Element], list[str]]:
    """The sheets in order, and the shared strings."""
    with zipfile.ZipFile(io.BytesIO(made)) as book:
        names = sorted(n for n in book.namelist() if n.startswith("xl/worksheets/sheet"))
        shared = ElementTree.fromstring(book.read("xl/sharedStrings.xml"))
        found = [ElementTree.fromstring(book.read(n)) for n in names]
    return found, ["".join(t.text or "" for t in s.iter(f"{MAIN}t")) for s in shared]


@pytest.mark.parametrize("make", [to_docx, to_xlsx])
@pytest.mark.parametrize("name", ALL)
def test_the_same_bytes_twice(make: object, name: str) -> None:
    first, second = (make(build(getattr(facts, name)())) for _ in range(2))  # type: ignore[operator]
    assert first == second
    assert len(first) < 60_000


def test_a_workbook_holds_no_formula_and_no_link() -> None:
    found, strings = sheets(to_xlsx(build(dangerous())))
    assert not [cell for sheet in found for cell in sheet.iter(f"{MAIN}f")]
    assert not [link for sheet in found for link in sheet.iter(f"{MAIN}hyperlink")]
    assert FORMULAS[0] in strings, "a term is a string of its own"
    assert f"{FORMULAS[0]}: {FORMULAS[1]}" in strings


def test_a_workbook_has_a_sheet_a_section_and_full_numbers() -> None:
    outline = build(facts.birthwt())
    found, strings = sheets(to_xlsx(outline))
    assert len(found) == 1 + len(outline.sections)
    values = [float(v.text or "nan") for s in found for c in s.iter(f"{MAIN}c") if "t" not in c.attrib for v in c]
    for number in (v for row in facts.COEFFICIENTS.values() for v in row):
        assert min(abs(v - number) for v in values) <= KEPT * abs(number)
    assert "95% CI (OR) low" in strings


def test_infinite_values_are_text_in_a_workbook() -> None:
    _, strings = sheets(to_xlsx(build(facts.separated())))
    assert {"+inf", "-inf", "aliased"} <= set(strings)


def test_a_document_has_headings_tables_and_every_name() -> None:
    outline = build(dangerous())
    document = docx.Document(io.BytesIO(to_docx(outline)))
    headings = [p.text for p in document.paragraphs if p.style is not None and p.style.name == "Heading 1"]
    assert headings == [s.title for s in outline.sections]
    cells = {c.text.strip() for t in document.tables for row in t.rows for c in row.cells}
    assert FORMULAS[0] in cells
    assert any(c.startswith(FORMULAS[1]) for c in cells)
    assert "0.3325" in cells


def test_a_document_holds_no_relation_to_the_outside() -> None:
    with zipfile.ZipFile(io.BytesIO(to_docx(build(dangerous())))) as found:
        relations = b"".join(found.read(n) for n in found.namelist() if n.endswith(".rels"))
    assert b"External" not in relations


@pytest.mark.parametrize(("suffix", "extra"), [(".docx", "word"), (".xlsx", "excel")])
def test_a_missing_package_is_named_with_its_extra(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, suffix: str, extra: str
) -> None:
    monkeypatch.setattr(write, "find_spec", lambda _: None)
    with pytest.raises(ReportError, match=rf"pip install 'statlogit\[{extra}\]'"):
        write_report(build(facts.birthwt()), tmp_path / f"r{suffix}")
    check_format("r.html")
