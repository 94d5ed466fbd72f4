"""Hyperparameters of a language model as the GGUF converter reads them from config.json."""

from collections.abc import Mapping
from typing import Any, Final

_TEXT_SECTIONS: Final = ("text_config", "llm_config", "lm_config", "language_config", "lfm")
#: Classes that keep their own class although their text section names another.
_TOP_CLASSES: Final = frozenset(
    ("StepVLForConditionalGeneration", "Sarashina2VisionForCausalLM", "Exaone4_5_ForConditionalGeneration")
)

_LOCAL_THETAS: Final = (
    "local_rope_theta",
    "rope_local_theta",
    "rope_theta_local",
    "swa_rope_theta",
    "rope_local_base_freq",
)


class GgufConfig:
    """A config.json with its text section laid over it; missing or odd values read as None."""

    __slots__ = ("top", "values")

    def __init__(self, config: Mapping[str, Any]) -> None:
        self.top = config
        self.values: Mapping[str, Any] = {**config, **text_section(config)}

    def text_class(self) -> str:
        """The transformers class that decides the treatment, "" where the config names none."""
        top = _first_class(self.top)
        if top in _TOP_CLASSES:
            return top
        return _first_class(text_section(self.top)) or top

    @property
    def model_type(self) -> str:
        """transformers' name of the configuration class, "" where none is given."""
        value = self.values.get("model_type")
        return value if isinstance(value, str) else ""

    def find(self, *keys: str) -> Any:
        """The value of the first key that is there, None for none."""
        return next((self.values[key] for key in keys if key in self.values), None)

    def number(self, *keys: str) -> int | None:
        """The positive whole number of the first key that is there; a list's first positive one; else None."""
        value = self.find(*keys)
        if isinstance(value, list):
            value = next((item for item in value if isinstance(item, int) and item > 0), None)
        return value if isinstance(value, int) and value > 0 and not isinstance(value, bool) else None

    def rope(self) -> Mapping[str, Any]:
        """The rotary parameters of full attention, {} for none."""
        for key in ("rope_parameters", "rope_scaling"):
            value = self.values.get(key)
            if isinstance(value, dict):
                full = value.get("full_attention", value)
                return full if isinstance(full, dict) else {}
        return {}

    @property
    def local_rope_theta(self) -> Any:
        """The rotary base of sliding-window layers, None where they have none of their own."""
        rope = self.values.get("rope_parameters")
        local = rope.get("sliding_attention") if isinstance(rope, dict) else None
        own = local.get("rope_theta") if isinstance(local, dict) else None
        return own if own is not None else self.find(*_LOCAL_THETAS)

    @property
    def layers(self) -> int | None:
        return self.number("n_layers", "num_hidden_layers", "n_layer", "num_layers")

    @property
    def heads(self) -> int | None:
        return self.number("num_attention_heads", "n_head", "n_heads", "num_heads")

    @property
    def kv_heads(self) -> int | None:
        if self.find("multi_query") is True and not self.find("new_decoder_architecture"):
            return 1
        return self.number("num_key_value_heads", "n_kv_heads", "num_kv_heads", "n_head_kv", "multi_query_group_num")

    @property
    def width(self) -> int | None:
        return self.number("hidden_size", "n_embd", "dim", "d_model")

    @property
    def head_width(self) -> int | None:
        own = self.number("head_dim", "attention_head_dim", "kv_channels")
        if own:
            return own
        return self.width // self.heads if self.width and self.heads else None

    @property
    def experts(self) -> int:
        section = self.values.get("ffn_config")
        nested = section.get("moe_num_experts") if isinstance(section, dict) else None
        number = self.number("num_local_experts", "num_experts", "n_routed_experts", "moe_num_experts")
        return number or (nested if isinstance(nested, int) else 0) or 0

    @property
    def mtp_layers(self) -> int:
        return self.number("num_nextn_predict_layers", "mtp_num_hidden_layers") or 0


def text_section(config: Mapping[str, Any]) -> Mapping[str, Any]:
    """The section of a multimodal config that describes its language model, {} for none."""
    thinker = config.get("thinker_config")
    if isinstance(thinker, dict):
        config = thinker
    for key in _TEXT_SECTIONS:
        section = config.get(key)
        if isinstance(section, dict):
            return section
    return {}


def _first_class(config: Mapping[str, Any]) -> str:
    classes = config.get("architectures")
    if isinstance(classes, list) and classes and isinstance(classes[0], str):
        return classes[0]
    return ""
