"""What an artifact or image is read from: a registry, a layout, an archive. All of them look the same from above."""

from collections.abc import Callable
from typing import Protocol

from inspector.errors import LimitReached
from inspector.model import ReadCost, Target
from inspector.sources.oci.manifest import Descriptor, Index, Manifest, choose, parse_manifest, platforms_of
from inspector.sources.oci.views import View
from inspector.values import frozen

_MOST_DEPTH = 3


@frozen
class Found:
    """The manifest that is read: its digest, and of how many platforms it is one."""

    manifest: Manifest
    digest: str
    platform: str = ""
    platforms: tuple[str, ...] = ()


class Store(Protocol):
    """Where manifests and blobs are. `target` is complete once the manifest was found.

    `keeps` tells whether beginnings of layers that were read are kept for another day.
    """

    target: Target
    parallel_reads: int
    keeps: bool

    def find(self) -> Found:
        """The manifest that the target names. Raises `CannotLook`."""
        ...

    def view(self, layer: Descriptor, subject: str, *, kept: bool = True) -> View:
        """A layer's bytes; `subject` names it in errors. Nothing is read yet.

        Without `kept` nothing is taken for them that was read another day.
        """
        ...

    def keep(self, layer: Descriptor, beginning: bytes) -> None:
        """Keeps the beginning of a layer, where anything is kept."""
        ...

    def cost(self) -> ReadCost: ...

    def close(self) -> None: ...


#: From a descriptor to the bytes of the manifest that it names, checked against its digest.
Fetch = Callable[[Descriptor], bytes]


def descend(
    subject: str,
    top: Manifest | Index,
    digest: str,
    fetch: Fetch,
    wanted: str = "",
    there: Callable[[Descriptor], bool] = lambda one: True,
) -> Found:
    """The manifest that an index leads to, of those that are `there`. Raises `CannotLook`.

    `wanted` is looked for in the topmost index.
    """
    platform = ""
    platforms: tuple[str, ...] = ()
    for _ in range(_MOST_DEPTH):
        if isinstance(top, Manifest):
            break
        one = choose(subject, Index(manifests=tuple(filter(there, top.manifests)) or top.manifests), wanted)
        platform, platforms = one.platform or platform, platforms_of(top) or platforms
        top, digest, wanted = parse_manifest(subject, fetch(one)), one.digest, ""
    if not isinstance(top, Manifest):
        raise LimitReached(f"{subject}: its indexes lie more than {_MOST_DEPTH} deep in each other.")
    return Found(manifest=top, digest=digest, platform=platform, platforms=platforms)
