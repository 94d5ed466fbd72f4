"""Requests to the Hub: one for a repository's description, one and a redirect for a file's bytes.

The token goes to the Hub's own origin and nowhere else. Every answer that names a commit, size or hash is held
against the description.
"""

import re
from collections.abc import Mapping
from urllib.parse import quote

from inspector.errors import AccessDenied, CannotLook, RefusedRedirect
from inspector.sources.base import SourceFile
from inspector.sources.hub_errors import refusal
from inspector.sources.hub_listing import MOST_LISTING_BYTES, Listing, is_commit, parse_listing
from inspector.sources.hub_settings import HubSettings
from inspector.sources.hub_target import HubTarget, is_repo_id
from inspector.sources.network.pacing import Pacer, parse_rate_limit
from inspector.sources.network.ranges import contradiction, receive_whole, refused
from inspector.sources.network.redirects import MOST_HOPS, STATUSES, next_url, too_many
from inspector.sources.network.retry import RETRIED_STATUSES, Transient, naming, persist
from inspector.sources.network.transport import Answer, Transport
from inspector.sources.network.urls import Url, parse_url, quoted_path

_CONTENT = frozenset({200, 206, 416})
_HASH = re.compile(r'(?:W/)?"?([0-9a-f]{40}|[0-9a-f]{64})"?')
_SIZE = re.compile(r"[0-9]{1,19}")
_RESET_SLACK_SECONDS = 0.5


class HubClient:
    """One repository on one endpoint."""

    def __init__(self, target: HubTarget, settings: HubSettings) -> None:
        self.endpoint = parse_url(settings.endpoint.rstrip("/"))
        self.transport = Transport(self.endpoint.origin, settings.network)
        self._target = target
        self._token = settings.token
        self._buckets = {"api": Pacer(settings.say), "resolvers": Pacer(settings.say)}
        self._places: dict[str, Url] = {}
        self._repo_id = target.repo_id
        self._denied: Answer | None = None

    def listing(self) -> Listing:
        """The repository at the target's revision: one request, and files are then asked for by its present name."""
        try:
            listing = persist(self._target.ref, self.transport.patience, self.transport.run, self._listing_once)
        except CannotLook as error:
            raise naming(self._target.ref, error) from None
        if is_repo_id(listing.facts.repo_id):
            self._repo_id = listing.facts.repo_id
        return listing

    def open_file(self, subject: str, commit: str, file: SourceFile, headers: Mapping[str, str]) -> Answer:
        """An answer with content of a file at a commit, by the address it had last if there is one.

        Raises `Transient`, or `CannotLook` where the Hub refuses or the redirect must not be followed.
        """
        if self._denied is not None:
            raise self._refusal(subject, self._denied)
        place = self._places.pop(file.path, None)
        answer = self.transport.get(place, headers) if place else self._resolve(subject, commit, file, headers)
        if answer.status in _CONTENT:
            if place:
                self._places[file.path] = place
            return answer
        with answer:
            if answer.status in (400, 401, 403, 404, 410):
                raise Transient(f"its storage answered {answer.status}", wait_seconds=0.0)
            raise refused(answer)

    def _listing_once(self) -> Listing:
        target, ref = self._target, self._target.ref
        revision = f"/revision/{quote(target.revision, safe='')}" if target.revision else ""
        url = self._url(f"/api/{target.kind}/{quoted_path(target.repo_id)}{revision}?blobs=true&securityStatus=true")
        for _ in range(MOST_HOPS + 1):
            with self._get_from_hub(ref, url, {"Accept-Encoding": "gzip"}) as answer:
                if answer.status == 200:
                    listing = parse_listing(ref, receive_whole(answer, ref, MOST_LISTING_BYTES))
                    _demand_commit(target.revision, listing)
                    return listing
                if answer.status not in STATUSES:
                    raise self._refusal(ref, answer)
                url = next_url(ref, url, answer.headers.get("location", ""))
            if url.origin != self.endpoint.origin:
                hint = "If that server is meant, name it in HF_ENDPOINT."
                raise RefusedRedirect(f"{ref}: a redirect of the Hub to {url.origin} is refused.", hint=hint)
        raise too_many(ref)

    def _resolve(self, subject: str, commit: str, file: SourceFile, headers: Mapping[str, str]) -> Answer:
        prefix = "" if self._target.kind == "models" else f"/{self._target.kind}"
        url = self._url(f"{prefix}/{quoted_path(self._repo_id)}/resolve/{commit}/{quoted_path(file.path)}")
        for _ in range(MOST_HOPS + 1):
            at_hub = url.origin == self.endpoint.origin
            answer = self._get_from_hub(subject, url, headers) if at_hub else self.transport.get(url, headers)
            if answer.status not in STATUSES:
                return self._arrived(subject, commit, file, url, answer)
            with answer:
                if at_hub:
                    _demand_provenance(commit, file, answer.headers)
                url = next_url(subject, url, answer.headers.get("location", ""))
        raise too_many(subject)

    def _arrived(self, subject: str, commit: str, file: SourceFile, url: Url, answer: Answer) -> Answer:
        if url.origin != self.endpoint.origin:
            if answer.status in _CONTENT:
                self._places[file.path] = url
            return answer
        try:
            if answer.status not in _CONTENT:
                raise self._refusal(subject, answer)
            _demand_provenance(commit, file, answer.headers)
        except (Transient, CannotLook):
            answer.finish()
            raise
        return answer

    def _refusal(self, subject: str, answer: Answer) -> Transient | CannotLook:
        if answer.status in RETRIED_STATUSES:
            limit = parse_rate_limit(answer.headers)
            if answer.status == 429 and limit and limit.left == 0:
                wait = limit.seconds + _RESET_SLACK_SECONDS
                return Transient("the server's request limit is used up", wait_seconds=wait)
            return refused(answer)
        if answer.status == 403 and not {"x-error-code", "x-error-message"} & answer.headers.keys():
            # Not the Hub's own word, but of something before it: it may not last.
            return Transient("the server denies access (403)", costly=True, becomes=AccessDenied)
        error = refusal(subject, answer.status, answer.headers, has_token=bool(self._token))
        if isinstance(error, AccessDenied):
            self._denied = answer
        return error

    def _get_from_hub(self, subject: str, url: Url, headers: Mapping[str, str]) -> Answer:
        resolves = "/resolve/" in url.path or "/resolve-cache/" in url.path
        pacer = self._buckets["resolvers" if resolves else "api"]
        own = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        pacer.enter(subject, self.transport.run)
        limit = None
        try:
            answer = self.transport.get(url, {**headers, **own})
            limit = parse_rate_limit(answer.headers)
            return answer
        finally:
            pacer.leave(limit)

    def _url(self, target: str) -> Url:
        return Url(self.endpoint.origin, self.endpoint.target.rstrip("/") + target)


def _demand_commit(revision: str, listing: Listing) -> None:
    """Where a commit is asked for, the description is of that commit."""
    if is_commit(revision) and listing.facts.commit != revision:
        raise contradiction(f"described at commit {listing.facts.commit}, not at {revision}")


def _demand_provenance(commit: str, file: SourceFile, headers: Mapping[str, str]) -> None:
    """The commit, size and hash that the Hub tells with a file are those of its description, where it tells any."""
    if headers.get("x-repo-commit", commit) != commit:
        raise contradiction(f"served from another commit than {commit}")
    told_size = _SIZE.fullmatch(headers.get("x-linked-size", ""))
    if told_size and int(told_size[0]) != file.bytes:
        raise contradiction(
            f"{file.bytes:,} bytes as the repository is described, {int(told_size[0]):,} as it is served"
        )
    match = _HASH.fullmatch(headers.get("x-linked-etag", ""))
    expected = file.sha256 or file.git_sha1
    if match and len(match[1]) == len(expected) and match[1] != expected:
        raise contradiction("served with another hash than the repository's description promises")
