"""What running a model takes: weights by component, cache, state, activations, logits, overhead, each with its formula.

Weights are the bytes of tensors as stored, or what a projection makes of each component. What depends on the step
(activations) is an estimate and says so.
"""

from collections.abc import Mapping
from typing import Final, Literal

from inspector.analyses.census import Census
from inspector.analyses.memory.attention import CacheLayout, Gap
from inspector.analyses.memory.cache_engines import mask_cells
from inspector.analyses.memory.cache_values import CacheRequest, CacheSize
from inspector.analyses.memory.decoder import Decoder
from inspector.analyses.memory.kv_cache import cache_size
from inspector.analyses.memory.parts import Part
from inspector.knowledge.cache_types import CACHE_TYPE
from inspector.knowledge.engines import LLAMA_CPP_BATCH, Engine
from inspector.values import frozen

#: A CUDA context with its libraries, where the user gives no figure.
OVERHEAD_BYTES: Final = 512 * 2**20
#: Tokens of a prompt that an engine computes at once, where it does not take all of them.
CHUNK_TOKENS: Final = 512

#: Components that are in a checkpoint and that no engine loads to run it.
_NOT_LOADED: Final = frozenset({"optimizer"})


@frozen
class Weights:
    """Bytes of each component's weights: `source` tells whether they are read or projected."""

    components: Mapping[str, int]
    scheme: str
    formula: str
    source: str

    @property
    def bytes(self) -> int:
        return sum(self.components.values())


def stored_weights(census: Census) -> Weights:
    """Weights as they are stored, scales and buffers included."""
    sums: dict[str, int] = {}
    for label in census.labels:
        component = label.role.component
        if component not in _NOT_LOADED:
            sums[component] = sums.get(component, 0) + label.group.stored_bytes
    return Weights(
        components=sums, scheme="stored", formula="bytes of its tensors as stored", source="headers of the files"
    )


def weight_parts(weights: Weights, *, without: frozenset[str] = frozenset(), in_turn: bool = False) -> tuple[Part, ...]:
    """One part a component, those in `without` left out; `in_turn` only the largest, the others wait in host memory."""
    kept = {name: size for name, size in weights.components.items() if name not in without and size}
    if in_turn and kept:
        largest = max(kept, key=lambda name: kept[name])
        kept = {largest: kept[largest]}
    return tuple(
        Part(label="weights", component=name, bytes=size, formula=weights.formula, source=weights.source)
        for name, size in kept.items()
    )


def cache_parts(size: CacheSize, engine: Engine) -> tuple[Part, ...]:
    """The cache's parts, of the component that keeps them."""
    source = f"{engine.id} {engine.version} ({engine.evidence}): {engine.source}"
    return tuple(
        Part(
            label="kv_cache" if part.label == "kv_cache" else "state",
            component="transformer",
            bytes=part.bytes,
            formula=part.formula,
            source=source,
            detail=part.layers,
        )
        for part in size.parts
    )


def step_parts(
    decoder: Decoder, layout: CacheLayout | None, engine: Engine, request: CacheRequest
) -> tuple[tuple[Part, ...], tuple[Gap, ...]]:
    """Activations and logits of the largest step; a gap where widths or vocabulary are not known."""
    if layout is None:
        return (), (Gap(subject="activations", reason="they depend on the size of what goes in: not estimated"),)
    hidden, inner, vocabulary = decoder.number("hidden"), _active_width(decoder), decoder.number("vocabulary")
    if not hidden or not inner or not vocabulary:
        return (), (Gap(subject="activations", reason="widths are not in a configuration", flag="--set hidden_size=N"),)
    if engine.id == "llama.cpp":
        return _graph_parts(layout, engine, request, hidden, inner, vocabulary), ()
    tokens, words = _step_tokens(engine, request)
    width = 4 if request.model_format is CACHE_TYPE["f32"] else 2
    formula = f"{words} x (3 x {hidden} hidden + 2 x {inner} intermediate) x {width}: an estimate"
    size = tokens * (3 * hidden + 2 * inner) * width
    return (
        _step_part("activations", size, formula, "largest live buffers"),
        _step_part("logits", request.batch * vocabulary * 4, f"{request.batch} rows x {vocabulary} x 4", "last token"),
    ), ()


def _step_part(label: Literal["activations", "logits"], size: int, formula: str, source: str) -> Part:
    component = "head" if label == "logits" else "transformer"
    return Part(label=label, component=component, bytes=size, formula=formula, source=source)


def _graph_parts(
    layout: CacheLayout, engine: Engine, request: CacheRequest, hidden: int, inner: int, vocabulary: int
) -> tuple[Part, ...]:
    """llama.cpp reserves one buffer: masks, and the larger of the output layer's rows and a block's."""
    tokens = min(request.ubatch, LLAMA_CPP_BATCH, request.context * (1 if request.shared_context else request.batch))
    cells = mask_cells(layout, engine, request)
    logits = tokens * vocabulary * 4
    block = max(tokens * hidden * 4, tokens * (3 * hidden + 2 * inner) * 4 - logits)
    formula = f"masks of {cells} cells x {tokens} tokens x 2 + {block} beside the logits: an estimate"
    return (
        _step_part("activations", cells * tokens * 2 + block, formula, "compute buffer with flash attention"),
        _step_part("logits", logits, f"{tokens} rows x {vocabulary} x 4", "a row is reserved for each token of a step"),
    )


def _active_width(decoder: Decoder) -> int | None:
    """Width of an MLP as one token meets it: the chosen experts and shared ones together, or the dense one."""
    chosen, each = decoder.number("experts_per_token"), decoder.number("expert_intermediate")
    dense = decoder.number("intermediate")
    if chosen and (each or dense):
        shared = decoder.number("shared_experts") or 0
        return (chosen + shared) * (each or dense or 0)
    hidden = decoder.number("hidden")
    return dense or (4 * hidden if hidden else None)


def _step_tokens(engine: Engine, request: CacheRequest) -> tuple[int, str]:
    if engine.id == "transformers":
        return request.context * request.batch, f"{request.context} prompt tokens x {request.batch} sequences"
    tokens = min(CHUNK_TOKENS, request.context * request.batch)
    return tokens, f"{tokens} tokens of a step"


def overhead_part(size: int, *, assumed: bool) -> Part:
    source = (
        "assumed: a CUDA context and libraries, SGLang reserves as much; --overhead sets it" if assumed else "as given"
    )
    return Part(label="overhead", component="runtime", bytes=size, formula=f"{size} bytes", source=source)


def priced_cache(layout: CacheLayout | None, engine: Engine, request: CacheRequest) -> CacheSize:
    """The cache of a layout, nothing for a model that keeps none."""
    return CacheSize() if layout is None else cache_size(layout, engine, request)
