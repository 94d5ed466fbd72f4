"""How one kind of model falls into components: where a tensor stands in it decides, not what it is called outside."""

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Final

from inspector.analyses.roles.structure import module_word
from inspector.knowledge.roles_leaves import (
    BETWEEN,
    BETWEEN_OWN,
    CLASSIFIERS,
    CONTRAST,
    EMBEDDINGS,
    HEAD_ENDS,
    HEADS,
    NO_HEADS,
    POOLING,
    POSSIBLE_TABLES,
    TTS_PARTS,
)
from inspector.knowledge.roles_scopes import WRAPPERS

Segments = tuple[str, ...]
#: A component of the interface with a name for its instance, "" for none.
Share = tuple[str, str]

#: Digits of the longest number that folding reads as one.
_LONGEST_NUMBER: Final = 18

#: What may follow the number of one of several tables.
_TABLE_ENDS: Final = ((), ("weight",))

#: Kinds that are one component whole.
WHOLE: Final[Mapping[str, str]] = {
    "text": "text_encoder",
    "projector": "projector",
    "joint": "projector",
    "unet": "unet",
    "dit": "transformer",
    "decoder": "transformer",
    "vae": "vae",
    "controlnet": "controlnet",
    "adapter": "adapter",
    "mtp": "mtp",
    "motion": "motion",
    "vocoder": "vocoder",
    "codec": "codec",
    "upscaler": "upscaler",
    "optimizer": "optimizer",
    "embedding": "embedding",
    "tokenizer": "tokenizer",
    "head": "head",
}


def _is_number(segment: str) -> bool:
    """Is this a number that folding would have taken, had its prefix not been pinned?"""
    return segment.isdigit() and segment.isascii() and len(segment) <= _LONGEST_NUMBER


def _ends_as_head(word: str) -> bool:
    """Does this word name an output layer by how it ends?"""
    return word.endswith(HEAD_ENDS) and word not in NO_HEADS


def _language(segments: Segments) -> Share:
    if any(_is_number(segment) for segment in segments):
        return "mtp", ""
    top = segments[: segments.index("*")] if "*" in segments else segments
    modules = [segment for segment in top if segment not in WRAPPERS]
    if any(module in HEADS or _ends_as_head(module) for module in modules[:2]):
        return "head", ""
    if module_word(segments) in EMBEDDINGS and (top == segments or segments[len(top) + 1 :] in _TABLE_ENDS):
        return "embedding", ""
    return "transformer", ""


def _top(segments: Segments) -> Segments:
    """The modules of a name down to its first number."""
    return segments[: segments.index("*")] if "*" in segments else segments[:-1] or segments


def _multimodal(segments: Segments) -> Share:
    """A language model beside a tower: what stands between them under a word of its own is the projector."""
    component, _ = _language(segments)
    if component == "transformer" and any(_words(BETWEEN_OWN).match(word) for word in _top(segments)):
        return "projector", ""
    return component, ""


@cache
def _words(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def side_of(segments: Segments) -> str:
    """Which of an encoder-decoder's two sides a name is on: "encoder", "decoder" or ""."""
    return next((segment for segment in segments if segment in ("encoder", "decoder")), "")


def _seq2seq(segments: Segments) -> Share:
    component, _ = _language(segments)
    return component, side_of(segments) if component == "transformer" else ""


def _rest(segments: Segments) -> Share:
    """What no scope claims: output layers and tables are told by their word, all else is unclassified."""
    component, _ = _language(segments)
    if component == "embedding" and module_word(segments) in POSSIBLE_TABLES:
        return "unclassified", ""
    if segments[0] in CLASSIFIERS:
        return "head", ""
    return ("unclassified" if component == "transformer" else component), ""


def _rest_between(segments: Segments) -> Share:
    """What no scope claims beside a tower and a language model."""
    component, _ = _rest(segments)
    if component == "unclassified" and any(_words(BETWEEN).match(word) for word in _top(segments)):
        return "projector", ""
    return component, ""


def _dual(segments: Segments) -> Share:
    """Beside a text tower: the scale and bias of its contrast with images are its own."""
    return ("text_encoder", "") if segments[-1] in CONTRAST else _rest(segments)


def _tower(component: str) -> Callable[[Segments], Share]:
    def split(segments: Segments) -> Share:
        pooling = len(segments) > 1 and segments[1] in POOLING
        classifies = segments[0] in CLASSIFIERS or _ends_as_head(segments[0])
        return ("head" if classifies and not pooling else component), ""

    return split


def _speech(segments: Segments) -> Share:
    modules = [segment for segment in segments if segment not in WRAPPERS]
    return TTS_PARTS.get(modules[0], "unclassified") if modules else "unclassified", ""


_SPLITS: Final[Mapping[str, Callable[[Segments], Share]]] = {
    "language": _language,
    "seq2seq": _seq2seq,
    "vision": _tower("vision_encoder"),
    "audio": _tower("audio_encoder"),
    "tts": _speech,
    "multimodal": _multimodal,
    "rest": _rest,
    "between": _rest_between,
    "dual": _dual,
}

#: Kinds of what no structure claims, alone or beside others.
UNCLAIMED: Final = frozenset({"rest", "between", "dual"})

#: Kinds whose own words follow the word of their scope; in the others a head stands at the very top.
_RELATIVE: Final = frozenset({"language", "multimodal", "seq2seq"})


def share_of(kind: str, segments: Segments, depth: int) -> Share:
    """The component of one tensor in a model of this kind that begins `depth` words into the name, and its instance."""
    split = _SPLITS.get(kind)
    if split is None:
        return WHOLE.get(kind, "unclassified"), ""
    return split(segments[min(depth, len(segments) - 1) :] if kind in _RELATIVE else segments)
