"""One file behind an http or https URL, read by ranges; the first answer tells its size and holds its beginning."""

import threading
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any
from urllib.parse import unquote

from inspector.errors import AccessDenied, CannotLook, NotFound, Unsupported
from inspector.model import ReadCost, Target
from inspector.paths import name_of
from inspector.sources.base import Needed, SourceFile
from inspector.sources.hub_listing import is_inside
from inspector.sources.network.fetching import fetch_range
from inspector.sources.network.ranges import Received, range_header
from inspector.sources.network.redirects import MOST_HOPS, STATUSES, next_url, too_many
from inspector.sources.network.retry import naming
from inspector.sources.network.settings import Network
from inspector.sources.network.transport import Answer, Transport
from inspector.sources.network.urls import Url, parse_url
from inspector.sources.network.window import FIRST_WINDOW_BYTES

_INDEX_SUFFIX = ".index.json"


def parse_http_target(text: str) -> Url | None:
    """The URL that `text` is, None where it is no http or https URL."""
    if not text.lower().startswith(("http://", "https://")):
        return None
    try:
        return parse_url(text)
    except ValueError:
        return None


class HttpSource:
    """A single file. No credential is ever sent; a redirect is followed to public addresses only."""

    parallel_reads = 1

    def __init__(self, url: Url, network: Network) -> None:
        name = unquote(name_of(url.path))
        self.focus = name if name and is_inside(name) else "file.safetensors"
        self.target = Target(kind="http", ref=str(url))
        self.facts: Mapping[str, Any] = MappingProxyType({})
        self._url = url
        self._place = url
        self._transport = Transport(url.origin, network)
        self._lock = threading.Lock()
        self._first: Received | None = None

    def list_files(self) -> Sequence[SourceFile]:
        if self.focus.endswith(_INDEX_SUFFIX):
            raise Unsupported(
                f"{self.target.ref}: what an index names cannot be listed behind a URL.",
                hint="Name one of its files, or the Hub repository, bucket or folder that holds them.",
            )
        return [SourceFile(path=self.focus, bytes=self._beginning().total_bytes)]

    def size_bytes(self, path: str) -> int:
        self._demand_known(path)
        return self._beginning().total_bytes

    def read(self, path: str, start: int, stop: int) -> bytes:
        self._demand_known(path)
        first = self._beginning()
        stop = min(stop, first.total_bytes)
        if stop <= len(first.data):
            return first.data[start:stop]
        return self._fetch(start, stop, first).data

    def read_beginning(self, path: str, needed: Needed) -> bytes:
        self._demand_known(path)
        first = self._beginning()
        wanted = min(needed(first.data), first.total_bytes)
        if wanted <= len(first.data):
            return first.data
        return first.data + self._fetch(len(first.data), wanted, first).data

    def cost(self) -> ReadCost:
        return self._transport.cost()

    def close(self) -> None:
        self._transport.close()

    def _demand_known(self, path: str) -> None:
        if path != self.focus:
            raise NotFound(f"{path}: not what {self.target.ref} names.")

    def _beginning(self) -> Received:
        with self._lock:
            if self._first is None:
                self._first = self._fetch(0, FIRST_WINDOW_BYTES, None)
            return self._first

    def _fetch(self, start: int, stop: int, before: Received | None) -> Received:
        transport = self._transport
        ref, patience = self.target.ref, transport.patience
        try:
            with transport.run.reading():
                return fetch_range(ref, self._ask, start, stop, patience=patience, halt=transport.run, before=before)
        except CannotLook as error:
            raise naming(ref, error) from None

    def _ask(self, start: int, stop: int) -> Answer:
        """By the address that the last redirect led to; by the first one again where that no longer answers."""
        url, self._place = self._place, self._url
        for _ in range(MOST_HOPS + 1):
            answer = self._transport.get(url, range_header(start, stop))
            if answer.status not in STATUSES:
                break
            with answer:
                url = next_url(self.target.ref, url, answer.headers.get("location", ""))
        else:
            raise too_many(self.target.ref)
        if answer.status in (200, 206, 416):
            self._place = url
        elif url == self._url and answer.status in (401, 403, 404, 410):
            answer.finish()
            raise _refusal(self.target.ref, answer.status)
        return answer


def _refusal(ref: str, status: int) -> CannotLook:
    if status in (404, 410):
        return NotFound(f"{ref}: nothing is there ({status}).", hint="Check the address.")
    return AccessDenied(
        f"{ref}: the server denies access ({status}).", hint="Only addresses that need no login are read."
    )
