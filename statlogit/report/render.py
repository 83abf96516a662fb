"""Templates: the only importer of jinja2. The outline goes in as finished text and drawings; a file comes out."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from statlogit.report import export, markdown, text
from statlogit.report.grid import table_grid
from statlogit.report.layout import text_page
from statlogit.report.outline import Outline
from statlogit.report.page import page
from statlogit.tables import Table

TEXT_WIDTH = 80


def render_text(outline: Outline, width: int = TEXT_WIDTH) -> str:
    """Plain text, no line wider than width columns."""
    return _plain().get_template("report.txt.j2").render(page=text_page(outline, width))


def render_markdown(outline: Outline) -> str:
    """GitHub Markdown; names are escaped, no HTML is passed through."""
    return _plain().get_template("report.md.j2").render(page=page(outline))


def render_html(outline: Outline) -> str:
    """One file without script or request; the policy in its head allows its own style and nothing else."""
    style = _style("report.css")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode("ascii")
    template = _html().get_template("report.html.j2")
    return template.render(page=page(outline), style=Markup(style), style_hash=digest)


def html_fragment(outline: Outline) -> str:
    """A short form for a notebook cell: findings and coefficients, its style kept to itself."""
    style = Markup(_style("fragment.css"))
    return _html().get_template("fragment.html.j2").render(page=page(outline), style=style)


def table_fragment(table: Table) -> str:
    """One table for a notebook cell."""
    style = Markup(_style("fragment.css"))
    return _html().get_template("table.html.j2").render(table=table_grid(table), style=style)


def render_json(outline: Outline) -> str:
    """The outline itself as JSON, full precision."""
    return export.to_json(outline)


WRITERS = {
    ".html": render_html,
    ".htm": render_html,
    ".txt": render_text,
    ".md": render_markdown,
    ".json": render_json,
}


def write_report(outline: Outline, path: str | Path) -> Path:
    """Write the report in the format of the suffix; UTF-8, the same bytes each time.

    Raises ValueError naming the known suffixes for any other.
    """
    target = Path(path)
    writer = WRITERS.get(target.suffix.lower())
    if writer is None:
        known = ", ".join(WRITERS)
        raise ValueError(f"no report format for {target.suffix or 'a name without suffix'!r}; known: {known}")
    target.write_text(writer(outline), encoding="utf-8", newline="\n")
    return target


def template_folder() -> Path:
    """The templates inside the installed package, else those of the checkout."""
    here = Path(__file__).resolve().parent
    installed = here / "templates"
    return installed if installed.is_dir() else here.parents[1] / "reports" / "templates"


@cache
def _html() -> Environment:
    """Escapes every value: the suffix rule of select_autoescape does not know `.html.j2`."""
    made = Environment(
        loader=FileSystemLoader(template_folder()),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["typographic"] = text.typographic
    return made


@cache
def _plain() -> Environment:
    made = Environment(
        loader=FileSystemLoader(template_folder()),
        autoescape=False,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters["md"] = markdown.escape
    return made


@cache
def _style(name: str) -> str:
    return (template_folder() / name).read_text(encoding="utf-8").replace("\r\n", "\n").strip()
