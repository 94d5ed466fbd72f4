"""`oci://registry[:port]/repository[:tag][@digest]`, taken apart and checked before anything is asked for."""

import hashlib
import re
from typing import Final

from inspector.errors import UsageError
from inspector.sources.network.addresses import Reach, reach_of_name
from inspector.sources.network.urls import Origin, parse_url
from inspector.values import frozen, replace

PREFIX: Final = "oci://"
#: What Docker calls its own registry, and where that answers.
DOCKER_HUB: Final = "docker.io"
DOCKER_HUB_NAMES: Final = frozenset({DOCKER_HUB, "index.docker.io", "registry-1.docker.io"})
_DOCKER_HUB_HOST: Final = "registry-1.docker.io"

_REGISTRY: Final = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9.\-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")
_PART: Final = r"[a-z0-9]+(?:[._\-]+[a-z0-9]+)*"
_REPOSITORY: Final = re.compile(rf"{_PART}(?:/{_PART})*")
_TAG: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._\-]{0,127}")
_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}")
_MOST_CHARS: Final = 512
_HINT: Final = "Write oci://registry/repository:tag, or @sha256:… in place of the tag."


@frozen
class Reference:
    """A manifest in a registry; `digest` wins over `tag`, and without both the tag is "latest"."""

    registry: str
    repository: str
    tag: str = ""
    digest: str = ""

    def __str__(self) -> str:
        tag, digest = f":{self.tag}" if self.tag else "", f"@{self.digest}" if self.digest else ""
        return f"{PREFIX}{self.name}{tag}{digest}"

    @property
    def name(self) -> str:
        return f"{self.registry}/{self.repository}"

    @property
    def asked(self) -> str:
        """What the manifest is asked for by."""
        return self.digest or self.tag or "latest"

    @property
    def origin(self) -> Origin:
        """Where the registry answers: without TLS on this machine only, as docker does."""
        host = _DOCKER_HUB_HOST if self.registry in DOCKER_HUB_NAMES else self.registry
        secured = parse_url(f"https://{host}").origin
        if reach_of_name(secured.host) is not Reach.LOOPBACK:
            return secured
        return parse_url(f"http://{host}").origin

    @property
    def served_repository(self) -> str:
        """The repository as its registry names it: Docker's own images have a namespace that nobody writes."""
        official = self.registry in DOCKER_HUB_NAMES and "/" not in self.repository
        return f"library/{self.repository}" if official else self.repository


def parse_reference(target: str, revision: str = "") -> Reference:
    """The reference that `target` writes, at `revision` (a tag or a digest) where one is given. Raises `UsageError`."""
    text, at, digest = target.removeprefix(PREFIX).partition("@")
    registry, slash, rest = text.partition("/")
    repository, colon, tag = rest.partition(":")
    given = Reference(registry=registry, repository=repository, tag=tag, digest=digest)
    checks = (
        (len(target) <= _MOST_CHARS, "it is too long"),
        (bool(slash and _is_registry(registry)), f"{registry[:80]!r} names no registry"),
        (bool(_REPOSITORY.fullmatch(repository)), f"{repository[:80]!r} is no repository"),
        (not colon or bool(_TAG.fullmatch(tag)), f"{tag[:80]!r} is no tag"),
        (not at or is_digest(digest), f"{digest[:80]!r} is no digest"),
    )
    for right, problem in checks:
        if not right:
            on_hub = (
                f" On Docker Hub it is {PREFIX}{DOCKER_HUB}/{text[:80]}." if "registry" in problem and slash else ""
            )
            raise UsageError(f"{target[:_MOST_CHARS]}: {problem}.", hint=f"{_HINT}{on_hub}")
    return _at(given, revision) if revision else given


def is_digest(text: str) -> bool:
    """A SHA-256 or SHA-512 digest as registries write it."""
    return bool(_DIGEST.fullmatch(text))


def digest_of(data: bytes, like: str = "sha256:") -> str:
    """The digest of some bytes, by the algorithm of the digest `like`."""
    algorithm = "sha512" if like.startswith("sha512:") else "sha256"
    return f"{algorithm}:{hashlib.new(algorithm, data).hexdigest()}"


def _is_registry(text: str) -> bool:
    """A host: docker takes a first part without a dot or a port for a namespace of its own registry."""
    host = bool(_REGISTRY.fullmatch(text)) and (text == "localhost" or "." in text or ":" in text)
    if not host:
        return False
    try:
        parse_url(f"https://{text}")
    except ValueError:
        return False
    return True


def _at(given: Reference, revision: str) -> Reference:
    if revision in (given.tag, given.digest):
        return given
    if given.tag or given.digest:
        raise UsageError(f"{given}: it names {given.asked}, and {revision} is asked for.")
    if is_digest(revision):
        return replace(given, digest=revision)
    if _TAG.fullmatch(revision):
        return replace(given, tag=revision)
    raise UsageError(f"{given}: {revision[:80]!r} is neither a tag nor a digest.", hint=_HINT)
