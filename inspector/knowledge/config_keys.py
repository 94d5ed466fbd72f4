"""The names that configurations use for one number, and where they keep those of a language model."""

from typing import Final

from inspector.values import frozen

#: Paths of the section that describes the language model, in the order in which they are believed.
TEXT_SECTIONS: Final = (
    ("text_config",),
    ("thinker_config", "text_config"),
    ("llm_config",),
    ("language_config",),
    ("language_model_config",),
    ("lm_config",),
    ("decoder",),
    ("language_model",),
)


@frozen
class ConfigKeys:
    """The names that configurations use for one number, the first that is there counts; a dot goes into a section."""

    field: str
    keys: tuple[str, ...]
    source: str = "transformers attribute_map and remote-code configurations"


CONFIG_KEYS: Final = (
    ConfigKeys(
        field="layers",
        keys=(
            "num_hidden_layers",
            "n_layer",
            "num_layers",
            "n_layers",
            "decoder_layers",
            "depth",
        ),
    ),
    ConfigKeys(
        field="decoder_layers", keys=("decoder_layers", "num_decoder_layers", "num_layers", "num_hidden_layers")
    ),
    ConfigKeys(
        field="encoder_layers", keys=("encoder_layers", "num_encoder_layers", "num_layers", "num_hidden_layers")
    ),
    ConfigKeys(field="predicting_layers", keys=("num_nextn_predict_layers",)),
    ConfigKeys(field="hidden", keys=("hidden_size", "d_model", "n_embd", "dim", "model_dim")),
    ConfigKeys(
        field="intermediate",
        keys=("intermediate_size", "n_inner", "ffn_hidden_size", "d_ff", "ffn_dim", "decoder_ffn_dim"),
    ),
    ConfigKeys(
        field="expert_intermediate", keys=("moe_intermediate_size", "expert_ffn_hidden_size", "intermediate_size_moe")
    ),
    ConfigKeys(field="vocabulary", keys=("vocab_size", "padded_vocab_size", "n_vocab")),
    ConfigKeys(
        field="heads",
        keys=("num_attention_heads", "n_head", "n_heads", "num_heads", "decoder_attention_heads"),
    ),
    ConfigKeys(field="decoder_heads", keys=("decoder_attention_heads", "num_heads", "num_attention_heads", "n_head")),
    ConfigKeys(
        field="kv_heads",
        keys=("num_key_value_heads", "num_kv_heads", "n_head_kv", "multi_query_group_num", "n_kv_heads", "kv_n_heads"),
    ),
    ConfigKeys(field="head_dim", keys=("head_dim", "attention_head_dim", "kv_channels", "d_kv", "dim_head")),
    ConfigKeys(
        field="window",
        keys=("sliding_window", "sliding_window_size", "attention_window_size", "window_size"),
    ),
    ConfigKeys(field="chunk", keys=("attention_chunk_size",)),
    ConfigKeys(
        field="max_context",
        keys=(
            "max_position_embeddings",
            "n_positions",
            "max_sequence_length",
            "seq_length",
            "n_ctx",
            "max_seq_len",
            "max_target_positions",
        ),
    ),
    ConfigKeys(
        field="experts",
        keys=(
            "n_routed_experts",
            "num_local_experts",
            "num_experts",
            "moe_num_experts",
            "num_routed_experts",
            "ffn_config.moe_num_experts",
        ),
    ),
    ConfigKeys(
        field="experts_per_token",
        keys=(
            "num_experts_per_tok",
            "num_experts_per_token",
            "experts_per_token",
            "moe_topk",
            "moe_top_k",
            "moe_k",
            "top_k_experts",
            "num_selected_experts",
            "num_activated_experts",
            "expert_num_per_token",
            "moe_router_topk",
            "num_experts_per_topk",
            "ffn_config.moe_top_k",
        ),
    ),
    ConfigKeys(
        field="shared_experts",
        keys=("n_shared_experts", "num_shared_experts", "moe_num_shared_experts", "num_shared_expert"),
    ),
    ConfigKeys(field="q_lora_rank", keys=("q_lora_rank",)),
    ConfigKeys(field="kv_lora_rank", keys=("kv_lora_rank",)),
)

KEYS_OF: Final = {row.field: row.keys for row in CONFIG_KEYS}
