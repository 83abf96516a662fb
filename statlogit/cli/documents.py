"""The JSON documents of the command line: full precision, non-finite numbers as text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statlogit._version import __version__

if TYPE_CHECKING:
    from statlogit.diagnostics.corrected import Validation
    from statlogit.results import Comparison, LogitResult, MultinomialResult
    from statlogit.tables import Table


def fit_document(
    result: LogitResult | MultinomialResult,
    tidy: Any,
    tests: list[Table],
    validation: Validation | None,
    settings: tuple[tuple[str, Any], ...],
) -> dict[str, Any]:
    """The document of one fit. settings: those that pyproject.toml gave."""
    document = {
        "statlogit": __version__,
        "formula": result.fit.frame.design.formula,
        "models": result.fit.frame.response.sentence,
        "status": result.status,
        "converged": result.converged,
        "certificate": result.certificate.sentence,
        "findings": [
            {"code": f.code, "severity": f.severity, "sentence": f.sentence, "remedy": f.remedy, "run": f.run}
            for f in result.findings
        ],
        "coefficients": _records(tidy),
        "fit": _records(result.glance())[0] | {"df_effective": _plain(result.df_effective)},
        "trace": _records(result.trace),
    }
    if validation is not None:
        document["validation"] = _records(validation.to_frame())
    if settings:
        document["settings"] = dict(settings)
    if tests:
        document["tests"] = [{"title": t.title, "rows": _records(t.to_frame())} for t in tests]
    return document


def comparison_document(found: Comparison) -> dict[str, Any]:
    """The document of a comparison."""
    return {
        "statlogit": __version__,
        "models": _records(found.statistics.to_frame()),
        "coefficients": _records(found.coefficients.to_frame()),
        "tests": _records(found.tests.to_frame()),
        "notes": [*found.notes, *(f"{model}: {sentence}" for model, sentence in found.findings)],
    }


def _records(frame: Any) -> list[dict[str, Any]]:
    return [{k: _plain(v) for k, v in row.items()} for row in frame.to_dict("records")]


def _plain(value: Any) -> Any:
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float) and value - value != 0.0:  # nan or inf
        return str(value)
    return value
