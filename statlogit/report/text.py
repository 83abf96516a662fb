"""Numbers become strings here and nowhere else.

One rule per kind. None of them hides a number: what would round to 0, to 1 or to the neutral value gets more digits
or scientific form, a p-value is never 0.000, infinite and undefined values say so.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence

from statlogit.report.characters import clean
from statlogit.tables import Kind, Value

DASH = "-"  # does not apply
P_FLOOR = 0.001  # below it a p-value prints as "<0.001" and its exact value in a note
LARGEST_FIXED = 1e6  # at and above it a number prints in scientific form
LARGEST_SUM = 1e9  # of log-likelihoods, deviances and chi-squareds, which grow with the rows
COEFFICIENT_DECIMALS = (3, 5)  # least and most decimals of a coefficient; a smaller one prints in scientific form
LOGLIK_TRACE_DIGITS = 12  # enough to see the last steps of Newton's method
MOST_EXPONENT = 10**6
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
LOG10 = math.log(10.0)
NEGATIVE = re.compile(r"(?<![^ (])-(?=\d[\d.,]*(?:e[-+]?\d+)?(?:[ ;,.)%]|$))|(?<=\de)-(?=\d)")


def value_text(value: Value, kind: Kind) -> str:
    """One value by its kind."""
    if value is None:
        return DASH
    if isinstance(value, str):
        return clean(value) if value or kind is not Kind.SENTENCE else ""
    if kind is Kind.CLAIM or isinstance(value, bool):
        return "yes" if value else "no"
    return _number(float(value), kind)


def column_texts(values: Sequence[Value], kind: Kind, decimals: int | None = None) -> list[str]:
    """A column of values by its kind, with as many decimals in each row as the column needs.

    decimals: of estimates, those of another column that this one belongs to.
    """
    numbers = [float(v) for v in values if isinstance(v, int | float) and not isinstance(v, bool)]
    if kind in (Kind.ESTIMATE, Kind.STD_ERROR):
        wanted = decimals_for(numbers) if decimals is None else decimals
        return [_or_text(v, kind, lambda x: fixed(x, wanted)) for v in values]
    if kind is Kind.LOGLIK:
        places = _loglik_decimals(numbers)
        return [_or_text(v, kind, lambda x: fixed(x, places, LARGEST_SUM)) for v in values]
    return [value_text(v, kind) for v in values]


def _or_text(value: Value, kind: Kind, write: Callable[[float], str]) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return write(float(value))
    return value_text(value, kind)


def _number(value: float, kind: Kind) -> str:
    if not math.isfinite(value):
        return non_finite(value)
    match kind:
        case Kind.COUNT:
            return count(value)
        case Kind.P_VALUE:
            return p_text(value)
        case Kind.RATIO:
            return ratio(value)
        case Kind.PROBABILITY | Kind.SCORE:
            return share(value)
        case Kind.PERCENT:
            return percent(value)
        case Kind.STATISTIC:
            return fixed(value, 2, LARGEST_SUM)
        case Kind.LOGLIK:
            return fixed(value, 3, LARGEST_SUM)
        case Kind.DIGITS:
            return f"{math.floor(value * 10) / 10:.1f}"  # a claim of precision is never rounded up
        case Kind.SMALL:
            return scientific(value, 2)
        case Kind.ESTIMATE | Kind.STD_ERROR:
            return fixed(value, decimals_for([value]))
        case _:
            return number(value)


def full(value: Value) -> str | None:
    """The shortest text that reads back as the same number; None for text and missing values."""
    if value is None or isinstance(value, str | bool):
        return None
    return repr(int(value)) if isinstance(value, int) else repr(float(value))


def non_finite(value: float) -> str:
    """`+inf`, `-inf` or `nan`."""
    return "nan" if math.isnan(value) else f"{value:+}"


def count(value: float) -> str:
    """A count with separators; a sum of weights that is not whole keeps up to three decimals.

    >>> count(1234567), count(12.5)
    ('1,234,567', '12.5')
    """
    whole = round(value)
    if abs(value) >= 1e15:
        return scientific(value, 4)
    if abs(value - whole) < 1e-9 * max(1.0, abs(value)) and (whole or value == 0.0):
        return f"{whole:,}"
    text = f"{value:,.3f}".rstrip("0").rstrip(".")
    return text if text not in ("0", "-0") else scientific(value, 3)


def number(value: float) -> str:
    """Any number in six significant digits."""
    if value == 0.0:
        return "0"
    return f"{value:.6g}" if 1e-4 <= abs(value) < LARGEST_FIXED else scientific(value, 4)


def scientific(value: float, digits: int) -> str:
    """Scientific form with a short exponent.

    >>> scientific(1.234e-7, 3), scientific(41.9, 2)
    ('1.23e-7', '4.2e+1')
    """
    if value == 0.0:
        return "0"
    if not math.isfinite(value):
        return non_finite(value)
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
    return f"{mantissa}e{int(exponent):+d}"


def fixed(value: float, decimals: int, largest: float = LARGEST_FIXED) -> str:
    """Fixed decimals, or scientific form where those would print a number as zero or run very long.

    >>> fixed(0.0, 3), fixed(1e-7, 3), fixed(-0.5, 3)
    ('0.000', '1.00e-7', '-0.500')
    """
    if not math.isfinite(value):
        return non_finite(value)
    if abs(value) >= largest or (value != 0.0 and abs(value) < 0.5 * 10.0**-decimals):
        return scientific(value, 3)
    return f"{value + 0.0:.{decimals}f}"


def decimals_for(values: Iterable[float]) -> int:
    """Decimals that show two significant digits of the smallest value worth writing in fixed form."""
    least, most = COEFFICIENT_DECIMALS
    needed = [needed_decimals(v) for v in values if math.isfinite(v) and v != 0.0]
    return max([least, *(d for d in needed if d <= most)])


def needed_decimals(value: float) -> int:
    """Decimals that show two significant digits of a finite value other than zero."""
    return 1 - math.floor(math.log10(abs(value)))


def _loglik_decimals(values: Sequence[float]) -> int:
    size = max((abs(v) for v in values if math.isfinite(v)), default=1.0)
    return min(9, max(3, LOGLIK_TRACE_DIGITS - len(str(int(min(size, 1e12))))))


def ratio(value: float) -> str:
    """A ratio with neutral value 1: three decimals, more where they tell on which side of 1 it lies.

    >>> ratio(2.96268), ratio(0.99964), ratio(1.0), ratio(0.00123), ratio(54321.0)
    ('2.963', '0.9996', '1.000', '0.0012', '5.43e+4')
    """
    if value == 0.0:
        return "0"
    if math.isinf(value):
        return "inf"
    if value < 1e-4 or value >= 1e4:
        return scientific(value, 3)
    if value < 0.01:
        return f"{value:.{needed_decimals(value)}f}"
    return _apart(value, 1.0, 3) if value < 100 else f"{value:.1f}"


def log_ratio(value: float, log_value: float) -> str:
    """A ratio by itself, or by its natural log where the ratio itself leaves the range of a double."""
    if math.isfinite(log_value) and (math.isinf(value) or value == 0.0):
        return power(log_value, 3)
    return ratio(value)


def power(log_value: float, digits: int) -> str:
    """exp(log_value) in scientific form for any finite log_value; beyond a million digits only as a bound.

    >>> power(-800.0, 3)
    '3.67e-348'
    """
    tens = log_value / LOG10
    if abs(tens) >= MOST_EXPONENT:
        return f">1e+{MOST_EXPONENT}" if tens > 0.0 else f"<1e-{MOST_EXPONENT}"
    exponent = math.floor(tens)
    mantissa = f"{10.0 ** (tens - exponent):.{digits - 1}f}"
    if mantissa.startswith("10"):
        mantissa, exponent = f"{1.0:.{digits - 1}f}", exponent + 1
    return f"{mantissa}e{exponent:+d}"


def share(value: float) -> str:
    """A number in [0, 1]: three decimals, more where it would print as 0 or 1 and is neither."""
    if value == 0.0 or value == 1.0:
        return f"{value:.3f}"
    if abs(value) < 0.0005:
        return scientific(value, 2)
    return _apart(value, 1.0, 3)


def percent(value: float) -> str:
    """A share in percent.

    >>> percent(0.3155), percent(0.00001)
    ('31.6%', '0.001%')
    """
    hundredfold = 100.0 * value
    if value in (0.0, 1.0) or abs(hundredfold) >= 0.05:
        return f"{hundredfold:.1f}%"
    return f"{hundredfold:.1g}%" if abs(hundredfold) >= 1e-4 else f"{scientific(hundredfold, 2)}%"


def points(values: Sequence[float]) -> list[str]:
    """Differences of probabilities in percentage points with their signs; more decimals for a narrow range.

    >>> points((-0.004, -0.017, 0.009)), points((0.00012, 0.00010, 0.00014))
    (['-0.4', '-1.7', '+0.9'], ['+0.0120', '+0.0100', '+0.0140'])
    """
    sizes = [abs(v - values[0]) for v in values[1:]] + [abs(v) for v in values]
    known = [100.0 * s for s in sizes if math.isfinite(s) and s > 0.0]
    decimals = min(max(1, needed_decimals(max(known[:2])) if known else 1), 6)
    return [f"{100.0 * v + 0.0:+.{decimals}f}" if math.isfinite(v) else non_finite(v) for v in values]


def _apart(value: float, mark: float, decimals: int) -> str:
    """Decimals enough that the text of a value next to a mark does not read as the mark.

    >>> _apart(0.9999, 1.0, 3), _apart(1.0 - 1e-15, 1.0, 3)
    ('0.9999', '<1.000')
    """
    for places in range(decimals, 8):
        shown = f"{value:.{places}f}"
        if value == mark or float(shown) != mark:
            return shown
    return f"{'<' if value < mark else '>'}{mark:.{decimals}f}"


def p_text(p: float, log_p: float | None = None) -> str:
    """A p-value in three decimals, `<0.001` below that; never 0.000 or 1.000 unless exactly 1.

    >>> p_text(0.0429), p_text(1e-30), p_text(0.0, -800.0), p_text(0.04996), p_text(0.9999)
    ('0.043', '<0.001', '<0.001', '0.04996', '>0.999')
    """
    if math.isnan(p):
        return DASH
    if is_tiny(p, log_p):
        return "<0.001"
    return ">0.999" if 0.9995 <= p < 1.0 else _apart(p, 0.05, 3)


def is_tiny(p: float, log_p: float | None = None) -> bool:
    """True where the p-value prints as `<0.001`."""
    return (log_p < math.log(P_FLOOR)) if log_p is not None and not math.isnan(log_p) else p < P_FLOOR


def p_exact(p: float, log_p: float | None = None, digits: int = 2) -> str:
    """The p-value in scientific form, from its natural log where that is known.

    >>> p_exact(0.0, -800.0)
    '3.7e-348'
    """
    if log_p is not None and math.isfinite(log_p):
        return power(log_p, digits)
    return scientific(p, digits) if p > 0.0 else "<1e-308"


def p_full(p: float, log_p: float | None = None) -> str:
    """The p-value in full precision; beyond the range of a double, from its log."""
    return repr(float(p)) if p > 0.0 or log_p is None or not math.isfinite(log_p) else power(log_p, 12)


def p_phrase(p: float, log_p: float | None = None) -> str:
    """A p-value for a sentence: `p = 0.043`, `p < 0.001 (3.7e-348)`."""
    if math.isnan(p):
        return "p not defined"
    if is_tiny(p, log_p):
        return f"p < 0.001 ({p_exact(p, log_p)})"
    text = p_text(p)
    return f"p {text[0]} {text[1:]}" if text[0] in "<>" else f"p = {text}"


def interval_text(low: str, high: str) -> str:
    """Two ends that are already text."""
    return f"{low}, {high}"


def confidence(level: float) -> str:
    """The level of an interval.

    >>> confidence(0.95), confidence(0.999)
    ('95%', '99.9%')
    """
    return f"{100.0 * level:.6g}%"


def power_of_ten(exponent: int) -> str:
    """A tick of a log axis: 10⁻³."""
    return "1" if exponent == 0 else "10" + str(exponent).translate(SUPERSCRIPTS)


def tick(value: float) -> str:
    """A tick of a linear or ratio axis, without trailing zeros.

    >>> tick(0.25), tick(4000.0), tick(150000.0), tick(2.5e7), tick(-0.00002)
    ('0.25', '4000', '150,000', '2.5e+7', '-2e-5')
    """
    if value == 0.0 or 1e-4 <= abs(value) < 1e7:
        return f"{value:,.10g}" if abs(value) >= 1e4 else f"{value:g}"
    mantissa, exponent = f"{value:.6e}".split("e")
    return f"{mantissa.rstrip('0').rstrip('.')}e{int(exponent):+d}"


def typographic(text: str) -> str:
    """The same number with a true minus sign and an en dash for 'does not apply'; for HTML alone."""
    if text == DASH:
        return "–"
    return "−" + text[1:] if text.startswith("-") and (text[1:2].isdigit() or text == "-inf") else text


def typeset(sentence: str) -> str:
    """A sentence whose negative numbers and exponents have true minus signs, at which no line breaks; for HTML alone.

    >>> typeset("x-1: -0.5 points (-1.8 to 1.4e-13)")
    'x-1: −0.5 points (−1.8 to 1.4e−13)'
    """
    return NEGATIVE.sub("−", sentence)
