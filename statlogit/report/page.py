"""The outline as a page: every value text already, every figure drawn; HTML, Markdown and the fragment loop over it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias

from statlogit.figures import ForestFigure
from statlogit.report.characters import clean
from statlogit.report.drawing import Drawing
from statlogit.report.figures import bars_note, draw
from statlogit.report.grid import Grid, Item, coefficient_grid, item, model_grid, table_grid
from statlogit.report.outline import Block, CoefficientTable, Facts, ModelTable, Outline, Paragraph, Section, Sentences
from statlogit.tables import Finding, Table

LONG = 24  # rows from which a table of the convergence section folds
FOLDED = ("trace",)
MOST_ROWS = 100  # of a table on a page, so that no number of levels or iterations makes a large file
SEVERITY_WORDS = {"error": "Error", "warning": "Warning", "note": "Note", "ok": "OK"}


@dataclass(frozen=True, slots=True)
class Notice:
    """A finding as text; severity is one of the four known ones."""

    severity: str
    word: str
    sentence: str
    evidence: str
    remedy: str
    run: str


@dataclass(frozen=True, slots=True)
class FactList:
    title: str
    items: tuple[Item, ...]
    note: str


@dataclass(frozen=True, slots=True)
class SentenceList:
    title: str
    items: tuple[str, ...]
    note: str


@dataclass(frozen=True, slots=True)
class Plate:
    """A figure in its two drawings with the note below it."""

    wide: Drawing
    narrow: Drawing
    note: str


Body: TypeAlias = Notice | FactList | SentenceList | Plate | Grid | str


@dataclass(frozen=True, slots=True)
class PageBlock:
    """kind: notice, facts, sentences, plate, grid or paragraph. id: unique on the page, made from places alone."""

    kind: str
    id: str
    body: Body
    is_folded: bool = False


@dataclass(frozen=True, slots=True)
class PageSection:
    key: str
    title: str
    blocks: tuple[PageBlock, ...]


@dataclass(frozen=True, slots=True)
class Page:
    title: str
    subtitle: str
    generator: str
    models: str
    highlights: tuple[Item, ...]
    sections: tuple[PageSection, ...]


def page(outline: Outline, *, compact: bool = False, most_rows: int | None = MOST_ROWS) -> Page:
    """All of the outline.

    compact: coefficients in the narrow form of paper. most_rows: longer tables are thinned to as many rows, and a note
    says so; None for all.
    """
    return Page(
        clean(outline.title),
        clean(outline.subtitle),
        clean(outline.generator),
        clean(outline.models),
        tuple(item(f) for f in outline.highlights),
        tuple(_section(s, compact, most_rows) for s in outline.sections),
    )


def _section(section: Section, compact: bool, most_rows: int | None) -> PageSection:
    named = ((b, f"{section.key}-{place}") for place, b in enumerate(section.blocks, start=1))
    blocks = tuple(_block(b, identity, compact, most_rows) for b, identity in named)
    return PageSection(section.key, clean(section.title), blocks)


def _block(block: Block, identity: str, compact: bool, most_rows: int | None) -> PageBlock:
    match block:
        case Finding():
            return PageBlock("notice", identity, notice(block))
        case Paragraph():
            return PageBlock("paragraph", identity, clean(block.text))
        case Sentences():
            items = tuple(clean(t) for t in block.items)
            return PageBlock("sentences", identity, SentenceList(clean(block.title), items, _optional(block.note)))
        case Facts():
            facts = FactList(clean(block.title), tuple(item(f) for f in block.items), _optional(block.note))
            return PageBlock("facts", identity, facts)
        case Table():
            folded = block.name in FOLDED and len(block.rows) > LONG
            return PageBlock("grid", identity, fewer_rows(table_grid(block), most_rows), folded)
        case CoefficientTable():
            return PageBlock("grid", identity, fewer_rows(coefficient_grid(block, compact=compact), most_rows))
        case ModelTable():
            return PageBlock("grid", identity, fewer_rows(model_grid(block), most_rows))
        case _:
            wide, narrow = draw(block)
            note = bars_note(block) if isinstance(block, ForestFigure) else block.note
            return PageBlock("plate", identity, Plate(wide, narrow, _optional(note)))


def fewer_rows(grid: Grid, most: int | None) -> Grid:
    """At most so many rows, evenly spread from the first to the last; the note counts what is left out."""
    n = sum(len(group.rows) for group in grid.groups)
    if most is None or n <= most:
        return grid
    kept = {round(k * (n - 1) / (most - 1)) for k in range(most)}
    groups, place = [], 0
    for group in grid.groups:
        rows = tuple(row for k, row in enumerate(group.rows, start=place) if k in kept)
        place += len(group.rows)
        groups += [replace(group, rows=rows)] if rows else []
    note = f"{len(kept):,} of {n:,} rows are shown; .txt, .json and .xlsx reports hold all."
    return replace(grid, groups=tuple(groups), notes=(note, *grid.notes))


def notice(finding: Finding) -> Notice:
    """A finding with its severity in words; an unknown severity counts as an error, so that it is not overlooked."""
    severity = finding.severity if finding.severity in SEVERITY_WORDS else "error"
    texts = (_optional(t) for t in (finding.sentence, finding.evidence, finding.remedy, finding.run))
    return Notice(severity, SEVERITY_WORDS[severity], *texts)


def _optional(text: str) -> str:
    """Clean text, or nothing where nothing was said."""
    return clean(text) if text else ""
