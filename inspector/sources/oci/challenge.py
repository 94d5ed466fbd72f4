"""How a registry asks for a login, and the login itself: for a token of its token service, or as it is."""

import base64
import json
import re
from typing import Any, Final
from urllib.parse import quote

from inspector.errors import CannotLook, RefusedRedirect
from inspector.sources.network.addresses import Reach, reach_of_name
from inspector.sources.network.urls import Origin, Url, parse_url
from inspector.values import field, frozen

#: What a token service may answer with.
MOST_ANSWER_BYTES: Final = 256 * 1024

_CHALLENGE: Final = re.compile(r"(?:^|,)\s*(bearer|basic)\b(?:\s+|$)(?=[a-z]+\s*=|$)", re.IGNORECASE)
_PARAMETER: Final = re.compile(r'([A-Za-z_]{1,32})\s*=\s*(?:"([^"\\]{0,2048})"|([^\s",]{1,2048}))')
_TOKEN: Final = re.compile(r"[\x21-\x7e]{1,65536}")


@frozen
class Login:
    """What is known of an account at a registry; empty for none. `note` says why there is none where one is meant.

    `token` is sent as it is, in place of one that the registry would give for name and password.
    """

    username: str = ""
    password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    note: str = ""

    @property
    def basic(self) -> str:
        """The value of Authorization for name and password, "" without them."""
        if not self.username:
            return ""
        return f"Basic {base64.b64encode(f'{self.username}:{self.password}'.encode()).decode()}"


@frozen
class Challenge:
    """What an answer 401 asks for: `scheme` "bearer" or "basic", and where tokens are given."""

    scheme: str
    realm: str = ""
    service: str = ""


def parse_challenge(header: str) -> Challenge | None:
    """The challenge of a WWW-Authenticate header that can be answered, a token's before a password's; else None."""
    header = header[:8192]
    found: dict[str, Challenge] = {}
    starts = list(_CHALLENGE.finditer(header))
    ends = [start.start() for start in starts[1:]] + [len(header)]
    for start, end in zip(starts, ends, strict=False):
        text = header[start.end() : end]
        pairs = {name.lower(): quoted or plain for name, quoted, plain in _PARAMETER.findall(text)}
        scheme = start[1].lower()
        found.setdefault(
            scheme, Challenge(scheme=scheme, realm=pairs.get("realm", ""), service=pairs.get("service", ""))
        )
    return found.get("bearer") or found.get("basic")


def token_url(subject: str, home: Origin, challenge: Challenge, repository: str) -> Url:
    """Where a token to read one repository is asked for. Raises `RefusedRedirect` where that would not be safe."""
    try:
        realm = parse_url(challenge.realm)
    except ValueError:
        raise CannotLook(f"{subject}: the registry asks for a token and names no address that gives one.") from None
    near = Reach.LOOPBACK
    if realm.origin.scheme != "https" and not (
        reach_of_name(home.host) is near and reach_of_name(realm.origin.host) is near
    ):
        raise RefusedRedirect(f"{subject}: the registry's logins are without TLS ({realm.origin}); none is sent.")
    scope = f"scope={quote(f'repository:{repository}:pull', safe='')}"
    service = f"service={quote(challenge.service, safe='')}&" if challenge.service else ""
    joint = "&" if "?" in realm.target else "?"
    return Url(realm.origin, f"{realm.target}{joint}{service}{scope}")


def parse_token(subject: str, data: bytes) -> str:
    """The token in a token service's answer. Raises `CannotLook` where there is none that can be sent."""
    try:
        document: Any = json.loads(data)
    except (ValueError, RecursionError):
        document = None
    fields = document if isinstance(document, dict) else {}
    token = fields.get("token") or fields.get("access_token")
    if not isinstance(token, str) or not _TOKEN.fullmatch(token):
        raise CannotLook(f"{subject}: the registry's token service gave no token.")
    return token
