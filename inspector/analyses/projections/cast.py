"""The same files in another dtype, and the textbook figure."""

from collections.abc import Iterable, Sequence

from inspector.analyses.projections.containers import (
    Bounds,
    Run,
    header_bounds,
    json_bytes,
    metadata_bytes,
    rust_header,
)
from inspector.analyses.projections.sets import DEQUANTISED, SetProjection, loosened
from inspector.analyses.projections.values import ProjectedGroup, Projection
from inspector.analyses.projections.weights import Weight, WeightSource, is_floating, shard_spans
from inspector.model import Form, Shard
from inspector.units import ceil_div


def cast_set(dtype: str, source: WeightSource) -> SetProjection:
    """Every floating-point tensor in `dtype`, integers and masks as they are, in the same files as now.

    Certain where every header can be laid out name by name and nothing has to be dequantised first.
    """
    groups = tuple(_cast_group(weight, dtype) for weight in source.weights)
    data = sum(group.bytes for group in groups)
    kept = "The same files with the same names and metadata; integer and boolean tensors keep their dtype."
    header = _headers(source, dtype)
    return SetProjection(
        header=loosened(header) if source.packed else header,
        data=Bounds(data, data, data),
        groups=groups,
        params=source.params,
        certain=not source.packed,
        assumptions=(kept, DEQUANTISED) if source.packed else (kept,),
    )


def _cast_group(weight: Weight, dtype: str) -> ProjectedGroup:
    target = target_dtype(weight.dtype, dtype)
    size = (Form(target, weight.shape).declared_bytes or 0) * weight.count
    reason = "cast" if target != weight.dtype else "has this dtype" if target == dtype else "not floating point"
    return weight.projected(target, size, reason)


def target_dtype(dtype: str, target: str) -> str:
    return target if is_floating(dtype) else dtype


def _headers(source: WeightSource, dtype: str) -> Bounds:
    """8 + N of every file of one set after the cast."""
    shards = source.census.weights.shards
    if not source.packed and all(target_dtype(w.dtype, dtype) == w.dtype for w in source.weights):
        now = sum(max(shard.header_bytes, shard.file_bytes - shard.stored_bytes) for shard in shards)
        return Bounds(now, now, now)
    if not source.named:
        return _bounded(source, dtype)
    return _laid_out(source, dtype)


def _laid_out(source: WeightSource, dtype: str) -> Bounds:
    """Exact headers, file by file, as the Rust writer makes them."""
    by_index = {weight.index: weight for weight in source.weights}
    inventory = source.census.inventory
    total = 0
    for shard, (start, stop) in zip(source.census.weights.shards, shard_spans(source), strict=True):
        names: dict[int, list[str]] = {}
        for name, member in zip(inventory.names[start:stop], inventory.members[start:stop], strict=True):
            names.setdefault(member, []).append(name)
        runs = [_run(by_index[index], dtype, found) for index, found in names.items() if index in by_index]
        total += rust_header(runs, _metadata(shard))
    return Bounds(total, total, total)


def _run(weight: Weight, dtype: str, names: Sequence[str]) -> Run:
    logical = weight.logical_names(names)
    return Run(Form(target_dtype(weight.dtype, dtype), weight.shape), len(names), json_bytes(logical), logical)


def _bounded(source: WeightSource, dtype: str) -> Bounds:
    runs = [source.run(weight, target_dtype(weight.dtype, dtype)) for weight in source.weights]
    shards = source.census.weights.shards
    metadata = max((_metadata(shard) for shard in shards), default=0)
    return header_bounds(runs, metadata, shards=max(1, len(shards)))


def _metadata(shard: Shard) -> int:
    return metadata_bytes(shard.metadata) if shard.metadata else 0


def project_ideal(scheme: str, block: tuple[int, int], sources: Iterable[WeightSource]) -> Projection:
    """Logical parameters times bits and nothing else; `block` is so many bits for so many parameters."""
    bits, params_of_block = block
    sources = tuple(sources)
    params: dict[str, int] = {}
    for source in sources:
        for label in source.census.labels:
            name = label.role.component
            params[name] = params.get(name, 0) + label.logical.params
    counted = sum(params.values())
    total = ceil_div(counted * bits, 8 * params_of_block)
    return Projection(
        scheme=scheme,
        projected_bytes=total,
        low_bytes=total,
        high_bytes=total,
        basis="rule-of-thumb",
        params=counted,
        header_bytes=0,
        components=_shares(params, total, bits, 8 * params_of_block),
        assumptions=("Every parameter takes the same number of bits; no scales, no kept tensors, no header.",),
    )


def _shares(params: dict[str, int], total: int, bits: int, per: int) -> dict[str, int]:
    """Each component's share in whole bytes; the largest takes what is left, so that they add up to `total`."""
    whole = {name: count * bits // per for name, count in params.items() if count}
    if whole:
        whole[max(whole, key=lambda name: (params[name], name))] += total - sum(whole.values())
    return whole
