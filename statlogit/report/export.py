"""The outline as JSON: the tree itself, full precision, no formatted text."""

from __future__ import annotations

import json
import math
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any

from statlogit.report.outline import Outline

SCHEMA = "statlogit-report-1"


def to_json(outline: Outline) -> str:
    """Strict JSON: each record an object with its "type"; +-inf and nan as the texts "inf", "-inf", "nan"."""
    tree = {"schema": SCHEMA, **_plain(outline)}
    return json.dumps(tree, ensure_ascii=False, allow_nan=False, indent=1) + "\n"


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if is_dataclass(value) and not isinstance(value, type):
        return {"type": type(value).__name__} | {f.name: _plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, tuple | list):
        return [_plain(v) for v in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(float(value))
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode("utf-8")  # a lone surrogate has no encoding
    if isinstance(value, bool | int) or value is None:
        return value
    return float(value)
