"""Strengths of a ridge penalty: one number a design column, in the units of the coefficients as they are reported.

The penalised log-likelihood is l(beta) - 1/2 sum_j strength_j beta_j^2, over all equations of a multinomial fit. In
standardised units the coefficient per standard deviation of its column is penalised, strength (sd_j beta_j)^2, so its
strength in raw units is strength sd_j^2: the same fit as one on columns divided by their standard deviations.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Literal, Self

import numpy as np

from statlogit.core.blocks import Block, RowBlocks
from statlogit.core.types import Array
from statlogit.design.streamed import Frame
from statlogit.errors import FormulaError
from statlogit.fit.model import rows_of

Units = Literal["raw", "standardised"]


def strengths_of(frame: Frame, strength: float | Mapping[str, float], units: Units) -> tuple[float, ...] | None:
    """One strength a design column, zero for the intercept and for terms that a mapping does not name.

    None where all are zero: that is maximum likelihood. Raises FormulaError for a name that is no term.
    """
    terms = [term for term in frame.design.terms if not term.is_intercept]
    by_term = strength if isinstance(strength, Mapping) else dict.fromkeys((t.name for t in terms), strength)
    _known([term.name for term in terms], by_term)
    out = np.zeros(len(frame.design.names))
    for term in terms:
        out[term.start : term.stop] = by_term.get(term.name, 0.0)
    if units == "standardised":
        out *= variances(rows_of(frame))
    return tuple(out.tolist()) if out.any() else None


def _known(terms: list[str], by_term: Mapping[str, float]) -> None:
    for name in by_term:
        if name == "Intercept":
            raise FormulaError("the intercept is never penalised; leave 'Intercept' out of Ridge({...})")
        if name not in terms:
            near = difflib.get_close_matches(name, terms, 3, 0.4)
            advice = f"did you mean {' or '.join(map(repr, near))}?" if near else f"the terms are {', '.join(terms)}"
            raise FormulaError(f"Ridge names {name!r}, which is not a term of the formula; {advice}")


def variances(rows: RowBlocks) -> Array:
    """(p,) weighted variances of the columns, divided by the sum of the weights; case weights times trials count."""
    sums = rows.fold(_block_sums)
    return rows.fold(partial(_block_squares, mean=sums.total / sums.weight)).total / sums.weight


@dataclass(frozen=True, slots=True)
class _Sums:
    weight: float
    total: Array  # (p,)

    def __add__(self, other: Self) -> Self:
        return type(self)(self.weight + other.weight, self.total + other.total)


def _block_sums(block: Block) -> _Sums:
    return _Sums(float(block.weight.sum()), block.x.transpose_times(block.weight[:, None])[:, 0])


def _block_squares(block: Block, mean: Array) -> _Sums:
    return _Sums(float(block.weight.sum()), block.weight @ np.square(block.x.to_array() - mean))
