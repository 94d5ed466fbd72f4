"""Files and folders on this machine, Hub cache folders included. Opens nothing outside the given folder."""

import os
import re
import stat
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, BinaryIO, Final

from inspector.errors import AccessDenied, CannotLook, LimitReached, NotAFile, NotFound
from inspector.model import ReadCost, Target
from inspector.paths import join
from inspector.sources import git_lfs
from inspector.sources.base import Needed, SourceFile
from inspector.values import replace

#: Files below one target that are listed before the reader gives up.
MAX_FILES: Final = 200_000
#: A tree file lists names, sizes and hashes; more than this of one is not read.
MAX_TREE_BYTES: Final = 64_000_000
#: Folders that hold no files of the model.
SKIPPED_FOLDERS: Final = frozenset((".git", "__pycache__", ".venv", "node_modules"))

_CACHE_REPO: Final = re.compile(r"(?:models|datasets|spaces)--[^/\\]+(?:--[^/\\]+)?")
_COMMIT: Final = re.compile(r"[0-9a-f]{40}")


class LocalSource:
    """A folder, or one file in it (`focus`). Links may lead into the folder itself or into its Hub cache's blobs."""

    parallel_reads = 1
    facts: Mapping[str, Any] = {}

    def __init__(self, root: str, target: Target, *, focus: str = "", cache_repo: str = "") -> None:
        self.root, self.target, self.focus = root, target, focus
        allowed = (root, cache_repo, _shared_blobs(cache_repo))
        self._allowed = tuple(os.path.realpath(path) + os.sep for path in allowed if path)
        self._named = os.path.realpath(os.path.join(root, focus)) if focus else ""
        self._cache_repo = cache_repo
        self._lock = threading.Lock()
        self._requests = self._bytes = 0
        self._lfs_objects: dict[str, str] = {}
        self._inodes: dict[str, tuple[int, int]] = {}

    def list_files(self) -> Sequence[SourceFile]:
        if self.focus and not self.focus.endswith(".json"):
            return [self._describe(self.focus)]
        found = sorted(self._walk(), key=lambda file: file.path)
        return [*self._with_twins(found), *self._unfinished_blobs()]

    def _with_twins(self, files: Sequence[SourceFile]) -> Iterator[SourceFile]:
        """The files, those that links make one told by their first path."""
        paths: dict[tuple[int, int], list[str]] = {}
        for file in files:
            if (inode := self._inodes.get(file.path, (0, 0)))[1] and not file.special:
                paths.setdefault(inode, []).append(file.path)
        first = {path: several[0] for several in paths.values() if len(several) > 1 for path in several}
        return (replace(file, same_as=first[file.path]) if file.path in first else file for file in files)

    def size_bytes(self, path: str) -> int:
        try:
            return os.stat(self._lfs_objects.get(path) or self._inside(path)).st_size
        except OSError as error:
            raise cannot_open(path, error) from None

    def read(self, path: str, start: int, stop: int) -> bytes:
        def work(file: BinaryIO) -> bytes:
            file.seek(start)
            return read_exactly(file, stop - start)

        return self._reading(path, work)

    def read_beginning(self, path: str, needed: Needed) -> bytes:
        def work(file: BinaryIO) -> bytes:
            first = read_exactly(file, 8)
            return first + read_exactly(file, needed(first) - len(first))

        return self._reading(path, work)

    def _reading(self, path: str, work: Callable[[BinaryIO], bytes]) -> bytes:
        """What `work` reads of one opened file, counted. Raises `CannotLook`."""
        full = self._lfs_objects.get(path) or self._inside(path)
        try:
            with open_regular(full, path) as file:
                data = work(file)
        except OSError as error:
            raise cannot_open(path, error) from None
        with self._lock:
            self._requests += 1
            self._bytes += len(data)
        return data

    def cache_tree(self) -> bytes:
        """The tree file that huggingface_hub keeps of the repository that was copied here, b"" where there is none."""
        path = self._tree_path()
        if not path or os.path.islink(path) or not os.path.isfile(path):
            return b""
        try:
            with open_regular(path, "the tree file") as file:
                return read_exactly(file, MAX_TREE_BYTES)
        except (OSError, CannotLook):
            return b""

    def _tree_path(self) -> str:
        """In a cache the one of the whole snapshot; in a folder that was downloaded to the only one there is, if so."""
        if self._cache_repo:
            whole = os.path.basename(self.root) == self.target.revision
            return os.path.join(self._cache_repo, "trees", f"{self.target.revision}.json") if whole else ""
        folder = os.path.join(self.root, ".cache", "huggingface", "trees")
        try:
            names = [name for name in os.listdir(folder) if name.endswith(".json")]
        except OSError:
            return ""
        return os.path.join(folder, names[0]) if len(names) == 1 else ""

    def close(self) -> None:
        """Nothing to stop: a local read does not wait."""

    def cost(self) -> ReadCost:
        return ReadCost(requests=self._requests, bytes=self._bytes)

    def _inside(self, path: str) -> str:
        full = os.path.join(self.root, *path.split("/"))
        real = os.path.realpath(full)
        if real == self._named or (real + os.sep).startswith(self._allowed):
            return full
        raise AccessDenied(
            f"{path} leads outside of {self.target.ref} and is not opened.", hint="Name the file it leads to itself."
        )

    def _walk(self) -> Iterator[SourceFile]:
        folders, count = [""], 0
        while folders:
            folder = folders.pop()
            entries = self._scan(folder)
            if entries is None and not self.focus:
                why = f"{folder} is a folder that may not be read: permission denied."
                yield SourceFile(path=folder, bytes=0, special="unreadable folder", unlisted=why)
            for entry in entries or ():
                path = join(folder, entry.name)
                if entry.is_dir(follow_symlinks=False):
                    if entry.name not in SKIPPED_FOLDERS:
                        folders.append(path)
                    continue
                count += 1
                if count > MAX_FILES:
                    raise LimitReached(
                        f"{self.target.ref} holds more than {MAX_FILES:,} files.", hint="Name a subfolder."
                    )
                described = self._describe(path)
                if described.special != "folder link":
                    yield described

    def _scan(self, folder: str) -> list[os.DirEntry[str]] | None:
        """What a folder holds, None for one below the target that may not be read."""
        try:
            with os.scandir(os.path.join(self.root, folder)) as entries:
                return list(entries)
        except OSError as error:
            if folder:
                return None
            raise cannot_open(self.target.ref, error) from None

    def _describe(self, path: str) -> SourceFile:
        full = os.path.join(self.root, *path.split("/"))
        try:
            found = os.lstat(full)
            link = os.readlink(full) if stat.S_ISLNK(found.st_mode) else ""
            if link:
                self._inside(path)
                found = os.stat(full)
        except AccessDenied:
            leads = "outside folder" if os.path.isdir(full) else "outside link"
            special = leads if os.path.exists(full) else "dangling link"
            return SourceFile(path=path, bytes=0, link_target=link, special=special)
        except OSError as error:
            if not link:
                raise cannot_open(path, error) from None
            return SourceFile(path=path, bytes=0, link_target=link, special="dangling link")
        special = special_kind(found.st_mode)
        self._inodes[path] = (found.st_dev, found.st_ino)
        if link and special == "folder":
            special = "folder link"
        if path.endswith(".safetensors") and not special and found.st_size < git_lfs.MOST_POINTER_BYTES:
            fetched = self._fetched_by_lfs(path)
            if fetched is not None:
                return fetched
        return SourceFile(
            path=path,
            bytes=found.st_size,
            link_target=link,
            special=special,
            sha256=self._blob_hash(link),
        )

    def _fetched_by_lfs(self, path: str) -> SourceFile | None:
        """The real content where `path` is a Git LFS pointer and the repository has fetched it, None elsewhere."""
        pointer = git_lfs.parse_pointer(self.read(path, 0, git_lfs.MOST_POINTER_BYTES))
        found = git_lfs.find_object(self.root, pointer) if pointer else None
        if pointer is None or found is None:
            return None
        self._lfs_objects[path] = found
        link = git_lfs.shown_object(pointer)
        return SourceFile(path=path, bytes=pointer.bytes, sha256=pointer.sha256, link_target=link)

    def _blob_hash(self, link: str) -> str:
        """In a Hub cache a blob's name is the hash of its content: 64 digits are SHA-256 (LFS files)."""
        name = os.path.basename(link)
        return name if self._cache_repo and re.fullmatch(r"[0-9a-f]{64}", name) else ""

    def _unfinished_blobs(self) -> list[SourceFile]:
        blobs = os.path.join(self._cache_repo, "blobs")
        if not self._cache_repo or not os.path.isdir(blobs):
            return []
        return [
            SourceFile(
                path=f"blobs/{name}", bytes=os.lstat(os.path.join(blobs, name)).st_size, special="unfinished download"
            )
            for name in sorted(os.listdir(blobs))
            if name.endswith(".incomplete")
        ]


def open_local(path: str) -> LocalSource:
    """The source for a local path: a file, a folder, an index file, or a Hub cache folder.

    Raises `NotFound`, `NotAFile`, `AccessDenied`.
    """
    ref = path
    path = os.path.abspath(path)
    try:
        mode = os.stat(path).st_mode
    except OSError as error:
        raise cannot_open(ref, error) from None
    if stat.S_ISDIR(mode):
        return _open_folder(ref, path)
    if not stat.S_ISREG(mode):
        raise NotAFile(
            f"{ref} is a {special_kind(mode)}, not a regular file.", hint="Name a .safetensors file or a folder."
        )
    folder, name = os.path.split(path)
    return LocalSource(folder, Target(kind="file", ref=ref), focus=name, cache_repo=_cache_repo(folder))


def _open_folder(ref: str, path: str) -> LocalSource:
    snapshots = os.path.join(path, "snapshots")
    name = os.path.basename(path)
    if _CACHE_REPO.fullmatch(name) and os.path.isdir(snapshots):
        commit = _cached_commit(ref, path)
        path = os.path.join(snapshots, commit)
    cache = _cache_repo(path)
    if not cache:
        return LocalSource(path, Target(kind="folder", ref=ref))
    repo_id = "/".join(os.path.basename(cache).split("--")[1:])
    relative = os.path.relpath(path, os.path.join(cache, "snapshots")).split(os.sep)
    revision = relative[0] if _COMMIT.fullmatch(relative[0]) else ""
    return LocalSource(path, Target(kind="folder", ref=ref, repo_id=repo_id, revision=revision), cache_repo=cache)


def _cached_commit(ref: str, repo: str) -> str:
    """The snapshot to look at in a cached repository: what refs/main names, else the only one there is."""
    try:
        with open_regular(os.path.join(repo, "refs", "main"), "refs/main") as file:
            commit = read_exactly(file, 64).decode("ascii", "replace").strip()
        if _COMMIT.fullmatch(commit) and os.path.isdir(os.path.join(repo, "snapshots", commit)):
            return commit
    except (OSError, CannotLook):
        pass
    try:
        found = sorted(entry.name for entry in os.scandir(os.path.join(repo, "snapshots")) if entry.is_dir())
    except OSError as error:
        raise cannot_open(ref, error) from None
    if len(found) == 1:
        return found[0]
    problem = "holds no snapshot" if not found else f"holds {len(found)} snapshots and no refs/main that names one"
    raise NotFound(f"{ref} {problem}.", hint="Name one folder under its snapshots/." if found else "Download it again.")


def _cache_repo(path: str) -> str:
    """The `models--org--name` folder of a path inside one of its snapshots, "" elsewhere."""
    parts = path.split(os.sep)
    for i, part in enumerate(parts[:-1]):
        if _CACHE_REPO.fullmatch(part) and parts[i + 1] == "snapshots":
            return os.sep.join(parts[: i + 1])
    return ""


def _shared_blobs(cache_repo: str) -> str:
    """The store that a cache's repositories share their blobs in, "" where there is none."""
    store = os.path.join(os.path.dirname(cache_repo), "blobs")
    return store if cache_repo and os.path.isfile(os.path.join(store, ".huggingface-shared-blobs")) else ""


def special_kind(mode: int) -> str:
    """What a path is when it is no regular file, "" when it is one."""
    kinds = (
        (stat.S_ISDIR, "folder"),
        (stat.S_ISFIFO, "FIFO (named pipe)"),
        (stat.S_ISSOCK, "socket"),
        (stat.S_ISCHR, "character device"),
        (stat.S_ISBLK, "block device"),
    )
    return next((name for test, name in kinds if test(mode)), "")


def open_regular(path: str, shown: str) -> BinaryIO:
    """An unbuffered regular file; a FIFO, socket, device or folder is refused without waiting for it."""
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
    try:
        descriptor = os.open(path, flags)
    except OSError as error:
        raise cannot_open(shown, error) from None
    special = special_kind(os.fstat(descriptor).st_mode)
    if not special:
        return os.fdopen(descriptor, "rb", buffering=0)
    os.close(descriptor)
    raise NotAFile(f"{shown} is a {special}, not a regular file.", hint="Name a .safetensors file.")


def read_regular(path: str, limit: int) -> bytes:
    """A whole regular file of at most `limit` bytes; nothing is waited for. Raises `CannotLook`."""
    with open_regular(path, path) as file:
        try:
            data = read_exactly(file, limit + 1)
        except OSError as error:
            raise cannot_open(path, error) from None
    if len(data) > limit:
        raise LimitReached(f"{path} is larger than {limit:,} bytes, the most that is read of such a file.")
    return data


def cannot_open(path: str, error: OSError) -> CannotLook:
    """The error for people behind a failed open, stat or read of a local path."""
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return NotFound(f"{path} does not exist.", hint="Check the path.")
    if isinstance(error, PermissionError):
        return AccessDenied(f"{path} may not be read: permission denied.", hint="Check its permissions.")
    reason = (error.strerror or "unknown error").lower()
    return NotAFile(f"{path} cannot be read as a regular file: {reason}.", hint="Name a .safetensors file.")


def read_exactly(file: BinaryIO, count: int) -> bytes:
    """`count` bytes from where the file stands, fewer only where it ends."""
    chunks: list[bytes] = []
    while count > 0 and (chunk := file.read(min(count, 1 << 30))):
        chunks.append(chunk)
        count -= len(chunk)
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)
