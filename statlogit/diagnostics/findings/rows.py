"""What the rows are like: too few events, empty cells, offsets and weights that overrule them, rows left out."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from statlogit.core.types import Array, Status
from statlogit.diagnostics.extremes import extremes
from statlogit.diagnostics.words import amount, counted, fitted_again, listed, plain, shrunk
from statlogit.fit import Fit
from statlogit.tables import Finding

FEW_EVENTS = 10.0  # events (or non-events, the fewer) per estimated slope; Peduzzi et al. (1996)
RARE, MANY_EVENTS = 0.01, 200.0  # the bias of rare events is one of few events; King and Zeng (2001)
HUGE_OFFSET = 30.0  # log-odds: probabilities within 1e-13 of 0 or 1
HIGH_LEVERAGE = 0.9
ROWS_PER_COEFFICIENT = 3.0  # with fewer rows every leverage is high
FAR = 4.0  # standard deviations: farther out, a value and not a weight makes the leverage
HEAVY = 0.5
MUCH_MISSING = 0.05


def events(fit: Fit) -> Iterator[Finding]:
    """Few events per slope, and rare ones."""
    counts = _class_counts(fit)
    fewer, total = float(counts.min()), float(counts.sum())
    rarer = "rarer outcome" if len(counts) == 2 else "rarest class"
    slopes = fit.rank - (fit.frame.design.intercept is not None)
    if slopes > 0 and fewer / slopes < FEW_EVENTS and not fit.settings.penalised:  # the remedy is at work
        yield Finding(
            "few_events",
            "note",
            f"{fewer / slopes:.2g} events per estimated slope ({amount(fewer)} of the {rarer}, "
            f"{counted(slopes, 'slope')}): estimates may be biased away from zero and intervals are wide.",
            evidence=f"{amount(fewer)} / {slopes} = {fewer / slopes:.2g}, below {FEW_EVENTS:.0f}",
            remedy=_shrink(fit, "Use fewer terms"),
            run=shrunk(fit),
        )
    if fewer / total < RARE and fewer < MANY_EVENTS:
        yield Finding(
            "rare_events",
            "note",
            f"{amount(fewer)} of {amount(total)} outcomes ({fewer / total:.2g}) are of the {rarer}: the precision is "
            f"that of {amount(fewer)} events, however many rows there are, and small probabilities are biased.",
            evidence=f"share {fewer / total:.3g}, below {RARE:g}, with fewer than {MANY_EVENTS:.0f} events",
            remedy=_shrink(fit, "Collect more events rather than more rows"),
            run="" if fit.settings.penalised else shrunk(fit),
        )


def _class_counts(fit: Fit) -> Array:
    """(K,) weighted counts, the reference class last."""
    return fit.frame.class_weights


def _shrink(fit: Fit, first: str) -> str:
    return f"{first}, or fit with penalty=sl.{'Firth()' if fit.beta.shape[1] == 1 else 'Ridge(1.0)'}."


def zero_cells(fit: Fit) -> Iterator[Finding]:
    """Levels of a factor in which one of the outcomes never happens, though nothing became infinite."""
    if fit.separation.kind != "none" or fit.frame.n_predictors > 1:
        return
    cells = []
    for factor in fit.frame.factors:
        for level in fit.frame.level_counts(factor):
            if level.n > 0 and level.events[0] in (0.0, level.n):
                never = "no events" if level.events[0] == 0.0 else "only events"
                cells.append(f"{factor} = {level.level} has {never} in {amount(level.n)}")
    if not cells:
        return
    finite = (
        "the penalty keeps the estimates finite" if fit.settings.penalised else "its own effect is not in the model"
    )
    yield Finding(
        "zero_cells",
        "note",
        f"{listed(cells)}; {finite}, and they rest on that alone.",
        evidence=f"{counted(len(cells), 'empty cell')} of level x outcome",
        remedy="Merge the level with a neighbour, or report the cell instead of the coefficient.",
    )


def offsets(fit: Fit) -> Iterator[Finding]:
    """Offsets beyond any log-odds, and the rows that they settle."""
    low, high = fit.frame.offsets
    largest = max(-low, high)
    if largest <= HUGE_OFFSET:
        return
    silent = extremes(fit).silent if fit.status is Status.CONVERGED else 0
    settled = f"; {silent:,} of {counted(fit.n_rows, 'row')} thereby inform no coefficient" if silent else ""
    if low == high and fit.frame.design.has_intercept:
        settled = "; being the same in every row, they only move the intercept"
    yield Finding(
        "huge_offsets",
        "warning",
        f"Offsets reach {largest:.4g} log-odds, where a probability is 0 or 1 to {HUGE_OFFSET / np.log(10):.0f} digits"
        f"{settled}.",
        evidence=f"offsets from {low:.4g} to {high:.4g}",
        remedy="Give the offset on the log-odds scale, for example as log(p / (1 - p)) of a known probability.",
    )


def weights(fit: Fit) -> Iterator[Finding]:
    """One row with most of the weight."""
    weight, names = fit.frame.case_weight, fit.frame.index
    if len(weight) < 2:
        return
    heaviest = int(weight.argmax())
    share = float(weight[heaviest] / weight.sum())
    if share > HEAVY:
        yield Finding(
            "dominated",
            "warning",
            f"Row {plain(names[heaviest])!r} carries {share:.0%} of the total weight, so the fit is mostly about it.",
            evidence=f"weight {weight[heaviest]:.4g} of {weight.sum():.4g}",
            remedy="Check the unit of the weights: a case weight counts how often a row was seen.",
            run=fitted_again(fit, data=f"data.drop({plain(names[heaviest])!r})"),
        )


def leverage(fit: Fit) -> Iterator[Finding]:
    """A row that alone decides a coefficient. The pass over the rows is made only where the certificate's reach, at
    least the largest x' V x, leaves room for such a row."""
    if fit.separation.kind != "none" or fit.status is not Status.CONVERGED or fit.frame.n_predictors > 1:
        return
    most = 0.25 * float(fit.frame.weight.max()) * fit.estimate.certificate.reach**2
    if fit.n_rows < ROWS_PER_COEFFICIENT * fit.rank or most <= HIGH_LEVERAGE:
        return
    found = extremes(fit)
    if found.leverage <= HIGH_LEVERAGE:
        return
    column, value, away = _farthest(fit, found.row)
    where = f": its {column} = {value:.4g} lies {away:.3g} standard deviations from the mean" if away > FAR else ""
    index = plain(fit.frame.index[found.row])
    yield Finding(
        "high_leverage",
        "warning",
        f"Row {index!r} has leverage {found.leverage:.4f} of at most 1{where}. Its outcome alone "
        "decides a combination of the coefficients.",
        evidence=f"leverage {found.leverage:.4g}, mean {fit.rank / fit.n_rows:.2g}",
        remedy="Check that row, and compare the fit without it.",
        run=fitted_again(fit, data=f"data.drop({index!r})"),
    )


def _farthest(fit: Fit, row: int) -> tuple[str, float, float]:
    """The column in which the row stands out most, its value, and how far out; no name where there is only one."""
    x, intercept = fit.frame.x, fit.frame.design.intercept
    n = fit.n_rows
    values = x.rows(row, row + 1).to_array()[0]
    mean = x.transpose_times(np.full((n, 1), 1.0 / n))[:, 0]
    square = np.diag(x.gram(np.full(n, 1.0 / n)))
    spread = np.sqrt(np.maximum(square - mean**2, 0.0))
    away = np.divide(np.abs(values - mean), spread, out=np.zeros_like(spread), where=spread > 0)
    if intercept is not None:
        away[intercept] = 0.0
    j = int(away.argmax())
    return (fit.frame.design.names[j], float(values[j]), float(away[j])) if away[j] > 0 else ("", 0.0, 0.0)


def left_out(fit: Fit) -> Iterator[Finding]:
    """Rows that were read but not used."""
    frame = fit.frame
    missing = frame.n_read - fit.n_rows - frame.n_zero_weight
    if missing:
        parts = [f"{d.variable} {d.count:,}" for d in frame.dropped if d.count]
        share = missing / frame.n_read
        yield Finding(
            "rows_dropped",
            "warning" if share > MUCH_MISSING else "note",
            f"{missing:,} of {counted(frame.n_read, 'row')} ({share:.1%}) dropped for missing values: {listed(parts)}.",
            evidence=f"{fit.n_rows:,} rows used",
            remedy='Fill the values in before fitting, or refuse such rows with missing="raise".',
            run=f"data[data[{[d.variable for d in frame.dropped if d.count]}].isna().any(axis=1)]",
        )
    if frame.n_zero_weight:
        yield Finding(
            "zero_weight",
            "note",
            f"{counted(frame.n_zero_weight, 'row')} of zero weight or zero trials dropped.",
            evidence=f"{fit.n_rows:,} rows used",
        )
