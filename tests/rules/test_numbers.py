"""Numbers of a configuration against shapes: what is unusual and valid stays clean, what is wrong does not."""

from collections.abc import Mapping
from typing import Any

import pytest

from inspector.model import Checkpoint, Target, WeightSet
from inspector.rules.audit import audit
from tests.builder import Spec, shard
from tests.rules.support import codes, language_model, layer

Rows = dict[str, tuple[str, list[int]]]


def found(spec: Spec, config: Mapping[str, Any], *rules: str) -> list[str]:
    """What these rules say of one file beside a configuration; nothing is written."""
    weights = WeightSet(path="model.safetensors", shards=(shard(spec, metadata={"format": "pt"}),))
    target = Target(kind="folder", ref="x")
    checkpoint = Checkpoint(uri="x", target=target, weight_sets=(weights,), configs={"config.json": config})
    return codes(audit(checkpoint, select=rules))


def stack(prefix: str, count: int, width: int = 8) -> Rows:
    """Blocks of a transformer under a prefix."""
    leaves = ("self_attn.q_proj.weight", "self_attn.k_proj.weight", "fc1.weight", "fc2.weight")
    return {f"{prefix}.{i}.{leaf}": ("F32", [width, width]) for i in range(count) for leaf in leaves}


def renamed(spec: Spec, prefix: str) -> Rows:
    return {f"{prefix}{name}": (dtype, list(shape)) for name, (dtype, shape) in spec.items()}


# -- layers -----------------------------------------------------------------------------------------------------

SEQ2SEQ: Rows = {
    "model.shared.weight": ("F32", [32, 8]),
    **stack("model.encoder.layers", 3),
    **stack("model.decoder.layers", 2),
}
T5: Rows = {
    "shared.weight": ("F32", [32, 8]),
    **{
        f"{half}.block.{i}.layer.0.SelfAttention.{leaf}.weight": ("F32", [8, 8])
        for half, count in (("encoder", 3), ("decoder", 2))
        for i in range(count)
        for leaf in "qkvo"
    },
}
#: A decoder of images within a module, and a decoder with one block less than its number says.
SEGMENTER: Rows = {
    **stack("model.pixel_level_module.decoder.encoder.layers", 3),
    **stack("model.transformer_module.decoder.layers", 4),
}
STACKED: Rows = {**language_model(), **stack("model.depth_decoder.layers", 2)}


@pytest.mark.parametrize(
    ("spec", "config", "warned"),
    [
        (SEQ2SEQ, {"encoder_layers": 3, "decoder_layers": 2}, False),
        (SEQ2SEQ, {"encoder_layers": 3, "decoder_layers": 3}, True),
        (SEQ2SEQ, {"encoder_layers": 2, "decoder_layers": 2}, True),
        (SEQ2SEQ, {"encoder_layers": 3, "decoder_layers": 2, "num_hidden_layers": 3}, False),
        (T5, {"num_layers": 3, "num_decoder_layers": 2}, False),
        (T5, {"num_layers": 2, "num_decoder_layers": 2}, True),
        (T5, {"num_layers": 3, "num_decoder_layers": 3}, True),
        (SEGMENTER, {"encoder_layers": 3, "decoder_layers": 5}, False),
        (STACKED, {"num_hidden_layers": 4, "depth_decoder_config": {"num_hidden_layers": 2}}, False),
        (STACKED, {"num_hidden_layers": 5, "depth_decoder_config": {"num_hidden_layers": 2}}, True),
        (language_model(), {"num_hidden_layers": 16, "num_layers_per_stack": 4}, False),
        (language_model(), {"num_hidden_layers": 5, "max_window_layers": 4}, True),
        (language_model(), {"num_hidden_layers": 3, "num_nextn_predict_layers": 1}, False),
        (language_model(), {"num_hidden_layers": 2, "num_nextn_predict_layers": 1}, True),
        (language_model(), {"num_hidden_layers": 5, "text_config": {"num_hidden_layers": 4}}, False),
        (language_model(), {"num_hidden_layers": 4, "text_config": {"num_hidden_layers": 5}}, True),
        (language_model(), {"thinker_config": {"text_config": {"num_hidden_layers": 4}}}, False),
        (language_model(), {"thinker_config": {"text_config": {"num_hidden_layers": 5}}}, True),
        (language_model(), {"text_config": {"num_hidden_layers": 5}, "vision_config": {"num_hidden_layers": 4}}, True),
        (language_model(), {"num_hidden_layers": None, "num_layers": 4}, False),
        (language_model(), {"num_hidden_layers": 0}, False),
        (language_model(), {"num_hidden_layers": True}, False),
    ],
)
def test_a_layer_count_is_held_against_the_blocks_it_counts(spec: Rows, config: dict[str, Any], warned: bool) -> None:
    assert found(spec, {"model_type": "x", **config}, "ST502") == ["ST502"] * warned


# -- widths and vocabulary ----------------------------------------------------------------------------------------

FACTORISED: Rows = {**language_model(), "model.embed_tokens.weight": ("BF16", [32, 4])}
FACTORISED = {name: row for name, row in FACTORISED.items() if "norm" not in name}


@pytest.mark.parametrize(
    ("spec", "hidden", "warned"),
    [(language_model(), 8, False), (language_model(), 16, True), (FACTORISED, 8, False), (FACTORISED, 12, True)],
)
def test_a_hidden_size_is_the_width_that_blocks_share(spec: Rows, hidden: int, warned: bool) -> None:
    assert found(spec, {"model_type": "x", "hidden_size": hidden}, "ST503") == ["ST503"] * warned


def embedding(rows: int, head: int = 0) -> Rows:
    spec = {**language_model(head=False), "model.embed_tokens.weight": ("BF16", [rows, 8])}
    return {**spec, "lm_head.weight": ("BF16", [head, 8])} if head else spec


@pytest.mark.parametrize(
    ("spec", "config", "codes_found"),
    [
        (embedding(32_001), {"vocab_size": 32_000}, ["ST504"]),
        (embedding(32_001, 32_000), {"vocab_size": 32_000}, []),
        (embedding(32_001, 32_001), {"vocab_size": 32_000}, ["ST504"]),
        (embedding(30_522), {"vocab_size": 50_272, "qformer_config": {"vocab_size": 30_522}}, []),
        (embedding(30_522), {"vocab_size": 50_272, "qformer_config": {"vocab_size": 30_523}}, ["ST504"]),
        (embedding(65_632), {"vocab_size": 2_051, "num_codebooks": 32}, []),
        (embedding(2_050), {"vocab_size": 2_051, "num_codebooks": 32}, ["ST504"]),
        (embedding(128_264), {"vocab_size": 128_256, "image_token_index": 128_256}, []),
        (embedding(128_264), {"vocab_size": 4_321, "eos_token_id": 128_001}, ["ST504"]),
        (embedding(50_304), {"vocab_size": 50_257}, ["ST515"]),
        (embedding(50_257), {"vocab_size": 50_304}, ["ST515"]),
        (embedding(50_280), {"vocab_size": 50_277}, ["ST515"]),
        (embedding(50_304), {"vocab_size": 50_280, "embedding_size": 50_304}, []),
        (embedding(50_320), {"vocab_size": 50_304}, ["ST504"]),
        (embedding(32_000), {"vocab_size": 31_999}, ["ST504"]),
        (embedding(32), {"vocab_size": 31}, ["ST504"]),
        (embedding(32), {"vocab_size": 40, "text_config": {"vocab_size": 32}}, []),
        (embedding(32), {"vocab_size": 32, "text_config": {"vocab_size": 40}}, ["ST504"]),
    ],
)
def test_a_vocabulary_is_that_of_some_table(spec: Rows, config: dict[str, Any], codes_found: list[str]) -> None:
    assert found(spec, {"model_type": "x", **config}, "ST504", "ST515") == codes_found


@pytest.mark.parametrize(
    ("config", "warned"),
    [
        ({"intermediate_size": 16}, False),
        ({"intermediate_size": 32}, True),
        ({"intermediate_size": 17}, True),
        ({"intermediate_size": 17, "decoder_ffn_dim": 16}, False),
        ({"intermediate_size": 17, "vision_config": {"intermediate_size": 16}}, True),
        ({"intermediate_size": 32, "model_type": "qwen"}, False),
        ({"intermediate_size": 34, "model_type": "qwen"}, True),
        ({"intermediate_size": [16, 16]}, False),
        ({"intermediate_size": None}, False),
    ],
)
def test_an_intermediate_size_is_a_dimension_of_the_blocks(config: dict[str, Any], warned: bool) -> None:
    assert found(language_model(), {"model_type": "x", **config}, "ST513") == ["ST513"] * warned


def test_heads_divide_some_projection() -> None:
    spec = {**language_model(), **stack("model.side.layers", 2, 9)}
    assert found(spec, {"model_type": "x", "num_attention_heads": 4}, "ST512") == []
    assert found(spec, {"model_type": "x", "num_attention_heads": 5}, "ST512") == ["ST512"]


# -- shapes of single layers ---------------------------------------------------------------------------------------

ODD: Rows = {**language_model(), "model.layers.2.self_attn.q_proj.weight": ("BF16", [16, 8])}
OF_ANOTHER_KIND: Rows = {**ODD, "model.layers.2.self_attn.compressor.weight": ("BF16", [4, 8])}
TOWER: Rows = {
    "vision_model.embeddings.patch_embedding.weight": ("F32", [8, 3, 2, 2]),
    **renamed(stack("encoder.layers", 4), "vision_model."),
}


@pytest.mark.parametrize(
    ("spec", "config", "warned"),
    [
        (language_model(), {}, False),
        (ODD, {}, True),
        (ODD, {"layer_types": ["full_attention"] * 4}, True),
        (ODD, {"layer_types": ["sliding", "sliding", "full", "sliding"]}, False),
        (ODD, {"text_config": {"layer_types": ["sliding", "sliding", "full", "sliding"]}}, False),
        (ODD, {"full_attention_layers": [2]}, False),
        (ODD, {"full_attention_layers": [1]}, True),
        (ODD, {"eos_token_id": [2]}, True),
        (OF_ANOTHER_KIND, {}, False),
        ({**TOWER, "vision_model.encoder.layers.0.self_attn.q_proj.weight": ("F32", [8, 9])}, {}, False),
        ({**TOWER, "vision_model.encoder.layers.2.self_attn.q_proj.weight": ("F32", [8, 9])}, {}, True),
        ({**language_model(), **layer(0), "model.layers.0.mlp.up_proj.weight": ("BF16", [24, 8])}, {}, True),
    ],
)
def test_one_odd_layer_is_told_unless_it_is_of_another_kind(spec: Rows, config: dict[str, Any], warned: bool) -> None:
    assert found(spec, {"model_type": "x", **config}, "ST511") == ["ST511"] * warned


def test_stages_of_blocks_of_one_name_are_no_odd_layers() -> None:
    spec = {
        f"encoder.layer.{stage}.layer.{i}.attention.query.weight": ("F32", [8 * (1 + (stage > 0)), 8])
        for stage in range(2)
        for i in range(1 + 3 * stage)
    }
    assert found(spec, {"model_type": "x"}, "ST511") == []


# -- architecture ---------------------------------------------------------------------------------------------------


def test_what_nothing_recognises_contradicts_no_configuration() -> None:
    """A warning names the model that the tensors are; where they are none that is known there is nothing to name."""
    unknown = {f"stem.{i}.kernel": ("F32", [8, 8, 3, 3]) for i in range(3)}
    assert found(unknown, {"model_type": "llama", "architectures": ["LlamaForCausalLM"]}, "ST509") == []
    assert found(language_model(), {"model_type": "bert", "architectures": ["BertModel"]}, "ST509") == ["ST509"]
