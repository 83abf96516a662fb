"""Influence: how far each row, or each covariate pattern, moves the fit when it is left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import numpy as np
import pandas as pd

from statlogit.core.blocks import Block
from statlogit.core.deletion import RowInfluence, block_influence, deletion, moves
from statlogit.core.families import family_of
from statlogit.core.patterns import Patterns, patterns
from statlogit.core.threads import one_blas_thread
from statlogit.core.types import Array, IntArray
from statlogit.diagnostics.refits import Rows, without
from statlogit.diagnostics.refusals import refuse_without_maximum
from statlogit.diagnostics.words import plain
from statlogit.fit import Fit
from statlogit.fit.model import block_of
from statlogit.tables import Table, table

Unit = Literal["row", "pattern"]
ONE_STEP = (
    "One Newton step without the {unit} (Pregibon 1981). Cook's distance: squared move in standard errors, per "
    "coefficient. Delta chi-squared, delta deviance: how much Pearson's statistic and the deviance fall "
    "(Hosmer and Lemeshow 2000, section 5.3). DFBETAS: of the coefficient that moves most, in standard errors."
)
EXACT = " Exact: from a refit without the {unit}; empty where the others are separated."


@dataclass(frozen=True, slots=True)
class Influence:
    """What leaving out each row (or covariate pattern) does, by one Newton step from the maximum.

    Arrays have one value a row. leverage: trace(W M), between 0 and 1 for a binary fit. cooks_distance:
    (beta - beta_(i))' I (beta - beta_(i)) / number of coefficients, equal to R's cooks.distance for binary and grouped
    fits. delta_chi2, delta_deviance: falls of Pearson's statistic and of the deviance, pearson^2 / (1 - h) and
    deviance^2 + pearson^2 h / (1 - h). A row of case weight w is left out with all its weight. nan where a row alone
    determines a combination of the coefficients.

    Source: Pregibon (1981); Hosmer and Lemeshow (2000), section 5.3; Lesaffre and Albert (1989) for several classes.
    """

    unit: Unit
    index: pd.Index[Any]  # labels; of a pattern, that of its first row
    n_rows: IntArray  # rows of the data in each
    leverage: Array
    cooks_distance: Array
    delta_chi2: Array
    delta_deviance: Array
    terms: tuple[str, ...]  # of the m estimated coefficients; `column@class` with several classes
    estimate: Array  # (m,)
    std_error: Array  # (m,)
    most: Array  # (m,) DFBETAS of largest size, signed: positive where the row raises the coefficient
    most_row: IntArray  # (m,)
    refitted: IntArray  # rows refitted without, by falling Cook's distance
    exact: Array  # (k, m) their exact beta_(i); nan where the others are separated
    rows: Rows

    def to_frame(self) -> pd.DataFrame:
        """One row for each, labels kept: n_rows leverage cooks_distance delta_chi2 delta_deviance."""
        columns = {
            "n_rows": self.n_rows, "leverage": self.leverage, "cooks_distance": self.cooks_distance,
            "delta_chi2": self.delta_chi2, "delta_deviance": self.delta_deviance,
        }  # fmt: skip
        return pd.DataFrame(columns, index=self.index)

    def dfbetas(self) -> pd.DataFrame:
        """(beta - beta_(i)) / standard error, rows x coefficients, one step: n x m numbers in memory."""
        return pd.DataFrame(one_step(self.rows) / self.std_error, index=self.index, columns=list(self.terms))

    def exact_dfbetas(self) -> pd.DataFrame:
        """The same by refits, for the rows that were refitted (`exact=True`)."""
        values = (self.estimate - self.exact) / self.std_error
        return pd.DataFrame(values, index=self.index[self.refitted], columns=list(self.terms))

    def top(self, k: int = 10) -> Table:
        """The k most influential by Cook's distance, with the coefficient that each moves most."""
        order = most_distant(self.cooks_distance, k)
        refitted = {int(i): number for number, i in enumerate(self.refitted)}
        moved = _moves_of(self.rows, order) / self.std_error
        made = []
        for i, move in zip(order.tolist(), moved, strict=True):
            j = int(np.abs(np.nan_to_num(move)).argmax())
            values = [str(plain(self.index[i])), int(self.n_rows[i]), self.leverage[i], self.cooks_distance[i],
                      self.delta_chi2[i], self.delta_deviance[i], self.terms[j], move[j]]  # fmt: skip
            if len(self.refitted):
                exact = (self.estimate[j] - self.exact[refitted[i]][j]) / self.std_error[j] if i in refitted else None
                values.append(exact if exact is not None and np.isfinite(exact) else None)
            made.append(values)
        columns = ["row", "n_rows", "leverage", "cooks_distance", "delta_chi2", "delta_deviance", "term", "dfbetas"]
        columns += ["dfbetas_exact"] if len(self.refitted) else []
        if (self.n_rows == 1).all():
            made, columns = [[*v[:1], *v[2:]] for v in made], [columns[0], *columns[2:]]
        note = (ONE_STEP + (EXACT if len(self.refitted) else "")).format(unit=self.unit)
        return table("influence", f"Most influential {self.unit}s", columns, made, note)

    def coefficients(self) -> Table:
        """For each coefficient the row that moves it most: the estimate, and the one-step estimate without that row."""
        made = [
            (term, b, se, str(plain(self.index[i])), move, b - move * se)
            for term, b, se, i, move in zip(
                self.terms, self.estimate.tolist(), self.std_error.tolist(), self.most_row.tolist(),
                self.most.tolist(), strict=True,
            )
        ]  # fmt: skip
        columns = ["term", "estimate", "std_error", "row", "dfbetas", "estimate_without"]
        note = f"DFBETAS: (estimate - estimate without the {self.unit}) / SE, by one Newton step (Pregibon 1981)."
        return table("influence_coefficients", f"The {self.unit} that moves each coefficient most", columns, made, note)


def influence(fit: Fit, unit: Unit = "row", exact: bool = False, k: int = 10) -> Influence:
    """The influence of every row or covariate pattern: one pass; exact: k refits besides.

    Raises FitError where the fit is no finite unpenalised maximum.
    """
    if unit not in ("row", "pattern"):
        raise ValueError(f"by={unit!r} is not known; choose 'row' or 'pattern'")
    refuse_without_maximum(fit, "influence")
    block, index, n_rows = _units(fit, unit)
    rows = Rows(fit, block)
    with one_blas_thread(block.x.n_rows * block.x.n_columns):
        found = summary(rows)
        kept = list(fit.estimate.coordinates.kept)
        m = len(kept) * fit.beta.shape[1]
        cooks = found.distance / m
        refitted = most_distant(cooks, k) if exact else np.zeros(0, dtype=np.intp)
        refits = np.full((len(refitted), m), np.nan)
        for number, i in enumerate(refitted):
            again = refit_without(rows, np.array([i]))
            refits[number] = np.nan if again is None else again
    return Influence(
        unit, index, n_rows, found.leverage, cooks, found.delta_chi2, found.delta_deviance, coefficient_names(fit),
        fit.beta[kept].ravel(order="F"), rows.std_error, found.most, found.row, refitted, refits, rows,
    )  # fmt: skip


def summary(rows: Rows) -> RowInfluence:
    """Every row's influence without the rows x coefficients of DFBETAS."""
    gamma = rows.gamma
    outer = _outer(rows) / rows.std_error
    of_block = partial(
        block_influence, beta=gamma, covariance=_covariance(rows), outer=outer, family=family_of(gamma.shape[1])
    )
    return rows.tiles().fold(of_block)


def one_step(rows: Rows, coefficients: Sequence[int] | None = None) -> Array:
    """(n, m) moves beta - beta_(i) of every row, of all estimated coefficients or of some."""
    outer, gamma = _outer(rows), rows.gamma
    outer = outer if coefficients is None else outer[:, list(coefficients)]
    covariance, family = _covariance(rows), family_of(gamma.shape[1])
    return np.concatenate([moves(b.x, deletion(b, gamma, covariance, family).push, outer) for b in rows.tiles()])


def refit_without(rows: Rows, left_out: IntArray) -> Array | None:
    """(m,) coefficients of the maximum without these rows, None where the others have no finite one."""
    block = rows.fit.estimate.coordinates.block(rows.block.take(left_out))
    covariance = _covariance(rows)
    push = deletion(block, rows.gamma, covariance, family_of(rows.block.y.shape[1])).push
    moved = np.nan_to_num(moves(block.x, push, covariance)).sum(axis=0)
    found = without(rows, left_out, rows.gamma.ravel(order="F") - moved)
    return None if found is None else np.asarray(found @ rows.to_design())


def coefficient_names(fit: Fit) -> tuple[str, ...]:
    """Names of the estimated coefficients, equation by equation."""
    names = [fit.frame.design.names[j] for j in fit.estimate.coordinates.kept]
    if fit.beta.shape[1] == 1:
        return tuple(names)
    response = fit.frame.response
    return tuple(f"{name}@{level}" for level in response.levels if level != response.reference for name in names)


def most_distant(distance: Array, k: int) -> IntArray:
    """Places of the k largest, falling; nan, a row that alone determines something, counts as the largest."""
    shown = np.where(np.isnan(distance), np.inf, distance)
    k = min(max(k, 0), len(shown))
    some = np.argpartition(-shown, k - 1)[:k] if 0 < k < len(shown) else np.arange(k)
    return some[np.lexsort((some, -shown[some]))]


def _covariance(rows: Rows) -> Array:
    root = rows.fit.estimate.root
    return root @ root.T


def _outer(rows: Rows) -> Array:
    """(r*q, m): the inverse information times the map to the design's coefficients."""
    root = rows.fit.estimate.root
    return np.asarray(root @ (root.T @ rows.to_design()))


def _moves_of(rows: Rows, some: IntArray) -> Array:
    """(k, m) one-step moves beta - beta_(i) of some rows."""
    block = rows.fit.estimate.coordinates.block(rows.block.take(some))
    push = deletion(block, rows.gamma, _covariance(rows), family_of(rows.block.y.shape[1])).push
    return moves(block.x, push, _outer(rows))


def _units(fit: Fit, unit: Unit) -> tuple[Block, pd.Index[Any], IntArray]:
    """The rows, or the covariate patterns in the order of their first rows, as one block."""
    block, index = block_of(fit.frame), fit.frame.index
    ones = np.ones(block.x.n_rows, dtype=np.intp)
    if unit == "row":
        return block, index, ones
    found = patterns(block.x, block.offset[:, 0])
    if found.place is None:
        return block, index, ones
    order, first, place = np.unique(found.place, return_index=True, return_inverse=True)
    by_first = np.argsort(first)
    rank = np.empty(len(order), dtype=np.intp)
    rank[by_first] = np.arange(len(order))
    group, first = rank[place], first[by_first]
    ordered = Patterns(len(order), group)
    weight = ordered.sums(block.weight)
    y = np.stack([ordered.sums(block.weight * share) for share in block.y.T], axis=1) / weight[:, None]
    some = block.take(first)
    return Block(some.x, np.minimum(y, 1.0), weight, some.offset), index[first], np.bincount(group)
