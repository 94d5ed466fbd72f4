"""What every source of bytes promises; a source knows nothing of safetensors.

Paths are relative to the target, with "/" between parts, never absolute and never containing "..".
Every method may be called from several threads at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from inspector.model import ReadCost, Target


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile:
    """A file as listed: `bytes` is its size, `sha256` the promised hash of its content or "".

    `link_target` is where a symbolic link points ("" for none), `special` names what a path is when it is
    no regular file ("fifo", "socket", "device", "dangling link", "outside link").
    """

    path: str
    bytes: int
    sha256: str = ""
    git_sha1: str = ""
    link_target: str = ""
    special: str = ""


class Source(Protocol):
    """Where the bytes of one target come from.

    `first_read_bytes` is how much a first read of a file's beginning should ask for: 8 where a read is
    cheap, more where each one costs a round trip. `parallel_reads` is how many reads may run at once.
    `focus` is the one file or index that the target names within what is listed, "" for all of it.
    """

    target: Target
    first_read_bytes: int
    parallel_reads: int
    focus: str

    def list_files(self) -> Sequence[SourceFile]:
        """All files below the target, sorted by path. Raises `CannotLook`."""
        ...

    def size_bytes(self, path: str) -> int:
        """Size of one file. Raises `NotFound`, `NotAFile`, `AccessDenied`, `Unreachable`."""
        ...

    def read(self, path: str, start: int, stop: int) -> bytes:
        """Exactly the bytes `[start, stop)` of `path`, fewer only where the file ends. Raises `CannotLook`."""
        ...

    def cost(self) -> ReadCost:
        """Requests made and bytes received so far."""
        ...
