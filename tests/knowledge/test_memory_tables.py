"""The tables of memory as tables: ids unique, a source in each row, no row shadowed by another."""

from fractions import Fraction

import pytest

from inspector.knowledge.attention import (
    FLAG_LISTS,
    INDEX_LISTS,
    LAYER_NAMES,
    LAYER_PATTERNS,
    UNKNOWN_TYPES,
)
from inspector.knowledge.cache_types import CACHE_TYPE, CACHE_TYPES
from inspector.knowledge.config_keys import CONFIG_KEYS
from inspector.knowledge.devices import DEVICES, find_devices
from inspector.knowledge.engines import ENGINE_IDS, ENGINES, find_engine
from inspector.knowledge.optimizers import METHODS, OPTIMIZER, OPTIMIZERS, PRECISIONS, SHARDINGS


def test_ids_are_unique() -> None:
    for table in (CACHE_TYPES, DEVICES, METHODS, OPTIMIZERS, PRECISIONS, SHARDINGS):
        ids = [row.id for row in table]
        assert len(ids) == len(set(ids))
    names = [row.name for row in LAYER_NAMES]
    assert len(names) == len(set(names))
    assert len({(row.id, row.version) for row in ENGINES}) == len(ENGINES)


def test_every_row_has_a_source() -> None:
    tables = (CACHE_TYPES, DEVICES, METHODS, OPTIMIZERS, PRECISIONS, SHARDINGS, ENGINES, LAYER_NAMES, LAYER_PATTERNS)
    for table in (*tables, INDEX_LISTS, FLAG_LISTS, CONFIG_KEYS):
        assert all(row.source for row in table)


def test_no_model_type_has_two_patterns_or_is_known_and_unknown() -> None:
    types = [model_type for row in LAYER_PATTERNS for model_type in row.model_types]
    assert len(types) == len(set(types))
    assert not UNKNOWN_TYPES & set(types)


@pytest.mark.parametrize(
    ("cache_type", "width"),
    [
        ("f32", Fraction(4)),
        ("bf16", Fraction(2)),
        ("fp8", Fraction(1)),
        ("q8_0", Fraction(34, 32)),
        ("q5_1", Fraction(24, 32)),
        ("q5_0", Fraction(22, 32)),
        ("q4_1", Fraction(20, 32)),
        ("q4_0", Fraction(18, 32)),
        ("3bit", Fraction(3, 8)),
    ],
)
def test_widths_of_cache_types(cache_type: str, width: Fraction) -> None:
    assert CACHE_TYPE[cache_type].bytes_per_element == width


def test_engines_by_name_and_version() -> None:
    assert ENGINE_IDS == ("generic", "transformers", "llama.cpp", "vllm", "sglang")
    newest, older = find_engine("transformers"), find_engine("transformers@4")
    assert newest is not None
    assert older is not None
    assert (newest.version, older.version) == ("5.23.0", "4.57.6")
    assert find_engine("transformers@3") is None
    assert find_engine("steam") is None


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("RTX 4090", ["RTX 4090"]),
        ("rtx4090", ["RTX 4090"]),
        ("rtx-4090", ["RTX 4090"]),
        ("4090", ["RTX 4090"]),
        ("H100 80GB", ["H100 80GB"]),
        ("a100", ["A100 40GB", "A100 80GB"]),
        ("L4", ["L4"]),
        ("T4", ["T4"]),
        ("DGX Spark", ["DGX Spark"]),
        ("RTX 40000", []),
        ("", []),
    ],
)
def test_devices_by_name(text: str, names: list[str]) -> None:
    assert [row.name for row in find_devices(text)] == names


def test_every_device_finds_itself() -> None:
    for row in DEVICES:
        assert find_devices(row.name) == (row,)
        assert 0 < row.usable_bytes <= row.memory_bytes


def test_methods_name_optimizers_that_exist() -> None:
    assert all(row.optimizer in OPTIMIZER for row in METHODS)
