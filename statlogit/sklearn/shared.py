"""What both estimators need: their warnings, options, case weights and classes."""

from __future__ import annotations

import warnings
from typing import Any, Literal

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from statlogit import errors
from statlogit.core.types import Array, IntArray

Penalty = Literal["ridge", "firth"]
PENALTIES = (None, "ridge", "firth")


class SeparationWarning(errors.SeparationWarning, ConvergenceWarning):
    """No finite maximum exists; the coefficients are a finite point whose probabilities are the limits."""


class NotConvergedWarning(errors.NotConvergedWarning, ConvergenceWarning):
    """The solver stopped short; the coefficients are its last iterate."""


def check_options(penalty: Any, on_failure: Any) -> None:
    """Raise ValueError for words that are not known."""
    for name, value, choices_ in (("penalty", penalty, PENALTIES), ("on_failure", on_failure, ("warn", "raise"))):
        if not (value is None or isinstance(value, str)) or value not in choices_:
            raise ValueError(f"{name}={value!r} is not known; choose one of {', '.join(map(repr, choices_))}")


def fail(estimator: Any, message: str, warning: type[Warning], error: type[errors.FitError]) -> None:
    """Warn or raise, as the estimator's on_failure says, that it has no finite maximum or none that was reached."""
    if estimator.on_failure == "raise":
        raise error(message, estimator)
    warnings.warn(message, warning, stacklevel=3)


def case_weights(sample_weight: Any, n: int) -> Array:
    """(n,) finite weights >= 0. A single number is every row's. Raises WeightsError."""
    weight = np.asarray(sample_weight, dtype=np.float64)
    weight = np.full(n, float(weight)) if weight.ndim == 0 else weight
    if weight.ndim != 1:
        raise errors.WeightsError("Sample weights must be 1D array or scalar")
    if len(weight) != n:
        raise errors.WeightsError(f"sample_weight.shape == {weight.shape}, expected {(n,)}!")
    if not (np.isfinite(weight).all() and (weight >= 0.0).all()):
        raise errors.WeightsError("sample_weight must be finite and >= 0; a weight counts equal rows")
    if not weight.any():
        raise errors.WeightsError("sample_weight is zero in every row, so there is nothing to fit")
    return weight


def classes_of(y: Any) -> tuple[Any, IntArray]:
    """The classes in their order and each row's place among them. Raises DataError for a single class."""
    classes, codes = np.unique(y, return_inverse=True)
    if len(classes) < 2:
        raise errors.ResponseError(
            f"y has one class only, {classes[0]!r}; there is nothing to tell apart, so give it at least two classes"
        )
    return classes, codes
