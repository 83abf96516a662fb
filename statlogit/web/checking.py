"""A formula checked as it is typed, by the gate that every fit passes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from statlogit.design.reading import read_formula
from statlogit.errors import FormulaError, MissingColumnError


def checked(formula: str, columns: Sequence[str]) -> dict[str, Any]:
    """Either what the formula says (response, terms, variables) or what is wrong with it, and where."""
    if not formula.strip():
        return {"error": {"message": "Choose an outcome and at least one term, or write a formula.", "hint": None}}
    try:
        found = read_formula(formula, columns)
        if found.response is None:
            raise FormulaError("the formula has no outcome", formula=formula, start=0, end=1, hint="outcome ~ term")
    except FormulaError as error:
        return {"error": {"message": error.message, "start": error.start, "end": error.end, "hint": error.hint}}
    except MissingColumnError as error:
        return {"error": {"message": str(error).split("\n", 1)[0], **_caret(str(error)), "hint": None}}
    return {
        "response": found.response_text,
        "response_columns": list(found.response_reads),
        "terms": [":".join(term) for term in found.factors],
        "variables": list(found.variables),
    }


def _caret(text: str) -> dict[str, int]:
    """Where the carets of a message stand, in the formula it shows; nothing where it shows a part of it."""
    lines = text.split("\n")
    marks = next((k for k, line in enumerate(lines) if k and line.strip() and not line.strip(" ^")), None)
    if marks is None or lines[marks - 1].strip().startswith("..."):
        return {}
    start = lines[marks].index("^") - 4
    return {"start": start, "end": start + lines[marks].count("^")}
