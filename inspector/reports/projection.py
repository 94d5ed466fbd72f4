"""Projected sizes as text: one row a scheme, and what becomes of each pattern."""

from collections.abc import Mapping, Sequence
from typing import Any

from inspector.analyses.projections.values import Projection, Projections
from inspector.reports.tables import Column, Style, number_column, render_csv, render_table, text_column
from inspector.text import for_markdown, for_terminal
from inspector.units import Units, format_bytes, format_share
from inspector.values import frozen

#: Reasons of schemes that are not offered are told one by one up to this many, then grouped.
_LISTED = 8


@frozen
class ProjectionPage:
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


def projection_table(page: ProjectionPage, *, style: Style, units: Units, width: int | None, detailed: bool) -> str:
    """The schemes in one table; with `detailed`, a section for each that explains it."""
    blocks = [_headline(page, style, units), _schemes(page, style, units, width)]
    if detailed:
        blocks += [_section(row, page, style, units, width) for row in page.found.projections]
    blocks.append(_not_offered(page, style))
    return "\n\n".join(block for block in blocks if block)


def _text(text: str, style: Style) -> str:
    return for_markdown(text, 400) if style == "markdown" else for_terminal(text, 400)


def _headline(page: ProjectionPage, style: Style, units: Units) -> str:
    line = f"{_text(str(page.target.get('ref', '')), style)}: {format_bytes(page.found.stored_bytes, units)} now"
    if not page.complete:
        line += "; incomplete, so these are figures of what could be read"
    return f"## {line}" if style == "markdown" else line


def _schemes(page: ProjectionPage, style: Style, units: Units, width: int | None) -> str:
    rows = [_scheme_row(row, page.found.stored_bytes, units) for row in page.found.projections]
    columns = [
        Column("scheme"),
        number_column("size"),
        number_column("bits/weight"),
        number_column("of now"),
        Column("figure"),
        Column("lowest", right=True, spare=True),
        Column("highest", right=True, spare=True),
        Column("by component", flexible=True, spare=True),
    ]
    return render_table(columns, rows, style=style, width=width) if rows else ""


def _scheme_row(row: Projection, now: int, units: Units) -> list[str]:
    bounded = row.low_bytes != row.high_bytes
    parts = [f"{name} {format_bytes(size, units)}" for name, size in row.components.items()]
    return [
        row.scheme,
        format_bytes(row.projected_bytes, units),
        row.bits_text(),
        format_share(row.projected_bytes, now),
        row.basis,
        format_bytes(row.low_bytes, units) if bounded else "",
        format_bytes(row.high_bytes, units) if bounded else "",
        ", ".join(parts),
    ]


def _section(row: Projection, page: ProjectionPage, style: Style, units: Units, width: int | None) -> str:
    heading = f"### {row.scheme}" if style == "markdown" else row.scheme
    exact = f"{row.projected_bytes:,} bytes, {row.basis}"
    if row.low_bytes != row.high_bytes:
        exact += f" ({row.low_bytes:,} to {row.high_bytes:,})"
    lines = [heading, exact, f"headers and padding of the container: {row.header_bytes:,} bytes"]
    lines += [_text(note, style) for note in row.assumptions]
    separator = "\n\n" if style == "markdown" else "\n  "
    return separator.join(lines) + "\n\n" + _groups(row, style, units, width)


def _groups(row: Projection, style: Style, units: Units, width: int | None) -> str:
    columns = [
        text_column("pattern"),
        number_column("tensors"),
        text_column("from"),
        text_column("to"),
        number_column("size"),
        Column("component", spare=True),
        text_column("why"),
    ]
    cells = [
        [g.pattern, f"{g.tensors:,}", g.from_dtype, g.to_dtype, format_bytes(g.bytes, units), g.component, g.reason]
        for g in sorted(row.groups, key=lambda group: (-group.bytes, group.pattern))
    ]
    return render_table(columns, cells, style=style, width=width) if cells else ""


def _not_offered(page: ProjectionPage, style: Style) -> str:
    """Schemes that do not apply, those of one reason together."""
    by_reason: dict[str, list[str]] = {}
    for row in page.found.not_offered:
        by_reason.setdefault(row.reason, []).append(row.scheme)
    bullet = "- " if style == "markdown" else "  "
    lines = [f"{bullet}{_named(schemes)}: {_text(reason, style)}" for reason, schemes in by_reason.items()]
    if not lines:
        return ""
    title = "### Not offered" if style == "markdown" else "Not offered"
    return "\n".join([title, *(["", *lines] if style == "markdown" else lines)])


def _named(schemes: Sequence[str]) -> str:
    if len(schemes) <= _LISTED:
        return ", ".join(schemes)
    families = list(dict.fromkeys(scheme.partition("/")[0] for scheme in schemes))
    return f"{len(schemes)} schemes of {', '.join(families)}"


def projection_csv(pages: Sequence[ProjectionPage]) -> str:
    """One row a scheme and component, the header as a component of its own; rows of a scheme add up to its size."""
    titles = ["target", "scheme", "projected_bytes", "low_bytes", "high_bytes", "basis", "bits_per_weight"]
    rows: list[list[object]] = []
    for page in pages:
        for row in page.found.projections:
            head = [page.target.get("ref", ""), row.scheme, row.projected_bytes, row.low_bytes, row.high_bytes]
            head += [row.basis, row.bits_text(4)]
            parts = [*row.components.items(), ("container", row.header_bytes)]
            rows += [[*head, name, size] for name, size in parts]
    return render_csv([*titles, "component", "component_bytes"], rows)
