"""New data: what is missing, unseen, or of another type, row by row."""

import numpy as np
import pandas as pd
import pytest

from statlogit.design import prepare
from statlogit.errors import DataError, MissingColumnError, UnseenLevelError
from tests.design.frames import mixed_frame

DATA = mixed_frame()


def test_an_unseen_level_raises_with_row_and_level() -> None:
    new = DATA.head(4).copy()
    new.index = ["p", "q", "r", "s"]
    new.loc["r", "g"] = "zebra"
    design = prepare("y ~ g + x", DATA).design
    with pytest.raises(UnseenLevelError, match=r"row 'r' has g = 'zebra'.*'a', 'b', 'c'"):
        design.matrix(new)
    rows = design.matrix(new, unseen="nan")
    assert rows.positions.tolist() == [0, 1, 3]
    assert rows.reasons[2] is not None
    assert "zebra" in rows.reasons[2]
    assert list(rows.index) == ["p", "q", "r", "s"]


def test_missing_values_leave_rows_out_with_a_reason() -> None:
    new = DATA.head(4).assign(x=[1.0, np.nan, np.inf, -1.0])
    rows = prepare("y ~ x", DATA).design.matrix(new)
    assert rows.positions.tolist() == [0, 3]
    assert rows.reasons == (None, "x is missing", "x is infinite", None)


@pytest.mark.parametrize(("column", "value"), [("g", 1.0), ("x", "text"), ("city", 2), ("r", "one")])
def test_a_changed_type_is_refused_both_ways(column: str, value: object) -> None:
    design = prepare("y ~ g + x + city + r", DATA).design
    with pytest.raises(DataError, match=f"{column} was"):
        design.matrix(DATA.head(3).assign(**{column: [value] * 3}))


def test_a_missing_column_is_named() -> None:
    with pytest.raises(MissingColumnError, match="'x'"):
        prepare("y ~ x", DATA).design.matrix(DATA[["g"]])


def test_the_response_is_not_needed() -> None:
    assert prepare("y ~ x", DATA).design.matrix(DATA[["x"]]).x.n_rows == len(DATA)


def test_an_offset_column_comes_along() -> None:
    frame = DATA.assign(o=np.arange(60.0))
    rows = prepare("y ~ x", frame, offset="o").design.matrix(frame.iloc[5:8])
    assert rows.offset is not None
    assert rows.offset.tolist() == [5.0, 6.0, 7.0]
    assert prepare("y ~ x", DATA).design.matrix(DATA).offset is None


def test_learned_values_are_replayed_not_learned_again() -> None:
    design = prepare("y ~ scale(x) + poly(z, 2)", DATA).design
    one = design.matrix(DATA.iloc[[7]])
    assert np.array_equal(one.x.to_array()[0], prepare("y ~ scale(x) + poly(z, 2)", DATA).x.to_array()[7])


def test_a_spline_refuses_to_leave_its_range_unless_told() -> None:
    far = DATA.head(2).assign(x=[0.0, 99.0])
    with pytest.raises(DataError, match=r"99 lies outside.*extend"):
        prepare("y ~ bs(x, df=5)", DATA).design.matrix(far)
    assert np.isfinite(prepare("y ~ bs(x, df=5, extrapolation='extend')", DATA).design.matrix(far).x.to_array()).all()


def test_a_column_of_nothing_but_missing_values() -> None:
    design = prepare("y ~ g + x", DATA).design
    rows = design.matrix(pd.DataFrame({"g": [None, None], "x": [1.0, 2.0]}))
    assert rows.positions.size == 0
    assert rows.reasons == ("g is missing", "g is missing")
