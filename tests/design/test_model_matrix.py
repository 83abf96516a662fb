"""The columns of R's model.matrix, stored with the script that wrote them, against ours: value for value."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from statlogit.design import prepare

FOLDER = Path(__file__).parents[1] / "reference" / "model_matrix"
STORED = json.loads((FOLDER / "expected.json").read_text())
DATA = pd.read_csv(FOLDER / "data.csv")
DATA["city"] = pd.Categorical(DATA["city"], ["rural", "town", "city"])
TOLERANCE = 1e-12  # of the largest value of a column: both programs round their own sums

# Where we mean to differ. R's rule looks at margins only, so an interaction without its main effects next to an
# intercept is coded in full there: one column is a sum of others and its coefficient is NA. Ours are independent and
# span the same space.
DEPENDENT_IN_R = {
    "y ~ g:h",
    "y ~ x + h %in% g",
    "y ~ g + h + city + g:h:city",
    "y ~ C(g, contr.sum):C(h, contr.sum)",
}
EQUAL = [entry for entry in STORED["entries"] if entry["ours"] not in DEPENDENT_IN_R]
OTHER = [entry for entry in STORED["entries"] if entry["ours"] in DEPENDENT_IN_R]


@pytest.mark.parametrize("entry", EQUAL, ids=lambda entry: entry["ours"])
def test_columns_equal_those_of_r(entry: dict[str, object]) -> None:
    ours = prepare(str(entry["ours"]), DATA).x.to_array()
    theirs = np.array(entry["columns"]).T
    assert ours.shape == theirs.shape
    scale = np.maximum(np.abs(theirs).max(axis=0), 1.0)
    assert (np.abs(ours - theirs) / scale).max() <= TOLERANCE


@pytest.mark.parametrize("entry", OTHER, ids=lambda entry: entry["ours"])
def test_ours_is_a_basis_of_the_space_where_r_is_dependent(entry: dict[str, object]) -> None:
    ours = prepare(str(entry["ours"]), DATA).x.to_array()
    theirs = np.array(entry["columns"]).T
    rank = np.linalg.matrix_rank(theirs)
    assert rank < theirs.shape[1]
    assert np.linalg.matrix_rank(np.hstack([ours, theirs])) == rank == np.linalg.matrix_rank(ours)


def test_enough_formulas_are_compared() -> None:
    assert len(STORED["entries"]) >= 80
