"""Settings of a configuration against the weights: what is unusual and valid stays clean, what is wrong does not."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.builder import Spec
from tests.rules.support import language_model
from tests.rules.test_numbers import Rows, found

GPTQ: Rows = {
    name.replace(".weight", f".{leaf}"): (dtype, shape)
    for name in language_model()
    if "proj" in name
    for leaf, dtype, shape in (
        ("qweight", "I32", [8, 64]),
        ("qzeros", "I32", [1, 8]),
        ("scales", "F16", [1, 64]),
        ("g_idx", "I32", [64]),
    )
}
FP8: Rows = {
    name: ("F8_E4M3" if "proj" in name else "BF16", list(shape)) for name, (_, shape) in language_model().items()
}


@pytest.mark.parametrize(
    ("spec", "settings", "warned"),
    [
        (language_model(), None, False),
        (language_model(), {}, False),
        (language_model(), {"quant_method": "gptq", "bits": 4}, True),
        (language_model(), {"quant_method": "bitnet", "quantization_mode": "offline"}, True),
        (language_model(), {"quant_method": "bitnet", "quantization_mode": "online"}, False),
        (language_model(), {"quant_method": "modelopt", "quant_algo": None, "kv_cache_quant_algo": "FP8"}, False),
        (language_model(), {"quant_method": "modelopt", "quant_algo": "NVFP4"}, True),
        (language_model(), {"quant_method": "compressed-tensors", "config_groups": {}, "kv_cache_scheme": {}}, False),
        (language_model(), {"quant_method": "compressed-tensors", "format": "dense"}, False),
        (
            language_model(),
            {"quant_method": "compressed-tensors", "config_groups": {"group_0": {"weights": {"num_bits": 4}}}},
            True,
        ),
        (
            language_model(),
            {"quant_method": "compressed-tensors", "config_groups": {"group_0": {"weights": None}}},
            False,
        ),
        (FP8, {"quant_method": "fp8"}, False),
        (FP8, None, False),
        (GPTQ, {"quant_method": "gptq", "bits": 4}, False),
        (GPTQ, None, True),
    ],
)
def test_quantisation_settings_speak_of_the_weights(
    spec: Spec, settings: Mapping[str, Any] | None, warned: bool
) -> None:
    config = {"model_type": "x", "quantization_config": settings}
    assert found(spec, config, "ST506") == ["ST506"] * warned


@pytest.mark.parametrize(
    ("extra", "config", "warned"),
    [
        ({}, {}, True),
        ({}, {"tie_embeddings": True}, False),
        ({}, {"shared_input_output_embedding": True}, False),
        ({}, {"shared_input_output_embedding": False}, True),
        ({"generator_out.weight": ("BF16", [32, 8])}, {}, False),
        ({"generator_out.weight": ("BF16", [8, 32])}, {}, False),
        ({"generator_out.weight": ("BF16", [8, 8])}, {}, True),
    ],
)
def test_a_missing_head_is_told_where_nothing_takes_its_place(
    extra: Rows, config: dict[str, Any], warned: bool
) -> None:
    base = {"model_type": "x", "architectures": ["XForCausalLM"], "tie_word_embeddings": False}
    assert found({**language_model(head=False), **extra}, {**base, **config}, "ST507") == ["ST507"] * warned
