"""Names of converted tensors: from a folded checkpoint name to the GGUF name."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Final

from inspector.knowledge.gguf_names import BLOCK_NAME, STACK_NAMES, STACKS, TOP_NAME
from inspector.values import frozen

#: Components before an inner number that counts members of one stacked tensor, not tensors of their own.
STACKED: Final = frozenset(("experts", "norms"))
#: Stands for the blocks of an MTP module that follow the model's own; the number is known only with them.
MTP: Final = "mtp"


@frozen
class Place:
    """A folded name cut at its block number: `stack` before it, `number` ("*", digits or "mtp"), `leaf` after it."""

    stack: str
    number: str
    leaf: str


def place_of(name: str) -> Place | None:
    """The name cut at its first number, None where it has none between dots or no leaf follows."""
    parts = name.split(".")
    for i, part in enumerate(parts[:-1]):
        if part == "*" or part.isdecimal() or (part == MTP and i):
            return Place(stack=".".join(parts[:i]), number=part, leaf=".".join(parts[i + 1 :]))
    return None


def is_stacked(leaf: str) -> bool:
    """Does the leaf hold a number that counts members of one stacked tensor (`experts.*`)?"""
    parts = leaf.split(".")
    return any(part == "*" and before in STACKED for before, part in pairwise(parts))


def has_inner_number(leaf: str) -> bool:
    """Does the leaf hold a number that tells tensors of their own apart (`layer.*.SelfAttention`, `ln_*`)?"""
    parts = ("", *leaf.split("."))
    return any("*" in part and (part != "*" or before not in STACKED) for before, part in pairwise(parts))


def folded_numbers(pattern: str) -> frozenset[int]:
    """Which of a pattern's numbers, by order, count blocks or members of a stack; the others belong to the name."""
    parts = pattern.split(".")
    block = next((i for i, part in enumerate(parts) if part == "*" or part.isdecimal()), -1)
    folded, order = set(), 0
    for i, part in enumerate(parts):
        if part == "*" and (i == block or (i and parts[i - 1] in STACKED)):
            folded.add(order)
        order += part.count("*")
    return frozenset(folded)


def gguf_name(name: str, overrides: Mapping[str, str]) -> str:
    """The GGUF name of a folded checkpoint name, its block number kept as `*`; "" where the converter has none."""
    top = _look_up(name, TOP_NAME)
    place = place_of(name)
    if top or place is None:
        return top
    stack = place.stack.rpartition(".")[2]
    if stack not in STACKS:
        return ""
    leaf = place.leaf.replace(".norms.*", "").replace(".*", "")
    own = _look_up(leaf, overrides)
    if own:
        return f"blk.*.{own}"
    paired = _look_up(f"{place.stack} {leaf}", STACK_NAMES)
    if paired:
        return paired
    found = _look_up(leaf, BLOCK_NAME)
    return f"blk.*.{found}" if found else ""


def _look_up(name: str, table: Mapping[str, str]) -> str:
    whole = table.get(name)
    if whole is not None:
        return whole
    for suffix in (".weight", ".bias"):
        if name.endswith(suffix):
            stem = table.get(name[: -len(suffix)])
            return stem + suffix if stem is not None else ""
    return ""
