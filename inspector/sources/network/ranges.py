"""One range of bytes out of one answer: 206 with the very range that was asked for, or nothing is believed."""

import re
import zlib

from inspector.errors import ChangedWhileReading, LimitReached
from inspector.sources.network.retry import RETRIED_STATUSES, Transient, asked_wait_seconds
from inspector.sources.network.transport import Answer
from inspector.values import frozen

_CONTENT_RANGE = re.compile(r"bytes (\d{1,19})-(\d{1,19})/(\d{1,19})")
_UNSATISFIED = re.compile(r"bytes \*/(\d{1,19})")
_SKIP_BYTES = 1024 * 1024

# A server that ignores ranges sends the file from its beginning: what lies before the range is thrown away up to here.
MOST_SKIPPED_BYTES = 256 * 1024 * 1024


@frozen
class Received:
    """Bytes that begin where the range begins, as far as they came; `total_bytes` is the file's size as this
    answer tells it, `identity` its ETag or Last-Modified or "", `fault` why bytes are missing."""

    data: bytes
    total_bytes: int
    identity: str
    fault: Transient | None = None


def range_header(start: int, stop: int) -> dict[str, str]:
    return {"Range": f"bytes={start}-{stop - 1}", "Accept-Encoding": "identity"}


def receive_range(answer: Answer, start: int, stop: int) -> Received:
    """What `answer` brings of `[start, stop)`. Raises `Transient` where the answer cannot be believed."""
    if answer.status == 206:
        return _partial(answer, start, stop)
    if answer.status == 200:
        return _whole(answer, start, stop)
    if answer.status == 416:
        return _beyond(answer, start)
    raise refused(answer)


def refused(answer: Answer) -> Transient:
    """The failure that a status stands for."""
    wait = asked_wait_seconds(answer.headers) if answer.status in RETRIED_STATUSES else None
    return Transient(f"the server answered {answer.status}", wait_seconds=wait)


def identity_of(answer: Answer) -> str:
    """What changes when a file changes: a strong ETag, else the date."""
    etag = answer.headers.get("etag", "")
    return etag if etag and not etag.startswith("W/") else answer.headers.get("last-modified", "")


def _partial(answer: Answer, start: int, stop: int) -> Received:
    _demand_identity(answer)
    match = _CONTENT_RANGE.fullmatch(answer.headers.get("content-range", "").strip())
    if match is None:
        raise Transient("the server answered 206 without a valid Content-Range")
    first, last, total = (int(group) for group in match.groups())
    if first != start or not start <= last < min(stop, total):
        raise Transient(f"the server sent bytes {first}-{last} of {total} where {start}-{stop - 1} were asked for")
    data = answer.read(last + 1 - start)
    fault = answer.fault or (Transient("the answer broke off") if len(data) < last + 1 - start else None)
    return Received(data=data, total_bytes=total, identity=identity_of(answer), fault=fault)


def _whole(answer: Answer, start: int, stop: int) -> Received:
    _demand_identity(answer)
    length = answer.headers.get("content-length", "")
    if not (length.isascii() and length.isdigit() and len(length) < 20):
        raise Transient("the server ignores ranges and tells no size")
    total = int(length)
    if start > MOST_SKIPPED_BYTES:
        raise LimitReached(f"The server ignores ranges: bytes from {start:,} on would need all before them.")
    skipped = 0
    while skipped < start and (part := answer.read(min(_SKIP_BYTES, start - skipped))):
        skipped += len(part)
    data = answer.read(min(stop, total) - start) if skipped == start else b""
    fault = answer.fault or (Transient("the answer broke off") if start + len(data) < min(stop, total) else None)
    return Received(data=data, total_bytes=total, identity=identity_of(answer), fault=fault)


def _beyond(answer: Answer, start: int) -> Received:
    match = _UNSATISFIED.fullmatch(answer.headers.get("content-range", "").strip())
    if match is None or int(match[1]) > start:
        raise Transient("the server answered 416 for bytes that the file has")
    return Received(data=b"", total_bytes=int(match[1]), identity=identity_of(answer))


def _demand_identity(answer: Answer) -> None:
    encoding = answer.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("", "identity"):
        raise Transient("the server compresses a range that was asked for as it is")


def receive_whole(answer: Answer, subject: str, limit: int) -> bytes:
    """The whole body, unpacked where it is gzip; never more than `limit` bytes in memory.

    Raises `LimitReached` where there is more, `Transient` where it breaks off.
    """
    encoding = answer.headers.get("content-encoding", "").strip().lower()
    if encoding not in ("", "identity", "gzip"):
        raise Transient("the server sends an encoding that was not asked for")
    raw = answer.read(limit + 1)
    if answer.fault:
        raise answer.fault
    length = answer.headers.get("content-length", "")
    if length.isdigit() and len(raw) < min(int(length), limit + 1):
        raise Transient("the answer broke off")
    data = _unpacked(raw, limit) if encoding == "gzip" else raw
    if len(data) > limit:
        raise LimitReached(f"{subject}: more than {limit:,} bytes came, and no more are expected.")
    return data


def _unpacked(raw: bytes, limit: int) -> bytes:
    unpacker = zlib.decompressobj(wbits=31)
    try:
        data = unpacker.decompress(raw, limit + 1)
    except zlib.error:
        raise Transient("the server sends broken gzip") from None
    if len(data) <= limit and not unpacker.eof:
        raise Transient("the answer broke off")
    return data


def demand_same(before: Received | None, now: Received) -> None:
    """Raises `Transient`, in the end `ChangedWhileReading`, where two answers are not of one file."""
    if before is None:
        return
    if before.total_bytes != now.total_bytes:
        raise contradiction(f"{before.total_bytes:,} bytes long at first, {now.total_bytes:,} now")
    if before.identity and now.identity and before.identity != now.identity:
        raise contradiction("replaced between two reads")


def contradiction(what: str) -> Transient:
    """The server says two things of one file."""
    return Transient(what, costly=True, becomes=ChangedWhileReading)
