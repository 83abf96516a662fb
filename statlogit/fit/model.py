"""fit(): a model frame in, every fact of the fit out. No tests, no tables, no words."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import gammaln

from statlogit.core.blocks import Block, RowBlocks
from statlogit.core.coordinates import OutOfScaleError
from statlogit.core.families import family_of
from statlogit.core.threads import one_blas_thread
from statlogit.core.types import Array, IntArray, Status, all_are
from statlogit.design.streamed import Frame, StreamedFrame
from statlogit.errors import DataError
from statlogit.fit.estimate import Estimate, Settings
from statlogit.fit.gathered import gathered
from statlogit.fit.interrupt import Watched
from statlogit.fit.null import loglik_at_shares, null_model
from statlogit.fit.separation import Separation
from statlogit.fit.solve import solve, tiled


@dataclass(frozen=True, slots=True)
class Fit:
    """Every fact of one fit, in the design's own columns; no behaviour."""

    frame: Frame
    settings: Settings
    estimate: Estimate
    beta: Array  # (p, q): nan where aliased, +-inf where infinite
    covariance: Array  # (p*q, p*q): nan where aliased or infinite
    loglik: float  # with binomial coefficients
    null_loglik: float
    saturated_loglik: float
    constant: float  # the binomial coefficients' share of the log-likelihoods; 0 for one outcome a row
    deviance: float
    null_deviance: float
    status: Status
    separation: Separation
    n_rows: int
    rank: int

    @property
    def aliased(self) -> tuple[str, ...]:
        names = self.frame.design.names
        return tuple(names[j] for j in self.estimate.coordinates.aliased)

    @property
    def stopped_short(self) -> bool:
        """The solver ended before a maximum: the numbers are its last iterate, and nothing is inferred from them."""
        return self.separation.kind == "none" and self.status is not Status.CONVERGED

    @property
    def std_error(self) -> Array:
        """(p, q)"""
        return np.asarray(np.sqrt(np.diag(self.covariance)).reshape(self.beta.shape, order="F"))


def block_of(frame: Frame) -> Block:
    """The used rows of a model frame as one block; those of files are gathered where they are few enough."""
    if isinstance(frame, StreamedFrame):
        return gathered(frame.rows) or frame.refuse()
    return Block(frame.x, frame.y, frame.weight, frame.offset, copies_of(frame), frame.cluster)


def row_labels(fit: Fit, rows: IntArray) -> tuple[Hashable, ...]:
    """The labels of some used rows; their places among them where the rows are in files."""
    return tuple(rows.tolist()) if isinstance(fit.frame, StreamedFrame) else tuple(fit.frame.index[rows])


def copies_of(frame: Frame) -> Array | None:
    """Whole case weights count equal rows; weights with a fraction are sampling weights, and a row stays one row."""
    weight = frame.case_weight
    if all_are(weight, 1.0):
        return None
    return weight if (weight == np.rint(weight)).all() else None


def rows_of(frame: Frame, weight: Array | None = None) -> RowBlocks:
    """The used rows of a model frame, tile by tile; weight (n,) in place of its own."""
    if isinstance(frame, StreamedFrame):
        return frame.rows
    block = block_of(frame)
    return tiled(block if weight is None else replace(block, weight=weight))


def fit(frame: Frame, settings: Settings, start: Array | None = None) -> Fit:
    """Maximum (or penalised) likelihood of one model frame."""
    watched = Watched(settings.progress)
    with one_blas_thread(max(frame.n_rows, len(frame.design.names)) * len(frame.design.names)):
        try:
            found = _fitted(frame, replace(settings, progress=watched), start)
        except KeyboardInterrupt as interrupt:
            interrupt.add_note(watched.sentence)
            raise
    return replace(found, settings=replace(found.settings, progress=settings.progress))


def _fitted(frame: Frame, settings: Settings, start: Array | None) -> Fit:
    family = family_of(frame.n_predictors)
    intercept = frame.design.intercept
    rows = rows_of(frame)
    try:
        whole = None if isinstance(frame, StreamedFrame) else block_of(frame)
        solved = solve(rows, whole, intercept=intercept, settings=settings, start=start)
    except OutOfScaleError as error:
        raise _rescale(frame, error) from error
    found, separation, status, settings = solved.estimate, solved.separation, solved.status, solved.settings
    constant = log_binomial_constant(frame)
    null = _null_at_shares(frame, intercept)
    if null is None:
        null = null_model(rows, family, intercept=intercept, settings=settings)
    saturated = found.loglik + 0.5 * found.deviance
    plain = Fit(
        frame=frame,
        settings=settings,
        estimate=found,
        beta=found.beta,
        covariance=found.covariance if status is Status.CONVERGED else not_known(found.covariance.shape),
        loglik=found.loglik + constant,
        null_loglik=null + constant,
        saturated_loglik=saturated + constant,
        constant=constant,
        deviance=found.deviance,
        null_deviance=max(2.0 * (saturated - null), 0.0),
        status=status,
        separation=separation,
        n_rows=frame.n_rows,
        rank=found.rank,
    )
    return plain if separation.kind == "none" else _with_limits(plain)


def _null_at_shares(frame: Frame, intercept: int | None) -> float | None:
    """The null model's kernel log-likelihood where no pass is needed: files were counted, and there is no offset."""
    if not isinstance(frame, StreamedFrame) or intercept is None or frame.offsets != (0.0, 0.0):
        return None
    counts = frame.class_weights
    return loglik_at_shares(counts, float(counts.sum()))


def not_known(shape: tuple[int, ...]) -> Array:
    """nan of any shape in the memory of one number; read-only."""
    return np.broadcast_to(np.float64(np.nan), shape)


def _rescale(frame: Frame, error: OutOfScaleError) -> DataError:
    name = frame.design.names[error.position]
    factor = f"/ {error.size:.0e}" if error.size > 1.0 else f"* {1e150:.0e} * {1e-150 / error.size:.0e}"
    return DataError(
        f"{name} has values of size {error.size:.2g}, and the variance of a coefficient per such a unit does not fit "
        f"in a number; rescale it, for example I({name} {factor})"
    )


def _with_limits(plain: Fit) -> Fit:
    """Infinite coefficients as +-inf, the finite ones as their limits, the supremum of the likelihood."""
    separation, constant = plain.separation, plain.constant
    (p, q), kept = plain.beta.shape, plain.estimate.coordinates.kept
    beta = np.full(p * q, np.nan)
    covariance = np.full_like(plain.covariance, np.nan)
    saturated = plain.saturated_loglik - constant
    loglik, deviance = saturated, 0.0
    if separation.limit is not None:
        limit = separation.limit
        finite = [k * p + j for k in range(q) for j in kept if k * p + j not in separation.infinite]
        beta[finite] = limit.beta[finite]
        covariance[np.ix_(finite, finite)] = limit.covariance[np.ix_(finite, finite)]
        loglik, deviance = limit.loglik, limit.deviance
    for j, sign in zip(separation.infinite, separation.signs, strict=True):
        beta[j] = sign * np.inf
    return replace(
        plain,
        beta=beta.reshape(p, q, order="F"),
        covariance=covariance,
        loglik=loglik + constant,
        saturated_loglik=loglik + 0.5 * deviance + constant,
        deviance=deviance,
        null_deviance=max(2.0 * (loglik + 0.5 * deviance + constant - plain.null_loglik), 0.0),
        status=Status.SEPARATED,
    )


def log_binomial_constant(frame: Frame) -> float:
    """Sum of log binomial coefficients of grouped rows; 0 for one outcome a row."""
    if isinstance(frame, StreamedFrame):
        return frame.tally.constant
    if frame.response.kind != "grouped":
        return 0.0
    trials = frame.trials
    events = trials * frame.y[:, 0]
    terms = gammaln(trials + 1) - gammaln(events + 1) - gammaln(trials - events + 1)
    return float((frame.case_weight * terms).sum())
