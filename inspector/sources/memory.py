"""Files held in memory, sparse: what a snapshot recorded, or what a test makes up."""

from collections.abc import Mapping, Sequence
from typing import Any

from inspector.errors import NotFound, Unsupported
from inspector.model import ReadCost, Target
from inspector.sources.base import Needed, SourceFile
from inspector.values import frozen


@frozen
class HeldFile:
    """A file as listed, and the byte ranges of it that are held: start -> bytes."""

    listed: SourceFile
    ranges: Mapping[int, bytes]


class MemorySource:
    """Answers reads that lie inside a held range; any other read says that the bytes were not kept."""

    parallel_reads = 1

    def __init__(
        self, target: Target, files: Sequence[HeldFile], *, focus: str = "", facts: Mapping[str, Any] | None = None
    ) -> None:
        self.target, self.focus, self.facts = target, focus, facts or {}
        self._files = {file.listed.path: file for file in files}

    def list_files(self) -> Sequence[SourceFile]:
        return [self._files[path].listed for path in sorted(self._files)]

    def size_bytes(self, path: str) -> int:
        return self.held(path).listed.bytes

    def read(self, path: str, start: int, stop: int) -> bytes:
        held = self.held(path)
        stop = min(stop, held.listed.bytes)
        for begin, data in held.ranges.items():
            if begin <= start and stop <= begin + len(data):
                return data[start - begin : stop - begin]
        if start >= stop:
            return b""
        raise Unsupported(
            f"{path} was kept without its bytes {start:,} to {stop:,}.",
            hint="Look at the original instead, or take a new snapshot of it.",
        )

    def read_beginning(self, path: str, needed: Needed) -> bytes:
        first = self.read(path, 0, 8)
        return self.read(path, 0, max(needed(first), len(first)))

    def close(self) -> None:
        """Nothing to stop: what is held is at hand."""

    def cost(self) -> ReadCost:
        return ReadCost()

    def held(self, path: str) -> HeldFile:
        """What is held of one file. Raises `NotFound`."""
        if path not in self._files:
            raise NotFound(f"{path} is not among the files that were kept.")
        return self._files[path]
