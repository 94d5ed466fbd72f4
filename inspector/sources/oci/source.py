"""The files packed in an artifact or image, as a source: listed from manifest and archive headers, read by ranges."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from inspector.errors import CannotLook, LimitReached, NotAFile, NotFound, Unreadable
from inspector.model import ReadCost
from inspector.sources.base import Needed, SourceFile
from inspector.sources.hub_listing import OUTSIDE, is_inside
from inspector.sources.network.window import FIRST_WINDOW_BYTES, Window
from inspector.sources.oci.manifest import Descriptor
from inspector.sources.oci.packing import (
    Allowance,
    Listing,
    allowances,
    is_compressed,
    is_packed,
    list_layer,
    path_of,
    usual_names,
)
from inspector.sources.oci.reference import digest_of, is_digest
from inspector.sources.oci.stacking import Placed, Stack, model_files
from inspector.sources.oci.store import Found, Store
from inspector.sources.oci.tar import MOST_MEMBERS
from inspector.sources.oci.views import WINDOW_BYTES, PartView, View
from inspector.units import format_bytes

#: Layers that are looked into, and headers of one target together.
MOST_PACKED_LAYERS: Final = 1000
MOST_BEGINNING_BYTES: Final = 256_000_000

# Compressed layers above this size together are told of before they are read.
_UNREMARKABLE_BYTES = 16 * 1024 * 1024
# Whole files up to this size are hashed, but for weights: whether those are what their hash promises is for the
# verification to say.
_MOST_HASHED_BYTES = 32 * 1024 * 1024
_WEIGHTS = (".safetensors", ".sft")


class OciSource:
    """Files by their paths in the artifact; `target` and `facts` are complete once they are listed."""

    focus = ""

    def __init__(self, store: Store, say: Callable[[str], None] | None = None) -> None:
        """`say` is told of much that has to be read only to list files."""
        self.target, self.parallel_reads = store.target, store.parallel_reads
        self.facts: Mapping[str, Any] = MappingProxyType({})
        self._store, self._say = store, say
        self._lock, self._counting = threading.Lock(), threading.Lock()
        self._listed: tuple[SourceFile, ...] | None = None
        self._files: Mapping[str, Placed] = {}
        self._packed: Mapping[int, str] = {}
        self._whole: Mapping[str, View] = {}
        self._layers: tuple[Descriptor, ...] = ()
        self._window = Window(WINDOW_BYTES)
        self._beginning_bytes = 0

    def list_files(self) -> Sequence[SourceFile]:
        with self._lock:
            if self._listed is None:
                self._listed = self._look_up()
            return self._listed

    def size_bytes(self, path: str) -> int:
        return self._place(path).bytes

    def read(self, path: str, start: int, stop: int) -> bytes:
        self.list_files()
        whole = self._whole.get(path)
        if whole is not None:
            return whole.read(start, stop)
        file = self._place(path)
        data = PartView(file.view, file.start, file.bytes).read(start, stop)
        if file.digest and len(data) == file.bytes <= _MOST_HASHED_BYTES:
            if digest_of(data, file.digest) != file.digest:
                raise Unreadable(f"{path} of {self.target.ref}: its content is not what its digest promises.")
            self._store.keep(self._layers[file.layer], data)
        return data

    def layers(self) -> tuple[Sequence[SourceFile], frozenset[str]]:
        """The archives among the layers, to be read whole by their names, and the paths of the files in them."""
        self.list_files()
        packed = {number: name for number, name in self._packed.items() if is_digest(self._layers[number].digest)}
        inside = frozenset(path for path, file in self._files.items() if not file.digest and file.layer in packed)
        layers = [(name, self._layers[number]) for number, name in packed.items()]
        return [SourceFile(path=name, bytes=one.bytes, sha256=_sha256_of(one.digest)) for name, one in layers], inside

    def read_beginning(self, path: str, needed: Needed) -> bytes:
        file = self._place(path)
        view = PartView(file.view, file.start, file.bytes)
        before = file.view.fetched
        first = view.read(0, 8, self._window.bytes)
        wanted = min(max(needed(first), len(first)), file.bytes)
        self._count_beginning(path, wanted)
        data = view.read(0, wanted)
        self._window.needed(wanted)
        if file.digest and file.view.fetched > before:
            self._store.keep(self._layers[file.layer], data)
        return data

    def cost(self) -> ReadCost:
        return self._store.cost()

    def close(self) -> None:
        self._store.close()

    def _place(self, path: str) -> Placed:
        self.list_files()
        file = self._files.get(path)
        if file is None:
            raise NotFound(f"{path}: not a file of {self.target.ref}; nothing was asked for.")
        if file.special:
            raise NotAFile(f"{path}: {file.special} in {self.target.ref}; not opened.")
        return file

    def _count_beginning(self, path: str, count: int) -> None:
        with self._counting:
            self._beginning_bytes += count
            if self._beginning_bytes > MOST_BEGINNING_BYTES:
                what = f"the beginnings of its files take more than {MOST_BEGINNING_BYTES:,} bytes together"
                raise LimitReached(f"{path} of {self.target.ref}: not read: {what}.")

    # -- listing

    def _look_up(self) -> tuple[SourceFile, ...]:
        found = self._store.find()
        self.target, self._layers = self._store.target, found.manifest.layers
        names = usual_names(self._layers)
        listings = self._list_layers(names)
        try:
            self._files = self._stacked(found, names, listings)
        except LimitReached as error:
            raise LimitReached(f"{self.target.ref}: {error.message}.") from None
        self.facts = MappingProxyType(_facts(found, names))
        self._packed = {number: names[number] for number, one in listings.items() if not one.is_one_file}
        self._whole = dict(self._whole_layers())
        weights = sum(path.endswith(_WEIGHTS) for path in self._files)
        self._window = Window(WINDOW_BYTES if weights < 2 else FIRST_WINDOW_BYTES)
        listed = [_source_file(path, file) for path, file in self._files.items()]
        return tuple(sorted([*listed, *self._unlisted(names, listings)], key=lambda file: file.path))

    def _stacked(self, found: Found, names: Sequence[str], listings: Mapping[int, Listing]) -> Mapping[str, Placed]:
        is_image = found.manifest.is_image
        stack = Stack(is_image=is_image)
        for number, layer in enumerate(self._layers):
            listing = listings.get(number)
            if listing is None or listing.is_one_file:
                view = listing.view if listing else self._view(layer, names[number])
                path = path_of(layer) if listing else names[number]
                special = "" if is_inside(path) else OUTSIDE
                stack.put(path, Placed(number, view, 0, layer.bytes, digest=layer.digest, special=special))
            else:
                stack.lay(number, listing.view, listing.members)
            if len(stack) > MOST_MEMBERS:
                raise LimitReached(f"its layers hold more than {MOST_MEMBERS:,} files")
        return model_files(stack.files()) if is_image else stack.files()

    def _whole_layers(self) -> Iterator[tuple[str, View]]:
        """Weights and archives that are layers, as they are read to verify them: nothing from another day."""
        weights = ((path, file) for path, file in self._files.items() if path.endswith(_WEIGHTS))
        files = {path: file.layer for path, file in weights if file.digest and not file.special}
        for path, number in (*files.items(), *((name, number) for number, name in self._packed.items())):
            yield path, self._view(self._layers[number], path, kept=False)

    def _view(self, layer: Descriptor, name: str, *, kept: bool = True) -> View:
        try:
            return self._store.view(layer, name, kept=kept)
        except CannotLook as error:
            return _Unreadable(layer.bytes, error)

    def _list_layers(self, names: Sequence[str]) -> Mapping[int, Listing]:
        """The packed layers by number, looked into at once where each look costs a round trip."""
        packed = [number for number, layer in enumerate(self._layers) if is_packed(layer)]
        if len(packed) > MOST_PACKED_LAYERS:
            raise LimitReached(f"{self.target.ref} has more than {MOST_PACKED_LAYERS:,} layers to look into.")
        most = dict(zip(packed, allowances([self._layers[number] for number in packed]), strict=True))
        self._announce({number: min(self._layers[number].bytes, most[number].fetched) for number in packed})

        def look(number: int) -> Listing:
            return self._list_layer(number, names[number], most[number])

        if self.parallel_reads < 2 or len(packed) < 2:
            return {number: look(number) for number in packed}
        from concurrent.futures import ThreadPoolExecutor

        pool, interrupted = ThreadPoolExecutor(min(len(packed), self.parallel_reads)), True
        try:
            listings = dict(zip(packed, pool.map(look, packed), strict=True))
            interrupted = False
            return listings
        finally:
            if interrupted:
                self.close()
            pool.shutdown(cancel_futures=interrupted)

    def _announce(self, fetched: Mapping[int, int]) -> None:
        """Say so where listing takes reading much that is compressed."""
        total = sum(count for number, count in fetched.items() if is_compressed(self._layers[number]))
        if self._say and total > _UNREMARKABLE_BYTES:
            self._say(f"reading up to {format_bytes(total)} of compressed layers to list their files")

    def _list_layer(self, number: int, name: str, most: Allowance) -> Listing:
        layer = self._layers[number]
        try:
            if layer.is_foreign:
                raise CannotLook("it is kept outside of the registry, and is not fetched")
            view = self._store.view(layer, name)
            listing = list_layer(view, layer, most)
        except CannotLook as error:
            return Listing(view=_Unreadable(layer.bytes, error), unlisted=error.message)
        if self._store.keeps and view.fetched and not listing.is_one_file:
            self._store.keep(layer, view.read(0, WINDOW_BYTES))
        return listing

    def _unlisted(self, names: Sequence[str], listings: Mapping[int, Listing]) -> Iterator[SourceFile]:
        """A line for each layer that may hold more than is listed, and why."""
        for number, listing in listings.items():
            if listing.unlisted:
                name, why = names[number], listing.unlisted
                why = why if why.startswith(name) else f"{name}: not all of its files are listed: {why}."
                yield SourceFile(path=name, bytes=self._layers[number].bytes, special="unlisted layer", unlisted=why)


class _Unreadable:
    """A view of bytes that cannot be had: whoever asks for them is told why, others need not care."""

    fetched = 0

    def __init__(self, size: int, error: CannotLook) -> None:
        self.size, self._error = size, error

    def read(self, start: int, stop: int, ahead: int = 0) -> bytes:
        raise type(self._error)(self._error.message, hint=self._error.hint)


def _source_file(path: str, file: Placed) -> SourceFile:
    sha256 = _sha256_of(file.digest)
    return SourceFile(path=path, bytes=file.bytes, sha256=sha256, link_target=file.link, special=file.special)


def _sha256_of(digest: str) -> str:
    return digest.removeprefix("sha256:") if digest.startswith("sha256:") else ""


def _facts(found: Found, names: Sequence[str]) -> dict[str, Any]:
    """What the manifest says beside its files: platform and layers, each by its file's path or its place."""
    layers = [
        {"name": name, "digest": layer.digest, "bytes": layer.bytes}
        for name, layer in zip(names, found.manifest.layers, strict=True)
    ]
    return {"platform": found.platform, "platforms": list(found.platforms), "layers": layers}
