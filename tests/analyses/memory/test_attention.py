"""What each layer keeps, from configurations as their libraries write them and from shapes."""

from typing import Any

import pytest

from inspector.analyses.memory.attention import CacheLayout
from tests.analyses.memory_support import attention_shapes, layout_of

PLAIN = {"num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 16, "hidden_size": 64}
WINDOWED = {**PLAIN, "sliding_window": 8}
MAMBA2 = {"mamba_n_heads": 8, "mamba_d_head": 16, "mamba_d_state": 16, "mamba_n_groups": 2, "mamba_d_conv": 4}
DELTA = {
    "linear_num_key_heads": 2,
    "linear_key_head_dim": 16,
    "linear_num_value_heads": 4,
    "linear_value_head_dim": 24,
    "linear_conv_kernel_dim": 4,
}
LATENT = {"kv_lora_rank": 32, "qk_rope_head_dim": 8, "qk_nope_head_dim": 16, "v_head_dim": 20, "num_attention_heads": 4}


def kinds(layout: CacheLayout) -> dict[str, int]:
    return {row.kind: row.layers for row in layout.rows}


@pytest.mark.parametrize(
    ("config", "layers", "expected"),
    [
        ({"model_type": "llama", "sliding_window": None}, 6, {"full": 6}),
        ({"model_type": "mistral"}, 6, {"sliding": 6}),
        ({"model_type": "mistral", "sliding_window": None}, 6, {"full": 6}),
        ({"model_type": "phi3"}, 6, {"sliding": 6}),
        ({"model_type": "qwen2", "use_sliding_window": False, "max_window_layers": 2}, 6, {"full": 6}),
        ({"model_type": "qwen2", "use_sliding_window": True, "max_window_layers": 2}, 6, {"full": 2, "sliding": 4}),
        ({"model_type": "qwen3", "use_sliding_window": True, "max_window_layers": 28}, 6, {"full": 6}),
        ({"model_type": "gemma2"}, 6, {"sliding": 3, "full": 3}),
        ({"model_type": "gpt_oss"}, 6, {"sliding": 3, "full": 3}),
        ({"model_type": "gemma3_text"}, 13, {"sliding": 11, "full": 2}),
        ({"model_type": "gemma3_text", "sliding_window_pattern": 3}, 6, {"sliding": 4, "full": 2}),
        ({"model_type": "cohere2"}, 8, {"sliding": 6, "full": 2}),
        ({"model_type": "olmo3"}, 8, {"sliding": 6, "full": 2}),
        ({"model_type": "exaone4", "sliding_window_pattern": "LLLG"}, 8, {"sliding": 6, "full": 2}),
        ({"model_type": "exaone4", "sliding_window": None}, 8, {"full": 8}),
        ({"model_type": "llama4_text", "attention_chunk_size": 16}, 8, {"chunked": 6, "full": 2}),
        (
            {"model_type": "llama4_text", "attention_chunk_size": 16, "no_rope_layers": [1, 0] * 4},
            8,
            {"chunked": 4, "full": 4},
        ),
        ({"model_type": "gemma4_text"}, 8, {"sliding": 6, "full": 2}),
        ({"model_type": "gemma3n_text", "num_kv_shared_layers": 5}, 15, {"sliding": 8, "full": 2, "none": 5}),
        (
            {"model_type": "jamba", "attn_layer_period": 4, "attn_layer_offset": 2, **MAMBA2},
            8,
            {"linear": 6, "full": 2},
        ),
        ({"model_type": "bamba", "attn_layer_indices": [1], **MAMBA2}, 6, {"linear": 5, "full": 1}),
        ({"model_type": "falcon_h1", **MAMBA2}, 6, {"hybrid": 6}),
        (
            {"model_type": "granitemoehybrid", "layer_types": ["mamba", "attention"], **MAMBA2},
            2,
            {"linear": 1, "full": 1},
        ),
        ({"model_type": "qwen3_next", **DELTA}, 8, {"linear": 6, "full": 2}),
        ({"model_type": "qwen3_next", "full_attention_interval": 2, **DELTA}, 8, {"linear": 4, "full": 4}),
        ({"model_type": "minimax"}, 4, {"full": 2, "linear": 2}),
        ({"model_type": "MiniMaxText01", "attn_type_list": [0, 1], **DELTA}, 2, {"linear": 1, "full": 1}),
        ({"model_type": "lfm2", "full_attn_idxs": [1], "conv_L_cache": 3}, 4, {"conv": 3, "full": 1}),
        ({"model_type": "mllama", "cross_attention_layers": [1]}, 4, {"full": 3, "cross": 1}),
        ({"model_type": "deepseek_v32", "index_head_dim": 16, **LATENT}, 4, {"indexed": 4}),
    ],
)
def test_kinds_of_layers(config: dict[str, Any], layers: int, expected: dict[str, int]) -> None:
    layout = layout_of({**WINDOWED, "num_hidden_layers": layers, **config})
    assert layout.gaps == ()
    assert kinds(layout) == expected


def test_a_pattern_of_letters_needs_no_number_of_layers() -> None:
    config = {**PLAIN, "model_type": "nemotron_h", "hybrid_override_pattern": "M-M*E*", **MAMBA2}
    assert kinds(layout_of(config)) == {"linear": 2, "none": 2, "full": 2}


def test_kimi_counts_layers_from_one() -> None:
    linear = {"full_attn_layers": [4], "kda_layers": [1, 2, 3], "num_heads": 4, "head_dim": 16}
    config = {
        **LATENT,
        "model_type": "kimi_linear",
        "num_hidden_layers": 4,
        "linear_attn_config": {**linear, "short_conv_kernel_size": 4},
    }
    rows = layout_of(config).rows
    assert [(row.kind, row.layers) for row in rows] == [("linear", 3), ("full", 1)]
    assert rows[0].state is not None
    assert (rows[0].state.conv_channels, rows[0].state.kernel, rows[0].state.recurrent) == (192, 4, 4 * 16 * 16)
    assert rows[1].width is not None
    assert (rows[1].width.key, rows[1].width.value, rows[1].width.latent) == (32, 8, True)


@pytest.mark.parametrize(
    ("config", "state"),
    [
        ({"model_type": "bamba", "attn_layer_indices": [], **MAMBA2}, (128 + 2 * 2 * 16, 4, 128 * 16)),
        ({"model_type": "qwen3_next", "layer_types": ["linear_attention"], **DELTA}, (2 * 32 + 96, 4, 4 * 16 * 24)),
        ({"model_type": "mamba", "intermediate_size": 128, "state_size": 16, "conv_kernel": 4}, (128, 4, 128 * 16)),
        (
            {"model_type": "mamba2", "num_heads": 8, "head_dim": 16, "state_size": 16, "n_groups": 2, "conv_kernel": 4},
            (128 + 64, 4, 128 * 16),
        ),
        ({"model_type": "minimax", "layer_types": ["linear_attention"]}, (0, 0, 4 * 16 * 16)),
        ({"model_type": "lfm2", "layer_types": ["conv"], "conv_L_cache": 3}, (64, 3, 0)),
        (
            {
                "model_type": "zamba",
                "layer_types": ["mamba"],
                "n_mamba_heads": 2,
                "mamba_expand": 2,
                "mamba_d_state": 16,
            }
            | {"mamba_d_conv": 4},
            (128, 4, 128 * 16),
        ),
    ],
)
def test_states(config: dict[str, Any], state: tuple[int, int, int]) -> None:
    (row,) = layout_of({**PLAIN, "num_hidden_layers": 1, **config}).rows
    assert row.state is not None
    assert (row.state.conv_channels, row.state.kernel, row.state.recurrent) == state


@pytest.mark.parametrize(
    ("config", "width"),
    [
        ({}, (32, 32)),
        ({"num_key_value_heads": None}, (64, 64)),
        ({"head_dim": None}, (32, 32)),
        ({"head_dim": 32}, (64, 64)),
        ({"multi_query": True, "new_decoder_architecture": False}, (16, 16)),
        ({"multi_query": False, "new_decoder_architecture": False}, (64, 64)),
        ({"multi_query": True, "new_decoder_architecture": True, "num_kv_heads": 2}, (32, 32)),
        ({"multi_query_attention": True, "multi_query_group_num": 2, "num_key_value_heads": None}, (32, 32)),
        ({"v_head_dim": 20}, (32, 40)),
        ({"attn_config": {"kv_n_heads": 1}}, (16, 16)),
    ],
)
def test_widths_from_configuration(config: dict[str, Any], width: tuple[int, int]) -> None:
    (row,) = layout_of({**PLAIN, "model_type": "x", "num_hidden_layers": 2, **config}).rows
    assert row.width is not None
    assert (row.width.key, row.width.value) == width


def test_layers_of_different_width_are_rows_of_their_own() -> None:
    config = {**WINDOWED, "model_type": "gemma4_text", "num_hidden_layers": 6, "global_head_dim": 32}
    widths = {row.kind: row.width.key for row in layout_of(config).rows if row.width is not None}
    assert widths == {"sliding": 32, "full": 64}
    overridden = {**PLAIN, "model_type": "llama", "num_hidden_layers": 3, "per_layer_config": {"2": {"head_dim": 32}}}
    rows = [(row.layers, row.width.key) for row in layout_of(overridden).rows if row.width is not None]
    assert rows == [(2, 32), (1, 64)]


def test_keys_reused_as_values_are_counted_twice() -> None:
    shapes = {"model.layers.0.self_attn.k_proj.weight": ("BF16", (48, 64))}
    (row,) = layout_of({"model_type": "gemma4_text", "layer_types": ["full_attention"]}, shapes).rows
    assert row.width is not None
    assert (row.width.key, row.width.value) == (48, 48)


def test_fused_projections_tell_without_a_configuration() -> None:
    shapes = {
        "model.layers.0.self_attn.qkv_proj.weight": ("BF16", (64 + 2 * 32, 64)),
        "model.layers.0.self_attn.o_proj.weight": ("BF16", (64, 64)),
    }
    (row,) = layout_of({}, shapes).rows
    assert row.width is not None
    assert row.width.key + row.width.value == 64


def test_a_latent_tells_without_a_configuration() -> None:
    shapes = {"model.layers.0.self_attn.kv_a_proj_with_mqa.weight": ("BF16", (576, 7168))}
    (row,) = layout_of({}, shapes).rows
    assert row.width is not None
    assert (row.width.key + row.width.value, row.width.latent) == (576, True)


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({}, [("indexed", 4, 16)]),
        ({"indexer_types": ["full", "shared", "full", "shared"]}, [("indexed", 2, 16), ("indexed", 2, 0)]),
        ({"index_topk_pattern": "FSSS"}, [("indexed", 1, 16), ("indexed", 3, 0)]),
        ({"index_topk_freq": 2, "index_skip_topk_offset": 2}, [("indexed", 3, 16), ("indexed", 1, 0)]),
    ],
)
def test_indexers_that_share_hold_no_keys(config: dict[str, Any], expected: list[tuple[str, int, int]]) -> None:
    whole = {**LATENT, "model_type": "glm_moe_dsa", "num_hidden_layers": 4, "index_head_dim": 16, **config}
    assert [(row.kind, row.layers, row.index) for row in layout_of(whole).rows] == expected


def test_layers_that_read_another_layer_keep_only_their_indexer() -> None:
    config = {**LATENT, "model_type": "mistral_large4", "num_hidden_layers": 3, "index_head_dim": 16}
    config |= {"kv_source_layers": [0, 0, 2], "indexer_types": ["full", "full", "shared"]}
    rows = [(row.layers, row.index, row.width.key if row.width else None) for row in layout_of(config).rows]
    assert rows == [(1, 16, 32), (1, 16, 0), (1, 0, 32)]


def test_weights_overrule_a_pattern_that_was_filled_in() -> None:
    shapes = attention_shapes(2, 64, 32)
    shapes |= {
        "model.layers.2.mamba.A_log": ("BF16", (8,)),
        "model.layers.2.mamba.conv1d.weight": ("BF16", (192, 1, 4)),
    }
    config = {**PLAIN, **MAMBA2, "model_type": "something", "num_hidden_layers": 3}
    assert kinds(layout_of(config, shapes)) == {"full": 2, "linear": 1}


def test_a_vision_tower_holds_nothing() -> None:
    shapes = attention_shapes(2, 64, 32, "language_model.model.layers")
    shapes |= attention_shapes(4, 64, 64, "vision_tower.encoder.layers")
    config = {"model_type": "llava", "text_config": {"model_type": "llama"}, "vision_config": {"num_hidden_layers": 4}}
    (row,) = layout_of(config, shapes).rows
    assert (row.kind, row.layers) == ("full", 2)
    assert row.width is not None
    assert row.width.key == 32


def test_an_encoder_holds_nothing_and_cross_attention_does() -> None:
    shapes = attention_shapes(5, 64, 64, "model.encoder.layers") | attention_shapes(3, 64, 64, "model.decoder.layers")
    for layer in range(3):
        for name in ("k_proj", "v_proj"):
            shapes[f"model.decoder.layers.{layer}.encoder_attn.{name}.weight"] = ("BF16", (48, 64))
    config = {"model_type": "bart", "is_encoder_decoder": True, "decoder_layers": 3, "encoder_layers": 5}
    (row,) = layout_of(config, shapes).rows
    assert row.width is not None
    assert (row.layers, row.width.key, row.cross) == (3, 64, 96)


@pytest.mark.parametrize(
    ("config", "subject", "flag"),
    [
        ({}, "number of layers", "--set num_hidden_layers=N"),
        ({"num_hidden_layers": 2}, "keys and values of a token", "--set num_attention_heads=N"),
        (
            {**PLAIN, "num_hidden_layers": 2, "model_type": "gemma2"},
            "the window of sliding layers",
            "--set sliding_window=N",
        ),
        (
            {**PLAIN, "num_hidden_layers": 2, "model_type": "llama4"},
            "the window of sliding layers",
            "attention_chunk_size",
        ),
        ({**PLAIN, "num_hidden_layers": 2, "model_type": "rwkv"}, "what layers of kind 'rwkv' keep", ""),
        ({**PLAIN, "num_hidden_layers": 2, "model_type": "mamba"}, "the state of linear or recurrent layers", ""),
        ({**LATENT, "num_hidden_layers": 2, "model_type": "deepseek_v32"}, "the indexer's keys", "index_head_dim"),
        (
            {**WINDOWED, "num_hidden_layers": 2, "model_type": "novel"},
            "which layers have the window",
            "sliding_window=null",
        ),
        ({**PLAIN, "num_hidden_layers": 10**9}, "number of layers", ""),
        (
            {**PLAIN, "num_hidden_layers": 8, "model_type": "odd", "layer_group_size": 4},
            "what layers of kind 'odd' keep",
            "",
        ),
        (
            {**PLAIN, "num_hidden_layers": 8, "model_type": "odd", "mamba_d_state": 4},
            "what layers of kind 'odd' keep",
            "",
        ),
    ],
)
def test_what_is_missing_is_said_with_its_flag(config: dict[str, Any], subject: str, flag: str) -> None:
    gap = layout_of(config).gaps[0]
    assert gap.subject == subject
    assert flag in gap.flag


@pytest.mark.parametrize(
    "config",
    [
        {"layer_types": [None, 1, {}], "hidden_size": "x"},
        {"layer_types": [], "num_hidden_layers": True},
        {"linear_attn_config": 3, "num_hidden_layers": 2},
        {"per_layer_config": {"0": 7}, "num_hidden_layers": 1, **PLAIN},
        {"no_rope_layers": [1], "num_hidden_layers": 4, "model_type": "llama4"},
        {"indexer_types": 5, "num_hidden_layers": 1, "model_type": "deepseek_v32", **LATENT},
        {"text_config": {}, "num_hidden_layers": 2, **PLAIN},
        {"kv_source_layers": "abc", "num_hidden_layers": 4, **PLAIN},
    ],
)
def test_odd_configurations_are_no_crash(config: dict[str, Any]) -> None:
    assert isinstance(layout_of(config), CacheLayout)


def test_a_decoder_saved_alone_has_no_use_for_cross_attention() -> None:
    shapes = attention_shapes(2, 64, 64, "model.decoder.layers")
    for name in ("k_proj", "v_proj"):
        shapes[f"model.decoder.layers.0.encoder_attn.{name}.weight"] = ("BF16", (48, 64))
    config = {
        "model_type": "pegasus",
        "decoder_layers": 2,
        "num_hidden_layers": 2,
        "architectures": ["PegasusForCausalLM"],
    }
    assert [row.cross for row in layout_of(config, shapes).rows] == [0]


def test_the_larger_stack_is_the_decoder_where_none_is_paired_with_an_encoder() -> None:
    shapes = attention_shapes(6, 64, 32, "backbone.layers") | attention_shapes(2, 64, 16, "depth_decoder.layers")
    (row,) = layout_of({"model_type": "csm", "num_hidden_layers": 6}, shapes).rows
    assert row.width is not None
    assert (row.layers, row.width.key) == (6, 32)
