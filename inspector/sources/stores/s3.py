"""S3 and what speaks its language, through s3fs: endpoint, region, profile and credentials are what it finds."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import parse_qs, quote, unquote_plus, urlencode

from inspector.sources.network.ranges import identity_of
from inspector.sources.network.transport import Answer
from inspector.sources.network.urls import Url, parse_url
from inspector.sources.stores.libraries import LOGIN_SECONDS, no_credentials
from inspector.sources.stores.rest import PAGE_OBJECTS, Page, Request
from inspector.sources.stores.store import Stored
from inspector.sources.stores.xml import parse_xml, size_of

LOGIN: Final = "Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; for a public bucket, --anonymous."

_REGION = re.compile(r"[a-z0-9-]{1,64}")
_REGION_ELEMENT = re.compile(rb"<Region>([a-z0-9-]{1,64})</Region>")
_MOVED_STATUSES = frozenset({301, 307, 400})


class S3:
    """One bucket at `root`. `sign` makes the headers that sign a URL, `elsewhere` the same bucket in another region."""

    def __init__(
        self, root: str, sign: Callable[[str], Mapping[str, str]], elsewhere: "Callable[[str], S3 | None]"
    ) -> None:
        self._root, self._sign, self._elsewhere = root.rstrip("/"), sign, elsewhere

    def listing(self, prefix: str, token: str) -> Request:
        query = {"list-type": "2", "max-keys": str(PAGE_OBJECTS), "encoding-type": "url", "prefix": prefix}
        if token:
            query["continuation-token"] = token
        return self._request(f"{self._root}/?{urlencode(sorted(query.items()), quote_via=quote, safe='')}", {})

    def object(self, key: str, identity: str) -> Request:
        return self._request(f"{self._root}/{quote(key)}", {"If-Match": identity} if identity else {})

    def page(self, data: bytes) -> Page:
        root = parse_xml(data, "ListBucketResult")
        encoded = root.findtext("{*}EncodingType") == "url"
        token = root.findtext("{*}NextContinuationToken", "")
        more = root.findtext("{*}IsTruncated") == "true"
        if more and not token:
            raise ValueError("more is promised, and no way to it")
        objects = tuple(_stored(one, encoded) for one in root.iterfind("{*}Contents"))
        return Page(objects=objects, next_token=token if more else "")

    def identity(self, answer: Answer) -> str:
        return identity_of(answer)

    def moved(self, answer: Answer, body: bytes) -> "S3 | None":
        """The bucket in its own region, which S3 tells whoever asks in another one."""
        element = _REGION_ELEMENT.search(body)
        region = answer.headers.get("x-amz-bucket-region") or (element[1].decode() if element else "")
        if answer.status not in _MOVED_STATUSES or not _REGION.fullmatch(region):
            return None
        return self._elsewhere(region)

    def _request(self, url: str, unsigned: Mapping[str, str]) -> Request:
        """Conditions and ranges need no signature."""
        return Request(url=parse_url(url), headers={**self._sign(url), **unsigned})


def s3_bucket(ref: str, fs: Any, bucket: str) -> S3:
    """A bucket as an `S3FileSystem` reaches it. Raises `AccessDenied` where it finds no credentials."""
    if not fs.anon and _run(fs, _credentials) is None:
        raise no_credentials(ref, LOGIN)
    address = parse_url(_run(fs, _signed_listing, bucket))
    own_region = _region_of(address)

    def sign(url: str) -> Mapping[str, str]:
        return {} if fs.anon else _signature(fs, url, own_region)

    def elsewhere(region: str) -> S3 | None:
        if region == own_region:
            return None
        client = {**fs.client_kwargs, "region_name": region}
        options = {**fs.storage_options, "client_kwargs": client, "skip_instance_cache": True}
        return s3_bucket(ref, type(fs)(**options), bucket)

    return S3(f"{address.origin}{address.path}", sign, elsewhere)


def ca_file(fs: Any) -> str:
    """The certificates that AWS_CA_BUNDLE or a profile names for a private endpoint, "" for none."""
    return str(fs.session.get_config_variable("ca_bundle") or "")


def _signature(fs: Any, url: str, region: str) -> Mapping[str, str]:
    """The headers that botocore makes for a request."""
    from botocore.auth import S3SigV4Auth
    from botocore.awsrequest import AWSRequest

    payer = fs.req_kw.get("RequestPayer")
    request = AWSRequest("GET", url, headers={"x-amz-request-payer": payer} if payer else {})
    S3SigV4Auth(_run(fs, _credentials), "s3", region).add_auth(request)
    return dict(request.headers.items())


def _run(fs: Any, work: Any, *arguments: Any) -> Any:
    """The result of a coroutine function in the file system's own loop."""
    from fsspec.asyn import sync

    return sync(fs.loop, work, fs, *arguments, timeout=LOGIN_SECONDS)


async def _signed_listing(fs: Any, bucket: str) -> str:
    """The address that the library would list the bucket at; its query tells the region that it signs for."""
    await fs.set_session()
    client = await fs.get_s3(bucket)
    return str(await client.generate_presigned_url("list_objects_v2", Params={"Bucket": bucket}))


async def _credentials(fs: Any) -> Any:
    """Credentials as they are now: those that expire are made anew where it is time. None where there are none."""
    if fs.key and fs.secret:
        from botocore.credentials import ReadOnlyCredentials

        return ReadOnlyCredentials(fs.key, fs.secret, fs.token)
    await fs.set_session()
    found = await fs.session.get_credentials()
    return await found.get_frozen_credentials() if found else None


def _region_of(signed: Url) -> str:
    scope = parse_qs(signed.target.partition("?")[2]).get("X-Amz-Credential", [""])[0].split("/")
    return scope[2] if len(scope) > 2 else "us-east-1"


def _stored(contents: Any, encoded: bool) -> tuple[str, Stored]:
    key = contents.findtext("{*}Key", "")
    size = size_of(contents.findtext("{*}Size", ""))
    return unquote_plus(key) if encoded else key, Stored(bytes=size, identity=contents.findtext("{*}ETag", ""))
