"""How well the probabilities rank the outcomes: the ROC curve, DeLong's variance and test, concordance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from statlogit.core.types import Array, pieces
from statlogit.diagnostics.ranking import Outcomes, Ranking, ranked
from statlogit.inference.wald import critical, wald
from statlogit.tables import Table, table


@dataclass(frozen=True, slots=True)
class Roc:
    """The ROC curve over distinct probabilities, from (0, 0) to (1, 1).

    auc: probability that a random event has a larger fitted value than a random non-event, ties counted half.
    auc_se: DeLong, DeLong and Clarke-Pearson (1988), equation 3; weights are case weights.
    auc_bound: where predictions were counted in cells, the area of the rows lies within this distance of auc: half the
    share of pairs that share a cell. 0 where each distinct prediction was counted: auc is exact.
    """

    false_positive: Array
    true_positive: Array
    threshold: Array
    auc: float
    auc_se: float
    auc_bound: float = 0.0

    def conf_int(self, level: float = 0.95) -> tuple[float, float]:
        """Normal interval, wider by auc_bound on either side, cut at 0 and 1."""
        half = critical(level) * self.auc_se + self.auc_bound
        return max(self.auc - half, 0.0), min(self.auc + half, 1.0)


@dataclass(frozen=True, slots=True)
class Placements:
    """Where each distinct prediction stands among the other class: what the area and its variance are made of."""

    auc: float
    of_event: Array  # (m,) share of the non-events below, half of those at the same prediction
    of_nonevent: Array  # (m,) share of the events above, half of those at the same prediction


def placements(ranking: Ranking) -> Placements:
    """Both outcomes must occur."""
    n_events, n_nonevents = ranking.n_events, ranking.n_nonevents
    of_event, of_nonevent = np.empty(len(ranking.events)), np.empty(len(ranking.events))
    below, above = ranking.nonevents_below[:-1], ranking.events_below[1:]
    for k in pieces(len(of_event)):
        of_event[k] = (0.5 * ranking.nonevents[k] + below[k]) / n_nonevents
        of_nonevent[k] = (0.5 * ranking.events[k] + (n_events - above[k])) / n_events
    return Placements(float(ranking.events @ of_event / n_events), of_event, of_nonevent)


def roc(ranking: Ranking) -> Roc:
    """The curve and the area; nan where one class is absent."""
    if not ranking.is_mixed:
        nothing = np.array([0.0, 1.0])
        return Roc(nothing, nothing, np.array([np.inf, -np.inf]), float("nan"), float("nan"))
    found = placements(ranking)
    variance = _spread(ranking.events, found.of_event, found.auc)
    variance += _spread(ranking.nonevents, found.of_nonevent, found.auc)
    threshold = np.concatenate([[np.inf], ranking.mu[::-1]])
    true_positive, false_positive = (_shares_above(v) for v in (ranking.events_below, ranking.nonevents_below))
    bound = 0.5 * pairs(ranking).share_tied if ranking.width else 0.0
    return Roc(false_positive, true_positive, threshold, found.auc, float(np.sqrt(variance)), bound)


def _shares_above(below: Array) -> Array:
    """Of a running total its complement as a share, from the last to the first."""
    out: Array = below[-1] - below[::-1]
    out /= below[-1]
    return out


def _spread(weight: Array, values: Array, mean: float) -> float:
    """The share of one class in the variance of an area; nan for a single outcome."""
    total = weight.sum()
    with np.errstate(divide="ignore", invalid="ignore"):
        squares = sum(float(weight[k] @ (values[k] - mean) ** 2) for k in pieces(len(values)))
        return float(squares / (total - 1.0) / total)


@dataclass(frozen=True, slots=True)
class RocComparison:
    """Two areas on the same outcomes. difference = auc_first - auc_second; std_error allows for their correlation."""

    auc_first: float
    auc_second: float
    difference: float
    std_error: float
    z: float
    p_value: float
    log_p: float

    def conf_int(self, level: float = 0.95) -> tuple[float, float]:
        """Normal interval of the difference."""
        half = critical(level) * self.std_error
        return self.difference - half, self.difference + half


def compare_areas(first: Outcomes, second: Outcomes) -> RocComparison:
    """DeLong's paired test; both hold the same rows in the same order, so the outcomes agree.

    z and p are nan where the two rank alike, so that nothing is left to test.
    Source: DeLong, DeLong and Clarke-Pearson (1988), equations 4 to 6.
    """
    a, b = ranked(first), ranked(second)
    if not (a.is_mixed and b.is_mixed):
        nan = float("nan")
        return RocComparison(nan, nan, nan, nan, nan, nan, nan)
    one, two = placements(a), placements(b)
    variance = 0.0
    for weight, of_first, of_second in (
        (first.events, a.at_rows(one.of_event), b.at_rows(two.of_event)),
        (first.nonevents, a.at_rows(one.of_nonevent), b.at_rows(two.of_nonevent)),
    ):
        variance += _spread(weight, of_first - of_second, one.auc - two.auc)
    difference, std_error = one.auc - two.auc, float(np.sqrt(variance))
    test = wald(np.array([difference]), np.array([std_error if std_error > 0 else np.nan]), 0.95)
    z, p_value, log_p = (float(v[0]) for v in (test.z, test.p_value, test.log_p))
    return RocComparison(one.auc, two.auc, difference, std_error, z, p_value, log_p)


@dataclass(frozen=True, slots=True)
class Pairs:
    """Weighted pairs of an event and a non-event, by which has the larger prediction."""

    concordant: float
    discordant: float
    tied: float
    outcomes: float  # sum of the weights

    @property
    def c_index(self) -> float:
        return (self.concordant + 0.5 * self.tied) / (self.concordant + self.discordant + self.tied)

    @property
    def share_tied(self) -> float:
        return self.tied / (self.concordant + self.discordant + self.tied)

    @property
    def somers_dxy(self) -> float:
        return (self.concordant - self.discordant) / (self.concordant + self.discordant + self.tied)

    @property
    def gamma(self) -> float:
        """Goodman and Kruskal: pairs tied in the prediction left out."""
        untied = self.concordant + self.discordant
        return (self.concordant - self.discordant) / untied if untied > 0 else float("nan")

    @property
    def tau_a(self) -> float:
        """Kendall: among all pairs of outcomes, those with the same outcome included."""
        return 2.0 * (self.concordant - self.discordant) / (self.outcomes * (self.outcomes - 1.0))


def pairs(ranking: Ranking) -> Pairs:
    """Count the pairs exactly, O(m)."""
    below, above = ranking.nonevents_below[:-1], ranking.n_nonevents - ranking.nonevents_below[1:]
    concordant, discordant, tied = (float(ranking.events @ v) for v in (below, above, ranking.nonevents))
    return Pairs(concordant, discordant, tied, ranking.n_events + ranking.n_nonevents)


def concordance(ranking: Ranking) -> Table:
    """C, Somers' Dxy, Goodman-Kruskal gamma, Kendall's tau-a and the counts of pairs behind them."""
    if not ranking.is_mixed:
        return table("concordance", "Concordance", ["item", "number"], [])
    found = pairs(ranking)
    rows = [
        ("C", found.c_index),
        ("Somers' Dxy", found.somers_dxy),
        ("Goodman-Kruskal gamma", found.gamma),
        ("Kendall tau-a", found.tau_a),
        ("Concordant pairs", found.concordant),
        ("Discordant pairs", found.discordant),
        ("Tied pairs", found.tied),
    ]
    ties = f"in one cell of {ranking.width:.2g} log-odds" if ranking.width else "equal to 12 decimals"
    note = f"Pairs of an event and a non-event, counted by case weights; predictions {ties} are ties."
    return table("concordance", "Concordance", ["item", "number"], rows, note)
