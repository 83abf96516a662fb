"""Robust covariances: the inverse information around the spread of the rows' or clusters' own scores.

All are computed in the solver's coordinates and mapped to the design once, so they keep the digits of the fit.
"""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np

from statlogit.core.blocks import Block, InMemory
from statlogit.core.columns import Columns
from statlogit.core.families import sigmoid
from statlogit.core.leverage import row_quadratic
from statlogit.core.types import Array
from statlogit.errors import FitError
from statlogit.fit import Fit
from statlogit.fit.model import block_of

CovarianceKind = Literal["model", "HC0", "HC1", "HC2", "HC3", "cluster"]
KINDS: tuple[str, ...] = get_args(CovarianceKind)


def covariance(fit: Fit, kind: CovarianceKind) -> Array:
    """The covariance of vec(beta), (p*q, p*q), nan where aliased.

    HC0: White (1982). HC1: times n / (n - k). HC2, HC3: each score over (1 - h)^1/2 or (1 - h), h the row's leverage
    (MacKinnon and White 1985). cluster: sums of scores within clusters, times G / (G - 1) (n - 1) / (n - k).

    Raises FitError where robust errors mean nothing: infinite or penalised estimates, or no cluster column.
    """
    if kind == "model":
        return fit.covariance
    _meaningful(fit, kind)
    n, k = fit.n_rows, fit.rank
    if kind == "cluster":
        sums = _cluster_scores(fit)
        groups = len(sums)
        return _sandwich(fit, groups / (groups - 1) * (n - 1) / (n - k) * (sums.T @ sums))
    factor = n / (n - k) if kind == "HC1" else 1.0
    return _sandwich(fit, factor * _row_meat(fit, {"HC2": 0.5, "HC3": 1.0}.get(kind, 0.0)))


def _meaningful(fit: Fit, kind: str) -> None:
    if fit.stopped_short:
        raise FitError(f"covariance={kind!r} needs the maximum; the solver ended short of it: {fit.status.value}.")
    if fit.separation.kind != "none":
        raise FitError(f"covariance={kind!r} means nothing here: an infinite estimate has no standard error.")
    if fit.settings.penalised:
        raise FitError(f"covariance={kind!r} is not defined for a penalised estimate; fit with penalty=None.")
    if fit.beta.shape[1] != 1:
        raise FitError(f"covariance={kind!r} is available for binary and grouped fits.")
    if kind in ("HC1", "cluster") and fit.n_rows <= fit.rank:
        raise FitError(f"covariance={kind!r} divides by n - k = {fit.n_rows - fit.rank}: no residual rows are left.")
    codes = fit.frame.cluster
    if kind == "cluster" and (codes is None or codes.ndim != 1 or codes.max() < 1):
        raise FitError("covariance='cluster' needs cluster='column' with at least two clusters.")


def _sandwich(fit: Fit, meat: Array) -> Array:
    place, root = fit.estimate.coordinates, fit.estimate.root
    outer = place.to_design(root)
    kept = list(place.kept)
    out = np.full_like(fit.covariance, np.nan)
    out[np.ix_(kept, kept)] = outer @ (root.T @ meat @ root) @ outer.T
    return out


def _scores(fit: Fit, block: Block) -> tuple[Columns, Array, Array]:
    """Columns in the solver's coordinates, the rows' scores in eta, their leverages."""
    place, root = fit.estimate.coordinates, fit.estimate.root
    eta = block.x.times(np.nan_to_num(fit.beta))[:, 0] + block.offset[:, 0]
    mean = sigmoid(eta)
    y = block.y[:, 0]
    score = block.weight * (y * mean.complement - (1.0 - y) * mean.mu)
    z = place.columns(block.x)
    leverage = block.weight * mean.mu * mean.complement * row_quadratic(z, root @ root.T)
    return z, score, leverage


def _row_meat(fit: Fit, power: float) -> Array:
    """Sum of z z' (score / (1 - h)^power)^2."""
    r = fit.rank
    total = np.zeros((r, r))
    for block in InMemory(block_of(fit.frame)):
        z, score, leverage = _scores(fit, block)
        total += z.gram((score / (1.0 - leverage) ** power) ** 2)
    return total


def _cluster_scores(fit: Fit) -> Array:
    """(G, r) sums of z times score within each cluster."""
    codes = np.asarray(fit.frame.cluster)
    sums = np.zeros((int(codes.max()) + 1, fit.rank))
    start = 0
    for block in InMemory(block_of(fit.frame)):
        z, score, _ = _scores(fit, block)
        stop = start + z.n_rows
        np.add.at(sums, codes[start:stop], z.to_array() * score[:, None])
        start = stop
    return sums
