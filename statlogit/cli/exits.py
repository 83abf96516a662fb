"""How a command ends: one message on standard error and the exit code of the contract."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import click

EXIT_BUG, EXIT_DATA, EXIT_NO_MAXIMUM, EXIT_FINDINGS, EXIT_INTERRUPT = 1, 3, 4, 5, 130


@contextmanager
def exits(as_json: bool = False) -> Iterator[None]:
    """Turn what went wrong into its message and exit code; with as_json also into a document."""
    from statlogit.errors import StatlogitError

    try:
        yield
    except (StatlogitError, OSError) as error:
        _fail(error, as_json)
    except KeyboardInterrupt as interrupt:
        click.echo("\n".join(["interrupted", *getattr(interrupt, "__notes__", [])]), err=True)
        sys.exit(EXIT_INTERRUPT)


def _fail(error: Exception, as_json: bool) -> NoReturn:
    if as_json:
        click.echo(json.dumps({"error": {"type": type(error).__name__, "message": str(error)}}, indent=1))
    click.echo(f"error: {error}", err=True)
    sys.exit(EXIT_DATA)
