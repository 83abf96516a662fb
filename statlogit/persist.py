"""Model files: JSON with the formula, the learned state, coefficients and covariance; never a training row.

Floats are written as Python writes them, the shortest text that reads back to the same bits, so predictions after
loading are equal to the last bit. The formula passes the gate again on loading.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from statlogit.core.types import Array
from statlogit.design import Design
from statlogit.effects import questions
from statlogit.effects.flags import Guard, beside, flagged_rows, guard_of
from statlogit.effects.predict import (
    PredictionKind,
    Predictor,
    Unseen,
    as_frame,
    predict_data,
    predict_new,
    predictor_of,
)
from statlogit.effects.predict_classes import ClassPredictor, NewRows, predict_class_data
from statlogit.effects.subject import Subject, subject_of_model
from statlogit.errors import DataError
from statlogit.fit import Fit
from statlogit.inference.covariance import Covariance

SCHEMA = "statlogit-model/1"
CLASSES = "statlogit-multinomial/1"


@dataclass(frozen=True, slots=True)
class Model:
    """A model that predicts, without the data it was fitted to."""

    design: Design
    predictor: Predictor
    response: str  # "P(low = 1)"
    statistics: Mapping[str, Any]
    guard: Guard  # tells extrapolation

    @property
    def params(self) -> pd.Series[float]:
        """Coefficients, log-odds; zero for aliased columns."""
        return pd.Series(self.predictor.beta, index=list(self.design.names), name="estimate")

    def predict(
        self,
        newdata: Any,
        kind: PredictionKind = "probability",
        interval: Literal["confidence"] | None = None,
        level: float = 0.95,
        unseen: Unseen = "raise",
        flags: bool = False,
    ) -> pd.Series[float] | pd.DataFrame:
        """Predict new rows, as the fitted result would."""
        if not flags:
            found, index = predict_data(self.predictor, self.design, newdata, unseen)
            return as_frame(found, index, kind, interval, level)
        flagged = flagged_rows(self.design, newdata, self.guard)
        found, index = predict_new(self.predictor, flagged.rows)
        return beside(as_frame(found, index, kind, interval, level), flagged)

    def _subject(self, newdata: Any) -> Subject:
        return subject_of_model(
            self.design, self.predictor, str(self.statistics.get("covariance", "model")), self.response, newdata
        )

    effects = questions.effects  # on the rows of newdata=, which a model file needs
    odds_ratios = questions.odds_ratios
    adjusted = questions.adjusted
    pairwise = questions.pairwise
    effect_curve = questions.effect_curve


@dataclass(frozen=True, slots=True)
class ClassModel:
    """A multinomial model that predicts, without the data it was fitted to."""

    design: Design
    predictor: ClassPredictor
    levels: tuple[Any, ...]  # all K classes in their order
    response: str
    statistics: Mapping[str, Any]
    guard: Guard

    @property
    def reference(self) -> Any:
        """The class that `params` compares the others with."""
        return self.levels[self.predictor.base]

    @property
    def params(self) -> pd.DataFrame:
        """Coefficients, columns x classes, log relative risks against the reference; zero for aliased columns."""
        classes = [level for k, level in enumerate(self.levels) if k != self.predictor.base]
        return pd.DataFrame(self.predictor.beta, index=list(self.design.names), columns=pd.Index(classes))

    def predict(
        self,
        newdata: Any,
        interval: Literal["confidence"] | None = None,
        level: float = 0.95,
        unseen: Unseen = "raise",
        flags: bool = False,
    ) -> pd.DataFrame:
        """Probabilities of new rows, as the fitted result would give them."""
        asked = NewRows(interval, level, unseen, flags)
        return predict_class_data(self.predictor, self.design, self.levels, self.guard, newdata, asked)

    def _subject(self, newdata: Any) -> Subject:
        name = str(self.statistics.get("covariance", "model"))
        return subject_of_model(self.design, self.predictor, name, self.response, newdata, self.levels)

    effects = questions.effects  # on the rows of newdata=, which a model file needs
    odds_ratios = questions.odds_ratios
    adjusted = questions.adjusted
    pairwise = questions.pairwise
    effect_curve = questions.effect_curve


def model_of(fit: Fit, statistics: Mapping[str, Any], spread: Covariance | None = None) -> Model:
    """The part of a fit that predictions need, with its model-based covariance unless another is given."""
    predictor = predictor_of(fit, spread)
    guard = guard_of(fit.frame.x, predictor.covariance)
    return Model(fit.frame.design, predictor, fit.frame.response.sentence, statistics, guard)


def save(model: Model, path: Path) -> Path:
    """Write a model file."""
    found = model.predictor
    document = {
        "schema": SCHEMA,
        "response": model.response,
        "design": model.design.to_json(),
        "beta": found.beta.tolist(),
        "covariance": None if found.covariance is None else found.covariance.tolist(),
        "direction": None if found.direction is None else found.direction.tolist(),
        "complete": found.complete,
        "reach": model.guard.reach,
        "statistics": {k: _plain(v) for k, v in model.statistics.items()},
    }
    path.write_text(json.dumps(document, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    return path


def save_classes(model: ClassModel, path: Path) -> Path:
    """Write the model file of a multinomial fit."""
    found = model.predictor
    document = {
        "schema": CLASSES,
        "response": model.response,
        "levels": [_plain(level) for level in model.levels],
        "base": found.base,
        "design": model.design.to_json(),
        "beta": found.beta.tolist(),
        "covariance": found.covariance.tolist() if np.isfinite(found.covariance).all() else None,
        "direction": None if found.direction is None else found.direction.tolist(),
        "complete": found.complete,
        "reach": model.guard.reach,
        "statistics": {k: _plain(v) for k, v in model.statistics.items()},
    }
    path.write_text(json.dumps(document, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    return path


def load(path: str | Path) -> Model | ClassModel:
    """Read a model file.

    Raises DataError where the file is unreadable, of another schema, or inconsistent.
    """
    try:
        document = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise DataError(f"cannot read the model file {path}: {error}") from error
    schema = document.get("schema") if isinstance(document, dict) else None
    if schema not in (SCHEMA, CLASSES):
        raise DataError(f"{path} has the schema {schema!r}; this version reads {SCHEMA!r}. Save the model again.")
    try:
        return _model(document) if schema == SCHEMA else _class_model(document)
    except (KeyError, TypeError, ValueError) as error:
        raise DataError(f"{path} is not a valid model file: {error}") from error


def _model(document: dict[str, Any]) -> Model:
    design = Design.from_json(document["design"])
    p = len(design.names)
    direction, covariance = document["direction"], document["covariance"]
    predictor = Predictor(
        _array(document["beta"], (p,)),
        None if covariance is None else _array(covariance, (p, p)),
        None if direction is None else _array(direction, (p,)),
        bool(document["complete"]),
    )
    guard = Guard(np.zeros((p, p)) if predictor.covariance is None else predictor.covariance, _reach(document))
    return Model(design, predictor, str(document["response"]), dict(document["statistics"]), guard)


def _class_model(document: dict[str, Any]) -> ClassModel:
    design, levels = Design.from_json(document["design"]), tuple(document["levels"])
    p, q, base = len(design.names), len(levels) - 1, document["base"]
    if not (isinstance(base, int) and 0 <= base <= q and len(set(levels)) == q + 1):
        raise ValueError(f"base {base!r} is not the place of one of {q + 1} classes")
    direction, covariance = document["direction"], document["covariance"]
    predictor = ClassPredictor(
        _array(document["beta"], (p, q)),
        np.full((p * q, p * q), np.nan) if covariance is None else _array(covariance, (p * q, p * q)),
        base,
        None if direction is None else _array(direction, (p, q)),
        bool(document["complete"]),
    )
    guard = Guard(np.nan_to_num(predictor.covariance), _reach(document))
    return ClassModel(design, predictor, levels, str(document["response"]), dict(document["statistics"]), guard)


def _reach(document: dict[str, Any]) -> float | None:
    """The largest standard error of a training row; None where standard errors are not known."""
    value = document["reach"]
    if value is not None and not (isinstance(value, int | float) and 0.0 <= value < math.inf):
        raise ValueError(f"reach is {value!r}, not a number >= 0")
    return None if value is None else float(value)


def _array(values: Any, shape: tuple[int, ...]) -> Array:
    out = np.array(values, dtype=np.float64)
    if out.shape != shape or not np.isfinite(out).all():
        raise ValueError(f"expected {shape} finite numbers, found {out.shape}")
    return out


def _plain(value: Any) -> Any:
    value = value.item() if hasattr(value, "item") else value
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value
