"""Files as people save them: understood, or refused with the line."""

from pathlib import Path

import pandas as pd
import pytest

from statlogit.errors import DataError
from statlogit.web.table import STEP, Plain, make_plain


def plain(folder: Path, content: bytes, rows: int = 100, columns: int = 10) -> tuple[Plain, str]:
    (folder / "upload").write_bytes(content)
    found = make_plain(folder / "upload", folder / "data.csv", rows, columns)
    return found, (folder / "data.csv").read_text("utf-8")


@pytest.mark.parametrize(
    ("content", "expected", "note"),
    [
        (b"a,b\n1,x\n", "a,b\n1,x\n", None),
        (b"\xef\xbb\xbfa,b\r\n1,x\r\n", "a,b\n1,x\n", None),
        (b"a;b\n1,5;x\n-2,25e3;\n", "a,b\n1.5,x\n-2.25e3,\n", "decimal commas"),
        (b"a\tb\n1\tx, y\n", 'a,b\n1,"x, y"\n', "tabs"),
        ("a,b\n1,é\n".encode("cp1252"), "a,b\n1,é\n", "Windows-1252"),
        ("a,b\n1,é\n".encode("utf-16"), "a,b\n1,é\n", "UTF-16"),
        (b"a,b\n\n1,x\n\n", "a,b\n1,x\n", None),
        (b",b\n1,x\n", "column 1,b\n1,x\n", None),
        (b'a,b\n1,"x\ny"\n', 'a,b\n1,"x\ny"\n', None),
    ],
)
def test_it_reads_what_spreadsheets_write(tmp_path: Path, content: bytes, expected: str, note: str | None) -> None:
    found, text = plain(tmp_path, content)
    assert text.replace("\r\n", "\n") == expected
    assert [note in n for n in found.notes] == ([True] if note else [])
    assert (found.n_rows, found.n_columns) == pd.read_csv(tmp_path / "data.csv").shape


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"a,b\n1,2\n1\n", "Line 3 has 1 field, the header names 2"),
        (b"a,b\n1,2,3\n", "Line 2 has 3 fields, the header names 2"),
        (b"a,b\n1,\x002\n", "Byte 7 of the file is NUL"),
        (b"PK\x03\x04\x00\x00", "may be a spreadsheet"),
        (b"a,a\n1,2\n", "Two columns have the name 'a'"),
        (b"", "The file is empty"),
        (b"\n\n", "The file is empty"),
        (b"a,b\n", "no rows"),
        (b",\n1,2\n", "first line is blank"),
        (b"a\n" + b"1\n" * 101, "more than 100 rows"),
        (b",".join(b"c%d" % k for k in range(11)) + b"\n", "11 columns; at most 10"),
        (b'a,b\n1,"x', "Line 2 cannot be read"),
        (b"a\n" + b"x" * 200_000 + b"\n", "field larger than field limit"),
        (b"a,b\n1,\x81\n", "no text in any encoding"),
    ],
)
def test_it_refuses_with_the_line_and_what_to_do(tmp_path: Path, content: bytes, words: str) -> None:
    with pytest.raises(DataError, match=words.replace("(", r"\(")):
        plain(tmp_path, content)


def test_a_letter_split_between_two_parts_is_one_letter(tmp_path: Path) -> None:
    content = b"a\n" + (b"y" * 99 + b"\n") * 10_485 + b"z" * 73 + "é".encode() + b"\n"
    assert content.index("é".encode()) == STEP - 1
    found, text = plain(tmp_path, content, rows=20_000)
    assert found.notes == ()
    assert "é" in text
