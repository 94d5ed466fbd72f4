"""Tensors folded by name pattern: the few dozen groups that all other analyses work on.

A number that stands between separators (`.` `/` `_` `-`, or an end of the name) becomes `*`; so
`model.layers.17.mlp.experts.3.w1.weight` folds to `model.layers.*.mlp.experts.*.w1.weight`, `w1` kept.
A pattern is therefore also a glob that finds its tensors again.
"""

import re
from array import array
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Final

from inspector.model import Form, WeightSet
from inspector.values import frozen

#: Longest number in a name that is folded; longer ones are kept as text.
MAX_DIGITS: Final = 18
#: Patterns of one weight set beyond which names are folded more coarsely; a real model has a few hundred, a LoRA
#: with underscores some thousands.
MAX_PATTERNS: Final = 20_000

#: Names folded by one search: few searches, and a text that stays in the processor's cache.
_NAMES_AT_ONCE: Final = 4_000

#: Numbers inside of names, found fast; what it leaves is folded once a pattern.
_DOTTED: Final = re.compile(r"\.[0-9]{1,18}\.")
_BOUNDED: Final = re.compile(r"(?<![^./_\-\n])[0-9]{1,18}(?![^./_\-\n])")
_DIGITS: Final = re.compile(r"[0-9]+")
_NUMBER: Final = re.compile(r"(?<![^./_\-])[0-9]{1,18}(?![^./_\-])")


@frozen
class TensorGroup:
    """Tensors of one weight set that share a name pattern, a dtype and a shape.

    `stored_bytes` is the sum over all of them; `example` the first one's name.
    """

    pattern: str
    form: Form
    tensors: int
    stored_bytes: int
    example: str

    @property
    def elements(self) -> int:
        return self.form.elements * self.tensors


class Inventory:
    """One weight set folded: its groups in order of first appearance, and each tensor's group index. Immutable.

    `names` and `members` run over the tensors of all shards in order; `members[i]` indexes `groups`.
    `coarse` says that patterns keep less of the names than all but their numbers.
    """

    def __init__(
        self,
        *,
        weights: WeightSet,
        groups: tuple[TensorGroup, ...],
        names: Sequence[str],
        members: Sequence[int],
        coarse: bool = False,
    ) -> None:
        self.weights, self.groups, self.names, self.members, self.coarse = weights, groups, names, members, coarse

    @cached_property
    def names_by_group(self) -> Sequence[Sequence[str]]:
        """Names of the tensors of each group, in header order; one pass over all of them, made once."""
        buckets: list[list[str]] = [[] for _ in self.groups]
        adders = [bucket.append for bucket in buckets]
        for name, member in zip(self.names, self.members, strict=True):
            adders[member](name)
        return buckets

    def names_of(self, group: int) -> Sequence[str]:
        """Names of the tensors of groups[group], in header order."""
        return self.names_by_group[group]

    def numbers_of(self, group: int) -> list[tuple[int, ...]]:
        """For each tensor of groups[group], the numbers that its pattern folded away."""
        return [numbers_in(name) for name in self.names_of(group)]


def numbers_in(name: str) -> tuple[int, ...]:
    """The numbers of a name that folding replaces, in order."""
    return tuple(int(digits) for digits in _NUMBER.findall(name))


def fold_name(name: str) -> str:
    """The pattern of one name."""
    return _NUMBER.sub("*", name)


def fold_names(names: Sequence[str]) -> list[str]:
    """The pattern of each name, in order; one search over thousands of names at once where none has a line break."""
    patterns: list[str] = []
    known: dict[str, str] = {}
    for start in range(0, len(names), _NAMES_AT_ONCE):
        some = names[start : start + _NAMES_AT_ONCE]
        dotted = _DOTTED.sub(".*.", "\n".join(some)).split("\n")
        if len(dotted) != len(some):
            patterns += map(fold_name, some)
            continue
        for pattern in set(dotted) - known.keys():
            known[pattern] = _BOUNDED.sub("*", pattern)
        patterns += map(known.__getitem__, dotted)
    return patterns


def fold_coarsely(patterns: list[str]) -> list[str]:
    """Patterns of which at most `MAX_PATTERNS` differ: all digits folded, then only last parts kept.

    Names that share nothing at all become the one pattern `*`.
    """
    for coarser in (_without_digits, _last_part):
        patterns = list(map(coarser, patterns))
        if len(set(patterns)) <= MAX_PATTERNS:
            return patterns
    return ["*"] * len(patterns)


def _without_digits(pattern: str) -> str:
    return _DIGITS.sub("*", pattern)


def _last_part(pattern: str) -> str:
    return f"*.{pattern.rpartition('.')[2]}" if "." in pattern else pattern


def take_inventory(weights: WeightSet) -> Inventory:
    """Fold the tensors of one weight set."""
    names: list[str] = []
    forms: list[Form] = []
    for shard in weights.shards:
        names += shard.tensors.names
        forms += shard.tensors.forms
    # Forms are shared objects, so their identity stands for them: hashing 90,000 by value would cost more.
    patterns = fold_names(names)
    coarse = len(set(patterns)) > MAX_PATTERNS
    keys = list(zip(fold_coarsely(patterns) if coarse else patterns, map(id, forms), strict=True))
    ids = {key: i for i, key in enumerate(dict.fromkeys(keys))}
    members = array("I", map(ids.__getitem__, keys))
    by_id = dict(zip(map(id, forms), forms, strict=True))
    return _inventory(weights, names, members, [(pattern, by_id[form]) for pattern, form in ids], coarse)


def pin_inventory(inventory: Inventory, pinned: tuple[str, ...]) -> Inventory:
    """The same tensors, those whose names begin with a `pinned` prefix keeping that prefix unfolded.

    Pinning keeps apart what numbers alone tell apart: `model.layers.61.` of a model whose layer 61 is an MTP head.
    """
    names = inventory.names
    members = array("I", inventory.members)
    kinds = [(group.pattern, group.form) for group in inventory.groups]
    ids = {kind: i for i, kind in enumerate(kinds)}
    for i in [i for i, name in enumerate(names) if name.startswith(pinned)]:
        name = names[i]
        prefix = max((p for p in pinned if name.startswith(p)), key=len)
        kind = (prefix + fold_name(name[len(prefix) :]), kinds[members[i]][1])
        if kind not in ids:
            kinds.append(kind)
        members[i] = ids.setdefault(kind, len(ids))
    return _inventory(inventory.weights, names, members, kinds, inventory.coarse)


def _inventory(
    weights: WeightSet,
    names: Sequence[str],
    members: "array[int]",
    kinds: Sequence[tuple[str, Form]],
    coarse: bool,
) -> Inventory:
    """Count the tensors of each kind; kinds without any, and kinds that are equal, become one group or none."""
    first = dict(zip(reversed(members), range(len(members) - 1, -1, -1), strict=True))
    order = sorted(first, key=first.__getitem__)
    ids: dict[tuple[str, Form], int] = {}
    new_id = {old: ids.setdefault(kinds[old], len(ids)) for old in order}
    if any(old != new for old, new in new_id.items()):
        members = array("I", map(new_id.__getitem__, members))
    counts = Counter(members)
    stored = _stored_bytes(weights, members, counts, list(ids))
    starts = {new_id[old]: first[old] for old in reversed(order)}
    groups = tuple(
        TensorGroup(pattern=pattern, form=form, tensors=counts[i], stored_bytes=stored[i], example=names[starts[i]])
        for (pattern, form), i in ids.items()
    )
    return Inventory(weights=weights, groups=groups, names=names, members=members, coarse=coarse)


def _stored_bytes(
    weights: WeightSet, members: Sequence[int], counts: Mapping[int, int], kinds: Sequence[tuple[str, Form]]
) -> Mapping[int, int]:
    """Bytes of each group: declared ones where every file is sound, added up tensor by tensor elsewhere."""
    if not any(fault.refused for shard in weights.shards for fault in shard.faults):
        return {i: counts[i] * (form.declared_bytes or 0) for i, (_, form) in enumerate(kinds)}
    stored = dict.fromkeys(range(len(kinds)), 0)
    tables = [shard.tensors for shard in weights.shards]
    sizes = (max(0, stop - start) for table in tables for start, stop in zip(table.starts, table.stops, strict=True))
    for member, size in zip(members, sizes, strict=True):
        stored[member] += size
    return stored
