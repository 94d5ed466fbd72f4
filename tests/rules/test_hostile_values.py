"""Configurations and shapes that nobody would write: rules say something or nothing, and never fail."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.builder import file_bytes
from tests.rules.support import CONFIG, judge, language_model, model_files, write

_SCALARS = st.none() | st.booleans() | st.integers(-2, 2**70) | st.floats() | st.text(max_size=5)
_VALUES = st.recursive(
    _SCALARS, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner)
)
_KEYS = st.sampled_from(
    [*CONFIG, "text_config", "quantization_config", "auto_map", "dtype", "num_nextn_predict_layers", "vision_config"]
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.dictionaries(_KEYS, _VALUES, max_size=6))
def test_any_configuration_is_judged(changes: dict[str, Any], tmp_path: Path) -> None:
    folder = write(tmp_path, model_files() | {"config.json": json.dumps({**CONFIG, **changes})})
    assert judge(folder).verdict == "pass"


@pytest.mark.parametrize("value", [[], "x", None, 5, {"": {}}, [None, {"name": 1, "template": 5}, "{{ x }}"]])
def test_any_tokenizer_configuration_is_judged(value: Any, tmp_path: Path) -> None:
    tokenizer = {"chat_template": value, "auto_map": value, "x": value}
    folder = write(tmp_path, model_files() | {"tokenizer_config.json": json.dumps(tokenizer)})
    assert judge(folder).verdict == "pass"


@pytest.mark.parametrize("name", [name for name in language_model() if ".0." in name or "layers" not in name])
@pytest.mark.parametrize("shape", [[], [0], [1], [3, 5, 7], [1] * 6])
def test_any_shape_is_judged(name: str, shape: list[int], tmp_path: Path) -> None:
    spec = {**language_model(), name: ("BF16", shape)}
    assert judge(write(tmp_path, model_files(spec))).verdict == "pass"


@pytest.mark.parametrize("config", [{"r": "4"}, {"r": 4, "rank_pattern": 5}, {"base_model_name_or_path": ["x"]}, {}])
def test_any_adapter_is_judged(config: dict[str, Any], tmp_path: Path) -> None:
    prefix = "base_model.model.model.layers.0.self_attn.q_proj."
    weights = file_bytes({prefix + "lora_A.weight": ("F32", []), prefix + "lora_B.weight": ("F32", [8, 4])})
    folder = write(tmp_path, {"adapter_model.safetensors": weights, "adapter_config.json": config})
    assert judge(folder).verdict == "pass"
