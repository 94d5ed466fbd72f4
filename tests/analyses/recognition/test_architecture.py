"""What a checkpoint is: tensors decide; configuration and metadata confirm, refine, or are contradicted."""

from collections.abc import Mapping
from typing import Any

import pytest

from inspector.analyses.labelling import take_census
from inspector.analyses.recognition.architecture import Architecture, recognise
from inspector.model import Checkpoint, Target, WeightSet
from tests.analyses.models import WIDTH, counted, decoder, mixture
from tests.builder import Spec, shard

_BIASES = {
    f"self_attn.{part}_proj.bias": (rows,) for part, rows in (("q", WIDTH), ("k", WIDTH // 4), ("v", WIDTH // 4))
}
_HEAD_NORMS = {"self_attn.q_norm.weight": (16,), "self_attn.k_norm.weight": (16,)}


def _recognise(
    spec: Spec, config: Mapping[str, Any] | None = None, metadata: Mapping[str, str] | None = None
) -> Architecture:
    return recognise(*counted({"": spec}, {"config.json": config} if config else {}, metadata))


@pytest.mark.parametrize(
    ("spec", "id"),
    [
        (decoder(), "llama"),
        (decoder(extra=_BIASES), "qwen2"),
        (decoder(extra=_HEAD_NORMS), "qwen3"),
        (decoder(lacks=("input_layernorm.weight", "post_attention_layernorm.weight")), "olmo"),
        (decoder(lacks=("post_attention_layernorm.weight",)), "cohere"),
        (mixture(), "mixtral"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_blocks_tell_decoders_apart(spec: Spec, id: str) -> None:
    architecture = _recognise(spec)
    assert (architecture.id, architecture.kind) == (id, "causal-lm")


def _gpt2(*, turned: bool) -> Spec:
    """A GPT-2 of two blocks; `turned` as a quantiser writes its layers, outputs first."""
    shapes = {"attn.c_attn": (64, 192), "attn.c_proj": (64, 64), "mlp.c_fc": (64, 256), "mlp.c_proj": (256, 64)}
    spec: dict[str, tuple[str, tuple[int, ...]]] = {"wte.weight": ("F16", (1000, 64)), "wpe.weight": ("F16", (128, 64))}
    for block in range(2):
        for name, shape in shapes.items():
            spec[f"h.{block}.{name}.weight"] = ("F16", shape[::-1] if turned else shape)
            spec[f"h.{block}.{name}.bias"] = ("F16", shape[1:])
        for norm in ("ln_1", "ln_2"):
            spec |= {f"h.{block}.{norm}.{leaf}": ("F16", (64,)) for leaf in ("weight", "bias")}
    return {**spec, **{f"ln_f.{leaf}": ("F16", (64,)) for leaf in ("weight", "bias")}}


@pytest.mark.parametrize(("turned", "model_type"), [(False, "gpt2"), (True, "gpt2"), (True, "gpt_bigcode")])
def test_a_quantiser_may_have_turned_the_layers(turned: bool, model_type: str) -> None:
    architecture = _recognise(_gpt2(turned=turned), {"model_type": model_type})
    assert architecture.id == model_type.replace("_", "-")
    assert not any("contradict" in sentence for sentence in architecture.evidence)


def test_a_leaf_that_no_row_knows_is_no_known_family() -> None:
    architecture = _recognise(decoder(extra={"self_attn.mystery.weight": (WIDTH, WIDTH)}))
    assert (architecture.id, architecture.kind) == ("unknown", "causal-lm")
    assert architecture.evidence == ("its components are embedding, transformer, head",)


def test_without_a_configuration_the_candidates_are_named() -> None:
    architecture = _recognise(decoder())
    assert {"llama", "mistral", "smollm3"} <= set(architecture.candidates)


@pytest.mark.parametrize(("model_type", "name"), [("llama", "Llama"), ("mistral", "Mistral"), ("smollm3", "SmolLM3")])
def test_a_consistent_configuration_names_the_model(model_type: str, name: str) -> None:
    architecture = _recognise(decoder(), {"model_type": model_type})
    assert (architecture.id, architecture.name, architecture.candidates) == (model_type, name, ())
    assert any(f"says model_type '{model_type}'" in sentence for sentence in architecture.evidence)


@pytest.mark.parametrize("model_type", ["qwen3", "mixtral", "whisper"])
def test_a_configuration_of_another_family_is_contradicted(model_type: str) -> None:
    architecture = _recognise(decoder(), {"model_type": model_type})
    assert architecture.id == "llama"
    assert architecture.evidence[-1].endswith("which the tensors contradict")


def test_a_configuration_refuted_by_shapes_is_told() -> None:
    architecture = _recognise(decoder(), {"model_type": "llama", "hidden_size": 4096, "num_hidden_layers": 32})
    told = [sentence for sentence in architecture.evidence if sentence.startswith("config.json says")]
    assert "config.json says hidden_size 4096, the shape of model.embed_tokens.weight says 64" in told
    assert any(sentence.startswith("config.json says num_hidden_layers 32, the number of") for sentence in told)


def test_a_model_type_that_no_table_knows_is_a_candidate() -> None:
    architecture = _recognise(decoder(), {"model_type": "brand_new", "architectures": ["BrandNewForCausalLM"]})
    assert architecture.id == "llama"
    assert architecture.candidates[-1] == "brand-new"


def test_an_unknown_type_with_unknown_tensors_of_its_kind_is_named_by_its_configuration() -> None:
    spec = decoder(extra={"self_attn.mystery.weight": (WIDTH, WIDTH)})
    architecture = _recognise(spec, {"model_type": "brand_new", "architectures": ["BrandNewForCausalLM"]})
    assert (architecture.id, architecture.name, architecture.kind) == ("brand-new", "BrandNewForCausalLM", "causal-lm")


def test_a_decoder_is_a_part_of_a_vision_language_model() -> None:
    tower = {
        f"vision_tower.vision_model.encoder.layers.0.{leaf}": ("F16", shape)
        for leaf, shape in (
            ("self_attn.q_proj.weight", (32, 32)),
            ("self_attn.k_proj.weight", (32, 32)),
            ("layer_norm1.weight", (32,)),
            ("mlp.fc1.weight", (64, 32)),
        )
    }
    patch = {"vision_tower.vision_model.embeddings.patch_embedding.weight": ("F16", (32, 3, 14, 14))}
    architecture = _recognise({**decoder(prefix="language_model.model."), **tower, **patch})
    assert (architecture.id, architecture.kind) == ("unknown", "vision-language")
    assert any("a part with the tensors of Llama" in sentence for sentence in architecture.evidence)
    projector = {f"multi_modal_projector.linear_{i}.weight": ("F16", (WIDTH, 32)) for i in (1, 2)}
    assert _recognise({**decoder(prefix="language_model.model."), **tower, **patch, **projector}).id == "llava"


_UNET: dict[str, tuple[str, tuple[int, ...]]] = {
    "conv_in.weight": ("F16", (320, 4, 3, 3)),
    "time_embedding.linear_1.weight": ("F16", (1280, 320)),
    "down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k.weight": ("F16", (320, 768)),
    "down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_k.weight": ("F16", (320, 320)),
    "down_blocks.0.resnets.0.conv1.weight": ("F16", (320, 320, 3, 3)),
    "mid_block.resnets.0.conv1.weight": ("F16", (1280, 1280, 3, 3)),
    "up_blocks.0.resnets.0.conv1.weight": ("F16", (1280, 2560, 3, 3)),
}


@pytest.mark.parametrize(
    ("class_name", "verdict"),
    [
        ("StableDiffusionPipeline", "fits"),
        ("FluxPipeline", "contradict"),
        ("NeverSeenPipeline", "no table here knows"),
    ],
)
def test_the_denoiser_decides_what_a_pipeline_is(class_name: str, verdict: str) -> None:
    index = {"_class_name": class_name, "unet": ["diffusers", "UNet2DConditionModel"], "text_encoder": ["x", "Y"]}
    made = counted({"unet": _UNET, "text_encoder": decoder()}, {"model_index.json": index})
    architecture = recognise(*made)
    assert (architecture.id, architecture.kind, architecture.main) == ("sd15", "text-to-image", "unet")
    assert verdict in architecture.evidence[-1]


def test_one_component_of_a_pipeline_is_a_part_and_no_contradiction() -> None:
    index = {"_class_name": "StableDiffusionPipeline", "text_encoder": ["transformers", "LlamaForCausalLM"]}
    architecture = recognise(*counted({"text_encoder": decoder()}, {"model_index.json": index}))
    assert "of which this is a part" in architecture.evidence[-1]


@pytest.mark.parametrize(
    ("said", "verdict"),
    [
        ("stable-diffusion-v1", "fits"),
        ("stable-diffusion-xl-v1-base", "the tensors contradict"),
        ("something-else", "no table here knows"),
    ],
)
def test_modelspec_is_never_trusted_over_the_tensors(said: str, verdict: str) -> None:
    architecture = _recognise(_UNET, metadata={"modelspec.architecture": said})
    assert architecture.id == "sd15"
    assert verdict in architecture.evidence[-1]


def test_nothing_known_is_unknown() -> None:
    architecture = _recognise({"some.thing": ("F32", (3, 5, 7)), "another.weight": ("F32", (2,))})
    assert (architecture.id, architecture.name, architecture.candidates) == ("unknown", "Unknown", ())


def test_an_empty_checkpoint_is_unknown() -> None:
    assert recognise(*counted({})).id == "unknown"


def test_hostile_configuration_is_quoted_in_part_only() -> None:
    architecture = _recognise(decoder(), {"model_type": "x" * 10_000, "architectures": [{"not": "text"}]})
    assert max(len(sentence) for sentence in architecture.evidence) < 400
    assert all(len(id) <= 80 for id in architecture.candidates)


def test_the_document_has_the_interface_s_keys() -> None:
    assert set(_recognise(decoder()).to_dict()) == {"id", "name", "kind", "evidence", "candidates"}


def test_the_name_of_a_file_is_a_hint_among_candidates() -> None:
    spec = dict(_UNET)
    spec["down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k.weight"] = ("F16", (640, 2048))
    spec["add_embedding.linear_1.weight"] = ("F16", (1280, 2816))
    named = WeightSet(path="ponyDiffusionV6XL.safetensors", shards=(shard(spec, "ponyDiffusionV6XL.safetensors"),))
    checkpoint = Checkpoint(uri="x", target=Target(kind="file", ref="x"), weight_sets=(named,))
    architecture = recognise(checkpoint, take_census(checkpoint))
    assert architecture.id == "sdxl"
    assert "pony" in architecture.candidates
    assert architecture.evidence[-1] == "the file's name speaks of pony"


@pytest.mark.parametrize(("channels", "name"), [(4, "Stable Diffusion 1.x"), (9, "Stable Diffusion 1.x inpainting")])
def test_a_variant_that_tensors_show_is_named(channels: int, name: str) -> None:
    architecture = _recognise({**_UNET, "conv_in.weight": ("F16", (320, channels, 3, 3))})
    assert (architecture.id, architecture.name) == ("sd15", name)


def test_a_class_that_no_table_knows_names_what_no_row_shows() -> None:
    spec = {
        "time_embed.linear_1.weight": ("F16", (64, 32)),
        "blocks.0.mystery.to_q.weight": ("F16", (64, 64)),
        "blocks.0.adaLN_modulation.1.weight": ("F16", (384, 64)),
        "x_embedder.proj.weight": ("F16", (64, 16, 2, 2)),
    }
    architecture = _recognise(spec, {"_class_name": "NeverSeenTransformer2DModel"})
    assert (architecture.id, architecture.name) == ("neverseen", "NeverSeenTransformer2DModel")


@pytest.mark.parametrize(
    ("class_name", "told"),
    [("UNet2DConditionModel", 0), ("NeverSeenTransformer2DModel", 1), ("FluxTransformer2DModel", 1)],
)
def test_a_class_adds_no_candidate_to_what_tensors_show(class_name: str, told: int) -> None:
    architecture = _recognise(_UNET, {"_class_name": class_name})
    assert (architecture.id, architecture.candidates) == ("sd15", ())
    assert sum("_class_name" in sentence for sentence in architecture.evidence) == told


def test_a_class_that_families_share_names_none() -> None:
    spec = {"conv_in.weight": ("F16", (32, 4, 3, 3)), "mid_block.resnets.0.conv1.weight": ("F16", (32, 32, 3, 3))}
    assert _recognise(spec, {"_class_name": "UNet2DConditionModel"}).id == "unknown"


def _leaf(*shape: int) -> tuple[str, tuple[int, ...]]:
    return ("F32", shape)


_WAN = {
    "condition_embedder.text_embedder.linear_1.weight": _leaf(64, 32),
    "condition_embedder.time_embedder.linear_1.weight": _leaf(64, 32),
    "patch_embedding.weight": _leaf(64, 16, 1, 2, 2),
    "blocks.0.attn1.to_q.weight": _leaf(64, 64),
    "blocks.0.attn2.to_q.weight": _leaf(64, 64),
    "blocks.0.ffn.net.0.proj.weight": _leaf(128, 64),
    "blocks.0.scale_shift_table": _leaf(1, 6, 64),
}


@pytest.mark.parametrize(
    ("class_name", "id", "verdict"),
    [
        ("WanTransformer3DModel", "wan", "fits"),
        ("HeliosTransformer3DModel", "helios", "may have such tensors"),
        ("FluxNeverSeenTransformer3DModel", "wan", "no table here knows"),
        ("FluxTransformer2DModel", "wan", "contradict"),
    ],
)
def test_a_class_is_contradicted_only_where_its_own_tensors_are_known(class_name: str, id: str, verdict: str) -> None:
    """A class that is known by name alone, and one that only begins like a known one, may have any tensors."""
    architecture = _recognise(_WAN, {"_class_name": class_name})
    assert architecture.id == id
    assert verdict in architecture.evidence[-1]


@pytest.mark.parametrize(
    ("spec", "id"),
    [
        ({"effnet_mappers.0.weight": _leaf(64, 16, 1, 1)}, "wuerstchen"),
        ({"effnet_mapper.0.weight": _leaf(64, 16, 1, 1)}, "stable-cascade"),
    ],
)
def test_decoders_with_one_mapper_and_with_many_are_told_apart(
    spec: dict[str, tuple[str, tuple[int, ...]]], id: str
) -> None:
    shared = {
        "clip_mapper.weight": _leaf(64, 64),
        "clf.1.weight": _leaf(32, 64, 1, 1),
        "embedding.1.weight": _leaf(64, 16, 1, 1),
        "down_blocks.0.0.channelwise.0.weight": _leaf(128, 64),
        "down_blocks.0.0.depthwise.weight": _leaf(64, 1, 3, 3),
    }
    assert _recognise({**shared, **spec}).id == id


_VIT = {
    "backbone.patch_embed.proj.weight": _leaf(64, 3, 14, 14),
    "backbone.pos_embed": _leaf(1, 257, 64),
    **{
        f"backbone.blocks.{i}.{name}": row
        for i in range(2)
        for name, row in {
            "attn.qkv.weight": _leaf(192, 64),
            "attn.proj.weight": _leaf(64, 64),
            "mlp.fc1.weight": _leaf(256, 64),
            "mlp.fc2.weight": _leaf(64, 256),
            "norm1.weight": _leaf(64),
            "norm2.weight": _leaf(64),
        }.items()
    },
}


@pytest.mark.parametrize(
    ("class_name", "id", "kind"),
    [
        ("NewForDepthEstimation", "new-depth", "other"),
        ("NewForImageClassification", "timm-vit", "image-classification"),
        ("NewModel", "timm-vit", "image-classification"),
    ],
)
def test_a_tower_within_a_model_that_does_more_is_a_part(class_name: str, id: str, kind: str) -> None:
    spec = {**_VIT, "head.conv1.weight": _leaf(32, 64, 3, 3)}
    architecture = _recognise(spec, {"model_type": "new_depth", "architectures": [class_name]})
    assert (architecture.id, architecture.kind) == (id, kind)
    assert any("ViT (timm)" in sentence for sentence in architecture.evidence)


def test_a_class_that_says_little_leaves_the_kind_to_the_tensors() -> None:
    leaves = ("attn.q.weight", "attn.k.weight", "attn.v.weight", "attn.o.weight", "ffn.wi.weight", "cross.q.weight")
    spec = {"shared.weight": _leaf(1000, 64)} | {
        f"{half}.layers.{i}.{leaf}": _leaf(64, 64)
        for half in ("encoder", "decoder")
        for i in range(2)
        for leaf in leaves[: 6 if half == "decoder" else 5]
    }
    config = {"model_type": "newt5", "architectures": ["NewT5ForConditionalGeneration"]}
    architecture = _recognise(spec, config)
    assert (architecture.id, architecture.kind) == ("newt5", "encoder-decoder")


def test_an_adapter_without_matrices_is_named_by_its_configuration() -> None:
    checkpoint = counted({"": {"prompt_embeddings": _leaf(20, 64)}}, {"adapter_config.json": {"peft_type": "P_TUNING"}})
    architecture = recognise(*checkpoint)
    assert (architecture.id, architecture.kind) == ("p-tuning", "adapter")
