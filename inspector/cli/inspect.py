"""`inspector inspect TARGET…`: the overview."""

from collections.abc import Sequence
from typing import Any

import click

from inspector import __version__
from inspector.analyses.census import Census
from inspector.analyses.overview import Overview, inspect_checkpoint
from inspector.analyses.recognition.architecture import Architecture
from inspector.cli.options import Settings, output_options, source_options, take_settings, targets_argument
from inspector.cli.run import Failed, Looked, as_document, body_of, code_of, look, worst, write_outputs
from inspector.cli.sections import Command
from inspector.cli.text_output import text_renderers
from inspector.model import Checkpoint
from inspector.reports import documents
from inspector.reports.overview import overview_csv, overview_text
from inspector.reports.page import Page
from inspector.rules.audit import notable_findings
from inspector.rules.engine import Finding


@click.command("inspect", cls=Command)
@targets_argument
@source_options
@output_options("table", "json", "jsonl", "csv", "markdown", "html", "cyclonedx", configured=True)
def command(targets: tuple[str, ...], **options: Any) -> int:
    """What is inside: architecture, components, parameters, dtypes, bytes, projected sizes.

    TARGET is a .safetensors file, a folder, an index file, a Hub repository (org/name, hf://…, a page URL),
    a URL, a bucket, an image or a snapshot. Only headers and small files are read.

    \b
    Examples:
      inspector model.safetensors
      inspector org/name@main --json
      inspector inspect ./a ./b -o csv=components.csv
      inspector inspect ./model -o html=report.html
    """
    settings = take_settings(options)
    looked = list(look(targets, settings))
    results = [_overview(one, settings) for one in looked]
    told = [(a, b) for a, b in zip(looked, results, strict=True) if isinstance(a, Looked) and isinstance(b, Overview)]
    overviews = [overview for _, overview in told]
    refs = [one.checkpoint.target.ref for one in overviews]

    def text(page: Page) -> str:
        return page.under_targets(refs, [_text(*pair, page) for pair in told], of=len(targets))

    bodies = [body_of("inspect", one) for one in results]
    write_outputs(
        settings,
        {
            **text_renderers(settings, "inspect", refs, text),
            "json": lambda: documents.to_json(as_document("inspect", bodies)),
            "jsonl": lambda: documents.to_jsonl(bodies),
            "csv": lambda: overview_csv(overviews),
            "cyclonedx": lambda: _bill_of_materials(overviews),
        },
    )
    return worst(map(code_of, results))


def _overview(one: Looked | Failed, settings: Settings) -> Overview | Failed:
    if isinstance(one, Failed):
        return one

    def judge(checkpoint: Checkpoint, census: Census, architecture: Architecture) -> Sequence[Finding]:
        """The notable findings; where there are any, as the configuration selects and accepts them."""
        found = notable_findings(checkpoint, census, architecture)
        return _as_configured(one, found, architecture, settings) if found else found

    return inspect_checkpoint(one.checkpoint, one.census, judge)


def _as_configured(
    one: Looked, found: Sequence[Finding], architecture: Architecture, settings: Settings
) -> Sequence[Finding]:
    from inspector.cli.configuration import load_configuration
    from inspector.rules.catalogue import select_rules

    configuration = load_configuration(settings.config, isolated=settings.isolated)
    codes = {finding.rule for finding in found}
    rules = [rule for rule in select_rules(configuration.select, configuration.ignore) if rule.code in codes]
    accepted = configuration.suppressions_for(one.target)
    return notable_findings(one.checkpoint, one.census, architecture, rules=rules, suppressions=accepted)


def _text(looked: Looked, overview: Overview, page: Page) -> str:
    """The report of one target."""
    room = _free_bytes() if overview.download else None
    return overview_text(overview, page, free_bytes=room, picture=_picture(looked, page))


def _picture(looked: Looked, page: Page) -> str:
    """The treemap, where the page can show one."""
    if page.style != "html":
        return ""
    from inspector.reports.html.treemap import treemap

    return treemap(looked.checkpoint, looked.census, page.units)


def _bill_of_materials(overviews: Sequence[Overview]) -> str:
    from inspector.reports.cyclonedx import render_cyclonedx

    return render_cyclonedx(overviews, __version__)


def _free_bytes() -> int | None:
    """Room where huggingface_hub would put a download."""
    from inspector.cli.hub_settings import free_bytes

    return free_bytes()
