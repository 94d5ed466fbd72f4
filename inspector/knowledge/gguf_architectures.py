"""How the GGUF converter treats each architecture: what it drops, renames, splits, turns and adds.

An architecture without rules is served by the names alone (knowledge/gguf_names.py). Rules are written on names with
the block number folded to `*`; a leaf is what follows the block number, without `.weight` or `.bias`.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from inspector.values import field, frozen

SOURCE: Final = "conversion/*.py, ggml-org/llama.cpp@007dbbf3"


@frozen
class GgufRule:
    """One treatment: `match` is a regular expression on the folded name.

    "drop": not written. "rename": `match` becomes `to`. "split": cut along the rows into `parts`, (name to
    substitute, size); a size is "half" or the name of a number of rows. "stack": all members of a block become one
    tensor named `to`. "transpose": last two dimensions change places. "squeeze": dimensions of 1 go.
    "column": one becomes a matrix of one column. "rows": a table that loses its rows past the vocabulary.
    """

    kind: str
    match: str
    to: str = ""
    parts: tuple[tuple[str, str], ...] = ()


@frozen
class GgufArchitecture:
    """One GGUF architecture with the transformers classes that the converter accepts for it.

    `names` overrides knowledge/gguf_names.py for leaves; `mtp` says what happens to blocks past `num_hidden_layers`:
    "drop" or "keep"; `layers_70b` is the block count that the quantiser takes for a 70B model;
    `kv_heads_per_block`: the file holds a list of key/value heads, 0 for blocks without attention.
    """

    id: str
    classes: tuple[str, ...]
    rules: tuple[GgufRule, ...] = ()
    names: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    mtp: str = ""
    layers_70b: int = 0
    kv_heads_per_block: bool = False
    source: str = SOURCE


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _drop(match: str) -> GgufRule:
    return GgufRule(kind="drop", match=match)


def _rename(match: str, to: str) -> GgufRule:
    return GgufRule(kind="rename", match=match, to=to)


def _split(match: str, *parts: tuple[str, str]) -> GgufRule:
    return GgufRule(kind="split", match=match, parts=parts)


def _rule(kind: str, match: str, to: str = "") -> GgufRule:
    return GgufRule(kind=kind, match=match, to=to)


def _arch(
    arch: str,
    classes: str,
    *rules: GgufRule,
    names: Mapping[str, str] | None = None,
    mtp: str = "",
    layers_70b: int = 0,
    kv_heads_per_block: bool = False,
) -> GgufArchitecture:
    return GgufArchitecture(
        id=arch,
        classes=_words(classes),
        rules=rules,
        names=MappingProxyType(names or {}),
        mtp=mtp,
        layers_70b=layers_70b,
        kv_heads_per_block=kv_heads_per_block,
    )


#: What the converter does with every text model, before an architecture's own rules.
COMMON_RULES: Final = (
    _rename(r"e_score_correction_bias$", "e_score_correction.bias"),
    _rename(r"\.expert_bias$", ".expert_bias.bias"),
    _rename(r"language_model\.", ""),
)

#: Tensors that no text model keeps: other modalities (they go into a separate mmproj file) and rotary tables.
COMMON_DROPS: Final = (
    r"^(mlp|vit\.|vpm\.|siglip2\.|conformer\.|merger\.|resampler\.|sound_encoder\.|sound_projection\."
    r"|speech_embeddings\.)|visual\.|vision\.|audio\.|talker\.|vision_|audio_|token2wav\.|code2wav\.|projector\."
    r"|pre_mm_projector_norm|image_newline|view_seperator|patch_embed|patch_merger\.|patch_merge_mlp\.|model\.connector\."
    r"|\.attention\.masked_bias$|\.attention\.bias$|\.rotary_emb\.inv_freq$"
)

_POST_ATTENTION: Final = {"post_attention_layernorm": "post_attention_norm"}
_HEAD_DROPPED: Final = (_drop(r"^lm_head\.weight$"),)
_TIED_HEAD: Final = (_rule("tied-head", r"^(model\.)?lm_head\.weight$"),)
_GATE_UP_HALVES: Final = _split(
    r"\.experts\.gate_up_proj(\.weight)?$", (".experts.gate_proj.weight", "half"), (".experts.up_proj.weight", "half")
)
_EXPERTS_DOWN: Final = _rename(r"\.experts\.down_proj$", ".experts.down_proj.weight")
_EXPERTS_TURNED: Final = (
    _rule("transpose", r"\.experts\.(gate_up_proj|down_proj)$"),
    _GATE_UP_HALVES,
    _EXPERTS_DOWN,
)
_EXPERTS_FUSED: Final = (_GATE_UP_HALVES, _EXPERTS_DOWN)
_MLA: Final = (
    _split(r"kv_b_proj\.weight$", ("k_b_proj.weight", "mla_k"), ("v_b_proj.weight", "mla_v")),
    *_TIED_HEAD,
    _drop(r"sam_model|qwen2_model"),
)
_SSM: Final = (
    _rename(r"^model\.(backbone|lm_head)", r"\1"),
    _rename(r"\.dt_bias$", ".dt_proj.bias"),
    _rule("squeeze", r"conv1d\.weight$"),
    _rule("column", r"\.(A_log|D)$"),
    _rule("groups", r"(mixer|mamba)\.norm\.weight$"),
)
_GRANITE_MOE: Final = (
    _split(
        r"block_sparse_moe\.input_linear\.weight$",
        ("block_sparse_moe.experts.w1.weight", "half"),
        ("block_sparse_moe.experts.w3.weight", "half"),
    ),
    _split(
        r"shared_mlp\.input_linear\.weight$",
        ("shared_mlp.gate_proj.weight", "half"),
        ("shared_mlp.up_proj.weight", "half"),
    ),
)
_GRANITE_NAMES: Final = {
    "shared_mlp.gate_proj": "ffn_gate_shexp",
    "shared_mlp.up_proj": "ffn_up_shexp",
}
_QWEN_LINEAR: Final = (
    _rename(r"^model\.mtp\.", "mtp."),
    _rename(r"^mtp\.layers\.\*", "model.layers.mtp"),
    _rename(r"^mtp\.fc\.", "model.layers.mtp.eh_proj."),
    _rename(r"^mtp\.pre_fc_norm_embedding\.", "model.layers.mtp.enorm."),
    _rename(r"^mtp\.pre_fc_norm_hidden\.", "model.layers.mtp.hnorm."),
    _rename(r"^mtp\.norm\.", "model.layers.mtp.shared_head.norm."),
    _rename(r"\.dt_bias$", ".dt_proj.bias"),
    _rule("squeeze", r"conv1d\.weight$"),
    _split(
        r"linear_attn\.in_proj_qkvz\.weight$",
        ("linear_attn.in_proj_qkv.weight", "linear_qkv"),
        ("linear_attn.in_proj_z.weight", "linear_z"),
    ),
)
_QWEN_LINEAR_NAMES: Final = {**_POST_ATTENTION, "mixer.out_proj": "ssm_out"}
_BERT: Final = (
    _rename(r"^(bert|roberta|distilbert|camembert)\.", ""),
    _rename(r"\.gamma$", ".weight"),
    _rename(r"\.beta$", ".bias"),
    _drop(r"^embeddings\.position_ids$|^pooler\.dense\.|^cls\.(predictions|seq_relationship)|^vocab_"),
)
_T5: Final = (
    _rule("shared-embedding", r"^(encoder\.embed_tokens|decoder\.embed_tokens|shared)\.weight$", "shared.weight"),
)
_RWKV_NAMES: Final = {
    "self_attn.q_proj": "time_mix_receptance",
    "self_attn.k_proj": "time_mix_key",
    "attention.k_proj": "time_mix_key",
    "self_attn.v_proj": "time_mix_value",
    "attention.v_proj": "time_mix_value",
    "self_attn.o_proj": "time_mix_output",
    "attention.o_proj": "time_mix_output",
    "post_attention_layernorm": "attn_norm_2",
    "ln2": "attn_norm_2",
}
_THINKER: Final = (_rename(r"thinker\.", ""),)

ARCHITECTURES: Final = (
    _arch(
        "llama",
        "LlamaForCausalLM LLaMAForCausalLM MistralForCausalLM MixtralForCausalLM VLlama3ForCausalLM "
        "LlavaForConditionalGeneration VoxtralForConditionalGeneration IQuestCoderForCausalLM LlamaModel "
        "InternLM3ForCausalLM JanusForConditionalGeneration UltravoxModel Sarashina2VisionForCausalLM",
        _rename(r"text_model\.", ""),
        layers_70b=80,
    ),
    _arch("mistral3", "Mistral3ForConditionalGeneration Ministral3ForCausalLM"),
    _arch("llama4", "Llama4ForConditionalGeneration Llama4ForCausalLM", *_EXPERTS_TURNED),
    _arch("arcee", "ArceeForCausalLM"),
    _arch("llama-embed", "LlamaBidirectionalModel"),
    _arch("smollm3", "SmolLM3ForCausalLM"),
    _arch("apertus", "ApertusForCausalLM", _drop(r"\.act_fn\.(alpha_n|alpha_p|beta|eps)$")),
    _arch("deci", "DeciLMForCausalLM", layers_70b=80, kv_heads_per_block=True),
    _arch("qwen", "QWenLMHeadModel"),
    _arch(
        "qwen2",
        "Qwen2ForCausalLM Qwen2Model Qwen2AudioForConditionalGeneration KORMoForCausalLM "
        "AudioFlamingo3ForConditionalGeneration DotsOCRForCausalLM",
        layers_70b=80,
    ),
    _arch("qwen2moe", "Qwen2MoeForCausalLM", *_EXPERTS_FUSED),
    _arch(
        "qwen2vl",
        "Qwen2VLForConditionalGeneration Qwen2VLModel Qwen2_5_VLForConditionalGeneration Qwen2_5OmniModel",
        *_THINKER,
    ),
    _arch("qwen3", "Qwen3ForCausalLM Qwen3Model StepVLForConditionalGeneration"),
    _arch("qwen3moe", "Qwen3MoeForCausalLM", *_EXPERTS_FUSED),
    _arch("rnd1", "RND1", *_EXPERTS_FUSED),
    _arch("qwen3vl", "Qwen3VLForConditionalGeneration Qwen3ASRForConditionalGeneration", *_THINKER),
    _arch(
        "qwen3vlmoe",
        "Qwen3VLMoeForConditionalGeneration Qwen3OmniMoeForConditionalGeneration",
        *_THINKER,
        *_EXPERTS_TURNED,
    ),
    _arch("qwen3next", "Qwen3NextForCausalLM", *_QWEN_LINEAR, *_EXPERTS_FUSED, names=_QWEN_LINEAR_NAMES, mtp="keep"),
    _arch(
        "qwen35",
        "Qwen3_5ForConditionalGeneration Qwen3_5ForCausalLM",
        *_QWEN_LINEAR,
        names=_QWEN_LINEAR_NAMES,
        mtp="keep",
    ),
    _arch(
        "qwen35moe",
        "Qwen3_5MoeForConditionalGeneration Qwen3_5MoeForCausalLM",
        *_QWEN_LINEAR,
        *_EXPERTS_FUSED,
        names=_QWEN_LINEAR_NAMES,
        mtp="keep",
    ),
    _arch("gemma", "GemmaForCausalLM", *_HEAD_DROPPED),
    _arch("gemma2", "Gemma2ForCausalLM", *_HEAD_DROPPED, names=_POST_ATTENTION),
    _arch(
        "gemma3",
        "Gemma3ForCausalLM Gemma3ForConditionalGeneration",
        _rule("rows", r"embed_tokens\.weight$"),
        names=_POST_ATTENTION,
    ),
    _arch(
        "gemma-embedding",
        "Gemma3TextModel",
        _rule("rows", r"embed_tokens\.weight$"),
        names=_POST_ATTENTION,
    ),
    _arch(
        "gemma3n",
        "Gemma3nForCausalLM Gemma3nForConditionalGeneration",
        _rename(r"_scale$", "_scale.weight"),
        _rule("stack", r"^model\.altup_projections\.\*\.weight$", "model.altup_projections.weight"),
        _rule("stack", r"^model\.altup_unembed_projections\.\*\.weight$", "model.altup_unembed_projections.weight"),
        names=_POST_ATTENTION,
    ),
    _arch(
        "gemma4",
        "Gemma4ForConditionalGeneration Gemma4ForCausalLM Gemma4UnifiedForConditionalGeneration",
        _rename(r"(per_dim_scale|layer_scalar)$", r"\1.weight"),
        _rename(r"(\.experts\.(gate_up_proj|down_proj))$", r"\1.weight"),
        names=_POST_ATTENTION,
    ),
    _arch("phi2", "PhiForCausalLM"),
    _arch("phi3", "Phi3ForCausalLM Phi4ForCausalLMV"),
    _arch("phimoe", "PhiMoEForCausalLM"),
    _arch("stablelm", "StableLmForCausalLM StableLMEpochForCausalLM LlavaStableLMEpochForCausalLM"),
    _arch("starcoder", "GPTBigCodeForCausalLM"),
    _arch("starcoder2", "Starcoder2ForCausalLM"),
    _arch(
        "gpt2",
        "GPT2LMHeadModel",
        _drop(r"\.attn\.(masked_)?bias$"),
        _rule("transpose", r"\.(c_attn|c_proj|c_fc)\.weight$"),
    ),
    _arch("gptneox", "GPTNeoXForCausalLM"),
    _arch("falcon", "FalconForCausalLM RWForCausalLM", names={"post_attention_layernorm": "attn_norm_2"}),
    _arch("bloom", "BloomForCausalLM BloomModel", _rename(r"transformer\.", "")),
    _arch("mpt", "MPTForCausalLM"),
    _arch("olmo", "OlmoForCausalLM OLMoForCausalLM", layers_70b=80),
    _arch("olmo2", "Olmo2ForCausalLM Olmo3ForCausalLM", names=_POST_ATTENTION),
    _arch("olmoe", "OlmoeForCausalLM"),
    _arch("seed_oss", "SeedOssForCausalLM", names=_POST_ATTENTION),
    _arch("glm4", "Glm4ForCausalLM Glm4vForConditionalGeneration GlmOcrForConditionalGeneration"),
    _arch(
        "glm4moe",
        "Glm4MoeForCausalLM Glm4vMoeForConditionalGeneration SolarOpenForCausalLM",
        names=_POST_ATTENTION,
        mtp="keep",
    ),
    _arch("glm-dsa", "GlmMoeDsaForCausalLM", *_MLA, mtp="keep"),
    _arch(
        "chatglm",
        "GlmForCausalLM ChatGLMModel ChatGLMForConditionalGeneration",
        _drop(r"\.rotary_pos_emb\.inv_freq$"),
        _rename(r"^transformer\.", ""),
    ),
    _arch("deepseek", "DeepseekForCausalLM"),
    _arch(
        "deepseek2",
        "DeepseekV2ForCausalLM DeepseekV3ForCausalLM DeepseekOCRForCausalLM UnlimitedOCRForCausalLM "
        "KimiVLForConditionalGeneration KimiK25ForConditionalGeneration YoutuForCausalLM "
        "YoutuVLForConditionalGeneration",
        *_MLA,
        mtp="drop",
    ),
    _arch("deepseek32", "DeepseekV32ForCausalLM", *_MLA, mtp="keep"),
    _arch(
        "gpt-oss",
        "GptOssForCausalLM",
        _rename(r"sinks$", "sinks.weight"),
        _rename(r"\.experts\.down_proj_bias$", ".experts.down_proj.bias"),
        _split(
            r"\.experts\.gate_up_proj_bias$",
            (".experts.gate_proj.bias", "columns"),
            (".experts.up_proj.bias", "columns"),
        ),
        *_EXPERTS_TURNED,
        names=_POST_ATTENTION,
    ),
    _arch("granite", "GraniteForCausalLM", _drop(r"^encoder\.|image_|layerwise_projectors|spatial_projectors")),
    _arch("granitemoe", "GraniteMoeForCausalLM GraniteMoeSharedForCausalLM", *_GRANITE_MOE, names=_GRANITE_NAMES),
    _arch(
        "granitehybrid",
        "GraniteMoeHybridForCausalLM BambaForCausalLM",
        *_GRANITE_MOE,
        *_SSM,
        names={**_GRANITE_NAMES, "mixer.out_proj": "ssm_out"},
        kv_heads_per_block=True,
    ),
    _arch("command-r", "CohereForCausalLM"),
    _arch("cohere2", "Cohere2ForCausalLM", _drop(r"\.bias$")),
    _arch("cohere2moe", "Cohere2MoeForCausalLM", _drop(r"\.bias$"), mtp="keep"),
    _arch(
        "dbrx",
        "DbrxForCausalLM",
        _rule("experts", r"ffn\.experts\.mlp\.(w1|v1)$", "ffn_rows"),
        _rule("experts", r"ffn\.experts\.mlp\.w2$", "ffn_columns"),
    ),
    _arch(
        "jamba",
        "JambaForCausalLM",
        _rename(r"\.moe\.", ".feed_forward."),
        _rule("squeeze", r"conv1d\.weight$"),
        names={"mixer.out_proj": "ssm_out"},
        kv_heads_per_block=True,
    ),
    _arch(
        "mamba",
        "MambaForCausalLM MambaLMHeadModel FalconMambaForCausalLM",
        _rule("squeeze", r"conv1d\.weight$"),
        _rule("tied-head", r"^lm_head\.weight$", "by default"),
        names={"mixer.out_proj": "ssm_out"},
    ),
    _arch("mamba2", "Mamba2ForCausalLM", *_SSM, names={"mixer.out_proj": "ssm_out"}),
    _arch(
        "falcon-h1",
        "FalconH1ForCausalLM",
        *_SSM,
        names={"mixer.out_proj": "ssm_out"},
    ),
    _arch(
        "nemotron_h",
        "NemotronHForCausalLM",
        _rename(r"mixer\.experts\.", "mlp.experts."),
        *_SSM,
        names={"mixer.out_proj": "ssm_out"},
        kv_heads_per_block=True,
    ),
    _arch("nemotron", "NemotronForCausalLM"),
    _arch("rwkv6", "Rwkv6ForCausalLM", names=_RWKV_NAMES),
    _arch("lfm2", "Lfm2ForCausalLM LFM2ForCausalLM", _rule("squeeze", r"conv\.conv\.weight$"), kv_heads_per_block=True),
    _arch(
        "lfm2moe",
        "Lfm2MoeForCausalLM",
        _rule("squeeze", r"conv\.conv\.weight$"),
        kv_heads_per_block=True,
    ),
    _arch("exaone", "ExaoneForCausalLM"),
    _arch("exaone4", "Exaone4ForCausalLM Exaone4_5_ForConditionalGeneration", _drop(r"^mtp\."), names=_POST_ATTENTION),
    _arch("exaone-moe", "ExaoneMoEForCausalLM ExaoneMoeForCausalLM", _drop(r"^mtp\.")),
    _arch(
        "internlm2",
        "InternLM2ForCausalLM",
        _split(
            r"attention\.wqkv\.weight$",
            ("attention.wq.weight", "q"),
            ("attention.wk.weight", "kv"),
            ("attention.wv.weight", "kv"),
        ),
    ),
    _arch("minicpm", "MiniCPMForCausalLM"),
    _arch("minicpm3", "MiniCPM3ForCausalLM"),
    _arch(
        "baichuan",
        "BaichuanForCausalLM BaiChuanForCausalLM",
        _split(
            r"self_attn\.W_pack\.weight$",
            ("self_attn.q_proj.weight", "third"),
            ("self_attn.k_proj.weight", "third"),
            ("self_attn.v_proj.weight", "third"),
        ),
    ),
    _arch("xverse", "XverseForCausalLM"),
    _arch("orion", "OrionForCausalLM"),
    _arch("bitnet", "BitnetForCausalLM BitNetForCausalLM"),
    _arch("dots1", "Dots1ForCausalLM"),
    _arch("dream", "DreamModel"),
    _arch(
        "ernie4_5",
        "Ernie4_5ForCausalLM Ernie4_5_ForCausalLM",
        _rename(r"ernie\.", "model."),
    ),
    _arch(
        "ernie4_5-moe",
        "Ernie4_5_MoeForCausalLM",
        _drop(r"^model\.mtp_(block|emb_norm|hidden_norm|linear_proj)\."),
        *_EXPERTS_FUSED,
    ),
    _arch("hunyuan-moe", "HunYuanMoEV1ForCausalLM", *_TIED_HEAD),
    _arch("hunyuan-dense", "HunYuanDenseV1ForCausalLM", *_TIED_HEAD),
    _arch("minimax-m2", "MiniMaxM2ForCausalLM"),
    _arch(
        "arctic",
        "ArcticForCausalLM",
        names={"post_attention_layernorm": "ffn_norm_exps", "residual_layernorm": "ffn_norm"},
    ),
    _arch("smallthinker", "SmallThinkerForCausalLM"),
    _arch("afmoe", "AfmoeForCausalLM", names=_POST_ATTENTION),
    _arch(
        "bailingmoe",
        "BailingMoeForCausalLM",
        _split(
            r"attention\.query_key_value\.weight$",
            ("attention.wq.weight", "q"),
            ("attention.wk.weight", "kv"),
            ("attention.wv.weight", "kv"),
        ),
    ),
    _arch(
        "bailingmoe2",
        "BailingMoeV2ForCausalLM SarvamMoEForCausalLM",
        mtp="keep",
    ),
    _arch(
        "bert",
        "BertModel BertForMaskedLM CamembertModel BertForSequenceClassification DistilBertModel "
        "DistilBertForMaskedLM DistilBertForSequenceClassification RobertaModel RobertaForSequenceClassification "
        "XLMRobertaModel XLMRobertaForSequenceClassification",
        *_BERT,
    ),
    _arch("nomic-bert", "NomicBertModel", *_BERT, _drop(r"mlp\.experts\.bias")),
    _arch(
        "jina-bert-v2",
        "JinaBertModel JinaBertForMaskedLM",
        *_BERT,
        names={"post_attention_layernorm": "attn_norm_2", "ln2": "attn_norm_2"},
    ),
    _arch(
        "modern-bert",
        "ModernBertModel ModernBertForMaskedLM ModernBertForSequenceClassification",
        *_BERT,
        _rename(r"^model\.", ""),
    ),
    _arch(
        "t5",
        "T5ForConditionalGeneration T5WithLMHeadModel MT5ForConditionalGeneration UMT5ForConditionalGeneration "
        "UMT5Model",
        *_T5,
    ),
    _arch("t5encoder", "T5EncoderModel", *_T5),
)

#: Accepted by the converter too; served by the names alone, so a figure for them is modelled.
OTHER_CLASSES: Final = frozenset(
    _words(
        "BailingMoeV3ForCausalLM BailingMoeV3VLForConditionalGeneration ChameleonForCausalLM "
        "ChameleonForConditionalGeneration CodeShellForCausalLM CogVLMForCausalLM DeepseekV4ForCausalLM "
        "Dots3NoteForCausalLM EuroBertModel Gemma4AssistantForCausalLM "
        "Glm4MoeLiteForCausalLM Glm5NextForConditionalGeneration GraniteMoeSWAForCausalLM GraniteSWAForCausalLM "
        "GraniteSwitchForCausalLM Grok1ForCausalLM GrokForCausalLM GroveMoeForCausalLM HYV3ForCausalLM "
        "HYV4ForCausalLM HrmTextForCausalLM HunYuanVLForConditionalGeneration JAISLMHeadModel Jais2ForCausalLM "
        "JinaEmbeddingsV5Model KimiK3ForConditionalGeneration KimiLinearForCausalLM LLaDAMoEModelLM LLaDAModelLM "
        "LagunaForCausalLM Lfm2Model MaincoderForCausalLM MapleForCausalLM MellumForCausalLM MiMoV2FlashForCausalLM "
        "MiMoV2ForCausalLM MiniCPMV4_6ForConditionalGeneration MiniMaxM1ForCausalLM MiniMaxM3SparseForCausalLM "
        "MiniMaxText01ForCausalLM MuseGlimmerForConditionalGeneration NanbeigeForCausalLM NeoBERT NeoBERTLMHead "
        "NemotronHPuzzleForCausalLM OpenELMForCausalLM PLMForCausalLM PaddleOCRVLForConditionalGeneration "
        "PanguEmbeddedForCausalLM PLaMo2ForCausalLM PLaMo3ForCausalLM Plamo2ForCausalLM Plamo3ForCausalLM "
        "PlamoForCausalLM PocketTTSModel Qwen3TTSForConditionalGeneration Qwen4ExpForCausalLM RWKV6Qwen2ForCausalLM "
        "RWKV7ForCausalLM RuGPT3XLForCausalLM Rwkv7ForCausalLM RwkvHybridForCausalLM Spark2_5ForCausalLM "
        "Step3p5ForCausalLM Step3p7ForConditionalGeneration TalkieForCausalLM WavTokenizerDec GPTRefactForCausalLM"
    )
)

#: Architectures for which the converter computes `rope_freqs` from a llama3 scaling, and factors from a longrope one.
ROPE_FREQS: Final = frozenset(
    _words(
        "llama mistral3 llama4 arcee llama-embed smollm3 apertus deci granite granitemoe granitehybrid granite_swa "
        "afmoe nanbeige cogvlm exaone exaone4 exaone-moe step35"
    )
)
ROPE_FACTORS: Final = frozenset(_words("phi3 phimoe minicpm minicpm3"))

#: Classes that the converter takes only under another name in config.json, as published files of them were made.
STAND_INS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "UMT5EncoderModel": "T5EncoderModel",
        "SmolVLMForConditionalGeneration": "VLlama3ForCausalLM",
        "Idefics3ForConditionalGeneration": "VLlama3ForCausalLM",
        "BertForPreTraining": "BertModel",
        "MptForCausalLM": "MPTForCausalLM",
        "PhimoeForCausalLM": "PhiMoEForCausalLM",
    }
)

BY_CLASS: Final[Mapping[str, GgufArchitecture]] = MappingProxyType(
    {name: row for row in ARCHITECTURES for name in row.classes}
)

#: Where no class is named: the names that all architectures share, and T5's way with copies of its token table.
NAMELESS: Final = GgufArchitecture(id="", classes=(), rules=_T5)
