"""Components: what each group of tensors is for, in the interface's vocabulary.

Names are cut into scopes (scopes.py), each scope's kind is told from its word and its structure (structure.py),
and each kind splits into components by its own rule.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

from inspector.analyses.census import LabelledGroup, LogicalGroup, SetContext
from inspector.analyses.instances import instance_name
from inspector.analyses.inventory import Inventory, numbers_in
from inspector.analyses.leaves import is_adapter, is_buffer, is_schedule, is_side_data
from inspector.analyses.parts import part_of
from inspector.analyses.scopes import Region, cut
from inspector.analyses.structure import Inside, kind_of, look_inside
from inspector.knowledge.roles_leaves import CLASSIFIERS, EMBEDDINGS, HEADS, MTP_SIGNS, TEXTUAL_INVERSIONS
from inspector.knowledge.roles_scopes import WRAPPERS
from inspector.model import Role

_Segments = tuple[str, ...]

#: Last parts of names that a module gives to its own tensors.
_LEAVES = frozenset({"weight", "bias", "scale", "weights"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Settled:
    """A region whose kind is decided."""

    region: Region
    kind: str
    inside: Inside


def pinned_prefixes(inventory: Inventory) -> tuple[str, ...]:
    """Number prefixes that must stay unfolded: layers that predict further tokens, numbered text encoders."""
    prefixes: set[str] = set()
    for index, group in enumerate(inventory.groups):
        if match := re.fullmatch(MTP_SIGNS, group.pattern):
            stem = match.group(1)
            depth = stem.count("*")
            prefixes |= {f"{stem}{numbers[depth]}." for numbers in inventory.numbers_of(index) if not depth}
        elif group.pattern.startswith("conditioner.embedders.*."):
            prefixes |= {f"conditioner.embedders.{numbers[0]}." for numbers in inventory.numbers_of(index)}
    return tuple(sorted(prefixes))


def label(logical: Sequence[LogicalGroup], context: SetContext) -> tuple[LabelledGroup, ...]:
    """A role and an instance name for each group, in order; what cannot be told is `unclassified`."""
    names = [tuple(group.weight.replace("/", ".").split(".")) for group in logical]
    labels: list[LabelledGroup | None] = [None] * len(logical)
    if _is_adapter_set(logical):
        return tuple(_labelled(group, _adapter_component(group), "") for group in logical)
    if _is_textual_inversion(logical, names):
        return tuple(_labelled(group, "embedding", "") for group in logical)
    settled = _settle(logical, names, context)
    for each in settled:
        _label_region(each, logical, names, labels)
    return tuple(entry for entry in labels if entry is not None)


def _is_adapter_set(logical: Sequence[LogicalGroup]) -> bool:
    """Are adapter leaves what this set is made of?"""
    return 3 * sum(is_adapter(group.weight) for group in logical) >= max(len(logical), 1)


def _adapter_component(group: LogicalGroup) -> str:
    return "embedding" if group.weight in TEXTUAL_INVERSIONS else "adapter"


def _is_textual_inversion(logical: Sequence[LogicalGroup], names: Sequence[_Segments]) -> bool:
    """Are these the vectors of a few new words, and nothing else?"""
    if any(len(group.shape) not in (1, 2) or group.group.tensors > 4 for group in logical) or len(logical) > 4:
        return False
    return all(name[0] in TEXTUAL_INVERSIONS or (len(logical) == 1 and name[-1] not in _LEAVES) for name in names)


def _settle(logical: Sequence[LogicalGroup], names: Sequence[_Segments], context: SetContext) -> list[_Settled]:
    settled = []
    regions = cut(names)
    for region in regions:
        inside = look_inside(logical, names, region.members)
        if len(region.kinds) == 1 and region.kinds != ("auto",):
            kind = region.kinds[0]
        else:
            kind = kind_of(inside, region.kinds) or (region.kinds[-1] if region.kinds != ("auto",) else "rest")
        if kind == "seq2seq":
            settled += _split_pair(region, inside, logical, names)
        else:
            settled.append(_Settled(region=region, kind=kind, inside=inside))
    return _in_context(settled, context)


def _side(segments: _Segments) -> str:
    """Which of an encoder-decoder's two sides a name is on: "encoder", "decoder" or ""."""
    return next((segment for segment in segments if segment in ("encoder", "decoder")), "")


def _split_pair(
    region: Region, inside: Inside, logical: Sequence[LogicalGroup], names: Sequence[_Segments]
) -> list[_Settled]:
    """An encoder-decoder whole where its encoder reads text; its encoder apart where that sees or hears."""
    members = tuple(index for index in region.members if _side(names[index]) == "encoder")
    encoder = look_inside(logical, names, members)
    kind = kind_of(encoder, ("vision", "audio"))
    if not kind:
        return [_Settled(region=region, kind="seq2seq", inside=inside)]
    rest = tuple(index for index in region.members if index not in set(members))
    return [
        _Settled(region=replace(region, members=members), kind=kind, inside=encoder),
        _Settled(region=replace(region, members=rest), kind="seq2seq", inside=inside),
    ]


def _in_context(settled: list[_Settled], context: SetContext) -> list[_Settled]:
    """A language model beside a denoiser, or in a pipeline's text_encoder, is a text encoder; a copy is what it copies."""
    denoiser = next((each.kind for each in settled if each.kind in ("unet", "dit")), "")
    whole_text = context.pipeline_name.startswith("text_encoder")
    out = []
    for each in settled:
        kind = each.kind
        if kind == "ema":
            kind = denoiser or "unet"
        elif whole_text or (denoiser and kind in ("language", "seq2seq")):
            kind = "text"
        out.append(replace(each, kind=kind))
    return out


_WHOLE: Mapping[str, str] = {
    "text": "text_encoder",
    "projector": "projector",
    "unet": "unet",
    "dit": "transformer",
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
}


def _before_number(segments: _Segments) -> _Segments:
    return segments[: segments.index("*")] if "*" in segments else segments


def _language(segments: _Segments) -> tuple[str, str]:
    if any(segment.isdigit() for segment in segments):
        return "mtp", ""
    top = _before_number(segments)
    modules = [segment for segment in top if segment not in WRAPPERS]
    last = segments[-2] if len(segments) > 1 and segments[-1] in ("weight", "bias", "weights") else segments[-1]
    if any(module in HEADS for module in modules[:2]):
        return "head", ""
    if top == segments and (last in EMBEDDINGS):
        return "embedding", ""
    return "transformer", ""


def _seq2seq(segments: _Segments) -> tuple[str, str]:
    component, _ = _language(segments)
    if component == "transformer":
        return component, "encoder" if "encoder" in segments else "decoder" if "decoder" in segments else ""
    return component, ""


def _tower(component: str) -> Callable[[_Segments], tuple[str, str]]:
    def split(segments: _Segments) -> tuple[str, str]:
        return ("head", "") if segments[0] in CLASSIFIERS else (component, "")

    return split


def _rest(segments: _Segments) -> tuple[str, str]:
    """What no scope claims: output layers and tables are told by their word, all else is unclassified."""
    component, name = _language(segments)
    return ("unclassified", "") if component == "transformer" else (component, name)


_SPLITS: Mapping[str, Callable[[_Segments], tuple[str, str]]] = {
    "language": _language,
    "rest": _rest,
    "seq2seq": _seq2seq,
    "vision": _tower("vision_encoder"),
    "audio": _tower("audio_encoder"),
}


def _label_region(
    each: _Settled,
    logical: Sequence[LogicalGroup],
    names: Sequence[_Segments],
    labels: list[LabelledGroup | None],
) -> None:
    name = each.region.name or instance_name(each.kind, each.region.path, logical, names, each.region.members)
    for index in each.region.members:
        group, segments = logical[index], names[index]
        if is_adapter(group.weight):
            component, part_name = "adapter", ""
        elif is_schedule(group):
            component, part_name = "buffer", ""
        elif each.kind in _SPLITS:
            component, part_name = _SPLITS[each.kind](segments)
        else:
            component, part_name = _WHOLE[each.kind], ""
        labels[index] = _labelled(group, component, part_name or name)


def _labelled(group: LogicalGroup, component: str, name: str) -> LabelledGroup:
    if is_buffer(group) or component == "buffer":
        group = replace(group, kind="buffer", params=0)
        part = "buffer"
    elif component == "adapter" and is_side_data(group):
        group, part = replace(group, kind="side-data", params=0), "lora"
    else:
        part = part_of(group.weight, component)
    return LabelledGroup(logical=group, role=Role(component=component, part=part), name=name)


@cache
def _expert_word() -> re.Pattern[str]:
    return re.compile(r"experts?[._]\*")


def role_of_name(labelled: LabelledGroup, name: str) -> Role:
    """The full role of one tensor of a group: block and expert numbers read from its name."""
    pattern, numbers = labelled.group.pattern, numbers_in(name)
    stars = [match.start() for match in re.finditer(r"(?<![^./_\-])\*(?![^./_\-])", pattern)]
    if len(stars) > len(numbers):
        return labelled.role
    numbers = numbers[len(numbers) - len(stars) :]
    expert_match = _expert_word().search(pattern)
    expert_at = expert_match.end() - 1 if expert_match else -1
    block = next((number for star, number in zip(stars, numbers, strict=True) if star != expert_at), None)
    expert = next((number for star, number in zip(stars, numbers, strict=True) if star == expert_at), None)
    return replace(labelled.role, block=block, expert=expert)
