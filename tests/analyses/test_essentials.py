"""Modules that a kind of model never goes without."""

from collections.abc import Mapping
from typing import Any

import pytest

from inspector.analyses.declared import find_stacks
from inspector.analyses.essentials import absent_modules
from inspector.analyses.repeated import find_repeated
from tests.analyses.models import counted, decoder
from tests.builder import Spec

_VISION: Spec = {
    "model.vision_tower.patch_embedding.weight": ("BF16", (64, 3, 14, 14)),
    **{
        f"model.vision_tower.encoder.layers.{b}.self_attn.{p}_proj.weight": ("BF16", (64, 64))
        for b in range(3)
        for p in "qkv"
    },
}
_CONFIG: Mapping[str, Any] = {"model_type": "x", "architectures": ["XForConditionalGeneration"]}


def _absent(spec: Spec, kind: str = "causal-lm", **config: Any) -> list[str]:
    census = counted({"": spec}, {"config.json": config})[1].sets[0]
    return [each.module for each in absent_modules(census, find_stacks(census), find_repeated(census), kind)]


def _without(spec: Spec, word: str) -> Spec:
    return {name: form for name, form in spec.items() if word not in name}


@pytest.mark.parametrize(
    ("architectures", "absent"),
    [(["XForCausalLM"], ["token embedding"]), ([], ["token embedding"]), (["XAssistantModel"], []), (["XDraft"], [])],
)
def test_a_draft_may_read_with_the_tables_of_another_model(architectures: list[str], absent: list[str]) -> None:
    assert _absent(_without(decoder(), "embed_tokens"), architectures=architectures) == absent


@pytest.mark.parametrize(
    ("spec", "kind", "absent"),
    [
        (decoder(), "causal-lm", []),
        (decoder(head=False), "causal-lm", []),
        (_without(decoder(), "embed_tokens"), "causal-lm", ["token embedding"]),
        (_without(decoder(), "embed_tokens"), "other", []),
        (_without(decoder(), "model.norm"), "causal-lm", ["final norm"]),
        (_without(_without(decoder(), "model.norm"), "input_layernorm"), "causal-lm", []),
    ],
)
def test_a_language_model_reads_tokens_and_ends_in_a_norm(spec: Spec, kind: str, absent: list[str]) -> None:
    assert _absent(spec, kind, **_CONFIG) == absent


@pytest.mark.parametrize(
    ("spec", "config", "absent"),
    [
        ({**decoder(), **_VISION}, {**_CONFIG, "vision_config": {}}, []),
        (decoder(), {**_CONFIG, "vision_config": {}}, ["vision tower"]),
        (decoder(), {**_CONFIG, "vision_config": {}, "architectures": ["XForCausalLM"]}, []),
        (decoder(), {**_CONFIG, "audio_config": {}}, ["audio tower"]),
        (decoder(), {**_CONFIG, "audio_config": None}, []),
    ],
)
def test_a_configured_tower_is_there(spec: Spec, config: Mapping[str, Any], absent: list[str]) -> None:
    assert _absent(spec, **config) == absent


def test_a_model_that_reads_and_writes_has_both_sides() -> None:
    sides = {**decoder(prefix="model.encoder."), **decoder(prefix="model.decoder.")}
    both = {**_CONFIG, "is_encoder_decoder": True}
    assert _absent(sides, "encoder-decoder", **both) == []
    half = _absent(_without(sides, "encoder.layers"), "encoder-decoder", **both)
    assert half == ["encoder block"]


def test_a_configured_list_of_blocks_is_there() -> None:
    modules = [f"attn.to_{letter}" for letter in "qkvo"] + [f"ff.part_{letter}" for letter in "abcdef"]
    blocks: Spec = {f"single_blocks.{b}.{m}.weight": ("BF16", (64, 64)) for b in range(5) for m in modules}
    assert _absent(blocks, "other", _class_name="XTransformer2DModel", num_single_layers=5) == []
    longer = _absent(blocks, "other", _class_name="XTransformer2DModel", num_single_layers=6)
    assert longer == ["list of 6 blocks"]
    assert _absent(blocks, "other", num_single_layers=6) == []
