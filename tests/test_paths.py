"""Paths inside a target."""

import pytest

from inspector.paths import folder_of, join, name_of


@pytest.mark.parametrize(
    ("path", "folder", "name"),
    [
        ("model.safetensors", "", "model.safetensors"),
        ("unet/model.safetensors", "unet", "model.safetensors"),
        ("a/b/c", "a/b", "c"),
        ("", "", ""),
    ],
)
def test_a_path_is_its_folder_and_its_name(path: str, folder: str, name: str) -> None:
    assert (folder_of(path), name_of(path)) == (folder, name)
    assert join(folder, name) == path
