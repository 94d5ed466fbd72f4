"""`inspector rules [CODE]`: the catalogue, explained."""

from typing import Any

import click

from inspector import __version__
from inspector.cli import completions
from inspector.cli.options import output_options, take_settings
from inspector.cli.run import write_outputs
from inspector.cli.sections import Command
from inspector.reports import documents, rule_pages
from inspector.rules.catalogue import all_rules, select_rules


@click.command("rules", cls=Command)
@click.argument("codes", nargs=-1, metavar="[CODE]...", shell_complete=completions.rules)
@output_options("table", "json", "markdown")
def command(codes: tuple[str, ...], **options: Any) -> int:
    """The audit's rules: what each means, why it matters, who loads such a file anyway, and what to do.

    CODE is a code (ST305), its beginning (ST3) or a name (tensor-in-two-shards).

    \b
    Examples:
      inspector rules
      inspector rules ST305
      inspector rules ST6 -o markdown
    """
    settings = take_settings(options)
    chosen = select_rules(codes, among=all_rules())
    detailed = bool(codes)
    body = {"rules": [rule_pages.rule_document(rule) for rule in chosen]}
    write_outputs(
        settings,
        {
            "table": lambda: rule_pages.rules_text(chosen, detailed=detailed, width=settings.width),
            "markdown": lambda: rule_pages.rules_markdown(chosen),
            "json": lambda: documents.to_json(documents.document("rules", __version__, body)),
        },
    )
    return 0
