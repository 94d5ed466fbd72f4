"""Headers of the files that quantisers write: exact where every name is given, bounded where only counts are.

The Rust writer (`safetensors.serialize`, used by Python's `save_file`, transformers, llmcompressor, GPTQModel) sorts by
dtype in descending order of its enum, then by name, writes compact JSON with `__metadata__` first and pads with spaces
to a multiple of 8. The MLX writer does not pad, and its offsets follow the order of a hash map.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from typing import Final, NamedTuple

from inspector.dtypes import DTYPES
from inspector.model import Form
from inspector.units import ceil_div, round_up

_ORDER: Final = {row.name: -position for position, row in enumerate(DTYPES)}

#: `"name":{"dtype":"…","shape":[…],"data_offsets":[…,…]}` without name, dtype, dimensions and offsets.
_ENTRY_FRAME: Final = len('"":{"dtype":"","shape":[],"data_offsets":[,]}')


class Run(NamedTuple):
    """Tensors of one form; `names` are theirs, or None where only `tensors` and `name_bytes` (their sum) are known."""

    form: Form
    tensors: int
    name_bytes: int
    names: Sequence[str] | None = None

    @property
    def tensor_bytes(self) -> int:
        return self.form.declared_bytes or 0

    @property
    def data_bytes(self) -> int:
        return self.tensor_bytes * self.tensors


class Bounds(NamedTuple):
    """A figure with the lowest and the highest value it can have."""

    low: int
    best: int
    high: int

    @property
    def exact(self) -> bool:
        return self.low == self.high

    def plus(self, other: "Bounds") -> "Bounds":
        """Both together."""
        return Bounds(self.low + other.low, self.best + other.best, self.high + other.high)


def json_bytes(names: Sequence[str]) -> int:
    """Bytes of all names together as JSON strings in UTF-8, without their quotation marks."""
    joined = "".join(names)
    if joined.isascii() and joined.isprintable() and '"' not in joined and "\\" not in joined:
        return len(joined)
    return len(_json(joined).encode("utf-8", "surrogatepass")) - 2


def _json(text: str) -> str:
    import json

    return json.dumps(text, ensure_ascii=False)


def metadata_bytes(metadata: Mapping[str, str] | None) -> int:
    """Bytes of `"__metadata__":{…}` as compact JSON, 0 for None."""
    if metadata is None:
        return 0
    entries = sum(json_bytes(pair) + len('"":""') for pair in metadata.items())
    return len('"__metadata__":{}') + entries + max(len(metadata) - 1, 0)


def rust_header(runs: Iterable[Run], metadata: int) -> int:
    """8 + N of the header that the Rust writer makes of named tensors; `metadata` as from `metadata_bytes`."""
    kept = [run for run in runs if run.tensors]
    return 8 + round_up(_fixed_bytes(kept, metadata) + _offset_digits(_sizes_in_order(kept)), 8)


def _fixed_bytes(runs: Sequence[Run], metadata: int) -> int:
    """Length of the JSON text without the digits of the offsets."""
    entries = sum(run.tensors * _form_bytes(run.form) + run.name_bytes for run in runs)
    parts = sum(run.tensors for run in runs) + (1 if metadata else 0)
    return 2 + max(parts - 1, 0) + metadata + entries


def _form_bytes(form: Form) -> int:
    return _ENTRY_FRAME + len(form.dtype) + len(",".join(map(str, form.shape)))


def _sizes_in_order(runs: Sequence[Run]) -> list[int]:
    """Tensor sizes in the writer's order: dtype descending, then name."""
    by_dtype: dict[str, list[tuple[str, int]]] = {}
    for run in runs:
        size = run.tensor_bytes
        by_dtype.setdefault(run.form.dtype, []).extend((name, size) for name in run.names or ())
    return [size for dtype in sorted(by_dtype, key=_ORDER.__getitem__) for _, size in sorted(by_dtype[dtype])]


def _offset_digits(sizes: Sequence[int]) -> int:
    """Digits of all start and stop offsets of tensors that lie one after the other."""
    if not sizes:
        return 0
    stops = list(accumulate(sizes))
    digits, power = len(stops), 10
    while power <= stops[-1]:
        digits += len(stops) - bisect_left(stops, power)
        power *= 10
    return 2 * digits - len(str(stops[-1])) + 1


def header_bounds(runs: Iterable[Run], metadata: int, *, shards: int = 1, padded: bool = True) -> Bounds:
    """8 + N summed over `shards` headers whose tensor order is not known; the bounds hold for every order.

    The best figure takes the tensors as evenly mixed. Padding is counted with its mean of 4 bytes a header.
    """
    kept = [run for run in runs if run.tensors]
    total = sum(run.data_bytes for run in kept)
    fixed = _fixed_bytes(kept, metadata) + (shards - 1) * (1 + metadata) + 8 * shards
    low, best, high = _digit_bounds(kept, total, shards)
    if not padded:
        return Bounds(fixed + low, fixed + best, fixed + high)
    return Bounds(fixed + low, fixed + best + 4 * shards, fixed + high + 7 * shards)


def _digit_bounds(runs: Sequence[Run], total: int, shards: int) -> tuple[int, int, int]:
    """Fewest, likely and most digits that the offsets can have together."""
    tensors = sum(run.tensors for run in runs)
    sizes = sorted((run.tensor_bytes, run.tensors) for run in runs)
    low = best = high = 2 * tensors
    power = 10
    while power <= total:
        below_most = min(tensors, shards * (_fitting(sizes, power) + 1))
        below_least = _fitting(sizes[::-1], power) if shards == 1 else 0
        likely = tensors * min(power * shards, total) // total
        low += 2 * (tensors - below_most)
        high += 2 * (tensors - below_least)
        best += 2 * (tensors - min(below_most, max(below_least, likely)))
        power *= 10
    return low, min(max(best, low), high), high


def _fitting(sizes: Sequence[tuple[int, int]], limit: int) -> int:
    """How many tensors, taken in the given order, end below `limit` bytes."""
    count = used = 0
    for size, number in sizes:
        fits = number if not size else min(number, max(0, (limit - 1 - used) // size))
        count += fits
        used += fits * size
        if fits < number:
            break
    return count


def shard_count(total_bytes: int, limit_bytes: int, largest_bytes: int) -> tuple[int, int]:
    """Fewest and most files that a greedy split at `limit_bytes` can make of `total_bytes`.

    A file is closed when the next tensor would pass the limit, so each but the last holds more than
    limit minus the largest tensor.
    """
    fewest = max(1, ceil_div(total_bytes, limit_bytes))
    if fewest == 1:
        return 1, 1
    least_filled = max(1, limit_bytes - largest_bytes)
    return fewest, max(fewest, ceil_div(total_bytes, least_filled) + 1)
