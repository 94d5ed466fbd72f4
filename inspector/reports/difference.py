"""A difference as text: totals, components, then tensors folded by name pattern."""

from collections.abc import Mapping, Sequence
from typing import Final

from inspector.analyses.difference import Change, Difference, Side, patterns_of
from inspector.analyses.inventory import fold_name
from inspector.model import Form
from inspector.reports.page import Page
from inspector.reports.tables import Column, number_column, prose_column, render_csv, text_column
from inspector.units import format_count

#: Patterns and metadata keys of each kind that are shown before they are only counted.
LISTED: Final = 40


def difference_text(difference: Difference, page: Page) -> str:
    """What changed, the total last."""
    verdict = page.prose(_verdict(difference, page), rest="  ")
    if not difference.differs:
        return verdict
    blocks = [
        _titled("Components", _components(difference, page), page),
        *_tensors(difference, page),
        _metadata(difference.metadata, page),
        verdict,
    ]
    return page.join(blocks)


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


def _verdict(difference: Difference, page: Page) -> str:
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
    return f"{counts}; {_signed(delta, page.bytes(abs(delta)))} of tensors; {told}."


def _titled(title: str, body: str, page: Page) -> str:
    return f"{page.title(title, 3)}\n{body}" if body else ""


def _components(difference: Difference, page: Page) -> str:
    columns = [text_column("component"), *map(number_column, ("parameters", "change", "bytes", "change"))]
    changed = [row for row in difference.components if row.old != row.new]
    rows = [
        [
            row.name if row.name.startswith(row.component) else f"{row.component}: {row.name}",
            *_cells(row.old, row.new, page),
        ]
        for row in changed
    ]
    return page.table(columns, [*rows, ["total", *_cells(difference.old, difference.new, page)]])


def _cells(old: Mapping[str, int], new: Mapping[str, int], page: Page) -> list[str]:
    params, size = new["params"] - old["params"], new["stored_bytes"] - old["stored_bytes"]
    return [
        format_count(new["params"]),
        _signed(params, format_count(abs(params))),
        page.bytes(new["stored_bytes"]),
        _signed(size, page.bytes(abs(size))),
    ]


def _signed(number: int, text: str) -> str:
    return "=" if not number else f"{'+' if number > 0 else '-'}{text}"


def _tensors(difference: Difference, page: Page) -> list[str]:
    blocks = []
    for title, sides in (("Added", difference.added), ("Removed", difference.removed)):
        rows = [_row(group) for group in patterns_of(sides).values()]
        blocks.append(_listed(title, rows, page))
    groups: dict[tuple[str, str, Form, Form], list[Change]] = {}
    for change in difference.changed:
        key = (change.new.component, fold_name(change.new.name), change.old.form, change.new.form)
        groups.setdefault(key, []).append(change)
    rows = [_change_row(group) for group in groups.values()]
    return [*blocks, _listed("Changed", rows, page)]


def _change_row(group: Sequence[Change]) -> list[str]:
    old, new = group[0].old, group[0].new
    name = _name(fold_name(new.name), new, len(group))
    return [name, f"{len(group):,}", _changed(old.form, new.form), new.component]


def _listed(title: str, rows: list[list[str]], page: Page) -> str:
    columns = [
        Column("name", flexible=True, readable=40),
        number_column("tensors"),
        prose_column("form"),
        Column("component", spare=True),
    ]
    table = page.table(columns, rows[:LISTED])
    rest = f"\n… and {len(rows) - LISTED:,} more patterns" if len(rows) > LISTED else ""
    return _titled(title, table + rest, page)


def _row(group: Sequence[Side]) -> list[str]:
    first = group[0]
    return [_name(fold_name(first.name), first, len(group)), f"{len(group):,}", _shown(first.form), first.component]


def _name(pattern: str, first: Side, count: int) -> str:
    name = first.name if count == 1 else pattern
    return f"{first.weight_set}: {name}" if first.weight_set else name


def _changed(old: Form, new: Form) -> str:
    """What became what; a shape that stayed is written once."""
    before = old.dtype if old.shape == new.shape else _shown(old)
    return f"{before} -> {_shown(new)}"


def _shown(form: Form) -> str:
    return f"{form.dtype} [{_shape(form)}]"


def _shape(form: Form) -> str:
    return ", ".join(map(str, form.shape))


def _metadata(metadata: Mapping[str, tuple[str, str]], page: Page) -> str:
    entries = [
        f"{page.text(key, 80)}: {page.text(old, 80) or '(none)'} -> {page.text(new, 80) or '(none)'}"
        for key, (old, new) in list(metadata.items())[:LISTED]
    ]
    if len(metadata) > LISTED:
        entries.append(f"… and {len(metadata) - LISTED:,} more keys")
    return page.listed("Metadata", entries, level=3)
