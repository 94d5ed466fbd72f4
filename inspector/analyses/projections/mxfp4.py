"""Experts in MXFP4 as gpt-oss is published: one tensor of codes and one of exponents for each layer's projections."""

from collections.abc import Sequence

from inspector.analyses.projections.experts import fused_name, is_fusible
from inspector.analyses.projections.modules import Module
from inspector.analyses.projections.plan import Part, Row, convert, drop, keep
from inspector.analyses.projections.weights import WeightSource
from inspector.knowledge.schemes import Scheme
from inspector.model import Form
from inspector.values import replace

_BLOCK = 32


def plan_mxfp4(scheme: Scheme, source: WeightSource, modules: Sequence[Module]) -> list[Row] | str:
    """One row for each weight of a mixture of experts, or why there is nothing to convert."""
    rows = [_row(scheme, source, module) for module in modules]
    return rows if any(row.converted for row in rows) else "no experts whose rows divide by 32"


def _row(scheme: Scheme, source: WeightSource, module: Module) -> Row:
    weight = module.weight
    if weight.component == "mtp":
        return drop(weight, "left out: the layout has no such tensor")
    if module.kind not in ("expert", "experts") or module.cols % _BLOCK:
        return keep(
            source, weight, "kept: not an expert" if module.kind != "expert" else "kept: rows do not divide by 32"
        )
    if is_fusible(module):
        return _fused(scheme, source, module)
    # A stack of experts may lie either way round; blocks run along the inputs, and the bytes are the same.
    lead, blocks = weight.shape[:-1], weight.shape[-1] // _BLOCK
    leaf = f".{weight.leaf}" if weight.leaf != "weight" else ""
    parts = (Part(f"{leaf}_blocks", "U8", (*lead, blocks, 16)), Part(f"{leaf}_scales", "U8", (*lead, blocks)))
    return convert(source, weight, parts, scheme.id, "expert")


def _fused(scheme: Scheme, source: WeightSource, module: Module) -> Row:
    """Codes and exponents of a projection; the one for up lies within the gate's tensors."""
    weight, name = module.weight, fused_name(module)
    stems = source.expert_stems(weight)
    rows = module.rows * (2 if name == "gate_up_proj" else 1)
    shape = (weight.count // stems.modules, rows, module.cols // _BLOCK)
    row = keep(source, weight, "expert" if name else "expert (counted with the gate projection)")
    runs = (
        stems.run(f".experts.{name}_blocks", Form("U8", (*shape, 16))),
        stems.run(f".experts.{name}_scales", Form("U8", shape)),
    )
    return replace(row, runs=runs if name else (), to_dtype=scheme.id, converted=True)
