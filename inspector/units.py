"""Bytes and counts as people write and read them: the only module that knows 1000 from 1024, the only one that rounds.

`GB` is 10^9 bytes and `GiB` 2^30, always.
"""

import re
from typing import TYPE_CHECKING, Final, Literal

from inspector.errors import UsageError

if TYPE_CHECKING:
    from fractions import Fraction

Units = Literal["si", "iec", "bytes"]

_SI: Final = ("B", "kB", "MB", "GB", "TB", "PB", "EB")
_IEC: Final = ("B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB")
_FACTORS: Final[dict[str, int]] = {
    "": 1,
    "b": 1,
    "byte": 1,
    "bytes": 1,
    **{name.lower(): 1000**power for power, name in enumerate(_SI)},
    **{name.lower(): 1024**power for power, name in enumerate(_IEC)},
}
_SIZE: Final = re.compile(r"\A\s*(\d[\d_,]{0,40})(?:\.(\d{1,40}))?\s*([A-Za-z]*)\s*\Z")
_COUNT: Final = ((10**12, "T"), (10**9, "B"), (10**6, "M"), (10**3, "k"))


def parse_size(text: str) -> int:
    """Bytes of a size as people write it: "5GB", "5 GiB", "1_000_000", "0.5 TB". Parts of a byte are dropped.

    Raises `UsageError` with an example for anything else, also for a bare K, M or G, which means two things.
    """
    match = _SIZE.match(text)
    factor = _FACTORS.get(match[3].lower()) if match else None
    if match is None or factor is None:
        bare = match is not None and match[3].lower() in ("k", "m", "g", "t", "ki", "mi", "gi", "ti")
        example = f"{match[1]}{match[3][0].upper()}B or {match[1]}{match[3][0].upper()}iB" if bare and match else "5GB"
        raise UsageError(f"{text!r} is not a size.", hint=f"Write it like {example} (GB is 10^9, GiB is 2^30 bytes).")
    whole = re.sub(r"[_,]", "", match[1])
    digits = match[2] or ""
    return int(whole + digits) * factor // int(10 ** len(digits))


def parse_count(text: str) -> int:
    """A count as people write it: "8B", "350M", "1_000_000", "1.5B". Raises `UsageError` for anything else."""
    match = re.fullmatch(r"\s*(\d[\d_,]{0,40})(?:\.(\d{1,40}))?\s*([kKmMbBtT]?)\s*", text)
    if match is None:
        raise UsageError(f"{text!r} is not a count.", hint="Write it like 8B, 350M or 1_000_000.")
    factor: int = {"": 1, "k": 10**3, "m": 10**6, "b": 10**9, "t": 10**12}[match[3].lower()]
    digits = match[2] or ""
    return int(re.sub(r"[_,]", "", match[1]) + digits) * factor // int(10 ** len(digits))


def parse_percent(text: str) -> "Fraction":
    """The fraction that a percentage stands for: "2 %" is 1/50. Raises `UsageError` for anything else."""
    match = re.fullmatch(r"\s*(\d{1,40}(?:\.\d{1,40})?)\s*%\s*", text)
    if match is None:
        raise UsageError(f"{text!r} is not a percentage.", hint="Write it like 2%.")
    from fractions import Fraction

    return Fraction(match[1]) / 100


def format_bytes(count: int, units: Units = "si") -> str:
    """Bytes for people: three significant figures or more ("16.06 GB"), exact below a thousand and for "bytes"."""
    if units == "bytes":
        return f"{count:,}"
    base, names = (1000, _SI) if units == "si" else (1024, _IEC)
    size, power = abs(count), 0
    while power < len(names) - 1 and size >= base ** (power + 1):
        power += 1
    if power == 0:
        return f"{count:,} B"
    hundredths = _rounded(size * 100, base**power)
    if hundredths >= 100 * base and power < len(names) - 1:
        power, hundredths = power + 1, _rounded(size * 100, base ** (power + 1))
    return f"{'-' if count < 0 else ''}{hundredths // 100:,}.{hundredths % 100:02d} {names[power]}"


def format_signed_bytes(count: int, units: Units = "si") -> str:
    """A difference in bytes, with its sign."""
    return ("+" if count > 0 else "") + format_bytes(count, units)


def format_count(count: int) -> str:
    """A count for people ("8.03B", "124.44M"), exact below a thousand."""
    for factor, suffix in _COUNT:
        if abs(count) >= factor:
            hundredths = _rounded(abs(count) * 100, factor)
            sign = "-" if count < 0 else ""
            return f"{sign}{hundredths // 100:,}.{hundredths % 100:02d}{suffix}"
    return str(count)


def plural(count: int, noun: str) -> str:
    """A number of things, in the singular for one: "1 file", "1,200 files"."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def format_share(part: int, whole: int) -> str:
    """A share in percent, one decimal; "" of nothing; "<0.1 %" where it would round to none."""
    if whole == 0:
        return ""
    tenths = _rounded(part * 1000, whole)
    return "<0.1 %" if part and tenths == 0 else f"{tenths // 10}.{tenths % 10} %"


def format_ratio(value: "Fraction", digits: int = 2) -> str:
    """A fraction as a decimal of `digits` places, correctly rounded."""
    return format_quotient(value.numerator, value.denominator, digits)


def format_quotient(numerator: int, denominator: int, digits: int = 2) -> str:
    """One integer by another as a decimal of `digits` places, correctly rounded."""
    scaled = _rounded(numerator * 10**digits, denominator)
    sign, scaled = ("-", -scaled) if scaled < 0 else ("", scaled)
    return f"{sign}{scaled // 10**digits}.{scaled % 10**digits:0{digits}d}" if digits else f"{sign}{scaled}"


def ceil_div(count: int, size: int) -> int:
    """How many pieces of `size` hold `count`."""
    return -(-count // size)


def round_up(count: int, size: int) -> int:
    """The next multiple of `size` that is not below `count`."""
    return ceil_div(count, size) * size


def _rounded(numerator: int, denominator: int) -> int:
    """The nearest integer, halves away from zero."""
    sign = -1 if numerator < 0 else 1
    return sign * ((2 * abs(numerator) + denominator) // (2 * denominator))
