"""Target strings that name a local path in another way, or nothing."""

from pathlib import Path

import pytest

from inspector.errors import NotFound, UsageError
from inspector.sources.resolve import resolve
from tests.builder import write


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = tmp_path / "org" / "na me"
    folder.mkdir(parents=True)
    return write(folder / "model.safetensors", {"a": ("F32", (2,))})


def _files(target: str) -> list[str]:
    return [file.path for file in resolve(target).source.list_files()]


def test_a_file_address_is_the_path_it_stands_for(model: Path) -> None:
    assert _files(model.as_uri()) == ["model.safetensors"]


def test_a_home_folder_that_no_shell_wrote_out(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(model.parents[2]))
    monkeypatch.setenv("USERPROFILE", str(model.parents[2]))
    assert _files("~/org/na me") == ["model.safetensors"]
    with pytest.raises(NotFound, match="does not exist"):
        resolve("~/nothing")


def test_a_path_that_begins_with_a_tilde_is_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "~", {"a": ("F32", (2,))})
    monkeypatch.chdir(tmp_path)
    assert _files("~") == ["~"]


def test_standard_input_is_no_target() -> None:
    with pytest.raises(UsageError, match="Standard input"):
        resolve("-")


@pytest.mark.parametrize(
    ("target", "noted"), [("org/name", True), ("./org/name", False), ("org/name/", False), ("org/name/x", False)]
)
def test_only_what_could_be_a_repository_is_noted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, target: str, noted: bool
) -> None:
    (tmp_path / "org" / "name" / "x").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    assert ("hf://" in resolve(target).note) is noted


def test_a_local_path_has_no_revision(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is on this machine"):
        resolve(str(tmp_path), revision="main")
