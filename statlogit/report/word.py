"""The report as a Word document: real headings, tables with repeating heads, figures told in words."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime
from typing import Any

import docx
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from statlogit.report.grid import Grid, GridRow
from statlogit.report.outline import Outline
from statlogit.report.page import FactList, Notice, PageBlock, Plate, SentenceList, page

EPOCH = datetime(2000, 1, 1)  # no time stamp, so that two runs give the same bytes
SMALL = Pt(8)


def to_docx(outline: Outline) -> bytes:
    """The whole outline as the bytes of a .docx file, A4."""
    shown, document = page(outline, compact=True), docx.Document()
    _prepare(document, shown.title, shown.generator)
    document.add_heading(shown.title, 0)
    document.add_paragraph(shown.subtitle)
    document.add_paragraph(f"Models {shown.models}. {shown.generator}.")
    for section in shown.sections:
        document.add_heading(section.title, 1)
        for block in section.blocks:
            _add(document, block)
    return _stamped(document)


def _prepare(document: Any, title: str, author: str) -> None:
    properties = document.core_properties
    properties.title, properties.author, properties.comments = title[:255], author, ""
    properties.created = properties.modified = EPOCH
    area = document.sections[0]
    area.page_width, area.page_height = Mm(210), Mm(297)
    area.left_margin = area.right_margin = area.top_margin = area.bottom_margin = Mm(20)
    document.styles["Normal"].font.size = Pt(10)
    document.styles["Normal"].paragraph_format.space_after = Pt(4)


def _add(document: Any, block: PageBlock) -> None:
    match block.body:
        case Notice(severity=_, word=word, sentence=sentence, evidence=evidence, remedy=remedy, run=run):
            found = document.add_paragraph()
            found.add_run(f"{word}: ").bold = True
            found.add_run(sentence)
            _small(document, evidence)
            if remedy:
                document.add_paragraph(f"→ {remedy}")
            if run:
                document.add_paragraph().add_run(run).font.name = "Consolas"
        case str() as text:
            document.add_paragraph(text)
        case SentenceList(title=title, items=items, note=note):
            _title(document, title)
            for item in items:
                document.add_paragraph(item, style="List Bullet")
            _small(document, note)
        case FactList(title=title, items=facts, note=note):
            _title(document, title)
            _table(document, (), [[entry.label, entry.text] for entry in facts], (True, True), ())
            _small(document, note)
        case Plate(wide=drawing, note=note):
            found = document.add_paragraph()
            found.add_run(f"{drawing.title}. ").bold = True
            found.add_run(drawing.description)
            _small(document, note)
        case Grid() as grid:
            _grid(document, grid)


def _grid(document: Any, grid: Grid) -> None:
    _title(document, grid.title)
    rows: list[list[str]] = []
    heads: list[int] = []
    for group in grid.groups:
        if group.label:
            heads.append(len(rows) + 1)
            rows.append([group.label, *[""] * (len(grid.heads) - 1)])
        rows += [_cells(row, "  " if group.label else "") for row in group.rows]
    _table(document, [h.text for h in grid.heads], rows, tuple(h.name_like for h in grid.heads), heads)
    for note in grid.notes:
        _small(document, note)


def _cells(row: GridRow, indent: str) -> list[str]:
    first, *rest = row.cells
    return [indent + first.text + first.suffix, *(cell.text for cell in rest)]


def _table(document: Any, heads: Any, rows: list[list[str]], left: tuple[bool, ...], groups: Any) -> None:
    """Rows of text; numbers at the right edge, group rows in bold, the head repeated on every page."""
    lines = [list(heads), *rows] if heads else rows
    if not lines:
        return
    table = document.add_table(rows=len(lines), cols=len(left), style="Light List" if heads else "Table Grid")
    for place, (row, line) in enumerate(zip(table.rows, lines, strict=True)):
        for cell, text, is_left in zip(row.cells, line, left, strict=True):
            paragraph = cell.paragraphs[0]
            paragraph.paragraph_format.space_after = Pt(0)
            paragraph.alignment = WD_ALIGN_PARAGRAPH.LEFT if is_left else WD_ALIGN_PARAGRAPH.RIGHT
            run = paragraph.add_run(text)
            run.font.size = SMALL
            run.bold = bool(heads and (place == 0 or place in groups))
    if heads:
        mark = OxmlElement("w:tblHeader")
        mark.set(qn("w:val"), "true")
        table.rows[0]._tr.get_or_add_trPr().append(mark)


def _title(document: Any, text: str) -> None:
    found = document.add_paragraph()
    found.paragraph_format.keep_with_next = True
    found.paragraph_format.space_before = Pt(8)
    found.add_run(text).bold = True


def _small(document: Any, text: str) -> None:
    if text:
        document.add_paragraph().add_run(text).font.size = SMALL


def _stamped(document: Any) -> bytes:
    """The file with every part dated alike."""
    made, out = io.BytesIO(), io.BytesIO()
    document.save(made)
    with zipfile.ZipFile(made) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for entry in source.infolist():
            name = zipfile.ZipInfo(entry.filename, EPOCH.timetuple()[:6])
            target.writestr(name, source.read(entry), zipfile.ZIP_DEFLATED)
    return out.getvalue()
