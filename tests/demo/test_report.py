"""The demo as text and as JSON."""

import json

import pytest

from statlogit.demo import Plan, as_json, exact, read_pairs, report_lines
from statlogit.errors import DataError
from tests.demo import cases

TOY_TEXT = """\
Logistic regression by batch gradient descent
P(y = 1) = 1 / (1 + exp(-(w0 + w1 x))), 4 rows
w <- w - rate * gradient / n from w = 0, rate = 0.5 (safe up to 0.814906)

iteration                   w0               w1             loss
        0         0.0000000000     0.0000000000     0.6931471806
        1         0.0000000000     0.2500000000     0.5997775349
        2        -0.0529899298     0.3757869442     0.5673163764

The data are separated: every x up to 1 has y = 0, every x from 2.5 on has y =
1, and a threshold such as 1.75 divides them without error. Larger weights
always make the loss smaller still: it falls towards 0, no finite maximum
exists, and the weights grow for ever.
"""


def test_the_toy_prints_a_row_an_iteration_and_why_it_never_ends() -> None:
    plan = Plan(read_pairs(cases.TOY), rate=0.5, iterations=2)
    assert "\n".join(report_lines(plan)) + "\n" == TOY_TEXT


@pytest.mark.parametrize("options", [{}, {"standardize": True}, {"rate": 5.0}, {"tol": 1e-4}, {"rate": 1e307}])
@pytest.mark.parametrize("text", [cases.HOURS, cases.TOY, cases.QUASI, cases.ONE_LABEL])
def test_no_line_is_longer_than_eighty_columns(text: str, options: dict) -> None:
    assert max(map(len, report_lines(Plan(read_pairs(text), every=20, **options)))) <= 80


def test_every_shows_so_many_rows_and_the_last() -> None:
    document = json.loads(as_json(Plan(read_pairs(cases.HOURS), iterations=25, every=10)))
    assert [row["iteration"] for row in document["rows"]] == [0, 10, 20, 25]


def test_json_holds_the_maximum_and_the_gap_in_full() -> None:
    pairs = read_pairs(cases.HOURS)
    document = json.loads(as_json(Plan(pairs, iterations=3)))
    end, last = exact(pairs), document["rows"][-1]
    assert document["exact"] == {
        "kind": "maximum",
        "w0": end.w0,
        "w1": end.w1,
        "loss": end.loss,
        "gap": {name: last[name] - getattr(end, name) for name in ("w0", "w1", "loss")},
    }
    assert (document["feature"], document["label"], document["n_rows"]) == ("hours", "passed", 20)


def test_json_says_why_there_is_no_maximum() -> None:
    document = json.loads(as_json(Plan(read_pairs(cases.TOY), iterations=0)))
    assert document["exact"]["kind"] == "complete"
    assert document["exact"]["threshold"] == 1.75


def test_a_bold_rate_is_remarked_upon() -> None:
    text = "\n".join(report_lines(Plan(read_pairs(cases.HOURS), rate=1.2, iterations=60)))
    assert "The loss rose at 11 of 60 steps: it cannot rise at a rate up to 0.372892." in text


def test_stopping_early_is_explained() -> None:
    flat = "\n".join(report_lines(Plan(read_pairs(cases.HOURS), tol=1e-3, iterations=10_000, every=10_000)))
    assert "no component of the mean gradient is beyond 0.001." in flat
    wild = "\n".join(report_lines(Plan(read_pairs("1e99,0\n2,1"), rate=1e250)))
    assert "the next row is not finite. Use a smaller rate." in wild


def test_standardized_weights_come_back_in_units_of_the_feature() -> None:
    lines = list(report_lines(Plan(read_pairs(cases.HOURS), standardize=True, iterations=1)))
    end = exact(read_pairs(cases.HOURS))
    assert "z = (hours - 2.7875) / 1.4690026" in lines
    assert [float(cell) for cell in lines[-1].split()[2:]] == pytest.approx([end.w0, end.w1, end.loss], abs=1e-10)


@pytest.mark.parametrize("options", [{"iterations": -1}, {"every": 0}, {"tol": -1.0}, {"tol": float("nan")}])
def test_an_option_out_of_its_range_is_refused_by_name(options: dict) -> None:
    with pytest.raises(DataError, match=f"^{next(iter(options))} must be"):
        Plan(read_pairs(cases.TOY), **options)
