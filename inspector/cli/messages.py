"""Messages for people on stderr: errors with their next step, notes, defects."""

import os
import sys
import traceback
from typing import Final

import click

from inspector import __version__
from inspector.errors import InspectorError, nearest
from inspector.reports.styles import styled, wrap
from inspector.text import for_terminal

_ISSUES: Final = "the project's issue tracker"
_LIMIT: Final = 600


def show_error(error: InspectorError) -> None:
    """One sentence, then what to do."""
    _show(f"{styled('error:', 'error')} {for_terminal(error.message, _LIMIT)}")
    if error.hint:
        _show(for_terminal(error.hint, _LIMIT), "  ")


def show_usage(error: click.ClickException) -> None:
    """The same for a command line that click cannot take; where nothing was asked, the help."""
    context = error.ctx if isinstance(error, click.UsageError) else None
    if isinstance(error, click.exceptions.NoArgsIsHelpError) or context is None:
        error.show()
        return
    _show(f"{styled('error:', 'error')} {for_terminal(error.format_message(), _LIMIT)}")
    _show(_nearest_choice(error) or f"{context.command_path} --help says what there is.", "  ")


def _nearest_choice(error: click.ClickException) -> str:
    """What may have been meant, where one of some words was asked for."""
    kind = error.param.type if isinstance(error, click.BadParameter) and error.param else None
    word = error.message.partition("'")[2].partition("'")[0]
    return nearest(word, map(str, kind.choices), " ").strip() if isinstance(kind, click.Choice) else ""


def show_note(text: str) -> None:
    _show(styled(f"note: {for_terminal(text, _LIMIT)}", "dim"))


def show_defect(error: Exception) -> None:
    """Say that the fault is ours and how to report it; the traceback only when asked for."""
    if os.environ.get("INSPECTOR_DEBUG"):
        click.echo("".join(traceback.format_exception(error)), err=True)
    summary = for_terminal(f"{type(error).__name__}: {error}", 300)
    _show(f"error: inspector {__version__} has a defect: {summary}")
    _show(f"Please report it to {_ISSUES}; INSPECTOR_DEBUG=1 shows the traceback to include.", "  ")


def _show(text: str, indent: str = "") -> None:
    click.echo(wrap(text, _width(), indent, "  "), err=True)


def _width() -> int | None:
    """Columns of the terminal on stderr, None where stderr is none."""
    try:
        return os.get_terminal_size(sys.stderr.fileno()).columns or None
    except (OSError, ValueError, AttributeError):
        return None
