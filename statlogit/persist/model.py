"""Models that predict without the data they were fitted to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

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
from statlogit.fit import Fit
from statlogit.fit.model import rows_of
from statlogit.fit.symmetric import weights
from statlogit.inference.covariance import Covariance
from statlogit.persist.fingerprint import fingerprint_of


@dataclass(frozen=True, slots=True)
class Model:
    """A model that predicts, without the data it was fitted to."""

    design: Design
    predictor: Predictor
    response: str  # "P(low = 1)"
    statistics: Mapping[str, Any]
    guard: Guard  # tells extrapolation
    fingerprint: str  # of the data as the fit saw them

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
    fingerprint: str
    symmetric: bool  # a weight vector for each class instead of contrasts with the reference

    @property
    def reference(self) -> Any:
        """The class that `params` compares the others with; None in the symmetric model."""
        return None if self.symmetric else self.levels[self.predictor.base]

    @property
    def params(self) -> pd.DataFrame:
        """Coefficients, columns x classes, as the fitted result shows them; zero for aliased columns."""
        beta, base = self.predictor.beta, self.predictor.base
        shown = weights(beta, base) if self.symmetric else beta
        classes = self.levels if self.symmetric else [v for k, v in enumerate(self.levels) if k != base]
        return pd.DataFrame(shown, index=list(self.design.names), columns=pd.Index(list(classes)))

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
    guard = guard_of(rows_of(fit.frame), predictor.covariance)
    mark = fingerprint_of(fit.frame)
    return Model(fit.frame.design, predictor, fit.frame.response.sentence, statistics, guard, mark)


def class_model_of(fit: Fit, statistics: Mapping[str, Any], predictor: ClassPredictor, guard: Guard) -> ClassModel:
    """The same of a multinomial fit."""
    frame, response = fit.frame, fit.frame.response
    mark = fingerprint_of(frame)
    return ClassModel(
        frame.design, predictor, response.levels, response.sentence, statistics, guard, mark, fit.settings.symmetric
    )
