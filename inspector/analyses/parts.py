"""The part of a tensor within its component: attention, mlp, norm, ..."""

import re
from functools import cache

from inspector.knowledge.roles_parts import PARTS


@cache
def _parts() -> re.Pattern[str]:
    return re.compile("|".join(f"(?P<p{index}>{row.pattern})" for index, row in enumerate(PARTS)))


def part_of(weight: str, component: str) -> str:
    """The part that a name tells; "other" where it tells none."""
    if component in ("embedding", "head"):
        return component
    if component == "adapter":
        return "lora"
    return next((row.part for row in PARTS if re.search(row.pattern, weight)), "other")
