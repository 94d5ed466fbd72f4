"""The Python interface, as the documentation shows it."""

from pathlib import Path

import pytest

import inspector
from tests.builder import file_bytes

FIXTURES = Path(__file__).parents[1] / "fixtures"
TINY = str(FIXTURES / "tiny-llama")
LLAMA = str(FIXTURES / "llama-3.1-8b.snapshot.json.gz")


def test_a_checkpoint_is_opened_and_inspected() -> None:
    checkpoint = inspector.open(TINY)
    document = inspector.inspect(checkpoint).to_dict()
    assert document["architecture"]["id"] == "llama"
    assert document["totals"]["params"] == 6736
    assert [shard.loadable for shard in checkpoint.shards] == [True, True]


def test_a_header_is_read_from_bytes() -> None:
    shard = inspector.read_header(file_bytes({"a": ("F32", (2, 3))}))
    assert shard.loadable is True
    assert [(tensor.name, tensor.shape) for tensor in shard.tensors] == [("a", (2, 3))]


def test_sizes_are_projected() -> None:
    projections = inspector.project(inspector.open(LLAMA), schemes=["gguf/q4_k_m", "ideal/4bit"])
    rows = {row["scheme"]: row for row in projections.to_dict()["projections"]}
    assert rows["ideal/4bit"]["projected_bytes"] == 8_030_261_248 // 2
    assert 4.9e9 < rows["gguf/q4_k_m"]["projected_bytes"] < 4.95e9


def test_memory_is_estimated() -> None:
    estimate = inspector.memory(inspector.open(LLAMA), context=131_072).to_dict()
    parts = {part["label"]: part["bytes"] for part in estimate["estimates"][0]["parts"]}
    assert parts["kv_cache"] == 16 * 2**30


def test_a_sound_checkpoint_has_no_errors() -> None:
    document = inspector.audit(inspector.open(TINY)).to_dict()
    assert [finding for finding in document["findings"] if finding["severity"] == "error"] == []


def test_one_name_is_no_list_of_letters() -> None:
    assert {check["rule"][:3] for check in inspector.audit(inspector.open(TINY), select="ST1").to_dict()["checks"]} == {
        "ST1"
    }
    rows = inspector.project(inspector.open(LLAMA), schemes="gguf/q4_k_m").to_dict()["projections"]
    assert [row["scheme"] for row in rows] == ["gguf/q4_k_m"]


def test_differences_are_told() -> None:
    old, new = inspector.open(TINY), inspector.open(LLAMA)
    assert inspector.diff(old, old).to_dict()["changed"] == []
    assert inspector.diff(old, new).to_dict()["totals"]["delta"]["params"] == 8_030_261_248 - 6736


def test_a_failure_is_one_exception_with_a_next_step() -> None:
    with pytest.raises(inspector.InspectorError, match="does not exist") as failure:
        inspector.open("nowhere/at-all.safetensors")
    assert failure.value.hint


def test_all_public_names_exist_and_others_do_not() -> None:
    assert all(getattr(inspector, name) is not None for name in inspector.__all__)
    with pytest.raises(AttributeError):
        inspector.nothing  # noqa: B018


def test_every_function_takes_a_target_as_well() -> None:
    opened = inspector.open(TINY)
    path = Path(TINY)
    assert inspector.inspect(path).to_dict() == inspector.inspect(opened).to_dict()
    assert inspector.audit(TINY).to_dict() == inspector.audit(opened).to_dict()
    assert (
        inspector.project(path, schemes="cast/f32").to_dict() == inspector.project(opened, schemes="cast/f32").to_dict()
    )
    assert inspector.memory(TINY, context=64).to_dict() == inspector.memory(opened, context=64).to_dict()
    assert not inspector.diff(TINY, path).differs


@pytest.mark.parametrize("name", ["inspect", "project", "memory", "audit"])
def test_what_is_no_checkpoint_is_told(name: str) -> None:
    with pytest.raises(TypeError, match="A checkpoint or a target is needed, not dict"):
        getattr(inspector, name)({})


@pytest.mark.parametrize("name", inspector.__all__)
def test_every_public_name_is_documented(name: str) -> None:
    assert getattr(inspector, name).__doc__
