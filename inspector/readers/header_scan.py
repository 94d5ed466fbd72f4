"""The fast way through a header that a writer wrote: one regular expression per writer's style, all in C.

A header is taken only when every byte of it is accounted for; whatever is unusual (escapes, other
fields, duplicate keys in an entry, blanks elsewhere) makes `scan` return None, and the strict JSON reader
(`header_json`) decides. So this module can be wrong about speed and never about a verdict.
"""

import re
from array import array
from functools import lru_cache
from typing import Final, NamedTuple

from inspector.dtypes import BITS
from inspector.model import U64_MAX, Form

#: Characters scanned at once; bounds what the rows of a header of a million tensors take while they are made.
_CHUNK: Final = 1 << 20
_FIELDS: Final = {
    "dtype": r'"dtype":{s}"([A-Z0-9_]+)"',
    "shape": r'"shape":{s}\[((?:(?:0|[1-9][0-9]{{0,19}})(?:,{s}(?:0|[1-9][0-9]{{0,19}})){{0,99}})?)\]',
    "data_offsets": r'"data_offsets":{s}\[(0|[1-9][0-9]{{0,19}}),{s}(0|[1-9][0-9]{{0,19}})\]',
}
_FIRST_ENTRY: Final = re.compile(r'"[^"\\]*":( ?)\{"(dtype|shape|data_offsets)":[^{}]*?"(dtype|shape|data_offsets)":')


class Rows(NamedTuple):
    """Entries of a header in its order, as columns of equal length."""

    names: list[str]
    forms: list[Form]
    starts: "array[int]"
    stops: "array[int]"


class _Style(NamedTuple):
    """One writer's habits: `columns` are the groups of name, dtype, shape, begin, end in a match."""

    pattern: re.Pattern[str]
    columns: tuple[int, ...]
    fixed_chars: int
    separator_chars: int


def scan(text: str, start: int, stop: int) -> Rows | None:
    """All entries of `text[start:stop]`, which holds them between the braces of the header; None if unsure."""
    first = _FIRST_ENTRY.match(text, start, min(stop, start + 100_000))
    if first is None or first[2] == first[3]:
        return None
    style = _style(first[1], first[2], first[3])
    rows = Rows([], [], array("Q"), array("Q"))
    joint = "}," + first[1] + '"'
    while start < stop:
        end = text.find(joint, min(start + _CHUNK, stop), stop)
        end = stop if end < 0 else end + 1
        if not _scan_chunk(text, start, end, style, rows):
            return None
        start = end + 1 + len(first[1])
    return rows


def _scan_chunk(text: str, start: int, end: int, style: _Style, rows: Rows) -> bool:
    """Append the entries of `text[start:end]`; False where they do not account for every character of it."""
    found = style.pattern.findall(text, start, end)
    if not found:
        return False
    columns = tuple(zip(*found, strict=True))
    chars = sum(len("".join(column)) for column in columns) + style.fixed_chars * len(found)
    if chars + style.separator_chars * (len(found) - 1) != end - start:
        return False
    names, dtypes, shapes, begins, ends = (columns[i] for i in style.columns)
    made = [form for form in map(_form, dtypes, shapes) if form is not None]
    if len(made) != len(names):
        return False
    rows.names.extend(names)
    rows.forms.extend(made)
    return _extend(rows.starts, begins) and _extend(rows.stops, ends)


def _extend(column: "array[int]", numbers: tuple[str, ...]) -> bool:
    try:
        column.extend(array("Q", map(int, numbers)))
    except OverflowError:  # beyond 64 bits, which the loader refuses
        return False
    return True


@lru_cache(maxsize=65536)
def _form(dtype: str, shape_text: str) -> Form | None:
    """The form, one object for all tensors that share it; None for a dtype or dimension that the loader refuses."""
    shape = tuple(map(int, shape_text.split(","))) if shape_text else ()
    if dtype not in BITS or any(dim > U64_MAX for dim in shape):
        return None
    return Form(dtype, shape)


@lru_cache(maxsize=16)
def _style(space: str, first: str, second: str) -> _Style:
    """The expression for one key order and one habit of blanks; matches end at a comma or at the chunk's end."""
    third = next(field for field in _FIELDS if field not in (first, second))
    order = (first, second, third)
    body = rf",{space}".join(_FIELDS[field].format(s=space) for field in order)
    pattern = re.compile(rf'"([^"\\\x00-\x1f]*)":{space}\{{{body}\}}(?:,{space}|\Z)')
    columns = {"name": 0}
    for field in order:
        columns[field] = len(columns) + ("data_offsets" in columns)
    offsets = columns["data_offsets"]
    fixed = len('"":{}' + '"dtype":""' + '"shape":[]' + '"data_offsets":[,]' + ",,") + 7 * len(space)
    return _Style(pattern, (0, columns["dtype"], columns["shape"], offsets, offsets + 1), fixed, 1 + len(space))
