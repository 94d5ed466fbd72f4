"""`inspector cache`."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from inspector.cli.cache import command
from inspector.sources.header_cache import HeaderCache


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("INSPECTOR_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


def shown(*arguments: str) -> str:
    result = CliRunner().invoke(command, arguments)
    assert result.exit_code == 0, result.output
    return result.output


def test_its_place_and_what_it_holds(folder: Path) -> None:
    HeaderCache(str(folder)).put("https://hub", "a" * 64, b"header")
    lines = shown().splitlines()
    assert lines[0] == str(folder)
    assert lines[1].startswith("1 headers and small files, ")
    assert lines[1].endswith("of at most 250.00 MB")


def test_cleared(folder: Path) -> None:
    HeaderCache(str(folder)).put("https://hub", "a" * 64, b"header")
    assert "removed 1 headers" in shown("--clear")
    document = json.loads(shown("--json"))
    assert document["schema"] == "inspector.cache/1"
    assert document["cache"]["entries"] == document["cache"]["bytes"] == 0
