"""A difference as text: totals, components, then tensors folded by name pattern."""

from collections.abc import Mapping, Sequence
from typing import Final

from inspector.analyses.difference import Change, Difference, Side, patterns_of
from inspector.analyses.inventory import fold_name
from inspector.model import Form
from inspector.reports.tables import Style, number_column, render_csv, render_table, text_column
from inspector.text import for_markdown, for_terminal
from inspector.units import Units, format_bytes, format_count

#: Patterns and metadata keys of each kind that are shown before they are only counted.
LISTED: Final = 40


def difference_text(difference: Difference, *, style: Style, units: Units, width: int | None) -> str:
    """What changed, the total last."""
    if not difference.differs:
        return _verdict(difference)
    blocks = [
        _title("Components", style, _components(difference, style, units, width)),
        *_tensors(difference, style, width),
        _title("Metadata", style, _metadata(difference.metadata, style)),
        _verdict(difference),
    ]
    return "\n\n".join(block for block in blocks if block)


def difference_csv(difference: Difference) -> str:
    """One line for each tensor that was added, removed or changed."""
    rows: list[list[object]] = []
    for what, sides in (("added", difference.added), ("removed", difference.removed)):
        for side in sides:
            cells = [side.form.dtype, _shape(side.form)]
            pair = [*cells, "", ""] if what == "removed" else ["", "", *cells]
            rows.append([what, side.component, side.weight_set, side.name, *pair])
    for change in difference.changed:
        forms = (change.old.form, change.new.form)
        cells = [cell for form in forms for cell in (form.dtype, _shape(form))]
        rows.append(["changed", change.new.component, change.new.weight_set, change.new.name, *cells])
    titles = ["what", "component", "weight_set", "name", "old_dtype", "old_shape", "new_dtype", "new_shape"]
    return render_csv(titles, rows)


def _verdict(difference: Difference) -> str:
    delta = difference.new["stored_bytes"] - difference.old["stored_bytes"]
    counts = (
        f"{len(difference.added):,} added, {len(difference.removed):,} removed, {len(difference.changed):,} changed"
    )
    told = {
        "same": "the weight files have the same hashes",
        "different": "the weight files have different hashes",
        "not compared": "the numbers in the tensors were not compared",
    }[difference.contents]
    if not difference.differs:
        return f"No difference in names, dtypes, shapes and metadata; {told}."
    return f"{counts}; {delta:+,} bytes of tensors; {told}."


def _title(title: str, style: Style, body: str) -> str:
    if not body:
        return ""
    return f"### {title}\n\n{body}" if style == "markdown" else f"{title}\n{body}"


def _components(difference: Difference, style: Style, units: Units, width: int | None) -> str:
    columns = [text_column("component"), *map(number_column, ("parameters", "more", "bytes", "more bytes"))]
    changed = [row for row in difference.components if row.old != row.new]
    rows = [
        [
            row.name if row.name.startswith(row.component) else f"{row.component}: {row.name}",
            *_cells(row.old, row.new, units),
        ]
        for row in changed
    ]
    rows.append(["total", *_cells(difference.old, difference.new, units)])
    return render_table(columns, rows, style=style, width=width)


def _cells(old: Mapping[str, int], new: Mapping[str, int], units: Units) -> list[str]:
    params, size = new["params"] - old["params"], new["stored_bytes"] - old["stored_bytes"]
    return [
        format_count(new["params"]),
        _signed(params, format_count(abs(params))),
        format_bytes(new["stored_bytes"], units),
        _signed(size, format_bytes(abs(size), units)),
    ]


def _signed(number: int, text: str) -> str:
    return "=" if not number else f"{'+' if number > 0 else '-'}{text}"


def _tensors(difference: Difference, style: Style, width: int | None) -> list[str]:
    blocks = []
    for title, sides in (("Added", difference.added), ("Removed", difference.removed)):
        rows = [_row(group) for group in patterns_of(sides).values()]
        blocks.append(_listed(title, rows, style, width))
    groups: dict[tuple[str, str, Form, Form], list[Change]] = {}
    for change in difference.changed:
        key = (change.new.component, fold_name(change.new.name), change.old.form, change.new.form)
        groups.setdefault(key, []).append(change)
    rows = [_change_row(group) for group in groups.values()]
    return [*blocks, _listed("Changed", rows, style, width)]


def _change_row(group: Sequence[Change]) -> list[str]:
    old, new = group[0].old, group[0].new
    name = _name(fold_name(new.name), new, len(group))
    return [new.component, f"{len(group):,}", name, f"{_shown(old.form)} -> {_shown(new.form)}"]


def _listed(title: str, rows: list[list[str]], style: Style, width: int | None) -> str:
    if not rows:
        return ""
    columns = [text_column("component"), number_column("tensors"), text_column("name"), text_column("form")]
    table = render_table(columns, rows[:LISTED], style=style, width=width)
    rest = f"\n… and {len(rows) - LISTED:,} more patterns" if len(rows) > LISTED else ""
    return _title(title, style, table + rest)


def _row(group: Sequence[Side]) -> list[str]:
    first = group[0]
    return [first.component, f"{len(group):,}", _name(fold_name(first.name), first, len(group)), _shown(first.form)]


def _name(pattern: str, first: Side, count: int) -> str:
    name = first.name if count == 1 else pattern
    return f"{first.weight_set}: {name}" if first.weight_set else name


def _shown(form: Form) -> str:
    return f"{form.dtype} [{_shape(form)}]"


def _shape(form: Form) -> str:
    return ", ".join(map(str, form.shape))


def _metadata(metadata: Mapping[str, tuple[str, str]], style: Style) -> str:
    clean = for_markdown if style == "markdown" else for_terminal
    bullet = "- " if style == "markdown" else "  "
    lines = [
        f"{bullet}{clean(key, 80)}: {clean(old, 80) or '(none)'} -> {clean(new, 80) or '(none)'}"
        for key, (old, new) in list(metadata.items())[:LISTED]
    ]
    if len(metadata) > LISTED:
        lines.append(f"{bullet}… and {len(metadata) - LISTED:,} more keys")
    return "\n".join(lines)
