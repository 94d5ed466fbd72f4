"""Azure Blob Storage, through adlfs: account, key, signature or login are what it finds."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import quote, unquote, urlencode

from inspector.errors import AccessDenied
from inspector.sources.network.ranges import identity_of
from inspector.sources.network.transport import Answer
from inspector.sources.network.urls import parse_url
from inspector.sources.stores.libraries import LOGIN_SECONDS
from inspector.sources.stores.rest import PAGE_OBJECTS, Page, Request
from inspector.sources.stores.store import Stored
from inspector.sources.stores.xml import parse_xml, size_of

LOGIN: Final = (
    "Set AZURE_STORAGE_CONNECTION_STRING, or AZURE_STORAGE_ACCOUNT_NAME with AZURE_STORAGE_ACCOUNT_KEY, "
    "AZURE_STORAGE_SAS_TOKEN or a login; for a public container, --anonymous with the account's name."
)

_VERSION: Final = {"x-ms-version": "2021-12-02"}
_SCOPE = "https://storage.azure.com/.default"
_SIGNED_FOR = timedelta(hours=1)
_SPARE_SECONDS = 60


class Azure:
    """One container at `root`. `sign` makes the query that signs a request ("" for none) and the headers of a login."""

    def __init__(self, root: str, sign: Callable[[], tuple[str, Mapping[str, str]]]) -> None:
        self._root, self._sign = root, sign

    def listing(self, prefix: str, token: str) -> Request:
        query = {"restype": "container", "comp": "list", "prefix": prefix, "maxresults": str(PAGE_OBJECTS)}
        return self._request(self._root, query | ({"marker": token} if token else {}), {})

    def object(self, key: str, identity: str) -> Request:
        return self._request(f"{self._root}/{quote(key)}", {}, {"If-Match": identity} if identity else {})

    def page(self, data: bytes) -> Page:
        root = parse_xml(data, "EnumerationResults")
        objects = tuple(_stored(blob) for blob in root.iterfind("{*}Blobs/{*}Blob"))
        return Page(objects=objects, next_token=root.findtext("{*}NextMarker", ""))

    def identity(self, answer: Answer) -> str:
        return identity_of(answer)

    def moved(self, answer: Answer, body: bytes) -> None:
        return None

    def _request(self, address: str, query: Mapping[str, str], headers: Mapping[str, str]) -> Request:
        signature, login = self._sign()
        asked = "&".join(part for part in (urlencode(query), signature) if part)
        url = parse_url(f"{address}?{asked}" if asked else address)
        return Request(url=url, headers={**_VERSION, **headers, **login})


def azure_container(ref: str, fs: Any, container: str, *, anonymous: bool) -> Azure:
    """A container as an `AzureBlobFileSystem` reaches it; `anonymous` leaves out what it finds of credentials.

    Raises `AccessDenied` where a login would be sent over plain http.
    """
    address, _, signature = str(fs.service_client.url).partition("?")
    credential = fs.service_client.credential
    root = f"{address.rstrip('/')}/{quote(container, safe='')}"
    if anonymous or fs.anon:
        return Azure(root, lambda: ("", {}))
    if getattr(credential, "account_key", ""):
        return Azure(root, lambda: (_signature(credential), {}))
    if hasattr(credential, "get_token"):
        if not root.startswith("https://"):
            raise AccessDenied(f"{ref}: a login is sent over https only.", hint=LOGIN)
        bearer = _Bearer(fs.loop, credential)
        bearer.header()
        return Azure(root, lambda: ("", bearer.header()))
    return Azure(root, lambda: (signature, {}))


def _signature(credential: Any) -> str:
    """The right to read and list for an hour, signed with the account's key."""
    from azure.storage.blob import AccountSasPermissions, ResourceTypes, generate_account_sas

    return str(
        generate_account_sas(
            account_name=credential.account_name,
            account_key=credential.account_key,
            resource_types=ResourceTypes(container=True, object=True),
            permission=AccountSasPermissions(read=True, list=True),
            expiry=datetime.now(UTC) + _SIGNED_FOR,
        )
    )


class _Bearer:
    """The token of a login, asked for again before it expires."""

    def __init__(self, loop: Any, credential: Any) -> None:
        self._loop, self._credential = loop, credential
        self._token: Any = None

    def header(self) -> Mapping[str, str]:
        from fsspec.asyn import sync

        if self._token is None or self._token.expires_on < datetime.now(UTC).timestamp() + _SPARE_SECONDS:
            self._token = sync(self._loop, self._credential.get_token, _SCOPE, timeout=LOGIN_SECONDS)
        return {"Authorization": f"Bearer {self._token.token}"}


def _stored(blob: Any) -> tuple[str, Stored]:
    name = blob.find("{*}Name")
    key = (name.text or "") if name is not None else ""
    etag = blob.findtext("{*}Properties/{*}Etag", "")
    size = size_of(blob.findtext("{*}Properties/{*}Content-Length", ""))
    identity = f'"{etag}"' if etag and not etag.startswith(('"', "W/")) else etag
    return unquote(key) if name is not None and name.get("Encoded") == "true" else key, Stored(
        bytes=size, identity=identity
    )
