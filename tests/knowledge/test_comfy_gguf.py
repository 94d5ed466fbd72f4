"""What is known of ComfyUI-GGUF, as tables."""

import re

from inspector.knowledge.comfy_gguf import DOWN_TYPES, EDGE_TYPES, MAIN_TYPES, MODELS, OLDER, QKV_TYPES, V_TYPES
from inspector.knowledge.gguf_types import GGUF_TYPES


def test_rows_are_told_apart_by_architecture_and_layout() -> None:
    keys = [(row.architecture, row.layout) for row in MODELS]
    assert len(set(keys)) == len(keys)
    assert all(row.source and row.detect and row.skip for row in MODELS)


def test_patterns_compile() -> None:
    for row in MODELS:
        for pattern in (row.v, row.qkv, row.down, row.edge_blocks):
            assert re.compile(pattern).pattern == pattern


def test_no_row_is_shadowed_by_an_earlier_one() -> None:
    for later, row in enumerate(MODELS):
        for earlier in MODELS[:later]:
            for keys in row.detect:
                assert not any(set(keys) >= set(others) for others in earlier.detect) or row.architecture == "sd1"


def test_every_type_exists_and_every_mix_belongs_to_a_file_type() -> None:
    assert set(MAIN_TYPES.values()) <= set(GGUF_TYPES)
    for mix in (QKV_TYPES, DOWN_TYPES, EDGE_TYPES):
        assert set(mix) <= set(MAIN_TYPES)
        assert set(mix.values()) <= set(GGUF_TYPES)
    assert set(V_TYPES) <= set(MAIN_TYPES)
    assert {kind for first, _, rest in V_TYPES.values() for kind in (first, rest)} <= set(GGUF_TYPES)


def test_older_versions_are_those_of_known_architectures() -> None:
    known = {(row.architecture, row.layout) for row in MODELS}
    assert {(row.architecture, row.layout) for row in OLDER} <= known
    assert all(row.kept in ("", "F32", "16 bit") for row in (*MODELS, *OLDER))
    assert not any(row.kept or row.f32 for row in MODELS)
    assert all(row not in MODELS for row in OLDER)
