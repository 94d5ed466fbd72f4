"""Tensors as text: a table, a folded tree, CSV."""

from collections.abc import Sequence
from typing import Final

from inspector.analyses.listing import TENSOR_FIELDS, TensorRow
from inspector.analyses.tree import Node, flatten
from inspector.reports.page import Page
from inspector.reports.tables import Column, number_column, render_csv, text_column
from inspector.units import format_count, plural

#: Columns that most names of tensors take.
_NAME: Final = 48


def tensors_table(rows: Sequence[TensorRow], page: Page, *, left_out: int) -> str:
    """One line a tensor; the file is named where there are several."""
    if not rows:
        return "No tensor matches."
    several = len({row.path for row in rows}) > 1
    cells = [
        [row.name, row.form.dtype, _shape(row.form.shape), format_count(row.params)]
        + [page.bytes(row.data.bytes), row.label.role.component, row.label.role.part]
        + ([row.path] if several else [])
        for row in rows
    ]
    columns = [
        Column("tensor", flexible=True, readable=_NAME),
        Column("dtype"),
        number_column("shape"),
        number_column("parameters", spare=True),
        number_column("bytes"),
        Column("component", spare=True),
        Column("part", spare=True),
        *([Column("file", flexible=True, spare=True)] if several else []),
    ]
    table = page.table(columns, cells)
    total = sum(row.data.bytes for row in rows)
    more = f", {left_out:,} more not shown (--top 0 shows all)" if left_out else ""
    return f"{table}\n\n{plural(len(rows), 'tensor')}, {page.bytes(total)}{more}"


def tree_table(trees: Sequence[tuple[str, Node]], page: Page) -> str:
    """The folded name tree of each weight set."""
    rows: list[list[str]] = []
    for path, root in trees:
        if len(trees) > 1:
            rows.append([path, "", "", "", ""])
        rows += [_node_cells(depth + (len(trees) > 1), node, page) for depth, node in flatten(root)]
    columns = [
        Column("name", flexible=True, readable=28),
        number_column("tensors"),
        text_column("form"),
        number_column("parameters", spare=True),
        number_column("bytes"),
    ]
    return page.table(columns, rows, indented=True)


def _node_cells(depth: int, node: Node, page: Page) -> list[str]:
    times = f" x {len(node.numbers)}" if len(node.numbers) > 1 else ""
    form = f"{node.form.dtype} {_shape(node.form.shape)}" if node.form else ""
    return [
        f"{'  ' * depth}{node.title}{times}",
        f"{node.tensors:,}",
        form,
        format_count(node.params),
        page.bytes(node.stored_bytes),
    ]


def tensors_csv(rows: Sequence[TensorRow]) -> str:
    """One row a tensor with the fields of the JSON document; shapes as 4096x1024."""
    dicts = [row.to_dict() for row in rows]
    for one in dicts:
        one["shape"] = "x".join(map(str, one["shape"]))
        one["data_offsets"] = "-".join(map(str, one["data_offsets"]))
    return render_csv(TENSOR_FIELDS, [[one[title] for title in TENSOR_FIELDS] for one in dicts])


def _shape(shape: Sequence[int]) -> str:
    return "[" + ", ".join(map(str, shape[:8])) + (", …]" if len(shape) > 8 else "]")
