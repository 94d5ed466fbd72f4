"""Key-values that the GGUF converter writes before the tensors, as far as they follow from config.json.

A row holds the key after `<architecture>.`, the bytes of its value, and the configuration keys of which one must be
there. Values do not matter to a file's size, so none is kept.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

SOURCE: Final = "conversion/base.py TextModel.set_gguf_parameters, ggml-org/llama.cpp@007dbbf3"


@dataclass(frozen=True, slots=True, kw_only=True)
class GgufKey:
    """One scalar key-value; `configs` empty means always. `but` are configuration keys that suppress it."""

    key: str
    configs: tuple[str, ...] = ()
    bytes: int = 4


def _key(key: str, configs: str = "", size: int = 4) -> GgufKey:
    return GgufKey(key=key, configs=tuple(configs.split()), bytes=size)


BASE_KEYS: Final = (
    _key("block_count"),
    _key("context_length", "max_position_embeddings n_ctx n_positions max_length max_sequence_length model_max_length"),
    _key("embedding_length", "hidden_size n_embd dim"),
    _key(
        "feed_forward_length",
        "prefix_dense_intermediate_size dense_intermediate_size intermediate_size n_inner hidden_dim",
    ),
    _key("attention.head_count", "num_attention_heads n_head n_heads"),
    _key("attention.head_count_kv", "num_key_value_heads n_kv_heads"),
    _key("attention.layer_norm_rms_epsilon", "rms_norm_eps norm_eps"),
    _key("attention.layer_norm_epsilon", "layer_norm_eps layer_norm_epsilon norm_epsilon"),
    _key("expert_count", "num_local_experts num_experts n_routed_experts"),
    _key("expert_used_count", "num_experts_per_tok num_experts_per_token top_k_experts"),
    _key("expert_group_count", "n_group"),
    _key("expert_group_used_count", "topk_group"),
    _key(
        "expert_gating_func",
        "score_function scoring_func score_func moe_router_activation moe_router_activation_func expert_selection_fn",
    ),
    _key("attention.key_length", "head_dim"),
    _key("attention.value_length", "head_dim"),
)

_GEMMA: Final = (
    _key("context_length"),
    _key("embedding_length"),
    _key("block_count"),
    _key("feed_forward_length"),
    _key("attention.head_count"),
    _key("attention.head_count_kv"),
    _key("attention.layer_norm_rms_epsilon"),
    _key("attention.key_length"),
    _key("attention.value_length"),
)
_LLAMA: Final = (_key("vocab_size"), _key("rope.dimension_count"))

#: Architectures whose keys replace the base's instead of adding to them.
OWN_KEYS: Final[Mapping[str, tuple[GgufKey, ...]]] = MappingProxyType(
    {
        "gemma": _GEMMA,
        "gemma2": (
            *_GEMMA,
            _key("attn_logit_softcapping"),
            _key("final_logit_softcapping"),
            _key("attention.sliding_window"),
        ),
    }
)

#: Keys that an architecture writes besides the base's. An architecture in neither table is not known exactly.
MORE_KEYS: Final[Mapping[str, tuple[GgufKey, ...]]] = MappingProxyType(
    {
        "llama": _LLAMA,
        "smollm3": _LLAMA,
        "qwen2": (),
        "qwen3": (),
    }
)
