"""Target string -> Source. A local path wins over a Hub repository of the same name."""

import os
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from inspector.errors import NotFound, UsageError
from inspector.sources.base import Source
from inspector.sources.local import open_local
from inspector.values import frozen

if TYPE_CHECKING:
    from inspector.sources.hub_settings import HubSettings

SNAPSHOT_SUFFIX: Final = ".snapshot.json.gz"
_REPOSITORY: Final = re.compile(r"[A-Za-z0-9][\w.\-]*/[\w.\-]+(?:@[^@\s]+)?")
_ADDRESSES: Final = (
    "Write hf://org/name, https://host/file.safetensors, oci://registry/repository:tag, "
    "or s3://, gs:// or az:// with bucket and path."
)
_REPOSITORIES: Final = "A Hub repository is written org/name or hf://name, a part of it hf://org/name/path."
#: Names of files that docker save and its like write; a compressed one is refused with the reason.
_ARCHIVES: Final = (".tar", ".tar.gz", ".tgz")
_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*)://")


@frozen
class Opened:
    """A source, and what the user should know of how the target was understood ("" for nothing)."""

    source: Source
    note: str = ""


def resolve(target: str, *, revision: str = "", remote: "Callable[[], HubSettings] | None" = None) -> Opened:
    """The source that a target names. `remote` makes the settings of remote sources, called only for those.

    Raises `NotFound` and other `CannotLook`; `UsageError` for a target that is none.
    """
    if not target.strip():
        raise UsageError("The target is empty.", hint="Name a file, a folder, a Hub repository or a URL.")
    if "\0" in target:
        raise UsageError("The target holds a NUL character.", hint="Check the path.")
    if target == "-":
        raise UsageError("Standard input cannot be inspected.", hint="Write it to a file, and name that.")
    target = _as_path(target)
    scheme = _SCHEME.match(target)
    if scheme is None and os.path.lexists(target):
        twofold = _REPOSITORY.fullmatch(target) and os.path.isdir(target)
        packed = _open_packed(target, revision)
        if packed is not None:
            return Opened(source=packed)
        if revision:
            hint = f"Write hf://{target} for the repository of that name." if twofold else ""
            raise UsageError(f"{target} is on this machine: only a repository or an image has a revision.", hint=hint)
        note = f"{target} is a local folder; write hf://{target} for the Hub." if twofold else ""
        return Opened(source=_open_path(target), note=note)
    source = _open_remote(target, revision, remote) if remote is not None else None
    if source is not None:
        return Opened(source=source)
    if scheme is not None:
        raise UsageError(f"{target} is no address that can be read.", hint=_ADDRESSES)
    raise NotFound(f"{target} does not exist.", hint=f"Check the path. {_REPOSITORIES}")


def _as_path(target: str) -> str:
    """A file:// address and a home folder that no shell wrote out, as the paths that they are."""
    if target[:7].lower() == "file://":
        from urllib.parse import urlsplit
        from urllib.request import url2pathname

        return url2pathname(urlsplit(target).path)
    return os.path.expanduser(target) if target[0] == "~" and not os.path.lexists(target) else target


def _open_path(target: str) -> Source:
    if target.endswith(SNAPSHOT_SUFFIX) and os.path.isfile(target):
        from inspector.sources.snapshot import open_snapshot

        return open_snapshot(target)
    return open_local(target)


def _open_packed(target: str, revision: str) -> Source | None:
    """The source of an archive of images or of an OCI layout, None for every other path."""
    if target.endswith(_ARCHIVES) and os.path.isfile(target):
        from inspector.sources.oci.opening import open_archive

        return open_archive(target, revision)
    if os.path.isfile(os.path.join(target, "oci-layout")):
        from inspector.sources.oci.opening import open_layout

        return open_layout(target, revision)
    return None


def _open_remote(target: str, revision: str, remote: "Callable[[], HubSettings]") -> Source | None:
    """The remote source of a target, None where it is no remote target."""
    from inspector.sources.remote import open_remote

    return open_remote(target, revision, remote)
