"""Layouts that pack several values into an integer word: GPTQ, AWQ, Marlin, compressed-tensors, MLX, SVDQuant.

A formula returns None where the shapes do not fit; it never guesses. Letters: `o` rows of the logical weight
(outputs), `i` its columns (inputs), `lead` the dimensions before them (experts).
"""

from typing import Final

from inspector.analyses.unpacking.hints import Candidate, Hints, choose, group_of, word_candidates
from inspector.analyses.unpacking.modules import Module
from inspector.analyses.unpacking.shapes import (
    EXPONENTS,
    FP8,
    Decoded,
    grouped_id,
    matrix,
    pair_of,
)
from inspector.knowledge.packings import PackingRow
from inspector.units import ceil_div

_MLX_SIZES: Final = (64, 32, 128)


def gptq(module: Module, row: PackingRow, hints: Hints) -> Decoded | None:
    both = pair_of(module, row.anchor, "scales")
    if both is None or both[0].columns != both[1].columns:
        return None
    (lead, words, o), (_, groups, _) = both
    index, zeros = module.forms.get("g_idx"), module.forms.get("qzeros")
    bits: int | None = None
    if index is not None and index.shape and index.shape[-1] and 32 * words % index.shape[-1] == 0:
        bits, why = 32 * words // index.shape[-1], f"g_idx has {index.shape[-1]} columns"
    elif zeros is not None and len(zeros.shape) > 1 and 32 * zeros.shape[-1] % o == 0:
        bits, why = 32 * zeros.shape[-1] // o, "qzeros against scales"
    else:
        bits, why = hints.declared.bits, "bits from the configuration"
    if bits is None or not 1 <= bits <= 8 or groups > 32 * words // bits:
        return None
    i = 32 * words // bits
    size = group_of(i, groups, hints.declared.group_size)
    return Decoded(scheme=grouped_id(row.id, bits, size), bits=bits, group_size=size, shape=(*lead, o, i), evidence=why)


def awq_gemm(module: Module, row: PackingRow, hints: Hints) -> Decoded | None:
    both = pair_of(module, row.anchor, "scales", "scale")
    if both is None:
        return None
    (lead, i, words), (_, groups, o) = both
    if 32 * words % o or not 1 <= 32 * words // o <= 8 or groups > i:
        return None
    bits, size = 32 * words // o, group_of(i, groups, hints.declared.group_size)
    why = f"{words} words for {o} outputs"
    return Decoded(scheme=grouped_id(row.id, bits, size), bits=bits, group_size=size, shape=(*lead, o, i), evidence=why)


def awq_gemv(module: Module, row: PackingRow, hints: Hints) -> Decoded | None:
    both = pair_of(module, row.anchor, "scales")
    zeros = module.forms.get("qzeros")
    if both is None or zeros is None or len(zeros.shape) < 2 or both[0].rows != both[1].rows:
        return None
    (lead, o, words), (_, _, padded) = both
    bits = 32 * zeros.shape[-1] // padded
    if 32 * zeros.shape[-1] % padded or bits not in (2, 4, 8):
        return None
    i = 32 * words // bits
    said = hints.declared.group_size
    size = next(
        (s for s in (said, 128, 64, 32) if s and s > 0 and ceil_div(ceil_div(i, s), 32 // bits) == zeros.shape[-1]),
        said,
    )
    why = "rows are outputs, scales and zeros padded"
    return Decoded(scheme=grouped_id(row.id, bits, size), bits=bits, group_size=size, shape=(*lead, o, i), evidence=why)


def awq_gemv_fast(module: Module, row: PackingRow, hints: Hints) -> Decoded | None:
    both = pair_of(module, row.anchor, "scales")
    if both is None or 4 * both[0].rows != both[1].columns:
        return None
    (lead, rows, i), _ = both
    size = hints.declared.group_size
    why = "I16 words of four values, four outputs interleaved"
    return Decoded(
        scheme=grouped_id(row.id, 4, size), bits=4, group_size=size, shape=(*lead, 4 * rows, i), evidence=why
    )


def nunchaku_awq(module: Module, row: PackingRow, hints: Hints) -> Decoded | None:
    both = pair_of(module, row.anchor, "wscales")
    if both is None:
        return None
    (lead, rows, columns), (_, groups, o) = both
    if o != 4 * rows:
        return None
    size = group_of(2 * columns, groups)
    shape = (*lead, o, 2 * columns)
    return Decoded(
        scheme=grouped_id(row.id, 4, size), bits=4, group_size=size, shape=shape, evidence="four outputs a row of words"
    )


def svdquant(module: Module, row: PackingRow, hints: Hints) -> Decoded | None:
    both = pair_of(module, row.anchor, "wscales")
    if both is None or both[0].rows != both[1].columns:
        return None
    (lead, o, half), (_, groups, _) = both
    size = group_of(2 * half, groups)
    kind = "fp4" if module.forms["wscales"].dtype in FP8 or size == 16 else "int4"
    why = "two values a byte; the low-rank branch is a part of the same weight"
    return Decoded(scheme=f"{row.id}/{kind}", bits=4, group_size=size, shape=(*lead, o, 2 * half), evidence=why)


def marlin(module: Module, row: PackingRow, hints: Hints) -> Decoded | None:
    both = pair_of(module, row.anchor, "s", "scales")
    if both is None:
        return None
    (lead, tiles, words), (_, groups, o) = both
    if 2 * words % o or not 1 <= 2 * words // o <= 8:
        return None
    bits, i = 2 * words // o, 16 * tiles
    size = group_of(i, groups)
    return Decoded(
        scheme=grouped_id(row.id, bits, size),
        bits=bits,
        group_size=size,
        shape=(*lead, o, i),
        evidence="tiles of 16 rows",
    )


def marlin_24(module: Module, row: PackingRow, hints: Hints) -> Decoded | None:
    both = pair_of(module, row.anchor, "scale_packed")
    if both is None:
        return None
    (lead, tiles, words), (_, groups, o) = both
    if 2 * words % o or not 1 <= 2 * words // o <= 8:
        return None
    i = 32 * tiles
    why = "two of four values kept, tiles of 16 rows"
    size = group_of(i, groups)
    return Decoded(scheme=row.id, bits=2 * words // o, group_size=size, shape=(*lead, o, i), evidence=why)


def ct_candidates(module: Module, hints: Hints) -> tuple[Candidate, ...]:
    """Readings of pack-quantized words; zero points, which are packed along the outputs, settle the bits."""
    both = pair_of(module, "packed", "scale")
    if both is None or both[0].rows != both[1].rows:
        return ()
    (_, o, words), (_, _, groups) = both
    found = word_candidates(module.weight, words, groups, hints)
    zeros = module.forms.get("zero_point")
    if zeros is not None and len(zeros.shape) > 1 and zeros.dtype in ("I32", "U32"):
        found = tuple(c for c in found if ceil_div(o * c.bits, 32) == zeros.shape[-2])
    return found


def ct_words(module: Module, row: PackingRow, hints: Hints) -> Decoded | None:
    best = choose(ct_candidates(module, hints), hints, module.example)
    values = matrix(module.forms[row.anchor])
    if best is None or values is None:
        return None
    asym = "-asym" * ("zero_point" in module.forms)
    why = f"{values.columns} words a row; {best.columns} columns" + best.seen
    return Decoded(
        scheme=f"{row.id}/w{best.bits}a16{asym}",
        bits=best.bits,
        group_size=best.group_size,
        shape=(*values.lead, values.rows, best.columns),
        evidence=why,
    )


def mlx_candidates(module: Module, hints: Hints) -> tuple[Candidate, ...]:
    """Readings of affine MLX rows: exact, 64, 32 or 128 columns a group."""
    both = pair_of(module, "weight", "scales")
    if both is None or both[0].rows != both[1].rows or module.forms["scales"].dtype in EXPONENTS:
        return ()
    words, groups = both[0].columns, both[1].columns
    exact = ((bits, size) for size in _MLX_SIZES for bits in (4, 8, 2, 3, 6, 5) if groups * size * bits == 32 * words)
    return tuple(
        Candidate(bits=bits, group_size=size, columns=groups * size, fit=hints.fit(module.weight, groups * size))
        for bits, size in exact
    )


_MLX_FLOATS: Final = {(4, 32): "mxfp4", (4, 16): "nvfp4", (8, 32): "mxfp8"}


def mlx(module: Module, row: PackingRow, hints: Hints) -> Decoded | None:
    both = pair_of(module, row.anchor, "scales")
    if both is None or both[0].lead != both[1].lead or both[0].rows != both[1].rows:
        return None
    (lead, o, words), (_, _, groups) = both
    why = f"{words} words and {groups} scales a row"
    if module.forms["scales"].dtype in EXPONENTS:
        for (bits, size), name in _MLX_FLOATS.items():
            if groups * size * bits == 32 * words:
                shape = (*lead, o, groups * size)
                return Decoded(scheme=f"mlx/{name}", bits=bits, group_size=size, shape=shape, evidence=why)
        return None
    best = choose(mlx_candidates(module, hints), hints, module.example)
    if best is None:
        return None
    return Decoded(
        scheme=grouped_id(row.id, best.bits, best.group_size),
        bits=best.bits,
        group_size=best.group_size,
        shape=(*lead, o, best.columns),
        evidence=why + f"; {best.columns} columns" + best.seen,
    )
