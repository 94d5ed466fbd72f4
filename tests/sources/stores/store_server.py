"""A bucket on loopback that speaks all three languages: pages, ranges, conditions, and what a test makes of them."""

import hashlib
import json
from collections.abc import Callable, Mapping
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import TracebackType
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit
from xml.sax.saxutils import escape

from inspector.sources.stores.azure import Azure
from inspector.sources.stores.gcs import Gcs
from inspector.sources.stores.rest import Dialect
from inspector.sources.stores.s3 import S3
from inspector.values import frozen

BUCKET = "bucket"


@frozen
class Sent:
    """An answer; without a body of its own, `body` is what is sent."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""


#: (language, kind of request: "list" or "object", key, usual answer) -> the answer that is sent.
Fault = Callable[[str, str, str, Sent], Sent]


@cache
def etag_of(data: bytes) -> str:
    return f'"{hashlib.md5(data).hexdigest()}"'


def generation_of(data: bytes) -> str:
    return str(int(etag_of(data)[1:13], 16))


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that cuts an answer off is none."""


class StoreServer:
    """`objects` may change while it runs; `requests` holds (language, kind, key, headers) of each request.

    `token` is what a login is given.
    """

    def __init__(self, objects: dict[str, bytes], *, page_objects: int = 1000, fault: Fault | None = None) -> None:
        self.objects, self.page_objects, self.fault = objects, page_objects, fault
        self.token = ""
        self.requests: list[tuple[str, str, str, Mapping[str, str]]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = 64 * 1024

            def do_GET(self) -> None:
                sent = outer.answer(self.path, {name.lower(): value for name, value in self.headers.items()})
                self.send_response_only(sent.status)
                headers = {"Content-Length": str(len(sent.body)), **sent.headers}
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(sent.body)

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                body = json.dumps({"access_token": outer.token, "expires_in": 3600, "token_type": "Bearer"}).encode()
                self.send_response_only(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = _Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> "StoreServer":
        Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def kinds(self) -> list[str]:
        return [kind for _, kind, _, _ in self.requests]

    def answer(self, target: str, headers: Mapping[str, str]) -> Sent:
        parts = urlsplit(target)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        language, key = _addressed(parts.path)
        kind = "object" if key else "list"
        self.requests.append((language, kind, key, headers))
        sent = self._object(language, key, query, headers) if key else self._list(language, query)
        return self.fault(language, kind, key, sent) if self.fault else sent

    def _list(self, language: str, query: Mapping[str, str]) -> Sent:
        token = query.get("continuation-token") or query.get("pageToken") or query.get("marker") or "0"
        keys = sorted(key for key in self.objects if key.startswith(query.get("prefix", "")))
        start, stop = int(token), int(token) + self.page_objects
        listed = {key: self.objects[key] for key in keys[start:stop]}
        body = PAGES[language](listed, str(stop) if stop < len(keys) else "")
        return Sent(status=200, headers={}, body=body.encode())

    def _object(self, language: str, key: str, query: Mapping[str, str], headers: Mapping[str, str]) -> Sent:
        data = self.objects.get(key)
        if data is None:
            return Sent(status=404, headers={}, body=b"<Error><Code>NoSuchKey</Code></Error>")
        if headers.get("if-match", etag_of(data)) != etag_of(data):
            return Sent(status=412, headers={})
        if query.get("ifGenerationMatch", generation_of(data)) != generation_of(data):
            return Sent(status=412, headers={})
        return _ranged(data, headers, {"ETag": etag_of(data), **_generation(language, data)})


def dialect_at(url: str, language: str) -> Dialect:
    if language == "s3":
        return S3(f"{url}/s3/{BUCKET}", lambda url: {}, lambda region: None)
    if language == "gcs":
        return Gcs(f"{url}/storage/v1/", BUCKET, dict)
    return Azure(f"{url}/azure/{BUCKET}", lambda: ("", {}))


def _addressed(path: str) -> tuple[str, str]:
    """The language of a path, and the key in it."""
    if path.startswith(("/storage/", "/download/")):
        return "gcs", unquote(path.partition("/o/")[2])
    _, language, _, key = (*path.split("/", 3), "")[:4]
    return language, unquote(key)


def _ranged(data: bytes, headers: Mapping[str, str], identity: Mapping[str, str]) -> Sent:
    first, _, last = headers["range"].removeprefix("bytes=").partition("-")
    start, stop = int(first), min(int(last) + 1, len(data))
    if start >= len(data):
        return Sent(status=416, headers={"Content-Range": f"bytes */{len(data)}"})
    told = {"Content-Range": f"bytes {start}-{stop - 1}/{len(data)}"}
    return Sent(status=206, headers={**told, **identity}, body=data[start:stop])


def _generation(language: str, data: bytes) -> Mapping[str, str]:
    return {"x-goog-generation": generation_of(data)} if language == "gcs" else {}


def s3_page(objects: Mapping[str, bytes], token: str) -> str:
    contents = "".join(
        f"<Contents><Key>{quote(key)}</Key><ETag>{escape(etag_of(data))}</ETag><Size>{len(data)}</Size></Contents>"
        for key, data in objects.items()
    )
    more = f"<NextContinuationToken>{token}</NextContinuationToken>" if token else ""
    return (
        '<?xml version="1.0"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
        f"<EncodingType>url</EncodingType><IsTruncated>{'true' if token else 'false'}</IsTruncated>{more}{contents}"
        "</ListBucketResult>"
    )


def gcs_page(objects: Mapping[str, bytes], token: str) -> str:
    items = [{"name": key, "size": str(len(data)), "generation": generation_of(data)} for key, data in objects.items()]
    return json.dumps({"items": items} | ({"nextPageToken": token} if token else {}))


def azure_page(objects: Mapping[str, bytes], token: str) -> str:
    blobs = "".join(
        f"<Blob><Name>{escape(key)}</Name><Properties><Etag>{etag_of(data)[1:-1]}</Etag>"
        f"<Content-Length>{len(data)}</Content-Length></Properties></Blob>"
        for key, data in objects.items()
    )
    return f"<EnumerationResults><Blobs>{blobs}</Blobs><NextMarker>{token}</NextMarker></EnumerationResults>"


#: How each language lists objects: objects and the token of the next page ("" for none) -> page.
PAGES: Mapping[str, Callable[[Mapping[str, bytes], str], str]] = {
    "s3": s3_page,
    "gcs": gcs_page,
    "azure": azure_page,
}
