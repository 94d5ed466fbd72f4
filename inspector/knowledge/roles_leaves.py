"""Words in tensor names that decide on their own: buffers, adapter leaves, heads, token tables."""

from typing import Final

from inspector.values import frozen


@frozen
class Leaf:
    """A regular expression on the end of a name pattern, and the numbers of dimensions that it needs, () for any."""

    pattern: str
    dims: tuple[int, ...] = ()
    source: str


#: What is not trained, told by the last two words of a name. A buffer stays with its module; `SCHEDULES` have none.
BUFFERS: Final[tuple[Leaf, ...]] = (
    Leaf(pattern=r"(?:attn|attention|self_attn)\.bias", dims=(4,), source="GPT-2, GPT-NeoX masks"),
    Leaf(pattern=r"(?:\w+\.)?masked_bias", source="GPT-NeoX"),
    Leaf(
        pattern=r"(?:.*[._])?(?:inv_freq|cos_cached|sin_cached|freqs_cis|rope_freqs|cached_freqs)",
        source="rotary tables",
    ),
    Leaf(pattern=r"rotary_emb\.(?:freqs|scale|cos|sin)", source="rotary tables"),
    Leaf(
        pattern=r"(?:.*[._])?(?:position_ids|token_type_ids|attn_mask(?:_[\d*]+)?|causal_mask|triu_mask|input_ids)",
        source="BERT, CLIP, Swin",
    ),
    Leaf(
        pattern=r"(?:.*\.)?(?:relative_position_index\w*|relative_coords_table|relative_position_bucket)",
        source="Swin, BEiT",
    ),
    Leaf(pattern=r"(?:.*\.)?(?:attention_bias_idxs|rpe_biases)", source="LeViT, EfficientFormer, DAT"),
    Leaf(pattern=r"(?:.*\.)?(?:running_mean|running_var|num_batches_tracked)", source="torch BatchNorm"),
    Leaf(
        pattern=r"(?:.*\.)?(?:cluster_size|cluster_usage|embed_avg|embed_sum|inited)|\w*codebook\.initialized",
        source="EnCodec, Mimi and other vector quantisers",
    ),
    Leaf(pattern=r"(?:.*\.)?(?:slope_rate|query_decay|key_decay|diagonal_decay)", source="MiniMax lightning attention"),
    Leaf(
        pattern=r"(?:.*\.)?(?:mel_filters|mel_basis|hann_window|window)|mel_scale\.fb", source="torchaudio transforms"
    ),
    Leaf(pattern=r"(?:.*\.)?final_logits_bias", source="BART"),
    Leaf(pattern=r"model_ema\.(?:decay|num_updates)", source="CompVis LitEma"),
)

#: Buffers of no module.
SCHEDULES: Final[tuple[Leaf, ...]] = (
    Leaf(
        pattern=(
            r"(?:model\.)?(?:betas|alphas_cumprod|alphas_cumprod_prev|sqrt_alphas_cumprod|sqrt_one_minus_alphas_cumprod"
            r"|log_one_minus_alphas_cumprod|sqrt_recip_alphas_cumprod|sqrt_recipm\*_alphas_cumprod"
            r"|sqrt_recipm1_alphas_cumprod|posterior_variance|posterior_log_variance_clipped|posterior_mean_coef\d"
            r"|lvlb_weights|logvar|scale_factor|(?:denoiser\.)?sigmas|log_sigmas)"
        ),
        source="CompVis latent-diffusion DDPM",
    ),
    Leaf(pattern=r"(?:denoiser|model_sampling)\.(?:sigmas|log_sigmas)", source="Stability SGM"),
)

#: Leaves of adapters laid over another model's weights.
ADAPTER_LEAVES: Final = (
    r"lora_[ABEud]|lora_mid|lora_embedding|lora_magnitude|\.lora\.(?:up|down)|[._]lora\.|hada_w|lokr_w|lokr_t|dora_scale"
    r"|oft_blocks|oft_diag|oft_R|oft_S|boft_|ia3_l|vera_lambda|\.lora_linear_layer\.|_lora\d?\.|(?:^|[._])ip_adapter[._]|(?:^|\.)prompt_embeddings|\.on_input"
    r"|\.(?:fourierft|waveft)_spectrum|\.hra_u|\.(?:bone|miss)_block|vblora_(?:logits|vector_bank)|\.randlora_|\.shira_weight"
    r"|\.c3a_kernel|\.road_(?:theta|alpha)|\.oft_r\b|\.adaption_(?:prompt|gate)|\.ln_tuning_layers\.|vera_[AB]\b"
)
#: Words of weights that stand beside the adapters laid over them (PEFT, torch parametrizations).
ADAPTED: Final = (".base_layer.", ".parametrizations.")
#: How torch names a weight that a parametrisation makes.
PARAMETRISED: Final = ".parametrizations.weight.original"
#: Side data of adapters: scales that multiply what is trained.
ADAPTER_SIDE_DATA: Final = r"(?:.*[._])?alpha"

#: Signs of a layer that predicts further tokens, and the part of its name that is the layer's.
MTP_SIGNS: Final = r"(?P<mtp>.*\.)\*\.(?:eh_proj|enorm|hnorm|shared_head)\b.*"

#: Text encoders that a number tells apart.
NUMBERED_ENCODERS: Final = r"(?P<encoder>conditioner\.embedders\.)\*\..*"

#: Module words that name a token table whatever its size.
TOKEN_TABLES: Final = frozenset(
    {
        *("audio_embeddings", "depformer_emb", "embed_audio_tokens", "embed_in", "embed_prompts"),
        *("embed_text_tokens", "embed_tokens", "embed_tokens_per_layer"),
        *("encoder_hash_tok_embedding", "gen_embed", "generation_embeddings", "in_out_embed"),
        *("input_embedding", "input_embeds_layer", "input_embeds_layers", "shared", "text_emb"),
        *("text_embeddings", "tok_embed", "tok_embedding", "tok_embeddings", "token_embedder"),
        *("token_embedding", "token_embeddings", "tokens_embed", "visual_embeddings_table", "vte"),
        *("w_embedding", "word_embed", "word_embedding", "word_embeddings", "wte"),
    }
)

#: Module words that name a token table where it is large.
POSSIBLE_TABLES: Final = frozenset({"emb", "embed", "embedding", "embeddings", "w"})

#: Module words of position tables and of the kinds of a token.
POSITION_TABLES: Final = frozenset(
    {
        *("embed_positions", "embed_positions_in", "mel_embedding", "mm_pos_emb", "new_embedding"),
        *("ngram_embeddings", "pos_emb", "pos_embedding", "pos_embeddings", "position_embedding"),
        *("position_embeddings", "position_embeddings_table", "position_embeds_layer"),
        *("position_encodings", "positional_embedding", "positions_embed", "prompt_embedding"),
        *("segment_embedding", "text_embedding", "token_type_embeddings", "wpe"),
    }
)

#: Module words of a language model's tables.
EMBEDDINGS: Final = TOKEN_TABLES | POSSIBLE_TABLES | POSITION_TABLES

#: What a word says that stands between a tower and a language model; and what it says among the language model's own.
BETWEEN: Final = r".*(?:proj(?:ector|ection|s)?$|_proj_|connect|adapt[eo]r|resampl|align|merger|bridge)"
BETWEEN_OWN: Final = (
    rf"(?=.*(?:mm|modal|vis|image|img|audio|speech|video)){BETWEEN}|(?:adapter|connector|resampler|bridge)(?:_model)?$"
)

#: Module words of output layers and classifiers.
HEADS: Final = frozenset(
    {
        *(
            "bbox_attention",
            "bbox_embed",
            "bbox_predictor",
            "class_embed",
            "class_labels_classifier",
            "class_predictor",
            "classifier",
        ),
        *("cls", "embed_out", "ff_out", "final_proj", "generator", "head", "heads"),
        *("linears", "lm_head_layer", "logits", "logits_dense", "logits_proj", "mask_embedder", "output"),
        *("output_layer", "output_projection", "proj_out", "qa_outputs", "score", "text_linear", "unembed"),
    }
)

#: How most words of output layers end, and words that end so and name none.
HEAD_ENDS: Final = ("_head", "_heads")
NO_HEADS: Final = frozenset({"conv_head", "hc_head", "m_head"})

#: Module words of what stands on top of a vision or audio tower.
CLASSIFIERS: Final = frozenset(
    {
        *(
            "bbox_embed",
            "bbox_predictor",
            "class_embed",
            "class_labels_classifier",
            "class_predictor",
            "classifier",
            "cls_classifier",
        ),
        *("distillation_classifier", "fc", "head", "head_dist", "heads", "last_linear", "logits"),
        *("projector"),
    }
)

#: Names of textual inversion files: one table of new words for each text encoder.
TEXTUAL_INVERSIONS: Final = frozenset(
    {
        *("clip_g", "clip_l", "emb_params", "string_to_param", "t5", "t5xxl", "text_encoders_0"),
        *("text_encoders_1",),
    }
)

#: First words of a text-to-speech model that runs without a language model.
TTS_PARTS: Final = {
    "text_encoder": "text_encoder",
    "enc_p": "text_encoder",
    "bert": "text_encoder",
    "bert_encoder": "text_encoder",
    "decoder": "vocoder",
    "dec": "vocoder",
    "generator": "vocoder",
    "posterior_encoder": "audio_encoder",
    "enc_q": "audio_encoder",
    "encoder": "text_encoder",
}

#: What a text and an image tower share: the scale and bias of their contrast.
CONTRAST: Final = frozenset({"logit_bias", "logit_scale", "logit_scale_a", "logit_scale_t", "temperature"})

#: Last words of tokenizers that are stored as tensors of bytes.
TOKENIZERS: Final = frozenset(
    {
        *("spiece_model", "tekken_model", "tokenizer", "tokenizer_json", "tokenizer_model", "vocab"),
    }
)

#: Parts of a head that pools by attention, which belongs to its tower.
POOLING: Final = frozenset(
    {
        *("attention", "cls_token", "k_proj", "mlp", "output_proj", "probe", "q_proj", "v_proj"),
    }
)

#: Words before the number of a block, and before the number of an expert.
BLOCK_WORDS: Final = r"(?:\w*(?:layers?|blocks?|stages?)|h|sub)"
EXPERT_WORDS: Final = r"(?:\w*experts?(?:[._]expert)?)"
