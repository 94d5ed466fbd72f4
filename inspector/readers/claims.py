"""Who says what of the contents of files: cache names, download records, checksum lists, metadata, listings."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from posixpath import normpath
from typing import Final, Literal

from inspector.errors import CannotLook
from inspector.knowledge.file_kinds import kind_of
from inspector.model import Fault, Shard
from inspector.paths import join
from inspector.readers.faults import fault
from inspector.sources.base import Source, SourceFile
from inspector.sources.local import LocalSource
from inspector.values import frozen

#: How a digest is computed: SHA-256 or SHA-512 of the whole file, git's SHA-1 of it as a blob, SHA-256 of what
#: follows the header.
Algorithm = Literal["sha256", "sha512", "git-sha1", "sha256-of-data"]

#: Checksum lists and download records are small; more of one is not read.
MAX_LIST_BYTES: Final = 64_000_000
#: Where huggingface_hub keeps a record of each file that it put into a local folder.
RECORDS: Final = ".cache/huggingface/download/"
#: Metadata keys that hold the SHA-256 of everything behind the header.
_DATA_HASHES: Final = ("modelspec.hash_sha256", "sshs_model_hash")

_GNU: Final = re.compile(r"([0-9A-Fa-f]{64}|[0-9A-Fa-f]{128})(?:[ \t]+\*?(.+))?\Z")
_BSD: Final = re.compile(r"SHA(?:2-)?(?:256|512) ?\((.+)\) ?= ?([0-9A-Fa-f]{64}|[0-9A-Fa-f]{128})\Z")
_ESCAPED: Final = {r"\\": "\\", r"\n": "\n", r"\r": "\r"}


@frozen
class Claim:
    """Somebody's word on one file: its digest (lower-case hex) or, where that is "", its size alone."""

    path: str
    algorithm: Algorithm
    digest: str
    origin: str
    bytes: int | None = None


def gather_claims(source: Source, files: Sequence[SourceFile], shards: Iterable[Shard]) -> list[Claim]:
    """Everything beside the files that says what their contents are; lists that cannot be read are left out."""
    claims = [claim for file in files for claim in _listed(file, source)]
    for file in files:
        if kind_of(file.path) == "checksums" and not file.special:
            claims += parse_checksums(_text(source, file), file.path)
    claims += [claim for shard in shards for claim in _from_metadata(shard)]
    return claims


def published_claims(files: Iterable[SourceFile], origin: str) -> list[Claim]:
    """What a listing that knows sizes and hashes says of its files."""
    return [
        Claim(path=f.path, algorithm="sha256", digest=f.sha256, origin=origin, bytes=f.bytes)
        if f.sha256 or not f.git_sha1
        else Claim(path=f.path, algorithm="git-sha1", digest=f.git_sha1, origin=origin, bytes=f.bytes)
        for f in files
    ]


def parse_tree(raw: bytes, origin: str) -> list[Claim]:
    """What the tree file of a Hub cache (`trees/<commit>.json`) says of each file; nothing where it is not one."""
    try:
        files = json.loads(raw)["files"].items()
        listed = [
            SourceFile(
                path=path,
                bytes=row.get("lfs_size") or row["size"],
                sha256=row.get("lfs_sha256") or "",
                git_sha1="" if row.get("lfs_sha256") else row.get("blob_id") or "",
            )
            for path, row in files
        ]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return []
    return published_claims(listed, origin)


def cache_claims(source: Source) -> list[Claim]:
    """What the tree file beside a local copy says of the repository's files; nothing where there is none."""
    tree = source.cache_tree() if isinstance(source, LocalSource) else b""
    return parse_tree(tree, "the tree file of the cache") if tree else []


def unlike_listed(source: Source, files: Iterable[SourceFile]) -> Iterator[Fault]:
    """Weights and indexes whose size is not the one that the Hub listed when they were downloaded."""
    sizes = {file.path: file.bytes for file in files if kind_of(file.path) in ("weights", "index") and not file.special}
    for claim in cache_claims(source):
        size = sizes.get(claim.path, claim.bytes)
        if size != claim.bytes:
            yield fault("size-unlike-listed", f"{size:,} bytes", expected=f"{claim.bytes:,} bytes", name=claim.path)


def parse_checksums(text: str, list_path: str) -> list[Claim]:
    """The lines of a checksum list as GNU and BSD tools write it; names that leave the list's folder are left out."""
    folder, _, list_name = list_path.rpartition("/")
    claims = []
    for line in text.removeprefix("\ufeff").split("\n"):
        digest, name = _parse_line(line.removesuffix("\r").strip(" \t"), list_name)
        path = normpath(join(folder, name)) if name else ""
        if digest and path and not path.startswith(("/", "..")):
            algorithm: Algorithm = "sha256" if len(digest) == 64 else "sha512"
            claims.append(Claim(path=path, algorithm=algorithm, digest=digest.lower(), origin=list_path))
    return claims


def _parse_line(line: str, list_name: str) -> tuple[str, str]:
    """Digest and file name of one line, "" where it has none; a line that begins with a backslash has escapes."""
    escaped = line.startswith("\\")
    if bsd := _BSD.match(line, escaped):
        name, digest = bsd.groups()
    elif gnu := _GNU.match(line, escaped):
        alone = re.sub(r"\.sha(?:256|512)(?:sum)?\Z", "", list_name, flags=re.IGNORECASE)
        digest, name = gnu[1], gnu[2] or (alone if alone != list_name else "")
    else:
        return "", ""
    if escaped:
        return digest, re.sub(r"\\[\\nr]", lambda match: _ESCAPED[match[0]], name)
    return digest, name.replace("\\", "/")


def _listed(file: SourceFile, source: Source) -> Iterator[Claim]:
    """What the listing itself, the name of a cache's blob, or a download record says."""
    name = file.link_target.replace("\\", "/").rpartition("/")[2]
    if file.path.startswith(RECORDS) and file.path.endswith(".metadata"):
        yield from _record(source, file)
    elif "blobs/" in file.link_target.replace("\\", "/") and (algorithm := _etag_algorithm(name)):
        yield Claim(path=file.path, algorithm=algorithm, digest=name, origin="the name of the cache's blob")
    elif file.sha256 or file.git_sha1:
        yield from published_claims([file], "the listing of the target")


def _record(source: Source, file: SourceFile) -> Iterator[Claim]:
    lines = _text(source, file).split("\n")
    etag = lines[1].strip() if len(lines) > 1 else ""
    if algorithm := _etag_algorithm(etag):
        path = normpath(file.path[len(RECORDS) : -len(".metadata")])
        yield Claim(path=path, algorithm=algorithm, digest=etag, origin="the record of the download")


def _etag_algorithm(etag: str) -> Algorithm | None:
    """On the Hub a large file's ETag is its SHA-256, a small one's git's SHA-1."""
    if re.fullmatch(r"[0-9a-f]{64}", etag):
        return "sha256"
    return "git-sha1" if re.fullmatch(r"[0-9a-f]{40}", etag) else None


def _from_metadata(shard: Shard) -> Iterator[Claim]:
    for key in _DATA_HASHES:
        digest = shard.metadata.get(key, "").strip().lower().removeprefix("0x")
        if shard.header_bytes and re.fullmatch(r"[0-9a-f]{64}", digest):
            yield Claim(path=shard.path, algorithm="sha256-of-data", digest=digest, origin=f"metadata {key}")


def _text(source: Source, file: SourceFile) -> str:
    try:
        raw = source.read(file.path, 0, min(file.bytes, MAX_LIST_BYTES))
    except CannotLook:
        return ""
    return raw.decode("utf-16" if raw.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8", "replace")
