"""Bytes that a cache takes in each engine, part by part, from a layout: exact integers, nothing rounded on the way.

A part is refused with a gap, never guessed, where the engine's rule for the model is not known.
"""

from inspector.analyses.memory.attention import CacheLayout, Gap
from inspector.analyses.memory.attention_widths import Width
from inspector.analyses.memory.cache_engines import PRICERS, by_token
from inspector.analyses.memory.cache_values import CacheRequest, CacheSize
from inspector.analyses.memory.decoder import Decoder
from inspector.knowledge.engines import Engine
from inspector.values import replace


def cache_size(layout: CacheLayout, engine: Engine, request: CacheRequest) -> CacheSize:
    """Bytes of the whole cache in one engine."""
    gaps = (*layout.gaps, *_engine_gaps(layout, engine, request))
    if gaps:
        return CacheSize(gaps=gaps)
    parts = PRICERS.get(engine.id, by_token)(layout, engine, request)
    return CacheSize(parts=tuple(part for part in parts if part.bytes))


def as_engine_reads(decoder: Decoder, engine: Engine) -> Decoder:
    """The decoder with what one engine fixes by itself in place of the configuration."""
    holding = dict(engine.kv_layers).get(decoder.model_type)
    layers = decoder.number("layers") or decoder.blocks
    if holding is None or not layers:
        return decoder
    return replace(decoder, config={**decoder.config, "num_kv_shared_layers": max(layers - holding, 0)})


def reserved_size(layout: CacheLayout, engine: Engine, request: CacheRequest) -> CacheSize:
    """The same where every layer reserves the whole context."""
    return cache_size(layout, engine, replace(request, windows=False))


def _engine_gaps(layout: CacheLayout, engine: Engine, request: CacheRequest) -> list[Gap]:
    gaps = []
    if layout.model_type in engine.unknown_for:
        gaps.append(
            Gap(subject=f"the cache of {layout.model_type} in {engine.id} {engine.version}", reason="not established")
        )
    if engine.cross_attention is None and any(row.cross for row in layout.rows):
        gaps.append(Gap(subject=f"cross attention in {engine.id}", reason="not established"))
    if layout.encoder_varies and request.encoder_context is None and any(row.cross for row in layout.rows):
        reason = "the encoder's tokens follow from an image or a sound"
        gaps.append(Gap(subject="cross attention", reason=reason, flag="--encoder-context N"))
    if engine.latents == "expanded" and any(
        row.width and row.width.latent and row.width.expanded is None for row in layout.rows
    ):
        flag = "--set qk_nope_head_dim=N --set v_head_dim=N"
        gaps.append(Gap(subject="width of expanded latents", reason="not in the configuration", flag=flag))
    if engine.id == "llama.cpp":
        gaps += _llama_cpp_gaps(layout, request)
    return gaps


def _llama_cpp_gaps(layout: CacheLayout, request: CacheRequest) -> list[Gap]:
    gaps = []
    if any(row.index for row in layout.rows):
        gaps.append(Gap(subject="an indexer's keys in llama.cpp", reason="not established"))
    if any(row.kind == "hybrid_sliding" for row in layout.rows):
        gaps.append(Gap(subject="hybrid layers with a window in llama.cpp", reason="not established"))
    block = max(request.key_type.block_elements, request.value_type.block_elements)
    widths = [row.width for row in layout.rows if row.width is not None]
    if any(_row_elements(width)[0] % block or _row_elements(width)[1] % block for width in widths):
        gaps.append(
            Gap(subject="a quantised cache", reason=f"rows are not a multiple of {block}", flag="--kv-dtype f16")
        )
    if request.key_type != request.value_type and any(width.latent for width in widths):
        gaps.append(Gap(subject="latents with two cache types", reason="llama.cpp refuses them"))
    return gaps


def _row_elements(width: Width) -> tuple[int, int]:
    return (width.key + width.value, 0) if width.latent else (width.key, width.value)
