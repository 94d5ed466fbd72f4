"""Logical weights of one weight set, as quantisers meet them: what each stored group stands for, with its names.

A packed checkpoint is projected from its logical tensors: scales and zero points vanish, the packed tensor becomes
a weight of the model's 16-bit dtype.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Any, Final

from inspector.analyses.census import LabelledGroup, WeightSetCensus
from inspector.analyses.containers import Run, json_bytes
from inspector.dtypes import BITS, DTYPE_BY_NAME
from inspector.model import Form

#: Sets with more tensors get the bounds of their header instead of the exact figure (`header_bounds`).
NAMED_TENSORS: Final = 6000


@dataclass(frozen=True, slots=True, kw_only=True)
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

    def logical_names(self, stored: Sequence[str]) -> Sequence[str]:
        """The names of the logical weights behind these stored names."""
        if not self.packed:
            return stored
        return [_renamed(name, self.label.group.pattern, self.pattern) for name in stored]


@dataclass(frozen=True)
class WeightSource:
    """The logical weights of one set with the names behind them and the dtype its model computes in."""

    census: WeightSetCensus
    config: Mapping[str, Any] = field(default_factory=dict)
    _stems: dict[int, list[str]] = field(default_factory=dict, init=False, repr=False)
    _stem_bytes: dict[int, int] = field(default_factory=dict, init=False, repr=False)
    _runs: dict[tuple[int, str], Run] = field(default_factory=dict, init=False, repr=False)

    @cached_property
    def stored_names(self) -> list[list[str]]:
        """Names of the stored tensors of each group, in header order."""
        buckets: list[list[str]] = [[] for _ in self.census.inventory.groups]
        adders = [bucket.append for bucket in buckets]
        for name, member in zip(self.census.inventory.names, self.census.inventory.members, strict=True):
            adders[member](name)
        return buckets

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

    def stems(self, weight: Weight) -> Sequence[str]:
        """Module names behind one weight: its names without the last part."""
        found = self._stems.get(weight.index)
        if found is None:
            cut = len(weight.leaf) + 1
            found = self._stems[weight.index] = [name[:-cut] for name in self.names(weight)]
        return found

    def run(self, weight: Weight, dtype: str) -> Run:
        """The tensors of one weight, stored in `dtype` under their own names."""
        found = self._runs.get((weight.index, dtype))
        if found is None:
            found = self._runs[weight.index, dtype] = self.run_named(self.names(weight), Form(dtype, weight.shape))
        return found

    def run_named(self, names: Sequence[str], form: Form) -> Run:
        """Tensors of one form under the given names, which are left out where the set has too many."""
        return Run(form, len(names), json_bytes(names), names if self.named else None)

    def part_run(self, weight: Weight, leaf: str, form: Form, stems: Sequence[str] | None = None) -> Run:
        """One tensor for each module behind a weight, named `stem + leaf`; `stems` replace the module names."""
        if self.named or stems is not None:
            names = [stem + leaf for stem in (self.stems(weight) if stems is None else stems)]
            return self.run_named(names, form)
        stem_bytes = self._stem_bytes.get(weight.index)
        if stem_bytes is None:
            stem_bytes = self._stem_bytes[weight.index] = json_bytes(self.stems(weight))
        return Run(form, weight.count, stem_bytes + weight.count * len(leaf))


def _renamed(name: str, stored: str, logical: str) -> str:
    """The logical name behind a stored one, both patterns being equal up to their last parts."""
    common = 0
    for a, b in zip(stored, logical, strict=False):
        if a != b:
            break
        common += 1
    return name[: len(name) - (len(stored) - common)] + logical[common:]


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
