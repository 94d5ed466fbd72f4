"""One GGUF file of all components, as stable-diffusion.cpp's `-M convert --type T` writes it.

Everything is decided by name pattern and row length; norms whose length divides are quantised too.
"""

import re
from collections.abc import Iterable
from typing import Final

from inspector.analyses.projections.containers import Bounds
from inspector.analyses.projections.sets import DEQUANTISED, SetProjection
from inspector.analyses.projections.values import DROPPED, ProjectedGroup
from inspector.analyses.projections.weights import Weight, WeightSource
from inspector.knowledge.gguf_types import GGUF_TYPES
from inspector.units import round_up

_ALIGNMENT: Final = 32
#: What the tool puts before the names of a denoiser that comes alone.
_PREFIX: Final = "model.diffusion_model."

#: Substrings of tensors that keep their type.
_WIDE: Final = re.compile(
    r"(?:\.bias|\.scale|\.weight_scale)$|img_in\.|txt_in\.|time_in\.|vector_in\.|guidance_in\.|final_layer\.|x_embedder\.|"
    r"t_embedder\.|y_embedder\.|pos_embed|context_embedder\.|time_embed\.|label_emb\.|embedding"
)
#: Tensors that the tool leaves out.
_DROPPED: Final = re.compile(
    r"^(?:betas|alphas_cumprod_prev|sqrt_|log_one_minus|posterior_|model_ema\.|embedding_manager|denoiser\.sigmas)|"
    r"\.position_ids$|\.logit_scale$|^text_encoders\.t5xxl\.transformer\.encoder\.embed_tokens\.weight|"
    r"^text_encoders\.llm\.(?:lm_head\.|output\.weight)"
)
#: Types of stored dtypes that are kept; FP8 is widened.
_STORED: Final = {"F32": "F32", "F16": "F16", "BF16": "BF16", "F64": "F64", "I64": "I64", "I32": "I32", "I8": "I8"}


def project(sources: Iterable[WeightSource], kind: str) -> SetProjection:
    """All weight sets in one file of block type `kind`."""
    groups: list[ProjectedGroup] = []
    infos = params = 0
    packed = False
    for source in sources:
        packed = packed or source.packed
        is_bare_denoiser = not any(weight.pattern.startswith(_PREFIX) for weight in source.weights)
        for weight in source.weights:
            group = _group(weight, kind)
            groups.append(group)
            if group.to_dtype == DROPPED:
                continue
            params += weight.params
            dims = max(1, len(weight.shape))
            added = len(_PREFIX) if is_bare_denoiser and weight.component in ("transformer", "unet") else 0
            names = source.run(weight, weight.dtype).name_bytes + weight.count * added
            infos += names + weight.count * (8 + 4 + 8 * dims + 4 + 8)
    header, data = round_up(24 + infos, _ALIGNMENT), sum(group.bytes for group in groups)
    notes = ("stable-diffusion.cpp: one GGUF file without key-values; type rules per tensor are not used.",)
    return SetProjection(
        header=Bounds(header, header, header),
        data=Bounds(data - _ALIGNMENT, data, data + data // 100),
        groups=tuple(groups),
        params=params,
        certain=False,
        assumptions=(*notes, DEQUANTISED) if packed else notes,
    )


def _group(weight: Weight, kind: str) -> ProjectedGroup:
    target, reason = _chosen(weight, kind)
    size = 0 if target == DROPPED else round_up(GGUF_TYPES[target].bytes_of(weight.elements), _ALIGNMENT) * weight.count
    return weight.projected(target, size, reason)


def _chosen(weight: Weight, kind: str) -> tuple[str, str]:
    if _DROPPED.search(weight.pattern):
        return DROPPED, "left out: the tool does not read it"
    stored = _STORED.get(weight.dtype, "F16")
    if _WIDE.search(weight.pattern) or stored not in ("F32", "F16", "BF16"):
        return stored, "kept: by name"
    row = weight.shape[-1] if weight.shape else 1
    if not GGUF_TYPES[kind].fits(row):
        return stored, f"kept: rows of {row} do not divide by {GGUF_TYPES[kind].block_params}"
    return kind, "rows divide by the block"
