"""Effects as tables: which columns they have, and inference on the scale where it is honest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from statlogit.core.families import sigmoid
from statlogit.core.types import Array
from statlogit.design.values import Level
from statlogit.effects.delta import Estimates, Inference, infer
from statlogit.effects.subject import Subject
from statlogit.inference.multiplicity import ADJUSTMENT_NAMES, Adjustment, adjusted
from statlogit.tables import GLOSSARY, Column, Kind, Table, Value

INFERENCE = ("estimate", "std_error", "statistic", "p_value", "conf_low", "conf_high")
NEEDED_COLUMNS = ("estimate", "p_value", "conf_low", "conf_high", "other_end")
RATIOS = ("ratio", "odds")
NEEDED = (
    " Positive: one more event for that many set to the first value; negative: one event less. Where the interval of "
    "the difference holds zero, this one passes through infinity (Altman 1998): conf_low and conf_high hold the part "
    "on the estimate's side, and from other_end on, away from zero, lies the rest."
)


@dataclass(frozen=True, slots=True)
class Row:
    """One quantity for each of the K classes, on the scale of its inference, with gradients."""

    known: Mapping[str, Level]
    term: str
    contrast: str
    value: Array  # (K,) reference class first, or (K - 1,) without it; nan where it is not determined
    jacobian: Array  # (K or K - 1, p*q)


def comparison_table(
    subject: Subject,
    name: str,
    title: str,
    rows: Sequence[Row],
    compare: str,
    level: float,
    note: str,
    adjust: Adjustment | None = None,
    limits: tuple[Array, Array] | None = None,
) -> Table:
    """Slopes and comparisons with their inference: on the scale itself for differences, on the log scale for ratios.

    adjust: adds p_adjusted. limits: log limits in place of Wald's.
    """
    found = inference_of(subject, rows, level)
    if limits is not None:
        found = replace(found, low=limits[0], high=limits[1])
    names: list[tuple[str, ...]] = [(row.term, row.contrast) for row in rows for _ in class_places(subject, rows)]
    if compare == "number needed":
        columns = [GLOSSARY[c] for c in ("term", "contrast", *NEEDED_COLUMNS)]
        return _table(subject, name, title, rows, columns, names, needed(found), note + NEEDED)
    columns = [GLOSSARY[c] for c in ("term", "contrast", *INFERENCE)]
    adjusted_p = np.empty((len(names), 0))
    if adjust is not None:
        columns.append(GLOSSARY["p_adjusted"])
        adjusted_p = np.exp(adjusted(adjust, found.log_p, found.statistic, found.covariance))[:, None]
        note += f" Adjusted p-values: {ADJUSTMENT_NAMES[adjust]}, over {len(names)} comparisons."
    if compare in RATIOS:
        found = exponentiated(found)
        columns = [replace(c, kind=Kind.RATIO) if c.kind is Kind.ESTIMATE else c for c in columns]
    cells = [(*found.row(r), *map(float, adjusted_p[r])) for r in range(len(names))]
    return _table(subject, name, title, rows, columns, names, cells, note)


def inference_of(subject: Subject, rows: Sequence[Row], level: float) -> Inference:
    """Wald inference on every row and shown class, row by row."""
    places = [k for _, k in class_places(subject, rows)]
    value = np.array([row.value[places] for row in rows]).reshape(-1)
    gradient = np.array([row.jacobian[places] for row in rows]).reshape(-1, subject.beta.size)
    return infer(Estimates(value, gradient), subject.covariance, level)


def exponentiated(found: Inference) -> Inference:
    """From log ratios to ratios; the standard error by the delta method, z and p stay those of the log."""
    with np.errstate(over="ignore"):
        ratio = np.exp(found.estimate)
        return replace(
            found, estimate=ratio, std_error=ratio * found.std_error, low=np.exp(found.low), high=np.exp(found.high)
        )


def needed(found: Inference) -> list[tuple[float | None, ...]]:
    """estimate p_value conf_low conf_high other_end from risk differences.

    Source: Altman (1998), Confidence intervals for the number needed to treat, BMJ 317: 1309-1312.
    """
    out: list[tuple[float | None, ...]] = []
    ends: tuple[float | None, ...]
    for difference, p, low, high in zip(found.estimate, found.p_value, found.low, found.high, strict=True):
        with np.errstate(divide="ignore"):
            number, from_low, from_high = (float(np.float64(1.0) / v) for v in (difference, low, high))
        if low > 0.0 or high < 0.0:
            ends = (from_high, from_low, None)
        elif difference >= 0.0:
            ends = (from_high, np.inf, from_low)
        else:
            ends = (-np.inf, from_low, from_high)
        out.append((number, float(p), *ends) if np.isfinite(difference) else (*(np.nan,) * 4, None))
    return out


def prediction_table(subject: Subject, title: str, rows: Sequence[Row], level: float, kind: str, scale: str) -> Table:
    """Adjusted predictions; probabilities come as log-odds, where their limits are found, and are transformed."""
    found = inference_of(subject, rows, level)
    columns = [GLOSSARY[c] for c in ("estimate", "std_error", "conf_low", "conf_high")]
    if scale == "probability":
        mean = sigmoid(found.estimate)
        low, high = sigmoid(found.low).mu, sigmoid(found.high).mu
        found = replace(
            found, estimate=mean.mu, std_error=found.std_error * mean.mu * mean.complement, low=low, high=high
        )
        columns = [replace(c, kind=Kind.PROBABILITY) if c.kind is Kind.ESTIMATE else c for c in columns]
    cells = list(zip(*(v.tolist() for v in (found.estimate, found.std_error, found.low, found.high)), strict=True))
    named = [()] * len(cells)
    return _table(subject, "adjusted", title, rows, columns, named, cells, note_of(subject, level, kind))


def _table(
    subject: Subject,
    name: str,
    title: str,
    rows: Sequence[Row],
    columns: Sequence[Column],
    named: Sequence[tuple[str, ...]],
    cells: Sequence[tuple[float | None, ...]],
    note: str,
) -> Table:
    """Names and numbers of every row and class; before them the class, and the data's columns that tell rows apart."""
    several = [GLOSSARY["y_level"]] if subject.classes else []
    keys = list(rows[0].known) if rows else []
    taken = {column.name for column in columns}
    known = [_data_column(key, [row.known[key] for row in rows], taken) for key in keys]
    before: list[tuple[Value, ...]] = [
        (*((label,) if several else ()), *row.known.values())
        for row in rows
        for label, _ in class_places(subject, rows)
    ]
    made = tuple((*b, *n, *c) for b, n, c in zip(before, named, cells, strict=True))
    return Table(name, title, (*several, *known, *columns), made, note)


def _data_column(name: str, values: Sequence[Level], taken: set[str]) -> Column:
    numeric = all(isinstance(v, int | float) and not isinstance(v, bool) for v in values)
    return Column(f"{name}_" if name in taken else name, Kind.NUMBER if numeric else Kind.TEXT, name)


def class_places(subject: Subject, rows: Sequence[Row]) -> list[tuple[Level, int]]:
    """The classes that are shown, with their place in the rows' values; the event alone for a binary outcome.

    Probabilities have a value for every class, reference first; log-odds against the reference only for the others.
    """
    if not subject.classes:
        return [("", -1)]
    modelled = [c for k, c in enumerate(subject.classes) if k != subject.base]
    if rows and len(rows[0].value) == len(modelled):
        return [(c, k) for k, c in enumerate(modelled)]
    return [(c, 0 if k == subject.base else 1 + modelled.index(c)) for k, c in enumerate(subject.classes)]


def note_of(subject: Subject, level: float, kind: str) -> str:
    """What was averaged, and where the standard errors come from."""
    return f"{averaged_over(subject, kind)} {errors_of(subject, level)}"


def averaged_over(subject: Subject, kind: str) -> str:
    n = subject.population.n_rows
    rows = f"the typical row of {n:,} (means of numbers, commonest levels)" if kind == "at means" else f"{n:,} rows"
    return f"{'At' if kind == 'at means' else 'Averages over'} {rows}."


def errors_of(subject: Subject, level: float) -> str:
    return f"Delta-method standard errors, {subject.covariance_name} covariance; {100 * level:g}% intervals."
