"""The overview as text: terminal, Markdown, CSV."""

from collections.abc import Mapping, Sequence
from typing import Any

from inspector.analyses.breakdown import ComponentRow
from inspector.analyses.completeness import uncounted
from inspector.analyses.overview import Overview
from inspector.reports.page import Page
from inspector.reports.tables import Column, number_column, render_csv, text_column
from inspector.units import format_count, format_share, plural

_TOTAL = "total"
#: Files and copies that are named one by one before they are only counted.
_LISTED = 6
#: Parts that could not be counted, likewise.
_NAMED = 20
#: Kinds of target whose reads are requests to a server.
_REMOTE_KINDS = ("hub", "object-store", "http")
_MORE = "inspector project: every scheme, bounds, and what becomes of each tensor"


def overview_text(overview: Overview, page: Page, *, free_bytes: int | None = None, picture: str = "") -> str:
    """Headline, components, packing, copies, files, projections and what the reading cost.

    `free_bytes` is the room where a download would go, None where it is not known or does not matter;
    `picture` is one of the same checkpoint for the page, "" where it shows none.
    """
    blocks = [
        _headline(overview, page),
        _components(overview, page),
        _accounting(overview, page),
        picture,
        _packing(overview, page),
        _alternatives(overview, page),
        _other_files(overview, page),
        _download(overview, page, free_bytes),
        _projections(overview, page),
        _provenance(overview, page),
        _incomplete(overview, page),
        _findings(overview, page),
        _cost(overview, page),
    ]
    return page.join(blocks)


def _place(overview: Overview) -> str:
    """The repository at its revision, and of an image for several platforms the one that was read."""
    target, facts = overview.checkpoint.target, overview.checkpoint.repository
    at = " @ ".join(part for part in (target.repo_id, target.revision) if part)
    several = isinstance(facts.get("platforms"), list) and len(facts["platforms"]) > 1
    return f"{at} (for {facts.get('platform')})" if several else at


def _headline(overview: Overview, page: Page) -> str:
    architecture = overview.architecture
    what = f"{page.text(architecture.name or architecture.id)} ({architecture.kind})"
    if architecture.kind == "unknown":
        what = f"{page.text(architecture.name or architecture.id)} architecture"
    figures = f"{format_count(overview.headline_params)} parameters"
    if overview.active is not None and overview.active.experts:
        without = format_count(overview.active.without_embedding_params)
        figures += f", {format_count(overview.active.params)} active ({without} without the input embedding)"
    size = page.bytes(overview.breakdown.file_bytes)
    head = f"{what}: {figures}, {size} in {plural(overview.breakdown.files, 'file')}"
    lines = [page.prose(page.strong(head), rest="  ")]
    target = overview.checkpoint.target
    if target.repo_id or target.revision:
        lines.append(page.prose(page.text(_place(overview)), page.bullet, "    "))
    sentences = list(architecture.evidence if page.verbose else architecture.evidence[:2])
    if architecture.candidates:
        sentences.append(f"could be: {', '.join(architecture.candidates)}")
    return "\n".join([*lines, *(page.prose(page.text(sentence), page.bullet, "    ") for sentence in sentences)])


def _components(overview: Overview, page: Page) -> str:
    totals = overview.breakdown.totals
    rows = [_component_cells(row, overview, page) for row in overview.breakdown.rows]
    total_params = format_count(totals.params)
    rows.append([_TOTAL, total_params, f"{totals.tensors:,}", "", page.bytes(totals.stored_bytes), "100.0 %"])
    columns = [
        text_column("component"),
        number_column("parameters"),
        number_column("tensors"),
        text_column("dtypes"),
        number_column("bytes"),
        number_column("share"),
    ]
    return page.table(columns, rows)


def _component_cells(row: ComponentRow, overview: Overview, page: Page) -> list[str]:
    title = row.name if row.name.startswith(row.component) else f"{row.component}: {row.name}"
    if not row.sums.tensors:
        return [title, "", "", "files", page.bytes(row.file_bytes), ""]
    return [
        title,
        format_count(row.sums.params),
        f"{row.sums.tensors:,}",
        " ".join(row.dtypes),
        page.bytes(row.sums.stored_bytes),
        format_share(row.sums.stored_bytes, overview.breakdown.totals.stored_bytes),
    ]


def _accounting(overview: Overview, page: Page) -> str:
    breakdown = overview.breakdown
    totals = breakdown.totals
    rest = breakdown.file_bytes - breakdown.header_bytes - totals.stored_bytes
    tensors, headers, size = page.bytes(totals.stored_bytes), page.bytes(breakdown.header_bytes), breakdown.file_bytes
    parts = f"tensors {tensors} + headers {headers}"
    lines = [f"{parts} + in no tensor {page.bytes(rest)} = {size:,} bytes"]
    if rest < 0:
        lines = [f"{parts} are {page.bytes(-rest)} more than the {size:,} bytes that are there"]
    beside = [
        f"{format_count(count)} {what}"
        for count, what in (
            (totals.buffer_elements, "buffer elements"),
            (totals.side_data_elements, "elements of scales and other side data"),
        )
        if count
    ]
    if beside:
        lines.append(f"beside the parameters: {', '.join(beside)}")
    return "\n".join(page.prose(line, page.bullet, "    ") for line in lines)


def _packing(overview: Overview, page: Page) -> str:
    return page.listed(
        "Packed",
        [
            f"{page.text(one.scheme)}: {plural(one.modules, 'module')} for {format_count(one.params)} parameters"
            + (f", {one.bits} bits" if one.bits else "")
            + (f", groups of {one.group_size}" if one.group_size and one.group_size > 0 else "")
            for one in overview.packings
        ],
    )


def _alternatives(overview: Overview, page: Page) -> str:
    others = overview.checkpoint.alternatives
    lines = [
        f"{page.text(one.path)} ({page.bytes(one.file_bytes)}): {page.text(one.reason)}" for one in others[:_LISTED]
    ]
    if len(others) > _LISTED:
        lines.append(f"and {len(others) - _LISTED:,} more")
    return page.listed("Not counted", lines)


def _other_files(overview: Overview, page: Page) -> str:
    kinds = ("config", "index", "tokenizer", "generation-config", "model-card")
    found = [file for file in overview.checkpoint.files if file.kind in kinds]
    if not found:
        return ""
    lines = [f"{page.text(file.path)} ({page.bytes(file.bytes)})" for file in found[:_LISTED]]
    if len(found) > _LISTED:
        lines.append(f"and {len(found) - _LISTED:,} more")
    return page.listed("Tokenizer and configuration", lines)


def _download(overview: Overview, page: Page, free_bytes: int | None) -> str:
    plan = overview.download
    if plan is None:
        return ""
    cached = f", {page.bytes(plan.cached_bytes)} of them in the local cache" if plan.cached_bytes else ""
    lines = [f"{plural(len(plan.paths), 'file')}, {page.bytes(plan.bytes)}{cached}"]
    if plan.allow_patterns:
        patterns = [page.text(pattern) for pattern in plan.allow_patterns[:_LISTED]]
        more = len(plan.allow_patterns) - len(patterns)
        lines.append(f"allow patterns: {' '.join(patterns)}" + (f" and {more:,} more" if more else ""))
    if free_bytes is not None:
        verdict = "enough" if free_bytes >= plan.missing_bytes else "not enough"
        lines.append(f"the disk of the local cache has {page.bytes(free_bytes)} free: {verdict}")
    return page.listed("What a loader fetches", lines)


def _projections(overview: Overview, page: Page) -> str:
    rows = [
        [
            one.scheme,
            page.bytes(one.projected_bytes),
            one.bits_text(),
            format_share(one.projected_bytes, overview.breakdown.file_bytes),
            one.basis,
        ]
        for one in overview.projections
    ]
    columns = [
        text_column("as"),
        number_column("size"),
        number_column("bits/weight"),
        number_column("of now"),
        Column("figure"),
    ]
    return f"{page.table(columns, rows)}\n\n{page.prose(_MORE, '  ')}" if rows else ""


def _provenance(overview: Overview, page: Page) -> str:
    return page.listed(
        "It says of itself", [f"{page.text(key)}: {page.text(value, 120)}" for key, value in overview.provenance]
    )


def _incomplete(overview: Overview, page: Page) -> str:
    parts = list(uncounted(overview.checkpoint))
    lines = [page.text(part, 300) for part in parts[:_NAMED]]
    if len(parts) > _NAMED:
        lines.append(f"and {len(parts) - _NAMED:,} more: inspector audit shows all")
    return page.listed("Incomplete: these could not be counted", lines)


def _findings(overview: Overview, page: Page) -> str:
    every = [finding.to_dict() for finding in overview.findings]
    rows = [row for row in every if row["suppressed"] is None]
    lines = [_finding(row, page) for row in rows[:_LISTED]]
    if len(rows) > _LISTED:
        lines.append(f"and {len(rows) - _LISTED:,} more: inspector audit shows all")
    if len(rows) < len(every):
        lines.append(f"{len(every) - len(rows):,} suppressed by the configuration")
    return page.listed("Findings", lines)


def _finding(row: Mapping[str, Any], page: Page) -> str:
    """One finding with its file; of an error also what to do."""
    place = f" ({page.text(row['path'])})" if row["path"] else ""
    line = f"{page.coloured(row['severity'], row['severity'])} {row['rule']}: {page.text(row['message'])}{place}"
    if row["severity"] != "error" or not row["action"]:
        return line
    return f"{line}. To do: {page.text(row['action'])}"


def _cost(overview: Overview, page: Page) -> str:
    cost = overview.checkpoint.cost
    if not cost.requests:
        return ""
    of = page.bytes(overview.breakdown.file_bytes)
    target = overview.checkpoint.target
    is_remote = target.kind in _REMOTE_KINDS or target.ref.startswith("oci://")
    unit = "request" if is_remote else "read"
    return page.coloured(f"read {page.bytes(cost.bytes)} of {of} in {plural(cost.requests, unit)}", "dim")


def overview_csv(overviews: Sequence[Overview]) -> str:
    """One row a component."""
    titles = ["target", "component", "name", "path", "tensors", "elements", "params", "buffer_elements"] + [
        "side_data_elements",
        "stored_bytes",
        "file_bytes",
        "dtypes",
    ]
    rows = [
        [overview.checkpoint.target.ref, row.component, row.name, row.path]
        + [*row.sums.full().values(), row.file_bytes, " ".join(row.dtypes)]
        for overview in overviews
        for row in overview.breakdown.rows
    ]
    return render_csv(titles, rows)
