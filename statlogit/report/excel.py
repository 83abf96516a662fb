"""The report as a workbook: a sheet a section, numbers in the digits a spreadsheet keeps, names never formulas."""

from __future__ import annotations

import io
import math
import re
from datetime import datetime
from typing import Any

import xlsxwriter

from statlogit.report.grid import Cell, Grid, Item
from statlogit.report.outline import Outline
from statlogit.report.page import FactList, Notice, Page, PageBlock, Plate, SentenceList, page

EPOCH = datetime(2000, 1, 1)  # no time stamp, so that two runs give the same bytes
LONGEST = 32_000  # characters of a cell
SHEET_NAME = 31
OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
WIDTHS = (34, 14)  # of the first column and of the others
Line = list[Cell]


def to_xlsx(outline: Outline) -> bytes:
    """The whole outline as the bytes of an .xlsx file."""
    out, shown = io.BytesIO(), page(outline, most_rows=None)
    with xlsxwriter.Workbook(out, OPTIONS) as book:
        book.set_properties({"title": shown.title[:255], "author": shown.generator, "created": EPOCH})
        sheets = [("Report", _front(shown)), *((s.title, _lines(s.blocks)) for s in shown.sections)]
        formats = Formats(book)
        for number, (name, lines) in enumerate(sheets, start=1):
            sheet = book.add_worksheet(_sheet_name(name, number))
            sheet.set_column(0, 0, WIDTHS[0])
            sheet.set_column(1, 12, WIDTHS[1])
            for place, line in enumerate(lines):
                _write(sheet, formats, place, line)
    return out.getvalue()


class Formats:
    """Number formats of a workbook, made once each."""

    def __init__(self, book: Any) -> None:
        self.book = book
        self.bold = book.add_format({"bold": True})
        self.known: dict[str, Any] = {}

    def number(self, text: str) -> Any:
        """The format that shows a number as the text does."""
        wanted = number_format(text)
        if wanted not in self.known:
            self.known[wanted] = self.book.add_format({"num_format": wanted})
        return self.known[wanted]


def number_format(text: str) -> str:
    """A spreadsheet's format for a number that the report prints like this.

    >>> number_format("-0.143"), number_format("1,234"), number_format("31.2%"), number_format("<0.001")
    ('0.000', '#,##0', '0.0%', '0.0E+00')
    """
    found = re.fullmatch(r"[-+]?(?P<whole>[\d,]+)(?:\.(?P<decimals>\d+))?(?P<percent>%?)", text)
    if found is None:
        return "0.0E+00"
    whole = "#,##0" if "," in found["whole"] else "0"
    decimals = f".{'0' * len(found['decimals'])}" if found["decimals"] else ""
    return whole + decimals + found["percent"]


def _sheet_name(title: str, number: int) -> str:
    """A name that spreadsheets accept; the number keeps two alike apart."""
    plain = re.sub(r"[^\w -]", " ", title).strip()
    return f"{number} {plain}"[:SHEET_NAME]


def _write(sheet: Any, formats: Formats, place: int, line: Line) -> None:
    for column, cell in enumerate(line):
        number = _number(cell.value)
        if number is not None:
            sheet.write_number(place, column, number, formats.number(cell.text))
        elif cell.text:
            sheet.write_string(place, column, cell.text[:LONGEST], formats.bold if cell.suffix == BOLD else None)


BOLD = "\0bold"  # marks a heading among the cells


def _number(value: str | None) -> float | None:
    """A finite number behind the text."""
    try:
        found = float(value) if value is not None else math.nan
    except ValueError:
        return None
    return found if math.isfinite(found) else None


def _bold(*texts: str) -> Line:
    return [Cell(text, suffix=BOLD) for text in texts]


def _front(shown: Page) -> list[Line]:
    rows = [[Cell(entry.label), *_item(entry)] for entry in shown.highlights]
    return [
        _bold(shown.title),
        [Cell(shown.subtitle)],
        [Cell(f"Models {shown.models}")],
        [Cell(shown.generator)],
        *rows,
    ]


def _item(entry: Item) -> Line:
    return [entry.cell, *entry.ends, *([Cell(entry.note)] if entry.note else [])]


def _lines(blocks: tuple[PageBlock, ...]) -> list[Line]:
    return [line for block in blocks for line in (*_block(block), [])]


def _block(block: PageBlock) -> list[Line]:
    match block.body:
        case Notice(word=word, sentence=sentence, evidence=evidence, remedy=remedy, run=run):
            return [[Cell(word), Cell(sentence)], *([Cell(""), Cell(t)] for t in (evidence, remedy, run) if t)]
        case str() as text:
            return [[Cell(text)]]
        case SentenceList(title=title, items=items, note=note):
            return [_bold(title), *([Cell(item)] for item in items), *_notes(note)]
        case FactList(title=title, items=facts, note=note):
            return [_bold(title), *([Cell(f.label), *_item(f)] for f in facts), *_notes(note)]
        case Plate(wide=drawing, note=note):
            return [_bold(drawing.title), [Cell(drawing.description)], *_notes(note)]
        case Grid() as grid:
            return _grid(grid)


def _notes(*notes: str) -> list[Line]:
    return [[Cell(note)] for note in notes if note]


def _grid(grid: Grid) -> list[Line]:
    """Title, head, rows, notes; an interval has a column for each end, a group's name stands before its rows."""
    rows = [(group.label, row) for group in grid.groups for row in group.rows]
    double = [any(row.cells[k].ends for _, row in rows) for k in range(len(grid.heads))]
    heads = [
        name
        for head, two in zip(grid.heads, double, strict=True)
        for name in ((f"{head.text} low", f"{head.text} high") if two else (head.text,))
    ]
    lines: list[Line] = [_bold(grid.title), _bold(*heads)]
    for label, row in rows:
        first, *rest = row.cells
        name = f"{label}: {first.text}" if label else first.text
        line = [Cell(name)]
        for cell, two in zip(rest, double[1:], strict=True):
            line += cell.ends or ((cell, Cell("")) if two else (cell,))
        lines.append(line)
    return [*lines, *_notes(*grid.notes)]
