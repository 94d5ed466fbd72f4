"""Layouts that hide the shape, or hold codes: bitsandbytes, quanto, HQQ, EXL2, EXL3, AQLM, VPTQ, bit masks.

A formula returns None where the shapes do not fit; it never guesses. Letters: `o` rows of the logical weight
(outputs), `i` its columns (inputs), `lead` the dimensions before them (experts).
"""

from collections.abc import Mapping
from math import prod

from inspector.analyses.unpacking.hints import Hints, group_of
from inspector.analyses.unpacking.modules import Module
from inspector.analyses.unpacking.shapes import FP8, Decoded, first_of, grouped_id, matrix, pair_of
from inspector.dtypes import BITS
from inspector.knowledge.packings import PackingRow
from inspector.model import Form
from inspector.units import ceil_div


def bnb_4bit(module: Module, row: PackingRow, hints: Hints) -> Decoded | None:
    form, absmax = module.forms[row.anchor], module.forms["absmax"]
    levels = module.forms["quant_map"].elements if "quant_map" in module.forms else 16
    stored_bits = form.elements * BITS[form.dtype]
    if not stored_bits or not absmax.elements or len(absmax.shape) != 1:
        return None
    if levels == 256:
        return Decoded(scheme="bnb/8bit", bits=8, group_size=None, shape=form.shape, evidence="256 levels beside it")
    params = stored_bits // 4
    bias = hints.bias_of(module.weight) or 1
    params -= bool(params % bias and (params - 1) % bias == 0)
    kind = next((k for k in ("nf4", "fp4") if f"state_{k}" in module.forms), None)
    kind = kind or str(hints.config.get("bnb_4bit_quant_type", "4bit"))
    shape, why = hints.flat_shape(module.weight, params)
    return Decoded(
        scheme=f"bnb/{kind}" + "-dq" * ("nested_absmax" in module.forms),
        bits=4,
        group_size=next((s for s in (64, 128, 256, 512, 1024, 32) if ceil_div(params, s) == absmax.elements), None),
        shape=shape,
        evidence=f"two values a byte, {absmax.elements} absmax; {why}",
    )


def bnb_int8(module: Module, row: PackingRow, hints: Hints) -> Decoded | None:
    form = module.forms[row.anchor]
    if not form.shape or module.forms["SCB"].elements != prod(form.shape[:-1]):
        return None
    return Decoded(scheme=row.id, bits=8, group_size=None, shape=form.shape, evidence="I8 with one SCB a row")


def higgs(module: Module, row: PackingRow, hints: Hints) -> Decoded | None:
    both = pair_of(module, row.anchor, "scales")
    bits = module.forms["tables"].elements.bit_length() - 1
    if both is None or not bits or both[0].rows * 16 != both[1].rows * bits:
        return None
    (lead, _, i), (_, o, groups) = both
    size = group_of(i, groups)
    why = f"{1 << bits} values in a table"
    return Decoded(scheme=grouped_id(row.id, bits, size), bits=bits, group_size=size, shape=(*lead, o, i), evidence=why)


def quip(module: Module, row: PackingRow, hints: Hints) -> Decoded | None:
    form, o, i = module.forms[row.anchor], module.forms["SV"].elements, module.forms["SU"].elements
    stored = form.elements * BITS[form.dtype]
    if not o * i or stored % (o * i):
        return None
    bits = stored // (o * i)
    return Decoded(scheme=row.id, bits=bits, group_size=None, shape=(o, i), evidence="signs for each row and column")


def bitblas(module: Module, row: PackingRow, hints: Hints) -> Decoded | None:
    both, bits = pair_of(module, row.anchor, "scales"), hints.declared.bits
    if both is None or both[0].rows != both[1].rows or bits not in (1, 2, 4, 8):
        return None
    (lead, o, columns), (_, _, groups) = both
    i = columns * 8 // bits
    size = group_of(i, groups) if groups > 1 else None
    why = f"{8 // bits} values a byte, as the configuration says"
    return Decoded(scheme=grouped_id(row.id, bits, size), bits=bits, group_size=size, shape=(*lead, o, i), evidence=why)


def quanto_packed(module: Module, row: PackingRow, hints: Hints) -> Decoded | None:
    values, scale = matrix(module.forms[row.anchor]), module.forms["data_scale"]
    if values is None or not scale.elements:
        return None
    bits = next((b for b in (4, 2) if ceil_div(scale.elements * b, 8) == values.rows), None)
    if bits is None:
        return None
    shape, why = hints.flat_shape(module.weight, scale.elements * values.columns)
    why = f"{scale.elements} groups of {values.columns} values in {values.rows} rows; {why}"
    return Decoded(scheme=f"quanto/int{bits}", bits=bits, group_size=values.columns, shape=shape, evidence=why)


def quanto(module: Module, row: PackingRow, hints: Hints) -> Decoded | None:
    form = module.forms[row.anchor]
    kind = "fp8" if form.dtype in FP8 else "int8"
    return Decoded(scheme=f"quanto/{kind}", bits=8, group_size=None, shape=form.shape, evidence="one byte a value")


def hqq(module: Module, row: PackingRow, hints: Hints) -> Decoded | None:
    values, side = matrix(module.forms[row.anchor]), matrix(module.forms["module_scale"])
    if values is None or side is None:
        return None
    if side.columns == 1:
        groups, size, bits = side.rows, values.columns, _hqq_bits(module.forms[row.anchor], values.rows, side.rows)
    else:
        groups, bits = side.columns, hints.declared.bits
        size = values.rows * 8 // bits if bits in (8, 4, 2, 1) and values.columns == groups else 0
    if bits is None or not size:
        return None
    shape, why = hints.flat_shape(module.weight, groups * size)
    why = f"{groups} groups of {size} values; {why}"
    return Decoded(scheme=grouped_id("hqq", bits, size), bits=bits, group_size=size, shape=shape, evidence=why)


def _hqq_bits(form: Form, rows: int, groups: int) -> int | None:
    """Bits of `groups` values folded into `rows` along the first axis; 3 bits are ten values a 32-bit word."""
    if form.dtype == "I32":
        return 3 if rows == ceil_div(groups, 10) else None
    return next((b for b in (8, 4, 2, 1) if rows == ceil_div(groups * b, 8)), None) if form.dtype == "U8" else None


def exl3(module: Module, row: PackingRow, hints: Hints) -> Decoded | None:
    shape = module.forms[row.anchor].shape
    if len(shape) != 3 or shape[2] % 8:
        return None
    inputs, outputs = first_of(module, "suh", "su"), first_of(module, "svh", "sv")
    i, o = 16 * shape[0], 16 * shape[1]
    scale = 16 if inputs is not None and "su" in module.forms else 1
    if inputs is not None and i - 128 < scale * inputs.elements <= i:
        i = scale * inputs.elements
    scale = 16 if outputs is not None and "sv" in module.forms else 1
    if outputs is not None and o - 128 < scale * outputs.elements <= o:
        o = scale * outputs.elements
    whole, half = divmod(shape[2], 16)
    return Decoded(
        scheme=f"exl3/{whole}.{5 if half else 0}",
        bits=None if half else whole,
        group_size=None,
        shape=(o, i),
        evidence=f"tiles of 16 by 16 values in {shape[2]} words",
    )


def exl2(module: Module, row: PackingRow, hints: Hints) -> Decoded | None:
    values, order = matrix(module.forms[row.anchor]), first_of(module, "q_invperm", "q_perm")
    if values is None or order is None or not order.elements:
        return None
    bits = 32 * values.rows // order.elements
    why = f"{order.elements} inputs in {values.rows} words of mixed width"
    return Decoded(
        scheme="exl2/mixed", bits=bits or None, group_size=None, shape=(values.columns, order.elements), evidence=why
    )


def aqlm(module: Module, row: PackingRow, hints: Hints) -> Decoded | None:
    codes, books = module.forms[row.anchor].shape, module.forms["codebooks"].shape
    if len(codes) != 3 or len(books) != 4 or codes[2] != books[0]:
        return None
    width = max(books[1] - 1, 1).bit_length()
    o, i = codes[0] * books[2], codes[1] * books[3]
    why = f"{books[0]} codes for {books[2]}x{books[3]} values"
    return Decoded(scheme=f"aqlm/{books[0]}x{width}", bits=None, group_size=None, shape=(o, i), evidence=why)


def vptq(module: Module, row: PackingRow, hints: Hints) -> Decoded | None:
    layers = hints.config.get("config_for_layers")
    own = layers.get(module.example.removesuffix(".weight")) if isinstance(layers, Mapping) else None
    if not isinstance(own, Mapping):
        return None
    o, i = own.get("out_features"), own.get("in_features")
    if not isinstance(o, int) or not isinstance(i, int):
        return None
    return Decoded(scheme=row.id, bits=None, group_size=None, shape=(o, i), evidence="widths from the configuration")


def bitmask(module: Module, row: PackingRow, hints: Hints) -> Decoded | None:
    mask = matrix(module.forms["bitmask"])
    if mask is None:
        return None
    most = 8 * mask.columns
    i = next((w for w in range(most, most - 8, -1) if w in hints.widths), most)
    why = "one bit a value says which are stored"
    return Decoded(scheme=row.id, bits=None, group_size=None, shape=(*mask.lead, mask.rows, i), evidence=why)
