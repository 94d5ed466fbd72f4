from inspector.knowledge.gguf_file_types import FILE_TYPES, SCHEMES, find_scheme
from inspector.knowledge.gguf_types import GGUF_TYPES


def test_ids_numbers_and_aliases_are_unique() -> None:
    names = [name for row in FILE_TYPES for name in (row.id, *row.aliases)]
    assert len(names) == len(set(names))
    assert len({row.number for row in FILE_TYPES}) == len(FILE_TYPES)
    assert len({scheme.id for scheme in SCHEMES}) == len(SCHEMES)


def test_every_row_has_a_source_and_a_known_default() -> None:
    assert all(row.source and row.default in GGUF_TYPES for row in FILE_TYPES)
    assert all(row.id == "gguf/" + row.name.lower() for row in FILE_TYPES)


def test_a_matrix_gets_its_own_id_only_where_it_changes_types() -> None:
    assert [scheme.id for scheme in SCHEMES if scheme.id.endswith("+imatrix")] == [
        "gguf/q5_0+imatrix",
        "gguf/q4_0+imatrix",
        "gguf/iq4_nl+imatrix",
        "gguf/iq4_xs+imatrix",
    ]


def test_types_that_need_a_matrix_are_offered_with_one() -> None:
    needing = {scheme.file_type.name for scheme in SCHEMES if scheme.imatrix and "+" not in scheme.id}
    assert needing == {
        "IQ3_XS",
        "IQ3_XXS",
        "Q2_K_S",
        "IQ2_M",
        "IQ2_S",
        "IQ2_XS",
        "IQ2_XXS",
        "IQ1_M",
        "IQ1_S",
    }


def test_schemes_are_found_by_id_and_alias() -> None:
    found = find_scheme("GGUF/Q4_K")
    assert found is not None
    assert found.file_type.name == "Q4_K_M"
    assert not found.imatrix
    assert find_scheme("gguf/q9_k") is None


def test_summaries_say_what_they_name() -> None:
    for scheme in SCHEMES:
        assert scheme.file_type.name in scheme.summary
        assert scheme.file_type.default in scheme.summary
