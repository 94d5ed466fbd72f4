"""The content of gzip streams at any place: what it is, what it takes, and where it ends."""

import gzip
import random
import zlib

import pytest

from inspector.errors import CannotLook, LimitReached
from inspector.sources.oci import gunzip
from inspector.sources.oci.gunzip import Gunzipped
from inspector.sources.oci.views import FetchedView

RANDOM = random.Random(7)
CONTENT = b"".join(RANDOM.randbytes(700) + b"abc" * 300 for _ in range(4000))
PACKED = gzip.compress(CONTENT, 1)
MOST = 2**30


def fetched(data: bytes) -> FetchedView:
    return FetchedView(len(data), lambda start, stop: data[start:stop])


def test_any_place_in_any_order() -> None:
    view = Gunzipped(fetched(PACKED), MOST, MOST)
    places = [0, len(CONTENT) - 10, 5, 3_000_000, 1_000_000, len(CONTENT) - 3, 2_999_999, len(CONTENT), 2**25]
    for start in places:
        assert view.read(start, start + 1000) == CONTENT[start : start + 1000]
    assert view.size is None


def test_a_place_behind_is_found_without_beginning_again() -> None:
    packed = fetched(PACKED)
    view = Gunzipped(packed, MOST, MOST)
    view.read(len(CONTENT) - 1, len(CONTENT))
    packed._kept.clear()
    before = packed.fetched
    assert view.read(4_000_000, 4_000_100) == CONTENT[4_000_000:4_000_100]
    assert packed.fetched - before < len(PACKED) // 2


def test_many_places_become_fewer() -> None:
    content = bytes(80 * 2**20)
    view = Gunzipped(fetched(gzip.compress(content, 1)), MOST, MOST)
    assert view.read(len(content) - 1, len(content) + 1) == b"\0"
    assert len(view._places) <= 32
    assert view.read(40 * 2**20, 40 * 2**20 + 2) == b"\0\0"


@pytest.mark.parametrize("padding", [b"", bytes(1000)])
def test_several_streams_in_a_row_are_one(padding: bytes) -> None:
    packed = b"".join(gzip.compress(CONTENT[i : i + 100_000]) for i in range(0, 1_000_000, 100_000)) + padding
    view = Gunzipped(fetched(packed), MOST, MOST)
    assert view.read(99_000, 2_000_000) == CONTENT[99_000:1_000_000]


def test_a_stream_that_breaks_off_ends_there() -> None:
    view = Gunzipped(fetched(PACKED[: len(PACKED) // 2]), MOST, MOST)
    got = view.read(0, len(CONTENT))
    assert CONTENT.startswith(got)
    assert 0 < len(got) < len(CONTENT)


def test_a_broken_stream_says_so() -> None:
    broken = bytearray(PACKED)
    broken[1_000_000:1_000_100] = b"\xff" * 100
    with pytest.raises(CannotLook, match=r"its gzip stream is broken after [0-9,]+ unpacked bytes"):
        Gunzipped(fetched(bytes(broken)), MOST, MOST).read(0, len(CONTENT))


def test_no_more_than_the_bound_is_fetched() -> None:
    packed = fetched(PACKED)
    view = Gunzipped(packed, 2**20, MOST)
    assert view.read(1_000_000, 1_000_100) == CONTENT[1_000_000:1_000_100]
    with pytest.raises(LimitReached, match=r"no more than the first 1\.00 MiB are unpacked"):
        view.read(4_000_000, 4_000_001)
    assert packed.fetched <= 2**20
    assert view.read(10, 20) == CONTENT[10:20]


def test_streams_without_content_have_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gunzip, "_MOST_STREAMS", 1000)
    empty = gzip.compress(b"", mtime=0)
    assert Gunzipped(fetched(empty * 1001), MOST, MOST).read(0, 1) == b""
    with pytest.raises(LimitReached, match="more than 1,000 streams"):
        Gunzipped(fetched(empty * 1002), MOST, MOST).read(0, 1)


def test_a_bomb_is_not_unpacked() -> None:
    packer = zlib.compressobj(9, wbits=31)
    bomb = b"".join(packer.compress(bytes(2**20)) for _ in range(64)) + packer.flush()
    view = Gunzipped(fetched(bomb), MOST, 2**22)
    assert view.read(2**22 - 1, 2**22) == b"\0"
    with pytest.raises(LimitReached, match=r"no more than the first 4\.00 MiB of its content are unpacked"):
        view.read(2**22, 2**22 + 1)
