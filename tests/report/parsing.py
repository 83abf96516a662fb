"""Readers of the three formats, to compare what they show."""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser

VOID = {"meta", "line", "path", "circle", "br", "link", "img", "input"}


class Page(HTMLParser):
    """The tables of a page as rows of cell texts, its visible text, its tags and the values behind the numbers."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.tables: list[list[list[str]]] = []
        self.values: list[str] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.facts: dict[str, str] = {}
        self._label = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("th", "td"):
            self.tables[-1][-1].append("")
        elif tag == "dt":
            self._label = ""
        elif tag == "dd":
            self.facts[self._label] = ""
        elif tag == "data":
            self.values.append(str(dict(attrs)["value"]))

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open, f"</{tag}> closes nothing"
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" in self.open:
            return
        self.words.append(data)
        if {"th", "td"} & set(self.open):
            self.tables[-1][-1][-1] += data
        elif "dt" in self.open:
            self._label += data
        elif "dd" in self.open:
            self.facts[self._label] += data


def plain(text: str) -> str:
    """A cell of HTML with the signs of a keyboard."""
    return text.replace("−", "-").replace("–", "-").strip()


def html_tables(text: str) -> list[list[list[str]]]:
    return [[[plain(c) for c in row] for row in table] for table in Page(text).tables]


def markdown_rows(text: str) -> list[list[str]]:
    """All rows of all tables, escapes undone."""
    rows = [line for line in text.splitlines() if line.startswith("|") and not re.fullmatch(r"[|:\- ]+", line)]
    return [[unescaped(c) for c in re.split(r"(?<!\\)\|", row)[1:-1]] for row in rows]


def unescaped(cell: str) -> str:
    return re.sub(r"\\(.)", r"\1", html.unescape(cell)).replace("\u2003", "").replace("**", "").strip()
