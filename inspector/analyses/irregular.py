"""Odd blocks: one of many alike that lacks a tensor which all the others have, or has one that no other has.

Blocks are unlike each other for good reasons: dense layers among sparse ones, attention among recurrence, stages with
and without downsampling, a first block without a norm, weights shared and stored once. So a tensor is held only
against those blocks that have its module, or else its surroundings; only one single block may differ from at least
three; and where blocks often are special, at the ends of a stack, only what a module never goes without is told.
"""

from collections import Counter
from collections.abc import Iterator, Sequence, Set
from functools import cache
from typing import Final

from inspector.analyses.comparison import Case, Comparison
from inspector.analyses.repeated import Repeated, split_number
from inspector.knowledge.counterparts import GANGS
from inspector.values import frozen

#: Fewest blocks that one block is held against: for a part of a module; for a module among others of a block that mixes
#: tokens; for any other module, which every second block may have; for a module of a block at an end.
_FEWEST_PARTS: Final = 3
_FEWEST: Final = 2
_FEWEST_UNKNOWN: Final = 4
_FEWEST_AT_ENDS: Final = 6
#: Longest lists whose blocks are also held against those of other lists: for a module, for a part of one.
_SHORT: Final = 2
_SHORT_PARTS: Final = 4
#: Fewest lists that are held together.
_FEWEST_LISTS: Final = 3
#: What every layer has under these words; other parameters a first or last block may go without.
_OF_LAYERS: Final = (".weight", ".bias")
#: What the change of size or width from one block to the next decides.
_VARYING: Final = ("sampl", "shortcut", "skip")


@frozen
class Odd:
    """One `block`'s difference: the `tensor` that it lacks or has alone; `siblings` are the blocks it differs from.

    `whole` says that nothing else of the block stands around it: a submodule of the block itself.
    """

    block: str
    tensor: str
    siblings: int
    whole: bool


def lacking(comparison: Comparison) -> Iterator[Odd]:
    """The tensors that one block lacks and its siblings have."""
    for case in comparison.missing:
        if _is_lack(comparison, case):
            yield _odd(case)
    yield from _fewer(comparison.family)


def straying(comparison: Comparison) -> Iterator[Odd]:
    """The tensors that one block has alone among its siblings."""
    for case in comparison.extra:
        if comparison.is_part(case):
            if case.siblings >= _FEWEST_PARTS and _is_alone(comparison, case):
                yield _odd(case)
        elif _is_stray(comparison, case):
            yield _odd(case)


def lacking_in_short_lists(families: Sequence[Repeated]) -> Iterator[Odd]:
    """The tensors that a block of a short list lacks, and all blocks of lists of the same word elsewhere have.

    Two `resnets` in the middle of an autoencoder are too few to be held against each other alone.
    """
    alike: dict[str, list[Repeated]] = {}
    for family in families:
        alike.setdefault(_word(family.stem), []).append(family)
    for word, some in alike.items():
        if len(some) > 1:
            yield from _lone_in_pool(_pool(word, some))


def _odd(case: Case) -> Odd:
    return Odd(block=case.block, tensor=case.tensor, siblings=case.siblings, whole=not case.around)


def _is_lack(comparison: Comparison, case: Case) -> bool:
    if comparison.is_part(case):
        told = case.leaf.endswith(_OF_LAYERS) or not comparison.at_an_end(case)
        return told and case.siblings >= _FEWEST_PARTS and not _is_replaced(comparison, case)
    if not case.module:
        return False
    family, listed = comparison.family, any(word.isdigit() or word == "*" for word in case.leaf.split("."))
    usual = comparison.is_known_beside(case) and not _is_replaced(comparison, case)
    if comparison.at_an_end(case):
        gang = case.siblings >= _FEWEST_PARTS and _breaks_a_gang(family, case)
        return gang or (usual and not listed and _is_told_at_ends(comparison, case))
    few = family.mixes and case.around and not listed
    return bool(usual and case.siblings >= (_FEWEST if few else _FEWEST_UNKNOWN))


def _is_replaced(comparison: Comparison, case: Case) -> bool:
    """Does the block have something else there instead? One tensor in place of one is a damaged name."""
    extra, missing = (len(comparison.of(cases, case)) for cases in (comparison.extra, comparison.missing))
    return extra > 0 and not extra == missing == 1


def _is_alone(comparison: Comparison, case: Case) -> bool:
    """Has the block nothing more in the module than this? Several tensors more are a module of another kind."""
    return len(comparison.of(comparison.extra, case)) == 1


def _is_told_at_ends(comparison: Comparison, case: Case) -> bool:
    """Is this one module of a long stack that mixes tokens, and no norm of the first block?

    A first block may go without a norm, a last one without what only a next one would read: several modules, or what
    makes a map smaller or larger.
    """
    modules = {other.module for other in comparison.missing if other.block == case.block}
    if not comparison.family.mixes or case.siblings < _FEWEST_AT_ENDS or len(modules) > 1 or _is_varying(case.leaf):
        return False
    return "norm" not in case.leaf or int(split_number(case.block)[1] or 0) > 0


def _is_varying(leaf: str) -> bool:
    return any(word in leaf for word in _VARYING)


def _is_stray(comparison: Comparison, case: Case) -> bool:
    """Is this below a layer, or the only tensor more of an inner block that mixes tokens and lacks nothing?"""
    if case.around and comparison.is_layer(case.around):
        return case.siblings >= _FEWEST_PARTS
    alone = sum(other.block == case.block for other in comparison.extra) == 1
    lacks = any(other.block == case.block for other in comparison.missing)
    if not alone or lacks or not comparison.family.mixes or case.siblings < _FEWEST_UNKNOWN:
        return False
    others = sum(case.block in having for having in comparison.family.columns.values())
    return others > 1 and not comparison.at_an_end(case)


@cache
def _gangs() -> dict[str, tuple[str, ...]]:
    return {word: gang.words for gang in GANGS for word in gang.words}


def _breaks_a_gang(family: Repeated, case: Case) -> bool:
    """Is the leaf's module the only one that the block lacks of those that do one job together?"""
    module, _, last = case.leaf.rpartition(".")
    parent, _, word = module.rpartition(".")
    gang = _gangs().get(word, ())
    partners = [family.columns.get(f"{parent}.{other}.{last}") for other in gang if other != word]
    return bool(partners) and all(partner is not None and case.block in partner for partner in partners)


def _fewer(family: Repeated) -> Iterator[Odd]:
    """Numbered modules that one block has fewer of than all the others, which have alike."""
    for between, numbers in family.inner.items():
        most = max(map(len, numbers.values()))
        fewer = [block for block, there in numbers.items() if len(there) < most]
        if len(fewer) == 1 and len(numbers) > _FEWEST_PARTS:
            whole = next(there for there in numbers.values() if len(there) == most)
            for number in sorted(whole - numbers[fewer[0]], key=int):
                tensor = f"{fewer[0]}{between}{number}"
                yield Odd(block=fewer[0], tensor=tensor, siblings=len(numbers) - 1, whole=False)


def _pool(word: str, families: Sequence[Repeated]) -> Repeated:
    columns: dict[str, Set[str]] = {}
    for family in families:
        for leaf, having in family.columns.items():
            columns[leaf] = columns.get(leaf, frozenset()) | having
    blocks = frozenset[str]().union(*(family.blocks for family in families))
    return Repeated(stem=word, blocks=blocks, columns=columns, inner={}, mixes=False)


def _lone_in_pool(pool: Repeated) -> Iterator[Odd]:
    comparison = Comparison(pool)
    lengths = Counter(split_number(block)[0] for block in pool.blocks) if comparison.missing else {}
    for case in comparison.missing if len(lengths) >= _FEWEST_LISTS else ():
        longest = _SHORT_PARTS if comparison.is_part(case) else _SHORT
        short = lengths[split_number(case.block)[0]] <= longest and case.siblings >= _FEWEST_UNKNOWN
        usual = case.module and not _is_varying(case.leaf) and not comparison.of(comparison.extra, case)
        if short and usual and comparison.is_known_beside(case):
            yield _odd(case)


def _word(stem: str) -> str:
    """The last word of a stem, without numbers: that of `mid.block_*` is that of `down.*.block.*`."""
    return stem.rstrip("*").rstrip("._").rpartition(".")[2].rstrip("0123456789_*")
