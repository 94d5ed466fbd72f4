"""Reads a whole checkpoint from a source: listing, configuration, indexes and every header that counts.

The one thread pool lives here. A file that cannot be read does not stop the others: it is listed as unread.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from threading import Lock
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, TypeVar

from inspector.errors import CannotLook, LimitReached, NotFound
from inspector.knowledge.file_kinds import kind_of
from inspector.knowledge.layouts import CONFIG_NAMES, SPARE_NAMES, TEXT_NAMES, TOKENIZER_NAMES
from inspector.model import (
    Alternative,
    Checkpoint,
    Fault,
    RepositoryFile,
    Shard,
    Unread,
    WeightSet,
)
from inspector.paths import folder_of, join, name_of
from inspector.readers import layout, twins
from inspector.readers.absence import nothing_here
from inspector.readers.claims import unlike_listed
from inspector.readers.faults import fault
from inspector.readers.header import read_shard
from inspector.readers.index import parse_index
from inspector.readers.json_files import MAX_CONFIG_BYTES, MAX_INDEX_BYTES, NotJson, parse_json
from inspector.readers.large_headers import Turn
from inspector.sources.base import Source, SourceFile
from inspector.values import replace

if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor

#: How much of a small text file is kept.
MAX_TEXT_BYTES: Final = 256_000
#: How much of a tokenizer file is read where tokenizers are asked for.
MAX_TOKENIZER_BYTES: Final = 64_000_000

#: Files of one target that are read where each costs a round trip.
MAX_REMOTE_READS: Final = 5_000
# Shards of one set that are named where they could not be found.
_MOST_NAMED: Final = 10

#: The model card that is read even when sparing: it names licence and base model.
_CARD: Final = "README.md"

#: Called with (headers read, headers to read).
Progress = Callable[[int, int], None]
_T = TypeVar("_T")


def read_checkpoint(
    source: Source,
    *,
    jobs: int = 0,
    tokenizers: bool = False,
    sparing: bool = False,
    progress: Progress | None = None,
) -> Checkpoint:
    """Everything that headers and small files of the target tell.

    `jobs` bounds parallel reads (0: what suits the source); `tokenizers` reads tokenizer files too, for exact
    container sizes. With `sparing`, where each file costs a round trip, only the small files that say what the
    weights are: an audit needs the others too. Raises `CannotLook` where nothing could be read,
    `NothingToInspect` where there are no weights.
    """
    names = SPARE_NAMES if sparing and not tokenizers and source.parallel_reads > 1 else None
    with _Reads(source, jobs or source.parallel_reads) as reads:
        return _Reader(source, reads, tokenizers, names, progress).read()


class _Reads:
    """Runs reads at once where the source gains by it, one after the other elsewhere."""

    def __init__(self, source: Source, jobs: int) -> None:
        self._source, self._jobs = source, jobs
        self._pool: ThreadPoolExecutor | None = None
        self._started = 0

    def __enter__(self) -> "_Reads":
        if self._jobs > 1:
            from concurrent.futures import ThreadPoolExecutor

            self._pool = ThreadPoolExecutor(self._jobs)
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            self._source.close()
        if self._pool is not None:
            self._pool.shutdown(wait=kind is None, cancel_futures=True)

    def start(self, work: Callable[[str], _T], path: str) -> "Callable[[], _T]":
        """A function that gives `work(path)`, started now where there is a pool."""
        if self._pool is None:
            return lambda: work(path)
        self._started += 1
        if self._started > MAX_REMOTE_READS:
            what = f"more than {MAX_REMOTE_READS:,} files would have to be read over the network"
            raise LimitReached(f"{self._source.target.ref}: {what}.", hint="Name a folder or a file of it.")
        future: Future[_T] = self._pool.submit(work, path)
        return future.result


class _Reader:
    """One reading of one target."""

    def __init__(
        self,
        source: Source,
        reads: _Reads,
        tokenizers: bool,
        names: frozenset[str] | None,
        progress: Progress | None,
    ) -> None:
        self.source, self.reads, self.tokenizers, self.progress = source, reads, tokenizers, progress
        self.names = names
        self.unread: list[Unread] = []
        self.faults: list[Fault] = []
        self.headers: dict[str, Callable[[], Shard]] = {}
        self.large = Lock()

    def read(self) -> Checkpoint:
        files = list(self.source.list_files())
        by_path = {file.path: file for file in files}
        focus = self.source.focus
        if focus and focus not in by_path:
            raise NotFound(f"{focus} is not in {self.source.target.ref}.")
        self._note_unlisted(files)
        self._prefetch(files)
        small = self._read_small(files)
        indexes = [parse_index(path, raw) for path, raw in small.items() if kind_of(path) == "index"]
        configs = self._parse_configs(small)
        pipelines = {folder_of(path): value for path, value in configs.items() if _is_pipeline(path, value)}
        if focus:
            index = next((index for index in indexes if index.path == focus), None)
            planned = layout.plan_one(focus, index, files)
        else:
            planned = layout.plan(files, indexes, pipelines)
        if any(file.unlisted for file in files):
            planned = self._without_doubt(planned)
        self._demand_weights(planned, files)
        shards = self._read_shards(planned, by_path)
        settled, copies = twins.settle(planned.sets, shards, by_path, list(pipelines))
        sets = _weight_sets(settled, shards)
        owners = {path: one.path for plan, one in zip(settled, sets, strict=True) for path in plan.paths}
        return self._checkpoint(files, sets, owners, planned, copies, configs, small)

    def _checkpoint(
        self,
        files: Sequence[SourceFile],
        sets: tuple[WeightSet, ...],
        owners: Mapping[str, str],
        planned: layout.Layout,
        copies: list[Alternative],
        configs: Mapping[str, Any],
        small: Mapping[str, bytes],
    ) -> Checkpoint:
        if self.unread and not any(weights.shards for weights in sets):
            raise _unreadable(self.unread[0])
        return Checkpoint(
            uri=self.source.target.ref,
            target=self.source.target,
            revision=self.source.target.revision,
            weight_sets=sets,
            alternatives=(*copies, *planned.alternatives),
            configs=MappingProxyType(dict(configs)),
            texts=MappingProxyType(_texts(small)),
            tokenizers=MappingProxyType(_tokenizers(small)),
            files=tuple(_repository_file(file, owners.get(file.path, ""), self.source.focus) for file in files),
            faults=(*planned.faults, *self.faults, *unlike_listed(self.source, files)),
            unread=tuple(self.unread),
            cost=self.source.cost(),
            repository=self.source.facts,
        )

    def _note_unlisted(self, files: Sequence[SourceFile]) -> None:
        """A file in which there may be more than is listed is a part that was not read."""
        self.unread += [
            Unread(path=file.path, kind=CannotLook.kind, message=file.unlisted) for file in files if file.unlisted
        ]

    def _without_doubt(self, planned: layout.Layout) -> layout.Layout:
        """The layout; shards that may be where nothing could be listed are unread and not missing."""
        missing = [path for one in planned.sets for path in one.missing[:_MOST_NAMED]]
        why = "it may be in what could not be listed"
        self.unread += [
            Unread(path=path, kind=CannotLook.kind, message=f"{path} was not found; {why}.") for path in missing
        ]
        sets = tuple(replace(one, missing=()) for one in planned.sets)
        faults = tuple(one for one in planned.faults if one.kind != "shard-missing")
        return replace(planned, sets=sets, faults=faults)

    # -- small files ---------------------------------------------------------------------------------------

    def _read_small(self, files: Sequence[SourceFile]) -> dict[str, bytes]:
        """Contents of indexes, configuration and texts (and tokenizers where asked for), sorted by path."""
        wanted = {file.path: (file.bytes, limit) for file in files if (limit := self._small_limit(file))}
        started = {path: self.reads.start(lambda path: self._small_read(path, *wanted[path]), path) for path in wanted}
        contents = {path: self._small_result(path, result) for path, result in started.items()}
        return {path: raw for path, raw in contents.items() if raw is not None}

    def _small_read(self, path: str, file_bytes: int, limit: int) -> bytes:
        """A small file's content; of a text its beginning is enough, of other files it would mean something else."""
        if file_bytes > limit and limit != MAX_TEXT_BYTES:
            raise LimitReached(f"{path}: {file_bytes:,} bytes; of a file of its kind at most {limit:,} are read.")
        return self.source.read(path, 0, min(file_bytes, limit))

    def _small_limit(self, file: SourceFile) -> int:
        """How many bytes of a file to read whole or in part, 0 for none."""
        name = name_of(file.path)
        kind = kind_of(file.path)
        if file.special or "/." in f"/{file.path}":
            return 0
        if kind == "index":
            return MAX_INDEX_BYTES if self.source.focus in ("", file.path) else 0
        if self.names is not None and name not in self.names and file.path != _CARD:
            return 0
        if name in CONFIG_NAMES or (kind == "config" and name.endswith(".json") and "/" not in file.path):
            return MAX_CONFIG_BYTES if kind == "config" or file.bytes <= MAX_CONFIG_BYTES else 0
        if name.lower() in TEXT_NAMES or name.endswith(".jinja"):
            return MAX_TEXT_BYTES
        return MAX_TOKENIZER_BYTES if self.tokenizers and name in TOKENIZER_NAMES else 0

    def _small_result(self, path: str, result: Callable[[], bytes]) -> bytes | None:
        """A small file's content; a tokenizer is a bonus that may be missing (a snapshot keeps none)."""
        if name_of(path) not in TOKENIZER_NAMES:
            return self._result(path, result)
        try:
            return result()
        except CannotLook:
            return None

    def _result(self, path: str, result: Callable[[], _T]) -> _T | None:
        """What a read gives; None where it fails, listed as unread unless nothing depends on it."""
        try:
            return result()
        except CannotLook as error:
            if name_of(path) in TOKENIZER_NAMES or name_of(path).lower() in TEXT_NAMES:
                return None
            self.unread.append(Unread(path=path, kind=error.kind, message=error.message, hint=error.hint))
            return None

    def _parse_configs(self, small: Mapping[str, bytes]) -> dict[str, Any]:
        configs: dict[str, Any] = {}
        for path, raw in small.items():
            tokenizer = name_of(path) in TOKENIZER_NAMES and name_of(path) not in CONFIG_NAMES
            if not path.endswith(".json") or kind_of(path) == "index" or tokenizer:
                continue
            repeated: list[str] = []
            try:
                configs[path] = parse_json(raw, repeated=repeated)
            except NotJson as problem:
                self.faults.append(fault("config-not-json", str(problem), name=path))
                continue
            if repeated and kind_of(path) == "config":
                saw = f"{', '.join(map(repr, repeated[:3]))} twice or more"
                self.faults.append(fault("config-key-twice", saw, name=path))
            if not isinstance(configs[path], dict) and name_of(path) in ("config.json", "adapter_config.json"):
                saw = "a JSON list in place of an object" if isinstance(configs[path], list) else "no JSON object"
                self.faults.append(fault("config-not-object", saw, name=path))
        return configs

    # -- headers -------------------------------------------------------------------------------------------

    def _prefetch(self, files: Sequence[SourceFile]) -> None:
        """Start reading the headers that names alone say are needed, in the same wave as the small files."""
        if self.source.parallel_reads < 2 or self.source.focus:
            return
        sizes = {file.path: file.bytes for file in files}
        for planned in layout.plan(files, (), {}).sets:
            for path in planned.paths:
                self._start_header(path, sizes[path])

    def _start_header(self, path: str, file_bytes: int) -> None:
        def read(path: str) -> Shard:
            with Turn(self.large) as turn:
                return read_shard(path, file_bytes, lambda needed: self.source.read_beginning(path, turn.waits(needed)))

        if path not in self.headers:
            self.headers[path] = self.reads.start(read, path)

    def _read_shards(self, planned: layout.Layout, by_path: Mapping[str, SourceFile]) -> dict[str, Shard]:
        paths = [path for one in planned.sets for path in one.paths]
        for path in paths:
            self._start_header(path, by_path[path].bytes)
        shards: dict[str, Shard] = {}
        for done, path in enumerate(paths, start=1):
            shard = self._result(path, self.headers[path])
            if shard is not None:
                shards[path] = shard
            if self.progress is not None:
                self.progress(done, len(paths))
        return shards

    def _demand_weights(self, planned: layout.Layout, files: Sequence[SourceFile]) -> None:
        if any(one.paths or one.missing for one in planned.sets):
            return
        if self.unread:
            raise _unreadable(self.unread[0])
        raise nothing_here(self.source.target.ref, planned, files)


def _unreadable(first: Unread) -> CannotLook:
    """The error of the first part that could not be read, of the same kind."""
    error = CannotLook(first.message, hint=first.hint)
    error.kind = first.kind
    return error


def _weight_sets(settled: Iterable[layout.PlannedSet], shards: Mapping[str, Shard]) -> tuple[WeightSet, ...]:
    settled = list(settled)
    folders = Counter(planned.name.folder for planned in settled)
    return tuple(
        WeightSet(
            path=_set_path(planned, folders[planned.name.folder] == 1),
            variant=planned.name.variant,
            shards=tuple(shards[path] for path in planned.paths if path in shards),
            index=planned.index,
            missing=planned.missing,
        )
        for planned in settled
    )


def _set_path(planned: layout.PlannedSet, alone: bool) -> str:
    """What a set is called: its folder ("." for the target itself) where it is alone there, else its file or stem."""
    folder = planned.name.folder
    if alone:
        return folder or (planned.paths[0] if len(planned.paths) == 1 and not planned.sharded else ".")
    if len(planned.paths) == 1:
        return planned.paths[0]
    return join(folder, planned.name.stem)


def _repository_file(file: SourceFile, weight_set: str, focus: str) -> RepositoryFile:
    kind = "weights" if file.path == focus and not focus.endswith(".json") else kind_of(file.path)
    return RepositoryFile(
        path=file.path,
        bytes=file.bytes,
        kind=kind,
        weight_set=weight_set,
        sha256=file.sha256,
        link_target=file.link_target,
    )


def _texts(small: Mapping[str, bytes]) -> dict[str, str]:
    kept = {
        path: raw for path, raw in small.items() if not path.endswith(".json") and name_of(path) not in TOKENIZER_NAMES
    }
    return {path: raw.decode("utf-8", "replace") for path, raw in kept.items()}


def _tokenizers(small: Mapping[str, bytes]) -> dict[str, bytes]:
    return {path: raw for path, raw in small.items() if name_of(path) in TOKENIZER_NAMES}


def _is_pipeline(path: str, value: Any) -> bool:
    return name_of(path) == "model_index.json" and bool(layout.component_classes(value))
