"""Stored outputs. `REWRITE_GOLDEN=1 pytest tests/report` writes them anew; read the difference before committing it."""

import os
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "golden" / "report"


def check(name: str, made: str) -> None:
    """The stored text of that name is what was made."""
    path = FOLDER / name
    if os.environ.get("REWRITE_GOLDEN"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(made, encoding="utf-8", newline="\n")
    assert made == path.read_text(encoding="utf-8")
