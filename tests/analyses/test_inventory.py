"""Tensors folded by pattern: few groups, each tensor in one, nothing lost."""

import pytest

from inspector.analyses.inventory import (
    MAX_PATTERNS,
    fold_coarsely,
    fold_name,
    fold_names,
    numbers_in,
    pin_inventory,
    take_inventory,
)
from inspector.model import WeightSet
from inspector.readers.header import read_header
from tests.builder import Spec, file_bytes, shard


@pytest.mark.parametrize(
    ("name", "pattern", "numbers"),
    [
        ("model.layers.17.mlp.experts.3.w1.weight", "model.layers.*.mlp.experts.*.w1.weight", (17, 3)),
        ("lora_unet_down_blocks_0_attentions_1_proj_in", "lora_unet_down_blocks_*_attentions_*_proj_in", (0, 1)),
        ("state/12/exp_avg", "state/*/exp_avg", (12,)),
        ("expert-7.fc2", "expert-*.fc2", (7,)),
        ("0", "*", (0,)),
        ("model.layer12.w", "model.layer12.w", ()),
        ("layers.999999999999.x", "layers.*.x", (999_999_999_999,)),
        ("layers." + "9" * 30 + ".x", "layers." + "9" * 30 + ".x", ()),
        ("a.1\n.2.b", "a.1\n.*.b", (2,)),
        ("", "", ()),
    ],
)
def test_numbers_between_separators_fold(name: str, pattern: str, numbers: tuple[int, ...]) -> None:
    assert fold_name(name) == pattern
    assert fold_names([name, "x.1"]) == [pattern, "x.*"]
    assert numbers_in(name) == numbers


def weights(*specs: Spec) -> WeightSet:
    return WeightSet(path=".", shards=tuple(shard(spec, f"{i}.safetensors") for i, spec in enumerate(specs)))


def test_groups_share_pattern_dtype_and_shape() -> None:
    first: Spec = {f"layers.{i}.w": ("BF16", (2, 2)) for i in range(3)}
    second: Spec = {"layers.3.w": ("BF16", (2, 2)), "layers.4.w": ("F32", (2, 2)), "head": ("BF16", (4,))}
    inventory = take_inventory(weights(first, second))
    assert [(g.pattern, g.form.dtype, g.tensors, g.stored_bytes, g.example) for g in inventory.groups] == [
        ("layers.*.w", "BF16", 4, 32, "layers.0.w"),
        ("layers.*.w", "F32", 1, 16, "layers.4.w"),
        ("head", "BF16", 1, 8, "head"),
    ]
    assert list(inventory.members) == [0, 0, 0, 0, 1, 2]
    assert inventory.names_of(1) == ["layers.4.w"]
    assert inventory.numbers_of(0) == [(0,), (1,), (2,), (3,)]


def test_a_pinned_prefix_stays_apart() -> None:
    spec: Spec = {f"layers.{i}.w": ("BF16", (2,)) for i in range(12)}
    pinned = pin_inventory(take_inventory(weights(spec)), ("layers.1.", "layers.11."))
    assert [(group.pattern, group.tensors) for group in pinned.groups] == [
        ("layers.*.w", 10),
        ("layers.1.w", 1),
        ("layers.11.w", 1),
    ]
    assert sum(group.stored_bytes for group in pinned.groups) == 48
    everything = pin_inventory(pinned, tuple(f"layers.{i}." for i in range(12)))
    assert len(everything.groups) == 12


def test_a_broken_file_is_added_up_by_what_it_stores() -> None:
    data = file_bytes({"a.0": ("U8", (4,)), "a.1": ("U8", (4,))}).replace(
        b'"shape":[4],"data_offsets":[0,4]', b'"shape":[9],"data_offsets":[0,4]'
    )
    broken = read_header(data)
    assert broken.loadable is False
    groups = take_inventory(WeightSet(path=".", shards=(broken,))).groups
    assert sorted((group.form.shape, group.stored_bytes) for group in groups) == [((4,), 4), ((9,), 4)]


def test_names_that_share_nothing_are_bounded() -> None:
    glued = [f"t{i}.weight" for i in range(MAX_PATTERNS + 1)]
    letters = ["".join(chr(97 + (i >> s) % 16) for s in (0, 4, 8, 12)) + ".weight" for i in range(MAX_PATTERNS + 1)]
    nothing = [text.removesuffix(".weight") for text in letters]
    assert set(fold_coarsely(glued)) == {"t*.weight"}
    assert set(fold_coarsely(letters)) == {"*.weight"}
    assert set(fold_coarsely(nothing)) == {"*"}
    many: Spec = dict.fromkeys(nothing, ("U8", (1,)))
    inventory = take_inventory(weights(many))
    assert inventory.coarse
    assert [group.tensors for group in inventory.groups] == [MAX_PATTERNS + 1]


def test_as_many_patterns_as_allowed_are_kept() -> None:
    spec: Spec = {f"t{i}": ("U8", (1,)) for i in range(MAX_PATTERNS)}
    inventory = take_inventory(weights(spec))
    assert not inventory.coarse
    assert len(inventory.groups) == MAX_PATTERNS
