"""Where a redirect may lead: http and https only, never from https to http."""

from inspector.errors import CannotLook, RefusedRedirect
from inspector.sources.network.urls import Url, join_url

STATUSES = frozenset({301, 302, 303, 307, 308})
MOST_HOPS = 5


def next_url(subject: str, base: Url, location: str) -> Url:
    """The URL a redirect names. Raises `RefusedRedirect` where it leads to another scheme or nowhere."""
    if not location.strip():
        raise RefusedRedirect(f"{subject}: a redirect that names no place.")
    try:
        url = join_url(base, location)
    except ValueError:
        raise RefusedRedirect(f"{subject}: a redirect to something other than http or https is refused.") from None
    if base.origin.scheme == "https" and url.origin.scheme == "http":
        raise RefusedRedirect(f"{subject}: a redirect from https to http is refused ({url.origin}).")
    return url


def too_many(subject: str) -> CannotLook:
    return RefusedRedirect(f"{subject}: more than {MOST_HOPS} redirects.")
