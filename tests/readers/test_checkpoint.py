"""A file that cannot be read does not stop the others; where none can be, the error keeps its kind."""

from collections.abc import Mapping

import pytest

from inspector.errors import AccessDenied, CannotLook, LimitReached, Unreachable
from inspector.model import Target
from inspector.readers import checkpoint
from inspector.readers.checkpoint import read_checkpoint
from inspector.readers.json_files import MAX_CONFIG_BYTES, MAX_INDEX_BYTES
from inspector.sources.base import Needed, SourceFile
from inspector.sources.memory import HeldFile, MemorySource
from tests.builder import file_bytes


class Failing(MemorySource):
    """Files in memory, some of which raise when read."""

    def __init__(self, files: Mapping[str, bytes], failures: Mapping[str, CannotLook]) -> None:
        held = [
            HeldFile(listed=SourceFile(path=path, bytes=len(data)), ranges={0: data}) for path, data in files.items()
        ]
        super().__init__(Target(kind="folder", ref="model"), held)
        self.failures = failures

    def read(self, path: str, start: int, stop: int) -> bytes:
        if path in self.failures:
            raise self.failures[path]
        return super().read(path, start, stop)

    def read_beginning(self, path: str, needed: Needed) -> bytes:
        if path in self.failures:
            raise self.failures[path]
        return super().read_beginning(path, needed)


ONE = file_bytes({"a.weight": ("F32", (2,))})
TWO = file_bytes({"b.weight": ("F32", (2,))})
DENIED = AccessDenied("b.safetensors may not be read.", hint="Ask for access.")


@pytest.mark.parametrize("jobs", [1, 4])
def test_one_file_that_fails_leaves_the_others(jobs: int) -> None:
    source = Failing({"a.safetensors": ONE, "b.safetensors": TWO}, {"b.safetensors": DENIED})
    checkpoint = read_checkpoint(source, jobs=jobs)
    assert [shard.path for shard in checkpoint.shards] == ["a.safetensors"]
    assert [(part.path, part.kind, part.hint) for part in checkpoint.unread] == [
        ("b.safetensors", "access-denied", "Ask for access.")
    ]
    assert not checkpoint.complete


@pytest.mark.parametrize("error", [DENIED, Unreachable("b.safetensors: the server is gone.")])
def test_where_nothing_can_be_read_the_error_keeps_its_kind(error: CannotLook) -> None:
    with pytest.raises(CannotLook) as raised:
        read_checkpoint(Failing({"b.safetensors": TWO}, {"b.safetensors": error}))
    assert (raised.value.kind, raised.value.message, raised.value.exit_code) == (error.kind, error.message, 3)


def test_a_configuration_that_cannot_be_read_is_listed() -> None:
    files = {"a.safetensors": ONE, "config.json": b"{}"}
    checkpoint = read_checkpoint(Failing(files, {"config.json": Unreachable("config.json: time is up.")}))
    assert [part.kind for part in checkpoint.unread] == ["unreachable"]
    assert len(checkpoint.shards) == 1


@pytest.mark.parametrize(
    ("path", "limit"), [("config.json", MAX_CONFIG_BYTES), ("model.safetensors.index.json", MAX_INDEX_BYTES)]
)
@pytest.mark.parametrize("beyond", [0, 1])
def test_a_small_file_that_is_too_large_is_not_read_in_part(path: str, limit: int, beyond: int) -> None:
    source = MemorySource(
        Target(kind="folder", ref="model"),
        [
            HeldFile(listed=SourceFile(path="a.safetensors", bytes=len(ONE)), ranges={0: ONE}),
            HeldFile(listed=SourceFile(path=path, bytes=limit + beyond), ranges={0: b"{}".ljust(limit)}),
        ],
    )
    unread = [(part.path, part.kind) for part in read_checkpoint(source).unread]
    assert unread == ([(path, "limit-reached")] if beyond else [])


@pytest.mark.parametrize("beyond", [0, 1])
def test_so_many_files_are_read_over_a_network_and_no_more(monkeypatch: pytest.MonkeyPatch, beyond: int) -> None:
    monkeypatch.setattr(checkpoint, "MAX_REMOTE_READS", 4 - beyond)
    source = Failing({f"{name}/model.safetensors": ONE for name in "abcd"}, {})
    if beyond:
        with pytest.raises(LimitReached, match="more than 3 files would have to be read over the network"):
            read_checkpoint(source, jobs=2)
    else:
        assert len(read_checkpoint(source, jobs=2).shards) == 4


def test_progress_counts_headers() -> None:
    seen: list[tuple[int, int]] = []
    source = Failing({"a.safetensors": ONE, "b.safetensors": TWO}, {})
    read_checkpoint(source, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(1, 2), (2, 2)]
