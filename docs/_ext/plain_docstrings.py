"""Our docstrings are plain text: sentences, `code`, lines "name: what it is", doctests, indented formulas.

Written as reStructuredText: names at the start of a line in bold, code in double backticks, the rest as it is.
"""

from __future__ import annotations

import re
from typing import Any

NAMED = re.compile(r"^([a-z_]\w*(?:, [a-z_]\w*)*): (.*)$")
OPENING = ("Raises ", "Source: ", "Warns ")
CODE = re.compile(r"`([^`]+)`")
SPECIAL = re.compile(r"([*|\\_<>\[\]])")


def setup(app: Any) -> dict[str, bool]:
    app.connect("autodoc-process-docstring", lambda *given: rewrite(given[-1]))
    return {"parallel_read_safe": True}


def rewrite(lines: list[str]) -> None:
    """In place, as sphinx wants it."""
    out: list[str] = []
    for paragraph in paragraphs(lines):
        if paragraph[0].startswith(">>>"):
            out += [*paragraph, ""]
        elif all(line.startswith("    ") for line in paragraph):
            out += ["::", "", *paragraph, ""]
        else:
            out += sentences(paragraph)
    lines[:] = out


def paragraphs(lines: list[str]) -> list[list[str]]:
    found: list[list[str]] = [[]]
    for line in lines:
        if line.strip():
            found[-1].append(line)
        elif found[-1]:
            found.append([])
    return [paragraph for paragraph in found if paragraph]


def sentences(paragraph: list[str]) -> list[str]:
    """A paragraph for every line that names an argument or opens on errors and sources."""
    out: list[str] = []
    for line in map(str.strip, paragraph):
        named = NAMED.match(line)
        ended = not out or out[-1].endswith((".", ")", ""))
        if named and ended:
            out += ["", f"**{escaped(named[1])}**: {escaped(named[2])}"]
        elif line.startswith(OPENING):
            out += ["", escaped(line)]
        else:
            out.append(escaped(line))
    return [*out, ""]


def escaped(text: str) -> str:
    parts = CODE.split(text)
    return "".join(f"``{part}``" if k % 2 else SPECIAL.sub(r"\\\1", part) for k, part in enumerate(parts))
