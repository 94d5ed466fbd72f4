"""`inspector snapshot TARGET FILE`: keep all that was read, without weights."""

import os
from typing import Any

import click

from inspector import __version__
from inspector.cli.messages import show_note
from inspector.cli.options import output_options, source_options, take_settings, target_argument
from inspector.cli.run import open_source
from inspector.cli.sections import Command
from inspector.errors import UsageError
from inspector.readers.checkpoint import read_checkpoint
from inspector.sources.resolve import SNAPSHOT_SUFFIX
from inspector.sources.snapshot import RecordingSource
from inspector.units import format_bytes, plural


@click.command("snapshot", cls=Command)
@target_argument
@click.argument("file", metavar="FILE")
@click.option("--tokenizers", is_flag=True, help="Keep tokenizer files too, for exact container sizes.")
@source_options
@output_options("table")
def command(target: str, file: str, **options: Any) -> int:
    """Keep all that was read of TARGET in FILE (name it x.snapshot.json.gz): headers, index, configuration, sizes.

    Every command takes the file as a target, so a checkpoint can be inspected, gated, compared or shared offline.

    \b
    Example:
      inspector snapshot org/name name.snapshot.json.gz
    """
    tokenizers = options.pop("tokenizers")
    settings = take_settings(options)
    if not file.endswith(SNAPSHOT_SUFFIX):
        raise UsageError(f"{file} does not end in {SNAPSHOT_SUFFIX}.", hint=f"Name it {file}{SNAPSHOT_SUFFIX}.")
    source = RecordingSource(open_source(target, settings))
    checkpoint = read_checkpoint(source, jobs=settings.jobs, tokenizers=tokenizers)
    packed = source.pack(__version__)
    _write(file, packed)
    if not settings.quiet:
        size = sum(shard.file_bytes for shard in checkpoint.shards)
        count = len(checkpoint.shards)
        files, units = plural(count, "weight file"), settings.units
        show_note(f"{file}: {format_bytes(len(packed), units)} for {files} of {format_bytes(size, units)}")
    return 0 if checkpoint.complete else 3


def _write(file: str, packed: bytes) -> None:
    """Write under another name first, so that a snapshot is whole or not there."""
    partial = f"{file}.partial"
    try:
        with open(partial, "wb") as out:
            out.write(packed)
        os.replace(partial, file)
    except OSError as error:
        reason = (error.strerror or "unknown error").lower()
        raise UsageError(f"{file} cannot be written: {reason}.", hint="Name another file.") from None
