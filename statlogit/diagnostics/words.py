"""The few ways in which findings list and count."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from statlogit.fit import Fit

SHOWN = 6  # names listed before "and k more"


def listed(names: Sequence[str], most: int = SHOWN) -> str:
    """The first few names.

    >>> listed(["a", "b"]), listed([str(k) for k in range(8)])
    ('a, b', '0, 1, 2, 3, 4, 5 and 2 more')
    """
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")


def counted(n: float, noun: str) -> str:
    """A number with its noun.

    >>> counted(1, "row"), counted(1200, "row")
    ('1 row', '1,200 rows')
    """
    return f"{amount(n)} {noun}{'' if n == 1 else 's'}"


def amount(n: float) -> str:
    """A count in full, a weighted count to four digits.

    >>> amount(1234567.0), amount(15.7707), amount(1e13)
    ('1,234,567', '15.77', '1e+13')
    """
    return f"{n:,.0f}" if n == int(n) and n < 1e12 else f"{n:.4g}"


def fitted_again(fit: Fit, formula: str = "formula", data: str = "data", **changes: str) -> str:
    """The code of the same fit with another formula, other rows or other arguments; `results.remedies` completes it."""
    name = "multinomial" if fit.frame.response.kind == "multinomial" else "logit"
    return f"sl.{name}({', '.join([formula, data, *(f'{key}={value}' for key, value in changes.items())])})"


def term_text(fit: Fit, name: str) -> str:
    """A term as a formula says it: a column whose name is no identifier stands between backticks."""
    return f"`{name}`" if name in fit.frame.design.reading.variables and not name.isidentifier() else name


def shrunk(fit: Fit) -> str:
    """The code of the same fit with a penalty whose maximum always exists."""
    return fitted_again(fit, penalty="sl.Firth()" if fit.beta.shape[1] == 1 else "sl.Ridge(1.0)")


def plain(label: Any) -> Any:
    """A row label as Python writes it: 3 rather than np.int64(3)."""
    return label.item() if isinstance(label, np.generic) else label
