"""Reads the header of a safetensors file: strict as the official loader, collecting faults, no tensor data.

It reads 8 + N bytes, N being the header's length, after checking N against the format's limit and the
file's size. `Shard.loadable` is the verdict of safetensors 0.8.0 on the same file.
"""

import os
from collections.abc import Callable
from typing import BinaryIO, Final

from inspector.knowledge import file_kinds
from inspector.model import Shard, TensorTable
from inspector.readers import header_checks, header_json, strict_json
from inspector.readers.faults import FaultLog
from inspector.readers.header_scan import MAX_FORMS, TOO_MANY_FORMS
from inspector.sources.base import Needed
from inspector.sources.git_lfs import parse_pointer
from inspector.sources.local import cannot_open, open_regular, read_exactly

#: The format's own limit; exactly this many bytes are legal.
MAX_HEADER_BYTES: Final = 100_000_000
#: Blanks around the JSON up to this many are alignment; more could hide something or waste space.
USUAL_PADDING_BYTES: Final = 4096

_BLANKS: Final = b" \t\n\r"


def read_header(source: str | os.PathLike[str] | BinaryIO | bytes, *, file_bytes: int | None = None) -> Shard:
    """The header of a path, a binary file, the bytes of a whole file, or (with `file_bytes`) of its beginning.

    With `file_bytes`, `source` may be the first 8 + N bytes of a file or the N bytes of its JSON alone.
    Never raises for bad content. Raises `NotFound`, `NotAFile`, `AccessDenied` for a path that cannot be read.
    """
    if isinstance(source, bytes | bytearray | memoryview):
        return _read_bytes(bytes(source), file_bytes)
    if isinstance(source, str | os.PathLike):
        path = os.fspath(source)
        with open_regular(path, path) as file:
            try:
                return _read_file(file, os.path.basename(path), file_bytes)
            except OSError as error:
                raise cannot_open(path, error) from None
    return _read_file(source, "", file_bytes)


def _read_file(file: BinaryIO, path: str, file_bytes: int | None) -> Shard:
    base = file.tell()
    size = file_bytes if file_bytes is not None else file.seek(0, os.SEEK_END) - base

    def read(start: int, stop: int) -> bytes:
        file.seek(base + start)
        return read_exactly(file, stop - start)

    return read_shard(path, size, lambda needed: _beginning(read, needed))


def _read_bytes(data: bytes, file_bytes: int | None) -> Shard:
    if file_bytes is not None and data[:1] == b"{" and int.from_bytes(data[:8], "little") > MAX_HEADER_BYTES:
        data = len(data).to_bytes(8, "little") + data
    size = len(data) if file_bytes is None else file_bytes
    return read_shard("", size, lambda needed: data)


def _beginning(read: Callable[[int, int], bytes], needed: Needed) -> bytes:
    first = read(0, 8)
    wanted = needed(first)
    return first if wanted <= len(first) else first + read(len(first), wanted)


def read_shard(path: str, file_bytes: int, read_beginning: Callable[[Needed], bytes]) -> Shard:
    """The shard at `path` of `file_bytes`; `read_beginning` gives the file's first bytes, as many as asked or more."""
    beginning = read_beginning(lambda first: _wanted(first, file_bytes))
    log = FaultLog()
    length = _framed(beginning, file_bytes, log)
    if length and len(beginning) >= 8 + length:
        return parse_header(path, file_bytes, beginning[8 : 8 + length], log)
    if not length:
        _log_foreign(beginning, log)
    else:
        saw = f"the file ends after {len(beginning):,} bytes"
        log.add("header-beyond-file", saw, expected=f"a header that ends at byte {8 + length:,}", offset=8)
    return Shard(path=path, file_bytes=file_bytes, header_bytes=0, faults=log.faults())


def _wanted(first: bytes, file_bytes: int) -> int:
    """How many bytes of the file to read: 8 + N, or enough to say what it is instead."""
    end = 8 + int.from_bytes(first[:8], "little")
    possible = len(first) >= 8 and 8 < end <= min(8 + MAX_HEADER_BYTES, file_bytes)
    return end if possible else min(file_bytes, file_kinds.LOOK_BYTES)


def _framed(first: bytes, file_bytes: int, log: FaultLog) -> int | None:
    """The header's length N, None with a fault where the loader would not even read it."""
    if len(first) < 8:
        what = "an empty file" if not first else f"a file of {len(first)} bytes"
        log.add("file-too-small", f"{what}, too small for a header", offset=0)
        return None
    length = int.from_bytes(first[:8], "little")
    if length == 0:
        log.add("header-not-json", "a header length of 0, so no header", offset=0)
    if length > MAX_HEADER_BYTES:
        log.add("header-too-large", f"a header length of {length:,} bytes, which is too large", offset=0)
        return None
    if 8 + length > file_bytes:
        saw = f"a header length of {length:,} bytes, beyond the end of a file of {file_bytes:,}: truncated"
        log.add("header-beyond-file", saw, offset=0)
        return None
    return length


def _log_foreign(first: bytes, log: FaultLog) -> None:
    """Say what the file is instead, by its first bytes; asked only once the frame is refused."""
    kind, label = file_kinds.recognise_content(first)
    if kind == "lfs-pointer":
        log.add(kind, _promise(first) or label, offset=0)
    elif kind:
        log.add("foreign-format", label + _quoted(first) if label in _READABLE else label, offset=0)


#: Content whose first line tells what happened, such as the error message that a server sent in place of the file.
_READABLE: Final = frozenset({"plain text", "JSON text"})


def _quoted(first: bytes) -> str:
    return f" that begins {strict_json.show(first.decode('utf-8', 'replace').strip().partition(chr(10))[0])}"


def _promise(first: bytes) -> str:
    """What a Git LFS pointer stands for, "" where it cannot be read."""
    pointer = parse_pointer(first)
    return f"a Git LFS pointer to {pointer.bytes:,} bytes with SHA-256 {pointer.sha256}" if pointer else ""


def parse_header(path: str, file_bytes: int, raw: bytes, log: FaultLog | None = None) -> Shard:
    """The shard whose header is the N bytes `raw`; what is wrong with them or with what they declare is a fault."""
    log = log or FaultLog()
    header_bytes = 8 + len(raw)
    padding = _check_blanks(raw, log)
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        saw = f"byte 0x{raw[error.start]:02x}, which is not UTF-8"
        log.add("header-not-utf8", saw, offset=8 + error.start)
        return Shard(path=path, file_bytes=file_bytes, header_bytes=header_bytes, faults=log.faults())
    del raw
    try:
        entries = header_json.parse(text, log)
    except strict_json.TooComplex as limit:
        return Shard(path=path, file_bytes=file_bytes, header_bytes=header_bytes, faults=log.faults(), limit=str(limit))
    table = TensorTable(entries.names, entries.forms, entries.starts, entries.stops)
    if not any(fault.refused for fault in log.faults()):
        header_checks.check_offsets(table, header_bytes, file_bytes, log)
    if len(set(map(id, table.forms))) > MAX_FORMS and len(set(table.forms)) > MAX_FORMS:
        return Shard(
            path=path, file_bytes=file_bytes, header_bytes=header_bytes, faults=log.faults(), limit=TOO_MANY_FORMS
        )
    return Shard(
        path=path,
        file_bytes=file_bytes,
        header_bytes=header_bytes,
        tensors=table,
        metadata=entries.metadata,
        faults=log.faults(),
        padding_bytes=padding,
    )


def _check_blanks(raw: bytes, log: FaultLog) -> int:
    """Bytes of blanks after the JSON; blanks before it and more than usual after it are faults that load."""
    if raw[:1].isspace():
        log.add("leading-whitespace", "a header that begins with whitespace", offset=8)
    end = len(raw.rstrip(_BLANKS)) if raw[-1:].isspace() else len(raw)
    padding = len(raw) - end
    if padding > USUAL_PADDING_BYTES:
        log.add("large-padding", f"{padding:,} bytes of padding whitespace after the header's JSON", offset=8 + end)
    if padding and raw[end:].strip(b" "):
        log.add("padding-not-spaces", "padding of other whitespace than spaces", offset=8 + end)
    return padding
