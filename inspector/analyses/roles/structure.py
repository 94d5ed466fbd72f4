"""What kind of model a region is, told from its names and shapes by the rows of knowledge/roles_structures.py."""

from collections.abc import Sequence

from inspector.analyses.census import LogicalGroup
from inspector.analyses.roles.leaves import is_adapter
from inspector.knowledge.roles_leaves import POSSIBLE_TABLES, TOKEN_TABLES
from inspector.knowledge.roles_structures import STRUCTURES, Structure
from inspector.values import frozen

#: Fewest rows and columns of a table that holds a vocabulary under a word that does not say so.
SMALLEST_VOCABULARY = 400
SMALLEST_WIDTH = 32
_SMALLEST_PLAIN = 64

#: Modules whose tables hold codes and no words.
_QUANTISERS = frozenset({"codebook", "quantize", "quantizer", "vquantizer", "vq"})

#: Channels of an image as a kernel takes it, plain or unshuffled; and as one gives it, plain or to be shuffled.
_IMAGE_IN = frozenset({1, 3, 4, 12, 48})
_IMAGE_OUT = frozenset({1, 3, 12, 27, 48})
#: Edge of a kernel that cuts an image into patches.
_PATCH = 14
_FEW = 2
_BLOCK_WORDS = ("attn", "ttention", "mixer")


@frozen
class Inside:
    """A region's names as one text, and the facts of its shapes."""

    text: str
    facts: frozenset[str]


def module_word(segments: Sequence[str]) -> str:
    """The module that a tensor belongs to: the last word before its leaf and before a number."""
    inner = segments[:-1] if segments[-1] in ("weight", "bias", "weights") and len(segments) > 1 else segments
    return inner[-2] if inner[-1] == "*" and len(inner) > 1 else inner[-1]


def is_table(segments: Sequence[str], shape: tuple[int, ...]) -> bool:
    """Is this the table of a vocabulary: two dimensions and an embedding's name, many rows where the name is vague?"""
    if len(shape) != 2 or not _QUANTISERS.isdisjoint(segments):
        return False
    word = module_word(segments)
    if word in TOKEN_TABLES:
        return True
    fewest = _SMALLEST_PLAIN if word == "embeddings" else SMALLEST_VOCABULARY
    return word in POSSIBLE_TABLES and shape[0] >= fewest and shape[1] >= SMALLEST_WIDTH


def _in_block(line: str) -> bool:
    """Does this name stand below a number, in something that attends or mixes?"""
    _, number, below = line.partition(".*.")
    return bool(number) and any(word in below for word in _BLOCK_WORDS)


def _kernel(group: LogicalGroup, segments: Sequence[str]) -> str:
    dims = 0 if is_adapter(group.weight) else len(group.shape)
    if dims not in (3, 4, 5) or group.kind != "parameter" or segments[-1] in ("bias",):
        return ""
    if dims == 3 and (group.shape[2] > 64 or group.shape[0] == 1):
        return ""
    if dims == 4 and group.shape[0] == 1:
        return ""
    return f"conv{dims - 2}d"


def _image_facts(shape: tuple[int, ...]) -> set[str]:
    """What the ends of a two-dimensional kernel say: image channels in or out, or patches cut."""
    facts = set()
    if shape[1] in _IMAGE_IN and shape[0] > shape[1]:
        facts.add("patches" if shape[2] >= _PATCH and shape[2] == shape[3] else "image-in")
    if shape[0] in _IMAGE_OUT and shape[1] > shape[0] // 4 and shape[2] > 1:
        facts.add("image-out")
    return facts


def look_inside(groups: Sequence[LogicalGroup], names: Sequence[tuple[str, ...]], members: Sequence[int]) -> Inside:
    """The text and facts of the groups numbered in `members`."""
    lines: list[str] = []
    facts: set[str] = set()
    for index in members:
        segments, group = names[index], groups[index]
        lines.append(".".join(segments))
        if kernel := _kernel(group, segments):
            facts |= {kernel, "conv"}
            if kernel == "conv2d":
                facts |= _image_facts(group.shape)
        if is_table(segments, group.shape):
            facts.add("vocabulary")
    text = "\n" + "".join(f".{line}\n" for line in lines)
    if sum(groups[index].group.tensors for index in members) <= _FEW:
        facts.add("few")
    if any(_in_block(line) for line in lines):
        facts.add("blocks")
    return Inside(text=text, facts=frozenset(facts))


def fits(row: Structure, inside: Inside) -> bool:
    """Do all conditions of a row hold?"""
    if not inside.facts.issuperset(row.has) or inside.facts.intersection(row.lacks):
        return False
    text = inside.text
    return (
        all(needle in text for needle in row.all)
        and (not row.any or any(needle in text for needle in row.any))
        and not any(needle in text for needle in row.none)
    )


def kind_of(inside: Inside, proposed: tuple[str, ...]) -> str:
    """The first kind among those proposed whose row fits; "" where none does. "auto" proposes every kind."""
    for row in STRUCTURES:
        if (row.kind in proposed or "auto" in proposed) and fits(row, inside):
            return row.kind
    return ""
