"""`inspector tensors TARGET`: the tensors, listed or as a tree."""

from typing import Any

import click

from inspector import __version__
from inspector.analyses.breakdown import COMPONENTS
from inspector.analyses.listing import Filter, list_tensors
from inspector.analyses.tree import name_tree
from inspector.cli.options import Settings, output_options, source_options, take_settings, target_argument
from inspector.cli.run import Looked, documented, look_at, write_outputs
from inspector.cli.sections import Command
from inspector.dtypes import DTYPE_BY_NAME, find_dtype
from inspector.errors import UsageError, nearest
from inspector.reports import documents
from inspector.reports.tables import Style
from inspector.reports.tensors import tensors_csv, tensors_table, tree_table

#: Rows that a terminal is given unless --top asks for another number.
TERMINAL_ROWS = 50


@click.command("tensors", cls=Command)
@target_argument
@click.option("--name", multiple=True, metavar="GLOB", help="Names that match, e.g. 'model.layers.*.weight'.")
@click.option("--dtype", multiple=True, metavar="DTYPE", help="Only this dtype, e.g. BF16.")
@click.option("--component", multiple=True, metavar="NAME", help="Only this component, e.g. vae.")
@click.option(
    "--sort",
    type=click.Choice(["size", "name", "offset"]),
    default=None,
    help="By size, largest first, by name, or by place in the file.",
)
@click.option("--top", type=click.IntRange(min=0), default=None, metavar="N", help="Only the first N (0: all).")
@click.option("--tree", is_flag=True, help="The tree of names, repeated blocks folded.")
@source_options
@output_options("table", "json", "jsonl", "csv", "markdown")
def command(target: str, **options: Any) -> int:
    """The tensors of TARGET: list, filter, sort, or show the tree with repeated blocks folded.

    \b
    Examples:
      inspector tensors model.safetensors --sort size --top 20
      inspector tensors ./model --name '*.experts.*' -o jsonl
      inspector tensors ./model --tree
    """
    wanted = Filter(
        names=options.pop("name"),
        dtypes=tuple(_dtype(name) for name in options.pop("dtype")),
        components=tuple(_component(name) for name in options.pop("component")),
    )
    sort, top, tree = options.pop("sort") or "", options.pop("top"), options.pop("tree")
    settings = take_settings(options)
    if tree and (sort or top is not None):
        raise UsageError("--tree shows all tensors in order of names.", hint="Leave out --sort and --top.")
    with documented(settings):
        looked = look_at(target, settings)
    if tree:
        _write_tree(looked, wanted, settings)
    else:
        _write_list(looked, wanted, sort, top, settings)
    return 0 if looked.checkpoint.complete else 3


def _dtype(name: str) -> str:
    dtype = find_dtype(name)
    if not dtype:
        raise UsageError(f"--dtype: {name!r} is no dtype.", hint=nearest(name, DTYPE_BY_NAME))
    return dtype


def _component(name: str) -> str:
    if name.lower() not in COMPONENTS:
        raise UsageError(f"--component: {name!r} is no component.", hint=nearest(name, COMPONENTS))
    return name.lower()


def _write_list(looked: Looked, wanted: Filter, sort: Any, top: int | None, settings: Settings) -> None:
    rows = list_tensors(looked.census, wanted, sort=sort, top=top or 0)
    shown = rows[:TERMINAL_ROWS] if top is None and settings.width is not None else rows

    def table(style: Style) -> str:
        some = shown if style == "terminal" else rows
        return tensors_table(some, settings.page(style), left_out=len(rows) - len(some))

    def document() -> str:
        body = {"complete": looked.checkpoint.complete, "tensors": [row.to_dict() for row in rows]}
        return documents.to_json(documents.document("tensors", __version__, body))

    write_outputs(
        settings,
        {
            "table": lambda: table("terminal"),
            "markdown": lambda: table("markdown"),
            "json": document,
            "jsonl": lambda: documents.to_jsonl(row.to_dict() for row in rows),
            "csv": lambda: tensors_csv(rows),
        },
    )


def _write_tree(looked: Looked, wanted: Filter, settings: Settings) -> None:
    if any(output.format not in ("table", "markdown") for output in settings.outputs):
        raise UsageError("--tree is written as table or markdown.", hint="Leave it out for other formats.")
    trees = [(weights.weights.path, name_tree(weights, wanted)) for weights in looked.census.sets]
    write_outputs(
        settings,
        {
            "table": lambda: tree_table(trees, settings.page("terminal")),
            "markdown": lambda: tree_table(trees, settings.page("markdown")),
        },
    )
