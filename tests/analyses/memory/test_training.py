"""Training state against measured runs of one small dense model, byte for byte, and against arithmetic."""

from typing import Any

import pytest

from inspector.analyses.census import Census
from inspector.analyses.memory.activations import BlockShape, saved_activations
from inspector.analyses.memory.decoder import find_decoder
from inspector.analyses.memory.parts import total
from inspector.analyses.memory.training import TrainingRequest, TrainingState, training_state
from tests.analyses.memory_support import census_of

HIDDEN, INNER, LAYERS, VOCABULARY = 256, 512, 4, 1024
CONFIG = {
    "model_type": "llama",
    "hidden_size": HIDDEN,
    "intermediate_size": INNER,
    "num_hidden_layers": LAYERS,
    "num_attention_heads": 8,
    "num_key_value_heads": 2,
    "head_dim": 32,
    "vocab_size": VOCABULARY,
}


def model(dtype: str = "F32", *, tied: bool = False) -> Census:
    """39 tensors and 2,754,816 parameters; 38 and 2,492,672 with tied embeddings."""
    shapes: dict[str, Any] = {"model.embed_tokens.weight": (dtype, (VOCABULARY, HIDDEN))}
    for layer in range(LAYERS):
        root = f"model.layers.{layer}"
        for name, rows, columns in (("q", HIDDEN, HIDDEN), ("k", 64, HIDDEN), ("v", 64, HIDDEN), ("o", HIDDEN, HIDDEN)):
            shapes[f"{root}.self_attn.{name}_proj.weight"] = (dtype, (rows, columns))
        shapes[f"{root}.mlp.gate_proj.weight"] = (dtype, (INNER, HIDDEN))
        shapes[f"{root}.mlp.up_proj.weight"] = (dtype, (INNER, HIDDEN))
        shapes[f"{root}.mlp.down_proj.weight"] = (dtype, (HIDDEN, INNER))
        shapes[f"{root}.input_layernorm.weight"] = (dtype, (HIDDEN,))
        shapes[f"{root}.post_attention_layernorm.weight"] = (dtype, (HIDDEN,))
    shapes["model.norm.weight"] = (dtype, (HIDDEN,))
    if not tied:
        shapes["lm_head.weight"] = (dtype, (VOCABULARY, HIDDEN))
    return census_of(shapes)


def run(dtype: str = "F32", *, tied: bool = False, **options: Any) -> TrainingState:
    census = model(dtype, tied=tied)
    return training_state(census, find_decoder(census, CONFIG), TrainingRequest(activations=False, **options))


@pytest.mark.parametrize(
    ("method", "precision", "measured"),
    [
        ("adamw", "fp32", 44_077_212),
        ("adamw", "autocast", 44_077_212),
        ("adamw", "bf16", 22_038_684),
        ("adamw", "mixed", 44_077_212),
        ("adamw", "mixed-f32-grads", 49_586_844),
        ("adamw", "mixed-both-grads", 55_096_476),
        ("amsgrad", "fp32", 55_096_476),
        ("sgd", "fp32", 22_038_528),
        ("sgd-momentum", "fp32", 33_057_792),
        ("adafactor", "fp32", 22_121_628),
        ("muon", "fp32", 30_951_424),
    ],
)
def test_full_training_state_is_the_measured_one(method: str, precision: str, measured: int) -> None:
    assert total(run(method=method, precision=precision).parts) == measured


def test_tied_embeddings_count_once() -> None:
    assert total(run(tied=True, method="adamw", precision="fp32").parts) == 39_882_904


@pytest.mark.parametrize(
    ("dtype", "options", "measured", "trained"),
    [
        ("BF16", {"rank": 8, "targets": ("q_proj", "v_proj")}, 5_935_680, 26_624),
        ("BF16", {"rank": 8, "targets": ("q_proj", "v_proj"), "adapter_dtype": "bf16"}, 5_722_688, 26_624),
        ("BF16", {"rank": 16}, 9_573_088, 253_952),
        ("F32", {"rank": 16}, 15_082_720, 253_952),
        ("BF16", {"rank": 16, "method": "dora"}, 9_696_080, 261_632),
        ("BF16", {"rank": 8, "targets": ("q_proj", "v_proj"), "saved": ("lm_head",)}, 8_032_836, 288_768),
    ],
)
def test_adapter_state_is_the_measured_one(dtype: str, options: dict[str, Any], measured: int, trained: int) -> None:
    state = run(dtype, **{"method": "lora", **options})
    assert (total(state.parts), state.trained_params) == (measured, trained)


def test_qlora_takes_the_projected_base() -> None:
    census = model("BF16")
    request = TrainingRequest(method="qlora", rank=16, activations=False)
    state = training_state(census, find_decoder(census, CONFIG), request, base_bytes=1_500_000)
    assert total(state.parts) == 1_500_000 + 253_952 * 16 + 56 * 4


def test_eight_bit_adam_keeps_small_tensors_wide() -> None:
    state = run(method="adamw8bit", precision="bf16")
    wide = 9 * 256
    narrow = 2_754_816 - wide
    assert total(state.parts, "optimizer") == 2 * (narrow + 4 * narrow // 256) + 2 * 4 * wide


@pytest.mark.parametrize(
    ("sharding", "expected"),
    [
        ("none", 2 + 2 + 4 + 8),
        ("zero1", 2 + 2 + 1 + 2),
        ("zero2", 2 + 0.5 + 1 + 2),
        ("zero3", 0.5 + 0.5 + 1 + 2),
        ("fsdp", 0.5 + 0.5 + 1 + 2),
    ],
)
def test_sharding_divides_what_it_names(sharding: str, expected: float) -> None:
    state = run("BF16", method="adamw", sharding=sharding, devices=4)
    steps = 39 * 4 // (1 if sharding == "none" else 4)
    assert total(state.parts) == 2_754_816 * expected + steps


def test_precision_follows_the_weights() -> None:
    assert run("F32").precision == "fp32"
    assert run("BF16").precision == "mixed"


@pytest.mark.parametrize(("dtype", "bytes_per_param"), [("F32", 16), ("BF16", 8)])
def test_rule_of_four_times_the_model(dtype: str, bytes_per_param: int) -> None:
    assert run(dtype).rule_of_thumb_bytes == 2_754_816 * bytes_per_param


def test_training_compute_is_six_times_parameters_and_tokens() -> None:
    assert run(tokens=1_000_000).flops == 6 * 2_754_816 * 1_000_000


def test_a_target_that_is_not_there_is_said() -> None:
    state = run("BF16", method="lora", targets=("q_proj", "qq_proj"))
    assert [gap.subject for gap in state.gaps] == ["adapters on 'qq_proj'"]


def test_every_part_has_formula_and_source() -> None:
    for part in run("BF16", method="lora", saved=("lm_head",)).parts:
        assert part.formula
        assert part.source


SHAPE = BlockShape(layers=4, hidden=256, intermediate=512, heads=8, kv_heads=2, head_size=32, vocabulary=1024)


@pytest.mark.parametrize(
    ("width", "attention", "tokens", "batch", "measured"),
    [
        (4, "flash", 64, 1, 4_812_044),
        (4, "flash", 128, 1, 9_624_076),
        (4, "flash", 256, 1, 19_248_140),
        (4, "flash", 128, 2, 19_215_364),
        (4, "eager", 128, 1, 12_491_276),
        (4, "eager", 256, 1, 29_176_844),
        (4, "eager", 128, 2, 24_949_764),
        (2, "flash", 128, 1, 5_675_532),
        (2, "flash", 256, 1, 11_351_052),
        (2, "eager", 256, 1, 24_687_628),
    ],
)
def test_saved_activations_are_the_measured_ones(
    width: int, attention: Any, tokens: int, batch: int, measured: int
) -> None:
    saved = saved_activations(SHAPE, tokens=tokens, batch=batch, element_bytes=width, attention=attention)
    assert abs(saved.bytes - measured) <= 16


@pytest.mark.parametrize(
    ("width", "tokens", "measured"), [(2, 128, 1_051_148), (2, 256, 2_102_284), (4, 128, 1_444_364)]
)
def test_checkpointing_keeps_a_layer_input_and_recomputes_one_layer(width: int, tokens: int, measured: int) -> None:
    full = saved_activations(SHAPE, tokens=tokens, batch=1, element_bytes=width, checkpointing="full")
    one = saved_activations(SHAPE, tokens=tokens, batch=1, element_bytes=width)
    none = BlockShape(layers=3, hidden=256, intermediate=512, heads=8, kv_heads=2, head_size=32, vocabulary=1024)
    layer = one.bytes - saved_activations(none, tokens=tokens, batch=1, element_bytes=width).bytes
    assert abs(full.bytes - layer - measured) <= 4096
