"""Predictions: log-odds and probability of rows, with delta-method standard errors; limits under separation."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd

from statlogit.core.blocks import ROWS_PER_BLOCK
from statlogit.core.columns import Columns
from statlogit.core.families import sigmoid
from statlogit.core.leverage import absolute, row_quadratic
from statlogit.core.threads import one_blas_thread
from statlogit.core.types import Array, repeated
from statlogit.design import Design, NewRows
from statlogit.design.streamed import StreamedFrame
from statlogit.fit import Fit
from statlogit.inference.covariance import Covariance
from statlogit.inference.wald import critical

ROUNDING = 2.0**-38  # as where separation is verified: a smaller share of sum |x_j d_j| is zero

PredictionKind = Literal["probability", "link"]
Unseen = Literal["raise", "nan"]


@dataclass(frozen=True, slots=True)
class Predictor:
    """All that predictions need; what is aliased or not determined counts as zero."""

    beta: Array  # (p,) finite
    covariance: Array | None  # (p, p) finite; None where standard errors are withheld
    direction: Array | None  # (p,) of recession under separation: rows it moves have log-odds +-inf
    complete: bool  # complete separation: rows that the direction does not move are not determined


def predictor_of(fit: Fit, spread: Covariance | None = None) -> Predictor:
    """The predictor of a fitted binary or grouped model, with its model-based covariance unless another is given.

    Where that covariance is withheld there are no standard errors.
    """
    separation, limit = fit.separation, fit.separation.limit
    if fit.stopped_short:
        return Predictor(np.nan_to_num(fit.beta[:, 0]), None, None, complete=False)
    if spread is not None and spread.refused:
        return replace(predictor_of(fit), covariance=None)
    if separation.kind == "none":
        known = fit.covariance if spread is None else spread.matrix
        return Predictor(np.nan_to_num(fit.beta[:, 0]), np.nan_to_num(known), None, complete=False)
    p = len(fit.beta)
    if limit is None:
        return Predictor(np.zeros(p), np.zeros((p, p)), separation.direction, complete=True)
    return Predictor(np.nan_to_num(limit.beta), np.nan_to_num(limit.covariance), separation.direction, complete=False)


@dataclass(frozen=True, slots=True)
class Predictions:
    """Linear predictor and probability of some rows. +-inf where the fit predicts a row perfectly."""

    eta: Array  # (n,) log-odds
    mu: Array  # (n,)
    complement: Array  # (n,) 1 - mu to full relative precision
    std_error: Array  # (n,) of eta; nan where eta is infinite or not determined


def predict_rows(predictor: Predictor, x: Columns, offset: Array) -> Predictions:
    """Predictions for rows of design columns, block by block. offset: (n,) log-odds."""
    n = x.n_rows
    with one_blas_thread(n * x.n_columns):
        if n <= ROWS_PER_BLOCK:
            return _predicted(predictor, x, offset)
        withheld = predictor.covariance is None
        std_error = repeated(np.nan, n) if withheld else np.empty(n)
        whole = Predictions(np.empty(n), np.empty(n), np.empty(n), std_error)
        for start in range(0, n, ROWS_PER_BLOCK):
            rows = slice(start, min(start + ROWS_PER_BLOCK, n))
            part = _predicted(predictor, x.rows(rows.start, rows.stop), offset[rows])
            whole.eta[rows], whole.mu[rows], whole.complement[rows] = part.eta, part.mu, part.complement
            if not withheld:
                whole.std_error[rows] = part.std_error
    return whole


def predict_used(fit: Fit, predictor: Predictor) -> Predictions:
    """Predictions for the used rows. Raises RowsNeededError with the remedy where they are in files."""
    if isinstance(fit.frame, StreamedFrame):
        fit.frame.refuse_predictions()
    return predict_rows(predictor, fit.frame.x, fit.frame.offset[:, 0])


def predict_means(predictor: Predictor, x: Columns, offset: Array) -> Predictions:
    """The same without standard errors (nan), which cost p times as much."""
    return predict_rows(replace(predictor, covariance=None), x, offset)


def _predicted(predictor: Predictor, x: Columns, offset: Array) -> Predictions:
    eta = x.times(predictor.beta[:, None])[:, 0] + offset
    if predictor.covariance is None:
        std_error = repeated(np.nan, x.n_rows)
    else:
        std_error = np.sqrt(np.maximum(row_quadratic(x, predictor.covariance), 0.0))
    direction = predictor.direction
    if direction is not None:
        moved = x.times(direction[:, None])[:, 0]
        noise = ROUNDING * absolute(x).times(np.abs(direction)[:, None])[:, 0]
        runs = np.abs(moved) > noise
        eta = np.where(runs, np.copysign(np.inf, moved), np.nan if predictor.complete else eta)
        std_error = np.where(runs | predictor.complete, np.nan, std_error)
    mean = sigmoid(eta)
    return Predictions(eta, mean.mu, mean.complement, std_error)


def predict_data(predictor: Predictor, design: Design, data: Any, unseen: Unseen) -> tuple[Predictions, pd.Index[Any]]:
    """Predictions for new data, in its own order; nan where a row has missing values (or unseen levels)."""
    return predict_new(predictor, design.matrix(data, unseen=unseen))


def predict_new(predictor: Predictor, rows: NewRows) -> tuple[Predictions, pd.Index[Any]]:
    """Predictions for new rows; nan for those that cannot be used."""
    offset = rows.offset if rows.offset is not None else np.zeros(len(rows.positions))
    some = predict_rows(predictor, rows.x, offset)
    full = [np.full(len(rows.index), np.nan) for _ in range(4)]
    for whole, part in zip(full, (some.eta, some.mu, some.complement, some.std_error), strict=True):
        whole[rows.positions] = part
    return Predictions(*full), rows.index


def as_frame(
    found: Predictions, index: pd.Index[Any], kind: PredictionKind, interval: str | None, level: float
) -> pd.Series[float] | pd.DataFrame:
    """The predictions in the shape that was asked for; probability limits are the transformed limits of the link."""
    value = found.mu if kind == "probability" else found.eta
    if interval is None:
        return pd.Series(value, index=index, name=kind)
    half = critical(level) * found.std_error
    low, high, std_error = found.eta - half, found.eta + half, found.std_error
    if kind == "probability":
        std_error = std_error * found.mu * found.complement
        low, high = sigmoid(low).mu, sigmoid(high).mu
    columns = {"estimate": value, "std_error": std_error, "conf_low": low, "conf_high": high}
    return pd.DataFrame(columns, index=index)
