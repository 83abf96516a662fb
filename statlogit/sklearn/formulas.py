"""FormulaLogit: the estimator of data frames."""

from __future__ import annotations

import warnings
from collections import ChainMap
from dataclasses import replace
from typing import Any, Literal, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted, column_or_1d

from statlogit import errors
from statlogit.api import Firth, Ridge, logit, multinomial
from statlogit.core.families import sigmoid
from statlogit.core.types import Array
from statlogit.design import table_of
from statlogit.design.reading import read_formula
from statlogit.design.syntax import Name
from statlogit.design.tokens import scan
from statlogit.sklearn.shared import (
    NotConvergedWarning,
    Penalty,
    SeparationWarning,
    case_weights,
    check_options,
    classes_of,
    fail,
)
from statlogit.solvers.protocol import Solver

FAR = 745.0  # exp(-745) is the smallest double above zero: log-odds beyond it are those of probability 0 or 1


class FormulaLogit(ClassifierMixin, BaseEstimator):
    """Binary or multinomial logistic regression of data frames, by a formula.

    formula: "low ~ age + C(race)", or the right side alone where y is given. A given y takes the place of the left
    side. penalty, strength: as in LogitClassifier; strength may be a mapping from terms to numbers. solver, covariance,
    tol: as in statlogit.logit. on_failure: "warn" or "raise".

    Fitted: `result_`, the LogitResult or MultinomialResult with everything it answers; `classes_`; `n_features_in_`;
    `feature_names_in_`; `n_iter_`. Two classes: the later one is the event. Frames of pandas, polars or pyarrow.

    >>> data = pd.DataFrame({"x": [1, 2, 3, 4, 5, 6], "y": list("nnyny") + ["y"]})
    >>> model = FormulaLogit("y ~ x").fit(data)
    >>> model.predict(pd.DataFrame({"x": [1, 6]})).tolist()
    ['n', 'y']
    """

    def __init__(
        self,
        formula: str,
        *,
        penalty: Penalty | None = None,
        strength: Any = 1.0,
        solver: Solver | Literal["auto"] = "auto",
        covariance: Any = "model",
        tol: float = 1e-10,
        on_failure: Literal["warn", "raise"] = "warn",
    ) -> None:
        self.formula = formula
        self.penalty = penalty
        self.strength = strength
        self.solver = solver
        self.covariance = covariance
        self.tol = tol
        self.on_failure = on_failure

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Self:
        """Fit to a data frame; y: labels (n,), by default the formula's left side. Rows with missing values drop."""
        check_options(self.penalty, self.on_failure)
        formula, data = _with_response(self.formula, X, y)
        name = read_formula(formula, data.names).response_text
        labels = pd.Series(np.asarray(data.native[name], dtype=object)).dropna()
        classes, _ = classes_of(column_or_1d(np.array(labels.tolist())))
        options: dict[str, Any] = {
            "weights": None if sample_weight is None else case_weights(sample_weight, data.n_rows),
            "solver": self.solver, "covariance": self.covariance, "tol": self.tol, "on_failure": "warn",
        }  # fmt: skip
        penalty = {"ridge": Ridge(self.strength), "firth": Firth(), None: None}[self.penalty]
        result: Any
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", errors.StatlogitWarning)  # told below, in scikit-learn's words too
            if len(classes) == 2:
                result = logit(formula, data, event=classes[1], penalty=penalty, **options)
            else:
                base = None if self.penalty == "ridge" else classes[0]
                result = multinomial(formula, data, reference=base, penalty=penalty, **options)  # type: ignore[arg-type]
        self.classes_, self.result_, self.n_iter_ = classes, result, result.n_iter
        self.feature_names_in_ = np.array([n for n in data.names if n != name], dtype=object)
        self.n_features_in_ = len(self.feature_names_in_)
        if not result.converged:
            finding = next(f for f in result.findings if f.code in ("separation", "not_converged"))
            separated = finding.code == "separation"
            warning = SeparationWarning if separated else NotConvergedWarning
            error = errors.SeparationError if separated else errors.NotConvergedError
            fail(self, f"{finding.sentence} {finding.remedy}", warning, error)
        return self

    def decision_function(self, X: Any) -> Array:
        """Log-odds of classes_[1], (n,), or logarithms of the K probabilities, (n, K); never beyond 745 in size."""
        if len(self._classes()) == 2:
            eta = self._usable(self.result_.predict(X, kind="link").to_numpy(dtype=np.float64))
            return np.clip(eta, -FAR, FAR)
        with np.errstate(divide="ignore"):
            return np.maximum(np.log(self.predict_proba(X)), -FAR)

    def predict_proba(self, X: Any) -> Array:
        """(n, K) probabilities in the order of `classes_`; under separation the limits, 0 and 1 included."""
        if len(self._classes()) == 2:
            mean = sigmoid(self._usable(self.result_.predict(X, kind="link").to_numpy(dtype=np.float64)))
            return np.column_stack([mean.complement, mean.mu])
        found = self.result_.predict(X)
        order = [list(map(str, self.result_.levels)).index(str(level)) for level in self.classes_]
        return self._usable(found.to_numpy(dtype=np.float64)[:, order])

    def predict(self, X: Any) -> Any:
        """The likelier class of each row."""
        likeliest_ = self.predict_proba(X).argmax(axis=1)
        return self.classes_[likeliest_]

    def _classes(self) -> Any:
        check_is_fitted(self)
        return self.classes_

    def _usable(self, values: Array) -> Array:
        lost = np.flatnonzero(np.isnan(values.reshape(len(values), -1)).any(axis=1))
        if lost.size:
            raise errors.MissingValuesError(
                f"{lost.size:,} rows, the first at position {lost[0]}, have no prediction: a value is missing, or the "
                "data are separated and nothing determines it; impute or drop them before predict"
            )
        return values


def _with_response(formula: str, X: Any, y: Any) -> tuple[str, Any]:
    """The whole formula, and the table of X with y as its left side."""
    table, (left, right) = table_of(X), _sides(formula)
    if y is None:
        if not isinstance(read_formula(formula, table.names).response, Name):
            raise errors.FormulaError(
                "the left side must be one column of X, or y must be given", formula=formula, start=0, end=1
            )
        return formula, table
    name = left.strip().strip("`") or "y"
    while not left.strip() and name in table.names:
        name += "_"
    native = ChainMap({name: pd.Series(column_or_1d(y))}, table.native)  # type: ignore[arg-type]
    names = tuple(dict.fromkeys((*table.names, name)))
    return f"`{name}` ~ {right}", replace(table, names=names, native=native, values={})


def _sides(formula: str) -> tuple[str, str]:
    """The text left of the formula's tilde, empty for a one-sided formula, and the text right of it."""
    depth = 0
    for token in scan(formula):
        if token.kind == "operator":
            depth += (token.text in "([{") - (token.text in ")]}")
            if token.text == "~" and depth == 0:
                return formula[: token.start], formula[token.end :]
    return "", formula
