"""A result in a notebook cell: findings and coefficients in every form that a notebook may ask for."""

from __future__ import annotations

from dataclasses import replace

from statlogit.report.outline import Block, CoefficientTable, Outline
from statlogit.report.page import page
from statlogit.report.render import html_fragment, render_markdown, render_text
from statlogit.report.sandbox import render

SHOWN = ("findings", "coefficients")
MOST_BYTES = 15_000  # of all forms together: a notebook keeps them for ever
FEWEST_ROWS = 4


def bundle(outline: Outline) -> dict[str, str]:
    """Text, HTML, Markdown and LaTeX by MIME type, at most MOST_BYTES together where names are not very long.

    A table of coefficients is cut, and says so, where it would be larger.
    """
    rows = max((len(b.rows) for s in outline.sections for b in s.blocks if isinstance(b, CoefficientTable)), default=0)
    made = _made(_short(outline, rows))
    while rows > FEWEST_ROWS and sum(len(text.encode()) for text in made.values()) > MOST_BYTES:
        rows = max(FEWEST_ROWS, rows // 2)
        made = _made(_short(outline, rows))
    return made


def _made(short: Outline) -> dict[str, str]:
    return {
        "text/plain": render_text(short),
        "text/html": html_fragment(short),
        "text/markdown": render_markdown(short),
        "text/latex": render("fragment.tex.j2", None, page=page(short, compact=True)),
    }


def _short(outline: Outline, rows: int) -> Outline:
    sections = [
        replace(section, blocks=tuple(_cut(block, rows) for block in section.blocks))
        for section in outline.sections
        if section.key in SHOWN
    ]
    return replace(outline, sections=tuple(sections))


def _cut(block: Block, rows: int) -> Block:
    if not isinstance(block, CoefficientTable) or len(block.rows) <= rows:
        return block
    note = f"The first {rows} of {len(block.rows)} rows; all of them: r.summary() or r.tidy()."
    return replace(block, rows=block.rows[:rows], note=note)
