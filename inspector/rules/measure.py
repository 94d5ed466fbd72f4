"""What a gate measures of a checkpoint: sizes by file and component, dtypes, parameters, growth's other half."""

from collections.abc import Mapping, Sequence
from posixpath import normpath
from typing import Any, Final

from inspector.analyses.breakdown import break_down
from inspector.analyses.census import Census
from inspector.errors import UsageError
from inspector.model import Checkpoint, WeightSet
from inspector.rules.budgets import Measured, Sizes

_OURS: Final = ("inspector.inspect/", "inspector.gate/")


def measure(path: str, checkpoint: Checkpoint, census: Census, unsafe: Sequence[str] = ()) -> Measured:
    """The measured values of a checkpoint, or of the part of one that a budget is for."""
    groups = [label.group for label in census.labels]
    dtypes: dict[str, int] = {}
    for group in groups:
        dtypes[group.form.dtype] = dtypes.get(group.form.dtype, 0) + group.stored_bytes
    shards = checkpoint.shards
    return Measured(
        path=path,
        sizes=stored_sizes(checkpoint, census),
        files=tuple((shard.path, shard.file_bytes) for shard in shards),
        layers=() if path else _layers(checkpoint),
        largest_tensor_bytes=max((g.stored_bytes // g.tensors for g in groups if g.tensors), default=0),
        header_bytes=sum(shard.header_bytes for shard in shards),
        params=sum(label.logical.params for label in census.labels),
        dtypes=dtypes,
        metadata=tuple((s.path, frozenset(f"{k}={v}" for k, v in s.metadata.items())) for s in shards),
        tensor_names=[name for shard in shards for name in shard.tensors.names],
        unsafe=tuple(dict.fromkeys(unsafe)),
    )


def _layers(checkpoint: Checkpoint) -> tuple[tuple[str, int], ...]:
    """Names and sizes of the layers that an artifact or image is packed in, () for every other target."""
    rows = _rows(checkpoint.repository.get("layers"))
    return tuple((str(row.get("name")), row["bytes"]) for row in rows if isinstance(row.get("bytes"), int))


def stored_sizes(checkpoint: Checkpoint, census: Census) -> Sizes:
    """Sizes as stored: all weight files, and tensor bytes by component."""
    components: dict[str, int] = {}
    for row in break_down(checkpoint, census).rows:
        size = row.sums.stored_bytes
        if size:
            components[row.component] = components.get(row.component, 0) + size
    return Sizes(file_bytes=sum(shard.file_bytes for shard in checkpoint.shards), components=components)


def select_files(checkpoint: Checkpoint, paths: frozenset[str]) -> Checkpoint:
    """The checkpoint with only the weight files of these paths."""
    from inspector.values import replace

    sets = [_select_shards(weights, paths) for weights in checkpoint.weight_sets]
    return replace(checkpoint, weight_sets=tuple(weights for weights in sets if weights.shards))


def _select_shards(weights: WeightSet, paths: frozenset[str]) -> WeightSet:
    from inspector.values import replace

    return replace(weights, shards=tuple(shard for shard in weights.shards if shard.path in paths))


def baseline_sizes(document: Any, ref: str, *, scheme: str = "", where: str = "the baseline") -> Sizes | None:
    """Sizes that a kept report of ours gives for a target; None where it knows nothing of it or of the scheme.

    Raises `UsageError` where the document is none of ours.
    """
    if not isinstance(document, Mapping) or not str(document.get("schema", "")).startswith(_OURS):
        raise UsageError(
            f"{where} is no report of `inspector inspect` or `inspector gate`.",
            hint="Write one with: inspector inspect TARGET -o json=main.json",
        )
    targets = document.get("targets")
    rows = [row for row in targets if isinstance(row, Mapping)] if isinstance(targets, list) else [document]
    same = (row for row in rows if normpath(_ref(row)) == normpath(ref))
    row = next(same, rows[0] if len(rows) == 1 else None)
    return _sizes_of(row, scheme) if row is not None else None


def _ref(row: Mapping[str, Any]) -> str:
    target = row.get("target")
    return str(target.get("ref", "")) if isinstance(target, Mapping) else ""


def _sizes_of(row: Mapping[str, Any], scheme: str) -> Sizes | None:
    if scheme:
        projected = next((p for p in _rows(row.get("projections")) if p.get("scheme") == scheme), {})
        size = projected.get("projected_bytes")
        return Sizes(file_bytes=size, components={}) if isinstance(size, int) else None
    sizes, totals = row.get("sizes"), row.get("totals")
    holder = sizes if isinstance(sizes, Mapping) else totals if isinstance(totals, Mapping) else {}
    size = holder.get("file_bytes")
    if not isinstance(size, int):
        return None
    components: dict[str, int] = {}
    for part in _rows(sizes.get("components") if isinstance(sizes, Mapping) else row.get("components")):
        name, stored = part.get("component", part.get("name")), part.get("stored_bytes")
        if isinstance(stored, int):
            components[str(name)] = components.get(str(name), 0) + stored
    return Sizes(file_bytes=size, components=components)


def _rows(value: Any) -> list[Mapping[str, Any]]:
    return [row for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []
