"""A progress bar on standard error for work that takes more than a second; nothing where nobody watches."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from threading import Lock
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
    with counted(total, label, stream) as done:
        for place, item in enumerate(items):
            done(1 if place else 0)
            yield item


@contextmanager
def counted(total: int, label: str, stream: TextIO | None = None) -> Iterator[Callable[[int], None]]:
    """The same bar for work that tells how much more of the total is done, from any thread.

    >>> with counted(2, "letters") as done:
    ...     done(1)
    """
    out = sys.stderr if stream is None else stream
    if out is None or not out.isatty():
        yield lambda _: None
        return
    bar = _Bar(total, label, out)
    try:
        yield bar.add
    finally:
        bar.wipe()


class _Bar:
    def __init__(self, total: int, label: str, out: TextIO) -> None:
        self._total, self._label, self._out, self._lock = total, label, out, Lock()
        self._start = self._drawn = time.monotonic()
        self._done, self._shown = 0, ""

    def add(self, more: int) -> None:
        with self._lock:
            self._done += more
            now = time.monotonic()
            taken = now - self._start
            if self._done and taken > PATIENCE and now - self._drawn > REFRESH:
                left = taken / self._done * (self._total - self._done)
                self._shown = line(self._label, self._done, self._total, left, _width())
                self._out.write("\r" + self._shown)
                self._out.flush()
                self._drawn = now

    def wipe(self) -> None:
        if self._shown:
            self._out.write("\r" + " " * len(self._shown) + "\r")
            self._out.flush()


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
