"""The part of a tensor within its component: attention, mlp, norm, ..."""

import re
from collections.abc import Sequence
from functools import cache

from inspector.knowledge.roles_parts import INNER, OUTER, WEAK, Part

_Rule = tuple[str, re.Pattern[str]]


@cache
def _rules(component: str) -> tuple[tuple[_Rule, ...], ...]:
    def of(rows: Sequence[Part]) -> tuple[_Rule, ...]:
        chosen = [row for row in rows if not row.components or component in row.components]
        return tuple((row.part, re.compile(row.pattern)) for row in chosen)

    return of(OUTER), of(INNER), of(WEAK)


@cache
def _part_of_word(word: str, component: str, level: int) -> str:
    """The part that one word tells at a level of rows, "" for none."""
    return next((part for part, pattern in _rules(component)[level] if pattern.fullmatch(word)), "")


def _inner_part(segments: Sequence[str], component: str) -> str:
    for level in (1, 2):
        for word in reversed(segments):
            if part := _part_of_word(word, component, level):
                return part
    return "other"


def part_of(segments: Sequence[str], component: str, *, kernel: bool) -> str:
    """The part that a name tells; "other" where it tells none.

    `kernel`: the module's weight has more than two dimensions, so that a projection in it is a convolution.
    """
    if component in ("embedding", "head", "optimizer", "tokenizer"):
        return component if component in ("embedding", "head") else "other"
    name = ".".join(segments)
    outer = next((part for part, pattern in _rules(component)[0] if pattern.search(name)), "")
    if outer:
        return outer
    inner = _inner_part(segments, component)
    return "conv" if kernel and inner in ("other", "projection", "embedding") else inner
