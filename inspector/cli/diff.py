"""`inspector diff OLD NEW`: what changed between two checkpoints."""

from functools import partial
from typing import Any

import click

from inspector import __version__
from inspector.cli import completions
from inspector.cli.options import output_options, source_options, take_settings
from inspector.cli.run import documented, look_at, write_outputs
from inspector.cli.sections import Command
from inspector.cli.text_output import text_renderers
from inspector.reports import documents


@click.command("diff", cls=Command)
@click.argument("old", metavar="OLD", shell_complete=completions.paths)
@click.argument("new", metavar="NEW", shell_complete=completions.paths)
@click.option("--exit-code", is_flag=True, help="Exit with 1 where something differs.")
@source_options
@output_options("table", "json", "csv", "markdown", "html")
def command(old: str, new: str, exit_code: bool, **options: Any) -> int:
    """What changed between two checkpoints: tensors, dtypes, shapes, components, metadata, bytes.

    Told from headers; the numbers in the tensors are compared only where both sides publish hashes of their files.
    The sharding does not matter.

    \b
    Examples:
      inspector diff ./before ./after
      inspector diff org/name@v1 org/name@main --exit-code
    """
    from inspector.analyses.difference import compare_checkpoints
    from inspector.reports.difference import difference_csv, difference_text

    settings = take_settings(options)
    with documented(settings):
        before, after = look_at(old, settings), look_at(new, settings)
    difference = compare_checkpoints(before.checkpoint, before.census, after.checkpoint, after.census)
    complete = before.checkpoint.complete and after.checkpoint.complete
    body = {"old": before.target, "new": after.target, "complete": complete, **difference.to_dict()}
    write_outputs(
        settings,
        {
            **text_renderers(settings, "diff", (old, new), partial(difference_text, difference)),
            "csv": lambda: difference_csv(difference),
            "json": lambda: documents.to_json(documents.document("diff", __version__, body)),
        },
    )
    if not complete:
        return 3
    return int(exit_code and difference.differs)
