"""The command line. Results on standard output, messages on standard error; exit codes in exits.py.

click is imported in this room only, one file a command; the numerical rooms are imported inside the commands, so that
--help is quick.
"""

from __future__ import annotations

import click

from statlogit._version import __version__
from statlogit.cli.compare import compare
from statlogit.cli.demo import demo
from statlogit.cli.export import export
from statlogit.cli.fit import fit
from statlogit.cli.info import info
from statlogit.cli.predict import predict
from statlogit.cli.serve import serve


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80})
@click.version_option(__version__, prog_name="statlogit")
def main() -> None:
    """Logistic regression from a formula and a data file.

    Exit codes: 0 ok, 2 usage, 3 data or formula, 4 no finite maximum or not converged, 5 findings under --strict,
    130 interrupted.
    """


for command in (fit, predict, export, compare, demo, serve, info):
    main.add_command(command)
