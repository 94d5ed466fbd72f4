"""The architecture tables as tables: ids, sources, leaves as they are folded, and no row hidden by one before it."""

import pytest

from inspector.analyses.census import LabelledGroup, LogicalGroup
from inspector.analyses.inventory import TensorGroup, fold_name
from inspector.analyses.recognition.adapter_base import read_adapter
from inspector.analyses.recognition.family_search import first_that_holds
from inspector.analyses.recognition.structural_kind import DOMAINS
from inspector.analyses.recognition.tensor_view import TensorView, ends_of, leaf_name
from inspector.knowledge.adapters import ADAPTER_BASES, BASE_NAMES, BASE_WORDS, AdapterBase
from inspector.knowledge.architecture_row import Family, Layout
from inspector.knowledge.architecture_variants import VARIANTS, Variant
from inspector.knowledge.architectures import all_families, groups_for, variants_in
from inspector.knowledge.model_types import MODEL_TYPES
from inspector.knowledge.pipelines import PIPELINE_CLASSES
from inspector.model import Form, Role

_FAMILIES = tuple(all_families())
_LAYOUTS = [(family, layout) for family in _FAMILIES for layout in family.layouts]
_IDS = {family.id for family in _FAMILIES} | {row.id for row in MODEL_TYPES}
_RANK = 5


def _names(pairs: list[tuple[Family, Layout]]) -> list[str]:
    return [f"{family.id}-{number}" for number, (family, _) in enumerate(pairs)]


def test_an_id_stands_once_for_each_kind() -> None:
    keys = [(family.id, family.kind) for family in _FAMILIES]
    assert len(keys) == len(set(keys))
    assert all(id == id.lower() and " " not in id and "_" not in id for id, _ in keys)


def test_rows_have_sources_and_known_kinds() -> None:
    assert all(family.source and family.name and family.kind in DOMAINS for family in _FAMILIES)
    assert all(row.source and row.name and row.kind in DOMAINS for row in MODEL_TYPES)
    assert all(row.source for row in (*PIPELINE_CLASSES, *ADAPTER_BASES, *BASE_WORDS))


def test_twins_and_bases_are_known_models() -> None:
    assert {twin for family in _FAMILIES for twin in family.twins} <= _IDS
    assert {base for row in ADAPTER_BASES for base in (row.base, *row.candidates)} <= _IDS
    assert {row.base for row in BASE_WORDS} <= _IDS


@pytest.mark.parametrize(("family", "layout"), _LAYOUTS, ids=_names(_LAYOUTS))
def test_leaves_are_written_as_they_are_folded(family: Family, layout: Layout) -> None:
    leaves = (*layout.needs, *layout.lacks, *layout.block, *layout.may, *(width.leaf for width in layout.widths))
    assert [fold_name(leaf) for leaf in leaves] == list(leaves)
    assert [leaf_name(leaf) for leaf in leaves] == list(leaves), "`.weight` is left out"


def _shapes(layout: Layout) -> dict[str, tuple[int, ...]]:
    """A shape for each leaf that meets the conditions on widths; numbers of no model elsewhere."""
    shapes = {leaf: [101 + i] * _RANK for i, leaf in enumerate((*layout.needs, *layout.block))}
    for width in layout.widths:
        shapes.setdefault(width.leaf, [97] * _RANK)[width.axis] = width.values[0]
    for match in layout.matches:
        mine = shapes.setdefault(match.leaf, [11] * _RANK)
        shapes.setdefault(match.other, [13] * _RANK)[match.other_axis] = mine[match.axis] if match.same else 17
    return {leaf: tuple(shape) for leaf, shape in shapes.items()}


def _least_view(layout: Layout) -> TensorView:
    """What a set shows that meets the conditions of a layout and no more."""
    ends: dict[str, tuple[tuple[int, ...], ...]] = {}
    for leaf, shape in _shapes(layout).items():
        for end in ends_of(leaf):
            ends[end] = (*ends.get(end, ()), shape)
    return TensorView(ends=ends, blocks=frozenset(layout.block), whole=frozenset((*layout.needs, *layout.block)))


@pytest.mark.parametrize(("family", "layout"), _LAYOUTS, ids=_names(_LAYOUTS))
def test_no_row_is_hidden_by_one_before_it(family: Family, layout: Layout) -> None:
    found = next(
        found
        for group in groups_for("unknown", 3)
        if (found := first_that_holds(group, _least_view(layout), "unknown"))
    )
    assert found[0].id == family.id


def test_bases_are_called_as_in_their_own_rows() -> None:
    bases = {base for row in ADAPTER_BASES for base in (row.base, *row.candidates, *row.also)}
    assert bases | {row.base for row in BASE_WORDS} <= BASE_NAMES.keys()
    names = {row.id: {row.name} for row in MODEL_TYPES}
    for family in _FAMILIES:
        names.setdefault(family.id, set()).add(family.name)
    assert [base for base, name in BASE_NAMES.items() if name not in names[base]] == []


@pytest.mark.parametrize("row", VARIANTS, ids=lambda row: f"{row.name}-{row.shows.needs[0]}")
def test_variants_are_of_families_and_written_as_they_are_folded(row: Variant) -> None:
    family = next(family for family in _FAMILIES if family.id == row.family and family.layouts)
    assert any(family in group() and row in variants_in(group) for group in groups_for("unknown", 3))
    assert row.source
    assert [fold_name(leaf) for leaf in row.shows.needs] == list(row.shows.needs)


def test_model_types_stand_once() -> None:
    assert len({row.id for row in MODEL_TYPES}) == len(MODEL_TYPES)


def test_no_class_is_hidden_by_a_shorter_prefix() -> None:
    prefixes = [row.prefix for row in PIPELINE_CLASSES]
    hidden = [(a, b) for i, a in enumerate(prefixes) for b in prefixes[i + 1 :] if b.startswith(a)]
    assert hidden == []


def test_no_word_is_hidden_by_one_before_it() -> None:
    words = [row.word for row in BASE_WORDS]
    assert [(a, b) for i, a in enumerate(words) for b in words[i + 1 :] if a in b] == []


def _adapter_group(module: str, width: int) -> LabelledGroup:
    name = f"{module}.lora_down.weight"
    group = TensorGroup(pattern=name, form=Form("F16", (4, width)), tensors=1, stored_bytes=8 * width, example=name)
    logical = LogicalGroup(group=group, kind="parameter", weight=name, shape=(4, width), params=4 * width)
    return LabelledGroup(logical=logical, role=Role(component="adapter", part="lora"), name="")


@pytest.mark.parametrize("row", ADAPTER_BASES, ids=lambda row: f"{row.base}-{row.module}-{row.beside}")
def test_every_adapter_row_is_reached(row: AdapterBase) -> None:
    width = row.widths[0] if row.widths else 5
    groups = [_adapter_group(row.module, width)]
    if row.beside and row.beside not in row.module:
        groups.append(_adapter_group(f"{row.beside}_x", width))
    adapter = read_adapter(groups, {}, {})
    assert adapter is not None
    assert adapter.base == row.base
    assert adapter.candidates == row.candidates
    assert adapter.rank == 4
