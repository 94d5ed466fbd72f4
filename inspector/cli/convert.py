"""`inspector convert REPORT.json`: a kept report rendered again."""

import json
from collections.abc import Mapping
from functools import partial
from typing import Any, Final

import click

from inspector.cli import completions
from inspector.cli.findings_output import FORMATS
from inspector.cli.options import output_options, take_settings
from inspector.cli.run import write_outputs
from inspector.cli.sections import Command
from inspector.cli.text_output import text_renderers
from inspector.errors import UsageError
from inspector.reports.kept import read_kept
from inspector.sources.local import read_regular

_MAX_BYTES: Final = 1_000_000_000


@click.command("convert", cls=Command)
@click.argument("report", metavar="REPORT.json", shell_complete=completions.paths)
@output_options(*FORMATS)
def command(report: str, **options: Any) -> int:
    """Render a kept JSON report of ours again in another format, without looking at the checkpoint.

    A report of audit, gate or verify in every format; one of inspect as json, table, markdown or csv, and its
    findings in the formats for findings. Exit code 0 when it could be rendered, whatever the verdict was.

    \b
    Examples:
      inspector convert report.json -o sarif=report.sarif
      inspector convert report.json -o markdown
    """
    settings = take_settings(options)
    kept = read_kept(_load(report), report)
    refs = [one.target.ref for one in kept.reports]
    machine = {name: partial(kept.render, name, settings.page("terminal")) for name in FORMATS}
    text = text_renderers(settings, kept.command, refs, kept.text)
    write_outputs(settings, {**machine, **text})
    return 0


def _load(path: str) -> Mapping[str, Any]:
    try:
        document = json.loads(read_regular(path, _MAX_BYTES).decode("utf-8"))
    except (ValueError, RecursionError):
        raise UsageError(f"{path} is not JSON.", hint="Keep a report with -o json=report.json.") from None
    if not isinstance(document, dict):
        raise UsageError(f"{path} is no report of inspector.", hint="Keep a report with -o json=report.json.")
    return document
