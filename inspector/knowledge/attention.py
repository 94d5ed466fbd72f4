"""How configurations say what each layer keeps: names of layer kinds, keys, and the patterns that libraries fill in."""

from typing import Final, Literal

from inspector.values import frozen

Kind = Literal[
    "full",
    "sliding",
    "chunked",
    "indexed",
    "linear",
    "conv",
    "hybrid",
    "hybrid_sliding",
    "cross",
    "none",
    "unknown",
]

_TRANSFORMERS: Final = "transformers 5.23.0 configuration_utils.py and cache_utils.py"


@frozen
class LayerName:
    """A name that configurations give a layer, and what such a layer keeps."""

    name: str
    kind: Kind
    source: str = _TRANSFORMERS


LAYER_NAMES: Final = (
    LayerName(name="full_attention", kind="full"),
    LayerName(name="attention", kind="full"),
    LayerName(name="global", kind="full", source="gpt_neo, exaone4 configurations"),
    LayerName(name="global_attention", kind="full", source="modernbert configurations"),
    LayerName(name="full", kind="full", source="community configurations"),
    LayerName(name="sliding_attention", kind="sliding"),
    LayerName(name="local_attention", kind="sliding", source="modernbert configurations"),
    LayerName(name="sliding", kind="sliding", source="community configurations"),
    LayerName(name="chunked_attention", kind="chunked"),
    LayerName(name="indexed_attention", kind="indexed"),
    LayerName(name="deepseek_sparse_attention", kind="indexed"),
    LayerName(name="minimax_m3_sparse", kind="indexed", source="transformers modeling_minimax_m3_vl.py"),
    LayerName(name="linear_attention", kind="linear"),
    LayerName(name="mamba", kind="linear"),
    LayerName(name="mamba2", kind="linear", source="nemotron_h configurations"),
    LayerName(name="recurrent", kind="linear", source="recurrent_gemma configurations"),
    LayerName(name="conv", kind="conv"),
    LayerName(name="hybrid", kind="hybrid"),
    LayerName(name="hybrid_sliding", kind="hybrid_sliding"),
    LayerName(name="mlp", kind="none"),
    LayerName(name="moe", kind="none"),
)

LAYER_KIND: Final = {row.name: row.kind for row in LAYER_NAMES}

#: Letters of nemotron_h's hybrid_override_pattern and exaone4's sliding_window_pattern.
PATTERN_LETTERS: Final[dict[str, Kind]] = {"M": "linear", "*": "full", "-": "none", "E": "none"}
WINDOW_LETTERS: Final[dict[str, Kind]] = {"L": "sliding", "G": "full"}

#: Keys that hold one layer kind for each layer, in the order in which they are believed.
LAYER_LIST_KEYS: Final = ("layer_types", "layers_block_type", "layer_block_types")


@frozen
class IndexList:
    """A key with the numbers of the layers that are `kind`; the others are `other`. `path` may go one level down."""

    path: tuple[str, ...]
    kind: Kind
    other: Kind
    first: int = 0
    source: str


INDEX_LISTS: Final = (
    IndexList(path=("attn_layer_indices",), kind="full", other="linear", source="bamba configurations"),
    IndexList(path=("full_attn_idxs",), kind="full", other="conv", source="lfm2 configurations"),
    IndexList(
        path=("linear_attn_config", "full_attn_layers"),
        kind="full",
        other="linear",
        first=1,
        source="kimi_linear configurations; layers counted from 1",
    ),
    IndexList(path=("hybrid_layer_ids",), kind="hybrid", other="linear", source="zamba, zamba2 configurations"),
    IndexList(
        path=("cross_attention_layers",),
        kind="cross",
        other="full",
        source="mllama configurations; those layers hold the image's tokens",
    ),
    IndexList(path=("local_layer_ids",), kind="hybrid_sliding", other="hybrid", source="inkling configurations"),
)


@frozen
class FlagList:
    """A key with one number for each layer that picks between two kinds."""

    key: str
    zero: Kind
    one: Kind
    model_types: frozenset[str] = frozenset()
    source: str


FLAG_LISTS: Final = (
    FlagList(
        key="no_rope_layers",
        zero="full",
        one="chunked",
        model_types=frozenset({"llama4", "llama4_text"}),
        source="transformers configuration_llama4.py",
    ),
    FlagList(key="attn_type_list", zero="linear", one="full", source="MiniMax-Text-01 config.json"),
    FlagList(key="hybrid_layer_pattern", zero="full", one="sliding", source="MiMo-V2-Flash config.json"),
)


@frozen
class LayerPattern:
    """What a library fills in where a configuration has no list: layer l is `kind` where l mod period is `at`.

    `period_keys` override `period`, `at_key` overrides `at`; `at` -1 is the last of a period. `last_is_kind` forces
    the last layer.
    """

    model_types: tuple[str, ...]
    kind: Kind
    other: Kind
    period: int = 1
    at: int = 0
    period_keys: tuple[str, ...] = ()
    at_key: str = ""
    last_is_kind: bool = False
    source: str


LAYER_PATTERNS: Final = (
    LayerPattern(
        model_types=("gemma2", "vaultgemma", "gpt_oss", "t5gemma", "t5_gemma_module"),
        kind="full",
        other="sliding",
        period=2,
        at=-1,
        source="transformers configuration_gemma2.py, configuration_gpt_oss.py",
    ),
    LayerPattern(
        model_types=("gemma3", "gemma3_text"),
        kind="full",
        other="sliding",
        period=6,
        at=-1,
        period_keys=("sliding_window_pattern", "_sliding_window_pattern"),
        source="transformers configuration_gemma3.py",
    ),
    LayerPattern(
        model_types=("gemma4", "gemma4_text", "gemma4_unified", "gemma4_unified_text"),
        kind="full",
        other="sliding",
        period=6,
        at=-1,
        last_is_kind=True,
        source="transformers configuration_gemma4.py",
    ),
    LayerPattern(
        model_types=("beam", "neomme"),
        kind="full",
        other="sliding",
        period=6,
        at=-1,
        last_is_kind=True,
        source="transformers configuration_beam.py, configuration_neomme.py",
    ),
    LayerPattern(
        model_types=("laguna", "mellum", "step3p7_text", "minimax_m3_vl_text", "cohere_compass_text"),
        kind="full",
        other="full",
        source="transformers configuration_laguna.py, configuration_mellum.py",
    ),
    LayerPattern(
        model_types=("gemma3n", "gemma3n_text", "kolibri1"),
        kind="full",
        other="sliding",
        period=5,
        at=-1,
        source="transformers configuration_gemma3n.py",
    ),
    LayerPattern(
        model_types=("cohere2", "exaone4", "exaone_moe", "olmo3"),
        kind="full",
        other="sliding",
        period=4,
        at=-1,
        period_keys=("sliding_window_pattern",),
        source="transformers configuration_cohere2.py, configuration_exaone4.py, configuration_olmo3.py",
    ),
    LayerPattern(
        model_types=("afmoe",),
        kind="full",
        other="sliding",
        period=4,
        at=-1,
        period_keys=("global_attn_every_n_layers",),
        source="transformers configuration_afmoe.py",
    ),
    LayerPattern(
        model_types=("cwm", "granite_swa", "granitemoe_swa"),
        kind="full",
        other="sliding",
        period=4,
        source="transformers configuration_cwm.py",
    ),
    LayerPattern(
        model_types=("modernbert-decoder",),
        kind="full",
        other="sliding",
        period=3,
        period_keys=("global_attn_every_n_layers",),
        source="transformers configuration_modernbert_decoder.py",
    ),
    LayerPattern(
        model_types=("llama4", "llama4_text"),
        kind="full",
        other="chunked",
        period=4,
        at=-1,
        period_keys=("no_rope_layer_interval",),
        source="transformers configuration_llama4.py",
    ),
    LayerPattern(
        model_types=(
            "qwen3_next",
            "qwen3_5",
            "qwen3_5_text",
            "qwen3_5_moe",
            "qwen3_5_moe_text",
            "olmo_hybrid",
        ),
        kind="full",
        other="linear",
        period=4,
        at=-1,
        period_keys=("full_attention_interval",),
        source="transformers configuration_qwen3_next.py",
    ),
    LayerPattern(
        model_types=("minimax",),
        kind="full",
        other="linear",
        period=2,
        source="transformers configuration_minimax.py",
    ),
    LayerPattern(
        model_types=("jamba",),
        kind="full",
        other="linear",
        period=8,
        at=4,
        period_keys=("attn_layer_period",),
        at_key="attn_layer_offset",
        source="transformers configuration_jamba.py",
    ),
    LayerPattern(
        model_types=("bailing_hybrid",),
        kind="full",
        other="linear",
        period=8,
        at=-1,
        period_keys=("layer_group_size",),
        source="transformers configuration_bailing_hybrid.py",
    ),
    LayerPattern(
        model_types=("glm5_next", "glm5_next_text"),
        kind="indexed",
        other="linear",
        period=4,
        at=-1,
        source="transformers configuration_glm5_next.py",
    ),
    LayerPattern(
        model_types=("deepseek_v32", "glm_moe_dsa", "axk2", "hy_v4", "mistral_large4", "mistral_large4_text"),
        kind="indexed",
        other="indexed",
        source="transformers configuration_deepseek_v32.py, configuration_glm_moe_dsa.py",
    ),
    LayerPattern(
        model_types=("falcon_h1",),
        kind="hybrid",
        other="hybrid",
        source="transformers configuration_falcon_h1.py",
    ),
    LayerPattern(
        model_types=("mamba", "mamba2", "falcon_mamba"),
        kind="linear",
        other="linear",
        source="transformers modeling_mamba.py",
    ),
    LayerPattern(
        model_types=("granitemoehybrid",),
        kind="linear",
        other="linear",
        source="transformers configuration_granitemoehybrid.py",
    ),
)

#: Model types in which every layer slides where `sliding_window` is set, whatever other keys say.
ALL_SLIDE: Final = frozenset(
    {
        "kyutai_speech_to_text",
        "voxtral_realtime_text",
        "mimi",
        "mistral",
        "mixtral",
        "ministral",
        "ministral3",
        "mistral3",
        "phi3",
        "phi4_multimodal",
        "phimoe",
        "starcoder2",
        "qwen3_moe",
        "moshi",
        "doge",
        "minimax_m2",
        "diffllama",
    }
)

#: Model types that hold something whose size this table does not know; never priced by a rule made for others.
UNKNOWN_TYPES: Final = frozenset(
    {
        "deepseek_v4",
        "unlimited_ocr",
        "recurrent_gemma",
        "rwkv",
        "rwkv5",
        "rwkv6",
        "rwkv7",
        "xlstm",
        "inkling",
        "inkling_text",
        "inkling2",
        "inkling2_text",
        "zaya",
        "dots3_note",
        "dots3_note_text",
        "qwen4_exp",
        "qwen4_exp_text",
        "blt",
        "cpmant",
        "reformer",
        "xlnet",
        "transfo-xl",
        "griffin",
        "hyena",
        "striped_hyena",
        "stripedhyena",
    }
)

#: Model types with more than one attention in a layer.
ATTENTIONS_PER_LAYER: Final = {"longcat_flash": 2, "longcat_flash_ngram": 2}
#: Model types whose window is half of another key, as their library reads it.
HALVED_WINDOW_KEYS: Final = {"modernbert-decoder": "local_attention"}
#: Model types whose encoder always gives as many tokens as this key says.
ENCODER_CONTEXT_KEYS: Final = {"whisper": "max_source_positions"}
