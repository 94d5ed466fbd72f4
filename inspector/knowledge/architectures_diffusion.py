"""Image, video and audio diffusion models, their autoencoders and control networks, and upscalers."""

from typing import Final

from inspector.knowledge.architecture_row import Family, Width, layout

_DF: Final = "diffusers, models/transformers/"
_COMFY: Final = "ComfyUI, comfy/model_detection.py"
_SPANDREL: Final = "spandrel, architectures/"
_LDM_UNET: Final = "input_blocks.*.* transformer_blocks.*.attn2.to_k middle_block.*.in_layers.*"
_DF_UNET: Final = "conv_in transformer_blocks.*.attn2.to_k mid_block.resnets.*.conv1 up_blocks.*.resnets.*.conv1"
_NOT_PLAIN: Final = (
    "time_stack.*.attn1.to_q temporal_transformer_blocks.*.attn1.to_q "
    "motion_modules.*.proj_in temp_convs.*.conv1.* "
    "encoder_hid_proj add_embedding.image_norm class_embedding.linear_* "
    "add_embedding.image_proj class_embedding"
)
_CONTROL: Final = "controlnet_down_blocks.* controlnet_cond_embedding.conv_in"


def _context(*widths: int) -> tuple[Width, ...]:
    return (Width("transformer_blocks.*.attn2.to_k", 1, widths),)


CONTROL_NETWORKS: Final = (
    Family(
        "sd15-controlnet",
        "ControlNet (Stable Diffusion 1.x)",
        "controlnet",
        (layout(_CONTROL, widths=_context(768)), layout("input_hint_block.* zero_convs.*.*", widths=_context(768))),
        "diffusers, models/controlnets/controlnet.py; lllyasviel/ControlNet, cldm/cldm.py",
    ),
    Family(
        "sd21-controlnet",
        "ControlNet (Stable Diffusion 2.x)",
        "controlnet",
        (layout(_CONTROL, widths=_context(1024)), layout("input_hint_block.* zero_convs.*.*", widths=_context(1024))),
        "diffusers, models/controlnets/controlnet.py",
    ),
    Family(
        "sdxl-controlnet",
        "ControlNet (SDXL)",
        "controlnet",
        (layout(_CONTROL, widths=_context(2048)), layout("input_hint_block.* zero_convs.*.*", widths=_context(2048))),
        "diffusers, models/controlnets/controlnet.py",
    ),
    Family(
        "flux-controlnet",
        "ControlNet (FLUX.1)",
        "controlnet",
        (layout("controlnet_blocks.* controlnet_x_embedder time_text_embed.text_embedder.linear_*"),),
        "diffusers, models/controlnets/controlnet_flux.py",
    ),
    Family(
        "qwen-image-controlnet",
        "ControlNet (Qwen-Image)",
        "controlnet",
        (layout("controlnet_blocks.* controlnet_x_embedder txt_norm"),),
        "diffusers, models/controlnets/controlnet_qwenimage.py",
    ),
    Family(
        "sd3-controlnet",
        "ControlNet (Stable Diffusion 3)",
        "controlnet",
        (layout("controlnet_blocks.* transformer_blocks.*.norm1.linear pos_embed_input.proj"),),
        "diffusers, models/controlnets/controlnet_sd3.py",
    ),
    Family(
        "sana-controlnet",
        "ControlNet (Sana)",
        "controlnet",
        (layout("controlnet_blocks.* input_block caption_norm"),),
        "diffusers, models/controlnets/controlnet_sana.py",
    ),
    Family(
        "control-lora",
        "Control-LoRA",
        "controlnet",
        (layout("lora_controlnet"),),
        "stabilityai/control-lora; ComfyUI, comfy/controlnet.py",
    ),
    Family(
        "controlnet-lllite",
        "ControlNet-LLLite",
        "controlnet",
        (layout("conditioning1.*"),),
        "kohya-ss/sd-scripts, networks/control_net_lllite.py",
    ),
    Family(
        "z-image-controlnet",
        "ControlNet (Z-Image)",
        "controlnet",
        (layout("control_layers.*.adaLN_modulation.*"), layout("control_all_x_embedder.*-*")),
        "diffusers 0.42, loaders/single_file_utils.py",
    ),
    Family(
        "controlnet",
        "ControlNet",
        "controlnet",
        (layout("controlnet_down_blocks.*"), layout("controlnet_blocks.*"), layout("zero_convs.*.*")),
        "diffusers, models/controlnets/",
    ),
)

UNETS: Final = (
    Family(
        "stable-video-diffusion",
        "Stable Video Diffusion",
        "image-to-video",
        (
            layout("time_stack.*.attn1.to_q input_blocks.*.*"),
            layout("temporal_transformer_blocks.*.attn1.to_q conv_in"),
        ),
        "diffusers, models/unets/unet_spatio_temporal_condition.py; " + _COMFY,
    ),
    Family(
        "animatediff",
        "AnimateDiff (whole unet)",
        "text-to-video",
        (layout("motion_modules.*.proj_in conv_in up_blocks.*.resnets.*.conv1"),),
        "diffusers, models/unets/unet_motion_model.py",
    ),
    Family(
        "i2vgen-xl",
        "I2VGen-XL",
        "image-to-video",
        (layout("image_latents_proj_in.* temp_convs.*.conv1.*"),),
        "diffusers, models/unets/unet_i2vgen_xl.py",
    ),
    Family(
        "text-to-video-ms",
        "ModelScope text-to-video",
        "text-to-video",
        (layout("temp_convs.*.conv1.* conv_in"),),
        "diffusers, models/unets/unet_3d_condition.py",
    ),
    Family(
        "kolors",
        "Kolors",
        "text-to-image",
        (layout(_DF_UNET + " encoder_hid_proj", widths=_context(2048)),),
        "Kwai-Kolors/Kolors-diffusers, unet/config.json",
    ),
    Family(
        "kandinsky-2-2",
        "Kandinsky 2.x",
        "text-to-image",
        (layout("add_embedding.image_norm conv_in"), layout("add_embedding.image_proj conv_in")),
        "diffusers, models/embeddings.py",
    ),
    Family(
        "kandinsky-3",
        "Kandinsky 3",
        "text-to-image",
        (layout("add_time_condition.attention.to_q conv_in time_embedding.linear_*"),),
        "diffusers, models/unets/unet_kandinsky3.py",
    ),
    Family(
        "deepfloyd-if",
        "DeepFloyd IF",
        "text-to-image",
        (layout("encoder_hid_proj add_embedding.pool.positional_embedding conv_in"),),
        "diffusers, models/unets/unet_2d_condition.py",
    ),
    Family(
        "audioldm2",
        "AudioLDM 2",
        "other",
        (
            layout(
                "down_blocks.*.attentions.*.transformer_blocks.*.attn2.to_k conv_in",
                widths=(Width("conv_in", 1, (8,)), Width("conv_in", 0, (128, 256))),
            ),
        ),
        "cvssp/audioldm2, unet/config.json",
        types=("audioldm",),
    ),
    Family(
        "sd-x4-upscaler",
        "Stable Diffusion x4 upscaler",
        "upscaler",
        (
            layout(_DF_UNET + " class_embedding", widths=_context(1024)),
            layout(_LDM_UNET + " label_emb", widths=_context(1024)),
        ),
        "stabilityai/stable-diffusion-x4-upscaler, unet/config.json",
    ),
    Family(
        "sdxl-refiner",
        "Stable Diffusion XL refiner",
        "text-to-image",
        (
            layout(_LDM_UNET + " label_emb.*.*", widths=_context(1280)),
            layout(_DF_UNET + " add_embedding.linear_*", widths=_context(1280)),
        ),
        _COMFY,
    ),
    Family(
        "playground-v2-5",
        "Playground v2.5 (SDXL)",
        "text-to-image",
        (layout(_LDM_UNET + " label_emb.*.* edm_mean", widths=_context(2048)),),
        "diffusers 0.42, loaders/single_file_utils.py",
    ),
    Family(
        "sdxl",
        "Stable Diffusion XL",
        "text-to-image",
        (
            layout(_LDM_UNET + " label_emb.*.*", widths=_context(2048), lacks=_NOT_PLAIN),
            layout(_DF_UNET + " add_embedding.linear_*", widths=_context(2048), lacks=_NOT_PLAIN),
        ),
        _COMFY + "; stabilityai/stable-diffusion-xl-base-1.0, unet/config.json",
        twins=("pony", "illustrious", "animagine", "playground-v2-5"),
    ),
    Family(
        "sd21",
        "Stable Diffusion 2.x",
        "text-to-image",
        (
            layout(_LDM_UNET, widths=_context(1024), lacks=_NOT_PLAIN),
            layout(_DF_UNET, widths=_context(1024), lacks=_NOT_PLAIN),
        ),
        _COMFY,
    ),
    Family(
        "sd15",
        "Stable Diffusion 1.x",
        "text-to-image",
        (
            layout(_LDM_UNET, widths=_context(768), lacks=_NOT_PLAIN),
            layout(_DF_UNET, widths=_context(768), lacks=_NOT_PLAIN),
        ),
        _COMFY,
    ),
    Family(
        "stable-cascade-prior",
        "Stable Cascade, stage C",
        "text-to-image",
        (layout("clip_txt_mapper down_blocks.*.*.channelwise.*"),),
        _COMFY,
    ),
    Family(
        "stable-cascade",
        "Stable Cascade, stage B",
        "text-to-image",
        (
            layout("clip_mapper clf.* down_blocks.*.*.channelwise.*", lacks="effnet_mappers.*"),
            layout("effnet_mapper.* clip_txt_pooled_mapper"),
        ),
        _COMFY,
        twins=("stable-cascade-prior",),
    ),
    Family(
        "wuerstchen",
        "Würstchen",
        "text-to-image",
        (
            layout("effnet_mappers.* clip_mapper down_blocks.*.*.channelwise.*"),
            layout("cond_mapper.* blocks.*.mapper projection"),
        ),
        "diffusers, pipelines/wuerstchen/",
    ),
    Family(
        "unet-2d",
        "Unconditional diffusion unet",
        "other",
        (
            layout(
                "conv_in time_embedding.linear_* mid_block.resnets.*.conv1 up_blocks.*.resnets.*.conv1 conv_norm_out",
                lacks="transformer_blocks.*.attn2.to_k encoder_hid_proj encoder.down_blocks.*.resnets.*.conv1",
            ),
        ),
        "diffusers, models/unets/unet_2d.py",
    ),
    Family("pony", "Pony Diffusion (SDXL)", "text-to-image", (), "AstraliteHeart/pony-diffusion-v6", types=("pdxl",)),
    Family("illustrious", "Illustrious (SDXL)", "text-to-image", (), "OnomaAIResearch/Illustrious-xl-early-release-v0"),
    Family("animagine", "Animagine (SDXL)", "text-to-image", (), "cagliostrolab/animagine-xl-3.1"),
)

DIFFUSION_TRANSFORMERS: Final = (
    Family(
        "flux3",
        "FLUX.3",
        "text-to-image",
        (layout("early_stream_modulations.image.lin"), layout("ref_time_in.in_layer")),
        "diffusers 0.42, loaders/single_file_utils.py",
    ),
    Family(
        "krea-2",
        "Krea 2",
        "text-to-image",
        (layout("txtfusion.projector"),),
        "diffusers 0.42, loaders/single_file_utils.py",
    ),
    Family(
        "minimax-h3",
        "MiniMax-H3",
        "text-to-video",
        (layout("token_refiner.blocks.*.attn.qkv_proj"),),
        "diffusers 0.42, loaders/single_file_utils.py",
    ),
    Family(
        "qwen-image-2-1",
        "Qwen-Image 2.1",
        "text-to-image",
        (layout("txt_in.text_norm"),),
        "diffusers 0.42, loaders/single_file_utils.py",
    ),
    Family(
        "flux2",
        "FLUX.2",
        "text-to-image",
        (
            layout("double_stream_modulation_img.linear single_stream_modulation.linear"),
            layout("double_stream_modulation_img.lin single_stream_modulation.lin"),
        ),
        _DF + "transformer_flux2.py; " + _COMFY,
    ),
    Family(
        "chroma-radiance",
        "Chroma Radiance",
        "text-to-image",
        (layout("nerf_blocks.*.norm.scale double_blocks.*.img_attn.qkv"),),
        _COMFY,
    ),
    Family(
        "chroma",
        "Chroma",
        "text-to-image",
        (
            layout("distilled_guidance_layer.in_proj context_embedder"),
            layout("distilled_guidance_layer.norms.* double_blocks.*.img_attn.qkv"),
            layout("distilled_guidance_layer.norms.*.scale double_blocks.*.img_attn.qkv"),
            layout("distilled_guidance_layer.*.norms.*.scale double_blocks.*.img_attn.qkv"),
        ),
        _DF + "transformer_chroma.py; " + _COMFY,
    ),
    Family(
        "hunyuan-video-1-5",
        "HunyuanVideo 1.5",
        "text-to-video",
        (
            layout("image_embedder.norm_in context_embedder.token_refiner.refiner_blocks.*.attn.to_q"),
            layout("txt_in.individual_token_refiner.blocks.*.norm1 vision_in.proj.*"),
        ),
        _DF + "transformer_hunyuan_video15.py; " + _COMFY,
    ),
    Family(
        "hunyuan-video",
        "HunyuanVideo",
        "text-to-video",
        (
            layout(
                "context_embedder.token_refiner.refiner_blocks.*.attn.to_q x_embedder.proj",
                widths=(Width("x_embedder.proj", 4, (1, 2, 4)),),
                lacks="image_embedder.norm_in clean_x_embedder.proj",
            ),
            layout(
                "txt_in.individual_token_refiner.blocks.*.norm1 img_in.proj",
                widths=(Width("img_in.proj", 4, (1, 2, 4)),),
                lacks="vision_in.proj.*",
            ),
        ),
        _DF + "transformer_hunyuan_video.py; " + _COMFY,
        twins=("hunyuan-video-framepack",),
    ),
    Family(
        "hunyuan-video-framepack",
        "HunyuanVideo FramePack",
        "image-to-video",
        (layout("context_embedder.token_refiner.refiner_blocks.*.attn.to_q clean_x_embedder.proj"),),
        _DF + "transformer_hunyuan_video_framepack.py",
    ),
    Family(
        "hunyuan-image",
        "HunyuanImage 2.1",
        "text-to-image",
        (
            layout(
                "context_embedder.token_refiner.refiner_blocks.*.attn.to_q x_embedder.proj",
                lacks="image_embedder.norm_in clean_x_embedder.proj",
            ),
            layout("txt_in.individual_token_refiner.blocks.*.norm1 img_in.proj", lacks="vision_in.proj.*"),
        ),
        _DF + "transformer_hunyuanimage.py; " + _COMFY,
        twins=("hunyuan-video",),
    ),
    Family(
        "ovis-image",
        "Ovis-Image",
        "text-to-image",
        (
            layout("context_embedder_norm single_transformer_blocks.*.attn.to_q"),
            layout("double_blocks.*.img_mlp.gate_proj txt_norm double_blocks.*.img_attn.qkv"),
        ),
        _DF + "transformer_ovis_image.py",
    ),
    Family(
        "longcat-image",
        "LongCat-Image",
        "text-to-image",
        (
            layout(
                "double_blocks.*.img_attn.qkv single_blocks.*.linear1 txt_in",
                widths=(Width("txt_in", 1, (3584,)),),
                lacks="vector_in.in_layer",
            ),
            layout(
                "time_embed.timestep_embedder.linear_* single_transformer_blocks.*.proj_mlp context_embedder",
                widths=(Width("context_embedder", 1, (3584,)),),
            ),
        ),
        _COMFY + "; " + _DF + "transformer_longcat_image.py",
    ),
    Family(
        "flux",
        "FLUX.1",
        "text-to-image",
        (
            layout(
                "double_blocks.*.img_attn.qkv single_blocks.*.linear1 vector_in.in_layer",
                lacks="txt_in.individual_token_refiner.blocks.*.norm1",
            ),
            layout("double_blocks.*.img_attn.qkv single_blocks.*.linear1 time_in.in_layer"),
            layout(
                "time_text_embed.timestep_embedder.linear_* "
                "single_transformer_blocks.*.proj_mlp x_embedder context_embedder "
                "transformer_blocks.*.ff_context.net.*.proj",
                lacks="distilled_guidance_layer.in_proj",
            ),
        ),
        _DF + "transformer_flux.py; black-forest-labs/flux, src/flux/model.py",
    ),
    Family(
        "flux-redux",
        "FLUX.1 Redux (image embedder)",
        "adapter",
        (layout("redux_up redux_down"),),
        "diffusers, pipelines/flux/modeling_flux.py",
    ),
    Family(
        "bria-fibo",
        "Bria FIBO",
        "text-to-image",
        (layout("caption_projection.*.linear single_transformer_blocks.*.proj_mlp x_embedder context_embedder"),),
        _DF + "transformer_bria_fibo.py",
    ),
    Family(
        "bria",
        "Bria 3.2",
        "text-to-image",
        (
            layout(
                "time_embed.timestep_embedder.linear_* single_transformer_blocks.*.proj_mlp "
                "x_embedder context_embedder",
                lacks="caption_projection.*.linear",
            ),
        ),
        _DF + "transformer_bria.py",
    ),
    Family(
        "sd35",
        "Stable Diffusion 3.5",
        "text-to-image",
        (
            layout("joint_blocks.*.x_block.attn.qkv joint_blocks.*.x_block.attn.ln_q"),
            layout(
                "transformer_blocks.*.norm1_context.linear transformer_blocks.*.attn.norm_q "
                "pos_embed.proj context_embedder "
                "time_text_embed.text_embedder.linear_*",
                lacks="single_transformer_blocks.*.proj_mlp",
            ),
        ),
        "Stability-AI/sd3.5, mmditx.py; " + _DF + "transformer_sd3.py",
    ),
    Family(
        "sd3",
        "Stable Diffusion 3",
        "text-to-image",
        (
            layout("joint_blocks.*.x_block.attn.qkv", lacks="joint_blocks.*.x_block.attn.ln_q"),
            layout(
                "transformer_blocks.*.norm1_context.linear pos_embed.proj context_embedder "
                "time_text_embed.text_embedder.linear_*",
                lacks="single_transformer_blocks.*.proj_mlp transformer_blocks.*.attn.norm_q",
            ),
        ),
        _COMFY + "; " + _DF + "transformer_sd3.py",
    ),
    Family(
        "auraflow",
        "AuraFlow",
        "text-to-image",
        (
            layout("joint_transformer_blocks.*.attn.to_q register_tokens"),
            layout("double_layers.*.attn.w1q"),
            layout("double_layers.*.attn.w2q"),
        ),
        _DF + "auraflow_transformer_2d.py; " + _COMFY,
    ),
    Family(
        "qwen-image",
        "Qwen-Image",
        "text-to-image",
        (layout("txt_norm txt_in img_in transformer_blocks.*.img_mod.*"),),
        _DF + "transformer_qwenimage.py",
        twins=("qwen-image-edit",),
    ),
    Family("qwen-image-edit", "Qwen-Image-Edit", "text-to-image", (), "Qwen/Qwen-Image-Edit, model_index.json"),
    Family(
        "hidream",
        "HiDream-I1",
        "text-to-image",
        (layout("double_stream_blocks.*.block.attn1.to_q single_stream_blocks.*.block.ff_i.experts.*.w1"),),
        _DF + "transformer_hidream_image.py",
    ),
    Family(
        "hunyuan-dit",
        "Hunyuan-DiT",
        "text-to-image",
        (layout("mlp_t5.* blocks.*.attn1.Wqkv"), layout("time_extra_emb.pooler.k_proj text_embedder.linear_*")),
        _COMFY + "; " + _DF + "hunyuan_transformer_2d.py",
    ),
    Family(
        "z-image",
        "Z-Image",
        "text-to-image",
        (
            layout("cap_pad_token noise_refiner.*.attention.to_q"),
            layout("cap_pad_token noise_refiner.*.attention.qkv"),
            layout(
                "cap_embedder.* noise_refiner.*.attention.k_norm x_embedder", widths=(Width("x_embedder", 0, (3840,)),)
            ),
        ),
        _DF + "transformer_z_image.py; " + _COMFY,
    ),
    Family(
        "lumina2",
        "Lumina Image 2.0",
        "text-to-image",
        (
            layout(
                "time_caption_embed.caption_embedder.* noise_refiner.*.attn.to_q layers.*.attn.to_q",
                lacks="ref_image_refiner.*.attn.to_q",
            ),
            layout("cap_embedder.* noise_refiner.*.attention.qkv layers.*.attention.qkv", lacks="cap_pad_token"),
        ),
        _DF + "transformer_lumina2.py; " + _COMFY,
    ),
    Family(
        "omnigen2",
        "OmniGen2",
        "text-to-image",
        (layout("ref_image_refiner.*.attn.to_q noise_refiner.*.attn.to_q"),),
        "OmniGen2/OmniGen2, transformer_omnigen2.py; " + _COMFY,
    ),
    Family(
        "omnigen",
        "OmniGen",
        "text-to-image",
        (
            layout("patch_embedding.output_image_proj time_token.linear_*"),
            layout("input_x_embedder.proj llm.layers.*.self_attn.qkv_proj"),
        ),
        _DF + "transformer_omnigen.py",
    ),
    Family(
        "lumina-next",
        "Lumina-Next",
        "text-to-image",
        (
            layout("layers.*.attn2.to_k layers.*.gate patch_embedder"),
            layout("layers.*.attn2.to_k patch_embedder.proj"),
            layout("layers.*.attention.wk_y cap_embedder.*"),
        ),
        _DF + "lumina_nextdit2d.py",
    ),
    Family(
        "cogview4",
        "CogView 3-Plus / 4",
        "text-to-image",
        (layout("patch_embed.text_proj time_condition_embed.condition_embedder.linear_*"),),
        _DF + "transformer_cogview4.py",
        twins=("cogview3",),
    ),
    Family("cogview3", "CogView 3-Plus", "text-to-image", (), _DF + "transformer_cogview3plus.py"),
    Family(
        "sana-video",
        "SANA-Video",
        "text-to-video",
        (layout("caption_norm patch_embedding transformer_blocks.*.ff.conv_temp"),),
        _DF + "transformer_sana_video.py",
    ),
    Family(
        "sana",
        "SANA",
        "text-to-image",
        (
            layout("caption_norm patch_embed.proj transformer_blocks.*.ff.conv_depth"),
            layout("y_embedder.y_proj.fc1 blocks.*.mlp.depth_conv.conv attention_y_norm"),
        ),
        _DF + "sana_transformer.py; NVlabs/Sana",
    ),
    Family(
        "latte",
        "Latte",
        "text-to-video",
        (layout("temporal_transformer_blocks.*.attn1.to_q adaln_single.linear"),),
        _DF + "latte_transformer_3d.py",
    ),
    Family(
        "allegro",
        "Allegro",
        "text-to-video",
        (
            layout(
                "adaln_single.linear pos_embed.proj caption_projection.linear_*",
                widths=(Width("pos_embed.proj", 0, (2304,)),),
            ),
        ),
        _DF + "transformer_allegro.py",
    ),
    Family(
        "pixart",
        "PixArt",
        "text-to-image",
        (
            layout(
                "adaln_single.linear pos_embed.proj transformer_blocks.*.attn2.to_q scale_shift_table",
                lacks="temporal_transformer_blocks.*.attn1.to_q",
            ),
            layout("t_block.* y_embedder.y_proj.fc1 blocks.*.cross_attn.q_linear"),
        ),
        _DF + "pixart_transformer_2d.py; PixArt-alpha/PixArt-sigma",
        twins=("pixart-sigma", "pixart-alpha"),
    ),
    Family("pixart-sigma", "PixArt-Σ", "text-to-image", (), "PixArt-alpha/PixArt-Sigma-XL-2-1024-MS, model_index.json"),
    Family("pixart-alpha", "PixArt-α", "text-to-image", (), "PixArt-alpha/PixArt-XL-2-1024-MS, model_index.json"),
    Family(
        "dit",
        "DiT (class-conditional)",
        "other",
        (
            layout("norm1.emb.class_embedder.embedding_table transformer_blocks.*.attn1.to_q"),
            layout("y_embedder.embedding_table x_embedder.proj blocks.*.adaLN_modulation.*"),
        ),
        _DF + "dit_transformer_2d.py",
    ),
    Family(
        "kandinsky-5",
        "Kandinsky 5",
        "text-to-video",
        (
            layout("visual_transformer_blocks.*.cross_attention.to_query"),
            layout("visual_transformer_blocks.*.cross_attention.key_norm"),
        ),
        _DF + "transformer_kandinsky.py; " + _COMFY,
    ),
    Family(
        "kandinsky-prior",
        "Diffusion prior (Kandinsky, unCLIP)",
        "other",
        (layout("prd_embedding clip_mean proj_to_clip_embeddings"),),
        _DF + "prior_transformer.py",
    ),
    Family(
        "prx",
        "PRX",
        "text-to-image",
        (
            layout("blocks.*.attention.img_qkv_proj blocks.*.attention.txt_kv_proj"),
            layout("blocks.*.img_qkv_proj blocks.*.txt_kv_proj"),
        ),
        _DF + "transformer_prx.py",
    ),
    Family(
        "amused",
        "aMUSEd",
        "text-to-image",
        (layout("down_block.res_blocks.*.depthwise mlm_layer.conv1"),),
        "diffusers, models/unets/uvit_2d.py",
    ),
    Family(
        "stable-audio",
        "Stable Audio",
        "other",
        (
            layout("cross_attention_proj.* global_proj.* preprocess_conv"),
            layout("to_cond_embed.* to_global_embed.* transformer.layers.*.cross_attn.to_kv"),
        ),
        "diffusers, models/transformers/stable_audio_transformer.py; stabilityai/stable-audio-open-1.0",
    ),
    Family(
        "ace-step",
        "ACE-Step",
        "other",
        (
            layout("genre_embedder speaker_embedder lyric_embs"),
            layout("encoder.lyric_encoder.layers.*.input_layernorm decoder.layers.*.self_attn_norm"),
        ),
        _COMFY,
    ),
    Family(
        "hunyuan3d",
        "Hunyuan3D",
        "other",
        (
            layout("latent_in cond_in double_blocks.*.img_attn.qkv"),
            layout("t_embedder.mlp.* blocks.*.attn1.k_norm x_embedder"),
        ),
        _COMFY,
    ),
)

VIDEO: Final = (
    Family(
        "wan-vace",
        "Wan VACE",
        "text-to-video",
        (
            layout("vace_patch_embedding vace_blocks.*.proj_out"),
            layout("vace_patch_embedding vace_blocks.*.after_proj"),
        ),
        _DF + "transformer_wan_vace.py; " + _COMFY,
    ),
    Family(
        "wan-animate",
        "Wan Animate",
        "image-to-video",
        (layout("pose_patch_embedding blocks.*.attn2.to_q"), layout("pose_patch_embedding blocks.*.cross_attn.q")),
        _DF + "transformer_wan_animate.py; " + _COMFY,
    ),
    Family(
        "wan-s2v",
        "Wan (speech to video)",
        "image-to-video",
        (layout("casual_audio_encoder.encoder.final_linear head.modulation"),),
        _COMFY,
    ),
    Family(
        "wan-i2v",
        "Wan (image to video)",
        "image-to-video",
        (
            layout("blocks.*.cross_attn.k_img head.modulation"),
            layout("img_emb.proj.* head.modulation blocks.*.cross_attn.q"),
            layout("blocks.*.attn2.add_k_proj condition_embedder.text_embedder.linear_* patch_embedding"),
        ),
        _COMFY + "; " + _DF + "transformer_wan.py",
        types=("wan",),
        twins=("skyreels-v2", "chronoedit"),
    ),
    Family(
        "wan",
        "Wan",
        "text-to-video",
        (
            layout(
                "blocks.*.cross_attn.q head.modulation time_projection.* text_embedding.*",
                lacks="blocks.*.cross_attn.k_img",
            ),
            layout(
                "condition_embedder.text_embedder.linear_* blocks.*.attn2.to_q patch_embedding",
                lacks="blocks.*.attn2.add_k_proj",
            ),
        ),
        _COMFY + "; " + _DF + "transformer_wan.py",
        twins=("skyreels-v2", "chronoedit"),
    ),
    Family("skyreels-v2", "SkyReels-V2", "text-to-video", (), _DF + "transformer_skyreels_v2.py"),
    Family("chronoedit", "ChronoEdit", "image-to-video", (), _DF + "transformer_chronoedit.py"),
    Family(
        "ltx2",
        "LTX-2",
        "text-to-video",
        (
            layout("av_ca_a2v_gate_adaln_single.linear patchify_proj"),
            layout("audio_patchify_proj adaln_single.linear"),
            layout("audio_proj_in proj_in audio_time_embed.linear"),
        ),
        "Lightricks/LTX-2; transformers and diffusers, models/transformers/transformer_ltx2.py",
    ),
    Family(
        "ltx-video",
        "LTX-Video",
        "text-to-video",
        (
            layout("patchify_proj adaln_single.linear transformer_blocks.*.attn2.to_q", lacks="audio_patchify_proj"),
            layout(
                "proj_in time_embed.linear caption_projection.linear_* "
                "transformer_blocks.*.attn2.to_q scale_shift_table",
                lacks="caption_norm pos_embed.proj audio_proj_in",
            ),
        ),
        _COMFY + "; " + _DF + "transformer_ltx.py",
    ),
    Family(
        "consisid",
        "ConsisID",
        "text-to-video",
        (
            layout("local_facial_extractor.proj_out patch_embed.text_proj"),
            layout("perceiver_cross_attention.*.to_q patch_embed.text_proj"),
        ),
        _DF + "consisid_transformer_3d.py",
    ),
    Family(
        "cogvideox",
        "CogVideoX",
        "text-to-video",
        (
            layout("patch_embed.text_proj time_embedding.linear_* transformer_blocks.*.attn1.to_q"),
            layout("patch_embed.text_proj blocks.*.norm1.linear time_embedding_linear_*"),
        ),
        _DF + "cogvideox_transformer_3d.py",
        twins=("consisid",),
    ),
    Family(
        "mochi",
        "Mochi 1",
        "text-to-video",
        (
            layout("time_embed.pooler.to_kv transformer_blocks.*.attn1.to_q"),
            layout("blocks.*.attn.qkv_x blocks.*.attn.qkv_y"),
            layout("t5_yproj t5_y_embedder.to_kv"),
        ),
        _DF + "transformer_mochi.py; " + _COMFY,
    ),
    Family(
        "anima",
        "Anima",
        "text-to-image",
        (layout("blocks.*.mlp.layer1 llm_adapter.blocks.*.cross_attn.q_proj"),),
        _COMFY,
    ),
    Family(
        "cosmos-predict2",
        "Cosmos-Predict2",
        "text-to-video",
        (layout("blocks.*.mlp.layer1 x_embedder.proj.*"),),
        _COMFY,
    ),
    Family(
        "cosmos",
        "Cosmos",
        "text-to-video",
        (
            layout("transformer_blocks.*.norm1.linear_* time_embed.t_embedder.linear_* patch_embed.proj"),
            layout("blocks.block0.blocks.*.block.attn.to_q.*"),
        ),
        _DF + "transformer_cosmos.py; " + _COMFY,
    ),
    Family(
        "easyanimate",
        "EasyAnimate",
        "text-to-video",
        (
            layout("transformer_blocks.*.norm1.linear text_proj_t5.* proj"),
            layout("text_proj.* proj transformer_blocks.*.attn1.to_q time_embedding.linear_*"),
        ),
        _DF + "transformer_easyanimate.py",
    ),
)

AUTOENCODERS: Final = (
    Family(
        "taesd",
        "Tiny autoencoder (TAESD)",
        "vae",
        (
            layout(
                "decoder.layers.*.conv.* decoder.layers.*",
                lacks="decoder.layers.*.conv.weight_g decoder.layers.*.block.*.conv.weight_g",
            ),
        ),
        "diffusers, models/autoencoders/autoencoder_tiny.py",
    ),
    Family(
        "cogvideox-vae",
        "CogVideoX VAE",
        "vae",
        (layout("decoder.up_blocks.*.resnets.*.norm1.conv_y.conv"),),
        "diffusers, models/autoencoders/autoencoder_kl_cogvideox.py",
    ),
    Family(
        "mochi-vae",
        "Mochi VAE",
        "vae",
        (layout("decoder.block_in.resnets.*.conv1.conv"),),
        "diffusers, models/autoencoders/autoencoder_kl_mochi.py",
    ),
    Family(
        "wan-vae",
        "Wan VAE",
        "vae",
        (
            layout("encoder.downsamples.*.residual.* decoder.upsamples.*.residual.*"),
            layout(
                "encoder.down_blocks.*.conv1 decoder.up_blocks.*.resnets.*.conv1 "
                "decoder.mid_block.resnets.*.conv1 quant_conv "
                "encoder.norm_out.gamma"
            ),
        ),
        "diffusers, models/autoencoders/autoencoder_kl_wan.py; Wan-Video/Wan2.1",
        twins=("qwen-image-vae",),
    ),
    Family("qwen-image-vae", "Qwen-Image VAE", "vae", (), "diffusers, models/autoencoders/autoencoder_kl_qwenimage.py"),
    Family(
        "dc-ae",
        "Deep compression autoencoder (DC-AE)",
        "vae",
        (
            layout("encoder.down_blocks.*.*.conv_out.conv_depth"),
            layout("encoder.down_blocks.*.*.conv1 decoder.up_blocks.*.*.conv1 decoder.up_blocks.*.*.norm"),
            layout("decoder.up_blocks.*.*.conv_out.conv_depth"),
            layout("decoder.stages.*.op_list.*.main.conv.conv"),
            layout("decoder.stages.*.op_list.*.main.conv1.conv"),
        ),
        "diffusers, models/autoencoders/autoencoder_dc.py",
    ),
    Family(
        "oobleck",
        "Oobleck (Stable Audio autoencoder)",
        "codec",
        (
            layout("encoder.block.*.res_unit1.conv1 decoder.block.*.conv_t1"),
            layout("encoder.block.*.res_unit1.conv1.weight_v decoder.block.*.conv_t1.weight_v"),
        ),
        "diffusers, models/autoencoders/autoencoder_oobleck.py",
    ),
    Family(
        "ltx-vae",
        "LTX-Video VAE",
        "vae",
        (
            layout(
                "encoder.down_blocks.*.resnets.*.conv1.conv decoder.up_blocks.*.resnets.*.conv1.conv",
                lacks="quant_conv decoder.up_blocks.*.resnets.*.norm1 "
                "encoder.down_blocks.*.resnets.*.norm1 "
                "encoder.down_blocks.*.resnets.*.norm1.gamma",
            ),
            layout("encoder.down_blocks.*.res_blocks.*.conv1.conv per_channel_statistics.mean-of-means"),
        ),
        "diffusers, models/autoencoders/autoencoder_kl_ltx.py",
    ),
    Family(
        "hunyuan-video-1-5-vae",
        "HunyuanVideo 1.5 VAE",
        "vae",
        (layout("encoder.down_blocks.*.resnets.*.norm1.gamma encoder.down_blocks.*.resnets.*.conv1.conv"),),
        "diffusers, models/autoencoders/autoencoder_kl_hunyuanvideo15.py",
        twins=("hunyuan-image-refiner-vae",),
    ),
    Family(
        "hunyuan-image-refiner-vae",
        "HunyuanImage refiner VAE",
        "vae",
        (),
        "diffusers, models/autoencoders/autoencoder_kl_hunyuanimage_refiner.py",
    ),
    Family(
        "hunyuan-image-vae",
        "HunyuanImage VAE",
        "vae",
        (),
        "diffusers, models/autoencoders/autoencoder_kl_hunyuanimage.py",
    ),
    Family(
        "allegro-vae",
        "Allegro VAE",
        "vae",
        (layout("encoder.temp_conv_in encoder.down_blocks.*.temp_convs.*.conv1.*"),),
        "diffusers, models/autoencoders/autoencoder_kl_allegro.py",
    ),
    Family(
        "cosmos-vae",
        "Cosmos tokenizer",
        "vae",
        (layout("encoder.conv_in.conv_s encoder.down_blocks.*.resnets.*.conv1.conv_s"),),
        "diffusers, models/autoencoders/autoencoder_kl_cosmos.py",
    ),
    Family(
        "hunyuan-video-vae",
        "HunyuanVideo VAE",
        "vae",
        (layout("encoder.down_blocks.*.resnets.*.conv1.conv decoder.up_blocks.*.resnets.*.conv1.conv quant_conv"),),
        "diffusers, models/autoencoders/autoencoder_kl_hunyuan_video.py",
    ),
    Family(
        "svd-vae",
        "Stable Video Diffusion VAE",
        "vae",
        (
            layout("decoder.up_blocks.*.resnets.*.spatial_res_block.conv1 decoder.time_conv_out"),
            layout("decoder.up.*.block.*.time_stack.in_layers.*"),
        ),
        "diffusers, models/autoencoders/autoencoder_kl_temporal_decoder.py",
    ),
    Family(
        "vq-vae",
        "VQ autoencoder",
        "vae",
        (
            layout("quantize.embedding decoder.up_blocks.*.resnets.*.conv1"),
            layout("quantize.embedding decoder.up.*.block.*.conv1"),
        ),
        "diffusers, models/autoencoders/vq_model.py",
    ),
    Family(
        "flux2-vae",
        "FLUX.2 VAE",
        "vae",
        (
            layout("bn.running_mean decoder.up_blocks.*.resnets.*.conv1 quant_conv"),
            layout("bn.running_mean decoder.up.*.block.*.conv1"),
        ),
        "diffusers, models/autoencoders/autoencoder_kl_flux2.py",
    ),
    Family(
        "autoencoder-kl",
        "KL autoencoder (VAE)",
        "vae",
        (
            layout("encoder.down.*.block.*.conv1 decoder.up.*.block.*.conv1"),
            layout("encoder.down_blocks.*.resnets.*.conv1 decoder.up_blocks.*.resnets.*.conv1"),
        ),
        "CompVis/latent-diffusion, ldm/modules/diffusionmodules/model.py; diffusers, "
        "models/autoencoders/autoencoder_kl.py",
    ),
)

UPSCALERS: Final = (
    Family(
        "seedvr2",
        "SeedVR2",
        "upscaler",
        (layout("blocks.*.mlp.vid.proj_in"), layout("blocks.*.mlp.all.proj_in_gate")),
        _COMFY,
    ),
    Family("mm-realsr", "MM-RealSR", "upscaler", (layout("body.*.rdb1.conv1 am_list.*.fc.*"),), _SPANDREL + "MMRealSR"),
    Family(
        "esrgan",
        "ESRGAN (RRDBNet)",
        "upscaler",
        (
            layout("body.*.rdb1.conv1 conv_first"),
            layout("RRDB_trunk.*.RDB1.conv1 conv_first"),
            layout("sub.*.RDB1.conv1.*"),
        ),
        _SPANDREL + "ESRGAN",
    ),
    Family("fbcnn", "FBCNN", "upscaler", (layout("qf_pred.*.res.* m_body_encoder.*.res.*"),), _SPANDREL + "FBCNN"),
    Family(
        "drunet", "DRUNet", "upscaler", (layout("m_head m_down1.*.res.* m_body.*.res.* m_tail"),), _SPANDREL + "DRUNet"
    ),
    Family(
        "dncnn",
        "DnCNN",
        "upscaler",
        (layout("model.* model.*.bias", widths=(Width("model.*", 1, (1, 3)), Width("model.*", 2, (3,))), only=True),),
        _SPANDREL + "DnCNN",
    ),
    Family("dctlsa", "DCTLSA", "upscaler", (layout("fea_conv attn.local.pointwise_prenorm_*"),), _SPANDREL + "DCTLSA"),
    Family("ditn", "DITN", "upscaler", (layout("sft UFONE.*.ITLs.*.ffn.project_in"),), _SPANDREL + "DITN"),
    Family(
        "fftformer",
        "FFTformer",
        "upscaler",
        (layout("encoder_level1.*.ffn.fft refinement.*.attn.to_hidden output"),),
        _SPANDREL + "FFTformer",
    ),
    Family("kbnet", "KBNet", "upscaler", (layout("latent.*.ffn.qkv refinement.*.attn.dwconv.*"),), _SPANDREL + "KBNet"),
    Family(
        "hvi-cidnet",
        "HVI-CIDNet",
        "upscaler",
        (layout("HV_LCA1.gdfn.project_in trans.density_k"),),
        _SPANDREL + "HVICIDNet",
    ),
    Family(
        "ipt",
        "IPT",
        "upscaler",
        (layout("sub_mean add_mean body.encoder.layers.*.linear1 tail.*.*"),),
        _SPANDREL + "IPT",
    ),
    Family(
        "mixdehazenet",
        "MixDehazeNet",
        "upscaler",
        (layout("layer1.blocks.*.conv3_* patch_merge1.proj patch_unembed.proj.*"),),
        _SPANDREL + "MixDehazeNet",
    ),
    Family(
        "retinexformer",
        "RetinexFormer",
        "upscaler",
        (layout("estimator.depth_conv denoiser.mapping denoiser.bottleneck.blocks.*.*.to_q"),),
        _SPANDREL + "RetinexFormer",
    ),
    Family(
        "seemore",
        "SeemoRe",
        "upscaler",
        (layout("local_block.block.moe_layer.experts.*.conv_* global_block.ffn.gate"),),
        _SPANDREL + "SeemoRe",
    ),
    Family(
        "swift-srgan",
        "Swift-SRGAN",
        "upscaler",
        (layout("initial.cnn.depthwise final_conv.pointwise"),),
        _SPANDREL + "SwiftSRGAN",
    ),
    Family(
        "uformer",
        "Uformer",
        "upscaler",
        (layout("input_proj.proj.* encoderlayer_*.blocks.*.norm1 output_proj.proj.*"),),
        _SPANDREL + "Uformer",
    ),
    Family("hat", "HAT", "upscaler", (layout("residual_group.overlap_attn.qkv conv_first"),), _SPANDREL + "HAT"),
    Family(
        "atd",
        "ATD",
        "upscaler",
        (layout("residual_group.td residual_group.layers.*.wqkv conv_first"),),
        _SPANDREL + "ATD",
    ),
    Family(
        "swin2sr",
        "Swin2SR",
        "upscaler",
        (
            layout("residual_group.blocks.*.attn.cpb_mlp.* conv_first"),
            layout("residual_group.blocks.*.attn.relative_position_index conv_first patch_embed.proj"),
            layout("swin2sr.encoder.stages.*.layers.*.attention.self.query"),
            layout("encoder.stages.*.layers.*.attention.self.logit_scale first_convolution"),
        ),
        _SPANDREL + "Swin2SR; " + "transformers, models/swin2sr",
    ),
    Family(
        "srformer",
        "SRFormer",
        "upscaler",
        (layout("residual_group.blocks.*.attn.aligned_relative_position_index conv_first"),),
        _SPANDREL + "SRFormer",
    ),
    Family(
        "swinir",
        "SwinIR",
        "upscaler",
        (
            layout("residual_group.blocks.*.attn.relative_position_bias_table conv_first"),
            layout("residual_group.blocks.*.attn.relative_position_bias_table conv_first.*"),
        ),
        _SPANDREL + "SwinIR",
    ),
    Family(
        "drct", "DRCT", "upscaler", (layout("layers.*.swin1.attn.qkv layers.*.adjust1 conv_first"),), _SPANDREL + "DRCT"
    ),
    Family(
        "craft",
        "CRAFT",
        "upscaler",
        (layout("residual_group.hf_blocks.*.attn.temperature conv_first"),),
        _SPANDREL + "CRAFT",
    ),
    Family("rgt", "RGT", "upscaler", (layout("before_RG.* layers.*.blocks.*.gamma conv_first"),), _SPANDREL + "RGT"),
    Family(
        "dat", "DAT", "upscaler", (layout("before_RG.* layers.*.blocks.*.ffn.sg.conv conv_first"),), _SPANDREL + "DAT"
    ),
    Family(
        "grl",
        "GRL",
        "upscaler",
        (layout("layers.*.blocks.*.attn.window_attn.attn_transform.logit_scale conv_first"),),
        _SPANDREL + "GRL",
    ),
    Family(
        "fdat",
        "FDAT",
        "upscaler",
        (layout("groups.*.blocks.*.inter.cg.* groups.*.blocks.*.ffn.fc1"),),
        _SPANDREL + "FDAT",
    ),
    Family(
        "aura-sr",
        "AuraSR",
        "upscaler",
        (layout("mid_attn.layers.*.*.to_out final_res_block.block1.proj.weights"),),
        _SPANDREL + "AuraSR",
    ),
    Family(
        "real-cugan",
        "Real-CUGAN",
        "upscaler",
        (layout("unet1.conv1.conv.* unet2.conv1.conv.*"),),
        _SPANDREL + "RealCUGAN",
    ),
    Family("span", "SPAN", "upscaler", (layout("block_*.c1_r.sk conv_*.sk"),), _SPANDREL + "SPAN"),
    Family("plksr", "PLKSR", "upscaler", (layout("feats.* feats.*.refine"),), _SPANDREL + "PLKSR"),
    Family("mosr", "MoSR", "upscaler", (layout("gblocks.* gblocks.*.fc1 gblocks.*.conv"),), _SPANDREL + "MoSR"),
    Family("moesr", "MoESR", "upscaler", (layout("in_to_dim blocks.*.blocks.*.conv.dwconv_hw"),), _SPANDREL + "MoESR"),
    Family(
        "safmn",
        "SAFMN",
        "upscaler",
        (layout("to_feat feats.*.safm.aggr"), layout("to_feat.* feats.*.layers.*.safm.aggr")),
        _SPANDREL + "SAFMN",
    ),
    Family(
        "omnisr",
        "OmniSR",
        "upscaler",
        (layout("residual_layer.*.residual_layer.*.layer.*.fn.* input"),),
        _SPANDREL + "OmniSR",
    ),
    Family("rcan", "RCAN", "upscaler", (layout("body.*.body.*.body.*.conv_du.* tail.*"),), _SPANDREL + "RCAN"),
    Family(
        "edsr",
        "EDSR",
        "upscaler",
        (layout("head.* body.*.body.* tail.*.*"),),
        "sanghyun-son/EDSR-PyTorch, src/model/edsr.py",
    ),
    Family(
        "scunet",
        "SCUNet",
        "upscaler",
        (layout("m_head.* m_tail.* m_body.*.trans_block.msa.embedding_layer"),),
        _SPANDREL + "SCUNet",
    ),
    Family("nafnet", "NAFNet", "upscaler", (layout("intro ending middle_blks.*.beta"),), _SPANDREL + "NAFNet"),
    Family(
        "restormer",
        "Restormer",
        "upscaler",
        (layout("encoder_level1.*.attn.temperature patch_embed.proj"),),
        _SPANDREL + "Restormer",
    ),
    Family("gfpgan", "GFPGAN", "upscaler", (layout("stylegan_decoder.style_mlp.*"),), _SPANDREL + "GFPGAN"),
    Family(
        "codeformer",
        "CodeFormer",
        "upscaler",
        (layout("position_emb idx_pred_layer.* quantize.embedding"),),
        _SPANDREL + "CodeFormer",
    ),
    Family("lama", "LaMa (inpainting)", "upscaler", (layout("model.*.ffc.convl2l model.*.bn_l"),), _SPANDREL + "LaMa"),
    Family(
        "srvgg",
        "SRVGGNet (Real-ESRGAN compact)",
        "upscaler",
        (layout("body.* body.*.bias", only=True),),
        _SPANDREL + "Compact",
    ),
    Family(
        "ltx-latent-upsampler",
        "LTX latent upsampler",
        "upscaler",
        (layout("initial_conv res_blocks.*.conv1 post_upsample_res_blocks.*.conv1"),),
        "diffusers, pipelines/ltx/modeling_latent_upsampler.py",
    ),
)
