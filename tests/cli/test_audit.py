"""`inspector audit`: exit codes, formats, options, hostile and odd targets."""

import json
import os
import pickle
import struct
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from inspector.cli.findings_output import FORMATS
from tests.builder import file_bytes
from tests.cli.runner import run
from tests.cli.schemas import check
from tests.rules.support import ENTRY, ONE, header_file, model_files, one_file, sharded_files, write

FIXTURES = Path(__file__).parents[2] / "fixtures"
SOUND = file_bytes(ONE, {"format": "pt"})


def test_a_sound_model_passes() -> None:
    result = run("audit", str(FIXTURES / "tiny-llama"))
    assert result.code == 0
    assert result.out.startswith("PASS: no findings")


def test_a_broken_file_fails_with_its_place_and_what_to_do(tmp_path: Path) -> None:
    folder = write(tmp_path, one_file(SOUND[:-1]))
    result = run("audit", str(folder / "model.safetensors"))
    assert result.code == 1
    assert "error ST115 model.safetensors" in result.out
    assert "the file is truncated: 99 bytes, 1 missing" in result.out
    assert "To do: Download the file again" in result.out


def test_the_document_is_as_its_schema_says(tmp_path: Path) -> None:
    folder = write(tmp_path, one_file(SOUND + b"\n"))
    document = run("audit", str(folder), "--json").document
    check(document)
    (finding,) = document["findings"]
    assert finding["rule"] == "ST116"
    assert finding["offset"] is not None
    assert document["verdict"] == "fail"
    assert document["exit_code"] == 1
    assert {row["status"] for row in document["checks"]} == {"pass", "fail", "skip"}


def test_several_targets_the_worst_counts(tmp_path: Path) -> None:
    good = write(tmp_path / "good", one_file(SOUND))
    bad = write(tmp_path / "bad", one_file(SOUND[:-1]))
    result = run("audit", str(good), str(bad), "--json")
    check(result.document)
    assert result.code == 1
    assert [one["verdict"] for one in result.document["targets"]] == ["pass", "fail"]
    result = run("audit", str(good), str(tmp_path / "gone"), str(bad), "--json")
    check(result.document)
    assert result.code == 3
    assert result.document["targets"][1]["schema"] == "inspector.error/1"


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_can_be_written(name: str, tmp_path: Path) -> None:
    folder = write(tmp_path, one_file(SOUND[:-1]))
    out = tmp_path / "report"
    result = run("audit", str(folder / "model.safetensors"), "-q", "-o", f"{name}={out}")
    assert (result.code, result.out) == (1, "")
    text = out.read_text(encoding="utf-8")
    assert "ST115" in text
    if name in ("json", "sarif", "gitlab"):
        json.loads(text)
    if name == "junit":
        ElementTree.fromstring(text)


def test_findings_below_the_threshold_are_told_and_do_not_fail(tmp_path: Path) -> None:
    folder = str(write(tmp_path, header_file({"a": {**ENTRY, "x": 1}})))
    assert run("audit", folder).code == 0
    assert "warning ST122" in run("audit", folder).out
    assert run("audit", folder, "--fail-on", "warning").code == 1
    assert run("audit", folder, "--fail-on", "warning", "--exit-zero").code == 0
    assert run("audit", folder, "--fail-on", "warning", "--ignore", "ST122").code == 0
    assert run("audit", folder, "--fail-on", "warning", "--select", "ST2,ST3").code == 0


@pytest.mark.parametrize(
    "arguments",
    [("--select", "ST999"), ("--ignore", "nothing"), ("--ignore", "ST"), ("--fail-on", "fatal"), ("-o", "xml")],
)
def test_wrong_usage(arguments: tuple[str, ...]) -> None:
    assert run("audit", str(FIXTURES / "tiny-llama"), *arguments).code == 2


def test_an_ignore_of_the_configuration_is_shown_and_expires(tmp_path: Path) -> None:
    folder = write(tmp_path / "m", one_file(SOUND + b"\n"))
    config = tmp_path / "inspector.toml"
    row = '[[ignore]]\nrule = "ST116"\nreason = "known"\nexpires = {date}\n'
    config.write_text(row.format(date="2999-01-01"))
    result = run("audit", str(folder), "--config", str(config), "-v")
    assert result.code == 0
    assert "suppressed: known" in result.out
    assert "1 suppressed" in result.out
    config.write_text(row.format(date="2020-01-01"))
    result = run("audit", str(folder), "--config", str(config))
    assert result.code == 1
    assert "expired" in result.out


# -- targets that cannot be judged, and those that only look so ---------------------------------------------------


def test_an_empty_folder_has_no_verdict(tmp_path: Path) -> None:
    assert run("audit", str(tmp_path)).code == 3


def test_a_folder_with_pickles_only_is_a_finding(tmp_path: Path) -> None:
    write(tmp_path, {"pytorch_model.bin": pickle.dumps([1]), "config.json": "{}"})
    result = run("audit", str(tmp_path))
    assert result.code == 1
    assert "ST406" in result.out


def test_pickles_only_are_told_whatever_fails(tmp_path: Path) -> None:
    write(tmp_path, {"pytorch_model.bin": pickle.dumps([1])})
    result = run("audit", str(tmp_path), "--fail-on", "never")
    assert result.code == 0
    assert "ST406" in result.out


def test_many_files_are_no_reason_for_no_verdict(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("inspector.readers.contents", "inspector.cli.audit"):
        monkeypatch.setattr(f"{module}.MAX_FILES", 3)
    files = {**one_file(SOUND), **{f"note{i}.txt": "x" for i in range(9)}, "z.json": pickle.dumps([1])}
    result = run("audit", str(write(tmp_path, files)))
    assert result.code == 0
    assert "7 files beside the weights were told by their names only" in result.out


def test_missing_shards_are_a_finding_and_inspect_has_no_verdict(tmp_path: Path) -> None:
    files = sharded_files({"a": ("F32", [1])}, {"b": ("F32", [1])})
    folder = write(tmp_path, {name: content for name, content in files.items() if "00002-of" not in name})
    result = run("audit", str(folder))
    assert result.code == 1
    assert "model-00002-of-00002.safetensors" in result.out
    assert run("inspect", str(folder)).code == 3


@pytest.mark.skipif(os.name != "posix", reason="needs special files")
def test_special_files_do_not_hang_the_audit(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo.safetensors"
    os.mkfifo(fifo)
    assert run("audit", str(fifo)).code == 3
    write(tmp_path, one_file(SOUND))
    result = run("audit", str(tmp_path))
    assert result.code == 1
    assert "ST407" in result.out


@pytest.mark.skipif(os.name != "posix", reason="needs permissions")
def test_an_unreadable_shard_is_no_verdict(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root reads everything")
    folder = write(tmp_path, model_files())
    (folder / "model.safetensors").chmod(0)
    assert run("audit", str(folder)).code == 3


def test_an_index_without_any_shard_beside_a_pipeline_is_a_finding(tmp_path: Path) -> None:
    index = {"weight_map": {"a": "model-00001-of-00001.safetensors"}}
    pipeline = {"_class_name": "P", "unet": ["diffusers", "UNet2DConditionModel"]}
    write(tmp_path, {"model.safetensors.index.json": index, "model_index.json": pipeline})
    result = run("audit", str(tmp_path))
    assert result.code == 1
    assert "ST301" in result.out


# -- deeper looks ------------------------------------------------------------------------------------------------


def test_weights_are_read_only_when_asked_for(tmp_path: Path) -> None:
    pytest.importorskip("numpy")
    content = bytearray(SOUND)
    content[-4:] = struct.pack("<f", float("nan"))
    folder = write(tmp_path, one_file(bytes(content)))
    assert run("audit", str(folder)).code == 0
    result = run("audit", str(folder), "--weights")
    assert result.code == 1
    assert "ST220" in result.out
    assert "--weights reads 4 B" in result.err


def test_ends_of_weight_files_are_read_only_when_asked_for(tmp_path: Path) -> None:
    import io
    import zipfile

    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("x", "x")
    data = buffer.getvalue()
    entry = {"dtype": "U8", "shape": [len(data)], "data_offsets": [0, len(data)]}
    files = header_file({"a": entry}, 0)
    folder = write(tmp_path, {"model.safetensors": bytes(files["model.safetensors"]) + data})  # type: ignore[arg-type]
    assert "ST610" not in run("audit", str(folder)).out
    assert "ST610" in run("audit", str(folder), "--contents").out
