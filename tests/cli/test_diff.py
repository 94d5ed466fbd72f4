"""`inspector diff OLD NEW`."""

import csv
import io
from pathlib import Path

from tests.cli.runner import run
from tests.cli.schemas import check
from tests.rules.support import language_model, model_files, one_file, write


def _pair(tmp_path: Path) -> tuple[str, str]:
    spec = {**language_model(), "lm_head.weight": ("F32", [32, 8]), "extra.0.weight": ("BF16", [2, 2])}
    old, new = write(tmp_path / "old", model_files()), write(tmp_path / "new", model_files(spec))
    return str(old), str(new)


def test_the_same_checkpoint_does_not_differ(tmp_path: Path) -> None:
    old, _ = _pair(tmp_path)
    result = run("diff", old, old, "--exit-code")
    assert result.code == 0
    assert result.out.startswith("No difference")


def test_what_changed_is_told_by_component_and_by_tensor(tmp_path: Path) -> None:
    old, new = _pair(tmp_path)
    result = run("diff", old, new)
    assert result.code == 0
    assert "extra.0.weight" in result.out
    assert "BF16 -> F32 [32, 8]" in result.out
    assert "1 added, 0 removed, 1 changed; +520 B of tensors" in result.out
    assert run("diff", old, new, "--exit-code").code == 1


def test_the_document_is_as_its_schema_says(tmp_path: Path) -> None:
    document = run("diff", *_pair(tmp_path), "--json").document
    check(document)
    assert [row["name"] for row in document["added"]] == ["extra.0.weight"]
    assert document["changed"][0]["old"] == {"dtype": "BF16", "shape": [32, 8], "stored_bytes": 512}
    assert document["complete"] is True


def test_csv_has_a_row_for_each_tensor(tmp_path: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(run("diff", *_pair(tmp_path), "-o", "csv").out)))
    assert [(row["what"], row["name"]) for row in rows] == [("added", "extra.0.weight"), ("changed", "lm_head.weight")]


def test_a_side_that_does_not_load_is_no_verdict(tmp_path: Path) -> None:
    old, _ = _pair(tmp_path)
    broken = write(tmp_path / "broken", one_file(b"short"))
    assert run("diff", old, str(broken)).code == 3
    assert run("diff", old, str(tmp_path / "gone")).code == 3
