"""Low-rank adapters: rank, form and base from names, widths and metadata."""

import pytest

from inspector.analyses.labelling import take_census
from inspector.analyses.recognition.architecture import Architecture, recognise
from inspector.model import Checkpoint, Target, WeightSet
from tests.analyses.models import counted
from tests.builder import Spec, shard


def _kohya(*modules: tuple[str, int, int], rank: int = 8) -> dict[str, tuple[str, tuple[int, ...]]]:
    spec: dict[str, tuple[str, tuple[int, ...]]] = {}
    for name, rows, columns in modules:
        spec[f"{name}.lora_down.weight"] = ("F16", (rank, columns))
        spec[f"{name}.lora_up.weight"] = ("F16", (rows, rank))
        spec[f"{name}.alpha"] = ("F16", ())
    return spec


def _peft(*modules: tuple[str, int, int], rank: int = 8) -> dict[str, tuple[str, tuple[int, ...]]]:
    spec: dict[str, tuple[str, tuple[int, ...]]] = {}
    for name, rows, columns in modules:
        spec[f"{name}.lora_A.weight"] = ("F32", (rank, columns))
        spec[f"{name}.lora_B.weight"] = ("F32", (rows, rank))
    return spec


_ATTN2 = "lora_unet_down_blocks_1_attentions_0_transformer_blocks_0_attn2_to_k"
_ATTN1 = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_q"
_QUERY = "base_model.model.model.layers.0.self_attn.q_proj"


def _recognise(spec: Spec, metadata: dict[str, str] | None = None, config: object = None) -> Architecture:
    return recognise(*counted({"": spec}, {"adapter_config.json": config} if config else {}, metadata))


@pytest.mark.parametrize(
    ("spec", "id"),
    [
        (_kohya((_ATTN2, 640, 768)), "sd15-lora"),
        (_kohya((_ATTN2, 640, 1024)), "sd21-lora"),
        (_kohya((_ATTN2, 640, 2048)), "sdxl-lora"),
        (_kohya((_ATTN1, 320, 320)), "sd15-lora"),
        (_kohya((_ATTN1, 640, 640)), "sdxl-lora"),
        (
            _kohya(
                ("lora_unet_double_blocks_0_img_mod_lin", 18432, 3072),
                ("lora_unet_double_blocks_0_img_attn_qkv", 9216, 3072),
            ),
            "flux-lora",
        ),
        (_peft(("transformer.single_transformer_blocks.0.attn.to_q", 3072, 3072)), "flux-lora"),
        (_peft(("transformer.transformer_blocks.0.attn.add_k_proj", 3072, 3072)), "qwen-image-lora"),
        (_peft(("transformer.transformer_blocks.0.attn.add_k_proj", 2432, 2432)), "sd35-lora"),
        (
            _kohya(("lora_unet_blocks_0_self_attn_q", 5120, 5120), ("lora_unet_blocks_0_cross_attn_k", 5120, 5120)),
            "wan-lora",
        ),
        (_peft((_QUERY, 4096, 4096)), "llama-lora"),
        (
            _peft(
                ("base_model.model.model.decoder.layers.0.encoder_attn.q_proj", 1280, 1280),
                ("base_model.model.model.encoder.layers.0.fc1", 1280, 1280),
            ),
            "whisper-lora",
        ),
        (_peft(("some.thing.else", 64, 64)), "lora"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_modules_and_widths_tell_the_base(spec: Spec, id: str) -> None:
    architecture = _recognise(spec)
    assert (architecture.id, architecture.kind) == (id, "adapter")


def test_the_rank_is_that_of_most_modules() -> None:
    spec = {**_kohya((_ATTN2, 640, 768), (_ATTN2 + "_x", 640, 768)), **_kohya((_ATTN2 + "_y", 640, 768), rank=4)}
    architecture = _recognise(spec)
    assert architecture.name == "LoRA for Stable Diffusion 1.x, rank 8"
    assert any(sentence.startswith("rank 4 (1 modules), 8 (2 modules)") for sentence in architecture.evidence)


def test_metadata_decides_among_candidates_only() -> None:
    spec = _kohya(("lora_unet_double_blocks_0_img_attn_qkv", 9216, 3072))
    assert _recognise(spec).candidates == ("flux", "chroma", "hunyuan-video")
    assert _recognise(spec, {"ss_base_model_version": "hunyuan_video"}).id == "hunyuan-video-lora"
    contradicted = _recognise(spec, {"ss_base_model_version": "sd_v1"})
    assert contradicted.id == "flux-lora"
    assert any("speaks of sd15, its modules do not" in sentence for sentence in contradicted.evidence)


def test_the_base_named_by_peft_decides_among_candidates() -> None:
    config = {"peft_type": "LORA", "base_model_name_or_path": "Qwen/Qwen2.5-7B"}
    architecture = _recognise(_peft((_QUERY, 3584, 3584)), config=config)
    assert (architecture.id, architecture.candidates) == ("qwen2-lora", ())


def test_an_adapter_is_described_by_its_own_configuration_beside_a_base() -> None:
    """adapter_config.json speaks of adapter_model.safetensors, config.json of a model in the same folder."""
    configs = {"config.json": {"model_type": "llama"}, "adapter_config.json": {"base_model_name_or_path": "Qwen/Qwen2"}}
    weights = WeightSet(path="", shards=(shard(_peft((_QUERY, 64, 64)), path="adapter_model.safetensors"),))
    made = Checkpoint(uri="x", target=Target(kind="folder", ref="x"), weight_sets=(weights,), configs=configs)
    assert recognise(made, take_census(made)).id == "qwen2-lora"


def test_words_alone_name_no_base() -> None:
    architecture = _recognise(_kohya(("lora_x", 64, 64)), {"ss_base_model_version": "sdxl_base_v1-0"})
    assert (architecture.id, architecture.candidates) == ("lora", ("sdxl",))


@pytest.mark.parametrize(
    ("ends", "form"),
    [
        ({"hada_w1_a": (320, 8), "hada_w1_b": (8, 768), "hada_w2_a": (320, 8), "hada_w2_b": (8, 768)}, "LoHa"),
        ({"lokr_w1": (16, 16), "lokr_w2_a": (20, 8), "lokr_w2_b": (8, 48)}, "LoKr"),
    ],
)
def test_other_forms_are_named(ends: dict[str, tuple[int, ...]], form: str) -> None:
    architecture = _recognise({f"{_ATTN2}.{end}": ("F16", shape) for end, shape in ends.items()})
    assert architecture.name.startswith(form)
    assert architecture.kind == "adapter"


@pytest.mark.parametrize(
    ("spec", "name"),
    [
        ({"emb_params": ("F32", (4, 768))}, "Textual inversion for Stable Diffusion 1.x"),
        ({"<cat-toy>": ("F32", (1, 1024))}, "Textual inversion for Stable Diffusion 2.x"),
        ({"clip_l": ("F16", (2, 768)), "clip_g": ("F16", (2, 1280))}, "Textual inversion for Stable Diffusion XL"),
        ({"emb_params": ("F32", (4, 777))}, "Textual inversion"),
    ],
)
def test_vectors_of_words_tell_their_base_by_their_width(spec: Spec, name: str) -> None:
    architecture = _recognise(spec)
    assert (architecture.id, architecture.kind, architecture.name) == ("textual-inversion", "adapter", name)


def test_an_image_prompt_with_low_rank_parts_is_no_lora() -> None:
    spec: dict[str, tuple[str, tuple[int, ...]]] = {
        "ip_adapter.0.to_q_lora.down.weight": ("F16", (8, 320)),
        "ip_adapter.0.to_q_lora.up.weight": ("F16", (320, 8)),
        "ip_adapter.1.to_k_ip.weight": ("F16", (320, 768)),
        "ip_adapter.1.to_v_ip.weight": ("F16", (320, 768)),
        "image_proj.proj.weight": ("F16", (3072, 1024)),
    }
    assert _recognise(spec).id == "ip-adapter"
