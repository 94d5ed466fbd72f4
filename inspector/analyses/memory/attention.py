"""What each layer of a decoder keeps between tokens: the layout that every engine's figures start from.

Layers that keep the same are one row. What could not be told is a gap that names the flag which supplies it; a layout
with a gap in its layers is never priced in part as if it were whole.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from inspector.analyses.configuration import read_number
from inspector.analyses.memory.attention_widths import Width, attention_width, cross_width, layer_config
from inspector.analyses.memory.decoder import Decoder
from inspector.analyses.memory.layer_kinds import LayerKinds, layer_kinds
from inspector.analyses.memory.recurrent_state import State, layer_state
from inspector.knowledge.attention import (
    ATTENTIONS_PER_LAYER,
    ENCODER_CONTEXT_KEYS,
    HALVED_WINDOW_KEYS,
    Kind,
)
from inspector.knowledge.config_keys import KEYS_OF
from inspector.values import frozen, replace


@frozen
class Gap:
    """Something that is not known: what, why, and what the user can say to supply it ("" where nothing helps)."""

    subject: str
    reason: str
    flag: str = ""


@frozen
class LayerCache:
    """What `layers` equal layers keep each; `window` counts tokens, None for all of them.

    `index` are elements per token of a sparse-attention indexer, `cross` elements per encoder token.
    """

    kind: Kind
    layers: int = 1
    width: Width | None = None
    window: int | None = None
    index: int = 0
    state: State | None = None
    cross: int = 0


@frozen
class CacheLayout:
    """All layers of the decoder as rows of equal ones, in order of first appearance; `gaps` say what is missing.

    `encoder_context` are tokens that the encoder always gives; `encoder_varies`: they follow from an image or a sound,
    so that no context tells them.
    """

    rows: tuple[LayerCache, ...] = ()
    gaps: tuple[Gap, ...] = ()
    model_type: str = ""
    layers: int = 0
    evidence: str = ""
    max_context: int | None = None
    encoder_context: int | None = None
    encoder_varies: bool = False

    @property
    def known(self) -> bool:
        return not self.gaps


def cache_layout(decoder: Decoder) -> CacheLayout:
    """The layout of a decoder; never raises for an odd configuration."""
    found = layer_kinds(decoder)
    if found is None:
        missing = Gap(subject="number of layers", reason="no configuration", flag="--set num_hidden_layers=N")
        return CacheLayout(gaps=(missing,), model_type=decoder.model_type)
    rows: list[LayerCache] = []
    gaps: list[Gap] = []
    for layer, kind in enumerate(found.kinds):
        row = _layer(decoder, layer, kind, found)
        if isinstance(row, Gap):
            gaps.append(row)
        else:
            rows.append(row)
    return CacheLayout(
        rows=_fold(rows),
        gaps=tuple(dict.fromkeys(gaps)),
        model_type=decoder.model_type,
        layers=len(found.kinds),
        evidence=found.evidence,
        max_context=decoder.number("max_context") or read_number(decoder.root, KEYS_OF["max_context"]),
        encoder_context=0 if "cross" in found.kinds else _encoder_tokens(decoder),
    )


def _encoder_tokens(decoder: Decoder) -> int | None:
    """Tokens that the encoder always gives, None where they depend on its input."""
    key = ENCODER_CONTEXT_KEYS.get(decoder.model_type)
    return None if key is None else read_number(decoder.config, (key,))


def _layer(decoder: Decoder, layer: int, kind: Kind, found: LayerKinds) -> LayerCache | Gap:
    if kind == "unknown" and found.evidence.startswith("sliding_window"):
        flag = """--set sliding_window=null, or --set 'layer_types=["full_attention", ...]',"""
        return Gap(subject="which layers have the window", reason="no list of layers in the configuration", flag=flag)
    if kind == "unknown":
        word = found.names[layer] if layer < len(found.names) else decoder.model_type
        return Gap(subject=f"what layers of kind {word!r} keep", reason="no rule for them")
    if kind == "none":
        return LayerCache(kind="none")
    if kind == "cross":
        return LayerCache(kind="cross", cross=cross_width(decoder, layer, always=True))
    state = layer_state(decoder, layer, kind) if kind in ("linear", "conv", "hybrid", "hybrid_sliding") else None
    if kind in ("linear", "conv", "hybrid", "hybrid_sliding") and state is None:
        return Gap(subject="the state of linear or recurrent layers", reason="neither shapes nor configuration give it")
    if kind in ("linear", "conv"):
        return LayerCache(kind=kind, state=state)
    return _attention(decoder, layer, kind, state)


def _attention(decoder: Decoder, layer: int, kind: Kind, state: State | None) -> LayerCache | Gap:
    width = attention_width(decoder, layer, kind)
    if width is None:
        return Gap(
            subject="keys and values of a token",
            reason="no k_proj and v_proj, no attention heads in a configuration",
            flag="--set num_attention_heads=N --set num_key_value_heads=N --set head_dim=N",
        )
    window = _window(decoder, layer, kind)
    if isinstance(window, Gap):
        return window
    index = _index(decoder, layer, kind)
    if isinstance(index, Gap):
        return index
    if _reads_another(decoder.config, layer):
        return (
            LayerCache(kind="indexed", width=Width(key=0, value=0), index=index) if index else LayerCache(kind="none")
        )
    cross = cross_width(decoder, layer)
    count = ATTENTIONS_PER_LAYER.get(decoder.model_type, 1)
    return LayerCache(kind=kind, layers=count, width=width, window=window, index=index, state=state, cross=cross)


def _window(decoder: Decoder, layer: int, kind: Kind) -> int | Gap | None:
    if kind not in ("sliding", "chunked", "hybrid_sliding"):
        return None
    config = layer_config(decoder, layer, kind)
    halved = HALVED_WINDOW_KEYS.get(decoder.model_type, "")
    if kind == "chunked":
        found = read_number(config, KEYS_OF["chunk"])
    else:
        found = read_number(config, KEYS_OF["window"]) or (read_number(config, (halved,)) or 0) // 2
    key = "attention_chunk_size" if kind == "chunked" else "sliding_window"
    if not found:
        flag = f"--set {key}=N" if decoder.root else f"--set {key}=N, or null for none,"
        return Gap(subject="the window of sliding layers", reason="not in the configuration", flag=flag)
    return found


_INDEXER: Final = re.compile(r"indexer\.(?:wk|k_proj)\.weight$")


def _index(decoder: Decoder, layer: int, kind: Kind) -> int | Gap:
    """Elements per token of the indexer; layers that share another layer's choice hold none."""
    config, shapes = decoder.config, decoder.layers.get(layer, {})
    seen = next((shape[0] for path, shape in shapes.items() if _INDEXER.search(path)), None)
    if seen is not None or kind != "indexed":
        return seen or 0
    types = config.get("indexer_types") or config.get("index_topk_pattern")
    if isinstance(types, Sequence) and layer < len(types) and str(types[layer]).lower() in ("shared", "s"):
        return 0
    period = read_number(config, ("index_topk_freq",)) or 1
    offset = read_number(config, ("index_skip_topk_offset",))
    if types is None and max(layer - (2 if offset is None else offset) + 1, 0) % period:
        return 0
    found = read_number(config, ("index_head_dim",))
    if found is None:
        return Gap(subject="the indexer's keys", reason="not in the configuration", flag="--set index_head_dim=N")
    return found


def _reads_another(config: Mapping[str, Any], layer: int) -> bool:
    """Layers whose keys and values are those of an earlier layer (`kv_source_layers`)."""
    sources = config.get("kv_source_layers")
    return isinstance(sources, Sequence) and layer < len(sources) and sources[layer] != layer


def _fold(rows: Sequence[LayerCache]) -> tuple[LayerCache, ...]:
    counts: dict[tuple[object, ...], int] = {}
    first: dict[tuple[object, ...], LayerCache] = {}
    for row in rows:
        key = (row.kind, row.width, row.window, row.index, row.state, row.cross)
        counts[key] = counts.get(key, 0) + row.layers
        first.setdefault(key, row)
    return tuple(replace(row, layers=counts[key]) for key, row in first.items())
