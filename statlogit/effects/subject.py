"""The subject of effects: a fitted model, and the rows of raw columns that its effects are averaged over."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from statlogit.core.types import Array, IntArray, repeated
from statlogit.design import Design
from statlogit.design.model import check_columns, new_values
from statlogit.design.raw import RawRows
from statlogit.design.reading import across_rows
from statlogit.design.streamed import StreamedFrame
from statlogit.design.table import table_of
from statlogit.design.values import Labels, Level
from statlogit.effects.population import Population
from statlogit.effects.predict import Predictor
from statlogit.effects.predict_classes import ClassPredictor
from statlogit.effects.streamed import AnyPopulation, streamed_population
from statlogit.effects.variables import Variable, variables_of
from statlogit.errors import DataError, FitError
from statlogit.fit import Fit
from statlogit.fit.dependencies import dependencies

APART = 1e-7  # share of its parts beyond which a sum is not zero; derivatives of splines are exact to 1e-12
NO_MAXIMUM = (
    "effects need a finite maximum, and this fit has none ({}); drop the terms that separate the outcomes, or fit with "
    "penalty=sl.Firth() or sl.Ridge(1.0)"
)


@dataclass(frozen=True, slots=True)
class Subject:
    """All that effects need. Aliased coefficients count as zero, as in predictions, and are remembered."""

    design: Design
    beta: Array  # (p, q) finite
    covariance: Array  # (p*q, p*q) predictor-major; nan where it is withheld, and so are standard errors then
    covariance_name: str  # "model", "HC3", ...
    aliased: IntArray  # (a,) positions
    null: Array  # (a, p) sums of columns that are zero in every fitted row, one for each aliased column
    sentence: str  # "P(low = 1)"; for classes "P(partic = class)"
    classes: tuple[Level, ...]  # all K in the order they are shown; () for one event
    base: int  # the place of the reference among the classes
    variables: tuple[Variable, ...]  # by the values of the rows that were fitted
    population: AnyPopulation
    fit: Fit | None = None  # None for a model file

    def on(self, population: AnyPopulation) -> Subject:
        return replace(self, population=population)

    def undetermined(self, moved: Array, among: IntArray | None = None) -> bool:
        """Whether a change moves an aliased column away from the sum of columns that it is in the fitted rows.

        moved: (p,) the change of the columns, or a row of them. among: the aliased columns that are asked about, all
        for None. A spline beside an intercept stays its sum whatever the value, so its effect is determined.
        """
        asked = np.ones(len(self.aliased), dtype=bool) if among is None else np.isin(self.aliased, among)
        parts = self.null[asked & (moved[self.aliased] != 0.0)] * moved
        return bool((np.abs(parts.sum(axis=1)) > APART * np.abs(parts).sum(axis=1)).any())


def subject_of(fit: Fit, covariance: Array, name: str, newdata: Any = None) -> Subject:
    """The subject of a fit, on its own rows or on those of a new frame that can be predicted.

    Raises FitError where no finite maximum was reached: averages over probabilities at 0 and 1 have no standard error.
    """
    exists = fit.estimate.certificate.exists or fit.settings.penalised
    if fit.separation.kind != "none" or not fit.estimate.solution.converged or not (fit.beta.shape[1] == 1 or exists):
        raise FitError(NO_MAXIMUM.format(fit.status.value))
    frame, response = fit.frame, fit.frame.response
    _refuse_across_rows(frame.design)
    aliased = np.array(fit.estimate.coordinates.aliased, dtype=np.intp)
    several = response.kind == "multinomial"
    fitted: AnyPopulation | None = None
    if not isinstance(frame, StreamedFrame):
        fitted = None if frame.raw is None else Population(frame.raw, frame.weight, frame.offset)
    elif newdata is None:
        fitted = streamed_population(frame)
    if newdata is not None or fitted is None:
        population: AnyPopulation = new_population(frame.design, newdata, fit.beta.shape[1])
    else:
        population = fitted
    return Subject(
        design=frame.design,
        beta=np.nan_to_num(fit.beta),
        covariance=_without(covariance, aliased, fit.beta.shape),
        covariance_name=name,
        aliased=aliased,
        null=_null(fit, aliased),
        sentence=response.sentence,
        classes=response.levels if several else (),
        base=response.levels.index(response.reference) if several and response.reference is not None else 0,
        variables=variables_of(frame.design, (fitted or population).seen),
        population=population,
        fit=fit,
    )


def subject_of_model(
    design: Design,
    predictor: Predictor | ClassPredictor,
    covariance: str,
    sentence: str,
    newdata: Any,
    classes: tuple[Level, ...] = (),
) -> Subject:
    """The subject of a model file on the rows of a new frame, which also tell its 0/1 columns.

    covariance: its name. classes: all K of a multinomial model. Raises FitError for a model of separated data.
    """
    if predictor.direction is not None:
        raise FitError(NO_MAXIMUM.format("the data are separated"))
    _refuse_across_rows(design)
    beta = predictor.beta if predictor.beta.ndim == 2 else predictor.beta[:, None]
    population = new_population(design, newdata, beta.shape[1])
    known = np.full((beta.size, beta.size), np.nan) if predictor.covariance is None else predictor.covariance
    spread = np.diag(known).reshape(beta.shape, order="F")
    aliased = np.flatnonzero(((beta == 0.0) & (spread == 0.0)).all(axis=1))
    return Subject(
        design=design,
        beta=beta,
        covariance=known,
        covariance_name=covariance,
        aliased=aliased,
        null=np.eye(len(beta))[aliased],  # a model file does not keep the sums
        sentence=sentence,
        classes=classes,
        base=predictor.base if isinstance(predictor, ClassPredictor) else 0,
        variables=variables_of(design, population.seen),
        population=population,
    )


def _null(fit: Fit, aliased: IntArray) -> Array:
    """(a, p) one at each aliased column, less the coefficients of its sum."""
    null = np.zeros((len(aliased), len(fit.beta)))
    for row, found in zip(null, dependencies(fit), strict=True):
        row[found.column] = 1.0
        for k, coefficient in found.coefficients:
            row[k] = -coefficient
    return null


def _without(covariance: Array, aliased: IntArray, shape: tuple[int, ...]) -> Array:
    """Zero for aliased coefficients; what is nan beside (a covariance that is withheld) stays nan."""
    if not aliased.size:
        return covariance
    out = covariance.copy()
    places = (aliased[:, None] + shape[0] * np.arange(shape[1])).ravel()
    out[places, :] = 0.0
    out[:, places] = 0.0
    return out


def _refuse_across_rows(design: Design) -> None:
    text = across_rows(design.reading)
    if text is not None:
        raise DataError(
            f"{text} takes its value from another row, so a row has no effect of its own; compute that column "
            "beforehand, and fit with it"
        )


def new_population(design: Design, newdata: Any, n_predictors: int) -> Population:
    """The rows of a new frame that the design can use, each of weight one."""
    if newdata is None:
        raise DataError("this model holds no rows to average over; give them, as in effects(newdata=data)")
    table = table_of(newdata)
    check_columns(design, table)
    _, reasons = new_values(design, table, "raise")
    used = np.ones(table.n_rows, dtype=bool)
    used[list(reasons)] = False
    positions = np.flatnonzero(used)
    if not positions.size:
        raise DataError(f"none of the {table.n_rows:,} new rows can be used, so there is nothing to average over")
    offset = np.zeros(positions.size)
    if design.offset_name is not None:
        found = table.column(design.offset_name)
        if isinstance(found, Labels):
            raise DataError(f"the offset {design.offset_name!r} is text; it must be numbers on the log-odds scale")
        offset = found.values[positions]
    raw = RawRows({name: table.column(name) for name in design.reading.variables}, positions.size, positions)
    offsets = np.broadcast_to(offset[:, None], (positions.size, n_predictors))
    return Population(raw, repeated(1.0, positions.size), offsets)
