"""Digests of whole files, streamed: every byte is read once, however many digests of it are wanted."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Final, Protocol

from inspector.errors import CannotLook
from inspector.readers.claims import Algorithm
from inspector.sources.base import Source
from inspector.values import frozen

#: Bytes of one read: large enough for disk speed, small enough for several files at once.
CHUNK_BYTES: Final = 8 * 1024 * 1024


class _Hash(Protocol):
    def update(self, data: bytes, /) -> None: ...
    def hexdigest(self) -> str: ...


@frozen
class Job:
    """One file to read: how large it is, where its tensor data begins, and which digests are wanted of it."""

    path: str
    bytes: int
    header_bytes: int
    algorithms: tuple[Algorithm, ...]


def digest_files(
    source: Source,
    jobs: Sequence[Job],
    *,
    at_once: int,
    on_bytes: Callable[[int], None],
    on_done: Callable[[Job, Mapping[Algorithm, str]], None],
) -> dict[str, str]:
    """Read each file and hand its digests to `on_done` as it ends, largest first; returns why others failed, by path.

    `on_bytes` is called with the bytes of each read. Both callbacks run in this thread.
    """
    from concurrent.futures import ThreadPoolExecutor

    run = _Run(source, on_bytes, on_done)
    pool = ThreadPoolExecutor(max(1, at_once))
    try:
        for job in sorted(jobs, key=lambda job: -job.bytes):
            pool.submit(run.work, job)
        run.attend(len(jobs))
    finally:
        run.stopped.set()
        pool.shutdown(wait=True, cancel_futures=True)
    return run.failed


class _Run:
    """What threads that read say to the one that started them: events in a queue, None as a job ends."""

    def __init__(
        self,
        source: Source,
        on_bytes: Callable[[int], None],
        on_done: Callable[[Job, Mapping[Algorithm, str]], None],
    ) -> None:
        from queue import SimpleQueue
        from threading import Event

        self.source, self.on_bytes, self.on_done = source, on_bytes, on_done
        self.events: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self.stopped = Event()
        self.failed: dict[str, str] = {}

    def attend(self, jobs: int) -> None:
        """Run what the threads ask for until all jobs have ended."""
        while jobs:
            event = self.events.get()
            if event is None:
                jobs -= 1
            else:
                event()

    def work(self, job: Job) -> None:
        """One job, in a thread of its own."""
        try:
            digests = _digest(self.source, job, self._report)
            self.events.put(lambda: self.on_done(job, digests))
        except CannotLook as error:
            message = error.message
            self.events.put(lambda: self.failed.update({job.path: message}))
        finally:
            self.events.put(None)

    def _report(self, count: int) -> None:
        if self.stopped.is_set():
            raise CannotLook("interrupted")
        self.events.put(lambda: self.on_bytes(count))


def _digest(source: Source, job: Job, on_bytes: Callable[[int], None]) -> dict[Algorithm, str]:
    """The digests of one file. Raises `CannotLook` where it cannot be read or became shorter."""
    hashes = {algorithm: _start(algorithm, job.bytes) for algorithm in job.algorithms}
    position = 0
    while position < job.bytes:
        chunk = source.read(job.path, position, min(position + CHUNK_BYTES, job.bytes))
        if not chunk:
            raise CannotLook(f"{job.path} became shorter while it was read.")
        for algorithm, digest in hashes.items():
            skipped = max(0, job.header_bytes - position) if algorithm == "sha256-of-data" else 0
            digest.update(chunk[skipped:])
        position += len(chunk)
        on_bytes(len(chunk))
    return {algorithm: digest.hexdigest() for algorithm, digest in hashes.items()}


def _start(algorithm: Algorithm, file_bytes: int) -> _Hash:
    if algorithm == "git-sha1":
        return hashlib.sha1(b"blob %d\0" % file_bytes, usedforsecurity=False)
    return hashlib.sha512() if algorithm == "sha512" else hashlib.sha256()
