"""The front door: options are parsed once here, then fit() is called. No numerics."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, is_dataclass, replace
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from statlogit.core.progress import in_passes
from statlogit.design.streamed import Frame
from statlogit.design.where import Where
from statlogit.errors import (
    FitError,
    NotConvergedError,
    NotConvergedWarning,
    SeparationError,
    SeparationWarning,
)
from statlogit.fit import fit
from statlogit.fit.dual import solved_columns
from statlogit.fit.estimate import Settings
from statlogit.fit.ridge import Units, strengths_of
from statlogit.fit.streaming import PASSES, frame_of, passes_of
from statlogit.inference.covariance import CovarianceKind, check_kind
from statlogit.results import LogitResult, MultinomialResult
from statlogit.solvers.auto import choose
from statlogit.solvers.irls import Irls
from statlogit.solvers.protocol import Iterate, Solver

SOONER = "fewer rows answer sooner: fit one of the files, or some of the rows by where= (--where)"


@dataclass(frozen=True, slots=True)
class Ridge:
    """L2 penalty: half of strength times squared coefficient is taken off the log-likelihood for each column.

    strength: one number >= 0 for all terms, the same as 1 / C in scikit-learn; or a mapping from terms to numbers,
    Ridge({"age": 1.0, "C(race)": 2.0}), in which terms that are not named have none. The intercept is never penalised.
    units: "raw" penalises the coefficients as they are reported, log-odds per unit of each column; "standardised" the
    coefficients per standard deviation of their column (weighted, divided by the sum of the weights), the same fit as
    on columns divided by it. Indicator columns of a factor count like any other.

    Standard errors are roots of the diagonal of the inverse penalised information: the posterior covariance where the
    penalty is read as a normal prior of variance 1 / strength, not a sampling covariance. Penalised columns may
    outnumber the rows; with at most as many columns as rows, a column that is a linear combination of earlier ones is
    left out, as without a penalty. `r.df_effective` counts the coefficients that the penalty leaves, and
    information criteria use it. A ridge estimate has no likelihood-ratio, Wald or score test. A multinomial fit
    penalises the coefficients against the reference class, so the estimate depends on the choice of reference; with
    reference=None the symmetric model does not.
    Source: le Cessie and van Houwelingen (1992); Wahba (1983) on the posterior covariance.

    >>> Ridge(1.0)
    Ridge(strength=1.0, units='raw')
    """

    strength: float | Mapping[str, float]
    units: Units = "raw"

    def __post_init__(self) -> None:
        _check(units=(self.units, get_args(Units)))
        named = self.strength.values() if isinstance(self.strength, Mapping) else [self.strength]
        for value in named:
            if not (value >= 0 and np.isfinite(value)):
                raise ValueError(f"Ridge strength {value!r} must be a finite number >= 0, for example Ridge(1.0)")


@dataclass(frozen=True, slots=True)
class Firth:
    """Jeffreys' prior (Firth 1993): less bias in small samples, finite estimates under separation.

    Standard errors come from the inverse of the unpenalised information. Tests and profile intervals are those of the
    penalised likelihood, the penalty that of the full design under every restriction, as in R's logistf.
    """


def logit(
    formula: str,
    data: Any,
    *,
    event: Any = None,
    trials: Any = None,
    weights: Any = None,
    offset: Any = None,
    cluster: Any = None,
    penalty: Ridge | Firth | None = None,
    solver: Solver | Literal["auto"] = "auto",
    covariance: CovarianceKind = "model",
    missing: Literal["drop", "raise"] = "drop",
    where: Where | None = None,
    start: npt.ArrayLike | None = None,
    tol: float = 1e-10,
    max_iterations: int | None = None,
    on_failure: Literal["raise", "warn"] = "raise",
    progress: Callable[[Iterate], None] | None = None,
    engine: Any = None,
) -> LogitResult:
    """Fit a binary or grouped logistic regression by maximum likelihood.

    formula: `y ~ x + C(g)`; data: pandas, polars or pyarrow table, or the path of a CSV file, or of a Parquet file, a
    folder of files or a pattern ("sales/*.parquet"); what does not fit in memory is read block by block on every pass
    (docs/scale.md), as a Dask data frame is. engine: who runs the passes over such data: a dask.distributed.Client, an
    executor of concurrent.futures, or an object with `width` and `run`; by default the threads of this process, for a
    Dask data frame the current client. event: the modelled level of y. trials, weights, offset: a column name or an
    array; weights are case weights, offset is log-odds. cluster: a column whose equal values belong together, or two:
    cluster=("firm", "year"). covariance: model, HC0 HC1 HC2 HC3, cluster (CR1), CR0 CR2 CR3, quasi, bootstrap or
    sl.Bootstrap(999, seed=0); see `with_covariance`.
    solver: "auto" chooses by size; or sl.Irls(), sl.Lbfgs(), sl.NewtonCG(), sl.GradientDescent(), sl.Sgd(). Standard
    errors come from the information at the final estimate whatever the solver, and none where it stopped short.
    start: (p,) coefficients to start from. tol: distance from the maximum in standard errors, or, for solvers that
    know none, the largest gradient per row in the solver's coordinates. max_iterations: by default the solver's own
    limit. progress: called with each iterate. where: which rows are the data, "(age > 30) & (region == 'north')" or
    [("age", ">", 30), ("region", "==", "north")]; where it is false or missing a row is neither used nor counted.

    Raises FormulaError and DataError for input that cannot be read; SeparationError where no finite maximum exists
    and NotConvergedError where the solver stopped short, both with the partial result as `.result`
    (on_failure="warn" warns and returns it).

    >>> import pandas as pd
    >>> data = pd.DataFrame({"x": [1, 2, 3, 4, 5, 6], "y": [0, 0, 1, 0, 1, 1]})
    >>> logit("y ~ x", data).params.round(4).to_dict()
    {'Intercept': -4.2491, 'x': 1.214}
    """
    _check(on_failure=(on_failure, ("raise", "warn")))
    check_kind(covariance)
    with in_passes("fit", PASSES, sooner=SOONER) as passes:
        frame = frame_of(
            formula, data, engine, where, event=event, trials=trials, weights=weights, offset=offset, cluster=cluster,
            missing=missing,
        )  # fmt: skip
        settings = _settings(frame, penalty, solver, tol, max_iterations, progress)
        passes.expected = passes_of(frame, settings, covariance)
        given = {
            "event": event, "trials": trials, "weights": weights, "offset": offset, "cluster": cluster,
            "penalty": penalty, "solver": solver, "where": where,
        }  # fmt: skip
        call = _call("logit", formula, given)
        result = LogitResult(fit(frame, settings, _start(start, frame)), call=call, covariance=covariance)
        _judge(result, on_failure)
        return result.with_covariance(covariance) if result.converged else result


def multinomial(
    formula: str,
    data: Any,
    *,
    reference: Any = None,
    weights: Any = None,
    offset: Any = None,
    cluster: Any = None,
    penalty: Ridge | None = None,
    solver: Solver | Literal["auto"] = "auto",
    standard_errors: bool | Literal["auto"] = "auto",
    covariance: CovarianceKind = "model",
    missing: Literal["drop", "raise"] = "drop",
    where: Where | None = None,
    start: npt.ArrayLike | None = None,
    tol: float = 1e-10,
    max_iterations: int | None = None,
    on_failure: Literal["raise", "warn"] = "raise",
    progress: Callable[[Iterate], None] | None = None,
    engine: Any = None,
) -> MultinomialResult:
    """Fit a multinomial logit: every class of y against the reference class (the first level by default).

    reference=None together with penalty=sl.Ridge(...) is the symmetric model of machine learning: the ridge is on the
    weight vectors of all K classes, and in each design column they sum to zero, the intercepts too.
    Grouped counts: long format with weights. start: (p, K - 1) coefficients. The other arguments are those of logit().
    standard_errors: "auto" leaves them out beyond 5,000 coefficients, where the information matrix takes 0.2 GB and
    more, and with them tests, intervals and the proof that the maximum exists; True computes them at any size.

    Raises SeparationError where no finite maximum exists and NotConvergedError where none could be certified, both
    with the partial result as `.result` (on_failure="warn" warns and returns it).

    >>> import pandas as pd
    >>> data = pd.DataFrame({"x": [1, 2, 3, 4, 5, 6], "y": list("abcabc")})
    >>> list(multinomial("y ~ x", data, reference="c").params.columns)
    ['a', 'b']
    """
    _check(on_failure=(on_failure, ("raise", "warn")))
    check_kind(covariance)
    if isinstance(penalty, Firth):
        raise TypeError("Firth's penalty is not available for multinomial fits; use penalty=sl.Ridge(1.0) or None")
    with in_passes("fit", PASSES, sooner=SOONER) as passes:
        frame = frame_of(
            formula, data, engine, where, weights=weights, offset=offset, cluster=cluster, multinomial=True,
            reference=reference, missing=missing,
        )  # fmt: skip
        settings = replace(
            _settings(frame, penalty, solver, tol, max_iterations, progress),
            symmetric=reference is None and isinstance(penalty, Ridge),
            inference=_wants_errors(standard_errors, frame),
        )
        passes.expected = passes_of(frame, settings, covariance)
        begin = None
        if start is not None:
            begin = np.asarray(start, dtype=np.float64)
            if begin.shape != (shape := (len(frame.design.names), frame.n_predictors)) or not np.isfinite(begin).all():
                raise ValueError(f"start has shape {begin.shape}; it needs finite numbers, columns x classes: {shape}")
        given = {
            "reference": reference, "weights": weights, "offset": offset, "cluster": cluster, "penalty": penalty,
            "solver": solver, "where": where,
        }  # fmt: skip
        call = _call("multinomial", formula, given)
        result = MultinomialResult(fit(frame, settings, begin), call=call, covariance=covariance)
        _judge(result, on_failure)
        return result.with_covariance(covariance) if result.converged else result


MOST_WITH_ERRORS = 5_000  # coefficients of a multinomial fit whose information "auto" forms


def _wants_errors(asked: bool | Literal["auto"], frame: Frame) -> bool:
    if asked not in (True, False, "auto"):
        raise ValueError(f"standard_errors={asked!r} is not known; choose 'auto', True or False")
    return len(frame.design.names) * frame.n_predictors <= MOST_WITH_ERRORS if asked == "auto" else bool(asked)


def _settings(
    frame: Frame,
    penalty: Ridge | Firth | None,
    solver: Solver | Literal["auto"],
    tol: float,
    max_iterations: int | None,
    progress: Callable[[Iterate], None] | None,
) -> Settings:
    """How to climb. Raises TypeError for what is no solver or no penalty."""
    reason, firth, ridge = "", isinstance(penalty, Firth), _strengths(penalty, frame)
    if isinstance(solver, str) and solver == "auto":
        solver, reason = choose(frame.n_rows, solved_columns(ridge, frame), frame.n_predictors + 1)
    if isinstance(solver, (str, type)) or not hasattr(solver, "iterates"):
        raise TypeError(
            f'solver={solver!r} is not a solver; use solver="auto", sl.Irls(), sl.Lbfgs(), sl.NewtonCG(), '
            "sl.GradientDescent() or sl.Sgd()"
        )
    if firth and not isinstance(solver, Irls) and not reason:
        raise TypeError(f'Firth\'s penalty has a solver of its own; leave solver="auto" instead of solver={solver!r}')
    limit = solver.most_iterations if max_iterations is None else max_iterations
    return Settings(
        solver=solver,
        reason="" if firth else reason,
        tol=_positive("tol", tol),
        max_iterations=int(_positive("max_iterations", limit)),
        ridge=ridge,
        units=penalty.units if isinstance(penalty, Ridge) else "raw",
        progress=progress,
        firth=firth,
    )


def _strengths(penalty: Ridge | Firth | None, frame: Frame) -> tuple[float, ...] | None:
    if penalty is None or isinstance(penalty, Firth):
        return None
    if not isinstance(penalty, Ridge):
        raise TypeError(f"penalty={penalty!r} is not a penalty; use penalty=sl.Ridge(1.0), sl.Firth() or None")
    return strengths_of(frame, penalty.strength, penalty.units)


def _start(start: npt.ArrayLike | None, frame: Frame) -> npt.NDArray[np.float64] | None:
    if start is None:
        return None
    vector = np.asarray(start, dtype=np.float64).reshape(-1)
    if vector.shape != (len(frame.design.names),) or not np.isfinite(vector).all():
        raise ValueError(
            f"start has {vector.size} values; it needs one finite number for each of the {len(frame.design.names)} "
            f"design columns: {', '.join(frame.design.names[:8])}"
        )
    return vector[:, None]


def _judge(result: LogitResult | MultinomialResult, on_failure: str) -> None:
    """Raise or warn where the estimate is not a finite maximum."""
    if result.converged:
        return
    finding = next(f for f in result.findings if f.code in ("separation", "not_converged"))
    message = f"{finding.sentence} {finding.remedy}"
    separated = finding.code == "separation"
    if on_failure == "warn":
        warnings.warn(message, SeparationWarning if separated else NotConvergedWarning, stacklevel=3)
        return
    kind: type[FitError] = SeparationError if separated else NotConvergedError
    raise kind(f'{message} on_failure="warn" returns the partial result.', result)


def _check(**arguments: tuple[object, tuple[object, ...]]) -> None:
    for name, (value, choices) in arguments.items():
        if value not in choices:
            raise ValueError(f"{name}={value!r} is not known; choose one of {', '.join(map(repr, choices))}")


def _positive(name: str, value: float) -> float:
    if not value > 0:
        raise ValueError(f"{name}={value!r} must be a number above 0")
    return value


def _call(name: str, formula: str, given: dict[str, Any]) -> str:
    """The call as a reader could repeat it; arrays are shown as their name."""
    shown = [repr(formula), "data"]
    for key, value in given.items():
        if value is None or (key == "solver" and isinstance(value, str)):
            continue
        ours = is_dataclass(value) and type(value).__module__.startswith("statlogit.")
        shown.append(f"{key}={f'sl.{value!r}' if ours else repr(value) if _is_short(value) else key}")
    return f"sl.{name}({', '.join(shown)})"


def _is_short(value: Any) -> bool:
    names = isinstance(value, tuple | list) and len(value) <= 2 and all(isinstance(part, str) for part in value)
    return names or isinstance(value, str | int | float)
