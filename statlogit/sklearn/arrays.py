"""LogitClassifier: the estimator of arrays."""

from __future__ import annotations

from typing import Any, Literal, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from statlogit import errors
from statlogit.api import MOST_WITH_ERRORS, Ridge
from statlogit.core.blocks import Block
from statlogit.core.columns import Dense
from statlogit.core.coordinates import OutOfScaleError
from statlogit.core.families import sigmoid
from statlogit.core.threads import one_blas_thread
from statlogit.core.types import Array, IntArray, Status
from statlogit.effects.predict_classes import choices
from statlogit.fit import Settings
from statlogit.fit.finite import finite_point
from statlogit.fit.solve import Solved, solve, tiled
from statlogit.fit.symmetric import weights, weights_covariance
from statlogit.sklearn.shared import (
    NotConvergedWarning,
    Penalty,
    SeparationWarning,
    case_weights,
    check_options,
    classes_of,
    fail,
)
from statlogit.solvers.auto import choose
from statlogit.solvers.protocol import Solver

Failure = tuple[str, type[Warning], type[errors.FitError]]  # message, what is warned, what is raised


class LogitClassifier(ClassifierMixin, BaseEstimator):
    """Binary or multinomial logistic regression of arrays, by maximum likelihood unless a penalty is asked for.

    penalty: None; "ridge", half of strength times the squared coefficients is taken off the log-likelihood (strength
    is scikit-learn's 1 / C; the intercept is free); "firth", Jeffreys' prior, for two classes. fit_intercept: add a
    column of ones. solver: "auto" or a solver of statlogit. tol: distance from the maximum in standard errors.
    max_iter: None is the solver's own limit. on_failure: "warn" or "raise" where no finite maximum exists
    (SeparationError) or the solver stopped short (NotConvergedError).

    Fitted: `classes_`; `coef_` (1, p) log-odds of classes_[1], or (K, p) weights that sum to zero over the classes;
    `intercept_`; `std_errors_` and `intercept_std_errors_` of the same shapes, nan where unknown; `n_iter_`;
    `converged_`; `status_`; `loglik_`; `certificate_`, a bound on the distance from the maximum; `separation_`: "none",
    "quasi" or "complete"; `n_features_in_`, `feature_names_in_`. A column that depends linearly on earlier ones has
    coefficient 0 and no standard error. Under separation the coefficients are a finite point so far along the
    direction of recession that rows it decides have probability 0 or 1 to double precision.
    With more than 5,000 coefficients there are no standard errors and separation is not decided.

    >>> X, y = [[1.0], [2.0], [3.0], [4.0], [5.0], [6.0]], [0, 0, 1, 0, 1, 1]
    >>> LogitClassifier().fit(X, y).coef_.round(4).tolist()
    [[1.214]]
    """

    def __init__(
        self,
        *,
        penalty: Penalty | None = None,
        strength: float = 1.0,
        fit_intercept: bool = True,
        solver: Solver | Literal["auto"] = "auto",
        tol: float = 1e-10,
        max_iter: int | None = None,
        on_failure: Literal["warn", "raise"] = "warn",
    ) -> None:
        self.penalty = penalty
        self.strength = strength
        self.fit_intercept = fit_intercept
        self.solver = solver
        self.tol = tol
        self.max_iter = max_iter
        self.on_failure = on_failure

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Fit to X (n, p) and the labels y (n,). sample_weight (n,): case weights; rows of weight zero do not count."""
        check_options(self.penalty, self.on_failure)
        X, y = validate_data(self, X, y, dtype=np.float64)
        check_classification_targets(y)
        weight = np.ones(len(y)) if sample_weight is None else case_weights(sample_weight, len(y))
        kept = np.flatnonzero(weight > 0.0)
        classes, codes = classes_of(y if kept.size == len(y) else y[kept])
        self.classes_ = classes
        solved, x = _solved(self, X if kept.size == len(y) else X[kept], codes, weight[kept])
        self._take(solved, x)
        if not self.converged_:
            fail(self, *_failure(self, solved))
        return self

    def _take(self, solved: Solved, x: Dense) -> None:
        separation, found, n_classes = solved.separation, solved.estimate, len(self.classes_)
        separated = separation.kind != "none"
        beta = finite_point(separation, x, n_classes - 1) if separated else np.nan_to_num(found.beta)
        beta = weights(beta, 0) if n_classes > 2 else beta
        spread = _std_errors(solved, x.n_columns, n_classes)
        first, none = int(self.fit_intercept), np.zeros(beta.shape[1])
        self.coef_, self.std_errors_ = beta[first:].T.copy(), spread[first:].T.copy()
        self.intercept_ = beta[0].copy() if first else none
        self.intercept_std_errors_ = spread[0].copy() if first else none
        self.n_iter_ = max(found.solution.n_iter, 1)
        self.converged_ = solved.status is Status.CONVERGED and not separated
        self.status_ = Status.SEPARATED.value if separated else solved.status.value
        supremum = 0.0 if separation.limit is None else separation.limit.loglik
        self.loglik_ = supremum if separated else found.loglik
        self.certificate_, self.separation_ = found.certificate, separation.kind

    def decision_function(self, X: Any) -> Array:
        """Log-odds of classes_[1], (n,), or the K weights' linear predictors, (n, K)."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float64, reset=False)
        eta = np.asarray(X @ self.coef_.T + self.intercept_)
        return eta[:, 0] if len(self.classes_) == 2 else eta

    def predict_proba(self, X: Any) -> Array:
        """(n, K) probabilities, both tails to full relative precision."""
        return probabilities(self.decision_function(X))

    def predict_log_proba(self, X: Any) -> Array:
        """(n, K) natural logarithms of the probabilities, exact where a probability would round to 0 or 1."""
        return log_probabilities(self.decision_function(X))

    def predict(self, X: Any) -> Any:
        """The likelier class of each row."""
        eta = self.decision_function(X)
        return self.classes_[likeliest(eta)]


def probabilities(eta: Array) -> Array:
    """(n, K) probabilities from log-odds (n,) or linear predictors (n, K)."""
    if eta.ndim == 1:
        mean = sigmoid(eta)
        return np.column_stack([mean.complement, mean.mu])
    return choices(eta)[0]


def log_probabilities(eta: Array) -> Array:
    """Their logarithms."""
    full = np.column_stack([np.zeros_like(eta), eta]) if eta.ndim == 1 else eta
    best = full.argmax(axis=1)[:, None]
    below = full - np.take_along_axis(full, best, axis=1)
    others = np.exp(below)
    np.put_along_axis(others, best, 0.0, axis=1)
    return np.asarray(below - np.log1p(others.sum(axis=1, keepdims=True)))


def likeliest(eta: Array) -> IntArray:
    return np.asarray((eta > 0).astype(np.intp) if eta.ndim == 1 else eta.argmax(axis=1))


def _solved(model: LogitClassifier, X: Array, codes: IntArray, weight: Array) -> tuple[Solved, Dense]:
    first = int(model.fit_intercept)
    values = np.empty((X.shape[1] + first, len(X)))  # each column of the design unbroken
    values[:first] = 1.0
    values[first:] = X.T
    q = int(codes.max())
    y = np.empty((q, len(X)))
    for k in range(q):
        np.equal(codes, k + 1, out=y[k], casting="unsafe")
    block = Block(Dense(values.T), y.T, weight, np.zeros((q, len(X))).T)
    settings = _settings(model, len(X), len(values), q + 1)
    try:
        with one_blas_thread(max(values.shape) * len(values)):
            solved = solve(tiled(block), block, intercept=0 if first else None, settings=settings)
    except OutOfScaleError as error:
        name = _names(model)[error.position - first] if error.position >= first else "the intercept"
        raise errors.DataError(f"{name} has values of size {error.size:.2g}; rescale it first") from error
    return solved, Dense(values.T)


def _settings(model: LogitClassifier, n: int, p: int, n_classes: int) -> Settings:
    if not model.tol > 0 or (model.max_iter is not None and not model.max_iter > 0):
        raise ValueError(f"tol={model.tol!r} and max_iter={model.max_iter!r} must be numbers above 0")
    if model.penalty == "firth" and n_classes > 2:
        raise ValueError(f"penalty='firth' needs two classes, and y has {n_classes}; use penalty='ridge'")
    ridge = None
    if model.penalty == "ridge" and Ridge(model.strength).strength:  # Ridge checks the strength
        free = int(model.fit_intercept)
        ridge = (0.0,) * free + (float(model.strength),) * (p - free)
    solver = choose(n, p, n_classes).solver if isinstance(model.solver, str) else model.solver
    if not hasattr(solver, "iterates") or isinstance(solver, type) or model.solver not in ("auto", solver):
        raise ValueError(f"solver={model.solver!r} is not a solver; use 'auto' or for example statlogit.Irls()")
    return Settings(
        solver=solver,
        tol=model.tol,
        max_iterations=solver.most_iterations if model.max_iter is None else int(model.max_iter),
        ridge=ridge,
        firth=model.penalty == "firth",
        symmetric=ridge is not None and n_classes > 2,
        inference=p * (n_classes - 1) <= MOST_WITH_ERRORS,
    )


def _std_errors(solved: Solved, p: int, n_classes: int) -> Array:
    """(p, 1) or (p, K); nan where aliased, infinite or not known."""
    found, separation = solved.estimate, solved.separation
    several, separated = n_classes > 2, separation.kind != "none"
    shape, covariance = (p, n_classes if several else 1), found.covariance
    if separated and separation.limit is not None:
        covariance = separation.limit.covariance
    stopped = solved.status is not Status.CONVERGED and not separated
    if stopped or not solved.settings.inference or (separated and (several or separation.limit is None)):
        return np.full(shape, np.nan)
    if several:
        covariance = weights_covariance(np.nan_to_num(covariance), p, 0)
    out = np.sqrt(np.diag(covariance)).reshape(shape, order="F")
    out[[*found.coordinates.aliased, *separation.infinite]] = np.nan
    return np.asarray(out)


def _failure(model: Any, solved: Solved) -> Failure:
    if model.status_ != Status.SEPARATED.value:
        message = f"{model.status_}. Scale the columns, raise max_iter, or fit with penalty='ridge'."
        return message, NotConvergedWarning, errors.NotConvergedError
    kind = "completely separated" if model.separation_ == "complete" else "separated"
    message = (
        f"The data are {kind}, so no finite maximum exists ({_infinite(model, solved)}). "
        'Fit with penalty="ridge" or, for two classes, penalty="firth".'
    )
    return message, SeparationWarning, errors.SeparationError


def _names(model: Any) -> list[str]:
    given = getattr(model, "feature_names_in_", None)
    return [f"x{j}" for j in range(model.n_features_in_)] if given is None else [str(name) for name in given]


def _infinite(model: Any, solved: Solved) -> str:
    names = ["intercept", *_names(model)] if model.fit_intercept else _names(model)
    several, found = len(model.classes_) > 2, []
    for j, sign in zip(solved.separation.infinite, solved.separation.signs, strict=True):
        against = f" of {model.classes_[j // len(names) + 1]!s} against {model.classes_[0]!s}" if several else ""
        found.append(f"{names[j % len(names)]}{against} -> {'+' if sign > 0 else '-'}inf")
    return ", ".join(found[:6]) + (", ..." if len(found) > 6 else "") if found else "some coefficients are infinite"
