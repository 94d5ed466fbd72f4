"""`inspector verify`: contents against known hashes."""

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import pytest

from inspector.readers import digests
from tests.builder import file_bytes
from tests.cli.runner import run
from tests.cli.schemas import check
from tests.rules.support import ONE, one_file, write

SOUND = file_bytes(ONE, {"format": "pt"})
COMMIT = "5f0b02c75b57c5855da9ae460ce51323ea669d8a"


def _listed(folder: Path, content: bytes = SOUND) -> Path:
    """A folder with a checksum list of what its weights should be."""
    lines = f"{hashlib.sha256(SOUND).hexdigest()}  model.safetensors\n"
    return write(folder, {"model.safetensors": content, "SHA256SUMS": lines})


def _cache(root: Path, content: bytes = SOUND, tree: bool = False) -> Path:
    """A Hub cache with one snapshot of one file, whose blob is named by the hash of the sound content."""
    digest = hashlib.sha256(SOUND).hexdigest()
    repo = root / "models--org--name"
    write(repo, {f"blobs/{digest}": content, "refs/main": COMMIT})
    snapshot = repo / "snapshots" / COMMIT
    snapshot.mkdir(parents=True)
    os.symlink(f"../../blobs/{digest}", snapshot / "model.safetensors")
    if tree:
        row = {"size": 130, "blob_id": "1" * 40, "lfs_sha256": digest, "lfs_size": len(SOUND)}
        gone = {"size": 9, "blob_id": "2" * 40, "lfs_sha256": "3" * 64, "lfs_size": 9}
        files = {"model.safetensors": row, "other.safetensors": gone}
        write(repo, {f"trees/{COMMIT}.json": json.dumps({"format_version": 1, "files": files})})
    return repo


def test_agreement_passes_and_says_what_it_read(tmp_path: Path) -> None:
    result = run("verify", str(_listed(tmp_path)), "--json")
    check(result.document)
    assert result.code == 0
    assert result.document["verified"] == 1
    assert [row["status"] for row in result.document["files"]] == ["agrees"]
    assert f"verify reads {len(SOUND)} B in 1 file" in result.err


def test_one_flipped_bit_is_found(tmp_path: Path) -> None:
    result = run("verify", str(_listed(tmp_path, SOUND[:-1] + b"\x01")), "--json")
    check(result.document)
    assert result.code == 1
    assert [finding["rule"] for finding in result.document["findings"]] == ["ST810"]


def test_a_single_file_is_verified_by_what_lies_beside_it(tmp_path: Path) -> None:
    digest = hashlib.sha256(SOUND[-4:]).hexdigest()
    content = file_bytes(ONE, {"modelspec.hash_sha256": f"0x{digest}"})
    folder = write(tmp_path, one_file(content))
    assert run("verify", str(folder / "model.safetensors")).code == 0
    good, bad = _listed(tmp_path / "good"), _listed(tmp_path / "bad", SOUND[:-1] + b"\x01")
    assert run("verify", str(good / "model.safetensors")).code == 0
    assert run("verify", str(bad / "model.safetensors")).code == 1


def test_without_a_known_hash_there_is_no_verdict(tmp_path: Path) -> None:
    result = run("verify", str(write(tmp_path, one_file(SOUND))))
    assert result.code == 3
    assert "no hash of these files is known" in result.out


@pytest.mark.skipif(os.name != "posix", reason="needs links")
def test_a_cache_is_verified_by_the_names_of_its_blobs(tmp_path: Path) -> None:
    assert run("verify", str(_cache(tmp_path / "good"))).code == 0
    result = run("verify", str(_cache(tmp_path / "bad", SOUND[:-1] + b"\x01")))
    assert result.code == 1
    assert "the name of the cache's blob" in result.out


@pytest.mark.skipif(os.name != "posix", reason="needs links")
def test_the_tree_of_a_cache_tells_missing_and_short_files(tmp_path: Path) -> None:
    result = run("verify", str(_cache(tmp_path, SOUND[:-1], tree=True)), "--json")
    found = {(finding["rule"], finding["path"]) for finding in result.document["findings"]}
    assert ("ST811", "model.safetensors") in found
    assert ("ST812", "other.safetensors") in found


def test_another_target_can_be_the_standard(tmp_path: Path) -> None:
    here = write(tmp_path / "here", {**one_file(SOUND), "extra.py": "pass"})
    published = write(tmp_path / "published", {**one_file(SOUND + b"\n"), "config.json": "{}"})
    result = run("verify", str(here), "--against", str(published), "--json")
    check(result.document)
    found = {finding["rule"] for finding in result.document["findings"]}
    assert {"ST811", "ST813", "ST814"} <= found
    assert result.code == 1


def test_a_state_file_spares_files_that_are_done(tmp_path: Path) -> None:
    folder, state = _listed(tmp_path / "m"), tmp_path / "state.json"
    first = run("verify", str(folder), "--state", str(state))
    again = run("verify", str(folder), "--state", str(state))
    assert (first.code, again.code) == (0, 0)
    assert "in 0 files; 1 known from an earlier run" in again.err
    (folder / "model.safetensors").write_bytes(SOUND[:-1] + b"\x01")
    os.utime(folder / "model.safetensors", ns=(1, 1))
    assert run("verify", str(folder), "--state", str(state)).code == 1


@pytest.mark.parametrize("content", ["[]", "{}", '{"schema": "x", "files": []}', "nonsense"])
def test_another_file_is_never_taken_for_a_state(content: str, tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    state.write_text(content)
    result = run("verify", str(_listed(tmp_path / "m")), "--state", str(state))
    assert result.code == 2
    assert state.read_text() == content


def test_a_pointer_is_no_content(tmp_path: Path) -> None:
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 9\n"
    result = run("verify", str(_listed(tmp_path, pointer)))
    assert result.code == 1
    assert "ST401" in result.out


def test_a_list_that_speaks_of_other_files_alone_gives_no_verdict(tmp_path: Path) -> None:
    folder = write(tmp_path, {**one_file(SOUND), "SHA256SUMS": f"{'0' * 64}  other.safetensors\n"})
    assert run("verify", str(folder)).code == 3


def test_a_list_in_utf_16_is_read(tmp_path: Path) -> None:
    line = f"{hashlib.sha256(SOUND).hexdigest()} *model.safetensors\r\n"
    folder = write(tmp_path, {**one_file(SOUND), "SHA256SUMS": line.encode("utf-16")})
    assert run("verify", str(folder), "--json").document["verified"] == 1


def test_a_file_that_changes_in_place_with_its_time_put_back_is_read_again(tmp_path: Path) -> None:
    folder, state = _listed(tmp_path / "model"), str(tmp_path / "state.json")
    assert run("verify", str(folder), "--state", state).code == 0
    path = folder / "model.safetensors"
    times = path.stat()
    path.write_bytes(SOUND[:-1] + b"\x01")
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert run("verify", str(folder), "--state", state).code == 1


def test_a_file_that_changes_while_it_is_read_has_no_verdict(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, state = _listed(tmp_path / "model"), tmp_path / "state.json"
    whole = digests._digest

    def disturbed(*arguments: Any) -> Any:
        found = whole(*arguments)
        (folder / "model.safetensors").write_bytes(SOUND[:-1] + b"\x01")
        return found

    monkeypatch.setattr(digests, "_digest", disturbed)
    result = run("verify", str(folder), "--state", str(state), "--json")
    assert result.code == 3
    assert "changed while it was read" in result.document["not_checked"][0]["why"]
    assert json.loads(state.read_text())["files"] == {}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs FIFOs")
def test_a_pipe_is_no_state_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "state")
    assert run("verify", str(_listed(tmp_path / "model")), "--state", str(tmp_path / "state")).code == 2
