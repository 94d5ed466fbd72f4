"""Adapters other than low-rank ones that their tensors show: image prompts, hints, motion, words."""

from typing import Final

from inspector.knowledge.architecture_row import Family, Width, layout

ADAPTERS: Final = (
    Family(
        "ip-adapter",
        "IP-Adapter",
        "adapter",
        (
            layout("to_k_ip to_v_ip"),
            layout("ip_adapter.*.to_k_ip"),
            layout("ip_adapter_double_stream_k_proj"),
            layout("processor.ip_adapter_double_stream_k_proj"),
        ),
        "tencent-ailab/IP-Adapter; XLabs-AI/x-flux",
    ),
    Family(
        "t2i-adapter",
        "T2I-Adapter",
        "adapter",
        (layout("adapter.body.*.resnets.*.block1"), layout("body.*.block1 body.*.block2 conv_in", lacks="conv_first")),
        "diffusers, models/adapter.py; TencentARC/T2I-Adapter, ldm/modules/encoders/adapter.py",
    ),
    Family(
        "animatediff-motion",
        "AnimateDiff motion module",
        "adapter",
        (
            layout("motion_modules.*.transformer_blocks.*.attn1.to_q", lacks="conv_in"),
            layout(
                "motion_modules.*.temporal_transformer.transformer_blocks.*.attention_blocks.*.to_q",
                lacks="input_blocks.*.*",
            ),
        ),
        "diffusers, models/unets/unet_motion_model.py; guoyww/AnimateDiff",
    ),
    Family(
        "photomaker", "PhotoMaker", "adapter", (layout("id_encoder.fuse_module.mlp1.fc1"),), "TencentARC/PhotoMaker"
    ),
    Family(
        "pulid",
        "PuLID",
        "adapter",
        (layout("pulid_ca.*.to_q id_encoder.mapping_*.*"), layout("pulid_ca.*.to_q")),
        "ToTheBeginning/PuLID",
    ),
    Family(
        "hypernetwork",
        "Hypernetwork",
        "adapter",
        (layout("*.*.linear.*", widths=(Width("*.*.linear.*", 1, (320, 640, 768, 1024, 1280)),)),),
        "AUTOMATIC1111/stable-diffusion-webui, modules/hypernetworks/hypernetwork.py",
    ),
    Family(
        "textual-inversion",
        "Textual inversion",
        "adapter",
        (
            layout("emb_params", only=True),
            layout("clip_l clip_g", only=True),
            layout("clip_g", only=True),
            layout("clip_l", only=True),
            layout("string_to_param.*", only=True),
            layout("t5xxl clip_l clip_g", only=True),
            layout("clip_l t5xxl", only=True),
        ),
        "AUTOMATIC1111/stable-diffusion-webui, modules/textual_inversion; "
        "kohya-ss/sd-scripts, train_textual_inversion.py",
    ),
)
