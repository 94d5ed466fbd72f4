"""The scheme catalogue as a table."""

import re
from fractions import Fraction

import pytest

from inspector.knowledge.schemes import FAMILIES, KEEPS_BY_ID, MARGINS, SCHEME_BY_ID, SCHEMES

#: Ids that are promised to users and programs.
_PROMISED = [
    *("cast/f32", "cast/f16", "cast/bf16", "cast/f8_e4m3"),
    *("ideal/8bit", "ideal/4bit", "ideal/3bit", "ideal/2bit", "ideal/1.58bit", "ideal/1bit"),
    *("gguf/q4_k_m", "gguf/q4_0", "gguf/q4_0+imatrix", "gguf/iq1_s", "gguf/mxfp4_moe", "gguf/tq1_0", "gguf/f16"),
    *("bnb/int8", "bnb/nf4", "bnb/nf4-dq", "bnb/fp4", "bnb/fp4-dq"),
    *(f"gptq/{bits}bit-g{group}" for bits in (2, 3, 4, 8) for group in (32, 64, 128, -1)),
    "awq/4bit-g128",
    *("ct/w4a16", "ct/w4a16-asym", "ct/w8a16", "ct/w8a8", "ct/fp8-dynamic", "ct/fp8", "ct/fp8-block"),
    *("ct/nvfp4", "ct/nvfp4a16", "ct/mxfp4a16", "fp8/block-128", "mxfp4/experts", "nvfp4/modelopt"),
    *(f"mlx/{bits}bit-g{group}" for bits in (2, 3, 4, 6, 8) for group in (32, 64, 128)),
    *("mlx/mxfp4", "mlx/nvfp4", "mlx/mxfp8", "torchao/int8wo", "torchao/fp8wo"),
    *("quanto/int8", "quanto/int4", "quanto/int2", "quanto/fp8", "hqq/4bit-g64", "exl3/4.0", "bitnet/b1.58"),
    *("comfy/fp8", "comfy/fp8-scaled", "sdcpp/q8_0", "svdq/int4", "svdq/fp4"),
]


@pytest.mark.parametrize("scheme_id", _PROMISED)
def test_every_promised_scheme_is_there(scheme_id: str) -> None:
    assert scheme_id in SCHEME_BY_ID


def test_ids_are_unique_and_begin_with_their_family() -> None:
    assert len({row.id for row in SCHEMES}) == len(SCHEMES)
    assert all(row.id.startswith(f"{row.family}/") for row in SCHEMES)
    assert all(re.fullmatch(r"[a-z0-9]+/[a-z0-9_.+-]+", row.id) for row in SCHEMES)


def test_rows_of_a_family_stand_together() -> None:
    seen = [row.family for row in SCHEMES]
    assert seen == sorted(seen, key=FAMILIES.index)


def test_every_row_has_its_source_tool_and_rule() -> None:
    for row in SCHEMES:
        assert row.source
        assert row.tool
        assert row.summary
        assert row.keeps in KEEPS_BY_ID
    assert {row.keeps for row in SCHEMES} == set(KEEPS_BY_ID)
    assert all(rule.source and rule.converts and rule.keeps for rule in KEEPS_BY_ID.values())


def test_margins_are_of_families_that_no_comparison_covers() -> None:
    assert set(MARGINS) <= set(FAMILIES)
    assert not any(row.compared for row in SCHEMES if row.family in MARGINS)
    assert all(0 <= low < 100 and 0 <= high < 100 and why for low, high, why in MARGINS.values())


@pytest.mark.parametrize(
    ("scheme_id", "bits"),
    [
        ("cast/bf16", Fraction(16)),
        ("ideal/1.58bit", Fraction(79, 50)),
        ("gguf/q8_0", Fraction(17, 2)),
        ("gguf/q6_k", Fraction(105, 16)),
        ("bnb/nf4", Fraction(9, 2)),
        ("bnb/nf4-dq", Fraction(8452 * 8, 16384)),
        ("gptq/4bit-g128", Fraction(64 * 8 + 16 + 4, 128)),
        ("gptq/3bit-g-1", Fraction(3)),
        ("ct/w4a16", Fraction(33, 8)),
        ("ct/nvfp4a16", Fraction(9, 2)),
        ("ct/mxfp4a16", Fraction(17, 4)),
        ("fp8/block-128", 8 + Fraction(32, 16384)),
        ("mlx/4bit-g64", Fraction(9, 2)),
        ("mlx/mxfp8", Fraction(33, 4)),
        ("hqq/3bit-g64", Fraction(37, 10)),
        ("exl3/3.5", Fraction(7, 2)),
        ("bitnet/b1.58", Fraction(2)),
        ("svdq/int4", Fraction(17, 4)),
    ],
)
def test_bits_derive_from_the_parts_of_a_block(scheme_id: str, bits: Fraction) -> None:
    row = SCHEME_BY_ID[scheme_id]
    assert row.bits_per_weight == bits
    assert row.block_bits == sum(size for _, size in row.block_parts)
