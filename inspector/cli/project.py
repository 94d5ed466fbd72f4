"""`inspector project TARGET…`: the artifact's size under each quantisation."""

from collections.abc import Mapping, Sequence
from typing import Any

import click

from inspector.analyses.overview import target_fields
from inspector.analyses.projection import find_scheme, project, select_schemes
from inspector.cli import completions
from inspector.cli.options import output_options, source_options, take_settings, targets_argument
from inspector.cli.run import Failed, Looked, as_document, body_of, code_of, look, worst, write_outputs
from inspector.cli.sections import Command
from inspector.cli.text_output import text_renderers
from inspector.errors import UsageError
from inspector.reports import documents
from inspector.reports.page import Page
from inspector.reports.projection import ProjectedTarget, projection_csv, projection_table

#: Without --scheme and --component.
_DEFAULT = ("all",)
#: With at most this many schemes, each is explained.
_EXPLAINED = 3


@click.command("project", cls=Command)
@targets_argument
@click.option(
    "--scheme",
    multiple=True,
    metavar="ID",
    shell_complete=completions.schemes,
    help="A scheme (gguf/q4_k_m), a family (gguf) or 'all'. Repeatable; `inspector schemes` lists them.",
)
@click.option(
    "--component",
    multiple=True,
    metavar="NAME=ID[,...]",
    help="One artifact with a scheme for each component: transformer=gguf/q4_k_s,text_encoder=bnb/nf4.",
)
@source_options
@output_options("table", "json", "jsonl", "csv", "markdown", "html")
def command(targets: tuple[str, ...], **options: Any) -> int:
    """The size of the files that a quantiser would write, to the byte where that can be known.

    Every scheme that applies is projected: converted layers, kept tensors, container. A few schemes, or -v, are
    explained pattern by pattern.

    \b
    Examples:
      inspector project ./model
      inspector project org/name --scheme gguf/q4_k_m
      inspector project ./model --scheme mlx --scheme bnb/nf4 --json
      inspector project ./flux --component transformer=gguf/q4_k_s,vae=cast/f16
    """
    settings = take_settings(options)
    schemes, components = _asked(options.pop("scheme"), options.pop("component"))
    wanted = [*select_schemes(schemes), *map(find_scheme, components.values())]
    tokenizers = any(scheme.family == "gguf" for scheme in wanted)
    results = [_projected(one, schemes, components) for one in look(targets, settings, tokenizers=tokenizers)]
    projected = [one for one in results if isinstance(one, ProjectedTarget)]
    detailed = settings.verbose > 0 or (len(schemes) > 0 and len(select_schemes(schemes)) <= _EXPLAINED)
    detailed = detailed or (bool(components) and not schemes)

    def text(page: Page) -> str:
        return page.apart(projection_table(one, page, detailed=detailed) for one in projected)

    bodies = [body_of("project", one) for one in results]
    write_outputs(
        settings,
        {
            **text_renderers(settings, "project", [str(one.target["ref"]) for one in projected], text),
            "json": lambda: documents.to_json(as_document("project", bodies)),
            "jsonl": lambda: documents.to_jsonl(bodies),
            "csv": lambda: projection_csv(projected),
        },
    )
    return worst(map(code_of, results))


def _asked(schemes: Sequence[str], components: Sequence[str]) -> tuple[tuple[str, ...], dict[str, str]]:
    """Schemes and components as named; wrong names fail before anything is read."""
    pairs = [pair for value in components for pair in value.split(",")]
    chosen: dict[str, str] = {}
    for pair in pairs:
        name, equals, scheme = (part.strip() for part in pair.partition("="))
        if not (name and equals and scheme):
            raise UsageError(f"{pair!r} names no component and scheme.", hint="Write it like transformer=gguf/q4_k_s.")
        chosen[name] = find_scheme(scheme).id
    asked = tuple(schemes) or (() if chosen else _DEFAULT)
    select_schemes(asked)
    return asked, chosen


def _projected(one: Looked | Failed, schemes: Sequence[str], components: Mapping[str, str]) -> ProjectedTarget | Failed:
    if isinstance(one, Failed):
        return one
    found = project(one.checkpoint, one.census, schemes, components)
    return ProjectedTarget(target=target_fields(one.checkpoint), complete=one.checkpoint.complete, found=found)
