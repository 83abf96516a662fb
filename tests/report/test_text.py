"""Numbers as text: nothing is hidden by rounding."""

import math

import pytest

from statlogit.report import text
from statlogit.tables import Kind


@pytest.mark.parametrize(
    ("value", "kind", "shown"),
    [
        (0.0429, Kind.P_VALUE, "0.043"),
        (0.000999, Kind.P_VALUE, "<0.001"),
        (0.0, Kind.P_VALUE, "<0.001"),
        (1.0, Kind.P_VALUE, "1.000"),
        (0.99999, Kind.P_VALUE, ">0.999"),
        (0.049999, Kind.P_VALUE, "0.049999"),
        (math.nan, Kind.P_VALUE, "nan"),
        (1e-7, Kind.ESTIMATE, "1.00e-7"),
        (-1e-7, Kind.ESTIMATE, "-1.00e-7"),
        (0.0123, Kind.STD_ERROR, "0.012"),
        (1e9, Kind.ESTIMATE, "1.00e+9"),
        (math.inf, Kind.ESTIMATE, "+inf"),
        (-math.inf, Kind.ESTIMATE, "-inf"),
        (math.nan, Kind.ESTIMATE, "nan"),
        (-0.0, Kind.STATISTIC, "0.00"),
        (12.345, Kind.STATISTIC, "12.35"),
        (1e-5, Kind.STATISTIC, "1.00e-5"),
        (2.96268, Kind.RATIO, "2.963"),
        (13.177, Kind.RATIO, "13.177"),
        (123.456, Kind.RATIO, "123.5"),
        (1.0000004, Kind.RATIO, "1.0000004"),
        (0.00012, Kind.RATIO, "0.00012"),
        (1.5e-9, Kind.RATIO, "1.50e-9"),
        (0.0, Kind.RATIO, "0"),
        (0.99996, Kind.PROBABILITY, "0.99996"),
        (0.00004, Kind.SCORE, "4.0e-5"),
        (-0.02, Kind.SCORE, "-0.020"),
        (0.3155, Kind.PERCENT, "31.6%"),
        (1.0, Kind.PERCENT, "100.0%"),
        (1234567, Kind.COUNT, "1,234,567"),
        (12.5, Kind.COUNT, "12.5"),
        (3.0, Kind.COUNT, "3"),
        (14.29, Kind.DIGITS, "14.2"),
        (4.68e-28, Kind.SMALL, "4.7e-28"),
        (0.0, Kind.SMALL, "0"),
        (-106.33399, Kind.LOGLIK, "-106.334"),
        (True, Kind.CLAIM, "yes"),
        (None, Kind.NUMBER, "-"),
        (0.1, Kind.NUMBER, "0.1"),
        ("a\nb", Kind.TEXT, "a\\nb"),
    ],
)
def test_each_kind(value: object, kind: Kind, shown: str) -> None:
    made = text.value_text(value, kind)  # type: ignore[arg-type]
    assert made == shown if kind is not Kind.P_VALUE or shown != "nan" else made in ("nan", "-")


@pytest.mark.parametrize("kind", [k for k in Kind if k not in (Kind.CLAIM, Kind.DIGITS, Kind.LOG_P)])
@pytest.mark.parametrize("exponent", range(-30, 31, 3))
def test_no_nonzero_number_prints_as_zero(kind: Kind, exponent: int) -> None:
    made = text.value_text(3.7 * 10.0**exponent, kind)
    digits = [c for c in made.split("e")[0] if c.isdigit()]
    assert any(c != "0" for c in digits)


def test_a_column_shares_its_decimals() -> None:
    assert text.column_texts([1.10953, 0.0064051, None], Kind.STD_ERROR) == ["1.1095", "0.0064", "-"]
    assert text.column_texts([1e-7, 0.5], Kind.ESTIMATE) == ["1.00e-7", "0.500"]


def test_a_trace_shows_the_last_steps() -> None:
    shown = text.column_texts([-107.28861923, -107.288617267, -131.0], Kind.LOGLIK)
    assert shown == ["-107.288619230", "-107.288617267", "-131.000000000"]


def test_tiny_p_from_its_log() -> None:
    log_p = math.log(1.2) - 348 * math.log(10)
    assert text.p_exact(0.0, log_p) == "1.2e-348"
    assert text.p_phrase(0.0, log_p) == "p < 0.001 (1.2e-348)"
    assert text.p_full(0.0, log_p).startswith("1.2000000000") or text.p_full(0.0, log_p).startswith("1.19999999")
    assert text.p_exact(0.0) == "<1e-308"
    assert text.p_exact(5.7e-7) == "5.7e-7"


def test_phrases_of_p() -> None:
    assert text.p_phrase(0.25) == "p = 0.250"
    assert text.p_phrase(0.9999) == "p > 0.999"
    assert text.p_phrase(math.nan) == "p not defined"


def test_odds_ratios_beyond_a_double() -> None:
    assert text.log_ratio(math.inf, 800.0) == "2.73e+347"
    assert text.log_ratio(0.0, -800.0) == "3.67e-348"
    assert text.log_ratio(math.inf, math.inf) == "inf"
    assert text.log_ratio(0.0, -math.inf) == "0"


def test_full_precision_reads_back() -> None:
    assert float(str(text.full(0.1 + 0.2))) == 0.1 + 0.2
    assert text.full(3) == "3"
    assert text.full("x") is None
    assert text.full(None) is None
    assert text.full(math.inf) == "inf"


def test_signs_of_print() -> None:
    assert [text.typographic(t) for t in ("-0.5", "-", "-inf", "1e-7", "a-b")] == ["−0.5", "–", "−inf", "1e-7", "a-b"]
