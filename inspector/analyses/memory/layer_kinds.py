"""Which kind of memory each layer of a decoder has: full attention, a window, a state, or none.

Explicit lists of a configuration come first, then its structural keys, then what its library fills in for the model
type, then one plain rule; a name that no table knows is the kind "unknown".
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from inspector.analyses.configuration import read_number
from inspector.analyses.memory.decoder import Decoder
from inspector.knowledge.attention import (
    ALL_SLIDE,
    ATTENTIONS_PER_LAYER,
    FLAG_LISTS,
    INDEX_LISTS,
    LAYER_KIND,
    LAYER_LIST_KEYS,
    LAYER_PATTERNS,
    PATTERN_LETTERS,
    UNKNOWN_TYPES,
    WINDOW_LETTERS,
    FlagList,
    Kind,
    LayerPattern,
)
from inspector.values import frozen

#: Keys of a configuration that speak of states, compression or mixed layers: without a rule for them nothing is priced.
_OTHER_MEMORY: Final = re.compile(
    r"linear_|mamba_|ssm_|rwkv|retention|lru_|rec_|recurrent|conv_L_|hybrid|attn_type|layer_group_size|kda_|gla_|lightning|"
    r"compress|sparse_att|index_head|nsa_|moba_"
)
_BY_KEYS: Final = "keys of another kind of memory"
_ATTENTION: Final = ("full", "sliding", "chunked", "indexed")
_STATE: Final = re.compile(r"A_log$|(?:^|[._])(?:[qkv]_)?conv(?:1d)?(?:\.conv)?\.weight$")
_SEPARATE: Final = re.compile(r"(?:k_proj|kv_a_proj_with_mqa)\.weight$")
_ATTENDS: Final = re.compile(r"(?:k_proj|qkv_proj|c_attn|query_key_value|Wqkv|kv_a_proj_with_mqa)\.weight$")

#: More layers than any model has; a configuration that claims more is not followed.
MAX_LAYERS: Final = 10_000


@frozen
class LayerKinds:
    """One kind for each layer, and what told it; `names` are the configuration's own words where it has a list."""

    kinds: tuple[Kind, ...]
    evidence: str
    names: tuple[str, ...] = ()


def layer_kinds(decoder: Decoder) -> LayerKinds | None:
    """The kinds of all layers, None where not even their number is known."""
    listed = _from_lists(decoder.config)
    layers = len(listed.kinds) if listed is not None else _layer_count(decoder)
    if not layers or layers > MAX_LAYERS:
        return None
    if decoder.model_type in UNKNOWN_TYPES:
        return LayerKinds(kinds=_alike("unknown", layers), evidence=f"model type {decoder.model_type}")
    if listed is not None:
        return _shared(decoder, listed)
    found = (
        _from_indices(decoder.config, layers)
        or _from_flags(decoder, layers)
        or _from_period_keys(decoder, layers)
        or _from_model_type(decoder, layers)
        or _from_window(decoder, layers)
    )
    return _shared(decoder, _corrected(decoder, found))


def _corrected(decoder: Decoder, found: LayerKinds) -> LayerKinds:
    """What the weights show overrules a pattern that was filled in: a layer with a state only is not attention.

    Layers of an unknown kind are told by their weights only where some of them show a state; else any of them may be
    linear attention without a mark.
    """
    marked = any(_STATE.search(path) for shapes in decoder.layers.values() for path in shapes)
    if found.evidence == _BY_KEYS and marked:
        found = LayerKinds(kinds=_alike("full", len(found.kinds)), evidence="shapes")
    kinds = [_seen(decoder, layer, kind) for layer, kind in enumerate(found.kinds)]
    sane = any(kind in (*_ATTENTION, "linear", "conv", "hybrid") for kind in kinds)
    if not sane or tuple(kinds) == found.kinds:
        return found
    return LayerKinds(kinds=tuple(kinds), evidence=f"{found.evidence}; shapes", names=found.names)


def _seen(decoder: Decoder, layer: int, kind: Kind) -> Kind:
    """What a layer's weights show, where that is more than its name: a state beside attention, or in its place."""
    shapes = decoder.layers.get(layer)
    if shapes is None:
        return "none" if decoder.layers and kind in _ATTENTION and layer < decoder.blocks else kind
    states = {path.split(".")[0] for path in shapes if _STATE.search(path)}
    attention = {path.split(".")[0] for path in shapes if _ATTENDS.search(path)}
    separate = any(_SEPARATE.search(path) for path in shapes)
    if kind == "linear":
        beside = bool(states and attention - states)
        return "hybrid" if beside else "full" if separate and not states else kind
    if kind not in _ATTENTION or not states:
        return kind
    if not attention - states:
        return "linear" if any(path.endswith("A_log") for path in shapes) else "conv"
    return "hybrid_sliding" if kind == "sliding" else "hybrid"


def _layer_count(decoder: Decoder) -> int | None:
    if decoder.model_type in ATTENTIONS_PER_LAYER and (stated := read_number(decoder.config, ("num_layers",))):
        return stated
    field = "decoder_layers" if decoder.root.get("is_encoder_decoder") else "layers"
    return decoder.number(field) or decoder.blocks or None


def _from_lists(config: Mapping[str, Any]) -> LayerKinds | None:
    pattern = config.get("hybrid_override_pattern")
    for key in LAYER_LIST_KEYS:
        names = config.get(key)
        if isinstance(names, Sequence) and not isinstance(names, str) and 0 < len(names) <= MAX_LAYERS:
            words = tuple(str(name) for name in names)
            named: tuple[Kind, ...] = tuple(LAYER_KIND.get(word, "unknown") for word in words)
            return LayerKinds(kinds=named, evidence=key, names=words)
    if isinstance(pattern, str) and 0 < len(pattern) <= MAX_LAYERS:
        kinds = tuple(PATTERN_LETTERS.get(letter, "unknown") for letter in pattern)
        return LayerKinds(kinds=kinds, evidence="hybrid_override_pattern", names=tuple(pattern))
    return None


def _from_indices(config: Mapping[str, Any], layers: int) -> LayerKinds | None:
    for row in INDEX_LISTS:
        value: Any = config
        for key in row.path:
            value = value.get(key) if isinstance(value, Mapping) else None
        if isinstance(value, Sequence) and not isinstance(value, str):
            chosen = {index - row.first for index in value if isinstance(index, int)}
            kinds = tuple(row.kind if layer in chosen else row.other for layer in range(layers))
            return LayerKinds(kinds=kinds, evidence=".".join(row.path))
    return None


def _from_flags(decoder: Decoder, layers: int) -> LayerKinds | None:
    for row in FLAG_LISTS:
        flags = decoder.config.get(row.key)
        fits = isinstance(flags, Sequence) and len(flags) >= layers
        if fits and (not row.model_types or decoder.model_type in row.model_types):
            return LayerKinds(kinds=_pick(row, flags, layers), evidence=row.key)
    return None


def _pick(row: FlagList, flags: Any, layers: int) -> tuple[Kind, ...]:
    return tuple(row.one if flags[layer] else row.zero for layer in range(layers))


def _from_period_keys(decoder: Decoder, layers: int) -> LayerKinds | None:
    """Structural keys that say the same in every family that has them."""
    config = decoder.config
    if "max_window_layers" in config and decoder.model_type not in ALL_SLIDE:
        start = read_number(config, ("max_window_layers",)) or 0
        slides = config.get("use_sliding_window", True) and decoder.number("window")
        kinds: tuple[Kind, ...] = tuple("sliding" if slides and layer >= start else "full" for layer in range(layers))
        return LayerKinds(kinds=kinds, evidence="use_sliding_window, max_window_layers")
    pattern = config.get("sliding_window_pattern")
    if isinstance(pattern, str) and pattern and set(pattern) <= set(WINDOW_LETTERS):
        letters = tuple(WINDOW_LETTERS[pattern[layer % len(pattern)]] for layer in range(layers))
        return LayerKinds(kinds=letters, evidence="sliding_window_pattern")
    if "attn_layer_period" in config:
        return _periodic(_row_for("jamba"), config, layers)
    if "full_attention_interval" in config:
        return _periodic(_row_for("qwen3_next"), config, layers)
    return None


def _row_for(model_type: str) -> LayerPattern:
    return next(row for row in LAYER_PATTERNS if model_type in row.model_types)


def _from_model_type(decoder: Decoder, layers: int) -> LayerKinds | None:
    for row in LAYER_PATTERNS:
        if decoder.model_type in row.model_types:
            windows = row.other == "sliding" and decoder.config.get("sliding_window", 0) is None
            if windows:
                return LayerKinds(kinds=_alike("full", layers), evidence="sliding_window is null")
            return _periodic(row, decoder.config, layers)
    return None


def _periodic(row: LayerPattern, config: Mapping[str, Any], layers: int) -> LayerKinds:
    period = read_number(config, row.period_keys) or row.period
    at = read_number(config, (row.at_key,), least=0) if row.at_key else None
    chosen = (row.at if at is None else at) % period
    kinds = [row.kind if layer % period == chosen else row.other for layer in range(layers)]
    if row.last_is_kind:
        kinds[-1] = row.kind
    key = next((key for key in row.period_keys if key in config), "")
    return LayerKinds(kinds=tuple(kinds), evidence=key or row.source)


def _from_window(decoder: Decoder, layers: int) -> LayerKinds:
    """No pattern known: all layers alike; with a window, only model types known to slide in all of them do."""
    window = decoder.config.get("sliding_window")
    if not decoder.root and "sliding_window" not in decoder.config and decoder.model_type in ALL_SLIDE:
        return LayerKinds(kinds=_alike("sliding", layers), evidence="no configuration, model type may slide")
    slides = window and decoder.config.get("use_sliding_window", True)
    mixed = any(value and _OTHER_MEMORY.match(key) for key, value in decoder.config.items())
    if mixed and not slides:
        return LayerKinds(kinds=_alike("unknown", layers), evidence=_BY_KEYS)
    if not slides:
        return LayerKinds(kinds=_alike("full", layers), evidence="no window, no list of layers")
    if decoder.model_type in ALL_SLIDE:
        return LayerKinds(kinds=_alike("sliding", layers), evidence="sliding_window, in every layer of this model type")
    return LayerKinds(kinds=_alike("unknown", layers), evidence="sliding_window, no list of layers")


def _alike(kind: Kind, layers: int) -> tuple[Kind, ...]:
    return (kind,) * layers


def _shared(decoder: Decoder, found: LayerKinds) -> LayerKinds:
    """Layers that read another layer's keys and values keep nothing of their own."""
    count = read_number(decoder.config, ("num_kv_shared_layers",)) or 0
    if not count:
        return found
    kept = max(len(found.kinds) - count, 0)
    kinds: tuple[Kind, ...] = found.kinds[:kept] + _alike("none", len(found.kinds) - kept)
    return LayerKinds(kinds=kinds, evidence=f"{found.evidence}, num_kv_shared_layers", names=found.names)
