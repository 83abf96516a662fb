"""A model as plain values, and back. What comes back is not trusted: the formula passes the gate, every number and
shape is checked, and a checksum tells whether the text was changed since it was written.

The published schema is docs/model.schema.json. The only values of the training data in a document are the ends of
each number's range, the learned knots and moments of transforms, and the levels of factors.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from statlogit._version import __version__
from statlogit.core.types import Array
from statlogit.design import Design
from statlogit.effects.flags import Guard
from statlogit.effects.predict import Predictor
from statlogit.effects.predict_classes import ClassPredictor
from statlogit.errors import DataError, StatlogitError
from statlogit.persist.model import ClassModel, Model

FORMAT, VERSION = "statlogit-model", 1


def to_document(model: Model | ClassModel) -> dict[str, Any]:
    """The model as values for JSON, its checksum last."""
    found, several = model.predictor, isinstance(model, ClassModel)
    unknown = found.covariance is None or not np.isfinite(found.covariance).all()
    document: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "kind": "multinomial" if several else "binary",
        "written_by": f"statlogit {__version__}",
        "response": model.response,
        "design": model.design.to_json(),
        "beta": found.beta.tolist(),
        "covariance": None if unknown or found.covariance is None else found.covariance.tolist(),
        "direction": None if found.direction is None else found.direction.tolist(),
        "complete": found.complete,
        "reach": model.guard.reach,
        "statistics": {k: _plain(v) for k, v in model.statistics.items()},
        "data": {"fingerprint": model.fingerprint},
    }
    if isinstance(model, ClassModel):
        levels = [_plain(level) for level in model.levels]
        document |= {"levels": levels, "base": model.predictor.base, "symmetric": model.symmetric}
    return sealed(document)


def sealed(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document with the checksum of everything else in it: against damage, not against forgery."""
    rest = {key: value for key, value in document.items() if key != "checksum"}
    text = json.dumps(rest, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return {**rest, "checksum": "sha256:" + hashlib.sha256(text.encode()).hexdigest()}


def from_document(document: Any) -> Model | ClassModel:
    """The model of a document. Raises DataError with the reason why it is none, or FormulaError from the gate."""
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise DataError("it is JSON but no statlogit model; write one with r.save(path)")
    version = document.get("version")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise DataError(f"its version is {version!r}, which is no whole number from 1 on")
    if version > VERSION:
        raise DataError(
            f"it has version {version} of the format, written by {document.get('written_by')!r}; this statlogit "
            f"({__version__}) reads up to version {VERSION}. Update statlogit, or save the model with this one"
        )
    try:
        if document.get("checksum") != sealed(document)["checksum"]:
            raise DataError("its checksum does not fit: the text was changed after it was written. Save it again")
        kind = document["kind"]
        if kind not in ("binary", "multinomial"):
            raise ValueError(f"kind is {kind!r}, neither 'binary' nor 'multinomial'")
        return _model(document) if kind == "binary" else _class_model(document)
    except StatlogitError:
        raise
    except (KeyError, TypeError, ValueError, OverflowError, RecursionError) as error:
        what = f"{error} is missing" if isinstance(error, KeyError) else str(error)
        raise DataError(f"it is not valid: {what}") from error


def _model(document: dict[str, Any]) -> Model:
    design = Design.from_json(document["design"])
    p = len(design.names)
    covariance = document["covariance"]
    predictor = Predictor(
        _array(document["beta"], (p,)),
        None if covariance is None else _covariance(covariance, p),
        _direction(document, (p,)),
        _truth(document, "complete"),
    )
    guard = Guard(np.zeros((p, p)) if predictor.covariance is None else predictor.covariance, _reach(document))
    return Model(design, predictor, _text(document, "response"), _statistics(document), guard, _fingerprint(document))


def _class_model(document: dict[str, Any]) -> ClassModel:
    design, levels = Design.from_json(document["design"]), _levels(document)
    p, q, base = len(design.names), len(levels) - 1, document["base"]
    if not isinstance(base, int) or isinstance(base, bool) or not 0 <= base <= q:
        raise ValueError(f"base {base!r} is not the place of one of {q + 1} classes")
    covariance = document["covariance"]
    predictor = ClassPredictor(
        _array(document["beta"], (p, q)),
        np.full((p * q, p * q), np.nan) if covariance is None else _covariance(covariance, p * q),
        base,
        _direction(document, (p, q)),
        _truth(document, "complete"),
    )
    guard = Guard(np.nan_to_num(predictor.covariance), _reach(document))
    response, statistics = _text(document, "response"), _statistics(document)
    symmetric = _truth(document, "symmetric")
    return ClassModel(design, predictor, levels, response, statistics, guard, _fingerprint(document), symmetric)


def _levels(document: dict[str, Any]) -> tuple[Any, ...]:
    levels = document["levels"]
    if not isinstance(levels, list) or not all(isinstance(level, str | int | float) for level in levels):
        raise ValueError("levels must be a list of texts, numbers or truth values")
    if len(levels) < 2 or len(set(levels)) != len(levels):
        raise ValueError(f"{len(levels)} levels, which must be two or more different ones")
    return tuple(levels)


def _direction(document: dict[str, Any], shape: tuple[int, ...]) -> Array | None:
    return None if document["direction"] is None else _array(document["direction"], shape)


def _reach(document: dict[str, Any]) -> float | None:
    """The largest standard error of a training row; None where standard errors are not known."""
    value = document["reach"]
    if value is not None and not (_is_number(value) and 0.0 <= value < math.inf):
        raise ValueError(f"reach is {value!r}, not a number >= 0")
    return None if value is None else float(value)


def _text(document: Mapping[str, Any], key: str) -> str:
    if not isinstance(document[key], str):
        raise TypeError(f"{key} is {type(document[key]).__name__}, not text")
    return str(document[key])


def _truth(document: dict[str, Any], key: str) -> bool:
    if not isinstance(document[key], bool):
        raise TypeError(f"{key} is {document[key]!r}, neither true nor false")
    return bool(document[key])


def _statistics(document: dict[str, Any]) -> dict[str, Any]:
    found = document["statistics"]
    if not isinstance(found, dict) or not all(v is None or isinstance(v, str | int | float) for v in found.values()):
        raise TypeError("statistics must map names to plain values")
    return dict(found)


def _fingerprint(document: dict[str, Any]) -> str:
    if not isinstance(document["data"], dict):
        raise TypeError("data must map names to values")
    return _text(document["data"], "fingerprint")


def _covariance(values: Any, size: int) -> Array:
    found = _array(values, (size, size))
    if (np.diag(found) < 0.0).any():
        raise ValueError("the covariance has a negative variance")
    return found


def _array(values: Any, shape: tuple[int, ...]) -> Array:
    if not _all_numbers(values, len(shape)):
        raise ValueError(f"expected {' x '.join(map(str, shape))} numbers")
    out = np.array(values, dtype=np.float64)
    if out.shape != shape or not np.isfinite(out).all():
        raise ValueError(f"expected {' x '.join(map(str, shape))} finite numbers, found {out.shape}")
    return out


def _all_numbers(values: Any, depth: int) -> bool:
    if depth == 0:
        return _is_number(values)
    return isinstance(values, list) and all(_all_numbers(value, depth - 1) for value in values)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _plain(value: Any) -> Any:
    value = value.item() if hasattr(value, "item") else value
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value
