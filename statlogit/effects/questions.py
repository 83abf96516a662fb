"""The methods about effects that results and loaded models share: each one delegation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from statlogit.effects.adjusted import Scale
from statlogit.effects.adjusted import adjusted as adjusted_table
from statlogit.effects.adjusted import pairwise as pairwise_table
from statlogit.effects.curves import effect_curve as curve_figure
from statlogit.effects.grid import EffectKind
from statlogit.effects.marginal import Comparison, Question, marginal_effects
from statlogit.effects.odds import IntervalMethod
from statlogit.effects.odds import odds_ratios as ratio_table
from statlogit.effects.subject import Subject
from statlogit.figures import EffectFigure
from statlogit.inference.multiplicity import Adjustment
from statlogit.tables import Table

Level = float


class Asked(Protocol):
    """A result or a model that knows itself on its own rows (None) or on others."""

    def _subject(self, newdata: Any) -> Subject: ...


def effects(
    self: Asked,
    variables: str | Sequence[str] | None = None,
    *,
    by: str | Sequence[str] | None = None,
    at: Mapping[str, Any] | None = None,
    kind: EffectKind = "average",
    compare: Comparison = "difference",
    change: Mapping[str, Any] | None = None,
    discrete: bool = True,
    newdata: Any = None,
    level: Level = 0.95,
) -> Table:
    """Marginal effects of the data's columns on the probability, with delta-method standard errors.

    Numbers have the slope dP/dx, differentiated through the formula (interactions, splines, log, I(x**2));
    factors the change from the reference level; truth values and 0/1 columns the change from 0 to 1, or with
    discrete=False the slope. In a multinomial fit y_level names the class, and the effects of one change on all
    classes add up to zero. variables: columns of the data, all for None. by: the groups of rows with each value of a
    column. at: values to set, {"age": [20, 30]}. kind: "average" over the rows, weighted by the outcomes they
    stand for, or "at means" of each group. compare: what is made of two average probabilities, "difference",
    "ratio", "odds" or "number needed". change: two values or an amount for numbers, {"age": (20, 30)},
    {"age": 10}, "iqr" or "sd". newdata: other rows to average over.

    Raises FitError where the fit has no finite maximum.

    >>> import pandas as pd
    >>> import statlogit as sl
    >>> data = pd.DataFrame({"x": [1, 2, 3, 4, 5, 6], "y": [0, 0, 1, 0, 1, 1]})
    >>> sl.logit("y ~ x", data).effects().to_frame()[["term", "contrast", "estimate"]].round(4)
      term contrast  estimate
    0    x    dP/dx    0.1586
    """
    question = Question(compare, change, kind, discrete, level)
    return marginal_effects(self._subject(newdata), variables, by, at, question)


def odds_ratios(
    self: Asked,
    variables: str | Sequence[str] | None = None,
    *,
    units: Mapping[str, Any] | None = None,
    at: Mapping[str, Any] | None = None,
    method: IntervalMethod = "wald",
    newdata: Any = None,
    level: float = 0.95,
) -> Table:
    """Odds ratios of the data's columns for chosen units, with Wald or profile-likelihood intervals.

    In a multinomial fit they are relative-risk ratios against the reference class, with Wald intervals.
    units: {"age": 10}, {"age": (20, 30)}, {"lwt": "iqr"} or "sd"; one unit where nothing is said. at: values of
    the columns that an interaction or a curve depends on, {"smoke": [0, 1]}; else the geometric mean over the rows.

    >>> import pandas as pd
    >>> import statlogit as sl
    >>> data = pd.DataFrame({"x": [1, 2, 3, 4, 5, 6], "y": [0, 0, 1, 0, 1, 1]})
    >>> sl.logit("y ~ x", data).odds_ratios(units={"x": 2}).to_frame()[["term", "contrast", "estimate"]].round(3)
      term contrast  estimate
    0    x       +2    11.337
    """
    return ratio_table(self._subject(newdata), variables, units, at, method, level)


def adjusted(
    self: Asked,
    variables: str | Sequence[str] | Mapping[str, Any],
    *,
    by: str | Sequence[str] | None = None,
    at: Mapping[str, Any] | None = None,
    kind: EffectKind = "average",
    scale: Scale = "probability",
    newdata: Any = None,
    level: float = 0.95,
) -> Table:
    """Adjusted predictions: every row set to each combination of values, all else as it is or "at means".

    variables: names, or {"age": [20, 30]}; factors take their levels, numbers their five-number summary. Limits of
    a probability are those of its log-odds, transformed; scale="log-odds" averages the linear predictor.

    >>> import pandas as pd
    >>> import statlogit as sl
    >>> data = pd.DataFrame({"x": [1, 2, 3, 4, 5, 6], "y": [0, 0, 1, 0, 1, 1]})
    >>> sl.logit("y ~ x", data).adjusted({"x": [2, 4]}).to_frame()[["x", "estimate"]].round(3)
       x  estimate
    0  2     0.139
    1  4     0.647
    """
    return adjusted_table(self._subject(newdata), variables, by, at, kind, scale, level)


def pairwise(
    self: Asked,
    variable: str,
    *,
    at: Mapping[str, Any] | None = None,
    kind: EffectKind = "average",
    scale: Scale = "log-odds",
    adjust: Adjustment | None = None,
    newdata: Any = None,
    level: float = 0.95,
) -> Table:
    """Every level of a column against every other: odds ratios, or differences for scale="probability".

    adjust: "holm" or "single-step" adds p_adjusted.
    """
    return pairwise_table(self._subject(newdata), variable, at, kind, scale, adjust, level)


def effect_curve(
    self: Asked,
    variable: str,
    *,
    by: str | Mapping[str, Any] | None = None,
    at: Mapping[str, Any] | None = None,
    kind: EffectKind = "average",
    points: int = 50,
    newdata: Any = None,
    level: float = 0.95,
) -> EffectFigure:
    """The adjusted probability along a column with its band, one curve for each value of by=: data of a figure."""
    return curve_figure(self._subject(newdata), variable, by, at, kind, points, level)
