from fractions import Fraction

import pytest

from inspector.knowledge.gguf_types import FALLBACKS, GGUF_TYPES, TYPES, fitting_type

#: Type -> elements and bytes of a block, as ggml's own static assertions have them.
BLOCKS = {
    "F32": (1, 4),
    "F16": (1, 2),
    "BF16": (1, 2),
    "F64": (1, 8),
    "I8": (1, 1),
    "I16": (1, 2),
    "I32": (1, 4),
    "I64": (1, 8),
    "Q4_0": (32, 18),
    "Q4_1": (32, 20),
    "Q5_0": (32, 22),
    "Q5_1": (32, 24),
    "Q8_0": (32, 34),
    "Q8_1": (32, 36),
    "Q2_K": (256, 84),
    "Q3_K": (256, 110),
    "Q4_K": (256, 144),
    "Q5_K": (256, 176),
    "Q6_K": (256, 210),
    "Q8_K": (256, 292),
    "IQ1_S": (256, 50),
    "IQ1_M": (256, 56),
    "IQ2_XXS": (256, 66),
    "IQ2_XS": (256, 74),
    "IQ2_S": (256, 82),
    "IQ3_XXS": (256, 98),
    "IQ3_S": (256, 110),
    "IQ4_NL": (32, 18),
    "IQ4_XS": (256, 136),
    "TQ1_0": (256, 54),
    "TQ2_0": (256, 66),
    "MXFP4": (32, 17),
    "NVFP4": (64, 36),
    "Q1_0": (128, 18),
    "Q2_0": (64, 18),
}


def test_every_block_has_the_bytes_of_the_library() -> None:
    assert {row.name: (row.block_params, row.block_bytes) for row in TYPES} == BLOCKS


def test_names_are_unique_and_have_a_source() -> None:
    assert len(GGUF_TYPES) == len(TYPES)
    assert all(row.source for row in TYPES)


def test_bits_per_weight_are_a_fraction() -> None:
    assert GGUF_TYPES["Q6_K"].bits_per_weight == Fraction(105, 16)
    assert GGUF_TYPES["MXFP4"].bits_per_weight == Fraction(17, 4)


def test_the_layout_shows_its_parts() -> None:
    assert GGUF_TYPES["Q4_0"].layout == "2 scale + 16 4-bit quants = 18 bytes per 32"


@pytest.mark.parametrize(
    ("wanted", "row", "stored"),
    [
        ("Q4_K", 256, "Q4_K"),
        ("Q4_K", 255, "F16"),
        ("Q4_K", 288, "Q5_0"),
        ("Q5_K", 288, "Q5_1"),
        ("Q6_K", 288, "Q8_0"),
        ("IQ3_S", 288, "IQ4_NL"),
        ("TQ1_0", 288, "Q4_0"),
        ("Q2_0", 96, "Q4_0"),
        ("Q8_0", 96, "Q8_0"),
        ("Q8_0", 80, "F16"),
        ("IQ4_NL", 33, "F16"),
        ("Q1_0", 128, "Q1_0"),
        ("Q1_0", 96, ""),
    ],
)
def test_rows_that_do_not_fill_blocks_fall_back(wanted: str, row: int, stored: str) -> None:
    assert fitting_type(wanted, row) == stored


def test_fallbacks_lead_to_smaller_blocks() -> None:
    for wanted, fallback in FALLBACKS.items():
        assert GGUF_TYPES[fallback].block_params < GGUF_TYPES[wanted].block_params
