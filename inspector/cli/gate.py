"""`inspector gate TARGET…`: budgets and expectations, for CI."""

from collections.abc import Sequence
from typing import Any

import click

from inspector.cli import completions
from inspector.cli.findings_output import FAIL_ON, FORMATS, exit_code, write_reports
from inspector.cli.options import output_options, source_options, take_settings
from inspector.cli.sections import Command
from inspector.reports.page import Page
from inspector.rules.engine import AuditReport


@click.command("gate", cls=Command)
@click.argument("targets", nargs=-1, metavar="[TARGET...]", shell_complete=completions.paths)
@click.option("--max-size", metavar="SIZE", help="All weight files together, or under --scheme.")
@click.option("--max-file-size", metavar="SIZE", help="Each weight file.")
@click.option("--max-layer", metavar="PLACE", help="What a place takes as one file or layer: ghcr, ecr, fat32, …")
@click.option("--max-params", metavar="COUNT", help="Logical parameters: 8B, 350M.")
@click.option("--max-memory", metavar="SIZE", help="Memory to run it, as `inspector memory` estimates.")
@click.option("--max-growth", metavar="SHARE", help="Growth since --baseline: 2% or 20MB.")
@click.option("--max-shards", metavar="N", help="Number of weight files.")
@click.option("--max-header-size", metavar="SIZE", help="All headers together.")
@click.option("--allow-dtype", multiple=True, metavar="DTYPE", help="Only these dtypes. Repeatable.")
@click.option("--deny-dtype", multiple=True, metavar="DTYPE", help="Not these dtypes. Repeatable.")
@click.option("--require-metadata", multiple=True, metavar="KEY[=GLOB]", help="Metadata every file has. Repeatable.")
@click.option("--require-tensor", multiple=True, metavar="GLOB", help="A tensor that must be there. Repeatable.")
@click.option("--forbid-tensor", multiple=True, metavar="GLOB", help="A tensor that must not be there. Repeatable.")
@click.option("--no-unsafe-files", is_flag=True, help="Nothing beside the weights that can run code.")
@click.option(
    "--scheme",
    default="",
    metavar="ID",
    shell_complete=completions.schemes,
    help="Sizes and memory of the artifact under this scheme.",
)
@click.option("--context", type=click.IntRange(1), default=None, metavar="N", help="Context for --max-memory.")
@click.option("--baseline", default="", metavar="FILE", help="A kept JSON report of ours, or a snapshot.")
@click.option("--require-baseline", is_flag=True, help="A missing baseline fails.")
@click.option(
    "--select", multiple=True, metavar="RULE", shell_complete=completions.rules, help="Only these audit rules."
)
@click.option(
    "--ignore",
    multiple=True,
    metavar="RULE",
    shell_complete=completions.rules,
    help="Not these audit rules; ALL is none of them.",
)
@click.option("--fail-on", type=click.Choice(FAIL_ON), default=None, help="The least severity that fails (error).")
@click.option("--exit-zero", is_flag=True, help="Exit with 0 despite a broken gate.")
@click.option("--show-suppressed", is_flag=True, help="Show the findings that the configuration ignores.")
@source_options
@output_options(*FORMATS, configured=True)
def command(targets: tuple[str, ...], **options: Any) -> int:
    """Budgets and expectations: one PASS, FAIL or SKIP line each, the tally last.

    Budgets come from the flags, and from the nearest inspector.toml or [tool.inspector] of pyproject.toml. Without
    TARGET, the paths of the configuration's budgets are the targets. A value equal to its limit passes. Errors of the
    audit fail the gate too. Exit code 0: all passed; 1: a broken budget or a finding; 3: no verdict.

    \b
    Examples:
      inspector gate model/ --max-size 5GB
      inspector gate model/ --scheme gguf/q4_k_m --max-size 5GB
      inspector gate model/ --baseline main.json --max-growth 2%
    """
    from inspector.cli.gate_run import FLAGS, GateRun
    from inspector.reports.gate import gate_text
    from inspector.rules.catalogue import RULES
    from inspector.rules.policy import POLICY_RULES

    show_suppressed = options.pop("show_suppressed")
    given = {key: options.pop(option) for option, key in FLAGS.items()}
    run = GateRun(given, options, take_settings(options))
    results = run.all(targets)

    def text(reports: Sequence[AuditReport], page: Page) -> str:
        return gate_text(reports, page, show_suppressed=show_suppressed)

    write_reports(run.settings, "gate", results, {rule.code: rule for rule in (*RULES, *POLICY_RULES)}, text=text)
    return exit_code(results, exit_zero=run.exit_zero)
