"""Variants of a family that its tensors tell apart: what the name of a recognised model says in addition."""

from typing import Final, NamedTuple

from inspector.knowledge.architecture_row import Layout, Width, layout


class Variant(NamedTuple):
    """A family whose tensors meet `shows` too goes by `name`; the first variant that holds is told."""

    family: str
    name: str
    shows: Layout
    source: str


_FLUX: Final = "black-forest-labs/flux, src/flux/util.py"
_LDM: Final = "CompVis and Stability AI, configs of the original checkpoints"
_WAN: Final = "Wan-Video/Wan2.1 and Wan2.2, wan/configs/"
_WHISPER: Final = "openai/whisper, whisper/__init__.py"
_STABILITY: Final = "Stability-AI/sd3.5, sd3_infer.py"


def _wide(leaf: str, axis: int, *values: int) -> Layout:
    return layout(leaf, widths=(Width(leaf, axis, values),))


VARIANTS: Final = (
    Variant("flux", "FLUX.1 Fill", _wide("img_in", 1, 384), _FLUX),
    Variant("flux", "FLUX.1 Fill", _wide("x_embedder", 1, 384), _FLUX),
    Variant("flux", "FLUX.1 Canny or Depth", _wide("img_in", 1, 128), _FLUX),
    Variant("flux", "FLUX.1 Canny or Depth", _wide("x_embedder", 1, 128), _FLUX),
    Variant("flux", "FLUX.1 with guidance (dev)", layout("guidance_in.in_layer"), _FLUX),
    Variant("flux", "FLUX.1 with guidance (dev)", layout("time_text_embed.guidance_embedder.linear_*"), _FLUX),
    Variant("flux", "FLUX.1 without guidance (schnell)", layout("time_in.in_layer"), _FLUX),
    Variant("flux", "FLUX.1 without guidance (schnell)", layout("time_text_embed.timestep_embedder.linear_*"), _FLUX),
    Variant("sd15", "Stable Diffusion 1.x inpainting", _wide("input_blocks.*.*", 1, 9), _LDM),
    Variant("sd15", "Stable Diffusion 1.x inpainting", _wide("conv_in", 1, 9), _LDM),
    Variant("sd15", "InstructPix2Pix (Stable Diffusion 1.x)", _wide("input_blocks.*.*", 1, 8), _LDM),
    Variant("sd15", "InstructPix2Pix (Stable Diffusion 1.x)", _wide("conv_in", 1, 8), _LDM),
    Variant("sd21", "Stable Diffusion 2.x inpainting", _wide("input_blocks.*.*", 1, 9), _LDM),
    Variant("sd21", "Stable Diffusion 2.x inpainting", _wide("conv_in", 1, 9), _LDM),
    Variant("sd21", "Stable Diffusion 2.x depth", _wide("input_blocks.*.*", 1, 5), _LDM),
    Variant("sd21", "Stable Diffusion 2.x depth", _wide("conv_in", 1, 5), _LDM),
    Variant("sdxl", "Stable Diffusion XL inpainting", _wide("input_blocks.*.*", 1, 9), _LDM),
    Variant("sdxl", "Stable Diffusion XL inpainting", _wide("conv_in", 1, 9), _LDM),
    Variant("sd35", "Stable Diffusion 3.5 Large", _wide("context_embedder", 0, 2432), _STABILITY),
    Variant("sd35", "Stable Diffusion 3.5 Medium", _wide("context_embedder", 0, 1536), _STABILITY),
    Variant("sd3", "Stable Diffusion 3 Medium", _wide("context_embedder", 0, 1536), _STABILITY),
    Variant("wan", "Wan 1.3B", _wide("patch_embedding", 0, 1536), _WAN),
    Variant("wan", "Wan 5B", _wide("patch_embedding", 0, 3072), _WAN),
    Variant("wan", "Wan 14B", _wide("patch_embedding", 0, 5120), _WAN),
    Variant("wan-i2v", "Wan 14B (image to video)", _wide("patch_embedding", 0, 5120), _WAN),
    Variant("whisper", "Whisper tiny", _wide("encoder.conv2", 0, 384), _WHISPER),
    Variant("whisper", "Whisper base", _wide("encoder.conv2", 0, 512), _WHISPER),
    Variant("whisper", "Whisper small", _wide("encoder.conv2", 0, 768), _WHISPER),
    Variant("whisper", "Whisper medium", _wide("encoder.conv2", 0, 1024), _WHISPER),
    Variant("whisper", "Whisper large v3 or turbo", _wide("encoder.conv1", 1, 128), _WHISPER),
    Variant("whisper", "Whisper large", _wide("encoder.conv2", 0, 1280), _WHISPER),
)
