"""The files of the page, read once, and the page itself with its few values filled in."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from statlogit._version import __version__
from statlogit.report.sandbox import template_folder
from statlogit.web.limits import Limits

KINDS = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".html": "text/html"}
PLACE = re.compile("@@([A-Z]+)@@")


@dataclass(frozen=True, slots=True)
class Asset:
    """A file in memory. kind: its media type."""

    content: bytes
    kind: str


def assets() -> dict[str, Asset]:
    """Our own files and the report's style sheet, by name."""
    own = [p for p in (Path(__file__).parent / "assets").iterdir() if p.suffix in KINDS]
    return {p.name: Asset(p.read_bytes(), KINDS[p.suffix]) for p in (*own, template_folder() / "report.css")}


def front(found: Mapping[str, Asset], token: str, limits: Limits) -> str:
    """The page of one session."""
    told = {"megabytes": limits.upload / 1e6, "rows": limits.rows, "columns": limits.columns}
    filled = {"TOKEN": token, "VERSION": __version__, "LIMITS": json.dumps(told)}
    text = found["index.html"].content.decode("utf-8")
    return PLACE.sub(lambda place: html.escape(filled[place[1]]), text)
