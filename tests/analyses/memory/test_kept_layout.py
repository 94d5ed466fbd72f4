"""Which models keep something between tokens at all."""

from typing import Any

import pytest

from inspector.analyses.memory.decoder import Decoder
from inspector.analyses.memory.kept_layout import kept_layout
from inspector.analyses.recognition.architecture import Architecture
from tests.analyses.memory_support import attention_shapes, census_of

CONFIG = {"model_type": "llama", "num_hidden_layers": 2}
DECODER = attention_shapes(2, 64, 32)
TOWER = attention_shapes(2, 64, 64, "vision_model.encoder.layers")


def kept(kind: str, shapes: dict[str, Any], *, name: str = "llama", **config: Any) -> str:
    """What the layout says: nothing, known, or the subject of its first gap."""
    architecture = Architecture(id=name, name=name, kind=kind, evidence=())
    layers = {0: {"self_attn.k_proj.weight": (32, 64), "self_attn.v_proj.weight": (32, 64)}}
    decoder = Decoder(config=config, root=config, layers=layers, blocks=1)
    layout = kept_layout(architecture, census_of(shapes), decoder)
    if layout is None:
        return "nothing"
    return layout.gaps[0].subject if layout.gaps else "known"


@pytest.mark.parametrize(
    ("kind", "shapes", "expected"),
    [
        ("causal-lm", DECODER, "known"),
        ("vision-language", {**DECODER, **TOWER}, "known"),
        ("vision-language", TOWER, "nothing"),
        ("speech", DECODER, "known"),
        ("speech", TOWER, "nothing"),
        ("text-encoder", DECODER, "nothing"),
        ("text-to-image", DECODER, "nothing"),
        ("vae", TOWER, "nothing"),
        ("unknown", DECODER, "what it keeps between tokens"),
        ("other", DECODER, "what it keeps between tokens"),
    ],
)
def test_kinds_of_models(kind: str, shapes: dict[str, Any], expected: str) -> None:
    assert kept(kind, shapes, model_type="llama") == expected


def test_a_class_that_generates_makes_a_model_one() -> None:
    assert kept("unknown", DECODER, model_type="llama", architectures=["LlamaForCausalLM"]) == "known"
    assert kept("unknown", DECODER, model_type="llama", architectures=["LlamaModel"]) != "known"


def test_a_model_that_nothing_names_is_not_known() -> None:
    assert kept("causal-lm", DECODER, name="unknown") == "what it keeps between tokens"
    assert kept("causal-lm", DECODER, name="unknown", model_type="llama") == "known"
