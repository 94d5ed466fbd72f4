"""Copies of a table that an encoder and a decoder share: stored again, and the same parameters."""

from collections.abc import Sequence

from inspector.analyses.census import LogicalGroup
from inspector.knowledge.packings import SHARED_TABLE, SHARED_TABLE_COPIES
from inspector.values import replace


def count_shared_tables_once(logical: Sequence[LogicalGroup]) -> tuple[LogicalGroup, ...]:
    """The groups with copies of a shared token table at no parameters of their own; everything else unchanged."""
    shapes = {item.weight: item.shape for item in logical if item.weight.endswith(SHARED_TABLE)}
    if not shapes:
        return tuple(logical)
    return tuple(replace(item, params=0, evidence=_WHY) if _is_copy(item, shapes) else item for item in logical)


_WHY = "the table that is stored as `shared` too: the same parameters"


def _is_copy(item: LogicalGroup, shapes: dict[str, tuple[int, ...]]) -> bool:
    ending = next((ending for ending in SHARED_TABLE_COPIES if item.weight.endswith(ending)), "")
    return bool(ending) and item.kind == "parameter" and shapes.get(_shared_name(item.weight, ending)) == item.shape


def _shared_name(weight: str, ending: str) -> str:
    return weight.removesuffix(ending) + SHARED_TABLE
