"""What changed between two checkpoints, told from their headers: tensors, dtypes, shapes, components, bytes.

Tensors are compared by weight set and name. The numbers in them are not: two checkpoints without any
difference may still hold other weights, unless both sides publish hashes.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from inspector.analyses.breakdown import Breakdown, ComponentRow, break_down
from inspector.analyses.census import Census, WeightSetCensus
from inspector.analyses.inventory import fold_name
from inspector.model import Checkpoint, Form
from inspector.values import frozen

Contents = Literal["same", "different", "not compared"]

#: The sums that components and totals are compared by.
_SUMS = ("tensors", "elements", "params", "stored_bytes")


@frozen
class Side:
    """One tensor on one side of the comparison."""

    name: str
    weight_set: str
    component: str
    form: Form

    def to_dict(self) -> dict[str, Any]:
        return {"name": self.name, "weight_set": self.weight_set, "component": self.component, **_form(self.form)}


@frozen
class Change:
    """One tensor that both sides have, in different forms."""

    old: Side
    new: Side

    def to_dict(self) -> dict[str, Any]:
        new = self.new
        return {
            "name": new.name,
            "weight_set": new.weight_set,
            "component": new.component,
            "old": _form(self.old.form),
            "new": _form(new.form),
        }


@frozen
class ComponentChange:
    """One component's sums on both sides, all zero where a side does not have it."""

    component: str
    name: str
    old: Mapping[str, int]
    new: Mapping[str, int]

    def to_dict(self) -> dict[str, Any]:
        return {"component": self.component, "name": self.name, **_both(self.old, self.new)}


@frozen
class Difference:
    """What changed. `contents` tells whether the published hashes of all weight files agree."""

    added: tuple[Side, ...]
    removed: tuple[Side, ...]
    changed: tuple[Change, ...]
    components: tuple[ComponentChange, ...]
    metadata: Mapping[str, tuple[str, str]]
    old: Mapping[str, int]
    new: Mapping[str, int]
    contents: Contents

    @property
    def differs(self) -> bool:
        return bool(self.added or self.removed or self.changed or self.metadata or self.contents == "different")

    def to_dict(self) -> dict[str, Any]:
        return {
            "added": [side.to_dict() for side in self.added],
            "removed": [side.to_dict() for side in self.removed],
            "changed": [change.to_dict() for change in self.changed],
            "components": [change.to_dict() for change in self.components],
            "metadata": [{"key": key, "old": old, "new": new} for key, (old, new) in self.metadata.items()],
            "totals": _both(self.old, self.new),
            "contents": self.contents,
        }


def compare_checkpoints(old: Checkpoint, old_census: Census, new: Checkpoint, new_census: Census) -> Difference:
    """Compare two checkpoints, whatever their sharding; a lone weight set on each side is compared by name alone."""
    alone = len(old_census.sets) == len(new_census.sets) == 1
    before, after = (_tensors(census, alone=alone) for census in (old_census, new_census))
    common = before.keys() & after.keys()
    changed = sorted(key for key in common if before[key].form != after[key].form)
    old_sums, new_sums = break_down(old, old_census), break_down(new, new_census)
    return Difference(
        added=tuple(after[key] for key in sorted(after.keys() - before.keys())),
        removed=tuple(before[key] for key in sorted(before.keys() - after.keys())),
        changed=tuple(Change(old=before[key], new=after[key]) for key in changed),
        components=tuple(_components(old_sums.rows, new_sums.rows)),
        metadata=_metadata(old, new),
        old=_totals(old_sums),
        new=_totals(new_sums),
        contents=_contents(old, new),
    )


def _tensors(census: Census, *, alone: bool) -> dict[tuple[str, str], Side]:
    found: dict[tuple[str, str], Side] = {}
    for weights in census.sets:
        place = "" if alone else weights.weights.path
        found.update({(place, side.name): side for side in _sides(weights, place)})
    return found


def _sides(weights: WeightSetCensus, place: str) -> Iterator[Side]:
    names, members = weights.inventory.names, weights.inventory.members
    for name, member in zip(names, members, strict=True):
        label = weights.labels[member]
        yield Side(name=name, weight_set=place, component=label.role.component, form=label.group.form)


def _components(old: Sequence[ComponentRow], new: Sequence[ComponentRow]) -> Iterator[ComponentChange]:
    """The components of both sides by kind and name, in the order of the new side; tokenizer rows hold no tensors."""
    before, after = _by_name(old), _by_name(new)
    nothing = dict.fromkeys(_SUMS, 0)
    for key in dict.fromkeys((*after, *before)):
        sides = before.get(key, nothing), after.get(key, nothing)
        yield ComponentChange(component=key[0], name=key[1], old=sides[0], new=sides[1])


def _by_name(rows: Sequence[ComponentRow]) -> dict[tuple[str, str], dict[str, int]]:
    sums: dict[tuple[str, str], dict[str, int]] = {}
    for row in rows:
        if row.sums.tensors:
            total = sums.setdefault((row.component, row.name), dict.fromkeys(_SUMS, 0))
            full = row.sums.full()
            for name in _SUMS:
                total[name] += full[name]
    return sums


def _totals(breakdown: Breakdown) -> dict[str, int]:
    full = breakdown.totals.full()
    totals = {name: full[name] for name in _SUMS}
    return {**totals, "files": breakdown.files, "file_bytes": breakdown.file_bytes}


def _metadata(old: Checkpoint, new: Checkpoint) -> dict[str, tuple[str, str]]:
    """Metadata keys whose value differs, "" where a side does not have the key; shards are merged."""
    before, after = ({k: v for shard in side.shards for k, v in shard.metadata.items()} for side in (old, new))
    keys = sorted(key for key in before.keys() | after.keys() if before.get(key) != after.get(key))
    return {key: (before.get(key, ""), after.get(key, "")) for key in keys}


def _contents(old: Checkpoint, new: Checkpoint) -> Contents:
    hashes = [_hashes(old), _hashes(new)]
    if not all(hashes) or "" in hashes[0] + hashes[1]:
        return "not compared"
    return "same" if sorted(hashes[0]) == sorted(hashes[1]) else "different"


def _hashes(checkpoint: Checkpoint) -> list[str]:
    counted = {shard.path for shard in checkpoint.shards}
    return [file.sha256 for file in checkpoint.files if file.path in counted]


def _both(old: Mapping[str, int], new: Mapping[str, int]) -> dict[str, dict[str, int]]:
    return {"old": dict(old), "new": dict(new), "delta": {name: new[name] - old[name] for name in new}}


def _form(form: Form) -> dict[str, Any]:
    return {"dtype": form.dtype, "shape": list(form.shape), "stored_bytes": form.declared_bytes or 0}


def patterns_of(sides: Sequence[Side]) -> dict[tuple[str, str, Form], list[Side]]:
    """Tensors grouped by component, name pattern and form, in order of first appearance."""
    groups: dict[tuple[str, str, Form], list[Side]] = {}
    for side in sides:
        groups.setdefault((side.component, fold_name(side.name), side.form), []).append(side)
    return groups
