"""Tensor types of GGUF files: the layout of one block, as a sum of its parts."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from inspector.values import frozen

if TYPE_CHECKING:
    from fractions import Fraction

_GGML: Final = "ggml/src/ggml-common.h (ggml 0.25.3); gguf-py/gguf/constants.py GGML_QUANT_SIZES"


@frozen
class GgufType:
    """One tensor type: `block_params` values are stored in the bytes of `block_parts` (what, bytes)."""

    name: str
    block_params: int
    block_parts: tuple[tuple[str, int], ...]
    source: str = _GGML

    @property
    def block_bytes(self) -> int:
        return sum(part for _, part in self.block_parts)

    @property
    def bits_per_weight(self) -> "Fraction":
        from fractions import Fraction

        return Fraction(8 * self.block_bytes, self.block_params)

    @property
    def layout(self) -> str:
        """The block as a sum that shows its parts: `2 scale + 16 quants = 18 bytes per 32`."""
        parts = " + ".join(f"{size} {what}" for what, size in self.block_parts)
        return f"{parts} = {self.block_bytes} bytes per {self.block_params}"

    def fits(self, row: int) -> bool:
        """Can a row of this many values be stored in whole blocks?"""
        return row % self.block_params == 0

    def bytes_of(self, elements: int) -> int:
        """Bytes of that many values, which fill whole blocks."""
        return elements // self.block_params * self.block_bytes


def _type(name: str, block: int, *parts: tuple[str, int]) -> GgufType:
    return GgufType(name=name, block_params=block, block_parts=parts)


#: Every type that a current file may hold; parts in the order of the C structure.
TYPES: Final = (
    _type("F32", 1, ("value", 4)),
    _type("F16", 1, ("value", 2)),
    _type("BF16", 1, ("value", 2)),
    _type("F64", 1, ("value", 8)),
    _type("I8", 1, ("value", 1)),
    _type("I16", 1, ("value", 2)),
    _type("I32", 1, ("value", 4)),
    _type("I64", 1, ("value", 8)),
    _type("Q4_0", 32, ("scale", 2), ("4-bit quants", 32 // 2)),
    _type("Q4_1", 32, ("scale", 2), ("minimum", 2), ("4-bit quants", 32 // 2)),
    _type("Q5_0", 32, ("scale", 2), ("fifth bits", 32 // 8), ("4-bit quants", 32 // 2)),
    _type("Q5_1", 32, ("scale", 2), ("minimum", 2), ("fifth bits", 32 // 8), ("4-bit quants", 32 // 2)),
    _type("Q8_0", 32, ("scale", 2), ("8-bit quants", 32)),
    _type("Q8_1", 32, ("scale", 2), ("sum", 2), ("8-bit quants", 32)),
    _type(
        "Q2_K", 256, ("4-bit scales and minima", 256 // 16), ("2-bit quants", 256 // 4), ("scale", 2), ("minimum", 2)
    ),
    _type("Q3_K", 256, ("high bits", 256 // 8), ("2-bit quants", 256 // 4), ("6-bit scales", 12), ("scale", 2)),
    _type("Q4_K", 256, ("scale", 2), ("minimum", 2), ("6-bit scales and minima", 12), ("4-bit quants", 256 // 2)),
    _type(
        "Q5_K",
        256,
        ("scale", 2),
        ("minimum", 2),
        ("6-bit scales and minima", 12),
        ("fifth bits", 256 // 8),
        ("4-bit quants", 256 // 2),
    ),
    _type("Q6_K", 256, ("low 4 bits", 256 // 2), ("high 2 bits", 256 // 4), ("8-bit scales", 256 // 16), ("scale", 2)),
    _type("Q8_K", 256, ("scale", 4), ("8-bit quants", 256), ("sums", 2 * 256 // 16)),
    _type("IQ1_S", 256, ("scale", 2), ("grid indices, low bits", 256 // 8), ("high bits and scales", 2 * 256 // 32)),
    _type("IQ1_M", 256, ("grid indices, low bits", 256 // 8), ("high bits", 256 // 16), ("scales", 256 // 32)),
    _type("IQ2_XXS", 256, ("scale", 2), ("grid indices, signs and scales", 2 * 256 // 8)),
    _type("IQ2_XS", 256, ("scale", 2), ("grid indices and signs", 2 * 256 // 8), ("4-bit scales", 256 // 32)),
    _type(
        "IQ2_S",
        256,
        ("scale", 2),
        ("grid indices and signs", 256 // 4),
        ("high bits", 256 // 32),
        ("4-bit scales", 256 // 32),
    ),
    _type("IQ3_XXS", 256, ("scale", 2), ("grid indices, signs and scales", 3 * 256 // 8)),
    _type(
        "IQ3_S",
        256,
        ("scale", 2),
        ("grid indices", 256 // 4),
        ("high bits", 256 // 32),
        ("signs", 256 // 8),
        ("4-bit scales", 256 // 64),
    ),
    _type("IQ4_NL", 32, ("scale", 2), ("4-bit indices", 32 // 2)),
    _type(
        "IQ4_XS",
        256,
        ("scale", 2),
        ("scales, high bits", 2),
        ("scales, low bits", 256 // 64),
        ("4-bit indices", 256 // 2),
    ),
    _type("TQ1_0", 256, ("ternary digits, 5 a byte", 48), ("ternary digits, 4 a byte", 4), ("scale", 2)),
    _type("TQ2_0", 256, ("2-bit digits", 256 // 4), ("scale", 2)),
    _type("MXFP4", 32, ("E8M0 scale", 1), ("E2M1 values", 32 // 2)),
    _type("NVFP4", 64, ("UE4M3 scales", 64 // 16), ("E2M1 values", 64 // 2)),
    _type("Q1_0", 128, ("scale", 2), ("1-bit quants", 128 // 8)),
    _type("Q2_0", 64, ("scale", 2), ("2-bit quants", 64 // 4)),
)

GGUF_TYPES: Final[Mapping[str, GgufType]] = MappingProxyType({row.name: row for row in TYPES})

#: What llama-quantize takes where a row does not fill blocks of the wanted type; F16 where that does not fit either.
FALLBACKS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "IQ1_S": "IQ4_NL",
        "IQ1_M": "IQ4_NL",
        "IQ2_XXS": "IQ4_NL",
        "IQ2_XS": "IQ4_NL",
        "IQ2_S": "IQ4_NL",
        "IQ3_XXS": "IQ4_NL",
        "IQ3_S": "IQ4_NL",
        "IQ4_XS": "IQ4_NL",
        "Q2_0": "Q4_0",
        "Q2_K": "Q4_0",
        "Q3_K": "Q4_0",
        "TQ1_0": "Q4_0",
        "TQ2_0": "Q4_0",
        "Q4_K": "Q5_0",
        "Q5_K": "Q5_1",
        "Q6_K": "Q8_0",
    }
)


def fitting_type(wanted: str, row: int) -> str:
    """The type that llama-quantize stores rows of that length in, "" where it gives up (Q1_0)."""
    chosen = GGUF_TYPES[wanted]
    if chosen.fits(row):
        return wanted
    fallback = FALLBACKS.get(wanted, wanted if chosen.block_params <= 32 else "")
    if not fallback:
        return ""
    return fallback if GGUF_TYPES[fallback].fits(row) else "F16"
