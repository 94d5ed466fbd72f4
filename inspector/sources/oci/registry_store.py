"""An artifact or image in a registry."""

from typing import TYPE_CHECKING, Final

from inspector.errors import Unreachable
from inspector.model import ReadCost, Target
from inspector.sources.network.fetching import fetch_range
from inspector.sources.network.ranges import Received, range_header
from inspector.sources.network.retry import naming
from inspector.sources.network.transport import Answer
from inspector.sources.oci.challenge import Login
from inspector.sources.oci.manifest import Descriptor, parse_manifest
from inspector.sources.oci.reference import Reference
from inspector.sources.oci.registry import Registry
from inspector.sources.oci.store import Found, descend
from inspector.sources.oci.views import FetchedView, View
from inspector.values import replace

if TYPE_CHECKING:
    from inspector.sources.header_cache import HeaderCache
    from inspector.sources.network.settings import Network

# Layers in a row that no attempt could read, after which the registry is not asked for the others.
_MOST_LOST: Final = 3


class RegistryStore:
    """Manifests are held against their digests; sizes of blobs against what the manifest promises."""

    def __init__(self, reference: Reference, network: "Network", login: Login, cache: "HeaderCache | None") -> None:
        self.target = Target(kind="oci", ref=str(reference), repo_id=reference.name, requested_revision=reference.asked)
        self.parallel_reads, self.keeps = network.parallel_reads, cache is not None
        self._registry = Registry(reference, network, login)
        self._owner = str(reference.origin)
        self._cache = cache
        self._lost = 0

    def find(self) -> Found:
        asked = self._registry.reference.asked
        data, digest = self._registry.manifest(asked)
        subject = self.target.ref
        found = descend(
            subject, parse_manifest(subject, data), digest, lambda one: self._registry.manifest(one.digest)[0]
        )
        self.target = replace(self.target, revision=found.digest)
        return found

    def view(self, layer: Descriptor, subject: str, *, kept: bool = True) -> View:
        subject = f"{subject} of {self.target.ref}"
        beginning = self._kept(layer) if kept else b""
        return FetchedView(layer.bytes, lambda start, stop: self._fetch(subject, layer, start, stop), beginning)

    def keep(self, layer: Descriptor, beginning: bytes) -> None:
        if self._cache:
            self._cache.put(self._owner, layer.digest, beginning)

    def cost(self) -> ReadCost:
        return self._registry.transport.cost()

    def close(self) -> None:
        self._registry.transport.close()

    def _kept(self, layer: Descriptor) -> bytes:
        return (self._cache.get(self._owner, layer.digest) if self._cache else None) or b""

    def _fetch(self, subject: str, layer: Descriptor, start: int, stop: int) -> bytes:
        if self._lost >= _MOST_LOST:
            raise Unreachable(f"{subject}: not tried, after {self._lost} other layers failed.")
        transport = self._registry.transport
        promised = Received(data=b"", total_bytes=layer.bytes, identity="")

        def ask(start: int, stop: int) -> Answer:
            return self._registry.open_blob(subject, layer.digest, range_header(start, stop))

        try:
            with transport.run.reading():
                got = fetch_range(
                    subject, ask, start, stop, patience=transport.patience, halt=transport.run, before=promised
                )
        except Unreachable as error:
            self._lost += 1
            raise naming(subject, error) from None
        self._lost = 0
        return got.data
