"""Progress on standard error of work that takes more than a second, and how far it came where it is interrupted.

Whoever goes over rows counts them (`counted`); whoever knows that several passes are one piece of work says so
(`in_passes`), and its line shows both. Nothing is drawn where nobody watches: only on a terminal, wiped at the end.
"""

from __future__ import annotations

import math
import shutil
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Lock
from typing import TextIO, TypeVar

T = TypeVar("T")

PATIENCE = 1.0  # seconds before the bar appears
REFRESH = 0.1  # seconds between two drawings
NARROWEST = 5  # characters of a bar worth drawing
THOUSANDS, MILLIONS = 10_000, 1_000_000  # from which numbers are shown as 12k and 1.2M


def tracked(items: Iterable[T], total: int, label: str, stream: TextIO | None = None) -> Iterator[T]:
    """The same items, drawing how many of them are done. stream: standard error by default; silent unless a terminal.

    The bar is one line as wide as the terminal and is wiped when the items end, or when nobody takes more of them.

    >>> list(tracked("ab", 2, "letters"))
    ['a', 'b']
    """
    bar, start = _Bar(label, stream), time.monotonic()
    try:
        for done, item in enumerate(items):
            if done:
                left = (time.monotonic() - start) / done * (total - done)
                bar.draw(f"{done} of {total}, {time_left(left)}", done / max(total, 1))
            yield item
    finally:
        bar.wipe()


@contextmanager
def in_passes(label: str, expected: int | None, *, sooner: str = "", stream: TextIO | None = None) -> Iterator[Passes]:
    """All passes over rows that are made within are one piece of work.

    expected: how many passes it takes, about; None where nobody knows. An interrupt carries as notes how far the passes
    came, and `sooner`, a sentence on what takes less time.
    """
    passes = Passes(expected, _Bar(label, stream))
    outside = _around.set(passes)
    try:
        with passes.noted(sooner):
            yield passes
    finally:
        _around.reset(outside)


@contextmanager
def counted(
    total: int | None, label: str = "reading", *, unit: str = "rows", stream: TextIO | None = None
) -> Iterator[Callable[[int], None]]:
    """One pass over `total` rows (None: not known), which tells how many more are done, from any thread.

    label: what it is called where it is no part of a larger work.

    >>> with counted(2) as done:
    ...     done(1)
    """
    around = _around.get()
    if around is not None:
        with around.one(total, unit) as done:
            yield done
        return
    alone = Passes(1, _Bar(label, stream))
    with alone.noted(), alone.one(total, unit) as done:
        yield done


class Passes:
    """How far some passes over rows have come. expected: how many there will be, about; may be changed on the way."""

    def __init__(self, expected: int | None, bar: _Bar) -> None:
        self.expected = expected
        self._bar, self._lock = bar, Lock()
        self._begun = self._ended = self._rows = 0
        self._total: int | None = None
        self._unit, self._busy, self._start = "rows", 0.0, 0.0  # seconds in the passes that have ended

    @contextmanager
    def one(self, total: int | None, unit: str = "rows") -> Iterator[Callable[[int], None]]:
        """One pass; where its rows are not known, they are those of the pass before."""
        self._total, self._rows, self._unit = total or self._rows or None, 0, unit
        self._begun, self._start = self._begun + 1, time.monotonic()
        yield self._add
        self._ended, self._busy = self._ended + 1, self._busy + time.monotonic() - self._start

    @contextmanager
    def noted(self, sooner: str = "") -> Iterator[None]:
        """Wipe the line at the end; an interrupt is told how far they came."""
        try:
            yield
        except KeyboardInterrupt as interrupt:
            for note in filter(None, (self.reached, sooner) if self._begun else ()):
                interrupt.add_note(note)
            raise
        finally:
            self._bar.wipe()

    @property
    def reached(self) -> str:
        """How far they came, as a sentence."""
        if self._ended == self._begun and self.expected != 1:
            return f"stopped after {self._place} over {self._rows:,} {self._unit}"
        place = "" if self.expected == 1 else f"in {self._place}, "
        of = "" if self._total is None else f" of {self._total:,}"
        return f"stopped {place}after {self._rows:,}{of} {self._unit}"

    @property
    def _place(self) -> str:
        known = self.expected is not None and self._begun <= self.expected
        return f"pass {self._begun} of about {self.expected}" if known else f"pass {self._begun}"

    def _add(self, more: int) -> None:
        with self._lock:
            self._rows += more
            self._bar.draw(self._words(), self._share)

    @property
    def _share(self) -> float | None:
        """Of the whole work; None where it is not known."""
        if not self._total or self.expected is None or self._begun > self.expected:
            return None
        return (self._ended + min(self._rows / self._total, 1.0)) / self.expected

    def _words(self) -> str:
        of = f" of {short(self._total)}" if self._total else ""
        rows, share, taken = (
            f"{short(self._rows)}{of} {self._unit}",
            self._share,
            self._busy + time.monotonic() - self._start,
        )
        when = time_left(taken * (1.0 - share) / share) if share else f"{seconds(taken)} so far"
        return ", ".join([*([] if self.expected == 1 else [self._place]), rows, when])


class _Bar:
    """One line of a terminal, drawn from some time on and not too often."""

    def __init__(self, label: str, stream: TextIO | None) -> None:
        out = sys.stderr if stream is None else stream
        self._out = out if out is not None and out.isatty() else None
        self._label, self._shown = label, ""
        self._start = self._drawn = time.monotonic()

    def draw(self, words: str, share: float | None) -> None:
        now = time.monotonic()
        if self._out is None or now - self._start <= PATIENCE or now - self._drawn <= REFRESH:
            return
        before, self._shown, self._drawn = len(self._shown), line(self._label, words, share, _width()), now
        self._out.write("\r" + self._shown.ljust(before))
        self._out.flush()

    def wipe(self) -> None:
        if self._out is not None and self._shown:
            self._out.write("\r" + " " * len(self._shown) + "\r")
            self._out.flush()
            self._shown = ""


_around: ContextVar[Passes | None] = ContextVar("_around", default=None)


def line(label: str, words: str, share: float | None, width: int) -> str:
    """One line of at most width characters. share: how much is done; None where nobody knows.

    >>> line("fit", "pass 3 of about 7, 2.1M of 5.0M rows, about 3 s left", 0.4, 70)
    'fit [####       ] pass 3 of about 7, 2.1M of 5.0M rows, about 3 s left'
    """
    size = width - len(label) - len(words) - 4
    if share is None or size < NARROWEST:
        return f"{label}: {words}"[:width]
    filled = int(size * share)
    return f"{label} [{'#' * filled}{' ' * (size - filled)}] {words}"


def short(n: float) -> str:
    """A number of rows in three digits or four.

    >>> short(9_876), short(12_345), short(12_345_678), short(2e9)
    ('9,876', '12k', '12.3M', '2,000M')
    """
    if n < THOUSANDS:
        return f"{n:,.0f}"
    millions = n / MILLIONS
    return f"{n / 1000:.0f}k" if millions < 1 else f"{millions:.1f}M" if millions < 1000 else f"{millions:,.0f}M"


def seconds(value: float) -> str:
    """A time for people.

    >>> seconds(7.2), seconds(61), seconds(7300)
    ('8 s', '1 min 1 s', '2 h 1 min')
    """
    whole = max(math.ceil(value), 1)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def time_left(value: float) -> str:
    return f"about {seconds(value)} left"


def _width() -> int:
    return shutil.get_terminal_size().columns - 1
