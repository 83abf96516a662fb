"""The command line. Results on standard output, messages on standard error; exit codes in EXIT.

click is imported here only; the numerical rooms are imported inside the commands, so that --help is quick.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NoReturn

import click

from statlogit._version import __version__

if TYPE_CHECKING:
    from statlogit.diagnostics.corrected import Validation
    from statlogit.errors import FitError
    from statlogit.results import Comparison, LogitResult, MultinomialResult
    from statlogit.tables import Table

COVARIANCES = ("model", "HC0", "HC1", "HC2", "HC3", "cluster", "CR0", "CR1", "CR2", "CR3", "quasi", "bootstrap")
REPORT_HELP = "Write a report: .html .txt .md .tex .json .docx .xlsx."
EXPORTS = ["sql", "python", "onnx", "pmml"]
EXIT_BUG, EXIT_DATA, EXIT_NO_MAXIMUM, EXIT_FINDINGS, EXIT_INTERRUPT = 1, 3, 4, 5, 130


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80})
@click.version_option(__version__, prog_name="statlogit")
def main() -> None:
    """Logistic regression from a formula and a data file.

    Exit codes: 0 ok, 2 usage, 3 data or formula, 4 no finite maximum or not converged, 5 findings under --strict,
    130 interrupted.
    """


@main.command()
@click.argument("formula")
@click.argument("data")
@click.option(
    "--report", "reports", multiple=True, metavar="FILE", callback=lambda *given: _writable(given[-1]), help=REPORT_HELP
)
@click.option("--save", "model", metavar="FILE", help="Write the model as JSON, for predict.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of the text report.")
@click.option("--event", metavar="LEVEL", help="The modelled level of the response.")
@click.option("--multinomial", is_flag=True, help="Fit every class of the response against a reference class.")
@click.option("--reference", metavar="LEVEL", help="The reference class of --multinomial.")
@click.option("--trials", metavar="COLUMN", help="Column with the number of trials.")
@click.option("--weights", metavar="COLUMN", help="Column with case weights.")
@click.option("--offset", metavar="COLUMN", help="Column with an offset, log-odds.")
@click.option("--cluster", metavar="COLUMN", multiple=True, help="Column whose rows belong together; twice for two.")
@click.option(
    "--covariance", type=click.Choice(COVARIANCES), metavar="KIND", default="model", show_default=True,
    help=f"Covariance of the coefficients: {' '.join(COVARIANCES)}.",
)  # fmt: skip
@click.option(
    "--penalty", metavar="ridge:S[:UNITS]|firth",
    help="Ridge penalty of strength S in UNITS raw (default) or standardised, or Firth's.",
)  # fmt: skip
@click.option(
    "--solver", type=click.Choice(["auto", "irls", "lbfgs", "newton-cg", "gd", "sgd"]), default="auto",
    show_default=True, help="How to climb; auto chooses by size.",
)  # fmt: skip
@click.option("--level", type=float, default=0.95, show_default=True, help="Confidence level.")
@click.option("--ci", type=click.Choice(["wald", "profile"]), default="wald", show_default=True, help="Intervals.")
@click.option("--missing", type=click.Choice(["drop", "raise"]), default="drop", show_default=True)
@click.option("--test", "hypotheses", multiple=True, metavar="TEXT", help="Test hypotheses such as 'age = 0, a = b'.")
@click.option(
    "--validate", metavar="bootstrap:B|cv:KxR|none",
    help="Performance on new rows by B resamples, or by K-fold cross-validation R times. Reports have about a second "
    "of bootstrap by default.",
)  # fmt: skip
@click.option("--strict", is_flag=True, help="Exit with 5 if there is any finding of warning or error.")
def fit(formula: str, data: str, reports: tuple[str, ...], model: str | None, as_json: bool, **options: Any) -> None:
    """Fit FORMULA (such as 'y ~ x + C(g)') to DATA.

    DATA is a CSV file, - for standard input, a Parquet file, or a folder or pattern ('sales/*.parquet') of files; what
    does not fit in memory is read block by block.
    """
    with _exits(as_json):
        from statlogit.errors import FitError
        from statlogit.results.summary import text_report, write

        options["cluster"] = _cluster(options["cluster"])
        if _is_multinomial(options):
            _fit_classes(formula, data, reports, model, as_json, **options)
            return
        from statlogit.api import logit

        level, strict, ci = _level(options.pop("level")), options.pop("strict"), options.pop("ci")
        hypotheses = options.pop("hypotheses")
        plan = _plan(options.pop("validate"))
        if options["penalty"] == "firth" and options["solver"] not in ("auto", "irls"):
            raise click.UsageError("--penalty firth has a solver of its own; leave --solver auto")
        penalty, solver = _penalty(options.pop("penalty")), _solver(options.pop("solver"))
        failure: FitError | None = None
        try:
            result = logit(formula, data, penalty=penalty, solver=solver, **options)
        except FitError as error:
            if error.result is None:
                raise
            result, failure = error.result, error
        validation, failure = _validated(result, plan, level, failure)
        tests = [result.test(text) for text in hypotheses]
        text = text_report(result, level, ci, validation)
        _print(text, _document(result, result.tidy(level, ci), validation), tests, as_json)
        for path in reports:
            write(result, Path(path), level, ci, validation=_shown(plan, validation))
            click.echo(f"wrote {path}", err=True)
        if model is not None:
            click.echo(f"wrote {result.save(model)}", err=True)
        if failure is not None:
            click.echo(f"error: {failure}", err=True)
            sys.exit(EXIT_NO_MAXIMUM)
        if strict and any(f.severity in ("error", "warning") for f in result.findings):
            sys.exit(EXIT_FINDINGS)


def _is_multinomial(options: dict[str, Any]) -> bool:
    """Take --multinomial out of the options and refuse what does not go with it, or with its absence."""
    if not options.pop("multinomial"):
        if options.pop("reference") is not None:
            raise click.UsageError("--reference goes with --multinomial; a binary response takes --event")
        return False
    defaults = {"event": None, "trials": None, "ci": "wald"}
    for name in defaults:
        if name in options and options.pop(name) != defaults[name]:
            raise click.UsageError(f"--{name} is not available with --multinomial")
    return True


def _fit_classes(
    formula: str, data: str, reports: tuple[str, ...], model: str | None, as_json: bool, **options: Any
) -> None:
    from statlogit.api import multinomial
    from statlogit.errors import FitError

    level, strict, hypotheses = _level(options.pop("level")), options.pop("strict"), options.pop("hypotheses")
    plan = _plan(options.pop("validate"))
    penalty = _penalty(options.pop("penalty"))
    if penalty is not None and not hasattr(penalty, "strength"):
        raise click.UsageError("--penalty firth is not available with --multinomial; use ridge:1.0")
    solver, failure = _solver(options.pop("solver")), None
    try:
        result = multinomial(formula, data, penalty=penalty, solver=solver, **options)
    except FitError as error:
        if error.result is None:
            raise
        result, failure = error.result, error
    validation, failure = _validated(result, plan, level, failure)
    tests = [result.test(text) for text in hypotheses]
    text = result.summary(level, validation=validation)
    _print(text, _document(result, result.tidy(level), validation), tests, as_json)
    for path in reports:
        result.report(path, level, validation=_shown(plan, validation))
        click.echo(f"wrote {path}", err=True)
    if model is not None:
        click.echo(f"wrote {result.save(model)}", err=True)
    if failure is not None:
        click.echo(f"error: {failure}", err=True)
        sys.exit(EXIT_NO_MAXIMUM)
    if strict and any(f.severity in ("error", "warning") for f in result.findings):
        sys.exit(EXIT_FINDINGS)


@main.command()
@click.argument("formulas", nargs=-1, required=True, metavar="FORMULA...")
@click.argument("data")
@click.option(
    "--rows",
    type=click.Choice(["common", "own"]),
    default="common",
    show_default=True,
    help="Fit all to the rows complete for every formula, or each to its own.",
)
@click.option(
    "--report", "reports", multiple=True, metavar="FILE", callback=lambda *given: _writable(given[-1]), help=REPORT_HELP
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of the text report.")
@click.option("--event", metavar="LEVEL", help="The modelled level of the response.")
@click.option("--multinomial", is_flag=True, help="Fit every class of the response against a reference class.")
@click.option("--reference", metavar="LEVEL", help="The reference class of --multinomial.")
@click.option("--trials", metavar="COLUMN", help="Column with the number of trials.")
@click.option("--weights", metavar="COLUMN", help="Column with case weights.")
@click.option("--offset", metavar="COLUMN", help="Column with an offset, log-odds.")
def compare(
    formulas: tuple[str, ...], data: str, rows: str, reports: tuple[str, ...], as_json: bool, **options: Any
) -> None:
    """Fit each FORMULA to DATA, a CSV file or - for standard input, and show the models side by side.

    Consecutive models are tested by likelihood ratio where one is nested in the next.
    """
    if len(formulas) < 2:
        raise click.UsageError("give at least two formulas before the data")
    is_multinomial = _is_multinomial(options)
    with _exits(as_json):
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
        click.echo(json.dumps(_comparison(comparison), indent=1) if as_json else comparison.summary())
        for path in reports:
            click.echo(f"wrote {comparison.report(path)}", err=True)
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


def _comparison(found: Comparison) -> dict[str, Any]:
    """The JSON document of a comparison."""
    return {
        "statlogit": __version__,
        "models": _records(found.statistics.to_frame()),
        "coefficients": _records(found.coefficients.to_frame()),
        "tests": _records(found.tests.to_frame()),
        "notes": [*found.notes, *(f"{model}: {sentence}" for model, sentence in found.findings)],
    }


@main.command()
@click.argument("model")
@click.argument("data")
@click.option("--output", "-o", metavar="FILE", help="Write the CSV to this file instead of standard output.")
@click.option("--kind", type=click.Choice(["probability", "link"]), default="probability", show_default=True)
@click.option("--interval", is_flag=True, help="Add standard error and confidence limits.")
@click.option("--level", type=float, default=0.95, show_default=True, help="Confidence level.")
@click.option("--unseen", type=click.Choice(["raise", "nan"]), default="raise", show_default=True)
@click.option("--flags", is_flag=True, help="Add why a row has no prediction, and whether it extrapolates.")
def predict(
    model: str, data: str, output: str | None, kind: Any, interval: bool, level: float, unseen: Any, flags: bool
) -> None:
    """Predict the rows of DATA (CSV, or - for standard input) with MODEL, a file written by fit --save."""
    with _exits():
        from statlogit.persist import ClassModel, load

        loaded = load(model)
        wanted: Literal["confidence"] | None = "confidence" if interval else None
        if not isinstance(loaded, ClassModel):
            found: Any = loaded.predict(data, kind, wanted, _level(level), unseen, flags)
        elif kind == "link":
            raise click.UsageError("--kind link is not available for a multinomial model")
        else:
            found = loaded.predict(data, wanted, _level(level), unseen, flags)
            found.columns = [" ".join(map(str, c)).strip() if isinstance(c, tuple) else c for c in found.columns]
        text = found.to_csv(index_label="row")
        if output is None:
            click.echo(text, nl=False)
        else:
            Path(output).write_text(text, encoding="utf-8")
            click.echo(f"wrote {output}", err=True)


@main.command()
@click.argument("model", type=click.Path())
@click.option(
    "--to", "target", type=click.Choice(["sql", "python", "onnx", "pmml"]), required=True, help="What to write."
)
@click.option("--table", default="data", show_default=True, help="The table that the SQL query reads.")
@click.option("-o", "--output", type=click.Path(), default=None, help="Write to this file.")
def export(model: str, target: str, table: str, output: str | None) -> None:
    """Write MODEL, a file written by fit --save, as code that scores rows without statlogit."""
    if target == "onnx":
        _check_onnx(output)
    with _exits():
        from statlogit.export import score_of, to_pmml, to_python, to_sql
        from statlogit.persist import load

        score = score_of(load(model))
        if target == "onnx" and output is not None:
            from statlogit.export.onnx import to_onnx

            Path(output).write_bytes(to_onnx(score))
            click.echo(f"wrote {output}", err=True)
            return
        writers = {"sql": lambda: to_sql(score, table), "python": lambda: to_python(score)}
        text = writers[target]() if target in writers else to_pmml(score).decode("utf-8")
        if output is None:
            click.echo(text, nl=False)
        else:
            Path(output).write_text(text, encoding="utf-8")
            click.echo(f"wrote {output}", err=True)


@main.command()
@click.argument("file", required=False)
@click.option("--lr", "rate", type=float, default=None, help="Learning rate; the safe rate of the data by default.")
@click.option("--iters", "iterations", type=int, default=None, help="Updates to make.")
@click.option("--every", type=int, default=1, show_default=True, help="Print every k-th iteration.")
@click.option("--tol", type=float, default=None, help="Stop when the mean gradient is this small.")
@click.option("--standardize", is_flag=True, help="Centre and scale the feature first.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.option("--html", type=click.Path(path_type=Path), default=None, help="Write the teaching page to this file.")
def demo(file: str | None, as_json: bool, html: Path | None, **options: Any) -> None:
    """Batch gradient descent of w0 + w1*x on lines 'feature,label' of FILE (- for standard input)."""
    with _exits(as_json):
        from statlogit import demo as room

        pairs = _pairs(room, file, html)
        plan = room.Plan(pairs, **{k: v for k, v in options.items() if v is not None})
        if html is not None:
            html.write_text(room.page(pairs), encoding="utf-8")
            click.echo(f"wrote {html}", err=True)
        elif as_json:
            click.echo(room.as_json(plan))
        else:
            for line in room.report_lines(plan):
                click.echo(line)


def _pairs(room: Any, file: str | None, html: Path | None) -> Any:
    if file not in (None, "-"):
        return room.read_pairs(_text(Path(file)))
    if file is None and html is not None:
        return room.read_pairs(room.TOY)
    if file is None and sys.stdin.isatty():
        return room.read_interactively()
    return room.read_pairs(sys.stdin.read())


def _text(path: Path) -> str:
    from statlogit.errors import DataError

    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"cannot read {path}: {error}") from error


@main.command()
def info() -> None:
    """Versions of statlogit and of what it stands on."""
    import platform
    from importlib.metadata import PackageNotFoundError, version

    click.echo(f"statlogit {__version__}  Python {platform.python_version()}  {platform.machine()}")
    for name in ("numpy", "scipy", "pandas", "formulaic", "jinja2", "narwhals", "polars", "pyarrow"):
        try:
            click.echo(f"  {name:10} {version(name)}")
        except PackageNotFoundError:
            click.echo(f"  {name:10} not installed")


@contextmanager
def _exits(as_json: bool = False) -> Iterator[None]:
    """Turn what went wrong into one message on standard error and the exit code of the contract."""
    from statlogit.errors import StatlogitError

    try:
        yield
    except (StatlogitError, OSError) as error:
        _fail(error, as_json)
    except KeyboardInterrupt:
        click.echo("interrupted", err=True)
        sys.exit(EXIT_INTERRUPT)


def _fail(error: Exception, as_json: bool) -> NoReturn:
    if as_json:
        click.echo(json.dumps({"error": {"type": type(error).__name__, "message": str(error)}}, indent=1))
    click.echo(f"error: {error}", err=True)
    sys.exit(EXIT_DATA)


def _writable(reports: tuple[str, ...]) -> tuple[str, ...]:
    """Refuse a report that cannot be written before anything is fitted."""
    if reports:
        from statlogit.errors import ReportError
        from statlogit.report.write import check_format

        for path in reports:
            try:
                check_format(path)
            except ReportError as error:
                raise click.BadParameter(str(error)) from error
    return reports


def _level(level: float) -> float:
    if not 0.0 < level < 1.0:
        raise click.BadParameter(f"{level} must lie strictly between 0 and 1", param_hint="--level")
    return level


def _check_onnx(output: str | None) -> None:
    from importlib.util import find_spec

    if output is None:
        raise click.UsageError("--to onnx writes bytes; say where with -o FILE")
    if find_spec("onnx") is None:
        raise click.UsageError("--to onnx needs the package onnx: pip install 'statlogit[onnx]'")


def _cluster(columns: tuple[str, ...]) -> str | tuple[str, ...] | None:
    if len(columns) > 2:
        raise click.BadParameter(f"{len(columns)} columns; one or two", param_hint="--cluster")
    return (columns if len(columns) == 2 else columns[0]) if columns else None


def _penalty(text: str | None) -> Any:
    if text is None:
        return None
    from statlogit.api import Firth, Ridge

    if text == "firth":
        return Firth()
    kind, _, rest = text.partition(":")
    strength, _, units = rest.partition(":")
    try:
        if kind != "ridge":
            raise ValueError
        return Ridge(float(strength), units or "raw")  # type: ignore[arg-type]  # Ridge refuses other words
    except ValueError:
        hint = "write ridge:1.0, ridge:1.0:standardised or firth"
        raise click.BadParameter(f"{text!r}: {hint}", param_hint="--penalty") from None


def _plan(text: str | None) -> dict[str, Any] | None:
    """The arguments of r.validate(); {} for none, None where nothing was said."""
    if text is None or text == "none":
        return None if text is None else {}
    method, _, rest = text.partition(":")
    try:
        if method == "bootstrap":
            return {"method": method, "replications": int(rest or 200)}
        if method != "cv":
            raise ValueError
        folds, _, repeats = (rest or "10x5").partition("x")
        return {"method": method, "folds": int(folds), "repeats": int(repeats or 1)}
    except ValueError:
        raise click.BadParameter(f"{text!r}: write bootstrap:200, cv:10x5 or none", param_hint="--validate") from None


def _validated(
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


def _shown(plan: dict[str, Any] | None, validation: Validation | None) -> Validation | bool:
    """What a report is to show of new rows: what was asked for, else about a second of bootstrap."""
    return validation or plan is None


def _solver(name: str) -> Any:
    from statlogit.solvers.auto import BY_NAME

    return "auto" if name == "auto" else BY_NAME[name]()


def _print(text: str, document: dict[str, Any], tests: list[Table], as_json: bool) -> None:
    """The text report or the document, with the tests asked for after it."""
    if as_json:
        found = [{"title": t.title, "rows": _records(t.to_frame())} for t in tests]
        click.echo(json.dumps(document | ({"tests": found} if tests else {}), indent=1))
        return
    click.echo(text)
    for test in tests:
        click.echo(f"\n{test}")


def _document(
    result: LogitResult | MultinomialResult, tidy: Any, validation: Validation | None = None
) -> dict[str, Any]:
    """The JSON document: full precision, non-finite numbers as text."""
    asked = {"validation": _records(validation.to_frame())} if validation is not None else {}
    return {
        "statlogit": __version__,
        "formula": result.fit.frame.design.formula,
        "models": result.fit.frame.response.sentence,
        "status": result.status,
        "converged": result.converged,
        "certificate": result.certificate.sentence,
        "findings": [
            {"code": f.code, "severity": f.severity, "sentence": f.sentence, "remedy": f.remedy}
            for f in result.findings
        ],
        "coefficients": _records(tidy),
        "fit": _records(result.glance())[0] | {"df_effective": _plain(result.df_effective)},
        "trace": _records(result.trace),
        **asked,
    }


def _records(frame: Any) -> list[dict[str, Any]]:
    return [{k: _plain(v) for k, v in row.items()} for row in frame.to_dict("records")]


def _plain(value: Any) -> Any:
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float) and value - value != 0.0:  # nan or inf
        return str(value)
    return value


if __name__ == "__main__":
    main()
