"""The JSON Schema of a report, derived from the records it is made of, so that the two cannot part."""

from __future__ import annotations

import types
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any, Union, get_args, get_origin, get_type_hints

from statlogit.report.export import SCHEMA
from statlogit.report.outline import Outline

NUMBER = {"anyOf": [{"type": "number"}, {"enum": ["inf", "-inf", "nan"]}]}  # strict JSON has no other numbers
PLAIN: dict[Any, dict[str, Any]] = {
    str: {"type": "string"},
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: NUMBER,
    type(None): {"type": "null"},
}


def report_schema() -> dict[str, Any]:
    """Every report that `export.to_json` writes validates against this; published as docs/report.schema.json."""
    records = sorted(_records(Outline, set()), key=lambda r: r.__name__)
    root = _record(Outline)
    root["properties"] = {"schema": {"const": SCHEMA}, **root["properties"]}
    root["required"] = ["schema", *root["required"]]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA,
        "title": "A statlogit report",
        **root,
        "$defs": {r.__name__: _record(r) for r in records if r is not Outline},
    }


def _records(record: type, seen: set[type]) -> set[type]:
    """The record and all that its fields may hold."""
    if record not in seen:
        seen.add(record)
        for hint in get_type_hints(record).values():
            for part in _parts(hint):
                if isinstance(part, type) and is_dataclass(part):
                    _records(part, seen)
    return seen


def _parts(hint: Any) -> Iterator[Any]:
    inner = get_args(hint)
    if not inner:
        yield hint
    for part in inner:
        yield from _parts(part)


def _record(record: type) -> dict[str, Any]:
    hints = get_type_hints(record)
    names = [f.name for f in fields(record)]
    return {
        "type": "object",
        "description": (record.__doc__ or "").split("\n")[0],
        "properties": {"type": {"const": record.__name__}, **{n: _schema(hints[n]) for n in names}},
        "required": ["type", *names],
        "additionalProperties": False,
    }


def _schema(hint: Any) -> dict[str, Any]:
    if hint in PLAIN:
        return PLAIN[hint]
    if isinstance(hint, type) and issubclass(hint, Enum):
        return {"enum": [member.value for member in hint]}
    if is_dataclass(hint):
        return {"$ref": f"#/$defs/{hint.__name__}"}  # type: ignore[union-attr]
    if get_origin(hint) is tuple:
        return _tuple(get_args(hint))
    if get_origin(hint) in (Union, types.UnionType):
        return {"anyOf": [_schema(part) for part in get_args(hint)]}
    raise TypeError(f"{hint!r} has no place in a report")


def _tuple(parts: tuple[Any, ...]) -> dict[str, Any]:
    if parts[-1] is Ellipsis:
        return {"type": "array", "items": _schema(parts[0])}
    items = [_schema(part) for part in parts]
    return {"type": "array", "prefixItems": items, "minItems": len(items), "maxItems": len(items)}
