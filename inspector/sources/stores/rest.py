"""S3, Google's and Azure's storage alike: a listing page by page, and ranges of objects under a condition.

What differs (addresses, signatures, the form of a listing) is a `Dialect`.
"""

import re
import time
from collections.abc import Callable, Mapping
from typing import Final, Protocol

from inspector.errors import AccessDenied, CannotLook, ChangedWhileReading, NotFound, RefusedRedirect, Unreachable
from inspector.model import ReadCost
from inspector.sources.network.fetching import fetch_range
from inspector.sources.network.ranges import Received, range_header, receive_whole, refused
from inspector.sources.network.redirects import STATUSES
from inspector.sources.network.retry import RETRIED_STATUSES, Transient, naming, persist
from inspector.sources.network.settings import Network
from inspector.sources.network.transport import Answer, Transport
from inspector.sources.network.urls import Url
from inspector.sources.stores.libraries import told
from inspector.sources.stores.store import MOST_OBJECTS, Stored, too_many
from inspector.values import frozen

#: Objects that one page of a listing is asked to hold.
PAGE_OBJECTS: Final = 1000
MOST_PAGE_BYTES: Final = 4 * 1024 * 1024
#: Pages in a row that promise more and bring nothing.
MOST_EMPTY_PAGES: Final = 100
#: How long a listing may take, and how many objects give it another second.
LISTING_SECONDS: Final = 30.0
OBJECTS_A_SECOND: Final = 100

_MOST_ERROR_BYTES = 4096
_CODE = re.compile(r"[A-Za-z]{1,64}")
_CODE_ELEMENT = re.compile(rb"<Code>([A-Za-z]{1,64})</Code>")
_PLAIN: Final = {"Accept-Encoding": "identity"}
# All others are the store's last word.
_ANSWERS = RETRIED_STATUSES | {200, 206, 416}


@frozen
class Request:
    """What to ask: the address, its query included, and headers that sign it."""

    url: Url
    headers: Mapping[str, str]


@frozen
class Page:
    """A part of a listing; `next_token` asks for the next one, "" after the last."""

    objects: tuple[tuple[str, Stored], ...]
    next_token: str


class Dialect(Protocol):
    """How one kind of store is spoken to; nothing here sends anything."""

    def listing(self, prefix: str, token: str) -> Request:
        """Asks for one page of the objects whose key begins with `prefix`."""
        ...

    def object(self, key: str, identity: str) -> Request:
        """Asks for an object, where `identity` is not "" on condition that it still has that one."""
        ...

    def page(self, data: bytes) -> Page:
        """Reads a page. Raises ValueError, KeyError or TypeError where it is none."""
        ...

    def identity(self, answer: Answer) -> str:
        """What an answer with an object's bytes tells of its content, in the words of the listing."""
        ...

    def moved(self, answer: Answer, body: bytes) -> "Dialect | None":
        """How to ask where an answer says that the bucket lives elsewhere."""
        ...


class RestStore:
    """One bucket or container. Credentials go to the address that the store's library names, and nowhere else.

    `login` says how to get credentials, for those who are denied access.
    """

    def __init__(self, ref: str, dialect: Dialect, network: Network, *, login: str = "") -> None:
        self._ref, self._login = ref, login
        self._dialect = dialect
        self._transport = Transport(dialect.listing("", "").url.origin, network)

    def find(self, prefix: str) -> Mapping[str, Stored]:
        found: dict[str, Stored] = {}
        token, tokens, empty, began = "", {""}, 0, time.monotonic()
        while True:
            page = self._page(prefix, token)
            found.update((key, stored) for key, stored in page.objects if key.startswith(prefix))
            if len(found) > MOST_OBJECTS:
                raise too_many(self._ref)
            token, empty = page.next_token, 0 if page.objects else empty + 1
            if not token:
                return found
            slow = time.monotonic() - began > LISTING_SECONDS + len(found) / OBJECTS_A_SECOND
            if token in tokens or empty > MOST_EMPTY_PAGES or slow:
                raise Unreachable(f"{self._ref}: the store's listing does not come to an end.")
            tokens.add(token)

    def read(self, subject: str, key: str, start: int, stop: int, known: Stored | None) -> Received:
        identity = known.identity if known else ""
        before = Received(data=b"", total_bytes=known.bytes or 0, identity=identity) if known else None

        def ask(start: int, stop: int) -> Answer:
            return self._answer(subject, lambda: self._dialect.object(key, identity), range_header(start, stop))

        transport = self._transport
        try:
            with transport.run.reading():
                return fetch_range(
                    subject,
                    ask,
                    start,
                    stop,
                    patience=transport.patience,
                    halt=transport.run,
                    before=before,
                    identity=lambda answer: self._dialect.identity(answer),
                )
        except CannotLook as error:
            raise naming(subject, error) from None

    def cost(self) -> ReadCost:
        return self._transport.cost()

    def close(self) -> None:
        self._transport.close()

    def _page(self, prefix: str, token: str) -> Page:
        def attempt() -> Page:
            with self._answer(self._ref, lambda: self._dialect.listing(prefix, token), _PLAIN) as answer:
                if answer.status != 200:
                    raise refused(answer)
                data = receive_whole(answer, self._ref, MOST_PAGE_BYTES)
            try:
                return self._dialect.page(data)
            except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
                raise Transient("the store's answer is no listing", costly=True, becomes=CannotLook) from None

        transport = self._transport
        try:
            with transport.run.reading():
                return persist(self._ref, transport.patience, transport.run, attempt)
        except CannotLook as error:
            raise naming(self._ref, error) from None

    def _answer(self, subject: str, request: Callable[[], Request], headers: Mapping[str, str]) -> Answer:
        """An answer that may be believed or asked for again. Raises what a refusal means."""
        answer = self._asked(subject, request, headers)
        if answer.status in _ANSWERS:
            return answer
        with answer:
            body = answer.read(_MOST_ERROR_BYTES)
        elsewhere = told(subject, lambda: self._dialect.moved(answer, body), login=self._login)
        if elsewhere is None:
            raise self._refusal(subject, answer, body)
        self._dialect = elsewhere
        again = self._asked(subject, request, headers)
        if again.status in _ANSWERS:
            return again
        with again:
            raise self._refusal(subject, again, again.read(_MOST_ERROR_BYTES))

    def _asked(self, subject: str, request: Callable[[], Request], headers: Mapping[str, str]) -> Answer:
        asked = told(subject, request, login=self._login)
        return self._transport.get(asked.url, {**asked.headers, **headers})

    def _refusal(self, subject: str, answer: Answer, body: bytes) -> CannotLook:
        said = f"{answer.status} {_code_of(answer, body)}".strip()
        if answer.status in (404, 410):
            return NotFound(f"{subject}: nothing is there ({said}).", hint="Check the bucket and the path.")
        if answer.status == 412:
            return ChangedWhileReading(f"{subject}: the object was replaced since it was listed.")
        if answer.status in STATUSES:
            return RefusedRedirect(f"{subject}: the store leads elsewhere ({said}), which is not followed.")
        if answer.status in (401, 403, 409):
            return AccessDenied(f"{subject}: the store denies access ({said}).", hint=self._login)
        return Unreachable(f"{subject}: the store answered {said}.")


def _code_of(answer: Answer, body: bytes) -> str:
    """The store's own word for an error, "" where it has none."""
    element = _CODE_ELEMENT.search(body)
    word = element[1].decode() if element else answer.headers.get("x-ms-error-code", "")
    return word if _CODE.fullmatch(word) else ""
