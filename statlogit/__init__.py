"""statlogit: logistic regression from a formula and a data frame.

>>> import statlogit as sl
>>> import pandas as pd
>>> data = pd.DataFrame({"x": [1, 2, 3, 4, 5, 6], "y": [0, 0, 1, 0, 1, 1]})
>>> result = sl.logit("y ~ x", data)
>>> float(round(result.params["x"], 6))
1.214028
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from statlogit._version import __version__

if TYPE_CHECKING:
    from statlogit.api import Firth, Ridge, logit, multinomial
    from statlogit.errors import (
        DataError,
        FitError,
        FormulaError,
        NotConvergedError,
        ResponseError,
        SeparationError,
        StatlogitError,
    )
    from statlogit.inference.bootstrap import Bootstrap
    from statlogit.persist import load
    from statlogit.results import Comparison, LogitResult, MultinomialResult, compare, compare_roc
    from statlogit.solvers.gradient import GradientDescent
    from statlogit.solvers.irls import Irls
    from statlogit.solvers.lbfgs import Lbfgs
    from statlogit.solvers.newton_cg import NewtonCG
    from statlogit.solvers.sgd import Sgd

__all__ = [
    "Bootstrap",
    "Comparison",
    "DataError",
    "Firth",
    "FitError",
    "FormulaError",
    "GradientDescent",
    "Irls",
    "Lbfgs",
    "LogitResult",
    "MultinomialResult",
    "NewtonCG",
    "NotConvergedError",
    "ResponseError",
    "Ridge",
    "SeparationError",
    "Sgd",
    "StatlogitError",
    "__version__",
    "compare",
    "compare_roc",
    "load",
    "logit",
    "multinomial",
]

_ROOMS = {
    "Bootstrap": "inference.bootstrap",
    "Firth": "api",
    "Ridge": "api",
    "logit": "api",
    "multinomial": "api",
    "Comparison": "results",
    "LogitResult": "results",
    "compare": "results",
    "MultinomialResult": "results",
    "GradientDescent": "solvers.gradient",
    "Irls": "solvers.irls",
    "Lbfgs": "solvers.lbfgs",
    "NewtonCG": "solvers.newton_cg",
    "Sgd": "solvers.sgd",
    "compare_roc": "results",
    "load": "persist",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used, so that `import statlogit` costs nothing."""
    if name not in __all__:
        raise AttributeError(f"module 'statlogit' has no attribute {name!r}")
    return getattr(import_module(f"statlogit.{_ROOMS.get(name, 'errors')}"), name)
