"""The packing tables as tables."""

import pytest

from inspector.analyses.unpacking.layouts import CANDIDATES, LAYOUTS
from inspector.dtypes import BITS
from inspector.knowledge.packings import ANCHORS, COMPANIONS, INDECISIVE, LONE_SCALES, ROWS, PackingRow

_KEYS = {suffix.key for suffix in (*ANCHORS, *COMPANIONS)}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.id}:{row.layout}")
def test_every_row_names_known_keys_dtypes_and_a_source(row: PackingRow) -> None:
    assert row.source
    assert row.layout in LAYOUTS
    assert row.anchor == "weight" or row.anchor in {suffix.key for suffix in ANCHORS}
    assert {key for keys in row.needs for key in keys} <= _KEYS
    assert set(row.side) <= _KEYS
    assert set(row.dtypes) <= set(BITS)


def test_every_layout_is_used_by_a_row() -> None:
    assert {row.layout for row in ROWS} == set(LAYOUTS)
    assert set(CANDIDATES) <= set(LAYOUTS)


def test_what_a_row_needs_is_its_own_side_data() -> None:
    assert [row.id for row in ROWS if any(not set(keys) & set(row.side) for keys in row.needs)] == []


def test_no_row_stands_twice() -> None:
    keys = [(row.id, row.anchor, row.layout) for row in ROWS]
    assert len(set(keys)) == len(keys)


def test_suffixes_are_unique_for_a_weight_name() -> None:
    endings = [(suffix.text, suffix.weight) for suffix in (*ANCHORS, *COMPANIONS)]
    assert len(set(endings)) == len(endings)
    assert all(suffix.text[0] in "._" for suffix in (*ANCHORS, *COMPANIONS))


def test_indecisive_keys_exist() -> None:
    assert set(INDECISIVE) <= _KEYS


def test_lone_scales_have_a_source() -> None:
    assert all(row.source for row in LONE_SCALES)
    assert len({row.text for row in LONE_SCALES}) == len(LONE_SCALES)
