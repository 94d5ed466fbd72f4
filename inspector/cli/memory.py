"""`inspector memory TARGET…`: what it needs to run or to train, and where it fits."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, Final, cast

import click

from inspector import __version__
from inspector.analyses.memory.estimates import estimate_memory
from inspector.analyses.memory.fit import Fit, fit_together
from inspector.analyses.memory.options import MemoryOptions, memory_request
from inspector.analyses.memory.report import MemoryReport, MemoryRequest
from inspector.cli import completions
from inspector.cli.options import Settings, output_options, source_options, take_settings
from inspector.cli.run import Failed, Looked, as_document, body_of, code_of, look, worst, write_outputs
from inspector.cli.sections import Command, Option
from inspector.cli.text_output import text_renderers
from inspector.errors import UsageError
from inspector.knowledge.cache_types import CACHE_TYPES
from inspector.knowledge.devices import DEVICES
from inspector.knowledge.engines import ENGINE_IDS
from inspector.knowledge.optimizers import METHODS, OPTIMIZERS, PRECISIONS, SHARDINGS
from inspector.reports import documents
from inspector.reports.memory import devices_table, memory_csv, memory_table, together_table
from inspector.reports.page import Page
from inspector.values import fields_of

_CACHE_TYPES: Final = [row.id for row in CACHE_TYPES]
_run = partial(click.option, cls=Option, section="To run")
_train = partial(click.option, cls=Option, section="To train")
_fit = partial(click.option, cls=Option, section="Devices")


def _choice(metavar: str, what: str, ids: Iterable[str]) -> dict[str, Any]:
    """An option that takes one of many words: they stand in its help, where lines can be broken."""
    words = list(ids)
    return {"type": click.Choice(words), "metavar": metavar, "help": f"{what}: {', '.join(words)}."}


_RUN: Final = (
    _run(
        "--scheme",
        "scheme",
        multiple=True,
        metavar="ID",
        shell_complete=completions.schemes,
        help="Weights under this scheme; 'stored' as they are.",
    ),
    _run("--context", type=click.IntRange(min=1), default=None, metavar="N", help="Tokens of each sequence."),
    _run("--batch", type=click.IntRange(min=1), default=1, metavar="N", help="Sequences at once."),
    _run("--kv-dtype", **_choice("TYPE", "Type of the cache", _CACHE_TYPES)),
    _run("--v-dtype", type=click.Choice(_CACHE_TYPES), metavar="TYPE", help="Type of its values, if another."),
    _run(
        "--engine",
        default="generic",
        metavar="NAME[@VERSION]",
        help=f"How this engine stores it: {', '.join(ENGINE_IDS)}.",
    ),
    _run("--encoder-context", type=click.IntRange(min=0), default=None, metavar="N", help="Encoder tokens."),
    _run("--shared-context", is_flag=True, help="--context is that of all sequences together (llama.cpp -c)."),
    _run("--full-windows", is_flag=True, help="Windows reserve the whole context (llama.cpp swa_full)."),
    _run("--kv-unified", is_flag=True, help="llama.cpp: one cache for all sequences."),
    _run("--ubatch", type=click.IntRange(min=1), default=None, metavar="N", help="llama.cpp: tokens of a step."),
    _run("--static-cache", is_flag=True, help="transformers: StaticCache of --context tokens."),
    _run("--overhead", default=None, metavar="SIZE", help="Runtime, e.g. 600MiB (default: an assumed 512 MiB)."),
    _run("--without", multiple=True, metavar="COMPONENT", help="Leave a component out, e.g. mtp."),
    _run("--in-turn", is_flag=True, help="Only the largest component of a pipeline is on the device at once."),
    _run(
        "--set",
        "settings",
        envvar="INSPECTOR_MEMORY_SET",
        multiple=True,
        metavar="KEY=VALUE",
        help="Supply a configuration value.",
    ),
)
_TRAIN: Final = (
    _train("--training", **_choice("METHOD", "To train, and how", (row.id for row in METHODS))),
    _train("--precision", **_choice("NAME", "Of training", (row.id for row in PRECISIONS))),
    _train("--optimizer", **_choice("NAME", "Of adapters", (row.id for row in OPTIMIZERS))),
    _train("--rank", type=click.IntRange(min=1), default=16, metavar="N", help="Rank of adapters.", show_default=True),
    _train(
        "--lora-target", "lora_target", multiple=True, metavar="NAME", help="Adapted modules (default: all-linear)."
    ),
    _train(
        "--modules-to-save",
        "modules_to_save",
        multiple=True,
        metavar="NAME",
        help="Modules trained whole beside adapters.",
    ),
    _train("--adapter-dtype", type=click.Choice(["f32", "bf16"]), default="f32", help="Type of adapters."),
    _train("--checkpointing", is_flag=True, help="Gradient checkpointing."),
    _train("--attention", type=click.Choice(["flash", "eager"]), default="flash", help="Kernel of attention."),
    _train("--no-activations", is_flag=True, help="Leave activations out."),
    _train("--sharding", default="none", **_choice("NAME", "Over --gpus", (row.id for row in SHARDINGS))),
    _train("--tokens", default=None, metavar="COUNT", help="Training tokens, e.g. 1B, for the compute."),
)
_FIT: Final = (
    _fit(
        "--gpu",
        "gpu",
        multiple=True,
        metavar="NAME|SIZE",
        shell_complete=completions.devices,
        help="Device, e.g. 'RTX 4090', 24GB, 4xH100.",
    ),
    _fit("--gpus", type=click.IntRange(min=1), default=None, metavar="N", help="So many of it."),
    _fit("--offload", is_flag=True, help="How many layers fit, the rest on the host."),
    _fit("--best", is_flag=True, help="The widest scheme that fits each device."),
    _fit("--list-devices", is_flag=True, help="List the known devices and leave."),
)


def _with(options: Sequence[Any]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


@click.command("memory", cls=Command)
@click.argument("targets", nargs=-1, metavar="TARGET...", shell_complete=completions.paths)
@_with((*_RUN, *_TRAIN, *_FIT))
@source_options
@output_options("table", "json", "jsonl", "csv", "markdown", "html")
def command(targets: tuple[str, ...], **options: Any) -> int:
    """Memory to run or train a model, part by part, and the devices where it fits.

    Cache figures are arithmetic, or with --engine what that engine stores. -v shows every formula and source.

    \b
    Examples:
      inspector memory ./model --context 32768 --gpu "RTX 4090"
      inspector memory org/name --scheme gguf/q4_k_m --gpu 8GB --offload
      inspector memory ./model --training qlora --rank 16 --checkpointing
    """
    settings = take_settings(options)
    if options.pop("list_devices"):
        _list_devices(settings)
        return 0
    if not targets:
        raise UsageError("No target is named.", hint="inspector memory TARGET, or --list-devices.")
    request = memory_request(**cast(MemoryOptions, options))
    results = [_report(one, request) for one in look(targets, settings)]
    _write(settings, results, request)
    return worst(map(code_of, results))


def _report(one: Looked | Failed, request: MemoryRequest) -> MemoryReport | Failed:
    return one if isinstance(one, Failed) else estimate_memory(one.checkpoint, one.census, request)


def _together(reports: Sequence[MemoryReport], request: MemoryRequest) -> list[Fit]:
    """All targets at once on one device, where there are several."""
    if len(reports) < 2:
        return []
    needs = tuple(report.estimates[0].estimated_bytes for report in reports if report.estimates)
    return [fit_together(needs, device) for device in request.devices or DEVICES]


def _json(results: Sequence[MemoryReport | Failed], together: Sequence[Fit]) -> dict[str, Any]:
    whole = as_document("memory", [body_of("memory", one) for one in results])
    return whole | {"together": [one.to_dict() for one in together]} if together else whole


def _write(settings: Settings, results: Sequence[MemoryReport | Failed], request: MemoryRequest) -> None:
    reports = [one for one in results if isinstance(one, MemoryReport)]
    together = _together(reports, request)
    refs = [one.checkpoint.target.ref for one in reports]

    def text(page: Page) -> str:
        each = page.under_targets(refs, [memory_table(one, page) for one in reports], of=len(results))
        return page.apart([each, *([together_table(together, page)] if together else [])])

    write_outputs(
        settings,
        {
            **text_renderers(settings, "memory", refs, text),
            "json": lambda: documents.to_json(_json(results, together)),
            "jsonl": lambda: documents.to_jsonl([body_of("memory", one) for one in results]),
            "csv": lambda: memory_csv(reports),
        },
    )


def _list_devices(settings: Settings) -> None:
    rows = [fields_of(device) for device in DEVICES]
    listed = [
        {**row, "usable_share": str(row["usable_share"]), "usable_bytes": device.usable_bytes}
        for row, device in zip(rows, DEVICES, strict=True)
    ]
    document = documents.document("memory", __version__, {"devices": listed})
    write_outputs(
        settings,
        {
            "table": lambda: devices_table(settings.page("terminal")),
            "markdown": lambda: devices_table(settings.page("markdown")),
            "json": lambda: documents.to_json(document),
            "jsonl": lambda: documents.to_jsonl(listed),
            "csv": lambda: _devices_csv(listed),
        },
    )


def _devices_csv(rows: Sequence[Mapping[str, Any]]) -> str:
    from inspector.reports.tables import render_csv

    return render_csv(list(rows[0]), [list(row.values()) for row in rows])
