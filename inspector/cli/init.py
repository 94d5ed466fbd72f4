"""`inspector init TARGET…`: a commented starter configuration from measured targets."""

import os
from pathlib import Path
from typing import Any

import click

from inspector.cli.configuration import FILE_NAME
from inspector.cli.messages import show_note
from inspector.cli.options import source_options, take_settings, targets_argument
from inspector.cli.run import Looked, look_at, write_stdout
from inspector.cli.sections import Command
from inspector.errors import UsageError
from inspector.reports.starter import starter_configuration
from inspector.rules.budgets import Measured
from inspector.rules.measure import measure


@click.command("init", cls=Command)
@targets_argument
@click.option("-o", "--output", default=FILE_NAME, metavar="FILE", help=f"Where to write ({FILE_NAME}); - is stdout.")
@click.option("--force", is_flag=True, help="Write over a configuration that is there.")
@source_options
def command(targets: tuple[str, ...], output: str, force: bool, **options: Any) -> int:
    """A commented configuration from what was measured: budgets a little above what the targets weigh today.

    \b
    Examples:
      inspector init model/
      inspector init adapters/a.safetensors -o -
    """
    if output != "-" and not force and os.path.lexists(output) and os.path.getsize(output) > 0:
        raise UsageError(f"{output} is there already.", hint="Use --force to write over it, or -o - to print.")
    settings = take_settings(options)
    text = starter_configuration([_measured(look_at(target, settings), output) for target in targets])
    if output == "-":
        write_stdout(text)
        return 0
    try:
        Path(output).write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise UsageError(f"{output} cannot be written: {(error.strerror or 'unknown error').lower()}.") from None
    show_note(f"wrote {output}; check it with: inspector gate")
    return 0


def _measured(looked: Looked, file: str) -> tuple[str, Measured]:
    """A target's path as the configuration writes it, and what was measured of it."""
    kind = looked.checkpoint.target.kind
    folder = Path(file).absolute().parent if file != "-" else Path.cwd()
    path = looked.target
    if kind in ("file", "folder"):
        path = Path(os.path.relpath(Path(looked.target).absolute(), folder)).as_posix()
        path = "**" if path == "." else path
    return path, measure(path, looked.checkpoint, looked.census)
