"""How ComfyUI-GGUF treats each denoiser: what it recognises, what stays wide, which tensors get a better type.

Names are those after the checkpoint prefix is stripped. `skip` are substrings, `skip_exact` whole names; tensors with
them are not quantised. `high_precision` substrings stay F32. The three categories are regular expressions on names.
Rows whose `layout` is "diffusers" are ours: the tool takes the original layout of those models alone, and the rows
apply the same rules to the diffusers names of the same tensors.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from inspector.values import frozen, replace

_SOURCE: Final = "city96/ComfyUI-GGUF tools/convert.py, tools/lcpp.patch, tools/fix_5d_tensors.py @795e451"
_SAME: Final = _SOURCE + "; names of the diffusers layout"

_V: Final = r"attn_v\.weight|\.to_v\.weight|\.v\.weight|\.attn\.w1v\.weight|\.attn\.w2v\.weight|_attn\.v_proj\.weight"
_QKV: Final = r"attn_qkv\.weight|attn\.qkv\.weight|attention\.qkv\.weight"
_DOWN: Final = (
    r"ffn_down|\.ffn\.2\.weight|\.ff\.net\.2\.weight|\.mlp\.layer2\.weight|\.adaln_modulation_mlp\.2\.weight|"
    r"\.feed_forward\.w2\.weight|experts\..*\.w2\.weight"
)
_NEVER: Final = r"(?!)"


@frozen
class ComfyModel:
    """One denoiser: recognised where all names of one of `detect` are there.

    `kept` says what tensors that are not quantised are stored in ("" is the converter's rule, else "F32" or "16 bit");
    weights with a substring of `f32` are F32. `reshapes` says that matrices and kernels are laid out in rows of 256;
    `whole_dims` are names whose leading dimensions of size 1 are written; `edge_blocks` are the first and last block
    that the published recipe sets apart.
    """

    architecture: str
    detect: tuple[tuple[str, ...], ...]
    skip: tuple[str, ...]
    skip_exact: tuple[str, ...] = ()
    high_precision: tuple[str, ...] = ()
    whole_dims: tuple[str, ...] = ()
    reshapes: bool = False
    layout: str = "original"
    v: str = _V
    qkv: str = _QKV
    down: str = _DOWN
    edge_blocks: str = _NEVER
    kept: str = ""
    f32: tuple[str, ...] = ()
    note: str = ""
    source: str = _SOURCE


_FLUX_SKIP: Final = ("txt_in.", "img_in.", "time_in.", "vector_in.", "guidance_in.", "final_layer.")
_UNET_SKIP: Final = (
    *("class_embedding.", "time_embedding.", "add_embedding.", "time_embed.", "label_emb.", "conv_in.", "conv_out."),
)
_UNET_EXACT: Final = ("input_blocks.0.0.weight", "out.2.weight")

MODELS: Final[tuple[ComfyModel, ...]] = (
    ComfyModel(
        architecture="qwen_image",
        detect=(
            ("txt_norm.weight", "transformer_blocks.0.img_mlp.net.2.weight", "transformer_blocks.0.img_mod.1.weight"),
        ),
        skip=("txt_in.", "img_in.", "time_text_embed.", "norm_out.", "proj_out."),
        v=_V + r"|\.add_v_proj\.weight",
        down=_DOWN + r"|_mlp\.net\.2\.weight",
        edge_blocks=r"^transformer_blocks\.(?:0|59)\.",
        note="the recipe of the published files, derived from their sizes",
        source="sizes of city96/Qwen-Image-gguf",
    ),
    ComfyModel(
        architecture="flux",
        layout="diffusers",
        detect=(("transformer_blocks.0.attn.norm_added_k.weight", "single_transformer_blocks.0.proj_mlp.weight"),),
        skip=("context_embedder.", "x_embedder.", "time_text_embed.", "norm_out."),
        skip_exact=("proj_out.weight",),
        v=_NEVER,
        qkv=r"^transformer_blocks\.\d+\.attn\.(?:to_[qkv]|add_[qkv]_proj)\.weight",
        down=_NEVER,
        source=_SAME,
    ),
    ComfyModel(architecture="flux", detect=(("double_blocks.0.img_attn.proj.weight",),), skip=_FLUX_SKIP),
    ComfyModel(
        architecture="sd3",
        layout="diffusers",
        detect=(("transformer_blocks.0.attn.add_q_proj.weight", "pos_embed.proj.weight", "context_embedder.weight"),),
        skip=("norm_out.", "time_text_embed.", "context_embedder.", "pos_embed."),
        skip_exact=("proj_out.weight",),
        whole_dims=("pos_embed.pos_embed",),
        v=_NEVER,
        qkv=r"\.attn\.(?:to_[qkv]|add_[qkv]_proj)\.weight",
        down=_NEVER,
        source=_SAME,
    ),
    ComfyModel(
        architecture="sd3",
        detect=(("joint_blocks.0.x_block.attn.qkv.weight",),),
        skip=("final_layer.", "time_text_embed.", "context_embedder.", "t_embedder.", "y_embedder.", "x_embedder."),
        skip_exact=("proj_out.weight", "pos_embed"),
        whole_dims=("pos_embed",),
    ),
    ComfyModel(
        architecture="aura",
        detect=(("double_layers.3.modX.1.weight",),),
        skip=("t_embedder.", "init_x_linear."),
        skip_exact=(
            *("modF.1.weight", "cond_seq_linear.weight", "final_linear.weight", "positional_encoding"),
            "register_tokens",
        ),
        whole_dims=("positional_encoding", "register_tokens"),
    ),
    ComfyModel(
        architecture="hidream",
        detect=(("caption_projection.0.linear.weight", "double_stream_blocks.0.block.ff_i.shared_experts.w3.weight"),),
        skip=(
            *("p_embedder.", "t_embedder.", "x_embedder.", "final_layer.", ".ff_i.gate.weight"),
            "caption_projection.",
        ),
        high_precision=(".ff_i.gate.weight", "img_emb.emb_pos"),
    ),
    ComfyModel(
        architecture="cosmos",
        detect=(("blocks.0.mlp.layer1.weight", "blocks.0.adaln_modulation_cross_attn.1.weight"),),
        skip=("p_embedder.", "t_embedder.", "t_embedding_norm.", "x_embedder.", "pos_embedder.", "final_layer."),
        high_precision=("pos_embedder",),
    ),
    ComfyModel(
        architecture="ltxv",
        detect=(
            (
                "adaln_single.emb.timestep_embedder.linear_2.weight",
                "transformer_blocks.27.scale_shift_table",
                "caption_projection.linear_2.weight",
            ),
        ),
        skip=("adaln_single.", "caption_projection.", "patchify_proj.", "proj_out.", "scale_shift_table"),
        high_precision=("scale_shift_table",),
    ),
    ComfyModel(
        architecture="ltxv",
        layout="diffusers",
        detect=(
            (
                "time_embed.emb.timestep_embedder.linear_2.weight",
                "transformer_blocks.27.scale_shift_table",
                "caption_projection.linear_2.weight",
            ),
        ),
        skip=("time_embed.", "caption_projection.", "proj_in.", "proj_out.", "scale_shift_table"),
        high_precision=("scale_shift_table",),
        source=_SAME,
    ),
    ComfyModel(
        architecture="hyvid",
        detect=(
            (
                "double_blocks.0.img_attn_proj.weight",
                "txt_in.individual_token_refiner.blocks.1.self_attn_qkv.weight",
            ),
        ),
        skip=_FLUX_SKIP,
    ),
    ComfyModel(
        architecture="wan",
        detect=(("blocks.0.self_attn.norm_q.weight", "text_embedding.2.weight", "head.modulation"),),
        skip=(
            *("modulation.", "patch_embedding.", "text_embedding.", "time_projection.", "time_embedding.", "img_emb."),
            "head.",
        ),
        high_precision=(".modulation",),
        whole_dims=("modulation", "img_emb.emb_pos"),
    ),
    ComfyModel(
        architecture="wan",
        layout="diffusers",
        detect=(("blocks.0.attn1.norm_q.weight", "condition_embedder.time_proj.weight", "scale_shift_table"),),
        skip=("scale_shift_table", "patch_embedding.", "condition_embedder.", "proj_out."),
        high_precision=("scale_shift_table",),
        whole_dims=("scale_shift_table",),
        down=r"\.ffn\.net\.2\.weight",
        source=_SAME,
    ),
    ComfyModel(
        architecture="sdxl",
        detect=(
            ("down_blocks.0.downsamplers.0.conv.weight", "add_embedding.linear_1.weight"),
            (
                *("input_blocks.3.0.op.weight", "input_blocks.6.0.op.weight"),
                *("output_blocks.2.2.conv.weight", "output_blocks.5.2.conv.weight"),
            ),
            ("label_emb.0.0.weight",),
        ),
        skip=_UNET_SKIP,
        skip_exact=_UNET_EXACT,
        reshapes=True,
    ),
    ComfyModel(
        architecture="sd1",
        detect=(
            ("down_blocks.0.downsamplers.0.conv.weight",),
            (
                *("input_blocks.3.0.op.weight", "input_blocks.6.0.op.weight", "input_blocks.9.0.op.weight"),
                *("output_blocks.2.1.conv.weight", "output_blocks.5.2.conv.weight", "output_blocks.8.2.conv.weight"),
            ),
        ),
        skip=_UNET_SKIP,
        skip_exact=_UNET_EXACT,
        reshapes=True,
    ),
    ComfyModel(
        architecture="lumina2",
        detect=(("cap_embedder.1.weight", "context_refiner.0.attention.qkv.weight"),),
        skip=("t_embedder.", "x_embedder.", "final_layer.", "cap_embedder.", "context_refiner.", "noise_refiner."),
    ),
)


def _older(architecture: str, **changes: Any) -> tuple[ComfyModel, ...]:
    """The rows of an architecture as an older version of the tool treated them."""
    return tuple(replace(row, **changes) for row in MODELS if row.architecture == architecture)


_FLUX_F32: Final = (
    *("img_in.weight", "time_in.in_layer.weight", "vector_in.in_layer.weight", "guidance_in.in_layer.weight"),
    *("final_layer.linear.weight", "x_embedder.weight", "timestep_embedder.linear_1.weight"),
    *("text_embedder.linear_1.weight", "guidance_embedder.linear_1.weight", "proj_out.weight"),
)

#: What older versions wrote, or the tool from another source dtype: published files follow the version of their date,
#: so these bound a projection. Architectures of which no release was compared are bounded on both sides.
OLDER: Final[tuple[ComfyModel, ...]] = (
    *_older("flux", kept="16 bit", source="sizes of city96/FLUX.1-dev-gguf Q4_0 to Q8_0, August 2024"),
    *_older("flux", f32=_FLUX_F32, source="tools/lcpp.patch @8d1fbbc; sizes of city96/FLUX.1-dev-gguf Q2_K to Q6_K"),
    *_older(
        "sdxl",
        skip=(*_UNET_SKIP, "proj_in.", "proj_out."),
        down=_NEVER,
        f32=_UNET_EXACT,
        source="tools/lcpp.patch @df6f1ab; sizes of SDXL releases of 2024",
    ),
    *_older("wan", kept="F32", source="sizes of city96/Wan2.1-T2V-14B-gguf"),
    *_older("wan", kept="16 bit", source=_SOURCE),
    *_older("sd3", kept="16 bit", source=_SOURCE),
    *(row for name in ("aura", "hidream", "cosmos", "ltxv", "hyvid", "lumina2") for row in _older(name, kept="F32")),
    *(row for name in ("aura", "hidream", "cosmos", "ltxv", "hyvid", "lumina2") for row in _older(name, kept="16 bit")),
)

#: Main type of each file type that the patched llama-quantize takes for denoisers.
MAIN_TYPES: Final[Mapping[str, str]] = MappingProxyType(
    {
        **{name: name for name in ("F32", "F16", "BF16", "Q8_0", "Q6_K", "Q5_1", "Q5_0", "Q4_1", "Q4_0", "Q2_K")},
        "Q5_K_M": "Q5_K",
        "Q5_K_S": "Q5_K",
        "Q4_K_M": "Q4_K",
        "Q4_K_S": "Q4_K",
        "Q3_K_L": "Q3_K",
        "Q3_K_M": "Q3_K",
        "Q3_K_S": "Q3_K",
    }
)

#: Better types of value projections; of the two types, the first is for the first so many tensors seen.
V_TYPES: Final[Mapping[str, tuple[str, int, str]]] = MappingProxyType(
    {
        "Q2_K": ("Q3_K", 0, "Q3_K"),
        "Q3_K_M": ("Q5_K", 2, "Q4_K"),
        "Q3_K_L": ("Q5_K", 0, "Q5_K"),
        "Q4_K_M": ("Q6_K", 0, "Q6_K"),
        "Q5_K_M": ("Q6_K", 0, "Q6_K"),
        "Q4_K_S": ("Q5_K", 4, "Q4_K"),
    }
)
QKV_TYPES: Final[Mapping[str, str]] = MappingProxyType(
    {"Q3_K_M": "Q4_K", "Q3_K_L": "Q4_K", "Q4_K_M": "Q5_K", "Q5_K_M": "Q6_K"}
)
DOWN_TYPES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "Q3_K_M": "Q4_K",
        "Q3_K_L": "Q5_K",
        "Q4_K_S": "Q5_K",
        "Q4_K_M": "Q6_K",
        "Q5_K_M": "Q6_K",
        "Q4_0": "Q4_1",
        "Q5_0": "Q5_1",
    }
)
#: Types of the first and last block where the recipe sets them apart.
EDGE_TYPES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "Q2_K": "Q4_K",
        "Q3_K_S": "Q4_K",
        "Q3_K_M": "Q4_K",
        "Q4_K_S": "Q5_K",
        "Q4_K_M": "Q5_K",
        "Q5_K_S": "Q6_K",
        "Q5_K_M": "Q6_K",
    }
)
