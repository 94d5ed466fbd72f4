"""The inspect document, to the letter, on every fixture and on made-up checkpoints."""

from pathlib import Path
from typing import Any

import pytest

from tests.builder import write
from tests.cli.runner import run
from tests.cli.schemas import check

FIXTURES = Path(__file__).parents[2] / "fixtures"
TARGETS = [*sorted(FIXTURES.glob("*.snapshot.json.gz")), FIXTURES / "tiny-llama"]

#: fixture -> (architecture, headline parameters, components in order)
EXPECTED: dict[str, tuple[str, int, list[str]]] = {
    "bert-base-uncased": ("bert", 110_106_428, ["tokenizer", "text_encoder"]),
    "controlnet-sd15": ("sd15-controlnet", 361_279_120, ["controlnet"]),
    "deepseek-v3": ("deepseek-v3", 671_026_419_200, ["tokenizer", "embedding", "transformer", "head", "mtp"]),
    "encodec-24khz": ("encodec", 19_046_114, ["tokenizer", "codec"]),
    "flux1-dev-diffusers": (
        "flux",
        11_901_408_320,
        ["tokenizer", "text_encoder", "text_encoder", "transformer", "vae"],
    ),
    "gpt-oss-20b": ("gpt-oss", 20_914_757_184, ["tokenizer", "embedding", "transformer", "head"]),
    "llama-2-7b-gptq": ("llama", 6_738_415_616, ["tokenizer", "embedding", "transformer", "head"]),
    "llama-3.1-8b": ("llama", 8_030_261_248, ["tokenizer", "embedding", "transformer", "head"]),
    "llama-3.1-8b-bnb-nf4": ("llama", 8_030_261_248, ["tokenizer", "embedding", "transformer", "head"]),
    "mixtral-8x7b": ("mixtral", 46_702_792_704, ["tokenizer", "embedding", "transformer", "head"]),
    "sdxl-base-single": ("sdxl", 2_567_463_684, ["text_encoder", "text_encoder", "unet", "vae"]),
    "vae-sdxl-ldm": ("autoencoder-kl", 83_653_863, ["vae"]),
    "whisper-large-v3": ("whisper", 1_543_490_560, ["tokenizer", "embedding", "audio_encoder", "transformer"]),
    "tiny-llama": ("llama", 6_736, ["tokenizer", "embedding", "transformer", "head"]),
}


def _id(path: Path) -> str:
    return path.name.removesuffix(".snapshot.json.gz")


def document(target: Path) -> Any:
    result = run("inspect", str(target), "--json")
    assert result.code == 0, result.err
    return result.document


@pytest.mark.parametrize("target", TARGETS, ids=_id)
def test_the_document_keeps_its_promises(target: Path) -> None:
    one = document(target)
    check(one)
    totals, rows = one["totals"], one["components"]
    for figure in ("tensors", "elements", "params", "buffer_elements", "side_data_elements", "stored_bytes"):
        assert sum(row[figure] for row in rows) == totals[figure], figure
    for figure in ("tensors", "params", "stored_bytes"):
        assert sum(sums[figure] for sums in one["dtypes"].values()) == totals[figure]
        for row in rows:
            assert sum(sums[figure] for sums in row["dtypes"].values()) == row[figure]
            assert sum(part[figure] for part in row["parts"]) == row[figure]
    assert totals["file_bytes"] == totals["header_bytes"] + totals["stored_bytes"]
    weights = [file for file in one["files"] if file["weight_set"]]
    assert sum(file["bytes"] for file in weights) == totals["file_bytes"]
    assert len(weights) == totals["files"]
    assert one["complete"] is True
    assert one["read"]["weights_read"] is False
    if not one["packing"]:
        elements = totals["params"] + totals["buffer_elements"] + totals["side_data_elements"]
        assert totals["elements"] == elements


@pytest.mark.parametrize("name", EXPECTED)
def test_what_the_fixtures_are(name: str) -> None:
    target = next(path for path in TARGETS if _id(path) == name)
    one = document(target)
    architecture, headline, components = EXPECTED[name]
    assert one["architecture"]["id"] == architecture
    assert one["totals"]["headline_params"] == headline
    assert [row["component"] for row in one["components"]] == components


@pytest.mark.parametrize(("name", "active"), [("mixtral-8x7b", 12.9), ("deepseek-v3", 37.0), ("gpt-oss-20b", 4.2)])
def test_active_parameters_are_the_published_ones(name: str, active: float) -> None:
    one = document(FIXTURES / f"{name}.snapshot.json.gz")
    assert abs(one["totals"]["active_params"] / 1e9 - active) < 0.06 * active


def test_the_text_encoders_of_sdxl_are_told_apart() -> None:
    rows = document(FIXTURES / "sdxl-base-single.snapshot.json.gz")["components"]
    assert [row["name"] for row in rows[:2]] == ["text_encoder: CLIP-G", "text_encoder: CLIP-L"]


def test_an_ema_copy_is_named_and_not_in_the_headline() -> None:
    one = document(FIXTURES / "sd15-single-ema.snapshot.json.gz")
    assert "unet (EMA copy)" in [row["name"] for row in one["components"]]
    assert one["totals"]["headline_params"] == 859_520_964


def test_the_table_adds_up_for_the_reader() -> None:
    out = run("inspect", str(FIXTURES / "llama-3.1-8b.snapshot.json.gz")).out
    assert "8.03B parameters" in out
    assert "= 16,060,556,376 bytes" in out
    assert "100.0 %" in out


def test_sixteen_and_four_bits_of_seventy_billion(tmp_path: Path) -> None:
    spec = {"model.embed_tokens.weight": ("BF16", (70_000, 1_000_000))}
    one = document(write(tmp_path / "model.safetensors", spec))
    sizes = {row["scheme"]: row["projected_bytes"] for row in one["projections"]}
    assert sizes["ideal/4bit"] == 35_000_000_000
    assert one["totals"]["stored_bytes"] == 140_000_000_000


def test_a_snapshot_of_a_snapshot_is_the_same(tmp_path: Path) -> None:
    first = FIXTURES / "llama-3.1-8b.snapshot.json.gz"
    second = tmp_path / "again.snapshot.json.gz"
    assert run("snapshot", str(first), str(second)).code == 0
    a, b = document(first), document(second)
    assert {k: v for k, v in a.items() if k not in ("target", "read")} == {
        k: v for k, v in b.items() if k not in ("target", "read")
    }


def test_a_snapshot_says_what_its_original_says(tmp_path: Path) -> None:
    snapshot = tmp_path / "tiny.snapshot.json.gz"
    assert run("snapshot", str(FIXTURES / "tiny-llama"), str(snapshot)).code == 0
    a, b = document(FIXTURES / "tiny-llama"), document(snapshot)
    assert b["target"]["kind"] == "snapshot"
    for key in ("totals", "components", "architecture", "files", "projections"):
        assert a[key] == b[key]


@pytest.mark.parametrize("damage", [b"", b"not gzip", b"\x1f\x8b\x08broken"])
def test_a_damaged_snapshot_is_named(tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / "x.snapshot.json.gz"
    path.write_bytes(damage)
    result = run("inspect", str(path))
    assert result.code == 3
    assert "not a snapshot" in result.err


def _two_shards_of_one_tensor(folder: Path) -> None:
    for i in (1, 2):
        write(folder / f"model-0000{i}-of-00002.safetensors", {"a": ("F32", (2,))})


IGNORE = '[[tool.inspector.ignore]]\nrule = "ST305"\nreason = "twice on purpose"\n'


def test_findings_follow_the_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = tmp_path / "model"
    model.mkdir()
    _two_shards_of_one_tensor(model)
    (tmp_path / "inspector.toml").write_text(IGNORE)
    monkeypatch.chdir(tmp_path)
    document = run("inspect", "model", "--json").document
    check(document)
    found = [row for row in document["findings"] if row["rule"] == "ST305"]
    assert [row["suppressed"]["reason"] for row in found] == ["twice on purpose"]
    assert "1 suppressed by the configuration" in run("inspect", "model").out
    assert "ST305:" in run("inspect", "model", "--isolated").out
    (tmp_path / "other.toml").write_text('ignore-rules = ["ST3"]\n')
    document = run("inspect", "model", "--json", "--config", "other.toml").document
    assert not [row for row in document["findings"] if row["rule"] == "ST305"]


def test_a_page_of_several_targets_is_named_though_others_fail(tmp_path: Path) -> None:
    path = write(tmp_path / "a.safetensors", {"a": ("F32", (2,))})
    assert run("inspect", str(path), str(tmp_path / "none")).out.startswith("Target ")
