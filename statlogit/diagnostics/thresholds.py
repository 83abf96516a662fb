"""What a cut in the probability does: classification by threshold, precision and recall, net benefit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from statlogit.core.types import Array
from statlogit.diagnostics.ranking import Ranking
from statlogit.inference.proportions import wilson
from statlogit.tables import Table, table

CUT_ROUNDING = 0.5e-12  # a probability that equals the cut to 12 decimals is at the cut, so positive
CUTS = tuple(k / 10 for k in range(1, 10))
DECISION_CUTS = tuple(k / 100 for k in range(1, 100))


def at_cuts(ranking: Ranking, cuts: Array) -> tuple[Array, Array]:
    """Events and non-events with a probability at or above each cut."""
    first = np.searchsorted(ranking.mu, cuts - CUT_ROUNDING)
    return ranking.n_events - ranking.events_below[first], ranking.n_nonevents - ranking.nonevents_below[first]


def thresholds(ranking: Ranking, cuts: Sequence[float] | None, level: float) -> Table:
    """One row a cut: positive is a probability >= threshold. Shares with Wilson intervals, and the counts.

    f1 = 2 tp / (2 tp + fp + fn); youden = sensitivity + specificity - 1. Shares of nothing are nan.
    Raises ValueError for a cut outside [0, 1].
    """
    cut = _checked(CUTS if cuts is None else cuts)
    tp, fp = at_cuts(ranking, cut)
    fn, tn = ranking.n_events - tp, ranking.n_nonevents - fp
    columns = {"threshold": cut, "true_positive": tp, "false_positive": fp, "true_negative": tn, "false_negative": fn}
    for name, part, whole in (
        ("sensitivity", tp, tp + fn), ("specificity", tn, tn + fp), ("ppv", tp, tp + fp), ("npv", tn, tn + fn)
    ):  # fmt: skip
        with np.errstate(invalid="ignore"):
            columns[name] = part / whole
        columns[f"{name}_low"], columns[f"{name}_high"] = wilson(part, whole, level)
    with np.errstate(invalid="ignore"):
        columns["f1"] = 2.0 * tp / (2.0 * tp + fp + fn)
    columns["youden"] = columns["sensitivity"] + columns["specificity"] - 1.0
    rows = zip(*(v.tolist() for v in columns.values()), strict=True)
    note = f"Positive: probability >= threshold. Limits: Wilson, {100 * level:g}%. {_best(ranking)}"
    return table("thresholds", "Classification by threshold", list(columns), rows, note)


def _checked(cuts: Sequence[float]) -> Array:
    cut = np.atleast_1d(np.asarray(cuts, dtype=np.float64))
    if cut.ndim != 1 or not ((cut >= 0.0) & (cut <= 1.0)).all():
        raise ValueError(f"cut={cuts!r} must hold probabilities between 0 and 1, for example cut=[0.2, 0.5]")
    return cut


def _best(ranking: Ranking) -> str:
    """The cut of largest Youden index, at a prediction that occurs."""
    if not ranking.is_mixed:
        return "One outcome alone has no best cut."
    youden = ranking.nonevents_below / ranking.n_nonevents - ranking.events_below / ranking.n_events
    k = int(np.argmax(youden[:-1]))
    return f"Youden's index is largest, {youden[k]:.3f}, at {ranking.mu[k]:.3g}, chosen on these data."


@dataclass(frozen=True, slots=True)
class PrecisionRecall:
    """Precision (PPV) against recall (sensitivity) over distinct probabilities, from the largest down.

    average_precision: sum of precision times the step in recall, no interpolation (Davis and Goadrich 2006 show why).
    share_of_events: the precision of a model that knows nothing. nan where there are no events.
    """

    recall: Array
    precision: Array
    threshold: Array
    average_precision: float
    share_of_events: float


def precision_recall(ranking: Ranking) -> PrecisionRecall:
    """Ties are one step; weights count cases."""
    if not ranking.is_mixed:
        nan = float("nan")
        return PrecisionRecall(np.array([]), np.array([]), np.array([]), nan, nan)
    recall = (ranking.n_events - ranking.events_below[:-1])[::-1]  # true positives, until divided
    positive = (ranking.n_nonevents - ranking.nonevents_below[:-1])[::-1]
    positive += recall
    share, precision = ranking.n_events / float(positive[-1]), np.divide(recall, positive, out=positive)
    recall /= ranking.n_events
    average = float(np.diff(recall, prepend=0.0) @ precision)
    return PrecisionRecall(recall, precision, ranking.mu[::-1], average, share)


def decision_curve(ranking: Ranking, cuts: npt.ArrayLike | None) -> Table:
    """Net benefit of treating at probability >= threshold, of treating all and of treating none.

    net_benefit = tp / n - fp / n * t / (1 - t), in true positives per outcome; std_error of the model's, taking the
    predictions as given. Raises ValueError for a threshold outside [0, 1).
    Source: Vickers and Elkin (2006).
    """
    cut = _checked(DECISION_CUTS if cuts is None else np.asarray(cuts, dtype=np.float64).tolist())
    if (cut == 1.0).any():
        raise ValueError("a threshold of 1 has infinite odds, so no net benefit; leave it out")
    odds = cut / (1.0 - cut)
    n = ranking.n_events + ranking.n_nonevents
    tp, fp = (v / n for v in at_cuts(ranking, cut))
    benefit = tp - fp * odds
    std_error = np.sqrt(np.maximum(tp + fp * odds**2 - benefit**2, 0.0) / n)
    treat_all = ranking.n_events / n - ranking.n_nonevents / n * odds
    columns = {
        "threshold": cut, "net_benefit": benefit, "std_error": std_error, "treat_all": treat_all,
        "treat_none": np.zeros(len(cut)),
    }  # fmt: skip
    rows = zip(*(v.tolist() for v in columns.values()), strict=True)
    note = "Net benefit per outcome; a threshold t weighs a false positive as t / (1 - t) of a true one."
    return table("decision_curve", "Decision curve", list(columns), rows, note)
