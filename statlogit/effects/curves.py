"""Effect curves: adjusted predictions along one column, by levels of another, as the data of a figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from statlogit.design.values import Level
from statlogit.effects.adjusted import adjusted, values_of
from statlogit.effects.grid import EffectKind, combinations, shown
from statlogit.effects.subject import Subject
from statlogit.effects.variables import named
from statlogit.figures import EffectCurve, EffectFigure


def effect_curve(
    subject: Subject,
    variable: str,
    by: str | Mapping[str, Any] | None,
    at: Mapping[str, Any] | None,
    kind: EffectKind,
    points: int,
    level: float,
) -> EffectFigure:
    """The adjusted probability along a column, one curve for each class and each value of another.

    by: a column, all of whose levels (numbers: quartiles) are set in turn, or {"age": [20, 30]}; unlike groups of rows
    the curves differ in that column alone. at: columns set to one value for all curves.
    """
    if points < 2:
        raise ValueError(f"points={points!r} must be at least 2")
    (along,) = named(subject.variables, [variable])
    grid = values_of(subject, along, points)
    x = tuple(map(float, range(len(grid)) if along.kind != "numeric" else grid))
    fixed = next(combinations(subject, at or {}))
    curves = [
        curve
        for apart in _apart(subject, by)
        for curve in _curves(subject, {**fixed, **apart}, apart, variable, grid, x, kind, level)
    ]
    levels = () if along.kind == "numeric" else tuple(shown(value) for value in grid)
    name = "Probability" if subject.classes else subject.sentence
    title = f"Adjusted {subject.sentence} by {variable}"
    return EffectFigure(f"curve_{variable}", title, variable, name, tuple(curves), level, levels)


def _apart(subject: Subject, by: str | Mapping[str, Any] | None) -> list[dict[str, Level]]:
    """The settings that tell the curves apart."""
    if by is None:
        return [{}]
    if isinstance(by, Mapping):
        return list(combinations(subject, by))
    (variable,) = named(subject.variables, [by])
    values = values_of(subject, variable)
    return [{by: value} for value in (values[1:-1] if variable.kind == "numeric" and len(values) > 3 else values)]


def _curves(
    subject: Subject,
    settings: Mapping[str, Level],
    apart: Mapping[str, Level],
    variable: str,
    grid: Sequence[Level],
    x: tuple[float, ...],
    kind: EffectKind,
    level: float,
) -> list[EffectCurve]:
    found = adjusted(subject, {variable: grid}, None, {k: [v] for k, v in settings.items()}, kind, "probability", level)
    frame = found.to_frame()
    classes = [None] if not subject.classes else list(subject.classes)
    curves = []
    for k, c in enumerate(classes):
        rows = frame.iloc[k :: len(classes)]
        words = [f"{name} = {shown(value)}" for name, value in apart.items()]
        label = ", ".join(([] if c is None else [shown(c)]) + words)
        y, low, high = (tuple(rows[column].tolist()) for column in ("estimate", "conf_low", "conf_high"))
        curves.append(EffectCurve(label, x, y, low, high))
    return curves
