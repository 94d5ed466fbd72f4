"""Names and shapes as the converter writes them, each case a fact of one architecture."""

from typing import Any

import pytest

from inspector.analyses.gguf.model import GgufProjection
from inspector.analyses.gguf.project import GgufModel, prepare, project
from tests.analyses.gguf.models import CONFIG, census_of, llama, model_of, refusal_of, sized, types_of, written


def config(class_name: str, **more: Any) -> dict[str, Any]:
    return {**CONFIG, "architectures": [class_name], **more}


def block(**leaves: tuple[str, list[int]]) -> dict[str, tuple[str, list[int]]]:
    """A model of one block with these leaves; `__` stands for a dot."""
    spec = {"model.embed_tokens.weight": ("BF16", [512, 256])}
    for leaf, (dtype, shape) in leaves.items():
        spec[f"model.layers.0.{leaf.replace('__', '.')}"] = (dtype, shape)
    return spec


def test_a_llama_gets_its_usual_names() -> None:
    found = written(model_of(llama(layers=1)))
    assert found == {
        "token_embd.weight": (512, 256),
        "blk.0.attn_norm.weight": (256,),
        "blk.0.attn_q.weight": (256, 256),
        "blk.0.attn_k.weight": (64, 256),
        "blk.0.attn_v.weight": (64, 256),
        "blk.0.attn_output.weight": (256, 256),
        "blk.0.ffn_norm.weight": (256,),
        "blk.0.ffn_gate.weight": (512, 256),
        "blk.0.ffn_up.weight": (512, 256),
        "blk.0.ffn_down.weight": (256, 512),
        "output_norm.weight": (256,),
        "output.weight": (512, 256),
    }


def test_the_norm_after_attention_has_another_name_in_gemma() -> None:
    spec = block(post_attention_layernorm__weight=("BF16", [256]), pre_feedforward_layernorm__weight=("BF16", [256]))
    assert "blk.0.ffn_norm.weight" in written(model_of(spec, config("Gemma2ForCausalLM")))
    assert "blk.0.post_attention_norm.weight" in written(model_of(spec, config("Gemma2ForCausalLM")))


def test_gemma_drops_a_head_and_others_keep_it() -> None:
    assert "output.weight" not in written(model_of(llama(), config("GemmaForCausalLM")))
    assert "output.weight" in written(model_of(llama(), config("LlamaForCausalLM", tie_word_embeddings=True)))


def test_experts_become_one_tensor_a_block() -> None:
    spec = block(
        **{f"block_sparse_moe__experts__{i}__w1__weight": ("BF16", [128, 256]) for i in range(4)},
        **{f"block_sparse_moe__experts__{i}__w2__weight": ("BF16", [256, 128]) for i in range(4)},
        block_sparse_moe__gate__weight=("BF16", [4, 256]),
    )
    found = written(model_of(spec, config("MixtralForCausalLM", num_local_experts=4)))
    assert found["blk.0.ffn_gate_exps.weight"] == (4, 128, 256)
    assert found["blk.0.ffn_down_exps.weight"] == (4, 256, 128)
    assert found["blk.0.ffn_gate_inp.weight"] == (4, 256)


def test_blocks_may_have_different_numbers_of_experts() -> None:
    spec = {"model.embed_tokens.weight": ("BF16", [512, 256])}
    spec |= {
        f"model.layers.{layer}.mlp.experts.{i}.up_proj.weight": ("BF16", [128, 256])
        for layer, experts in enumerate((3, 5))
        for i in range(experts)
    }
    found = written(model_of(spec, config("Qwen3MoeForCausalLM")))
    assert found["blk.0.ffn_up_exps.weight"] == (3, 128, 256)
    assert found["blk.1.ffn_up_exps.weight"] == (5, 128, 256)


def test_fused_experts_are_cut_in_half_and_turned_where_they_lie_across() -> None:
    spec = block(mlp__experts__gate_up_proj=("BF16", [4, 256, 128]), mlp__experts__down_proj=("BF16", [4, 64, 256]))
    turned = written(model_of(spec, config("Qwen3VLMoeForConditionalGeneration")))
    assert turned["blk.0.ffn_gate_exps.weight"] == (4, 64, 256)
    assert turned["blk.0.ffn_up_exps.weight"] == (4, 64, 256)
    assert turned["blk.0.ffn_down_exps.weight"] == (4, 256, 64)
    straight = written(model_of(spec, config("Qwen3MoeForCausalLM")))
    assert straight["blk.0.ffn_gate_exps.weight"] == (4, 128, 128)


def test_latent_attention_is_split_into_keys_and_values() -> None:
    settings = config("DeepseekV3ForCausalLM", qk_nope_head_dim=128, v_head_dim=64, num_attention_heads=4)
    spec = block(
        self_attn__kv_b_proj__weight=("BF16", [4 * 192, 512]),
        self_attn__kv_a_proj_with_mqa__weight=("BF16", [576, 256]),
    )
    found = written(model_of(spec, settings))
    assert found["blk.0.attn_k_b.weight"] == (4, 512, 128)
    assert found["blk.0.attn_v_b.weight"] == (4, 64, 512)
    assert found["blk.0.attn_kv_a_mqa.weight"] == (576, 256)


@pytest.mark.parametrize(("class_name", "kept"), [("DeepseekV3ForCausalLM", False), ("Glm4MoeForCausalLM", True)])
def test_a_block_for_multi_token_prediction_is_dropped_or_kept(class_name: str, kept: bool) -> None:
    settings = config(class_name, num_hidden_layers=2, num_nextn_predict_layers=1)
    spec = llama(layers=3)
    model = model_of(spec, settings)
    assert ("blk.2.attn_q.weight" in written(model)) is kept
    assert model.traits.layers == (3 if kept else 2)


def test_qwen_next_gets_its_prediction_module_as_a_last_block() -> None:
    spec = llama(layers=2) | {
        "mtp.fc.weight": ("BF16", [256, 512]),
        "mtp.layers.0.self_attn.q_proj.weight": ("BF16", [256, 256]),
    }
    found = written(model_of(spec, config("Qwen3NextForCausalLM", num_hidden_layers=2)))
    assert found["blk.2.nextn.eh_proj.weight"] == (256, 512)
    assert found["blk.2.attn_q.weight"] == (256, 256)


def test_other_modalities_are_another_file() -> None:
    spec = {f"language_model.{name}": entry for name, entry in llama(layers=1).items()} | {
        "vision_tower.vision_model.encoder.layers.0.mlp.fc1.weight": ("BF16", [64, 64]),
        "multi_modal_projector.linear_1.weight": ("BF16", [256, 64]),
    }
    model = model_of(spec, {"architectures": ["LlavaForConditionalGeneration"], "text_config": dict(CONFIG)})
    assert set(written(model)) == set(written(model_of(llama(layers=1))))
    assert any("vision_tower" in note for note in model.assumptions)


def test_scaled_rotary_embeddings_add_their_factors() -> None:
    scaled = config("LlamaForCausalLM", rope_scaling={"rope_type": "llama3", "factor": 8.0})
    assert written(model_of(llama(), scaled))["rope_freqs.weight"] == (32,)
    assert "rope_freqs.weight" not in written(model_of(llama(), {**scaled, "architectures": ["Qwen2ForCausalLM"]}))
    long = config("Phi3ForCausalLM", rope_scaling={"type": "longrope", "long_factor": [1.0] * 48})
    assert written(model_of(llama(), long))["rope_factors_long.weight"] == (48,)


def test_a_conv1d_of_gpt2_is_turned() -> None:
    spec = {
        "wte.weight": ("F32", [512, 256]),
        "wpe.weight": ("F32", [64, 256]),
        "h.0.attn.c_attn.weight": ("F32", [256, 768]),
        "h.0.attn.c_attn.bias": ("F32", [768]),
        "h.0.ln_1.weight": ("F32", [256]),
        "h.0.ln_2.weight": ("F32", [256]),
    }
    found = written(model_of(spec, {"architectures": ["GPT2LMHeadModel"], "n_layer": 1, "n_head": 4}))
    assert found["blk.0.attn_qkv.weight"] == (768, 256)
    assert found["blk.0.attn_norm.weight"] == (256,)
    assert found["blk.0.ffn_norm.weight"] == (256,)


def test_an_encoder_and_a_decoder_keep_their_stacks_apart() -> None:
    spec = {
        "shared.weight": ("F32", [512, 64]),
        "encoder.embed_tokens.weight": ("F32", [512, 64]),
        "encoder.block.0.layer.0.SelfAttention.q.weight": ("F32", [64, 64]),
        "encoder.block.0.layer.1.DenseReluDense.wi_0.weight": ("F32", [128, 64]),
        "decoder.block.0.layer.1.EncDecAttention.v.weight": ("F32", [64, 64]),
        "decoder.block.0.layer.2.layer_norm.weight": ("F32", [64]),
    }
    found = written(model_of(spec, {"architectures": ["T5ForConditionalGeneration"], "num_layers": 1}))
    assert set(found) == {
        "token_embd.weight",
        "enc.blk.0.attn_q.weight",
        "enc.blk.0.ffn_gate.weight",
        "dec.blk.0.cross_attn_v.weight",
        "dec.blk.0.ffn_norm.weight",
    }


@pytest.mark.parametrize("settings", [{"architectures": ["T5EncoderModel"], "num_layers": 1}, {}])
def test_the_first_copy_of_a_shared_table_is_written(settings: dict[str, Any]) -> None:
    spec = {
        "encoder.embed_tokens.weight": ("F32", [512, 64]),
        "encoder.block.0.layer.0.SelfAttention.q.weight": ("F32", [64, 64]),
        "shared.weight": ("F32", [512, 64]),
    }
    assert set(written(model_of(spec, settings))) == {"token_embd.weight", "enc.blk.0.attn_q.weight"}


def test_mamba_loses_dimensions_of_one() -> None:
    spec = {
        "backbone.embeddings.weight": ("F32", [512, 256]),
        "backbone.layers.0.mixer.conv1d.weight": ("F32", [512, 1, 4]),
        "backbone.layers.0.mixer.A_log": ("F32", [512, 16]),
        "backbone.layers.0.mixer.out_proj.weight": ("F32", [256, 512]),
    }
    found = written(model_of(spec, {"architectures": ["MambaForCausalLM"], "num_hidden_layers": 1}))
    assert found["blk.0.ssm_conv1d.weight"] == (512, 4)
    assert found["blk.0.ssm_a"] == (512, 16)
    assert found["blk.0.ssm_out.weight"] == (256, 512)


def test_blocks_of_mxfp4_are_taken_over() -> None:
    spec = block(
        mlp__experts__gate_up_proj_blocks=("U8", [4, 128, 8, 16]),
        mlp__experts__gate_up_proj_scales=("U8", [4, 128, 8]),
        mlp__experts__gate_up_proj_bias=("BF16", [4, 128]),
        mlp__experts__down_proj_blocks=("U8", [4, 256, 2, 16]),
        mlp__experts__down_proj_scales=("U8", [4, 256, 2]),
        self_attn__sinks=("BF16", [4]),
    )
    model = model_of(spec, config("GptOssForCausalLM", num_local_experts=4))
    found = written(model)
    assert found["blk.0.ffn_gate_exps.weight"] == (4, 64, 256)
    assert found["blk.0.ffn_down_exps.weight"] == (4, 256, 64)
    assert found["blk.0.ffn_up_exps.bias"] == (4, 64)
    assert found["blk.0.attn_sinks.weight"] == (4,)
    assert types_of(sized(model, "gguf/bf16"))["blk.*.ffn_up_exps.weight"] == {"MXFP4": 1}


def test_packed_linears_are_projected_from_what_they_stand_for() -> None:
    packed = llama(layers=1)
    name = "model.layers.0.mlp.up_proj"
    del packed[f"{name}.weight"]
    packed |= {
        f"{name}.qweight": ("I32", [256 // 8, 512]),
        f"{name}.qzeros": ("I32", [2, 512 // 8]),
        f"{name}.scales": ("F16", [2, 512]),
        f"{name}.g_idx": ("I32", [256]),
    }
    model = model_of(packed)
    assert written(model)["blk.0.ffn_up.weight"] == (512, 256)
    assert any("dequantised first" in note for note in model.assumptions)


def test_a_class_that_the_converter_does_not_know_is_refused_by_name() -> None:
    assert refusal_of(llama(), config("OPTForCausalLM")) == "llama.cpp's converter does not know OPTForCausalLM"


def test_a_tensor_without_a_name_is_refused_by_name() -> None:
    reason = refusal_of(llama() | {"model.layers.0.mlp.surprise.weight": ("BF16", [256, 256])})
    assert reason == "llama.cpp's converter has no name for model.layers.*.mlp.surprise.weight"


def test_half_a_model_is_refused() -> None:
    assert "token embedding" in refusal_of({"model.norm.weight": ("BF16", [256])})


def test_an_unlisted_class_is_served_by_names_alone_and_says_so() -> None:
    model = model_of(llama(), config("PanguEmbeddedForCausalLM"))
    assert not model.exact
    assert any("PanguEmbeddedForCausalLM" in note for note in model.assumptions)


def test_without_a_configuration_shapes_tell() -> None:
    model = model_of(llama(), {})
    assert model.traits.layers == 2
    assert model.traits.heads_per_kv == 4
    assert not model.exact


ODD_VALUES: tuple[Any, ...] = (None, -1, 0, 3, 10**18, "x", True, [], [0, 5], {}, 1.5)


@pytest.mark.parametrize("value", ODD_VALUES, ids=repr)
@pytest.mark.parametrize(
    "class_name", ["LlamaForCausalLM", "DeepseekV3ForCausalLM", "InternLM2ForCausalLM", "Glm4MoeForCausalLM"]
)
def test_odd_configurations_are_refused_or_served_but_never_crash(class_name: str, value: Any) -> None:
    keys = (
        "num_hidden_layers num_attention_heads num_key_value_heads qk_nope_head_dim v_head_dim vocab_size "
        "num_experts n_routed_experts num_nextn_predict_layers rope_scaling rope_parameters head_dim"
    )
    settings = config(class_name, **dict.fromkeys(keys.split(), value))
    spec = llama() | {
        "model.layers.0.self_attn.kv_b_proj.weight": ("BF16", [192, 64]),
        "model.layers.0.attention.wqkv.weight": ("BF16", [96, 64]),
    }
    prepared = prepare(census_of(spec, settings), config=settings)
    if isinstance(prepared, GgufModel):
        assert isinstance(project(prepared, "gguf/q4_k_m"), GgufProjection)


def test_a_fused_weight_that_the_heads_do_not_fit_is_not_cut() -> None:
    spec = llama(layers=1) | {"model.layers.0.attention.wqkv.weight": ("BF16", [97, 64])}
    assert "wqkv" in refusal_of(spec, config("InternLM2ForCausalLM"))


def test_nvfp4_is_taken_over_with_its_scales() -> None:
    spec = llama(layers=1)
    name = "model.layers.0.mlp.up_proj"
    spec |= {
        f"{name}.weight": ("U8", [512, 128]),
        f"{name}.weight_scale": ("F8_E4M3", [512, 16]),
        f"{name}.weight_scale_2": ("F32", []),
        f"{name}.input_scale": ("F32", []),
    }
    model = model_of(spec)
    found = written(model)
    assert found["blk.0.ffn_up.weight"] == (512, 256)
    assert found["blk.0.ffn_up.scale"] == found["blk.0.ffn_up.input_scale"] == (1,)
    projection = sized(model, "gguf/nvfp4")
    assert types_of(projection)["blk.*.ffn_up.weight"] == {"NVFP4": 1}
    assert types_of(projection)["blk.*.ffn_down.weight"] == {"BF16": 1}
    assert not projection.exact


def test_a_class_that_goes_under_another_name_says_so() -> None:
    spec = {
        "shared.weight": ("F32", [512, 64]),
        "encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight": ("F32", [32, 4]),
    }
    model = model_of(spec, {"architectures": ["UMT5EncoderModel"], "num_layers": 1})
    assert "enc.blk.0.attn_rel_b.weight" in written(model)
    assert any("T5EncoderModel" in note for note in model.assumptions)
    assert not model.exact
