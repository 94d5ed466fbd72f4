"""Google Cloud Storage, through gcsfs: its JSON interface, with Google's default credentials.

gcsfs's own calls first ask over gRPC what kind of bucket it is (which an emulator does not speak, and which takes
a minute where nobody answers), and fall back to no credentials without a word: neither is done here.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import quote, urlencode

from inspector.sources.network.ranges import identity_of
from inspector.sources.network.transport import Answer
from inspector.sources.network.urls import parse_url
from inspector.sources.stores.libraries import no_credentials
from inspector.sources.stores.rest import PAGE_OBJECTS, Page, Request
from inspector.sources.stores.store import Stored
from inspector.sources.stores.xml import size_of

LOGIN: Final = "Set GOOGLE_APPLICATION_CREDENTIALS or log in with gcloud; for a public bucket, --anonymous."

_FIELDS = "items(name,size,generation),nextPageToken"
# As in XML: a page of 1,000 objects has a tenth of these.
_MOST_CONTAINERS = 20_000


class Gcs:
    """One bucket behind the interface at `base`. `sign` makes the headers of a login, `payer` is the project that
    pays, "" where the bucket's own does."""

    def __init__(self, base: str, bucket: str, sign: Callable[[], Mapping[str, str]], *, payer: str = "") -> None:
        self._objects = f"{base}b/{quote(bucket, safe='')}/o"
        self._media = self._objects.replace("/storage/v1/", "/download/storage/v1/")
        self._sign, self._payer = sign, payer

    def listing(self, prefix: str, token: str) -> Request:
        query = {"prefix": prefix, "maxResults": str(PAGE_OBJECTS), "fields": _FIELDS}
        return self._request(self._objects, query | ({"pageToken": token} if token else {}))

    def object(self, key: str, identity: str) -> Request:
        condition = {"ifGenerationMatch": identity} if identity else {}
        return self._request(f"{self._media}/{quote(key, safe='')}", {"alt": "media"} | condition)

    def page(self, data: bytes) -> Page:
        if data.count(b"{") + data.count(b"[") > _MOST_CONTAINERS:
            raise ValueError("not a page of the size that was asked for")
        document = json.loads(data)
        objects = tuple(_stored(item) for item in document.get("items", ()))
        return Page(objects=objects, next_token=str(document.get("nextPageToken") or ""))

    def identity(self, answer: Answer) -> str:
        return answer.headers.get("x-goog-generation") or identity_of(answer)

    def moved(self, answer: Answer, body: bytes) -> None:
        return None

    def _request(self, address: str, query: Mapping[str, str]) -> Request:
        payer = {"userProject": self._payer} if self._payer else {}
        return Request(url=parse_url(f"{address}?{urlencode({**query, **payer})}"), headers=self._sign())


def gcs_bucket(fs: Any, bucket: str) -> Gcs:
    """A bucket as a `GCSFileSystem` reaches it."""

    def sign() -> Mapping[str, str]:
        headers: dict[str, str] = {}
        fs.credentials.apply(headers)
        return headers

    payer = str((fs.project if fs.requester_pays is True else fs.requester_pays) or "")
    return Gcs(fs.base, bucket, sign, payer=payer)


def gcs_filesystem(ref: str, *, anonymous: bool) -> Any:
    """A `GCSFileSystem` with Google's default credentials or a login that gcsfs keeps; without any where asked,
    and where an emulator is named, as in Google's own clients. Raises `AccessDenied` where there are none."""
    from fsspec.config import conf

    configured = {**conf.get("gcs", {}), **conf.get("gs", {})}
    if anonymous:
        return _filesystem({"token": "anon"})
    if "token" in configured:
        return _filesystem({})
    fs = _filesystem({"token": "anon"})
    emulated = not fs.on_google and "endpoint_url" not in configured
    return fs if emulated else _with_login(ref)


def _with_login(ref: str) -> Any:
    from google.auth.exceptions import DefaultCredentialsError

    try:
        fs = _filesystem({"token": "google_default"})
        fs.credentials.apply({})
    except DefaultCredentialsError:
        try:
            return _filesystem({"token": "cache"})
        except ValueError:
            raise no_credentials(ref, LOGIN) from None
    return fs


def _filesystem(options: dict[str, Any]) -> Any:
    import warnings

    from gcsfs.core import GCSFileSystem

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # "project not set": only making buckets needs one
        return GCSFileSystem(skip_instance_cache=True, use_listings_cache=False, **options)


def _stored(item: Any) -> tuple[str, Stored]:
    return str(item["name"]), Stored(bytes=size_of(str(item.get("size", ""))), identity=str(item.get("generation", "")))
