"""Templates in a sandbox: they print what the page holds, and reach nothing else.

A template may come from a user's folder, so it is treated as the data is: no attribute with an underscore, no file
outside its folder, no arithmetic, no way to switch escaping off, and a short list of filters.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

from jinja2 import Environment, FunctionLoader, StrictUndefined, TemplateError, nodes
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from statlogit.errors import ReportError
from statlogit.report import latex, markdown, text

FILTERS = (
    "capitalize", "count", "d", "default", "e", "escape", "first", "forceescape", "join", "last", "length", "list",
    "lower", "replace", "reject", "rejectattr", "reverse", "select", "selectattr", "sort", "title", "trim", "upper",
)  # fmt: skip
LATEX_MARKS: dict[str, Any] = {
    "block_start_string": "<%", "block_end_string": "%>", "variable_start_string": "<<", "variable_end_string": ">>",
    "comment_start_string": "<#", "comment_end_string": "#>",
}  # fmt: skip
CONTEXT_CHANGES = (nodes.EvalContextModifier, nodes.ScopedEvalContextModifier)  # {% autoescape false %}


class Sandbox(ImmutableSandboxedEnvironment):
    """jinja2's sandbox without operators that could build large values."""

    intercepted_binops = frozenset({"+", "-", "*", "/", "//", "%", "**"})

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> NoReturn:  # noqa: ARG002
        raise SecurityError(f"{operator} in a template: templates hold no arithmetic")


def template_folder() -> Path:
    """The templates inside the installed package, else those of the checkout."""
    here = Path(__file__).resolve().parent
    installed = here / "templates"
    return installed if installed.is_dir() else here.parents[1] / "reports" / "templates"


def render(name: str, folder: Path | None, **values: object) -> str:
    """A template of the user's folder or, where it has none of this name, ours.

    Raises ReportError naming the template and its line.
    """
    try:
        return _environment(name.rsplit(".", 2)[1], folder).get_template(name).render(**values)
    except TemplateError as error:
        place = f"{getattr(error, 'name', None) or name}{_line(error)}"
        raise ReportError(f"template {place}: {error.message or type(error).__name__}") from error


def _line(error: TemplateError) -> str:
    number = getattr(error, "lineno", None)
    return f", line {number}" if number else ""


def style_sheet(name: str, folder: Path | None) -> str:
    """A style sheet of the user's folder or ours; it cannot end the style element that holds it."""
    found = _read(name, _folders(folder))
    if found is None or "</" in found:
        raise ReportError(f"{name}: a style sheet holds no mark-up")
    return found.strip()


def _folders(folder: Path | None) -> tuple[Path, ...]:
    return (template_folder(),) if folder is None else (user_folder(folder), template_folder())


def user_folder(folder: Path) -> Path:
    """The folder itself. Raises ReportError where it is none, or holds no file that a report would use."""
    known = sorted(p.name for p in template_folder().iterdir() if p.is_file())
    if not folder.is_dir():
        raise ReportError(f"templates={str(folder)!r} is no folder")
    if not any((folder / name).is_file() for name in known):
        raise ReportError(f"templates={str(folder)!r} holds none of the files a report uses: {', '.join(known)}")
    return folder


def _read(name: str, folders: Sequence[Path]) -> str | None:
    """The text of the first folder that holds this name; a link that leaves its folder does not count."""
    for folder in folders:
        target = (folder / name).resolve()
        if target.is_file() and target.is_relative_to(folder.resolve()):
            return target.read_text(encoding="utf-8").replace("\r\n", "\n")
    return None


def _environment(form: str, folder: Path | None) -> Environment:
    return _ours(form) if folder is None else _made(form, _folders(folder), Sandbox)


@cache
def _ours(form: str) -> Environment:
    """Of our own templates, which need no sandbox: every attribute that they read would be looked at."""
    return _made(form, _folders(None), Environment)


def _made(form: str, folders: Sequence[Path], kind: type[Environment]) -> Environment:
    """form: "html" escapes every value, for jinja2's own rule does not know `.html.j2`; "tex" has marks of its own."""
    made = kind(
        autoescape=form == "html",
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=form != "html",
        **(LATEX_MARKS if form == "tex" else {}),
    )
    made.loader = FunctionLoader(_loader(made, folders))
    made.globals.clear()
    ours: dict[str, Callable[[str], str]] = {
        "typographic": text.typographic,
        "typeset": text.typeset,
        "md": markdown.escape,
        "tex": latex.escape,
    }
    made.filters = {name: made.filters[name] for name in FILTERS} | ours
    return made


def _loader(environment: Environment, folders: Sequence[Path]) -> Callable[[str], str | None]:
    def load(name: str) -> str | None:
        source = _read(name, folders)
        if source is not None and any(environment.parse(source).find_all(CONTEXT_CHANGES)):
            raise SecurityError("a template cannot switch escaping off")
        return source

    return load
