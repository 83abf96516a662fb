"""A CSV as people save it, made plain: UTF-8, commas, points, every line as long as the header.

Spreadsheets write semicolons with decimal commas, tabs, UTF-16 or the old Windows encoding. What was understood is
told in notes; what cannot be is refused with the line.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TextIO

from statlogit.errors import DataError

PEEK, STEP = 1 << 16, 1 << 20  # bytes
UTF16 = (b"\xff\xfe", b"\xfe\xff")
DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs"}
DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+(?:[eE][+-]?\d+)?")
MOST_FIELD = 100_000  # characters


class Reader(Protocol):
    """What csv.reader gives."""

    @property
    def line_num(self) -> int: ...
    def __iter__(self) -> Iterator[list[str]]: ...
    def __next__(self) -> list[str]: ...


@dataclass(frozen=True, slots=True)
class Plain:
    """n_rows, n_columns of what was written; notes: sentences on how the file was read."""

    n_rows: int
    n_columns: int
    notes: tuple[str, ...]


def make_plain(source: Path, target: Path, most_rows: int, most_columns: int) -> Plain:
    """Write the file again as plain CSV, and count it.

    Raises DataError with the line for NUL bytes, lines of another length than the header, and what is too large.
    """
    encoding = _encoding(source)
    csv.field_size_limit(MOST_FIELD)
    try:
        with source.open(encoding=encoding, newline="") as text, target.open("w", encoding="utf-8", newline="") as out:
            delimiter = _delimiter(text.read(PEEK).split("\n", 1)[0])
            text.seek(0)
            rows = _checked(csv.reader(text, delimiter=delimiter, strict=True), most_rows, most_columns)
            n_rows, n_columns = _write(_points(rows) if delimiter == ";" else rows, out)
    except UnicodeDecodeError as error:
        raise DataError("The file is no text in any encoding we know; save it as CSV in UTF-8.") from error
    return Plain(n_rows, n_columns, tuple(_notes(encoding, delimiter)))


def _write(rows: Iterator[list[str]], out: TextIO) -> tuple[int, int]:
    """The numbers of rows and columns written, the header not counted."""
    writer, n, header = csv.writer(out), 0, next(rows)
    writer.writerow(header)
    for n, row in enumerate(rows, start=1):  # noqa: B007 # the count outlives the loop
        writer.writerow(row)
    return n, len(header)


def _notes(encoding: str, delimiter: str) -> Iterator[str]:
    if encoding == "cp1252":
        yield "The file is not UTF-8; it was read as Windows-1252. Check names with accents."
    if encoding == "utf-16":
        yield "The file was read as UTF-16."
    if delimiter != ",":
        yield f"Fields are separated by {DELIMITERS[delimiter]}{', with decimal commas' if delimiter == ';' else ''}."


def _encoding(path: Path) -> str:
    """UTF-8 where all of the file is; UTF-16 by its mark; Windows-1252 otherwise. Raises DataError for NUL bytes."""
    decoder, encoding, place = codecs.getincrementaldecoder("utf-8")(), "utf-8-sig", 0
    with path.open("rb") as file:
        if file.read(2) in UTF16:
            return "utf-16"
        file.seek(0)
        while part := file.read(STEP):
            if (nul := part.find(b"\0")) >= 0:
                raise DataError(
                    f"Byte {place + nul + 1:,} of the file is NUL, which no CSV file holds. It may be a spreadsheet or "
                    "another kind of file; save it as CSV in UTF-8."
                )
            place += len(part)
            if encoding == "utf-8-sig":
                try:
                    decoder.decode(part, final=len(part) < STEP)
                except UnicodeDecodeError:
                    encoding = "cp1252"
    return encoding


def _delimiter(header: str) -> str:
    """The separator that the first line has most of."""
    return max(DELIMITERS, key=header.count) if any(d in header for d in DELIMITERS) else ","


def _checked(reader: Reader, most_rows: int, most_columns: int) -> Iterator[list[str]]:
    """The header and the lines that are not blank, each as long as the header."""
    lines = _lines(reader)
    header = next(lines, None)
    if header is None:
        raise DataError("The file is empty. Its first line must name the columns.")
    yield _header(header, most_columns)
    n = 0
    for n, row in enumerate(lines, start=1):
        if len(row) != len(header):
            raise DataError(
                f"Line {reader.line_num:,} has {_fields(len(row))}, the header names {len(header):,}. Put texts that "
                "hold the separator in quotation marks."
            )
        if n > most_rows:
            raise DataError(f"The file has more than {most_rows:,} rows, the most that is read. Take a sample.")
        yield row
    if not n:
        raise DataError("The file has a header but no rows, so there is nothing to fit.")


def _lines(reader: Reader) -> Iterator[list[str]]:
    """The lines that are not blank."""
    try:
        yield from filter(None, reader)
    except csv.Error as error:
        raise DataError(f"Line {reader.line_num:,} cannot be read: {error}.") from error


def _fields(n: int) -> str:
    return "1 field" if n == 1 else f"{n:,} fields"


def _header(row: list[str], most: int) -> list[str]:
    if len(row) > most:
        raise DataError(f"The file has {len(row):,} columns; at most {most:,} are read. Keep those that matter.")
    if not any(name.strip() for name in row):
        raise DataError("The first line is blank. It must name the columns.")
    named = [name if name.strip() else f"column {k}" for k, name in enumerate(row, start=1)]
    seen: set[str] = set()
    for name in named:
        if name in seen:
            raise DataError(
                f"Two columns have the name {name[:80]!r}. Rename one, so that a formula can tell them apart."
            )
        seen.add(name)
    return named


def _points(rows: Iterable[list[str]]) -> Iterator[list[str]]:
    """Decimal commas as points."""
    for row in rows:
        yield [field.replace(",", ".") if DECIMAL_COMMA.fullmatch(field) else field for field in row]
