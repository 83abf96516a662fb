"""statlogit fit: one model, its report, its file."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from statlogit.cli import options as shared
from statlogit.cli.completion import columns
from statlogit.cli.documents import fit_document
from statlogit.cli.exits import EXIT_FINDINGS, EXIT_NO_MAXIMUM, exits
from statlogit.cli.settings import origin, sentence

if TYPE_CHECKING:
    from statlogit.diagnostics.corrected import Validation
    from statlogit.errors import FitError
    from statlogit.report.outline import Outline
    from statlogit.results import LogitResult, MultinomialResult

COVARIANCES = ("model", "HC0", "HC1", "HC2", "HC3", "cluster", "CR0", "CR1", "CR2", "CR3", "quasi", "bootstrap")
SOLVERS = ("auto", "irls", "lbfgs", "newton-cg", "gd", "sgd")


@click.command()
@click.argument("formula")
@click.argument("data", type=shared.DATA)
@shared.reports_option
@shared.templates_option
@click.option("--save", "model", metavar="FILE", type=click.Path(), help="Write the model as JSON, for predict.")
@shared.json_option
@shared.data_options
@click.option(
    "--cluster", metavar="COLUMN", multiple=True, shell_complete=columns,
    help="Column whose rows belong together; twice for two.",
)  # fmt: skip
@click.option(
    "--covariance", type=click.Choice(COVARIANCES), metavar="KIND", default="model", show_default=True,
    help=f"Covariance of the coefficients: {' '.join(COVARIANCES)}.",
)  # fmt: skip
@click.option(
    "--penalty", metavar="ridge:S[:UNITS]|firth|none",
    help="Ridge penalty of strength S in UNITS raw (default) or standardised, or Firth's.",
)  # fmt: skip
@click.option(
    "--solver",
    type=click.Choice(SOLVERS),
    default="auto",
    show_default=True,
    help="How to climb; auto chooses by size.",
)
@shared.level_option
@click.option("--ci", type=click.Choice(["wald", "profile"]), default="wald", show_default=True, help="Intervals.")
@click.option("--missing", type=click.Choice(["drop", "raise"]), default="drop", show_default=True)
@click.option("--where", metavar="TEXT", help="Which rows to use, such as \"(age > 30) & (region == 'north')\".")
@click.option("--test", "hypotheses", multiple=True, metavar="TEXT", help="Test hypotheses such as 'age = 0, a = b'.")
@click.option(
    "--validate", metavar="bootstrap:B|cv:KxR|none",
    help="Performance on new rows by B resamples, or by K-fold cross-validation R times. Reports have about a second "
    "of bootstrap by default.",
)  # fmt: skip
@click.option("--strict/--no-strict", help="Exit with 5 if there is any finding of warning or error.")
def fit(formula: str, data: str, reports: tuple[str, ...], model: str | None, as_json: bool, **options: Any) -> None:
    """Fit FORMULA (such as 'y ~ x + C(g)') to DATA.

    DATA is a CSV file, - for standard input, a Parquet file, or a folder or pattern ('sales/*.parquet') of files; what
    does not fit in memory is read block by block.
    """
    with exits(as_json):
        from statlogit.report.render import render_text
        from statlogit.report.write import write_report
        from statlogit.results.validation_report import validated

        level, strict, ci = shared.level_of(options.pop("level")), options.pop("strict"), options["ci"]
        templates = options.pop("templates")
        hypotheses, plan = options.pop("hypotheses"), shared.plan_of(options.pop("validate"))
        result, failure = _fitted(formula, data, options)
        validation, failure = _validation(result, plan, level, failure)
        tests = [result.test(text) for text in hypotheses]
        settings = origin(click.get_current_context())
        outline = _outline(result, level, ci, settings)
        if as_json:
            tidy = result.tidy(level) if ci == "wald" else result.tidy(level, ci)
            click.echo(json.dumps(fit_document(result, tidy, tests, validation, settings), indent=1))
        else:
            click.echo(render_text(validated(outline, result.fit, level, validation or False)))
            for test in tests:
                click.echo(f"\n{test}")
        for path in reports:
            # what was asked for, else about a second of bootstrap
            shown = validated(outline, result.fit, level, validation or plan is None)
            write_report(shown, Path(path), templates if shared.is_templated(path) else None)
            click.echo(f"wrote {path}", err=True)
        if model is not None:
            click.echo(f"wrote {result.save(model)}", err=True)
        if failure is not None:
            click.echo(f"error: {failure}", err=True)
            sys.exit(EXIT_NO_MAXIMUM)
        if strict and any(f.severity in ("error", "warning") for f in result.findings):
            sys.exit(EXIT_FINDINGS)


def _fitted(
    formula: str, data: str, options: dict[str, Any]
) -> tuple[LogitResult | MultinomialResult, FitError | None]:
    """The result, that of a fit without a finite maximum too, and what is wrong with it."""
    from statlogit.api import logit, multinomial
    from statlogit.errors import FitError

    is_multinomial = shared.is_multinomial(options)
    options.pop("ci", None)
    if options["penalty"] == "firth" and is_multinomial:
        raise click.UsageError("--penalty firth is not available with --multinomial; use ridge:1.0")
    if options["penalty"] == "firth" and options["solver"] not in ("auto", "irls"):
        raise click.UsageError("--penalty firth has a solver of its own; leave --solver auto")
    options |= {
        "cluster": shared.cluster_of(options["cluster"]),
        "penalty": shared.penalty_of(options["penalty"]),
        "solver": shared.solver_of(options["solver"]),
    }
    try:
        return (multinomial if is_multinomial else logit)(formula, data, **options), None
    except FitError as error:
        if error.result is None:
            raise
        return error.result, error


def _validation(
    result: LogitResult | MultinomialResult, plan: dict[str, Any] | None, level: float, failure: FitError | None
) -> tuple[Validation | None, FitError | None]:
    """What was asked for, and what went wrong with the fit or with this."""
    from statlogit.errors import FitError

    if not plan or failure is not None:
        return None, failure
    try:
        return result.validate(**plan, level=level), None
    except FitError as error:
        return None, error
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--validate") from None


def _outline(result: Any, level: float, ci: Any, settings: tuple[tuple[str, Any], ...]) -> Outline:
    """The report as a tree, before anything is said of new rows. settings: those that a file gave."""
    from statlogit.report.build import with_fact
    from statlogit.report.outline import Fact
    from statlogit.results import LogitResult, multinomial_report, summary
    from statlogit.tables import Kind

    binary = isinstance(result, LogitResult)
    outline = summary.outline(result, level, ci) if binary else multinomial_report.outline(result, level)
    if not settings:
        return outline
    return with_fact(outline, "reproducibility", Fact("Settings", sentence(settings), Kind.TEXT))
