"""Archives walked by their headers: every dialect, what is read of them, and those that are broken or hostile."""

import io
import tarfile

import pytest

from inspector.errors import CannotLook, LimitReached
from inspector.sources.oci import tar as module
from inspector.sources.oci.tar import BrokenArchive, Member, looks_like_tar, walk
from inspector.sources.oci.views import FetchedView, LocalView, View
from tests.sources.oci.packing import Entry, Link, tar

FORMATS = (tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT)
MOST = 64 * 1024 * 1024


def view_of(data: bytes) -> View:
    return LocalView(len(data), lambda start, stop: data[start:stop])


def members(data: bytes) -> list[Member]:
    return list(walk(view_of(data), MOST))


def header(name: str = "a", size: bytes = b"00000000001\0", kind: bytes = b"0") -> bytes:
    """A header with a right checksum, whatever stands in it."""
    block = bytearray(512)
    block[: len(name)] = name.encode()
    block[124 : 124 + len(size)] = size
    block[156:157] = kind
    block[257:265] = b"ustar\x0000"
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("padded", [True, False])
def test_members_are_where_the_library_finds_them(format: int, padded: bool) -> None:
    entries: dict[str, Entry] = {
        "folder": None,
        "folder/empty": b"",
        "folder/a.safetensors": bytes(1000),
        "folder/link": Link("a.safetensors"),
        "hard": Link("folder/a.safetensors", hard=True),
        "b.json": b"{}",
    }
    data = tar(entries, padded=padded, format=format)
    found = {member.name.rstrip("/"): member for member in members(data)}
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        for info in archive:
            member = found.pop(info.name)
            assert member.bytes == (info.size if info.isreg() else 0)
            assert member.start == info.offset_data
            assert member.link == info.linkname
    assert not found


@pytest.mark.parametrize("format", FORMATS[1:])
def test_long_names_and_other_alphabets(format: int) -> None:
    long, link = "folder/" * 30 + "模型.safetensors", "folder/" * 30 + "other"
    found = members(tar({long: b"x", "link": Link(link)}, format=format))
    assert [(member.name, member.link) for member in found] == [(long, ""), ("link", link)]


def test_a_long_name_in_two_fields() -> None:
    name = "a" * 90 + "/" + "b" * 90
    assert members(tar({name: b"x"}, format=tarfile.USTAR_FORMAT))[0].name == name


def test_a_size_beyond_octal_digits() -> None:
    size = 9 * 2**40
    block = header(size=b"\x80" + size.to_bytes(11, "big"))
    view = FetchedView(size + 1536, lambda start, stop: (block + bytes(stop - start))[: stop - start])
    assert [(one.start, one.bytes) for one in walk(view, MOST)] == [(512, size)]
    assert view.fetched < 100_000


def test_a_size_in_a_pax_header_wins() -> None:
    record = b"14 size=1000\n"
    record = b"%d size=1000\n" % len(b"13 size=1000\n")
    data = header(kind=b"x", size=b"%011o\0" % len(record)) + record.ljust(512, b"\0") + header() + bytes(1024 + 1024)
    assert members(data)[0].bytes == 1000


def test_a_global_header_names_nothing() -> None:
    record = b"10 path=b\n"
    data = header(kind=b"g", size=b"%011o\0" % len(record)) + record.ljust(512, b"\0") + header("a") + bytes(512 + 1024)
    assert [member.name for member in members(data)] == ["a"]


@pytest.mark.parametrize("kind", [b"3", b"4", b"6"])
def test_devices_and_pipes_are_no_files(kind: bytes) -> None:
    data = header("a", kind=kind) + header("b") + bytes(512 + 1024)
    assert [(member.name, member.kind) for member in members(data)] == [("a", "special file"), ("b", "file")]


def test_a_type_of_no_standard_is_passed_over() -> None:
    data = header("a", kind=b"V") + bytes(512) + header("b") + bytes(512 + 1024)
    assert [member.name for member in members(data)] == ["a", "b"]


def test_a_sparse_file_says_so() -> None:
    record = b"25 GNU.sparse.major=1\n"
    record = b"%d GNU.sparse.major=1\n" % (len("GNU.sparse.major=1\n") + 3)
    data = header(kind=b"x", size=b"%011o\0" % len(record)) + record.ljust(512, b"\0") + header("a") + bytes(512 + 1024)
    assert members(data)[0].kind == "sparse file"
    assert members(header("a", kind=b"S") + bytes(512 + 1024))[0].kind == "sparse file"
    extended = bytearray(header("a", kind=b"S"))
    extended[482] = 1
    extended[148:156] = b" " * 8
    extended[148:156] = b"%06o\0 " % sum(extended)
    with pytest.raises(LimitReached, match="a sparse file, a, which is not read"):
        members(bytes(extended) + bytes(2048))


WHOLE = tar({"a": bytes(5000), "b": b"x"}, padded=False)


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "breaks off"),
        (WHOLE[:100], "breaks off"),
        (WHOLE[:3000], "breaks off inside a"),
        (header("a") + b"x" * 4096, "no tar header at byte 1,024"),
        (header("a", size=b"99999999999\0") + bytes(2048), "gives no valid size"),
        (header("a", size=b"\x80" + b"\xff" * 11) + bytes(2048), "breaks off inside a"),
        (
            header(kind=b"x", size=b"00000000005\0") + b"9 a=".ljust(512, b"\0") + bytes(2048),
            "PAX header in it is broken",
        ),
        (
            header(kind=b"x", size=b"00000000005\0") + b"x=123".ljust(512, b"\0") + bytes(2048),
            "PAX header in it is broken",
        ),
    ],
)
def test_broken_archives(data: bytes, problem: str) -> None:
    with pytest.raises(BrokenArchive, match=problem):
        members(data)


def test_members_before_the_break_are_told() -> None:
    steps = walk(view_of(header("a") + bytes(512) + b"x" * 4096), MOST)
    assert next(steps).name == "a"
    with pytest.raises(BrokenArchive):
        next(steps)


@pytest.mark.parametrize("kind", [b"x", b"L"])
def test_a_name_of_gigabytes_is_not_read(kind: bytes) -> None:
    view = FetchedView(2**40, lambda start, stop: header(kind=kind, size=b"77777777777\0").ljust(stop - start, b"\0"))
    with pytest.raises(LimitReached, match="a name in it is said to take 8,589,934,591 bytes"):
        list(walk(view, MOST))


@pytest.mark.parametrize("extra", [0, 1])
def test_members_have_a_limit(monkeypatch: pytest.MonkeyPatch, extra: int) -> None:
    monkeypatch.setattr(module, "MOST_MEMBERS", 10)
    data = tar({f"f{i}": b"" for i in range(10 + extra)}, format=tarfile.USTAR_FORMAT)
    if extra:
        with pytest.raises(LimitReached, match="more than 10 files"):
            members(data)
    else:
        assert len(members(data)) == 10


def test_a_walk_fetches_no_more_than_it_may() -> None:
    data = tar({f"f{i}": bytes(200_000) for i in range(40)})
    view = FetchedView(len(data), lambda start, stop: data[start:stop])
    with pytest.raises(LimitReached, match=r"more than 1\.00 MiB"):
        list(walk(view, 2**20))
    assert view.fetched < 3 * 2**20


def test_small_members_come_many_at_a_time_and_large_ones_are_jumped_over() -> None:
    asked: list[int] = []

    def fetch(start: int, stop: int) -> bytes:
        asked.append(stop - start)
        return data[start:stop]

    data = tar({f"f{i}": b"x" * 1000 for i in range(2000)})
    assert len(list(walk(FetchedView(len(data), fetch), MOST))) == 2000
    assert len(asked) < 12
    asked.clear()
    data = tar({f"f{i}": bytes(2_000_000) for i in range(10)})
    assert len(list(walk(FetchedView(len(data), fetch), MOST))) == 10
    assert len(asked) <= 11
    assert sum(asked) < 11 * 65_537


def test_what_looks_like_an_archive() -> None:
    assert looks_like_tar(WHOLE[:512])
    assert looks_like_tar(bytes(512))
    assert not looks_like_tar(b"x" * 512)
    assert not looks_like_tar(WHOLE[:511])
    assert issubclass(BrokenArchive, CannotLook)
