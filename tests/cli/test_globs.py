"""Globs of configurations."""

from pathlib import Path

import pytest

from inspector.cli.globs import expand, matches


@pytest.mark.parametrize(
    ("path", "patterns", "expected"),
    [
        ("adapters/a.safetensors", ["adapters/*.safetensors"], True),
        ("adapters/deep/a.safetensors", ["adapters/*.safetensors"], False),
        ("adapters/deep/a.safetensors", ["adapters/**/*.safetensors"], True),
        ("adapters/a.safetensors", ["adapters/**/*.safetensors"], True),
        ("adapters/old-a.safetensors", ["adapters/*.safetensors", "!adapters/old-*"], False),
        ("model/a.safetensors", ["model"], True),
        ("model/a.safetensors", ["model/"], True),
        ("model/a.safetensors", ["./model"], True),
        ("models/a.safetensors", ["model"], False),
        ("a.safetensors", ["**"], True),
        ("a.safetensors", ["."], True),
        ("a.safetensors", ["?.safetensors"], True),
        ("a+b.safetensors", ["a+b.safetensors"], True),
        ("a.safetensors", ["!b*"], False),
    ],
)
def test_matching(path: str, patterns: list[str], expected: bool) -> None:
    assert matches(path, patterns) is expected


def test_expansion_is_sorted_and_lists_nothing_below_a_match(tmp_path: Path) -> None:
    for name in ("b/x.safetensors", "a/y.safetensors", "a/old-z.safetensors"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert expand(["*/*.safetensors", "!a/old-*"], tmp_path) == ["a/y.safetensors", "b/x.safetensors"]
    assert expand(["**"], tmp_path) == ["."]
    assert expand(["a", "a/*"], tmp_path) == ["a"]
    assert expand(["none*"], tmp_path) == []
