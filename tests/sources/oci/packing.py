"""Artifacts and images made from files, as bytes: layers, tar archives, manifests, the archives that hold them."""

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.builder import file_bytes

PATH = "org.cncf.model.filepath"
TITLE = "org.opencontainers.image.title"
RAW = "application/vnd.docker.ai.safetensors"
TAR = "application/vnd.oci.image.layer.v1.tar"
IMAGE_CONFIG = "application/vnd.oci.image.config.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"

CONFIG = b'{"model_type":"llama"}'
#: A file whose header is some 35 kB, as that of a model of eight billion parameters.
WEIGHTS = file_bytes({f"model.layers.{i // 9}.part_{i % 9}.weight": ("BF16", (8, 8)) for i in range(290)})


def shards(count: int) -> dict[str, bytes]:
    """Weights in shards of some 100 kB each."""
    return {
        f"model-{number:05}-of-{count:05}.safetensors": file_bytes({f"layers.{number}.weight": ("BF16", (256, 200))})
        for number in range(1, count + 1)
    }


@dataclass(frozen=True)
class Link:
    """A symbolic link, or a hard one."""

    target: str
    hard: bool = False


#: None is a folder.
Entry = bytes | Link | None


def tar(entries: Mapping[str, Entry], *, padded: bool = True, format: int = tarfile.PAX_FORMAT) -> bytes:
    """An archive; without `padded` it ends with two blocks of zeros, as Go writes it."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=format) as archive:
        for name, entry in entries.items():
            member = tarfile.TarInfo(name)
            if isinstance(entry, bytes):
                member.size = len(entry)
            elif entry is None:
                member.type = tarfile.DIRTYPE
            else:
                member.type, member.linkname = tarfile.LNKTYPE if entry.hard else tarfile.SYMTYPE, entry.target
            archive.addfile(member, io.BytesIO(entry) if isinstance(entry, bytes) else None)
        end = archive.offset + 1024
    return out.getvalue() if padded else out.getvalue()[:end].ljust(end, b"\0")


def packed(data: bytes) -> bytes:
    return gzip.compress(data, 1, mtime=0)


@dataclass(frozen=True)
class Layer:
    media_type: str
    data: bytes
    annotations: Mapping[str, str] = field(default_factory=dict)


def raw(path: str, data: bytes, media_type: str = RAW) -> Layer:
    """A file as a layer of its own."""
    return Layer(media_type, data, {PATH: path})


def digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


@dataclass
class Artifact:
    """The manifest of some layers, and every blob by its digest; `changes` go into the manifest as they are."""

    layers: Sequence[Layer]
    is_image: bool = False
    changes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def manifest(self) -> bytes:
        config = IMAGE_CONFIG if self.is_image else "application/vnd.oci.empty.v1+json"
        document = {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": {"mediaType": config, "digest": digest(b"{}"), "size": 2},
            "layers": [
                {
                    "mediaType": layer.media_type,
                    "digest": digest(layer.data),
                    "size": len(layer.data),
                    "annotations": dict(layer.annotations),
                }
                for layer in self.layers
            ],
            **self.changes,
        }
        return json.dumps(document).encode()

    @property
    def blobs(self) -> dict[str, bytes]:
        return {digest(data): data for data in (b"{}", *(layer.data for layer in self.layers))}


def index_of(*manifests: bytes, **fields: Sequence[Any]) -> bytes:
    """An index of manifests, each with its own value of the fields that are given."""
    entries = [{"mediaType": MANIFEST, "digest": digest(one), "size": len(one)} for one in manifests]
    for name, values in fields.items():
        for entry, value in zip(entries, values, strict=True):
            entry[name] = value
    return json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": entries}).encode()


def layout(*artifacts: Artifact, index: bytes | None = None) -> dict[str, bytes]:
    """The files of an OCI layout."""
    blobs = {key: data for one in artifacts for key, data in one.blobs.items()}
    blobs |= {digest(one.manifest): one.manifest for one in artifacts}
    files = {f"blobs/{key.replace(':', '/')}": data for key, data in blobs.items()}
    top = index if index is not None else index_of(*(one.manifest for one in artifacts))
    return {**files, "index.json": top, "oci-layout": b'{"imageLayoutVersion":"1.0.0"}'}


def saved(layers: Sequence[bytes], *, tags: Sequence[str] = ("org/name:1",)) -> dict[str, Entry]:
    """What docker save wrote before it wrote layouts: a list of images, each layer in a folder of its own."""
    names = [f"layer{number}/layer.tar" for number in range(len(layers))]
    images = [{"Config": "config.json", "RepoTags": list(tags), "Layers": names}]
    return {
        **dict(zip(names, layers, strict=True)),
        "config.json": b'{"rootfs":{}}',
        "manifest.json": json.dumps(images).encode(),
    }
