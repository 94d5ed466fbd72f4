"""One way to read numbers and sections of a configuration."""

from typing import Any

import pytest

from inspector.analyses.configuration import find_number, read_number, text_config
from inspector.knowledge.config_keys import CONFIG_KEYS, TEXT_SECTIONS


def test_the_text_part_of_a_configuration_counts() -> None:
    config = {"hidden_size": 1, "text_config": {"hidden_size": 2, "vision": {"hidden_size": 3}}}
    assert find_number(text_config(config), ("hidden_size",)) == ("hidden_size", 2)


@pytest.mark.parametrize("value", [True, "8", 0, -1, None, [1, 2], [], 2.0])
def test_only_positive_whole_numbers_count(value: object) -> None:
    assert find_number({"n": value}, ("n",)) is None


def test_a_list_of_one_number_is_that_number() -> None:
    assert find_number({"n": [4, 4, 4]}, ("n",)) == ("n", 4)


def test_a_key_may_be_a_path() -> None:
    assert find_number({"ffn_config": {"moe_top_k": 4}}, ("ffn_config.moe_top_k",)) == ("ffn_config.moe_top_k", 4)
    assert find_number({"ffn_config": [4]}, ("ffn_config.moe_top_k",)) is None


def test_zero_counts_only_where_it_is_asked_for() -> None:
    assert read_number({"offset": 0, "n": 2}, ("offset", "n")) == 2
    assert read_number({"offset": 0}, ("offset",), least=0) == 0


def test_a_key_with_a_dot_in_it_is_read_as_it_stands() -> None:
    assert find_number({"a.b": 3, "a": {"b": 4}}, ("a.b",)) == ("a.b", 3)


@pytest.mark.parametrize("path", TEXT_SECTIONS, ids=".".join)
def test_the_section_of_the_language_model_is_found(path: tuple[str, ...]) -> None:
    config: dict[str, Any] = {"hidden_size": 2}
    for key in reversed(path):
        config = {key: config, "hidden_size": 1}
    assert text_config(config)["hidden_size"] == 2


@pytest.mark.parametrize("value", [None, {}, [], "text", 1])
def test_a_section_that_says_nothing_is_none(value: object) -> None:
    config = {"text_config": value, "hidden_size": 1}
    assert text_config(config) is config


def test_fields_are_named_once_and_keys_once_in_a_field() -> None:
    fields = [row.field for row in CONFIG_KEYS]
    assert len(fields) == len(set(fields))
    assert all(len(row.keys) == len(set(row.keys)) for row in CONFIG_KEYS)
    assert all(row.source for row in CONFIG_KEYS)
