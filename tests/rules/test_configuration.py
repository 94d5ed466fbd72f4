"""Settings of a configuration against the weights: what is unusual and valid stays clean, what is wrong does not."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from inspector.rules.audit import audit
from tests.builder import Spec, file_bytes
from tests.rules.support import codes, language_model, model_files, read, write
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

GENERATOR: Mapping[str, Any] = {"model_type": "x", "architectures": ["XForCausalLM"], "tie_word_embeddings": False}


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
    assert found({**language_model(head=False), **extra}, {**GENERATOR, **config}, "ST507") == ["ST507"] * warned


def test_a_model_saved_without_its_head_on_purpose_misses_none(tmp_path: Path) -> None:
    bare = {name.removeprefix("model."): row for name, row in language_model(head=False).items()}
    assert found(bare, GENERATOR, "ST507") == []
    files = model_files(language_model(head=False), **GENERATOR)
    assert codes(audit(read(write(tmp_path / "generator", files)), select=["ST507"])) == ["ST507"]
    embeds = {**files, "modules.json": "[]", "1_Pooling/config.json": "{}"}
    assert codes(audit(read(write(tmp_path / "sentences", embeds)), select=["ST507"])) == []


@pytest.mark.parametrize(
    ("config", "warned"),
    [({}, True), ({"target_parameters": ["mlp.experts.gate_up_proj"]}, False), ({"rank_pattern": {"q": 8}}, False)],
)
def test_ranks_of_their_own_are_no_other_rank(tmp_path: Path, config: dict[str, Any], warned: bool) -> None:
    weights = file_bytes({"base_model.model.layers.0.mlp.experts.lora_A.weight": ("F32", [8, 4])}, {"format": "pt"})
    settings = {"r": 4, "base_model_name_or_path": "a/b", **config}
    files: dict[str, Any] = {"adapter_model.safetensors": weights, "adapter_config.json": settings}
    assert codes(audit(read(write(tmp_path, files)), select=["ST521"])) == ["ST521"] * warned
