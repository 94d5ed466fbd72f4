"""Words in the inner part of a tensor name that tell its part: attention, mlp, norm, ...

Rows are tried in order on the last words of the module path; "_"-joined words of flattened LoRA names match too.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part with the regular expression that finds it in a name pattern."""

    part: str
    pattern: str
    source: str


PARTS: Final[tuple[Part, ...]] = (
    Part(
        part="shared_experts",
        pattern=r"shared_expert|shared_mlp|residual_moe|share_expert",
        source="DeepSeek, Qwen2-MoE, GLM-4.5, Llama 4, Hunyuan",
    ),
    Part(
        part="router",
        pattern=r"(?:mlp|moe|feed_forward|ffn|mixer|ff_i|block_sparse_moe)\.gate(?:\.|$)|router|wg\.|e_score_correction_bias",
        source="Mixtral, DeepSeek, Llama 4, Granite, DBRX, NLLB-MoE",
    ),
    Part(
        part="experts", pattern=r"experts?[._]|block_sparse_moe", source="Mixtral, DeepSeek, gpt-oss, DBRX, Granite MoE"
    ),
    Part(
        part="time_embedding",
        pattern=(
            r"time_(?:text_|caption_|guidance_|condition_)?embed|t_embedder|timestep|time_in\.|guidance_in\.|t_embedding"
            r"|vector_in\.|time_proj|guidance_embed|y_embedder|add_embedding|label_emb"
        ),
        source="diffusers embeddings; Black Forest Labs FLUX; CompVis latent-diffusion",
    ),
    Part(
        part="modulation",
        pattern=(
            r"adaLN|adaln|scale_shift_table|modulation|(?:img|txt)_mod|norm\d?(?:_context)?\.linear|norm_out\.linear"
            r"|mod\.lin|t_block|modF|modX|modC"
        ),
        source="DiT, FLUX, SD3, PixArt, Wan",
    ),
    Part(
        part="norm",
        pattern=r"(?:layer_?norm|layernorm|norm|ln)(?:[_\d]*|_[a-z0-9]+)(?:\.[a-z0-9_]+)?$|(?:^|\.)ln_?[a-z0-9]*\.|LayerNorm|\.bn\d?\.|norm[a-z0-9_]*\.(?:weight|bias|scale|gamma|beta|g|b)$|\.(?:gamma|beta)$",
        source="LayerNorm, RMSNorm, GroupNorm and BatchNorm modules",
    ),
    Part(
        part="attention",
        pattern=r"attn|attention|attentions|SelfAttention|\.wq|\.wk|\.wv|\.wo\.|qkv|to_[qkv]|[qkv]_proj|query_key_value|kv_[ab]_|q_[ab]_",
        source="attention modules",
    ),
    Part(
        part="ssm",
        pattern=r"mixer|mamba|ssm|x_proj|dt_proj|A_log|lstm|time_mix|conv1d|rnn|recurrent",
        source="Mamba, RWKV, LSTM",
    ),
    Part(
        part="mlp",
        pattern=r"mlp|ffn|feed_forward|ff\.|ff_|DenseReluDense|fc\d|c_fc|intermediate|output\.dense|channel_mix|gate_proj|up_proj|down_proj|w[123]\.|linear1|linear2|dense_h_to_4h|dense_4h_to_h",
        source="feed-forward modules",
    ),
    Part(
        part="resnet",
        pattern=r"resnets?|res_?blocks?|in_layers|out_layers|emb_layers|skip_connection|nin_shortcut|RDB",
        source="residual blocks",
    ),
    Part(part="conv", pattern=r"conv|downsampl|upsampl|patch_embed", source="convolutions"),
    Part(part="embedding", pattern=r"embed|wte|wpe|shared\.weight|class_token|cls_token|position", source="embeddings"),
    Part(part="projection", pattern=r"proj|projector|linear|dense|fc|merger", source="projections"),
)
