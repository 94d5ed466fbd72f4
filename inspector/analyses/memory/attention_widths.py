"""How many elements one token takes in one attention layer, from shapes first and from the configuration second."""

import re
from collections.abc import Mapping
from typing import Any, Final

from inspector.analyses.configuration import read_number
from inspector.analyses.memory.decoder import Decoder, Shape
from inspector.knowledge.config_keys import KEYS_OF
from inspector.values import frozen

_CROSS: Final = re.compile(r"cross|encoder_attn|EncDecAttention", re.IGNORECASE)
_LINEAR: Final = re.compile(r"linear_attn|mamba|mixer\.(?!k_proj|v_proj|q_proj|o_proj)|conv1d|indexer")
_KEY: Final = re.compile(r"(?:^|[._])(?:k_proj|key_proj|wk|k|key|k_lin)(?:\.linear)?\.weight$")
_VALUE: Final = re.compile(r"(?:^|[._])(?:v_proj|value_proj|wv|v|value|v_lin)(?:\.linear)?\.weight$")
_OUTPUT: Final = re.compile(r"(?:^|[._])(?:o_proj|out_proj|c_proj|dense|wo|o|out_lin)\.weight$")
_FUSED: Final = re.compile(
    r"(?:^|[._])(?:qkv_proj|c_attn|query_key_value|Wqkv|wqkv|W_pack|qkv|att_proj|in_proj_qkv)\.weight$"
)
_LATENT: Final = re.compile(r"kv_a_proj_with_mqa\.weight$|kv_a_proj\.weight$|wkv_a\.weight$")


@frozen
class Width:
    """Elements per token of one layer: `key` and `value`; of a latent its compressed and its rotary part.

    `kv_heads` is None where shapes alone gave the widths. `expanded` is what an engine takes that stores a latent for
    every head; `repeated` what one takes that repeats the key/value heads for every query head (falcon's new
    architecture). `form` is the arithmetic in words.
    """

    key: int
    value: int
    kv_heads: int | None = None
    latent: bool = False
    expanded: int | None = None
    repeated: int | None = None
    form: str = ""


def attention_width(decoder: Decoder, layer: int, kind: str) -> Width | None:
    """The width of one attention layer; None where neither shapes nor configuration give it."""
    config = layer_config(decoder, layer, kind)
    shapes = decoder.layers.get(layer, {})
    if _is_latent(config, shapes):
        return _latent(config, shapes)
    return _from_shapes(config, shapes, decoder) or _from_config(config, decoder) or _from_fused(shapes)


def layer_config(decoder: Decoder, layer: int, kind: str) -> Mapping[str, Any]:
    """The configuration as one layer sees it: overrides of `per_layer_config`, global widths of full layers."""
    config = decoder.config
    overrides = config.get("per_layer_config")
    if isinstance(overrides, Mapping):
        own = overrides.get(str(layer), overrides.get(layer))
        return {**config, **own} if isinstance(own, Mapping) else config
    if kind != "full" or "global_head_dim" not in config:
        return config
    wide = {**config, "head_dim": config["global_head_dim"]}
    if config.get("attention_k_eq_v", True) and config.get("num_global_key_value_heads"):
        wide["num_key_value_heads"] = config["num_global_key_value_heads"]
    return wide


def cross_width(decoder: Decoder, layer: int, *, always: bool = False) -> int:
    """Elements per encoder token in a layer's cross attention, 0 where it has none (`always`: it has one)."""
    shapes = decoder.layers.get(layer, {})
    if _decodes_alone(decoder):
        return 0
    keys = [shape[0] for path, shape in shapes.items() if _CROSS.search(path) and _KEY.search(path)]
    values = [shape[0] for path, shape in shapes.items() if _CROSS.search(path) and _VALUE.search(path)]
    if keys and values:
        return keys[0] + values[0]
    if not always and (shapes or not decoder.root.get("is_encoder_decoder")):
        return 0
    width = _from_config(decoder.config, decoder)
    return 0 if width is None else width.key + width.value


def _decodes_alone(decoder: Decoder) -> bool:
    """A decoder saved without its encoder: its cross attention is never used."""
    classes = decoder.root.get("architectures")
    first = classes[0] if isinstance(classes, list | tuple) and classes else ""
    return isinstance(first, str) and first.endswith("ForCausalLM") and not decoder.root.get("is_encoder_decoder")


def _is_latent(config: Mapping[str, Any], shapes: Mapping[str, Shape]) -> bool:
    if any(_KEY.search(path) and not _CROSS.search(path) and not _LINEAR.search(path) for path in shapes):
        return False
    return bool(read_number(config, ("kv_lora_rank",))) or any(_LATENT.search(path) for path in shapes)


def _latent(config: Mapping[str, Any], shapes: Mapping[str, Shape]) -> Width | None:
    rank = read_number(config, ("kv_lora_rank",))
    rope = read_number(config, ("qk_rope_head_dim",))
    rows = next((shape[0] for path, shape in shapes.items() if _LATENT.search(path)), None)
    if rank is None and rows is not None:
        return Width(key=rows, value=0, kv_heads=1, latent=True, form=f"{rows} latent and rotary")
    if rank is None or (rope is None and rows is None):
        return None
    rotary = rope if rope is not None else (rows or rank) - rank
    return Width(
        key=rank,
        value=rotary,
        kv_heads=1,
        latent=True,
        expanded=_expanded(config, rotary),
        form=f"({rank} latent + {rotary} rotary)",
    )


def _expanded(config: Mapping[str, Any], rotary: int) -> int | None:
    heads = read_number(config, KEYS_OF["heads"])
    nope, value = read_number(config, ("qk_nope_head_dim",)), read_number(config, ("v_head_dim",))
    if heads is None or nope is None or value is None:
        return None
    return heads * (nope + rotary + value)


def _from_shapes(config: Mapping[str, Any], shapes: Mapping[str, Shape], decoder: Decoder) -> Width | None:
    own = {path: shape for path, shape in shapes.items() if not _CROSS.search(path) and not _LINEAR.search(path)}
    key = next((shape[0] for path, shape in own.items() if _KEY.search(path) and len(shape) == 2), None)
    value = next((shape[0] for path, shape in own.items() if _VALUE.search(path) and len(shape) == 2), None)
    if key is None:
        return None
    value = key if value is None else value
    heads = kv_head_count(config, decoder)
    return Width(key=key, value=value, kv_heads=heads, form=f"({key} keys + {value} values)")


def _from_config(config: Mapping[str, Any], decoder: Decoder) -> Width | None:
    heads = _heads(config, decoder)
    size = head_size(config, decoder)
    kv_heads = kv_head_count(config, decoder)
    if heads is None or size is None or kv_heads is None:
        return None
    value_size = read_number(config, ("v_head_dim",)) or size
    form = (
        f"2 x {kv_heads} kv heads x {size}" if value_size == size else f"{kv_heads} kv heads x ({size} + {value_size})"
    )
    return Width(
        key=kv_heads * size,
        value=kv_heads * value_size,
        kv_heads=kv_heads,
        repeated=heads * (size + value_size) if config.get("new_decoder_architecture") else None,
        form=form,
    )


def _from_fused(shapes: Mapping[str, Shape]) -> Width | None:
    """Keys and values of a fused projection: its rows less those of the queries, the output projection's inputs."""
    own = {path: shape for path, shape in shapes.items() if not _CROSS.search(path) and len(shape) == 2}
    fused = next((max(shape) for path, shape in own.items() if _FUSED.search(path)), None)
    output = next((shape for path, shape in own.items() if _OUTPUT.search(path)), None)
    if fused is None or output is None or fused <= output[-1]:
        return None
    both = fused - output[-1]
    return Width(key=both // 2, value=both - both // 2, form=f"({fused} fused rows - {output[-1]} of queries)")


def _heads(config: Mapping[str, Any], decoder: Decoder) -> int | None:
    field = "decoder_heads" if decoder.root.get("is_encoder_decoder") else "heads"
    return read_number(config, KEYS_OF[field]) or None


def head_size(config: Mapping[str, Any], decoder: Decoder) -> int | None:
    """`head_dim` where it stands, else hidden size over heads."""
    size = read_number(config, KEYS_OF["head_dim"])
    if size:
        return size
    heads, hidden = _heads(config, decoder), read_number(config, KEYS_OF["hidden"])
    return hidden // heads if heads and hidden else None


def kv_head_count(config: Mapping[str, Any], decoder: Decoder) -> int | None:
    """Key/value heads as the architecture has them; as many as query heads where nothing says otherwise."""
    heads = _heads(config, decoder)
    inner = config.get("attn_config")
    if isinstance(inner, Mapping) and (found := read_number(inner, KEYS_OF["kv_heads"])):
        return found
    if "multi_query" in config:
        return _multi_query(config, heads)
    if config.get("multi_query_attention") is False:
        return heads
    return read_number(config, KEYS_OF["kv_heads"]) or heads


def _multi_query(config: Mapping[str, Any], heads: int | None) -> int | None:
    if config.get("new_decoder_architecture"):
        return read_number(config, KEYS_OF["kv_heads"]) or heads
    return 1 if config["multi_query"] else heads
