"""Repeated k-fold cross-validation: which share of each row is held out of each refit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from numbers import Integral
from typing import Literal

import numpy as np

from statlogit.core.types import Array, IntArray
from statlogit.design.streamed import Frame
from statlogit.errors import FitError
from statlogit.fit.model import copies_of
from statlogit.inference.bootstrap import unknown_unit

MOST_COPIES = 1e9


@dataclass(frozen=True, slots=True)
class CrossValidation:
    """Repeated k-fold cross-validation. repeats: new partitions of the rows, or of whole clusters, into folds.

    Folds of single outcomes hold equal shares of each class. A grouped row, or a row whose weight has a fraction, is
    one case; of a row with a whole case weight the copies are dealt one by one.

    Raises ValueError for fewer than 2 folds, no repeat, a negative seed or another word for by.
    """

    folds: int = 10
    repeats: int = 5
    seed: int = 0
    by: Literal["rows", "cluster"] | None = None

    def __post_init__(self) -> None:
        for name, value, least in (("folds", self.folds, 2), ("repeats", self.repeats, 1), ("seed", self.seed, 0)):
            if not (isinstance(value, Integral) and value >= least):
                raise ValueError(f"{name}={value!r} must be a whole number from {least} on")
        if self.by not in (None, "rows", "cluster"):
            raise ValueError(unknown_unit(self.by))


def held_out(frame: Frame, plan: CrossValidation, unit: str, repeat: int) -> Iterator[Array]:
    """For each fold how much of each row is held out, (n,) in [0, 1]; over the folds each row adds up to 1.

    Raises FitError where there are fewer rows or clusters than folds.
    """
    rng = np.random.default_rng([plan.seed, repeat])
    if unit == "cluster":
        codes: IntArray = np.asarray(frame.cluster)
        size = int(codes.max()) + 1
        _enough(size, plan.folds, "clusters")
        yield from _whole(_dealt(rng, np.zeros(size), plan.folds)[codes], plan.folds)
        return
    copies, classes = copies_of(frame), _classes(frame)
    if copies is None:
        _enough(len(classes), plan.folds, "rows")
        yield from _whole(_dealt(rng, classes, plan.folds), plan.folds)
        return
    _enough(int(copies.sum()), plan.folds, "rows")
    if copies.sum() >= MOST_COPIES:
        raise FitError(f"case weights that add up to {copies.sum():.3g} are not dealt into folds; use the bootstrap")
    yield from _copies_dealt(rng, copies, classes, plan.folds)


def _enough(size: int, folds: int, units: str) -> None:
    if size < folds:
        raise FitError(f"{folds} folds need at least as many {units}, and there are {size:,}; use folds={max(size, 2)}")


def _classes(frame: Frame) -> Array:
    """(n,) the class of each row, or 0 where rows are counts."""
    y = frame.y
    if frame.response.kind == "grouped":
        return np.zeros(len(y))
    return np.where(y.max(axis=1) > 0.0, y.argmax(axis=1) + 1.0, 0.0)


def _dealt(rng: np.random.Generator, classes: Array, folds: int) -> IntArray:
    """(n,) the fold of each row: shuffled, sorted by class, and dealt like cards."""
    order = rng.permutation(len(classes))
    order = order[np.argsort(classes[order], kind="stable")]
    fold = np.empty(len(classes), dtype=np.intp)
    fold[order] = np.arange(len(classes)) % folds
    return fold


def _whole(fold: IntArray, folds: int) -> Iterator[Array]:
    for k in range(folds):
        yield (fold == k).astype(np.float64)


def _copies_dealt(rng: np.random.Generator, copies: Array, classes: Array, folds: int) -> Iterator[Array]:
    """The same of rows that stand for several, class by class without writing the copies out."""
    left, first = copies.astype(np.int64), 0
    shares: list[IntArray] = []
    for name in np.unique(classes):  # where one class ends in a round of dealing the next begins
        total = int(left[classes == name].sum())
        shares.append(np.bincount((np.arange(first, first + total % folds)) % folds, minlength=folds) + total // folds)
        first += total % folds
    for k in range(folds):
        taken = np.zeros(len(left), dtype=np.int64)
        for name, share in zip(np.unique(classes), shares, strict=True):
            members = classes == name
            taken[members] = rng.multivariate_hypergeometric(left[members], int(share[k]), method="marginals")
        left -= taken
        yield taken / copies
