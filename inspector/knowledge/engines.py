"""Inference engines as rules: what each really stores per layer, token and sequence, with the version that was read."""

from typing import Final, Literal

from inspector.values import frozen


@frozen
class Engine:
    """How one version of one engine stores a cache.

    `token_block`: tokens are taken in whole blocks of this many; `window_margin` is what is added to a window W
    (transformers keeps W - 1); `windows_for` lists the model types whose windows it honours, None for all;
    `windows_at_layers` of a model type the one number of layers at which it does; `kv_layers` of a model type how many
    layers from the first hold keys and values, whatever its configuration says.
    `conv_margin` is added to a convolution's kernel width; `conv_format` is "model" or "f32"; recurrent parts are f32
    but for the listed model types; `conv_in_every_layer_for` lists those that allocate it in attention layers too.
    `latents` are kept "latent" or "expanded" to every head; `packs_sparse_latents`: under an indexer in fp8 they are
    packed with a 32-bit scale for 128 of them and a 16-bit rotary part. `repeats_heads`: the K and V heads of falcon's
    new architecture are repeated for every query head before caching.
    `cross_attention`: whether cross-attention keys and values of an encoder are cached, None where not known.
    `unknown_for` lists model types whose cache was not established.
    """

    id: str
    version: str
    token_block: int = 1
    window_margin: int = 0
    windows_for: frozenset[str] | None = None
    conv_margin: int = -1
    conv_format: Literal["model", "f32"] = "model"
    recurrent_in_model_format_for: frozenset[str] = frozenset()
    latents: Literal["latent", "expanded"] = "latent"
    indexer_bytes_per_token: int | None = None
    packs_sparse_latents: bool = False
    repeats_heads: bool = False
    conv_in_every_layer_for: frozenset[str] = frozenset()
    windows_at_layers: tuple[tuple[str, int], ...] = ()
    kv_layers: tuple[tuple[str, int], ...] = ()
    cross_attention: bool | None = True
    unknown_for: frozenset[str] = frozenset()
    reserves: str = ""
    evidence: Literal["arithmetic", "measured", "read"] = "read"
    source: str


#: Model types whose graph in llama.cpp has a windowed cache; all others hold the whole context.
LLAMA_CPP_WINDOWS: Final = frozenset(
    {
        "gemma2",
        "gemma3",
        "gemma3_text",
        "gemma3n",
        "gemma3n_text",
        "gemma4",
        "gemma4_text",
        "gpt_oss",
        "cohere2",
        "cohere2_moe",
        "exaone4",
        "exaone_moe",
        "olmo2",
        "olmo3",
        "llama4",
        "llama4_text",
        "lfm2",
        "afmoe",
        "mimo_v2_flash",
        "smallthinker",
        "plamo3",
        "step3p5",
        "granite_swa",
    }
)

ENGINES: Final = (
    Engine(
        id="generic",
        version="arithmetic",
        reserves="every layer holds the whole context, windows not honoured",
        evidence="arithmetic",
        source="sum over layers of what attention reads again: keys and values, latents, states; a window is a window",
    ),
    Engine(
        id="transformers",
        version="5.23.0",
        window_margin=-1,
        conv_margin=0,
        repeats_heads=True,
        reserves="right after a prefill the sliding layers are views into tensors of the whole prompt",
        evidence="measured",
        source="transformers 5.23.0 cache_utils.py, default DynamicCache after a forward pass",
    ),
    Engine(
        id="transformers",
        version="4.57.6",
        window_margin=-1,
        conv_margin=0,
        recurrent_in_model_format_for=frozenset({"mamba", "mamba2", "falcon_mamba"}),
        latents="expanded",
        repeats_heads=True,
        conv_in_every_layer_for=frozenset({"lfm2", "lfm2_moe"}),
        unknown_for=frozenset({"jamba", "bamba", "granitemoehybrid", "falcon_h1", "zamba", "zamba2", "deepseek_v32"}),
        reserves="right after a prefill the sliding layers are views into tensors of the whole prompt",
        evidence="measured",
        source="transformers 4.57.6 cache_utils.py, default DynamicCache after a forward pass",
    ),
    Engine(
        id="llama.cpp",
        version="0c1e57098bba (2026-10-01)",
        token_block=256,
        windows_for=LLAMA_CPP_WINDOWS,
        windows_at_layers=(("exaone4", 64),),
        kv_layers=(("gemma3n", 20), ("gemma3n_text", 20)),
        conv_format="f32",
        cross_attention=None,
        unknown_for=frozenset({"deepseek_v4", "minimax_m3_vl", "rwkv", "recurrent_gemma", "gemma4", "gemma4_text"}),
        reserves="the cache with swa_full, as the C API's defaults have it",
        evidence="measured",
        source="llama.cpp src/llama-kv-cache*.cpp, llama-memory-recurrent.cpp, llama-hparams.cpp",
    ),
    Engine(
        id="vllm",
        version="main, 2026 (kv_cache_interface.py 001cabc1)",
        token_block=16,
        indexer_bytes_per_token=132,
        packs_sparse_latents=True,
        reserves="every layer holds the whole context, hybrid cache manager off",
        source="vllm/v1/kv_cache_interface.py, vllm/v1/core/kv_cache_utils.py: read, not run",
    ),
    Engine(
        id="sglang",
        version="0.5.23",
        indexer_bytes_per_token=132,
        packs_sparse_latents=True,
        reserves="every layer holds the whole context, one pool",
        source="sglang 0.5.23 srt/mem_cache/memory_pool.py: read, not run",
    ),
)

#: llama.cpp: chunk size of its Llama 4 graph, whatever the configuration says.
LLAMA_CPP_LLAMA4_CHUNK: Final = 8192
LLAMA_CPP_UBATCH: Final = 512
LLAMA_CPP_BATCH: Final = 2048
#: SGLang: tokens of the sliding pool relative to the full one (swa_full_tokens_ratio).
SGLANG_SWA_RATIO: Final = (4, 5)

ENGINE_IDS: Final = tuple(dict.fromkeys(engine.id for engine in ENGINES))


def find_engine(name: str) -> Engine | None:
    """The engine called `id` (its first row) or `id@version-prefix`, None for an unknown one."""
    wanted, _, version = name.partition("@")
    rows = [row for row in ENGINES if row.id == wanted and row.version.startswith(version)]
    return rows[0] if rows else None
