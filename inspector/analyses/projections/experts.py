"""Experts as transformers 5 holds them: two fused parameters a layer, whatever the checkpoint's own names.

A checkpoint stores `experts.7.gate_proj`, `up_proj`, `down_proj` (or `w1`, `w3`, `w2`); in memory they are
`mlp.experts.gate_up_proj` `[experts, 2 * width, hidden]` and `mlp.experts.down_proj` `[experts, hidden, width]`.
`save_pretrained` undoes that, a bare `state_dict` does not.
"""

from typing import Final

from inspector.analyses.projections.containers import Run
from inspector.analyses.projections.modules import Module
from inspector.analyses.projections.plan import Row
from inspector.analyses.projections.weights import Stems, Weight, WeightSource
from inspector.model import Form
from inspector.units import ceil_div

_GATES: Final = frozenset({"gate_proj", "w1"})
_UPS: Final = frozenset({"up_proj", "w3"})
_DOWNS: Final = frozenset({"down_proj", "w2"})
#: Mixtral's names for the projections of an expert, as linearised experts are called.
LINEAR_NAMES: Final = {"w1": "gate_proj", "w2": "down_proj", "w3": "up_proj"}


def is_fusible(module: Module) -> bool:
    """Is this a projection of per-expert layers that transformers fuses?"""
    last = module.weight.stem.rpartition(".")[2]
    return module.kind == "expert" and last in _GATES | _UPS | _DOWNS


def fused_name(module: Module) -> str:
    """`gate_up_proj`, `down_proj`, or "" for the projection that lies within `gate_up_proj` already."""
    last = module.weight.stem.rpartition(".")[2]
    return "down_proj" if last in _DOWNS else "gate_up_proj" if last in _GATES else ""


#: Names in checkpoints, and what transformers 5 calls the same in memory.
_INTERNAL_NAMES: Final = ((".block_sparse_moe", ".mlp"), ("embed_out", "lm_head"))


def internal_stems(stems: Stems, pattern: str) -> Stems:
    """Module names as transformers 5 calls them in memory."""
    for stored, internal in _INTERNAL_NAMES:
        if stored in pattern:
            stems = stems.renamed(stored, internal)
    return stems


def fused_run(source: WeightSource, module: Module) -> Run | None:
    """The fused parameter that a state dict holds for this projection, None where another row holds it."""
    name = fused_name(module)
    if not name:
        return None
    weight = module.weight
    stems = internal_stems(source.expert_stems(weight), weight.pattern)
    rows = module.rows * (2 if name == "gate_up_proj" else 1)
    return stems.run(f".experts.{name}", Form(weight.dtype, (weight.count // stems.modules, rows, module.cols)))


def keep_fused(source: WeightSource, module: Module) -> Row:
    """The row of an expert projection that a state dict keeps in its fused parameter."""
    run = fused_run(source, module)
    return Row(
        weight=module.weight,
        runs=(run,) if run else (),
        to_dtype=module.weight.dtype,
        reason="kept: fused experts are no linear layers in transformers 5"
        + ("" if run else " (counted with the gate projection)"),
        converted=False,
    )


def keep_internal(source: WeightSource, module: Module, reason: str) -> Row:
    """The row of a tensor that a state dict keeps under transformers' own name."""
    weight = module.weight
    run = source.run(weight, weight.dtype)
    stems = internal_stems(source.stems(weight), weight.pattern)
    if stems is not source.stems(weight):
        run = stems.run(f".{weight.leaf}", Form(weight.dtype, weight.shape))
    return Row(weight=weight, runs=(run,), to_dtype=weight.dtype, reason=reason, converted=False)


def fp8_row(source: WeightSource, module: Module, to_dtype: str) -> Row:
    """Experts under FineGrainedFP8Config: weights split again on saving, scales left fused."""
    weight = module.weight
    name = fused_name(module)
    fits = module.rows % 128 == 0 and module.cols % 128 == 0
    runs = [source.run(weight, "F8_E4M3" if fits else weight.dtype)]
    if name:
        stems = source.expert_stems(weight)
        tiles = ceil_div(module.rows, 128) * (2 if name == "gate_up_proj" else 1)
        shape = (weight.count // stems.modules, tiles, ceil_div(module.cols, 128))
        runs.append(stems.run(f".experts.{name}_scale_inv", Form("F32", shape)))
    return Row(weight=weight, runs=tuple(runs), to_dtype=to_dtype, reason="expert", converted=True)


def linear_stems(source: WeightSource, weight: Weight) -> Stems:
    """Module names of linearised experts: `w1`, `w2`, `w3` take the names of a gated MLP."""
    stems = source.stems(weight)
    last = weight.stem.rpartition(".")[2]
    return stems.with_ending(last, LINEAR_NAMES[last]) if last in LINEAR_NAMES else stems
