"""SVDQuant as Nunchaku stores it: W4A4 layers with a low-rank branch, W4A16 modulation layers, the rest 16 bit.

The rule is known for FLUX.1 alone: its fused projections are split, and which layers are of which kind is the model's.
"""

from typing import Final, NamedTuple

from inspector.analyses.projections.containers import Bounds
from inspector.analyses.projections.sets import DEQUANTISED, SetProjection
from inspector.analyses.projections.values import ProjectedGroup
from inspector.analyses.projections.weights import Weight, WeightSource
from inspector.units import round_up

_RANK: Final = 32
_PAD: Final = 128
#: Header and configuration in the metadata of a published file (nunchaku-tech/nunchaku-flux.1-dev, 310,728 bytes).
_HEADER: Final = Bounds(150_000, 310_728, 500_000)


class _Layer(NamedTuple):
    """Linear layers of one kind: the W4A4 pieces that a stored matrix is cut into, as (outputs, inputs)."""

    pieces: tuple[tuple[int, int], ...]
    low_rank: bool


def project(scheme_id: str, source: WeightSource) -> SetProjection | str:
    """The transformer file of a FLUX.1 denoiser, or that no rule is known for this one."""
    patterns = {weight.pattern: weight for weight in source.weights}
    if "double_blocks.*.img_attn.qkv.weight" not in patterns and _DIFFUSERS_SIGN not in patterns:
        return "Nunchaku's layout is known here for FLUX.1 alone"
    groups = tuple(_group(scheme_id, weight) for weight in source.weights)
    data = sum(group.bytes for group in groups)
    note = "Nunchaku: rank 32; fused layers are split, names of the diffusers layout."
    return SetProjection(
        header=_HEADER,
        data=Bounds(data, data, data),
        groups=groups,
        params=source.params,
        certain=False,
        assumptions=(note, DEQUANTISED) if source.packed else (note,),
    )


_DIFFUSERS_SIGN: Final = "single_transformer_blocks.*.proj_mlp.weight"


def _group(scheme_id: str, weight: Weight) -> ProjectedGroup:
    layer = _layer(weight)
    if layer is None:
        return weight.projected(weight.dtype, 2 * weight.elements * weight.count, "kept: 16 bit")
    if not layer.low_rank:
        (rows, cols) = layer.pieces[0]
        return weight.projected("W4A16 g64", _w4a16(rows, cols) * weight.count, "modulation layer")
    size = sum(_w4a4(scheme_id, rows, cols) for rows, cols in layer.pieces)
    return weight.projected(scheme_id, size * weight.count, "attention or feed-forward layer")


def _layer(weight: Weight) -> _Layer | None:
    """How one matrix is stored, None where it stays 16 bit."""
    if len(weight.shape) != 2 or "*" not in weight.stem:
        return None
    rows, cols = weight.shape
    stem = weight.stem
    if stem.endswith(("_mod.lin", "modulation.lin", "norm1.linear", "norm1_context.linear", ".norm.linear")):
        return _Layer(((rows, cols),), low_rank=False)
    if not stem.startswith(("double_blocks.", "single_blocks.", "transformer_blocks.", "single_transformer_blocks.")):
        return None
    if stem.endswith(".linear1"):
        return _Layer(((3 * cols, cols), (rows - 3 * cols, cols)), low_rank=True)
    if stem.endswith((".linear2", "single_transformer_blocks.*.proj_out")):
        return _Layer(((rows, rows), (rows, cols - rows)), low_rank=True)
    return _Layer(((rows, cols),), low_rank=True)


def _w4a4(scheme_id: str, rows: int, cols: int) -> int:
    """Codes, scales, low-rank factors and smooth factors of one layer; its bias stands in a row of its own."""
    out, inner = round_up(rows, _PAD), round_up(cols, _PAD)
    branch = 2 * _RANK * (out + inner) + 2 * 2 * inner
    if scheme_id == "svdq/fp4":
        return out * inner // 2 + out * inner // 16 + branch + 2 * out + 2
    return out * inner // 2 + 2 * (out * inner // 64) + branch


def _w4a16(rows: int, cols: int) -> int:
    return rows * cols // 2 + 2 * 2 * (rows * cols // 64)
