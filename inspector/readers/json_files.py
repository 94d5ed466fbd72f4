"""Small JSON files of a checkpoint: configuration, indexes. Bounded, and never trusted."""

import json
from collections.abc import Callable
from typing import Any, Final

from inspector.knowledge.file_kinds import LOOK_BYTES, recognise_content

#: Largest configuration file and largest index that are read.
MAX_CONFIG_BYTES: Final = 16_000_000
MAX_INDEX_BYTES: Final = 64_000_000
#: What one file's JSON may take in memory is bounded by its brackets: an empty list takes 56 bytes for its two.
MAX_CONTAINERS: Final = 2_000_000


class NotJson(Exception):
    """A file that is no JSON, or more of it than is read; the text says why."""


def parse_json(raw: bytes, *, repeated: list[str] | None = None) -> Any:
    """The value of a JSON file; Python's NaN and Infinity are taken, as the libraries that wrote them do.

    Keys that an object has twice are added to `repeated`, if that is given; the last one counts.
    Raises `NotJson` for anything else than UTF-8 JSON.
    """
    if raw.startswith(b"\xef\xbb\xbf"):
        raise NotJson("it begins with a byte order mark (BOM), which JSON readers refuse")
    if raw.count(b"[") + raw.count(b"{") > MAX_CONTAINERS:
        raise NotJson(f"it holds more than {MAX_CONTAINERS:,} brackets, the limit of this reader")
    try:
        text = raw.decode("utf-8")
        value = json.loads(text, parse_int=_integer)
        if repeated is not None and ("\\" in text or text.count('"') != 2 * _strings(value)):
            json.loads(text, object_pairs_hook=_watch(repeated))
        return value
    except UnicodeDecodeError as error:
        raise NotJson(_instead(raw) or f"it is not UTF-8 text at byte {error.start:,}") from None
    except json.JSONDecodeError as error:
        what = error.msg.removesuffix(" at")
        raise NotJson(_instead(raw) or f"{what} at line {error.lineno}, column {error.colno}") from None
    except (RecursionError, ValueError):
        raise NotJson("it nests too deeply or holds a number too long to read") from None


def _integer(text: str) -> int | float:
    """An integer of 64 bits as it is; a larger one, which counts nothing that a model has, as the nearest float."""
    number = int(text)
    return number if -(2**63) <= number < 2**64 else float(text)


def _instead(raw: bytes) -> str:
    """What a file is that is no JSON, "" where nothing better is known than where its JSON ends."""
    if not raw.strip():
        return "it is empty"
    kind, label = recognise_content(raw[:LOOK_BYTES])
    return f"it is {label}" if kind != "json" and label != "plain text" and label else ""


def _strings(value: Any) -> int:
    """How many strings a value holds, keys included: half the quotation marks of its text, unless a key came twice."""
    count, nested = 0, [value]
    while nested:
        one = nested.pop()
        if isinstance(one, str):
            count += 1
            continue
        items = list(one.values()) if isinstance(one, dict) else one if isinstance(one, list) else []
        strings = list(map(type, items)).count(str)
        count += strings + (len(one) if isinstance(one, dict) else 0)
        if strings != len(items):
            nested += [item for item in items if not isinstance(item, str)]
    return count


def _watch(repeated: list[str]) -> Callable[[list[tuple[str, Any]]], dict[str, Any]]:
    """Makes objects, and notes the keys that one of them has more than once."""

    def make(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) != len(pairs):
            seen: set[str] = set()
            for key, _ in pairs:
                if key in seen:
                    repeated.append(key)
                seen.add(key)
        return made

    return make
