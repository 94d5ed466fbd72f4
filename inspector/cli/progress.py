"""A progress bar in bytes, for commands that read whole files."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

from inspector.cli.options import Settings


@contextmanager
def byte_progress(label: str, total: int, settings: Settings) -> Iterator[Callable[[int], None]]:
    """A function to call with the bytes of each read; it shows a bar on stderr where that is a terminal."""
    if settings.quiet or not total or not sys.stderr.isatty():
        yield lambda count: None
        return
    with click.progressbar(length=total, label=label, file=sys.stderr) as bar:
        yield bar.update
