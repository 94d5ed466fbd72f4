"""How quantisers store one linear layer `stem` with `o` outputs and `i` inputs: literal layouts for tests."""

from collections.abc import Callable
from math import prod

Tensors = dict[str, tuple[str, tuple[int, ...]]]
Layout = Callable[[str, int, int], Tensors]


def ceil(value: int, by: int) -> int:
    return -(-value // by)


def bnb(stem: str, o: int, i: int, *, kind: str = "nf4", nested: bool = False, storage: str = "U8") -> Tensors:
    blocks, words = ceil(o * i, 64), ceil(o * i, {"U8": 2, "BF16": 4, "F32": 8}[storage])
    weight = f"{stem}.weight"
    out: Tensors = {weight: (storage, (words, 1)), f"{weight}.quant_map": ("F32", (16,))}
    out[f"{weight}.absmax"] = ("U8" if nested else "F32", (blocks,))
    length = 82 + nested * (len(stem) % 5 + 90)
    out[f"{weight}.quant_state.bitsandbytes__{kind}"] = ("U8", (length,))
    if nested:
        out[f"{weight}.nested_absmax"] = ("F32", (ceil(blocks, 256),))
        out[f"{weight}.nested_quant_map"] = ("F32", (256,))
    return out


def bnb_int8(stem: str, o: int, i: int) -> Tensors:
    return {f"{stem}.weight": ("I8", (o, i)), f"{stem}.SCB": ("F32", (o,)), f"{stem}.weight_format": ("U8", ())}


def gptq(stem: str, o: int, i: int, *, bits: int = 4, group: int = 128, index: bool = True) -> Tensors:
    groups = 1 if group < 0 else ceil(i, group)
    out: Tensors = {
        f"{stem}.qweight": ("I32", (i * bits // 32, o)),
        f"{stem}.qzeros": ("I32", (groups, o * bits // 32)),
        f"{stem}.scales": ("F16", (groups, o)),
    }
    return out | ({f"{stem}.g_idx": ("I32", (i,))} if index else {})


def awq(stem: str, o: int, i: int) -> Tensors:
    groups = ceil(i, 128)
    return {
        f"{stem}.qweight": ("I32", (i, o // 8)),
        f"{stem}.qzeros": ("I32", (groups, o // 8)),
        f"{stem}.scales": ("F16", (groups, o)),
    }


def awq_gemv(stem: str, o: int, i: int) -> Tensors:
    padded = ceil(ceil(i, 128), 8)
    return {
        f"{stem}.qweight": ("I32", (o, i // 8)),
        f"{stem}.qzeros": ("I32", (o, padded)),
        f"{stem}.scales": ("F16", (o, 8 * padded)),
    }


def ct_words(stem: str, o: int, i: int, *, bits: int = 4, group: int = 128, asym: bool = False) -> Tensors:
    groups = 1 if group < 0 else ceil(i, group)
    out: Tensors = {
        f"{stem}.weight_packed": ("I32", (o, ceil(i * bits, 32))),
        f"{stem}.weight_scale": ("BF16", (o, groups)),
        f"{stem}.weight_shape": ("I64", (2,)),
    }
    return out | ({f"{stem}.weight_zero_point": ("I32", (ceil(o * bits, 32), groups))} if asym else {})


def ct_nvfp4(stem: str, o: int, i: int) -> Tensors:
    return {
        f"{stem}.weight_packed": ("U8", (o, i // 2)),
        f"{stem}.weight_scale": ("F8_E4M3", (o, i // 16)),
        f"{stem}.weight_global_scale": ("F32", (1,)),
        f"{stem}.input_global_scale": ("F32", (1,)),
    }


def ct_mxfp4(stem: str, o: int, i: int) -> Tensors:
    return {f"{stem}.weight_packed": ("U8", (o, i // 2)), f"{stem}.weight_scale": ("U8", (o, i // 32))}


def fp8(stem: str, o: int, i: int) -> Tensors:
    return {f"{stem}.weight": ("F8_E4M3", (o, i)), f"{stem}.weight_scale": ("BF16", (o, 1))}


def fp8_static(stem: str, o: int, i: int) -> Tensors:
    scales: Tensors = {f"{stem}.weight_scale": ("F32", ()), f"{stem}.input_scale": ("F32", ())}
    return {f"{stem}.weight": ("F8_E4M3", (o, i)), **scales}


def fp8_mistral(stem: str, o: int, i: int) -> Tensors:
    scales: Tensors = {f"{stem}.qscale_weight": ("F32", ()), f"{stem}.qscale_act": ("F32", ())}
    return {f"{stem}.weight": ("F8_E4M3", (o, i)), **scales}


def fp8_tensor(stem: str, o: int, i: int) -> Tensors:
    scales: Tensors = {f"{stem}.weight_scale_inv": ("BF16", ()), f"{stem}.activation_scale": ("BF16", ())}
    return {f"{stem}.weight": ("F8_E4M3", (o, i)), **scales}


def fp8_native(stem: str, o: int, i: int) -> Tensors:
    scale = (ceil(o, 128), ceil(i, 128))
    return {f"{stem}.weight": ("F8_E4M3", (o, i)), f"{stem}.scale": ("F8_E8M0", scale)}


def mx_bytes(stem: str, o: int, i: int) -> Tensors:
    return {f"{stem}.weight": ("I8", (o, i // 2)), f"{stem}.scale": ("F8_E8M0", (o, i // 32))}


def int8_block(stem: str, o: int, i: int) -> Tensors:
    scale = (ceil(o, 128), ceil(i, 128))
    return {f"{stem}.weight": ("I8", (o, i)), f"{stem}.weight_scale_inv": ("F32", scale)}


def eetq(stem: str, o: int, i: int) -> Tensors:
    return {f"{stem}.weight": ("I8", (o, i)), f"{stem}.weight_scales": ("F16", (o,))}


def fp8_block(stem: str, o: int, i: int) -> Tensors:
    scale = (ceil(o, 128), ceil(i, 128))
    return {f"{stem}.weight": ("F8_E4M3", (o, i)), f"{stem}.weight_scale_inv": ("F32", scale)}


def mxfp4(stem: str, o: int, i: int) -> Tensors:
    return {f"{stem}.weight_blocks": ("U8", (o, i // 32, 16)), f"{stem}.weight_scales": ("U8", (o, i // 32))}


def nvfp4(stem: str, o: int, i: int) -> Tensors:
    return {
        f"{stem}.weight": ("U8", (o, i // 2)),
        f"{stem}.weight_scale": ("F8_E4M3", (o, i // 16)),
        f"{stem}.weight_scale_2": ("F32", ()),
        f"{stem}.input_scale": ("F32", ()),
    }


def mlx(stem: str, o: int, i: int, *, bits: int = 4, group: int = 64) -> Tensors:
    scales: Tensors = {f"{stem}.{leaf}": ("BF16", (o, i // group)) for leaf in ("scales", "biases")}
    return {f"{stem}.weight": ("U32", (o, i * bits // 32)), **scales}


def mlx_mxfp4(stem: str, o: int, i: int) -> Tensors:
    return {f"{stem}.weight": ("U32", (o, i // 8)), f"{stem}.scales": ("U8", (o, i // 32))}


def torchao(stem: str, o: int, i: int) -> Tensors:
    return {
        f"{stem}._weight_qdata": ("I8", (o, i)),
        f"{stem}._weight_scale": ("F32", (o, 1)),
        f"{stem}._weight_zero_point": ("I8", (o, 1)),
    }


def quanto_int4(stem: str, o: int, i: int) -> Tensors:
    groups = o * i // 128
    side: Tensors = {f"{stem}.weight.{leaf}": ("BF16", (groups, 1)) for leaf in ("_scale", "_shift")}
    side |= {f"{stem}.{leaf}": ("BF16", ()) for leaf in ("input_scale", "output_scale")}
    return {f"{stem}.weight._data._data": ("U8", (ceil(groups * 4, 8), 128)), **side}


def quanto_int8(stem: str, o: int, i: int) -> Tensors:
    side: Tensors = {f"{stem}.{leaf}": ("BF16", ()) for leaf in ("input_scale", "output_scale")}
    return {f"{stem}.weight._data": ("I8", (o, i)), f"{stem}.weight._scale": ("BF16", (o, 1)), **side}


def hqq(stem: str, o: int, i: int, *, bits: int = 4) -> Tensors:
    rows = o * i // 64
    packed: Tensors = {f"{stem}.W_q": ("U8", (rows * bits // 8, 64))}
    if bits == 3:
        packed = {f"{stem}.W_q": ("I32", (ceil(rows, 10), 64))}
    side: Tensors = {f"{stem}.{leaf}": ("F16", (rows, 1)) for leaf in ("scale", "zero")}
    return packed | side | {f"{stem}.shape": ("I64", (2,)), f"{stem}.nbits": ("I64", ())}


def exl3(stem: str, o: int, i: int, *, words: int = 64) -> Tensors:
    return {
        f"{stem}.trellis": ("I16", (ceil(i, 16), ceil(o, 16), words)),
        f"{stem}.suh": ("F16", (i,)),
        f"{stem}.svh": ("F16", (o,)),
        f"{stem}.mcg": ("I32", ()),
    }


def exl2(stem: str, o: int, i: int) -> Tensors:
    return {
        f"{stem}.q_weight": ("I32", (i * 5 // 32, o)),
        f"{stem}.q_scale": ("I32", (i // 128, o // 8)),
        f"{stem}.q_scale_max": ("F16", (i // 128,)),
        f"{stem}.q_groups": ("I16", (2 * (i // 128),)),
        f"{stem}.q_invperm": ("I16", (i,)),
    }


def bitnet(stem: str, o: int, i: int) -> Tensors:
    return {f"{stem}.weight": ("U8", (o // 4, i)), f"{stem}.weight_scale": ("BF16", (1,))}


def svdquant(stem: str, o: int, i: int) -> Tensors:
    return {
        f"{stem}.qweight": ("I8", (o, i // 2)),
        f"{stem}.wscales": ("BF16", (i // 64, o)),
        f"{stem}.smooth_factor": ("BF16", (i,)),
        f"{stem}.proj_down": ("BF16", (i, 32)),
        f"{stem}.proj_up": ("BF16", (o, 32)),
    }


def comfy(stem: str, o: int, i: int) -> Tensors:
    return {f"{stem}.weight": ("F8_E4M3", (o, i)), f"{stem}.scale_weight": ("F32", ())}


def aqlm(stem: str, o: int, i: int) -> Tensors:
    return {
        f"{stem}.codes": ("I16", (o, i // 8, 1)),
        f"{stem}.codebooks": ("F16", (1, 65536, 1, 8)),
        f"{stem}.scales": ("F16", (o, 1, 1, 1)),
    }


def bitmask(stem: str, o: int, i: int) -> Tensors:
    return {
        f"{stem}.weight.compressed": ("BF16", (o * i // 2,)),
        f"{stem}.weight.bitmask": ("U8", (o, ceil(i, 8))),
        f"{stem}.weight.row_offsets": ("I64", (o,)),
        f"{stem}.weight.shape": ("I64", (2,)),
    }


def quark(stem: str, o: int, i: int) -> Tensors:
    return {
        f"{stem}.weight": ("I32", (i, o // 8)),
        f"{stem}.weight_scale": ("BF16", (i // 128, o)),
        f"{stem}.weight_zero_point": ("I32", (i // 128, o // 8)),
    }


def modelopt_int4(stem: str, o: int, i: int) -> Tensors:
    return {f"{stem}.weight": ("U8", (o // 2, i)), f"{stem}.weight_scale": ("F32", (o, i // 128))}


def marlin(stem: str, o: int, i: int) -> Tensors:
    return {f"{stem}.B": ("I32", (i // 16, o * 2)), f"{stem}.s": ("F16", (i // 128, o))}


def elements(tensors: Tensors) -> int:
    return sum(prod(shape) for _, shape in tensors.values())
