"""Words in a tensor name that tell its part: attention, mlp, norm, ...

Two readings: `OUTER` rows are searched in the whole name and win wherever they stand; then the words of the name are
read from the inside out, and the first that one of the `INNER` rows knows decides; `WEAK` rows come last.
"""

from typing import Final

from inspector.values import frozen


@frozen
class Part:
    """A part with the regular expression that finds it; `components` limits it to some components, () is all."""

    part: str
    pattern: str
    components: tuple[str, ...] = ()
    source: str


OUTER: Final[tuple[Part, ...]] = (
    Part(
        part="shared_experts",
        pattern=r"shared?_?experts?|shared_mlp|residual_moe|residual_mlp",
        source="DeepSeek, Qwen2-MoE, GLM-4.5, Llama 4, Hunyuan, Arctic",
    ),
    Part(
        part="router",
        pattern=(
            r"\.(?:mlp|moe|feed_forward|ffn|mixer|ff_i|ff_t|block_sparse_moe|mlp_moe)\.gate(?:\.|$)|\brouter\b|\brouters\b"
            r"|gate\.wg\b|expert_bias"
        ),
        source="Mixtral, DeepSeek, Llama 4, Granite, DBRX, NLLB-MoE, HiDream",
    ),
    Part(
        part="experts",
        pattern=r"\bexperts?[._]|\bexperts$|block_sparse_moe(?!\.(?:gate|up|down)_proj)|\.moe\.(?:\*\.)?(?:input_linear|output_linear|linear|(?:gate|up|down)_proj)|\bmlp\.(?:in|out)put_linear",
        source="Mixtral, DeepSeek, gpt-oss, DBRX, Granite MoE",
    ),
    Part(
        part="modulation",
        pattern=(
            r"adaLN|adaln_single\.linear|scale_shift_table|modulation|(?:img|txt)_mod\b|norm\w*\.linear|\bmod\w?\.(?:\*|lin)"
            r"|(?<![a-z])t_block|\.emb\.linear"
        ),
        components=("transformer", "controlnet", "unclassified"),
        source="DiT, FLUX, SD3, PixArt, Wan",
    ),
    Part(
        part="time_embedding",
        pattern=(
            r"time_(?:text_|caption_|guidance_|condition_)?embed|\bt_embedder|timestep|\btime_in\b|\bguidance_in\b"
            r"|\bvector_in\b|\btime_proj|\by_embedder|add_embedding|label_emb|adaln_single\.emb|time_step_proj|time_mlp"
        ),
        components=("transformer", "controlnet", "unet", "vae", "unclassified"),
        source="diffusers embeddings; Black Forest Labs FLUX; CompVis latent-diffusion",
    ),
    Part(
        part="resnet",
        pattern=r"resnets?\b|res_?blocks\b|in_layers|out_layers|emb_layers|skip_connection|downsamplers|upsamplers",
        components=("unet", "controlnet", "vae", "adapter", "motion"),
        source="CompVis latent-diffusion, diffusers",
    ),
    Part(
        part="resnet",
        pattern=r"(?:up|down)\.\*\.block\.|mid\.block_|\.residual\.|res_block",
        components=("vae",),
        source="CompVis latent-diffusion, Wan VAE",
    ),
    Part(
        part="ssm",
        pattern=r"(?:mixer|mamba|ssm)\.(?:in_proj|out_proj|conv1d|x_proj|dt_proj|A_log|D\b|dt_bias|norm|dt_|b_|c_)|lstm",
        source="Mamba, Jamba, Nemotron-H; recurrent layers",
    ),
)

INNER: Final[tuple[Part, ...]] = (
    Part(
        part="norm",
        pattern=(r"\w*norm\w*|\w*LayerNorm|(?:.*_)?(?:bn|ln)(?:[_\d*].*)?"),
        source="LayerNorm, RMSNorm, GroupNorm and BatchNorm modules",
    ),
    Part(
        part="ssm",
        pattern=r"mamba|ssm|linear_attn|time_mix\w*|recurrent\w*|dt_proj|A_log|mlstm_layer|slstm_layer|rnn\w*|short_conv",
        source="Mamba, Qwen3-Next, RWKV, xLSTM",
    ),
    Part(
        part="mlp",
        pattern=(
            r"(?:\w+_)?(?:mlp|ffn|ff|feed_?forward)(?:[_\d*X]\w*)?|DenseReluDense|intermediate|(?:gate|up|down|gate_up)_proj"
            r"|fc_?[\d*]+|c_fc\w*|w[123]|wi(?:_[\d*])?|dense_(?:h_to_4h|4h_to_h)|pwconv\d|channel_mix\w*|lin[12]|linear[12]|channelwise\w*|ffw_layer\w*"
        ),
        source="feed-forward modules",
    ),
    Part(
        part="attention",
        pattern=(
            r".*(?:attn|[aA]ttention)(?!s$).*|[qkv]_proj|o_proj|qkv\w*|to_(?:[qkv]|out|qkv)|w[qkv]|query_key_value|W_?pack"
            r"|[qk]v_[ab]_\w+|[qk]_[ab]_\w+|kv_proj|out_proj|in_proj_weight|in_proj_bias|[qkv]_lin|out_lin|query|key|value|SelfAttention|EncDecAttention"
        ),
        source="attention modules",
    ),
    Part(
        part="resnet",
        pattern=r"RDB\d|rdb\d|resblocks?|res_?net\w*",
        components=("upscaler", "vocoder", "codec"),
        source="residual blocks",
    ),
    Part(
        part="conv",
        pattern=r".*conv\w*|convolution|.*downsampl\w*|.*upsampl\w*|stem\d?|patch_embed\w*|zero_convs|conv_pos_embed|controlnet_\w*blocks?",
        source="convolutions",
    ),
    Part(
        part="head",
        pattern=r"lm_heads?|classifier|score|shared_head|predictions|seq_relationship",
        source="output layers",
    ),
    Part(
        part="embedding",
        pattern=(
            r"(?:\w+_)?(?:embed|embeds|embeddings?|embedder)(?:_\w+)?|wte|wpe|shared|class_token|cls_token|pos_emb\w*"
            r"|embed_\w+|(?:img|txt|x|text)_in|register_tokens|query_tokens|mask_token"
        ),
        source="embeddings",
    ),
)

WEAK: Final[tuple[Part, ...]] = (
    Part(
        part="projection",
        pattern=r".*proj(?:ection|ector|_in|_out)?(?:_\*)?|merger|connector|aligner|.*_projection|resampler",
        source="projections",
    ),
    Part(
        part="mlp",
        pattern=r"(?:\w+_)?(?:output|inter|intermediate)(?:_query)?|lin|l[12]",
        components=("text_encoder", "vision_encoder", "audio_encoder", "projector", "transformer"),
        source="BERT output layers",
    ),
)
