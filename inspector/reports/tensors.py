"""Tensors as text: a table, a folded tree, CSV."""

from collections.abc import Sequence

from inspector.analyses.listing import TENSOR_FIELDS, TensorRow
from inspector.analyses.tree import Node, flatten
from inspector.reports.tables import Style, number_column, render_csv, render_table, text_column
from inspector.units import Units, format_bytes, format_count, plural


def tensors_table(rows: Sequence[TensorRow], *, left_out: int, style: Style, units: Units, width: int | None) -> str:
    """One line a tensor; the file is named where there are several."""
    several = len({row.path for row in rows}) > 1
    cells = [
        ([row.path] if several else [])
        + [row.name, row.form.dtype, _shape(row.form.shape), format_count(row.params)]
        + [format_bytes(row.data.bytes, units), row.label.role.component, row.label.role.part]
        for row in rows
    ]
    columns = ([text_column("file")] if several else []) + [
        text_column("tensor"),
        text_column("dtype"),
        number_column("shape"),
        number_column("parameters"),
        number_column("bytes"),
        text_column("component"),
        text_column("part"),
    ]
    table = render_table(columns, cells, style=style, width=width)
    total = sum(row.data.bytes for row in rows)
    more = f", {left_out:,} more not shown (--top 0 shows all)" if left_out else ""
    return f"{table}\n\n{plural(len(rows), 'tensor')}, {format_bytes(total, units)}{more}"


def tree_table(trees: Sequence[tuple[str, Node]], *, style: Style, units: Units, width: int | None) -> str:
    """The folded name tree of each weight set."""
    rows: list[list[str]] = []
    for path, root in trees:
        if len(trees) > 1:
            rows.append([path, "", "", "", ""])
        rows += [_node_cells(depth + (len(trees) > 1), node, units) for depth, node in flatten(root)]
    columns = [
        text_column("name"),
        number_column("tensors"),
        text_column("form"),
        number_column("parameters"),
        number_column("bytes"),
    ]
    return render_table(columns, rows, style=style, width=width, indented=True)


def _node_cells(depth: int, node: Node, units: Units) -> list[str]:
    times = f" x {len(node.numbers)}" if len(node.numbers) > 1 else ""
    form = f"{node.form.dtype} {_shape(node.form.shape)}" if node.form else ""
    return [
        f"{'  ' * depth}{node.title}{times}",
        f"{node.tensors:,}",
        form,
        format_count(node.params),
        format_bytes(node.stored_bytes, units),
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
