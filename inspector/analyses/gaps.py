"""Lists of modules in which a number is missing."""

from collections.abc import Iterator, Set
from typing import Final

from inspector.analyses.comparison import numbers_by_list
from inspector.analyses.repeated import Repeated

#: What tells a block from an activation or a single layer: more tensors and modules than these.
_TENSORS: Final = 4
_MODULES: Final = 2
#: Fewest blocks of a list that stands alone.
_FEWEST: Final = 2


def find_gaps(family: Repeated) -> Iterator[tuple[str, int]]:
    """The list of large modules in which one number is missing: what stands before the numbers, and the missing one.

    Lists that are alike have like gaps, so that only one may differ; and what stands first, or between activations,
    may have no tensors.
    """
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


def _large_blocks(family: Repeated) -> Set[str]:
    tensors = dict.fromkeys(family.blocks, 0)
    modules: dict[str, set[str]] = {block: set() for block in family.blocks}
    for leaf, having in family.columns.items():
        for block in having:
            tensors[block] += 1
            modules[block].add(leaf.rpartition(".")[0])
    return {block for block in family.blocks if tensors[block] > _TENSORS and len(modules[block]) > _MODULES}
