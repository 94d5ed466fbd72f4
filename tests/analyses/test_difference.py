"""What changed between two checkpoints."""

from pathlib import Path

from inspector.analyses.difference import Difference, compare_checkpoints
from inspector.analyses.labelling import take_census
from inspector.model import Checkpoint
from inspector.values import replace
from tests.rules.support import language_model, model_files, read, sharded_files, write


def _compare(old: Checkpoint, new: Checkpoint) -> Difference:
    return compare_checkpoints(old, take_census(old), new, take_census(new))


def test_a_checkpoint_does_not_differ_from_itself_in_other_shards(tmp_path: Path) -> None:
    spec = language_model()
    one, two = dict(list(spec.items())[:10]), dict(list(spec.items())[10:])
    whole = read(write(tmp_path / "whole", model_files()))
    parts = read(write(tmp_path / "parts", sharded_files(one, two)))
    difference = _compare(whole, parts)
    assert not difference.differs
    assert difference.contents == "not compared"
    totals = difference.to_dict()["totals"]
    assert totals["delta"]["stored_bytes"] == 0
    assert totals["delta"]["files"] == 1


def test_added_removed_and_changed_tensors(tmp_path: Path) -> None:
    spec = language_model()
    changed = {**spec, "lm_head.weight": ("F32", [32, 8]), "extra.weight": ("BF16", [2, 2])}
    del changed["model.norm.weight"]
    old = read(write(tmp_path / "old", model_files()))
    new = read(write(tmp_path / "new", model_files(changed)))
    difference = _compare(old, new)
    assert [side.name for side in difference.added] == ["extra.weight"]
    assert [side.name for side in difference.removed] == ["model.norm.weight"]
    assert [change.to_dict()["new"]["dtype"] for change in difference.changed] == ["F32"]
    assert difference.new["stored_bytes"] - difference.old["stored_bytes"] == 512 + 8 - 16
    document = difference.to_dict()
    for name in ("tensors", "params", "stored_bytes"):
        assert sum(row["delta"][name] for row in document["components"]) == document["totals"]["delta"][name]


def test_metadata_that_differs_is_a_difference(tmp_path: Path) -> None:
    old = read(write(tmp_path, model_files()))
    weights = old.weight_sets[0]
    shard = replace(weights.shards[0], metadata={"format": "mlx"})
    new = replace(old, weight_sets=(replace(weights, shards=(shard,)),))
    assert _compare(old, new).metadata == {"format": ("pt", "mlx")}


def test_published_hashes_tell_whether_the_numbers_are_the_same(tmp_path: Path) -> None:
    old = read(write(tmp_path, model_files()))

    def hashed(digest: str) -> Checkpoint:
        return replace(old, files=tuple(replace(file, sha256=digest) for file in old.files))

    assert _compare(hashed("a"), hashed("a")).contents == "same"
    assert not _compare(hashed("a"), hashed("a")).differs
    assert _compare(hashed("a"), hashed("b")).differs
