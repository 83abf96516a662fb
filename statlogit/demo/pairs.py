"""The data of a demo: one `feature,label` a line, from a file or typed in."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from statlogit.core.types import Array
from statlogit.errors import DataError

TOY = "x,y\n0.5,0\n2.5,1\n1.0,0\n3.0,1\n"
LARGEST_FEATURE = 1e100  # squares and their sums then stay far below overflow
LONGEST_QUOTE = 40
NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True)
class Pairs:
    """The rows of a demo: features x and labels y of 0 or 1, at least one."""

    x: Array  # (n,)
    y: Array  # (n,)
    x_name: str = "x"
    y_name: str = "y"

    @property
    def n_rows(self) -> int:
        return len(self.x)

    def standardized(self) -> tuple[Pairs, float, float]:
        """Features as (x - centre) / scale with the mean and the root mean squared deviation, and those two.

        Raises DataError when all features are equal.
        """
        centre = float(self.x.mean())
        scale = float(np.sqrt(np.square(self.x - centre).mean()))
        if self.x.min() == self.x.max() or scale == 0:
            raise DataError(f"every {self.x_name} is {self.x[0]:.12g}: it cannot be standardized")
        return Pairs((self.x - centre) / scale, self.y, self.x_name, self.y_name), centre, scale


def read_pairs(text: str) -> Pairs:
    """Read one `feature,label` a line; # starts a comment, blank lines are skipped, a header may come first.

    >>> read_pairs("hours,passed\\n0.5,0  # early\\n2.5,1").x
    array([0.5, 2.5])

    Raises DataError naming the number and the text of the first line that cannot be read.
    """
    x: list[float] = []
    y: list[float] = []
    names: tuple[str, str] | None = None
    for number, raw in enumerate(re.split(r"\r\n|\r|\n", text.removeprefix("\ufeff")), start=1):
        line = raw.split("#")[0].strip(" \t")
        if not line:
            continue
        fields = [field.strip(" \t") for field in line.split(",")]
        if not x and names is None and len(fields) == 2 and not any(map(NUMBER.fullmatch, fields)):
            names = (_printable(fields[0]) or "x", _printable(fields[1]) or "y")
            continue
        feature, label = _read_line(number, fields, raw)
        x.append(feature)
        y.append(label)
    if not x:
        raise DataError("there is no data line: give one feature,label a line, such as 0.5,0")
    return Pairs(np.array(x), np.array(y), *(names or ("x", "y")))


def _read_line(number: int, fields: list[str], raw: str) -> tuple[float, float]:
    where, shown = f"line {number}", f'in "{_printable(raw)}"'
    if len(fields) != 2:
        raise DataError(f"{where}: expected feature,label but found {len(fields)} field(s) {shown}")
    for name, field in zip(("feature", "label"), fields, strict=True):
        if not NUMBER.fullmatch(field):
            raise DataError(f'{where}: the {name} "{_printable(field)}" is not a number {shown}')
    feature, label = map(float, fields)
    if abs(feature) > LARGEST_FEATURE:
        raise DataError(f'{where}: the feature "{_printable(fields[0])}" is beyond 1e100 {shown}')
    if label not in (0.0, 1.0):
        raise DataError(f'{where}: the label must be 0 or 1, not "{_printable(fields[1])}" {shown}')
    return feature, label


def _printable(text: str) -> str:
    """Untrusted text for a message: one line, no control characters, not too long."""
    text = CONTROL.sub("\ufffd", text.strip(" \t"))
    return text if len(text) <= LONGEST_QUOTE else text[:LONGEST_QUOTE] + "..."


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


def _ask(prompt: str) -> str:
    """A line from the terminal, "" at its end. The prompt goes to standard error: standard output is for results."""
    sys.stderr.write(prompt)
    sys.stderr.flush()
    return sys.stdin.readline()


def read_interactively(ask: Callable[[str], str] = _ask, say: Callable[[str], None] = _say) -> Pairs:
    """Ask for one line after another until a blank one; a line that cannot be read is explained and asked for again.

    No line at all gives the toy data.
    """
    say("Type one feature,label a line, such as 0.5,0; an empty line ends (at once: the toy data).")
    lines: list[str] = []
    while line := ask(f"{len(lines) + 1}> ").strip():
        try:
            read_pairs("\n".join([*lines, line, "0,0"]))
        except DataError as error:
            say(str(error))
        else:
            lines.append(line)
    return read_pairs("\n".join(lines) if lines else TOY)
