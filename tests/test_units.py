"""Sizes as people write and read them."""

from fractions import Fraction

import pytest

from inspector.errors import UsageError
from inspector.units import (
    ceil_div,
    format_bytes,
    format_count,
    format_ratio,
    format_share,
    format_signed_bytes,
    parse_count,
    parse_percent,
    parse_size,
    round_up,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("5GB", 5 * 10**9),
        ("5 GiB", 5 * 2**30),
        ("1_000_000", 1_000_000),
        ("1,000,000", 1_000_000),
        ("0.5 TB", 5 * 10**11),
        ("0", 0),
        ("1 byte", 1),
        ("1.5 KiB", 1536),
        ("0.1 KiB", 102),
        (" 12 kB ", 12_000),
        ("3mb", 3_000_000),
        ("8EiB", 8 * 2**60),
    ],
)
def test_sizes_as_people_write_them(text: str, expected: int) -> None:
    assert parse_size(text) == expected


@pytest.mark.parametrize("text", ["", "GB", "-1GB", "5 G", "5K", "five GB", "1.GB", "1e9", "5 GBs", "0x10", "1 2 GB"])
def test_nonsense_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse_size(text)
    assert "GB" in refused.value.hint
    assert refused.value.exit_code == 2


@pytest.mark.parametrize(
    ("count", "si", "iec"),
    [
        (0, "0 B", "0 B"),
        (999, "999 B", "999 B"),
        (1000, "1.00 kB", "1,000 B"),
        (1023, "1.02 kB", "1,023 B"),
        (1024, "1.02 kB", "1.00 KiB"),
        (999_994, "999.99 kB", "976.56 KiB"),
        (999_995, "1.00 MB", "976.56 KiB"),
        (1024**2 - 1, "1.05 MB", "1.00 MiB"),
        (16_060_522_496, "16.06 GB", "14.96 GiB"),
        (10**21, "1,000.00 EB", "867.36 EiB"),
        (-1500, "-1.50 kB", "-1.46 KiB"),
    ],
)
def test_bytes_for_people(count: int, si: str, iec: str) -> None:
    assert format_bytes(count, "si") == si
    assert format_bytes(count, "iec") == iec
    assert format_bytes(count, "bytes") == f"{count:,}"


def test_differences_carry_their_sign() -> None:
    assert [format_signed_bytes(n) for n in (2000, 0, -2000)] == ["+2.00 kB", "0 B", "-2.00 kB"]


@pytest.mark.parametrize(
    ("count", "expected"),
    [(0, "0"), (999, "999"), (1536, "1.54k"), (124_439_808, "124.44M"), (8_030_261_248, "8.03B"), (10**12, "1.00T")],
)
def test_counts_for_people(count: int, expected: str) -> None:
    assert format_count(count) == expected


def test_counts_as_people_write_them() -> None:
    assert [parse_count(text) for text in ("8B", "350M", "1_000", "1.5b", "2k")] == [8e9, 35e7, 1000, 15e8, 2000]
    with pytest.raises(UsageError):
        parse_count("many")


def test_shares_never_round_something_to_nothing() -> None:
    assert format_share(1, 10**9) == "<0.1 %"
    assert format_share(0, 10) == "0.0 %"
    assert format_share(1, 3) == "33.3 %"
    assert format_share(1, 0) == ""


def test_percentages_are_exact() -> None:
    assert parse_percent("2 %") == Fraction(1, 50)
    assert parse_percent("0.1%") == Fraction(1, 1000)
    with pytest.raises(UsageError):
        parse_percent("2")


def test_ratios_round_halves_away_from_zero() -> None:
    assert format_ratio(Fraction(9, 2), 2) == "4.50"
    assert format_ratio(Fraction(1, 8), 2) == "0.13"
    assert format_ratio(Fraction(-1, 8), 2) == "-0.13"
    assert format_ratio(Fraction(5, 2), 0) == "3"


@pytest.mark.parametrize(("count", "pieces", "padded"), [(0, 0, 0), (1, 1, 32), (32, 1, 32), (33, 2, 64)])
def test_rounding_up(count: int, pieces: int, padded: int) -> None:
    assert (ceil_div(count, 32), round_up(count, 32)) == (pieces, padded)
