"""Words in tensor names that open a component: `vision_tower`, `first_stage_model`, `multi_modal_projector`.

A scope is a subtree of the name tree that is one component or one kind of model. Its word only proposes kinds;
where a row proposes several, or "auto", the structure below the word decides (roles_structures.py).
"""

from typing import Final

from inspector.values import frozen

#: Kinds of scope in which other words open further scopes; all other kinds are closed.
OPEN: Final = ("auto", "language", "seq2seq", "wrapper")


@frozen
class Scope:
    """One word, the kinds that it proposes, and where it has that meaning.

    `under` names the enclosing kinds in which the word counts; () is every open one. `numbered`: the segment
    after the word tells instances apart (`conditioner.embedders.1`). `deep`: the word counts below block numbers too.
    `first`: the word counts only as the first part of a name.
    """

    words: tuple[str, ...]
    kinds: tuple[str, ...]
    under: tuple[str, ...] = ()
    numbered: bool = False
    deep: bool = False
    first: bool = False
    name: str = ""
    source: str


SCOPES: Final[tuple[Scope, ...]] = (
    # towers of multimodal models
    Scope(
        words=(
            *("vision_tower", "vision_model", "visual", "vision_encoder", "image_encoder"),
            *("visual_encoder", "visual_model", "vision_backbone", "image_tower", "vit", "vpm"),
            *("vision_transformer", "vit_model", "image_model", "img_encoder", "image_vit"),
            *("vision_trunk", "vit_large_projector_in", "vision_tower_high", "vision_tower_low"),
            *("siglip", "vision_embed_tokens", "image_embed", "patch_positional_embedding_vision"),
            *("image_backbone", "vision", "video_tower", "pixel_encoder", "conv_encoder"),
            *("pixel_level_module", "high_res_vision_model", "high_res_vision_neck"),
            *("visual_tokenizer", "neck"),
        ),
        kinds=("vision",),
        source="transformers modeling files; OpenGVLab InternVL, OpenBMB MiniCPM-V, deepseek-ai DeepSeek-OCR",
    ),
    Scope(
        words=(
            *("audio_tower", "audio_model", "speech_encoder", "speech_tower", "apm", "audio_embed"),
            *("audio", "speech_model", "whisper", "audio_backbone", "sound_tower"),
        ),
        kinds=("audio",),
        source="transformers modeling files (Qwen2-Audio, Gemma 3n, SeamlessM4T, CLAP); microsoft Phi-4-multimodal",
    ),
    Scope(words=("audio_encoder",), kinds=("codec", "audio"), source="transformers MusicGen (EnCodec), others a tower"),
    Scope(
        words=(
            *("multi_modal_projector", "mm_projector", "vision_projector", "image_projector"),
            *("connector", "aligner", "vision_language_adapter", "mlp1", "resampler", "qformer"),
            *("query_tokens", "language_projection", "perceiver_resampler", "vision_resampler"),
            *("img_projection", "image_projection", "embed_vision", "embed_audio"),
            *("audio_projection_layer", "patch_merger", "image_newline", "vision_proj"),
            *("vision_adapter", "modality_projection", "view_seperator", "projector", "adaptor"),
            *("image_proj_norm", "image_pos_embed", "visual_temporal_embed", "vision_projection"),
            *("speech_projector", "audio_projector", "multimodal_projector", "mm_mlp_adapter"),
            *("image_adapter", "glm_projector", "pre_mm_projector_norm", "img_projector"),
            *("linear_proj", "vision_aligner", "gen_aligner", "ocr_proj", "image_to_text_projection"),
            *("high_res_vision_proj", "generation_aligner", "prepare_gen_img_embeds"),
            *("acoustic_connector", "semantic_connector", "enc_to_dec_proj", "encoder_projector"),
            *("text_hidden_fcs", "abstractor", "audio_enc_to_dec_proj"),
        ),
        kinds=("projector",),
        under=("auto", "language", "seq2seq", "wrapper", "vision?", "audio?"),
        source="transformers modeling files; LLaVA, InternVL, MiniCPM-V, Idefics, Florence-2, Janus, DeepSeek-OCR",
    ),
    Scope(
        words=(
            *("merger", "merger_list", "deepstack_merger_list", "img_projection", "patch_merger"),
            *("vision_projection", "image_projector", "image_pooling_2d", "proj_mlp", "pad_embed"),
            *("glb_GN", "sub_GN", "linear_proj"),
        ),
        kinds=("projector",),
        under=("vision",),
        source="transformers Qwen2-VL, Qwen2.5-VL, Qwen3-VL; microsoft Phi-3-vision",
    ),
    Scope(
        words=("audio_projection",),
        kinds=("projector",),
        under=("audio",),
        source="microsoft Phi-4-multimodal",
    ),
    Scope(words=("audio_projection",), kinds=("joint",), source="transformers ClapModel, Phi-4-multimodal"),
    Scope(
        words=("language_model", "llm", "language_backbone", "lm"),
        kinds=("text", "seq2seq", "language"),
        source="transformers multimodal models; OpenBMB MiniCPM-V",
    ),
    Scope(words=("text_decoder",), kinds=("language",), source="transformers BLIP, SeamlessM4T"),
    Scope(words=("t2u_model",), kinds=("seq2seq",), source="transformers SeamlessM4T"),
    Scope(words=("transformer_module",), kinds=("decoder",), source="transformers MaskFormer, Mask2Former"),
    Scope(words=("text_model", "text_tower"), kinds=("text", "language"), source="transformers CLIP, Idefics 3"),
    Scope(
        words=("text_encoder", "txt_encoder", "text_branch", "text_backbone", "protein_encoder"),
        kinds=("text",),
        source="transformers MusicGen, VITS, CLAP, Grounding DINO; ComfyUI",
    ),
    Scope(words=("text_projection",), kinds=("text",), source="transformers CLIPModel"),
    Scope(words=("visual_projection",), kinds=("vision",), source="transformers CLIPModel"),
    Scope(
        words=(
            *("concept_embeds", "concept_embeds_weights", "special_care_embeds"),
            *("special_care_embeds_weights",),
        ),
        kinds=("vision",),
        source="diffusers StableDiffusionSafetyChecker",
    ),
    # text encoders of image checkpoints
    Scope(
        words=("embedders", "text_encoders"),
        kinds=("vision", "vae", "text"),
        numbered=True,
        source="Stability SGM, Stable Video Diffusion, ComfyUI",
    ),
    Scope(words=("cond_stage_model",), kinds=("text",), source="CompVis latent-diffusion"),
    Scope(
        words=("clip_l", "clip_g", "t5xxl", "clip_h", "t5xl", "umt5xxl"),
        kinds=("text",),
        source="ComfyUI text encoder files",
    ),
    # image checkpoints
    Scope(words=("model_ema",), kinds=("ema",), name="EMA copy", source="CompVis latent-diffusion LitEma"),
    Scope(words=("diffusion_model",), kinds=("unet", "dit"), source="CompVis latent-diffusion, Stability SD3, ComfyUI"),
    Scope(words=("control_model", "controlnet"), kinds=("controlnet",), source="lllyasviel ControlNet"),
    Scope(
        words=("first_stage_model", "vae", "audio_vae", "pretransform", "video_vae"),
        kinds=("vae",),
        source="CompVis latent-diffusion, stable-audio-tools",
    ),
    Scope(
        words=("vqmodel", "vq_model", "gen_vision_model"),
        kinds=("vae",),
        source="transformers Chameleon, Emu3, Janus",
    ),
    Scope(words=("unet",), kinds=("unet",), source="diffusers pipelines in one file"),
    Scope(
        words=("motion_modules",),
        kinds=("motion",),
        under=("auto", "unet"),
        deep=True,
        source="guoyww AnimateDiff",
    ),
    # language model parts
    Scope(
        words=("mtp", "mtp_layers", "mtp_block", "mtp_emb_norm", "mtp_hidden_norm", "mtp_linear_proj"),
        kinds=("mtp",),
        source="Qwen3-Next, MiMo, ERNIE 4.5",
    ),
    Scope(
        words=("codec_model", "audio_codec", "speech_tokenizer"),
        kinds=("codec",),
        source="transformers CSM; CosyVoice",
    ),
    Scope(words=("sam_model",), kinds=("vision",), name="SAM", source="deepseek-ai DeepSeek-OCR, ucaslcl GOT-OCR"),
    Scope(
        words=("vocoder", "hifigan", "hifi_gan", "bigvgan", "token2wav", "code2wav", "hifigan_decoder"),
        kinds=("vocoder",),
        source="transformers SpeechT5, SeamlessM4T, Qwen2.5-Omni; coqui XTTS",
    ),
    Scope(
        words=("backbone",),
        kinds=("vision", "language", "auto"),
        source="transformers detectors, Mamba and Nemotron-H",
    ),
    Scope(words=("talker",), kinds=("language",), name="talker", source="transformers Qwen2.5-Omni"),
    Scope(words=("depth_decoder",), kinds=("language",), name="depth decoder", source="transformers CSM, Moshi"),
    Scope(words=("gpt",), kinds=("language",), first=True, source="coqui XTTS"),
    Scope(words=("semantic",), kinds=("language",), first=True, name="semantic", source="transformers Bark"),
    Scope(words=("coarse_acoustics",), kinds=("language",), first=True, name="coarse", source="transformers Bark"),
    Scope(words=("fine_acoustics",), kinds=("language",), first=True, name="fine", source="transformers Bark"),
    Scope(words=("optimizer", "optimizer_state"), kinds=("optimizer",), source="training scripts"),
)

#: Words around a model that say nothing about what it is.
WRAPPERS: Final = frozenset({"model", "module", "base_model", "_orig_mod", "net", "_model", "state_dict"})

#: Folders in which the files of text encoders are kept apart from the model that they serve.
TEXT_FOLDERS: Final = frozenset({"text_encoder", "text_encoders", "clip", "text_encoder_2", "text_encoder_3"})
