"""Layouts with one or two values a byte and floating-point scales: F8, FP4, I8, ternary.

A formula returns None where the shapes do not fit; it never guesses. Letters: `o` rows of the logical weight
(outputs), `i` its columns (inputs), `lead` the dimensions before them (experts).
"""

from typing import Final

from inspector.analyses.unpacking.hints import Hints, group_of
from inspector.analyses.unpacking.modules import Module
from inspector.analyses.unpacking.shapes import (
    EXPONENTS,
    FP8,
    Decoded,
    Matrix,
    first_of,
    grouped_id,
    matrix,
    pair_of,
)
from inspector.dtypes import BITS
from inspector.knowledge.packings import PackingRow
from inspector.model import Form
from inspector.units import ceil_div

_BLOCKS: Final = (128, 64, 256, 32, 16, 512)


def fp4_bytes(module: Module, row: PackingRow, hints: Hints) -> Decoded | None:
    """Two 4-bit floats a byte: one F8 scale per 16 or one exponent per 32; scale rows may be padded to tiles."""
    keys = ("scale", "module_scale", "scales")
    both, scale = pair_of(module, row.anchor, *keys), first_of(module, *keys)
    if both is None or scale is None:
        return None
    (lead, o, half), dtype = both[0], scale.dtype
    near = dtype in FP8 or bool({"global_scale", "scale_2"} & set(module.forms))
    size = next((s for s in ((16,) if near else ()) + (32,) * (dtype in EXPONENTS) if _covers(both, s)), None)
    if size is None:
        return None
    scheme = _nvfp4_scheme(module, row) if size == 16 else "ct/mxfp4a16" if row.anchor == "packed" else "mxfp4/weights"
    why = f"two values a byte, a {dtype} scale per {size}"
    return Decoded(scheme=scheme, bits=4, group_size=size, shape=(*lead, o, 2 * half), evidence=why)


def _covers(both: tuple[Matrix, Matrix], size: int) -> bool:
    """Is there one scale for every `size` values of the two a byte, along rows (maybe padded) or along columns?"""
    values, side = both
    groups = ceil_div(2 * values.columns, size)
    if side.rows >= values.rows and side.columns in (groups, 4 * ceil_div(groups, 4)):
        return True
    return 2 * values.rows * values.columns == size * side.rows * side.columns


def _nvfp4_scheme(module: Module, row: PackingRow) -> str:
    if row.anchor != "packed":
        return row.id
    return "ct/nvfp4" if "input_global_scale" in module.forms else "ct/nvfp4a16"


def mxfp4_blocks(module: Module, row: PackingRow, hints: Hints) -> Decoded | None:
    blocks, scales = module.forms[row.anchor].shape, module.forms["scales"].shape
    if len(blocks) < 3 or blocks[:-1] != scales or blocks[-1] != 16:
        return None
    shape = (*blocks[:-2], 32 * blocks[-2])
    return Decoded(scheme=row.id, bits=4, group_size=32, shape=shape, evidence="blocks of 32 values, a scale each")


def torchao(module: Module, row: PackingRow, hints: Hints) -> Decoded | None:
    form, scale = module.forms[row.anchor], first_of(module, "ao_scale", "ao_scale_zero")
    if scale is None or not form.elements:
        return None
    if "ao_scale_zero" in module.forms and len(scale.shape) == 3:
        o, i = scale.shape[1], form.elements * BITS[form.dtype] // (4 * scale.shape[1])
        size = group_of(i, scale.shape[0])
        return Decoded(
            scheme=grouped_id("torchao", 4, size),
            bits=4,
            group_size=size,
            shape=(o, i),
            evidence="tiles of 4-bit words",
        )
    return _torchao_matrix(form, scale)


def _torchao_matrix(form: Form, scale: Form) -> Decoded | None:
    values, side = matrix(form), matrix(scale)
    if values is None:
        return None
    if side is not None and side.columns == values.rows != 1 and side.rows != values.rows:
        size = group_of(2 * values.columns, side.rows)
        shape = (*values.lead, values.rows, 2 * values.columns)
        return Decoded(
            scheme=grouped_id("torchao", 4, size), bits=4, group_size=size, shape=shape, evidence="two values a byte"
        )
    if form.dtype == "U8" and scale.dtype in (*FP8, "F8_E8M0"):
        shape = (*values.lead, values.rows, 2 * values.columns)
        name, size = ("nvfp4", 16) if scale.dtype in FP8 else ("mxfp4", 32)
        return Decoded(scheme=f"torchao/{name}", bits=4, group_size=size, shape=shape, evidence="two values a byte")
    size = group_of(values.columns, side.columns if side else 1)
    name = "fp8wo" if form.dtype in FP8 else "int8wo" if size is None else f"intx-g{size}"
    return Decoded(scheme=f"torchao/{name}", bits=8, group_size=size, shape=form.shape, evidence="one byte a value")


def comfy_scaled(module: Module, row: PackingRow, hints: Hints) -> Decoded | None:
    form = module.forms[row.anchor]
    if not _scales_fit(form, module.forms["scale_weight"]):
        return None
    return Decoded(scheme=row.id, bits=8, group_size=None, shape=form.shape, evidence="F8 with scale_weight")


def comfy_quant(module: Module, row: PackingRow, hints: Hints) -> Decoded | None:
    packed = fp4_bytes(module, row, hints)
    form, scale = module.forms[row.anchor], module.forms["scale"]
    if packed is not None:
        name = "nvfp4" if packed.group_size == 16 else "mxfp4"
        return Decoded(
            scheme=f"comfy/{name}", bits=4, group_size=packed.group_size, shape=packed.shape, evidence=packed.evidence
        )
    if not _scales_fit(form, scale):
        return None
    name = "int8" if form.dtype == "I8" else "mxfp8" if scale.dtype in EXPONENTS else "fp8-scaled"
    return Decoded(scheme=f"comfy/{name}", bits=8, group_size=None, shape=form.shape, evidence="one byte a value")


def modelopt_int4(module: Module, row: PackingRow, hints: Hints) -> Decoded | None:
    both = pair_of(module, row.anchor, "scale")
    if both is None or both[1].rows != 2 * both[0].rows or both[1].columns > both[0].columns:
        return None
    (lead, _half, i), (_, o, groups) = both
    size = group_of(i, groups)
    return Decoded(
        scheme=grouped_id("modelopt", 4, size),
        bits=4,
        group_size=size,
        shape=(*lead, o, i),
        evidence="two outputs a byte",
    )


def bitnet(module: Module, row: PackingRow, hints: Hints) -> Decoded | None:
    values, scale = matrix(module.forms[row.anchor]), module.forms["scale"]
    if values is None or scale.elements != 1 or scale.dtype in EXPONENTS:
        return None
    shape = (*values.lead, 4 * values.rows, values.columns)
    return Decoded(
        scheme=row.id, bits=2, group_size=None, shape=shape, evidence="U8 with one scale: four values a byte"
    )


def scaled_bytes(module: Module, row: PackingRow, hints: Hints) -> Decoded | None:
    """Values stored as they are, with scales: per tensor, per row, per block or per group."""
    form, scale = module.forms[row.anchor], first_of(module, "scale_inv", "scale", "scales", "module_scale")
    if scale is None or scale.dtype == form.dtype != "U8" or not form.elements or not _scales_fit(form, scale):
        return None
    values, side = matrix(form), matrix(scale)
    per_32 = values and side and scale.dtype in EXPONENTS and side.columns == ceil_div(values.columns, 32)
    if form.dtype == "U8" and not per_32:
        return None
    size = 32 if per_32 else _block_of(form, scale)
    scheme = _scaled_scheme(module, row, hints, scale, size, bool(per_32))
    bits = BITS[form.dtype]
    why = f"{form.dtype} with {scale.elements} scale{'s' * (scale.elements != 1)} a weight"
    return Decoded(scheme=scheme, bits=bits, group_size=size, shape=form.shape, evidence=why)


def _scaled_scheme(
    module: Module, row: PackingRow, hints: Hints, scale: Form, size: int | None, exponents: bool
) -> str:
    form = module.forms[row.anchor]
    square = matrix(scale)
    named_as_ct = "scale" in module.forms and _may_be_ct(hints, scale)
    if exponents:
        return "ct/mxfp8a16" if named_as_ct else "mxfp8/weights"
    if form.dtype == "F4":
        return f"fp4/{_reach(size)}"
    if form.dtype == "I8":
        return "ct/w8a8" if named_as_ct and size is None else f"int8/{_reach(size)}"
    if not named_as_ct:
        return f"fp8/{_reach(size)}"
    if size is not None and square is not None:
        return "ct/fp8-block"
    return "ct/fp8" if "input_scale" in module.forms else "ct/fp8-dynamic"


def _reach(size: int | None) -> str:
    return f"block-{size}" if size else "scaled"


def _may_be_ct(hints: Hints, scale: Form) -> bool:
    """compressed-tensors writes `weight_scale` with one or two dimensions; other writers of that name use scalars."""
    method = hints.declared.method
    return method == "compressed-tensors" if method else bool(scale.shape)


def _scales_fit(form: Form, scale: Form) -> bool:
    """Is this a scale of that weight: one number, one per row, or one per block of every dimension?"""
    if scale.elements == 1:
        return True
    if len(scale.shape) == 1:
        return bool(form.shape) and scale.elements in (form.shape[0], form.shape[-1])
    if len(scale.shape) != len(form.shape):
        return False
    return all(0 < s <= w for s, w in zip(scale.shape, form.shape, strict=True)) and scale.shape != form.shape


def _block_of(form: Form, scale: Form) -> int | None:
    """Columns that one scale covers; None where it covers a whole row or the whole tensor."""
    values, side = matrix(form), matrix(scale)
    if values is None or side is None or side.columns == 1:
        if values is None or side is None or side.rows in (1, values.rows):
            return None
        return group_of(values.rows, side.rows)
    fits = (
        b
        for b in _BLOCKS
        if ceil_div(values.columns, b) == side.columns and side.rows in (values.rows, ceil_div(values.rows, b))
    )
    return next(fits, None) or group_of(values.columns, side.columns)
