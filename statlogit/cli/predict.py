"""statlogit predict: a model file applied to new rows."""

from __future__ import annotations

from typing import Any

import click

from statlogit.cli.exits import exits
from statlogit.cli.options import DATA, level_of, level_option


@click.command()
@click.argument("model", type=click.Path())
@click.argument("data", type=DATA)
@click.option(
    "--output", "-o", metavar="FILE", type=click.Path(),
    help="Write to this file, .parquet or CSV, instead of CSV to standard output.",
)  # fmt: skip
@click.option("--kind", type=click.Choice(["probability", "link"]), default="probability", show_default=True)
@click.option("--interval", is_flag=True, help="Add standard error and confidence limits.")
@level_option
@click.option("--unseen", type=click.Choice(["raise", "nan"]), default="raise", show_default=True)
@click.option("--flags", is_flag=True, help="Add why a row has no prediction, and whether it extrapolates.")
def predict(
    model: str, data: str, output: str | None, kind: Any, interval: bool, level: float, unseen: Any, flags: bool
) -> None:
    """Predict the rows of DATA with MODEL, a file written by fit --save.

    DATA: a CSV file, - for standard input, or a Parquet file, a folder or a pattern of any size, which are read batch
    by batch. An output file appears whole or not at all.
    """
    with exits():
        from statlogit.persist import ClassModel, load
        from statlogit.persist.scoring import Asked, score_to_file, scored, scored_files
        from statlogit.sources.files import is_many
        from statlogit.sources.output import whole_file

        loaded = load(model)
        if isinstance(loaded, ClassModel) and kind == "link":
            raise click.UsageError("--kind link is not available for a multinomial model")
        asked = Asked(kind, "confidence" if interval else None, level_of(level), unseen, flags)
        if output is not None and is_many(data):
            score_to_file(loaded, data, output, asked)
        elif is_many(data):
            for k, frame in enumerate(scored_files(loaded, data, asked)):
                click.echo(frame.to_csv(index=False, header=not k), nl=False)
        else:
            found = scored(loaded, data, asked)
            found.insert(0, "row", found.index)
            if output is None:
                click.echo(found.to_csv(index=False), nl=False)
            else:
                with whole_file(output) as writer:
                    writer.write(found)
        if output is not None:
            click.echo(f"wrote {output}", err=True)
