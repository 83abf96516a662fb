"""Effects in words and as one table: odds and average probability beside each other."""

from __future__ import annotations

import math
from collections.abc import Sequence

from statlogit.effects.two_scales import Limits, TwoScales
from statlogit.report import text
from statlogit.report.outline import Sentences
from statlogit.tables import GLOSSARY, Column, Kind, Table

MOST_SENTENCES = 40
COLUMNS = (
    Column("contrast", Kind.TEXT, "Comparison"),
    *(GLOSSARY[name] for name in ("odds_ratio", "or_low", "or_high")),
    Column("estimate", Kind.ESTIMATE, "Change in P"),
    *(GLOSSARY[name] for name in ("conf_low", "conf_high")),
)


def effects_table(found: Sequence[TwoScales], title: str, note: str) -> Table:
    """One row a change: the odds ratio, and the average change of the probability, with their limits."""
    rows = tuple((_change(row), *map(_or_none, (*_ratios(row.log_odds), *_limits(row.probability)))) for row in found)
    return Table("effects", title, COLUMNS, rows, note)


CLASS_COLUMNS = (
    Column("contrast", Kind.TEXT, "Comparison"),
    GLOSSARY["y_level"],
    Column("estimate", Kind.ESTIMATE, "Change in P"),
    *(GLOSSARY[name] for name in ("conf_low", "conf_high", "p_value")),
)


def class_effects_table(found: Table) -> Table:
    """Average effects on each class in few enough columns for a page of text."""
    kept = [found.column(c.name) for c in CLASS_COLUMNS[1:]]
    changes = [f"{t}: {c}" for t, c in zip(found.column("term"), found.column("contrast"), strict=True)]
    return Table("effects", found.title, CLASS_COLUMNS, tuple(zip(changes, *kept, strict=True)), found.note)


def effect_sentences(found: Sequence[TwoScales], level: float) -> Sentences:
    """One sentence a change, on both scales, with intervals."""
    items = tuple(_sentence(row) for row in found[:MOST_SENTENCES])
    more = len(found) - len(items)
    note = f"{text.count(more)} more changes are in the table alone." if more > 0 else ""
    return Sentences("effect_sentences", f"In words, with {text.confidence(level)} intervals", items, note)


def _or_none(value: float) -> float | None:
    return None if math.isnan(value) else value


def _change(row: TwoScales) -> str:
    if row.step is None:
        return f"{row.variable}: {row.after} vs {row.before}"
    return f"{row.variable}: +{_amount(row.step)}"


def _limits(found: Limits) -> tuple[float, float, float]:
    return found.estimate, found.low, found.high


def _ratios(found: Limits) -> tuple[float, float, float]:
    odds, low, high = (_exp(v) for v in _limits(found))
    return odds, low, high


def _exp(value: float) -> float:
    return math.inf if value > 709.0 else math.exp(value)


def _sentence(row: TwoScales) -> str:
    """
    >>> limits = Limits(math.log(0.98), math.log(0.91), math.log(1.05)), Limits(-0.004, -0.017, 0.009)
    >>> for part in _sentence(TwoScales("age", 1.0, "", "", *limits)).split(", "):
    ...     print(part)
    One unit more of age: odds times 0.980 (0.910 to 1.050)
    probability -0.4 percentage points on average (-1.7 to +0.9).
    """
    if math.isnan(row.log_odds.estimate):
        return f"{_subject(row)}: not determined, for it moves an aliased column away from those it is the sum of."
    ratios = zip(_ratios(row.log_odds), _limits(row.log_odds), strict=True)
    odds, *odds_ends = (text.log_ratio(ratio, log) for ratio, log in ratios)
    points, *ends = text.points(_limits(row.probability))
    return (
        f"{_subject(row)}: odds times {odds}{_between(odds_ends)}, probability {points} percentage points on average"
        f"{_between(ends)}."
    )


def _subject(row: TwoScales) -> str:
    if row.step is None:
        return f"{row.variable} {row.after} rather than {row.before}"
    amount = "One unit" if row.step == 1.0 else _amount(row.step)
    return f"{amount} more of {row.variable}"


def _amount(step: float) -> str:
    return text.count(step) if step >= 1.0 else text.number(step)


def _between(ends: Sequence[str]) -> str:
    return "" if "nan" in ends else f" ({' to '.join(ends)})"
