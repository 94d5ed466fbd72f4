"""Snapshots: all that was read of a checkpoint, kept in one small file, and read back as a source.

The file is gzip of one JSON object (`inspector.snapshot/1`): the target, the listing with sizes and hashes, and the
byte ranges that were read, as text where they are UTF-8 and in base64 where they are not. No weights are in it.
"""

import base64
import gzip
import json
import threading
import zlib
from collections.abc import Mapping, Sequence
from typing import Any, Final

from inspector.errors import CannotLook, LimitReached, Unsupported
from inspector.model import ReadCost, Target
from inspector.sources.base import Needed, Source, SourceFile
from inspector.sources.local import read_regular
from inspector.sources.memory import HeldFile, MemorySource

SCHEMA: Final = "inspector.snapshot/1"
#: What a snapshot may unpack to; a full-size model's headers are some 12 MB.
MAX_UNPACKED_BYTES: Final = 1_000_000_000
#: What a snapshot file may hold itself.
MAX_PACKED_BYTES: Final = 400_000_000

_LISTED: Final = ("sha256", "git_sha1", "link_target", "special", "unlisted", "same_as")


class RecordingSource:
    """Passes every call on to another source and keeps what was read."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.target, self.parallel_reads, self.focus = source.target, source.parallel_reads, source.focus
        self._lock = threading.Lock()
        self._files: tuple[SourceFile, ...] = ()
        self._ranges: dict[str, dict[int, bytes]] = {}

    @property
    def facts(self) -> Mapping[str, Any]:
        return self.source.facts

    def list_files(self) -> Sequence[SourceFile]:
        self._files = tuple(self.source.list_files())
        self.target = self.source.target
        return self._files

    def size_bytes(self, path: str) -> int:
        return self.source.size_bytes(path)

    def read(self, path: str, start: int, stop: int) -> bytes:
        return self._keep(path, start, self.source.read(path, start, stop))

    def read_beginning(self, path: str, needed: Needed) -> bytes:
        data = self.source.read_beginning(path, needed)
        self._keep(path, 0, data[: max(needed(data), 8)])
        return data

    def cost(self) -> ReadCost:
        return self.source.cost()

    def close(self) -> None:
        self.source.close()

    def _keep(self, path: str, start: int, data: bytes) -> bytes:
        with self._lock:
            kept = self._ranges.setdefault(path, {})
            if len(data) >= len(kept.get(start, b"")):
                kept[start] = data
        return data

    def pack(self, tool_version: str) -> bytes:
        """The snapshot's bytes: the same for the same content, whenever and wherever it is taken."""
        document = {
            "schema": SCHEMA,
            "tool": {"name": "inspector", "version": tool_version},
            "target": _target_fields(self.target),
            "focus": self.focus,
            "facts": dict(self.facts),
            "files": [self._file_fields(file) for file in self._files],
        }
        text = json.dumps(document, ensure_ascii=False, separators=(",", ":"), default=str)
        return gzip.compress(text.encode("utf-8", "surrogatepass"), compresslevel=9, mtime=0)

    def _file_fields(self, file: SourceFile) -> dict[str, Any]:
        fields: dict[str, Any] = {"path": file.path, "bytes": file.bytes}
        fields |= {name: getattr(file, name) for name in _LISTED if getattr(file, name)}
        ranges = sorted(self._ranges.get(file.path, {}).items())
        if ranges:
            fields["ranges"] = [{"start": start, **_pack_bytes(data)} for start, data in ranges]
        return fields


def open_snapshot(path: str) -> MemorySource:
    """The source that a snapshot file stands for. Raises `CannotLook` for a file that is no snapshot."""
    document = _load(path)
    try:
        target = document["target"]
        files = [_held_file(fields) for fields in document["files"]]
        return MemorySource(
            Target(
                kind="snapshot",
                ref=str(target["ref"]),
                repo_id=str(target["repo_id"]),
                revision=str(target["revision"]),
                requested_revision=str(target["requested_revision"]),
            ),
            files,
            focus=str(document["focus"]),
            facts=dict(document["facts"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _no_snapshot(path, f"its content is not as expected ({type(error).__name__})") from None


def _load(path: str) -> dict[str, Any]:
    packed = read_regular(path, MAX_PACKED_BYTES)
    try:
        unpacker = zlib.decompressobj(wbits=31)
        raw = unpacker.decompress(packed, MAX_UNPACKED_BYTES)
        if unpacker.unconsumed_tail:
            raise LimitReached(f"{path} unpacks to more than {MAX_UNPACKED_BYTES:,} bytes, the limit of a snapshot.")
        document = json.loads(raw.decode("utf-8", "surrogatepass"))
    except (zlib.error, ValueError, RecursionError):
        raise _no_snapshot(path, "it is not gzip of JSON") from None
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        schema = document.get("schema") if isinstance(document, dict) else None
        raise _no_snapshot(path, f"its schema is {schema!r}, expected {SCHEMA!r}")
    return document


def _no_snapshot(path: str, why: str) -> CannotLook:
    return Unsupported(f"{path} is not a snapshot: {why}.", hint="Take one with `inspector snapshot TARGET FILE`.")


def _target_fields(target: Target) -> dict[str, str]:
    return {
        "kind": target.kind,
        "ref": target.ref,
        "repo_id": target.repo_id,
        "revision": target.revision,
        "requested_revision": target.requested_revision,
    }


def _pack_bytes(data: bytes) -> dict[str, str]:
    """A range as `head` (base64 of its first eight bytes) and `text`, or as `base64` whole."""
    try:
        return {"head": base64.b64encode(data[:8]).decode(), "text": data[8:].decode("utf-8")}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(data).decode()}


def _unpack_bytes(fields: Mapping[str, Any]) -> bytes:
    if "base64" in fields:
        return base64.b64decode(fields["base64"])
    return base64.b64decode(fields["head"]) + str(fields["text"]).encode("utf-8")


def _held_file(fields: Mapping[str, Any]) -> HeldFile:
    listed = SourceFile(
        path=str(fields["path"]),
        bytes=int(fields["bytes"]),
        **{name: str(fields.get(name, "")) for name in _LISTED},
    )
    ranges = {int(one["start"]): _unpack_bytes(one) for one in fields.get("ranges", ())}
    return HeldFile(listed=listed, ranges=ranges)
