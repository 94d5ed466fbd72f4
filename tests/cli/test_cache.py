"""`inspector cache`."""

import json
from pathlib import Path

import pytest

from inspector.sources.header_cache import HeaderCache
from tests.cli.runner import run


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("INSPECTOR_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


def shown(*arguments: str) -> str:
    result = run("cache", *arguments)
    assert result.code == 0, result.err
    return result.out


def test_its_place_and_what_it_holds(folder: Path) -> None:
    HeaderCache(str(folder)).put("https://hub", "a" * 64, b"header")
    lines = shown().splitlines()
    assert lines[0] == str(folder)
    assert lines[1].startswith("1 file, ")
    assert lines[1].endswith("of at most 250.00 MB")


def test_cleared(folder: Path) -> None:
    HeaderCache(str(folder)).put("https://hub", "a" * 64, b"header")
    assert "removed 1 file" in shown("--clear")
    document = json.loads(shown("--json"))
    assert document["schema"] == "inspector.cache/1"
    assert document["cache"]["entries"] == document["cache"]["bytes"] == 0
