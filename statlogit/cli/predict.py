"""statlogit predict: a model file applied to new rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import click

from statlogit.cli.exits import exits
from statlogit.cli.options import DATA, level_of, level_option


@click.command()
@click.argument("model", type=click.Path())
@click.argument("data", type=DATA)
@click.option(
    "--output", "-o", metavar="FILE", type=click.Path(), help="Write the CSV to this file instead of standard output."
)
@click.option("--kind", type=click.Choice(["probability", "link"]), default="probability", show_default=True)
@click.option("--interval", is_flag=True, help="Add standard error and confidence limits.")
@level_option
@click.option("--unseen", type=click.Choice(["raise", "nan"]), default="raise", show_default=True)
@click.option("--flags", is_flag=True, help="Add why a row has no prediction, and whether it extrapolates.")
def predict(
    model: str, data: str, output: str | None, kind: Any, interval: bool, level: float, unseen: Any, flags: bool
) -> None:
    """Predict the rows of DATA (CSV, or - for standard input) with MODEL, a file written by fit --save."""
    with exits():
        from statlogit.persist import ClassModel, load

        loaded = load(model)
        wanted: Literal["confidence"] | None = "confidence" if interval else None
        if not isinstance(loaded, ClassModel):
            found: Any = loaded.predict(data, kind, wanted, level_of(level), unseen, flags)
        elif kind == "link":
            raise click.UsageError("--kind link is not available for a multinomial model")
        else:
            found = loaded.predict(data, wanted, level_of(level), unseen, flags)
            found.columns = [" ".join(map(str, c)).strip() if isinstance(c, tuple) else c for c in found.columns]
        text = found.to_csv(index_label="row")
        if output is None:
            click.echo(text, nl=False)
        else:
            Path(output).write_text(text, encoding="utf-8")
            click.echo(f"wrote {output}", err=True)
