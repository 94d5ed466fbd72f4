"""Components of a corpus of full-size headers, where the development data lies beside the repository."""

import gzip
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from inspector.analyses.census import SetContext
from inspector.readers.header import read_header
from tests.analyses.roles_of import labelled
from tests.builder import data_bytes, header_bytes

CORPUS = Path(__file__).parents[3].parent / "shared" / "corpus"
EXPECTED = json.loads((CORPUS / "expected.json").read_text()) if CORPUS.is_dir() else {}
KNOWN = [name for name, row in EXPECTED.items() if row["components"] and row["params"]]

pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason="no corpus of headers beside the repository")


def _sets(model: dict[str, Any]) -> dict[str, list[str]]:
    """Folder -> its files: in the corpus every folder holds one weight set."""
    folders: dict[str, list[str]] = {}
    for path in sorted(model["files"]):
        folders.setdefault(path.rpartition("/")[0], []).append(path)
    return folders


def _context(model: dict[str, Any], folder: str) -> SetContext:
    others = model["other_files"]
    config = others.get(f"{folder}/config.json".lstrip("/"), {})
    entry = others.get("model_index.json", {}).get(folder) if folder else None
    return SetContext(
        path=folder, config=config, pipeline_name=folder if entry else "", pipeline_class=(entry or ["", ""])[1]
    )


def _found(model: dict[str, Any]) -> Counter[str]:
    found: Counter[str] = Counter()
    for folder, paths in _sets(model).items():
        headers = [model["files"][path] for path in paths]
        shards = [
            read_header(header_bytes(header), file_bytes=len(header_bytes(header)) + data_bytes(header))
            for header in headers
        ]
        for each in labelled(shards, _context(model, folder))[1]:
            apart = each.logical.kind != "parameter"
            found["buffer" if apart else each.role.component] += each.group.elements if apart else each.logical.params
    return found


@pytest.mark.parametrize("name", KNOWN)
def test_parameters_per_component(name: str) -> None:
    model = json.loads(gzip.decompress((CORPUS / "headers" / f"{name}.json.gz").read_bytes()))
    expected = Counter(EXPECTED[name]["components"])
    anywhere = expected.pop("*", 0)
    surplus = _found(model) - expected
    assert not expected - _found(model)
    assert sum(surplus.values()) == anywhere
