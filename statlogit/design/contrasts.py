"""How the levels of a factor become columns.

treatment, SAS, sum, helmert, poly, diff and custom, each with the matrix and the column names that formulaic gives
(which are R's numbers). Source: Chambers and Hastie (1992), Statistical Models in S, section 2.3.2.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from statlogit.core.types import Array
from statlogit.design.values import Level, key_of
from statlogit.errors import DataError, FormulaError

NAMES = {
    **{f"contr.{kind}": kind for kind in ("treatment", "SAS", "sum", "helmert", "poly", "diff", "custom")},
    "Treatment": "treatment", "Sum": "sum", "Helmert": "helmert", "Poly": "poly", "Diff": "diff",
}  # fmt: skip
OPTIONS = {
    "treatment": ("base",), "SAS": ("base",), "sum": (), "helmert": ("reverse", "scale"), "poly": ("scores",),
    "diff": ("backward",), "custom": ("contrasts", "names"),
}  # fmt: skip
MARKS = {"treatment": "T.", "SAS": "T.", "sum": "S.", "helmert": "H.", "diff": "D."}
POLY_NAMES = (".L", ".Q", ".C")
MAX_CUSTOM = 1_000


@dataclass(frozen=True, slots=True)
class Contrast:
    """A kind of coding and its options, as plain values."""

    kind: str = "treatment"
    options: tuple[tuple[str, Any], ...] = ()

    def option(self, name: str, default: Any = None) -> Any:
        return dict(self.options).get(name, default)

    @property
    def is_indicator(self) -> bool:
        """Whether every column is 1 for one level and 0 elsewhere, the reduced coding included."""
        return self.kind in ("treatment", "SAS")


TREATMENT = Contrast()


def base_index(contrast: Contrast, levels: Sequence[Level], factor: str) -> int:
    """The place of the reference level of treatment coding."""
    base = contrast.option("base")
    if base is None:
        return len(levels) - 1 if contrast.kind == "SAS" else 0
    keys, wanted = [key_of(level) for level in levels], key_of(base)
    if wanted not in keys:
        shown = ", ".join(repr(level) for level in levels[:8])
        raise DataError(
            f"{factor}: the reference level {base!r} is not among the levels of the used rows ({shown}), so there is "
            f"nothing to compare with; name one of them, as in contr.treatment({levels[0]!r})"
        )
    return keys.index(wanted)


def column_labels(contrast: Contrast, levels: Sequence[Level], reduced: bool, factor: str) -> list[str]:
    """What stands behind the factor's name, one per column: [T.b], [S.a], [.L], [b]."""
    if contrast.kind == "custom":
        width = np.asarray(custom_matrix(contrast, levels, factor)).shape[1]
        names = contrast.option("names") or range(1, width + 1)
        return [f"[{name}]" for name in names]
    if not reduced:
        return [f"[{level}]" for level in levels]
    if contrast.is_indicator:
        base = base_index(contrast, levels, factor)
        return [f"[T.{level}]" for k, level in enumerate(levels) if k != base]
    if contrast.kind == "poly":
        return [f"[{POLY_NAMES[d] if d < len(POLY_NAMES) else f'^{d + 1}'}]" for d in range(len(levels) - 1)]
    first = _drops_first(contrast)
    mark = MARKS[contrast.kind]
    return [f"[{mark}{level}]" for level in (levels[1:] if first else levels[:-1])]


def _drops_first(contrast: Contrast) -> bool:
    if contrast.kind == "helmert":
        return bool(contrast.option("reverse", True))
    return contrast.kind == "diff" and bool(contrast.option("backward", True))


def coding_matrix(contrast: Contrast, levels: Sequence[Level], reduced: bool, factor: str) -> Array:
    """(levels, columns): row k is what a row of level k gets."""
    n = len(levels)
    if contrast.kind == "custom":
        return custom_matrix(contrast, levels, factor)
    if not reduced:
        return np.eye(n)
    if contrast.is_indicator:
        return np.delete(np.eye(n), base_index(contrast, levels, factor), axis=1)
    if contrast.kind == "sum":
        return np.vstack([np.eye(n - 1), -np.ones((1, n - 1))])
    if contrast.kind == "helmert":
        return _helmert(n, bool(contrast.option("reverse", True)), bool(contrast.option("scale", False)))
    if contrast.kind == "diff":
        steps = np.arange(1, n) / n - (np.arange(n)[:, None] < np.arange(1, n))
        return steps if contrast.option("backward", True) else -steps
    return _poly(n, contrast.option("scores"), factor)


def _helmert(n: int, reverse: bool, scale: bool) -> Array:
    out = np.zeros((n, n - 1))
    for j in range(n - 1):
        out[: j + 1, j], out[j + 1, j] = -1.0, j + 1.0
        if scale:
            out[:, j] /= j + 2
    return out if reverse else np.asarray(out[::-1, ::-1])


def _poly(n: int, scores: Sequence[float] | None, factor: str) -> Array:
    if scores is not None and len(scores) != n:
        raise FormulaError(f"{factor}: contr.poly has {len(scores)} scores for {n} levels")
    x = np.arange(1.0, n + 1.0) if scores is None else np.asarray(scores, dtype=float)
    if np.unique(x).size != n:
        raise FormulaError(f"{factor}: the scores of contr.poly must all differ")
    q, r = np.linalg.qr(np.vander(x - x.mean(), n, increasing=True))
    return np.asarray((q * np.sign(np.diag(r)))[:, 1:])


def custom_matrix(contrast: Contrast, levels: Sequence[Level], factor: str) -> Array:
    """(levels, columns) of contr.custom: rows per level, or a mapping name -> one weight per level."""
    matrix = np.asarray(contrast.option("contrasts"), dtype=float)
    if matrix.ndim != 2 or matrix.shape[0] != len(levels) or not np.isfinite(matrix).all():
        raise FormulaError(
            f"{factor}: contr.custom needs one row of finite numbers for each of the {len(levels)} levels, "
            f"not shape {matrix.shape}"
        )
    return matrix
