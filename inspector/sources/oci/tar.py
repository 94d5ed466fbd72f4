"""The members of a tar archive by their headers alone: ustar, GNU and PAX, whatever lies between is not read."""

from collections.abc import Iterator
from typing import Final, Literal, NamedTuple

from inspector.errors import CannotLook, LimitReached
from inspector.sources.oci.views import WINDOW_BYTES, View
from inspector.units import format_bytes, round_up

BLOCK_BYTES: Final = 512
#: Members of one archive that are listed before the walk ends.
MOST_MEMBERS: Final = 200_000

Kind = Literal["file", "hard link", "link", "folder", "sparse file", "special file"]

_END_BYTES = 2 * BLOCK_BYTES
_MOST_RECORD_BYTES = 1024 * 1024
_MOST_AHEAD_BYTES = 1024 * 1024
_KINDS: Final[dict[bytes, Kind]] = {
    b"0": "file",
    b"\0": "file",
    b"7": "file",
    b"1": "hard link",
    b"2": "link",
    b"3": "special file",
    b"4": "special file",
    b"5": "folder",
    b"6": "special file",
    b"S": "sparse file",
}
#: Types whose size field counts no data that follows: links, devices, folders, FIFOs.
_WITHOUT_DATA: Final = frozenset({b"1", b"2", b"3", b"4", b"5", b"6"})


class Member(NamedTuple):
    """One member: `name` as written, `start` and `bytes` of its data in the archive, `link` where it leads."""

    name: str
    kind: Kind
    start: int
    bytes: int
    link: str = ""


class BrokenArchive(CannotLook):
    """What is no tar archive, or breaks off; the message is a clause."""


def looks_like_tar(block: bytes) -> bool:
    """A block whose checksum is right, or the zeros that an empty archive begins with."""
    return len(block) == BLOCK_BYTES and (_checksum_fits(block) or not any(block))


def walk(view: View, most_fetched: int) -> Iterator[Member]:
    """Each member in order. Raises `BrokenArchive`, and `LimitReached` where the walk would fetch more than allowed."""
    steps = _Steps(view, most_fetched)
    at, count = 0, 0
    extra: dict[str, str] = {}
    while (block := steps.header(at)) is not None:
        count += 1
        if count > MOST_MEMBERS:
            raise LimitReached(f"it holds more than {MOST_MEMBERS:,} files")
        kind, size = block[156:157], _number(block[124:136], at)
        data = at + BLOCK_BYTES
        if kind in b"xgLK":
            record = steps.record(data, size)
            if kind != b"g":
                extra |= _parse_pax(record) if kind == b"x" else {_LONG[kind]: _text(record)}
            at = data + round_up(size, BLOCK_BYTES)
            continue
        member = _member(block, data, size, extra)
        extra = {}
        at = data + round_up(member.bytes, BLOCK_BYTES)
        if view.size is not None and data + member.bytes > view.size:
            raise BrokenArchive(f"its tar archive breaks off inside {member.name[:200]}")
        yield member


class _Steps:
    """Reads headers: ahead where members are small, one by one where there are gigabytes between them."""

    def __init__(self, view: View, most_fetched: int) -> None:
        self._view, self._most = view, most_fetched
        self._before = view.fetched
        self._ahead, self._last = WINDOW_BYTES, 0

    def header(self, at: int) -> bytes | None:
        """The header at a place, None at the end."""
        size = self._view.size
        if size is not None and at and size - at == _END_BYTES:
            return None  # Room for the two blocks that end an archive: a round trip for nothing.
        block = self._read(at, BLOCK_BYTES)
        if not block and at and self._view.read(at - 1, at):
            return None
        if len(block) < BLOCK_BYTES:
            raise BrokenArchive("its tar archive breaks off")
        if not any(block):
            return None
        if not _checksum_fits(block):
            raise BrokenArchive(f"there is no tar header at byte {at:,}")
        return block

    def record(self, at: int, size: int) -> bytes:
        if size > _MOST_RECORD_BYTES:
            raise LimitReached(f"a name in it is said to take {size:,} bytes")
        data = self._read(at, size)
        if len(data) < size:
            raise BrokenArchive("its tar archive breaks off")
        return data

    def _read(self, at: int, count: int) -> bytes:
        if self._view.fetched - self._before > self._most:
            raise LimitReached(f"listing it would take more than {format_bytes(self._most, 'iec')}")
        near = at - self._last <= self._ahead
        self._ahead = min(2 * self._ahead, _MOST_AHEAD_BYTES) if near and self._last else WINDOW_BYTES
        before = self._view.fetched
        data = self._view.read(at, at + count, self._ahead)
        if self._view.fetched != before:
            self._last = at + max(count, self._ahead)
        return data


#: PAX records that say where a member is and what it is called; others (owners, times) are not needed.
_KEPT_KEYS: Final = (b"path", b"linkpath", b"size", b"GNU.sparse.")
_LONG: Final = {b"L": "path", b"K": "linkpath"}


def _member(block: bytes, data: int, size: int, extra: dict[str, str]) -> Member:
    name = _text(block[:100])
    if block[257:263] == b"ustar\0" and block[345:346] != b"\0":
        name = f"{_text(block[345:500])}/{name}"
    kind = _KINDS.get(block[156:157], "special file")
    if any(key.startswith("GNU.sparse") for key in extra):
        kind = "sparse file"
    written = extra.get("size", "")
    if written.isascii() and written.isdigit() and len(written) < 20:
        size = int(written)
    name = extra.get("GNU.sparse.name") or extra.get("path") or name
    if kind == "file" and name.endswith("/"):
        kind = "folder"
    if block[156:157] == b"S" and block[482:483] != b"\0":
        raise LimitReached(f"it holds a sparse file, {name[:200]}, which is not read")
    link = extra.get("linkpath") or _text(block[157:257])
    return Member(name, kind, data, 0 if block[156:157] in _WITHOUT_DATA else size, link if "link" in kind else "")


def _parse_pax(record: bytes) -> dict[str, str]:
    """The records `LENGTH key=value` of a PAX header. Raises `BrokenArchive`."""
    found: dict[str, str] = {}
    at = 0
    while at < len(record) and record[at : at + 1] != b"\0":
        space = record.find(b" ", at, at + 10)
        length = record[at:space] if space > 0 else b""
        if not length.isdigit() or not space - at < int(length) <= len(record) - at:
            raise BrokenArchive("a PAX header in it is broken")
        key, _, value = record[space + 1 : at + int(length) - 1].partition(b"=")
        if key.startswith(_KEPT_KEYS):
            found[key.decode("utf-8", "replace")] = value.decode("utf-8", "replace")
        at += int(length)
    return found


def _text(field: bytes) -> str:
    return field.partition(b"\0")[0].decode("utf-8", "replace")


def _number(field: bytes, at: int) -> int:
    """Octal digits, or GNU's binary form for what they cannot tell. Raises `BrokenArchive`."""
    if field[:1] == b"\x80":
        return int.from_bytes(field[4:], "big")
    digits = field.partition(b"\0")[0].strip()
    if not all(digit in b"01234567" for digit in digits):
        raise BrokenArchive(f"the tar header at byte {at:,} gives no valid size")
    return int(digits or b"0", 8)


def _checksum_fits(block: bytes) -> bool:
    told = block[148:156].replace(b"\0", b" ").strip()
    if not told or not all(digit in b"01234567" for digit in told):
        return False
    counted = block[:148] + b" " * 8 + block[156:]
    # Some old writers took the bytes for signed numbers.
    return int(told, 8) == sum(counted) or int(told, 8) == sum(byte - 256 * (byte > 127) for byte in counted)
