"""Key-values that the GGUF converter writes before the tensors, as far as they follow from config.json.

A row holds the key after `<architecture>.`, the bytes of its value, and the configuration keys of which one must be
there. Values do not matter to a file's size, so none is kept.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from inspector.values import frozen

SOURCE: Final = "conversion/base.py TextModel.set_gguf_parameters, ggml-org/llama.cpp@007dbbf3"


@frozen
class GgufKey:
    """One key-value: a scalar of `bytes`, a fixed `text`, or a list with `each` bytes a block.

    `configs` are configuration keys of which one must have a value, a true one where `truly`; empty means always.
    A key that begins with a full section (`tokenizer.`) stands without the architecture's name.
    """

    key: str
    configs: tuple[str, ...] = ()
    bytes: int = 4
    each: int = 0
    text: str = ""
    truly: bool = False


def _key(key: str, configs: str = "", size: int = 4) -> GgufKey:
    return GgufKey(key=key, configs=tuple(configs.split()), bytes=size)


def _always(keys: str) -> tuple[GgufKey, ...]:
    return tuple(_key(key) for key in keys.split())


def _list(key: str, each: int, configs: str = "") -> GgufKey:
    return GgufKey(key=key, configs=tuple(configs.split()), each=each)


def _text(key: str, text: str) -> GgufKey:
    return GgufKey(key=key, text=text)


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

_SIZES: Final = _always("context_length embedding_length block_count feed_forward_length attention.head_count")
_KV: Final = _always("attention.head_count_kv")
_EPSILON: Final = _always("attention.layer_norm_epsilon")
_RMS_EPSILON: Final = _always("attention.layer_norm_rms_epsilon")
_LENGTHS: Final = _always("attention.key_length attention.value_length")
_GEMMA: Final = (*_SIZES, *_KV, *_RMS_EPSILON, *_LENGTHS)
_LLAMA: Final = _always("vocab_size rope.dimension_count")
_NO_SPACE: Final = _key("tokenizer.ggml.add_space_prefix", size=1)
_GRANITE: Final = (
    *_LLAMA,
    _key("attention.scale", "attention_multiplier"),
    _key("embedding_scale", "embedding_multiplier"),
    _key("residual_scale", "residual_multiplier"),
    _key("logit_scale", "logits_scaling"),
)
_SHARED_MLP: Final = _key("expert_shared_feed_forward_length", "shared_intermediate_size")
_STATE_SPACE: Final = _always("ssm.conv_kernel ssm.inner_size ssm.state_size ssm.time_step_rank")
_EXPERT_WIDTH: Final = _key("expert_feed_forward_length", "moe_intermediate_size")
_DENSE_FIRST: Final = _key("leading_dense_block_count", "first_k_dense_replace")
_SHARED_COUNT: Final = _key("expert_shared_count", "n_shared_experts")
_ROUTED_SCALE: Final = _key("expert_weights_scale", "routed_scaling_factor")
_WEIGHTS_NORM: Final = _key("expert_weights_norm", "norm_topk_prob", 1)
_WINDOW: Final = _key("attention.sliding_window", "sliding_window")
_WINDOW_PATTERN: Final = _list("attention.sliding_window_pattern", 1, "sliding_window")

#: Architectures whose keys replace the base's instead of adding to them.
OWN_KEYS: Final[Mapping[str, tuple[GgufKey, ...]]] = MappingProxyType(
    {
        "gemma": (*_GEMMA, _key("tokenizer.ggml.eot_token_id"), _NO_SPACE),
        "gemma2": (
            *_GEMMA,
            *_always("attn_logit_softcapping final_logit_softcapping attention.sliding_window"),
            _NO_SPACE,
        ),
        "phi2": (*_SIZES, *_KV, *_EPSILON, *_always("rope.dimension_count")),
        "phi3": (
            *_SIZES,
            *_KV,
            *_RMS_EPSILON,
            *_always("rope.scaling.original_context_length rope.dimension_count rope.freq_base"),
            _key("attention.sliding_window"),
        ),
        "stablelm": (
            *_SIZES,
            *_KV,
            *_EPSILON,
            _key("rope.dimension_count"),
            _key("use_parallel_residual", size=1),
        ),
        "falcon": (*_SIZES, *_KV, *_EPSILON, _text("tensor_data_layout", "jploski")),
        "bloom": (*_SIZES, *_KV, *_EPSILON),
        "starcoder": (*_SIZES, *_KV, *_EPSILON),
        "mamba": (*_SIZES, *_STATE_SPACE, *_RMS_EPSILON, _key("ssm.dt_b_c_rms", size=1)),
        "mamba2": (*_SIZES, *_STATE_SPACE, *_RMS_EPSILON, _key("ssm.group_count")),
        "dbrx": (
            *_SIZES,
            *_KV,
            *_EPSILON,
            *_always("rope.freq_base attention.clamp_kqv expert_count expert_used_count"),
        ),
        "minicpm3": (
            *_SIZES,
            *_KV,
            *_RMS_EPSILON,
            *_LLAMA,
            *_always("attention.kv_lora_rank attention.key_length"),
            _key("attention.q_lora_rank", "q_lora_rank"),
        ),
    }
)

#: Keys that an architecture writes besides the base's. An architecture in neither table is not known exactly.
MORE_KEYS: Final[Mapping[str, tuple[GgufKey, ...]]] = MappingProxyType(
    {
        "llama": _LLAMA,
        "smollm3": _LLAMA,
        "arcee": _LLAMA,
        "apertus": (
            *_LLAMA,
            _list("xielu.alpha_n", 4),
            _list("xielu.alpha_p", 4),
            _list("xielu.beta", 4),
            _list("xielu.eps", 4),
        ),
        "llama4": (*_LLAMA, *_always("interleave_moe_layer_step expert_feed_forward_length")),
        "granite": _GRANITE,
        "granitemoe": (*_GRANITE, _SHARED_MLP),
        "granitehybrid": (
            *_GRANITE,
            _SHARED_MLP,
            *_STATE_SPACE,
            _key("ssm.group_count"),
            _key("rope.scaling.finetuned", size=1),
            _list("attention.head_count_kv", 4),
        ),
        "command-r": (*_always("logit_scale"), _text("rope.scaling.type", "none")),
        "deepseek2": (
            *_LENGTHS,
            *_always("vocab_size attention.kv_lora_rank attention.key_length_mla attention.value_length_mla"),
            _key("attention.q_lora_rank", "q_lora_rank"),
            *_always("rope.dimension_count expert_weights_scale expert_shared_count leading_dense_block_count"),
            _EXPERT_WIDTH,
            GgufKey(key="expert_weights_norm", configs=("norm_topk_prob",), bytes=1, truly=True),
        ),
        "dots1": (_EXPERT_WIDTH, _DENSE_FIRST, _SHARED_COUNT, _ROUTED_SCALE, _WEIGHTS_NORM),
        "glm4": _always("rope.dimension_count"),
        "glm4moe": (
            *_always("rope.dimension_count expert_gating_func"),
            _EXPERT_WIDTH,
            _SHARED_COUNT,
            _DENSE_FIRST,
            _ROUTED_SCALE,
            _WEIGHTS_NORM,
            _key("nextn_predict_layers", "num_nextn_predict_layers"),
        ),
        "gpt-oss": _always("attention.sliding_window expert_feed_forward_length"),
        "qwen2": (),
        "qwen3": (),
        "qwen2vl": (),
        "qwen3vl": _always("n_deepstack_layers"),
        "qwen3vlmoe": (*_always("n_deepstack_layers"), _EXPERT_WIDTH),
        "qwen2moe": (_EXPERT_WIDTH, _key("expert_shared_feed_forward_length", "shared_expert_intermediate_size")),
        "qwen3moe": (_EXPERT_WIDTH, _key("expert_shared_feed_forward_length", "shared_expert_intermediate_size")),
        "gemma3": (
            *_always("context_length attention.head_count attention.head_count_kv rope.freq_base"),
            *_LENGTHS,
            *_RMS_EPSILON,
            _WINDOW,
            _NO_SPACE,
        ),
        "jamba": (*_STATE_SPACE, _list("attention.head_count_kv", 4)),
        "lfm2": (*_always("vocab_size shortconv.l_cache"), _list("attention.head_count_kv", 4)),
        "lfm2moe": (
            *_always("vocab_size shortconv.l_cache leading_dense_block_count expert_gating_func"),
            _EXPERT_WIDTH,
            _list("attention.head_count_kv", 4),
        ),
        "nemotron": (
            *_always("vocab_size attention.layer_norm_epsilon rope.dimension_count"),
            _text("rope.scaling.type", "none"),
            *_always("tokenizer.ggml.padding_token_id tokenizer.ggml.unknown_token_id"),
        ),
        "olmo": _always("attention.layer_norm_epsilon"),
        "olmo2": (_WINDOW, _WINDOW_PATTERN),
        "olmoe": _always("attention.layer_norm_rms_epsilon"),
        "exaone4": (_key("vocab_size"), _WINDOW, _WINDOW_PATTERN),
        "starcoder2": (),
        "seed_oss": (),
        "hunyuan-dense": (),
        "ernie4_5": (),
        "ernie4_5-moe": (
            *_always("expert_count expert_used_count interleave_moe_layer_step leading_dense_block_count"),
            *_always("expert_feed_forward_length expert_shared_count expert_shared_feed_forward_length"),
        ),
    }
)

#: Architectures whose tokenizer part notes the prefixed space, as Llama's does.
SPACE_PREFIX: Final = frozenset(("llama", "llama-embed", "smollm3", "arcee", "apertus", "granite", "granitemoe"))

#: Beginnings of keys that stand without the architecture's name.
FULL_SECTIONS: Final = ("tokenizer.", "xielu.")


def _defaults(model_type: str, changes: str) -> tuple[str, frozenset[str]]:
    """A model type with the keys that it has by default besides the usual ones; `-key` takes one away."""
    keys = {"num_key_value_heads", "rms_norm_eps", "rope_theta"}
    for key in changes.split():
        (keys.discard if key.startswith("-") else keys.add)(key.removeprefix("-"))
    return model_type, frozenset(keys)


#: Keys to which transformers' configuration classes give a value where config.json is silent (5.23): the converter
#: reads the configuration through them.
DEFAULTS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    dict(
        (
            _defaults("llama", "head_dim"),
            _defaults("mistral", "head_dim sliding_window"),
            _defaults("mixtral", "num_experts_per_tok num_local_experts"),
            _defaults("qwen2", ""),
            _defaults(
                "qwen2_moe",
                "moe_intermediate_size norm_topk_prob num_experts num_experts_per_tok "
                "shared_expert_intermediate_size sliding_window",
            ),
            _defaults("qwen3", "head_dim"),
            _defaults("qwen3_moe", "moe_intermediate_size norm_topk_prob num_experts_per_tok num_local_experts"),
            _defaults("smollm3", ""),
            _defaults("arcee", "head_dim"),
            _defaults("apertus", ""),
            _defaults("granite", "attention_multiplier embedding_multiplier logits_scaling residual_multiplier"),
            _defaults(
                "granitemoe",
                "attention_multiplier embedding_multiplier logits_scaling num_experts_per_tok num_local_experts "
                "residual_multiplier",
            ),
            _defaults(
                "granitemoeshared",
                "attention_multiplier embedding_multiplier logits_scaling num_experts_per_tok num_local_experts "
                "residual_multiplier shared_intermediate_size",
            ),
            _defaults(
                "granitemoehybrid",
                "attention_multiplier embedding_multiplier logits_scaling num_experts_per_tok num_local_experts "
                "residual_multiplier shared_intermediate_size",
            ),
            _defaults("bamba", ""),
            _defaults("cohere", "layer_norm_eps -rms_norm_eps"),
            _defaults(
                "deepseek_v2",
                "first_k_dense_replace head_dim moe_intermediate_size n_routed_experts n_shared_experts "
                "norm_topk_prob q_lora_rank routed_scaling_factor",
            ),
            _defaults(
                "deepseek_v3",
                "first_k_dense_replace head_dim moe_intermediate_size n_group n_routed_experts n_shared_experts "
                "norm_topk_prob num_experts_per_tok num_nextn_predict_layers q_lora_rank routed_scaling_factor "
                "topk_group",
            ),
            _defaults(
                "dots1",
                "first_k_dense_replace moe_intermediate_size n_group norm_topk_prob routed_scaling_factor "
                "sliding_window topk_group",
            ),
            _defaults("glm4", "head_dim"),
            _defaults(
                "glm4_moe",
                "first_k_dense_replace moe_intermediate_size n_group n_routed_experts n_shared_experts "
                "norm_topk_prob num_experts_per_tok num_nextn_predict_layers routed_scaling_factor topk_group",
            ),
            _defaults("gpt_oss", "head_dim num_experts_per_tok num_local_experts sliding_window"),
            _defaults("gemma3_text", "head_dim sliding_window"),
            _defaults("jamba", "num_experts num_experts_per_tok -rope_theta"),
            _defaults("lfm2", "norm_eps -rms_norm_eps"),
            _defaults(
                "lfm2_moe",
                "moe_intermediate_size norm_eps norm_topk_prob num_experts num_experts_per_tok "
                "routed_scaling_factor -rms_norm_eps",
            ),
            _defaults("nemotron", "head_dim norm_eps -num_key_value_heads -rms_norm_eps"),
            _defaults("olmo", "-rms_norm_eps"),
            _defaults("olmo2", ""),
            _defaults("olmo3", "sliding_window"),
            _defaults("olmoe", "norm_topk_prob num_experts num_experts_per_tok"),
            _defaults("exaone4", "sliding_window"),
            _defaults("starcoder2", "norm_epsilon -rms_norm_eps"),
            _defaults("seed_oss", "head_dim"),
            _defaults("hunyuan_v1_dense", ""),
            _defaults("ernie4_5", "head_dim"),
            _defaults("ernie4_5_moe", "moe_intermediate_size"),
            _defaults("qwen2_vl_text", ""),
            _defaults("qwen2_5_vl_text", ""),
            _defaults("qwen3_vl_text", "head_dim"),
            _defaults("qwen3_vl_moe_text", "head_dim moe_intermediate_size num_experts_per_tok num_local_experts"),
            _defaults("llama4_text", "head_dim num_experts_per_tok num_local_experts"),
        )
    )
)
#: Keys that these classes fill in even where config.json says null.
FILLED: Final = frozenset(("num_key_value_heads", "head_dim"))
