"""The treemap of a checkpoint: its name tree as data for the page's script, every byte in some rectangle."""

import json
from collections.abc import Iterator, Sequence
from heapq import nlargest
from pathlib import Path
from typing import Any, Final

from inspector.analyses.census import Census
from inspector.analyses.listing import Filter
from inspector.analyses.tree import Node, name_tree
from inspector.model import Checkpoint
from inspector.paths import name_of
from inspector.text import for_terminal
from inspector.units import Units, format_bytes, format_count, format_share

#: Nodes that a page draws; smaller ones are shown together, "12 others", inside the same parent.
MAX_NODES: Final = 4000
SCRIPT: Final = Path(__file__).with_name("treemap.js")

Tree = dict[str, Any]


class _Writer:
    """Writes nodes with the figures that a reader sees; the script rounds nothing."""

    def __init__(self, total_bytes: int, smallest: int, units: Units) -> None:
        self.total_bytes, self.smallest, self.units = total_bytes, smallest, units

    def node(self, name: str, tensors: int, params: int, size: int, **rest: Any) -> Tree:
        return {
            "name": for_terminal(name),
            "tensors": f"{tensors:,}",
            "params": params,
            "counted": format_count(params),
            "bytes": size,
            "size": format_bytes(size, self.units),
            "share": format_share(size, self.total_bytes),
            **rest,
        }

    def branch(self, node: Node, name: str) -> Tree:
        if node.form is not None:
            shape = ", ".join(map(str, node.form.shape[:8]))
            form = {"dtype": node.form.dtype, "form": f"{node.form.dtype} [{shape}]", "component": node.component}
            return self.node(name, node.tensors, node.params, node.stored_bytes, **form)
        children = self.children(node)
        return self.node(name, node.tensors, node.params, node.stored_bytes, children=children)

    def children(self, node: Node) -> list[Tree]:
        """The children worth a rectangle of their own, then the others as one."""
        shown = [child for child in node.children.values() if child.stored_bytes >= self.smallest]
        others = [child for child in node.children.values() if child.stored_bytes < self.smallest]
        rows = [self.branch(child, _title(child)) for child in shown]
        if others:
            tensors, params = sum(one.tensors for one in others), sum(one.params for one in others)
            size = sum(one.stored_bytes for one in others)
            rows.append(self.node(f"{len(others):,} others", tensors, params, size, component=others[0].component))
        return rows


def treemap(checkpoint: Checkpoint, census: Census, units: Units) -> str:
    """The figure of one checkpoint."""
    trees = [(one.weights.path, name_tree(one, Filter())) for one in census.sets]
    shards = [shard for one in census.sets for shard in one.weights.shards]
    data = treemap_data(
        trees,
        name=name_of(checkpoint.target.ref.rstrip("/")) or checkpoint.target.ref,
        header_bytes=sum(shard.header_bytes for shard in shards),
        file_bytes=sum(shard.file_bytes for shard in shards),
        units=units,
    )
    return treemap_figure(data)


def treemap_data(
    trees: Sequence[tuple[str, Node]], *, name: str, header_bytes: int, file_bytes: int, units: Units
) -> Tree:
    """The whole checkpoint as nested nodes: weight sets, the parts of their names, headers, and bytes in no tensor."""
    sizes = [node.stored_bytes for _, tree in trees for node in _walk(tree)]
    smallest = nlargest(MAX_NODES, sizes)[-1] + 1 if len(sizes) > MAX_NODES else 0
    writer = _Writer(file_bytes, smallest, units)
    sets = [writer.branch(tree, path or ".") for path, tree in trees]
    rows = sets[0]["children"] if len(sets) == 1 else sets
    stored = sum(tree.stored_bytes for _, tree in trees)
    rows += [writer.node("headers", 0, 0, header_bytes)]
    if file_bytes > header_bytes + stored:
        rows.append(writer.node("in no tensor", 0, 0, file_bytes - header_bytes - stored))
    tensors, params = sum(tree.tensors for _, tree in trees), sum(tree.params for _, tree in trees)
    return writer.node(name, tensors, params, file_bytes, children=rows)


def _title(node: Node) -> str:
    return f"{node.title} x {len(node.numbers)}" if len(node.numbers) > 1 else node.title


def _walk(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children.values():
        yield from _walk(child)


def treemap_figure(data: Tree) -> str:
    """The figure that the script draws in; without a script it stays hidden, and the tables say the same."""
    text = json.dumps(data, ensure_ascii=True, separators=(",", ":")).replace("<", "\\u003c")
    return _FIGURE.replace("DATA", text)


#: How a treemap begins.
FIGURE: Final = '<figure class="treemap" hidden>'
_FIGURE: Final = (
    f"{FIGURE}"
    '<div class="controls"><span>size</span>'
    '<button type="button" data-by="bytes">bytes</button>'
    '<button type="button" data-by="params">parameters</button><span>colour</span>'
    '<button type="button" data-colour="component">component</button>'
    '<button type="button" data-colour="dtype">dtype</button>'
    '<input type="search" placeholder="find a name" aria-label="find a name"></div>'
    '<div class="trail"></div><div class="canvas" role="group" aria-label="the checkpoint by size"></div>'
    '<p class="said" aria-live="polite"></p><ul class="legend"></ul>'
    '<script type="application/json">DATA</script></figure>'
)
