"""The calibration section of a report: what the probabilities are worth, and the tests of fit."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from statlogit.diagnostics.calibration import Calibration
from statlogit.diagnostics.figures import calibration_figure, decision_figure
from statlogit.report.outline import Block, Fact, Facts, Paragraph, Section
from statlogit.tables import Kind

if TYPE_CHECKING:
    from statlogit.results.logit import LogitResult
    from statlogit.results.multinomial import MultinomialResult

FEWEST = 20  # outcomes of the rarer kind below which a calibration curve shows noise alone
BY_CONSTRUCTION = "intercept 0 and slope 1 hold there by construction, and "
NO_TESTS = "No tests of fit: they need the rows in memory; r.goodness() of a sample fitted there gives them."
APPARENT = (
    "On the rows the model was fitted to: {}the curve shows misfit of form, not optimism; r.calibration(newdata) "
    "judges other rows."
)


def assessment_sections(result: LogitResult, level: float) -> tuple[Section, ...]:
    """Calibration, after discrimination; none for separated data or where the solver stopped short."""
    if result.fit.separation.kind != "none" or result.fit.stopped_short:
        return ()
    blocks: list[Block] = []
    ranking = result._assessment.ranking
    if min(ranking.n_events, ranking.n_nonevents) >= FEWEST:
        found = result.calibration(level=level)
        blocks += [f for f in (calibration_figure(found), decision_figure(result._assessment)) if f is not None]
        blocks.append(_facts(found, _is_calibrated(result)))
    if not result.fit.frame.in_memory:
        blocks.append(Paragraph(NO_TESTS))
        return (Section("calibration", "Calibration", tuple(blocks)),)
    goodness = result.goodness()
    if any(isinstance(p, float) and math.isfinite(p) for p in goodness.column("p_value")):
        blocks.append(goodness)
    return (Section("calibration", "Calibration", tuple(blocks)),)


def class_sections(result: MultinomialResult, level: float) -> tuple[Section, ...]:
    """Each class against the rest; nothing without a certified maximum."""
    if not result.converged:
        return ()
    return (Section("calibration", "Discrimination and calibration", (result.discrimination(level=level),)),)


def _is_calibrated(result: LogitResult) -> bool:
    """The score equations of intercept and slopes make the predictions calibrated on the rows of the fit."""
    return not result.fit.settings.penalised and result.fit.frame.design.intercept is not None


def _facts(found: Calibration, is_calibrated: bool) -> Facts:
    brier = found.brier
    line = [Fact("Intercept", found.intercept, Kind.SCORE), Fact("Slope", found.slope, Kind.SCORE)]
    items = [
        *([] if is_calibrated else line),
        Fact("ICI (mean |error|)", found.ici, Kind.SCORE),
        Fact("E50 (median)", found.e50, Kind.SCORE),
        Fact("E90", found.e90, Kind.SCORE),
        Fact("Largest", found.e_max, Kind.SCORE),
        Fact("Log loss", found.log_loss, Kind.SCORE),
        Fact("Brier score", brier.brier, Kind.SCORE),
        Fact("Reliability", brier.reliability, Kind.SCORE, note="0 is best"),
        Fact("Resolution", brier.resolution, Kind.SCORE),
        Fact("Uncertainty", brier.uncertainty, Kind.SCORE),
        Fact("Within bins", brier.within_variance - brier.within_covariance, Kind.SCORE),
    ]
    shown = [f for f in items if isinstance(f.value, float) and math.isfinite(f.value)]
    note = APPARENT.format(BY_CONSTRUCTION if is_calibrated else "")
    return Facts("calibration", "Calibration and Brier score in numbers", tuple(shown), note)
