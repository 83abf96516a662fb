"""Data of the tests of effects."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

DATA = Path(__file__).parents[1] / "reference" / "data"


def births() -> pd.DataFrame:
    """Birth weights (Hosmer and Lemeshow)."""
    return pd.read_csv(DATA / "birthwt.csv")


def women() -> pd.DataFrame:
    """Women's labour force participation, three classes (Fox)."""
    return pd.read_csv(DATA / "womenlf.csv")


def jacobian(f, vec, step=1e-3):
    """(len(vec), ...) derivatives of f by four-point differences."""
    sides = np.diag(step * (1e-3 + np.abs(vec)))
    return np.array(
        [(8 * (f(vec + h) - f(vec - h)) - (f(vec + 2 * h) - f(vec - 2 * h))) / (12 * h.sum()) for h in sides]
    )
