"""The tree of names: folded, complete, and bounded whatever the names are."""

import pytest

from inspector.analyses.labelling import take_census
from inspector.analyses.listing import Filter
from inspector.analyses.tree import MAX_LEVELS, Node, flatten, name_tree, show_numbers
from tests.analyses.models import checkpoint, decoder
from tests.builder import Spec


def _tree(spec: Spec, wanted: Filter | None = None) -> Node:
    census = take_census(checkpoint({"": spec}))
    return name_tree(census.sets[0], wanted or Filter())


def test_repeated_blocks_are_one_line() -> None:
    titles = [node.title for _, node in flatten(_tree(decoder(layers=3)))]
    assert "layers.{0..2}" in titles
    assert titles.count("q_proj.weight") == 1


def test_every_level_adds_up() -> None:
    spec = decoder(layers=3)
    root = _tree(spec)
    leaves = [node for _, node in flatten(root) if node.form is not None]
    assert sum(node.tensors for node in leaves) == root.tensors == len(spec)
    assert sum(node.stored_bytes for node in leaves) == root.stored_bytes
    for _, node in flatten(root):
        if node.form is None:
            assert sum(child.stored_bytes for child in node.children.values()) == node.stored_bytes


def test_leaves_know_their_component() -> None:
    found = {node.component for _, node in flatten(_tree(decoder())) if node.form is not None}
    assert found == {"embedding", "transformer", "head"}


def test_a_filter_leaves_its_tensors_alone() -> None:
    root = _tree(decoder(layers=3), Filter(names=("*.1.mlp.*",)))
    assert root.tensors == 3


@pytest.mark.parametrize("parts", [MAX_LEVELS - 1, MAX_LEVELS, MAX_LEVELS + 1, 5000])
def test_names_of_any_depth_have_a_tree(parts: int) -> None:
    stem = "a.b." * (parts // 2)
    root = _tree({f"{stem}v": ("F32", (1,)), f"{stem}w": ("F32", (1,))})
    assert root.tensors == 2
    assert max(depth for depth, _ in flatten(root)) < MAX_LEVELS


@pytest.mark.parametrize(
    ("numbers", "shown"),
    [
        ({4}, "4"),
        ({0, 1, 2}, "{0..2}"),
        ({0, 1, 2, 5}, "{0..2,5}"),
        (set(range(0, 18, 2)), "{0,2,4,6,8,10,12,14,…}"),
    ],
)
def test_numbers_are_shown_as_ranges(numbers: set[int], shown: str) -> None:
    assert show_numbers(numbers) == shown
