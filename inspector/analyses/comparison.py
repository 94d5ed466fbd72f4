"""Blocks of one family held against each other: the one that lacks a leaf, the one that has it alone."""

from collections.abc import Iterator, Sequence, Set
from typing import Final

from inspector.analyses.repeated import Repeated, split_number
from inspector.values import frozen

#: Leaves that not all blocks have, beyond which blocks are too unlike to be held against each other.
MAX_INCOMPLETE: Final = 1_000
#: Modules around a leaf that are looked at, from the nearest.
_MAX_SURROUNDINGS: Final = 8
_FEWEST_LISTS: Final = 2


@frozen
class Case:
    """A `leaf` that one `block` lacks, or has alone, among those that have something in the module `around` it.

    `siblings` counts the blocks that have it, or lack it. `around` is "" for the block itself.
    """

    block: str
    leaf: str
    around: str
    siblings: int

    @property
    def module(self) -> str:
        """The module that the leaf is a tensor of, "" for the block itself."""
        return self.leaf.rpartition(".")[0]

    @property
    def tensor(self) -> str:
        return self.block + self.leaf


class Comparison:
    """One family, with the lookups that every case needs made once."""

    def __init__(self, family: Repeated) -> None:
        self.family = family
        incomplete = [leaf for leaf, having in family.columns.items() if len(having) < len(family.blocks)]
        self._incomplete = incomplete if len(incomplete) <= MAX_INCOMPLETE else []
        self._under: dict[str, list[str]] = {}
        self._having: dict[str, Set[str]] = {"": family.blocks}
        for leaf in family.columns if self._incomplete else ():
            for around in surroundings(leaf):
                self._under.setdefault(around, []).append(leaf)
        self.missing = tuple(case for leaf in self._incomplete if (case := self._missing(leaf)))
        self.extra = tuple(case for leaf in self._incomplete if (case := self._extra(leaf)))

    def leaves_under(self, around: str) -> Sequence[str]:
        return self._under.get(around, ())

    def of(self, cases: Sequence[Case], case: Case) -> list[Case]:
        """Those of `cases` that concern the same block and the same surroundings."""
        there = set(self.leaves_under(case.around))
        return [other for other in cases if other.block == case.block and other.leaf in there]

    def _having_any(self, around: str) -> Set[str]:
        if around not in self._having:
            columns = self.family.columns
            self._having[around] = frozenset[str]().union(*(columns[leaf] for leaf in self._under[around]))
        return self._having[around]

    def _missing(self, leaf: str) -> Case | None:
        """The one block without this leaf among those that have something of its nearest surroundings."""
        having = self.family.columns[leaf]
        for around in surroundings(leaf):
            without = self._having_any(around) - having
            if without:
                there = without - self._of_another_kind(around, having, without) or without
                if len(there) > 1:
                    return None
                return Case(block=next(iter(there)), leaf=leaf, around=around, siblings=len(having))
        return None

    def _of_another_kind(self, around: str, having: Set[str], without: Set[str]) -> Set[str]:
        """Those of several blocks `without` a leaf that have around it what no block `having` it has."""
        if len(without) < 2:
            return frozenset()
        columns = self.family.columns
        others = (columns[leaf] for leaf in self._under[around] if columns[leaf].isdisjoint(having))
        return frozenset[str]().union(*others) & without

    def _extra(self, leaf: str) -> Case | None:
        """The one block with this leaf, where others have something of its nearest surroundings."""
        having = self.family.columns[leaf]
        for around in surroundings(leaf) if len(having) == 1 else ():
            there = self._having_any(around)
            if len(there) > 1:
                return Case(block=next(iter(having)), leaf=leaf, around=around, siblings=len(there) - 1)
        return None

    def is_part(self, case: Case) -> bool:
        """Does the block have another tensor of the same module, such as the weight beside a bias?"""
        if not case.module or case.around != case.module or case.module.rpartition(".")[2].isdigit():
            return False
        others = (leaf for leaf in self.leaves_under(case.module) if leaf != case.leaf)
        return any(
            case.block in self.family.columns[leaf] and leaf.rpartition(".")[0] == case.module for leaf in others
        )

    def is_layer(self, module: str) -> bool:
        """Has a module a weight of its own in all blocks that have it, so that no other module stands below it?"""
        weights = self.family.columns.get(f"{module}.weight", frozenset())
        return len(weights) > 1 and len(weights) == len(self._having_any(module))

    def is_known_beside(self, case: Case) -> bool:
        """Has another block of the same list the leaf?"""
        head = split_number(case.block)[0]
        return any(split_number(block)[0] == head for block in self.family.columns[case.leaf])

    def at_an_end(self, case: Case) -> bool:
        """Is this the first or last block of its list, and not known to be like those at that end of other lists?

        The first and the last list are no witnesses for others: a first and a last stage are special too.
        """
        lists = numbers_by_list(self.family)
        heads = sorted(lists, key=lambda name: (len(name), name))
        head, digits = split_number(case.block)
        for end in (min, max):
            if int(digits or 0) == end(lists[head]):
                ends = [f"{other}{end(numbers)}" for other, numbers in lists.items() if other != head]
                same = all(block in self.family.columns[case.leaf] for block in ends)
                if head in (heads[0], heads[-1]) or len(ends) < _FEWEST_LISTS or not same:
                    return True
        return False


def surroundings(leaf: str) -> Iterator[str]:
    """The modules that a leaf is in, from the nearest outwards, and last the block itself, ""."""
    around = leaf.rpartition(".")[0]
    for _ in range(_MAX_SURROUNDINGS):
        if not around:
            break
        yield around
        around = around.rpartition(".")[0]
    yield ""


def numbers_by_list(family: Repeated) -> dict[str, list[int]]:
    """The numbers of the blocks of each list, by what stands before the number."""
    lists: dict[str, list[int]] = {}
    for block in family.blocks:
        head, digits = split_number(block)
        lists.setdefault(head, []).append(int(digits or 0))
    return lists
