"""A checkpoint's weights as the GGUF converter would write them: names, shapes, what is merged, added and dropped."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Final

from inspector.analyses.gguf.config import GgufConfig
from inspector.analyses.gguf.model import GgufTensors
from inspector.analyses.gguf.names import MTP, gguf_name, is_stacked, place_of
from inspector.analyses.gguf.pieces import OUTSIDE, Piece
from inspector.analyses.gguf.rules import Treatment
from inspector.knowledge.gguf_architectures import ROPE_FACTORS, ROPE_FREQS, GgufArchitecture
from inspector.values import frozen, replace

#: Packings that the converter repacks as they are, and the type that they become.
REPACKED: Final[Mapping[str, str]] = MappingProxyType(
    {"mxfp4/experts": "MXFP4", "nvfp4/modelopt": "NVFP4", "ct/nvfp4": "NVFP4", "ct/nvfp4a16": "NVFP4"}
)


@frozen
class Converted:
    """Tensors as written, patterns that the converter has no name for, and patterns that it leaves out."""

    tensors: tuple[GgufTensors, ...]
    unmapped: tuple[str, ...]
    dropped: tuple[str, ...]


def convert(pieces: Iterable[Piece], architecture: GgufArchitecture, treatment: Treatment) -> Converted:
    """Every piece under its GGUF name; members of a stack are one tensor a block."""
    tensors: list[GgufTensors] = []
    unmapped: list[str] = []
    dropped: list[str] = []
    for piece in pieces:
        written = list(_written(piece, architecture, treatment))
        if not written:
            dropped.append(piece.pattern)
        for part in written:
            name = gguf_name(part.name, architecture.names)
            if name:
                tensors += _tensors(part, name)
            elif part.buffer:
                dropped.append(piece.pattern)
            else:
                unmapped.append(piece.pattern)
    tensors += _extra_tensors(architecture.id, treatment.config)
    return Converted(tensors=tuple(tensors), unmapped=tuple(unmapped), dropped=tuple(dropped))


def _written(piece: Piece, architecture: GgufArchitecture, treatment: Treatment) -> Iterator[Piece]:
    layers = treatment.config.layers
    for part in treatment.apply(piece):
        if layers is not None:
            part = _placed(part, architecture.mtp, layers)
        if part.blocks:
            yield part


def _placed(part: Piece, mtp: str, layers: int) -> Piece:
    """A module for multi-token prediction in the blocks after the model's own, or without them."""
    place = place_of(part.name)
    if place is None:
        return part
    if place.number == MTP:
        moved = {layers + max(block, 0): count for block, count in part.blocks.items()}
        return replace(part, name=f"{place.stack}.*.{place.leaf}", blocks=MappingProxyType(moved))
    if mtp == "drop" and max(part.blocks) >= layers:
        kept = {block: count for block, count in part.blocks.items() if block < layers}
        return replace(part, blocks=MappingProxyType(kept))
    return part


def _tensors(part: Piece, name: str) -> Iterator[GgufTensors]:
    place = place_of(part.name)
    common = GgufTensors(
        name=name,
        shape=part.shape,
        blocks=(OUTSIDE,),
        source=part.source,
        packed=REPACKED.get(part.packing, ""),
        component=part.component,
        pattern=part.pattern,
    )
    if "*" not in name:
        yield common
    elif place is not None and is_stacked(place.leaf):
        by_count: dict[int, list[int]] = defaultdict(list)
        for block, count in part.blocks.items():
            by_count[count].append(block)
        for count, blocks in by_count.items():
            yield replace(common, shape=(count, *part.shape), blocks=tuple(sorted(blocks)))
    else:
        yield replace(common, blocks=tuple(sorted(part.blocks)))


def scale_tensors(tensors: Iterable[GgufTensors], *, inputs: bool) -> Iterator[GgufTensors]:
    """Scales that the converter writes beside each NVFP4 matrix, one an expert; those that are 1 it leaves out."""
    for row in tensors:
        if row.packed == "NVFP4":
            shape = row.shape[:1] if len(row.shape) > 2 else (1,)
            for suffix in ("scale", "input_scale") if inputs else ("scale",):
                name = f"{row.name.removesuffix('weight')}{suffix}"
                yield replace(row, name=name, shape=shape, source="F32", packed="")


def _extra_tensors(architecture: str, config: GgufConfig) -> Iterator[GgufTensors]:
    """What the converter computes from the configuration: factors of scaled rotary embeddings."""
    rope = config.rope()
    kind = rope.get("rope_type")
    if architecture in ROPE_FREQS and isinstance(kind, str) and kind.lower() == "llama3":
        yield _factors("rope_freqs.weight", (config.head_width or 0) // 2)
    if architecture == "gemma4" and (width := config.number("global_head_dim")):
        yield _factors("rope_freqs.weight", width // 2)
    if architecture in ROPE_FACTORS:
        for key, name in (("long_factor", "rope_factors_long"), ("short_factor", "rope_factors_short")):
            factors = rope.get(key)
            if isinstance(factors, list) and factors:
                yield _factors(f"{name}.weight", len(factors))


def _factors(name: str, count: int) -> GgufTensors:
    return GgufTensors(name=name, shape=(count,), blocks=(OUTSIDE,), source="F32", pattern="")
