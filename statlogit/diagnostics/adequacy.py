"""Whether the data can carry the model: dispersion of grouped outcomes, and the sample size a stable model needs."""

from __future__ import annotations

import math

import numpy as np

from statlogit.diagnostics.refusals import refuse_classes, refuse_without_maximum
from statlogit.errors import FitError
from statlogit.fit import Fit
from statlogit.inference.likelihood import ChiSquared
from statlogit.inference.statistics import fit_statistics, residual_df
from statlogit.tables import Table, table

EXPECTED, ENOUGH = 1.0, 0.8  # chi-squared over groups: this share of them must expect so many of each outcome
SHRINKAGE = 0.9  # of Riley's first criterion
OPTIMISM, PRECISION = 0.05, 0.05  # of the second and the third
DISPERSION = (
    "Pearson's statistic and the deviance over their residual df: about 1 under binomial variation, more where trials "
    "of a group are correlated or a term is missing. p: chi-squared, P(larger)."
)
SPARSE = " No p: most groups expect less than one event or non-event."
RILEY = (
    "Smallest n for a prediction model of this many parameters (Riley et al. 2019, 2020): a uniform shrinkage of 0.9; "
    "a fall of at most 0.05 from the apparent to the adjusted Nagelkerke R2; the overall risk to +- 0.05. From the "
    "model's Cox-Snell R2 {apparent:.3f}, {adjusted:.3f} once its expected shrinkage {shrinkage:.3f} is taken out. The "
    "parameters meant are those tried, so count what a selection dropped."
)


def expects_enough(fit: Fit) -> bool:
    """Whether chi-squared over groups has its distribution. Source: Larntz (1978)."""
    frame = fit.frame
    eta = frame.x.times(np.nan_to_num(fit.beta)) + frame.offset
    smaller = 1.0 / (1.0 + np.exp(np.abs(eta[:, 0])))
    return bool((frame.trials * smaller >= EXPECTED).mean() >= ENOUGH)


def pearson_dispersion(fit: Fit) -> ChiSquared:
    """Pearson's statistic with its residual degrees of freedom."""
    return ChiSquared(fit.estimate.pearson, round(residual_df(fit)))


def dispersion(fit: Fit) -> Table:
    """test statistic df dispersion p_value, for grouped data. Raises FitError for one outcome a row, or no df left."""
    refuse_classes(fit, "dispersion", "one outcome a row carries none")
    refuse_without_maximum(fit, "dispersion")
    if fit.frame.response.kind != "grouped":
        raise FitError(
            "dispersion means nothing for one outcome a row, whose variance is mu (1 - mu) whatever the model; see "
            "r.goodness() for tests over covariate patterns, or fit counts with trials=."
        )
    pearson = pearson_dispersion(fit)
    if pearson.df <= 0:
        raise FitError("the model has as many coefficients as groups, so no residual degrees of freedom are left.")
    enough = expects_enough(fit)
    made = [
        (name, found.statistic, found.df, found.statistic / found.df, found.p_value if enough else None)
        for name, found in (("Pearson", pearson), ("Deviance", ChiSquared(fit.deviance, pearson.df)))
    ]
    note = DISPERSION + ("" if enough else SPARSE)
    return table("dispersion", "Dispersion", ["test", "statistic", "df", "dispersion", "p_value"], made, note)


def sample_size(fit: Fit) -> Table:
    """item n n_events events_per_parameter: this fit, and what each criterion asks for; None where nothing is enough.

    Source: Riley et al. (2019); Riley et al. (2020), steps 1, 3 and 4 for binary outcomes. The R2 is adjusted by van
    Houwelingen and le Cessie's (1990) shrinkage 1 + p / (n log(1 - R2)).
    """
    refuse_classes(fit, "the minimum sample size", "its criteria are those of one outcome against another")
    refuse_without_maximum(fit, "the minimum sample size")
    slopes = fit.rank - (fit.frame.design.intercept is not None)
    if slopes == 0:
        raise FitError("the minimum sample size counts parameters, and this model has none beside the intercept.")
    frame = fit.frame
    n, events = float(frame.weight.sum()), float(frame.weight @ frame.y[:, 0])
    share = events / n
    apparent = fit_statistics(fit).coxsnell
    shrinkage = 1.0 + slopes / (n * math.log1p(-apparent)) if 0.0 < apparent < 1.0 else -math.inf
    adjusted = max(shrinkage * apparent, 0.0) if apparent > 0.0 else 0.0
    most = -math.expm1(2.0 * (share * math.log(share) + (1.0 - share) * math.log1p(-share)))
    small = adjusted / (adjusted + OPTIMISM * most)
    criteria = (
        ("Shrinkage at least 0.9", _for_shrinkage(slopes, adjusted, SHRINKAGE)),
        ("Optimism in R2 at most 0.05", _for_shrinkage(slopes, adjusted, small)),
        ("Overall risk to +- 0.05", math.ceil((1.96 / PRECISION) ** 2 * share * (1.0 - share))),
    )
    needed = [value for _, value in criteria]
    largest = None if None in needed else max(v for v in needed if v is not None)
    made = [("This fit", n, events, min(events, n - events) / slopes)]
    for name, value in (*criteria, ("All three", largest)):
        per = None if value is None else value * min(share, 1.0 - share) / slopes
        made.append((name, value, None if value is None else math.ceil(value * share), per))  # type: ignore[arg-type]
    note = RILEY.format(apparent=apparent, adjusted=adjusted, shrinkage=max(shrinkage, 0.0))
    return table("sample_size", "Sample size", ["item", "n", "n_events", "events_per_parameter"], made, note)


def _for_shrinkage(slopes: int, r2: float, shrinkage: float) -> int | None:
    """n at which a uniform shrinkage of this size is expected, None where the model explains nothing."""
    if not 0.0 < r2 < shrinkage < 1.0:
        return None
    return math.ceil(slopes / ((shrinkage - 1.0) * math.log1p(-r2 / shrinkage)))
