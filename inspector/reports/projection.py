"""Projected sizes as text: one row a scheme, and what becomes of each pattern."""

from collections.abc import Mapping, Sequence
from typing import Any

from inspector.analyses.projections.values import Projection, Projections
from inspector.reports.page import Page
from inspector.reports.tables import Column, number_column, prose_column, render_csv
from inspector.units import format_share
from inspector.values import frozen

#: Reasons of schemes that are not offered are told one by one up to this many, then grouped.
_LISTED = 8
#: Patterns of a scheme that are shown one by one.
_PATTERNS = 20


@frozen
class ProjectedTarget:
    """The projections of one target with what the document says beside them."""

    target: Mapping[str, Any]
    complete: bool
    found: Projections

    def to_dict(self) -> dict[str, Any]:
        """The body of the `project` document."""
        return {
            "target": dict(self.target),
            "complete": self.complete,
            "file_bytes": self.found.stored_bytes,
            **self.found.to_dict(),
        }


def projection_table(one: ProjectedTarget, page: Page, *, detailed: bool) -> str:
    """The schemes in one table; with `detailed`, a section for each that explains it, whole where verbose."""
    blocks = [_headline(one, page), _schemes(one, page)]
    if detailed:
        blocks += [_section(row, page) for row in one.found.projections]
    blocks.append(_not_offered(one, page))
    return page.join(blocks)


def _headline(one: ProjectedTarget, page: Page) -> str:
    line = f"{page.text(str(one.target.get('ref', '')))}: {page.bytes(one.found.stored_bytes)} now"
    if not one.complete:
        line += "; incomplete, so these are figures of what could be read"
    return f"## {line}" if page.markdown else page.prose(page.strong(line), rest="  ")


def _schemes(one: ProjectedTarget, page: Page) -> str:
    rows = [_scheme_row(row, one.found.stored_bytes, page) for row in one.found.projections]
    columns = [
        Column("scheme"),
        number_column("size"),
        number_column("bits/weight"),
        number_column("of now"),
        Column("figure"),
        Column("between", spare=True),
        prose_column("by component", spare=True, readable=36),
    ]
    filled = [i for i, title in enumerate(columns) if title.title != "between" or any(row[i] for row in rows)]
    return page.table([columns[i] for i in filled], [[row[i] for i in filled] for row in rows])


def _scheme_row(row: Projection, now: int, page: Page) -> list[str]:
    parts = [f"{name} {page.bytes(size)}" for name, size in row.components.items()]
    return [
        row.scheme,
        page.bytes(row.projected_bytes),
        row.bits_text(),
        format_share(row.projected_bytes, now),
        row.basis,
        _bounds(row, page),
        ", ".join(parts),
    ]


def _bounds(row: Projection, page: Page) -> str:
    """The bounds where they are told apart from the figure itself."""
    low, high = page.bytes(row.low_bytes), page.bytes(row.high_bytes)
    return "" if low == high == page.bytes(row.projected_bytes) else f"{low} and {high}"


def _section(row: Projection, page: Page) -> str:
    exact = f"{row.projected_bytes:,} bytes, {row.basis}"
    if row.low_bytes != row.high_bytes:
        exact += f" ({row.low_bytes:,} to {row.high_bytes:,})"
    notes = [exact, f"headers and padding of the container: {row.header_bytes:,} bytes"]
    notes += [page.text(note) for note in row.assumptions]
    return f"{page.listed(row.scheme, notes, level=3)}\n\n{_groups(row, page)}"


def _groups(row: Projection, page: Page) -> str:
    """What becomes of each pattern, the largest first; the small rest is only summed up."""
    groups = sorted(row.groups, key=lambda group: (-group.bytes, group.pattern))
    shown = groups if page.verbose else groups[:_PATTERNS]
    columns = [
        Column("pattern", flexible=True, readable=30),
        number_column("tensors"),
        Column("from", spare=True),
        Column("to"),
        number_column("size"),
        Column("component", spare=True),
        prose_column("why"),
    ]
    cells = [
        [g.pattern, f"{g.tensors:,}", g.from_dtype, g.to_dtype, page.bytes(g.bytes), g.component, g.reason]
        for g in shown
    ]
    rest = groups[len(shown) :]
    if rest:
        tensors, size = sum(g.tensors for g in rest), sum(g.bytes for g in rest)
        more = f"{len(rest):,} more patterns"
        cells.append([more, f"{tensors:,}", "", "", page.bytes(size), "", "-v shows them"])
    return page.table(columns, cells)


def _not_offered(one: ProjectedTarget, page: Page) -> str:
    """Schemes that do not apply, those of one reason together."""
    by_reason: dict[str, list[str]] = {}
    for row in one.found.not_offered:
        by_reason.setdefault(row.reason, []).append(row.scheme)
    entries = [f"{page.text(_named(schemes))}: {page.text(reason)}" for reason, schemes in by_reason.items()]
    return page.listed("Not offered", entries, level=3)


def _named(schemes: Sequence[str]) -> str:
    if len(schemes) <= _LISTED:
        return ", ".join(schemes)
    families = list(dict.fromkeys(scheme.partition("/")[0] for scheme in schemes))
    return f"{len(schemes)} schemes of {', '.join(families)}"


def projection_csv(targets: Sequence[ProjectedTarget]) -> str:
    """One row a scheme and component, the header as a component of its own; rows of a scheme add up to its size."""
    titles = ["target", "scheme", "projected_bytes", "low_bytes", "high_bytes", "basis", "bits_per_weight"]
    rows: list[list[object]] = []
    for one in targets:
        for row in one.found.projections:
            head = [one.target.get("ref", ""), row.scheme, row.projected_bytes, row.low_bytes, row.high_bytes]
            head += [row.basis, row.bits_text(4)]
            parts = [*row.components.items(), ("container", row.header_bytes)]
            rows += [[*head, name, size] for name, size in parts]
    return render_csv([*titles, "component", "component_bytes"], rows)
