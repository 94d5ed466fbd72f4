"""Components: what each group of tensors is for, in the interface's vocabulary.

Names are cut into scopes (scopes.py), each scope's kind is told from its word and its structure (regions.py),
and each kind splits into components by its own rule (splits.py).
"""

import re
from collections.abc import Sequence
from functools import cache
from typing import Final

from inspector.analyses.census import LabelledGroup, LogicalGroup, SetContext
from inspector.analyses.inventory import Inventory, numbers_in
from inspector.analyses.roles.instances import instance_name
from inspector.analyses.roles.leaves import is_adapter, is_buffer, is_schedule, is_side_data, is_tokenizer
from inspector.analyses.roles.parts import part_of
from inspector.analyses.roles.regions import Segments, Settled, settle
from inspector.analyses.roles.splits import UNCLAIMED, share_of
from inspector.knowledge.roles_leaves import (
    ADAPTED,
    BLOCK_WORDS,
    EXPERT_WORDS,
    MTP_SIGNS,
    NUMBERED_ENCODERS,
    PARAMETRISED,
    TEXTUAL_INVERSIONS,
)
from inspector.model import Role
from inspector.values import replace

#: Characters of a name that are looked at, counted from its end.
LONGEST_NAME: Final = 300

#: Last parts of names that a module gives to its own tensors.
_LEAVES: Final = frozenset({"weight", "bias", "scale", "weights"})


def pinned_prefixes(inventory: Inventory) -> tuple[str, ...]:
    """Number prefixes that must stay unfolded: layers that predict further tokens, numbered text encoders."""
    prefixes: set[str] = set()
    for index, group in enumerate(inventory.groups):
        match = _pinned_sign().fullmatch(group.pattern)
        if match and "*" not in (stem := match.group("mtp") or match.group("encoder")):
            numbers = [numbers_in(group.example)] if group.tensors == 1 else inventory.numbers_of(index)
            prefixes |= {f"{stem}{each[0]}." for each in numbers if each}
    return tuple(sorted(prefixes))


@cache
def _pinned_sign() -> re.Pattern[str]:
    return re.compile(f"(?:{MTP_SIGNS})|(?:{NUMBERED_ENCODERS})")


def label(logical: Sequence[LogicalGroup], context: SetContext) -> tuple[LabelledGroup, ...]:
    """A role and an instance name for each group, in order; what cannot be told is `unclassified`."""
    names = [_segments(group.weight) for group in logical]
    if context.config.get("peft_type") or _is_adapter_set(logical):
        return tuple(_labelled(group, _beside_adapters(group), "", "lora") for group in logical)
    if _is_textual_inversion(logical, names):
        return tuple(_labelled(group, "embedding", "", "embedding") for group in logical)
    labels: dict[int, LabelledGroup] = {}
    regions = settle(logical, names, context)
    for each, region_name in zip(regions, _names_of(regions, logical, names), strict=True):
        _label_region(each, region_name, logical, names, labels)
    return tuple(labels[index] for index in range(len(logical)))


def _segments(weight: str) -> Segments:
    """The words of a name; a parametrised weight under the name of the weight that it makes."""
    return tuple(weight[-LONGEST_NAME:].replace("/", ".").replace(PARAMETRISED, ".weight").split("."))


def _is_adapter_set(logical: Sequence[LogicalGroup]) -> bool:
    """Are adapter leaves what this set is made of, and the weights that they adapt elsewhere?"""
    if any(word in group.weight for group in logical for word in ADAPTED):
        return False
    return 3 * sum(is_adapter(group.weight) for group in logical) >= max(len(logical), 1)


def _beside_adapters(group: LogicalGroup) -> str:
    return "embedding" if group.weight in TEXTUAL_INVERSIONS else "adapter"


def _is_textual_inversion(logical: Sequence[LogicalGroup], names: Sequence[Segments]) -> bool:
    """Are these the vectors of a few new words, and nothing else?"""
    if len(logical) > 4 or any(len(group.shape) not in (1, 2) or group.group.tensors > 4 for group in logical):
        return False
    if len(logical) == 1 and len(names[0]) == 1:
        return names[0][0] not in _LEAVES
    return all(name[0] in TEXTUAL_INVERSIONS for name in names)


def _names_of(
    regions: Sequence[Settled], logical: Sequence[LogicalGroup], names: Sequence[Segments]
) -> tuple[str, ...]:
    """What each region is called; parts of a text encoder with no words of their own as the one that has them."""
    found = [each.region.name or instance_name(each.kind, logical, names, each.region.members) for each in regions]
    speaking = [name for name, each in zip(found, regions, strict=True) if "vocabulary" in each.inside.facts]
    if len(speaking) == 1:
        speaker = speaking[0]
        found = [name or (speaker if each.kind == "text" else "") for name, each in zip(found, regions, strict=True)]
    return tuple(found)


def _label_region(
    each: Settled,
    region_name: str,
    logical: Sequence[LogicalGroup],
    names: Sequence[Segments],
    labels: dict[int, LabelledGroup],
) -> None:
    kernels = {
        names[index][:-1]
        for index in each.region.members
        if len(logical[index].shape) > 2 and names[index][-1].startswith("weight")
    }
    for index in each.region.members:
        component, name = _share(each, names[index])
        part = part_of(names[index], component, kernel=names[index][:-1] in kernels)
        labels[index] = _labelled(logical[index], component, name or region_name, part)


def _share(each: Settled, segments: Segments) -> tuple[str, str]:
    """Component and instance of one name; what no rule knows is a transformer where its region has blocks."""
    component, name = share_of(each.kind, segments, len(each.region.path))
    unknown = component == "unclassified" and each.kind in UNCLAIMED and "blocks" in each.inside.facts
    return ("transformer" if unknown else component), name


def _labelled(group: LogicalGroup, component: str, name: str, part: str) -> LabelledGroup:
    """A label, unless the leaf itself decides: schedules, tokenizers, adapter weights, buffers."""
    if is_schedule(group):
        component, name = "buffer", ""
    elif is_tokenizer(group):
        component, name = "tokenizer", ""
    elif is_adapter(group.weight):
        component, name, part = "adapter", "", "lora"
    if component in ("buffer", "tokenizer") or is_buffer(group):
        group, part = replace(group, kind="buffer", params=0), "buffer"
    elif component == "adapter" and is_side_data(group):
        group = replace(group, kind="side-data", params=0)
    return LabelledGroup(logical=group, role=_role(component, part), name=name)


@cache
def _role(component: str, part: str) -> Role:
    return Role(component=component, part=part)


@cache
def _counted(word: str) -> re.Pattern[str]:
    return re.compile(rf"(?:^|[._]|(?<=_)){word}[._]\*(?![^._])")


@cache
def _number() -> re.Pattern[str]:
    return re.compile(r"(?<![^./_\-])\*(?![^./_\-])")


@cache
def _counters(pattern: str) -> tuple[int, int | None, int | None]:
    """How many numbers a pattern folds away, and which of them count blocks and experts."""
    stars = [match.start() for match in _number().finditer(pattern)]

    def place(words: str) -> int | None:
        found = _counted(words).search(pattern)
        return stars.index(found.end() - 1) if found else None

    return len(stars), place(BLOCK_WORDS), place(EXPERT_WORDS)


def role_of_name(labelled: LabelledGroup, name: str) -> Role:
    """The full role of one tensor of a group: block and expert numbers read from its name."""
    role, numbers = labelled.role, numbers_in(name)
    count, block_at, expert_at = _counters(labelled.group.pattern)
    pinned = len(numbers) - count
    if pinned < 0:
        return role
    block = None if block_at is None else numbers[pinned + block_at]
    expert = None if expert_at is None else numbers[pinned + expert_at]
    if pinned and role.component == "mtp":
        block = numbers[0]
    return Role(component=role.component, part=role.part, block=block, expert=expert)
