"""Schemes that store each linear layer on its own: what is converted, what is kept, and why."""

import pytest

from inspector.analyses.projections.values import Projection
from tests.analyses.projections.support import linear, llama, one, projected, refusal, target


def _kept(row: Projection) -> dict[str, str]:
    return {group.pattern: group.reason for group in row.groups if group.reason.startswith("kept")}


def _converted(row: Projection) -> set[str]:
    return {
        group.pattern for group in row.groups if not group.reason.startswith("kept") and group.to_dtype != "dropped"
    }


@pytest.mark.parametrize(
    "scheme", ["bnb/nf4", "ct/w4a16", "gptq/4bit-g128", "quanto/int8", "torchao/int8wo", "hqq/4bit-g64"]
)
def test_embeddings_head_and_norms_stay(scheme: str) -> None:
    kept = _kept(one(llama(), scheme))
    assert kept["lm_head.weight"] == "kept: output head"
    assert kept["model.embed_tokens.weight"] == "kept: embedding"
    assert {"model.norm.weight", "model.layers.*.input_layernorm.weight"} <= set(kept)
    assert len(_converted(one(llama(), scheme))) == 7


def test_blocks_are_counted_to_the_byte() -> None:
    row = one(llama(layers=1, hidden=256, width=512, kv=128), "bnb/nf4")
    group = next(group for group in row.groups if group.pattern.endswith("down_proj.weight"))
    text = '{"quant_type": "nf4", "blocksize": 64, "dtype": "bfloat16", "shape": [256, 512]}'
    assert group.bytes == 256 * 512 // 2 + 4 * (256 * 512 // 64) + 64 + len(text)


def test_the_dtype_of_scales_is_the_models() -> None:
    half = one(llama(dtype="F16"), "ct/w8a8")
    full = one(llama(dtype="F32"), "ct/w8a8")
    scales = {row.scheme: row for row in (half, full)}
    assert scales
    layers = 2 * (256 + 128 + 128 + 256 + 512 + 512 + 256)
    wide = sum(group.bytes for group in full.groups if group.to_dtype == "ct/w8a8")
    narrow = sum(group.bytes for group in half.groups if group.to_dtype == "ct/w8a8")
    assert wide - narrow == 2 * layers


def test_rows_that_do_not_divide_are_told() -> None:
    odd = llama(width=700)
    assert "do not divide by 128" in refusal(odd, "ct/w4a16")
    kept = _kept(one(odd, "gptq/4bit-g128"))
    assert kept["model.layers.*.mlp.down_proj.weight"].startswith("kept: rows and columns have to divide by 32")


def test_text_that_depends_on_the_weights_has_bounds() -> None:
    row = one(llama(), "bnb/nf4-dq")
    assert row.basis == "modelled"
    modules = 14
    assert row.high_bytes - row.projected_bytes == 4 * modules
    assert row.projected_bytes - row.low_bytes == 4 * modules


def _experts(count: int = 4) -> dict[str, tuple[str, tuple[int, ...]]]:
    spec = llama(layers=1) | linear("model.layers.0.mlp.gate", count, 256)
    for expert in range(count):
        stem = f"model.layers.0.mlp.experts.{expert}"
        spec |= linear(f"{stem}.gate_proj", 128, 256) | linear(f"{stem}.up_proj", 128, 256)
        spec |= linear(f"{stem}.down_proj", 256, 128)
    return {name: form for name, form in spec.items() if ".0.mlp.gate_proj" not in name}


def test_experts_are_treated_as_each_tools_version_does() -> None:
    config = {"architectures": ["Qwen3MoeForCausalLM"], "model_type": "qwen3_moe"}
    experts = "model.layers.*.mlp.experts.*.down_proj.weight"
    assert experts in _kept(one(_experts(), "bnb/nf4", config=config))
    assert experts in _converted(one(_experts(), "ct/w4a16", config=config))
    assert experts in _converted(one(_experts(), "fp8/block-128", config=config))
    assert experts in _converted(one(_experts(), "mlx/4bit-g64", config=config))
    assert "model.layers.*.mlp.gate.weight" in _kept(one(_experts(), "ct/w4a16", config=config))


@pytest.mark.parametrize(
    ("model_type", "name", "dtype"),
    [
        ("ernie4_5_moe", "mlp.gate.weight", "F32"),
        ("qwen3_moe", "mlp.gate.weight", "BF16"),
        ("deepseek_v32", "self_attn.indexer.weights_proj.weight", "BF16"),
        ("deepseek_v3", "mlp.gate.e_score_correction_bias", "F32"),
        ("minimax_m2", "mlp.gate.e_score_correction_bias", "BF16"),
    ],
)
def test_what_model_code_keeps_wide(model_type: str, name: str, dtype: str) -> None:
    spec = _experts() | linear("model.layers.0.self_attn.indexer.weights_proj", 64, 256)
    spec["model.layers.0.mlp.gate.e_score_correction_bias"] = ("BF16", (4,))
    row = one(spec, "bnb/int8", config={"model_type": model_type})
    group = next(group for group in row.groups if group.pattern.endswith(name))
    assert (group.to_dtype, group.reason.startswith("kept")) == (dtype, True)


@pytest.mark.parametrize(
    ("model_type", "stem"),
    [
        ("hunyuan_v1_moe", "model.layers.0.mlp.gate.wg"),
        ("jetmoe", "model.layers.0.mlp.router.layer"),
        ("switch_transformers", "model.layers.0.mlp.experts.expert_0.wi"),
        ("kimi_linear", "model.layers.0.block_sparse_moe.gate_proj"),
    ],
)
def test_routers_and_experts_that_are_linear_layers(model_type: str, stem: str) -> None:
    spec = llama() | linear(stem, 128, 256)
    row = one(spec, "bnb/nf4", config={"model_type": model_type})
    assert any(pattern.endswith(stem.rpartition(".")[2] + ".weight") for pattern in _converted(row))


@pytest.mark.parametrize("scheme", ["bnb/nf4", "torchao/int8wo", "quanto/int8", "fp8/block-128"])
def test_encoders_are_converted_and_modelled(scheme: str) -> None:
    spec = {
        "embeddings.word_embeddings.weight": ("F32", (512, 256)),
        "embeddings.shape_embed.weight": ("F32", (128, 256)),
        "encoder.layer.0.attention.self.query.weight": ("F32", (256, 256)),
        "encoder.layer.0.attention.self.query.bias": ("F32", (256,)),
    }
    row = one(spec, scheme)
    assert _converted(row) == {"encoder.layer.*.attention.self.query.weight"}
    assert row.basis == "modelled"


def test_the_dense_layer_of_a_masked_language_head_is_a_layer() -> None:
    spec = llama() | linear("lm_head.dense", 256, 256, bias=True) | linear("lm_head.decoder", 512, 256, bias=True)
    plain = {name: form for name, form in spec.items() if name != "lm_head.weight"}
    row = one(plain, "bnb/nf4", config={"architectures": ["RobertaForCausalLM"]})
    assert "lm_head.dense.weight" in _converted(row)
    assert "lm_head.decoder.weight" in _kept(row)


def test_experts_alone_are_converted_to_mxfp4() -> None:
    row = one(_experts(), "mxfp4/experts")
    assert _converted(row) == {f"model.layers.*.mlp.experts.*.{name}_proj.weight" for name in ("gate", "up", "down")}
    codes = 4 * 3 * 128 * 256
    assert sum(g.bytes for g in row.groups if not g.reason.startswith("kept")) == codes // 2 + codes // 32
    assert "no experts" in refusal(llama(), "mxfp4/experts")


def test_a_model_without_layers_to_convert_is_not_offered() -> None:
    spec = {"conv.weight": ("F32", (8, 3, 3, 3)), "bn.running_mean": ("F32", (8,)), "bn.weight": ("F32", (8,))}
    assert refusal(spec, "bnb/nf4")
    assert refusal(spec, "mlx/4bit-g64").startswith("not for")


def test_layers_of_towers_stay_and_the_bounds_say_so() -> None:
    spec = llama() | linear("vision_tower.vision_model.encoder.layers.0.self_attn.q_proj", 256, 256, bias=True)
    spec |= linear("vision_tower.vision_model.encoder.layers.0.mlp.fc1", 512, 256, bias=True)
    spec |= {"vision_tower.vision_model.embeddings.patch_embedding.weight": ("BF16", (256, 3, 14, 14))}
    row = one(spec, "ct/fp8-dynamic")
    assert row.basis == "modelled"
    assert row.low_bytes < row.projected_bytes


def test_schemes_keep_the_order_of_the_catalogue() -> None:
    rows = projected(llama(), "mlx/4bit-g64", "bnb/nf4", "cast/f32").projections
    assert [row.scheme for row in rows] == ["cast/f32", "bnb/nf4", "mlx/4bit-g64"]


def test_linear_layers_of_gpt2_are_transposed() -> None:
    spec = {"wte.weight": ("F32", (512, 256)), "h.0.attn.c_attn.weight": ("F32", (256, 768))} | {
        "h.0.attn.c_attn.bias": ("F32", (768,)),
        "h.0.ln_1.weight": ("F32", (256,)),
    }
    modules = {module.weight.pattern: module for module in target(spec).modules}
    assert (modules["h.*.attn.c_attn.weight"].rows, modules["h.*.attn.c_attn.weight"].cols) == (768, 256)


def test_a_head_that_the_configuration_ties_may_be_missing() -> None:
    row = one(llama(), "bnb/nf4", config={"tie_word_embeddings": True})
    assert row.basis == "modelled"
    assert row.projected_bytes - row.low_bytes == 2 * 512 * 256
    plain, tied = one(llama(), "mlx/4bit-g64"), one(llama(), "mlx/4bit-g64", config={"tie_word_embeddings": True})
    assert plain.components["head"] == 512 * 256 * 9 // 16
    assert "head" not in tied.components


@pytest.mark.parametrize("scheme", ["quanto/int8", "torchao/int8wo"])
@pytest.mark.parametrize(
    ("prefix", "tied", "basis"), [("model.", True, "exact"), ("body.", False, "exact"), ("body.", True, "modelled")]
)
def test_a_tied_head_under_another_name_is_modelled(scheme: str, prefix: str, tied: bool, basis: str) -> None:
    spec = {name.replace("model.", prefix): form for name, form in llama().items() if not (tied and "lm_head" in name)}
    assert one(spec, scheme, config={"tie_word_embeddings": tied}).basis == basis
