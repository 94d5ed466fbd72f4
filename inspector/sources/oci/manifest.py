"""Manifests and indexes of artifacts and images, as values; bounded, and nothing in them is believed unchecked."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from inspector.errors import CannotLook, LimitReached, NotFound, Unsupported
from inspector.sources.oci.reference import is_digest
from inspector.values import field, frozen, no_entries

#: What registries take for a manifest, and the most that is read of one.
MOST_MANIFEST_BYTES: Final = 4 * 1024 * 1024
MOST_LAYERS: Final = 10_000
_MOST_CONTAINERS: Final = 200_000
_MOST_TEXT: Final = 4096
_MOST_BYTES: Final = 2**53

MEDIA_TYPES: Final = (
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.artifact.manifest.v1+json",
)
#: Configurations of images that a container runs; every other manifest is an artifact.
_IMAGE_CONFIGS: Final = frozenset(
    {"application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json"}
)
#: The platforms that are taken first where an image has several: the same on every machine.
_PREFERRED: Final = ("linux/amd64", "linux/arm64")
_REF_NAME: Final = ("io.containerd.image.name", "org.opencontainers.image.ref.name")
_SHOWN: Final = 5


@frozen
class Descriptor:
    """A blob or manifest as another one names it; `platform` is "os/architecture[/variant]" or ""."""

    media_type: str
    digest: str
    bytes: int
    annotations: Mapping[str, str] = field(default_factory=no_entries)
    platform: str = ""
    is_foreign: bool = False

    @property
    def short(self) -> str:
        """As much of the digest as tells it apart for people."""
        return self.digest[:19]

    @property
    def names(self) -> tuple[str, ...]:
        """What an index calls it."""
        return tuple(self.annotations[key] for key in _REF_NAME if self.annotations.get(key))


@frozen
class Manifest:
    """One artifact or image. `is_image` tells that its layers are laid over each other by a container."""

    layers: tuple[Descriptor, ...]
    is_image: bool = False


@frozen
class Index:
    """Several manifests under one name: platforms of an image, or the images of a layout."""

    manifests: tuple[Descriptor, ...]


def parse_manifest(subject: str, data: bytes) -> Manifest | Index:
    """Reads a manifest or index. Raises `LimitReached`, `Unsupported`, and `CannotLook` where it is neither."""
    document = parse_json(subject, data)
    if not isinstance(document, dict):
        raise CannotLook(f"{subject}: its manifest is no JSON object.")
    if document.get("schemaVersion") == 1 and "fsLayers" in document:
        raise Unsupported(f"{subject}: its manifest is of schema version 1, which is not read.", hint="Push it again.")
    for key in ("manifests", "layers", "blobs"):
        entries = document.get(key)
        if isinstance(entries, list):
            if len(entries) > MOST_LAYERS:
                raise LimitReached(f"{subject}: its manifest names more than {MOST_LAYERS:,} {key}.")
            found = tuple(_descriptor(subject, entry) for entry in entries)
            return Index(manifests=found) if key == "manifests" else _manifest(document, found)
    raise CannotLook(f"{subject}: its manifest names neither layers nor manifests.")


def parse_json(subject: str, data: bytes) -> Any:
    """JSON of bounded size and complexity. Raises `LimitReached`, `CannotLook`."""
    if len(data) > MOST_MANIFEST_BYTES or data.count(b"{") + data.count(b"[") > _MOST_CONTAINERS:
        raise LimitReached(f"{subject}: its manifest is larger than the {MOST_MANIFEST_BYTES:,} bytes that are read.")
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        raise CannotLook(f"{subject}: its manifest is not JSON.") from None


def choose(subject: str, index: Index, wanted: str = "") -> Descriptor:
    """The manifest of an index to read: the one called `wanted`, else that of the preferred platform, or the only one.

    Raises `NotFound` where there is none, `CannotLook` where several could be meant.
    """
    offered = [one for one in index.manifests if not _is_attestation(one)]
    if wanted:
        offered = [one for one in offered if is_called((one.digest, *one.names), wanted)]
    if not offered:
        what = f"no image called {wanted}" if wanted else "no manifest"
        raise NotFound(f"{subject}: {what} is in its index.", hint=_offer(index.manifests))
    for platform in _PREFERRED:
        found = [one for one in offered if one.platform == platform or one.platform.startswith(f"{platform}/")]
        if found and len({one.names for one in found}) == 1:
            return found[0]
    if len({one.digest for one in offered}) == 1 or all(one.platform for one in offered):
        return offered[0]
    raise CannotLook(f"{subject}: its index names {len(offered)} manifests.", hint=_offer(offered))


def platforms_of(index: Index) -> tuple[str, ...]:
    """The platforms that an index offers."""
    return tuple(one.platform for one in index.manifests if one.platform and not _is_attestation(one))


def is_called(names: Iterable[str], wanted: str) -> bool:
    """Whether a name is the wanted one, or ends with it: without the registry, the tag alone."""
    return any(name == wanted or name.endswith((f"/{wanted}", f":{wanted}")) for name in names)


def offer(names: Sequence[str]) -> str:
    """The hint that names what can be asked for, "" where there is nothing."""
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"Name one with --revision: {', '.join(names[:_SHOWN])}{more}." if names else ""


def _offer(manifests: Sequence[Descriptor]) -> str:
    return offer([(one.names or (one.digest,))[0] for one in manifests if not _is_attestation(one)])


def _is_attestation(one: Descriptor) -> bool:
    return one.platform.startswith("unknown/") or "vnd.docker.reference.type" in one.annotations


def _manifest(document: Mapping[str, Any], layers: tuple[Descriptor, ...]) -> Manifest:
    config = document.get("config")
    media_type = str(config.get("mediaType", "")) if isinstance(config, dict) else ""
    return Manifest(layers=layers, is_image=media_type in _IMAGE_CONFIGS and not document.get("artifactType"))


def _descriptor(subject: str, entry: Any) -> Descriptor:
    fields: Mapping[str, Any] = entry if isinstance(entry, dict) else {}
    digest, size = fields.get("digest"), fields.get("size")
    if not isinstance(digest, str) or not is_digest(digest):
        raise CannotLook(f"{subject}: its manifest names a layer without a valid digest.")
    if isinstance(size, bool) or not isinstance(size, int) or not 0 <= size <= _MOST_BYTES:
        raise CannotLook(f"{subject}: its manifest gives {digest[:19]} no valid size.")
    return Descriptor(
        media_type=re.split(r"[;\s]", _text(fields.get("mediaType")), maxsplit=1)[0].lower(),
        digest=digest,
        bytes=size,
        annotations={key: _text(value) for key, value in _mapping(fields.get("annotations")).items()},
        platform=_platform(_mapping(fields.get("platform"))),
        is_foreign=bool(fields.get("urls")),
    )


def _platform(fields: Mapping[str, Any]) -> str:
    parts = [_text(fields.get(key)) for key in ("os", "architecture", "variant")]
    return "/".join(part for part in parts if part)


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) and len(value) <= _MOST_TEXT else ""
