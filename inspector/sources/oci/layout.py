"""An artifact or image on this machine: an OCI layout in a folder or a tar archive, the archive of docker save."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from inspector.errors import CannotLook, NotFound, Unreadable, Unsupported
from inspector.model import ReadCost, Target
from inspector.sources.local import LocalSource
from inspector.sources.oci.manifest import (
    MOST_LAYERS,
    MOST_MANIFEST_BYTES,
    Descriptor,
    Manifest,
    is_called,
    offer,
    parse_json,
    parse_manifest,
)
from inspector.sources.oci.packing import GZIP, MOST_WALKED_BYTES, MOST_WHOLE_BYTES, Allowance, list_layer
from inspector.sources.oci.reference import digest_of
from inspector.sources.oci.stacking import Placed, Stack
from inspector.sources.oci.store import Found, descend
from inspector.sources.oci.views import LocalView, PartView, View
from inspector.values import replace

_INDEX: Final = "index.json"
_SAVED: Final = "manifest.json"
_TAR_TYPE: Final = "application/vnd.docker.image.rootfs.diff.tar"
_ALLOWANCE: Final = Allowance(fetched=MOST_WHOLE_BYTES, unpacked=MOST_WHOLE_BYTES, walked=MOST_WALKED_BYTES)

#: From a path in a layout to its bytes, None where there is no such file.
Files = Callable[[str], View | None]


class LocalStore:
    """Reads nothing but what is asked for, wherever it lies in the archive. `wanted` is a tag, a name or a digest."""

    parallel_reads = 1
    keeps = False

    def __init__(self, ref: str, source: LocalSource, files: Callable[[], Files], wanted: str = "") -> None:
        self.target = Target(kind="oci", ref=ref, requested_revision=wanted)
        self._source, self._open, self._wanted = source, files, wanted
        self._files: Files = lambda path: None

    def find(self) -> Found:
        self._files = self._open()
        ref = self.target.ref
        if self._files(_INDEX) is not None:
            top = parse_manifest(ref, self._read(_INDEX))
            found = descend(ref, top, "", self._manifest, self._wanted, there=self._has)
        elif self._files(_SAVED) is not None:
            found = self._saved()
        else:
            what = f"it has neither {_INDEX} nor {_SAVED}"
            raise Unsupported(f"{ref} holds no image: {what}.", hint="Unpack it, and name the folder.")
        self.target = replace(self.target, revision=found.digest)
        return found

    def view(self, layer: Descriptor, subject: str, *, kept: bool = True) -> View:
        view = self._files(_blob_path(layer.digest))
        if view is None:
            raise NotFound(f"{subject} of {self.target.ref}: its content is not there.")
        if view.size != layer.bytes:
            sizes = f"it has {view.size:,} bytes, and its manifest promises {layer.bytes:,}"
            raise Unreadable(f"{subject} of {self.target.ref}: {sizes}.")
        return view

    def keep(self, layer: Descriptor, beginning: bytes) -> None:
        """Nothing to keep: what is here is at hand."""

    def cost(self) -> ReadCost:
        return self._source.cost()

    def close(self) -> None:
        self._source.close()

    def _has(self, one: Descriptor) -> bool:
        return self._files(_blob_path(one.digest)) is not None

    def _manifest(self, one: Descriptor) -> bytes:
        data = self._read(_blob_path(one.digest))
        if digest_of(data, one.digest) != one.digest:
            raise Unreadable(f"{self.target.ref}: its manifest is not what its digest promises.")
        return data

    def _read(self, path: str) -> bytes:
        view = self._files(path)
        if view is None:
            raise NotFound(f"{path} is not in {self.target.ref}.")
        return view.read(0, MOST_MANIFEST_BYTES + 1)

    def _saved(self) -> Found:
        """What docker save wrote: a list of images with their names and the paths of their layers."""
        ref = self.target.ref
        document = parse_json(ref, self._read(_SAVED))
        images = [one for one in document if isinstance(one, dict)] if isinstance(document, list) else []
        called = [one for one in images if not self._wanted or is_called(_tags(one), self._wanted)]
        if len(called) != 1:
            hint = offer([tag for one in images for tag in _tags(one)])
            what = f"{len(called)} images are" if called else "no image is"
            raise NotFound(
                f"{ref}: {what} called {self._wanted} in it." if self._wanted else f"{ref}: {what} in it.", hint=hint
            )
        config, layers = called[0].get("Config"), called[0].get("Layers")
        if not isinstance(config, str) or not isinstance(layers, list) or len(layers) > MOST_LAYERS:
            raise CannotLook(f"{ref}: its {_SAVED} is not as docker save writes it.")
        manifest = Manifest(layers=tuple(self._saved_layer(str(path)) for path in layers), is_image=True)
        return Found(manifest=manifest, digest=digest_of(self._read(config)))

    def _saved_layer(self, path: str) -> Descriptor:
        view = self._files(path)
        return Descriptor(media_type=_TAR_TYPE, digest=path, bytes=(view.size or 0) if view else 0)


def folder_files(source: LocalSource) -> Files:
    """The files of a folder."""

    def find(path: str) -> View | None:
        try:
            return LocalView(source.size_bytes(path), lambda start, stop: source.read(path, start, stop))
        except NotFound:
            return None

    return find


def archive_files(source: LocalSource) -> Files:
    """The files of a tar archive, where they lie in it. Raises `Unsupported`, `Unreadable`."""
    name, ref = source.focus, source.target.ref
    whole = LocalView(source.size_bytes(name), lambda start, stop: source.read(name, start, stop))
    if whole.read(0, 2) == GZIP:
        raise Unsupported(f"{ref} is compressed; nothing in it can be reached.", hint=f"Unpack it: gunzip {ref}")
    listing = list_layer(whole, Descriptor(media_type=_TAR_TYPE, digest="", bytes=whole.size), _ALLOWANCE)
    if listing.unlisted:
        raise Unreadable(f"{ref}: {listing.unlisted}.")
    stack = Stack(is_image=False)
    stack.lay(0, whole, listing.members)
    placed: Mapping[str, Placed] = stack.files()

    def find(path: str) -> View | None:
        file = placed.get(path)
        return PartView(whole, file.start, file.bytes) if file is not None and not file.special else None

    return find


def _blob_path(digest: str) -> str:
    """Where a layout keeps a blob; what docker save wrote is named by its path."""
    algorithm, colon, name = digest.partition(":")
    return f"blobs/{algorithm}/{name}" if colon else digest


def _tags(image: Mapping[str, Any]) -> list[str]:
    tags = image.get("RepoTags")
    return [tag for tag in tags if isinstance(tag, str)] if isinstance(tags, list) else []
