"""A checkpoint without weights, for judging what is there instead."""

from inspector.knowledge.file_kinds import kind_of
from inspector.model import Checkpoint, RepositoryFile
from inspector.readers import layout
from inspector.sources.base import Source


def bare_checkpoint(source: Source) -> Checkpoint:
    """What the listing of a target without safetensors weights tells: its files, and what is wrong with their layout.

    Raises `CannotLook` where the target cannot be listed.
    """
    files = source.list_files()
    return Checkpoint(
        uri=source.target.ref,
        target=source.target,
        revision=source.target.revision,
        files=tuple(RepositoryFile(path=file.path, bytes=file.bytes, kind=kind_of(file.path)) for file in files),
        faults=layout.plan(files, (), {}).faults,
        repository=source.facts,
    )
