"""The outline as a page: every value text already, every figure drawn; HTML, Markdown and the fragment loop over it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from statlogit.report.characters import clean
from statlogit.report.drawing import Drawing
from statlogit.report.figures import draw
from statlogit.report.grid import Grid, Item, coefficient_grid, item, model_grid, table_grid
from statlogit.report.outline import Block, CoefficientTable, Facts, ModelTable, Outline, Paragraph, Section, Sentences
from statlogit.tables import Finding, Table

LONG = 24  # rows from which a table of the convergence section folds
FOLDED = ("trace",)
SEVERITY_WORDS = {"error": "Error", "warning": "Warning", "note": "Note", "ok": "OK"}


@dataclass(frozen=True, slots=True)
class Notice:
    """A finding as text; severity is one of the four known ones."""

    severity: str
    word: str
    sentence: str
    evidence: str
    remedy: str


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


def page(outline: Outline) -> Page:
    """All of the outline."""
    return Page(
        clean(outline.title),
        clean(outline.subtitle),
        clean(outline.generator),
        clean(outline.models),
        tuple(item(f) for f in outline.highlights),
        tuple(_section(s) for s in outline.sections),
    )


def _section(section: Section) -> PageSection:
    blocks = tuple(_block(b, f"{section.key}-{place}") for place, b in enumerate(section.blocks, start=1))
    return PageSection(section.key, clean(section.title), blocks)


def _block(block: Block, identity: str) -> PageBlock:
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
            return PageBlock("grid", identity, table_grid(block), folded)
        case CoefficientTable():
            return PageBlock("grid", identity, coefficient_grid(block, compact=False))
        case ModelTable():
            return PageBlock("grid", identity, model_grid(block))
        case _:
            wide, narrow = draw(block)
            return PageBlock("plate", identity, Plate(wide, narrow, _optional(block.note)))


def notice(finding: Finding) -> Notice:
    """A finding with its severity in words; an unknown severity counts as an error, so that it is not overlooked."""
    severity = finding.severity if finding.severity in SEVERITY_WORDS else "error"
    texts = (_optional(t) for t in (finding.sentence, finding.evidence, finding.remedy))
    return Notice(severity, SEVERITY_WORDS[severity], *texts)


def _optional(text: str) -> str:
    """Clean text, or nothing where nothing was said."""
    return clean(text) if text else ""
