"""The few ways in which findings list and count."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

SHOWN = 6  # names listed before "and k more"


def listed(names: Sequence[str]) -> str:
    """The first few names.

    >>> listed(["a", "b"]), listed([str(k) for k in range(8)])
    ('a, b', '0, 1, 2, 3, 4, 5 and 2 more')
    """
    more = len(names) - SHOWN
    return ", ".join(names[:SHOWN]) + (f" and {more} more" if more > 0 else "")


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


def plain(label: Any) -> Any:
    """A row label as Python writes it: 3 rather than np.int64(3)."""
    return label.item() if isinstance(label, np.generic) else label
