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
    kept = _Kept(read, files)
    beside = _with_components(pipelines, joined)
    copies: list[Alternative] = []
    for planned in sorted(joined, key=lambda planned: _preference(planned, read)):
        reason = planned.paths and (
            kept.same_file(planned) or kept.twin(planned) or _whole_pipeline(planned, read, beside)
        )
        if reason:
            size = sum(files[path].bytes for path in planned.paths if path in files)
            path = planned.paths[0]
            variant = planned.name.variant
            copies.append(Alternative(path=path, variant=variant, paths=planned.paths, file_bytes=size, reason=reason))
        else:
            kept.add(planned)
    return [planned for planned in joined if id(planned) in kept.ids], copies


class _Kept:
    """The sets that count so far, found by what their files are and by where they are and what they are called."""

    def __init__(self, read: Read, files: Mapping[str, SourceFile]) -> None:
        self._read, self._files = read, files
        self.ids: set[int] = set()
        self._by_identity: dict[tuple[str, ...], PlannedSet] = {}
        self._by_place: dict[tuple[str, str], list[PlannedSet]] = {}

    def add(self, planned: PlannedSet) -> None:
        self.ids.add(id(planned))
        self._by_identity.setdefault(self._identity(planned), planned)
        self._by_place.setdefault(_place(planned), []).append(planned)

    def same_file(self, planned: PlannedSet) -> str:
        """The reason where every file of a set is, by link or hash, the very file of a set that is kept."""
        identity = self._identity(planned)
        other = self._by_identity.get(identity) if identity else None
        return f"the same file as {other.paths[0]}" if other else ""

    def twin(self, planned: PlannedSet) -> str:
        """The reason where names differ only in words of precision and the tensors are the same."""
        for other in self._by_place.get(_place(planned), ()):
            if other.name.stem != planned.name.stem and _same_weights(planned, other, self._read):
                return f"the same tensors as {other.paths[0]} in another precision or state"
        return ""

    def _identity(self, planned: PlannedSet) -> tuple[str, ...]:
        known = tuple(
            self._files[path].sha256 or self._files[path].same_as for path in planned.paths if path in self._files
        )
        return known if all(known) else ()


def _place(planned: PlannedSet) -> tuple[str, str]:
    return planned.name.folder, without_precision(planned.name.stem)


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
    first: dict[int, PlannedSet] = {}
    dropped: set[int] = set()
    for (_, stem), parts in groups.items():
        if len(parts) > 1 and (_disjoint(parts, read) or stem.rstrip(".") == ORIGINAL_STEM):
            first[id(parts[0])] = replace(
                parts[0],
                name=replace(parts[0].name, stem=stem, total=len(parts)),
                paths=tuple(path for part in parts for path in part.paths),
            )
            dropped.update(map(id, parts[1:]))
    return [first.get(id(planned), planned) for planned in sets if id(planned) not in dropped]


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


def _same_weights(planned: PlannedSet, other: PlannedSet, read: Read) -> bool:
    """Does `other` hold every weight of `planned`, perhaps beside EMA copies or scales?"""
    mine, theirs = _names(planned, read), _names(other, read)
    shared = len(mine & theirs)
    return bool(mine) and shared >= 0.9 * min(len(mine), len(theirs))


def _with_components(pipelines: Sequence[str], sets: Sequence[PlannedSet]) -> frozenset[str]:
    """The folders of pipelines below which there are components."""
    folders = {planned.name.folder for planned in sets if planned.paths}
    return frozenset(
        base for base in pipelines if any(one != base and (not base or one.startswith(f"{base}/")) for one in folders)
    )


def _whole_pipeline(planned: PlannedSet, read: Read, beside: frozenset[str]) -> str:
    """The reason where a single file lies beside a pipeline's components: the whole of it again, unless an adapter."""
    if planned.name.folder not in beside:
        return ""
    adapter = re.compile(r"(?:^|[._])(?:lora|loha|lokr|hada|dora|lora_[A-Za-z]+)(?:[._]|$)")
    if any(adapter.search(name) for name in _names(planned, read)):
        return ""
    return "the whole pipeline again in one file"
