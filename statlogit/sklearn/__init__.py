"""Estimators for scikit-learn (extra `sklearn`): LogitClassifier for arrays, FormulaLogit for data frames.

Both are maximum likelihood unless a penalty is asked for. Under separation, where no finite maximum exists, they warn
and return a usable limit, since cross-validation meets separated folds; on_failure="raise" raises instead.
"""

from __future__ import annotations

from importlib.util import find_spec

from statlogit.errors import missing_extra

if find_spec("sklearn") is None:
    raise missing_extra("statlogit.sklearn", "scikit-learn", "sklearn")

from statlogit.sklearn.arrays import LogitClassifier
from statlogit.sklearn.formulas import FormulaLogit
from statlogit.sklearn.shared import NotConvergedWarning, SeparationWarning

__all__ = ["FormulaLogit", "LogitClassifier", "NotConvergedWarning", "SeparationWarning"]
