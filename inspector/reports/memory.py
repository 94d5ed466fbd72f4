"""Memory estimates as text: terminal, Markdown, CSV."""

from collections.abc import Sequence

from inspector.analyses.memory.fit import Fit
from inspector.analyses.memory.parts import Part
from inspector.analyses.memory.report import Estimate, MemoryReport
from inspector.knowledge.devices import DEVICES
from inspector.reports.tables import Style, number_column, render_csv, render_table, text_column
from inspector.text import for_markdown, for_terminal
from inspector.units import Units, format_bytes, format_count

_COMMON = frozenset(device.name for device in DEVICES if device.common)
_KNOWN = frozenset(device.name for device in DEVICES)


def memory_table(report: MemoryReport, *, style: Style, units: Units, width: int | None, verbose: bool = False) -> str:
    """Each estimate with its parts and the devices where it fits; formulas and sources where `verbose`."""
    page = _Page(style, units, width, verbose)
    blocks = [_headline(report, page)]
    for estimate in report.estimates:
        blocks += [_parts(estimate, page), _compared(estimate, page), _fits(estimate, page), _offload(estimate, page)]
        blocks.append(_unknown(estimate, page))
    blocks += [_best(report, page), _refused(report, page), _assumptions(report, page)]
    return "\n\n".join(block for block in blocks if block)


class _Page:
    """How this report is written."""

    def __init__(self, style: Style, units: Units, width: int | None, verbose: bool) -> None:
        self.style, self.units, self.width, self.verbose = style, units, width, verbose

    def bytes(self, count: int) -> str:
        return format_bytes(count, self.units)

    def text(self, text: str) -> str:
        return for_markdown(text, 400) if self.style == "markdown" else for_terminal(text, 400)

    def title(self, text: str) -> str:
        return f"## {self.text(text)}\n" if self.style == "markdown" else self.text(text)

    def lines(self, title: str, lines: Sequence[str]) -> str:
        bullet = "- " if self.style == "markdown" else "  "
        return "\n".join([self.title(title), *(f"{bullet}{line}" for line in lines)]) if lines else ""


def _headline(report: MemoryReport, page: _Page) -> str:
    figures = f"{format_count(report.params)} parameters"
    if report.generates and report.active_params is not None and report.active_params != report.params:
        figures += f", {format_count(report.active_params)} active per token"
    engine = f"engine {report.engine.id} {report.engine.version}"
    request = report.request
    if not report.generates:
        return f"{page.text(report.architecture.name)}: {figures}"
    what = f"{request.batch} x {request.context:,} tokens, cache {request.kv_dtype}, {engine}"
    return f"{page.text(report.architecture.name)}: {figures}\n  {page.text(what)}"


def _parts(estimate: Estimate, page: _Page) -> str:
    rows = [_part_cells(part, page) for part in estimate.parts]
    rows.append(["total", "", page.bytes(estimate.estimated_bytes), *(["", ""] if page.verbose else [])])
    columns = [text_column("part"), text_column("of"), number_column("bytes")]
    if page.verbose:
        columns += [text_column("formula"), text_column("source")]
    table = render_table(columns, rows, style=page.style, width=page.width)
    return f"{page.title(f'{estimate.purpose}, weights {estimate.scheme}')}\n{table}"


def _part_cells(part: Part, page: _Page) -> list[str]:
    what = f"{part.component}, {part.detail}" if part.detail else part.component
    cells = [part.label.replace("_", " "), what, page.bytes(part.bytes)]
    return [*cells, part.formula, part.source] if page.verbose else cells


def _compared(estimate: Estimate, page: _Page) -> str:
    lines = [f"rule of thumb ({estimate.rule_of_thumb}): {page.bytes(estimate.rule_of_thumb_bytes)}"]
    cache = sum(part.bytes for part in estimate.parts if part.label == "kv_cache")
    if estimate.kv_cache_reserved_bytes and estimate.kv_cache_reserved_bytes != cache:
        lines.append(f"cache where the whole context is reserved: {page.bytes(estimate.kv_cache_reserved_bytes)}")
    if estimate.trained_params:
        lines.append(f"trained parameters: {format_count(estimate.trained_params)}")
    if estimate.flops is not None:
        lines.append(f"compute: {estimate.flops:,} operations (6 x parameters x tokens)")
    return "\n".join(f"  {line}" for line in lines)


def _fits(estimate: Estimate, page: _Page) -> str:
    shown = [one for one in estimate.fits if page.verbose or one.device in _COMMON or one.device not in _KNOWN]
    shown = shown or list(estimate.fits)
    columns = [
        text_column("device"),
        number_column("usable"),
        text_column("fits"),
        number_column("headroom"),
        number_column("longest context"),
        number_column("most sequences"),
    ]
    rows = [_fit_cells(one, page) for one in shown]
    return render_table(columns, rows, style=page.style, width=page.width) if rows else ""


def _fit_cells(one: Fit, page: _Page) -> list[str]:
    name = one.device if one.devices == 1 else f"{one.devices} x {one.device}"
    answer = "not known" if one.fits is None else "yes" if one.fits else "no"
    context = "" if one.max_context is None else f"{one.max_context:,}"
    batch = "" if one.max_batch is None else f"{one.max_batch:,}"
    return [name, page.bytes(one.usable_bytes), answer, page.bytes(one.headroom_bytes), context, batch]


def _offload(estimate: Estimate, page: _Page) -> str:
    rows = [
        [
            one.device,
            f"{one.layers_on_device} of {one.layers}",
            page.bytes(one.device_bytes),
            page.bytes(one.host_bytes),
        ]
        for one in estimate.offload
    ]
    columns = [
        text_column("device"),
        number_column("layers on it"),
        number_column("on it"),
        number_column("on the host"),
    ]
    return render_table(columns, rows, style=page.style, width=page.width) if rows else ""


def _unknown(estimate: Estimate, page: _Page) -> str:
    return page.lines(
        "Not known, and not in the total",
        [
            f"{page.text(gap.subject)}: {page.text(gap.reason)}"
            + (f"; {page.text(gap.flag)} supplies it" if gap.flag else "")
            for gap in estimate.gaps
        ],
    )


def _best(report: MemoryReport, page: _Page) -> str:
    """The widest scheme per device; a device named by the user without any is told so, with what would help."""
    shown = [one for one in report.best if page.verbose or one.fit.device in _COMMON or one.fit.device not in _KNOWN]
    rows = [
        [
            one.fit.device if one.fit.devices == 1 else f"{one.fit.devices} x {one.fit.device}",
            one.scheme,
            page.bytes(one.projected_bytes),
            page.bytes(one.fit.headroom_bytes),
            "" if one.fit.max_context is None else f"{one.fit.max_context:,}",
        ]
        for one in shown or report.best
    ]
    served = {(one.fit.device, one.fit.devices) for one in report.best}
    wanted = report.best_asked and report.estimates
    asked = [one for one in report.estimates[0].fits if one.fits is False] if wanted else []
    rows += [
        [one.device if one.devices == 1 else f"{one.devices} x {one.device}", "none: less --context", "", "", ""]
        for one in asked
        if (one.device, one.devices) not in served and one.device not in _KNOWN
    ]
    columns = [
        text_column("device"),
        text_column("widest scheme that fits"),
        number_column("artifact"),
        number_column("headroom"),
        number_column("longest context"),
    ]
    return render_table(columns, rows, style=page.style, width=page.width) if rows else ""


def _refused(report: MemoryReport, page: _Page) -> str:
    return page.lines("Not offered", [f"{page.text(name)}: {page.text(reason)}" for name, reason in report.not_offered])


def _assumptions(report: MemoryReport, page: _Page) -> str:
    return page.lines("Assumed", [page.text(line) for line in report.assumptions])


def together_table(fits: Sequence[Fit], *, style: Style, units: Units, width: int | None) -> str:
    """Several models on one device at once."""
    page = _Page(style, units, width, False)
    rows = [_fit_cells(one, page)[:4] for one in fits if one.device in _COMMON or one.device not in _KNOWN]
    columns = [
        text_column("device"),
        number_column("usable"),
        text_column("all of them fit"),
        number_column("headroom"),
    ]
    table = render_table(columns, rows, style=style, width=width)
    return f"{page.title('All targets at once, each with its own overhead')}\n{table}"


def devices_table(*, style: Style, units: Units, width: int | None) -> str:
    """Every device that is known, with its source."""
    page = _Page(style, units, width, True)
    rows = [
        [row.name, row.kind, page.bytes(row.memory_bytes), page.bytes(row.usable_bytes), row.note, row.source]
        for row in DEVICES
    ]
    columns = [
        text_column("device"),
        text_column("kind"),
        number_column("memory"),
        number_column("usable"),
        text_column("note"),
        text_column("source"),
    ]
    return render_table(columns, rows, style=style, width=width)


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
