"""JSON documents: schema, tool, then the command's body; deterministic and pure ASCII."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from inspector.errors import InspectorError

TOOL_NAME: Final = "inspector"


def document(command: str, version: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """The document of one target."""
    return {"schema": f"inspector.{command}/1", "tool": {"name": TOOL_NAME, "version": version}, **body}


def error_document(version: str, error: InspectorError) -> dict[str, Any]:
    """The document of a target that could not be looked at."""
    body = {"kind": error.kind, "message": error.message, "hint": error.hint}
    return document("error", version, {"error": body})


def several(command: str, version: str, documents: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The document of several targets, in the order in which they were named."""
    return document(command, version, {"targets": list(documents)})


def to_json(value: Any) -> str:
    """Indented JSON with a final line break; names are escaped to ASCII, so that no terminal acts on them."""
    return json.dumps(value, indent=2, ensure_ascii=True, allow_nan=False).replace("\x7f", "\\u007f") + "\n"


def to_jsonl(rows: Iterable[Any]) -> str:
    """One compact JSON value a line."""
    encode = json.JSONEncoder(ensure_ascii=True, allow_nan=False, separators=(",", ":")).encode
    return "".join(encode(row).replace("\x7f", "\\u007f") + "\n" for row in rows)
