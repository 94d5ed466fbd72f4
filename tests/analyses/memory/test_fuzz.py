"""Whatever a configuration holds, a layout comes back and every engine prices it or says why not."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.analyses.memory.attention import CacheLayout
from inspector.analyses.memory.cache_values import CacheRequest
from inspector.analyses.memory.kv_cache import cache_size, reserved_size
from inspector.knowledge.attention import LAYER_NAMES, LAYER_PATTERNS
from inspector.knowledge.config_keys import CONFIG_KEYS
from inspector.knowledge.engines import ENGINES
from tests.analyses.memory_support import attention_shapes, layout_of

_OTHER_KEYS = (
    "layer_types",
    "layers_block_type",
    "hybrid_override_pattern",
    "attn_layer_indices",
    "full_attn_idxs",
    "linear_attn_config",
    "hybrid_layer_ids",
    "cross_attention_layers",
    "local_layer_ids",
    "no_rope_layers",
    "attn_type_list",
    "hybrid_layer_pattern",
    "max_window_layers",
    "use_sliding_window",
    "sliding_window_pattern",
    "attn_layer_period",
    "attn_layer_offset",
    "full_attention_interval",
    "num_kv_shared_layers",
    "per_layer_config",
    "global_head_dim",
    "num_global_key_value_heads",
    "kv_lora_rank",
    "qk_rope_head_dim",
    "qk_nope_head_dim",
    "v_head_dim",
    "multi_query",
    "new_decoder_architecture",
    "multi_query_attention",
    "attn_config",
    "index_head_dim",
    "indexer_types",
    "index_topk_pattern",
    "index_topk_freq",
    "index_skip_topk_offset",
    "kv_source_layers",
    "linear_num_key_heads",
    "linear_key_head_dim",
    "linear_num_value_heads",
    "linear_value_head_dim",
    "linear_conv_kernel_dim",
    "mamba_n_heads",
    "mamba_d_head",
    "mamba_d_state",
    "mamba_d_conv",
    "mamba_n_groups",
    "mamba_expand",
    "state_size",
    "conv_kernel",
    "conv_L_cache",
    "is_encoder_decoder",
    "architectures",
    "text_config",
    "max_source_positions",
    "local_attention",
)
KEYS = sorted({key for row in CONFIG_KEYS for key in row.keys} | set(_OTHER_KEYS))
WORDS = [row.name for row in LAYER_NAMES] + ["novel", "", "shared", "FSSF", "LLLG", "M-*E"]
TYPES = [model_type for row in LAYER_PATTERNS for model_type in row.model_types] + ["llama", "mistral", "falcon", ""]

scalars = st.none() | st.booleans() | st.integers(-3, 40) | st.floats(allow_nan=False) | st.sampled_from(WORDS)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=6) | st.dictionaries(st.sampled_from(KEYS), inner), max_leaves=8
)
configs = st.dictionaries(st.sampled_from(KEYS), values, max_size=25)


@settings(max_examples=150, deadline=None)
@given(config=configs, model_type=st.sampled_from(TYPES), shaped=st.booleans(), context=st.integers(1, 100))
def test_no_configuration_is_a_crash(config: dict[str, Any], model_type: str, shaped: bool, context: int) -> None:
    shapes = attention_shapes(3, 64, 32) if shaped else {}
    layout = layout_of({**config, "model_type": model_type}, shapes)
    assert isinstance(layout, CacheLayout)
    for engine in ENGINES:
        for kv_dtype in ("bf16", "q8_0", "3bit"):
            request = CacheRequest(context=context, batch=2, kv_dtype=kv_dtype)
            size = cache_size(layout, engine, request)
            assert not (size.gaps and size.parts)
            assert all(part.bytes > 0 for part in size.parts)
            if not size.gaps:
                assert size.kv_bytes <= reserved_size(layout, engine, request).kv_bytes


@settings(max_examples=100, deadline=None)
@given(
    layers=st.integers(1, 6),
    heads=st.integers(1, 8),
    size=st.integers(1, 128),
    window=st.integers(1, 64),
    context=st.integers(1, 200),
    batch=st.integers(1, 4),
)
def test_generic_cache_is_the_sum_over_layers(
    layers: int, heads: int, size: int, window: int, context: int, batch: int
) -> None:
    kinds = ["sliding_attention" if layer % 2 else "full_attention" for layer in range(layers)]
    config = {"model_type": "x", "layer_types": kinds, "num_attention_heads": heads, "head_dim": size}
    layout = layout_of({**config, "sliding_window": window})
    kept = sum(min(context, window) if kind == "sliding_attention" else context for kind in kinds)
    priced = cache_size(layout, ENGINES[0], CacheRequest(context=context, batch=batch))
    assert priced.kv_bytes == 2 * heads * size * 2 * kept * batch
