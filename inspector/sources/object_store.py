"""Object storage: listed once, then exact ranges; a file that changes between two reads is noticed.

Credentials, endpoints and regions are found by each store's own library where its users expect them.
"""

import re
import threading
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from inspector.errors import CannotLook, NotAFile, NotFound
from inspector.model import ReadCost, Target
from inspector.paths import join
from inspector.sources.base import Needed, SourceFile
from inspector.sources.hub_listing import OUTSIDE_NAME, is_inside
from inspector.sources.network.ranges import Received
from inspector.sources.network.settings import Network
from inspector.sources.network.window import Window
from inspector.sources.stores.libraries import EXTRAS, fsspec
from inspector.sources.stores.opening import open_store
from inspector.sources.stores.store import Store, Stored

#: fsspec protocols that are targets of another kind, or no remote storage.
NOT_STORES: Final = frozenset({"hf", "http", "https", "file", "local", "oci", "data"})

_PASSWORD = re.compile(r"(://[^/@:]*):[^/@]*@")


def is_object_store(text: str) -> bool:
    """A URL of a store that has an extra, or of any other file system that fsspec knows."""
    scheme, separator, rest = text.partition("://")
    scheme = scheme.lower()
    if not separator or not rest or "::" in text or scheme in NOT_STORES:
        return False
    if scheme in EXTRAS:
        return True
    try:
        return scheme in fsspec().available_protocols()
    except ImportError:
        return False


class ObjectStoreSource:
    """The objects below one URL, or the one object that it names (`focus`)."""

    def __init__(
        self,
        url: str,
        network: Network,
        *,
        anonymous: bool = False,
        connect: Callable[[], tuple[Store, str]] | None = None,
    ) -> None:
        """`anonymous` sends no credentials. `connect` gives the store and the key in it, in place of what the
        URL's scheme names; it is called on the first read."""
        scheme, separator, rest = url.partition("://")
        url = f"{scheme.lower()}{separator}{rest}"
        ref = _PASSWORD.sub(r"\1@", url)
        self.target = Target(kind="object-store", ref=ref)
        self.focus = ""
        self.facts: Mapping[str, Any] = MappingProxyType({})
        self.parallel_reads = network.parallel_reads
        self._connect = connect or (lambda: open_store(url, ref, network, anonymous=anonymous))
        self._window = Window()
        self._lock = threading.Lock()
        self._store: Store | None = None
        self._folder = ""
        self._objects: Mapping[str, Stored] | None = None
        self._first: Received | None = None
        self._closed = False

    def list_files(self) -> Sequence[SourceFile]:
        objects = self._listed()
        return [_source_file(path, objects[path]) for path in sorted(objects)]

    def size_bytes(self, path: str) -> int:
        return self._object(path).bytes or 0

    def read(self, path: str, start: int, stop: int) -> bytes:
        stop = min(stop, self.size_bytes(path))
        if self._first and path == self.focus and stop <= len(self._first.data):
            return self._first.data[start:stop]
        return self._range(path, start, stop) if start < stop else b""

    def read_beginning(self, path: str, needed: Needed) -> bytes:
        size = self.size_bytes(path)
        data = self._first.data if self._first and path == self.focus else b""
        data = data or self.read(path, 0, min(size, self._window.bytes))
        wanted = min(needed(data), size)
        if wanted > len(data):
            data += self._range(path, len(data), wanted)
        self._window.needed(wanted)
        return data

    def cost(self) -> ReadCost:
        return self._store.cost() if self._store else ReadCost()

    def close(self) -> None:
        self._closed = True
        if self._store is not None:
            self._store.close()

    # -- listing

    def _listed(self) -> Mapping[str, Stored]:
        with self._lock:
            if self._objects is None:
                self._objects = self._look_up()
            return self._objects

    def _look_up(self) -> Mapping[str, Stored]:
        """A weight file is asked for its beginning, an index looked up in its folder, all else is a folder."""
        self._store, key = self._connect()
        if self._closed:
            self._store.close()
            raise CannotLook("The run was stopped.")
        folder, _, name = key.rpartition("/")
        if name.endswith(".safetensors"):
            try:
                return self._one(folder, name)
            except NotFound as nothing:
                return self._below(key, nothing)
        if name.endswith(".json"):
            objects = self._below(folder, _nothing(self.target.ref))
            if name not in objects:
                raise _nothing(self.target.ref)
            self.focus = name
            return objects
        return self._below(key, _nothing(self.target.ref))

    def _one(self, folder: str, name: str) -> Mapping[str, Stored]:
        key = join(folder, name)
        first = self._reached().read(self.target.ref, key, 0, self._window.bytes, None)
        self._first, self._folder, self.focus = first, folder, name
        return {name: Stored(bytes=first.total_bytes, identity=first.identity)}

    def _below(self, folder: str, nothing: NotFound) -> Mapping[str, Stored]:
        self._folder = folder
        prefix = f"{folder}/" if folder else ""
        found = self._reached().find(prefix)
        if not found:
            raise nothing
        below = {key[len(prefix) :]: stored for key, stored in found.items()}
        return {path: stored for path, stored in below.items() if path and not path.endswith("/")}

    def _object(self, path: str) -> Stored:
        found = self._listed().get(path)
        if found is None:
            raise NotFound(f"{path}: not an object below {self.target.ref}.")
        if not is_inside(path):
            raise NotAFile(f"{path}: leaves {self.target.ref}; not opened.")
        return found

    def _range(self, path: str, start: int, stop: int) -> bytes:
        key = join(self._folder, path)
        return self._reached().read(path, key, start, stop, self._object(path)).data

    def _reached(self) -> Store:
        if self._store is None or self._closed:
            raise CannotLook("The run was stopped.")
        return self._store


def _nothing(ref: str) -> NotFound:
    return NotFound(f"{ref}: nothing is there.", hint="Check the bucket and the path.")


def _source_file(path: str, stored: Stored) -> SourceFile:
    special = "" if is_inside(path) else OUTSIDE_NAME
    if stored.bytes is None:
        special = special or "of unknown size"
    return SourceFile(path=path, bytes=stored.bytes or 0, special=special)
