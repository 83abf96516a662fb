"""Options that several commands share, and what their text means."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import click
from click.core import ParameterSource

from statlogit.cli.completion import columns

Command: TypeAlias = Callable[..., Any]
DATA = click.Path(allow_dash=True)  # a text; the type is for completion
EXPORTS = ("sql", "python", "onnx", "pmml")


def level_of(level: float) -> float:
    """A confidence level strictly between 0 and 1."""
    if not 0.0 < level < 1.0:
        raise click.BadParameter(f"{level} must lie strictly between 0 and 1", param_hint="--level")
    return level


def cluster_of(columns: tuple[str, ...]) -> str | tuple[str, ...] | None:
    """One column or two."""
    if len(columns) > 2:
        raise click.BadParameter(f"{len(columns)} columns; one or two", param_hint="--cluster")
    return (columns if len(columns) == 2 else columns[0]) if columns else None


def penalty_of(text: str | None) -> Any:
    """The penalty of "ridge:1.0", "ridge:1.0:standardised" or "firth"; none for "none"."""
    if text in (None, "none"):
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
        hint = "write ridge:1.0, ridge:1.0:standardised, firth or none"
        raise click.BadParameter(f"{text!r}: {hint}", param_hint="--penalty") from None


def plan_of(text: str | None) -> dict[str, Any] | None:
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


def solver_of(name: str) -> Any:
    """The solver of that name with its defaults."""
    from statlogit.solvers.auto import BY_NAME

    return "auto" if name == "auto" else BY_NAME[name]()


def _writable(_context: click.Context, _option: click.Parameter, reports: tuple[str, ...]) -> tuple[str, ...]:
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


def _usable(context: click.Context, option: click.Parameter, folder: str | None) -> str | None:
    """Refuse templates that no report takes, before anything is fitted; as a setting they may wait for one."""
    if folder is None:
        return None
    from statlogit.errors import ReportError
    from statlogit.report.write import TEMPLATED, check_format

    taking = [path for path in context.params.get("reports") or () if is_templated(path)]
    is_setting = context.get_parameter_source(str(option.name)) is ParameterSource.DEFAULT_MAP
    if not taking and is_setting:
        return folder
    if not taking:
        raise click.BadParameter(f"templates need --report with one of {', '.join(TEMPLATED)}")
    try:
        check_format(taking[0], folder)
    except ReportError as error:
        raise click.BadParameter(str(error)) from error
    return folder


def is_templated(path: str) -> bool:
    """Whether a report of this name is made by templates; the others leave --templates alone."""
    from statlogit.report.write import TEMPLATED

    return Path(path).suffix.lower() in TEMPLATED


def is_multinomial(options: dict[str, Any]) -> bool:
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


reports_option = click.option(
    "--report", "reports", multiple=True, metavar="FILE", type=click.Path(), callback=_writable, is_eager=True,
    help="Write a report: .html .txt .md .tex .json .docx .xlsx.",
)  # fmt: skip
templates_option = click.option(
    "--templates", metavar="FOLDER", type=click.Path(exists=True, file_okay=False), callback=_usable,
    help="Templates of one's own for the reports, run in a sandbox; ours stand in for those it lacks.",
)  # fmt: skip
json_option = click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON document instead of the text report."
)
level_option = click.option("--level", type=float, default=0.95, show_default=True, help="Confidence level.")
DATA_OPTIONS = (
    click.option("--event", metavar="LEVEL", help="The modelled level of the response."),
    click.option("--multinomial", is_flag=True, help="Fit every class of the response against a reference class."),
    click.option("--reference", metavar="LEVEL", help="The reference class of --multinomial."),
    click.option("--trials", metavar="COLUMN", shell_complete=columns, help="Column with the number of trials."),
    click.option("--weights", metavar="COLUMN", shell_complete=columns, help="Column with case weights."),
    click.option("--offset", metavar="COLUMN", shell_complete=columns, help="Column with an offset, log-odds."),
)


def data_options(command: Command) -> Command:
    """What the data mean: the outcome and the columns that are no terms. They stand in --help in this order."""
    for option in reversed(DATA_OPTIONS):
        command = option(command)
    return command
