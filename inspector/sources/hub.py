"""A Hub repository at a pinned commit: what is on this machine is read here, the rest by ranges over the network."""

import hashlib
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from types import MappingProxyType
from typing import Any, TypeVar

from inspector.errors import CannotLook, LimitReached, NotAFile, NotFound, Unreachable
from inspector.model import ReadCost, Target
from inspector.sources.base import Needed, SourceFile
from inspector.sources.hub_cache import HubCache
from inspector.sources.hub_client import HubClient
from inspector.sources.hub_settings import HubSettings
from inspector.sources.hub_target import HubTarget
from inspector.sources.local import open_regular, read_exactly
from inspector.sources.network.fetching import fetch_range
from inspector.sources.network.ranges import Received, contradiction, range_header, receive_whole
from inspector.sources.network.retry import naming, persist
from inspector.sources.network.transport import Answer
from inspector.sources.network.window import Window
from inspector.values import replace

T = TypeVar("T")

#: Headers of one repository together; the largest known take some 100 MB.
MOST_BEGINNING_BYTES = 256_000_000

# Whole files up to this size are hashed and kept in the header cache, but for weights: whether those are what
# their hash promises is for the verification to say.
_MOST_KEPT_BYTES = 32 * 1024 * 1024

# A file of another kind (the page of a config.json) stands for the folder that it is in.
_WEIGHT_SUFFIXES = (".safetensors", ".sft", ".safetensors.index.json")

# Files in a row that no attempt could read, after which the server is not asked for the others.
_MOST_LOST_FILES = 3


class HubSource:
    """Files of one repository; `target`, `focus` and `facts` are complete once the files are listed."""

    def __init__(self, target: HubTarget, settings: HubSettings) -> None:
        self.target = Target(
            kind="hub", ref=target.ref, repo_id=target.repo_id, requested_revision=target.revision or "main"
        )
        self.parallel_reads = settings.network.parallel_reads
        self.focus = ""
        self.facts: Mapping[str, Any] = MappingProxyType({})
        self._hub_target = target
        self._settings = settings
        self._client = HubClient(target, settings)
        self._local = HubCache(settings.cache_folder, target.kind, target.repo_id)
        self._window = Window()
        self._lock = threading.Lock()
        self._files: Mapping[str, SourceFile] = {}
        self._prefix = ""
        self._listed = False
        self._lost_files = 0
        self._counting = threading.Lock()
        self._beginning_bytes = 0

    @property
    def commit(self) -> str:
        """The commit that everything is read from, "" before the files are listed."""
        return self.target.revision

    def list_files(self) -> Sequence[SourceFile]:
        self._look_up()
        below = [file for path, file in self._files.items() if path.startswith(self._prefix)]
        if self.focus and not self.focus.endswith(".json"):
            below = [self._files[self._prefix + self.focus]]
        return [replace(file, path=file.path.removeprefix(self._prefix)) for file in below]

    def size_bytes(self, path: str) -> int:
        return self._file(path).bytes

    def read(self, path: str, start: int, stop: int) -> bytes:
        file = self._file(path)
        stop = min(stop, file.bytes)
        if start >= stop:
            return b""
        if start == 0 and stop == file.bytes <= _MOST_KEPT_BYTES and not path.endswith(_WEIGHT_SUFFIXES[:2]):
            return self._whole(file)
        local = self._local_path(file)
        if local:
            return _read_local(local, path, start, stop)
        return self._over_network(file, lambda: self._range(file, start, stop, None).data)

    def read_beginning(self, path: str, needed: Needed) -> bytes:
        file = self._file(path)
        kept = self._kept(file)
        if kept is not None and needed(kept) <= len(kept):
            return kept
        local = self._local_path(file)
        if local:
            first = _read_local(local, path, 0, 8)
            return _read_local(local, path, 0, max(len(first), needed(first)))
        return self._over_network(file, lambda: self._beginning(file, needed))

    def cost(self) -> ReadCost:
        return self._client.transport.cost()

    def close(self) -> None:
        self._client.transport.close()

    # -- listing

    def _look_up(self) -> None:
        with self._lock:
            if not self._listed:
                with self._client.transport.run.reading():
                    self._list_offline() if self._settings.offline else self._list_online()
                self._listed = True

    def _list_online(self) -> None:
        listing = self._client.listing()
        self._adopt(listing.facts.commit, listing.files)
        self.facts = MappingProxyType({**listing.facts.to_dict(), "cached_paths": self._cached_paths()})

    def _list_offline(self) -> None:
        ref = self.target.ref
        commit = self._local.commit_of(self._hub_target.revision)
        if not commit:
            raise Unreachable(
                f"{ref}: not in the local cache, and offline.", hint="Download it first, or leave out --offline."
            )
        self._adopt(commit, self._local.files(commit))
        self.facts = MappingProxyType({"cached_paths": self._cached_paths()})

    def _adopt(self, commit: str, files: Sequence[SourceFile]) -> None:
        self.target = replace(self.target, revision=commit)
        self._files = {file.path: file for file in files}
        inner = self._hub_target.path
        if inner in self._files:
            folder, _, name = inner.rpartition("/")
            self._prefix = f"{folder}/" if folder else ""
            self.focus = name if name.endswith(_WEIGHT_SUFFIXES) else ""
        elif inner:
            self._prefix = f"{inner}/"
            if not any(path.startswith(self._prefix) for path in self._files):
                raise NotFound(f"{self.target.ref}: no such file or folder at this revision.")

    # -- reading

    def _file(self, path: str) -> SourceFile:
        self._look_up()
        file = self._files.get(self._prefix + path)
        if file is None:
            raise NotFound(f"{path}: not a file of {self.target.ref}; nothing was asked for.")
        if file.special:
            raise NotAFile(f"{path}: {file.special} in {self.target.ref}; not opened.")
        return file

    def _whole(self, file: SourceFile) -> bytes:
        kept = self._kept(file)
        if kept is not None and not _mismatch(file, kept):
            return kept
        local = self._local_path(file)
        if local:
            return _read_local(local, file.path, 0, file.bytes)
        data = self._over_network(file, lambda: self._fetch_whole(file))
        self._keep(file, data)
        return data

    def _fetch_whole(self, file: SourceFile) -> bytes:
        client, subject = self._client, self._subject(file)

        def attempt() -> bytes:
            if file.sha256:
                data = self._range(file, 0, file.bytes, None).data
            else:
                with client.open_file(subject, self.commit, file, {"Accept-Encoding": "gzip"}) as answer:
                    data = receive_whole(answer, subject, file.bytes)
            if wrong := _mismatch(file, data):
                raise contradiction(wrong)
            return data

        return persist(subject, client.transport.patience, client.transport.run, attempt)

    def _beginning(self, file: SourceFile, needed: Needed) -> bytes:
        got = self._range(file, 0, min(self._window.bytes, file.bytes), None)
        data, wanted = got.data, min(needed(got.data), file.bytes)
        self._count_beginning(file, wanted)
        if wanted > len(data):
            data += self._range(file, len(data), wanted, got).data
        self._window.needed(wanted)
        self._keep(file, data[:wanted])
        return data

    def _count_beginning(self, file: SourceFile, count: int) -> None:
        with self._counting:
            self._beginning_bytes += count
            if self._beginning_bytes > MOST_BEGINNING_BYTES:
                what = f"the beginnings of its files take more than {MOST_BEGINNING_BYTES:,} bytes together"
                raise LimitReached(f"{self._subject(file)}: not read: {what}.")

    def _range(self, file: SourceFile, start: int, stop: int, before: Received | None) -> Received:
        transport, subject = self._client.transport, self._subject(file)

        def ask(start: int, stop: int) -> Answer:
            return self._client.open_file(subject, self.commit, file, range_header(start, stop))

        listed = Received(data=b"", total_bytes=file.bytes, identity="")
        run, patience = transport.run, transport.patience
        return fetch_range(subject, ask, start, stop, patience=patience, halt=run, before=before or listed)

    def _over_network(self, file: SourceFile, read: Callable[[], T]) -> T:
        if self._settings.offline:
            raise Unreachable(f"{self._subject(file)}: not in the local cache, and offline.")
        if self._lost_files >= _MOST_LOST_FILES:
            raise Unreachable(f"{self._subject(file)}: not tried, after {self._lost_files} other files failed.")
        try:
            with self._client.transport.run.reading():
                result = read()
        except CannotLook as error:
            self._lost_files += isinstance(error, Unreachable)
            raise naming(self._subject(file), error) from None
        self._lost_files = 0
        return result

    def _subject(self, file: SourceFile) -> str:
        return f"{file.path} of {self.target.repo_id}"

    # -- what is here already

    def _cached_paths(self) -> tuple[str, ...]:
        return tuple(path for path, file in self._files.items() if not file.special and self._local_path(file))

    def _local_path(self, file: SourceFile) -> str:
        return self._local.path_of(file, self.commit) if self._settings.cache_folder else ""

    def _kept(self, file: SourceFile) -> bytes | None:
        cache, content_hash = self._settings.header_cache, file.sha256 or file.git_sha1
        return cache.get(self._settings.endpoint, content_hash) if cache and content_hash else None

    def _keep(self, file: SourceFile, beginning: bytes) -> None:
        cache, content_hash = self._settings.header_cache, file.sha256 or file.git_sha1
        if cache and content_hash:
            cache.put(self._settings.endpoint, content_hash, beginning)


def _mismatch(file: SourceFile, data: bytes) -> str:
    """How a whole content differs from what the repository's description promises, "" where it does not."""
    if len(data) != file.bytes:
        return f"{file.bytes:,} bytes by the repository's description, {len(data):,} came"
    if file.sha256:
        actual, promised = hashlib.sha256(data).hexdigest(), file.sha256
    else:
        actual, promised = hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest(), file.git_sha1
    return "its content is not what its hash promises" if promised and actual != promised else ""


def _read_local(full: str, path: str, start: int, stop: int) -> bytes:
    with open_regular(full, path) as file, suppress(OSError):
        file.seek(start)
        return read_exactly(file, stop - start)
    raise CannotLook(f"{path}: its local copy cannot be read.")
