"""Weights of a checkpoint on their way into a GGUF file: one value per name pattern and shape."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from inspector.analyses.census import LabelledGroup, WeightSetCensus
from inspector.analyses.gguf.names import MTP, is_stacked, place_of

#: The block of a tensor that stands outside of blocks.
OUTSIDE = -1


@dataclass(frozen=True, slots=True, kw_only=True)
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
    wanted = [i for i, label in enumerate(census.labels) if label.logical.kind != "side-data"]
    names = _names_by_group(census, set(wanted))
    for i in wanted:
        yield from _pieces(census.labels[i], names[i])


def _names_by_group(census: WeightSetCensus, wanted: set[int]) -> dict[int, list[str]]:
    names: dict[int, list[str]] = defaultdict(list)
    for name, group in zip(census.inventory.names, census.inventory.members, strict=True):
        if group in wanted:
            names[group].append(name)
    return names


def _pieces(label: LabelledGroup, names: Sequence[str]) -> Iterator[Piece]:
    name, pattern = label.logical.weight, label.group.pattern
    place = place_of(pattern)
    if place is None or place.number == MTP:
        yield _piece(label, name, Counter({OUTSIDE: len(names)}))
    elif "*" not in place.leaf or is_stacked(place.leaf):
        yield _piece(label, name, _blocks(place.stack, names))
    else:
        for full, members in _by_inner_number(name, place.stack, names).items():
            yield _piece(label, full, _blocks(place.stack, members))


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
    start = len(stack) + 1 if stack else 0
    counts = Counter(name[start : name.find(".", start)] for name in names)
    return Counter({int(number): count for number, count in counts.items()})


def _by_inner_number(weight: str, stack: str, names: Sequence[str]) -> dict[str, list[str]]:
    """Members by their name with the block number folded and every later number kept."""
    start = len(stack) + 1 if stack else 0
    found: dict[str, list[str]] = defaultdict(list)
    for name in names:
        inner = iter(part for part in name[start:].split(".")[1:] if part.isdecimal())
        head, star, leaf = weight[:start], *weight[start:].partition(".")[::2]
        parts = [next(inner, part) if part == "*" else part for part in leaf.split(".")]
        found[f"{head}{star}." + ".".join(parts)].append(name)
    return found
