"""The solvers by name, and which of them for which size, with the reason in words."""

from __future__ import annotations

from typing import NamedTuple

from statlogit.solvers.gradient import GradientDescent
from statlogit.solvers.irls import Irls
from statlogit.solvers.lbfgs import Lbfgs
from statlogit.solvers.newton_cg import NewtonCG
from statlogit.solvers.protocol import Solver
from statlogit.solvers.sgd import Sgd

BY_NAME: dict[str, type[Solver]] = {kind.name: kind for kind in (Irls, Lbfgs, NewtonCG, GradientDescent, Sgd)}
MOST_COEFFICIENTS = 1500  # the information matrix then takes 18 MB and its factor about a gigaflop
MANY_CELLS = 10**8  # rows times coefficients beyond which each pass saved counts


class Choice(NamedTuple):
    solver: Solver
    reason: str


def choose(n_rows: int, n_columns: int, n_classes: int = 2) -> Choice:
    """The solver for n rows, p columns and K classes, and a sentence why."""
    size = n_columns * (n_classes - 1)
    if size <= MOST_COEFFICIENTS:
        return Choice(Irls(), f"IRLS: the information matrix of {size:,} coefficients is cheap to form and to solve.")
    if n_rows * size <= MANY_CELLS:
        return Choice(
            NewtonCG(), f"Newton-CG: the information matrix of {size:,} coefficients is too large to form each step."
        )
    return Choice(
        Lbfgs(),
        f"L-BFGS: with {n_rows:,} rows and {size:,} coefficients, one gradient a step is all that a pass should cost.",
    )
