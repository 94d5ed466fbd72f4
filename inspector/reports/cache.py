"""What the cache of remote headers holds, as text and as a document."""

from collections.abc import Mapping
from typing import Any

from inspector.text import for_terminal
from inspector.units import Units, format_bytes, plural


def cache_document(*, folder: str, entries: int, bytes_: int, limit_bytes: int, cleared: bool) -> Mapping[str, Any]:
    """The document's body; `entries` and `bytes` are what was there before it was cleared."""
    return {
        "cache": {
            "folder": folder,
            "entries": entries,
            "bytes": bytes_,
            "limit_bytes": limit_bytes,
            "cleared": cleared,
        }
    }


def cache_text(body: Mapping[str, Any], units: Units) -> str:
    """Two lines: the place, and what it holds or held."""
    cache = body["cache"]
    held = f"{plural(cache['entries'], 'file')}, {format_bytes(cache['bytes'], units)}"
    what = f"removed {held}" if cache["cleared"] else f"{held} of at most {format_bytes(cache['limit_bytes'], units)}"
    return f"{for_terminal(cache['folder'], 1000)}\n{what}\n"
