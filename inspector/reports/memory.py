"""Memory estimates as text: terminal, Markdown, CSV."""

from collections.abc import Sequence

from inspector.analyses.memory.fit import Fit
from inspector.analyses.memory.parts import Part
from inspector.analyses.memory.report import Estimate, MemoryReport
from inspector.knowledge.devices import DEVICES
from inspector.reports.page import Page
from inspector.reports.tables import Column, number_column, prose_column, render_csv, text_column
from inspector.units import format_count, plural

_COMMON = frozenset(device.name for device in DEVICES if device.common)
_KNOWN = frozenset(device.name for device in DEVICES)
_BEST = (number_column("artifact"), number_column("headroom"))


def memory_table(report: MemoryReport, page: Page) -> str:
    """Each estimate with its parts and the devices where it fits; formulas and sources where verbose."""
    blocks = [_headline(report, page)]
    for estimate in report.estimates:
        blocks += [_parts(estimate, page), _compared(estimate, page), _formulas(estimate, page)]
        blocks += [_fits(estimate, page), _offload(estimate, page), _unknown(estimate, page)]
    blocks += [_best(report, page), _refused(report, page), _assumptions(report, page)]
    return page.join(blocks)


def _headline(report: MemoryReport, page: Page) -> str:
    figures = f"{format_count(report.params)} parameters"
    if report.generates and report.active_params is not None and report.active_params != report.params:
        figures += f", {format_count(report.active_params)} active per token"
    head = page.prose(page.strong(f"{page.text(report.architecture.name)}: {figures}"), rest="  ")
    if not report.generates:
        return head
    request = report.request
    engine = f"{report.engine.id} {report.engine.version}"
    what = f"{plural(request.batch, 'sequence')} of {request.context:,} tokens, cache {request.kv_dtype}, {engine}"
    return f"{head}\n{page.prose(page.text(what), page.bullet, '    ')}"


def _parts(estimate: Estimate, page: Page) -> str:
    rows = [_part_cells(part, page) for part in estimate.parts]
    rows.append(["total", "", page.bytes(estimate.estimated_bytes)])
    table = page.table([text_column("part"), text_column("of"), number_column("bytes")], rows)
    how = f"{estimate.purpose}, {'weights ' if estimate.purpose == 'inference' else ''}{page.text(estimate.scheme)}"
    what = f"{how}: {page.bytes(estimate.estimated_bytes)}"
    return f"{page.title(what)}\n{table}"


def _part_cells(part: Part, page: Page) -> list[str]:
    return [part.label.replace("_", " "), _whose(part), page.bytes(part.bytes)]


def _whose(part: Part) -> str:
    return f"{part.component}, {part.detail}" if part.detail else part.component


def _formulas(estimate: Estimate, page: Page) -> str:
    """How each part comes about; parts of one formula together."""
    if not page.verbose:
        return ""
    alike: dict[tuple[str, str, str], list[str]] = {}
    for part in estimate.parts:
        alike.setdefault((part.label, part.formula, part.source), []).append(_whose(part))
    return page.listed(
        "How it is reckoned",
        [
            page.text(f"{label.replace('_', ' ')} of {', '.join(whose)}: {formula} ({source})", 800)
            for (label, formula, source), whose in alike.items()
        ],
    )


def _compared(estimate: Estimate, page: Page) -> str:
    lines = [f"rule of thumb ({estimate.rule_of_thumb}): {page.bytes(estimate.rule_of_thumb_bytes)}"]
    cache = sum(part.bytes for part in estimate.parts if part.label == "kv_cache")
    if estimate.kv_cache_reserved_bytes and estimate.kv_cache_reserved_bytes != cache:
        lines.append(f"cache where the whole context is reserved: {page.bytes(estimate.kv_cache_reserved_bytes)}")
    if estimate.trained_params:
        lines.append(f"trained parameters: {format_count(estimate.trained_params)}")
    if estimate.flops is not None:
        lines.append(f"compute: {estimate.flops:,} operations (6 x parameters x tokens)")
    return "\n".join(page.prose(line, page.bullet, "    ") for line in lines)


def _fits(estimate: Estimate, page: Page) -> str:
    shown = [one for one in estimate.fits if page.verbose or one.device in _COMMON or one.device not in _KNOWN]
    shown = shown or list(estimate.fits)
    columns = [text_column("device"), number_column("usable"), Column("fits"), number_column("headroom")]
    if any(one.max_context is not None or one.max_batch is not None for one in shown):
        columns += [number_column("max context"), number_column("max batch")]
    return page.table(columns, [_fit_cells(one, page)[: len(columns)] for one in shown])


def _fit_cells(one: Fit, page: Page) -> list[str]:
    answer = "not known" if one.fits is None else "yes" if one.fits else "no"
    context = "" if one.max_context is None else f"{one.max_context:,}"
    batch = "" if one.max_batch is None else f"{one.max_batch:,}"
    return [_device(one), page.bytes(one.usable_bytes), answer, page.bytes(one.headroom_bytes), context, batch]


def _device(one: Fit) -> str:
    return one.device if one.devices == 1 else f"{one.devices} x {one.device}"


def _offload(estimate: Estimate, page: Page) -> str:
    rows = [
        [
            one.device,
            f"{one.layers_on_device} of {one.layers}",
            page.bytes(one.device_bytes),
            page.bytes(one.host_bytes),
        ]
        for one in estimate.offload
    ]
    columns = [text_column("device"), *map(number_column, ("layers on it", "on it", "on the host"))]
    return page.table(columns, rows)


def _unknown(estimate: Estimate, page: Page) -> str:
    return page.listed(
        "Not known, and not in the total",
        [
            f"{page.text(gap.subject)}: {page.text(gap.reason)}"
            + (f"; {page.text(gap.flag)} supplies it" if gap.flag else "")
            for gap in estimate.gaps
        ],
    )


def _best(report: MemoryReport, page: Page) -> str:
    """The widest scheme per device; a device named by the user without any is told so, with what would help."""
    shown = [one for one in report.best if page.verbose or one.fit.device in _COMMON or one.fit.device not in _KNOWN]
    rows = [
        [
            _device(one.fit),
            one.scheme,
            page.bytes(one.projected_bytes),
            page.bytes(one.fit.headroom_bytes),
            "" if one.fit.max_context is None else f"{one.fit.max_context:,}",
        ]
        for one in shown or report.best
    ]
    served = {_device(one.fit) for one in report.best}
    wanted = report.best_asked and report.estimates
    asked = [_device(one) for one in report.estimates[0].fits if one.fits is False] if wanted else []
    none = [name for name in asked if name not in served and name not in _KNOWN]
    columns = [text_column("device"), text_column("widest scheme that fits"), *_BEST]
    if report.generates:
        columns.append(number_column("max context"))
    rows += [[name, "none", "", "", ""] for name in none]
    table = page.table(columns, [row[: len(columns)] for row in rows])
    advice = "less --context, or --offload" if report.generates else "--in-turn"
    return f"{table}\n\n{page.prose(f'where none fits: {advice}', '  ')}" if none else table


def _refused(report: MemoryReport, page: Page) -> str:
    return page.listed(
        "Not offered", [f"{page.text(name)}: {page.text(reason)}" for name, reason in report.not_offered]
    )


def _assumptions(report: MemoryReport, page: Page) -> str:
    return page.listed("Assumed", [page.text(line) for line in report.assumptions])


def together_table(fits: Sequence[Fit], page: Page) -> str:
    """Several models on one device at once."""
    rows = [_fit_cells(one, page)[:4] for one in fits if one.device in _COMMON or one.device not in _KNOWN]
    columns = [text_column("device"), number_column("usable"), Column("all of them fit"), number_column("headroom")]
    return f"{page.title('All targets at once, each with its own overhead')}\n{page.table(columns, rows)}"


def devices_table(page: Page) -> str:
    """Every device that is known, with its source."""
    rows = [
        [row.name, row.kind, page.bytes(row.memory_bytes), page.bytes(row.usable_bytes), row.note, row.source]
        for row in DEVICES
    ]
    columns = [Column("device"), Column("kind", spare=True), number_column("memory"), number_column("usable")]
    return page.table(
        [*columns, prose_column("note", readable=24), prose_column("source", spare=True, readable=40)], rows
    )


def memory_csv(reports: Sequence[MemoryReport]) -> str:
    """One row a part."""
    titles = [
        "target",
        "purpose",
        "scheme",
        "engine",
        "context",
        "batch",
        "label",
        "component",
        "bytes",
        "formula",
        "source",
    ]
    rows = [
        [report.checkpoint.target.ref, estimate.purpose, estimate.scheme, report.engine.id, report.request.context]
        + [report.request.batch, part.label, part.component, part.bytes, part.formula, part.source]
        for report in reports
        for estimate in report.estimates
        for part in estimate.parts
    ]
    return render_csv(titles, rows)
