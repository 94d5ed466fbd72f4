"""The 22 dtypes of the format: bits per element and the first safetensors version that opens them.

Widths are in bits because F4 and F6 elements do not fill a byte.
"""

from typing import Final

from inspector.values import frozen

_SPEC: Final = "safetensors 0.8.0 `tensor.rs`, enum Dtype; first versions measured on the published wheels"


@frozen
class Dtype:
    """One dtype as a header spells it; `since` is the oldest loader known to open it, "" where all do."""

    name: str
    bits: int
    floating: bool
    since: str = ""
    source: str = _SPEC


def _row(name: str, bits: int, *, floating: bool = False, since: str = "") -> Dtype:
    return Dtype(name=name, bits=bits, floating=floating, since=since)


#: In the order of the loader's enum, which is the order its writer sorts by (descending).
DTYPES: Final[tuple[Dtype, ...]] = (
    _row("BOOL", 8),
    _row("F4", 4, floating=True, since="0.6.2"),
    _row("F6_E2M3", 6, floating=True, since="0.6.2"),
    _row("F6_E3M2", 6, floating=True, since="0.6.2"),
    _row("U8", 8),
    _row("I8", 8),
    _row("F8_E5M2", 8, floating=True),
    _row("F8_E4M3", 8, floating=True),
    _row("F8_E8M0", 8, floating=True, since="0.6.2"),
    _row("F8_E4M3FNUZ", 8, floating=True, since="0.8.0"),
    _row("F8_E5M2FNUZ", 8, floating=True, since="0.8.0"),
    _row("I16", 16),
    _row("U16", 16),
    _row("F16", 16, floating=True),
    _row("BF16", 16, floating=True),
    _row("I32", 32),
    _row("U32", 32),
    _row("F32", 32, floating=True),
    _row("C64", 64, floating=True, since="0.7.0"),
    _row("F64", 64, floating=True),
    _row("I64", 64),
    _row("U64", 64),
)

DTYPE_BY_NAME: Final = {row.name: row for row in DTYPES}
BITS: Final = {row.name: row.bits for row in DTYPES}
#: Names that frameworks and configurations give dtypes, and what a header calls them.
FRAMEWORK_NAMES: Final = {
    "float64": "F64",
    "float32": "F32",
    "float": "F32",
    "float16": "F16",
    "half": "F16",
    "bfloat16": "BF16",
}


def find_dtype(name: str) -> str:
    """The dtype as a header calls it, in any case and also by a framework's name (bfloat16); "" for none."""
    word = name.strip().lower().removeprefix("torch.")
    known = FRAMEWORK_NAMES.get(word, word.upper())
    return known if known in DTYPE_BY_NAME else ""
