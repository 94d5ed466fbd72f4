"""What is inside, added up: rows by component, totals, dtypes. Rows sum to the totals, always."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from inspector.analyses.census import Census, LabelledGroup, WeightSetCensus
from inspector.model import Checkpoint
from inspector.paths import folder_of, name_of
from inspector.values import frozen

#: The interface's components, in the order in which rows are shown.
COMPONENTS: Final = (
    ("tokenizer", "embedding", "text_encoder", "vision_encoder", "audio_encoder", "projector", "transformer", "unet")
    + ("head", "mtp", "vae", "controlnet", "adapter", "motion", "vocoder", "codec", "upscaler", "optimizer", "buffer")
    + ("unclassified",)
)
_ORDER: Final = {component: i for i, component in enumerate(COMPONENTS)}


class Sums:
    """Running sums over groups; `add` takes each group once."""

    __slots__ = ("buffer_elements", "elements", "params", "side_data_elements", "stored_bytes", "tensors")

    def __init__(self) -> None:
        self.tensors = self.elements = self.params = self.stored_bytes = 0
        self.buffer_elements = self.side_data_elements = 0

    def add(self, label: LabelledGroup) -> None:
        group = label.group
        self.tensors += group.tensors
        self.elements += group.elements
        self.params += label.logical.params
        self.stored_bytes += group.stored_bytes
        if label.logical.kind == "buffer":
            self.buffer_elements += group.elements
        elif label.logical.kind == "side-data":
            self.side_data_elements += group.elements

    def short(self) -> dict[str, int]:
        return {"tensors": self.tensors, "params": self.params, "stored_bytes": self.stored_bytes}

    def full(self) -> dict[str, int]:
        return {
            "tensors": self.tensors,
            "elements": self.elements,
            "params": self.params,
            "buffer_elements": self.buffer_elements,
            "side_data_elements": self.side_data_elements,
            "stored_bytes": self.stored_bytes,
        }


@frozen
class ComponentRow:
    """One component instance: what it holds, by dtype and by part, each largest first.

    `file_bytes` is the size of its files where they hold nothing else, its tensors' bytes where it shares them.
    """

    component: str
    name: str
    path: str
    sums: Sums
    file_bytes: int
    dtypes: Mapping[str, Sums]
    parts: Mapping[str, Sums]

    def to_dict(self) -> dict[str, Any]:
        return {
            "component": self.component,
            "name": self.name,
            "path": self.path,
            **self.sums.full(),
            "file_bytes": self.file_bytes,
            "dtypes": {dtype: sums.short() for dtype, sums in self.dtypes.items()},
            "parts": [{"part": part, **sums.short()} for part, sums in self.parts.items()],
        }


@frozen
class Breakdown:
    """Rows by component, and the totals that they sum to."""

    rows: tuple[ComponentRow, ...]
    totals: Sums
    dtypes: Mapping[str, Sums]
    files: int
    header_bytes: int
    file_bytes: int


def break_down(checkpoint: Checkpoint, census: Census) -> Breakdown:
    """Add up a census by component instance, dtype and part."""
    rows = [row for weights in census.sets for row in _rows(weights)]
    rows += _tokenizer_rows(checkpoint)
    rows.sort(key=lambda row: (_ORDER.get(row.component, len(_ORDER)), row.path, row.name))
    shards = checkpoint.shards
    return Breakdown(
        rows=tuple(rows),
        totals=_sum(census.labels),
        dtypes=_by(census.labels, lambda label: label.group.form.dtype),
        files=len(shards),
        header_bytes=sum(shard.header_bytes for shard in shards),
        file_bytes=sum(shard.file_bytes for shard in shards),
    )


def _rows(weights: WeightSetCensus) -> list[ComponentRow]:
    groups: dict[tuple[str, str], list[LabelledGroup]] = {}
    for label in weights.labels:
        groups.setdefault((label.role.component, label.name), []).append(label)
    whole = sum(shard.file_bytes for shard in weights.weights.shards)
    rows = []
    for (component, name), labels in groups.items():
        sums = _sum(labels)
        rows.append(
            ComponentRow(
                component=component,
                name=instance_name(component, name, weights.context.pipeline_name),
                path=weights.weights.path,
                sums=sums,
                file_bytes=whole if len(groups) == 1 else sums.stored_bytes,
                dtypes=_by(labels, lambda label: label.group.form.dtype),
                parts=_by(labels, lambda label: label.role.part),
            )
        )
    return rows


def instance_name(component: str, name: str, pipeline_name: str) -> str:
    """What a row is called: its place in a pipeline and what tells it apart ("text_encoder_2: CLIP-G")."""
    place = pipeline_name or component
    if not name:
        return place
    if name == "EMA copy":
        return f"{place} ({name})"
    return name if name in ("encoder", "decoder") and not pipeline_name else f"{place}: {name}"


def _tokenizer_rows(checkpoint: Checkpoint) -> list[ComponentRow]:
    """A row per folder that holds tokenizer files: bytes that are shown and are in no total."""
    sizes: dict[str, int] = {}
    for file in checkpoint.files:
        if file.kind == "tokenizer":
            folder = folder_of(file.path)
            sizes[folder] = sizes.get(folder, 0) + file.bytes
    return [
        ComponentRow(
            component="tokenizer",
            name=name_of(folder) or "tokenizer",
            path=folder or ".",
            sums=Sums(),
            file_bytes=size,
            dtypes={},
            parts={},
        )
        for folder, size in sorted(sizes.items())
    ]


def _sum(labels: Iterable[LabelledGroup]) -> Sums:
    sums = Sums()
    for label in labels:
        sums.add(label)
    return sums


def _by(labels: Iterable[LabelledGroup], key: Callable[[LabelledGroup], str]) -> dict[str, Sums]:
    found: dict[str, Sums] = {}
    for label in labels:
        found.setdefault(key(label), Sums()).add(label)
    return dict(sorted(found.items(), key=lambda item: (-item[1].stored_bytes, item[0])))
