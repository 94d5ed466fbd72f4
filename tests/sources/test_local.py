"""Local files: nothing outside the given folder is opened, nothing is waited for."""

import os
from pathlib import Path

import pytest

from inspector.errors import AccessDenied, NotAFile, NotFound, NothingToInspect
from inspector.readers.checkpoint import read_checkpoint
from inspector.sources.local import open_local
from tests.builder import write

W = {"w": ("F32", (2,))}
COMMIT = "5f0b02c75b57c5855da9ae460ce51323ea669d8a"
needs_links = pytest.mark.skipif(os.name == "nt", reason="links need a privilege on Windows")


def cached(root: Path, blob: str = "a" * 64) -> Path:
    """A Hub cache folder with one snapshot whose file is a link to a blob."""
    repo = root / "models--org--name"
    write(repo / "blobs" / blob, W)
    snapshot = repo / "snapshots" / COMMIT
    snapshot.mkdir(parents=True)
    (snapshot / "model.safetensors").symlink_to(Path("../../blobs") / blob)
    (repo / "refs").mkdir()
    (repo / "refs" / "main").write_text(COMMIT)
    return repo


@needs_links
def test_a_hub_cache_folder_leads_to_its_snapshot(tmp_path: Path) -> None:
    repo = cached(tmp_path)
    for place in (repo, repo / "snapshots" / COMMIT):
        checkpoint = read_checkpoint(open_local(str(place)))
        assert checkpoint.target.repo_id == "org/name"
        assert checkpoint.revision == COMMIT
        assert checkpoint.complete
        assert checkpoint.files[0].sha256 == "a" * 64


@needs_links
def test_a_hub_cache_without_refs_takes_its_only_snapshot(tmp_path: Path) -> None:
    repo = cached(tmp_path)
    (repo / "refs" / "main").unlink()
    assert open_local(str(repo)).target.revision == COMMIT
    (repo / "snapshots" / ("b" * 40)).mkdir()
    with pytest.raises(NotFound, match="2 snapshots"):
        open_local(str(repo))


@needs_links
def test_an_unfinished_blob_is_reported(tmp_path: Path) -> None:
    repo = cached(tmp_path)
    (repo / "blobs" / "abc.incomplete").write_bytes(b"123")
    checkpoint = read_checkpoint(open_local(str(repo)))
    assert [(fault.kind, fault.name) for fault in checkpoint.faults] == [("partial-download", "blobs/abc.incomplete")]


@needs_links
def test_a_link_that_leaves_the_folder_is_not_followed(tmp_path: Path) -> None:
    outside = write(tmp_path / "secret.safetensors", W)
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "model.safetensors").symlink_to(outside)
    source = open_local(str(folder))
    with pytest.raises(AccessDenied, match="outside"):
        source.read("model.safetensors", 0, 8)
    with pytest.raises(NothingToInspect, match="leads outside"):
        read_checkpoint(source)
    assert read_checkpoint(open_local(str(folder / "model.safetensors"))).complete


@needs_links
def test_a_dangling_link_is_reported_and_the_rest_is_read(tmp_path: Path) -> None:
    write(tmp_path / "a.safetensors", W)
    (tmp_path / "b.safetensors").symlink_to("gone")
    checkpoint = read_checkpoint(open_local(str(tmp_path)))
    assert len(checkpoint.shards) == 1
    assert [fault.kind for fault in checkpoint.faults] == ["dangling-link"]


@needs_links
def test_a_loop_of_folder_links_ends(tmp_path: Path) -> None:
    write(tmp_path / "a.safetensors", W)
    (tmp_path / "loop").symlink_to(tmp_path)
    assert len(read_checkpoint(open_local(str(tmp_path))).shards) == 1


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs FIFOs")
def test_a_fifo_is_never_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.safetensors")
    with pytest.raises(NotAFile, match="FIFO"):
        open_local(str(tmp_path / "pipe.safetensors"))
    write(tmp_path / "model.safetensors", W)
    checkpoint = read_checkpoint(open_local(str(tmp_path)))
    assert [fault.kind for fault in checkpoint.faults] == ["special-file"]
    assert len(checkpoint.shards) == 1


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_shard_is_listed_and_the_rest_is_read(tmp_path: Path) -> None:
    write(tmp_path / "a.safetensors", W)
    write(tmp_path / "b.safetensors", W).chmod(0)
    checkpoint = read_checkpoint(open_local(str(tmp_path)))
    assert [part.path for part in checkpoint.unread] == ["b.safetensors"]
    assert not checkpoint.complete


def test_only_headers_are_read(tmp_path: Path) -> None:
    path = write(tmp_path / "model.safetensors", {"w": ("F32", (10**9,))})
    source = open_local(str(path))
    checkpoint = read_checkpoint(source)
    assert source.cost().bytes == checkpoint.shards[0].header_bytes
    assert checkpoint.shards[0].file_bytes > 4 * 10**9


def test_git_folders_are_not_searched(tmp_path: Path) -> None:
    write(tmp_path / ".git" / "x.safetensors", W)
    write(tmp_path / "model.safetensors", W)
    assert [shard.path for shard in read_checkpoint(open_local(str(tmp_path))).shards] == ["model.safetensors"]


def test_a_missing_path_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="nothing-here"):
        open_local(str(tmp_path / "nothing-here"))


def _share(repo: Path, *, marked: bool = True) -> None:
    """Move the blob to the store that all repositories of a cache share, as huggingface_hub does."""
    blob = repo / "blobs" / ("a" * 64)
    store = repo.parent / "blobs"
    (store / "bb").mkdir(parents=True)
    blob.rename(store / "bb" / ("b" * 64))
    blob.symlink_to(Path("../../blobs/bb") / ("b" * 64))
    if marked:
        (store / ".huggingface-shared-blobs").write_text("1\n")


@needs_links
def test_blobs_that_repositories_share_belong_to_the_cache(tmp_path: Path) -> None:
    repo = cached(tmp_path)
    _share(repo)
    checkpoint = read_checkpoint(open_local(str(repo)))
    assert checkpoint.complete
    assert checkpoint.files[0].sha256 == "a" * 64
    assert not checkpoint.faults


@needs_links
def test_a_folder_beside_the_cache_that_is_no_store_stays_closed(tmp_path: Path) -> None:
    repo = cached(tmp_path)
    _share(repo, marked=False)
    with pytest.raises(NothingToInspect, match="leads outside"):
        read_checkpoint(open_local(str(repo)))


@needs_links
@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs FIFOs")
@pytest.mark.parametrize("place", ["refs/main", f"trees/{COMMIT}.json", "blobs/x.incomplete"])
def test_odd_places_in_a_cache_are_never_waited_for(place: str, tmp_path: Path) -> None:
    repo = cached(tmp_path)
    (repo / place).unlink(missing_ok=True)
    (repo / place).parent.mkdir(exist_ok=True)
    os.mkfifo(repo / place)
    assert read_checkpoint(open_local(str(repo))).revision == COMMIT


@needs_links
def test_links_to_folders_outside_are_named_and_links_to_itself_are_not(tmp_path: Path) -> None:
    write(tmp_path / "elsewhere" / "x.safetensors", W)
    write(tmp_path / "model" / "model.safetensors", W)
    (tmp_path / "model" / "again").symlink_to(".")
    (tmp_path / "model" / "unet").symlink_to("../elsewhere")
    faults = read_checkpoint(open_local(str(tmp_path / "model"))).faults
    assert [(fault.kind, fault.name) for fault in faults] == [("link-outside", "unet")]


@needs_links
def test_one_file_under_several_names_counts_once(tmp_path: Path) -> None:
    write(tmp_path / "a.safetensors", W)
    (tmp_path / "b.safetensors").symlink_to("a.safetensors")
    os.link(tmp_path / "a.safetensors", tmp_path / "c.safetensors")
    source = open_local(str(tmp_path))
    assert {file.same_as for file in source.list_files()} == {"a.safetensors"}
    checkpoint = read_checkpoint(source)
    assert len(checkpoint.weight_sets) == 1
    assert {other.reason for other in checkpoint.alternatives} == {"the same file as a.safetensors"}


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_may_not_be_read_is_listed(tmp_path: Path) -> None:
    write(tmp_path / "a.safetensors", W)
    (tmp_path / "closed").mkdir(mode=0)
    checkpoint = read_checkpoint(open_local(str(tmp_path)))
    (tmp_path / "closed").chmod(0o700)
    assert [(part.path, part.kind) for part in checkpoint.unread] == [("closed", "cannot-look")]
