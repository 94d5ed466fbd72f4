"""http and https URLs, split so that an origin can be compared and a request line cannot be broken."""

from dataclasses import dataclass
from urllib.parse import quote, urljoin, urlsplit

DEFAULT_PORTS = {"http": 80, "https": 443}

# Everything a URL may hold as it is; what is left (spaces, control and non-ASCII characters) is percent-encoded.
_AS_IS = "!#$%&'()*+,-./:;=?@[]_~"


@dataclass(frozen=True, slots=True)
class Origin:
    """Scheme, host and port: what a credential belongs to."""

    scheme: str
    host: str
    port: int

    @property
    def netloc(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.netloc}"


@dataclass(frozen=True, slots=True)
class Url:
    """An origin and the request target: path and query, percent-encoded ASCII, never a fragment."""

    origin: Origin
    target: str

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    def __str__(self) -> str:
        """Without the query: it may hold a signature."""
        return f"{self.origin}{self.path}"


def parse_url(text: str) -> Url:
    """An http or https URL. Raises ValueError for every other text."""
    parts = urlsplit(quote(text, safe=_AS_IS))
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname:
        raise ValueError("not an http or https URL")
    host = parts.hostname
    port = parts.port if parts.port is not None else DEFAULT_PORTS[parts.scheme]
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Url(Origin(parts.scheme, _ascii_host(host), port), target)


def join_url(base: Url, location: str) -> Url:
    """Where a Location header points. Raises ValueError where that is no http or https URL."""
    return parse_url(urljoin(f"{base.origin}{base.target}", location.strip()))


def quoted_path(path: str) -> str:
    """A file's path as part of a URL: a "%" in its name is a "%", never an escape."""
    return quote(path, safe="/")


def _ascii_host(host: str) -> str:
    if "%" not in host:
        return host
    from urllib.parse import unquote

    try:
        return unquote(host, errors="strict").encode("idna").decode("ascii")
    except UnicodeError:
        raise ValueError("not a host name") from None
