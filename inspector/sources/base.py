"""What every source of bytes promises; a source knows nothing of safetensors.

Paths are relative to the target, with "/" between parts, never absolute and never containing "..".
Every method may be called from several threads at once.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from inspector.model import ReadCost, Target
from inspector.values import frozen


@frozen
class SourceFile:
    """A file as listed: `bytes` is its size, `sha256` the promised hash of its content or "".

    `link_target` is where a symbolic link points ("" for none), `special` names what a path is when it is
    no regular file ("socket", "dangling link", "outside link", "outside name", "outside folder",
    "unreadable folder" and others).
    `unlisted` says, in a sentence, why what is packed in it may be more than is listed ("" for nothing), `same_as` is
    the first of several paths that lead to one file by link ("" where no other path does).
    """

    path: str
    bytes: int
    sha256: str = ""
    git_sha1: str = ""
    link_target: str = ""
    special: str = ""
    unlisted: str = ""
    same_as: str = ""


#: From a file's first bytes (8 or more, fewer only where it is shorter) to how many of its bytes are wanted in all.
Needed = Callable[[bytes], int]


class Source(Protocol):
    """Where the bytes of one target come from.

    `parallel_reads` is how many reads may usefully run at once. `focus` is the one file or index that the target
    names within what is listed, "" for all of it. `facts` is what a repository says of itself beside its files
    (keys: gated, private, disabled, security), empty where nobody says anything.
    """

    target: Target
    parallel_reads: int
    focus: str

    @property
    def facts(self) -> Mapping[str, Any]: ...

    def list_files(self) -> Sequence[SourceFile]:
        """All files below the target, sorted by path. Raises `CannotLook`."""
        ...

    def size_bytes(self, path: str) -> int:
        """Size of one file. Raises `NotFound`, `NotAFile`, `AccessDenied`, `Unreachable`."""
        ...

    def read(self, path: str, start: int, stop: int) -> bytes:
        """Exactly the bytes `[start, stop)` of `path`, fewer only where the file ends. Raises `CannotLook`."""
        ...

    def read_beginning(self, path: str, needed: Needed) -> bytes:
        """The beginning of `path`: as many bytes as `needed(first_bytes)` asks for, or more. Raises `CannotLook`."""
        ...

    def cost(self) -> ReadCost:
        """Requests made and bytes received so far."""
        ...

    def close(self) -> None:
        """Stop every read under way; later reads raise."""
        ...
