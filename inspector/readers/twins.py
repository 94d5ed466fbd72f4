"""Settles what names leave open once headers are read: parts of one model, twins of one model, or several models."""

import re
from collections.abc import Mapping, Sequence

from inspector.knowledge.layouts import ORIGINAL_STEM
from inspector.model import Alternative, Shard
from inspector.readers.layout import PlannedSet
from inspector.readers.naming import split_number, without_precision
from inspector.sources.base import SourceFile
from inspector.values import replace

Read = Mapping[str, Shard]


def settle(
    sets: Sequence[PlannedSet], read: Read, files: Mapping[str, SourceFile], pipelines: Sequence[str]
) -> tuple[list[PlannedSet], list[Alternative]]:
    """The sets to count, with parts joined, and those that turn out to be copies of one of them."""
    joined = _join_parts(sets, read)
    kept: list[PlannedSet] = []
    copies: list[Alternative] = []
    for planned in sorted(joined, key=lambda planned: _preference(planned, read)):
        reason = planned.paths and (
            _same_file(planned, kept, files) or _twin(planned, kept, read) or _whole_pipeline(planned, read, pipelines)
        )
        if reason:
            size = sum(files[path].bytes for path in planned.paths if path in files)
            path = planned.paths[0]
            variant = planned.name.variant
            copies.append(Alternative(path=path, variant=variant, paths=planned.paths, file_bytes=size, reason=reason))
        else:
            kept.append(planned)
    order = {id(planned): i for i, planned in enumerate(joined)}
    return sorted(kept, key=lambda planned: order[id(planned)]), copies


def _preference(planned: PlannedSet, read: Read) -> tuple[int, str]:
    """The largest first: of several precisions the fullest stands for the model."""
    return -sum(read[path].stored_bytes for path in planned.paths if path in read), planned.name.stem


def _join_parts(sets: Sequence[PlannedSet], read: Read) -> list[PlannedSet]:
    """Join whole files of one folder that are numbered parts of one model (`layer_00`, `layer_01`)."""
    groups: dict[tuple[str, str], list[PlannedSet]] = {}
    for planned in sets:
        number = None if planned.sharded else split_number(planned.name.stem)
        if number is not None:
            groups.setdefault((planned.name.folder, number[0]), []).append(planned)
    joined = list(sets)
    for (_, stem), parts in groups.items():
        if len(parts) > 1 and (_disjoint(parts, read) or stem.rstrip(".") == ORIGINAL_STEM):
            whole = replace(
                parts[0],
                name=replace(parts[0].name, stem=stem, total=len(parts)),
                paths=tuple(path for part in parts for path in part.paths),
            )
            joined[joined.index(parts[0])] = whole
            joined = [planned for planned in joined if planned not in parts]
    return joined


def _names(planned: PlannedSet, read: Read) -> frozenset[str]:
    return frozenset(name for path in planned.paths if path in read for name in read[path].tensors.names)


def _disjoint(parts: Sequence[PlannedSet], read: Read) -> bool:
    seen: set[str] = set()
    for part in parts:
        names = _names(part, read)
        if not names or not seen.isdisjoint(names):
            return False
        seen |= names
    return True


def _same_file(planned: PlannedSet, kept: Sequence[PlannedSet], files: Mapping[str, SourceFile]) -> str:
    """The reason where every file of a set is, by link or hash, the very file of a set that is kept."""
    ids = _identities(planned, files)
    for other in kept:
        if ids and ids == _identities(other, files):
            return f"the same file as {other.paths[0]}"
    return ""


def _identities(planned: PlannedSet, files: Mapping[str, SourceFile]) -> tuple[str, ...]:
    known = tuple(files[path].sha256 for path in planned.paths if path in files)
    return known if all(known) else ()


def _twin(planned: PlannedSet, kept: Sequence[PlannedSet], read: Read) -> str:
    """The reason where names differ only in words of precision and the tensors are the same."""
    stem = without_precision(planned.name.stem)
    for other in kept:
        same_place = other.name.folder == planned.name.folder and without_precision(other.name.stem) == stem
        if same_place and other.name.stem != planned.name.stem and _same_weights(planned, other, read):
            return f"the same tensors as {other.paths[0]} in another precision or state"
    return ""


def _same_weights(planned: PlannedSet, other: PlannedSet, read: Read) -> bool:
    """Does `other` hold every weight of `planned`, perhaps beside EMA copies or scales?"""
    mine, theirs = _names(planned, read), _names(other, read)
    shared = len(mine & theirs)
    return bool(mine) and shared >= 0.9 * min(len(mine), len(theirs))


def _whole_pipeline(planned: PlannedSet, read: Read, pipelines: Sequence[str]) -> str:
    """The reason where a single file lies beside a model_index.json: the whole pipeline again, unless an adapter."""
    if planned.name.folder not in pipelines:
        return ""
    adapter = re.compile(r"(?:^|[._])(?:lora|loha|lokr|hada|dora|lora_[A-Za-z]+)(?:[._]|$)")
    if any(adapter.search(name) for name in _names(planned, read)):
        return ""
    return "the whole pipeline again in one file"
