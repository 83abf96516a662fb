"""The formats that templates make: the outline goes in as finished text and drawings, text comes out."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

from markupsafe import Markup

from statlogit.report.grid import table_grid
from statlogit.report.layout import text_page
from statlogit.report.outline import Outline
from statlogit.report.page import page
from statlogit.report.sandbox import render, style_sheet
from statlogit.tables import Table

TEXT_WIDTH = 80


def render_text(outline: Outline, width: int = TEXT_WIDTH, folder: Path | None = None) -> str:
    """Plain text, no line wider than width columns."""
    return render("report.txt.j2", folder, page=text_page(outline, width))


def render_markdown(outline: Outline, folder: Path | None = None) -> str:
    """GitHub Markdown; names are escaped, no HTML is passed through."""
    return render("report.md.j2", folder, page=page(outline))


def render_latex(outline: Outline, folder: Path | None = None) -> str:
    """A LaTeX article that needs no package beyond the base; figures are told in words."""
    return render("report.tex.j2", folder, page=page(outline, compact=True))


def render_html(outline: Outline, folder: Path | None = None) -> str:
    """One file without script or request; the policy in its head allows its own style and nothing else."""
    style = style_sheet("report.css", folder)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode("ascii")
    return render("report.html.j2", folder, page=page(outline), style=Markup(style), style_hash=digest)


def html_fragment(outline: Outline) -> str:
    """A short form for a notebook cell: findings and coefficients, its style kept to itself."""
    return render("fragment.html.j2", None, page=page(outline), style=Markup(style_sheet("fragment.css", None)))


def table_fragment(table: Table) -> str:
    """One table for a notebook cell."""
    return render("table.html.j2", None, table=table_grid(table), style=Markup(style_sheet("fragment.css", None)))
