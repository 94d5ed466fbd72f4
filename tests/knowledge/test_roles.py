import re

from inspector.knowledge.roles_instances import TEXT_ENCODERS
from inspector.knowledge.roles_leaves import BUFFERS, SCHEDULES
from inspector.knowledge.roles_parts import INNER, OUTER, WEAK
from inspector.knowledge.roles_scopes import SCOPES
from inspector.knowledge.roles_structures import ARCHITECTURE_HINTS, CLASS_HINTS, NEIGHBOURS, STRUCTURES

_PARTS = """
    attention mlp experts shared_experts router norm embedding head conv resnet ssm modulation time_embedding
    projection lora buffer other
"""
_FACTS = "conv conv1d conv2d conv3d vocabulary blocks image-in image-out patches few"
PARTS = frozenset(_PARTS.split())
FACTS = frozenset(_FACTS.split())


def test_every_row_has_a_source() -> None:
    sources = [row.source for row in (*OUTER, *INNER, *WEAK)]
    sources += [row.source for row in SCOPES] + [row.source for row in (*BUFFERS, *SCHEDULES)]
    sources += [row.source for row in STRUCTURES] + [row.source for row in NEIGHBOURS]
    sources += [row.source for row in ARCHITECTURE_HINTS] + [row.source for row in CLASS_HINTS]
    sources += [row.source for row in TEXT_ENCODERS]
    assert all(sources)


def test_no_scope_word_stands_twice_in_the_same_place() -> None:
    places = [(word, kind) for scope in SCOPES for word in scope.words for kind in scope.under or ("open",)]
    assert sorted({place for place in places if places.count(place) > 1}) == []


def test_structures_name_known_facts() -> None:
    assert {fact for row in STRUCTURES for fact in (*row.has, *row.lacks)} <= FACTS


def test_structures_have_a_condition() -> None:
    assert all(row.any or row.all or row.has for row in STRUCTURES)


def test_parts_are_of_the_interface() -> None:
    assert {row.part for row in (*OUTER, *INNER, *WEAK)} <= PARTS


def test_patterns_compile() -> None:
    patterns = [row.pattern for row in (*OUTER, *INNER, *WEAK)] + [row.pattern for row in (*BUFFERS, *SCHEDULES)]
    assert patterns
    for pattern in patterns:
        assert re.compile(pattern).pattern == pattern


def test_token_tables_are_told_apart_by_shape() -> None:
    shapes = [(row.vocabulary, row.width) for row in TEXT_ENCODERS]
    assert len(shapes) == len(set(shapes))
