"""statlogit demo: gradient descent on one feature, row by row or as a page to teach with."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from statlogit.cli.exits import exits


@click.command()
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
    with exits(as_json):
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
