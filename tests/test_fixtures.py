"""The fixtures are what fixtures/README.md says: described, small, free of weights, and the tiny folder is real."""

import importlib.util
from pathlib import Path
from types import ModuleType

import safetensors

from inspector.sources.snapshot import open_snapshot

FIXTURES = Path(__file__).parents[1] / "fixtures"
SNAPSHOTS = sorted(FIXTURES.glob("*.snapshot.json.gz"))


def _maker() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_tiny_llama", FIXTURES / "make_tiny_llama.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_snapshot_is_described() -> None:
    page = (FIXTURES / "README.md").read_text(encoding="utf-8")
    names = {path.name.removesuffix(".snapshot.json.gz") for path in SNAPSHOTS}
    assert len(names) >= 12
    assert {line.split("`")[1] for line in page.splitlines() if line.startswith("| `")} == names


def test_snapshots_hold_headers_and_no_weights() -> None:
    for path in SNAPSHOTS:
        source = open_snapshot(str(path))
        for file in source.list_files():
            if file.path.endswith(".safetensors"):
                header = 8 + int.from_bytes(source.read(file.path, 0, 8), "little")
                assert sum(len(data) for data in source.held(file.path).ranges.values()) <= header


def test_the_tiny_folder_is_what_its_maker_writes_and_what_the_loader_opens() -> None:
    for name, content in _maker().files().items():
        assert (FIXTURES / "tiny-llama" / name).read_bytes() == content
        if name.endswith(".safetensors"):
            assert safetensors.deserialize(content)  # type: ignore[no-untyped-call]
