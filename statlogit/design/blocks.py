"""The columns of the used rows: numerics as vectors, factors as codes; nothing is expanded that need not be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce

import numpy as np

from statlogit.core.blocks import FEW_CELLS
from statlogit.core.columns import Codes, Columns, Dense, Mixed, Numeric
from statlogit.core.types import Array, IntArray
from statlogit.design.contrasts import base_index, coding_matrix
from statlogit.design.terms import FactorFacts, LevelFactor, NumericFactor, Scoped, Term, width
from statlogit.design.values import CodeArray, Labels, Numbers, Value
from statlogit.errors import FormulaError

MAX_CELLS = 250_000_000  # numbers held column by column: 2 GB


def columns_of(terms: Sequence[Term], facts: Mapping[str, FactorFacts], values: Mapping[str, Value], n: int) -> Columns:
    """The design of n rows; values: each factor's values in these rows."""
    vectors: list[Array] = []
    at: list[int] = []
    parts: list[Columns] = []
    positions: list[IntArray] = []
    column = 0
    for term in terms:
        for scoped in term.scoped:
            size = width(scoped, facts)
            if size and _is_coded(scoped, facts):
                parts.append(_codes(scoped, facts, values, size))
                positions.append(np.arange(column, column + size))
            elif size:
                _check_size(term, (len(vectors) + size) * n)
                vectors += _vectors(scoped, facts, values, n)
                at += range(column, column + size)
            column += size
    if vectors:
        parts.insert(0, Numeric(tuple(vectors)))
        positions.insert(0, np.array(at, dtype=np.intp))
    if not parts:
        return Dense(np.empty((n, 0)))
    return parts[0] if len(parts) == 1 else Mixed(tuple(parts), tuple(positions))


def plain_where_few(x: Columns, n_rows: int) -> Columns:
    """The same columns as a plain matrix where that is the short way. n_rows: of all the data."""
    return Dense(x.to_array()) if 0 < n_rows * x.n_columns <= FEW_CELLS else x


def _check_size(term: Term, cells: int) -> None:
    if cells > MAX_CELLS:
        raise FormulaError(
            f"the term {term.name} would need {cells:,} numbers in memory; the limit is {MAX_CELLS:,}",
            hint="treatment coding of a factor is stored as codes and has no such limit",
        )


def _is_coded(scoped: Scoped, facts: Mapping[str, FactorFacts]) -> bool:
    """Whether every row of the product is zero but for one cell."""
    has_levels = False
    for text, reduced in scoped:
        factor = facts[text]
        if isinstance(factor, NumericFactor):
            if len(factor.labels) > 1:
                return False
        elif factor.contrast.kind == "custom" or (reduced and not factor.contrast.is_indicator):
            return False
        else:
            has_levels = True
    return has_levels


def _codes(scoped: Scoped, facts: Mapping[str, FactorFacts], values: Mapping[str, Value], size: int) -> Codes:
    codes: CodeArray | None = None
    multiplier: Array | None = None
    stride = 1
    for text, reduced in scoped:
        factor, value = facts[text], values[text]
        if isinstance(factor, NumericFactor) and isinstance(value, Numbers):
            vector = value.values.reshape(-1)
            multiplier = vector if multiplier is None else multiplier * vector
        elif isinstance(factor, LevelFactor) and isinstance(value, Labels):
            own, n_own = _reduced(value.codes, factor, text) if reduced else (value.codes, len(factor.levels))
            if codes is None:
                codes = own
            else:
                both = (codes >= 0) & (own >= 0)
                codes = np.where(both, codes + np.int32(stride) * own, np.int32(-1))
            stride *= n_own
    return Codes(np.ascontiguousarray(codes), size, multiplier)


def _reduced(codes: CodeArray, factor: LevelFactor, text: str) -> tuple[CodeArray, int]:
    """Codes without the reference level, which becomes -1."""
    n = len(factor.levels)
    base = base_index(factor.contrast, factor.levels, text)
    if base == 0:
        return codes - codes.dtype.type(1), n - 1
    to_code = np.arange(n, dtype=codes.dtype)
    to_code[base + 1 :] -= 1
    to_code[base] = -1
    return to_code[codes], n - 1


def _vectors(scoped: Scoped, facts: Mapping[str, FactorFacts], values: Mapping[str, Value], n: int) -> list[Array]:
    if not scoped:
        return [np.broadcast_to(np.ones(1), (n,))]  # one number stands for all rows
    groups = [_factor_vectors(text, reduced, facts[text], values[text]) for text, reduced in scoped]
    return reduce(lambda left, right: [a * b for b in right for a in left], groups)


def _factor_vectors(text: str, reduced: bool, factor: FactorFacts, value: Value) -> list[Array]:
    if isinstance(value, Numbers):
        return [value.values] if value.values.ndim == 1 else list(value.values.T[1 if reduced else 0 :])
    coded = factor if isinstance(factor, LevelFactor) else LevelFactor(value.levels)
    matrix = coding_matrix(coded.contrast, coded.levels, reduced, text)
    return [column[value.codes] for column in np.ascontiguousarray(matrix.T)]
