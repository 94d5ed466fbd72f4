import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.analyses.roles.components import role_of_name
from inspector.model import Role
from tests.analyses.roles_of import components_of, labels_of
from tests.builder import Spec

#: tensor -> (shape, component with the name of its instance); all of it BF16.
Case = dict[str, tuple[tuple[int, ...], str]]

LLAMA: Case = {
    "model.embed_tokens.weight": ((32000, 64), "embedding"),
    "model.layers.0.self_attn.q_proj.weight": ((64, 64), "transformer"),
    "model.layers.0.mlp.gate_proj.weight": ((128, 64), "transformer"),
    "model.layers.0.input_layernorm.weight": ((64,), "transformer"),
    "model.norm.weight": ((64,), "transformer"),
    "lm_head.weight": ((32000, 64), "head"),
}

CASES: dict[str, Case] = {
    "language model": LLAMA,
    "language model under the names of its first release": {
        "tok_embeddings.weight": ((32000, 64), "embedding"),
        "layers.0.attention.wq.weight": ((64, 64), "transformer"),
        "norm.weight": ((64,), "transformer"),
        "output.weight": ((32000, 64), "head"),
    },
    "GPT-2": {
        "wte.weight": ((50257, 64), "embedding"),
        "wpe.weight": ((1024, 64), "embedding"),
        "h.0.attn.c_attn.weight": ((64, 192), "transformer"),
        "ln_f.weight": ((64,), "transformer"),
    },
    "GPT-NeoX": {
        "gpt_neox.embed_in.weight": ((50304, 64), "embedding"),
        "gpt_neox.layers.0.attention.query_key_value.weight": ((192, 64), "transformer"),
        "embed_out.weight": ((50304, 64), "head"),
    },
    "RWKV": {
        "rwkv.embeddings.weight": ((65536, 64), "embedding"),
        "rwkv.blocks.0.attention.key.weight": ((64, 64), "transformer"),
        "rwkv.blocks.0.feed_forward.key.weight": ((256, 64), "transformer"),
        "head.weight": ((65536, 64), "head"),
    },
    "BERT whole, pooler and language model head included": {
        "bert.embeddings.word_embeddings.weight": ((30522, 64), "text_encoder"),
        "bert.encoder.layer.0.attention.self.query.weight": ((64, 64), "text_encoder"),
        "bert.encoder.layer.0.output.LayerNorm.gamma": ((64,), "text_encoder"),
        "bert.pooler.dense.weight": ((64, 64), "text_encoder"),
        "cls.predictions.transform.dense.weight": ((64, 64), "text_encoder"),
    },
    "T5 encoder": {
        "shared.weight": ((32128, 4096), "text_encoder: T5-XXL"),
        "encoder.block.0.layer.0.SelfAttention.q.weight": ((4096, 4096), "text_encoder: T5-XXL"),
        "encoder.final_layer_norm.weight": ((4096,), "text_encoder: T5-XXL"),
    },
    "T5": {
        "shared.weight": ((32128, 64), "embedding"),
        "encoder.block.0.layer.0.SelfAttention.q.weight": ((64, 64), "transformer: encoder"),
        "decoder.block.0.layer.1.EncDecAttention.q.weight": ((64, 64), "transformer: decoder"),
        "lm_head.weight": ((32128, 64), "head"),
    },
    "Whisper: the encoder hears": {
        "model.encoder.conv1.weight": ((64, 80, 3), "audio_encoder"),
        "model.encoder.layers.0.self_attn.q_proj.weight": ((64, 64), "audio_encoder"),
        "model.decoder.embed_tokens.weight": ((51866, 64), "embedding"),
        "model.decoder.embed_positions.weight": ((448, 64), "embedding"),
        "model.decoder.layers.0.encoder_attn.q_proj.weight": ((64, 64), "transformer: decoder"),
        "proj_out.weight": ((51866, 64), "head"),
    },
    "an image VAE with bare encoder and decoder": {
        "encoder.conv_in.weight": ((128, 3, 3, 3), "vae"),
        "encoder.down.0.block.0.conv1.weight": ((128, 128, 3, 3), "vae"),
        "decoder.conv_out.weight": ((3, 128, 3, 3), "vae"),
        "quant_conv.weight": ((8, 8, 1, 1), "vae"),
    },
    "an audio codec with bare encoder and decoder": {
        "encoder.layers.0.conv.weight_v": ((32, 1, 7), "codec"),
        "quantizer.layers.0.codebook.embed": ((1024, 128), "codec"),
        "decoder.layers.0.conv.weight_v": ((512, 128, 7), "codec"),
    },
    "speech synthesis: encoder, flow and vocoder": {
        "text_encoder.embed_tokens.weight": ((38, 192), "text_encoder"),
        "posterior_encoder.conv_pre.weight": ((192, 513, 1), "audio_encoder"),
        "flow.flows.0.conv_pre.weight": ((192, 96, 1), "unclassified"),
        "decoder.conv_pre.weight": ((512, 192, 7), "vocoder"),
        "decoder.resblocks.0.convs1.0.weight_v": ((256, 256, 3), "vocoder"),
    },
    "speech synthesis whose decoder makes a spectrogram": {
        "encoder.conformer_layers.0.self_attn.linear_q.weight": ((384, 384), "text_encoder"),
        "duration_predictor.conv_layers.0.conv.weight": ((256, 384, 3), "unclassified"),
        "decoder.conformer_layers.0.self_attn.linear_q.weight": ((384, 384), "transformer"),
        "vocoder.conv_pre.weight": ((512, 80, 7), "vocoder"),
    },
    "blocks without a vocabulary: a forecaster of time series": {
        "decoder.input_ff_layer.input_layer.weight": ((1280, 64), "transformer"),
        "decoder.layers.0.self_attn.qkv_proj.weight": ((3840, 1280), "transformer"),
        "decoder.layers.0.mlp.gate_proj.weight": ((1280, 1280), "transformer"),
        "horizon_ff_layer.output_layer.weight": ((1280, 1280), "head"),
    },
    "an expert that acts, beside a model that sees and reads": {
        "vlm.model.embed_tokens.weight": ((257152, 64), "embedding"),
        "vlm.model.layers.0.self_attn.q_proj.weight": ((64, 64), "transformer"),
        "vlm.vision_tower.encoder.layers.0.self_attn.q_proj.weight": ((64, 64), "vision_encoder"),
        "vlm.vision_tower.embeddings.patch_embedding.weight": ((64, 3, 14, 14), "vision_encoder"),
        "gemma_expert.model.layers.0.self_attn.q_proj.weight": ((64, 64), "transformer"),
        "action_in_proj.weight": ((64, 32), "transformer"),
    },
    "a detector whose decoder stands beside a backbone": {
        "model.backbone.conv_encoder.embeddings.patch_embeddings.projection.weight": (
            (384, 3, 16, 16),
            "vision_encoder",
        ),
        "model.backbone.conv_encoder.encoder.layer.0.attention.query.weight": ((384, 384), "vision_encoder"),
        "model.decoder.layers.0.self_attn.q_proj.weight": ((256, 256), "transformer"),
        "model.decoder.layers.0.cross_attn.value_proj.weight": ((256, 256), "transformer"),
        "model.query_feat.weight": ((300, 256), "transformer"),
        "class_embed.weight": ((91, 256), "head"),
    },
    "output layers under words of their own": {
        "model.embed_tokens.weight": ((32000, 64), "embedding"),
        "model.layers.0.self_attn.q_proj.weight": ((64, 64), "transformer"),
        "audio_lm_head.weight": ((8208, 64), "head"),
        "model.unembed.weight": ((32000, 64), "head"),
    },
    "a dense predictor: heads on a tower": {
        "backbone.embeddings.patch_embeddings.projection.weight": ((384, 3, 14, 14), "vision_encoder"),
        "backbone.encoder.layer.0.attention.query.weight": ((384, 384), "vision_encoder"),
        "depth_head.convs.0.weight": ((64, 64, 3, 3), "head"),
        "normals_head.fusion_blocks.0.projection.weight": ((64, 64, 1, 1), "head"),
    },
    "a last convolution that is called a head and is none": {
        "conv_stem.weight": ((16, 3, 3, 3), "vision_encoder"),
        "blocks.0.0.conv_dw.weight": ((16, 1, 3, 3), "vision_encoder"),
        "conv_head.weight": ((1280, 960, 1, 1), "vision_encoder"),
        "classifier.weight": ((1000, 1280), "head"),
    },
    "adapters of later kinds": {
        "base_model.model.model.layers.0.self_attn.q_proj.fourierft_spectrum": ((1000,), "adapter"),
        "base_model.model.model.layers.1.self_attn.q_proj.hra_u": ((64, 8), "adapter"),
        "base_model.model.model.layers.2.self_attn.q_proj.miss_block": ((64, 64), "adapter"),
        "base_model.model.model.layers.3.self_attn.q_proj.shira_weight": ((4096,), "adapter"),
        "base_model.vblora_vector_bank": ((256, 256), "adapter"),
    },
    "a hypernetwork": {
        "768.0.linear.0.weight": ((1536, 768), "adapter"),
        "768.1.linear.1.weight": ((768, 1536), "adapter"),
    },
    "CANINE: convolutions among characters": {
        "canine.char_embeddings.HashBucketCodepointEmbedder_0.weight": ((16384, 96), "text_encoder"),
        "canine.chars_to_molecules.conv.weight": ((768, 768, 4), "text_encoder"),
        "canine.encoder.layer.0.attention.self.query.weight": ((768, 768), "text_encoder"),
    },
    "a tower with the projector that follows it": {
        "vision_model.embeddings.patch_embedding.weight": ((64, 3, 14, 14), "vision_encoder"),
        "vision_model.encoder.layers.0.self_attn.qkv.weight": ((192, 64), "vision_encoder"),
        "qformer.encoder.layer.0.attention.attention.query.weight": ((64, 64), "projector"),
        "qformer.encoder.layer.0.output_query.dense.weight": ((64, 64), "projector"),
        "qformer.layernorm.weight": ((64,), "projector"),
    },
    "words for two encoders": {"clip_l": ((4, 768), "embedding"), "t5": ((4, 4096), "embedding")},
    "a text tower and its projection: one instance": {
        "text_model.embeddings.token_embedding.weight": ((49408, 1280), "text_encoder: CLIP-G"),
        "text_model.encoder.layers.0.self_attn.q_proj.weight": ((1280, 1280), "text_encoder: CLIP-G"),
        "text_projection.weight": ((1280, 1280), "text_encoder: CLIP-G"),
    },
    "SDXL in one file: text encoders told by width, not by number": {
        "model.diffusion_model.input_blocks.0.0.weight": ((320, 4, 3, 3), "unet"),
        "model.diffusion_model.middle_block.0.in_layers.2.weight": ((1280, 1280, 3, 3), "unet"),
        "conditioner.embedders.0.transformer.text_model.embeddings.token_embedding.weight": (
            (49408, 768),
            "text_encoder: CLIP-L",
        ),
        "conditioner.embedders.1.model.token_embedding.weight": ((49408, 1280), "text_encoder: CLIP-G"),
        "conditioner.embedders.1.model.transformer.resblocks.0.attn.in_proj_weight": (
            (3840, 1280),
            "text_encoder: CLIP-G",
        ),
        "conditioner.embedders.1.model.text_projection": ((1280, 1280), "text_encoder: CLIP-G"),
        "first_stage_model.decoder.conv_in.weight": ((512, 4, 3, 3), "vae"),
        "betas": ((1000,), "buffer"),
    },
    "the refiner: number 0 is CLIP-G": {
        "model.diffusion_model.input_blocks.0.0.weight": ((384, 4, 3, 3), "unet"),
        "conditioner.embedders.0.model.token_embedding.weight": ((49408, 1280), "text_encoder: CLIP-G"),
        "conditioner.embedders.0.model.transformer.resblocks.0.ln_1.weight": ((1280,), "text_encoder: CLIP-G"),
    },
    "a copy of averaged weights": {
        "model.diffusion_model.input_blocks.0.0.weight": ((320, 4, 3, 3), "unet"),
        "model.diffusion_model.middle_block.0.in_layers.2.weight": ((1280, 1280, 3, 3), "unet"),
        "model_ema.diffusion_modelinput_blocks00weight": ((320, 4, 3, 3), "unet: EMA copy"),
    },
    "a language model that serves an image model": {
        "model.diffusion_model.x_embedder.weight": ((2304, 64), "transformer"),
        "model.diffusion_model.layers.0.attention.qkv.weight": ((3840, 2304), "transformer"),
        "text_encoders.gemma2_2b.transformer.model.embed_tokens.weight": ((256000, 2304), "text_encoder: Gemma-2-2B"),
        "text_encoders.gemma2_2b.transformer.model.layers.0.self_attn.q_proj.weight": (
            (2048, 2304),
            "text_encoder: Gemma-2-2B",
        ),
        "vae.decoder.conv_in.weight": ((512, 16, 3, 3), "vae"),
    },
    "FLUX under its first names": {
        "double_blocks.0.img_attn.qkv.weight": ((192, 64), "transformer"),
        "single_blocks.0.linear1.weight": ((448, 64), "transformer"),
        "time_in.in_layer.weight": ((64, 256), "transformer"),
    },
    "HunyuanVideo with doubled model.": {
        "model.model.double_blocks.0.img_attn_qkv.weight": ((192, 64), "transformer"),
        "model.model.time_in.mlp.0.weight": ((64, 256), "transformer"),
        "model.model.img_in.proj.weight": ((64, 16, 1, 2, 2), "transformer"),
    },
    "Wan": {
        "blocks.0.self_attn.q.weight": ((64, 64), "transformer"),
        "blocks.0.modulation": ((1, 6, 64), "transformer"),
        "patch_embedding.weight": ((64, 16, 1, 2, 2), "transformer"),
        "text_embedding.0.weight": ((1536, 4096), "transformer"),
        "time_embedding.0.weight": ((64, 256), "transformer"),
    },
    "a ControlNet has a unet's names": {
        "conv_in.weight": ((320, 4, 3, 3), "controlnet"),
        "time_embedding.linear_1.weight": ((1280, 320), "controlnet"),
        "down_blocks.0.resnets.0.conv1.weight": ((320, 320, 3, 3), "controlnet"),
        "controlnet_down_blocks.0.weight": ((320, 320, 1, 1), "controlnet"),
    },
    "a motion module has a unet's names": {
        "down_blocks.0.motion_modules.0.proj_in.weight": ((320, 320), "motion"),
        "up_blocks.0.motion_modules.0.transformer_blocks.0.attn1.to_q.weight": ((320, 320), "motion"),
    },
    "old ESRGAN": {
        "model.0.weight": ((64, 3, 3, 3), "upscaler"),
        "model.1.sub.0.RDB1.conv1.0.weight": ((32, 64, 3, 3), "upscaler"),
        "model.10.weight": ((3, 64, 3, 3), "upscaler"),
    },
    "from an image to an image, whatever it is called": {
        "body.0.weight": ((64, 3, 3, 3), "upscaler"),
        "body.2.weight": ((64, 64, 3, 3), "upscaler"),
        "body.34.weight": ((48, 64, 3, 3), "upscaler"),
    },
    "an image cut into patches under words of its own": {
        "embeddings.projection.weight": ((64, 3, 16, 16), "vision_encoder"),
        "embeddings.position_embeddings": ((1, 197, 64), "vision_encoder"),
        "encoder.layer.0.attention.qkv.weight": ((192, 64), "vision_encoder"),
        "encoder.layer.0.mlp.fc1.weight": ((256, 64), "vision_encoder"),
    },
    "vision and language with the projector inside the tower": {
        "visual.patch_embed.proj.weight": ((1280, 3, 2, 14, 14), "vision_encoder"),
        "visual.blocks.0.attn.qkv.weight": ((3840, 1280), "vision_encoder"),
        "visual.merger.mlp.0.weight": ((5120, 5120), "projector"),
        **LLAMA,
    },
    "vision and language": {
        "vision_tower.vision_model.embeddings.patch_embedding.weight": ((64, 3, 14, 14), "vision_encoder"),
        "vision_tower.vision_model.head.probe": ((1, 1, 64), "vision_encoder"),
        "multi_modal_projector.linear_1.weight": ((64, 64), "projector"),
        "image_newline": ((64,), "projector"),
        "language_model.model.embed_tokens.weight": ((32064, 64), "embedding"),
        "language_model.model.layers.0.mlp.gate_proj.weight": ((128, 64), "transformer"),
        "language_model.lm_head.weight": ((32064, 64), "head"),
    },
    "audio and language under plain words": {
        "encoder.conv1.weight": ((1280, 128, 3), "audio_encoder"),
        "encoder.blocks.0.attn.query.weight": ((1280, 1280), "audio_encoder"),
        "adapter.linear1.weight": ((64, 1280), "projector"),
        **LLAMA,
    },
    "a hybrid of attention and convolution is no audio model": {
        "model.embed_tokens.weight": ((65536, 64), "embedding"),
        "model.layers.0.conv.conv.weight": ((64, 1, 3), "transformer"),
        "model.layers.1.self_attn.q_proj.weight": ((64, 64), "transformer"),
    },
    "weights that a parametrisation makes": {
        "roberta.embeddings.word_embeddings.parametrizations.weight.original": ((250002, 64), "text_encoder"),
        "roberta.embeddings.word_embeddings.parametrizations.weight.0.lora_A": ((5, 250002, 4), "adapter"),
        "roberta.encoder.layers.0.mixer.Wqkv.parametrizations.weight.original": ((192, 64), "text_encoder"),
    },
    "text and image towers": {
        "text_model.embeddings.token_embedding.weight": ((49408, 512), "text_encoder: CLIP-B"),
        "text_model.encoder.layers.0.self_attn.q_proj.weight": ((512, 512), "text_encoder: CLIP-B"),
        "vision_model.embeddings.patch_embedding.weight": ((768, 3, 32, 32), "vision_encoder"),
        "visual_projection.weight": ((512, 768), "vision_encoder"),
    },
    "an image classifier": {
        "vit.embeddings.cls_token": ((1, 1, 64), "vision_encoder"),
        "vit.embeddings.patch_embeddings.projection.weight": ((64, 3, 16, 16), "vision_encoder"),
        "vit.encoder.layer.0.attention.attention.query.weight": ((64, 64), "vision_encoder"),
        "classifier.weight": ((1000, 64), "head"),
    },
    "music from text: T5, a language model over codes, a codec": {
        "text_encoder.shared.weight": ((32128, 768), "text_encoder: T5-Base"),
        "audio_encoder.encoder.layers.0.conv.weight": ((64, 1, 7), "codec"),
        "audio_encoder.quantizer.layers.0.codebook.embed": ((2048, 128), "codec"),
        "decoder.model.decoder.embed_tokens.0.weight": ((2049, 64), "embedding"),
        "decoder.model.decoder.layers.0.encoder_attn.q_proj.weight": ((64, 64), "transformer"),
        "decoder.lm_heads.0.weight": ((2048, 64), "head"),
    },
    "LoRA with flattened names on a model that has no unet": {
        "lora_unet_double_blocks_0_img_attn_qkv.alpha": ((), "adapter"),
        "lora_unet_double_blocks_0_img_attn_qkv.lora_down.weight": ((16, 64), "adapter"),
        "lora_unet_double_blocks_0_img_attn_qkv.lora_up.weight": ((192, 16), "adapter"),
    },
    "LoHa and LoKr": {
        "lora_unet_a.hada_w1_a": ((64, 8), "adapter"),
        "lora_unet_a.hada_w1_b": ((8, 64), "adapter"),
        "lora_unet_b.lokr_w1": ((16, 16), "adapter"),
        "lora_unet_b.alpha": ((), "adapter"),
    },
    "PEFT": {
        "base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight": ((8, 64), "adapter"),
        "base_model.model.model.layers.0.self_attn.q_proj.lora_B.weight": ((64, 8), "adapter"),
    },
    "adapters among the weights they adapt": {
        "model.embed_tokens.weight": ((200064, 64), "embedding"),
        "model.layers.0.self_attn.qkv_proj.base_layer.weight": ((192, 64), "transformer"),
        "model.layers.0.self_attn.qkv_proj.lora_A.vision.weight": ((16, 64), "adapter"),
        "model.layers.0.mlp.gate_up_proj.base_layer.weight": ((256, 64), "transformer"),
        "model.layers.0.input_layernorm.weight": ((64,), "transformer"),
    },
    "adapters not merged, with all that they adapt": {
        "base_model.model.model.embed_tokens.weight": ((32000, 64), "embedding"),
        "base_model.model.model.layers.0.self_attn.q_proj.base_layer.weight": ((64, 64), "transformer"),
        "base_model.model.model.layers.0.self_attn.q_proj.lora_A.default.weight": ((8, 64), "adapter"),
        "base_model.model.model.layers.0.self_attn.q_proj.lora_B.default.weight": ((64, 8), "adapter"),
    },
    "IP-Adapter": {
        "image_proj.proj.weight": ((3072, 1024), "adapter"),
        "ip_adapter.1.to_k_ip.weight": ((320, 768), "adapter"),
    },
    "textual inversion": {
        "clip_g": ((8, 1280), "embedding"),
        "clip_l": ((8, 768), "embedding"),
    },
    "a static table of words": {"embedding.weight": ((32000, 256), "embedding")},
    "state of an optimizer": {
        "state/0/exp_avg": ((64, 64), "optimizer"),
        "state/0/exp_avg_sq": ((64, 64), "optimizer"),
    },
    "further prediction apart": {
        "mtp.fc.weight": ((64, 128), "mtp"),
        "mtp.layers.0.self_attn.q_proj.weight": ((64, 64), "mtp"),
        **LLAMA,
    },
    "nothing known": {
        "alpha_stage.matrix": ((64, 64), "unclassified"),
        "beta_stage.matrix": ((64, 64), "unclassified"),
    },
}


def _spec(case: Case) -> dict[str, tuple[str, tuple[int, ...]]]:
    return {name: ("BF16", shape) for name, (shape, _) in case.items()}


@pytest.mark.parametrize("title", CASES)
def test_component_of_each_tensor(title: str) -> None:
    case = CASES[title]
    assert components_of(_spec(case)) == {name: expected for name, (_, expected) in case.items()}


def test_layer_that_predicts_further_tokens_is_told_by_its_siblings() -> None:
    spec: Spec = {
        "model.embed_tokens.weight": ("BF16", (1000, 8)),
        **{f"model.layers.{layer}.self_attn.q_proj.weight": ("BF16", (8, 8)) for layer in range(4)},
        "model.layers.3.eh_proj.weight": ("BF16", (8, 16)),
        "model.layers.3.embed_tokens.weight": ("BF16", (1000, 8)),
        "model.layers.3.shared_head.head.weight": ("BF16", (1000, 8)),
        "lm_head.weight": ("BF16", (1000, 8)),
    }
    found = components_of(spec)
    assert {name for name, component in found.items() if component == "mtp"} == {
        "model.layers.3.self_attn.q_proj.weight",
        "model.layers.3.eh_proj.weight",
        "model.layers.3.embed_tokens.weight",
        "model.layers.3.shared_head.head.weight",
    }
    assert found["model.layers.2.self_attn.q_proj.weight"] == "transformer"


@pytest.mark.parametrize(
    ("name", "dtype", "shape"),
    [
        ("h.0.attn.bias", "BF16", (1, 1, 1024, 1024)),
        ("gpt_neox.layers.0.attention.masked_bias", "BF16", ()),
        ("model.layers.0.self_attn.rotary_emb.inv_freq", "F32", (64,)),
        ("embeddings.position_ids", "I64", (1, 512)),
        ("bn1.running_mean", "F32", (64,)),
        ("bn1.num_batches_tracked", "I64", ()),
        ("layers.0.blocks.0.attn.relative_position_index", "I64", (49, 49)),
        ("alphas_cumprod", "F32", (1000,)),
        ("model_ema.decay", "F32", ()),
        ("encoder.mask", "BOOL", (4, 4)),
    ],
)
def test_buffers_are_no_parameters(name: str, dtype: str, shape: tuple[int, ...]) -> None:
    label = labels_of({name: (dtype, shape), "other.weight": ("F32", (4, 4))})[name]
    assert (label.logical.kind, label.logical.params, label.role.part) == ("buffer", 0, "buffer")


def test_bias_of_an_attention_layer_is_a_parameter() -> None:
    label = labels_of({"h.0.attn.bias": ("F32", (64,))})["h.0.attn.bias"]
    assert (label.logical.kind, label.logical.params) == ("parameter", 64)


def test_buffer_stays_with_its_module() -> None:
    spec: Spec = {"layer1.0.bn1.running_mean": ("F32", (64,)), "layer1.0.conv1.weight": ("F32", (64, 3, 7, 7))}
    assert set(components_of(spec).values()) == {"vision_encoder"}


def test_scale_of_an_adapter_is_side_data() -> None:
    spec: Spec = {"a.alpha": ("F32", ()), "a.lora_down.weight": ("F32", (4, 8)), "a.lora_up.weight": ("F32", (8, 4))}
    label = labels_of(spec)["a.alpha"]
    assert (label.logical.kind, label.logical.params, label.role) == (
        "side-data",
        0,
        Role(component="adapter", part="lora"),
    )


def test_tokenizer_kept_as_a_tensor() -> None:
    spec: Spec = {
        "shared.weight": ("F16", (32128, 64)),
        "encoder.block.0.layer.0.SelfAttention.q.weight": ("F16", (64, 64)),
        "spiece_model": ("U8", (791656,)),
    }
    label = labels_of(spec)["spiece_model"]
    assert (label.role.component, label.logical.params) == ("tokenizer", 0)


def test_pipeline_says_that_a_language_model_serves_as_text_encoder() -> None:
    spec = _spec(LLAMA)
    assert set(components_of(spec, pipeline_name="text_encoder").values()) == {"text_encoder"}


@pytest.mark.parametrize("path", ["text_encoders/model.safetensors", "clip/qwen.safetensors"])
def test_folder_says_that_a_language_model_serves_as_text_encoder(path: str) -> None:
    assert set(components_of(_spec(LLAMA), path=path).values()) == {"text_encoder"}


def test_configuration_says_that_a_set_adapts_another() -> None:
    spec: Spec = {"base_model.model.layers.0.self_attn.q_proj.some_new_kind": ("F32", (64,))}
    assert set(components_of(spec, config={"peft_type": "NEW"}).values()) == {"adapter"}
    assert set(components_of(spec).values()) == {"transformer"}


def test_class_says_that_a_language_model_is_a_denoiser() -> None:
    config = {"_class_name": "OmniGenTransformer2DModel"}
    assert set(components_of(_spec(LLAMA), config=config).values()) == {"transformer"}


def test_class_is_asked_where_the_tensors_say_nothing() -> None:
    spec: Spec = {"alpha_stage.matrix": ("BF16", (8, 8)), "beta_stage.matrix": ("BF16", (8, 8))}
    assert set(components_of(spec, pipeline_class="AutoencoderNew").values()) == {"vae"}


def test_tower_under_an_unknown_word_is_told_by_its_kernels() -> None:
    spec = _spec(LLAMA) | {
        "model.argus.patches.weight": ("BF16", (64, 3, 14, 14)),
        "model.argus.blocks.0.attn.qkv.weight": ("BF16", (192, 64)),
        "model.vision_bridge.weight": ("BF16", (64, 64)),
    }
    found = components_of(spec)
    assert {name: found[name] for name in spec if "argus" in name or "bridge" in name} == {
        "model.argus.patches.weight": "vision_encoder",
        "model.argus.blocks.0.attn.qkv.weight": "vision_encoder",
        "model.vision_bridge.weight": "projector",
    }
    assert found["model.layers.0.mlp.gate_proj.weight"] == "transformer"


def test_configuration_decides_where_tensors_cannot() -> None:
    spec: Spec = {
        "model.embeddings.tok_embeddings.weight": ("BF16", (50368, 64)),
        "model.layers.0.attn.Wqkv.weight": ("BF16", (192, 64)),
    }
    assert set(components_of(spec, config={"architectures": ["ModernBertForMaskedLM"]}).values()) == {"text_encoder"}
    assert "transformer" in components_of(spec, config={"architectures": ["DecoderForCausalLM"]}).values()


@pytest.mark.parametrize(
    ("name", "shape", "part"),
    [
        ("model.layers.0.self_attn.q_proj.weight", (64, 64), "attention"),
        ("model.layers.0.self_attn.q_norm.weight", (64,), "norm"),
        ("model.layers.0.mlp.down_proj.weight", (64, 64), "mlp"),
        ("model.layers.0.mlp.gate.weight", (8, 64), "router"),
        ("model.layers.0.mlp.experts.3.gate_proj.weight", (64, 64), "experts"),
        ("model.layers.0.moe.gate_proj.weight", (8, 64, 64), "experts"),
        ("model.layers.0.moe.gate.weight", (8, 64), "router"),
        ("model.layers.0.mlp.input_linear.weight", (8, 64, 64), "experts"),
        ("model.layers.0.block_sparse_moe.output_linear.weight", (8, 64, 64), "experts"),
        ("model.layers.0.block_sparse_moe.gate_proj.weight", (64, 64), "mlp"),
        ("model.layers.0.mlp.shared_expert.up_proj.weight", (64, 64), "shared_experts"),
        ("model.layers.0.block_sparse_moe.gate.weight", (8, 64), "router"),
        ("model.layers.0.mamba.in_proj.weight", (64, 64), "ssm"),
        ("model.norm.weight", (64,), "norm"),
        ("model.embed_tokens.weight", (1000, 64), "embedding"),
        ("lm_head.weight", (1000, 64), "head"),
    ],
)
def test_part(name: str, shape: tuple[int, ...], part: str) -> None:
    spec: Spec = {"model.embed_tokens.weight": ("BF16", (1000, 64)), name: ("BF16", shape)}
    assert labels_of(spec)[name].role.part == part


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("blocks.0.adaLN_modulation.1.weight", "modulation"),
        ("transformer_blocks.0.norm1.linear.weight", "modulation"),
        ("t_embedder.mlp.0.weight", "time_embedding"),
        ("transformer_blocks.0.attn.to_q.weight", "attention"),
        ("transformer_blocks.0.ff.net.0.proj.weight", "mlp"),
    ],
)
def test_part_in_a_denoiser(name: str, part: str) -> None:
    spec: Spec = {"t_embedder.mlp.2.weight": ("BF16", (8, 8)), "blocks.0.attn.qkv.weight": ("BF16", (24, 8))}
    label = labels_of({**spec, name: ("BF16", (16, 16))})[name]
    assert (label.role.component, label.role.part) == ("transformer", part)


@pytest.mark.parametrize(
    ("name", "block", "expert"),
    [
        ("model.layers.17.mlp.experts.3.gate_proj.weight", 17, 3),
        ("model.encoder.layers.5.ffn.experts.expert_2.fc1.weight", 5, 2),
        ("transformer.h.4.attn.c_attn.weight", 4, None),
        ("double_blocks.9.img_attn.qkv.weight", 9, None),
        ("down_blocks.1.attentions.0.transformer_blocks.2.ff.net.0.proj.weight", 1, None),
        ("lora_unet_double_blocks_7_img_attn_qkv.lora_down.weight", 7, None),
        ("conditioner.embedders.1.model.transformer.resblocks.6.ln_1.weight", 6, None),
        ("model.layers.3.eh_proj.weight", 3, None),
        ("mlp1.3.weight", None, None),
        ("lm_head.weight", None, None),
    ],
)
def test_block_and_expert_are_read_from_the_name(name: str, block: int | None, expert: int | None) -> None:
    label = labels_of({"model.embed_tokens.weight": ("BF16", (1000, 8)), name: ("BF16", (8, 8))})[name]
    role = role_of_name(label, name)
    assert (role.block, role.expert) == (block, expert)
    assert (role.component, role.part) == (label.role.component, label.role.part)


def test_asterisks_in_names_are_no_numbers() -> None:
    name = "model.layers.*.eh_proj.weight"
    label = labels_of({name: ("BF16", (8, 16)), "model.embed_tokens.weight": ("BF16", (1000, 8))})[name]
    assert role_of_name(label, name).block is None


def test_no_tensors_no_labels() -> None:
    assert labels_of({}) == {}


def test_names_of_any_length_cost_no_more_than_their_number() -> None:
    names = [f"model{'.1.x' * 5000}.{end}.weight" for end in ("attn", "mlp", "norm", "q_proj")]
    found = components_of(dict.fromkeys(names, ("BF16", (8, 8))))
    assert set(found) == set(names)


_COMPONENTS = """
    tokenizer embedding transformer head text_encoder vision_encoder audio_encoder projector unet vae controlnet
    adapter mtp motion vocoder codec upscaler optimizer buffer unclassified
"""
_PARTS = """
    attention mlp experts shared_experts router norm embedding head conv resnet ssm modulation time_embedding
    projection lora buffer other
"""
_WORDS = """
    model encoder decoder layers 0 1 17 * visual merger embed_tokens lm_head weight bias mtp experts lora_A alpha
    diffusion_model vae quantizer conv attn vit head text_model backbone embedders unet norm talker neck
    1234567890123456789 conditioner eh_proj
"""
COMPONENTS = frozenset(_COMPONENTS.split())
PARTS = frozenset(_PARTS.split())
_words = st.sampled_from(_WORDS.split())
_names = st.one_of(st.lists(_words, min_size=1, max_size=6).map(".".join), st.text(max_size=12))
_shapes = st.lists(st.integers(0, 600), max_size=5).map(tuple)
_specs = st.dictionaries(_names, st.tuples(st.sampled_from(["BF16", "F32", "U8", "I64"]), _shapes), max_size=8)


@given(_specs)
@settings(max_examples=150, deadline=None)
def test_every_tensor_has_a_role_of_the_interface(spec: dict[str, tuple[str, tuple[int, ...]]]) -> None:
    labels = labels_of({name: entry for name, entry in spec.items() if name != "__metadata__"})
    for name, each in labels.items():
        assert each.role.component in COMPONENTS
        assert each.role.part in PARTS
        assert each.logical.params == 0 or each.logical.kind == "parameter"
        assert role_of_name(each, name).component == each.role.component
