"""What each scheme stores for one linear layer of `rows` outputs and `cols` inputs: names, dtypes and shapes.

A layout returns the stored tensors, or the reason why the tool leaves such a layer alone. `dtype` is that of the model.
"""

from collections.abc import Callable
from functools import cache
from typing import Final

from inspector.analyses.projections.plan import Part
from inspector.units import ceil_div

Layout = Callable[[int, int, str], tuple[Part, ...] | str]

#: How a layout's answer begins where the tool refuses the whole model for one layer.
REFUSED: Final = "refused: "

#: What torch calls the dtypes that models compute in.
TORCH_NAMES: Final = {"BF16": "bfloat16", "F16": "float16", "F32": "float32", "F64": "float64"}


def bnb_int8(rows: int, cols: int, dtype: str) -> tuple[Part, ...]:
    return (Part(".weight", "I8", (rows, cols)), Part(".SCB", "F32", (rows,)), Part(".weight_format", "U8", ()))


#: Length assumed for the text of nested_offset, a float whose digits depend on the weights.
NESTED_OFFSET: Final = 19
NESTED_OFFSET_RANGE: Final = (15, 23)


def bnb_4bit(kind: str, *, double: bool) -> Layout:
    """NF4 and FP4 in blocks of 64; with `double`, absmax is 8-bit in blocks of 256."""

    def layout(rows: int, cols: int, dtype: str) -> tuple[Part, ...]:
        blocks = ceil_div(rows * cols, 64)
        state = _quant_state_bytes(kind, rows, cols, dtype) + (_NESTED_TEXT if double else 0)
        parts = [
            Part(".weight", "U8", (ceil_div(rows * cols, 2), 1)),
            Part(".weight.absmax", "U8" if double else "F32", (blocks,)),
            Part(".weight.quant_map", "F32", (16,)),
            Part(f".weight.quant_state.bitsandbytes__{kind}", "U8", (state,)),
        ]
        if double:
            parts.append(Part(".weight.nested_absmax", "F32", (ceil_div(blocks, 256),)))
            parts.append(Part(".weight.nested_quant_map", "F32", (256,)))
        return tuple(parts)

    return layout


_NESTED_TEXT: Final = len(', "nested_blocksize": 256, "nested_dtype": "float32", "nested_offset": ') + NESTED_OFFSET


def _quant_state_bytes(kind: str, rows: int, cols: int, dtype: str) -> int:
    name = TORCH_NAMES.get(dtype, "bfloat16")
    return len(f'{{"quant_type": "{kind}", "blocksize": 64, "dtype": "{name}", "shape": [{rows}, {cols}]}}')


def gptq(bits: int, group: int) -> Layout:
    """AutoGPTQ's format: codes packed along the inputs, zeros packed along the outputs."""

    def layout(rows: int, cols: int, dtype: str) -> tuple[Part, ...] | str:
        if rows % 32 or cols % 32:
            return "kept: rows and columns have to divide by 32"
        groups = ceil_div(cols, group) if group > 0 else 1
        return (
            Part(".qweight", "I32", (cols * bits // 32, rows)),
            Part(".qzeros", "I32", (groups, rows * bits // 32)),
            Part(".scales", "F16", (groups, rows)),
            Part(".g_idx", "I32", (cols,)),
        )

    return layout


def awq(group: int) -> Layout:
    """AutoAWQ's gemm format: codes packed along the outputs."""

    def layout(rows: int, cols: int, dtype: str) -> tuple[Part, ...] | str:
        if rows % 8 or cols % group:
            return f"kept: columns have to divide by {group} and rows by 8"
        groups = cols // group
        return (
            Part(".qweight", "I32", (cols, rows // 8)),
            Part(".qzeros", "I32", (groups, rows // 8)),
            Part(".scales", "F16", (groups, rows)),
        )

    return layout


def ct_packed(bits: int, *, asym: bool = False) -> Layout:
    """compressed-tensors' pack-quantized: codes packed densely along the inputs, groups of 128."""

    def layout(rows: int, cols: int, dtype: str) -> tuple[Part, ...] | str:
        if cols % 128:
            return f"{REFUSED}llmcompressor stops at a layer whose rows of {cols} do not divide by 128"
        groups = cols // 128
        parts = [
            Part(".weight_packed", "I32", (rows, ceil_div(cols * bits, 32))),
            Part(".weight_scale", dtype, (rows, groups)),
            Part(".weight_shape", "I64", (2,)),
        ]
        if asym:
            parts.append(Part(".weight_zero_point", "I32", (ceil_div(rows * bits, 32), groups)))
        return tuple(parts)

    return layout


def ct_channel(stored: str) -> Layout:
    """One scale a row: W8A8 and FP8_DYNAMIC."""

    def layout(rows: int, cols: int, dtype: str) -> tuple[Part, ...]:
        return (Part(".weight", stored, (rows, cols)), Part(".weight_scale", dtype, (rows, 1)))

    return layout


def ct_fp8(rows: int, cols: int, dtype: str) -> tuple[Part, ...]:
    return (
        Part(".weight", "F8_E4M3", (rows, cols)),
        Part(".weight_scale", dtype, (1,)),
        Part(".input_scale", dtype, (1,)),
    )


def ct_fp8_block(rows: int, cols: int, dtype: str) -> tuple[Part, ...]:
    return (
        Part(".weight", "F8_E4M3", (rows, cols)),
        Part(".weight_scale", dtype, (ceil_div(rows, 128), ceil_div(cols, 128))),
    )


def ct_nvfp4(*, activations: bool) -> Layout:
    def layout(rows: int, cols: int, dtype: str) -> tuple[Part, ...] | str:
        if cols % 16:
            return f"{REFUSED}llmcompressor stops at a layer whose rows of {cols} do not divide by 16"
        parts = [
            Part(".weight_packed", "U8", (rows, cols // 2)),
            Part(".weight_scale", "F8_E4M3", (rows, cols // 16)),
            Part(".weight_global_scale", "F32", (1,)),
        ]
        if activations:
            parts.append(Part(".input_global_scale", "F32", (1,)))
        return tuple(parts)

    return layout


def ct_mx(bits: int) -> Layout:
    """MXFP4 and MXFP8: one exponent for 32 weights."""

    def layout(rows: int, cols: int, dtype: str) -> tuple[Part, ...] | str:
        if cols % 32:
            return f"{REFUSED}llmcompressor stops at a layer whose rows of {cols} do not divide by 32"
        codes = (
            Part(".weight_packed", "U8", (rows, cols // 2)) if bits == 4 else Part(".weight", "F8_E4M3", (rows, cols))
        )
        return (codes, Part(".weight_scale", "U8", (rows, cols // 32)))

    return layout


def fp8_block(rows: int, cols: int, dtype: str) -> tuple[Part, ...]:
    """A layer that does not divide by 128 keeps its dtype, and its (unused) scales are written all the same."""
    stored = "F8_E4M3" if rows % 128 == 0 and cols % 128 == 0 else dtype
    return (
        Part(".weight", stored, (rows, cols)),
        Part(".weight_scale_inv", "F32", (ceil_div(rows, 128), ceil_div(cols, 128))),
    )


def nvfp4_modelopt(rows: int, cols: int, dtype: str) -> tuple[Part, ...] | str:
    if cols % 16:
        return "kept: rows have to divide by 16"
    return (
        Part(".weight", "U8", (rows, cols // 2)),
        Part(".weight_scale", "F8_E4M3", (rows, cols // 16)),
        Part(".weight_scale_2", "F32", ()),
        Part(".input_scale", "F32", ()),
    )


def torchao(stored: str) -> Layout:
    """Weight-only and dynamic integers hold zero points too; FP8 does not."""

    def layout(rows: int, cols: int, dtype: str) -> tuple[Part, ...]:
        parts = [
            Part("._weight_qdata", stored, (rows, cols)),
            Part("._weight_scale", "F32", (rows, 1)),
        ]
        if stored == "I8":
            parts.append(Part("._weight_zero_point", "I8", (rows, 1)))
        return tuple(parts)

    return layout


def quanto_8bit(stored: str) -> Layout:
    def layout(rows: int, cols: int, dtype: str) -> tuple[Part, ...]:
        return (
            Part(".weight._data", stored, (rows, cols)),
            Part(".weight._scale", dtype, (rows, 1)),
            *_quanto_activations(dtype),
        )

    return layout


def quanto_packed(bits: int) -> Layout:
    """Codes of groups packed into bytes row-wise; the group is 128 or the largest of 96, 64, 32 that divides a row."""

    def layout(rows: int, cols: int, dtype: str) -> tuple[Part, ...]:
        group = quanto_group(cols)
        count = rows * cols // group if group else rows
        return (
            Part(".weight._data._data", "U8", (ceil_div(count * bits, 8), group or cols)),
            Part(".weight._scale", dtype, (count, 1)),
            Part(".weight._shift", dtype, (count, 1)),
            *_quanto_activations(dtype),
        )

    return layout


def quanto_group(cols: int) -> int:
    """Group size that optimum-quanto takes for rows of `cols`, 0 for a whole row."""
    if cols <= 128:
        return 0
    return next((group for group in (128, 96, 64, 32) if cols % group == 0), 0)


def _quanto_activations(dtype: str) -> tuple[Part, Part]:
    return Part(".input_scale", dtype, ()), Part(".output_scale", dtype, ())


def hqq(bits: int, group: int) -> Layout:
    """Groups along the inputs; 3-bit codes lie ten to an I32."""

    def layout(rows: int, cols: int, dtype: str) -> tuple[Part, ...] | str:
        if rows * cols % group:
            return f"kept: the weights have to divide by {group}"
        groups = rows * cols // group
        codes = (
            Part(".W_q", "I32", (ceil_div(groups, 10), group))
            if bits == 3
            else Part(".W_q", "U8", (ceil_div(groups * bits, 8), group))
        )
        return (codes, Part(".scale", dtype, (groups, 1)), Part(".zero", dtype, (groups, 1)))

    return layout


def exl3(half_bits: int) -> Layout:
    """Trellis tiles of 16 x 16; `half_bits` is twice the bits a weight, dimensions are padded to 128."""

    def layout(rows: int, cols: int, dtype: str) -> tuple[Part, ...]:
        out, inner = ceil_div(rows, 128) * 128, ceil_div(cols, 128) * 128
        return (
            Part(".trellis", "I16", (inner // 16, out // 16, 8 * half_bits)),
            Part(".suh", "F16", (inner,)),
            Part(".svh", "F16", (out,)),
            Part(".mcg", "I32", ()),
        )

    return layout


def bitnet(rows: int, cols: int, dtype: str) -> tuple[Part, ...] | str:
    if rows % 4:
        return "kept: rows have to divide by 4"
    return (Part(".weight", "U8", (rows // 4, cols)), Part(".weight_scale", dtype, (1,)))


def comfy_scaled(rows: int, cols: int, dtype: str) -> tuple[Part, ...]:
    return (Part(".weight", "F8_E4M3", (rows, cols)), Part(".scale_weight", "F32", ()))


def _builders() -> dict[str, Layout]:
    layouts: dict[str, Layout] = {
        "bnb/int8": bnb_int8,
        "bnb/nf4": bnb_4bit("nf4", double=False),
        "bnb/nf4-dq": bnb_4bit("nf4", double=True),
        "bnb/fp4": bnb_4bit("fp4", double=False),
        "bnb/fp4-dq": bnb_4bit("fp4", double=True),
        "ct/w4a16-asym": ct_packed(4, asym=True),
        "ct/w8a8": ct_channel("I8"),
        "ct/fp8-dynamic": ct_channel("F8_E4M3"),
        "ct/fp8": ct_fp8,
        "ct/fp8-block": ct_fp8_block,
        "ct/nvfp4": ct_nvfp4(activations=True),
        "ct/nvfp4a16": ct_nvfp4(activations=False),
        "ct/mxfp4a16": ct_mx(4),
        "ct/mxfp8a16": ct_mx(8),
        "fp8/block-128": fp8_block,
        "nvfp4/modelopt": nvfp4_modelopt,
        "torchao/int8wo": torchao("I8"),
        "torchao/int8dyn": torchao("I8"),
        "torchao/fp8wo": torchao("F8_E4M3"),
        "quanto/int8": quanto_8bit("I8"),
        "quanto/fp8": quanto_8bit("F8_E4M3"),
        "quanto/int4": quanto_packed(4),
        "quanto/int2": quanto_packed(2),
        "bitnet/b1.58": bitnet,
        "comfy/fp8-scaled": comfy_scaled,
    }
    layouts |= {f"ct/w{bits}a16": ct_packed(bits) for bits in (2, 3, 4, 8)}
    return layouts


_FIXED: Final = _builders()


@cache
def layout_of(scheme_id: str) -> Layout | None:
    """The layout of a scheme, None where it has none for single linear layers."""
    family, _, variant = scheme_id.partition("/")
    bits, _, group = variant.partition("bit-g")
    if family == "gptq":
        return gptq(int(bits), int(group))
    if family == "awq":
        return awq(int(group))
    if family == "hqq":
        return hqq(int(bits), int(group))
    if family == "exl3":
        return exl3(int(2 * float(variant)))
    return _FIXED.get(scheme_id)
