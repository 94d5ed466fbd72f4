"""A loopback Hub with its storage on another origin: what the real one sends, as far as a reader of headers sees it.

`faults` are functions from a request to a reply, or None to let it pass; the first that answers wins.
"""

import gzip
import hashlib
import json
import os
import re
import socket
import struct
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, quote, unquote

TOKEN = "hf_test"

# Closing a connection without waiting for what was sent resets it.
_AT_ONCE = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)


@dataclass(frozen=True)
class Content:
    """A file: its beginning, then zeros up to `bytes`. LFS files get a SHA-256 (of the beginning and the size)."""

    beginning: bytes
    size: int
    lfs: bool = True

    @property
    def sha256(self) -> str:
        if len(self.beginning) == self.size:
            return hashlib.sha256(self.beginning).hexdigest()
        return hashlib.sha256(self.beginning + str(self.size).encode()).hexdigest()

    @property
    def git_sha1(self) -> str:
        return hashlib.sha1(b"blob %d\0" % self.size + self.beginning).hexdigest()

    def slice(self, start: int, stop: int) -> bytes:
        part = self.beginning[start:stop]
        return part + bytes(stop - start - len(part))


def small(data: bytes) -> Content:
    """A file kept in git itself."""
    return Content(data, len(data), lfs=False)


@dataclass
class Repository:
    files: dict[str, Content]
    commit: str = "a" * 40
    gated: str | bool = False
    private: bool = False
    disabled: bool = False
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Request:
    """One request as it arrived: `place` is "hub" or "storage", `kind` what it asks for."""

    place: str
    kind: str
    target: str
    headers: Mapping[str, str]

    @property
    def range(self) -> tuple[int, int] | None:
        match = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("range", ""))
        return (int(match[1]), int(match[2]) + 1) if match else None


@dataclass(frozen=True)
class Reply:
    """An answer. After `cut` bytes of the body the connection is closed, with RST where `reset`.

    A `script` sends whatever it likes instead, and the connection is closed afterwards.
    """

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    cut: int | None = None
    reset: bool = False
    delay_seconds: float = 0.0
    script: Callable[[socket.socket], None] | None = None


#: From a request and what gives the usual reply to another one, None to let the request pass.
Fault = Callable[[Request, Callable[[], Reply]], Reply | None]


def times(count: int, kind: str, make: Fault, path: str = "") -> Fault:
    """A fault for the first `count` requests of a kind whose target holds `path`; -1 is for ever."""
    left = [count]
    lock = threading.Lock()

    def fault(request: Request, usual: Callable[[], Reply]) -> Reply | None:
        if request.kind != kind or path not in request.target:
            return None
        with lock:
            if left[0] == 0:
                return None
            left[0] -= 1
        return make(request, usual)

    return fault


class HubServer:
    """Start it with `with`; `url` is the endpoint, `requests` what was asked so far."""

    def __init__(self, repositories: Mapping[str, Repository], *, latency_seconds: float = 0.0) -> None:
        self.repositories = dict(repositories)
        self.latency_seconds = latency_seconds
        self.faults: list[Fault] = []
        self.requests: list[Request] = []
        self.statuses: list[int] = []
        self.rate_limit: tuple[int, int] | None = None
        self.signed_seconds = 3600.0
        self.bytes_sent = 0
        self._window: tuple[float, int] = (0.0, 0)
        self._lock = threading.Lock()
        self._hub, self._storage = listen(self, "hub"), listen(self, "storage")
        self.url = f"http://127.0.0.1:{self._hub.server_address[1]}"
        self.storage_url = f"http://127.0.0.1:{self._storage.server_address[1]}"

    def __enter__(self) -> Self:
        for server in (self._hub, self._storage):
            threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        for server in (self._hub, self._storage):
            server.shutdown()
            server.server_close()

    def kinds(self) -> dict[str, int]:
        counts: dict[str, int] = {}
        for request in self.requests:
            counts[request.kind] = counts.get(request.kind, 0) + 1
        return counts

    def answer(self, request: Request) -> Reply:
        reply = self._chosen(request)
        with self._lock:
            self.requests.append(request)
            self.statuses.append(reply.status)
        return reply

    def _chosen(self, request: Request) -> Reply:
        for fault in self.faults:
            reply = fault(request, lambda: self._usual(request))
            if reply is not None:
                return reply
        return self._usual(request)

    def _usual(self, request: Request) -> Reply:
        if request.place == "storage":
            return self._stored(request)
        limited = self._limited()
        if limited and limited[0] < 0:
            return Reply(429, {"RateLimit": f'"resolvers";r=0;t={limited[1]}'}, b"Too Many Requests")
        reply = self._of_hub(request)
        if not limited:
            return reply
        headers = {**reply.headers, "RateLimit": f'"resolvers";r={limited[0]};t={limited[1]}'}
        return Reply(reply.status, headers, reply.body)

    def _limited(self) -> tuple[int, int] | None:
        """What remains of the window after this request, negative where it is refused."""
        if self.rate_limit is None:
            return None
        quota, seconds = self.rate_limit
        with self._lock:
            began, count = self._window
            now = time.monotonic()
            if now >= began + seconds:
                began, count = now, 0
            self._window = (began, count + 1)
        return quota - count - 1, max(1, round(began + seconds - now))

    def _of_hub(self, request: Request) -> Reply:
        path = unquote(request.target.partition("?")[0])
        patterns: dict[str, Callable[..., Reply]] = {
            r"/api/models/([^/]+/[^/]+)/tree/([^/]+)/?": self._tree,
            r"/api/models/([^/]+/[^/]+?)(?:/revision/(.+))?": self._description,
            r"/([^/]+/[^/]+)/raw/([^/]+)/(.+)": self._raw,
            r"/([^/]+/[^/]+)/resolve/([^/]+)/(.+)": self._resolve,
            r"/api/resolve-cache/models/([^/]+/[^/]+)/([^/]+)/(.+)": self._resolve_cache,
        }
        for pattern, serve in patterns.items():
            if match := re.fullmatch(pattern, path):
                return self._repository(request, match[1], serve, match.groups()[1:])
        return Reply(404, {"X-Error-Message": "Sorry, we can't find the page you are looking for."})

    def _repository(self, request: Request, repo_id: str, serve: Callable[..., Reply], rest: Any) -> Reply:
        token = request.headers.get("authorization", "")
        repository = self.repositories.get(repo_id)
        if token and token != f"Bearer {TOKEN}":
            return Reply(401, {"X-Error-Message": "Invalid credentials in Authorization header"})
        if repository is None or (repository.private and not token):
            return Reply(404 if token else 401, {"X-Error-Code": "RepoNotFound"})
        if repository.disabled:
            return Reply(403, {"X-Error-Message": "Access to this resource is disabled."})
        if repository.gated and not token and serve != self._description:
            return Reply(401, {"X-Error-Code": "GatedRepo"})
        return serve(request, repo_id, repository, *rest)

    def _description(self, request: Request, repo_id: str, repository: Repository, revision: str | None) -> Reply:
        if revision not in (None, "main", repository.commit):
            return Reply(404, {"X-Error-Code": "RevisionNotFound"})
        siblings = [_sibling(path, content) for path, content in repository.files.items()]
        document = {
            "id": repo_id,
            "sha": repository.commit,
            "private": repository.private,
            "gated": repository.gated,
            "disabled": False,
            "siblings": siblings,
            **repository.extra,
        }
        return _packed(request, json.dumps(document).encode(), {"Content-Type": "application/json"})

    def _tree(self, request: Request, repo_id: str, repository: Repository, revision: str) -> Reply:
        entries = []
        for path, content in repository.files.items():
            entry = {"type": "file", "path": path, "size": content.size, "oid": content.git_sha1}
            if content.lfs:
                entry["lfs"] = {"oid": content.sha256, "size": content.size, "pointerSize": 134}
            entries.append(entry)
        return _packed(request, json.dumps(entries).encode(), {"Content-Type": "application/json"})

    def _raw(self, request: Request, repo_id: str, repository: Repository, revision: str, path: str) -> Reply:
        content = repository.files.get(path)
        if content is None:
            return Reply(404, {"X-Error-Code": "EntryNotFound", "X-Repo-Commit": repository.commit})
        return _packed(request, content.beginning, {"X-Repo-Commit": repository.commit})

    def _resolve(self, request: Request, repo_id: str, repository: Repository, revision: str, path: str) -> Reply:
        headers = {"X-Repo-Commit": repository.commit}
        content = repository.files.get(path)
        if content is None or revision not in ("main", repository.commit):
            return Reply(404, headers | {"X-Error-Code": "EntryNotFound"})
        headers |= {"X-Linked-Size": str(content.size), "X-Linked-ETag": f'"{_hash(content)}"'}
        if not content.lfs:
            location = f"/api/resolve-cache/models/{repo_id}/{revision}/{quote(path)}?etag=%22{content.git_sha1}%22"
            return Reply(307, headers | {"Location": location}, b"Temporary Redirect.")
        expires = time.time() + self.signed_seconds
        location = f"{self.storage_url}/{repo_id}/{quote(path)}?Expires={expires}&Signature={'s' * 300}"
        return Reply(302, headers | {"Location": location}, b"Found. Redirecting." * 100)

    def _resolve_cache(self, request: Request, _: str, repository: Repository, __: str, path: str) -> Reply:
        content = repository.files[path]
        headers = {"X-Repo-Commit": repository.commit, "ETag": f'"{content.git_sha1}"'}
        if request.range:
            return ranged(request, content, headers)
        return _packed(request, content.beginning, headers)

    def _stored(self, request: Request) -> Reply:
        path, _, query = request.target.partition("?")
        if float(parse_qs(query).get("Expires", ["0"])[0]) < time.time():
            return Reply(403, {"Content-Type": "application/xml"}, b"<Error><Code>AccessDenied</Code></Error>")
        org, name, inner = unquote(path).lstrip("/").split("/", 2)
        content = self.repositories[f"{org}/{name}"].files[inner]
        return ranged(request, content, {"ETag": f'"{content.sha256}"', "Accept-Ranges": "bytes"})


def ranged(request: Request, content: Content, headers: Mapping[str, str]) -> Reply:
    """206 with the range that is asked for, 416 beyond the end, 200 without one."""
    if request.range is None:
        return Reply(200, headers, content.slice(0, content.size))
    start, stop = request.range
    if start >= content.size:
        return Reply(416, {**headers, "Content-Range": f"bytes */{content.size}"})
    stop = min(stop, content.size)
    told = {"Content-Range": f"bytes {start}-{stop - 1}/{content.size}"}
    return Reply(206, {**headers, **told}, content.slice(start, stop))


def _hash(content: Content) -> str:
    return content.sha256 if content.lfs else content.git_sha1


def _sibling(path: str, content: Content) -> dict[str, Any]:
    entry: dict[str, Any] = {"rfilename": path, "size": content.size, "blobId": content.git_sha1}
    if content.lfs:
        entry["lfs"] = {"sha256": content.sha256, "size": content.size, "pointerSize": 134}
    return entry


def _packed(request: Request, body: bytes, headers: Mapping[str, str]) -> Reply:
    if len(body) > 1000 and "gzip" in request.headers.get("accept-encoding", ""):
        return Reply(200, {**headers, "Content-Encoding": "gzip"}, gzip.compress(body, 1))
    return Reply(200, headers, body)


def _kind(place: str, target: str) -> str:
    if place == "storage":
        return "storage"
    if target.startswith("/api/resolve-cache/"):
        return "resolve-cache"
    return "description" if target.startswith("/api/") else "resolve"


def _head_of(reply: Reply) -> bytes:
    lines = [f"HTTP/1.1 {reply.status} Whatever", *(f"{name}: {value}" for name, value in reply.headers.items())]
    if "Transfer-Encoding" not in reply.headers and "Content-Length" not in reply.headers:
        lines.append(f"Content-Length: {len(reply.body)}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def listen(hub: HubServer, place: str) -> ThreadingHTTPServer:
    """A server on a free port that answers as the hub or as its storage; it does not serve yet."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            reply = hub.answer(Request(place, _kind(place, self.path), self.path, headers))
            time.sleep(hub.latency_seconds + reply.delay_seconds)
            with suppress(OSError):
                self._send(reply)

        def do_HEAD(self) -> None:
            self.do_GET()

        def _send(self, reply: Reply) -> None:
            if reply.script is not None:
                self.close_connection = True
                return reply.script(self.connection)
            if reply.reset and reply.cut is None:
                return self._cut_off(reply)
            body = b"" if self.command == "HEAD" else reply.body[: reply.cut]
            self.wfile.write(_head_of(reply) + body)
            with hub._lock:
                hub.bytes_sent += len(body)
            return self._cut_off(reply) if reply.cut is not None else None

        def _cut_off(self, reply: Reply) -> None:
            self.close_connection = True
            self.wfile.flush()
            if reply.reset:
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
                self.connection.close()

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 128

        def handle_error(self, request: Any, client_address: Any) -> None:
            """A client that goes away is what some tests are about."""

    return Server(("127.0.0.1", 0), Handler)
