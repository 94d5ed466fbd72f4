"""How each engine lays a cache out: by token, in cells, in pages, in pools of slots."""

from collections.abc import Callable, Sequence
from math import ceil
from typing import Final

from inspector.analyses.memory.attention import CacheLayout, LayerCache
from inspector.analyses.memory.cache_layers import (
    WINDOWED,
    cross_part,
    encoder_tokens,
    index_bytes,
    kept_tokens,
    named,
    pieces,
    state_bytes,
    state_parts,
    token_bytes,
)
from inspector.analyses.memory.cache_values import CachePart, CacheRequest
from inspector.knowledge.engines import LLAMA_CPP_BATCH, LLAMA_CPP_LLAMA4_CHUNK, SGLANG_SWA_RATIO, Engine
from inspector.units import ceil_div, round_up
from inspector.values import frozen, replace

# engines that count tokens: generic, transformers


def by_token(layout: CacheLayout, engine: Engine, request: CacheRequest) -> list[CachePart]:
    """Every token counts once in every layer that keeps it."""
    parts = []
    for row in layout.rows:
        if row.width is not None:
            tokens, words = kept_tokens(row, engine, request)
            each, form = token_bytes(row.width, layout, engine, request)
            each += index_bytes(row, engine, request)
            form += f" + {row.index} index" if row.index else ""
            formula = f"{row.layers} {row.kind} layers x {form} x {words} x {request.batch} sequences"
            amount = ceil(each * row.layers * tokens * request.batch)
            parts.append(
                CachePart(label="kv_cache", bytes=amount, formula=formula, layers=named(row), heads=pieces(row))
            )
    parts += [cross_part(layout, row, request) for row in layout.rows if row.cross]
    return parts + state_parts(layout, engine, request, request.batch)


# llama.cpp: whole cells


@frozen
class _Cells:
    """Cells of a full layer and the number of streams that have as many."""

    full: int
    streams: int


def _cells(engine: Engine, request: CacheRequest) -> _Cells:
    total = request.context if request.shared_context else request.context * request.batch
    padded = round_up(max(total, 1), engine.token_block)
    if request.unified or request.batch == 1:
        return _Cells(full=padded, streams=1)
    return _Cells(full=round_up(padded // request.batch, engine.token_block), streams=request.batch)


def _window_cells(row: LayerCache, cells: _Cells, layout: CacheLayout, engine: Engine, request: CacheRequest) -> int:
    honoured = engine.windows_for is None or layout.model_type in engine.windows_for
    honoured = honoured and dict(engine.windows_at_layers).get(layout.model_type, layout.layers) == layout.layers
    if row.window is None or row.kind not in WINDOWED or not honoured or not request.windows:
        return cells.full
    window = LLAMA_CPP_LLAMA4_CHUNK if row.kind == "chunked" else row.window
    step = min(request.ubatch, LLAMA_CPP_BATCH, cells.full * cells.streams)
    sequences = request.batch if request.unified else 1
    return round_up(min(cells.full, window * sequences + step), engine.token_block)


def mask_cells(layout: CacheLayout, engine: Engine, request: CacheRequest) -> int:
    """Cells that the attention masks of one step cover: one mask for full layers, one for windows."""
    cells = _cells(engine, request)
    rows = [row for row in layout.rows if row.width is not None]
    counts = {row.kind in WINDOWED: _window_cells(row, cells, layout, engine, request) for row in rows}
    return sum(counts.values())


def _in_cells(layout: CacheLayout, engine: Engine, request: CacheRequest) -> list[CachePart]:
    cells = _cells(engine, request)
    parts = []
    for row in layout.rows:
        if row.width is None:
            continue
        count = _window_cells(row, cells, layout, engine, request)
        each, form = token_bytes(row.width, layout, engine, request)
        formula = f"{row.layers} {row.kind} layers x {form} x {count} cells x {cells.streams} streams"
        amount = ceil(each * row.layers * count * cells.streams)
        parts.append(CachePart(label="kv_cache", bytes=amount, formula=formula, layers=named(row), heads=pieces(row)))
    return parts + state_parts(layout, engine, request, request.batch)


# vLLM: pages of equal size, layers in groups of equal size


def _page_tokens(layout: CacheLayout, engine: Engine, request: CacheRequest) -> int:
    """Tokens of a page; raised so that the page of an attention layer covers the state of a linear one."""
    states = [state_bytes(row, layout, engine, request) for row in layout.rows if row.state is not None]
    widths = [token_bytes(row.width, layout, engine, request)[0] for row in layout.rows if row.width is not None]
    if not states or not widths or not min(widths):
        return engine.token_block
    return max(round_up(ceil(max(states) / min(widths)), engine.token_block), engine.token_block)


def _group_layers(layout: CacheLayout) -> int:
    """Layers of a group where kinds of layers share pages, 1 where nothing is padded.

    All groups have as many layers: the fewest of a kind, or the most where that is not half as many again.
    """
    counts: dict[str, int] = {}
    for row in layout.rows:
        for kind in _kinds(row):
            counts[kind] = counts.get(kind, 0) + row.layers
    widths = {row.width for row in layout.rows if row.width is not None}
    if len(counts) < 2 or len(widths) != 1:
        return 1
    fewest, most = min(counts.values()), max(counts.values())
    return most if 2 * most < 3 * fewest else fewest


def _kinds(row: LayerCache) -> list[str]:
    attention = [row.kind] if row.width is not None else []
    return attention + (["state"] if row.state is not None else [])


def _in_pages(layout: CacheLayout, engine: Engine, request: CacheRequest) -> list[CachePart]:
    page, group = _page_tokens(layout, engine, request), _group_layers(layout)
    rows = [row for row in layout.rows if row.width is not None]
    parts = [_page_part(row, layout, engine, request, page, group) for row in rows]
    parts += [_cross_pages(layout, row, request, engine) for row in layout.rows if row.cross]
    if not rows or not any(row.state for row in layout.rows):
        return parts + state_parts(layout, engine, request, request.batch)
    return parts + _state_pages(layout, engine, request, page, group)


def _page_part(
    row: LayerCache, layout: CacheLayout, engine: Engine, request: CacheRequest, page: int, group: int
) -> CachePart:
    assert row.width is not None
    blocks = ceil_div(request.context, page)
    if row.window is not None and row.kind in WINDOWED and request.windows:
        blocks = min(blocks, ceil_div(row.window - 1, page) + 1)
    each, form = token_bytes(row.width, layout, engine, request)
    each += index_bytes(row, engine, request)
    layers = round_up(row.layers, group)
    amount = ceil(each * layers * blocks * page * request.batch)
    padded = f" (padded from {row.layers})" if layers != row.layers else ""
    formula = (
        f"{layers} {row.kind} layers{padded} x {form} x {blocks} pages of {page} tokens x {request.batch} sequences"
    )
    return CachePart(label="kv_cache", bytes=amount, formula=formula, layers=named(row), heads=pieces(row))


def _state_pages(layout: CacheLayout, engine: Engine, request: CacheRequest, page: int, group: int) -> list[CachePart]:
    """One page a sequence for each layer with a state, as wide as an attention layer's."""
    width = next(row.width for row in layout.rows if row.width is not None)
    size = ceil(token_bytes(width, layout, engine, request)[0] * page)
    layers = round_up(sum(row.layers for row in layout.rows if row.state is not None), group)
    formula = f"{layers} layers x one page of {size} bytes x {request.batch} sequences"
    words = f"{layers} layers with a state"
    return [CachePart(label="state", bytes=layers * size * request.batch, formula=formula, layers=words)]


def _cross_pages(layout: CacheLayout, row: LayerCache, request: CacheRequest, engine: Engine) -> CachePart:
    tokens = round_up(encoder_tokens(layout, request), engine.token_block)
    return cross_part(layout, row, replace(request, encoder_context=tokens))


# SGLang: pools of slots


def _in_pools(layout: CacheLayout, engine: Engine, request: CacheRequest) -> list[CachePart]:
    slots = request.context * request.batch + engine.token_block
    above, below = SGLANG_SWA_RATIO
    mixed = any(row.kind in WINDOWED for row in layout.rows) and any(row.kind == "full" for row in layout.rows)
    parts = []
    for row in layout.rows:
        if row.width is None:
            continue
        smaller = mixed and row.kind in WINDOWED and request.windows
        count = slots * above // below if smaller else slots
        each, form = token_bytes(row.width, layout, engine, request)
        each += index_bytes(row, engine, request)
        formula = f"{row.layers} {row.kind} layers x {form} x {count} slots"
        amount = ceil(each * row.layers * count)
        parts.append(CachePart(label="kv_cache", bytes=amount, formula=formula, layers=named(row), heads=pieces(row)))
    parts += [cross_part(layout, row, request) for row in layout.rows if row.cross]
    return parts + state_parts(layout, engine, request, request.batch + 1)


Pricer = Callable[[CacheLayout, Engine, CacheRequest], Sequence[CachePart]]
PRICERS: Final[dict[str, Pricer]] = {"llama.cpp": _in_cells, "vllm": _in_pages, "sglang": _in_pools}
