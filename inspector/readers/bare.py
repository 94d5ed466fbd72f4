"""A checkpoint without weights, for judging what is there instead."""

from collections.abc import Iterator, Sequence

from inspector.errors import CannotLook
from inspector.knowledge.file_kinds import kind_of
from inspector.model import Checkpoint, RepositoryFile, ShardIndex
from inspector.readers import layout
from inspector.readers.index import parse_index
from inspector.readers.json_files import MAX_INDEX_BYTES
from inspector.sources.base import Source, SourceFile


def bare_checkpoint(source: Source) -> Checkpoint:
    """What the listing of a target without safetensors weights tells: its files, and what is wrong with their layout
    and with the indexes that lead to no shard.

    Raises `CannotLook` where the target cannot be listed.
    """
    files = source.list_files()
    return Checkpoint(
        uri=source.target.ref,
        target=source.target,
        revision=source.target.revision,
        files=tuple(RepositoryFile(path=file.path, bytes=file.bytes, kind=kind_of(file.path)) for file in files),
        faults=layout.plan(files, list(_indexes(source, files)), {}).faults,
        repository=source.facts,
    )


def _indexes(source: Source, files: Sequence[SourceFile]) -> Iterator[ShardIndex]:
    for file in files:
        if kind_of(file.path) == "index" and not file.special and source.focus in ("", file.path):
            try:
                yield parse_index(file.path, source.read(file.path, 0, min(file.bytes, MAX_INDEX_BYTES)))
            except CannotLook:
                continue
