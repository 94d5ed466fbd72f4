"""Tensors folded by name pattern: the few dozen groups that all other analyses work on.

A number that stands between separators (`.` `/` `_` `-`, or an end of the name) becomes `*`; so
`model.layers.17.mlp.experts.3.w1.weight` folds to `model.layers.*.mlp.experts.*.w1.weight`, `w1` kept.
A pattern is therefore also a glob that finds its tensors again.
"""

import re
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from inspector.model import Form, WeightSet

#: Longest number in a name that is read as a number; longer ones are kept as text.
MAX_DIGITS: Final = 18

_DOTTED: Final = re.compile(r"\.[0-9]{1,18}(?![^.\n])")
_BOUNDED: Final = re.compile(r"(?<![^./_\-\n])[0-9]{1,18}(?![^./_\-\n])")
_NUMBER: Final = re.compile(r"(?<![^./_\-])[0-9]{1,18}(?![^./_\-])")


@dataclass(frozen=True, slots=True, kw_only=True)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """One weight set folded: its groups in order of first appearance, and each tensor's group index.

    `names` and `members` run over the tensors of all shards in order; `members[i]` indexes `groups`.
    """

    weights: WeightSet
    groups: tuple[TensorGroup, ...]
    names: Sequence[str]
    members: Sequence[int]

    def names_of(self, group: int) -> list[str]:
        """Names of the tensors of groups[group], in header order."""
        return [name for name, member in zip(self.names, self.members, strict=True) if member == group]

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
    """The pattern of each name, in order; one pass over all of them at once where no name has a line break."""
    if not names:
        return []
    dotted = _DOTTED.sub(".*", "\n".join(names)).split("\n")
    if len(dotted) != len(names):
        return [fold_name(name) for name in names]
    full = {pattern: _BOUNDED.sub("*", pattern) for pattern in set(dotted)}
    return [full[pattern] for pattern in dotted]


def take_inventory(weights: WeightSet) -> Inventory:
    """Fold the tensors of one weight set."""
    names: list[str] = []
    forms: list[Form] = []
    sizes: list[int] = []
    for shard in weights.shards:
        table = shard.tensors
        names += table.names
        forms += table.forms
        sizes += [stop - start for start, stop in zip(table.starts, table.stops, strict=True)]
    return _group(weights, names, zip(fold_names(names), forms, strict=True), sizes)


def pin_inventory(inventory: Inventory, pinned: tuple[str, ...]) -> Inventory:
    """The same tensors, those whose names begin with a `pinned` prefix keeping that prefix unfolded.

    Pinning keeps apart what numbers alone tell apart: `model.layers.61.` of a model whose layer 61 is an MTP head.
    """

    def keep(name: str) -> str:
        prefix = max((p for p in pinned if name.startswith(p)), key=len)
        return prefix + fold_name(name[len(prefix) :])

    known = [(group.pattern, group.form) for group in inventory.groups]
    keys = [
        (keep(name), known[member][1]) if name.startswith(pinned) else known[member]
        for name, member in zip(inventory.names, inventory.members, strict=True)
    ]
    sizes = [
        stop - start
        for shard in inventory.weights.shards
        for start, stop in zip(shard.tensors.starts, shard.tensors.stops, strict=True)
    ]
    return _group(inventory.weights, inventory.names, keys, sizes)


def _group(
    weights: WeightSet, names: Sequence[str], keys: Iterable[tuple[str, Form]], sizes: Iterable[int]
) -> Inventory:
    ids: dict[tuple[str, Form], int] = {}
    members = array("I", (ids.setdefault(key, len(ids)) for key in keys))
    counts, stored, first = [0] * len(ids), [0] * len(ids), [-1] * len(ids)
    for i, (member, size) in enumerate(zip(members, sizes, strict=True)):
        counts[member] += 1
        stored[member] += size
        if first[member] < 0:
            first[member] = i
    groups = tuple(
        TensorGroup(pattern=pattern, form=form, tensors=counts[g], stored_bytes=stored[g], example=names[first[g]])
        for (pattern, form), g in ids.items()
    )
    return Inventory(weights=weights, groups=groups, names=names, members=members)
