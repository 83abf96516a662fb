"""Writing and reading model files.

Floats are written as Python writes them, the shortest text that reads back to the same bits, so predictions after
loading are equal to the last bit.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import NoReturn

from statlogit.errors import DataError, FormulaError
from statlogit.persist.document import from_document, to_document
from statlogit.persist.model import ClassModel, Model


def save(model: Model | ClassModel, path: Path) -> Path:
    """Write a model file, one entry a line."""
    entries = [f" {json.dumps(k)}: {json.dumps(v, allow_nan=False)}" for k, v in to_document(model).items()]
    path.write_text("{\n" + ",\n".join(entries) + "\n}\n", encoding="utf-8")
    return path


def load(path: str | Path) -> Model | ClassModel:
    """Read a model file, written by `r.save(path)` or `statlogit fit --save`.

    Raises DataError with the reason where it is unreadable, no model, of a newer format, changed since it was written
    or inconsistent, and FormulaError where its formula does not pass the gate.
    """
    try:
        document = json.loads(Path(path).read_text(encoding="utf-8"), parse_constant=_refuse)
    except OSError as error:
        raise DataError(f"cannot read the model file {path}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise DataError(
            f"cannot read the model file {path} as JSON ({error}): it is another file, or cut off or changed since "
            "r.save(path) or statlogit fit --save wrote it; write it again"
        ) from error
    try:
        return from_document(document)
    except FormulaError:
        raise
    except DataError as error:
        raise DataError(f"{path} cannot be used as a model file: {error}") from error


def _refuse(token: str) -> NoReturn:
    raise ValueError(f"{token} is no number of JSON")
