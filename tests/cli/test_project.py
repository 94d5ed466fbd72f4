"""`inspector project`: tables, documents, components, exit codes."""

import csv
import io
import json
from pathlib import Path

import pytest

from tests.builder import write
from tests.cli.runner import run
from tests.cli.schemas import check

FIXTURES = Path(__file__).parents[2] / "fixtures"
TINY = str(FIXTURES / "tiny-llama")
LLAMA = str(FIXTURES / "llama-3.1-8b.snapshot.json.gz")
DEEPSEEK = str(FIXTURES / "deepseek-v3.snapshot.json.gz")


@pytest.mark.parametrize("target", [TINY, LLAMA, DEEPSEEK])
def test_every_scheme_gives_a_document_that_adds_up(target: str) -> None:
    result = run("project", target, "--scheme", "all", "--json")
    check(result.document)
    assert result.code == 0
    for row in result.document["projections"]:
        assert sum(row["components"].values()) + row["header_bytes"] == row["projected_bytes"], row["scheme"]
        assert row["low_bytes"] <= row["projected_bytes"] <= row["high_bytes"]
        assert row["basis"] != "exact" or row["low_bytes"] == row["high_bytes"]
        if row["groups"]:
            assert sum(group["bytes"] for group in row["groups"]) == sum(row["components"].values()), row["scheme"]


def test_all_is_what_is_projected_without_a_scheme() -> None:
    assert run("project", TINY, "--json").out == run("project", TINY, "--scheme", "all", "--json").out


def test_a_family_names_all_its_schemes() -> None:
    document = run("project", LLAMA, "--scheme", "bnb", "--scheme", "mlx/4bit-g64", "--json").document
    schemes = [row["scheme"] for row in document["projections"]]
    assert schemes == ["bnb/int8", "bnb/nf4", "bnb/nf4-dq", "bnb/fp4", "bnb/fp4-dq", "mlx/4bit-g64"]


def test_a_single_scheme_explains_itself() -> None:
    out = run("project", LLAMA, "--scheme", "bnb/nf4").out
    assert "bytes, exact" in out
    assert "model.layers.*.mlp.down_proj.weight" in out
    assert "kept: output head" in out
    assert "Follows bitsandbytes" in out


def test_what_does_not_apply_is_told_with_its_reason() -> None:
    document = run("project", LLAMA, "--scheme", "svdq/int4", "--json").document
    assert document["projections"] == []
    assert document["not_offered"] == [{"scheme": "svdq/int4", "reason": "not for language models"}]
    assert "Not offered" in run("project", LLAMA, "--scheme", "svdq/int4").out


def test_components_with_schemes_of_their_own(tmp_path: Path) -> None:
    write(tmp_path / "model.safetensors", {"a.weight": ("F32", (8, 8)), "a.bias": ("F32", (8,))})
    result = run("project", str(tmp_path), "--component", "vae=cast/f16", "--json")
    assert [row["reason"] for row in result.document["not_offered"]] == [
        "no weight set is 'vae', only 'model.safetensors'"
    ]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--scheme", "gguf/q4_k_x"), "gguf/q4_k_"),
        (("--scheme", "nonsense"), "inspector schemes"),
        (("--component", "transformer"), "names no component and scheme"),
        (("--component", "transformer=nf4"), "not known"),
    ],
)
def test_wrong_names_are_usage_errors_with_a_way_out(arguments: tuple[str, ...], words: str) -> None:
    result = run("project", TINY, *arguments)
    assert result.code == 2
    assert words in result.err


def test_csv_rows_of_a_scheme_add_up() -> None:
    rows = list(csv.DictReader(io.StringIO(run("project", LLAMA, "--scheme", "bnb/nf4", "-o", "csv").out)))
    assert {row["component"] for row in rows} == {"embedding", "transformer", "head", "container"}
    assert sum(int(row["component_bytes"]) for row in rows) == int(rows[0]["projected_bytes"])


def test_several_targets_and_one_that_is_not_there() -> None:
    result = run("project", TINY, "/nowhere/at/all", "--scheme", "cast/f16", "--json")
    assert result.code == 3
    check(result.document)
    assert [doc["schema"] for doc in result.document["targets"]] == ["inspector.project/1", "inspector.error/1"]


def test_markdown_and_lines() -> None:
    markdown = run("project", TINY, "--scheme", "cast/f16", "-o", "markdown").out
    assert markdown.startswith("## ")
    assert "### cast/f16" in markdown
    lines = run("project", TINY, "--scheme", "cast/f16", "-o", "jsonl").out.splitlines()
    assert [json.loads(line)["projections"][0]["scheme"] for line in lines] == ["cast/f16"]


def test_an_incomplete_checkpoint_is_projected_and_exits_with_no_verdict(tmp_path: Path) -> None:
    write(tmp_path / "model-00001-of-00002.safetensors", {"model.embed_tokens.weight": ("BF16", (64, 64))})
    result = run("project", str(tmp_path), "--scheme", "cast/f32", "--json")
    assert result.code == 3
    assert result.document["complete"] is False


def test_nothing_of_an_incomplete_checkpoint_is_exact(tmp_path: Path) -> None:
    from tests.builder import file_bytes

    path = tmp_path / "cut.safetensors"
    path.write_bytes(file_bytes({"a.weight": ("F32", (4, 4)), "b.weight": ("F32", (4, 4))})[:-4])
    for command in (("project", str(path), "--scheme", "cast"), ("inspect", str(path))):
        result = run(*command, "--json")
        assert result.code == 3
        assert "exact" not in {row["basis"] for row in result.document["projections"]}
