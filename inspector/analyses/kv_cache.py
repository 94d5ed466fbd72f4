"""Bytes that a cache takes in each engine, part by part, from a layout: exact integers, nothing rounded on the way.

A part is refused with a gap, never guessed, where the engine's rule for the model is not known.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil
from typing import Final

from inspector.analyses.attention import CacheLayout, Gap, LayerCache
from inspector.analyses.attention_widths import Width
from inspector.analyses.decoder import Decoder
from inspector.knowledge.cache_types import CACHE_TYPE, MODEL_FORMATS, CacheType
from inspector.knowledge.engines import (
    LLAMA_CPP_BATCH,
    LLAMA_CPP_LLAMA4_CHUNK,
    LLAMA_CPP_UBATCH,
    SGLANG_SWA_RATIO,
    Engine,
)

_WINDOWED: Final = ("sliding", "chunked", "hybrid_sliding")


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheRequest:
    """What is to be held: `batch` sequences of `context` tokens (`shared_context`: all of them together).

    `value_dtype` is that of the values where it differs; `encoder_context` None means the encoder's own maximum, else
    as many tokens as `context`. `windows` False prices an engine that reserves the whole context in every layer.
    `static` is the preallocated cache of transformers; `ubatch` and `unified` are llama.cpp's.
    """

    context: int
    batch: int = 1
    kv_dtype: str = "bf16"
    value_dtype: str = ""
    model_dtype: str = "bf16"
    encoder_context: int | None = None
    shared_context: bool = False
    windows: bool = True
    static: bool = False
    ubatch: int = LLAMA_CPP_UBATCH
    unified: bool = False

    @property
    def key_type(self) -> CacheType:
        return CACHE_TYPE[self.kv_dtype]

    @property
    def value_type(self) -> CacheType:
        return CACHE_TYPE[self.value_dtype or self.kv_dtype]

    @property
    def model_type(self) -> CacheType:
        """The format of what engines keep as the model computes it: the cache's own where a model can run in it."""
        return CACHE_TYPE[self.kv_dtype if self.kv_dtype in MODEL_FORMATS else self.model_dtype]


@dataclass(frozen=True, slots=True, kw_only=True)
class CachePart:
    """Bytes of one kind of layer, label kv_cache or state, with the arithmetic in words.

    `layers` names them ("12 sliding layers").
    `heads` is the number of equal pieces that tensor parallelism can deal out, 1 where every device holds all of it
    (latents), 0 where it divides freely.
    """

    label: str
    bytes: int
    formula: str
    layers: str = ""
    heads: int = 0

    def on_one_of(self, devices: int) -> int:
        """Bytes on the fullest of `devices`: heads fewer than devices are held by several."""
        pieces = self.heads or devices
        return -(-self.bytes * -(-pieces // devices) // pieces)


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheSize:
    """All that an engine keeps; with gaps there are no parts."""

    parts: tuple[CachePart, ...] = ()
    gaps: tuple[Gap, ...] = ()

    @property
    def kv_bytes(self) -> int:
        return sum(part.bytes for part in self.parts if part.label == "kv_cache")

    @property
    def state_bytes(self) -> int:
        return sum(part.bytes for part in self.parts if part.label == "state")

    @property
    def bytes(self) -> int:
        return self.kv_bytes + self.state_bytes


def cache_size(layout: CacheLayout, engine: Engine, request: CacheRequest) -> CacheSize:
    """Bytes of the whole cache in one engine."""
    gaps = (*layout.gaps, *_engine_gaps(layout, engine, request))
    if gaps:
        return CacheSize(gaps=gaps)
    parts = _PRICERS.get(engine.id, _by_token)(layout, engine, request)
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


# one sequence, one layer


def _token_bytes(width: Width, layout: CacheLayout, engine: Engine, request: CacheRequest) -> tuple[Fraction, str]:
    key, value = request.key_type.bytes_per_element, request.value_type.bytes_per_element
    if width.latent and engine.latents == "expanded" and width.expanded is not None:
        return width.expanded * key, f"{width.expanded} expanded x {key}"
    if engine.repeats_heads and width.repeated is not None:
        return width.repeated * key, f"{width.repeated} repeated for every head x {key}"
    amount = width.key * key + width.value * (key if width.latent else value)
    return amount, f"{width.form} x {key}" if key == value else f"{width.key} x {key} + {width.value} x {value}"


def _named(row: LayerCache) -> str:
    return f"{row.layers} {row.kind.replace('_', ' ')} layer{'s' if row.layers > 1 else ''}"


def _pieces(row: LayerCache) -> int:
    """Pieces that tensor parallelism deals out: key/value heads, one for a latent."""
    return 0 if row.width is None else 1 if row.width.latent else row.width.kv_heads or 0


def _index_bytes(row: LayerCache, engine: Engine, request: CacheRequest) -> Fraction:
    if engine.indexer_bytes_per_token is not None and row.index:
        return Fraction(engine.indexer_bytes_per_token)
    return row.index * request.model_type.bytes_per_element


def _state_bytes(row: LayerCache, layout: CacheLayout, engine: Engine, request: CacheRequest) -> Fraction:
    state = row.state
    if state is None:
        return Fraction(0)
    model = request.model_type.bytes_per_element
    conv = Fraction(4) if engine.conv_format == "f32" else model
    narrow = state.in_model_format and engine.conv_format == "model"
    wide = not narrow and layout.model_type not in engine.recurrent_in_model_format_for
    taps = max(state.kernel + engine.conv_margin, 0)
    return state.conv_channels * taps * conv + state.recurrent * (Fraction(4) if wide else model)


def _state_part(layout: CacheLayout, engine: Engine, request: CacheRequest, sequences: int) -> list[CachePart]:
    parts = []
    for row in layout.rows:
        layers = layout.layers if layout.model_type in engine.conv_in_every_layer_for else row.layers
        each = _state_bytes(row, layout, engine, request)
        if row.state is not None and each:
            formula = f"{layers} layers x {row.state.form} x {sequences} sequences"
            amount = ceil(each * layers * sequences)
            parts.append(CachePart(label="state", bytes=amount, formula=formula, layers=_named(row)))
    return parts


def _kept_tokens(row: LayerCache, engine: Engine, request: CacheRequest) -> tuple[int, str]:
    if row.window is None or row.kind not in _WINDOWED or not request.windows:
        return request.context, f"{request.context} tokens"
    margin = 0 if request.static else engine.window_margin
    kept = min(request.context, max(row.window + margin, 0))
    return kept, f"min({request.context}, {row.kind} {row.window + margin}) tokens"


def _encoder_tokens(layout: CacheLayout, request: CacheRequest) -> int:
    if request.encoder_context is not None:
        return request.encoder_context
    return request.context if layout.encoder_context is None else layout.encoder_context


def _cross_part(layout: CacheLayout, row: LayerCache, request: CacheRequest) -> CachePart:
    tokens = _encoder_tokens(layout, request)
    amount = row.layers * row.cross * tokens * request.batch * request.key_type.bytes_per_element
    words = f"{row.layers} layers x {row.cross} cross attention x {tokens} encoder tokens x {request.batch} sequences"
    formula = f"{words} x {request.key_type.bytes_per_element}"
    return CachePart(label="kv_cache", bytes=ceil(amount), formula=formula, layers=f"{row.layers} cross attentions")


# engines that count tokens: generic, transformers


def _by_token(layout: CacheLayout, engine: Engine, request: CacheRequest) -> list[CachePart]:
    parts = []
    for row in layout.rows:
        if row.width is not None:
            tokens, words = _kept_tokens(row, engine, request)
            each, form = _token_bytes(row.width, layout, engine, request)
            each += _index_bytes(row, engine, request)
            form += f" + {row.index} index" if row.index else ""
            formula = f"{row.layers} {row.kind} layers x {form} x {words} x {request.batch} sequences"
            amount = ceil(each * row.layers * tokens * request.batch)
            parts.append(
                CachePart(label="kv_cache", bytes=amount, formula=formula, layers=_named(row), heads=_pieces(row))
            )
    parts += [_cross_part(layout, row, request) for row in layout.rows if row.cross]
    return parts + _state_part(layout, engine, request, request.batch)


# llama.cpp: whole cells


def _pad(count: int, block: int) -> int:
    return -(-count // block) * block


@dataclass(frozen=True, slots=True)
class _Cells:
    """Cells of a full layer and the number of streams that have as many."""

    full: int
    streams: int


def _cells(engine: Engine, request: CacheRequest) -> _Cells:
    total = request.context if request.shared_context else request.context * request.batch
    padded = _pad(max(total, 1), engine.token_block)
    if request.unified or request.batch == 1:
        return _Cells(padded, 1)
    return _Cells(_pad(padded // request.batch, engine.token_block), request.batch)


def _window_cells(row: LayerCache, cells: _Cells, layout: CacheLayout, engine: Engine, request: CacheRequest) -> int:
    honoured = engine.windows_for is None or layout.model_type in engine.windows_for
    honoured = honoured and dict(engine.windows_at_layers).get(layout.model_type, layout.layers) == layout.layers
    if row.window is None or row.kind not in _WINDOWED or not honoured or not request.windows:
        return cells.full
    window = LLAMA_CPP_LLAMA4_CHUNK if row.kind == "chunked" else row.window
    step = min(request.ubatch, LLAMA_CPP_BATCH, cells.full * cells.streams)
    sequences = request.batch if request.unified else 1
    return _pad(min(cells.full, window * sequences + step), engine.token_block)


def _in_cells(layout: CacheLayout, engine: Engine, request: CacheRequest) -> list[CachePart]:
    cells = _cells(engine, request)
    parts = []
    for row in layout.rows:
        if row.width is None:
            continue
        count = _window_cells(row, cells, layout, engine, request)
        each, form = _token_bytes(row.width, layout, engine, request)
        formula = f"{row.layers} {row.kind} layers x {form} x {count} cells x {cells.streams} streams"
        amount = ceil(each * row.layers * count * cells.streams)
        parts.append(CachePart(label="kv_cache", bytes=amount, formula=formula, layers=_named(row), heads=_pieces(row)))
    return parts + _state_part(layout, engine, request, request.batch)


# vLLM: pages of equal size, layers in groups of equal size


def _page_tokens(layout: CacheLayout, engine: Engine, request: CacheRequest) -> int:
    """Tokens of a page; raised so that the page of an attention layer covers the state of a linear one."""
    states = [_state_bytes(row, layout, engine, request) for row in layout.rows if row.state is not None]
    widths = [_token_bytes(row.width, layout, engine, request)[0] for row in layout.rows if row.width is not None]
    if not states or not widths or not min(widths):
        return engine.token_block
    return max(_pad(ceil(max(states) / min(widths)), engine.token_block), engine.token_block)


def _in_pages(layout: CacheLayout, engine: Engine, request: CacheRequest) -> list[CachePart]:
    tokens = _page_tokens(layout, engine, request)
    rows = [row for row in layout.rows if row.width is not None]
    parts = [_page_part(row, layout, engine, request, tokens) for row in rows]
    parts += [_cross_pages(layout, row, request, engine) for row in layout.rows if row.cross]
    return parts + _state_part(layout, engine, request, request.batch)


def _page_part(row: LayerCache, layout: CacheLayout, engine: Engine, request: CacheRequest, page: int) -> CachePart:
    assert row.width is not None
    blocks = -(-request.context // page)
    if row.window is not None and row.kind in _WINDOWED and request.windows:
        blocks = min(blocks, -(-(row.window - 1) // page) + 1)
    each, form = _token_bytes(row.width, layout, engine, request)
    each += _index_bytes(row, engine, request)
    amount = ceil(each * row.layers * blocks * page * request.batch)
    formula = f"{row.layers} {row.kind} layers x {form} x {blocks} pages of {page} tokens x {request.batch} sequences"
    return CachePart(label="kv_cache", bytes=amount, formula=formula, layers=_named(row), heads=_pieces(row))


def _cross_pages(layout: CacheLayout, row: LayerCache, request: CacheRequest, engine: Engine) -> CachePart:
    tokens = _pad(_encoder_tokens(layout, request), engine.token_block)
    return _cross_part(layout, row, replace(request, encoder_context=tokens))


# SGLang: pools of slots


def _in_pools(layout: CacheLayout, engine: Engine, request: CacheRequest) -> list[CachePart]:
    slots = request.context * request.batch + engine.token_block
    above, below = SGLANG_SWA_RATIO
    mixed = any(row.kind in _WINDOWED for row in layout.rows) and any(row.kind == "full" for row in layout.rows)
    parts = []
    for row in layout.rows:
        if row.width is None:
            continue
        smaller = mixed and row.kind in _WINDOWED and request.windows
        count = slots * above // below if smaller else slots
        each, form = _token_bytes(row.width, layout, engine, request)
        each += _index_bytes(row, engine, request)
        formula = f"{row.layers} {row.kind} layers x {form} x {count} slots"
        amount = ceil(each * row.layers * count)
        parts.append(CachePart(label="kv_cache", bytes=amount, formula=formula, layers=_named(row), heads=_pieces(row)))
    parts += [_cross_part(layout, row, request) for row in layout.rows if row.cross]
    return parts + _state_part(layout, engine, request, request.batch + 1)


_Pricer = Callable[[CacheLayout, Engine, CacheRequest], Sequence[CachePart]]
_PRICERS: Final[dict[str, _Pricer]] = {"llama.cpp": _in_cells, "vllm": _in_pages, "sglang": _in_pools}
