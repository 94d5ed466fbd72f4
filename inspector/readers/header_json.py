"""From a header's text to its entries, as the official loader takes them, faults collected.

A header in a writer's usual style is scanned (`header_scan`); every other one is read strictly (`strict_json`).
"""

import json
from array import array
from collections.abc import Mapping
from typing import Any, Final

from inspector.dtypes import BITS
from inspector.model import U64_MAX, Form
from inspector.readers import header_scan
from inspector.readers.faults import FaultLog
from inspector.readers.strict_json import (
    ALWAYS_READ_BYTES,
    BLANKS,
    NotStrict,
    Pairs,
    decoder,
    demand_memory,
    end_of_json,
    kind_of,
    load,
    lone_surrogate,
    show,
)
from inspector.text import shorten

_METADATA_KEY: Final = '"__metadata__":'
_FIELDS: Final = ("dtype", "shape", "data_offsets")


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
    stop = end_of_json(text)
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


def _plain_metadata(text: str, entries: Entries, log: FaultLog) -> int | None:
    """Read `__metadata__` at the header's beginning; the position after it, None where it is unusual."""
    start = 1 + len(_METADATA_KEY)
    start += text.startswith(" ", start)
    try:
        value, length = decoder().raw_decode(text[start : start + ALWAYS_READ_BYTES])
    except (ValueError, RecursionError, NotStrict):
        return None
    end = start + length
    if lone_surrogate(text, start, end) is not None:
        return None
    if not isinstance(value, Pairs) or not all(isinstance(item, str) for _, item in value):
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
    start = text[: len(text) - len(text.lstrip(BLANKS)) + 8].lstrip(BLANKS)
    if len(text) > ALWAYS_READ_BYTES and not start.startswith("{"):
        log.add("header-not-object", f"{show(start)} at the beginning of the header", offset=8)
        return entries
    demand_memory(text)
    try:
        value = load(text)
    except NotStrict as problem:
        log.add(problem.kind, problem.saw, offset=_offset(text, problem.position))
        return entries
    if not isinstance(value, Pairs):
        log.add("header-not-object", f"{kind_of(value)} at the top level", offset=8)
        return entries
    _Reader(text, log, entries).read(value)
    return entries


def _offset(text: str, position: int | None) -> int | None:
    return None if position is None else 8 + len(text[:position].encode("utf-8", "surrogatepass"))


def _metadata(pairs: Pairs, log: FaultLog) -> dict[str, str]:
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

    def read(self, header: Pairs) -> None:
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
        if not isinstance(value, Pairs):
            self._fault("metadata-not-strings", f"{kind_of(value)} as __metadata__", "__metadata__")
            return
        wrong = next(((k, v) for k, v in value if not isinstance(v, str)), None)
        if wrong is not None:
            saw = f"{kind_of(wrong[1])} as the value of metadata key {show(wrong[0])}"
            self._fault("metadata-not-strings", saw, "__metadata__")
        self.entries.metadata = _metadata(Pairs((k, v) for k, v in value if isinstance(v, str)), self.log)

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
        if not isinstance(value, Pairs):
            self._fault("entry-not-a-tensor", f"{kind_of(value)} as the entry", name)
            return None
        fields: dict[str, Any] = {}
        sound = True
        for key, item in value:
            if key not in _FIELDS:
                self._fault("unknown-field", f"the field {show(key)}", name)
            elif key in fields:
                self._fault("field-twice", f"a duplicate {key}", name)
                sound = False
            fields[key] = item
        if missing := [key for key in _FIELDS if key not in fields]:
            self._fault("field-missing", f"no {' and no '.join(missing)}", name)
        return fields if sound and not missing else None

    def _dtype(self, name: str, value: Any) -> str | None:
        if isinstance(value, Pairs) and len(value) == 1 and value[0][0] in BITS and value[0][1] is None:
            self._fault("dtype-as-object", "dtype as an object", name)
            return value[0][0]
        if isinstance(value, str) and value in BITS:
            return value
        saw = f"dtype {show(value, 40)}" if isinstance(value, str) else f"{kind_of(value)} as dtype"
        self._fault("dtype-unknown", saw, name)
        return None

    def _shape(self, name: str, value: Any) -> tuple[int, ...] | None:
        if type(value) is not list:
            self._fault("shape-invalid", f"{kind_of(value)} as shape", name)
            return None
        if (wrong := _first_unfit(value)) is not None:
            self._fault("shape-invalid", f"{_describe(value[wrong])} as a dimension", name)
            return None
        return tuple(value)

    def _offsets(self, name: str, value: Any) -> tuple[int, int] | None:
        if type(value) is not list or len(value) != 2:
            saw = f"{len(value)} data offsets" if type(value) is list else f"{kind_of(value)} as data_offsets"
            self._fault("offsets-invalid", saw, name)
            return None
        if (wrong := _first_unfit(value)) is not None:
            self._fault("offsets-invalid", f"{_describe(value[wrong])} as a data offset", name)
            return None
        return value[0], value[1]


def _first_unfit(values: list[Any]) -> int | None:
    """Position of the first value that is no integer of 64 bits, None where all are."""
    if set(map(type, values)) <= {int} and min(values, default=0) >= 0 and max(values, default=0) <= U64_MAX:
        return None
    return next(i for i, value in enumerate(values) if type(value) is not int or not 0 <= value <= U64_MAX)


def _describe(value: Any) -> str:
    return f"the number {shorten(repr(value), 40)}" if type(value) in (int, float) else kind_of(value)
