"""Which URLs are object stores, and any file system of fsspec as one: its memory file system stands for them."""

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from inspector.errors import CannotLook, ChangedWhileReading, LimitReached, NotAFile, NotFound, Unreachable
from inspector.sources.network.settings import Network
from inspector.sources.object_store import ObjectStoreSource, is_object_store
from inspector.sources.stores import other
from inspector.sources.stores.other import OtherStore
from tests.builder import file_bytes
from tests.sources.hub_support import header_end

fsspec = pytest.importorskip("fsspec")

LONG = {f"t{i}" * 9: ("F32", (4,)) for i in range(3000)}


@pytest.fixture
def memory() -> Iterator[Any]:
    fs = fsspec.filesystem("memory", skip_instance_cache=True)
    fs.store = {}
    fs.pseudo_dirs = [""]
    fs.pipe_file("/models/a/model.safetensors", file_bytes({"w": ("F32", (4, 4))}))
    fs.pipe_file("/models/a/config.json", b"{}")
    fs.pipe_file("/models/a/long.safetensors", file_bytes(LONG))
    yield fs
    fs.store = {}


def of_memory(memory: Any, url: str = "memory://models/a", call_seconds: float = 60.0) -> ObjectStoreSource:
    key = url.replace("memory:/", "")
    return ObjectStoreSource(
        url, Network(), connect=lambda: (OtherStore(url, memory, call_seconds=call_seconds), key.rstrip("/"))
    )


def test_what_is_an_object_store() -> None:
    for url in (
        "s3://bucket/prefix",
        "gs://bucket",
        "S3://bucket",
        "az://container/x",
        "abfs://container/x",
        "memory://x",
    ):
        assert is_object_store(url)
    assert is_object_store("ssh://user@host/models")
    for text in (
        "hf://org/name",
        "https://host/x",
        "file:///etc/passwd",
        "simplecache::s3://b/x",
        "s3://",
        "nosuch://x",
    ):
        assert not is_object_store(text)


def test_objects_are_listed_below_the_prefix(memory: Any) -> None:
    files = of_memory(memory).list_files()
    assert [file.path for file in files] == ["config.json", "long.safetensors", "model.safetensors"]
    assert files[0].bytes == 2


def test_ranges_and_beginnings(memory: Any) -> None:
    source = of_memory(memory)
    whole = file_bytes({"w": ("F32", (4, 4))})
    assert source.read("model.safetensors", 3, 20) == whole[3:20]
    assert source.read("model.safetensors", 3, 10**9) == whole[3:]
    assert source.read("model.safetensors", 10**9, 2 * 10**9) == b""
    assert source.read_beginning("model.safetensors", header_end) == whole
    # One listing, three ranges, and a look before each of the two that do not begin the file.
    assert source.cost().requests == 6


def test_a_long_header_takes_a_second_range(memory: Any) -> None:
    whole = file_bytes(LONG)
    end = header_end(whole[:8])
    assert end > 128 * 1024
    assert of_memory(memory).read_beginning("long.safetensors", header_end) == whole[:end]


def test_an_object_replaced_between_two_reads(memory: Any) -> None:
    source = of_memory(memory)

    def needed(first: bytes) -> int:
        memory.pipe_file("/models/a/long.safetensors", file_bytes(LONG) + b"more")
        return header_end(first)

    source.list_files()
    with pytest.raises(ChangedWhileReading, match="replaced"):
        source.read_beginning("long.safetensors", needed)


def test_one_object(memory: Any) -> None:
    source = of_memory(memory, "memory://models/a/model.safetensors")
    assert [file.path for file in source.list_files()] == ["model.safetensors"]
    assert source.focus == "model.safetensors"
    assert source.read_beginning("model.safetensors", header_end)


def test_nothing_there(memory: Any) -> None:
    with pytest.raises(NotFound):
        of_memory(memory, "memory://models/none").list_files()
    with pytest.raises(NotFound):
        of_memory(memory).read("../b/model.safetensors", 0, 8)


def test_a_key_that_leaves_the_prefix_is_not_opened(memory: Any) -> None:
    memory.store["/models/a/../up.safetensors"] = memory.store["/models/a/model.safetensors"]
    source = of_memory(memory)
    special = {file.path: file.special for file in source.list_files()}
    assert special["../up.safetensors"] == "outside name"
    with pytest.raises(NotAFile):
        source.read("../up.safetensors", 0, 8)


def test_one_file_that_was_replaced(memory: Any) -> None:
    source = of_memory(memory, "memory://models/a/long.safetensors")
    source.list_files()
    memory.pipe_file("/models/a/long.safetensors", file_bytes(LONG) + b"more")
    with pytest.raises(ChangedWhileReading):
        source.read_beginning("long.safetensors", header_end)


def test_a_folder_named_like_a_file(memory: Any) -> None:
    memory.pipe_file("/models/b.safetensors/w.safetensors", file_bytes({"w": ("F32", (4,))}))
    assert [file.path for file in of_memory(memory, "memory://models/b.safetensors").list_files()] == ["w.safetensors"]


def test_a_call_that_does_not_return(memory: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    release = threading.Event()
    monkeypatch.setattr(memory, "find", lambda *_, **__: release.wait(30))
    began = time.monotonic()
    with pytest.raises(Unreachable, match=r"^memory://models/a: no answer in 0\.1 s\.$"):
        of_memory(memory, call_seconds=0.1).list_files()
    assert time.monotonic() - began < 3.0
    release.set()


def test_bytes_that_are_missing(memory: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    source = of_memory(memory)
    source.list_files()
    monkeypatch.setattr(memory, "cat_file", lambda *_, **__: b"short")
    with pytest.raises(ChangedWhileReading, match="8 bytes from 0 on expected, 5 came"):
        source.read("model.safetensors", 0, 8)


def test_too_many_files(memory: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(other, "MOST_OBJECTS", 3)
    assert len(of_memory(memory).list_files()) == 3
    memory.pipe_file("/models/a/one-more.json", b"{}")
    with pytest.raises(LimitReached, match="objects"):
        of_memory(memory).list_files()


def test_nothing_is_read_after_the_end(memory: Any) -> None:
    source = of_memory(memory)
    source.list_files()
    source.close()
    with pytest.raises(CannotLook, match="stopped"):
        source.read("model.safetensors", 0, 8)


def test_a_scheme_in_capitals() -> None:
    assert ObjectStoreSource("S3://Bucket/K", Network()).target.ref == "s3://Bucket/K"


def test_a_password_is_not_shown() -> None:
    assert ObjectStoreSource("ssh://me:secret@host/models", Network()).target.ref == "ssh://me@host/models"
