"""The strict way through a header: the official loader's own reading of JSON, faults collected.

Python's json accepts what serde_json refuses (NaN, lone surrogates, 1e999, 130 levels, true as a number)
and says less; hooks and checks here close the difference, as measured against safetensors 0.8.0.
"""

import json
import re
from array import array
from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from inspector.dtypes import BITS
from inspector.model import U64_MAX, Form
from inspector.readers import header_scan
from inspector.readers.faults import FaultLog

#: Nested containers that serde_json opens before it refuses.
MAX_DEPTH: Final = 127
#: Headers up to this size are read strictly whatever they hold; for larger ones the memory is estimated first.
ALWAYS_READ_BYTES: Final = 2_000_000
#: Bytes of working memory per byte of header, and on top of it, that reading a header may take.
MEMORY_PER_HEADER_BYTE: Final = 7
MEMORY_BASE_BYTES: Final = 30_000_000

_BLANKS: Final = " \t\n\r"
_METADATA_KEY: Final = '"__metadata__":'
_SURROGATE: Final = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}(\\u[dD][c-fC-F][0-9a-fA-F]{2})?|\\u[dD][c-fC-F]|\\[^u]")
_FIELDS: Final = ("dtype", "shape", "data_offsets")


class TooComplex(Exception):
    """A header whose reading would take more memory than this module promises; the text names the limit."""


class _Unreadable(Exception):
    """A value that serde_json refuses: the fault's kind and what was seen."""

    def __init__(self, kind: str, saw: str, position: int | None = None) -> None:
        super().__init__(kind)
        self.kind, self.saw, self.position = kind, saw, position


class _Pairs(list[tuple[str, Any]]):
    """A JSON object with its keys in order, duplicates kept."""


class _Number(float):
    """A JSON number that is no 64-bit unsigned integer: a fraction, an exponent, a negative, -0 or a giant."""

    text: str

    def __new__(cls, text: str) -> "_Number":
        number = super().__new__(cls, text)
        if number in (float("inf"), float("-inf")):
            raise _Unreadable("number-out-of-range", f"the number {text[:40]}")
        number.text = text[:40]
        return number


class Entries:
    """What a header declares, before its offsets are checked: the last entry of each name, in header order."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.forms: list[Form] = []
        self.starts, self.stops = array("Q"), array("Q")
        self.metadata: Mapping[str, str] = {}


def parse(text: str, log: FaultLog) -> Entries:
    """The entries of a header's text (decoded strictly); faults go to `log`. Raises `TooComplex`."""
    plain_log = FaultLog()
    plain = _parse_plain(text, plain_log)
    if plain is None:
        return _parse_strictly(text, log)
    log.absorb(plain_log)
    return plain


# -- plain headers -----------------------------------------------------------------------------------------


def _parse_plain(text: str, log: FaultLog) -> Entries | None:
    """Entries of a header in a writer's usual style, None where anything about it is unusual."""
    stop = _end_of_json(text)
    if stop < 2 or text[0] != "{" or text[stop - 1] != "}":
        return None
    entries, start = Entries(), 1
    if text.startswith(_METADATA_KEY, 1):
        end = _plain_metadata(text, entries, log)
        if end == stop - 1:
            return entries
        if end is None or not text.startswith(",", end):
            return None
        start = end + 1 + text.startswith(" ", end + 1)
    elif stop == 2:
        return entries
    rows = header_scan.scan(text, start, stop - 1)
    if rows is None or "__metadata__" in rows.names:
        return None
    entries.names, entries.forms, entries.starts, entries.stops = _last_of_each(rows, log)
    return entries


def _end_of_json(text: str) -> int:
    stop = len(text)
    while stop and text[stop - 1] in _BLANKS:
        stop = len(text[:stop].rstrip(_BLANKS))
    return stop


def _plain_metadata(text: str, entries: Entries, log: FaultLog) -> int | None:
    """Read `__metadata__` at the header's beginning; the position after it, None where it is unusual."""
    start = 1 + len(_METADATA_KEY)
    start += text.startswith(" ", start)
    try:
        value, length = _decoder().raw_decode(text[start : start + ALWAYS_READ_BYTES])
    except (ValueError, RecursionError, _Unreadable):
        return None
    end = start + length
    if _lone_surrogate(text, start, end) is not None:
        return None
    if not isinstance(value, _Pairs) or not all(isinstance(item, str) for _, item in value):
        return None
    entries.metadata = _metadata(value, log)
    return end


def _last_of_each(rows: header_scan.Rows, log: FaultLog) -> header_scan.Rows:
    """The rows as the loader keeps them: of several entries under one name the last."""
    if len(set(rows.names)) == len(rows.names):
        return rows
    last = dict(zip(rows.names, range(len(rows.names)), strict=True))
    keep = sorted(last.values())
    dropped = set(range(len(rows.names))).difference(keep)
    for i in sorted(dropped):
        log.add("duplicate-name", "the same tensor name twice or more", name=rows.names[i])
    return header_scan.Rows(
        [rows.names[i] for i in keep],
        [rows.forms[i] for i in keep],
        array("Q", (rows.starts[i] for i in keep)),
        array("Q", (rows.stops[i] for i in keep)),
    )


# -- all other headers -------------------------------------------------------------------------------------


def _parse_strictly(text: str, log: FaultLog) -> Entries:
    entries = Entries()
    _demand_memory(text)
    try:
        value = _load(text)
    except _Unreadable as problem:
        log.add(problem.kind, problem.saw, offset=_offset(text, problem.position))
        return entries
    if not isinstance(value, _Pairs):
        log.add("header-not-object", f"a JSON {_kind_of(value)} at the top level", offset=8)
        return entries
    _Reader(text, log, entries).read(value)
    return entries


def _demand_memory(text: str) -> None:
    """Refuse, before any value is made, what would take more memory than promised."""
    if len(text) <= ALWAYS_READ_BYTES:
        return
    strings, lists = text.count('"') // 2, text.count("[")
    needed = 60 * strings + 64 * lists + 100 * text.count("{") + 40 * text.count(",")
    width = 1 if text.isascii() else 4
    allowed = MEMORY_BASE_BYTES + (MEMORY_PER_HEADER_BYTE - width) * len(text)
    if needed > allowed:
        raise TooComplex(
            f"a header of {len(text):,} characters whose JSON would take about {needed // 1_000_000:,} MB to read; "
            f"the limit for its size is {allowed // 1_000_000:,} MB"
        )


@cache
def _decoder() -> json.JSONDecoder:
    return json.JSONDecoder(
        object_pairs_hook=_Pairs, parse_int=_integer, parse_float=_Number, parse_constant=_refuse_constant
    )


def _integer(text: str) -> "int | _Number":
    if len(text) <= 20 and text[0] != "-" and (number := int(text)) <= U64_MAX:
        return number
    if len(text) > 310:  # no leading zeros in JSON, so beyond the largest 64-bit float
        raise _Unreadable("number-out-of-range", f"an integer of {len(text):,} digits")
    return _Number(text)


def _refuse_constant(text: str) -> None:
    raise _Unreadable("header-not-json", f"{text}, which is not JSON")


def _load(text: str) -> Any:
    try:
        value, end = _decoder().raw_decode(text, len(text) - len(text.lstrip(_BLANKS)))
    except RecursionError:
        raise _Unreadable("header-too-deep", f"more than {MAX_DEPTH} nested containers") from None
    except json.JSONDecodeError as error:
        raise _Unreadable("header-not-json", _json_problem(text, error), error.pos) from None
    except ValueError as error:
        raise _Unreadable("header-not-json", str(error)) from None
    if end != _end_of_json(text):
        saw = f"{_show(text[end : end + 8])} after the JSON object"
        raise _Unreadable("header-not-json", saw, end)
    if (position := _lone_surrogate(text, 0, len(text))) is not None:
        raise _Unreadable("lone-surrogate", f"{text[position : position + 6]} without its other half", position)
    if _deeper_than(value, MAX_DEPTH):
        raise _Unreadable("header-too-deep", f"more than {MAX_DEPTH} nested containers")
    return value


def _json_problem(text: str, error: json.JSONDecodeError) -> str:
    found = _show(text[error.pos : error.pos + 8]) if error.pos < len(text) else "the end of the header"
    return f"{error.msg} at {found}"


def _show(text: str) -> str:
    return ascii(text)


def _lone_surrogate(text: str, start: int, stop: int) -> int | None:
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
            if isinstance(item, _Pairs):
                nested += [v for _, v in item if isinstance(v, list)]
            else:
                nested += [v for v in item if isinstance(v, list)]
        if not nested:
            return False
        level = nested
    return True


def _offset(text: str, position: int | None) -> int | None:
    return None if position is None else 8 + len(text[:position].encode("utf-8", "surrogatepass"))


def _kind_of(value: Any) -> str:
    kinds = {_Pairs: "object", list: "list", str: "string", bool: "boolean", int: "number", _Number: "number"}
    return kinds.get(type(value), "null")


def _metadata(pairs: _Pairs, log: FaultLog) -> dict[str, str]:
    metadata: dict[str, str] = {}
    for key, value in pairs:
        if key in metadata:
            log.add("duplicate-metadata-key", "the same metadata key twice or more", name=key)
        metadata[key] = value
    return metadata


class _Reader:
    """Reads the entries of one header's JSON; every fault is logged with its place, none stops it."""

    def __init__(self, text: str, log: FaultLog, entries: Entries) -> None:
        self.text, self.log, self.entries = text, log, entries

    def read(self, header: _Pairs) -> None:
        seen_metadata = False
        rows: dict[str, tuple[Form, int, int] | None] = {}
        for name, value in header:
            if name == "__metadata__":
                if seen_metadata:
                    self._fault("metadata-twice", "a duplicate __metadata__", name)
                seen_metadata = True
                self._read_metadata(value)
                continue
            if name in rows:
                self._fault("duplicate-name", "the same tensor name twice or more", name)
                del rows[name]
            rows[name] = self._read_entry(name, value)
        self._keep({name: row for name, row in rows.items() if row is not None})

    def _keep(self, rows: dict[str, tuple[Form, int, int]]) -> None:
        self.entries.names = list(rows)
        self.entries.forms = [row[0] for row in rows.values()]
        self.entries.starts = array("Q", (row[1] for row in rows.values()))
        self.entries.stops = array("Q", (row[2] for row in rows.values()))

    def _fault(self, kind: str, saw: str, name: str) -> None:
        offset = None if self.log.full(kind) else _offset(self.text, self._position(name))
        self.log.add(kind, saw, offset=offset, name=name)

    def _position(self, name: str) -> int | None:
        for spelled in (json.dumps(name, ensure_ascii=False), json.dumps(name)):
            if (position := self.text.find(spelled)) >= 0:
                return position
        return None

    def _read_metadata(self, value: Any) -> None:
        if value is None:
            self._fault("metadata-null", "__metadata__ is null", "__metadata__")
            return
        if not isinstance(value, _Pairs):
            self._fault("metadata-not-strings", f"a {_kind_of(value)} as __metadata__", "__metadata__")
            return
        wrong = next(((k, v) for k, v in value if not isinstance(v, str)), None)
        if wrong is not None:
            saw = f"a {_kind_of(wrong[1])} as the value of metadata key {_show(wrong[0][:60])}"
            self._fault("metadata-not-strings", saw, "__metadata__")
        self.entries.metadata = _metadata(_Pairs((k, v) for k, v in value if isinstance(v, str)), self.log)

    def _read_entry(self, name: str, value: Any) -> tuple[Form, int, int] | None:
        fields = self._fields(name, value)
        if fields is None:
            return None
        dtype = self._dtype(name, fields["dtype"])
        shape = self._shape(name, fields["shape"])
        offsets = self._offsets(name, fields["data_offsets"])
        if dtype is None or shape is None or offsets is None:
            return None
        return Form(dtype, shape), *offsets

    def _fields(self, name: str, value: Any) -> dict[str, Any] | None:
        """dtype, shape and data_offsets of an entry, None where the loader cannot find each of them once."""
        if type(value) is list and len(value) == 3:
            self._fault("array-entry", "the entry as a list", name)
            return dict(zip(_FIELDS, value, strict=True))
        if not isinstance(value, _Pairs):
            self._fault("entry-not-a-tensor", f"a {_kind_of(value)} as the entry", name)
            return None
        fields: dict[str, Any] = {}
        sound = True
        for key, item in value:
            if key not in _FIELDS:
                self._fault("unknown-field", f"the field {_show(key[:60])}", name)
            elif key in fields:
                self._fault("field-twice", f"a duplicate {key}", name)
                sound = False
            fields[key] = item
        if missing := [key for key in _FIELDS if key not in fields]:
            self._fault("field-missing", f"no {' and no '.join(missing)}", name)
        return fields if sound and not missing else None

    def _dtype(self, name: str, value: Any) -> str | None:
        if isinstance(value, _Pairs) and len(value) == 1 and value[0][0] in BITS and value[0][1] is None:
            self._fault("dtype-as-object", "dtype as an object", name)
            return value[0][0]
        if isinstance(value, str) and value in BITS:
            return value
        saw = f"dtype {_show(value[:40])}" if isinstance(value, str) else f"a {_kind_of(value)} as dtype"
        self._fault("dtype-unknown", saw, name)
        return None

    def _shape(self, name: str, value: Any) -> tuple[int, ...] | None:
        if type(value) is not list:
            self._fault("shape-invalid", f"a {_kind_of(value)} as shape", name)
            return None
        for dim in value:
            if type(dim) is not int:
                self._fault("shape-invalid", f"{_describe(dim)} as a dimension", name)
                return None
        return tuple(value)

    def _offsets(self, name: str, value: Any) -> tuple[int, int] | None:
        if type(value) is not list or len(value) != 2:
            saw = f"{len(value)} data offsets" if type(value) is list else f"a {_kind_of(value)} as data_offsets"
            self._fault("offsets-invalid", saw, name)
            return None
        for number in value:
            if type(number) is not int:
                self._fault("offsets-invalid", f"{_describe(number)} as a data offset", name)
                return None
        return value[0], value[1]


def _describe(value: Any) -> str:
    return f"the number {value.text}" if isinstance(value, _Number) else f"a {_kind_of(value)}"
