"""Halves: tensors whose counterpart is nowhere in the file, and packed weights without what it takes to read them."""

from collections.abc import Iterator, Mapping, Sequence, Set
from typing import Final

from inspector.analyses.census import LabelledGroup, WeightSetCensus
from inspector.analyses.essentials import is_lookup_table
from inspector.analyses.inventory import fold_name
from inspector.analyses.repeated import MAX_CHARS, is_substantial
from inspector.analyses.unpacking.modules import OWN, Member, find_clusters, weight_name
from inspector.knowledge.counterparts import ADAPTER_HALVES, NEEDS, Need
from inspector.knowledge.packings import ANCHORS
from inspector.values import frozen

#: Fewest packed weights that one without a companion is held against; at most one in so many may lack it.
_FEWEST: Final = 3
_ONE_IN: Final = 8
#: Dtypes in which a weight is packed or scaled.
_NARROW: Final = frozenset({"U8", "I8", "U32", "I32", "F8_E4M3", "F8_E5M2", "F4"})
#: Dimensions of kernels over images and videos, and fewest modules with a bias that one without is held against.
_KERNELS: Final = (4, 5)
_FEWEST_BIASES: Final = 8
#: Tensors of one kind up to which each is looked at by its own name, numbers and all.
_SMALL: Final = 4
#: How kohya's scripts name the scale of an adapter's module, and the factor beside it.
_ALPHA: Final = ".alpha"
_DOWN: Final = ".lora_down.weight"
_ANCHOR_KEYS: Final = frozenset(suffix.key for suffix in ANCHORS)


@frozen
class Half:
    """A tensor that is `there`, and the name of what belongs to it and is `missing`."""

    there: str
    missing: str


def find_halves(census: WeightSetCensus) -> Iterator[Half]:
    """Every half that one of the ways to tell it finds."""
    yield from _of_adapters(census)
    yield from _without_alpha(census)
    yield from _of_packings(census)
    yield from _without_bias(census)
    if is_substantial(census):
        yield from _by_words(census)
        yield from _without_weight(census)


def _by_words(census: WeightSetCensus) -> Iterator[Half]:
    """Modules and parameters without one that their kind always has, by pattern, and by name where those are few.

    What several blocks lack alike is mostly their design; a matrix of the other orientation beside a module does its
    counterpart's work, whatever it is called.
    """
    children: dict[str, dict[str, str]] = {}
    totals: dict[str, int] = {}
    labels = [
        (i, label)
        for i, label in enumerate(census.labels)
        if label.logical.kind != "side-data" and label.role.component != "adapter" and _is_plain(label)
    ]
    for _, label in labels:
        totals[label.group.pattern] = totals.get(label.group.pattern, 0) + label.group.tensors
    repeated: set[str] = set()
    shapes = {label.group.pattern.removesuffix(".weight"): label.logical.shape for _, label in labels}
    for i, label in labels:
        if totals[label.group.pattern] > 1:
            repeated.update(_beginnings(label.group.pattern))
        few = totals[label.group.pattern] <= _SMALL
        for name in {label.group.pattern, *(census.inventory.names_of(i) if few else ())}:
            _enter(name, label.group.example, children)
    for parent, words in sorted(children.items()):
        folded = children.get(pattern := fold_name(parent), {})
        for row in _rows_for(words, parent):
            told = parent != pattern and row.word in folded
            designed = not row.by_design and (f"{parent}.{row.word}" if parent else row.word) in repeated
            if told or designed or any(other in words or other in folded for other in row.needs):
                continue
            if not _is_mapped_back(row, {word: shapes.get(f"{pattern}.{word}" if pattern else word) for word in words}):
                yield Half(there=words[row.word], missing=f"{parent}.{row.needs[0]}" if parent else row.needs[0])


def _is_mapped_back(row: Need, beside: Mapping[str, tuple[int, ...] | None]) -> bool:
    """Is there a matrix from this one's outputs to its inputs, which is not of those that need the same?"""
    shape = beside[row.word] or ()
    same = {other.word for other in NEEDS if other.needs == row.needs}
    return len(shape) == 2 and any(other == shape[::-1] for word, other in beside.items() if word not in same)


def _is_plain(label: LabelledGroup) -> bool:
    return len(label.group.pattern) <= MAX_CHARS


def _enter(name: str, example: str, children: dict[str, dict[str, str]]) -> None:
    """Note each word of a name under what stands before it."""
    for beginning in _beginnings(name):
        parent, _, word = beginning.rpartition(".")
        children.setdefault(parent, {}).setdefault(word, example)


def _beginnings(name: str) -> Iterator[str]:
    """A name, and what stands before each of its dots."""
    at = len(name)
    while at >= 0:
        yield name[:at]
        at = name.rfind(".", 0, at)


def _rows_for(words: Mapping[str, str], parent: str) -> Iterator[Need]:
    last = parent.rpartition(".")[2]
    return (row for row in NEEDS if row.word in words and (not row.under or last in row.under))


def _of_adapters(census: WeightSetCensus) -> Iterator[Half]:
    """Factors of low-rank adapters without the other factor."""
    labels = [(i, label) for i, label in enumerate(census.labels) if label.role.component == "adapter"]
    names = {name for i, _ in labels for name in census.inventory.names_of(i)}
    for i, label in labels:
        for one, other in ADAPTER_HALVES:
            for mine, theirs in ((one, other), (other, one)):
                if mine in label.group.pattern:
                    for name in census.inventory.names_of(i):
                        if (partner := name.replace(mine, theirs)) not in names:
                            yield Half(there=name, missing=partner)


def _without_alpha(census: WeightSetCensus) -> Iterator[Half]:
    """Modules of an adapter without the scale that nearly all others have: it is then taken for the rank."""
    names = {
        suffix: {name.removesuffix(suffix): name for i in members for name in census.inventory.names_of(i)}
        for suffix in (_ALPHA, _DOWN)
        if (members := [i for i, label in enumerate(census.labels) if label.group.pattern.endswith(suffix)])
    }
    scaled, down = names.get(_ALPHA, {}), names.get(_DOWN, {})
    lacking = sorted(down.keys() - scaled.keys())
    if scaled and len(down) >= _FEWEST and len(lacking) <= len(down) // _ONE_IN:
        yield from (Half(there=down[module], missing=module + _ALPHA) for module in lacking)


def _of_packings(census: WeightSetCensus) -> Iterator[Half]:
    """Packed weights without a companion that their like have, and companions without a weight."""
    groups = census.inventory.groups
    for members in find_clusters(groups).values():
        counts: dict[str, int] = {}
        for member in members:
            counts[member.key] = counts.get(member.key, 0) + groups[member.group].tensors
        if len(set(counts.values())) > 1:
            yield from _unequal(census, members)


def _unequal(census: WeightSetCensus, members: Sequence[Member]) -> Iterator[Half]:
    packed: dict[str, str] = {}
    plain: set[str] = set()
    companions: dict[str, dict[str, str]] = {}
    for member in members:
        narrow = census.inventory.groups[member.group].form.dtype in _NARROW
        for name in census.inventory.names_of(member.group):
            weight = weight_name(name, member.suffix)
            if member.key in _ANCHOR_KEYS or (member.key == OWN and narrow):
                packed[weight] = name
            elif member.key == OWN:
                plain.add(weight)
            else:
                companions.setdefault(member.suffix.text, {})[weight] = name
    for text, having in companions.items():
        lacking = packed.keys() - having.keys()
        if 0 < len(lacking) <= max(1, len(packed) // _ONE_IN) and len(having) >= _FEWEST:
            yield from (Half(there=packed[weight], missing=_companion(weight, text)) for weight in sorted(lacking))
        if packed:
            alone = sorted(having.keys() - packed.keys() - plain)
            yield from (Half(there=having[weight], missing=weight) for weight in alone)


def _companion(weight: str, text: str) -> str:
    """The name of a weight's companion; those of a module stand in the place of the weight."""
    return weight.removesuffix(".weight") + text if text.count(".") == 1 and text[0] == "." else weight + text


def _without_bias(census: WeightSetCensus) -> Iterator[Half]:
    """The one norm, or the one kernel, without a bias in a component where all others have one."""
    kinds: dict[tuple[str, int], list[str]] = {}
    biased: set[str] = set()
    for i, label in enumerate(census.labels):
        dims, pattern = len(label.logical.shape), label.group.pattern
        shaped = _is_kernel(label) or (dims == 1 and label.role.part == "norm")
        if pattern.endswith(".bias"):
            biased.update(census.inventory.names_of(i))
        elif shaped and label.logical.kind == "parameter" and pattern.endswith(".weight"):
            kinds.setdefault((label.role.component, dims), []).extend(census.inventory.names_of(i))
    for names in kinds.values():
        lacking = [name for name in names if name.removesuffix("weight") + "bias" not in biased]
        if len(lacking) == 1 and len(names) > _FEWEST_BIASES:
            module = lacking[0].removesuffix(".weight")
            if not module.rpartition(".")[2].isdigit():
                yield Half(there=lacking[0], missing=f"{module}.bias")


def _is_kernel(label: LabelledGroup) -> bool:
    """Is this a kernel within a network? Those that cut an image into patches often go without a bias."""
    inner = label.role.part != "embedding" and "patch" not in label.group.pattern
    return inner and len(label.logical.shape) in _KERNELS


def _without_weight(census: WeightSetCensus) -> Iterator[Half]:
    """Biases of single modules without a weight; a bias as long as a table is the one of an output layer tied to it."""
    modules: dict[str, set[str]] = {}
    rows: Set[int] = {label.logical.shape[0] for label in census.labels if is_lookup_table(label)}
    labels = [label for label in census.labels if _is_plain(label)]
    for label in labels:
        parts = label.group.pattern.split(".")
        for i in range(1, len(parts)):
            modules.setdefault(".".join(parts[:i]), set()).add(parts[i])
    for label in labels:
        module, _, leaf = label.group.pattern.rpartition(".")
        single = leaf == "bias" and label.group.tensors == 1 and len(label.logical.shape) == 1
        alone = single and modules.get(module) == {"bias"} and label.logical.kind == "parameter"
        alone = alone and "act" not in module.rpartition(".")[2]
        if (
            alone
            and label.role.component != "head"
            and label.role.part != "head"
            and label.logical.shape[0] not in rows
        ):
            yield Half(there=label.group.example, missing=label.group.example[:-4] + "weight")
