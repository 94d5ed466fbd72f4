"""The tables behind GGUF projections, tested as tables."""

import re
from collections import Counter

import pytest

from inspector.analyses.gguf.choice import _CONDITIONS, _PLACES
from inspector.analyses.gguf.rules import _CHANGES, _SIZES
from inspector.knowledge.gguf_architectures import (
    ARCHITECTURES,
    BY_CLASS,
    COMMON_RULES,
    OTHER_CLASSES,
    ROPE_FACTORS,
    STAND_INS,
    GgufArchitecture,
    GgufRule,
)
from inspector.knowledge.gguf_file_types import FILE_TYPES
from inspector.knowledge.gguf_keys import BASE_KEYS, MORE_KEYS, OWN_KEYS
from inspector.knowledge.gguf_mixes import CATEGORIES, MIXES, RAISED_FOR_70B
from inspector.knowledge.gguf_names import BLOCK_NAMES, STACK_NAMES, STACKS, TOP_NAMES
from inspector.knowledge.gguf_tokenizers import KNOWN, known_vocabulary
from inspector.knowledge.gguf_types import GGUF_TYPES

_FILE_TYPES = {row.name for row in FILE_TYPES}
_CATEGORIES = {category for _, category in CATEGORIES} | {"output", "embedding", "*"}
_RULES = [(row.id, rule) for row in ARCHITECTURES for rule in row.rules] + [("", rule) for rule in COMMON_RULES]


@pytest.mark.parametrize("row", MIXES, ids=lambda row: f"{row.category}-{row.to}-{row.file_types[0]}")
def test_mix_rows_speak_of_known_things(row: object) -> None:
    from inspector.knowledge.gguf_mixes import MixRule

    assert isinstance(row, MixRule)
    assert row.category in _CATEGORIES
    assert row.file_types == ("*",) or set(row.file_types) <= _FILE_TYPES
    assert row.to in GGUF_TYPES
    assert all(condition.removeprefix("!") in _CONDITIONS for condition in row.when)
    assert not row.place or row.place in _PLACES or re.fullmatch("first:[0-9]+", row.place)


def test_no_mix_row_stands_twice() -> None:
    keys = [(row.category, name, row.when, row.place) for row in MIXES for name in row.file_types]
    assert len(keys) == len(set(keys))


def test_raised_types_are_types() -> None:
    assert set(GGUF_TYPES) >= RAISED_FOR_70B


def test_architectures_and_classes_are_unique_and_have_a_source() -> None:
    assert len({row.id for row in ARCHITECTURES}) == len(ARCHITECTURES)
    assert len(BY_CLASS) == sum(len(row.classes) for row in ARCHITECTURES)
    assert not OTHER_CLASSES & set(BY_CLASS)
    assert all(row.source for row in ARCHITECTURES)


@pytest.mark.parametrize("row", ARCHITECTURES, ids=lambda row: row.id)
def test_overrides_name_tensors_that_exist(row: GgufArchitecture) -> None:
    known = {name for name, _ in BLOCK_NAMES} | {"ffn_norm_exps"}
    assert set(row.names.values()) <= known
    assert row.mtp in ("", "drop", "keep")


@pytest.mark.parametrize(("arch", "rule"), _RULES, ids=lambda value: value if isinstance(value, str) else value.kind)
def test_rules_can_be_followed(arch: str, rule: GgufRule) -> None:
    re.compile(rule.match)
    assert rule.kind in {"drop", "split", "tied-head", "shared-embedding", *_CHANGES}
    assert bool(rule.parts) == (rule.kind == "split")
    assert all(size in _SIZES for _, size in rule.parts)


def test_a_leaf_has_one_name() -> None:
    for table in (TOP_NAMES, BLOCK_NAMES):
        leaves = Counter(leaf for _, names in table for leaf in names)
        assert [leaf for leaf, count in leaves.items() if count > 1] == []
        assert len({name for name, _ in table}) == len(table)


def test_paired_stacks_end_in_a_known_component() -> None:
    assert {key.split()[0].rpartition(".")[2] for key in STACK_NAMES} <= STACKS


def test_stand_ins_stand_for_known_classes() -> None:
    assert set(BY_CLASS) >= set(STAND_INS.values())
    assert not set(STAND_INS) & (set(BY_CLASS) | OTHER_CLASSES)


def test_key_tables_do_not_contradict_each_other() -> None:
    assert not set(OWN_KEYS) & set(MORE_KEYS)
    assert {row.id for row in ARCHITECTURES} >= set(OWN_KEYS) | set(MORE_KEYS)
    assert len({row.key for row in BASE_KEYS}) == len(BASE_KEYS)
    assert {row.id for row in ARCHITECTURES} >= ROPE_FACTORS


def test_vocabularies_have_bounds_and_a_source() -> None:
    assert all(0 < row.low <= row.high and row.source and row.name for row in KNOWN)
    keys = [(row.size, architecture) for row in KNOWN for architecture in row.architectures or ("",)]
    assert len(keys) == len(set(keys))


def test_an_architectures_own_vocabulary_comes_first() -> None:
    command_r, other = known_vocabulary(256000, "command-r"), known_vocabulary(256000, "mistral")
    assert command_r is not None
    assert other is not None
    assert command_r.name == "Command R"
    assert other.low < command_r.low
    assert known_vocabulary(12345, "llama") is None
