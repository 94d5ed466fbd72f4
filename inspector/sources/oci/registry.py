"""Requests to a registry: a token where it asks for one, the manifest, ranges of blobs from wherever it keeps them.

A login goes to the registry and to the token service that it names, a token to the registry's own scheme, host and
port; neither follows a redirect to another place.
"""

import threading
from collections.abc import Mapping
from typing import Final

from inspector.errors import AccessDenied, CannotLook, NotFound, Unreachable
from inspector.sources.network.ranges import contradiction, receive_whole, refused
from inspector.sources.network.redirects import MOST_HOPS, STATUSES, next_url, too_many
from inspector.sources.network.retry import RETRIED_STATUSES, Transient, naming, persist
from inspector.sources.network.settings import Network
from inspector.sources.network.transport import Answer, Transport
from inspector.sources.network.urls import Url
from inspector.sources.oci.challenge import (
    MOST_ANSWER_BYTES,
    Login,
    parse_challenge,
    parse_token,
    token_url,
)
from inspector.sources.oci.manifest import MEDIA_TYPES, MOST_MANIFEST_BYTES
from inspector.sources.oci.reference import Reference, digest_of, is_digest

_CONTENT: Final = frozenset({200, 206, 416})
_REFUSALS: Final = frozenset({400, 401, 403, 404, 410})


class Registry:
    """One repository of one registry; safe to share between threads."""

    def __init__(self, reference: Reference, network: Network, login: Login) -> None:
        self.reference = reference
        self.transport = Transport(reference.origin, network)
        self._login = login
        self._lock = threading.Lock()
        self._authorization = f"Bearer {login.token}" if login.token else ""
        self._places: dict[str, Url] = {}

    def manifest(self, asked: str) -> tuple[bytes, str]:
        """The manifest by tag or digest, and its digest, which its bytes have. Raises `CannotLook`."""
        subject = str(self.reference)
        try:
            with self.transport.run.reading():
                return persist(
                    subject, self.transport.patience, self.transport.run, lambda: self._manifest_once(subject, asked)
                )
        except Unreachable as error:
            raise naming(subject, error) from None

    def open_blob(self, subject: str, digest: str, headers: Mapping[str, str]) -> Answer:
        """An answer with content of a blob, by the address it had last if there is one.

        Raises `Transient`, or `CannotLook` where the registry refuses or the redirect must not be followed.
        """
        place = self._places.get(digest)
        if place is None:
            return self._resolve(subject, f"blobs/{digest}", headers, digest)
        answer = self.transport.get(place, headers)
        if answer.status in _CONTENT:
            return answer
        with answer:
            self._places.pop(digest, None)
            if answer.status in _REFUSALS:
                raise Transient(f"its storage answered {answer.status}", wait_seconds=0.0)
            raise refused(answer)

    def _manifest_once(self, subject: str, asked: str) -> tuple[bytes, str]:
        headers = {"Accept": ", ".join(MEDIA_TYPES), "Accept-Encoding": "identity"}
        with self._resolve(subject, f"manifests/{asked}", headers) as answer:
            data = receive_whole(answer, subject, MOST_MANIFEST_BYTES)
            told = answer.headers.get("docker-content-digest", "")
        if is_digest(asked) and digest_of(data, asked) != asked:
            raise contradiction("its manifest is not what its digest promises")
        if is_digest(told) and digest_of(data, told) != told:
            raise contradiction("its manifest is not what the registry's digest of it promises")
        return data, asked if is_digest(asked) else digest_of(data)

    def _resolve(self, subject: str, what: str, headers: Mapping[str, str], digest: str = "") -> Answer:
        """The answer at the end of the registry's redirects; a blob's place is noted."""
        url = Url(self.reference.origin, f"/v2/{self.reference.served_repository}/{what}")
        for _ in range(MOST_HOPS + 1):
            at_home = url.origin == self.reference.origin
            answer = self._get_from_home(subject, url, headers) if at_home else self.transport.get(url, headers)
            if answer.status not in STATUSES:
                break
            with answer:
                url = next_url(subject, url, answer.headers.get("location", ""))
        else:
            raise too_many(subject)
        if answer.status in _CONTENT:
            if digest and not at_home:
                self._places[digest] = url
            return answer
        with answer:
            if not at_home or answer.status in RETRIED_STATUSES:
                raise refused(answer)
            raise self._refusal(subject, answer.status)

    def _get_from_home(self, subject: str, url: Url, headers: Mapping[str, str]) -> Answer:
        """With the authorization that there is; where the registry asks for another, with that, once."""
        used = self._authorization
        answer = self.transport.get(url, self._with(headers, used))
        if answer.status != 401:
            return answer
        with answer:
            header = answer.headers.get("www-authenticate", "")
        with self._lock:
            if self._authorization == used:
                self._authorization = self._authorize(subject, header)
            authorization = self._authorization
        return self.transport.get(url, self._with(headers, authorization))

    def _authorize(self, subject: str, header: str) -> str:
        """What a challenge asks for. Raises `AccessDenied` where there is nothing to answer it with."""
        challenge = parse_challenge(header)
        if challenge is None or (challenge.scheme == "basic" and not self._login.basic):
            raise self._refusal(subject, 401)
        if challenge.scheme == "basic":
            return self._login.basic
        reference = self.reference
        url = token_url(subject, reference.origin, challenge, reference.served_repository)
        headers = {"Accept-Encoding": "identity", **self._with({}, self._login.basic)}
        with self.transport.get(url, headers) as answer:
            if answer.status == 200:
                return f"Bearer {parse_token(subject, receive_whole(answer, subject, MOST_ANSWER_BYTES))}"
            if answer.status in RETRIED_STATUSES:
                raise refused(answer)
            if self._login.basic and answer.status in (400, 401, 403):
                hint = f"Log in again: docker login {reference.registry}"
                raise AccessDenied(f"{subject}: the registry does not accept the login.", hint=hint)
            raise self._refusal(subject, answer.status)

    def _refusal(self, subject: str, status: int) -> CannotLook:
        """The error that a status of the registry stands for."""
        registry, login = self.reference.registry, self._login
        log_in = login.note or f"Log in with `docker login {registry}`."
        has_login = bool(login.basic or login.token)
        if status in (404, 410):
            return NotFound(
                f"{subject}: the registry has no such thing ({status}).", hint="Check the name and the tag."
            )
        if status in (401, 403) and has_login:
            return AccessDenied(f"{subject}: the registry denies access to this login.", hint="Check the name.")
        if status in (401, 403):
            missing = "no such repository, or it needs a login"
            return AccessDenied(f"{subject}: {missing}.", hint=f"Check the name. {log_in}")
        return Unreachable(f"{subject}: the registry answered {status}.")

    @staticmethod
    def _with(headers: Mapping[str, str], authorization: str) -> dict[str, str]:
        return {**headers, "Authorization": authorization} if authorization else dict(headers)
