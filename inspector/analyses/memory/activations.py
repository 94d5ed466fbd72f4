"""Activations that a training step saves for its backward pass, by formula, where a formula fits the model.

The dense formula was read off measured runs of one block shape (gated MLP, grouped attention); models of another shape
get the published 16-bit formula for plain blocks, mixtures none.
"""

from typing import Final, Literal

from inspector.analyses.configuration import read_number
from inspector.analyses.memory.attention_widths import head_size, kv_head_count
from inspector.analyses.memory.decoder import Decoder
from inspector.values import frozen

Attention = Literal["flash", "eager"]
Checkpointing = Literal["none", "full"]

_MEASURED: Final = "bytes saved for backward by torch 2.13.0 and transformers 5.23.0, dense gated blocks"
_PUBLISHED: Final = "Korthikanti et al., arXiv 2205.05198, equation 1"


@frozen
class BlockShape:
    """The numbers that a dense block's activations follow from; `gated` MLPs save both of their branches."""

    layers: int
    hidden: int
    intermediate: int
    heads: int
    kv_heads: int
    head_size: int
    vocabulary: int
    gated: bool = True


@frozen
class Saved:
    """Bytes saved, with the arithmetic in words and where it comes from."""

    bytes: int
    formula: str
    source: str


def block_shape(decoder: Decoder, *, gated: bool) -> BlockShape | None:
    """The shape of a dense decoder's blocks, None where a number is missing or the model is a mixture or a hybrid."""
    config = decoder.config
    if _has_experts(decoder) or read_number(config, ("kv_lora_rank",)) or decoder.root.get("is_encoder_decoder"):
        return None
    numbers = [decoder.number(name) for name in ("layers", "hidden", "intermediate", "heads", "vocabulary")]
    size, kv_heads = head_size(config, decoder), kv_head_count(config, decoder)
    if not all(numbers) or not size or not kv_heads:
        return None
    layers, hidden, intermediate, heads, vocabulary = (number or 0 for number in numbers)
    return BlockShape(
        layers=layers,
        hidden=hidden,
        intermediate=intermediate,
        heads=heads,
        kv_heads=kv_heads,
        head_size=size,
        vocabulary=vocabulary,
        gated=gated,
    )


def _has_experts(decoder: Decoder) -> bool:
    keys = ("num_experts", "num_local_experts", "n_routed_experts", "moe_num_experts")
    return (read_number(decoder.config, keys) or 0) > 1


def saved_activations(
    shape: BlockShape,
    *,
    tokens: int,
    batch: int,
    element_bytes: int,
    attention: Attention = "flash",
    checkpointing: Checkpointing = "none",
) -> Saved:
    """What one step of `batch` sequences of `tokens` saves; `element_bytes` 4 or 2."""
    if not shape.gated:
        return _plain(shape, tokens, batch, element_bytes, attention, checkpointing)
    positions = tokens * batch
    if checkpointing == "full":
        each = element_bytes * shape.hidden
        peak = positions * _layer_bytes(shape, tokens, element_bytes, attention)
        words = f"{shape.layers} layers x {each} per token + one layer recomputed ({peak})"
        once = positions * _once_bytes(shape, element_bytes)
        return Saved(
            bytes=shape.layers * each * positions + peak + once,
            formula=f"{words} + {once} around them, {positions} tokens",
            source=_MEASURED,
        )
    layer = _layer_bytes(shape, tokens, element_bytes, attention)
    once = _once_bytes(shape, element_bytes)
    rotary = 2 * shape.head_size * element_bytes * tokens
    return Saved(
        bytes=positions * (shape.layers * layer + once) + rotary + 12,
        formula=f"{positions} tokens x ({shape.layers} layers x {layer} + {once}) + rotary tables {rotary} + 12",
        source=_MEASURED,
    )


def _layer_bytes(shape: BlockShape, tokens: int, element_bytes: int, attention: Attention) -> int:
    """Bytes per token in one layer."""
    hidden, inner, queries = shape.hidden, shape.intermediate, shape.heads * shape.head_size
    keys = shape.kv_heads * shape.head_size
    if element_bytes == 4:
        flash = 4 * (6 * hidden + 4 * inner + 2 * queries + 2 * keys) + 4 * shape.heads + 8
        eager = 4 * (6 * hidden + 4 * inner + 4 * queries) + 8 + 4 * shape.heads * tokens
    else:
        flash = 16 * hidden + 8 * inner + 4 * queries + 4 * keys + 4 * shape.heads + 8
        eager = 16 * hidden + 8 * inner + 8 * queries + 8 + 6 * shape.heads * tokens
    return flash if attention == "flash" else eager


def _once_bytes(shape: BlockShape, element_bytes: int) -> int:
    """Bytes per token outside the layers: final norm, logits in 32-bit."""
    per_hidden = 12 if element_bytes == 4 else 8
    return per_hidden * shape.hidden + 4 * shape.vocabulary + 20


def _plain(
    shape: BlockShape, tokens: int, batch: int, element_bytes: int, attention: Attention, checkpointing: Checkpointing
) -> Saved:
    """Blocks without a gate: 34 bytes per token and hidden unit in 16-bit, plus 5 per head and pair of tokens."""
    positions = tokens * batch
    scores = 5 * shape.heads * tokens if attention == "eager" else 0
    layer = (34 * shape.hidden + scores) * element_bytes // 2
    kept = shape.hidden * element_bytes if checkpointing == "full" else layer
    peak = layer if checkpointing == "full" else 0
    once = _once_bytes(shape, element_bytes)
    return Saved(
        bytes=positions * (shape.layers * kept + peak + once),
        formula=f"{positions} tokens x ({shape.layers} layers x {kept} + {peak} recomputed + {once})",
        source=_PUBLISHED,
    )
