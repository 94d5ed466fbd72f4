"""What a layer is: one file as it is, or an archive of files, as its media type, its name and its first bytes say."""

import re
from collections.abc import Sequence
from typing import Final

from inspector.errors import CannotLook
from inspector.paths import name_of
from inspector.sources.oci.gunzip import Gunzipped
from inspector.sources.oci.manifest import Descriptor
from inspector.sources.oci.tar import BLOCK_BYTES, Member, looks_like_tar, walk
from inspector.sources.oci.views import WINDOW_BYTES, View
from inspector.values import frozen

#: What is fetched of a compressed layer to list its files: all of one up to this size, of a longer one its beginning,
#: and of all of them together. Each may at least be begun.
MOST_WHOLE_BYTES: Final = 64 * 1024 * 1024
MOST_BEGINNING_BYTES: Final = 16 * 1024 * 1024
MOST_TOGETHER_BYTES: Final = 256 * 1024 * 1024
LEAST_BYTES: Final = 1024 * 1024
#: What layers may unpack to together beyond what files usually do; what the headers in archives may take together.
MOST_UNPACKED_BYTES: Final = 1024 * 1024 * 1024
MOST_WALKED_BYTES: Final = 1024 * 1024 * 1024
_USUAL_RATIO = 8
_FEW_LAYERS = 4


@frozen
class PathAnnotation:
    """An annotation of a layer that tells the path of its file."""

    key: str
    source: str


#: The first that a layer has wins.
PATH_ANNOTATIONS: Final[tuple[PathAnnotation, ...]] = (
    PathAnnotation(
        key="org.cncf.model.filepath", source="modelpack/model-spec docs/annotations.md; docker/model-runner"
    ),
    PathAnnotation(
        key="org.cnai.model.filepath", source="CloudNativeAI/model-spec specs-go/v1, before it was ModelPack"
    ),
    PathAnnotation(key="org.opencontainers.image.title", source="ORAS: the file's name; opencontainers/image-spec"),
    PathAnnotation(
        key="vnd.cog.weight.dest", source="replicate/cog pkg/model: where a weight file goes in the container"
    ),
)


@frozen
class UsualName:
    """What the file of a layer without a path is called, by a regular expression on its media type."""

    media_type: str
    name: str
    source: str


USUAL_NAMES: Final[tuple[UsualName, ...]] = (
    UsualName(
        media_type=r"application/vnd\.docker\.ai\.safetensors|application/vnd\.cncf\.model\.weight\.v1\.safetensors",
        name="model.safetensors",
        source="docker/model-runner pkg/distribution: types and modelpack",
    ),
    UsualName(
        media_type=r"application/vnd\.docker\.ai\.gguf\.v3|application/vnd\.cncf\.model\.weight\.v1\.gguf"
        r"|application/vnd\.ollama\.image\.model",
        name="model.gguf",
        source="docker/model-runner pkg/distribution: types and modelpack; ollama server/images.go",
    ),
    UsualName(
        media_type=r"application/vnd\.docker\.ai\.mmproj|application/vnd\.ollama\.image\.projector",
        name="mmproj.gguf",
        source="docker/model-runner pkg/distribution/types; ollama server/images.go",
    ),
    UsualName(
        media_type=r"application/vnd\.ollama\.image\.adapter", name="adapter.gguf", source="ollama server/images.go"
    ),
)

#: A media type or a file's name that promises an archive, or something compressed: the first bytes then tell.
_PACKED_TYPE: Final = re.compile(r".*(?:[./+-]tar(?:[.+-](?:gzip|zstd))?|\+(?:gzip|zstd))")
_PACKED_NAME: Final = re.compile(r".*\.(?:tar|tar\.gz|tgz|tar\.zst)", re.IGNORECASE)

GZIP: Final = b"\x1f\x8b"
#: First bytes of what is compressed in ways that are not unpacked here, as regular expressions.
_COMPRESSED: Final = (
    (rb"\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18", "Zstandard"),
    (rb"BZh[1-9]", "bzip2"),
    (rb"\xfd7zXZ\x00", "xz"),
    (rb"\x04\x22\x4d\x18", "LZ4"),
)


@frozen
class Allowance:
    """How many bytes of a layer may be fetched where it is compressed, unpacked, and fetched where it is not."""

    fetched: int
    unpacked: int
    walked: int


@frozen
class Listing:
    """The files of one layer. `view` is what their places count in, `unlisted` why there may be more, "" for none.

    Without members and with nothing unlisted, `is_one_file` tells that the layer is its file.
    """

    view: View
    members: tuple[Member, ...] = ()
    unlisted: str = ""
    is_one_file: bool = False


def path_of(layer: Descriptor) -> str:
    """The path that a layer's annotations give its file, "" where they give none."""
    given = (layer.annotations.get(row.key, "") for row in PATH_ANNOTATIONS)
    return next(filter(None, given), "").removeprefix("./").lstrip("/")


def usual_names(layers: Sequence[Descriptor]) -> tuple[str, ...]:
    """What each layer is called: by the path of its file, by its media type, else by its place and digest.

    Where a media type gives several layers one name, they are numbered: nobody said which is which.
    """
    given = [path_of(layer) for layer in layers]
    usual = ["" if path else _usual_name(layer) for path, layer in zip(given, layers, strict=True)]
    counts = {name: usual.count(name) for name in set(usual)}
    seen: dict[str, int] = {}
    names: list[str] = []
    for number, (path, name, layer) in enumerate(zip(given, usual, layers, strict=True), 1):
        seen[name] = seen.get(name, 0) + 1
        if is_packed(layer) or not (path or name):
            names.append(f"layer {number} ({layer.short})")
        elif path:
            names.append(path)
        else:
            stem, _, suffix = name.rpartition(".")
            names.append(f"{stem}-{seen[name]:05}-of-{counts[name]:05}.{suffix}" if counts[name] > 1 else name)
    return tuple(names)


def _usual_name(layer: Descriptor) -> str:
    found = (row.name for row in USUAL_NAMES if re.fullmatch(row.media_type, layer.media_type))
    return next(found, "")


def is_packed(layer: Descriptor) -> bool:
    """Whether a layer has to be looked into to tell its files."""
    return bool(_PACKED_TYPE.fullmatch(layer.media_type) or _PACKED_NAME.fullmatch(name_of(path_of(layer))))


def is_compressed(layer: Descriptor) -> bool:
    """Whether a layer's media type or name promises something compressed."""
    return layer.media_type.endswith(("gzip", "zstd")) or path_of(layer).lower().endswith(("gz", "zst"))


def allowances(layers: Sequence[Descriptor]) -> list[Allowance]:
    """What may be fetched and unpacked of each packed layer to list its files, and so of all of them together."""
    left, layers_at_least = MOST_TOGETHER_BYTES, max(_FEW_LAYERS, len(layers))
    share, walked = MOST_UNPACKED_BYTES // layers_at_least, MOST_WALKED_BYTES // layers_at_least
    given: list[Allowance] = []
    for layer in layers:
        usual = MOST_WHOLE_BYTES if layer.bytes <= MOST_WHOLE_BYTES else MOST_BEGINNING_BYTES
        fetched = max(LEAST_BYTES, min(usual, left))
        used = min(layer.bytes, fetched)
        left = max(0, left - used)
        given.append(Allowance(fetched=fetched, unpacked=max(share, _USUAL_RATIO * used), walked=walked))
    return given


def list_layer(view: View, layer: Descriptor, most: Allowance) -> Listing:
    """The files of a packed layer, whatever can be told of them. Raises `CannotLook` where it cannot be read at all."""
    first = view.read(0, BLOCK_BYTES, WINDOW_BYTES)
    if first.startswith(GZIP):
        return _unpacked(Gunzipped(view, most.fetched, most.unpacked))
    for magic, name in _COMPRESSED:
        if re.match(magic, first, re.DOTALL):
            return Listing(view=view, unlisted=f"it is compressed with {name}, which is not unpacked")
    if looks_like_tar(first):
        return _walked(view, most.walked)
    if path_of(layer):
        return Listing(view=view, is_one_file=True)
    return Listing(view=view, unlisted="it is no tar archive")


def _unpacked(view: View) -> Listing:
    try:
        block = view.read(0, BLOCK_BYTES)
    except CannotLook as error:
        return Listing(view=view, unlisted=error.message)
    if not looks_like_tar(block):
        return Listing(view=view, unlisted="it is compressed with gzip, and no tar archive is in it")
    return _walked(view, MOST_WHOLE_BYTES)


def _walked(view: View, most_bytes: int) -> Listing:
    """As many members as can be listed, and why the rest cannot."""
    members: list[Member] = []
    try:
        for member in walk(view, most_bytes):
            members.append(member)  # One by one: those before an error are kept.
    except CannotLook as error:
        return Listing(view=view, members=tuple(members), unlisted=error.message)
    return Listing(view=view, members=tuple(members))
