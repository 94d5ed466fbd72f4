"""Object stores: fsspec's memory file system as one without conditions, moto's server as S3 where it is installed."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest

from inspector.errors import AccessDenied, ChangedWhileReading, NotAFile, NotFound, Unsupported
from inspector.sources.object_store import ObjectStoreSource, StoreOptions, is_object_store
from tests.builder import file_bytes
from tests.sources.hub_support import header_end, weights

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


def of_memory(memory: Any, url: str = "memory://models/a") -> ObjectStoreSource:
    return ObjectStoreSource(url, filesystem=memory)


def test_what_is_an_object_store() -> None:
    for url in ("s3://bucket/prefix", "gs://bucket", "az://container/x", "abfs://container/x", "memory://x"):
        assert is_object_store(url)
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
    assert source.cost().requests == 4


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
    assert special["../up.safetensors"] == "outside link"
    with pytest.raises(NotAFile):
        source.read("../up.safetensors", 0, 8)


def test_a_library_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_: Any, **__: Any) -> None:
        raise ImportError("no gcsfs")

    monkeypatch.setattr(fsspec, "url_to_fs", missing)
    with pytest.raises(Unsupported) as caught:
        ObjectStoreSource("gs://bucket/x")
    assert "safetensors-inspector[gcs]" in caught.value.hint


class Requests(logging.Handler):
    """The request lines that moto's server logs."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


@pytest.fixture(scope="module")
def s3() -> Iterator[tuple[str, Any, Requests]]:
    moto = pytest.importorskip("moto.server")
    pytest.importorskip("s3fs")
    boto3 = pytest.importorskip("boto3")
    server = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    seen, log = Requests(), logging.getLogger("werkzeug")
    server.start()
    log.handlers, log.propagate = [seen], False
    log.setLevel(logging.INFO)
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    with pytest.MonkeyPatch.context() as environment:
        for name, value in (
            ("AWS_ACCESS_KEY_ID", "k"),
            ("AWS_SECRET_ACCESS_KEY", "s"),
            ("AWS_DEFAULT_REGION", "us-east-1"),
        ):
            environment.setenv(name, value)
        environment.setenv("AWS_ENDPOINT_URL", url)
        client = boto3.client("s3", endpoint_url=url)
        client.create_bucket(Bucket="bucket")
        yield url, client, seen
    server.stop()


def put(client: Any, prefix: str, files: dict[str, bytes]) -> None:
    for path, data in files.items():
        client.put_object(Bucket="bucket", Key=f"{prefix}/{path}", Body=data)


def test_s3_takes_one_list_and_one_range_for_each_file(s3: tuple[str, Any, Requests]) -> None:
    _, client, seen = s3
    contents = {f"unet/model-{i}.safetensors": weights().slice(0, 300_000) for i in range(3)}
    put(client, "a", contents | {"config.json": b"{}"})
    seen.lines.clear()
    source = ObjectStoreSource("s3://bucket/a")
    for file in source.list_files():
        if file.path.endswith(".json"):
            assert source.read(file.path, 0, file.bytes) == b"{}"
        else:
            assert contents[file.path].startswith(source.read_beginning(file.path, header_end))
    assert len(seen.lines) == source.cost().requests == 1 + 4
    assert sum("list-type=2" in line for line in seen.lines) == 1


def test_s3_refuses_an_object_that_was_replaced(s3: tuple[str, Any, Requests]) -> None:
    _, client, _ = s3
    put(client, "b", {"model.safetensors": file_bytes({"w": ("F32", (4,))})})
    source = ObjectStoreSource("s3://bucket/b")
    source.list_files()
    put(client, "b", {"model.safetensors": file_bytes({"v": ("F32", (4,))})})
    with pytest.raises(ChangedWhileReading, match="replaced since it was listed"):
        source.read_beginning("model.safetensors", header_end)


def test_s3_is_anonymous_when_asked(s3: tuple[str, Any, Requests]) -> None:
    _, client, _ = s3
    put(client, "c", {"model.safetensors": file_bytes({"w": ("F32", (4,))})})
    with pytest.raises(AccessDenied, match="denies access"):
        ObjectStoreSource("s3://bucket/c", StoreOptions(anonymous=True)).read("model.safetensors", 0, 8)


def test_s3_without_a_bucket(s3: tuple[str, Any, Requests]) -> None:
    with pytest.raises(NotFound):
        ObjectStoreSource("s3://missing/x").list_files()
