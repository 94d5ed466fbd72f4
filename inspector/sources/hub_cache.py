"""The folder that huggingface_hub downloads to: which commits and files of a repository are here already."""

import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from inspector.errors import CannotLook
from inspector.sources.base import SourceFile
from inspector.sources.hub_listing import MOST_FILE_BYTES, is_commit, is_inside
from inspector.sources.local import MAX_TREE_BYTES, open_regular, read_exactly

_SHA256 = re.compile(r"[0-9a-f]{64}")
_MOST_REF_BYTES = 64


class HubCache:
    """One repository in the cache folder; the repository need not be there."""

    def __init__(self, cache_folder: str, kind: str, repo_id: str) -> None:
        self._root = os.path.join(cache_folder, "--".join([kind, *repo_id.split("/")]))

    def commit_of(self, revision: str) -> str:
        """The commit that a revision ("" is main) meant when it was last downloaded, "" where it never was."""
        if is_commit(revision):
            return revision if self._has(revision) else ""
        if not is_inside(revision or "main"):
            return ""
        told = _read(os.path.join(self._root, "refs", *(revision or "main").split("/")), _MOST_REF_BYTES)
        commit = told.decode("ascii", "replace").strip()
        return commit if is_commit(commit) and self._has(commit) else ""

    def files(self, commit: str) -> tuple[SourceFile, ...]:
        """The repository's files at a commit: all of them where the cache knows, else those that are here."""
        listed = self._tree(commit) or list(self._downloaded(commit))
        return tuple(sorted(listed, key=lambda file: file.path))

    def path_of(self, file: SourceFile, commit: str) -> str:
        """Where the complete content of a file is, "" where it is not here."""
        blob = file.sha256 or file.git_sha1
        candidates = [os.path.join(self._root, "blobs", blob)] if blob else []
        if is_inside(file.path):
            candidates.append(os.path.join(self._root, "snapshots", commit, *file.path.split("/")))
        return next((path for path in candidates if _size(path) == file.bytes), "")

    def _has(self, commit: str) -> bool:
        return os.path.isdir(self._snapshot(commit)) or os.path.isfile(self._tree_path(commit))

    def _snapshot(self, commit: str) -> str:
        return os.path.join(self._root, "snapshots", commit)

    def _tree_path(self, commit: str) -> str:
        return os.path.join(self._root, "trees", f"{commit}.json")

    def _tree(self, commit: str) -> list[SourceFile]:
        try:
            document = json.loads(_read(self._tree_path(commit), MAX_TREE_BYTES))
            return [_listed(path, entry) for path, entry in document["files"].items() if is_inside(path)]
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return []

    def _downloaded(self, commit: str) -> Iterator[SourceFile]:
        root = self._snapshot(commit)
        for folder, _, names in os.walk(root):
            for name in names:
                path = os.path.join(folder, name)
                size = _size(path)
                if size is not None:
                    inner = os.path.relpath(path, root).replace(os.sep, "/")
                    yield _hashed(inner, size, _blob_name(path))


def _listed(path: str, entry: Mapping[str, Any]) -> SourceFile:
    size = entry["size"] if entry.get("lfs_size") is None else entry["lfs_size"]
    if isinstance(size, bool) or not isinstance(size, int) or not 0 <= size <= MOST_FILE_BYTES:
        raise ValueError
    return _hashed(path, size, str(entry.get("lfs_sha256") or entry.get("blob_id") or ""))


def _hashed(path: str, size: int, blob: str) -> SourceFile:
    sha256 = blob if _SHA256.fullmatch(blob) else ""
    return SourceFile(path=path, bytes=size, sha256=sha256, git_sha1=blob if is_commit(blob) else "")


def _blob_name(path: str) -> str:
    """The name of the blob that a snapshot's link leads to first: later links are named by other hashes."""
    try:
        return os.path.basename(os.readlink(path))
    except OSError:
        return ""


def _read(path: str, limit: int) -> bytes:
    """The beginning of a regular file, b"" where there is none that can be read."""
    with suppress(OSError, CannotLook), open_regular(path, path) as file:
        return read_exactly(file, limit)
    return b""


def _size(path: str) -> int | None:
    """Size of a regular file, None for everything else."""
    try:
        return os.stat(path).st_size if os.path.isfile(path) else None
    except OSError:
        return None
