"""The cache of headers: keeps what it was given, stays small, never fails a read."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from inspector.sources.header_cache import HeaderCache

HASH = "a" * 64


def entries(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_what_was_put_is_got(tmp_path: Path) -> None:
    cache = HeaderCache(str(tmp_path / "cache"))
    assert cache.get("https://hub", HASH) is None
    cache.put("https://hub", HASH, b"header" * 1000)
    assert cache.get("https://hub", HASH) == b"header" * 1000
    assert cache.use().entries == 1
    assert 0 < cache.use().bytes < 1000


def test_owners_do_not_share(tmp_path: Path) -> None:
    cache = HeaderCache(str(tmp_path))
    cache.put("https://one", HASH, b"header")
    assert cache.get("https://two", HASH) is None


@pytest.mark.parametrize(
    "damaged",
    [
        lambda whole: b"",
        lambda whole: b"other",
        lambda whole: whole[:-1],
        lambda whole: whole[: whole.index(b"\n") + 1] + b"not zlib",
        lambda whole: whole[whole.index(b"\n") + 1 :],
    ],
)
def test_a_damaged_entry_is_none(tmp_path: Path, damaged: Callable[[bytes], bytes]) -> None:
    cache = HeaderCache(str(tmp_path))
    cache.put("https://hub", HASH, os.urandom(2000))
    entry = entries(tmp_path)[0]
    entry.write_bytes(damaged(entry.read_bytes()))
    assert cache.get("https://hub", HASH) is None


def test_an_entry_in_the_place_of_another_is_none(tmp_path: Path) -> None:
    cache = HeaderCache(str(tmp_path))
    cache.put("https://hub", HASH, b"header")
    (entry,) = entries(tmp_path)
    content = entry.read_bytes()
    cache.put("https://hub", "b" * 64, b"other")
    (other,) = [path for path in entries(tmp_path) if path != entry]
    other.write_bytes(content)
    assert cache.get("https://hub", "b" * 64) is None
    assert cache.get("https://hub", HASH) == b"header"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no FIFOs here")
def test_an_entry_that_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    cache = HeaderCache(str(tmp_path))
    cache.put("https://hub", HASH, b"header")
    (entry,) = entries(tmp_path)
    entry.unlink()
    os.mkfifo(entry)
    assert cache.get("https://hub", HASH) is None


def test_the_oldest_go_first(tmp_path: Path) -> None:
    cache = HeaderCache(str(tmp_path), limit_bytes=100_000)
    for number in range(12):
        cache.put("https://hub", f"{number:064}", os.urandom(10_000))
        newest = max(entries(tmp_path), key=lambda path: path.stat().st_mtime_ns)
        os.utime(newest, ns=(number * 10**9, number * 10**9))
    assert cache.use().bytes <= 100_000
    assert cache.get("https://hub", f"{0:064}") is None
    assert cache.get("https://hub", f"{11:064}") is not None


def test_an_entry_too_large_for_the_limit_is_not_kept(tmp_path: Path) -> None:
    cache = HeaderCache(str(tmp_path), limit_bytes=40_000)
    cache.put("https://hub", HASH, os.urandom(10_001))
    assert cache.use().entries == 0


def test_clearing_removes_entries_and_nothing_else(tmp_path: Path) -> None:
    cache = HeaderCache(str(tmp_path))
    cache.put("https://hub", HASH, b"header")
    (tmp_path / "ab").mkdir(exist_ok=True)
    (tmp_path / "ab" / "notes.txt").write_text("mine", encoding="utf-8")
    (tmp_path / "elsewhere.beginning").write_text("mine", encoding="utf-8")
    assert cache.clear().entries == 1
    assert cache.use().entries == 0
    assert (tmp_path / "ab" / "notes.txt").exists()
    assert (tmp_path / "elsewhere.beginning").exists()


def test_a_folder_that_cannot_be_written_is_an_empty_cache(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    cache = HeaderCache(str(tmp_path / "file"))
    cache.put("https://hub", HASH, b"header")
    assert cache.get("https://hub", HASH) is None
    assert cache.use().entries == 0
