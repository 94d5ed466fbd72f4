"""The tree of tensor names with repeated blocks folded: `model.layers.{0..31}` x 32."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from inspector.analyses.census import WeightSetCensus
from inspector.analyses.inventory import numbers_in
from inspector.analyses.listing import Filter
from inspector.model import Form

#: Parts of a name that become levels of the tree; what follows stays one part.
MAX_LEVELS: Final = 64


@dataclass(slots=True)
class Node:
    """A part of the name tree; `numbers` are those that its folded part stands for.

    A leaf has its tensors' `form`, dtype and shape, and their `component`.
    """

    part: str
    numbers: set[int] = field(default_factory=set)
    children: "dict[tuple[str, Form | None], Node]" = field(default_factory=dict)
    form: Form | None = None
    component: str = ""
    tensors: int = 0
    params: int = 0
    stored_bytes: int = 0

    @property
    def title(self) -> str:
        """Its part of the name, numbers as ranges: `layers.{0..31}`."""
        return self.part.replace("*", show_numbers(self.numbers), 1) if self.numbers else self.part

    def count(self, numbers: "_Numbers", params: int) -> None:
        """Add tensors of one group that lie below."""
        self.tensors += numbers.tensors
        self.params += params
        self.stored_bytes += numbers.stored_bytes


def name_tree(weights: WeightSetCensus, wanted: Filter) -> Node:
    """The folded tree of one weight set; the root's part is empty."""
    numbers = _numbers_by_group(weights, wanted)
    root = Node("")
    for i, label in enumerate(weights.labels):
        if i not in numbers:
            continue
        count = numbers[i].tensors
        group = label.group
        params = label.logical.params // group.tensors * count
        leaf = _insert(root, group.pattern, group.form, numbers[i], params)
        leaf.component = label.role.component
    return _collapse(root)


@dataclass(slots=True)
class _Numbers:
    """Of the tensors of one group that are shown: how many, and the numbers at each star of the pattern."""

    tensors: int = 0
    stored_bytes: int = 0
    stars: list[set[int]] = field(default_factory=list)


def _numbers_by_group(weights: WeightSetCensus, wanted: Filter) -> Mapping[int, _Numbers]:
    taken = [wanted.takes_group(label) for label in weights.labels]
    stars = [label.group.pattern.count("*") for label in weights.labels]
    found: dict[int, _Numbers] = {}
    inventory = weights.inventory
    sizes = [label.group.stored_bytes // label.group.tensors for label in weights.labels]
    for name, member in zip(inventory.names, inventory.members, strict=True):
        if not taken[member] or not wanted.takes_name(name):
            continue
        known = found.get(member)
        if known is None:
            known = found[member] = _Numbers(stars=[set() for _ in range(stars[member])])
        known.tensors += 1
        known.stored_bytes += sizes[member]
        folded = numbers_in(name)
        for star, number in zip(known.stars, folded[len(folded) - len(known.stars) :], strict=False):
            star.add(number)
    return found


def _insert(root: Node, pattern: str, form: Form, numbers: _Numbers, params: int) -> Node:
    node, star = root, 0
    root.count(numbers, params)
    parts = _parts(pattern)
    for depth, part in enumerate(parts):
        leaf = depth == len(parts) - 1
        key = (part, form if leaf else None)
        node = node.children.setdefault(key, Node(part, form=form if leaf else None))
        for _ in range(part.count("*")):
            if star < len(numbers.stars):
                node.numbers |= numbers.stars[star]
            star += 1
        node.count(numbers, params)
    return node


def _parts(pattern: str) -> list[str]:
    """The parts of a pattern, a number joined to the part before it: ["model", "layers.*", "mlp", "weight"]."""
    parts: list[str] = []
    for part in pattern.split(".", MAX_LEVELS - 1):
        if part == "*" and parts and "*" not in parts[-1]:
            parts[-1] += ".*"
        else:
            parts.append(part)
    return parts


def _collapse(node: Node) -> Node:
    """Join chains of single children, so that a line is spent only where names branch."""
    children = [_collapse(child) for child in node.children.values()]
    if len(children) == 1 and node.part and not (node.numbers and children[0].numbers):
        only = children[0]
        return Node(
            f"{node.part}.{only.part}",
            node.numbers or only.numbers,
            only.children,
            only.form,
            only.component,
            node.tensors,
            node.params,
            node.stored_bytes,
        )
    node.children = {(child.part, child.form): child for child in children}
    return node


def show_numbers(numbers: Iterable[int]) -> str:
    """Numbers as ranges in braces: {0..31}, {0..2,5}; a single one bare."""
    ordered = sorted(numbers)
    if len(ordered) == 1:
        return str(ordered[0])
    ranges: list[list[int]] = []
    for number in ordered:
        if ranges and number == ranges[-1][1] + 1:
            ranges[-1][1] = number
        else:
            ranges.append([number, number])
    shown = [str(first) if first == last else f"{first}..{last}" for first, last in ranges[:8]]
    return "{" + ",".join(shown) + (",…" if len(ranges) > 8 else "") + "}"


def flatten(node: Node, depth: int = 0) -> Sequence[tuple[int, Node]]:
    """The nodes below `node` with their depths, in order."""
    out: list[tuple[int, Node]] = []
    for child in node.children.values():
        out.append((depth, child))
        out.extend(flatten(child, depth + 1))
    return out
