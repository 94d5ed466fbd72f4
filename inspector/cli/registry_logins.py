"""Logins at container registries, from where docker and podman keep them. No credential helper is ever run."""

import os
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from inspector.sources.oci.challenge import Login

_MOST_BYTES = 4 * 1024 * 1024


def find_login(registry: str, repository: str = "") -> "Login":
    """What is known of an account at a registry: the first file that has an entry for it, as docker and podman look.

    DOCKER_AUTH_CONFIG holds the content of such a file; DOCKER_CONFIG names the folder of docker's, REGISTRY_AUTH_FILE
    podman's.
    """
    from inspector.sources.oci.challenge import Login
    from inspector.sources.oci.reference import DOCKER_HUB_NAMES

    names = DOCKER_HUB_NAMES if registry in DOCKER_HUB_NAMES else frozenset({registry})
    note = ""
    for document in _documents():
        entry = _entry_of(document.get("auths"), names, repository)
        login = _login_of(entry)
        if login.basic or login.token:
            return login
        note = note or login.note or _helper_note(document, names)
    return Login(note=note)


def _documents() -> Iterator[Mapping[str, Any]]:
    """The configurations that there are, in the order in which they count."""
    import json

    for text in _texts():
        try:
            document = json.loads(text)
        except (ValueError, RecursionError):
            continue
        if isinstance(document, dict):
            yield document


def _texts() -> Iterator[str | bytes]:
    yield os.environ.get("DOCKER_AUTH_CONFIG", "")
    for path in _paths():
        try:
            with open(path, "rb") as file:
                yield file.read(_MOST_BYTES)
        except OSError:
            continue


def _paths() -> Iterator[str]:
    home, given, runtime = os.path.expanduser("~"), os.environ.get("REGISTRY_AUTH_FILE"), "XDG_RUNTIME_DIR"
    if given:
        yield given
    yield os.path.join(os.environ.get("DOCKER_CONFIG") or os.path.join(home, ".docker"), "config.json")
    if os.environ.get(runtime):
        yield os.path.join(os.environ[runtime], "containers", "auth.json")
    yield os.path.join(os.environ.get("XDG_CONFIG_HOME") or os.path.join(home, ".config"), "containers", "auth.json")


def _entry_of(auths: object, names: frozenset[str], repository: str) -> Mapping[str, Any]:
    """The entry for a registry, podman's for a namespace of it before the one for all of it."""
    best: tuple[int, Mapping[str, Any]] = (-1, {})
    for key, entry in auths.items() if isinstance(auths, dict) else ():
        host, _, path = _plain(str(key)).partition("/")
        fits = not path or repository == path or repository.startswith(f"{path}/")
        if host in names and fits and isinstance(entry, dict) and len(path) > best[0]:
            best = (len(path), entry)
    return best[1]


def _plain(key: str) -> str:
    """A key without what docker writes around the host: `https://index.docker.io/v1/`."""
    key = key.partition("://")[2] or key
    return key.rstrip("/").removesuffix("/v1").removesuffix("/v2")


def _login_of(entry: Mapping[str, Any]) -> "Login":
    import base64

    from inspector.sources.oci.challenge import Login

    token, auth = entry.get("registrytoken"), entry.get("auth")
    if isinstance(token, str) and token.isascii() and token.isprintable() and " " not in token:
        return Login(token=token)
    if entry.get("identitytoken"):
        return Login(note="The stored login for this registry is an identity token, which is not sent.")
    if isinstance(auth, str) and auth:
        try:
            name, colon, password = base64.b64decode(auth, validate=True).decode("utf-8").partition(":")
        except ValueError:
            return Login(note="The stored login for this registry is no base64 of name and password.")
        if colon and name:
            return Login(username=name, password=password.rstrip("\0"))
    given, secret = entry.get("username"), entry.get("password")
    if isinstance(given, str) and isinstance(secret, str) and given:
        return Login(username=given, password=secret)
    return Login()


def _helper_note(document: Mapping[str, Any], names: frozenset[str]) -> str:
    """Why no login is known where a program keeps it."""
    helpers = document.get("credHelpers")
    named = {_plain(str(key)): value for key, value in helpers.items()} if isinstance(helpers, dict) else {}
    helper = next((named[name] for name in names if name in named), document.get("credsStore"))
    if not isinstance(helper, str) or not helper:
        return ""
    kept = f"docker-credential-{helper[:40]} keeps the logins of this registry, and it is not run"
    return f"{kept}: give one in DOCKER_AUTH_CONFIG."
