"""The GGUF file that ComfyUI-GGUF makes of a denoiser: its converter, then its patched llama-quantize.

Names are looked at one by one, once; each file type then only chooses types for the few dozen kinds of tensors found.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

from inspector.analyses.projections.containers import Bounds
from inspector.analyses.projections.modules import is_denoiser_weight
from inspector.analyses.projections.sets import DEQUANTISED, SetProjection
from inspector.analyses.projections.weights import Weight, WeightSource
from inspector.knowledge.comfy_gguf import (
    DOWN_TYPES,
    EDGE_TYPES,
    MAIN_TYPES,
    MODELS,
    OLDER,
    QKV_TYPES,
    V_TYPES,
    ComfyModel,
)
from inspector.knowledge.gguf_types import GGUF_TYPES
from inspector.units import round_up
from inspector.values import frozen, replace

_PREFIXES: Final = ("model.diffusion_model.", "model.")
_ALIGNMENT: Final = 32
_SMALL: Final = 1024
_ROW: Final = 256
_MOST_NAME_BYTES: Final = 127


class _Kind(NamedTuple):
    """What tensors of one weight have in common: dimensions as written, type if not quantised, category if it is.

    `category` is "" for tensors that keep `kept`; `ahead` counts the value projections that come before.
    """

    weight: Weight
    dims: tuple[int, ...]
    kept: str
    category: str
    ahead: int = -1

    @property
    def elements(self) -> int:
        product = 1
        for dim in self.dims:
            product *= dim
        return product


@frozen
class ComfyFile:
    """A denoiser as the converter would write it, ready for any file type: kinds of tensors with their numbers.

    `older` are the same as other versions of the tool would write them: they bound a projection.
    """

    model: ComfyModel
    packed: bool
    kinds: tuple[tuple[_Kind, int], ...]
    header_bytes: int
    params: int
    older: "tuple[ComfyFile, ...]" = ()


def prepare(source: WeightSource) -> ComfyFile | str:
    """The denoiser of a weight set as the converter would write it, or why it would not."""
    weights = [weight for weight in source.weights if is_denoiser_weight(weight)]
    names = {name for weight in weights for name in source.names(weight)}
    if not names:
        return "no denoiser weights"
    prefix = _prefix(names)
    stripped = {name.removeprefix(prefix) for name in names}
    model = next((row for row in MODELS if any(stripped.issuperset(keys) for keys in row.detect)), None)
    if model is None:
        return "ComfyUI-GGUF does not know this architecture, or not in this layout"
    too_long = max(len(name.encode()) for name in stripped)
    if too_long > _MOST_NAME_BYTES:
        return f"ComfyUI-GGUF stops at a name of {too_long} bytes; {_MOST_NAME_BYTES} is the most"
    same = (row for row in OLDER if (row.architecture, row.layout) == (model.architecture, model.layout))
    older = tuple(_laid_out(row, source, weights, prefix) for row in same)
    return replace(_laid_out(model, source, weights, prefix), older=older)


def _prefix(names: Iterable[str]) -> str:
    names = tuple(names)
    for prefix in _PREFIXES:
        if any(name.startswith(prefix) for name in names):
            return prefix
    return "net." if all(name.startswith("net.") for name in names) else ""


def _laid_out(model: ComfyModel, source: WeightSource, weights: Sequence[Weight], prefix: str) -> ComfyFile:
    sorter = _Sorter(model)
    found: dict[tuple[object, ...], list[Any]] = {}
    infos = shapes = 0
    for weight in weights:
        for name in source.names(weight):
            short = name.removeprefix(prefix)
            kind = sorter.kind(weight, short)
            found.setdefault((weight.index, *kind[1:]), [kind, 0])[1] += 1
            infos += 8 + len(short.encode()) + 4 + 8 * len(kind.dims) + 4 + 8
            if kind.dims != _written(model, short, weight.shape):
                shapes += 8 + len(f"comfy.gguf.orig_shape.{short}".encode()) + 4 + 4 + 8 + 4 * len(weight.shape)
    header = round_up(24 + _key_values(model.architecture) + shapes + infos, _ALIGNMENT)
    kinds = tuple((kind, count) for kind, count in found.values())
    return ComfyFile(
        model=model,
        packed=source.packed,
        kinds=kinds,
        header_bytes=header,
        params=sum(weight.params for weight in weights),
    )


def _key_values(architecture: str) -> int:
    """Architecture, quantisation version and file type."""
    name = 8 + len("general.architecture") + 4 + 8 + len(architecture)
    return name + 8 + len("general.quantization_version") + 4 + 4 + 8 + len("general.file_type") + 4 + 4


class _Sorter:
    """Sorts tensors of one denoiser into kinds; counts value projections in the order of the file."""

    def __init__(self, model: ComfyModel) -> None:
        self.model = model
        self.v, self.qkv, self.down, self.edge = (
            re.compile(pattern) for pattern in (model.v, model.qkv, model.down, model.edge_blocks)
        )
        self.values_seen = 0

    def kind(self, weight: Weight, name: str) -> _Kind:
        model, shape = self.model, weight.shape
        dims = _rows_of_256(shape) if model.reshapes else _written(model, name, shape)
        dims = _written(model, name, dims)
        kept = _kept_type(model, weight, name)
        if not self._is_quantised(name, dims):
            return _Kind(weight, dims, kept, "")
        category = self._category(name)
        if category != "v":
            return _Kind(weight, dims, kept, category)
        self.values_seen += 1
        ahead = min(self.values_seen - 1, 4)
        return _Kind(weight, dims, kept, category, ahead)

    def _is_quantised(self, name: str, dims: tuple[int, ...]) -> bool:
        model = self.model
        if not name.endswith("weight") or name.endswith("_norm.weight") or len(dims) != 2:
            return False
        return name not in model.skip_exact and not any(part in name for part in model.skip)

    def _category(self, name: str) -> str:
        if self.edge.search(name):
            return "edge"
        if self.v.search(name):
            return "v"
        if self.qkv.search(name):
            return "qkv"
        return "down" if self.down.search(name) else "main"


def _written(model: ComfyModel, name: str, shape: tuple[int, ...]) -> tuple[int, ...]:
    """Dimensions as the file lists them: leading ones of size 1 are dropped, but for a few names."""
    if len(shape) > 4 or any(part in name for part in model.whole_dims):
        return shape
    start = 0
    while start < len(shape) - 1 and shape[start] == 1:
        start += 1
    return shape[start:] or (1,)


def _rows_of_256(shape: tuple[int, ...]) -> tuple[int, ...]:
    """SD and SDXL: matrices and kernels that divide by 256 but whose rows do not are laid out in rows of 256."""
    elements = 1
    for dim in shape:
        elements *= dim
    if len(shape) < 2 or elements < 512 or elements % _ROW or shape[-1] % _ROW == 0:
        return shape
    return (elements // _ROW, _ROW)


def _kept_type(model: ComfyModel, weight: Weight, name: str) -> str:
    """The type in the converter's 16-bit file."""
    if len(weight.shape) > 4 or model.kept == "F32":
        return "F32"
    if name.endswith("weight") and any(part in name for part in model.f32):
        return "F32"
    if model.kept == "16 bit":
        return "BF16" if weight.dtype == "BF16" else "F16"
    wide = weight.dtype in ("F32", "BF16") and not weight.packed
    if wide and (
        len(weight.shape) <= 1 or weight.elements <= _SMALL or any(part in name for part in model.high_precision)
    ):
        return "F32"
    if model.architecture == "wan" and weight.dtype == "F32":
        return "F32"
    return "BF16" if weight.dtype == "BF16" else "F16"


def project(file: ComfyFile, file_type: str) -> SetProjection | str:
    """The file of one llama.cpp file type."""
    if file_type not in MAIN_TYPES:
        return "ComfyUI-GGUF's patched llama-quantize does not offer this type"
    groups = []
    for kind, count in file.kinds:
        target, reason = _chosen(kind, file_type)
        size = round_up(GGUF_TYPES[target].bytes_of(kind.elements), _ALIGNMENT) * count
        groups.append(kind.weight.projected(target, size, reason, count))
    data = sum(group.bytes for group in groups)
    all_versions = [data, *(_data_bytes(older, file_type) for older in file.older)]
    return SetProjection(
        header=Bounds(file.header_bytes, file.header_bytes, file.header_bytes),
        data=Bounds(min(all_versions), data, max(all_versions)),
        groups=tuple(groups),
        params=file.params,
        certain=False,
        assumptions=_assumptions(file),
    )


def _data_bytes(file: ComfyFile, file_type: str) -> int:
    return sum(
        round_up(GGUF_TYPES[_chosen(kind, file_type)[0]].bytes_of(kind.elements), _ALIGNMENT) * count
        for kind, count in file.kinds
    )


def _chosen(kind: _Kind, file_type: str) -> tuple[str, str]:
    """Type of one kind of tensor under a file type, and why."""
    if not kind.category:
        return kind.kept, "kept: not quantised by name, size or dimensions"
    target, reason = MAIN_TYPES[file_type], "main type"
    if kind.category == "edge" and file_type in EDGE_TYPES:
        target, reason = EDGE_TYPES[file_type], "first or last block"
    elif kind.category == "v" and file_type in V_TYPES:
        first, many, rest = V_TYPES[file_type]
        target, reason = (first if kind.ahead < many else rest), "value projection"
    elif kind.category == "qkv" and file_type in QKV_TYPES:
        target, reason = QKV_TYPES[file_type], "fused queries, keys and values"
    elif kind.category == "down" and file_type in DOWN_TYPES:
        target, reason = DOWN_TYPES[file_type], "second layer of a feed-forward block"
    if not GGUF_TYPES[target].fits(kind.dims[-1]):
        return "F16", f"rows of {kind.dims[-1]} do not divide by {GGUF_TYPES[target].block_params}"
    return target, reason


def _assumptions(file: ComfyFile) -> tuple[str, ...]:
    model = file.model
    notes = [
        f"ComfyUI-GGUF, architecture {model.architecture}: the denoiser alone, current rules.",
        "The bounds cover older versions of the tool, which kept other tensors in F16 or F32.",
    ]
    if model.layout == "diffusers":
        notes.append(
            "The tool takes the original layout; its rules are applied to the same tensors by their other names."
        )
    if model.architecture == "wan":
        notes.append("Tensors that stay keep F32 where the source has it, as in the published files.")
    if model.note:
        notes.append(f"Rules: {model.note}.")
    return (*notes, DEQUANTISED) if file.packed else tuple(notes)
