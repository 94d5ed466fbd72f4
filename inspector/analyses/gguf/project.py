"""GGUF files of a checkpoint: `prepare` converts once, `project` sizes one file type after the other.

`inspector.knowledge.gguf_file_types` lists the schemes and names the version of llama.cpp that is followed.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from inspector.analyses.census import WeightSetCensus
from inspector.analyses.gguf.choice import Candidate, Chosen, candidates, choose, value_count
from inspector.analyses.gguf.config import GgufConfig
from inspector.analyses.gguf.convert import REPACKED, Converted, convert, scale_tensors
from inspector.analyses.gguf.header import IMATRIX_KEYS, Header, measure_header
from inspector.analyses.gguf.keyvalues import known, padded
from inspector.analyses.gguf.model import GgufGroup, GgufProjection, GgufTensors, GgufTraits, Refusal
from inspector.analyses.gguf.pieces import pieces_of
from inspector.analyses.gguf.rules import Treatment
from inspector.analyses.gguf.tokenizer import TokenizerFiles, read_tokenizer
from inspector.knowledge.gguf_architectures import BY_CLASS, NAMELESS, OTHER_CLASSES, STAND_INS, GgufArchitecture
from inspector.knowledge.gguf_file_types import GgufScheme, find_scheme
from inspector.knowledge.gguf_types import GGUF_TYPES
from inspector.values import frozen, replace

_NO_FILES: Final = TokenizerFiles()
_TOWERS: Final = frozenset(("vision_encoder", "audio_encoder"))
#: File types that the converter writes itself.
_CONVERTED: Final = frozenset(("F32", "F16", "BF16", "NVFP4"))
#: Patterns of one reason that a message names.
_NAMED: Final = 3


@frozen
class GgufModel:
    """A checkpoint as the converter would write it, ready to be sized under any file type.

    `exact`: names, treatments and header are all known, nothing is modelled.
    """

    candidates: tuple[Candidate, ...]
    traits: GgufTraits
    values: int
    header: Header
    exact: bool
    assumptions: tuple[str, ...]


def prepare(
    census: WeightSetCensus, *, config: Mapping[str, Any], tokenizer: TokenizerFiles = _NO_FILES, name: str = ""
) -> GgufModel | Refusal:
    """The weight set as the converter would write it, or why it would not; `name` is the model folder's."""
    settings = GgufConfig(config)
    given = settings.text_class()
    class_name = STAND_INS.get(given, given)
    if class_name and class_name not in BY_CLASS and class_name not in OTHER_CLASSES:
        return Refusal(reason=f"llama.cpp's converter does not know {class_name}")
    architecture = BY_CLASS.get(class_name, NAMELESS)
    converted = convert(pieces_of(census), architecture, Treatment(architecture.rules, settings))
    converted = _with_scales(converted, census)
    refusal = _refusal(converted)
    if refusal:
        return refusal
    traits = traits_of(converted.tensors, architecture, settings)
    header = measure_header(converted.tensors, architecture.id, settings, tokenizer, read_tokenizer(tokenizer), name)
    return GgufModel(
        candidates=candidates(converted.tensors, traits),
        traits=traits,
        values=value_count(converted.tensors),
        header=header,
        exact=bool(architecture.id) and header.exact and given == class_name and not _has_scales(converted),
        assumptions=_assumptions(converted, header, given, architecture) + _notes_on(census),
    )


def _with_scales(converted: Converted, census: WeightSetCensus) -> Converted:
    sides = (label.group.pattern for label in census.labels if label.logical.kind == "side-data")
    inputs = any(pattern.endswith(("input_scale", "input_global_scale")) for pattern in sides)
    scales = tuple(scale_tensors(converted.tensors, inputs=inputs))
    return replace(converted, tensors=converted.tensors + scales) if scales else converted


def _has_scales(converted: Converted) -> bool:
    """Are there NVFP4 matrices, of whose scales the converter leaves out those that are 1?"""
    return any(row.packed == "NVFP4" for row in converted.tensors)


def _refusal(converted: Converted) -> Refusal | None:
    if converted.unmapped:
        return Refusal(reason=f"llama.cpp's converter has no name for {_some(converted.unmapped)}")
    names = {row.name for row in converted.tensors}
    if "token_embd.weight" not in names:
        return Refusal(reason="no token embedding: not a whole language model")
    return None


def _some(patterns: Sequence[str]) -> str:
    distinct = list(dict.fromkeys(patterns))
    more = len(distinct) - _NAMED
    return ", ".join(distinct[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def traits_of(tensors: Sequence[GgufTensors], architecture: GgufArchitecture, config: GgufConfig) -> GgufTraits:
    """Figures that the quantiser reads from the file, from the configuration or else from shapes."""
    blocks = {block for row in tensors for block in row.blocks}
    layers = config.layers or max(blocks) + 1
    if architecture.mtp == "keep":
        layers += config.mtp_layers or max(max(blocks) + 1 - layers, 0)
    heads, kv_heads = _heads(tensors, architecture, config)
    stacks = [row for row in tensors if "_exps." in row.name and len(row.shape) > 2]
    return GgufTraits(
        architecture=architecture.id,
        layers=layers,
        heads=heads,
        kv_heads=kv_heads,
        experts=config.experts or max((row.shape[0] for row in stacks), default=0),
        is_70b=layers == architecture.layers_70b and (architecture.id != "llama" or heads != kv_heads),
        tied=not any(row.name == "output.weight" for row in tensors),
    )


def _heads(tensors: Sequence[GgufTensors], architecture: GgufArchitecture, config: GgufConfig) -> tuple[int, int]:
    """Query and key/value heads; widths of the projections where the configuration is silent, for their ratio."""
    rows = {row.name: row.shape[0] for row in tensors if row.shape}
    first = any(row.name == "blk.*.attn_k.weight" and 0 in row.blocks for row in tensors)
    heads = config.heads or rows.get("blk.*.attn_q.weight", 0)
    if architecture.kv_heads_per_block and not first:
        return heads, 0
    if config.heads:
        return heads, config.kv_heads or heads
    return heads, rows.get("blk.*.attn_k.weight", 0)


def _assumptions(
    converted: Converted, header: Header, class_name: str, architecture: GgufArchitecture
) -> tuple[str, ...]:
    notes = ["llama-quantize without options, from the converter's 16-bit file"]
    if not class_name:
        notes.append("no configuration names the architecture: tensors are mapped by name alone")
    elif not architecture.id:
        notes.append(f"{class_name} is mapped by tensor names alone")
    if class_name in STAND_INS:
        notes.append(f"converted as {STAND_INS[class_name]}: the class in config.json has to be changed for that")
    if header.why:
        notes.append(header.why)
    if converted.dropped:
        notes.append(f"not part of this file: {_some(converted.dropped)}")
    packed = dict.fromkeys(row.packed for row in converted.tensors if row.packed)
    if "NVFP4" in packed:
        notes.append("scales beside NVFP4 matrices are counted; the converter leaves out those that are 1")
    if packed:
        notes.append(f"packed tensors are taken over as {', '.join(packed)}; other types need --allow-requantize")
    return tuple(notes)


def _notes_on(census: WeightSetCensus) -> tuple[str, ...]:
    towers = any(label.role.component in _TOWERS for label in census.labels)
    notes = ["vision and audio towers go into an mmproj file of their own, not counted here"] if towers else []
    packings = {label.logical.packing for label in census.labels if label.logical.kind == "parameter"}
    others = sorted(packings - {"", *REPACKED})
    if others:
        notes.append(f"{', '.join(others)} weights are dequantised first; the converter itself does so for some")
    return tuple(notes)


def project(model: GgufModel, scheme_id: str) -> GgufProjection | Refusal:
    """The file of one file type, or why the tool would not write it."""
    scheme = find_scheme(scheme_id)
    if scheme is None:
        return Refusal(reason=f"llama.cpp has no file type {scheme_id}")
    chosen = [choose(candidate, scheme, model.traits, model.values) for candidate in model.candidates]
    kept = [row for row in chosen if row is not None]
    refusal = _not_written(model, scheme, len(kept) < len(chosen))
    if refusal:
        return refusal
    groups = tuple(group for row in kept for group in groups_of(row))
    header = model.header.padded(IMATRIX_KEYS if scheme.imatrix else known(_converter_dimensions(model, scheme)))
    return GgufProjection(
        scheme=scheme_id,
        data_bytes=sum(group.bytes for group in groups),
        header_bytes=header.best,
        header_low_bytes=header.low,
        header_high_bytes=header.high,
        exact=model.exact and header.exact,
        groups=groups,
        assumptions=model.assumptions + _scheme_assumptions(scheme),
    )


def _converter_dimensions(model: GgufModel, scheme: GgufScheme) -> int:
    """Bytes of leading dimensions of 1, which the converter's own files record and the quantiser's do not."""
    if scheme.file_type.name not in _CONVERTED:
        return 0
    rows = (candidate.tensors for candidate in model.candidates)
    return sum(8 * (max(len(row.shape), 1) - row.dims) * len(row.blocks) for row in rows)


def _not_written(model: GgufModel, scheme: GgufScheme, gave_up: bool) -> Refusal | None:
    if gave_up:
        block = GGUF_TYPES[scheme.file_type.default].block_params
        return Refusal(reason=f"llama-quantize stops at rows that do not fill blocks of {block}")
    if scheme.file_type.name == "NVFP4" and not any(row.tensors.packed == "NVFP4" for row in model.candidates):
        return Refusal(reason="llama-quantize does not make NVFP4; only NVFP4 checkpoints are repacked to it")
    return None


def _scheme_assumptions(scheme: GgufScheme) -> tuple[str, ...]:
    if not scheme.imatrix:
        return ()
    return ("with an importance matrix; the paths that the header records may be up to 127 bytes long",)


def groups_of(chosen: Chosen) -> Iterable[GgufGroup]:
    """One group for each type that tensors of a pattern get."""
    tensors = chosen.candidate.tensors
    for kind, count in sorted(chosen.types.items()):
        each = padded(GGUF_TYPES[kind].bytes_of(tensors.elements))
        yield GgufGroup(
            pattern=tensors.name,
            tensors=count,
            source=tensors.source,
            target=kind,
            bytes=count * each,
            params=count * tensors.elements,
            component=tensors.component,
            reason=chosen.reason,
        )
