"""Reads numbers and sections of a configuration, one way for all: null, zero, a flag or text say nothing."""

from collections.abc import Mapping, Sequence
from typing import Any

from inspector.knowledge.config_keys import TEXT_SECTIONS


def find_number(config: Mapping[str, Any], keys: Sequence[str], *, least: int = 1) -> tuple[str, int] | None:
    """(key, value) of the first key that holds a whole number of at least `least`, or a list of one and the same.

    A key may be a path: `ffn_config.moe_top_k`.
    """
    for key in keys:
        value = config.get(key) if key in config else value_at(config, key.split("."))
        if isinstance(value, list) and value and all(item == value[0] for item in value):
            value = value[0]
        if isinstance(value, int) and not isinstance(value, bool) and value >= least:
            return key, value
    return None


def read_number(config: Mapping[str, Any], keys: Sequence[str], *, least: int = 1) -> int | None:
    """The number that `find_number` finds, without its key."""
    found = find_number(config, keys, least=least)
    return found[1] if found else None


def value_at(config: Any, path: Sequence[str]) -> Any:
    """What stands at a path of keys, None where nothing does."""
    for key in path:
        config = config.get(key) if isinstance(config, Mapping) else None
    return config


def section_at(config: Mapping[str, Any], paths: Sequence[Sequence[str]]) -> Mapping[str, Any] | None:
    """The first of these sections that says anything, None where none does."""
    found = (value_at(config, path) for path in paths)
    return next((value for value in found if isinstance(value, Mapping) and value), None)


def text_config(config: Mapping[str, Any]) -> Mapping[str, Any]:
    """The part of a configuration that speaks of the text model; the whole where there is no such part."""
    found = section_at(config, TEXT_SECTIONS)
    return config if found is None else found
