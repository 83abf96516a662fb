"""One run of the demo as text and as JSON."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Self

from statlogit.demo.descent import DEFAULT_ITERATIONS, NoMaximum, Row, checked_rate, descend, exact, safe_rate
from statlogit.demo.pairs import Pairs
from statlogit.errors import DataError

LINE_WIDTH = 80
ROUNDING = 1 + 1e-12  # a loss that seems to rise by less has not risen
LARGE, SMALL = 1e5, 1e-6  # beyond these a cell is printed with an exponent


@dataclass(frozen=True, slots=True)
class Plan:
    """A run of the demo with its options: what `report_lines` prints and `as_json` writes.

    every: show rows 0, every, 2 every, ... and the last. standardize: descend on (x - centre) / scale instead of x.
    """

    pairs: Pairs
    rate: float | None = None
    iterations: int = DEFAULT_ITERATIONS
    every: int = 1
    tol: float | None = None
    standardize: bool = False

    def __post_init__(self) -> None:
        for name, value, least in (("iterations", self.iterations, 0), ("every", self.every, 1), ("tol", self.tol, 0)):
            if value is not None and not value >= least:
                raise DataError(f"{name} must be {least} or more, not {value}")


@dataclass(slots=True)
class _Run:
    """One run of a plan; last and rises are known once the rows have streamed by."""

    plan: Plan
    pairs: Pairs
    centre: float
    scale: float
    rate: float
    safe: float
    last: Row | None = None
    rises: int = 0

    @classmethod
    def of(cls, plan: Plan) -> Self:
        pairs, centre, scale = plan.pairs.standardized() if plan.standardize else (plan.pairs, 0.0, 1.0)
        return cls(plan, pairs, centre, scale, checked_rate(pairs, plan.rate), safe_rate(pairs))

    def rows(self) -> Iterator[Row]:
        """Every so many rows, and the last."""
        for row in descend(self.pairs, self.rate, self.plan.iterations, self.plan.tol):
            self.rises += self.last is not None and row.loss > self.last.loss * ROUNDING
            self.last = row
            if row.iteration % self.plan.every == 0:
                yield row
        if self.last is not None and self.last.iteration % self.plan.every:
            yield self.last

    def in_feature_units(self, w0: float, w1: float) -> tuple[float, float]:
        return w0 - w1 * self.centre / self.scale, w1 / self.scale

    def remarks(self) -> Iterator[str]:
        """What deserves a word about how the descent went."""
        if self.last is None:
            return
        k, tol = self.last.iteration, self.plan.tol
        if self.rises:
            yield f"The loss rose at {self.rises} of {k} steps: it cannot rise at a rate up to {self.safe:.6g}."
        if tol is not None and self.last.gradient <= tol:
            yield f"Stopped at iteration {k}: no component of the mean gradient is beyond {tol:g}."
        elif k < self.plan.iterations:
            yield f"Stopped at iteration {k}: the next row is not finite. Use a smaller rate."


def report_lines(plan: Plan) -> Iterator[str]:
    """The demo as text of at most 80 columns, line by line while it runs."""
    run = _Run.of(plan)
    x, y = run.pairs.x_name, run.pairs.y_name
    yield "Logistic regression by batch gradient descent"
    yield f"P({y} = 1) = 1 / (1 + exp(-(w0 + w1 {'z' if plan.standardize else x}))), {run.pairs.n_rows} rows"
    if plan.standardize:
        yield f"z = ({x} - {run.centre:.8g}) / {run.scale:.8g}"
    source = "the largest safe rate" if plan.rate is None else f"safe up to {run.safe:.6g}"
    yield f"w <- w - rate * gradient / n from w = 0, rate = {run.rate:.6g} ({source})"
    yield ""
    yield f"{'iteration':<13}{'w0':>17}{'w1':>17}{'loss':>17}"
    for row in run.rows():
        yield _line(f"{row.iteration:>9}", row.w0, row.w1, row.loss)
    yield ""
    for text in run.remarks():
        yield from textwrap.wrap(text, LINE_WIDTH)
    yield from _ending(run)


def _ending(run: _Run) -> Iterator[str]:
    end, last = exact(run.pairs), run.last
    if isinstance(end, NoMaximum):
        yield from textwrap.wrap(end.message, LINE_WIDTH)
    elif last is not None:
        yield _line("maximum", end.w0, end.w1, end.loss)
        yield _line("gap", last.w0 - end.w0, last.w1 - end.w1, last.loss - end.loss)
        if run.plan.standardize:
            yield _line(f"in {run.pairs.x_name}"[:13], *run.in_feature_units(end.w0, end.w1), end.loss)


def _line(head: str, *values: float) -> str:
    cells = (f"{v:>17.10f}" if abs(v) < LARGE and (v == 0 or abs(v) > SMALL) else f"{v:>17.8e}" for v in values)
    return f"{head:<13}" + "".join(cells)


def as_json(plan: Plan) -> str:
    """The same as one JSON document, every number in full."""
    run = _Run.of(plan)
    rows = [asdict(row) for row in run.rows()]
    end = asdict(exact(run.pairs))
    last = run.last
    if last is not None and end["kind"] == "maximum":
        end["gap"] = {name: getattr(last, name) - end[name] for name in ("w0", "w1", "loss")}
    document = {
        "n_rows": run.pairs.n_rows,
        "feature": run.pairs.x_name,
        "label": run.pairs.y_name,
        "rate": run.rate,
        "safe_rate": run.safe,
        "standardized": {"centre": run.centre, "scale": run.scale} if plan.standardize else None,
        "rows": rows,
        "n_rises": run.rises,
        "remarks": list(run.remarks()),
        "exact": end,
    }
    return json.dumps(document, indent=1, allow_nan=False)
