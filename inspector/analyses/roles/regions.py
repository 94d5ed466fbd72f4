"""Regions with their kinds: each scope's word and structure weighed, then all of them together in context."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from inspector.analyses.census import LogicalGroup, SetContext
from inspector.analyses.roles.scopes import ROOT, Region, cut
from inspector.analyses.roles.splits import side_of
from inspector.analyses.roles.structure import Inside, kind_of, look_inside
from inspector.knowledge.roles_scopes import TEXT_FOLDERS, WRAPPERS
from inspector.knowledge.roles_structures import ARCHITECTURE_HINTS, CLASS_HINTS, NEIGHBOURS, Neighbour
from inspector.values import frozen, replace

Segments = tuple[str, ...]

#: Kinds that read text, and in a pipeline serve it.
_READING: Final = frozenset({"language", "seq2seq"})

_KERNELS: Final = frozenset({"conv1d", "conv2d"})

#: What a subtree with two-dimensional kernels inside a language model can be.
_SEEING: Final = ("vae", "audio", "vision")


@frozen
class Settled:
    """A region whose kind is decided."""

    region: Region
    kind: str
    inside: Inside


def settle(logical: Sequence[LogicalGroup], names: Sequence[Segments], context: SetContext) -> list[Settled]:
    """The regions of one weight set with their kinds, in order of first appearance."""
    settled: list[Settled] = []
    for region in cut(names):
        inside = look_inside(logical, names, region.members)
        kind = _kind(region, inside, context)
        whole = Settled(region=region, kind=kind, inside=inside)
        split = _SPLITS.get(kind)
        settled += split(whole, logical, names) if split else [whole]
    return _in_context(settled, context)


def _kind(region: Region, inside: Inside, context: SetContext) -> str:
    if region.kinds == ROOT:
        return _hinted(kind_of(inside, region.kinds), inside, context) or "rest"
    if len(region.kinds) == 1:
        return region.kinds[0]
    words = tuple(kind for kind in region.kinds if kind != "auto")
    if found := kind_of(inside, words if "auto" not in region.kinds else (*words, *ROOT)):
        return found
    return "rest" if "auto" in region.kinds and "blocks" not in inside.facts else words[-1]


def _hinted(kind: str, inside: Inside, context: SetContext) -> str:
    """Configuration decides between a language model and a text encoder, which the same tensors can be."""
    if kind not in ("text", "language") or "vocabulary" not in inside.facts:
        return kind
    first, *classes = _declared(context)
    if kind == "language" and any(hint.kind == "dit" and hint.word in name for hint in CLASS_HINTS for name in classes):
        return "dit"
    return next((hint.kind for hint in ARCHITECTURE_HINTS if first.endswith(hint.word)), kind)


def _declared(context: SetContext) -> tuple[str, ...]:
    """Class names that the surroundings state for the whole set: `architectures`, `_class_name`, the pipeline's."""
    architectures = context.config.get("architectures")
    first = architectures[0] if isinstance(architectures, list) and architectures else ""
    return str(first), str(context.config.get("_class_name", "")), context.pipeline_class


def _by_class(context: SetContext) -> str:
    """The kind that a declared class name speaks for, "" for none."""
    declared = _declared(context)
    return next((hint.kind for hint in CLASS_HINTS if any(hint.word in name for name in declared)), "")


def _side(whole: Settled, side: str, names: Sequence[Segments]) -> tuple[int, ...]:
    return tuple(index for index in whole.region.members if side_of(names[index]) == side)


def _without(whole: Settled, apart: Sequence[Settled]) -> Settled:
    taken = {index for each in apart for index in each.region.members}
    members = tuple(index for index in whole.region.members if index not in taken)
    return replace(whole, region=replace(whole.region, members=members))


def _split_pair(whole: Settled, logical: Sequence[LogicalGroup], names: Sequence[Segments]) -> list[Settled]:
    """An encoder-decoder whole where its encoder reads text; its encoder apart where that sees or hears."""
    members = _side(whole, "encoder", names)
    encoder = look_inside(logical, names, members)
    kind = kind_of(encoder, ("vision", "audio"))
    if not kind:
        return [whole]
    apart = Settled(region=replace(whole.region, members=members), kind=kind, inside=encoder)
    return [apart, _without(whole, [apart])]


def _split_speech(whole: Settled, logical: Sequence[LogicalGroup], names: Sequence[Segments]) -> list[Settled]:
    """A speech synthesiser whose decoder makes a waveform, or apart from it a decoder that does not."""
    members = _side(whole, "decoder", names)
    decoder = look_inside(logical, names, members)
    if not members or kind_of(decoder, ("vocoder",)):
        return [whole]
    apart = Settled(region=replace(whole.region, members=members), kind="decoder", inside=decoder)
    return [_without(whole, [apart]), apart]


def _split_foreign(whole: Settled, logical: Sequence[LogicalGroup], names: Sequence[Segments]) -> list[Settled]:
    """A language model, and apart from it each subtree under an unknown word that sees and knows no words."""
    if whole.inside.facts.isdisjoint(_KERNELS):
        return [whole]
    subtrees: dict[Segments, list[int]] = {}
    for index in whole.region.members:
        subtrees.setdefault(_subtree(names[index], len(whole.region.path)), []).append(index)
    apart = []
    for path, members in subtrees.items():
        inside = look_inside(logical, names, members)
        listed = any(names[index][len(path) : len(path) + 1] == ("*",) for index in members)
        if kind := _foreign_kind(inside, listed=listed):
            region = Region(path=path, kinds=ROOT, name="", members=tuple(members))
            apart.append(Settled(region=region, kind=kind, inside=inside))
    return [_without(whole, apart), *apart]


def _foreign_kind(inside: Inside, *, listed: bool) -> str:
    """What a subtree of a language model is that is not its own, "" for its own; `listed`: a list of blocks."""
    if "vocabulary" in inside.facts:
        return ""
    if "conv2d" in inside.facts:
        return kind_of(inside, _SEEING) or "vision"
    return "" if listed or "conv1d" not in inside.facts else kind_of(inside, ("audio",))


def _subtree(segments: Segments, depth: int) -> Segments:
    """The name down to the first word below `depth` that is no wrapper."""
    stop = depth
    while stop < len(segments) - 1 and segments[stop] in WRAPPERS:
        stop += 1
    return segments[: stop + 1]


_Split = Callable[[Settled, Sequence[LogicalGroup], Sequence[Segments]], list[Settled]]

#: Kinds that may hold another model under no scope word.
_SPLITS: Final[Mapping[str, _Split]] = {
    "seq2seq": _split_pair,
    "tts": _split_speech,
    "language": _split_foreign,
}


def _in_context(settled: list[Settled], context: SetContext) -> list[Settled]:
    if len(settled) == 1 and settled[0].kind == "rest":
        settled = [replace(settled[0], kind=_by_class(context) or "rest")]
    kinds = frozenset(each.kind for each in settled)
    return [replace(each, kind=_adjusted(each, kinds, context)) for each in settled]


def _adjusted(each: Settled, kinds: frozenset[str], context: SetContext) -> str:
    """The kind of one region beside those of its neighbours."""
    if context.pipeline_name.startswith("text_encoder"):
        return "text"
    if each.kind in _READING and (context.pipeline_name or not TEXT_FOLDERS.isdisjoint(context.path.split("/"))):
        return "text"
    for row in NEIGHBOURS:
        if each.kind == row.kind and each.inside.facts.issuperset(row.has) and _applies(row, kinds):
            return row.becomes
    return each.kind


def _applies(row: Neighbour, kinds: frozenset[str]) -> bool:
    also = not row.also or bool(kinds.intersection(row.also))
    return also and bool(kinds.intersection(row.beside)) and not kinds.intersection(row.without)
