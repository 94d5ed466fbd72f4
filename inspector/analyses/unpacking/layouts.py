"""The formula of each `layout` of knowledge/packings.py, by name."""

from collections.abc import Callable, Mapping
from typing import Final

from inspector.analyses.unpacking.bytewise import (
    bitnet,
    comfy_quant,
    comfy_scaled,
    fp4_bytes,
    modelopt_int4,
    mxfp4_blocks,
    scaled_bytes,
    torchao,
)
from inspector.analyses.unpacking.codes import (
    aqlm,
    bitblas,
    bitmask,
    bnb_4bit,
    bnb_int8,
    exl2,
    exl3,
    higgs,
    hqq,
    quanto,
    quanto_packed,
    quip,
    vptq,
)
from inspector.analyses.unpacking.hints import Candidate, Hints
from inspector.analyses.unpacking.modules import Module
from inspector.analyses.unpacking.shapes import Decoded
from inspector.analyses.unpacking.words import (
    awq_gemm,
    awq_gemv,
    awq_gemv_fast,
    ct_candidates,
    ct_words,
    gptq,
    marlin,
    marlin_24,
    mlx,
    mlx_candidates,
    nunchaku_awq,
    svdquant,
)
from inspector.knowledge.packings import PackingRow

Layout = Callable[[Module, PackingRow, Hints], Decoded | None]

LAYOUTS: Final[Mapping[str, Layout]] = {
    layout.__name__: layout
    for layout in (
        bnb_4bit,
        bnb_int8,
        higgs,
        quip,
        bitblas,
        gptq,
        awq_gemm,
        awq_gemv,
        awq_gemv_fast,
        nunchaku_awq,
        svdquant,
        marlin,
        marlin_24,
        ct_words,
        fp4_bytes,
        bitmask,
        mxfp4_blocks,
        mlx,
        torchao,
        quanto_packed,
        quanto,
        hqq,
        exl3,
        exl2,
        aqlm,
        vptq,
        comfy_scaled,
        comfy_quant,
        modelopt_int4,
        bitnet,
        scaled_bytes,
    )
}

#: Readings that a layout's shapes leave open, for the layouts that leave any.
CANDIDATES: Final[Mapping[str, Callable[[Module, Hints], tuple[Candidate, ...]]]] = {
    "ct_words": ct_candidates,
    "mlx": mlx_candidates,
}
