"""Index and shards."""

import pytest

from inspector.analyses.agreement import Agreement, compare, named_paths
from inspector.model import ShardIndex, WeightSet
from tests.builder import shard

ONE, TWO = "m-1.safetensors", "m-2.safetensors"


def _index(path: str, weight_map: dict[str, str]) -> ShardIndex:
    return ShardIndex(path=path, weight_map=weight_map, files=tuple(dict.fromkeys(weight_map.values())))


def _set(weight_map: dict[str, str], one: tuple[str, ...], two: tuple[str, ...], folder: str = "") -> WeightSet:
    index = ShardIndex(
        path=f"{folder}m.safetensors.index.json", weight_map=weight_map, files=tuple(dict.fromkeys(weight_map.values()))
    )
    shards = (
        shard(dict.fromkeys(one, ("U8", [1])), folder + ONE),
        shard(dict.fromkeys(two, ("U8", [1])), folder + TWO),
    )
    return WeightSet(path=".", shards=shards, index=index)


def test_an_index_that_agrees_leaves_nothing_to_say() -> None:
    assert compare(_set({"a": ONE, "b": TWO}, ("a",), ("b",))) == Agreement()
    assert compare(_set({"a": ONE, "b": TWO}, ("a",), ("b",), "unet/")) == Agreement()


@pytest.mark.parametrize(
    ("weight_map", "one", "two", "expected"),
    [
        ({"a": ONE, "b": TWO, "c": TWO}, ("a",), ("b",), Agreement(lost={"c": (TWO,)})),
        ({"a": ONE, "b": TWO}, ("a", "x"), ("b",), Agreement(unindexed={"x": (ONE,)})),
        ({"a": TWO, "b": TWO}, ("a",), ("b",), Agreement(moved={"a": (TWO, ONE)})),
        ({"a": ONE, "b": TWO}, ("a",), ("a", "b"), Agreement(doubled={"a": (ONE, TWO)})),
        ({"a": ONE, "b": "gone.safetensors"}, ("a",), (), Agreement()),
        ({}, ("a",), ("a",), Agreement(doubled={"a": (ONE, TWO)})),
    ],
)
def test_differences(
    weight_map: dict[str, str], one: tuple[str, ...], two: tuple[str, ...], expected: Agreement
) -> None:
    assert compare(_set(weight_map, one, two)) == expected


def test_paths_are_relative_to_the_target() -> None:
    index = ShardIndex(
        path="unet/m.safetensors.index.json", weight_map={"a": "./m-1.safetensors"}, files=("./m-1.safetensors",)
    )
    assert named_paths(index) == {"a": "unet/m-1.safetensors"}
