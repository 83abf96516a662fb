"""A report as a file: the suffix chooses the format."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path

from statlogit.errors import ReportError
from statlogit.report.export import to_json
from statlogit.report.outline import Outline
from statlogit.report.render import render_html, render_latex, render_markdown, render_text
from statlogit.report.sandbox import user_folder

TEMPLATED: Mapping[str, Callable[[Outline, Path | None], str]] = {
    ".html": render_html,
    ".htm": render_html,
    ".txt": lambda outline, folder: render_text(outline, folder=folder),
    ".md": render_markdown,
    ".tex": render_latex,
}
EXTRAS = {".docx": ("docx", "python-docx", "word"), ".xlsx": ("xlsxwriter", "xlsxwriter", "excel")}
KNOWN = (*TEMPLATED, ".json", *EXTRAS)


def check_format(path: str | Path, templates: str | Path | None = None) -> None:
    """Say before any work that a report cannot be written: unknown suffix, missing package, unusable templates.

    Raises ReportError with the known suffixes, the package to install, or what the folder lacks.
    """
    suffix = Path(path).suffix.lower()
    if suffix not in KNOWN:
        named = repr(suffix) if suffix else "a name without suffix"
        raise ReportError(f"no report format for {named}; known: {', '.join(KNOWN)}")
    if suffix in EXTRAS:
        module, package, extra = EXTRAS[suffix]
        if find_spec(module) is None:
            raise ReportError(f"a {suffix} report needs {package}: pip install 'statlogit[{extra}]'")
    if templates is not None:
        if suffix not in TEMPLATED:
            raise ReportError(f"templates= is for {', '.join(TEMPLATED)}; a {suffix} report is made without any")
        user_folder(Path(templates))


def write_report(outline: Outline, path: str | Path, templates: str | Path | None = None) -> Path:
    """Write the report in the format of the suffix; the same bytes each time, text in UTF-8.

    templates: a folder whose files (`report.html.j2`, `parts.html.j2`, `report.css`, ...) stand in for ours.
    """
    check_format(path, templates)
    target = Path(path)
    target.write_bytes(_made(outline, target.suffix.lower(), None if templates is None else Path(templates)))
    return target


def _made(outline: Outline, suffix: str, folder: Path | None) -> bytes:
    if suffix == ".docx":
        from statlogit.report.word import to_docx

        return to_docx(outline)
    if suffix == ".xlsx":
        from statlogit.report.excel import to_xlsx

        return to_xlsx(outline)
    made = to_json(outline) if suffix == ".json" else TEMPLATED[suffix](outline, folder)
    return made.encode("utf-8")
