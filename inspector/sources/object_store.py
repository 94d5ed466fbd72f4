"""Object storage through fsspec: listed once, then exact ranges; a file that changes between two reads is noticed.

Credentials, endpoints and regions are found by each store's own library where its users expect them.
"""

import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from types import MappingProxyType
from typing import Any, Final, TypeVar

from inspector.errors import (
    AccessDenied,
    CannotLook,
    ChangedWhileReading,
    LimitReached,
    NotAFile,
    NotFound,
    Unreachable,
    Unsupported,
)
from inspector.model import ReadCost, Target
from inspector.paths import folder_of, join, name_of
from inspector.sources.base import Needed, SourceFile
from inspector.sources.hub_listing import is_inside
from inspector.sources.network.window import Window
from inspector.values import field, frozen

T = TypeVar("T")

#: URL scheme -> the extra of this distribution that brings its library, "" where there is none.
EXTRAS: Final = MappingProxyType(
    {"s3": "s3", "s3a": "s3", "gs": "gcs", "gcs": "gcs", "az": "azure", "abfs": "azure", "abfss": "azure"}
)
#: fsspec protocols that are targets of another kind, or no remote storage.
NOT_STORES: Final = frozenset({"hf", "http", "https", "file", "local", "oci", "data"})

_MOST_FILES = 200_000
_FILE_SUFFIXES = (".safetensors", ".json")
# Fields of a listing that change with the content.
_IDENTITY_FIELDS = (
    "VersionId",
    "version_id",
    "ETag",
    "etag",
    "generation",
    "md5Hash",
    "LastModified",
    "mtime",
    "created",
)
_PARALLEL_READS = 16

# The libraries try again on their own, layer upon layer; these bounds keep a dead server under a minute.
_S3_CONFIG = {"connect_timeout": 5, "read_timeout": 10, "retries": {"max_attempts": 2}}
_S3_RETRIES = 2
_BODY_SECONDS = 60

# Roots of the errors of the libraries behind fsspec that are no OSError.
_LIBRARY_ERRORS: Final = (
    ("botocore.exceptions", "BotoCoreError"),
    ("botocore.exceptions", "ClientError"),
    ("aiohttp", "ClientError"),
    ("gcsfs.retry", "HttpError"),
    ("google.auth.exceptions", "GoogleAuthError"),
    ("azure.core.exceptions", "AzureError"),
)


@frozen
class StoreOptions:
    """`anonymous` sends no credentials; `more` goes to the store's library as it is."""

    anonymous: bool = False
    more: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))


def is_object_store(text: str) -> bool:
    """A URL of a store that has an extra, or of any other file system that fsspec knows."""
    scheme, separator, rest = text.partition("://")
    if not separator or not rest or "::" in text or scheme in NOT_STORES:
        return False
    return scheme in EXTRAS or scheme in _fsspec(scheme).available_protocols()


class ObjectStoreSource:
    """The objects below one URL, or the one object that it names (`focus`)."""

    parallel_reads = _PARALLEL_READS

    def __init__(self, url: str, options: StoreOptions | None = None, *, filesystem: Any = None) -> None:
        """`filesystem` is an fsspec file system to use in place of the one that the URL's scheme names."""
        self.target = Target(kind="object-store", ref=url)
        self.focus = ""
        self.facts: Mapping[str, Any] = MappingProxyType({})
        self._url = url
        options = options or StoreOptions()
        self._anonymous = options.anonymous
        self._fs, self._root = filesystem_of(url, options, filesystem)
        self._window = Window()
        self._lock, self._counting = threading.Lock(), threading.Lock()
        self._objects: Mapping[str, Mapping[str, Any]] | None = None
        self._requests = self._bytes = 0
        self._closed = False

    def list_files(self) -> Sequence[SourceFile]:
        objects = self._listed()
        return [_source_file(path, objects[path]) for path in sorted(objects)]

    def size_bytes(self, path: str) -> int:
        return int(self._object(path)["size"])

    def read(self, path: str, start: int, stop: int) -> bytes:
        stop = min(stop, self.size_bytes(path))
        return self._range(path, start, stop) if start < stop else b""

    def read_beginning(self, path: str, needed: Needed) -> bytes:
        size = self.size_bytes(path)
        data = self.read(path, 0, min(size, self._window.bytes))
        wanted = min(needed(data), size)
        if wanted > len(data):
            data += self._range(path, len(data), wanted)
            self._demand_unchanged(path)
        self._window.needed(wanted)
        return data

    def cost(self) -> ReadCost:
        return ReadCost(requests=self._requests, bytes=self._bytes)

    def close(self) -> None:
        self._closed = True
        loop = getattr(self._fs, "loop", None)
        if loop is not None:
            loop.call_soon_threadsafe(_cancel_all, loop)

    # -- listing

    def _listed(self) -> Mapping[str, Mapping[str, Any]]:
        with self._lock:
            if self._objects is None:
                self._objects = self._look_up()
            return self._objects

    def _look_up(self) -> Mapping[str, Mapping[str, Any]]:
        if self._root.endswith(_FILE_SUFFIXES):
            with suppress(NotFound):
                info = self._call(self.target.ref, lambda: self._fs.info(self._root))
                if info["type"] == "file":
                    self.focus = name_of(self._root)
                    self._root = folder_of(self._root)
                    return {self.focus: info}
        found = self._call(self.target.ref, lambda: self._fs.find(self._root, detail=True))
        if len(found) > _MOST_FILES:
            raise LimitReached(f"{self.target.ref}: more than {_MOST_FILES:,} objects.", hint="Name a longer prefix.")
        if not found:
            raise NotFound(f"{self.target.ref}: nothing is there.", hint="Check the bucket and the prefix.")
        below = {name[len(self._root) :].lstrip("/"): info for name, info in found.items()}
        return {path: info for path, info in below.items() if path and not path.endswith("/")}

    def _object(self, path: str) -> Mapping[str, Any]:
        found = self._listed().get(path)
        if found is None:
            raise NotFound(f"{path}: not an object below {self.target.ref}.")
        if not is_inside(path):
            raise NotAFile(f"{path}: leaves {self.target.ref}; not opened.")
        return found

    # -- reading

    def _range(self, path: str, start: int, stop: int) -> bytes:
        info = self._object(path)
        name = join(self._root, path)
        if hasattr(self._fs, "call_s3"):
            data = self._call(path, lambda: self._s3_range(name, info, start, stop))
        else:
            data = self._call(path, lambda: bytes(self._fs.cat_file(name, start=start, end=stop)))
        if len(data) != stop - start:
            raise ChangedWhileReading(f"{path}: {stop - start:,} bytes from {start:,} on expected, {len(data):,} came.")
        with self._counting:
            self._bytes += len(data)
        return data

    def _s3_range(self, name: str, info: Mapping[str, Any], start: int, stop: int) -> bytes:
        """Only of the object that was listed: S3 refuses the range where the object was replaced since."""
        bucket, key, _ = self._fs.split_path(name)
        condition = {"IfMatch": info["ETag"]} if info.get("ETag") else {}
        answer = self._fs.call_s3("get_object", Bucket=bucket, Key=key, Range=f"bytes={start}-{stop - 1}", **condition)
        if not str(answer.get("ContentRange", "")).startswith(f"bytes {start}-{stop - 1}/"):
            answer["Body"].close()
            raise Unreachable(f"{name}: the server did not answer with the range that was asked for.")
        run = import_module("fsspec.asyn").sync
        return bytes(run(self._fs.loop, _body, answer["Body"], stop - start, timeout=_BODY_SECONDS))

    def _demand_unchanged(self, path: str) -> None:
        """After a second read: where the store cannot refuse a replaced object, ask what it says now."""
        if hasattr(self._fs, "call_s3"):
            return
        name = join(self._root, path)
        self._fs.invalidate_cache()
        now = self._call(path, lambda: self._fs.info(name))
        if _differs(self._object(path), now):
            raise ChangedWhileReading(f"{path}: the object was replaced between two reads.")

    def _call(self, subject: str, call: Callable[[], T]) -> T:
        if self._closed:
            raise CannotLook("The run was stopped.")
        with self._counting:
            self._requests += 1
        try:
            return call()
        except CannotLook:
            raise
        except FileNotFoundError:
            raise NotFound(f"{subject}: nothing is there.", hint="Check the bucket and the path.") from None
        except PermissionError as error:
            hint = "It may need credentials." if self._anonymous else "Check the credentials, or try --anonymous."
            raise AccessDenied(f"{subject}: the store denies access.", hint=hint) from error
        except _library_errors() as error:
            raise _failure(subject, error) from error


def _cancel_all(loop: Any) -> None:
    """Ends the calls that are under way in the file system's own loop."""
    for task in import_module("asyncio").all_tasks(loop):
        task.cancel()


async def _body(body: Any, count: int) -> bytes:
    """At most `count` bytes: what more a server sends is cut off."""
    parts: list[bytes] = []
    try:
        while count > 0 and (part := await body.read(count)):
            parts.append(bytes(part))
            count -= len(part)
    finally:
        body.close()
    return b"".join(parts)


def filesystem_of(url: str, options: StoreOptions, filesystem: Any = None) -> tuple[Any, str]:
    """The file system behind a URL and the path in it. Raises `Unsupported` where its library is missing."""
    scheme = url.partition("://")[0]
    core = _fsspec(scheme)
    try:
        if filesystem is not None:
            return filesystem, str(filesystem._strip_protocol(url)).rstrip("/")
        fs, path = core.url_to_fs(url, skip_instance_cache=True, use_listings_cache=False, **_keywords(scheme, options))
    except ImportError:
        extra = EXTRAS.get(scheme, "")
        hint = f'Install it: pip install "safetensors-inspector[{extra}]"' if extra else "Install the library for it."
        raise Unsupported(f"{url}: reading {scheme}:// needs a library that is not installed.", hint=hint) from None
    except (ValueError, TypeError, OSError) as error:
        raise Unsupported(f"{url}: {str(error) or 'not a URL that its library takes'}.") from None
    if hasattr(fs, "call_s3"):
        fs.retries = _S3_RETRIES
    return fs, str(path).rstrip("/")


def _keywords(scheme: str, options: StoreOptions) -> dict[str, Any]:
    quiet: dict[str, Any] = {}
    if EXTRAS.get(scheme) == "s3":
        quiet = {"config_kwargs": dict(_S3_CONFIG)}
    anonymous: dict[str, Any] = {}
    if options.anonymous:
        anonymous = {"token": "anon"} if EXTRAS.get(scheme) == "gcs" else {"anon": True}
    return {**quiet, **anonymous, **options.more}


def _fsspec(scheme: str) -> Any:
    try:
        return import_module("fsspec")
    except ImportError:
        extra = EXTRAS.get(scheme, "s3")
        raise Unsupported(
            f"{scheme}:// needs a library that is not installed.",
            hint=f'Install it: pip install "safetensors-inspector[{extra}]"',
        ) from None


def _source_file(path: str, info: Mapping[str, Any]) -> SourceFile:
    size = info.get("size")
    special = "" if is_inside(path) else "outside link"
    if not isinstance(size, int) or size < 0:
        size, special = 0, special or "of unknown size"
    return SourceFile(path=path, bytes=size, special=special)


def _differs(before: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Two descriptions of one object that are not of one content; fields that they do not share say nothing."""
    shared = [name for name in _IDENTITY_FIELDS if before.get(name) and type(before[name]) is type(now.get(name))]
    return before["size"] != now["size"] or any(before[name] != now[name] for name in shared)


def _library_errors() -> tuple[type[Exception], ...]:
    """What a failed call may raise: the usual errors, and those of the libraries that are loaded."""
    loaded = [getattr(sys.modules[module], name) for module, name in _LIBRARY_ERRORS if module in sys.modules]
    return (OSError, ValueError, TypeError, KeyError, RuntimeError, *loaded)


def _failure(subject: str, error: Exception) -> CannotLook:
    """One sentence for an error of a store's library."""
    text = f"{error} {error.__cause__ or ''}"
    if "PreconditionFailed" in text or "pre-conditions" in text.lower():
        return ChangedWhileReading(f"{subject}: the object was replaced since it was listed.")
    name = type(error).__name__
    if "Credential" in name or "credentials" in text.lower():
        return AccessDenied(f"{subject}: no credentials were found.", hint="Configure them, or try --anonymous.")
    reason = " ".join(str(error).split())[:300] or name
    return Unreachable(f"{subject}: {reason.rstrip('.')}.")
