"""Lists of modules in which a number is missing, or in which something stands that has none."""

from collections.abc import Iterator, Sequence, Set
from typing import Final

from inspector.analyses.census import WeightSetCensus
from inspector.analyses.comparison import numbers_by_list
from inspector.analyses.repeated import Repeated

#: What tells a block from an activation or a single layer: more tensors and modules than these.
_TENSORS: Final = 4
_MODULES: Final = 2
#: Fewest blocks of a list that stands alone.
_FEWEST: Final = 2
#: Fewest numbered modules among which one without a number is odd.
_FEWEST_BESIDE: Final = 3


def find_gaps(family: Repeated) -> Iterator[tuple[str, int]]:
    """The list of large modules in which one number is missing: what stands before the numbers, and the missing one.

    Lists that are alike have like gaps, so that only one may differ; and what stands first, or between activations,
    may have no tensors.
    """
    if family.many:
        return  # the outer blocks are held against each other by how many they have
    lists = {head: set(numbers) for head, numbers in numbers_by_list(family).items() if head.endswith(".")}
    gapped = [head for head, numbers in lists.items() if max(numbers) >= len(numbers)]
    if len(gapped) != 1:
        return
    (head,) = gapped
    numbers = lists[head]
    missing = [number for number in range(min(max(numbers), len(numbers) + 1)) if number not in numbers]
    if len(missing) != 1 or (len(lists) == 1 and (missing[0] == 0 or len(numbers) < _FEWEST)):
        return
    if {f"{head}{number}" for number in numbers} <= _large_blocks(family):
        yield head, missing[0]


def find_unnumbered(census: WeightSetCensus, families: Sequence[Repeated]) -> Iterator[tuple[str, int]]:
    """Tensors that stand among numbered large modules under no number, and how many such modules there are."""
    patterns = [label.group for label in census.labels if label.logical.kind != "side-data"]
    for family in families:
        head = family.stem.removesuffix("*")
        if not head.endswith(".") or "*" in head or len(family.blocks) < _FEWEST_BESIDE:
            continue
        beside = [group for group in patterns if group.pattern.startswith(head) and _is_word(group.pattern, head)]
        if beside and family.blocks <= _large_blocks(family):
            yield from ((group.example, len(family.blocks)) for group in beside)


def _is_word(pattern: str, head: str) -> bool:
    """Does a word, and no number, follow the head?"""
    word = pattern[len(head) :].partition(".")[0]
    return "*" not in word and not word.isdigit()


def _large_blocks(family: Repeated) -> Set[str]:
    tensors = dict.fromkeys(family.blocks, 0)
    modules: dict[str, set[str]] = {block: set() for block in family.blocks}
    for leaf, having in family.columns.items():
        for block in having:
            tensors[block] += 1
            modules[block].add(leaf.rpartition(".")[0])
    return {block for block in family.blocks if tensors[block] > _TENSORS and len(modules[block]) > _MODULES}
