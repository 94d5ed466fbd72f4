"""`inspector schemes [ID]`: the catalogue of quantisation schemes, explained."""

from typing import Any

import click

from inspector import __version__
from inspector.analyses.projection import select_schemes
from inspector.cli import completions
from inspector.cli.options import output_options, take_settings
from inspector.cli.run import write_outputs
from inspector.cli.sections import Command
from inspector.knowledge.schemes import FAMILIES
from inspector.reports import documents, schemes


@click.command("schemes", cls=Command)
@click.argument("ids", nargs=-1, metavar="[ID]...", shell_complete=completions.schemes)
@output_options("table", "json", "markdown")
def command(ids: tuple[str, ...], **options: Any) -> int:
    """The quantisation schemes: block layout as a sum, bits a weight, what is converted and kept, tool and version.

    ID is a scheme (gguf/q4_k_m), which is explained, or a family (gguf), which is listed.

    \b
    Examples:
      inspector schemes
      inspector schemes mlx
      inspector schemes bnb/nf4 gptq/4bit-g128
    """
    settings = take_settings(options)
    chosen = select_schemes(ids or ("all",))
    detailed = bool(ids) and not any(name.lower() in (*FAMILIES, "all") for name in ids)
    body = {"schemes": [schemes.scheme_document(row) for row in chosen]}
    write_outputs(
        settings,
        {
            "table": lambda: schemes.schemes_text(chosen, detailed=detailed, width=settings.width),
            "markdown": lambda: schemes.schemes_markdown(chosen),
            "json": lambda: documents.to_json(documents.document("schemes", __version__, body)),
        },
    )
    return 0
