"""Who says what of the contents of files."""

import hashlib
import json
from pathlib import Path

import pytest

from inspector.model import Shard
from inspector.readers.claims import Algorithm, gather_claims, parse_checksums, parse_tree, published_claims
from inspector.readers.digests import Job, digest_files
from inspector.sources.base import SourceFile
from inspector.sources.local import open_local

A, B = "a" * 64, "B" * 64
LONG = "c" * 128


@pytest.mark.parametrize(
    ("line", "claim"),
    [
        (f"{A}  model.safetensors", ("model.safetensors", "sha256", A)),
        (f"{A} *model.safetensors", ("model.safetensors", "sha256", A)),
        (f"{B}  ./sub/model.safetensors", ("sub/model.safetensors", "sha256", B.lower())),
        (f"SHA256 (model.safetensors) = {A}", ("model.safetensors", "sha256", A)),
        (f"{LONG}  model.safetensors", ("model.safetensors", "sha512", LONG)),
        (f"{A}  model.safetensors\r", ("model.safetensors", "sha256", A)),
        (f"\ufeff{A}  model.safetensors", ("model.safetensors", "sha256", A)),
        (f"SHA2-256(model.safetensors)= {A}", ("model.safetensors", "sha256", A)),
        (f"{A}  sub\\model.safetensors", ("sub/model.safetensors", "sha256", A)),
        (f"\\{A}  a\\\\b\\nc\\r.safetensors", ("a\\b\nc\r.safetensors", "sha256", A)),
        (f"\\SHA256 (a\\nb.safetensors) = {A}", ("a\nb.safetensors", "sha256", A)),
        (f"{A}  a\u2028b.safetensors", ("a\u2028b.safetensors", "sha256", A)),
        (f"{A}  ../outside.safetensors", None),
        (f"{A}  /etc/passwd", None),
        ("# a comment", None),
        (f"{A[:-1]}  model.safetensors", None),
        (A, None),
    ],
)
def test_lines_of_checksum_lists(line: str, claim: tuple[str, str, str] | None) -> None:
    found = [(one.path, one.algorithm, one.digest) for one in parse_checksums(line + "\n", "SHA256SUMS")]
    assert found == ([claim] if claim else [])


def test_a_lone_digest_is_of_the_file_that_the_list_is_named_after() -> None:
    (claim,) = parse_checksums(A, "sub/model.safetensors.sha256")
    assert (claim.path, claim.origin) == ("sub/model.safetensors", "sub/model.safetensors.sha256")


def test_a_list_speaks_of_its_own_folder() -> None:
    (claim,) = parse_checksums(f"{A}  x.safetensors", "unet/SHA256SUMS")
    assert claim.path == "unet/x.safetensors"


def test_a_published_listing_prefers_sha256_and_falls_back_on_git() -> None:
    files = [
        SourceFile(path="w", bytes=9, sha256=A, git_sha1="1" * 40),
        SourceFile(path="c", bytes=3, git_sha1="2" * 40),
        SourceFile(path="n", bytes=1),
    ]
    claims = [(one.path, one.algorithm, one.digest, one.bytes) for one in published_claims(files, "org/name")]
    assert claims == [("w", "sha256", A, 9), ("c", "git-sha1", "2" * 40, 3), ("n", "sha256", "", 1)]


def test_tree_files_of_a_cache() -> None:
    tree = {
        "format_version": 1,
        "files": {
            "model.safetensors": {"size": 135, "blob_id": "1" * 40, "lfs_sha256": A, "lfs_size": 99, "xet_hash": None},
            "config.json": {"size": 12, "blob_id": "2" * 40, "lfs_sha256": None, "lfs_size": None},
        },
    }
    claims = [(one.path, one.algorithm, one.digest, one.bytes) for one in parse_tree(json.dumps(tree).encode(), "t")]
    assert claims == [("model.safetensors", "sha256", A, 99), ("config.json", "git-sha1", "2" * 40, 12)]


@pytest.mark.parametrize(
    "raw", [b"", b"[]", b"{}", b'{"files": []}', b'{"files": {"a": {}}}', b'{"files": {"a": 1}}', b"\xff"]
)
def test_what_is_no_tree_file_claims_nothing(raw: bytes) -> None:
    assert parse_tree(raw, "t") == []


def test_everything_beside_the_files_is_gathered(tmp_path: Path) -> None:
    (tmp_path / "SHA256SUMS").write_text(f"{A}  model.safetensors\n")
    record = tmp_path / ".cache" / "huggingface" / "download" / "config.json.metadata"
    record.parent.mkdir(parents=True)
    record.write_text(f"{'0' * 40}\n{'1' * 40}\n1700000000.0\n")
    source = open_local(str(tmp_path))
    shard = Shard(
        path="model.safetensors", file_bytes=100, header_bytes=10, metadata={"modelspec.hash_sha256": f"0x{B}"}
    )
    claims = {(one.path, one.algorithm, one.digest) for one in gather_claims(source, source.list_files(), [shard])}
    assert claims == {
        ("model.safetensors", "sha256", A),
        ("model.safetensors", "sha256-of-data", B.lower()),
        ("config.json", "git-sha1", "1" * 40),
    }


@pytest.mark.parametrize("size", [0, 1, 9, 100_000])
def test_digests_are_those_of_the_tools(size: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inspector.readers.digests.CHUNK_BYTES", 1000)
    content = bytes(i % 251 for i in range(size))
    (tmp_path / "x").write_bytes(content)
    head = min(size, 1500)
    job = Job(path="x", bytes=size, header_bytes=head, algorithms=("sha256", "sha512", "git-sha1", "sha256-of-data"))
    done: dict[Algorithm, str] = {}
    read: list[int] = []
    failed = digest_files(
        open_local(str(tmp_path)), [job], at_once=2, on_bytes=read.append, on_done=lambda _, found: done.update(found)
    )
    assert failed == {}
    assert sum(read) == size
    assert done == {
        "sha256": hashlib.sha256(content).hexdigest(),
        "sha512": hashlib.sha512(content).hexdigest(),
        "git-sha1": hashlib.sha1(b"blob %d\0" % size + content).hexdigest(),
        "sha256-of-data": hashlib.sha256(content[head:]).hexdigest(),
    }


def test_a_file_that_cannot_be_read_does_not_stop_the_others(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"x")
    jobs = [Job(path=path, bytes=1, header_bytes=0, algorithms=("sha256",)) for path in ("gone", "x")]
    done: list[str] = []
    failed = digest_files(
        open_local(str(tmp_path)),
        jobs,
        at_once=1,
        on_bytes=lambda _: None,
        on_done=lambda job, _: done.append(job.path),
    )
    assert done == ["x"]
    assert list(failed) == ["gone"]


def test_a_file_that_became_shorter_is_no_verdict(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"x")
    job = Job(path="x", bytes=9, header_bytes=0, algorithms=("sha256",))
    failed = digest_files(open_local(str(tmp_path)), [job], at_once=1, on_bytes=lambda _: None, on_done=lambda *_: None)
    assert "shorter" in failed["x"]
