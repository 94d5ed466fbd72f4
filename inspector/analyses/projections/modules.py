"""What kind of module a weight belongs to: quantisers choose by module class, headers only tell names and shapes.

A two-dimensional `….weight` is a linear layer unless its role or its name says embedding, norm or router. Where
neither role nor a bias of matching length confirms that, `sure` is False and a projection gives bounds.
"""

import re
from collections.abc import Mapping
from typing import Final, Literal

from inspector.analyses.projections.weights import Weight, WeightSource
from inspector.values import frozen

ModuleKind = Literal[
    "linear", "gate", "expert", "experts", "head", "embedding", "router", "norm", "conv", "vector", "parameter"
]
SetKind = Literal["language-model", "encoder", "denoiser", "other"]

_EMBEDDING: Final = re.compile(
    r"(?:^|[._])(?:embed_tokens(?:_per_layer)?|wte|wpe|embed_in|tok_embeddings|token_embd|word_embeddings?|shared|"
    r"position_embeddings?|position_embedding|token_embedding|token_type_embeddings?|embed_positions|embeddings?|"
    r"relative_attention_bias|class_embedding|embed_out_tokens|[a-z]+_embed)$"
)
_EXPERT_GATE: Final = re.compile(r"shared_expert_gate$")
#: Experts that transformers 5 keeps as modules of their own (Switch Transformers, NLLB-MoE).
_EXPERTS_BY_NAME: Final = re.compile(r"\.experts\.expert_")
#: Layers that transformers keeps where they come last in the model, which headers do not tell.
_LAST: Final = re.compile(r"(?:^|\.)pooler\.dense$")
#: The layer before the output layer of a masked language model.
_BEFORE_HEAD: Final = re.compile(r"(?:^|\.)(?:lm_head|predictions|transform)\.dense$")
_CONV1D: Final = re.compile(r"(?:^|\.)(?:c_attn|c_proj|c_fc|q_attn)$")
_DENOISER: Final = frozenset({"transformer", "unet"})
_TOWERS: Final = frozenset({"text_encoder", "vision_encoder", "audio_encoder"})
_SURE_PARTS: Final = frozenset({"attention", "mlp", "experts", "shared_experts", "modulation", "ssm", "projection"})


@frozen
class Module:
    """One weight with the kind of module it belongs to; `rows` and `cols` are outputs and inputs of a linear layer."""

    weight: Weight
    kind: ModuleKind
    rows: int = 0
    cols: int = 0
    sure: bool = True
    conv1d: bool = False


def modules_of(source: WeightSource) -> tuple[Module, ...]:
    """Every weight of a set with its module kind, in the order of the weights."""
    by_pattern = {weight.pattern: weight for weight in source.weights}
    flipped = _has_conv1d(by_pattern)
    denoiser = set_kind(source) == "denoiser"
    return tuple(_module(weight, by_pattern, flipped=flipped, denoiser=denoiser) for weight in source.weights)


def set_kind(source: WeightSource) -> SetKind:
    """What a weight set is to a quantiser, by its components.

    A language model has token embeddings of its own; a denoiser is a transformer or U-Net without.
    """
    components = {w.component for w in source.weights if w.params}
    if "unet" in components:
        return "denoiser"
    if "transformer" in components:
        return "language-model" if components & {"embedding", "head"} else "denoiser"
    return "encoder" if components & _TOWERS else "other"


def is_denoiser_weight(weight: Weight) -> bool:
    return weight.component in _DENOISER and "EMA" not in weight.label.name


def _module(weight: Weight, by_pattern: Mapping[str, Weight], *, flipped: bool, denoiser: bool) -> Module:
    kind, sure = _kind(weight, by_pattern)
    if denoiser and kind == "head" and is_denoiser_weight(weight):
        kind = "linear"
    rows, cols = weight.shape[-2:] if len(weight.shape) >= 2 else (0, 0)
    conv1d = flipped and kind == "linear" and _CONV1D.search(weight.stem) is not None
    if conv1d:
        rows, cols = cols, rows
    return Module(weight=weight, kind=kind, rows=rows, cols=cols, sure=sure, conv1d=conv1d)


def _kind(weight: Weight, by_pattern: Mapping[str, Weight]) -> tuple[ModuleKind, bool]:
    dims = len(weight.shape)
    if weight.is_buffer or dims < 2:
        return "vector", True
    if weight.part == "experts":
        return _expert_kind(weight), True
    if dims == 2 and _EXPERT_GATE.search(weight.stem):
        return "gate", True
    if weight.part == "router":
        return "router", True
    if dims > 2:
        return "conv", True
    return _matrix_kind(weight, by_pattern)


def _expert_kind(weight: Weight) -> ModuleKind:
    if weight.leaf.endswith("bias"):
        return "vector"
    if len(weight.shape) == 2:
        return "linear" if _EXPERTS_BY_NAME.search(weight.stem) else "expert"
    return "experts"


def _matrix_kind(weight: Weight, by_pattern: Mapping[str, Weight]) -> tuple[ModuleKind, bool]:
    biased = _has_bias(weight, by_pattern)
    if weight.leaf != "weight":
        return "parameter", True
    if weight.component == "head" or (
        weight.part == "head" and weight.component in ("transformer", "embedding", "mtp")
    ):
        return ("linear" if _BEFORE_HEAD.search(weight.stem) else "head"), True
    if not biased and (weight.component == "embedding" or _EMBEDDING.search(weight.stem)):
        return "embedding", True
    if weight.part == "norm" and not biased:
        return "norm", weight.component != "other"
    return "linear", (biased or weight.part in _SURE_PARTS) and not _LAST.search(weight.stem)


def _has_bias(weight: Weight, by_pattern: Mapping[str, Weight]) -> bool:
    bias = by_pattern.get(weight.stem + ".bias")
    return bias is not None and len(bias.shape) == 1 and bias.shape[0] in weight.shape


def _has_conv1d(by_pattern: Mapping[str, Weight]) -> bool:
    """Does the set hold GPT-2's Conv1D, whose weights are `[inputs, outputs]`?"""
    for pattern, weight in by_pattern.items():
        if pattern.endswith("c_attn.weight") and len(weight.shape) == 2 and weight.shape[0] != weight.shape[1]:
            bias = by_pattern.get(pattern.removesuffix("weight") + "bias")
            return bias is not None and bias.shape == weight.shape[1:]
    return False
