"""Shared aliases and the vocabulary of shapes: n rows, p columns, q linear predictors, K = q + 1 classes.

vec order: a coefficient matrix (p, q) is flattened predictor by predictor (Fortran order), so an information
matrix (p*q, p*q) is made of q x q cells of shape (p, p).
"""

from __future__ import annotations

from enum import Enum
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[np.float64]
IntArray: TypeAlias = npt.NDArray[np.intp]
BoolArray: TypeAlias = npt.NDArray[np.bool_]


class Status(Enum):
    """Why a solve stopped. The value is the sentence a user reads."""

    CONVERGED = "converged"
    MAX_ITERATIONS = "stopped at the iteration limit before the stopping rule held"
    STEP_FAILED = "no step along the search direction raised the log-likelihood"
    NOT_FINITE = "the log-likelihood or its gradient is not finite"
    SINGULAR = "the information matrix is singular along the path"
    SEPARATED = "no finite maximum exists: the data are separated"
