"""Probabilities of every class of a multinomial model, with delta-method standard errors on the logit of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from statlogit.core.blocks import ROWS_PER_BLOCK
from statlogit.core.columns import Columns
from statlogit.core.families import sigmoid
from statlogit.core.leverage import absolute, predictor_covariance
from statlogit.core.types import Array, BoolArray
from statlogit.design import Design
from statlogit.design.streamed import StreamedFrame
from statlogit.effects.flags import Guard, beside, flagged_rows
from statlogit.effects.predict import ROUNDING, Unseen
from statlogit.fit import Fit
from statlogit.fit.model import not_known
from statlogit.inference.wald import critical


@dataclass(frozen=True, slots=True)
class ClassPredictions:
    """(n, K) each, the reference class at position `base`."""

    mu: Array
    complement: Array  # 1 - mu to full relative precision
    std_error: Array  # of logit(mu)

    def limits(self, level: float) -> tuple[Array, Array]:
        """Limits of the probabilities: those of the logit, transformed."""
        half = critical(level) * self.std_error
        with np.errstate(divide="ignore"):
            logit = np.log(self.mu) - np.log(self.complement)
        return sigmoid(logit - half).mu, sigmoid(logit + half).mu


@dataclass(frozen=True, slots=True)
class ClassPredictor:
    """All that predictions need; what is aliased or not determined counts as zero. base: the reference's place."""

    beta: Array  # (p, q) finite
    covariance: Array  # (p*q, p*q) finite, or nan throughout where it is withheld
    base: int
    direction: Array | None = None  # (p, q) of recession: classes that it leaves behind in a row have probability 0
    complete: bool = False  # complete separation: classes that no direction tells apart are not determined


def class_predictor(fit: Fit, base: int, covariance: Array | None) -> ClassPredictor:
    """The predictor of a fitted multinomial model; under separation the limits of its probabilities.

    covariance: None where it is withheld, and with it every standard error.
    """
    separation, (p, q) = fit.separation, fit.beta.shape
    if covariance is None:
        unknown = not_known((p * q, p * q))
        if separation.direction is None:
            return ClassPredictor(np.nan_to_num(fit.beta), unknown, base)
        return replace(class_predictor(fit, base, fit.covariance), covariance=unknown)
    if separation.direction is None:
        return ClassPredictor(np.nan_to_num(fit.beta), np.nan_to_num(covariance), base)
    direction, limit = separation.direction.reshape(p, q, order="F"), separation.limit
    if limit is None:
        return ClassPredictor(np.zeros((p, q)), np.zeros((p * q, p * q)), base, direction, complete=True)
    beta = np.nan_to_num(limit.beta).reshape(p, q, order="F")
    return ClassPredictor(beta, np.nan_to_num(limit.covariance), base, direction)


def predict_classes(predictor: ClassPredictor, x: Columns, offset: Array, *, errors: bool = True) -> ClassPredictions:
    """Probabilities of all classes for rows of design columns. offset: (n, 1) or (n, q).

    errors=False leaves the standard errors nan: they need (n, q, q) numbers.
    """
    if not (errors and np.isfinite(predictor.covariance[0, 0])):
        mu, complement = class_means(predictor, x, offset)
        return ClassPredictions(mu, complement, np.full_like(mu, np.nan))
    q, base = predictor.beta.shape[1], predictor.base
    mu, complement, lost = _means(predictor, x, offset)
    modelled = np.delete(mu, base, axis=1)
    # d logit(p_k) / d eta_l = (delta_kl - p_l) / (1 - p_k): 1 for l = k, -p_l / (1 - p_k) else
    slope = -modelled[:, None, :] / np.maximum(complement, np.finfo(float).tiny)[:, :, None]
    for place, k in enumerate(j for j in range(q + 1) if j != base):
        slope[:, k, place] = 1.0
    variance = np.einsum("nkl,nlm,nkm->nk", slope, predictor_covariance(x, predictor.covariance), slope)
    std_error = np.sqrt(np.maximum(variance, 0.0))
    alone = lost.sum(axis=1) == q  # a single class is left, with probability 1
    return ClassPredictions(mu, complement, np.where(lost | alone[:, None] | np.isnan(mu), np.nan, std_error))


def predict_used_classes(fit: Fit, predictor: ClassPredictor, *, errors: bool) -> ClassPredictions:
    """Probabilities for the used rows. Raises RowsNeededError with the remedy where they are in files."""
    if isinstance(fit.frame, StreamedFrame):
        fit.frame.refuse_predictions()
    return predict_classes(predictor, fit.frame.x, fit.frame.offset, errors=errors)


def as_class_frame(
    found: ClassPredictions,
    levels: Sequence[Any],
    index: pd.Index[Any],
    positions: Any,
    interval: str | None,
    level: float,
) -> pd.DataFrame:
    """Rows x classes at their positions, nan elsewhere; with an interval (class, quantity) columns of four numbers."""

    def whole(part: Array) -> Array:
        out = np.full((len(index), len(levels)), np.nan)
        out[positions] = part
        return out

    if interval is None:
        return pd.DataFrame(whole(found.mu), index=index, columns=pd.Index(list(levels)))
    low, high = found.limits(level)
    parts = [whole(v) for v in (found.mu, found.std_error * found.mu * found.complement, low, high)]
    quantities = ["estimate", "std_error", "conf_low", "conf_high"]
    columns = pd.MultiIndex.from_product([list(levels), quantities], names=["class", "quantity"])
    return pd.DataFrame(np.stack(parts, axis=2).reshape(len(index), -1), index=index, columns=columns)


@dataclass(frozen=True, slots=True)
class NewRows:
    """How new rows are asked for: the options of `predict`."""

    interval: str | None = None
    level: float = 0.95
    unseen: Unseen = "raise"
    flags: bool = False

    def __post_init__(self) -> None:
        if self.interval not in (None, "confidence"):
            raise ValueError(f"interval={self.interval!r} is not known; choose None or 'confidence'")


def predict_class_data(
    predictor: ClassPredictor, design: Design, levels: Sequence[Any], guard: Guard, newdata: Any, asked: NewRows
) -> pd.DataFrame:
    """Probabilities of new data, in its own order; nan where a row cannot be predicted."""
    flagged = flagged_rows(design, newdata, guard) if asked.flags else None
    rows = design.matrix(newdata, unseen=asked.unseen) if flagged is None else flagged.rows
    offset = np.zeros(len(rows.positions)) if rows.offset is None else rows.offset
    found = predict_classes(predictor, rows.x, offset[:, None], errors=asked.interval is not None)
    shown = as_class_frame(found, levels, rows.index, rows.positions, asked.interval, asked.level)
    return shown if flagged is None else beside(shown, flagged)


def class_means(predictor: ClassPredictor, x: Columns, offset: Array) -> tuple[Array, Array]:
    """The same without standard errors, block by block: (n, K) probabilities and their complements."""
    n = x.n_rows
    mu, complement = np.empty((2, n, predictor.beta.shape[1] + 1))
    for start in range(0, n, ROWS_PER_BLOCK):
        stop = min(start + ROWS_PER_BLOCK, n)
        cut = slice(start, stop)
        mu[cut], complement[cut], _ = _means(predictor, x.rows(start, stop), offset[cut])
    return mu, complement


def _means(predictor: ClassPredictor, x: Columns, offset: Array) -> tuple[Array, Array, BoolArray]:
    """Probabilities, complements, and which classes are left behind for ever."""
    lost = _left_behind(predictor, x)
    eta = _with_reference(x.times(predictor.beta) + offset, predictor.base)
    mu, complement = choices(np.where(lost, -np.inf, eta))
    if predictor.complete:
        unknown = ~(lost | (lost.sum(axis=1) == predictor.beta.shape[1])[:, None])
        mu, complement = (np.where(unknown, np.nan, part) for part in (mu, complement))
    return mu, complement, lost


def _with_reference(eta: Array, base: int) -> Array:
    return np.insert(eta, base, 0.0, axis=1)


def _left_behind(predictor: ClassPredictor, x: Columns) -> BoolArray:
    """(n, K) the classes that fall behind another for ever along the direction of recession."""
    if predictor.direction is None:
        return np.zeros((x.n_rows, predictor.beta.shape[1] + 1), dtype=bool)
    along = _with_reference(x.times(predictor.direction), predictor.base)
    size = _with_reference(absolute(x).times(np.abs(predictor.direction)), predictor.base)
    best = along.argmax(axis=1)[:, None]
    behind = np.take_along_axis(along, best, axis=1) - along
    return np.asarray(behind > ROUNDING * (np.take_along_axis(size, best, axis=1) + size))


def choices(eta: Array) -> tuple[Array, Array]:
    """Probabilities (n, K) and complements of all classes; eta: (n, K), -inf for a class that is no choice.

    >>> mu, complement = choices(np.array([[0.0, 0.0, -np.inf], [0.0, 800.0, 0.0]]))
    >>> mu[0].tolist(), bool(complement[1, 1] == 2.0 * np.exp(-800.0))
    ([0.5, 0.5, 0.0], True)
    """
    best = eta.argmax(axis=1)[:, None]
    others = np.exp(eta - np.take_along_axis(eta, best, axis=1))
    np.put_along_axis(others, best, 0.0, axis=1)
    rest = others.sum(axis=1, keepdims=True)
    total = 1.0 + rest
    complement = total - others  # exact enough unless the class is the likeliest, whose complement is the rest
    np.put_along_axis(complement, best, rest, axis=1)
    np.put_along_axis(others, best, 1.0, axis=1)
    return others / total, complement / total
