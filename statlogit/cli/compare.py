"""statlogit compare: models side by side."""

from __future__ import annotations

import json
import sys
from typing import Any

import click

from statlogit.cli import options as shared
from statlogit.cli.documents import comparison_document
from statlogit.cli.exits import EXIT_NO_MAXIMUM, exits


@click.command()
@click.argument("formulas", nargs=-1, required=True, metavar="FORMULA...")
@click.argument("data", type=shared.DATA)
@click.option(
    "--rows", type=click.Choice(["common", "own"]), default="common", show_default=True,
    help="Fit all to the rows complete for every formula, or each to its own.",
)  # fmt: skip
@shared.reports_option
@shared.templates_option
@shared.json_option
@shared.data_options
def compare(
    formulas: tuple[str, ...],
    data: str,
    rows: str,
    reports: tuple[str, ...],
    templates: str | None,
    as_json: bool,
    **options: Any,
) -> None:
    """Fit each FORMULA to DATA, a CSV file or - for standard input, and show the models side by side.

    Consecutive models are tested by likelihood ratio where one is nested in the next.
    """
    if len(formulas) < 2:
        raise click.UsageError("give at least two formulas before the data")
    is_multinomial = shared.is_multinomial(options)
    with exits(as_json):
        from dataclasses import replace

        from statlogit.design.complete import complete_rows
        from statlogit.design.files import read_csv
        from statlogit.results import compare as compare_results

        frame, notes = read_csv(data), []
        if rows == "common":
            found = complete_rows(formulas, frame, multinomial=is_multinomial, **options)
            frame, notes = found.data, [found.sentence] if found.sentence else []
        results, failures = _fitted(formulas, frame, is_multinomial, options)
        comparison = replace(compare_results(*results), notes=tuple(notes))
        click.echo(json.dumps(comparison_document(comparison), indent=1) if as_json else comparison.summary())
        for path in reports:
            chosen = templates if shared.is_templated(path) else None
            click.echo(f"wrote {comparison.report(path, templates=chosen)}", err=True)
        for message in (*notes, *(f"error: {failure}" for failure in failures)):
            click.echo(message, err=True)
        if failures:
            sys.exit(EXIT_NO_MAXIMUM)


def _fitted(
    formulas: tuple[str, ...], frame: Any, is_multinomial: bool, options: dict[str, Any]
) -> tuple[list[Any], list[str]]:
    """The results, those without a finite maximum too, and what is wrong with these."""
    from statlogit.api import logit, multinomial
    from statlogit.errors import FitError

    results, failures = [], []
    for k, formula in enumerate(formulas, start=1):
        try:
            results.append((multinomial if is_multinomial else logit)(formula, frame, **options))
        except FitError as error:
            if error.result is None:
                raise
            results.append(error.result)
            failures.append(f"Model {k}: {error}")
    return results, failures
