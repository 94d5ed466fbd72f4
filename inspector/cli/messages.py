"""Messages for people on stderr: errors with their next step, notes, defects."""

import os
import traceback
from typing import Final

import click

from inspector import __version__
from inspector.errors import InspectorError
from inspector.text import for_terminal

_ISSUES: Final = "the project's issue tracker"


def show_error(error: InspectorError) -> None:
    """One sentence, then what to do."""
    click.echo(f"{click.style('error:', fg='red', bold=True)} {for_terminal(error.message, 600)}", err=True)
    if error.hint:
        click.echo(f"  {for_terminal(error.hint, 600)}", err=True)


def show_note(text: str) -> None:
    click.echo(f"note: {for_terminal(text, 600)}", err=True)


def show_defect(error: Exception) -> None:
    """Say that the fault is ours and how to report it; the traceback only when asked for."""
    if os.environ.get("INSPECTOR_DEBUG"):
        click.echo("".join(traceback.format_exception(error)), err=True)
    summary = for_terminal(f"{type(error).__name__}: {error}", 300)
    click.echo(f"error: inspector {__version__} has a defect: {summary}", err=True)
    click.echo(
        f"  Please report it to {_ISSUES}; INSPECTOR_DEBUG=1 shows the traceback to include.",
        err=True,
    )
