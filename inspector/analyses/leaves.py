"""Groups that their own name and shape decide: buffers, schedules, adapter leaves."""

import re
from functools import cache
from typing import Final

from inspector.analyses.census import LogicalGroup
from inspector.knowledge.roles_leaves import ADAPTER_LEAVES, ADAPTER_SIDE_DATA, BUFFERS, SCHEDULES, TOKENIZERS

#: Dtypes of indices, counters and masks, in which no weight is trained or packed.
_COUNTED: Final = frozenset({"I64", "U64", "BOOL"})


@cache
def _buffers() -> re.Pattern[str]:
    return re.compile("|".join(f"(?:(?:.*[.])?{row.pattern})" for row in BUFFERS))


@cache
def _schedules() -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{row.pattern})" for row in SCHEDULES))


@cache
def _adapters() -> re.Pattern[str]:
    return re.compile(ADAPTER_LEAVES)


@cache
def _side_data() -> re.Pattern[str]:
    return re.compile(ADAPTER_SIDE_DATA)


def is_buffer(group: LogicalGroup) -> bool:
    """Is this something that is not trained: a mask, a rotary table, running statistics, a codebook's counts?"""
    if group.kind == "buffer":
        return True
    if group.kind != "parameter":
        return False
    if group.group.form.dtype in _COUNTED and not group.packing:
        return True
    if not _buffers().fullmatch(group.group.pattern):
        return False
    return not group.group.pattern.endswith(".bias") or len(group.group.form.shape) == 4


def is_tokenizer(group: LogicalGroup) -> bool:
    """Is this a tokenizer's file, kept as a tensor of bytes?"""
    form = group.group.form
    return len(form.shape) == 1 and form.dtype in ("U8", "I8") and group.weight.rpartition(".")[2] in TOKENIZERS


def is_schedule(group: LogicalGroup) -> bool:
    """Is this a noise schedule, a buffer of no module?"""
    return bool(_schedules().fullmatch(group.group.pattern))


def is_adapter(weight: str) -> bool:
    """Does this name end as an adapter's weights do?"""
    return bool(_adapters().search(weight))


def is_side_data(group: LogicalGroup) -> bool:
    """Is this a scale that belongs to an adapter?"""
    return group.kind == "side-data" or bool(_side_data().fullmatch(group.group.pattern))
