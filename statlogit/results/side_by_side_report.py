"""A comparison's facts handed to the report room."""

from __future__ import annotations

from collections.abc import Sequence

from statlogit.report.outline import Block, Fact, Facts, ModelCell, ModelRow, ModelTable, Outline, Section
from statlogit.results.side_by_side import Comparison
from statlogit.tables import GLOSSARY, Finding, Kind, Table, Value, table

SHOWN = ("n", "loglik", "df", "aic", "bic", "aic_weight", "bic_weight", "r2_mcfadden", "r2_nagelkerke", "covariance")
REMEDIES = {
    "different rows": "Fit both on the rows complete for all: data.dropna(subset=['x', ...]).",
    "not nested": "Compare AIC or BIC instead; lower is better.",
}


def outline(found: Comparison) -> Outline:
    """The comparison as a tree of facts."""
    sections = (
        Section("findings", "Findings", _findings(found)),
        Section("formulas", "Models", (_formulas(found),)),
        Section("coefficients", "Coefficients", (_coefficients(found),)),
        Section("statistics", "Fit", (_statistics(found),)),
        Section("tests", "Likelihood-ratio tests", _tests(found)),
    )
    return Outline(
        title=f"Comparison of {len(found.names)} models",
        subtitle=", ".join(found.names),
        generator=f"statlogit {found.version}",
        models="; ".join(found.responses),
        highlights=(),
        sections=tuple(s for s in sections if s.blocks),
    )


def _findings(found: Comparison) -> tuple[Block, ...]:
    errors = [Finding("model", "error", f"{model}: {sentence}") for model, sentence in found.findings]
    reasons = [
        Finding("not_tested", "note", f"{pair}: no likelihood-ratio test. Reason: {reason}.", remedy=_remedy(reason))
        for pair, reason in zip(_texts(found.tests, "test"), _texts(found.tests, "reason"), strict=True)
        if reason
    ]
    rows = sorted({int(n) for n in found.statistics.column("n") if isinstance(n, int)})
    alike = [] if found.statistics.note or len(rows) > 1 else [f"All models use the same {rows[0]:,} rows."]
    notes = [Finding("rows_dropped", "note", sentence) for sentence in found.notes]
    return (*errors, *reasons, *notes, *(Finding("same_rows", "ok", sentence) for sentence in alike))


def _remedy(reason: str) -> str:
    return next((remedy for start, remedy in REMEDIES.items() if reason.startswith(start)), "")


def _texts(found: Table, name: str) -> list[str]:
    return [str(v) for v in found.column(name)]


def _formulas(found: Comparison) -> Facts:
    formulas = zip(found.names, found.statistics.column("formula"), strict=True)
    response = Fact("Models", "; ".join(found.responses))
    return Facts("model", "Models", (response, *(Fact(name, formula, Kind.CODE) for name, formula in formulas)))


def _coefficients(found: Comparison) -> ModelTable:
    """Rows in the order in which the models bring them, class by class."""
    names = [c.name for c in found.coefficients.columns]
    cells: dict[tuple[str, str], dict[str, ModelCell]] = {}
    for row in found.coefficients.rows:
        values = dict(zip(names, row, strict=True))
        error = values["std_error"]
        cell = ModelCell(values["estimate"], Kind.ESTIMATE, error if isinstance(error, float) else None)
        key = (str(values.get("y_level", "")), str(values["term"]))
        cells.setdefault(key, {})[str(values["model"])] = cell
    classes = list(dict.fromkeys(y_level for y_level, _ in cells))
    rows = tuple(
        ModelRow(f"{key[0]}: {key[1]}" if key[0] else key[1], tuple(cells[key].get(m) for m in found.names))
        for key in sorted(cells, key=lambda key: classes.index(key[0]))
    )
    title = "Coefficients, log-odds, with standard errors in brackets"
    return ModelTable("coefficients", title, found.names, rows)


def _statistics(found: Comparison) -> ModelTable:
    rows = tuple(
        ModelRow(GLOSSARY[name].label, _row(found.statistics.column(name), GLOSSARY[name].kind)) for name in SHOWN
    )
    return ModelTable("fit", "Fit statistics", found.names, rows, found.statistics.note)


def _row(values: Sequence[Value], kind: Kind) -> tuple[ModelCell | None, ...]:
    return tuple(None if v is None else ModelCell(v, kind) for v in values)


def _tests(found: Comparison) -> tuple[Block, ...]:
    columns = ("test", "statistic", "df", "p_value", "log_p")
    made = [row[: len(columns)] for row in found.tests.rows if row[1] is not None]
    return (table("tests", found.tests.title, columns, made),) if made else ()
