"""statlogit export: a model file as code that scores rows elsewhere."""

from __future__ import annotations

from pathlib import Path

import click

from statlogit.cli.exits import exits
from statlogit.cli.options import EXPORTS


@click.command()
@click.argument("model", type=click.Path())
@click.option("--to", "target", type=click.Choice(EXPORTS), required=True, help="What to write.")
@click.option("--table", default="data", show_default=True, help="The table that the SQL query reads.")
@click.option("-o", "--output", type=click.Path(), default=None, help="Write to this file.")
def export(model: str, target: str, table: str, output: str | None) -> None:
    """Write MODEL, a file written by fit --save, as code that scores rows without statlogit."""
    if target == "onnx":
        _check_onnx(output)
    with exits():
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


def _check_onnx(output: str | None) -> None:
    from importlib.util import find_spec

    if output is None:
        raise click.UsageError("--to onnx writes bytes; say where with -o FILE")
    if find_spec("onnx") is None:
        raise click.UsageError("--to onnx needs the package onnx: pip install 'statlogit[onnx]'")
