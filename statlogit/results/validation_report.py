"""The section on new rows of a report: apparent and corrected performance side by side."""

from __future__ import annotations

from dataclasses import replace

from statlogit.core.types import Status
from statlogit.diagnostics.corrected import Validation
from statlogit.diagnostics.validation import affordable, validation
from statlogit.errors import FitError
from statlogit.fit import Fit
from statlogit.inference.bootstrap import Bootstrap
from statlogit.report.build import in_order
from statlogit.report.outline import Block, Outline, Paragraph, Section

LONGER = "Of this size performance on new rows takes longer than a second to estimate: r.validate(budget=60) does it."


def validated(outline: Outline, fit: Fit, level: float, chosen: Validation | bool) -> Outline:
    """The report with its section on new rows.

    chosen: a validation that was made; True for as many bootstrap replications as take about a second, none where
    that is too few; False for no section. A fit without a finite maximum has none either, nor one of rows in files.
    """
    has_refits = fit.separation.kind == "none" and fit.status is Status.CONVERGED and fit.settings.inference
    if not chosen or (chosen is True and not (has_refits and fit.frame.in_memory)):
        return outline
    section = Section("validation", "Performance on new rows", (_block(fit, level, chosen),))
    return replace(outline, sections=in_order((*outline.sections, section)))


def _block(fit: Fit, level: float, chosen: Validation | bool) -> Block:
    if isinstance(chosen, Validation):
        return chosen.table
    replications = affordable(fit)
    if not replications:
        return Paragraph(LONGER)
    try:
        return validation(fit, Bootstrap(replications), level).table
    except FitError as error:
        return Paragraph(f"Not estimated: {error}")
