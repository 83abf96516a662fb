"""Fragility: how few rows decide the sign of a coefficient."""

from __future__ import annotations

import difflib
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from statlogit.core.threads import one_blas_thread
from statlogit.core.types import Array, IntArray
from statlogit.diagnostics.influence import coefficient_names, one_step, refit_without
from statlogit.diagnostics.refits import Rows
from statlogit.diagnostics.refusals import refuse_without_maximum
from statlogit.diagnostics.words import counted, listed, plain
from statlogit.fit import Fit
from statlogit.fit.model import block_of
from statlogit.tables import Table, table

MOST_REFITS = 12  # while the set grows; each time by a quarter
LARGEST_SHARE = 0.5  # of the rows that may be left out
METHOD = (
    "Rows by one-step influence, the strongest first (Broderick, Giordano and Meager 2020); the sign without them is "
    "that of a refit, as it is with one row less. A smaller set of other rows may exist."
)


@dataclass(frozen=True, slots=True)
class Fragility:
    """A set of rows without which a coefficient has the other sign, as small as one-step influence finds it.

    rows: their labels, the strongest first; () where no set of up to half of the rows flipped the sign, `reason` says
    why. estimate_without: of the refit without them. expected: how many rows one-step influence alone expected to be
    enough, None where it never is.

    Source: Broderick, Giordano and Meager (2020), An automatic finite-sample robustness metric.
    """

    term: str
    estimate: float  # log-odds
    n: int
    rows: tuple[Hashable, ...]
    moves: Array  # (k,) estimate - estimate without the row, one step each
    estimate_without: float
    expected: int | None
    reason: str = ""

    @property
    def n_removed(self) -> int:
        return len(self.rows)

    @property
    def share(self) -> float:
        """Of the rows; nan where the sign was not flipped."""
        return self.n_removed / self.n if self.rows else float("nan")

    @property
    def sentence(self) -> str:
        """What was found, in words."""
        if not self.rows:
            return f"The sign of {self.term} was not flipped: {self.reason}."
        names = listed([str(plain(row)) for row in self.rows])
        return (
            f"Without {counted(self.n_removed, 'row')} of {self.n:,} ({self.share:.2%}) {self.term} changes its sign, "
            f"from {self.estimate:.4g} to {self.estimate_without:.4g}: {names}."
        )

    def to_frame(self) -> pd.DataFrame:
        """One row for each row left out: its label and how far it alone moves the coefficient, in one step."""
        return pd.DataFrame({"row": list(self.rows), "move": self.moves})

    @property
    def table(self) -> Table:
        """term estimate n_rows share estimate_without."""
        found = (self.n_removed, self.share, self.estimate_without) if self.rows else (None, None, None)
        columns = ["term", "estimate", "n_rows", "share", "estimate_without"]
        return table("fragility", "Rows that decide a sign", columns, [(self.term, self.estimate, *found)],
                     f"{self.sentence} {METHOD}")  # fmt: skip

    def __str__(self) -> str:
        return str(self.table)


def fragility(fit: Fit, term: str) -> Fragility:
    """The rows that decide the sign of a coefficient, named as its design column (`column@class` with several classes).

    One pass for the influences, then some ten refits from near-by starts. Raises ValueError for a name that is no
    estimated coefficient, FitError where the fit is no finite unpenalised maximum.
    """
    refuse_without_maximum(fit, "fragility")
    names = coefficient_names(fit)
    if term not in names:
        near = difflib.get_close_matches(term, names, 3, 0.0)
        raise ValueError(f"{term!r} is no estimated coefficient; the nearest are {', '.join(map(repr, near))}")
    rows, j = Rows(fit, block_of(fit.frame)), names.index(term)
    with one_blas_thread(fit.n_rows * len(fit.beta)):
        moved = np.nan_to_num(one_step(rows, [j])[:, 0])
        estimate = float(fit.beta[list(fit.estimate.coordinates.kept)].ravel(order="F")[j])
        order = strongest(moved, estimate)
        expected = enough(moved[order], estimate)
        found = _smallest(rows, j, order, expected, estimate)
    labels = tuple(plain(label) for label in fit.frame.index[order[: found.size]])
    return Fragility(
        term, estimate, fit.n_rows, labels, moved[order[: found.size]], found.estimate, expected, found.reason
    )


def strongest(moved: Array, estimate: float) -> IntArray:
    """Places of the rows that hold the sign up, the strongest first."""
    pull = np.copysign(1.0, estimate) * moved
    order = np.argsort(-pull, kind="stable")
    return order[: int((pull > 0.0).sum())]


def enough(moved: Array, estimate: float) -> int | None:
    """How many of these rows, in order, take the whole estimate away by the sum of their one-step moves."""
    total = np.cumsum(np.abs(moved))
    if not len(total) or total[-1] <= abs(estimate):
        return None
    return int(np.searchsorted(total, abs(estimate), side="right")) + 1


@dataclass(frozen=True, slots=True)
class _Flipped:
    size: int  # 0: not flipped
    estimate: float
    reason: str = ""


def _smallest(rows: Rows, j: int, order: IntArray, expected: int | None, estimate: float) -> _Flipped:
    """The shortest run of this order whose refit has the other sign: grow until one does, then halve the gap.

    Without rows that hold a sign up the others may be separated the other way, so a refit without a finite maximum
    ends the growth too.
    """
    most = min(len(order), int(LARGEST_SHARE * rows.fit.n_rows))
    size, below = min(expected or most, most), 0
    for _ in range(MOST_REFITS):
        at = _without(rows, order[:size], j) if size else estimate
        if at is None or at * estimate < 0.0:
            break
        if size == most:
            return _Flipped(0, float("nan"), "no run of up to half of the rows is enough")
        below, size = size, min(max(size + 1, -(-5 * size // 4)), most)
    else:
        return _Flipped(0, float("nan"), f"the refits without up to {below:,} rows keep it")
    while size - below > 1:
        middle = (size + below) // 2
        value = _without(rows, order[:middle], j)
        if value is None or value * estimate < 0.0:
            size, at = middle, value
        else:
            below = middle
    if at is None:
        return _Flipped(0, float("nan"), f"it stays until, without {counted(size, 'row')}, the others are separated")
    return _Flipped(size, at)


def _without(rows: Rows, left_out: Sequence[int] | IntArray, j: int) -> float | None:
    found = refit_without(rows, np.asarray(left_out))
    return None if found is None else float(found[j])
