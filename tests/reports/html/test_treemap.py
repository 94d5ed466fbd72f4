"""The treemap: every byte in one rectangle, bounded, and nothing of a name but text."""

import json
from typing import Any

import pytest

from inspector.analyses.labelling import take_census
from inspector.analyses.listing import Filter
from inspector.analyses.tree import name_tree
from inspector.reports.html.treemap import FIGURE, MAX_NODES, treemap, treemap_data
from tests.analyses.models import checkpoint, decoder
from tests.builder import Spec

SPECS: dict[str, dict[str, Spec]] = {
    "one set": {"": decoder(layers=3)},
    "two sets": {
        "unet": {"a.weight": ("F16", (4, 4))},
        "vae": {"b.0.weight": ("F16", (4,)), "b.1.weight": ("F16", (4,))},
    },
    "no tensors": {"": {}},
    "a name twice with other forms": {"": {"x.0.w": ("F32", (2,)), "x.1.w": ("F16", (3,))}},
}


def _data(sets: dict[str, Spec]) -> dict[str, Any]:
    made = checkpoint(sets)
    figure = treemap(made, take_census(made), "si")
    assert figure.startswith(FIGURE)
    body = figure.split('<script type="application/json">')[1].split("</script>")[0]
    data: dict[str, Any] = json.loads(body)
    return data


def _leaves(node: dict[str, Any]) -> list[dict[str, Any]]:
    return [leaf for child in node["children"] for leaf in _leaves(child)] if "children" in node else [node]


@pytest.mark.parametrize("name", SPECS)
def test_rectangles_add_up_to_the_files(name: str) -> None:
    sets = SPECS[name]
    data = _data(sets)
    files = sum(shard.file_bytes for weights in checkpoint(sets).weight_sets for shard in weights.shards)
    assert data["bytes"] == files == sum(leaf["bytes"] for leaf in _leaves(data))


@pytest.mark.parametrize("name", SPECS)
def test_every_parent_is_its_children(name: str) -> None:
    def check(node: dict[str, Any]) -> None:
        for child in node.get("children", ()):
            check(child)
        if "children" in node:
            assert node["bytes"] == sum(child["bytes"] for child in node["children"])
            assert node["params"] == sum(child["params"] for child in node["children"])

    check(_data(SPECS[name]))


def _word(number: int) -> str:
    """A number in letters, which are not folded."""
    return "".join(chr(ord("a") + int(digit)) for digit in str(number))


@pytest.mark.parametrize("grows", [True, False])
@pytest.mark.parametrize("tensors", [MAX_NODES - 1, MAX_NODES, MAX_NODES + 500])
def test_small_tensors_share_a_rectangle(tensors: int, grows: bool) -> None:
    spec: Spec = {f"x{_word(i)}": ("F32", (1 + i * grows,)) for i in range(tensors)}
    made = checkpoint({"": spec})
    tree = name_tree(take_census(made).sets[0], Filter())
    files = made.weight_sets[0].shards[0]
    data = treemap_data(
        [("", tree)], name="many", header_bytes=files.header_bytes, file_bytes=files.file_bytes, units="si"
    )
    shown = _leaves(data)
    assert len(shown) <= MAX_NODES + 2
    assert sum(leaf["bytes"] for leaf in shown) == files.file_bytes
    assert any(leaf["name"].endswith(" others") for leaf in shown) == (tensors >= MAX_NODES)


def test_a_name_cannot_end_the_data() -> None:
    name = "</script><script>alert(1)</script>"
    data = _data({"": {name: ("F32", (1,))}})
    assert name in {leaf["name"] for leaf in _leaves(data)}
