"""Logical weights of one weight set, as quantisers meet them: what each stored group stands for, with its names.

A packed checkpoint is projected from its logical tensors: scales and zero points vanish, the packed tensor becomes
a weight of the model's 16-bit dtype.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import pairwise
from typing import Any, Final, NamedTuple

from inspector.analyses.census import LabelledGroup, WeightSetCensus
from inspector.analyses.projections.containers import Run, json_bytes
from inspector.analyses.projections.values import ProjectedGroup
from inspector.dtypes import BITS, DTYPE_BY_NAME
from inspector.model import Form
from inspector.values import frozen

#: What stands between a layer's name and the number of an expert.
EXPERTS: Final = ".experts."

#: Sets with more tensors get the bounds of their header instead of the exact figure (`header_bounds`).
NAMED_TENSORS: Final = 6000


@frozen
class Weight:
    """One group of equal logical tensors: `count` of them, each of `shape`, all of `dtype` once dequantised.

    `pattern` is the logical name pattern; `stem` and `leaf` are its two halves around the last dot.
    """

    index: int
    label: LabelledGroup
    pattern: str
    shape: tuple[int, ...]
    dtype: str
    count: int
    packed: bool

    @property
    def stem(self) -> str:
        return self.pattern.rpartition(".")[0]

    @property
    def leaf(self) -> str:
        return self.pattern.rpartition(".")[2]

    @property
    def elements(self) -> int:
        return Form(self.dtype, self.shape).elements

    @property
    def component(self) -> str:
        return self.label.role.component

    @property
    def part(self) -> str:
        return self.label.role.part

    @property
    def is_buffer(self) -> bool:
        return self.label.logical.kind == "buffer"

    @property
    def params(self) -> int:
        return self.label.logical.params

    @property
    def renaming(self) -> tuple[int, str]:
        """How a stored name becomes the logical one: characters to cut at its end, and what takes their place."""
        stored, logical = self.label.group.pattern, self.pattern
        common = 0
        for a, b in zip(stored, logical, strict=False):
            if a != b:
                break
            common += 1
        return len(stored) - common, logical[common:]

    def projected(self, to_dtype: str, bytes: int, reason: str, tensors: int | None = None) -> ProjectedGroup:
        """The row that says what these tensors, or so many of them, become."""
        return ProjectedGroup(
            component=self.component,
            pattern=self.pattern,
            tensors=self.count if tensors is None else tensors,
            from_dtype=self.label.group.form.dtype,
            to_dtype=to_dtype,
            bytes=bytes,
            reason=reason,
        )

    def logical_names(self, stored: Sequence[str]) -> Sequence[str]:
        """The names of the logical weights behind these stored names."""
        cut, tail = self.renaming if self.packed else (0, "")
        return [name[: len(name) - cut] + tail for name in stored] if cut or tail else stored


class Stems(NamedTuple):
    """Names of modules, one for each stored module; where a set has too many, only their number and bytes."""

    modules: int
    bytes: int
    names: Sequence[str] | None

    def run(self, leaf: str, form: Form) -> Run:
        """One tensor for each module, named `stem + leaf`."""
        names = None if self.names is None else [stem + leaf for stem in self.names]
        return Run(form, self.modules, self.bytes + self.modules * len(leaf), names)

    def renamed(self, old: str, new: str) -> "Stems":
        """The same with `old`, which stands in each of them once, replaced."""
        names = None if self.names is None else [stem.replace(old, new, 1) for stem in self.names]
        return Stems(self.modules, self.bytes + self.modules * (len(new) - len(old)), names)

    def with_ending(self, old: str, new: str) -> "Stems":
        """The same with `old`, which each of them ends in, replaced."""
        names = None if self.names is None else [stem[: len(stem) - len(old)] + new for stem in self.names]
        return Stems(self.modules, self.bytes + self.modules * (len(new) - len(old)), names)


class WeightSource:
    """The logical weights of one set with the names behind them and the dtype its model computes in.

    Read-only; what several schemes ask for is worked out once and kept.
    """

    def __init__(self, census: WeightSetCensus, config: Mapping[str, Any]) -> None:
        self.census, self.config = census, config
        self._stems: dict[int, Stems] = {}
        self._runs: dict[tuple[int, str], Run] = {}

    @property
    def stored_names(self) -> Sequence[Sequence[str]]:
        """Names of the stored tensors of each group, in header order."""
        return self.census.inventory.names_by_group

    @property
    def named(self) -> bool:
        """Are there few enough tensors to lay out a header name by name?"""
        return len(self.census.inventory.names) <= NAMED_TENSORS

    @cached_property
    def packed(self) -> bool:
        return any(label.logical.packing for label in self.census.labels)

    @cached_property
    def params(self) -> int:
        return sum(label.logical.params for label in self.census.labels)

    @property
    def model_type(self) -> str:
        """`model_type` of the configuration, "" where there is none."""
        value = self.config.get("model_type")
        return value if isinstance(value, str) else ""

    @cached_property
    def is_encoder_decoder(self) -> bool:
        """Does it have an encoder and a decoder, by its parts or by its configuration?"""
        names = {weight.label.name for weight in self.weights if weight.component == "transformer"}
        return {"encoder", "decoder"} <= names or self.config.get("is_encoder_decoder") is True

    @property
    def ties_head(self) -> bool:
        """Does the configuration say that the output head is the embedding, so that a tool may store it once?"""
        return self.config.get("tie_word_embeddings") is True

    @cached_property
    def model_dtype(self) -> str:
        """The 16- or 32-bit dtype of most unpacked weights, by elements; BF16 where every weight is packed."""
        elements: dict[str, int] = {}
        for label in self.census.labels:
            form = label.group.form
            if not label.logical.packing and form.dtype in ("BF16", "F16", "F32") and len(form.shape) > 1:
                elements[form.dtype] = elements.get(form.dtype, 0) + label.group.elements
        return max(elements, key=lambda dtype: (elements[dtype], dtype), default="BF16")

    @cached_property
    def weights(self) -> tuple[Weight, ...]:
        """Every logical weight and every buffer, in the order of the groups; side-data of a packing is left out."""
        rows = (self._weight(index, label) for index, label in enumerate(self.census.labels))
        return tuple(row for row in rows if row is not None)

    def _weight(self, index: int, label: LabelledGroup) -> Weight | None:
        logical, group = label.logical, label.group
        if logical.kind == "side-data" and logical.packing:
            return None
        packed = bool(logical.packing)
        dtype = self.model_dtype if packed else group.form.dtype
        shape = logical.shape if packed else group.form.shape
        pattern = logical.weight if packed else group.pattern
        return Weight(
            index=index, label=label, pattern=pattern, shape=shape, dtype=dtype, count=group.tensors, packed=packed
        )

    def names(self, weight: Weight) -> Sequence[str]:
        """The logical name of each tensor behind one weight, in header order."""
        return weight.logical_names(self.stored_names[weight.index])

    @cached_property
    def _stored_name_bytes(self) -> list[int]:
        """Bytes of the stored names of each group together; a pattern tells whether its names need escapes."""
        inventory = self.census.inventory
        plain = [not inventory.coarse and json_bytes((one.pattern,)) == len(one.pattern) for one in inventory.groups]
        return [
            sum(map(len, names)) if easy else json_bytes(names)
            for names, easy in zip(self.stored_names, plain, strict=True)
        ]

    def _name_bytes(self, weight: Weight) -> int:
        """Bytes of the logical names behind one weight together."""
        if self.named:
            return json_bytes(self.names(weight))
        cut, tail = weight.renaming if weight.packed else (0, "")
        return self._stored_name_bytes[weight.index] + weight.count * (len(tail) - cut)

    def stems(self, weight: Weight) -> Stems:
        """Module names behind one weight: its names without the last part."""
        found = self._stems.get(weight.index)
        if found is None:
            cut = len(weight.leaf) + 1
            names = [name[:-cut] for name in self.names(weight)] if self.named else None
            found = Stems(weight.count, self._name_bytes(weight) - weight.count * cut, names)
            self._stems[weight.index] = found
        return found

    def expert_count(self, weight: Weight) -> int:
        """How many experts a layer has: the width of a router, or counted in the names."""
        for other in self.weights:
            width = other.shape[0] if other.part == "router" and len(other.shape) == 2 else 0
            if width and weight.count % width == 0:
                return width
        layers = {name.partition(EXPERTS)[0] for name in self.stored_names[weight.index]}
        return max(1, weight.count // max(1, len(layers)))

    def expert_stems(self, weight: Weight) -> Stems:
        """What stands before `.experts.` in the names of per-expert layers, once for each layer of blocks."""
        if self.named:
            names = list(dict.fromkeys(name.partition(EXPERTS)[0] for name in self.names(weight)))
            return Stems(len(names), json_bytes(names), names)
        experts = self.expert_count(weight)
        layers = weight.count // experts
        digits = layers * sum(len(str(number)) for number in range(experts))
        rest = len(EXPERTS) + len(weight.pattern.partition(EXPERTS)[2].partition("*")[2])
        return Stems(layers, (self._name_bytes(weight) - digits - weight.count * rest) // experts, None)

    def run(self, weight: Weight, dtype: str) -> Run:
        """The tensors of one weight, stored in `dtype` under their own names."""
        found = self._runs.get((weight.index, dtype))
        if found is None:
            names = self.names(weight) if self.named else None
            found = Run(Form(dtype, weight.shape), weight.count, self._name_bytes(weight), names)
            self._runs[weight.index, dtype] = found
        return found


def is_floating(dtype: str) -> bool:
    return DTYPE_BY_NAME[dtype].floating


def stored_bytes(weight: Weight) -> int:
    """Bytes of one weight as it is after dequantising, in its own dtype."""
    return weight.elements * BITS[weight.dtype] // 8 * weight.count


def shard_spans(source: WeightSource) -> list[tuple[int, int]]:
    """Where the tensors of each shard lie in the inventory's names."""
    ends = [0]
    for shard in source.census.weights.shards:
        ends.append(ends[-1] + len(shard.tensors))
    return list(pairwise(ends))
