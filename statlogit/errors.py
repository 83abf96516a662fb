"""The exception and warning tree.

    StatlogitError
    |- FormulaError            the formula text: syntax, refused call, cap exceeded
    |- DataError               the data frame or one of its columns
    |  |- MissingColumnError   a name that is no column
    |  |- MissingValuesError   missing values under missing="drop" left no row, or missing="raise"
    |  |- UnseenLevelError     a level at prediction that the fit never saw
    |  |- ResponseError        the response cannot be read as an outcome
    |  `- WeightsError         weights, trials or offset out of their domain
    |- ReportError             a report format, a package it needs, a template
    |- EngineError             the cluster or the pool that ran a pass: workers lost, cancelled, another version
    |- MissingExtraError       a package that statlogit does without unless asked for; an ImportError too
    `- FitError                the numbers
       |- SeparationError      no finite maximum; carries .result
       |- NotConvergedError    the solver stopped short; carries .result
       |- RankError            a hypothesis or a design of deficient rank
       `- RowsNeededError      what was asked for needs the rows in memory, and they stay in files

    StatlogitWarning           the number returned is still usable
    |- SeparationWarning
    `- NotConvergedWarning

A message says what was wrong, with the value and the column, why it matters in one clause, and what to do.
"""

from __future__ import annotations

from typing import Any


class StatlogitError(Exception):
    """Base of every error that statlogit raises on purpose."""


class FormulaError(StatlogitError, ValueError):
    """The formula cannot be used. `str(error)` shows the place with a caret and a hint.

    formula, start, end: the text and the half-open range of characters in question, or None.
    """

    def __init__(
        self,
        message: str,
        *,
        formula: str | None = None,
        start: int | None = None,
        end: int | None = None,
        hint: str | None = None,
    ) -> None:
        self.message, self.formula, self.start, self.end, self.hint = message, formula, start, end, hint
        super().__init__(_with_caret(message, formula, start, end, hint))


class DataError(StatlogitError, ValueError):
    """The data frame, or one of its columns, cannot be used."""


class MissingColumnError(DataError, KeyError):
    """A name in the formula or an argument is not a column of the data."""

    __str__ = Exception.__str__


class MissingValuesError(DataError):
    """Missing values leave nothing to fit, or were declared an error."""


class UnseenLevelError(DataError):
    """A factor level in new data that was not there when the model was fitted."""


class ResponseError(DataError):
    """The response cannot be read as a binary, grouped or multinomial outcome."""


class WeightsError(DataError):
    """Weights, trials or offset are negative, infinite or otherwise out of their domain."""


class ReportError(StatlogitError, ValueError):
    """A report cannot be written as asked."""


class EngineError(StatlogitError, RuntimeError):
    """Whoever was asked to run a pass over the rows could not: the data and the model may be sound."""


class MissingExtraError(StatlogitError, ImportError):
    """A package of an extra is not installed. The message is one line that says what to install."""


def missing_extra(what: str, package: str, extra: str) -> MissingExtraError:
    """The error of something that needs a package of an extra, to be raised.

    >>> print(missing_extra("statlogit.plots", "matplotlib", "plot"))
    statlogit.plots needs matplotlib: pip install 'statlogit[plot]'
    """
    return MissingExtraError(f"{what} needs {package}: pip install 'statlogit[{extra}]'")


class FitError(StatlogitError):
    """No trustworthy estimate; `.result` holds what is known, or None."""

    def __init__(self, message: str, result: Any = None) -> None:
        super().__init__(message)
        self.result = result


class SeparationError(FitError):
    """The likelihood has no finite maximum: some coefficients are infinite."""


class NotConvergedError(FitError):
    """The solver stopped before it reached the maximum."""


class RankError(FitError):
    """A set of columns or restrictions is linearly dependent where it must not be."""


class RowsNeededError(FitError):
    """The rows of the fit stay in their files, and what was asked for needs them in memory."""


class StatlogitWarning(UserWarning):
    """Base of every warning: the number returned is still usable."""


class SeparationWarning(StatlogitWarning):
    """Some coefficients are infinite; the finite ones are the limits."""


class NotConvergedWarning(StatlogitWarning):
    """The estimate is the last iterate, not the maximum."""


CONTEXT_BEFORE, CONTEXT_AFTER = 50, 40


def _with_caret(message: str, formula: str | None, start: int | None, end: int | None, hint: str | None) -> str:
    lines = [message]
    if formula is not None and start is not None:
        text = formula.replace("\n", " ").replace("\t", " ")
        stop = max(end if end is not None else start + 1, start + 1)
        low, high = max(0, start - CONTEXT_BEFORE), min(len(text), stop + CONTEXT_AFTER)
        lead = "..." if low else ""
        tail = "..." if high < len(text) else ""
        marks = "^" * max(1, min(stop, high) - start)
        lines += ["", f"    {lead}{text[low:high]}{tail}", f"    {' ' * (len(lead) + start - low)}{marks}"]
    if hint:
        lines += ["", f"hint: {hint}"]
    return "\n".join(lines)
