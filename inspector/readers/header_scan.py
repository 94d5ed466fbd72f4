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
from inspector.readers.strict_json import TooComplex

#: Characters scanned at once; bounds what the rows of a header of a million tensors take while they are made.
_CHUNK: Final = 1 << 20
#: Different forms, dtype with shape, that one file may have; real ones have hundreds, and each is worked on by itself.
MAX_FORMS: Final = 20_000
TOO_MANY_FORMS: Final = f"its tensors have more than {MAX_FORMS:,} different forms, the limit of this reader"
_NUMBER: Final = "(0|[1-9][0-9]{0,19})"
_FIRST_ENTRY: Final = re.compile(r'"[^"\\]*":( ?)\{"(dtype|shape|data_offsets)":[^{}]*?"(dtype|shape|data_offsets)":')
#: Dtype and shape stand side by side in either order; where the offsets part them, the strict reader is asked.
_ORDERS: Final = {
    ("dtype", "shape"): ("dtype", "shape", "data_offsets"),
    ("shape", "dtype"): ("shape", "dtype", "data_offsets"),
    ("data_offsets", "dtype"): ("data_offsets", "dtype", "shape"),
    ("data_offsets", "shape"): ("data_offsets", "shape", "dtype"),
}


class Rows(NamedTuple):
    """Entries of a header in its order, as columns of equal length."""

    names: list[str]
    forms: list[Form]
    starts: "array[int]"
    stops: "array[int]"


class _Style(NamedTuple):
    """One writer's habits: `columns` are the groups of name, form, begin, end in a match."""

    pattern: re.Pattern[str]
    columns: tuple[int, int, int, int]
    fixed_chars: int
    separator_chars: int


def scan(text: str, start: int, stop: int) -> Rows | None:
    """All entries of `text[start:stop]`, which holds them between the braces of the header; None if unsure."""
    first = _FIRST_ENTRY.match(text, start, min(stop, start + 100_000))
    order = _ORDERS.get((first[2], first[3])) if first else None
    if first is None or order is None:
        return None
    style = _style(first[1], order)
    rows = Rows([], [], array("Q"), array("Q"))
    kinds: set[int] = set()
    joint = "}," + first[1] + '"'
    while start < stop:
        end = text.find(joint, min(start + _CHUNK, stop), stop)
        end = stop if end < 0 else end + 1
        if not _scan_chunk(text, start, end, style, rows, kinds):
            return None
        start = end + 1 + len(first[1])
    return rows


def _scan_chunk(text: str, start: int, end: int, style: _Style, rows: Rows, kinds: set[int]) -> bool:
    """Append the entries of `text[start:end]`; False where they do not account for every character of it."""
    found = style.pattern.findall(text, start, end)
    if not found:
        return False
    columns = tuple(zip(*found, strict=True))
    chars = sum(len("".join(column)) for column in columns) + style.fixed_chars * len(found)
    if chars + style.separator_chars * (len(found) - 1) != end - start:
        return False
    names, forms, begins, ends = (columns[i] for i in style.columns)
    made = [form for form in map(_form, forms) if form is not None]
    if len(made) != len(names):
        return False
    rows.names.extend(names)
    rows.forms.extend(made)
    _bound_kinds(rows.forms, made, kinds)
    try:
        _add_offsets(rows, begins, ends)
    except OverflowError:  # beyond 64 bits, which the loader refuses
        return False
    return True


def _bound_kinds(forms: list[Form], added: list[Form], kinds: set[int]) -> None:
    """Raise `TooComplex` where the forms so far are too many; they are shared objects, so their identity tells.

    `kinds` is filled once there are as many tensors as that.
    """
    if len(forms) > MAX_FORMS:
        kinds.update(map(id, added if kinds else forms))
        if len(kinds) > MAX_FORMS:
            raise TooComplex(TOO_MANY_FORMS)


def _add_offsets(rows: Rows, begins: tuple[str, ...], ends: tuple[str, ...]) -> None:
    """Append the offsets; where each tensor begins as the one before it ends, half of them need no conversion."""
    stops = array("Q", map(int, ends))
    if begins[1:] == ends[:-1]:
        rows.starts.append(int(begins[0]))
        rows.starts.extend(stops[:-1])
    else:
        rows.starts.extend(array("Q", map(int, begins)))
    rows.stops.extend(stops)


@lru_cache(maxsize=65536)
def _form(text: str) -> Form | None:
    """The form behind `"dtype":"F32","shape":[2,3]`, one object for all that share it; None where it is unusual."""
    fields = _FORM.fullmatch(text)
    if fields is None:
        return None
    dtype, numbers = fields["dtype"] or fields["dtype2"], fields["shape"] or fields["shape2"] or ""
    shape = tuple(map(int, numbers.split(","))) if numbers else ()
    if dtype not in BITS or any(dim > U64_MAX for dim in shape):
        return None
    return Form(dtype, shape)


_DTYPE: Final = r'"dtype": ?"(?P<dtype{n}>[A-Z0-9_]+)"'
_SHAPE: Final = r'"shape": ?\[(?P<shape{n}>(?:(?:0|[1-9][0-9]{{0,19}})(?:, ?(?:0|[1-9][0-9]{{0,19}}))*)?)\]'
_FORM: Final = re.compile(
    "(?:"
    + ", ?".join((_DTYPE.format(n=""), _SHAPE.format(n="")))
    + ")|(?:"
    + ", ?".join((_SHAPE.format(n="2"), _DTYPE.format(n="2")))
    + ")"
)


@lru_cache(maxsize=16)
def _style(space: str, order: tuple[str, ...]) -> _Style:
    """The expression for one key order and one habit of blanks; matches end at a comma or at the chunk's end.

    What a form holds is read once a form, so here its text only has to end where it must.
    """
    fields = {
        "dtype": rf'"dtype":{space}"[A-Z0-9_]{{1,16}}"',
        "shape": rf'"shape":{space}\[[0-9, ]{{0,2000}}\]',
        "data_offsets": rf'"data_offsets":{space}\[{_NUMBER},{space}{_NUMBER}\]',
    }
    form = "(" + rf",{space}".join(fields[name] for name in order if name != "data_offsets") + ")"
    offsets_first = order[0] == "data_offsets"
    parts = (fields["data_offsets"], form) if offsets_first else (form, fields["data_offsets"])
    body = rf",{space}".join(parts)
    pattern = re.compile(rf'"([^"\\\x00-\x1f]*)":{space}\{{{body}\}}(?:,{space}|\Z)')
    fixed = len('"":{},' + '"data_offsets":[,]') + 4 * len(space)
    return _Style(pattern, (0, 3, 1, 2) if offsets_first else (0, 1, 2, 3), fixed, 1 + len(space))
