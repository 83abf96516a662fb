"""statlogit serve: the page. What the web needs is imported when the command runs."""

from __future__ import annotations

from contextlib import suppress
from importlib.util import find_spec

import click

NEEDED = ("starlette", "uvicorn")


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=8712, show_default=True, help="0 for any free one.")
@click.option("--no-browser", is_flag=True, help="Print the address and open nothing.")
@click.option("--max-mb", type=click.IntRange(1, 100_000), default=200, show_default=True, help="Largest file.")
@click.option(
    "--time-limit", type=click.FloatRange(1, 86_400), default=120, show_default=True, help="Seconds for one fit."
)
def serve(port: int, no_browser: bool, max_mb: int, time_limit: float) -> None:
    """Open a page in the browser where models are fitted without programming.

    It answers to this machine alone, and keeps nothing of a file once it has ended (Ctrl-C).
    """
    if not all(map(find_spec, NEEDED)):
        raise click.UsageError("serve needs starlette and uvicorn: pip install 'statlogit[web]'")
    from statlogit.errors import StatlogitError
    from statlogit.web.limits import Limits
    from statlogit.web.server import serve as run

    def opened(address: str) -> None:
        click.echo(address)
        click.echo("Open this address in a browser of this machine. Ctrl-C ends it and removes all files.", err=True)
        if not no_browser:
            click.launch(address)

    try:
        with suppress(KeyboardInterrupt):
            run(port, Limits.of(max_mb, time_limit), opened)
    except StatlogitError as error:
        raise click.UsageError(str(error)) from error
    click.echo("ended; all files are removed", err=True)
