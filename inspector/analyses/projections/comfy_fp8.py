"""FP8 files as ComfyUI users write them: the denoiser (or a text encoder) in FP8, plain or with a scale a layer."""

from collections.abc import Sequence
from typing import Final

from inspector.analyses.projections.containers import Run
from inspector.analyses.projections.layouts import comfy_scaled
from inspector.analyses.projections.modules import Module, is_denoiser_weight
from inspector.analyses.projections.plan import Row, convert, keep
from inspector.analyses.projections.weights import WeightSource, is_floating
from inspector.knowledge.schemes import Scheme
from inspector.model import Form
from inspector.values import replace

_FP8: Final = "F8_E4M3"
#: Kinds of tensors that some plain FP8 files leave as they were.
_SOMETIMES_WIDE: Final = frozenset({"vector", "norm", "parameter", "embedding"})
#: A file with scales says so with one empty tensor of this name.
_MARKER: Final = "scaled_fp8"


def plan_comfy(scheme: Scheme, source: WeightSource, modules: Sequence[Module], *, whole: bool) -> list[Row]:
    """One row for each weight; `whole` takes every component of the set, else only its denoiser."""
    plain = scheme.id == "comfy/fp8"
    rows = []
    for module in modules:
        if not whole and not is_denoiser_weight(module.weight):
            rows.append(keep(source, module.weight, "kept: not the denoiser"))
        elif plain:
            rows.append(_plain(source, module))
        else:
            rows.append(_scaled(source, module))
    return rows if plain else _marked(rows)


def _plain(source: WeightSource, module: Module) -> Row:
    """Every floating-point tensor in FP8; some files keep vectors as they were."""
    weight = module.weight
    if not is_floating(weight.dtype):
        return keep(source, weight, "kept: not floating point")
    row = replace(keep(source, weight, "every tensor", _FP8), converted=True)
    if module.kind not in _SOMETIMES_WIDE:
        return row
    return replace(row, high_slack=max(0, keep(source, weight, "").bytes - row.bytes))


def _scaled(source: WeightSource, module: Module) -> Row:
    """Linear layers in FP8 with one F32 scale; layers outside of the blocks are kept by some writers."""
    weight = module.weight
    if module.kind != "linear":
        return keep(source, weight, "kept: not a linear layer")
    parts = comfy_scaled(module.rows, module.cols, weight.dtype)
    row = convert(source, weight, parts, _FP8, "linear layer with a scale")
    return row if "*" in weight.stem else replace(row, high_slack=max(0, keep(source, weight, "").bytes - row.bytes))


def _marked(rows: list[Row]) -> list[Row]:
    if rows:
        marker = Run(Form(_FP8, (0,)), 1, len(_MARKER), [_MARKER])
        rows[0] = replace(rows[0], runs=(*rows[0].runs, marker))
    return rows
