"""Groups that their own name and shape decide: buffers, schedules, adapter leaves."""

import re
from functools import cache
from typing import Final

from inspector.analyses.census import LogicalGroup
from inspector.knowledge.roles_leaves import ADAPTER_LEAVES, ADAPTER_SIDE_DATA, BUFFERS, SCHEDULES, TOKENIZERS

#: Dtypes of indices, counters and masks, in which no weight is trained or packed.
_COUNTED: Final = frozenset({"I64", "U64", "BOOL"})


#: Leaves that are buffers in no table, but for masks of four dimensions that are called a bias.
_NO_BUFFERS: Final = (".weight", ".bias")
_MASK_DIMS: Final = 4

#: Words at the end of a name that tell a buffer, and those that tell an adapter's weight.
_BUFFER_WORDS: Final = 2
_ADAPTER_WORDS: Final = 4


def _end(name: str, words: int) -> str:
    return ".".join(name.rsplit(".", words)[-words:])


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


@cache
def _is_buffer(end: str, dims: int) -> bool:
    rows = [row for row in BUFFERS if not row.dims or dims in row.dims]
    return any(_compiled(row.pattern).fullmatch(end) for row in rows)


@cache
def _is_schedule(name: str) -> bool:
    return any(_compiled(row.pattern).fullmatch(name) for row in SCHEDULES)


@cache
def _is_adapter(end: str) -> bool:
    return bool(_compiled(ADAPTER_LEAVES).search(end))


def is_buffer(group: LogicalGroup) -> bool:
    """Is this something that is not trained: a mask, a rotary table, running statistics, a codebook's counts?"""
    if group.kind != "parameter":
        return group.kind == "buffer"
    form = group.group.form
    if form.dtype in _COUNTED and not group.packing:
        return True
    if group.group.pattern.endswith(_NO_BUFFERS) and len(form.shape) != _MASK_DIMS:
        return False
    return _is_buffer(_end(group.group.pattern, _BUFFER_WORDS), len(form.shape))


def is_tokenizer(group: LogicalGroup) -> bool:
    """Is this a tokenizer's file, kept as a tensor of bytes?"""
    form = group.group.form
    return len(form.shape) == 1 and form.dtype in ("U8", "I8") and group.weight.rpartition(".")[2] in TOKENIZERS


def is_schedule(group: LogicalGroup) -> bool:
    """Is this a noise schedule, a buffer of no module?"""
    pattern = group.group.pattern
    return pattern.count(".") < _BUFFER_WORDS and _is_schedule(pattern)


def is_adapter(weight: str) -> bool:
    """Does this name end as an adapter's weights do?"""
    return _is_adapter(_end(weight, _ADAPTER_WORDS))


def is_side_data(group: LogicalGroup) -> bool:
    """Is this a scale that belongs to an adapter?"""
    return group.kind == "side-data" or bool(_compiled(ADAPTER_SIDE_DATA).fullmatch(_end(group.group.pattern, 1)))
