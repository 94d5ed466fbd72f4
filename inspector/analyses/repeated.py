"""Repeated modules: the numbered blocks of a model side by side, and which of them have which tensors.

`model.layers.*` is one family, `model.layers.*.mlp.experts.*` another. A family is a table: a column for each leaf,
and in it the blocks that have a tensor of that name. A packed weight stands under the name of the weight that it is,
so that a block that a quantiser left alone is no odd one.
"""

from collections.abc import Iterable, Iterator, Mapping, Set
from typing import Final

from inspector.analyses.census import LabelledGroup, WeightSetCensus
from inspector.values import frozen

#: Distinct inner numbers up to which they are told apart in the outer family (`resnets.0` and `resnets.1`);
#: where there are more, as of experts, the outer family knows only which of them a block has.
FEW: Final = 16
#: Buffers that every module of a kind saves; masks and tables can be made anew.
_STATISTICS: Final = (".running_mean", ".running_var")
#: Parts that mix tokens: what has one is a block of a transformer or of its like.
_MIXERS: Final = ("attention", "ssm")
#: Name patterns of the smallest language model with one of them lost: attention, feed-forward layers, norms, tables.
FEWEST_PATTERNS: Final = 10
#: Numbers, and characters, in a name beyond which it is no model's.
_MAX_NUMBERS: Final = 6
MAX_CHARS: Final = 300
_DIGITS: Final = "0123456789"

#: Leaf -> the blocks that have it.
Columns = Mapping[str, Set[str]]


@frozen
class Repeated:
    """The blocks of one name pattern. `stem` ends in the `*` of their number; a block is a name up to that number.

    A leaf of `columns` is what follows the number, an inner number in it told where there are few and else `*`;
    `inner` then says which numbers each block has, by what stands before them. `mixes`: the blocks mix tokens.
    `many`: the blocks stand in others, and are too many there to be told apart.
    """

    stem: str
    blocks: Set[str]
    columns: Columns
    inner: Mapping[str, Columns]
    mixes: bool
    many: bool = False


def find_repeated(census: WeightSetCensus) -> tuple[Repeated, ...]:
    """The families of repeated modules of a weight set, inner ones first; none where names are folded coarsely."""
    if census.inventory.coarse:
        return ()
    tables: dict[str, dict[str, Set[str]]] = {
        stem: _columns(census, leaves) for stem, leaves in _leaves(census).items()
    }
    inner: dict[str, dict[str, Columns]] = {}
    labels = [label for label in census.labels if _counts(label)]
    mixing = {stem for label in labels if label.role.part in _MIXERS for stem in _stems(label.group.pattern)}
    found: list[Repeated] = []
    for depth in range(max((stem.count("*") for stem in tables), default=0), 0, -1):
        for stem in [stem for stem in tables if stem.count("*") == depth]:
            distinct = {id(having): having for having in tables[stem].values()}
            blocks = frozenset[str]().union(*distinct.values())
            family = Repeated(
                stem=stem,
                blocks=blocks,
                columns=tables[stem],
                many=depth > 1 and _is_many(blocks),
                inner=inner.get(stem, {}),
                mixes=stem in mixing,
            )
            found.append(family)
            if depth > 1:
                _pass_outwards(family, tables, inner)
    return tuple(found)


def _is_many(blocks: Set[str]) -> bool:
    """Do the blocks have more numbers than are told apart?"""
    numbers: set[str] = set()
    for block in blocks:
        numbers.add(split_number(block)[1])
        if len(numbers) > FEW:
            return True
    return False


def is_substantial(census: WeightSetCensus) -> bool:
    """Has this as many kinds of tensors as a real model, so that one that is lacking is lacking by accident?

    What is made by hand to show a format has a few tensors, under names borrowed from models.
    """
    return len({label.group.pattern for label in census.labels}) >= FEWEST_PATTERNS


def _leaves(census: WeightSetCensus) -> dict[str, dict[str, list[int]]]:
    """For each stem its leaves, and for each of them the groups that hold it."""
    stems: dict[str, dict[str, list[int]]] = {}
    for i, label in enumerate(census.labels):
        stem, star, tail = label.group.pattern.rpartition("*")
        if star and _counts(label):
            weight = label.logical.weight
            leaf = weight[len(stem) + 1 :] if weight.startswith(stem + star) else tail
            stems.setdefault(stem + star, {}).setdefault(leaf, []).append(i)
    return stems


def _counts(label: LabelledGroup) -> bool:
    """Is this something that every block of a kind has, under a name that a model has?"""
    pattern, kind = label.group.pattern, label.logical.kind
    if len(pattern) > MAX_CHARS or pattern.count("*") > _MAX_NUMBERS:
        return False
    return kind == "parameter" or (kind == "buffer" and pattern.endswith(_STATISTICS))


def _columns(census: WeightSetCensus, leaves: Mapping[str, list[int]]) -> dict[str, Set[str]]:
    """The blocks of each leaf. Where all leaves have as many tensors, the blocks of one are those of all."""
    groups = census.inventory.groups
    if len({sum(groups[i].tensors for i in held) for held in leaves.values()}) == 1:
        return dict.fromkeys(leaves, _blocks(census, next(iter(leaves.values()))))
    return {leaf: _blocks(census, held) for leaf, held in leaves.items()}


def _blocks(census: WeightSetCensus, held: list[int]) -> Set[str]:
    blocks: set[str] = set()
    for i in held:
        tail = len(census.inventory.groups[i].pattern.rpartition("*")[2])
        names = census.inventory.names_of(i)
        blocks.update([name[:-tail] for name in names] if tail else names)
    return blocks


def _stems(pattern: str) -> Iterator[str]:
    at = pattern.find("*")
    while at >= 0:
        yield pattern[: at + 1]
        at = pattern.find("*", at + 1)


def _pass_outwards(
    family: Repeated, tables: dict[str, dict[str, Set[str]]], inner: dict[str, dict[str, Columns]]
) -> None:
    """Enter what blocks within blocks have into the table of the outer ones."""
    outer, _, between = family.stem[:-1].rpartition("*")
    numbers: dict[str, set[str]] = {}
    for name, number in _halves(family.blocks, between):
        numbers.setdefault(name, set()).add(number)
    table = tables.setdefault(f"{outer}*", {})
    if family.many:
        inner.setdefault(f"{outer}*", {})[between] = numbers
    for leaf, names in (_outer_blocks if family.many else _told_apart)(family, between, numbers):
        table[leaf] = table.get(leaf, frozenset()) | names


def _outer_blocks(family: Repeated, between: str, numbers: Columns) -> Iterator[tuple[str, Set[str]]]:
    """For each leaf the outer blocks with some inner block that has it."""
    for leaf, having in family.columns.items():
        everywhere = len(having) == len(family.blocks)
        names = numbers.keys() if everywhere else {name for name, _ in _halves(having, between)}
        yield f"{between}*{leaf}", names


def _told_apart(family: Repeated, between: str, numbers: Columns) -> Iterator[tuple[str, Set[str]]]:
    """For each leaf of each inner number the outer blocks that have it."""
    for leaf, having in family.columns.items():
        entered: dict[str, set[str]] = {}
        for block in having:
            name, number = split_number(block, between)
            entered.setdefault(f"{between}{number}{leaf}", set()).add(name)
        yield from entered.items()


def _halves(blocks: Iterable[str], between: str) -> Iterable[tuple[str, str]]:
    """For each block the outer block that it stands in, and its own number."""
    if not between:
        return map(split_number, blocks)
    return ((name, number) for name, _, number in [block.rpartition(between) for block in blocks])


def split_number(block: str, between: str = "") -> tuple[str, str]:
    """What stands before a block's number, without `between`, and the number's digits."""
    head = block.rstrip(_DIGITS)
    return head[: len(head) - len(between)], block[len(head) :]
