"""Weights of a checkpoint on their way into a GGUF file: one value per name pattern and shape."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from operator import itemgetter
from types import MappingProxyType

from inspector.analyses.census import LabelledGroup, WeightSetCensus
from inspector.analyses.gguf.names import MTP, folded_numbers, has_inner_number, place_of
from inspector.values import field, frozen

#: The block of a tensor that stands outside of blocks.
OUTSIDE = -1
#: Characters from a block's number on that are looked at first; enough for any number of blocks.
_HEAD_CHARS = 6


@frozen
class Piece:
    """Weights that share a folded name and a logical shape; `blocks` counts them per block number."""

    name: str
    shape: tuple[int, ...]
    blocks: Mapping[int, int] = field(default_factory=lambda: MappingProxyType({OUTSIDE: 1}))
    source: str = ""
    packing: str = ""
    component: str = "transformer"
    pattern: str = ""
    buffer: bool = False


def pieces_of(census: WeightSetCensus) -> Iterator[Piece]:
    """Every logical weight and buffer of a weight set, in header order, as pieces; side-data is left out."""
    for i, label in enumerate(census.labels):
        if label.logical.kind != "side-data":
            yield from _pieces(label, census.inventory.names_of(i))


def _pieces(label: LabelledGroup, names: Sequence[str]) -> Iterator[Piece]:
    name, pattern = label.logical.weight, label.group.pattern
    place = place_of(pattern)
    leaf = place.leaf if place else pattern
    members = _by_inner_number(name, pattern, names) if has_inner_number(leaf) else {name: names}
    for full, own in members.items():
        blocks = {OUTSIDE: len(own)} if place is None or place.number == MTP else _blocks(place.stack, own)
        yield _piece(label, full, blocks)


def _piece(label: LabelledGroup, name: str, blocks: Mapping[int, int]) -> Piece:
    logical = label.logical
    return Piece(
        name=name,
        shape=logical.shape,
        blocks=MappingProxyType(blocks),
        source=label.group.form.dtype,
        packing=logical.packing,
        component=label.role.component,
        pattern=label.group.pattern,
        buffer=logical.kind == "buffer",
    )


def _blocks(stack: str, names: Sequence[str]) -> Counter[int]:
    """How many of these names each block has; names share few beginnings, so a number is read once for many."""
    start = len(stack) + 1 if stack else 0
    heads = Counter(map(itemgetter(slice(start, start + _HEAD_CHARS)), names))
    if not all("." in head for head in heads):
        heads = Counter(name[start : name.find(".", start) + 1] for name in names)
    counts: Counter[int] = Counter()
    for head, count in heads.items():
        number = head.partition(".")[0]
        if number.isdecimal():
            counts[int(number)] += count
    return counts


def _by_inner_number(weight: str, pattern: str, names: Sequence[str]) -> dict[str, list[str]]:
    """Members by their name with the numbers of blocks and of stacked members folded and every other one kept."""
    shape = re.compile(re.escape(pattern).replace(r"\*", "([0-9]+)"))
    folded = folded_numbers(pattern)
    found: dict[str, list[str]] = defaultdict(list)
    for name in names:
        match = shape.fullmatch(name)
        numbers = match.groups() if match else ()
        kept = iter("*" if i in folded else number for i, number in enumerate(numbers))
        found["".join(next(kept, "*") if char == "*" else char for char in weight)].append(name)
    return found
