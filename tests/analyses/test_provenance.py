"""What a checkpoint says of itself: model card and header metadata."""

import pytest

from inspector.analyses.provenance import MAX_VALUE, provenance
from inspector.knowledge.metadata_keys import METADATA_KEYS
from inspector.model import Checkpoint, Shard, Target, WeightSet


def _checkpoint(metadata: dict[str, str], card: str = "") -> Checkpoint:
    shard = Shard(path="x.safetensors", file_bytes=0, header_bytes=0, metadata=metadata)
    return Checkpoint(
        uri="x",
        target=Target(kind="file", ref="x"),
        weight_sets=(WeightSet(path="x.safetensors", shards=(shard,)),),
        texts={"README.md": card} if card else {},
    )


def test_keys_are_unique_and_have_sources() -> None:
    assert len({row.key for row in METADATA_KEYS}) == len(METADATA_KEYS)
    assert all(row.source for row in METADATA_KEYS)


def test_card_comes_first_then_known_keys_in_order() -> None:
    card = "---\nlicense: mit\nbase_model:\n- a/b\n- c/d\n---\n"
    metadata = {"ss_network_dim": "16", "modelspec.title": "A title", "format": "pt", "unknown": "x"}
    assert provenance(_checkpoint(metadata, card)) == (
        ("license", "mit"),
        ("base_model", "a/b, c/d"),
        ("modelspec.title", "A title"),
        ("ss_network_dim", "16"),
    )


@pytest.mark.parametrize(
    ("key", "value", "shown"),
    [
        ("modelspec.thumbnail", "data:image/jpeg;base64," + "A" * 977, "1000 characters"),
        ("modelspec.description", "x" * (MAX_VALUE + 1), "x" * MAX_VALUE),
        ("modelspec.description", "x" * MAX_VALUE, "x" * MAX_VALUE),
    ],
)
def test_long_values_are_cut(key: str, value: str, shown: str) -> None:
    assert provenance(_checkpoint({key: value})) == ((key, shown),)


def test_nothing_said_is_nothing_told() -> None:
    assert provenance(_checkpoint({"ss_vae_name": "None", "format": "pt"})) == ()
