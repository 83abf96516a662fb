"""Covariances of the estimate by name: model-based, dispersed, heteroskedasticity-robust, cluster-robust, bootstrap.

Each is root A root' in the solver's coordinates, where root root' is the inverse information, and is mapped to the
design once; so it keeps the digits of the fit, and only A differs from kind to kind.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal, TypeAlias, get_args

import numpy as np

from statlogit.core.blocks import ROWS_PER_BLOCK
from statlogit.core.coordinates import InCoordinates
from statlogit.core.families import Family, family_of
from statlogit.core.threads import one_blas_thread
from statlogit.core.types import Array, Status
from statlogit.design.streamed import StreamedFrame
from statlogit.errors import FitError
from statlogit.fit import Fit
from statlogit.fit.model import copies_of, rows_of
from statlogit.inference.bootstrap import Bootstrap, replications
from statlogit.inference.cluster import MOST_NUMBERS, Clustering, cluster_meat, inflated_cluster_meat
from statlogit.inference.cluster import POWERS as CLUSTER
from statlogit.inference.sandwich import POWERS as ROBUST
from statlogit.inference.sandwich import block_meat

CovarianceName = Literal[
    "model", "quasi", "HC0", "HC1", "HC2", "HC3", "cluster", "CR0", "CR1", "CR2", "CR3", "bootstrap"
]
CovarianceKind: TypeAlias = CovarianceName | Bootstrap
KINDS: tuple[str, ...] = get_args(CovarianceName)
SAME = {"cluster": "CR1"}


@dataclass(frozen=True, slots=True)
class Covariance:
    """A covariance of vec(beta) and what a header must say of it."""

    kind: str  # of KINDS; "cluster" is CR1
    matrix: Array  # (p*q, p*q) in the design's columns; nan where aliased, infinite or withheld
    inner: Array  # (r*q, r*q) A: root A root' in the solver's coordinates
    factor: float = 1.0  # the small-sample factor (of the first cluster variable); the dispersion for "quasi"
    clusters: tuple[tuple[str, int], ...] = ()  # cluster variables and their numbers of clusters
    plan: Bootstrap | None = None
    n_failed: int = 0  # replications without a finite maximum, left out
    n_alone: int = 0  # rows or clusters that alone inform some direction: nothing is known of their spread
    is_repaired: bool = False  # two-way: negative eigenvalues were set to zero
    refused: str = ""  # why it is withheld


def name_of(kind: CovarianceKind) -> str:
    """The word for tables: one of KINDS."""
    return "bootstrap" if isinstance(kind, Bootstrap) else kind


def check_kind(kind: object, argument: str = "covariance") -> None:
    """Raise ValueError for what is neither one of KINDS nor a Bootstrap."""
    if not isinstance(kind, Bootstrap) and kind not in KINDS:
        listed = ", ".join(map(repr, KINDS))
        raise ValueError(f"{argument}={kind!r} is not known; choose one of {listed}, or sl.Bootstrap(999, seed=0)")


def covariance(fit: Fit, kind: CovarianceKind) -> Covariance:
    """The covariance of vec(beta) of this kind.

    model: inverse information. quasi: times Pearson's chi-squared / (n - k), grouped data only (Wedderburn 1974).
    HC0: squared scores (White 1982). HC1: times n / (n - k). HC2, HC3: each score over (1 - h)^1/2 or 1 - h, h its
    leverage. CR0: squared cluster sums. CR1 or cluster: times G / (G - 1) (n - 1) / (n - k). CR2, CR3: cluster
    leverages instead of a factor. Two cluster variables: V1 + V2 - V12, each with its own factor, negative
    eigenvalues (in the metric of the information) set to zero (Cameron, Gelbach and Miller 2011).
    bootstrap: the spread of 999 refits; Bootstrap(...) for others.
    n: rows, whole case weights counted; k: estimated coefficients of all equations; G: clusters.

    Raises FitError with the reason where it means nothing: see `refusal`.
    """
    reason = refusal(fit, kind)
    if reason:
        raise FitError(reason)
    name = SAME.get(name_of(kind), name_of(kind))
    if name == "model":
        root = fit.estimate.root
        return Covariance(name, fit.covariance, np.eye(len(root)) if fit.settings.inference else root)
    with one_blas_thread(fit.n_rows * len(fit.beta)):
        if name == "quasi":
            dispersion = fit.estimate.pearson / _residual_df(fit)
            inner = dispersion * np.eye(len(fit.estimate.root))
            return Covariance(name, dispersion * fit.covariance, inner, factor=dispersion)
        if name == "bootstrap":
            return _bootstrap(fit, kind if isinstance(kind, Bootstrap) else Bootstrap())
        return _robust(fit, name) if name in ROBUST else _clustered(fit, name)


def covariance_or_withheld(fit: Fit, kind: CovarianceKind) -> Covariance:
    """The same, but nan throughout and the reason kept where the estimate is not a finite maximum."""
    name = SAME.get(name_of(kind), name_of(kind))
    reason = "" if name == "model" else _no_maximum(fit, name)
    if not reason:
        return covariance(fit, kind)
    unknown = np.full_like(fit.covariance, np.nan)
    return Covariance(name, unknown, np.full_like(fit.estimate.root, np.nan), refused=reason)


def refusal(fit: Fit, kind: CovarianceKind) -> str:
    """Why this covariance means nothing for this fit, or ""."""
    name = SAME.get(name_of(kind), name_of(kind))
    return "" if name == "model" else _no_maximum(fit, name) or _unsuitable(fit, name, kind)


def _no_maximum(fit: Fit, name: str) -> str:
    if fit.separation.kind != "none":
        return f"covariance={name!r} means nothing here: an infinite estimate has no standard error."
    if fit.settings.penalised:
        return f"covariance={name!r} is not defined for a penalised estimate, which is biased; fit with penalty=None."
    if not fit.settings.inference:
        return f"covariance={name!r} needs the information matrix, which was left out; fit with standard_errors=True."
    uncertified = fit.beta.shape[1] > 1 and not fit.estimate.certificate.exists
    if fit.status is not Status.CONVERGED or uncertified:
        return f"covariance={name!r} needs the maximum, and the fit ended elsewhere: {fit.status.value}."
    return ""


def _unsuitable(fit: Fit, name: str, kind: CovarianceKind) -> str:
    grouped = fit.frame.response.kind == "grouped"
    if name == "quasi" and not grouped:
        return (
            "covariance='quasi' needs grouped data: one outcome a row carries no information on dispersion; use "
            "covariance='HC3', or covariance='cluster' where rows belong together."
        )
    if name != "bootstrap" and _residual_df(fit) <= 0:
        return f"covariance={name!r} needs n > k rows: {_n_units(fit):g} rows for {_n_coefficients(fit)} coefficients."
    plan = kind if isinstance(kind, Bootstrap) else Bootstrap()
    if name in CLUSTER or (name == "bootstrap" and plan.unit(fit) == "cluster"):
        return _unclustered(fit, name)
    return ""


MOST_COUNTS = 1e8  # sums over the rows of a block for cells of the clusters' informations, about 4 microseconds each


def _counts(fit: Fit, n_clusters: int) -> float:
    """Passes times blocks times cells that cluster leverages take."""
    cells = _n_coefficients(fit) ** 2 / 2
    passes = math.ceil(2 * cells * n_clusters / MOST_NUMBERS)
    return passes * math.ceil(fit.n_rows / ROWS_PER_BLOCK) * cells


def _unclustered(fit: Fit, name: str) -> str:
    sizes = np.atleast_1d(fit.frame.n_clusters or 0)
    if sizes.min() < 2:
        return f"covariance={name!r} needs cluster='column' with at least two clusters."
    if len(sizes) == 2 and name not in ("CR0", "CR1"):
        return f"covariance={name!r} takes one cluster variable; two are combined under 'CR0' and 'CR1'."
    if CLUSTER.get(name) and _counts(fit, int(sizes[0])) > MOST_COUNTS:
        return (
            f"covariance={name!r} of {fit.n_rows:,} rows and {_n_coefficients(fit):,} coefficients would take more "
            "than some minutes; use covariance='CR1'."
        )
    return ""


def _n_units(fit: Fit) -> float:
    if isinstance(fit.frame, StreamedFrame):
        return fit.frame.n_units
    copies = copies_of(fit.frame)
    return float(fit.n_rows) if copies is None else float(copies.sum())


def _n_coefficients(fit: Fit) -> int:
    return len(fit.estimate.root)


def _residual_df(fit: Fit) -> float:
    return _n_units(fit) - _n_coefficients(fit)


def _robust(fit: Fit, name: str) -> Covariance:
    rows, gamma, root, family = _at_estimate(fit)
    found = rows.fold(partial(block_meat, gamma=gamma, variance=root @ root.T, family=family, power=ROBUST[name]))
    factor = _n_units(fit) / _residual_df(fit) if name == "HC1" else 1.0
    inner = factor * (root.T @ found.value @ root)
    return Covariance(name, _in_design(fit, inner), inner, factor=factor, n_alone=found.n_alone)


def _clustered(fit: Fit, name: str) -> Covariance:
    rows, gamma, root, family = _at_estimate(fit)
    sizes, n, power = np.atleast_1d(fit.frame.n_clusters or 0), _n_units(fit), CLUSTER[name]
    two = len(sizes) == 2
    base = int(sizes[1]) if two else 1
    terms = [(1.0, (0,)), (1.0, (1,)), (-1.0, (0, 1))] if two else [(1.0, (0,))]
    inner, factors, counts, n_alone = np.zeros_like(root), [], [], 0
    for sign, variables in terms:
        clusters = Clustering(variables, base)
        found = (
            inflated_cluster_meat(rows, gamma, root, family, clusters, power)
            if power
            else cluster_meat(rows, gamma, root, family, clusters)
        )
        g = found.n_clusters
        factors.append(g / (g - 1) * (n - 1) / _residual_df(fit) if name == "CR1" else 1.0)
        inner += sign * factors[-1] * found.meat.value
        counts.append(g)
        n_alone += found.meat.n_alone
    repaired = _repaired(inner) if two else None
    inner = inner if repaired is None else repaired
    return Covariance(
        name, _in_design(fit, inner), inner, factor=factors[0], clusters=_named(fit, counts), n_alone=n_alone,
        is_repaired=repaired is not None,
    )  # fmt: skip


def _bootstrap(fit: Fit, plan: Bootstrap) -> Covariance:
    found, root = replications(fit, plan), fit.estimate.root
    deviations = np.linalg.solve(root, (found.values - found.values.mean(axis=0)).T)
    inner = deviations @ deviations.T / (len(found.values) - 1)
    by_cluster = plan.unit(fit) == "cluster"
    clusters = _named(fit, [int(np.max(np.asarray(fit.frame.cluster))) + 1]) if by_cluster else ()
    return Covariance(
        "bootstrap", _in_design(fit, inner), inner, clusters=clusters, plan=plan, n_failed=found.n_failed
    )  # fmt: skip


NEGATIVE = 1e-12  # eigenvalues below minus this share of the largest are more than rounding


def _repaired(inner: Array) -> Array | None:
    """The nearest positive semidefinite matrix, or None where it is one already."""
    values, vectors = np.linalg.eigh(inner)
    if values[0] >= -NEGATIVE * values[-1]:
        return None
    return np.asarray((vectors * np.maximum(values, 0.0)) @ vectors.T)


def _named(fit: Fit, sizes: Sequence[int]) -> tuple[tuple[str, int], ...]:
    name = fit.frame.cluster_name
    names = name if isinstance(name, tuple) else (str(name),)
    return tuple(zip(names, sizes, strict=False))


def _at_estimate(fit: Fit) -> tuple[InCoordinates, Array, Array, Family]:
    """Rows and estimate in the solver's coordinates, the root of the inverse information there, the family."""
    place = fit.estimate.coordinates
    gamma = place.from_design(fit.beta[list(place.kept)])
    return InCoordinates(rows_of(fit.frame), place), gamma, fit.estimate.root, family_of(fit.beta.shape[1])


def _in_design(fit: Fit, inner: Array) -> Array:
    """root A root' mapped to the design's columns; nan where aliased."""
    place, root = fit.estimate.coordinates, fit.estimate.root
    p, (r, q) = len(fit.beta), (fit.rank, fit.beta.shape[1])
    outer = np.vstack([place.to_design(root[k * r : (k + 1) * r]) for k in range(q)])
    where = np.concatenate([k * p + np.array(place.kept, dtype=np.intp) for k in range(q)])
    matrix = np.full_like(fit.covariance, np.nan)
    matrix[np.ix_(where, where)] = outer @ inner @ outer.T
    return matrix
