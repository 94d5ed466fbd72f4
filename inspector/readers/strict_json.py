"""JSON as serde_json reads it: Python's parser with hooks and checks that close the difference.

Python's json accepts what serde_json refuses (NaN, lone surrogates, 1e999, 130 levels, true as a number) and says
less. Measured against safetensors 0.8.0.
"""

import json
import math
import re
from functools import cache
from typing import Any, Final

from inspector.model import U64_MAX
from inspector.text import shorten

#: Nested containers that serde_json opens before it refuses.
MAX_DEPTH: Final = 127
#: Headers up to this size are read strictly whatever they hold; for larger ones the memory is estimated first.
ALWAYS_READ_BYTES: Final = 2_000_000
#: Bytes of working memory per byte of header, and on top of it, that reading a header may take.
MEMORY_PER_HEADER_BYTE: Final = 7
MEMORY_BASE_BYTES: Final = 30_000_000
BLANKS: Final = " \t\n\r"
#: From here on rounding decides whether a number fits a 64-bit float.
_NEARLY_TOO_LARGE: Final = 1.79e308
#: An exponent of more digits moves the point further than a header has digits.
_NUMBER: Final = re.compile(
    r"-?(?P<whole>[0-9]+)(?:\.(?P<fraction>[0-9]+))?(?:[eE](?P<exponent>[+-]?0*[0-9]{1,10}))?\Z"
)
_SURROGATE: Final = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}(\\u[dD][c-fC-F][0-9a-fA-F]{2})?|\\u[dD][c-fC-F]|\\[^u]")


class TooComplex(Exception):
    """A header whose reading would take more memory than this module promises; the text names the limit."""


class NotStrict(Exception):
    """A value that serde_json refuses: the fault's kind and what was seen."""

    def __init__(self, kind: str, saw: str, position: int | None = None) -> None:
        super().__init__(kind)
        self.kind, self.saw, self.position = kind, saw, position


class Pairs(list[tuple[str, Any]]):
    """A JSON object with its keys in order, duplicates kept."""


def _overflows(text: str) -> bool:
    """Does serde_json call this number too large? It rounds twice, so that a few of the largest floats do not fit.

    It keeps the digits that fit 64 bits, as an integer, and multiplies them by a power of ten.
    """
    parts = _NUMBER.match(text)
    if parts is None:
        return True
    whole, fraction = parts["whole"], parts["fraction"] or ""
    significand, dropped = _fitting(whole)
    exponent = int(parts["exponent"] or 0) + dropped
    if dropped:
        for digit in fraction:
            if significand * 10 + int(digit) > U64_MAX:
                break
            significand, exponent = significand * 10 + int(digit), exponent - 1
    else:
        significand, dropped = _fitting((whole + fraction).lstrip("0") or "0")
        exponent -= len(fraction) - dropped
    return significand > 0 and exponent >= 0 and (exponent > 308 or significand * _power_of_ten(exponent) == math.inf)


def _fitting(digits: str) -> tuple[int, int]:
    """The longest beginning of a number that fits 64 bits, and how many digits were dropped."""
    kept = int(digits[:20])
    if kept > U64_MAX:
        return int(digits[:19]), len(digits) - 19
    return kept, max(0, len(digits) - 20)


@cache
def _power_of_ten(exponent: int) -> float:
    return float(f"1e{exponent}")


def load(text: str) -> Any:
    try:
        value, end = decoder().raw_decode(text, len(text) - len(text.lstrip(BLANKS)))
    except RecursionError:
        raise NotStrict("header-too-deep", f"more than {MAX_DEPTH} nested containers") from None
    except json.JSONDecodeError as error:
        raise NotStrict("header-not-json", _json_problem(text, error), error.pos) from None
    except ValueError as error:
        raise NotStrict("header-not-json", str(error)) from None
    if end != end_of_json(text):
        saw = f"{show(text[end : end + 8])} after the JSON object"
        raise NotStrict("header-not-json", saw, end)
    if (position := lone_surrogate(text, 0, len(text))) is not None:
        raise NotStrict("lone-surrogate", f"{text[position : position + 6]} without its other half", position)
    if _deeper_than(value, MAX_DEPTH):
        raise NotStrict("header-too-deep", f"more than {MAX_DEPTH} nested containers")
    return value


@cache
def decoder() -> json.JSONDecoder:
    return json.JSONDecoder(
        object_pairs_hook=Pairs, parse_int=_integer, parse_float=_float, parse_constant=_refuse_constant
    )


def demand_memory(text: str) -> None:
    """Refuse, before any value is made, what would take more memory than promised."""
    if len(text) <= ALWAYS_READ_BYTES:
        return
    strings, lists = text.count('"') // 2, text.count("[")
    pairs = text.count(":")
    needed = 60 * strings + 64 * lists + 100 * text.count("{") + 40 * text.count(",") + 100 * pairs
    width = 1 if text.isascii() else 4
    allowed = MEMORY_BASE_BYTES + (MEMORY_PER_HEADER_BYTE - width) * len(text)
    if needed > allowed:
        raise TooComplex(
            f"a header of {len(text):,} characters whose JSON would take about {needed // 1_000_000:,} MB to read; "
            f"the limit for its size is {allowed // 1_000_000:,} MB"
        )


def _integer(text: str) -> int | float:
    """An integer, perhaps beyond 64 bits; -0 is a float, as serde_json takes it."""
    if len(text) > 310:  # no leading zeros in JSON, so beyond the largest 64-bit float
        raise NotStrict("number-out-of-range", f"an integer of {len(text):,} digits")
    if len(text) > 300:
        _float(text)
    return int(text) if text != "-0" else -0.0


def _float(text: str) -> float:
    number = float(text)
    if abs(number) >= _NEARLY_TOO_LARGE and _overflows(text):
        raise NotStrict("number-out-of-range", f"the number {shorten(text, 40)}")
    return number


def _refuse_constant(text: str) -> None:
    raise NotStrict("header-not-json", f"{text}, which is not JSON")


def end_of_json(text: str) -> int:
    stop = len(text)
    while stop and text[stop - 1] in BLANKS:
        stop = len(text[:stop].rstrip(BLANKS))
    return stop


def _json_problem(text: str, error: json.JSONDecodeError) -> str:
    found = show(text[error.pos : error.pos + 8]) if error.pos < len(text) else "the end of the header"
    return f"{error.msg.removesuffix(' at')} at {found}"


def lone_surrogate(text: str, start: int, stop: int) -> int | None:
    """Position of the first \\u escape of half a character, None if there is none."""
    if text.find("\\u", start, stop) < 0:
        return None
    for match in _SURROGATE.finditer(text, start, stop):
        if match[0][1] == "u" and match[1] is None:
            return match.start()
    return None


def _deeper_than(value: Any, limit: int) -> bool:
    """Does `value` nest more than `limit` containers? Iterative: the depth is the attacker's choice."""
    level: list[Any] = [value] if isinstance(value, list) else []
    for _ in range(limit):
        nested: list[Any] = []
        for item in level:
            if isinstance(item, Pairs):
                nested += [v for _, v in item if isinstance(v, list)]
            else:
                nested += [v for v in item if isinstance(v, list)]
        if not nested:
            return False
        level = nested
    return True


def kind_of(value: Any) -> str:
    """What a value is, with its article."""
    kinds = {Pairs: "an object", list: "a list", str: "a string", bool: "a boolean"}
    return "null" if value is None else kinds.get(type(value), "a number")


def show(text: str, limit: int = 60) -> str:
    """Text in quotes, in ASCII, cut after `limit` characters."""
    return f"{text[:limit]!a}{'…' if len(text) > limit else ''}"
