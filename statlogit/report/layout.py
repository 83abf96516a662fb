"""The outline as lines of plain text, none wider than asked.

Names that do not fit are shortened in their middle and listed in full below their table; a table that is still too
wide is printed in panels that repeat its first column. No number is ever cut.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from statlogit.figures import BinnedResidualFigure
from statlogit.report.characters import clean, columns, pad, shorten, wrap
from statlogit.report.grid import Grid, GridRow, Item, coefficient_grid, item, model_grid, table_grid
from statlogit.report.outline import (
    Block,
    CoefficientTable,
    Fact,
    Facts,
    ModelTable,
    Outline,
    Paragraph,
    Section,
    Sentences,
)
from statlogit.tables import Finding, Kind, Table

GAP = 2
LEAST_NAME = 12  # columns of a shortened name with its indent and its suffix,
LEAST_LETTERS = 5  # and of the name alone
LEAST_WIDTH = 40
MOST_LABEL = 24  # columns that labels of facts are aligned to; a longer label stands before its value
MARKS = {"error": "[X]", "warning": "[!]", "note": "[i]", "ok": "[ok]"}
SIDE_BY_SIDE = (("tests", "fit"),)  # neighbours that share lines where both fit


@dataclass(frozen=True, slots=True)
class TextSection:
    """A bar with the heading in it, and the lines under it."""

    bar: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TextPage:
    """What the text template loops over."""

    head: tuple[str, ...]
    sections: tuple[TextSection, ...]


def text_page(outline: Outline, width: int) -> TextPage:
    """The whole report as lines of at most width columns."""
    width = max(width, LEAST_WIDTH)
    sections: list[TextSection] = []
    waiting = list(outline.sections)
    while waiting:
        section = waiting.pop(0)
        if waiting and (section.key, waiting[0].key) in SIDE_BY_SIDE:
            pair = _pair(section, waiting[0], width)
            if pair is not None:
                sections.append(pair)
                waiting.pop(0)
                continue
        lines = section_lines(section, width)
        if lines:
            sections.append(TextSection(_bar(section.title, width), tuple(lines)))
    return TextPage(tuple(_head(outline, width)), tuple(sections))


def _bar(title: str, width: int) -> str:
    """The heading of a section, drawn out to the full width."""
    shown = shorten(clean(title), width - 8)
    return f"--- {shown} " + "-" * (width - 5 - columns(shown))


def _head(outline: Outline, width: int) -> list[str]:
    """The product and the model on the first line, then the facts of the model."""
    left, right = clean(outline.generator), clean(outline.title)
    blanks = width - columns(left) - columns(right)
    lines = [left + " " * blanks + right] if blanks > 1 else [*wrap(left, width), *wrap(right, width)]
    facts = [b for s in outline.sections for b in s.blocks if _is_model(b)]
    body = fact_lines([item(f) for f in facts[0].items], width) if facts and isinstance(facts[0], Facts) else []
    return [*lines, "=" * width, *body]


def _is_model(block: Block) -> bool:
    """The facts that a text report prints at its head and not again."""
    return isinstance(block, Facts) and block.name == "model"


def section_lines(section: Section, width: int) -> list[str]:
    """The blocks of a section, a blank line between tables; figures but the binned residuals have no text form."""
    parts = [block_lines(b, width) for b in section.blocks if not _is_model(b)]
    lines: list[str] = []
    for part in (p for p in parts if p):
        if lines and section.key != "findings":
            lines.append("")
        lines += part
    return lines


def block_lines(block: Block, width: int) -> list[str]:
    """One block as lines."""
    match block:
        case Finding():
            return finding_lines(block, width)
        case Paragraph():
            return wrap(clean(block.text), width)
        case Sentences():
            items = [line for text in block.items for line in _hanging(clean(text), width)]
            return [*wrap(clean(block.title), width), *items, *_notes([block.note], width)]
        case Facts():
            return [*fact_lines([item(f) for f in block.items], width), *_notes([block.note], width)]
        case Table():
            return table_lines(block, width)
        case CoefficientTable():
            return _coefficient_lines(block, width)
        case ModelTable():
            return grid_lines(model_grid(block), width)
        case BinnedResidualFigure():
            return wrap(f"{clean(block.title)}. {clean(block.note)}", width)
        case _:
            return []


def _coefficient_lines(block: CoefficientTable, width: int) -> list[str]:
    """One panel if the counts of the levels can be spared for it: two are hard to read."""
    grid = coefficient_grid(block, compact=True)
    if len(_panels(grid, width)) > 1 and any(row.n is not None for row in block.rows):
        note = f"{block.note} Counts of the levels are left out for want of width.".strip()
        less = coefficient_grid(
            replace(block, rows=tuple(replace(r, n=None) for r in block.rows), note=note), compact=True
        )
        grid = less if len(_panels(less, width)) == 1 else grid
    return grid_lines(grid, width)


def table_lines(table: Table, width: int) -> list[str]:
    """Title, head, rows and notes of a table."""
    return grid_lines(table_grid(table), width)


def _hanging(shown: str, width: int) -> list[str]:
    """A list entry, its further lines indented."""
    first, *rest = wrap(shown, width - GAP)
    return [f"- {first}", *(f"  {line}" for line in rest)]


def finding_lines(finding: Finding, width: int) -> list[str]:
    """A mark, the sentence, its evidence and remedy, indented under the mark."""
    indent = 5
    mark = pad(MARKS.get(finding.severity, "[?]"), indent)
    lines = wrap(clean(finding.sentence), width - indent)
    if finding.evidence:
        lines += wrap(clean(finding.evidence), width - indent)
    if finding.remedy:
        first, *rest = wrap(clean(finding.remedy), width - indent - 3)
        lines += [f"-> {first}", *(f"   {line}" for line in rest)]
    if finding.run:
        lines += [f"   {line}" for line in wrap(clean(finding.run), width - indent - 3)]
    return [mark + lines[0], *(" " * indent + line for line in lines[1:])]


def fact_lines(items: Sequence[Item], width: int) -> list[str]:
    """Label and value; two short ones share a line."""
    if not items:
        return []
    label_width = min(max(columns(i.label) for i in items), MOST_LABEL)
    half = (width - 2 * GAP) // 2
    lines: list[str] = []
    open_half = ""
    for entry in items:
        wrapped = _one_fact(entry, label_width, width)
        fits = len(wrapped) == 1 and columns(wrapped[0]) <= half and entry.kind != Kind.CODE.value
        if fits and open_half:
            lines.append(pad(open_half, half + 2 * GAP) + wrapped[0])
            open_half = ""
            continue
        if open_half:
            lines.append(open_half)
            open_half = ""
        if fits:
            open_half = wrapped[0]
        else:
            lines += wrapped
    return [*lines, open_half] if open_half else lines


def _one_fact(entry: Item, label_width: int, width: int) -> list[str]:
    indent = label_width + GAP
    if columns(entry.label) > label_width:
        return wrap(f"{entry.label}  {entry.text}", width)
    first, *rest = wrap(entry.text, width - indent)
    return [pad(entry.label, indent) + first, *(" " * indent + line for line in rest)]


def grid_lines(grid: Grid, width: int) -> list[str]:
    """Title, head, rows and notes of a grid."""
    places = _panels(grid, width)
    lines = wrap(grid.title, width)
    full_names: dict[str, str] = {}
    for number, panel in enumerate(places):
        lines += ["", *wrap("(continued)", width)] if number else []
        lines += _panel_lines(grid, panel, width, full_names)
    listed = [f"{short} = {full}" for short, full in full_names.items()]
    notes = [*_notes(grid.notes, width), *(_notes(["Full names:", *listed], width) if listed else [])]
    rule = "-" * _panel_width(places[-1], width)
    return [*lines, rule, *notes] if notes else lines


def _notes(notes: Iterable[str], width: int) -> list[str]:
    return [line for note in notes if note for line in wrap(clean(note), width)]


@dataclass(frozen=True, slots=True)
class _Label:
    """The first column of a line: its name with the indent before and the suffix behind; row None heads a group."""

    indent: str
    name: str
    suffix: str
    row: GridRow | None

    @property
    def columns(self) -> int:
        return columns(self.indent) + columns(self.name) + columns(self.suffix)

    def short(self, width: int, full_names: dict[str, str]) -> str:
        room = width - columns(self.indent) - columns(self.suffix)
        return self.indent + _name(self.name, max(1, room), full_names) + self.suffix


def _labels(grid: Grid) -> list[_Label]:
    found: list[_Label] = []
    for group in grid.groups:
        if group.label:
            found.append(_Label("", group.label, "", None))
        indent = "  " if group.label else ""
        found += [_Label(indent, row.cells[0].text, row.cells[0].suffix, row) for row in group.rows]
    return found


def _widths(grid: Grid) -> list[int]:
    """Natural width of each column."""
    rows = [row for group in grid.groups for row in group.rows]
    firsts = [label.columns for label in _labels(grid)]
    widths = [max([columns(grid.heads[0].text), *firsts])]
    for place in range(1, len(grid.heads)):
        widths.append(max([columns(grid.heads[place].text), *(columns(r.cells[place].text) for r in rows)]))
    return widths


def _panels(grid: Grid, width: int) -> list[list[tuple[int, int]]]:
    """Columns with their widths, split into panels that fit."""
    widths = _widths(grid)
    rest = sum(widths[1:]) + GAP * (len(widths) - 1)
    beside = max((columns(label.indent) + columns(label.suffix) for label in _labels(grid)), default=0)
    first = min(widths[0], max(LEAST_NAME, beside + LEAST_LETTERS, width - rest))
    for place in range(1, len(widths)):
        if grid.heads[place].name_like:
            over = first + sum(widths[1:]) + GAP * (len(widths) - 1) - width
            widths[place] = max(min(widths[place], LEAST_NAME), widths[place] - max(0, over))
    panels: list[list[tuple[int, int]]] = [[(0, first)]]
    used = first
    for place in range(1, len(widths)):
        if used + GAP + widths[place] > width and len(panels[-1]) > 1:
            panels.append([(0, first)])
            used = first
        panels[-1].append((place, min(widths[place], width - first - GAP)))
        used += GAP + widths[place]
    return panels


def _panel_width(panel: list[tuple[int, int]], width: int) -> int:
    return min(width, sum(w for _, w in panel) + GAP * (len(panel) - 1))


def _panel_lines(grid: Grid, panel: list[tuple[int, int]], width: int, full_names: dict[str, str]) -> list[str]:
    gap = " " * GAP
    wide = _panel_width(panel, width)
    heads = [pad(grid.heads[p].text, w, right=not grid.heads[p].name_like) for p, w in panel]
    lines = [gap.join(heads).rstrip(), "-" * wide]
    first_width = panel[0][1]
    for label in _labels(grid):
        row = label.row
        if row is None:
            lines.append(label.short(wide, full_names))
            continue
        cells = [pad(label.short(first_width, full_names), first_width)]
        for place, cell_width in panel[1:]:
            shown = row.cells[place].text
            named = grid.heads[place].name_like
            cells.append(pad(_name(shown, cell_width, full_names) if named else shown, cell_width, right=not named))
        if row.kind == "total":
            lines.append("-" * wide)
        lines.append(gap.join(cells).rstrip())
    return lines


def _name(label: str, width: int, full_names: dict[str, str]) -> str:
    """The label, shortened if it must be; then its full form is noted. Two names never share a short form."""
    short, number = shorten(label, width), 1
    if short == label:
        return label
    while full_names.get(short, label) != label:
        number += 1
        tag = f"~{number}"
        short = shorten(label, width - len(tag)) + tag
    full_names[short] = label
    return short


def _pair(left: Section, right: Section, width: int) -> TextSection | None:
    """Two narrow sections beside each other, or None where they do not fit."""
    half = (width - 2 * GAP) // 2
    first, second = section_lines(left, half), [line for b in right.blocks for line in _narrow(b, half)]
    if not first or not second or any(columns(line) > half for line in (*first, *second)):
        return None
    rows = max(len(first), len(second))
    padded = zip(first + [""] * (rows - len(first)), second + [""] * (rows - len(second)), strict=True)
    between = half + 2 * GAP
    lines = [(pad(a, between) + b).rstrip() for a, b in padded]
    bar = pad(_bar(left.title, half), between) + _bar(right.title, width - between)
    return TextSection(bar, tuple(lines))


def _narrow(block: Block, half: int) -> list[str]:
    """Facts one to a line with the value at the right edge; other blocks as ever."""
    if not isinstance(block, Facts):
        return block_lines(block, half)
    return [line for f in block.items for line in _spread(f, half)]


def _spread(fact: Fact, half: int) -> list[str]:
    entry = item(fact)
    blanks = half - columns(entry.label) - columns(entry.text)
    if blanks >= 2:
        return [entry.label + " " * blanks + entry.text]
    return [*wrap(entry.label, half), *(pad(line, half, right=True) for line in wrap(entry.text, half))]
