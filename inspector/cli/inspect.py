"""`inspector inspect TARGET…`: the overview."""

from collections.abc import Sequence
from typing import Any

import click

from inspector import __version__
from inspector.analyses.overview import Overview, inspect_checkpoint
from inspector.cli.options import output_options, source_options, take_settings, targets_argument
from inspector.cli.run import Failed, Looked, as_document, look, worst, write_outputs
from inspector.cli.text_output import text_renderers
from inspector.reports import documents
from inspector.reports.overview import overview_csv, overview_text
from inspector.reports.page import Page
from inspector.rules.audit import notable_findings


@click.command("inspect")
@targets_argument
@source_options
@output_options("table", "json", "jsonl", "csv", "markdown", "html", "cyclonedx")
def command(targets: tuple[str, ...], **options: Any) -> int:
    """What is inside: architecture, components, parameters, dtypes, bytes, projected sizes.

    TARGET is a .safetensors file, a folder, an index file, a Hub repository (org/name, hf://…, a page URL),
    a URL, a bucket or a snapshot. Only headers and small files are read.

    \b
    Examples:
      inspector model.safetensors
      inspector org/name@main --json
      inspector inspect ./a ./b -o csv=components.csv
      inspector inspect ./model -o html=report.html
    """
    settings = take_settings(options)
    looked = list(look(targets, settings))
    results = [_overview(one) for one in looked]
    overviews = [one for one in results if isinstance(one, Overview)]
    refs = [one.checkpoint.target.ref for one in overviews]

    def text(page: Page) -> str:
        pictures = [_picture(one, page) for one in looked if isinstance(one, Looked)]
        reports = [
            overview_text(one, page, free_bytes=_free_bytes() if one.download else None, picture=picture)
            for one, picture in zip(overviews, pictures, strict=True)
        ]
        return page.under_targets(refs, reports)

    bodies = [_document(one) for one in results]
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
    return worst([_code(one) for one in results])


def _overview(one: Looked | Failed) -> Overview | Failed:
    if isinstance(one, Failed):
        return one
    return inspect_checkpoint(one.checkpoint, one.census, notable_findings)


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


def _document(one: Overview | Failed) -> dict[str, Any]:
    return one.document() if isinstance(one, Failed) else documents.document("inspect", __version__, one.to_dict())


def _code(one: Overview | Failed) -> int:
    if isinstance(one, Failed):
        return one.error.exit_code
    return 0 if one.checkpoint.complete else 3
