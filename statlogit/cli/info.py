"""statlogit info: what is installed."""

from __future__ import annotations

import click

from statlogit._version import __version__


@click.command()
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
