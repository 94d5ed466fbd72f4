"""Stored tensors gathered by the logical weight they belong to; nothing here knows what a layout means.

Tensors are gathered by name pattern. Only where one pattern has several forms, or counts differ, are the
instances told apart, so that mixed precision is paired layer by layer and all else costs nothing per tensor.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from inspector.analyses.inventory import Inventory, TensorGroup
from inspector.knowledge.packings import ANCHORS, COMPANIONS, INDECISIVE, Suffix
from inspector.model import Form
from inspector.values import frozen

#: The key of a tensor that bears the weight's own name.
OWN: Final = "weight"
#: Dtypes that models are trained in.
FLOATS: Final = frozenset(("F64", "F32", "F16", "BF16"))
_ANCHOR_KEYS: Final = frozenset(suffix.key for suffix in ANCHORS)


@frozen
class Module:
    """`count` weights of one name pattern stored alike: for each key the form and the groups of its tensors.

    A key has several groups only where its shape decides nothing. `example` is the name of one of the weights.
    """

    weight: str
    example: str
    count: int
    forms: Mapping[str, Form]
    groups: Mapping[str, tuple[int, ...]]


@frozen
class Member:
    """Group number `group` is the `key` of a weight; its names end in `suffix`, as folded."""

    group: int
    key: str
    suffix: Suffix


_ITSELF: Final = Suffix(text="", key=OWN)


def gather(inventory: Inventory) -> tuple[Module, ...]:
    """The weights that have something beside them or a name of a packed one; all other groups are in none."""
    clusters = {
        weight: _without_plain(inventory.groups, members)
        for weight, members in find_clusters(inventory.groups).items()
        if len(members) > 1 or members[0].key != OWN
    }
    mixed = {w: members for w, members in clusters.items() if not _uniform(inventory.groups, members)}
    whole = [_whole(inventory.groups, w, members) for w, members in clusters.items() if w not in mixed]
    return (*whole, *_paired(inventory, mixed))


def _without_plain(groups: Sequence[TensorGroup], members: Sequence[Member]) -> Sequence[Member]:
    """Members without the 16-bit weights of layers that were left as they are, where counts leave no doubt."""
    rest = [m for m in members if m.key != OWN or groups[m.group].form.dtype not in FLOATS]
    anchored = any(m.key == OWN or m.key in _ANCHOR_KEYS for m in rest)
    return rest if anchored and _uniform(groups, rest) else members


def find_clusters(groups: Sequence[TensorGroup]) -> dict[str, list[Member]]:
    """Groups by logical weight: those named by an anchor or by themselves first, then their companions."""
    clusters: dict[str, list[Member]] = {}
    later: list[int] = []
    for g, group in enumerate(groups):
        anchors = list(candidates(group.pattern, ANCHORS))
        if anchors:
            weight, suffix = anchors[0]
            clusters.setdefault(weight, []).append(Member(group=g, key=suffix.key, suffix=suffix))
        elif any(candidates(group.pattern, COMPANIONS)):
            later.append(g)
        else:
            clusters.setdefault(group.pattern, []).append(Member(group=g, key=OWN, suffix=_ITSELF))
    for g in later:
        _attach(clusters, g, groups[g].pattern)
    return clusters


def _attach(clusters: dict[str, list[Member]], g: int, pattern: str) -> None:
    for weight, suffix in candidates(pattern, COMPANIONS):
        if weight in clusters:
            clusters[weight].append(Member(group=g, key=suffix.key, suffix=suffix))
            return
    clusters.setdefault(pattern, []).append(Member(group=g, key=OWN, suffix=_ITSELF))


def candidates(pattern: str, suffixes: Iterable[Suffix]) -> Iterator[tuple[str, Suffix]]:
    """Weights that a tensor may belong to by its name's ending, the longest ending first."""
    fitting = [s for s in suffixes if pattern.endswith(s.text) and len(pattern) > len(s.text)]
    for suffix in sorted(fitting, key=lambda s: -len(s.text)):
        yield weight_name(pattern, suffix), suffix


def weight_name(name: str, suffix: Suffix) -> str:
    """The weight that a tensor of this name belongs to, if its name ends in `suffix`."""
    stem = name[: len(name) - len(suffix.text)]
    return stem if suffix.weight and stem.endswith(suffix.weight) else stem + suffix.weight


def _uniform(groups: Sequence[TensorGroup], members: Sequence[Member]) -> bool:
    """Is every instance stored alike: one form a key that matters, and as many tensors for each key?"""
    counts: dict[str, int] = {}
    for member in members:
        if member.key in counts and member.key not in INDECISIVE:
            return False
        counts[member.key] = counts.get(member.key, 0) + groups[member.group].tensors
    return len(set(counts.values())) == 1


def _whole(groups: Sequence[TensorGroup], weight: str, members: Sequence[Member]) -> Module:
    by_key: dict[str, tuple[int, ...]] = {}
    for member in members:
        by_key[member.key] = (*by_key.get(member.key, ()), member.group)
    count = sum(groups[g].tensors for g in by_key[members[0].key])
    example = weight_name(groups[members[0].group].example, members[0].suffix)
    return _module(groups, weight, example, count, by_key)


def _module(
    groups: Sequence[TensorGroup], weight: str, example: str, count: int, by_key: Mapping[str, tuple[int, ...]]
) -> Module:
    forms = {key: groups[ids[0]].form for key, ids in by_key.items()}
    return Module(weight=weight, example=example, count=count, forms=forms, groups=by_key)


def _paired(inventory: Inventory, mixed: Mapping[str, Sequence[Member]]) -> list[Module]:
    """Modules of the patterns whose instances differ, one for each combination that occurs."""
    if not mixed:
        return []
    owners = {member.group: (weight, member) for weight, members in mixed.items() for member in members}
    instances: dict[str, dict[str, int]] = {}
    patterns: dict[str, str] = {}
    for name, g in zip(inventory.names, inventory.members, strict=True):
        if g in owners:
            weight, member = owners[g]
            instance = weight_name(name, member.suffix)
            instances.setdefault(instance, {})[member.key] = g
            patterns[instance] = weight
    return _combinations(inventory.groups, patterns, instances)


def _combinations(
    groups: Sequence[TensorGroup], patterns: Mapping[str, str], instances: Mapping[str, Mapping[str, int]]
) -> list[Module]:
    found: dict[tuple[str, frozenset[tuple[str, int]]], list[str]] = {}
    for instance, keys in instances.items():
        decisive = frozenset((key, -1 if key in INDECISIVE else g) for key, g in keys.items())
        found.setdefault((patterns[instance], decisive), []).append(instance)
    modules = []
    for (weight, _), names in found.items():
        by_key: dict[str, dict[int, None]] = {}
        for name in names:
            for key, g in instances[name].items():
                by_key.setdefault(key, {})[g] = None
        tuples = {key: tuple(ids) for key, ids in by_key.items()}
        modules.append(_module(groups, weight, names[0], len(names), tuples))
    return modules
