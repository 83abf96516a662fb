# ruff: noqa: E501 - tables of cases
"""What the left side means, and the sentence for every input that means nothing."""

import numpy as np
import pandas as pd
import pytest

from statlogit import errors
from statlogit.design import prepare

RNG = np.random.default_rng(0)
N = 30
DATA = pd.DataFrame(
    {
        "low": [0, 1] * 15,
        "age": RNG.normal(size=N),
        "g": list("abc") * 10,
        "three": ["a", "b", "c"] * 10,
        "one": 1,
        "ones": [1, 2] * 15,
        "k": [0, 2, 5] * 10,
        "m": 5,
        "five": 5.0,
        "share": [0.0, 0.4, 1.0] * 10,
        "empty": np.nan,
        "yes": ["no", "yes"] * 15,
        "truth": [False, True] * 15,
        "negative": -1.0,
        "few": 2,
        "w": [0.0, 1.0, 2.5] * 10,
        "constant": 3.0,
    }
)
INFINITE = DATA.assign(age=[np.inf, *DATA["age"][1:]])
TWICE = pd.concat([DATA, DATA[["age"]]], axis=1)


@pytest.mark.parametrize(
    ("formula", "data", "options", "kind", "said"),
    [
        ("low ~ agee", DATA, {}, errors.MissingColumnError, ["'agee'", "did you mean 'age'"]),
        ("three ~ age", DATA, {}, errors.ResponseError, ["3 levels", "event="]),
        ("one ~ age", DATA, {}, errors.ResponseError, ["one is always 1"]),
        ("ones ~ age", DATA, {}, errors.ResponseError, ["ones", "1, 2", "event=2"]),
        ("low ~ age", DATA.head(0), {}, errors.DataError, ["no rows"]),
        ("low ~ empty", DATA, {}, errors.MissingValuesError, ["empty (30)", "drop"]),
        ("low ~ age", INFINITE, {}, errors.DataError, ["age is infinite in row 0"]),
        ("low ~ age", TWICE, {}, errors.DataError, ["2 columns named 'age'", "rename"]),
        ("low ~ age", DATA, {"weights": "negative"}, errors.WeightsError, ["'negative' is negative (-1)", "use 0"]),
        ("k ~ age", DATA, {"trials": "few"}, errors.ResponseError, ["k is 5 with 2 trials", "row 2"]),
        ("low ~ foo(age)", DATA, {}, errors.FormulaError, ["'foo'", "^^^"]),
        ("low ~ age", DATA, {"weights": "ww"}, errors.MissingColumnError, ["'ww'", "'w'"]),
        ("low ~ age", DATA, {"weights": "g"}, errors.WeightsError, ["text", "numbers"]),
        ("low ~ age", DATA, {"weights": [1.0, 2.0]}, errors.DataError, ["2 values for 30 rows"]),
        ("low ~ age", DATA, {"weights": pd.Series(1.0, index=range(1, 31))}, errors.DataError, ["index differs", "to_numpy"]),
        ("low ~ age", DATA, {"weights": np.zeros(N)}, errors.WeightsError, ["zero weight"]),
        ("low ~ age", DATA, {"weights": np.full(N, np.inf)}, errors.WeightsError, ["infinite"]),
        ("low ~ age", DATA, {"offset": np.full(N, -np.inf)}, errors.WeightsError, ["offset is infinite"]),
        ("share ~ age", DATA, {}, errors.ResponseError, ["shares", "trials="]),
        ("low ~ age", DATA, {"trials": "m"}, errors.ResponseError, ["0 or 1", "cbind"]),
        ("age ~ g", DATA, {}, errors.ResponseError, ["age", "30", "threshold"]),
        ("k ~ age", DATA, {}, errors.ResponseError, ["k", "trials="]),
        ("cbind(k, negative) ~ age", DATA, {}, errors.ResponseError, ["negative failures"]),
        ("cbind(9**9**9, k) ~ age", DATA, {}, errors.ResponseError, ["infinite"]),
        ("cbind(k, g) ~ age", DATA, {}, errors.FormulaError, ["g is text"]),
        ("cbind(k, m) ~ age", DATA, {"trials": "m"}, errors.ResponseError, ["leave trials= out"]),
        ("five ~ age", DATA, {"trials": "m"}, errors.ResponseError, ["every trial"]),
        ("k ~ age", DATA, {"trials": "m", "event": 1}, errors.ResponseError, ["event="]),
        ("low ~ age", DATA, {"event": 7}, errors.ResponseError, ["event=7", "0, 1"]),
        ("low ~ age", DATA, {"reference": 0}, errors.ResponseError, ["multinomial"]),
        ("three ~ age", DATA, {"multinomial": True, "reference": "z"}, errors.ResponseError, ["'z'", "'a'"]),
        ("three ~ age", DATA, {"multinomial": True, "trials": "m"}, errors.ResponseError, ["no trials="]),
        ("low ~ age", DATA, {"missing": "ignore"}, errors.DataError, ["'ignore'"]),
        ("low ~ age", DATA, {"cluster": "nowhere"}, errors.MissingColumnError, ["'nowhere'"]),
        ("low ~ log(age)", DATA, {}, errors.DataError, ["log(age) has no value"]),
        ("low ~ log(low)", DATA, {}, errors.DataError, ["log(low) is infinite"]),
        ("low ~ scale(constant)", DATA, {}, errors.DataError, ["constant"]),
        ("low ~ poly(constant, 2)", DATA, {}, errors.DataError, ["distinct"]),
        ("low ~ C(g, contr.treatment('zz'))", DATA, {}, errors.DataError, ["'zz'", "'a', 'b', 'c'"]),
        ("low ~ C(g, levels=['a', 'b'])", DATA, {}, errors.DataError, ["'c'", "list it"]),
        ("low ~ offset(w) + age", DATA, {}, errors.FormulaError, ["offset='...'", "^"]),
        ("low ~ (1 | g)", DATA, {}, errors.FormulaError, ["random effects", "^"]),
        ("low ~ age > 3", DATA, {}, errors.FormulaError, ["I(x > 2)", "^"]),
        ("low ~ 2*age", DATA, {}, errors.FormulaError, ["I(2 * x)", "^"]),
        ("low ~ I(g + 1)", DATA, {}, errors.FormulaError, ["g is text", "^"]),
        ("low ~ 0", DATA, {}, errors.FormulaError, ["no columns"]),
        ("~ age", DATA, {}, errors.FormulaError, ["no response"]),
        ("", DATA, {}, errors.FormulaError, ["empty"]),
        ("low ~ age", 5, {}, errors.DataError, ["int", "DataFrame"]),
        ("low ~ age", "/nowhere.csv", {}, errors.DataError, ["/nowhere.csv", "cannot be read"]),
    ],
)  # fmt: skip
def test_a_bad_input_ends_in_one_clear_sentence(formula, data, options, kind, said) -> None:
    with pytest.raises(kind) as caught:
        prepare(formula, data, **options)
    assert type(caught.value) is kind
    for words in said:
        assert words in str(caught.value)


@pytest.mark.parametrize(
    ("formula", "options", "event", "sentence"),
    [
        ("low ~ age", {}, 1, "P(low = 1)"),
        ("truth ~ age", {}, True, "P(truth = True)"),
        ("yes ~ age", {}, "yes", "P(yes = yes)"),
        ("yes ~ age", {"event": "no"}, "no", "P(yes = no)"),
        ("ones ~ age", {"event": 2}, 2, "P(ones = 2)"),
        ("ones ~ age", {"event": "2"}, 2, "P(ones = 2)"),
        ("three ~ age", {"event": "c"}, "c", "P(three = c)"),
        ("I(m - k > 2) ~ age", {}, True, "P(I(m - k > 2) = True)"),
        ("g == 'b' ~ age", {}, True, "P(g == 'b' = True)"),
    ],
)
def test_binary_responses(formula: str, options: dict, event: object, sentence: str) -> None:
    found = prepare(formula, DATA, **options)
    assert (found.response.kind, found.response.event, found.response.sentence) == ("binary", event, sentence)
    assert found.y.shape == (N, 1)
    counts = dict(zip(found.response.levels, found.response.counts, strict=True))
    assert counts[event] == found.y.sum()


@pytest.mark.parametrize(
    ("formula", "options"),
    [
        ("k ~ age", {"trials": "m"}),
        ("share ~ age", {"trials": "m"}),
        ("cbind(k, m - k) ~ age", {}),
        ("k ~ age", {"trials": np.full(N, 5)}),
    ],
)
def test_grouped_responses_are_one(formula: str, options: dict) -> None:
    found = prepare(formula, DATA, **options)
    assert found.response.kind == "grouped"
    assert np.allclose(found.y[:, 0], DATA["k"] / 5, rtol=0, atol=1e-16)
    assert found.trials.tolist() == [5.0] * N
    assert found.response.counts == (5.0 * N - DATA["k"].sum(), DATA["k"].sum())


def test_multinomial_responses_have_the_other_classes_in_order() -> None:
    found = prepare("three ~ age", DATA, multinomial=True, reference="b")
    assert found.response.levels == ("a", "b", "c")
    assert found.response.reference == "b"
    assert found.y.tolist()[:3] == [[1.0, 0.0], [0.0, 0.0], [0.0, 1.0]]
    assert prepare("three ~ age", DATA, multinomial=True).response.reference == "a"


def test_zero_weights_are_dropped_and_counted_and_weights_multiply_trials() -> None:
    found = prepare("k ~ age", DATA, trials="m", weights="w")
    assert (found.n_zero_weight, found.n_missing, len(found.positions)) == (10, 0, 20)
    assert found.weight.tolist()[:2] == [5.0, 12.5]
    assert found.case_weight.tolist()[:2] == [1.0, 2.5]


def test_rows_without_trials_are_dropped() -> None:
    frame = DATA.assign(k=[0, *DATA["k"][1:]], m=[0, *DATA["m"][1:]])
    assert prepare("cbind(k, m - k) ~ age", frame).n_zero_weight == 1
    assert prepare("k ~ age", frame, trials="m").n_zero_weight == 1


def test_a_missing_weight_is_a_missing_row() -> None:
    found = prepare("low ~ age", DATA, weights=[np.nan, *[1.0] * (N - 1)])
    assert found.positions[0] == 1
    assert [(d.variable, d.count) for d in found.dropped] == [("weights", 1)]


def test_offsets_and_clusters() -> None:
    found = prepare("low ~ age", DATA, offset="w", cluster=["g", "yes"])
    assert found.offset[:, 0].tolist() == DATA["w"].tolist()
    assert found.cluster is not None
    assert found.cluster.shape == (N, 2)
    assert (found.cluster_name, found.n_clusters) == (("g", "yes"), (3, 2))
    one = prepare("three ~ age", DATA, multinomial=True, offset="w", cluster=np.arange(N) // 3)
    assert one.offset.shape == (N, 2)
    assert (one.cluster_name, one.n_clusters) == ("cluster", 10)


def test_a_constant_column_is_left_to_the_fit() -> None:
    assert prepare("low ~ constant", DATA).design.names == ("Intercept", "constant")


@pytest.mark.parametrize("kind", [np.float64, np.float32, np.int64, np.int8, np.bool_, "category", "str"])
@pytest.mark.parametrize("event", [None, 0])
def test_outcomes_of_every_type_give_one_response(kind, event) -> None:
    y = np.array([0, 1, 1, 0, 1])
    weights = np.array([0.1, 0.7, 1.0, 2.0, 3.0])
    column = pd.Series(y).astype(kind if kind == "category" else np.dtype(object) if kind == "str" else kind)
    if kind == "str":
        column = column.astype(str)
    if kind == np.bool_ and event is not None:
        event = False
    for given in (None, weights):
        frame = prepare("y ~ 1", pd.DataFrame({"y": column}), event=event, weights=given)
        w = np.ones(5) if given is None else given
        shares = y if event is None else 1 - y
        assert np.array_equal(frame.y[:, 0], shares)
        assert np.allclose(frame.response.counts, [w[y == 0].sum(), w[y == 1].sum()], rtol=1e-15)
