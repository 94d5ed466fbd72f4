"""Groups that their own name and shape decide: buffers, schedules, adapter leaves."""

import re
from functools import cache

from inspector.analyses.census import LogicalGroup
from inspector.knowledge.roles_leaves import ADAPTER_LEAVES, ADAPTER_SIDE_DATA, BUFFERS, SCHEDULES


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
    if not _buffers().fullmatch(group.group.pattern):
        return False
    if group.group.pattern.endswith(".bias"):
        return len(group.group.form.shape) == 4
    return True


def is_schedule(group: LogicalGroup) -> bool:
    """Is this a noise schedule, a buffer of no module?"""
    return bool(_schedules().fullmatch(group.group.pattern))


def is_adapter(weight: str) -> bool:
    """Does this name end as an adapter's weights do?"""
    return bool(_adapters().search(weight))


def is_side_data(group: LogicalGroup) -> bool:
    """Is this a scale that belongs to an adapter?"""
    return group.kind == "side-data" or bool(_side_data().fullmatch(group.group.pattern))
