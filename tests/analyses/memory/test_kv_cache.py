"""Cache bytes against arithmetic written out, and against measured caches where the development data is there."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from inspector.analyses.memory.attention import CacheLayout
from inspector.analyses.memory.cache_values import CacheRequest
from inspector.analyses.memory.kv_cache import cache_size, reserved_size
from inspector.knowledge.engines import Engine, find_engine
from inspector.values import replace
from tests.analyses.memory_support import Shapes, attention_shapes, layout_of

GiB = 2**30
MEASURED = Path(__file__).resolve().parents[4] / "shared" / "memory"

LLAMA_8B = {
    "model_type": "llama",
    "num_hidden_layers": 32,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "hidden_size": 4096,
}
DEEPSEEK_V3 = {
    "model_type": "deepseek_v3",
    "num_hidden_layers": 61,
    "num_attention_heads": 128,
    "num_key_value_heads": 128,
    "hidden_size": 7168,
    "kv_lora_rank": 512,
    "qk_rope_head_dim": 64,
    "qk_nope_head_dim": 128,
    "v_head_dim": 128,
}
GPT_OSS_20B = {
    "model_type": "gpt_oss",
    "num_hidden_layers": 24,
    "num_attention_heads": 64,
    "num_key_value_heads": 8,
    "head_dim": 64,
    "hidden_size": 2880,
    "sliding_window": 128,
}
GEMMA_3_27B = {
    "model_type": "gemma3",
    "text_config": {
        "model_type": "gemma3_text",
        "num_hidden_layers": 62,
        "num_attention_heads": 32,
        "num_key_value_heads": 16,
        "head_dim": 128,
        "hidden_size": 5376,
        "sliding_window": 1024,
    },
}
QWEN3_NEXT_80B = {
    "model_type": "qwen3_next",
    "num_hidden_layers": 48,
    "num_attention_heads": 16,
    "num_key_value_heads": 2,
    "head_dim": 256,
    "hidden_size": 2048,
    "linear_num_key_heads": 16,
    "linear_key_head_dim": 128,
    "linear_num_value_heads": 32,
    "linear_value_head_dim": 128,
    "linear_conv_kernel_dim": 4,
    "full_attention_interval": 4,
}


def engine(name: str) -> Engine:
    found = find_engine(name)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("config", "context", "expected"),
    [
        (LLAMA_8B, 131_072, 2 * 8 * 128 * 2 * 131_072 * 32),
        (LLAMA_8B, 131_072, 16 * GiB),
        (DEEPSEEK_V3, 131_072, (512 + 64) * 2 * 131_072 * 61),
        (GPT_OSS_20B, 131_072, 2 * 8 * 64 * 2 * (12 * 131_072 + 12 * 128)),
        (GEMMA_3_27B, 131_072, 2 * 16 * 128 * 2 * (10 * 131_072 + 52 * 1024)),
        (QWEN3_NEXT_80B, 131_072, 3 * GiB),
        (LLAMA_8B, 1, 2 * 8 * 128 * 2 * 32),
    ],
)
def test_generic_engine_is_arithmetic(config: Mapping[str, Any], context: int, expected: int) -> None:
    assert cache_size(layout_of(config), engine("generic"), CacheRequest(context=context)).kv_bytes == expected


def test_deepseek_v3_is_the_published_figure() -> None:
    size = cache_size(layout_of(DEEPSEEK_V3), engine("generic"), CacheRequest(context=131_072))
    assert f"{size.kv_bytes / GiB:.2f}" == "8.58"


def test_cache_is_linear_in_batch() -> None:
    one = cache_size(layout_of(QWEN3_NEXT_80B), engine("generic"), CacheRequest(context=4096))
    five = cache_size(layout_of(QWEN3_NEXT_80B), engine("generic"), CacheRequest(context=4096, batch=5))
    assert (five.kv_bytes, five.state_bytes) == (5 * one.kv_bytes, 5 * one.state_bytes)


def test_state_does_not_grow_with_context() -> None:
    layout = layout_of(QWEN3_NEXT_80B)
    short, long = (cache_size(layout, engine("generic"), CacheRequest(context=n)) for n in (8, 100_000))
    assert short.state_bytes == long.state_bytes == 36 * (32 * 128 * 128 * 4 + 3 * (2 * 16 * 128 + 32 * 128) * 2)


@pytest.mark.parametrize(
    ("kv_dtype", "numerator", "denominator"),
    [
        ("f32", 4, 1),
        ("f16", 2, 1),
        ("fp8", 1, 1),
        ("q8_0", 34, 32),
        ("q5_1", 24, 32),
        ("q5_0", 22, 32),
        ("q4_1", 20, 32),
        ("q4_0", 18, 32),
        ("3bit", 3, 8),
    ],
)
def test_cache_types(kv_dtype: str, numerator: int, denominator: int) -> None:
    size = cache_size(layout_of(LLAMA_8B), engine("generic"), CacheRequest(context=100, kv_dtype=kv_dtype))
    assert size.kv_bytes * denominator == 2 * 8 * 128 * 32 * 100 * numerator


@pytest.mark.parametrize(("context", "kept"), [(15, 15), (16, 15), (17, 15), (1, 1)])
def test_transformers_keeps_one_token_less_than_the_window(context: int, kept: int) -> None:
    config = {**LLAMA_8B, "model_type": "mistral", "sliding_window": 16}
    size = cache_size(layout_of(config), engine("transformers"), CacheRequest(context=context))
    assert size.kv_bytes == 2 * 8 * 128 * 2 * 32 * kept


def test_transformers_4_expands_latents() -> None:
    layout = layout_of(DEEPSEEK_V3)
    latent = cache_size(layout, engine("transformers"), CacheRequest(context=10)).kv_bytes
    expanded = cache_size(layout, engine("transformers@4.57"), CacheRequest(context=10)).kv_bytes
    assert (latent, expanded) == (576 * 2 * 61 * 10, 128 * (64 + 128 + 128) * 2 * 61 * 10)


@pytest.mark.parametrize(("context", "cells"), [(1, 256), (256, 256), (257, 512), (1000, 1024)])
def test_llama_cpp_takes_whole_blocks_of_cells(context: int, cells: int) -> None:
    size = cache_size(layout_of(LLAMA_8B), engine("llama.cpp"), CacheRequest(context=context, kv_dtype="f16"))
    assert size.kv_bytes == 2 * 8 * 128 * 2 * 32 * cells


def test_llama_cpp_holds_the_whole_context_of_mistral() -> None:
    config = {**LLAMA_8B, "model_type": "mistral", "sliding_window": 4096}
    size = cache_size(layout_of(config), engine("llama.cpp"), CacheRequest(context=32_768))
    assert size.kv_bytes == 2 * 8 * 128 * 2 * 32 * 32_768


def test_llama_cpp_window_takes_a_batch_more() -> None:
    request = CacheRequest(context=32_768)
    size = cache_size(layout_of(GPT_OSS_20B), engine("llama.cpp"), request)
    reserved = reserved_size(layout_of(GPT_OSS_20B), engine("llama.cpp"), request)
    assert size.kv_bytes == 2 * 8 * 64 * 2 * 12 * (32_768 + 768)
    assert reserved.kv_bytes == 2 * 8 * 64 * 2 * 24 * 32_768


def test_llama_cpp_refuses_rows_that_are_not_whole_blocks() -> None:
    config = {**LLAMA_8B, "head_dim": 20, "num_key_value_heads": 1}
    size = cache_size(layout_of(config), engine("llama.cpp"), CacheRequest(context=256, kv_dtype="q8_0"))
    assert size.parts == ()
    assert "multiple of 32" in size.gaps[0].reason


def test_pages_of_vllm_round_up() -> None:
    size = cache_size(layout_of(LLAMA_8B), engine("vllm"), CacheRequest(context=17))
    assert size.kv_bytes == 2 * 8 * 128 * 2 * 32 * 32


@pytest.mark.parametrize(("kv_dtype", "latent"), [("bf16", 1152), ("fp8", 656)])
def test_latents_under_an_indexer_are_packed(kv_dtype: str, latent: int) -> None:
    config = {**DEEPSEEK_V3, "model_type": "deepseek_v32", "index_head_dim": 128}
    size = cache_size(layout_of(config), engine("vllm"), CacheRequest(context=16, kv_dtype=kv_dtype))
    assert size.kv_bytes == 61 * 16 * (latent + 132)


def test_kinds_of_layers_share_groups_of_pages_in_vllm() -> None:
    size = cache_size(layout_of(GEMMA_3_27B), engine("vllm"), CacheRequest(context=4096))
    page = 2 * 16 * 128 * 2 * 16
    assert size.kv_bytes == page * (10 * 256 + 60 * 65)


def test_a_page_of_vllm_covers_a_state() -> None:
    size = cache_size(layout_of(QWEN3_NEXT_80B), engine("vllm"), CacheRequest(context=4096))
    state = 32 * 128 * 128 * 4 + 3 * (2 * 16 * 128 + 32 * 128) * 2
    tokens = -(-state // (2 * 2 * 256 * 2) // 16) * 16
    assert size.state_bytes == 36 * tokens * 2 * 2 * 256 * 2
    assert size.kv_bytes == 12 * -(-4096 // tokens) * tokens * 2 * 2 * 256 * 2


def test_slots_of_sglang() -> None:
    size = cache_size(layout_of(LLAMA_8B), engine("sglang"), CacheRequest(context=17, batch=2))
    assert size.kv_bytes == 2 * 8 * 128 * 2 * 32 * (34 + 1)


def test_shapes_come_before_the_configuration() -> None:
    layout = layout_of(LLAMA_8B, attention_shapes(32, 4096, 512))
    size = cache_size(layout, engine("generic"), CacheRequest(context=1))
    assert size.kv_bytes == 2 * 512 * 2 * 32


def test_a_layer_of_a_kind_without_a_rule_is_never_priced() -> None:
    config = {**LLAMA_8B, "layer_types": ["full_attention"] * 31 + ["novel_attention"]}
    size = cache_size(layout_of(config), engine("generic"), CacheRequest(context=10))
    assert size.parts == ()
    assert "novel_attention" in size.gaps[0].subject


def test_a_missing_window_names_its_flag() -> None:
    config = {key: value for key, value in GPT_OSS_20B.items() if key != "sliding_window"}
    size = cache_size(layout_of(config), engine("generic"), CacheRequest(context=10))
    assert [gap.flag for gap in size.gaps] == ["--set sliding_window=N"]


def test_cross_attention_counts_encoder_tokens() -> None:
    config = {
        "model_type": "whisper",
        "is_encoder_decoder": True,
        "decoder_layers": 4,
        "decoder_attention_heads": 6,
        "d_model": 384,
        "max_source_positions": 1500,
    }
    size = cache_size(layout_of(config), engine("transformers"), CacheRequest(context=100))
    assert size.kv_bytes == 2 * 384 * 2 * 4 * (100 + 1500)


def test_encoder_tokens_that_no_context_tells_are_a_gap() -> None:
    config = {"model_type": "blip", "is_encoder_decoder": True, "decoder_layers": 2, "num_heads": 4, "d_model": 64}
    layout = replace(layout_of(config), encoder_varies=True)
    assert cache_size(layout, engine("generic"), CacheRequest(context=10)).gaps[0].flag == "--encoder-context N"
    told = cache_size(layout, engine("generic"), CacheRequest(context=10, encoder_context=577))
    assert told.kv_bytes == 2 * 64 * 2 * 2 * (10 + 577)


def test_formulas_stand_with_every_part() -> None:
    size = cache_size(layout_of(GPT_OSS_20B), engine("generic"), CacheRequest(context=1000))
    assert [part.formula for part in size.parts] == [
        "12 sliding layers x 2 x 8 kv heads x 64 x 2 x min(1000, sliding 128) tokens x 1 sequences",
        "12 full layers x 2 x 8 kv heads x 64 x 2 x 1000 tokens x 1 sequences",
    ]


# measured caches (development data, optional)


def measured(kind: str) -> list[dict[str, Any]]:
    if not (MEASURED / "truth.json").exists():
        return []
    cases = json.loads((MEASURED / "truth.json").read_text(encoding="utf-8"))["cases"]
    return [case for case in cases if case["kind"] == kind]


@cache
def measured_layout(model_dir: str) -> CacheLayout:
    folder = MEASURED / model_dir
    shapes: Shapes = {
        name: (entry["dtype"], entry["shape"])
        for header in json.loads((folder / "headers.json").read_text(encoding="utf-8")).values()
        for name, entry in header.items()
        if name != "__metadata__"
    }
    return layout_of(json.loads((folder / "config.json").read_text(encoding="utf-8")), shapes)


def _transformers_figure(case: dict[str, Any]) -> tuple[int, int]:
    version = case["engine"].split()[1]
    request = CacheRequest(
        context=case.get("max_cache_len") or case["T"],
        batch=case["batch"],
        kv_dtype={"bfloat16": "bf16", "float32": "f32"}[case["dtype"]],
        encoder_context=case.get("T_enc"),
        static=case["cache_class"] == "StaticCache",
    )
    size = cache_size(measured_layout(case["model_dir"]), engine(f"transformers@{version}"), request)
    return size.kv_bytes, size.state_bytes


def test_measured_transformers_caches() -> None:
    cases = measured("transformers_cache")
    if not cases:
        pytest.skip("../shared/memory is not here")
    wrong = [
        case["architecture"] for case in cases if _transformers_figure(case) != (case["kv_bytes"], case["state_bytes"])
    ]
    assert wrong == []


def test_measured_llama_cpp_caches() -> None:
    cases = measured("llama_cpp")
    if not cases:
        pytest.skip("../shared/memory is not here")
    wrong = []
    for case in cases:
        request = CacheRequest(
            context=case["n_ctx"],
            batch=case["n_seq_max"],
            kv_dtype=case["type_k"],
            value_dtype=case["type_v"],
            shared_context=True,
            windows=not case["swa_full"],
            ubatch=case["n_ubatch"],
            unified=case["kv_unified"],
        )
        size = cache_size(measured_layout(case["model_dir"]), engine("llama.cpp"), request)
        logged = 0.0051 * max(1, len(case["caches"]))
        off = abs(size.kv_bytes / 2**20 - case["kv_MiB"]), abs(size.state_bytes / 2**20 - case["state_MiB"])
        if size.gaps or max(off) > logged:
            wrong.append(case["architecture"])
    assert wrong == []
