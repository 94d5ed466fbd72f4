"""Denoisers as people quantise them; figures of whole releases are checked where the layout is reproduced here."""

import pytest

from inspector.analyses.labelling import take_census
from inspector.analyses.projection import project
from inspector.analyses.projections.values import Projection
from tests.analyses.projections.support import checkpoint_of, linear, one, refusal

Spec = dict[str, tuple[str, tuple[int, ...]]]

_WIDE = 3072


def flux(double: int = 19, single: int = 38, dtype: str = "BF16") -> Spec:
    """FLUX.1-dev's transformer in its original layout."""
    w = _WIDE
    spec: Spec = linear("img_in", w, 64, dtype, bias=True) | linear("txt_in", w, 4096, dtype, bias=True)
    for name, width in (("time_in", 256), ("vector_in", 768), ("guidance_in", 256)):
        spec |= linear(f"{name}.in_layer", w, width, dtype, bias=True) | linear(
            f"{name}.out_layer", w, w, dtype, bias=True
        )
    for block in range(double):
        for stream in ("img", "txt"):
            stem = f"double_blocks.{block}.{stream}"
            spec |= linear(f"{stem}_attn.qkv", 3 * w, w, dtype, bias=True) | linear(
                f"{stem}_attn.proj", w, w, dtype, bias=True
            )
            spec |= linear(f"{stem}_mlp.0", 4 * w, w, dtype, bias=True) | linear(
                f"{stem}_mlp.2", w, 4 * w, dtype, bias=True
            )
            spec |= linear(f"{stem}_mod.lin", 6 * w, w, dtype, bias=True)
            spec |= {f"{stem}_attn.norm.{name}_norm.scale": (dtype, (128,)) for name in ("query", "key")}
    for block in range(single):
        stem = f"single_blocks.{block}"
        spec |= linear(f"{stem}.linear1", 7 * w, w, dtype, bias=True) | linear(
            f"{stem}.linear2", w, 5 * w, dtype, bias=True
        )
        spec |= linear(f"{stem}.modulation.lin", 3 * w, w, dtype, bias=True)
        spec |= {f"{stem}.norm.{name}_norm.scale": (dtype, (128,)) for name in ("query", "key")}
    spec |= linear("final_layer.linear", 64, w, dtype, bias=True)
    return spec | linear("final_layer.adaLN_modulation.1", 2 * w, w, dtype, bias=True)


@pytest.mark.parametrize(
    ("scheme", "published"),
    [
        ("gguf/q4_1", 7_536_977_184),
        ("gguf/q6_k", 9_848_349_984),
        ("gguf/q8_0", 12_714_452_256),
    ],
)
def test_the_current_rules_give_the_published_files_of_flux(scheme: str, published: int) -> None:
    row = one(flux(), scheme)
    assert row.projected_bytes == published
    assert row.basis == "modelled"


@pytest.mark.parametrize(
    ("scheme", "published"),
    [("gguf/q4_0", 6_791_167_136), ("gguf/q5_1", 9_010_085_024), ("gguf/q8_0", 12_708_281_504)],
)
def test_the_lowest_figure_is_the_file_of_the_first_version(scheme: str, published: int) -> None:
    assert one(flux(), scheme).low_bytes == published


@pytest.mark.parametrize(
    ("scheme", "published"),
    [("gguf/q2_k", 4_032_341_280), ("gguf/q4_k_s", 6_805_988_640), ("gguf/q6_k", 9_857_000_736)],
)
def test_the_highest_figure_is_the_file_of_the_version_after_it(scheme: str, published: int) -> None:
    assert one(flux(), scheme).high_bytes == published


@pytest.mark.parametrize(
    ("scheme", "published", "share"),
    [
        ("comfy/fp8", 11_901_408_320 + 106_000, 0.0001),
        ("svdq/int4", 6_768_309_832, 0.0005),
        ("svdq/fp4", 7_038_706_888, 0.0005),
    ],
)
def test_published_files_of_flux_lie_within_a_thousandth(scheme: str, published: int, share: float) -> None:
    row = one(flux(), scheme)
    assert abs(row.projected_bytes - published) <= share * published
    assert row.low_bytes <= published <= row.high_bytes


def test_stable_diffusion_cpp_quantises_norms_and_keeps_names_of_its_list() -> None:
    row = one(flux(1, 1), "sdcpp/q8_0")
    kinds = {group.pattern: group.to_dtype for group in row.groups}
    assert kinds["single_blocks.*.linear1.weight"] == "Q8_0"
    assert kinds["img_in.weight"] == "BF16"
    assert kinds["single_blocks.*.linear1.bias"] == "BF16"
    assert set(row.components) == {"transformer"}


def test_every_linear_layer_of_a_denoiser_becomes_four_bits() -> None:
    row = one(flux(1, 1), "bnb/nf4")
    wide = {group.pattern for group in row.groups if len(group.pattern) and group.to_dtype == "BF16"}
    assert not any(pattern.endswith(".weight") for pattern in wide)


def _unet() -> Spec:
    spec: Spec = {"conv_in.weight": ("F16", (320, 4, 3, 3)), "conv_in.bias": ("F16", (320,))}
    spec |= {"down_blocks.0.downsamplers.0.conv.weight": ("F16", (320, 320, 3, 3))}
    spec |= linear("add_embedding.linear_1", 1280, 2816, "F16", bias=True)
    spec |= linear("down_blocks.1.attentions.0.transformer_blocks.0.attn1.to_v", 640, 640, "F16")
    spec |= linear("down_blocks.1.attentions.0.transformer_blocks.0.ff.net.2", 640, 2560, "F16", bias=True)
    spec |= linear("time_embedding.linear_1", 1280, 320, "F16", bias=True)
    for stem in ("down_blocks.0.resnets.0", "mid_block.resnets.0", "up_blocks.0.resnets.0"):
        spec |= {f"{stem}.conv1.weight": ("F16", (320, 320, 3, 3)), f"{stem}.norm1.weight": ("F16", (320,))}
        spec |= linear(f"{stem}.time_emb_proj", 320, 1280, "F16", bias=True)
    return spec | {"conv_out.weight": ("F16", (4, 320, 3, 3)), "conv_norm_out.weight": ("F16", (320,))}


def test_kernels_of_sdxl_are_laid_out_in_rows_of_256() -> None:
    kinds = _types(one(_unet(), "gguf/q4_k_m"))
    assert kinds["down_blocks.*.downsamplers.*.conv.weight"] == "Q4_K"
    assert kinds["conv_in.weight"] == "F16"
    assert kinds["add_embedding.linear_*.weight"] == "F16"
    assert kinds["conv_in.bias"] == "F16"
    assert kinds["down_blocks.*.attentions.*.transformer_blocks.*.attn1.to_v.weight"] == "Q6_K"


def _types(row: Projection) -> dict[str, str]:
    return {group.pattern: group.to_dtype for group in row.groups}


@pytest.mark.parametrize("scheme", ["gguf/iq4_xs", "gguf/q4_0+imatrix", "gguf/tq1_0"])
def test_types_that_the_patch_refuses_are_not_offered(scheme: str) -> None:
    assert "does not offer" in refusal(flux(1, 1), scheme)


def test_an_unknown_denoiser_is_refused_not_guessed() -> None:
    spec = linear("transformer_blocks.0.attn1.to_q", 640, 640, bias=True) | linear("proj_out", 64, 640, bias=True)
    spec |= linear("transformer_blocks.0.ff.net.0.proj", 2560, 640, bias=True)
    spec |= linear("transformer_blocks.0.ff.net.2", 640, 2560, bias=True)
    spec |= linear("adaln_single.linear", 3840, 640, bias=True) | linear(
        "caption_projection.linear_1", 640, 640, bias=True
    )
    spec |= {
        "pos_embed.proj.weight": ("BF16", (640, 4, 2, 2)),
        "transformer_blocks.0.scale_shift_table": ("BF16", (6, 640)),
    }
    assert "does not know this architecture" in refusal(spec, "gguf/q4_0")


def test_names_that_are_too_long_stop_the_converter() -> None:
    spec = flux(1, 1) | linear("double_blocks.0." + "x" * 128, 64, 64)
    assert "stops at a name of" in refusal(spec, "gguf/q8_0")


def _pipeline() -> dict[str, Spec]:
    text: Spec = linear("shared", 512, 256)
    for layer in range(2):
        stem = f"encoder.block.{layer}.layer.0.SelfAttention"
        for name in "qkvo":
            text |= linear(f"{stem}.{name}", 256, 256)
        text |= {f"encoder.block.{layer}.layer.0.layer_norm.weight": ("BF16", (256,))}
    vae: Spec = {"encoder.conv_in.weight": ("F32", (128, 3, 3, 3)), "decoder.conv_out.weight": ("F32", (3, 128, 3, 3))}
    vae |= {"encoder.conv_out.weight": ("F32", (8, 512, 3, 3)), "decoder.conv_in.weight": ("F32", (512, 4, 3, 3))}
    return {"transformer": flux(2, 2), "text_encoder": text, "vae": vae}


def _projected(components: dict[str, str] | None = None, *schemes: str) -> list[Projection]:
    index = {"_class_name": "FluxPipeline", "transformer": ["diffusers", "FluxTransformer2DModel"]}
    index |= {"text_encoder": ["transformers", "T5EncoderModel"], "vae": ["diffusers", "AutoencoderKL"]}
    checkpoint = checkpoint_of(_pipeline(), {"model_index.json": index}, {"format": "pt"})
    return list(project(checkpoint, take_census(checkpoint), schemes, components).projections)


def test_a_pipeline_is_the_sum_of_its_files() -> None:
    alone, whole = one(flux(2, 2), "gguf/q8_0"), _projected(None, "gguf/q8_0")[0]
    checkpoint = checkpoint_of(_pipeline(), metadata={"format": "pt"})
    others = sum(w.shards[0].file_bytes for w in checkpoint.weight_sets if w.path != "transformer")
    assert whole.projected_bytes == alone.projected_bytes + others
    assert whole.components["transformer"] == alone.components["transformer"]


def test_components_follow_schemes_of_their_own() -> None:
    mixed = _projected({"transformer": "gguf/q8_0", "text_encoder": "bnb/nf4"})[0]
    denoiser, encoder = _projected(None, "gguf/q8_0")[0], mixed.components["text_encoder"]
    assert mixed.scheme == "transformer=gguf/q8_0,text_encoder=bnb/nf4"
    assert mixed.components["transformer"] == denoiser.components["transformer"]
    assert encoder < denoiser.components["text_encoder"]
    assert mixed.components["vae"] == denoiser.components["vae"]


def test_a_component_that_is_not_there_is_named() -> None:
    checkpoint = checkpoint_of(_pipeline())
    found = project(checkpoint, take_census(checkpoint), (), {"unet": "bnb/nf4"})
    assert [row.reason for row in found.not_offered] == [
        "no weight set is 'unet', only 'text_encoder', 'transformer', 'vae'"
    ]


def test_plain_fp8_takes_every_tensor_and_scaled_the_layers() -> None:
    plain, scaled = one(flux(1, 1), "comfy/fp8"), one(flux(1, 1), "comfy/fp8-scaled")
    assert {group.to_dtype for group in plain.groups} == {"F8_E4M3"}
    assert {group.to_dtype for group in scaled.groups} == {"F8_E4M3", "BF16"}


def test_a_folder_goes_before_a_component_whatever_the_order() -> None:
    sets = _pipeline() | {"text_encoder_2": _pipeline()["text_encoder"]}
    checkpoint = checkpoint_of(sets, metadata={"format": "pt"})
    census = take_census(checkpoint)
    first = {"text_encoder": "bnb/nf4", "text_encoder_2": "cast/f32"}
    second = {"text_encoder_2": "cast/f32", "text_encoder": "bnb/nf4"}
    both = project(checkpoint, census, (), {"text_encoder": "bnb/nf4"}).projections[0]
    rows = [project(checkpoint, census, (), chosen).projections[0] for chosen in (first, second)]
    assert rows[0].projected_bytes == rows[1].projected_bytes > both.projected_bytes


def test_components_of_one_file_cannot_be_told_apart() -> None:
    spec = flux(1, 1) | {f"vae.{name}": form for name, form in _pipeline()["vae"].items()}
    checkpoint = checkpoint_of({"": spec})
    found = project(checkpoint, take_census(checkpoint), (), {"transformer": "gguf/q8_0"})
    assert [row.reason for row in found.not_offered] == [
        "'transformer' shares its file with other components: name a scheme for the whole file"
    ]
