"""[tool.statlogit] of the nearest pyproject.toml: defaults of the command line, which a given option overrides."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

FILE, TABLE = "pyproject.toml", "[tool.statlogit]"
KEYS = (
    "level", "ci", "covariance", "penalty", "solver", "missing", "validate", "strict", "report", "templates", "rows",
    "unseen",
)  # fmt: skip


def takes_settings(command: click.Command) -> bool:
    """Whether any option of the command may be set by the file."""
    return any(f"--{key}" in option.opts for option in command.params for key in KEYS)


def default_map(group: click.Group, context: click.Context) -> dict[str, dict[str, Any]]:
    """What the file says, as click wants it: command -> parameter -> value.

    Raises UsageError, which names the file, for a key that is no setting (with the nearest one) and for a value that
    the option would refuse.
    """
    found = _nearest(Path.cwd())
    if found is None:
        return {}
    path, settings = found
    for given in settings:
        _check_key(path, given)
    out: dict[str, dict[str, Any]] = {}
    for name, command in group.commands.items():
        inner = click.Context(command, parent=context, info_name=name)
        for option in command.params:
            key = next((k for k in settings if f"--{k}" in option.opts), None)
            if key is not None:
                out.setdefault(name, {})[str(option.name)] = _value(path, key, settings[key], option, inner)
    return out


def origin(context: click.Context) -> tuple[tuple[str, Any], ...]:
    """The options of this command that came from the file and not from the command line, with their values."""
    out = []
    for option in context.command.params:
        if context.get_parameter_source(str(option.name)) is ParameterSource.DEFAULT_MAP:
            key = next(k for k in KEYS if f"--{k}" in option.opts)
            out.append((key, context.params[str(option.name)]))
    return tuple(sorted(out))


def sentence(settings: tuple[tuple[str, Any], ...]) -> str:
    """Where they come from, for the section on reproducibility; nothing of the path, which differs by machine."""
    shown = ", ".join(f"{key} = {', '.join(value) if isinstance(value, tuple) else value}" for key, value in settings)
    return f"{shown}, from {TABLE} in {FILE}"


def _nearest(folder: Path) -> tuple[Path, Mapping[str, Any]] | None:
    """The first pyproject.toml here or above that has the table."""
    for place in (folder, *folder.parents):
        path = place / FILE
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            continue
        if "statlogit" in text:
            settings = _table(path, text)
            if settings is not None:
                return path, settings
    return None


def _table(path: Path, text: str) -> Mapping[str, Any] | None:
    import tomllib

    try:
        tools = tomllib.loads(text).get("tool", {})
    except tomllib.TOMLDecodeError as error:
        if TABLE not in text:
            return None
        raise click.UsageError(f"{path} is not TOML: {error}") from error
    found = tools.get("statlogit")
    if found is not None and not isinstance(found, dict):
        raise click.UsageError(f"{path}: tool.statlogit is not a table; write {TABLE} and the settings below it")
    return found


def _check_key(path: Path, key: str) -> None:
    from difflib import get_close_matches

    if key not in KEYS:
        near = get_close_matches(key, KEYS, 1, cutoff=0.0)
        raise click.UsageError(
            f"{path}: {TABLE} has no setting {key!r}; the nearest is {near[0]!r}, of {', '.join(KEYS)}"
        )


def _value(path: Path, key: str, value: Any, option: click.Parameter, context: click.Context) -> Any:
    if key == "templates" and isinstance(value, str):  # it lies beside the file, wherever the command is given
        value = os.path.relpath(path.parent / value)
    if option.multiple and isinstance(value, str):
        raise click.UsageError(f"{path}: {key} = {value!r} is one text; write a list, {key} = [{value!r}]")
    if isinstance(value, bool) != isinstance(option.type, click.types.BoolParamType):
        raise click.UsageError(f"{path}: {key} = {str(value).lower()} is not what --{key} takes")
    try:
        option.type_cast_value(context, value)
    except click.BadParameter as error:
        raise click.UsageError(f"{path}: {key} = {value!r}: {error.message}") from error
    return value
