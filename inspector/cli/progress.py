"""What takes long says how far it is: on stderr, only where that is a terminal, and gone when done."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import click

from inspector.cli.options import Settings
from inspector.readers.checkpoint import Progress

#: From how many files on the count is shown.
_MANY_FILES: Final = 8


@contextmanager
def file_progress(settings: Settings) -> Iterator[Progress | None]:
    """A count of the headers that were read, where there are many files to wait for."""
    if settings.quiet or not _is_terminal():
        yield None
        return
    widest = 0

    def show(done: int, total: int) -> None:
        nonlocal widest
        if total >= _MANY_FILES:
            line = f"reading headers: {done:,} of {total:,} files"
            widest = max(widest, len(line))
            click.echo(f"\r{line}", nl=False, err=True)

    try:
        yield show
    finally:
        if widest:
            click.echo(f"\r{' ' * widest}\r", nl=False, err=True)


@contextmanager
def byte_progress(label: str, total: int, settings: Settings) -> Iterator[Callable[[int], None]]:
    """A function to call with the bytes of each read; it shows a bar with the time that is left."""
    if settings.quiet or not total or not _is_terminal():
        yield lambda count: None
        return
    with click.progressbar(length=total, label=label, file=sys.stderr) as bar:
        yield bar.update


def _is_terminal() -> bool:
    return sys.stderr is not None and sys.stderr.isatty()
