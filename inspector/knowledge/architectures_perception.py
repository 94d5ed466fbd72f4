"""Models that see and hear: vision-language, speech, codecs and image encoders that their tensors show."""

from typing import Final

from inspector.knowledge.architecture_row import Family, Width, layout

_TF: Final = "transformers, models/"
_VIT_BLOCK: Final = "encoder.layer.*.attention.attention.query encoder.layer.*.attention.output.dense"
_CLIP_VISION: Final = "vision_model.embeddings.patch_embedding vision_model.encoder.layers.*.self_attn.q_proj"
_CLIP_TEXT: Final = "text_model.embeddings.token_embedding text_model.encoder.layers.*.self_attn.q_proj"

VISION_LANGUAGE: Final = (
    Family(
        "qwen2-5-omni",
        "Qwen2.5-Omni",
        "audio-language",
        (layout("thinker.audio_tower.conv1 thinker.visual.patch_embed.proj"),),
        _TF + "qwen2_5_omni",
        twins=("qwen3-omni-moe",),
    ),
    Family(
        "qwen3-vl-moe",
        "Qwen3-VL-MoE",
        "vision-language",
        (layout("visual.deepstack_merger_list.*.linear_fc1 mlp.gate"),),
        _TF + "qwen3_vl_moe",
    ),
    Family(
        "qwen3-vl",
        "Qwen3-VL",
        "vision-language",
        (layout("visual.deepstack_merger_list.*.linear_fc1", lacks="mlp.gate"),),
        _TF + "qwen3_vl",
    ),
    Family(
        "qwen3-5-moe",
        "Qwen3.5-MoE",
        "vision-language",
        (layout("visual.merger.linear_fc1 linear_attn.in_proj_qkv mlp.shared_expert_gate"),),
        "transformers 5, models/qwen3_5_moe",
    ),
    Family(
        "qwen3-5",
        "Qwen3.5",
        "vision-language",
        (layout("visual.merger.linear_fc1 linear_attn.in_proj_qkv", lacks="mlp.shared_expert_gate"),),
        "transformers 5, models/qwen3_5",
    ),
    Family(
        "qwen2-5-vl",
        "Qwen2.5-VL",
        "vision-language",
        (
            layout(
                "visual.patch_embed.proj visual.merger.ln_q visual.blocks.*.mlp.gate_proj", lacks="audio_tower.conv1"
            ),
        ),
        _TF + "qwen2_5_vl",
    ),
    Family(
        "qwen2-vl",
        "Qwen2-VL",
        "vision-language",
        (layout("visual.patch_embed.proj visual.merger.ln_q visual.blocks.*.mlp.fc1"),),
        _TF + "qwen2_vl",
    ),
    Family(
        "glm4v-moe",
        "GLM-4.5V",
        "vision-language",
        (layout("visual.merger.post_projection_norm mlp.gate.e_score_correction_bias"),),
        _TF + "glm4v_moe",
    ),
    Family(
        "glm4v",
        "GLM-4.1V",
        "vision-language",
        (layout("visual.merger.post_projection_norm visual.downsample"),),
        _TF + "glm4v",
    ),
    Family(
        "mllama",
        "Llama 3.2 Vision (Mllama)",
        "vision-language",
        (layout("cross_attn.q_norm cross_attn_attn_gate multi_modal_projector"),),
        _TF + "mllama",
    ),
    Family(
        "llama4", "Llama 4", "vision-language", (layout("feed_forward.router vision_adapter.mlp.fc1"),), _TF + "llama4"
    ),
    Family(
        "gemma3n",
        "Gemma 3n",
        "vision-language",
        (layout("altup.router_norm embed_vision.embedding_projection"),),
        _TF + "gemma3n",
    ),
    Family(
        "gemma3",
        "Gemma 3",
        "vision-language",
        (layout("multi_modal_projector.mm_input_projection_weight multi_modal_projector.mm_soft_emb_norm"),),
        _TF + "gemma3",
        types=("shieldgemma2",),
    ),
    Family(
        "paligemma",
        "PaliGemma",
        "vision-language",
        (layout("multi_modal_projector.linear vision_tower.vision_model.encoder.layers.*.self_attn.q_proj"),),
        _TF + "paligemma",
        types=("colpali",),
    ),
    Family(
        "mistral3",
        "Mistral Small 3.1 (vision)",
        "vision-language",
        (layout("multi_modal_projector.patch_merger.merging_layer"),),
        _TF + "mistral3",
    ),
    Family(
        "pixtral",
        "Pixtral",
        "vision-language",
        (
            layout("vision_tower.transformer.layers.*.attention.q_proj multi_modal_projector.linear_*"),
            layout("vision_encoder.transformer.layers.*.attention.wq vision_language_adapter.w_in"),
        ),
        _TF + "pixtral; mistralai/Pixtral-12B-2409",
    ),
    Family(
        "internvl",
        "InternVL",
        "vision-language",
        (
            layout("vision_tower.encoder.layer.*.attention.q_proj vision_tower.encoder.layer.*.lambda_*"),
            layout("vision_model.encoder.layers.*.attn.qkv mlp1.*"),
        ),
        _TF + "internvl; OpenGVLab/InternVL2_5-8B",
        twins=("internvl-chat",),
    ),
    Family(
        "idefics2",
        "Idefics2",
        "vision-language",
        (layout("connector.perceiver_resampler.latents connector.modality_projection.gate_proj"),),
        _TF + "idefics2",
    ),
    Family(
        "idefics3",
        "Idefics3 (SmolVLM)",
        "vision-language",
        (layout("connector.modality_projection.proj text_model.layers.*.self_attn.q_proj"),),
        _TF + "idefics3",
        twins=("smolvlm",),
    ),
    Family(
        "idefics",
        "Idefics",
        "vision-language",
        (layout("gated_cross_attn_layers.*.alpha_cross_attn"),),
        _TF + "idefics",
    ),
    Family(
        "aria",
        "Aria",
        "vision-language",
        (layout("multi_modal_projector.cross_attn.q_proj mlp.experts.fc1"),),
        _TF + "aria",
    ),
    Family(
        "llava-next",
        "LLaVA-NeXT",
        "vision-language",
        (
            layout("image_newline multi_modal_projector.linear_* vision_tower.encoder.layers.*.self_attn.q_proj"),
            layout(
                "image_newline multi_modal_projector.linear_* "
                "vision_tower.vision_model.encoder.layers.*.self_attn.q_proj"
            ),
        ),
        _TF + "llava_next",
        twins=("llava-next-video", "llava-onevision"),
    ),
    Family(
        "vipllava",
        "VipLLaVA",
        "vision-language",
        (layout("multi_modal_projector.projector_layernorm multi_modal_projector.linear_*"),),
        _TF + "vipllava",
    ),
    Family(
        "voxtral",
        "Voxtral",
        "audio-language",
        (layout("audio_tower.conv1 multi_modal_projector.linear_* audio_tower.layers.*.fc1"),),
        _TF + "voxtral",
    ),
    Family(
        "ultravox",
        "Ultravox",
        "audio-language",
        (
            layout("multi_modal_projector.ln_pre multi_modal_projector.linear_* audio_tower.layers.*.fc1"),
            layout("multi_modal_projector.ln_pre multi_modal_projector.linear_*"),
        ),
        "fixie-ai/ultravox-v0_5-llama-3_2-1b, config.json",
    ),
    Family(
        "qwen2-audio",
        "Qwen2-Audio",
        "audio-language",
        (layout("audio_tower.conv1 multi_modal_projector.linear audio_tower.layers.*.fc1"),),
        _TF + "qwen2_audio",
    ),
    Family(
        "granite-speech",
        "Granite Speech",
        "audio-language",
        (layout("encoder.out_mid projector.qformer.encoder.layer.*.crossattention.attention.query"),),
        _TF + "granite_speech",
    ),
    Family(
        "llava",
        "LLaVA",
        "vision-language",
        (
            layout(
                "multi_modal_projector.linear_* vision_tower.vision_model.encoder.layers.*.self_attn.q_proj",
                lacks="image_newline",
            ),
            layout("mm_projector.* vision_tower.vision_tower.vision_model.encoder.layers.*.self_attn.q_proj"),
            layout("mm_projector.* embed_tokens"),
            layout(
                "multi_modal_projector.linear_* vision_tower.encoder.layers.*.self_attn.q_proj",
                lacks="image_newline",
            ),
        ),
        _TF + "llava; liuhaotian/llava-v1.5-7b",
        twins=("lfm2-vl", "aya-vision", "cohere2-vision", "llava-llama", "llava-mistral", "llava-qwen", "llava-qwen2"),
    ),
    Family(
        "phi3-v",
        "Phi-3-vision",
        "vision-language",
        (layout("vision_embed_tokens.img_projection.* self_attn.qkv_proj"),),
        "microsoft/Phi-3.5-vision-instruct, modeling_phi3_v.py",
    ),
    Family(
        "phi4mm",
        "Phi-4-multimodal",
        "vision-language",
        (
            layout("embed_tokens_extend.image_embed.img_projection.*"),
            layout("embed_tokens_extend.audio_embed.encoder.embed.conv.*"),
        ),
        "microsoft/Phi-4-multimodal-instruct, modeling_phi4mm.py",
        twins=("phi4-multimodal",),
    ),
    Family(
        "molmo",
        "Molmo",
        "vision-language",
        (layout("vision_backbone.image_projector.w1 transformer.blocks.*.att_proj"),),
        "allenai/Molmo-7B-D-0924, modeling_molmo.py",
    ),
    Family(
        "minicpmv",
        "MiniCPM-V",
        "vision-language",
        (
            layout("resampler.kv_proj vpm.encoder.layers.*.self_attn.q_proj"),
            layout("resampler.attn.in_proj_weight vpm.encoder.layers.*.self_attn.q_proj"),
        ),
        "openbmb/MiniCPM-V-2_6, modeling_minicpmv.py",
        twins=("minicpmo",),
    ),
    Family(
        "kimi-vl",
        "Kimi-VL",
        "vision-language",
        (layout("multi_modal_projector.pre_norm vision_tower.encoder.blocks.*.wqkv"),),
        "moonshotai/Kimi-VL-A3B-Instruct, modeling_kimi_vl.py",
        twins=("kimi-k25",),
    ),
    Family(
        "deepseekocr",
        "DeepSeek-OCR",
        "vision-language",
        (layout("sam_model.patch_embed.proj vision_model.transformer.layers.*.self_attn.qkv_proj"),),
        "deepseek-ai/DeepSeek-OCR, modeling_deepseekocr.py",
    ),
    Family(
        "deepseek-vl-v2",
        "DeepSeek-VL2",
        "vision-language",
        (layout("vision.blocks.*.attn.qkv projector.layers.*"),),
        "deepseek-ai/deepseek-vl2, modeling_deepseek_vl_v2.py",
    ),
    Family(
        "janus",
        "Janus",
        "vision-language",
        (
            layout("vqmodel.quantize.embedding generation_head.proj_out"),
            layout("gen_vision_model.quantize.embedding gen_head.vision_head"),
        ),
        _TF + "janus; deepseek-ai/Janus-Pro-7B",
        twins=("multi-modality",),
    ),
    Family(
        "deepseek-vl-hybrid",
        "DeepSeek-VL (hybrid)",
        "vision-language",
        (layout("high_res_vision_model.vision_encoder.layers.*.attn.qkv"),),
        _TF + "deepseek_vl_hybrid",
    ),
    Family(
        "deepseek-vl",
        "DeepSeek-VL",
        "vision-language",
        (
            layout("aligner.linear* vision_model.vision_model.encoder.layers.*.self_attn.q_proj"),
            layout("aligner.linear1 vision_model.vision_model.encoder.layers.*.self_attn.q_proj"),
        ),
        _TF + "deepseek_vl",
    ),
    Family(
        "emu3",
        "Emu3",
        "vision-language",
        (layout("vqmodel.quantize.embedding vqmodel.encoder.time_conv.*.conv.conv"),),
        _TF + "emu3",
    ),
    Family(
        "chameleon",
        "Chameleon",
        "vision-language",
        (layout("vqmodel.quantize.embedding self_attn.q_norm vqmodel.encoder.conv_in"),),
        _TF + "chameleon",
    ),
    Family(
        "florence2",
        "Florence-2",
        "vision-language",
        (
            layout("vision_tower.blocks.*.*.spatial_block.window_attn.qkv"),
            layout("vision_tower.blocks.*.*.spatial_block.window_attn.fn.qkv"),
        ),
        _TF + "florence2",
    ),
    Family(
        "instructblip",
        "InstructBLIP",
        "vision-language",
        (layout("qformer.embeddings.word_embeddings vision_model.encoder.layers.*.self_attn.qkv language_projection"),),
        _TF + "instructblip",
        twins=("instructblipvideo",),
    ),
    Family(
        "blip-2",
        "BLIP-2",
        "vision-language",
        (
            layout(
                "qformer.encoder.layer.*.crossattention.attention.query "
                "vision_model.encoder.layers.*.self_attn.qkv query_tokens"
            ),
        ),
        _TF + "blip_2",
    ),
    Family(
        "blip",
        "BLIP",
        "vision-language",
        (
            layout(
                "vision_model.encoder.layers.*.self_attn.qkv text_decoder.bert.encoder.layer.*.attention.self.query"
            ),
            layout("vision_model.encoder.layers.*.self_attn.qkv text_model.encoder.layer.*.attention.self.query"),
            layout("vision_model.encoder.layers.*.self_attn.qkv text_encoder.encoder.layer.*.attention.self.query"),
        ),
        _TF + "blip",
    ),
    Family(
        "git",
        "GIT",
        "vision-language",
        (layout("git.image_encoder.vision_model.encoder.layers.*.self_attn.q_proj"),),
        _TF + "git",
    ),
    Family(
        "kosmos-2",
        "Kosmos-2",
        "vision-language",
        (layout("image_to_text_projection.latent_query text_model.model.layers.*.self_attn.inner_attn_ln"),),
        _TF + "kosmos2",
    ),
    Family("fuyu", "Fuyu", "vision-language", (layout("vision_embed_tokens self_attn.query_key_value"),), _TF + "fuyu"),
    Family(
        "ovis2",
        "Ovis2",
        "vision-language",
        (layout("visual_embeddings_table vision_tower.head_linear"), layout("visual_embeddings_table")),
        _TF + "ovis2",
    ),
    Family(
        "moondream1",
        "Moondream",
        "vision-language",
        (
            layout("vision.proj_mlp.fc1 text.blocks.*.attn.qkv"),
            layout("vision_encoder.encoder.model.visual.patch_embed.linear"),
        ),
        "vikhyatk/moondream2, moondream.py",
    ),
    Family(
        "cogvlm2",
        "CogVLM",
        "vision-language",
        (layout("self_attn.vision_expert_query_key_value self_attn.language_expert_query_key_value"),),
        "zai-org/cogvlm2-llama3-chat-19B, modeling_cogvlm.py",
    ),
    Family(
        "pix2struct",
        "Pix2Struct",
        "vision-language",
        (layout("encoder.embeddings.patch_projection decoder.layer.*.self_attention.attention.query"),),
        _TF + "pix2struct",
    ),
    Family(
        "udop",
        "UDOP",
        "vision-language",
        (
            layout("encoder.cell_2d_embedding.x_position_embeddings patch_embed.proj"),
            layout("cell_2d_embedding.x_position_embeddings"),
        ),
        _TF + "udop",
    ),
    Family(
        "owlvit",
        "OWL-ViT",
        "other",
        (layout(f"class_head.dense0 box_head.dense0 {_CLIP_VISION}"),),
        _TF + "owlvit",
        twins=("owlv2",),
    ),
    Family(
        "clipseg",
        "CLIPSeg",
        "vision-language",
        (layout(f"{_CLIP_VISION} {_CLIP_TEXT} decoder.film_mul"),),
        _TF + "clipseg",
    ),
    Family(
        "siglip",
        "SigLIP",
        "vision-language",
        (layout(f"{_CLIP_VISION} {_CLIP_TEXT} vision_model.head.probe"),),
        _TF + "siglip",
        twins=("siglip2",),
    ),
    Family(
        "altclip",
        "AltCLIP",
        "vision-language",
        (layout(f"{_CLIP_VISION} text_model.roberta.encoder.layer.*.attention.self.query"),),
        _TF + "altclip",
    ),
    Family(
        "chinese-clip",
        "Chinese-CLIP",
        "vision-language",
        (layout(f"{_CLIP_VISION} text_model.encoder.layer.*.attention.self.query", lacks="qformer.layernorm"),),
        _TF + "chinese_clip",
    ),
    Family(
        "clip",
        "CLIP",
        "vision-language",
        (
            layout(f"{_CLIP_VISION} {_CLIP_TEXT} visual_projection"),
            layout("visual.conv1 visual.transformer.resblocks.*.attn.in_proj_weight token_embedding"),
            layout("visual.layer1.*.conv1 visual.attnpool.q_proj token_embedding"),
        ),
        _TF + "clip; openai/CLIP, clip/model.py",
        twins=(
            "metaclip-2",
            "clipseg",
            "owlvit",
            "owlv2",
        ),
    ),
    Family(
        "openclip-timm",
        "CLIP with a timm tower (OpenCLIP)",
        "vision-language",
        (
            layout("visual.trunk.patch_embed.proj token_embedding"),
            layout("visual.trunk.patch_embed.proj text.transformer.embeddings.word_embeddings"),
            layout("visual.trunk.stages.*.blocks.*.mlp.fc1 token_embedding"),
        ),
        "mlfoundations/open_clip, src/open_clip/timm_model.py",
    ),
    Family(
        "align",
        "ALIGN",
        "vision-language",
        (
            layout(
                "vision_model.encoder.blocks.*.depthwise_conv.depthwise_conv "
                "text_model.encoder.layer.*.attention.self.query"
            ),
        ),
        _TF + "align",
    ),
    Family(
        "vilt",
        "ViLT",
        "vision-language",
        (
            layout("vilt.embeddings.text_embeddings.word_embeddings"),
            layout("embeddings.text_embeddings.word_embeddings embeddings.patch_embeddings.projection"),
        ),
        _TF + "vilt",
    ),
    Family(
        "layoutlmv3",
        "LayoutLMv3",
        "vision-language",
        (layout("embeddings.x_position_embeddings patch_embed.proj encoder.layer.*.attention.self.query"),),
        _TF + "layoutlmv3",
    ),
    Family(
        "layoutlmv2",
        "LayoutLMv2",
        "vision-language",
        (layout("embeddings.x_position_embeddings encoder.layer.*.attention.self.query visual_proj"),),
        _TF + "layoutlmv2",
    ),
)

AUDIO: Final = (
    Family(
        "xcodec",
        "X-Codec",
        "codec",
        (layout("semantic_model.encoder.layers.*.attention.q_proj acoustic_encoder.conv1"),),
        _TF + "xcodec",
    ),
    Family(
        "whisper",
        "Whisper",
        "speech",
        (
            layout("encoder.conv1 encoder.conv2 decoder.layers.*.encoder_attn.q_proj decoder.embed_positions"),
            layout("encoder.conv1 encoder.blocks.*.attn.query decoder.blocks.*.cross_attn.query"),
        ),
        _TF + "whisper; openai/whisper, model.py",
    ),
    Family(
        "speech-to-text",
        "Speech2Text",
        "speech",
        (layout("encoder.conv.conv_layers.* decoder.layers.*.encoder_attn.q_proj"),),
        _TF + "speech_to_text",
    ),
    Family(
        "moonshine",
        "Moonshine",
        "speech",
        (layout("encoder.conv1 encoder.groupnorm decoder.layers.*.encoder_attn.q_proj"),),
        _TF + "moonshine",
    ),
    Family(
        "speecht5",
        "SpeechT5",
        "speech",
        (
            layout(
                "encoder.wrapped_encoder.layers.*.attention.k_proj decoder.wrapped_decoder.layers.*.encoder_attn.k_proj"
            ),
        ),
        _TF + "speecht5",
    ),
    Family(
        "wav2vec2-bert",
        "Wav2Vec2-BERT",
        "speech",
        (
            layout(
                "encoder.layers.*.self_attn.distance_embedding feature_projection.projection "
                "encoder.layers.*.conv_module.pointwise_conv1"
            ),
        ),
        _TF + "wav2vec2_bert",
    ),
    Family(
        "wav2vec2-conformer",
        "Wav2Vec2-Conformer",
        "speech",
        (layout("wav2vec2_conformer.encoder.layers.*.conv_module.pointwise_conv1"),),
        _TF + "wav2vec2_conformer",
    ),
    Family(
        "wavlm",
        "WavLM",
        "speech",
        (layout("encoder.layers.*.attention.gru_rel_pos_linear feature_extractor.conv_layers.*.conv"),),
        _TF + "wavlm",
    ),
    Family(
        "hubert",
        "HuBERT",
        "speech",
        (layout("hubert.feature_extractor.conv_layers.*.conv hubert.encoder.layers.*.attention.q_proj"),),
        _TF + "hubert",
    ),
    Family(
        "wav2vec2",
        "wav2vec 2.0",
        "speech",
        (
            layout(
                "feature_extractor.conv_layers.*.conv encoder.layers.*.attention.q_proj "
                "encoder.layers.*.feed_forward.intermediate_dense",
                lacks="attention.gru_rel_pos_linear speech_decoder_postnet.feat_out",
            ),
        ),
        _TF + "wav2vec2",
        twins=("hubert", "unispeech", "unispeech-sat", "data2vec-audio"),
    ),
    Family(
        "parakeet-ctc",
        "Parakeet",
        "speech",
        (layout("encoder.subsampling.linear encoder.layers.*.self_attn.relative_k_proj"),),
        _TF + "parakeet",
        types=("parakeet_encoder",),
    ),
    Family(
        "audio-spectrogram-transformer",
        "Audio Spectrogram Transformer",
        "speech",
        (
            layout(
                f"embeddings.distillation_token {_VIT_BLOCK}",
                widths=(Width("embeddings.patch_embeddings.projection", 1, (1,)),),
            ),
        ),
        _TF + "audio_spectrogram_transformer",
    ),
    Family(
        "clap",
        "CLAP",
        "audio-language",
        (layout("audio_model.audio_encoder.patch_embed.proj text_model.encoder.layer.*.attention.self.query"),),
        _TF + "clap",
    ),
    Family(
        "seamless-m4t",
        "SeamlessM4T",
        "speech",
        (
            layout("speech_encoder.encoder.layers.*.self_attn.linear_q text_decoder.layers.*.cross_attention.q_proj"),
            layout("speech_encoder.encoder.layers.*.self_attn.q_proj text_decoder.layers.*.cross_attention.q_proj"),
            layout("t2u_model.model.encoder.layers.*.self_attn.q_proj"),
        ),
        _TF + "seamless_m4t",
        twins=("seamless-m4t-v2",),
    ),
    Family(
        "vits",
        "VITS",
        "speech",
        (
            layout("text_encoder.embed_tokens flow.flows.*.conv_pre decoder.conv_pre"),
            layout("enc_p.emb dec.conv_pre flow.flows.*.pre"),
        ),
        _TF + "vits; jaywalnut310/vits",
    ),
    Family(
        "fastspeech2-conformer",
        "FastSpeech2Conformer",
        "speech",
        (layout("encoder.conformer_layers.*.self_attn.linear_q duration_predictor.linear"),),
        _TF + "fastspeech2_conformer",
    ),
    Family(
        "kokoro",
        "Kokoro (StyleTTS 2)",
        "speech",
        (
            layout(
                "bert.module.encoder.albert_layer_groups.*.albert_layers.*.attention.query "
                "predictor.module.text_encoder.lstms.*.weight_ih_l0"
            ),
            layout(
                "predictor.text_encoder.lstms.*.weight_ih_l0 text_encoder.embedding "
                "decoder.generator.conv_post.weight_v"
            ),
            layout("predictor.module.duration_proj.linear_layer text_encoder.module.embedding"),
        ),
        "hexgrad/Kokoro-82M, models.py",
    ),
    Family(
        "f5-tts",
        "F5-TTS",
        "speech",
        (
            layout(
                "transformer.text_embed.text_embed transformer.input_embed.proj "
                "transformer.transformer_blocks.*.attn.to_q"
            ),
        ),
        "SWivid/F5-TTS, model/backbones/dit.py",
    ),
    Family(
        "xtts",
        "XTTS",
        "speech",
        (
            layout("gpt.conditioning_encoder.init hifigan_decoder.waveform_decoder.conv_pre.weight_v"),
            layout("gpt.conditioning_encoder.init gpt.gpt.h.*.attn.c_attn"),
        ),
        "coqui-ai/TTS, TTS/tts/models/xtts.py",
    ),
    Family(
        "bigvgan",
        "BigVGAN vocoder",
        "speech",
        (
            layout("conv_pre.weight_v resblocks.*.activations.*.act.alpha"),
            layout("conv_pre resblocks.*.activations.*.act.alpha"),
            layout("conv_pre.parametrizations.weight.original1 resblocks.*.activations.*.act.alpha"),
        ),
        "NVIDIA/BigVGAN, bigvgan.py",
    ),
    Family(
        "hifigan",
        "HiFi-GAN vocoder",
        "speech",
        (
            layout("conv_pre upsampler.* resblocks.*.convs1.* conv_post"),
            layout("conv_pre.weight_v ups.*.weight_v resblocks.*.convs1.*.weight_v conv_post.weight_v"),
            layout("conv_pre ups.* resblocks.*.convs1.* conv_post"),
            layout("conv_pre.weight_v upsampler.*.weight_v resblocks.*.convs1.*.weight_v conv_post.weight_v"),
        ),
        "jik876/hifi-gan, models.py; " + _TF + "speecht5",
    ),
    Family(
        "vocos",
        "Vocos vocoder",
        "codec",
        (layout("backbone.convnext.*.dwconv head.out"),),
        "gemelo-ai/vocos, vocos/models.py",
    ),
    Family(
        "silero-vad",
        "Silero VAD",
        "speech",
        (
            layout("stft_conv lstm_cell.weight_ih final_conv"),
            layout("_model.stft.forward_basis_buffer _model.decoder.rnn.weight_ih"),
        ),
        "snakers4/silero-vad",
    ),
    Family(
        "encodec",
        "EnCodec",
        "codec",
        (
            layout(
                "quantizer.layers.*.codebook.embed encoder.layers.*.lstm.weight_hh_l0 "
                "decoder.layers.*.lstm.weight_hh_l0"
            ),
            layout("quantizer.vq.layers.*._codebook.embed encoder.model.*.lstm.weight_hh_l0"),
        ),
        _TF + "encodec; facebookresearch/encodec",
    ),
    Family(
        "mimi",
        "Mimi",
        "codec",
        (
            layout(
                "encoder_transformer.layers.*.self_attn.q_proj quantizer.acoustic_residual_vector_quantizer.input_proj"
            ),
            layout("encoder_transformer.transformer.layers.*.self_attn.in_proj_weight quantizer.rvq_rest.input_proj"),
            layout("quantizer.rvq_rest.vq.layers.*._codebook.embedding_sum"),
        ),
        _TF + "mimi; kyutai/moshiko-pytorch-bf16",
    ),
    Family(
        "dac",
        "DAC",
        "codec",
        (
            layout("quantizer.quantizers.*.codebook quantizer.quantizers.*.in_proj encoder.block.*.res_unit1.conv1"),
            layout("quantizer.quantizers.*.codebook encoder.block.*.block.*.block.*.alpha"),
            layout("quantizer.quantizers.*.codebook encoder.block.*.snake1.alpha"),
            layout("quantizer.quantizers.*.codebook encoder.block.*.block.*.block.*.weight_v"),
        ),
        _TF + "dac; descriptinc/descript-audio-codec",
        twins=("snac",),
    ),
    Family(
        "snac",
        "SNAC",
        "codec",
        (
            layout("quantizer.quantizers.*.codebook decoder.model.*.block.*.block.*.weight_v"),
            layout("quantizer.quantizers.*.codebook decoder.model.*.parametrizations.weight.original1"),
        ),
        "hubertsiuzdak/snac, snac/snac.py",
    ),
)

IMAGE: Final = (
    Family(
        "sam3",
        "SAM 3",
        "other",
        (layout("detector.backbone.vision_backbone.trunk.blocks.*.attn.qkv"),),
        "ComfyUI, comfy/model_detection.py",
    ),
    Family(
        "sam2",
        "SAM 2",
        "other",
        (
            layout("vision_encoder.backbone.blocks.*.attn.qkv mask_decoder.transformer.layers.*.self_attn.q_proj"),
            layout("image_encoder.trunk.blocks.*.attn.qkv sam_mask_decoder.transformer.layers.*.self_attn.q_proj"),
        ),
        _TF + "sam2",
        twins=("sam2-video",),
    ),
    Family(
        "sam-hq", "SAM-HQ", "other", (layout("vision_encoder.layers.*.attn.qkv mask_decoder.hq_token"),), _TF + "sam_hq"
    ),
    Family(
        "sam",
        "SAM",
        "other",
        (
            layout(
                "vision_encoder.layers.*.attn.qkv mask_decoder.transformer.layers.*.self_attn.q_proj",
                lacks="mask_decoder.hq_token",
            ),
            layout("image_encoder.blocks.*.attn.qkv mask_decoder.transformer.layers.*.self_attn.q_proj"),
        ),
        _TF + "sam; facebookresearch/segment-anything",
    ),
    Family(
        "grounding-dino",
        "Grounding DINO",
        "other",
        (
            layout(
                "text_backbone.encoder.layer.*.attention.self.query "
                "backbone.conv_encoder.model.embeddings.patch_embeddings.projection"
            ),
        ),
        _TF + "grounding_dino",
        twins=("mm-grounding-dino",),
    ),
    Family(
        "rt-detr",
        "RT-DETR",
        "other",
        (
            layout(
                "decoder_input_proj.*.* encoder_input_proj.*.* denoising_class_embed "
                "decoder.layers.*.encoder_attn.sampling_offsets"
            ),
            layout("decoder_input_proj.*.* encoder_input_proj.*.* decoder.layers.*.encoder_attn.sampling_offsets"),
        ),
        _TF + "rt_detr",
        twins=("rt-detr-v2", "d-fine"),
    ),
    Family(
        "detr",
        "DETR",
        "other",
        (
            layout(
                "query_position_embeddings bbox_predictor.layers.* class_labels_classifier "
                "decoder.layers.*.encoder_attn.q_proj"
            ),
        ),
        _TF + "detr",
        twins=("table-transformer", "conditional-detr"),
    ),
    Family("yolos", "YOLOS", "other", (layout(f"embeddings.detection_tokens {_VIT_BLOCK}"),), _TF + "yolos"),
    Family(
        "mask2former",
        "Mask2Former",
        "other",
        (
            layout(
                "pixel_level_module.encoder.embeddings.patch_embeddings.projection transformer_module.queries_features"
            ),
            layout("transformer_module.queries_features"),
        ),
        _TF + "mask2former",
    ),
    Family(
        "maskformer",
        "MaskFormer",
        "other",
        (layout("transformer_module.queries_embedder pixel_level_module.decoder.mask_projection"),),
        _TF + "maskformer",
    ),
    Family(
        "depth-anything",
        "Depth Anything",
        "other",
        (
            layout(
                "neck.fusion_stage.layers.*.projection "
                "neck.reassemble_stage.layers.*.projection backbone.embeddings.mask_token"
            ),
        ),
        _TF + "depth_anything",
        twins=("prompt-depth-anything",),
    ),
    Family(
        "depth-anything-original",
        "Depth Anything (original layout)",
        "other",
        (layout("depth_head.scratch.output_conv1 pretrained.patch_embed.proj"),),
        "DepthAnything/Depth-Anything-V2, depth_anything_v2/dpt.py",
        twins=("depth-anything",),
    ),
    Family(
        "yolo",
        "YOLO (Ultralytics)",
        "other",
        (layout("model.*.cv1.conv model.*.cv2.conv model.*.m.*.cv1.conv"),),
        "ultralytics/ultralytics, ultralytics/nn/modules/block.py",
    ),
    Family(
        "birefnet",
        "BiRefNet",
        "other",
        (
            layout("squeeze_module.*.conv_in bb.layers.*.blocks.*.attn.qkv"),
            layout("bb.layers.*.blocks.*.attn.qkv decoder.decoder_block1.conv_in"),
        ),
        "ZhengPeng7/BiRefNet, models/birefnet.py",
    ),
    Family(
        "zoedepth",
        "ZoeDepth",
        "other",
        (
            layout("metric_head.seed_bin_regressor.conv1 neck.reassemble_stage.layers.*.projection"),
            layout("metric_head.conv2 neck.reassemble_stage.layers.*.projection"),
        ),
        _TF + "zoedepth",
    ),
    Family(
        "dpt",
        "DPT",
        "other",
        (layout("neck.reassemble_stage.layers.*.projection dpt.encoder.layer.*.attention.attention.query"),),
        _TF + "dpt",
    ),
    Family(
        "segformer",
        "SegFormer",
        "other",
        (layout("encoder.block.*.*.mlp.dwconv.dwconv encoder.block.*.*.attention.self.sr"),),
        _TF + "segformer",
        twins=("glpn",),
    ),
    Family(
        "dinov3-vit",
        "DINOv3",
        "image-encoder",
        (layout("embeddings.register_tokens layer.*.attention.q_proj layer.*.layer_scale1.lambda1"),),
        _TF + "dinov3_vit",
    ),
    Family(
        "dinov2-with-registers",
        "DINOv2 (registers)",
        "image-encoder",
        (
            layout(
                f"embeddings.register_tokens embeddings.mask_token {_VIT_BLOCK} encoder.layer.*.layer_scale1.lambda1"
            ),
        ),
        _TF + "dinov2_with_registers",
    ),
    Family(
        "dinov2",
        "DINOv2",
        "image-encoder",
        (
            layout(
                f"embeddings.mask_token {_VIT_BLOCK} encoder.layer.*.layer_scale1.lambda1",
                lacks="embeddings.register_tokens neck.reassemble_stage.layers.*.projection",
            ),
            layout("blocks.*.ls1.gamma mask_token patch_embed.proj"),
        ),
        _TF + "dinov2; facebookresearch/dinov2",
    ),
    Family(
        "beit",
        "BEiT",
        "image-encoder",
        (
            layout(
                f"embeddings.cls_token {_VIT_BLOCK} encoder.layer.*.lambda_*",
                lacks="neck.reassemble_stage.layers.*.projection vision_tower.embeddings.cls_token",
            ),
        ),
        _TF + "beit",
        twins=("data2vec-vision",),
    ),
    Family(
        "deit",
        "DeiT",
        "image-encoder",
        (
            layout(
                f"embeddings.distillation_token {_VIT_BLOCK}",
                widths=(Width("embeddings.patch_embeddings.projection", 1, (3,)),),
            ),
        ),
        _TF + "deit",
    ),
    Family(
        "vit",
        "ViT",
        "image-encoder",
        (
            layout(
                f"embeddings.cls_token embeddings.patch_embeddings.projection {_VIT_BLOCK} "
                "encoder.layer.*.intermediate.dense",
                lacks="embeddings.mask_token embeddings.distillation_token encoder.layer.*.lambda_* "
                "embeddings.detection_tokens neck.reassemble_stage.layers.*.projection "
                "audio_spectrogram_transformer.layernorm decoder.decoder_embed",
            ),
        ),
        _TF + "vit",
        twins=(
            "vit-msn",
            "vit-mae",
            "dpt",
        ),
    ),
    Family("vit-mae", "ViT-MAE", "image-encoder", (layout(f"decoder.decoder_embed {_VIT_BLOCK}"),), _TF + "vit_mae"),
    Family(
        "timm-swin",
        "Swin (timm)",
        "image-encoder",
        (
            layout(
                "patch_embed.proj layers.*.blocks.*.attn.relative_position_bias_table layers.*.blocks.*.attn.qkv",
                lacks="conv_first audio_encoder.patch_embed.proj",
            ),
        ),
        "huggingface/pytorch-image-models, timm/models/swin_transformer.py",
    ),
    Family(
        "timm-vit",
        "ViT (timm)",
        "image-encoder",
        (
            layout(
                "patch_embed.proj blocks.*.attn.qkv blocks.*.mlp.fc1 blocks.*.norm1",
                lacks="x_embedder.proj neck.*",
            ),
        ),
        "huggingface/pytorch-image-models, timm/models/vision_transformer.py",
    ),
    Family(
        "timm-resnet",
        "ResNet (timm, torchvision)",
        "image-encoder",
        (layout("conv1 bn1 layer1.*.conv1 layer4.*.conv1"),),
        "huggingface/pytorch-image-models, timm/models/resnet.py",
    ),
    Family(
        "timm-convnext",
        "ConvNeXt (timm)",
        "image-encoder",
        (layout("stem.* stages.*.blocks.*.conv_dw stages.*.blocks.*.mlp.fc1"),),
        "huggingface/pytorch-image-models, timm/models/convnext.py",
    ),
    Family(
        "timm-efficientnet",
        "EfficientNet (timm)",
        "image-encoder",
        (layout("conv_stem bn1 blocks.*.*.conv_pw conv_head"),),
        "huggingface/pytorch-image-models, timm/models/efficientnet.py",
    ),
    Family(
        "swinv2",
        "Swin v2",
        "image-encoder",
        (
            layout(
                "encoder.layers.*.blocks.*.attention.self.continuous_position_bias_mlp.* "
                "embeddings.patch_embeddings.projection"
            ),
        ),
        _TF + "swinv2",
    ),
    Family(
        "swin",
        "Swin",
        "image-encoder",
        (
            layout(
                "encoder.layers.*.blocks.*.attention.self.relative_position_bias_table "
                "embeddings.patch_embeddings.projection",
                lacks="text_backbone.embeddings.word_embeddings transformer_module.queries_features",
            ),
        ),
        _TF + "swin",
        twins=("donut-swin",),
    ),
    Family(
        "convnextv2",
        "ConvNeXt V2",
        "image-encoder",
        (layout("encoder.stages.*.layers.*.grn encoder.stages.*.layers.*.dwconv"),),
        _TF + "convnextv2",
    ),
    Family(
        "convnext",
        "ConvNeXT",
        "image-encoder",
        (
            layout(
                "encoder.stages.*.layers.*.dwconv "
                "encoder.stages.*.layers.*.layer_scale_parameter "
                "encoder.stages.*.layers.*.pwconv1"
            ),
        ),
        _TF + "convnext",
    ),
    Family(
        "resnet",
        "ResNet",
        "image-encoder",
        (
            layout(
                "embedder.embedder.convolution encoder.stages.*.layers.*.layer.*.convolution",
                lacks="encoder.stages.*.layers.*.layer.*.attention.* mask_embedder.*",
                widths=(Width("embedder.embedder.convolution", -1, (7,)),),
            ),
        ),
        _TF + "resnet",
    ),
    Family(
        "regnet",
        "RegNet",
        "image-encoder",
        (
            layout("embedder.embedder.convolution encoder.stages.*.layers.*.layer.*.attention.*"),
            layout(
                "embedder.embedder.convolution encoder.stages.*.layers.*.layer.*.convolution",
                widths=(Width("embedder.embedder.convolution", -1, (3,)),),
            ),
        ),
        _TF + "regnet",
    ),
    Family(
        "siglip-vision-model",
        "SigLIP vision encoder",
        "image-encoder",
        (layout(f"{_CLIP_VISION} vision_model.head.probe", lacks="text_model.embeddings.token_embedding"),),
        _TF + "siglip",
        twins=("siglip2-vision-model", "siglip"),
    ),
    Family(
        "siglip-text-model",
        "SigLIP text encoder",
        "text-encoder",
        (layout(f"{_CLIP_TEXT} text_model.head", lacks="vision_model.embeddings.patch_embedding"),),
        _TF + "siglip",
        twins=("siglip",),
    ),
    Family(
        "clip-vision-model",
        "CLIP vision encoder",
        "image-encoder",
        (
            layout(
                f"{_CLIP_VISION} vision_model.pre_layrnorm",
                lacks="text_model.embeddings.token_embedding multi_modal_projector.linear_*",
            ),
        ),
        _TF + "clip",
        types=("clip_vision_model",),
        twins=("clip",),
    ),
)
