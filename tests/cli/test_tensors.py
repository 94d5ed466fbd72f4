"""`inspector tensors`: list, filter, sort, tree."""

import csv
import io
import json
from pathlib import Path

import pytest

from tests.cli.runner import run
from tests.cli.schemas import check

FIXTURES = Path(__file__).parents[2] / "fixtures"
TINY = str(FIXTURES / "tiny-llama")
DEEPSEEK = str(FIXTURES / "deepseek-v3.snapshot.json.gz")


def test_the_document_lists_every_tensor_with_its_role() -> None:
    document = run("tensors", TINY, "--json").document
    check(document)
    assert len(document["tensors"]) == 21
    row = next(row for row in document["tensors"] if row["name"] == "model.layers.1.mlp.up_proj.weight")
    assert row == {
        "path": "model-00002-of-00002.safetensors",
        "name": "model.layers.1.mlp.up_proj.weight",
        "dtype": "BF16",
        "shape": [32, 16],
        "elements": 512,
        "params": 512,
        "stored_bytes": 1024,
        "data_offsets": row["data_offsets"],
        "component": "transformer",
        "name_pattern": "model.layers.*.mlp.up_proj.weight",
        "part": "mlp",
        "block": 1,
        "expert": None,
    }


def test_lines_and_document_agree() -> None:
    lines = [json.loads(line) for line in run("tensors", TINY, "-o", "jsonl").out.splitlines()]
    assert lines == run("tensors", TINY, "--json").document["tensors"]


def test_filters_are_all_obeyed() -> None:
    arguments = ("--name", "model.layers.*", "--component", "transformer", "--dtype", "bf16")
    rows = run("tensors", TINY, *arguments, "--json").document["tensors"]
    assert len(rows) == 18
    assert run("tensors", TINY, "--dtype", "F32", "--json").document["tensors"] == []


def test_sorting() -> None:
    rows = run("tensors", TINY, "--sort", "size", "--top", "3", "--json").document["tensors"]
    assert [row["stored_bytes"] for row in rows] == [2048, 2048, 1024]
    names = [row["name"] for row in run("tensors", TINY, "--sort", "name", "--json").document["tensors"]]
    assert names == sorted(names)
    rows = run("tensors", TINY, "--sort", "offset", "--json").document["tensors"]
    places = [(row["path"], row["data_offsets"][0]) for row in rows]
    assert places == sorted(places)


def test_experts_and_blocks_are_numbered() -> None:
    name = "model.layers.5.mlp.experts.17.up_proj.weight"
    (row,) = run("tensors", DEEPSEEK, "--name", name, "--json").document["tensors"]
    assert (row["block"], row["expert"], row["part"]) == (5, 17, "experts")


def test_the_tree_folds_repeated_blocks() -> None:
    out = run("tensors", DEEPSEEK, "--tree").out
    assert "layers.{0..60} x 61" in out
    assert "experts.{0..255} x 256" in out
    assert len(out.splitlines()) < 120


def test_the_tree_has_no_machine_format() -> None:
    assert run("tensors", TINY, "--tree", "--json").code == 2


def test_csv_has_a_row_a_tensor() -> None:
    rows = list(csv.DictReader(io.StringIO(run("tensors", TINY, "-o", "csv").out)))
    assert len(rows) == 21
    assert rows[0]["shape"].replace("x", "").isdigit()


def test_an_unknown_dtype_names_the_known_ones() -> None:
    result = run("tensors", TINY, "--dtype", "quaternion")
    assert result.code == 2
    assert "BF16" in result.err


def test_a_dtype_may_be_written_as_frameworks_do() -> None:
    assert run("tensors", TINY, "--dtype", "torch.bfloat16").out == run("tensors", TINY, "--dtype", "BF16").out
    assert run("tensors", TINY, "--dtype", "float32").out.strip() == "No tensor matches."


def test_one_tensor_is_singular() -> None:
    assert run("tensors", TINY, "--top", "1").out.splitlines()[-1].startswith("1 tensor, ")


@pytest.mark.parametrize(("option", "word", "near"), [("--component", "heads", "head"), ("--dtype", "BF61", "BF16")])
def test_a_filter_that_names_nothing_known_is_wrong_usage(option: str, word: str, near: str) -> None:
    result = run("tensors", TINY, option, word)
    assert result.code == 2
    assert f"Did you mean {near}?" in result.err


@pytest.mark.parametrize("other", ["--top=3", "--sort=size"])
def test_a_tree_is_whole_and_in_its_own_order(other: str) -> None:
    assert run("tensors", TINY, "--tree", other).code == 2


def test_no_rows_keep_the_columns() -> None:
    none = run("tensors", TINY, "--name", "nothing", "-o", "csv").out.splitlines()
    assert none == run("tensors", TINY, "-o", "csv").out.splitlines()[:1]
