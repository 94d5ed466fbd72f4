"""Files that huggingface_hub downloaded: read here instead of over the network, and all there is when offline."""

import json
import os
from pathlib import Path

import pytest

from inspector.errors import NotFound, Unreachable
from tests.sources.hub_server import Content, HubServer, Repository
from tests.sources.hub_support import header_end, one_file, source_of, text

COMMIT = "a" * 40


def download(cache: Path, repository: Repository, paths: list[str], *, links: bool = True, tree: bool = False) -> None:
    """What a download of some files leaves in the cache."""
    root = cache / "models--org--name"
    (root / "refs").mkdir(parents=True)
    (root / "refs" / "main").write_text(repository.commit, encoding="ascii")
    for path in paths:
        content = repository.files[path]
        blob = root / "blobs" / (content.sha256 if content.lfs else content.git_sha1)
        place = root / "snapshots" / repository.commit / path
        place.parent.mkdir(parents=True, exist_ok=True)
        blob.parent.mkdir(exist_ok=True)
        target = blob if links else place
        target.write_bytes(content.slice(0, content.size))
        if links:
            link(place, blob)
    if tree:
        files = {path: tree_entry(content) for path, content in repository.files.items()}
        (root / "trees").mkdir()
        document = {"format_version": 1, "files": files}
        (root / "trees" / f"{repository.commit}.json").write_text(json.dumps(document), encoding="utf-8")


def link(place: Path, target: Path) -> None:
    try:
        place.symlink_to(target)
    except OSError:
        pytest.skip("links need a privilege here")


def tree_entry(content: Content) -> dict[str, object]:
    lfs = (
        {"lfs_sha256": content.sha256, "lfs_size": content.size}
        if content.lfs
        else {"lfs_sha256": None, "lfs_size": None}
    )
    return {"size": content.size, "blob_id": content.git_sha1, **lfs}


class TestOnline:
    @pytest.mark.parametrize("links", [True, False])
    def test_what_is_here_is_not_fetched(self, tmp_path: Path, links: bool) -> None:
        repository = one_file()
        download(tmp_path, repository, ["model.safetensors", "config.json"], links=links)
        with HubServer({"org/name": repository}) as hub:
            source = source_of(hub, cache_folder=str(tmp_path))
            beginning = source.read_beginning("model.safetensors", header_end)
            assert beginning == repository.files["model.safetensors"].beginning
            assert source.read("config.json", 0, 100) == repository.files["config.json"].beginning
            assert hub.kinds() == {"description": 1}
        assert source.facts["cached_paths"] == ("config.json", "model.safetensors")

    def test_a_partial_copy_is_not_believed(self, tmp_path: Path) -> None:
        repository = one_file()
        download(tmp_path, repository, ["model.safetensors"])
        blob = next((tmp_path / "models--org--name" / "blobs").iterdir())
        blob.write_bytes(blob.read_bytes()[:100])
        with HubServer({"org/name": repository}) as hub:
            source = source_of(hub, cache_folder=str(tmp_path))
            assert source.read_beginning("model.safetensors", header_end)
            assert hub.kinds()["storage"] == 1


class TestOffline:
    def test_the_downloaded_files_are_the_repository(self, tmp_path: Path) -> None:
        repository = one_file()
        download(tmp_path, repository, ["model.safetensors", "config.json"])
        with HubServer({"org/name": repository}) as hub:
            source = source_of(hub, cache_folder=str(tmp_path), offline=True)
            files = source.list_files()
            assert [(file.path, file.sha256) for file in files] == [
                ("config.json", ""),
                ("model.safetensors", repository.files["model.safetensors"].sha256),
            ]
            assert source.read_beginning("model.safetensors", header_end)
            assert source.target.revision == COMMIT
            assert source.facts == {"cached_paths": ("config.json", "model.safetensors")}
            assert not hub.requests

    def test_a_known_file_that_is_not_here_is_said_to_be_missing(self, tmp_path: Path) -> None:
        repository = one_file()
        download(tmp_path, repository, ["config.json"], tree=True)
        with HubServer({"org/name": repository}) as hub:
            source = source_of(hub, cache_folder=str(tmp_path), offline=True)
            assert [file.path for file in source.list_files()] == ["config.json", "model.safetensors"]
            assert source.read("config.json", 0, 100)
            with pytest.raises(
                Unreachable, match=r"^model\.safetensors of org/name: not in the local cache, and offline"
            ):
                source.read_beginning("model.safetensors", header_end)
            assert not hub.requests

    @pytest.mark.parametrize("target", ["org/other", "org/name@v2", "org/name@" + "b" * 40])
    def test_what_was_never_downloaded(self, tmp_path: Path, target: str) -> None:
        download(tmp_path, one_file(), ["config.json"])
        with HubServer({}) as hub, pytest.raises(Unreachable, match="not in the local cache, and offline"):
            source_of(hub, target, cache_folder=str(tmp_path), offline=True).list_files()

    def test_by_commit_without_a_branch(self, tmp_path: Path) -> None:
        download(tmp_path, one_file(), ["config.json"])
        (tmp_path / "models--org--name" / "refs" / "main").unlink()
        with HubServer({}) as hub:
            source = source_of(hub, f"org/name@{COMMIT}", cache_folder=str(tmp_path), offline=True)
            assert [file.path for file in source.list_files()] == ["config.json"]

    def test_a_path_outside_is_not_read(self, tmp_path: Path) -> None:
        repository = Repository({"config.json": text({})})
        download(tmp_path, repository, ["config.json"], tree=True)
        tree = tmp_path / "models--org--name" / "trees" / f"{COMMIT}.json"
        document = json.loads(tree.read_text(encoding="utf-8"))
        document["files"]["../../../secret"] = document["files"]["config.json"]
        tree.write_text(json.dumps(document), encoding="utf-8")
        (tmp_path / "secret").write_text("{}", encoding="utf-8")
        with HubServer({}) as hub:
            source = source_of(hub, cache_folder=str(tmp_path), offline=True)
            assert [file.path for file in source.list_files()] == ["config.json"]
            with pytest.raises(NotFound):
                source.read("../../../secret", 0, 2)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no FIFOs here")
@pytest.mark.parametrize("place", ["refs/main", f"trees/{COMMIT}.json"])
def test_what_is_no_file_is_not_waited_for(tmp_path: Path, place: str) -> None:
    repository = one_file()
    download(tmp_path, repository, list(repository.files), tree=True)
    path = tmp_path / "models--org--name" / place
    path.unlink()
    os.mkfifo(path)
    with HubServer({"org/name": repository}) as hub:
        source = source_of(hub, cache_folder=str(tmp_path), offline=True)
        if place.startswith("refs"):
            with pytest.raises(Unreachable, match="not in the local cache"):
                source.list_files()
        else:
            assert {file.path for file in source.list_files()} == set(repository.files)
