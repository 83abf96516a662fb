"""The command line. Results on standard output, messages on standard error; exit codes in exits.py.

click is imported in this room only, one file a command; the numerical rooms are imported inside the commands, so that
--help is quick.
"""

from __future__ import annotations

import click

from statlogit._version import __version__
from statlogit.cli.compare import compare
from statlogit.cli.completion import completion
from statlogit.cli.demo import demo
from statlogit.cli.export import export
from statlogit.cli.fit import fit
from statlogit.cli.info import info
from statlogit.cli.predict import predict
from statlogit.cli.serve import serve
from statlogit.cli.settings import default_map, takes_settings


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80})
@click.version_option(__version__, prog_name="statlogit")
@click.pass_context
def main(context: click.Context) -> None:
    """Logistic regression from a formula and a data file.

    Defaults of options may stand in pyproject.toml, under [tool.statlogit].

    Exit codes: 0 ok, 2 usage, 3 data or formula, 4 no finite maximum or not converged, 5 findings under --strict,
    130 interrupted.
    """
    command = main.commands.get(context.invoked_subcommand or "")
    if command is not None and takes_settings(command):
        context.default_map = default_map(main, context)


for command in (fit, predict, export, compare, demo, serve, info, completion):
    main.add_command(command)
