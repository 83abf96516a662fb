"""statlogit info: what is installed, and what would have to be for the rest."""

from __future__ import annotations

import click

from statlogit._version import __version__

CORE = ("numpy", "scipy", "pandas", "formulaic", "jinja2", "click", "threadpoolctl", "narwhals")
EXTRAS = {  # package -> the extra that brings it
    "numba": "fast", "pyarrow": "parquet", "matplotlib": "plot", "python-docx": "word", "xlsxwriter": "excel",
    "scikit-learn": "sklearn", "onnx": "onnx", "dask": "dask", "distributed": "dask", "starlette": "web",
    "uvicorn": "web", "marginaleffects": "neighbours", "maketables": "neighbours",
}  # fmt: skip


@click.command()
def info() -> None:
    """Versions of statlogit and of what it stands on; what to install for the rest."""
    import platform
    from importlib.metadata import PackageNotFoundError, version

    click.echo(f"statlogit {__version__}  Python {platform.python_version()}  {platform.machine()}")
    for name in (*CORE, *EXTRAS):
        try:
            found = version(name)
        except PackageNotFoundError:
            found = f"not installed: pip install 'statlogit[{EXTRAS[name]}]'" if name in EXTRAS else "not installed"
        click.echo(f"  {name:15} {found}")
