"""Which files form one model, decided by names, indexes and model_index.json, before any header is read.

What names alone leave open (two files of one folder that hold the same tensors) is settled by `twins`.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from inspector.knowledge.file_kinds import kind_of
from inspector.knowledge.layouts import COPY_FOLDERS, LIBRARY_STEMS, ORIGINAL_STEM, OTHER_FORMATS
from inspector.model import Alternative, Fault, ShardIndex
from inspector.paths import folder_of
from inspector.readers.faults import fault
from inspector.readers.index import shard_paths
from inspector.readers.naming import WeightName, parse_index_name, parse_weight_name
from inspector.sources.base import SourceFile
from inspector.units import plural
from inspector.values import frozen, replace


@frozen
class PlannedSet:
    """The files of one set of weights before they are read: `paths` are there, `missing` are promised and are not."""

    name: WeightName
    paths: tuple[str, ...]
    missing: tuple[str, ...] = ()
    index: ShardIndex | None = None

    @property
    def sharded(self) -> bool:
        return self.index is not None or self.name.total is not None


@frozen
class Layout:
    """Sets to read, copies that need no reading, and what is wrong with the arrangement."""

    sets: tuple[PlannedSet, ...]
    alternatives: tuple[Alternative, ...] = ()
    faults: tuple[Fault, ...] = ()


def plan(files: Sequence[SourceFile], indexes: Sequence[ShardIndex], pipelines: Mapping[str, Any]) -> Layout:
    """The layout of a listing; `pipelines` maps the folder of each model_index.json ("" is the root) to its value."""
    sizes = {file.path: file.bytes for file in files}
    weights = [file.path for file in files if not file.special and kind_of(file.path) == "weights"]
    faults = list(_special_faults(files))
    claimed: set[str] = set()
    sets: list[PlannedSet] = []
    for index in indexes:
        planned = _from_index(index, weights, faults)
        if planned is not None:
            sets.append(planned)
            claimed.update(planned.paths)
    rest = [path for path in weights if path not in claimed]
    strays, rest = _split_strays(rest, sets, faults)
    sets += _from_names(rest, faults)
    kept, copies = _split_copies(sets, pipelines)
    alternatives = [_alternative(copy, reason, sizes) for copy, reason in (*copies, *strays)]
    return Layout(
        sets=tuple(sorted(kept, key=lambda planned: (planned.name.folder, planned.paths or planned.missing))),
        alternatives=(*alternatives, *_other_formats(files)),
        faults=tuple(faults),
    )


def plan_one(path: str, index: ShardIndex | None, files: Sequence[SourceFile]) -> Layout:
    """The layout of a target that names one file, or one index with its shards."""
    if index is None:
        return Layout(sets=(PlannedSet(name=parse_weight_name(path), paths=(path,)),))
    faults = list(_special_faults(files))
    weights = [file.path for file in files if not file.special and kind_of(file.path) == "weights"]
    planned = _from_index(index, weights, faults, stale_allowed=False)
    return Layout(sets=(planned,) if planned else (), faults=tuple(faults))


#: What a path that is no regular file is a fault as, and in words.
_SPECIAL: Final = {
    "dangling link": ("dangling-link", "a dangling link: its target is missing"),
    "outside link": ("link-outside", "a link that leads outside"),
    "outside name": ("link-outside", "a name that is no path below the target"),
    "outside folder": ("link-outside", "a link to a folder outside, which was not looked into"),
    "unfinished download": ("partial-download", "an unfinished download"),
}
#: Kinds of file that a model lacks where they are no regular files.
_NEEDED: Final = frozenset({"weights", "index", "config", "tokenizer", "processor", "generation-config"})


def _special_faults(files: Iterable[SourceFile]) -> Iterable[Fault]:
    for file in files:
        kind, words = _SPECIAL.get(file.special, ("special-file", file.special))
        if kind_of(file.path) == "partial" and not file.special:
            yield fault("partial-download", f"an unfinished download of {plural(file.bytes, 'byte')}", name=file.path)
        elif file.special == "unreadable folder" or not file.special:
            continue
        elif kind_of(file.path) in _NEEDED or file.special in ("outside folder", "unfinished download"):
            sized = file.bytes and file.special != "outside name"
            yield fault(kind, f"{words} of {file.bytes:,} bytes" if sized else words, name=file.path)


# -- sets with an index --------------------------------------------------------------------------------------


def _from_index(
    index: ShardIndex, weights: Sequence[str], faults: list[Fault], *, stale_allowed: bool = True
) -> PlannedSet | None:
    """The set that an index describes; None where it describes nothing that is here, with a fault why."""
    name, promised = parse_index_name(index.path), sorted(shard_paths(index))
    faults += index.faults
    there = set(weights)
    present = tuple(path for path in promised if path in there)
    missing = tuple(path for path in promised if path not in there)
    outside = tuple(fault.name or "" for fault in index.faults if fault.kind == "index-path-outside")
    siblings = [path for path in weights if folder_of(path) == name.folder]
    if not present and stale_allowed:
        whole = [path for path in siblings if parse_weight_name(path).total is None]
        if whole:
            if promised:
                saw = f"an index whose {len(promised)} shards are all gone, beside the whole file {whole[0]}"
                faults.append(fault("index-stale", saw, name=index.path))
            return None
        present = tuple(path for path in siblings if parse_weight_name(path).stem.lower() == name.stem.lower())
    for path in missing[:10]:
        faults.append(fault("shard-missing", "a shard that the index names is missing", name=path))
    if not (present or missing or outside):
        return None
    name = replace(name, number=None, total=len(promised))
    return PlannedSet(name=name, paths=present, missing=(*missing, *outside), index=index)


def _split_strays(
    rest: list[str], sets: Sequence[PlannedSet], faults: list[Fault]
) -> tuple[list[tuple[PlannedSet, str]], list[str]]:
    """Shards beside an indexed set of the same stem that its index does not name, and all other files."""
    indexed = {(planned.name.folder, planned.name.stem, planned.name.variant): planned for planned in sets}
    strays: list[tuple[PlannedSet, str]] = []
    others: list[str] = []
    for path in rest:
        name = parse_weight_name(path)
        owner = indexed.get((name.folder, name.stem, name.variant))
        if name.total is None or owner is None:
            others.append(path)
            continue
        faults.append(fault("shard-stray", "a shard that the index does not name", name=path))
        reason = "a stray shard that the index does not name"
        strays.append((PlannedSet(name=name, paths=(path,)), reason))
    return strays, others


# -- sets by their names -------------------------------------------------------------------------------------


def _from_names(paths: Sequence[str], faults: list[Fault]) -> list[PlannedSet]:
    groups: dict[tuple[str, str, str, int | None], dict[str, WeightName]] = {}
    for path in paths:
        name = parse_weight_name(path)
        whole = name.total is None
        groups.setdefault((name.folder, path if whole else name.stem, name.variant, name.total), {})[path] = name
    planned = [_numbered(group, faults) for group in groups.values()]
    _report_mixed(planned, faults)
    return planned


def _numbered(group: Mapping[str, WeightName], faults: list[Fault]) -> PlannedSet:
    """One whole file, or the shards of one numbering with those that are missing from it."""
    first_path, first = next(iter(group.items()))
    if first.total is None:
        return PlannedSet(name=first, paths=(first_path,))
    by_number = {name.number: path for path, name in group.items()}
    start = 0 if 0 in by_number else 1
    expected = range(start, start + min(first.total, 10_000))
    missing = tuple(_sibling(first_path, first, number) for number in expected if number not in by_number)
    for path in missing[:10]:
        saw = f"{len(by_number)} of {first.total} shards are here, this one is missing"
        faults.append(fault("shard-missing", saw, name=path))
    if extra := [path for number, path in by_number.items() if number is not None and number not in expected]:
        saw = f"a shard numbered outside of 1 to {first.total}"
        faults.append(fault("shard-count-odd", saw, name=extra[0]))
    ordered = sorted(group, key=lambda path: (group[path].number or 0, path))
    return PlannedSet(name=replace(first, number=None), paths=tuple(ordered), missing=missing)


def _sibling(path: str, name: WeightName, number: int) -> str:
    """The path that shard `number` of the set of `path` would have."""
    digits = f"{name.number}"

    def renumber(match: re.Match[str]) -> str:
        return f"{number:0{len(match[0])}d}"

    head, of, tail = path.rpartition("of")
    return re.sub(rf"0*{digits}(?=[-_]\Z)", renumber, head) + of + tail


def _report_mixed(planned: Sequence[PlannedSet], faults: list[Fault]) -> None:
    totals: dict[tuple[str, str, str], list[PlannedSet]] = {}
    for one in planned:
        if one.name.total is not None:
            totals.setdefault((one.name.folder, one.name.stem, one.name.variant), []).append(one)
    for several in totals.values():
        if len(several) > 1:
            counts = " and ".join(str(one.name.total) for one in several)
            saw = f"shards of two sets mixed in one folder: of {counts}"
            faults.append(fault("shard-sets-mixed", saw, name=several[0].paths[0]))


# -- copies ----------------------------------------------------------------------------------------------------


def _split_copies(
    sets: Sequence[PlannedSet], pipelines: Mapping[str, Any]
) -> tuple[list[PlannedSet], list[tuple[PlannedSet, str]]]:
    """Sets to count, and sets whose name says that they are a copy of one of those, with the reason.

    Where that leaves nothing to count, as below a model_index.json that names other folders, all of them count.
    """
    kept: list[PlannedSet] = []
    copies: list[tuple[PlannedSet, str]] = []
    neighbours = _neighbours(sets)
    for planned in sets:
        reason = _copy_reason(planned, neighbours) or _pipeline_reason(planned, pipelines)
        if reason:
            copies.append((planned, reason))
        else:
            kept.append(planned)
    return (kept, copies) if kept else (list(sets), [])


#: Folder -> stem -> the sets of that name there.
_Neighbours = Mapping[str, Mapping[str, Sequence[PlannedSet]]]


def _neighbours(sets: Sequence[PlannedSet]) -> _Neighbours:
    found: dict[str, dict[str, list[PlannedSet]]] = {}
    for planned in sets:
        found.setdefault(planned.name.folder, {}).setdefault(planned.name.stem, []).append(planned)
    return found


def _copy_reason(planned: PlannedSet, neighbours: _Neighbours) -> str:
    name, beside = planned.name, neighbours[planned.name.folder]
    for other in beside[name.stem]:
        if other.paths and _rank(other) < _rank(planned):
            if other.name.variant != name.variant:
                return f"the {name.variant or 'default'} variant of the same weights"
            return "the same weights in shards" if not other.sharded else "another sharding of the same weights"
    if name.stem == ORIGINAL_STEM and any(other.paths for stem in LIBRARY_STEMS for other in beside.get(stem, ())):
        return "the same model in its authors' own layout"
    return _folder_reason(name.folder, neighbours)


def _rank(planned: PlannedSet) -> tuple[bool, bool, bool, int, str]:
    """Which of several copies a loader takes: complete, then without a variant, then whole rather than in shards."""
    name = planned.name
    return (
        bool(planned.missing),
        bool(name.variant),
        planned.sharded,
        -(name.total or 0) if planned.index is None else -1_000_000,
        name.variant,
    )


def _folder_reason(path: str, neighbours: _Neighbours) -> str:
    """Weights in a folder that by its name holds a copy of what is in its parent."""
    parent, _, folder = path.rpartition("/")
    if not folder or parent not in neighbours:
        return ""
    rows = (row.reason for row in COPY_FOLDERS if re.fullmatch(row.name, folder.lower()))
    return next(rows, "")


def _pipeline_reason(planned: PlannedSet, pipelines: Mapping[str, Any]) -> str:
    """Weights in a folder below a pipeline that its model_index.json does not name."""
    folder = planned.name.folder
    owners = [base for base in pipelines if base != folder and (not base or folder.startswith(base + "/"))]
    if not owners or folder in pipelines:
        return ""
    base = max(owners, key=len)
    component = folder[len(base) :].strip("/").split("/")[0]
    if component in component_classes(pipelines[base]):
        return ""
    return "model_index.json does not name its folder"


def component_classes(pipeline: Any) -> dict[str, str]:
    """Component name -> class of a model_index.json value; {} where it is no such thing."""
    if not isinstance(pipeline, dict):
        return {}
    return {
        key: value[1]
        for key, value in pipeline.items()
        if isinstance(value, list) and len(value) == 2 and isinstance(value[1], str)
    }


def _alternative(planned: PlannedSet, reason: str, sizes: Mapping[str, int]) -> Alternative:
    name = planned.name
    path = planned.paths[0] if len(planned.paths) == 1 else name.folder or name.stem
    return Alternative(
        path=path,
        variant=name.variant,
        paths=planned.paths,
        file_bytes=sum(sizes.get(path, 0) for path in planned.paths),
        reason=reason,
    )


def _other_formats(files: Sequence[SourceFile]) -> list[Alternative]:
    """Weights of the same folder in formats that this reader does not open, one entry per folder and format."""
    weights = {folder_of(file.path) for file in files if kind_of(file.path) == "weights"}
    found: dict[tuple[str, str], list[SourceFile]] = {}
    for file in files:
        folder, _, name = file.path.rpartition("/")
        kind = kind_of(file.path)
        if kind not in OTHER_FORMATS or folder not in weights or file.special:
            continue
        if kind == "pickle" and parse_weight_name(name.rpartition(".")[0]).stem not in LIBRARY_STEMS:
            continue
        found.setdefault((folder, kind), []).append(file)
    return [
        Alternative(
            path=group[0].path if len(group) == 1 else folder or ".",
            variant=kind,
            paths=tuple(file.path for file in group),
            file_bytes=sum(file.bytes for file in group),
            reason=f"in another format ({OTHER_FORMATS[kind]}), which is not read",
        )
        for (folder, kind), group in found.items()
    ]
