"""A progress bar on standard error for work that takes more than a second; nothing where nobody watches."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Iterable, Iterator
from typing import TextIO, TypeVar

T = TypeVar("T")

PATIENCE = 1.0  # seconds before the bar appears
REFRESH = 0.1  # seconds between two drawings
NARROWEST = 5  # characters of a bar worth drawing


def tracked(items: Iterable[T], total: int, label: str, stream: TextIO | None = None) -> Iterator[T]:
    """The same items, drawing how many of them are done. stream: standard error by default; silent unless a terminal.

    The bar is one line as wide as the terminal and is wiped when the items end, or when nobody takes more of them.

    >>> list(tracked("ab", 2, "letters"))
    ['a', 'b']
    """
    out = sys.stderr if stream is None else stream
    if out is None or not out.isatty():
        yield from items
        return
    start = drawn = time.monotonic()
    shown = ""
    try:
        for done, item in enumerate(items):
            now = time.monotonic()
            if done and now - start > PATIENCE and now - drawn > REFRESH:
                shown = line(label, done, total, (now - start) / done * (total - done), _width())
                out.write("\r" + shown)
                out.flush()
                drawn = now
            yield item
    finally:
        if shown:
            out.write("\r" + " " * len(shown) + "\r")
            out.flush()


def line(label: str, done: int, total: int, seconds_left: float, width: int) -> str:
    """One line of at most width characters.

    >>> line("bootstrap", 50, 200, 7.2, 40)
    'bootstrap [####            ]  50/200  8s'
    """
    count = f"{done:>{len(str(total))}}/{total}"
    minutes, seconds = divmod(int(seconds_left) + 1, 60)
    left = f"{minutes}m{seconds:02d}s" if minutes else f"{seconds}s"
    size = width - len(label) - len(count) - len(left) - 6
    if size < NARROWEST:
        return f"{label} {count}"[:width]
    filled = size * done // max(total, 1)
    return f"{label} [{'#' * filled}{' ' * (size - filled)}] {count}  {left}"


def _width() -> int:
    return shutil.get_terminal_size().columns - 1
