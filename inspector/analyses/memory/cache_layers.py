"""What one layer keeps of one token or one sequence, in bytes, under an engine's rules."""

from fractions import Fraction
from math import ceil
from typing import Final

from inspector.analyses.memory.attention import CacheLayout, LayerCache
from inspector.analyses.memory.attention_widths import Width
from inspector.analyses.memory.cache_values import CachePart, CacheRequest
from inspector.knowledge.engines import Engine

#: Kinds of layers whose window an engine may honour.
WINDOWED: Final = ("sliding", "chunked", "hybrid_sliding")


def token_bytes(width: Width, layout: CacheLayout, engine: Engine, request: CacheRequest) -> tuple[Fraction, str]:
    """Bytes of one token in one layer, and the arithmetic in words."""
    key, value = request.key_type.bytes_per_element, request.value_type.bytes_per_element
    if width.latent and engine.latents == "expanded" and width.expanded is not None:
        return width.expanded * key, f"{width.expanded} expanded x {key}"
    if engine.repeats_heads and width.repeated is not None:
        return width.repeated * key, f"{width.repeated} repeated for every head x {key}"
    amount = width.key * key + width.value * (key if width.latent else value)
    return amount, f"{width.form} x {key}" if key == value else f"{width.key} x {key} + {width.value} x {value}"


def named(row: LayerCache) -> str:
    """The layers of a row in words: "12 sliding layers"."""
    return f"{row.layers} {row.kind.replace('_', ' ')} layer{'s' if row.layers > 1 else ''}"


def pieces(row: LayerCache) -> int:
    """Pieces that tensor parallelism deals out: key/value heads, one for a latent."""
    return 0 if row.width is None else 1 if row.width.latent else row.width.kv_heads or 0


def index_bytes(row: LayerCache, engine: Engine, request: CacheRequest) -> Fraction:
    """Bytes of one token's indexer key, in the model's format unless the engine fixes them, and what packing adds."""
    if not row.index:
        return Fraction(0)
    if engine.indexer_bytes_per_token is None:
        return row.index * request.model_format.bytes_per_element
    packed = Fraction(0)
    if engine.packs_sparse_latents and request.kv_dtype == "fp8" and row.width is not None and row.width.latent:
        packed = Fraction(row.width.key, 32) + row.width.value
    return engine.indexer_bytes_per_token + packed


def state_bytes(row: LayerCache, layout: CacheLayout, engine: Engine, request: CacheRequest) -> Fraction:
    """Bytes of the state of one sequence in one layer."""
    state = row.state
    if state is None:
        return Fraction(0)
    model = request.model_format.bytes_per_element
    conv = Fraction(4) if engine.conv_format == "f32" else model
    narrow = state.in_model_format and engine.conv_format == "model"
    wide = not narrow and layout.model_type not in engine.recurrent_in_model_format_for
    taps = max(state.kernel + engine.conv_margin, 0)
    return state.conv_channels * taps * conv + state.recurrent * (Fraction(4) if wide else model)


def state_parts(layout: CacheLayout, engine: Engine, request: CacheRequest, sequences: int) -> list[CachePart]:
    """The state of all layers for so many sequences, a part for each form."""
    parts = []
    for row in layout.rows:
        layers = layout.layers if layout.model_type in engine.conv_in_every_layer_for else row.layers
        each = state_bytes(row, layout, engine, request)
        if row.state is not None and each:
            formula = f"{layers} layers x {row.state.form} x {sequences} sequences"
            amount = ceil(each * layers * sequences)
            parts.append(CachePart(label="state", bytes=amount, formula=formula, layers=named(row)))
    return parts


def kept_tokens(row: LayerCache, engine: Engine, request: CacheRequest) -> tuple[int, str]:
    """Tokens that a layer keeps of one sequence, and why."""
    if row.window is None or row.kind not in WINDOWED or not request.windows:
        return request.context, f"{request.context} tokens"
    margin = 0 if request.static else engine.window_margin
    kept = min(request.context, max(row.window + margin, 0))
    return kept, f"min({request.context}, {row.kind} {row.window + margin}) tokens"


def encoder_tokens(layout: CacheLayout, request: CacheRequest) -> int:
    """Encoder tokens: as asked, the encoder's own maximum, else as many as the context."""
    if request.encoder_context is not None:
        return request.encoder_context
    return request.context if layout.encoder_context is None else layout.encoder_context


def cross_part(layout: CacheLayout, row: LayerCache, request: CacheRequest) -> CachePart:
    """Keys and values of the encoder in cross attention."""
    tokens = encoder_tokens(layout, request)
    amount = row.layers * row.cross * tokens * request.batch * request.key_type.bytes_per_element
    words = f"{row.layers} layers x {row.cross} cross attention x {tokens} encoder tokens x {request.batch} sequences"
    formula = f"{words} x {request.key_type.bytes_per_element}"
    return CachePart(label="kv_cache", bytes=ceil(amount), formula=formula, layers=f"{row.layers} cross attentions")
