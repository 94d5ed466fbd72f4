"""How remote targets are reached, from the environment: the variables that huggingface_hub knows, and proxies."""

import os
import sys
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from inspector.cli.registry_logins import find_login
from inspector.errors import UsageError
from inspector.sources.header_cache import HeaderCache
from inspector.sources.hub_settings import HubSettings
from inspector.sources.hub_target import DEFAULT_ENDPOINT
from inspector.sources.network.settings import USER_AGENT, Network, Patience
from inspector.sources.network.urls import parse_url


def remote_settings(
    *,
    offline: bool = False,
    no_cache: bool = False,
    anonymous: bool = False,
    timeout_seconds: float = 0.0,
    parallel_reads: int = 0,
    say: Callable[[str], None] | None = None,
) -> HubSettings:
    """Endpoint, token, cache folder and offline mode as huggingface_hub has them; 0 keeps a default."""
    constants = _constants()
    return HubSettings(
        endpoint=_endpoint(constants.ENDPOINT),
        token=_token(),
        cache_folder=str(constants.HF_HUB_CACHE),
        offline=offline or bool(constants.HF_HUB_OFFLINE),
        anonymous=anonymous,
        header_cache=None if no_cache else HeaderCache(cache_folder()),
        network=network_settings(timeout_seconds=timeout_seconds, parallel_reads=parallel_reads),
        say=say,
        registry_login=find_login,
    )


def network_settings(*, timeout_seconds: float = 0.0, parallel_reads: int = 0) -> Network:
    """Proxies and certificates as for the Hub's client."""
    proxies, no_proxy = _proxies()
    usual = Network()
    return Network(
        proxies=proxies,
        no_proxy=no_proxy,
        ca_file=os.environ.get("SSL_CERT_FILE") or os.environ.get("REQUESTS_CA_BUNDLE") or "",
        ca_folder=os.environ.get("SSL_CERT_DIR", ""),
        user_agent=USER_AGENT,
        parallel_reads=parallel_reads or usual.parallel_reads,
        patience=_patience(timeout_seconds),
    )


def free_bytes() -> int | None:
    """Free bytes on the disk of huggingface_hub's cache, or of the nearest folder above that exists."""
    from shutil import disk_usage

    folder = os.path.abspath(_constants().HF_HUB_CACHE)
    while not os.path.isdir(folder) and os.path.dirname(folder) != folder:
        folder = os.path.dirname(folder)
    try:
        return disk_usage(folder).free
    except OSError:
        return None


def cache_folder() -> str:
    """Where headers are kept: INSPECTOR_CACHE_DIR, else the system's folder for caches."""
    chosen = os.environ.get("INSPECTOR_CACHE_DIR")
    if chosen:
        return os.path.expanduser(chosen)
    return os.path.join(_system_cache_folder(), "safetensors-inspector")


def _system_cache_folder() -> str:
    home = os.path.expanduser("~")
    if sys.platform == "win32":
        return os.environ.get("LOCALAPPDATA") or os.path.join(home, "AppData", "Local")
    if sys.platform == "darwin":
        return os.path.join(home, "Library", "Caches")
    return os.environ.get("XDG_CACHE_HOME") or os.path.join(home, ".cache")


def _constants() -> Any:
    """What huggingface_hub reads from the environment. Raises `UsageError` where it reads no sense in it."""
    try:
        from huggingface_hub import constants
    except ValueError as error:
        raise UsageError(
            f"A variable for huggingface_hub makes no sense to it: {error}.", hint="Look at those that begin with HF_."
        ) from None
    return constants


def _endpoint(text: str) -> str:
    endpoint = text.rstrip("/") or DEFAULT_ENDPOINT
    try:
        parse_url(endpoint)
    except ValueError:
        raise UsageError("HF_ENDPOINT is no http or https URL.", hint=f"The usual one is {DEFAULT_ENDPOINT}.") from None
    return endpoint


def _token() -> str:
    """The token that huggingface_hub would send, "" for none. Raises `UsageError` for a text that none can be."""
    token = _stored_token(_constants())
    if not (token.isascii() and token.isprintable()):
        raise UsageError("The token in HF_TOKEN, or of the stored login, holds characters that no token has.")
    return token


def _stored_token(constants: Any) -> str:
    """Its own function is asked only where a login is stored: it loads an HTTP client of its own, which takes
    longer than everything else here.
    """
    if constants.HF_HUB_DISABLE_IMPLICIT_TOKEN:
        return ""
    given = os.environ.get("HF_TOKEN") or os.environ.get("HUGGING_FACE_HUB_TOKEN")
    oidc = os.environ.get("HF_OIDC_RESOURCE")
    if given and not oidc:
        return "".join(given.split())
    if not oidc and not os.path.isfile(constants.HF_TOKEN_PATH) and "google.colab" not in sys.modules:
        return ""
    from huggingface_hub import get_token

    return get_token() or ""


def _proxies() -> tuple[Mapping[str, str], tuple[str, ...]]:
    found = _system_proxies() if sys.platform in ("win32", "darwin") else _environment_proxies()
    no_proxy = tuple(host.strip().lower() for host in found.pop("no", "").split(",") if host.strip())
    chosen = {scheme: url for scheme, url in found.items() if scheme in ("http", "https", "all") and url}
    return MappingProxyType({} if "*" in no_proxy else chosen), no_proxy


def _system_proxies() -> dict[str, str]:
    from urllib.request import getproxies

    return getproxies()


def _environment_proxies() -> dict[str, str]:
    """What urllib finds where there are only variables, without its import; lower case wins."""
    found: dict[str, str] = {}
    for name in sorted(os.environ):
        if name.lower().endswith("_proxy") and os.environ[name]:
            found[name.lower().removesuffix("_proxy")] = os.environ[name]
    return found


def _patience(timeout_seconds: float) -> Patience:
    usual = Patience()
    asked = os.environ.get("HF_HUB_DOWNLOAD_TIMEOUT", "")
    answer = float(asked) if asked.isdigit() and int(asked) > 0 else usual.answer_seconds
    return Patience(
        answer_seconds=answer,
        total_seconds=timeout_seconds or usual.total_seconds,
        extended_by_bytes=not timeout_seconds,
    )
