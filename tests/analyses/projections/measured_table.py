"""The table of measured sizes for documentation, made from measured.json and the projections of today."""

from collections.abc import Iterable

from inspector.analyses.projections.values import Projection
from inspector.reports.tables import number_column, render_table, text_column
from tests.analyses.projections.support import MEASURED, TOOLS, by_scheme, measured_projections


def measured_table() -> str:
    """One row a scheme: on how many checkpoints it was measured, how many figures agree to the byte, the rest."""
    schemes = list(dict.fromkeys(scheme for _, scheme, _, _ in MEASURED))
    columns = [
        text_column("scheme"),
        text_column("tool"),
        number_column("checkpoints"),
        number_column("equal to the byte"),
        number_column("tensors equal to the byte"),
        number_column("largest difference"),
        number_column("within bounds"),
    ]
    rows = [_row(scheme) for scheme in sorted(schemes)]
    return render_table(columns, [row for row in rows if row], style="markdown")


def _row(scheme: str) -> list[str]:
    pairs = list(_pairs(scheme))
    if not pairs:
        return []
    equal = sum(row.projected_bytes == total for row, total, _ in pairs)
    data = sum(row.projected_bytes - row.header_bytes == total - header for row, total, header in pairs)
    worst = max(abs(row.projected_bytes - total) for row, total, _ in pairs)
    inside = sum(row.low_bytes <= total <= row.high_bytes for row, total, _ in pairs)
    counts = [str(len(pairs)), str(equal), str(data), f"{worst:,} B", f"{inside} of {len(pairs)}"]
    return [scheme, TOOLS[scheme.partition("/")[0]], *counts]


def _pairs(scheme: str) -> Iterable[tuple[Projection, int, int]]:
    for model, measured, total, header in MEASURED:
        row = by_scheme(measured_projections(model).projections).get(scheme)
        if measured == scheme and row is not None:
            yield row, total, header
