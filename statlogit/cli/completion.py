"""statlogit completion: what a shell sources to complete commands, options, files and column names."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import click
from click.shell_completion import CompletionItem, get_completion_class, split_arg_string

VARIABLE = "_STATLOGIT_COMPLETE"


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the completion script of SHELL.

    \b
    bash  eval "$(statlogit completion bash)" in ~/.bashrc
    zsh   eval "$(statlogit completion zsh)" in ~/.zshrc
    fish  statlogit completion fish > ~/.config/fish/completions/statlogit.fish
    """
    found = get_completion_class(shell)
    if found is None or context.parent is None:
        raise click.UsageError(f"no completion for {shell}")
    click.echo(found(context.parent.command, {}, "statlogit", VARIABLE).source())


def columns(_context: click.Context, _option: click.Parameter, begun: str) -> list[CompletionItem]:
    """The columns in the header of the first file on the line, where that is a CSV file."""
    words = split_arg_string(os.environ.get("COMP_WORDS", ""))  # set by the script, whichever the shell
    path = next((word for word in words[1:] if Path(word).is_file()), None)
    if path is None:
        return []
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            header = next(csv.reader(file), [])
    except (OSError, UnicodeDecodeError, csv.Error):
        return []
    return [CompletionItem(name) for name in header if name.startswith(begun)]
