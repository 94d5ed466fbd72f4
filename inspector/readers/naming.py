"""What a weight file's name says: its stem, its variant, and its number in a set of shards."""

import re
from typing import Final

from inspector.knowledge.layouts import LIBRARY_STEMS, PRECISION_WORDS, VARIANTS
from inspector.values import frozen

_SUFFIX: Final = re.compile(r"(?i)\.(?:safetensors|sft)\Z")
_SHARD: Final = re.compile(r"(?i)\A(.*?)[-_.]?0*(\d{1,6})[-_]of[-_]0*(\d{1,6})(?:\.([A-Za-z0-9_.]+))?\Z")
_NUMBERED: Final = re.compile(r"\A(.*?)[-_.]?(\d{1,6})\Z")
_INDEX: Final = re.compile(r"(?i)\A(.*?)\.safetensors\.index(?:\.([A-Za-z0-9_]+))?\.json\Z")


@frozen
class WeightName:
    """A weight file's name taken apart; `number` and `total` are None for a file that is whole by its name."""

    folder: str
    stem: str
    variant: str
    number: int | None = None
    total: int | None = None


def parse_weight_name(path: str) -> WeightName:
    """Stem, variant and shard number of a weight file."""
    folder, _, name = path.rpartition("/")
    base = _SUFFIX.sub("", name)
    match = _SHARD.match(base)
    if match is None:
        stem, variant = _split_variant(base)
        return WeightName(folder=folder, stem=stem, variant=variant)
    stem, variant = _split_variant(_SUFFIX.sub("", match[1]))
    variant = variant or match[4] or ""
    return WeightName(folder=folder, stem=stem, variant=variant, number=int(match[2]), total=int(match[3]))


def parse_index_name(path: str) -> WeightName:
    """Stem and variant of an index file."""
    folder, _, name = path.rpartition("/")
    match = _INDEX.match(name)
    if match is None:
        return WeightName(folder=folder, stem=name, variant="")
    stem, variant = _split_variant(match[1])
    return WeightName(folder=folder, stem=stem, variant=variant or match[2] or "")


def _split_variant(base: str) -> tuple[str, str]:
    stem, dot, ending = base.rpartition(".")
    if dot and stem and (VARIANTS.fullmatch(ending) or (stem in LIBRARY_STEMS and not ending.isdigit())):
        return stem, ending
    return base, ""


def split_number(stem: str) -> tuple[str, int] | None:
    """A stem that ends in a number, apart: "layer_12" -> ("layer", 12); None where it ends otherwise."""
    match = _NUMBERED.match(stem)
    return (match[1], int(match[2])) if match and match[1] else None


def without_precision(stem: str) -> str:
    """A stem without the words for precision and training state: equal for twins of one model."""
    return re.sub(r"[-_. ]+", "-", PRECISION_WORDS.sub("", stem)).strip("-").lower()
