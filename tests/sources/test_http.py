"""One file over HTTP: what is asked for, and servers that do their worst. Every one of them is ended in time."""

import gzip
import socket
import threading
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import pytest

from inspector.errors import AccessDenied, CannotLook, ChangedWhileReading, NotFound, Unreachable, Unsupported
from inspector.sources.http import HttpSource, parse_http_target
from inspector.sources.network.settings import Network, Patience
from tests.builder import file_bytes
from tests.sources.hub_server import HubServer, Reply, Repository, times
from tests.sources.hub_support import IMPATIENT, IMPATIENT_NETWORK, header_end
from tests.sources.raw_server import RawServer, Script, head

FILE = file_bytes({f"t{i}": ("F32", (64,)) for i in range(40)})
LONG = file_bytes({f"t{i}" * 9: ("F32", (4,)) for i in range(3000)})
MOST_SECONDS = 8.0
MOST_MEMORY_BYTES = 8 * 1024 * 1024


def source_at(url: str, network: Network = IMPATIENT_NETWORK) -> HttpSource:
    parsed = parse_http_target(url)
    assert parsed is not None
    return HttpSource(parsed, network)


@contextmanager
def served(data: bytes, headers: dict[str, str] | None = None) -> Iterator[tuple[HubServer, HttpSource]]:
    """A server for one file behind a redirect, and a source for it."""
    from tests.sources.hub_server import Content

    repository = Repository({"model.safetensors": Content(data, len(data))})
    with HubServer({"org/name": repository}) as hub:
        yield hub, source_at(f"{hub.url}/org/name/resolve/main/model.safetensors")


def look(source: HttpSource) -> bytes:
    """What a reader of one header asks for."""
    file = source.list_files()[0]
    return source.read_beginning(file.path, header_end)


class TestOneFile:
    def test_a_short_header_takes_one_request_and_its_redirect(self) -> None:
        with served(FILE) as (_, source):
            assert source.list_files()[0].bytes == len(FILE)
            assert look(source) == FILE
            assert source.read("model.safetensors", 10, 20) == FILE[10:20]
            assert source.cost().requests == 2

    def test_a_long_header_is_finished_at_the_same_place(self) -> None:
        with served(LONG) as (hub, source):
            assert look(source) == LONG[: header_end(LONG)]
            assert hub.kinds() == {"resolve": 1, "storage": 2}

    def test_an_expired_place_is_looked_up_again(self) -> None:
        with served(LONG) as (hub, source):
            source.list_files()
            hub.faults = [times(1, "storage", lambda request, usual: Reply(403))]
            assert look(source) == LONG[: header_end(LONG)]

    def test_no_credentials_are_sent(self) -> None:
        with served(FILE) as (hub, source):
            look(source)
            assert not any(
                "authorization" in request.headers or "cookie" in request.headers for request in hub.requests
            )

    def test_the_reference_hides_the_query(self) -> None:
        source = source_at("https://user:secret@host.example/a/model.safetensors?Signature=secret")
        assert source.target.ref == "https://host.example/a/model.safetensors"
        assert source.focus == "model.safetensors"

    def test_a_replaced_file(self) -> None:
        with served(LONG) as (hub, source):
            source.list_files()
            other = {"ETag": '"other"'}
            hub.faults = [
                times(-1, "storage", lambda request, usual: Reply(206, {**usual().headers, **other}, usual().body))
            ]
            with pytest.raises(ChangedWhileReading, match="replaced between two reads"):
                look(source)

    @pytest.mark.parametrize(
        ("status", "error"), [(404, NotFound), (410, NotFound), (401, AccessDenied), (403, AccessDenied)]
    )
    def test_what_is_not_there_or_not_allowed(self, status: int, error: type[CannotLook]) -> None:
        with served(FILE) as (hub, source):
            hub.faults = [times(-1, "resolve", lambda request, usual: Reply(status))]
            with pytest.raises(error, match=rf"model\.safetensors: .*\({status}\)"):
                look(source)

    def test_an_empty_file(self) -> None:
        with served(b"") as (_, source):
            assert source.list_files()[0].bytes == 0
            assert source.read_beginning("model.safetensors", lambda first: 8) == b""

    def test_an_index_is_refused_before_anything_is_asked_for(self) -> None:
        with pytest.raises(Unsupported, match="cannot be listed behind a URL"):
            source_at("http://127.0.0.1:9/model.safetensors.index.json").list_files()

    def test_another_path_is_not_asked_for(self) -> None:
        with served(FILE) as (_, source), pytest.raises(NotFound):
            source.read("../other", 0, 8)


def ignores_ranges(connection: socket.socket, request: bytes) -> None:
    connection.sendall(head(Content_Length=str(10**12)) + FILE)
    while True:
        connection.sendall(bytes(65536))


def endless_body(connection: socket.socket, request: bytes) -> None:
    connection.sendall(head())
    while True:
        connection.sendall(b"x" * 65536)


def endless_chunks(connection: socket.socket, request: bytes) -> None:
    connection.sendall(head(Transfer_Encoding="chunked"))
    while True:
        connection.sendall(b"1\r\nx\r\n" * 1000)


def endless_chunk_extension(connection: socket.socket, request: bytes) -> None:
    connection.sendall(head("206 X", Transfer_Encoding="chunked", Content_Range="bytes 0-99/100") + b"1;")
    while True:
        connection.sendall(b"a" * 65536)


def endless_trailers(connection: socket.socket, request: bytes) -> None:
    connection.sendall(head("206 X", Transfer_Encoding="chunked", Content_Range="bytes 0-0/100") + b"1\r\nx\r\n0\r\n")
    while True:
        connection.sendall(b"A: b\r\n" * 1000)


def endless_status_line(connection: socket.socket, request: bytes) -> None:
    while True:
        connection.sendall(b"HTTP/1.1 200 " + b"A" * 65536)


def endless_header_lines(connection: socket.socket, request: bytes) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        connection.sendall(b"A: b\r\n" * 1000)


def endless_interim_answers(connection: socket.socket, request: bytes) -> None:
    while True:
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n" * 1000)


def says_nothing(connection: socket.socket, request: bytes) -> None:
    connection.recv(1)


def head_in_drips(connection: socket.socket, request: bytes) -> None:
    for byte in head("206 X", Content_Range="bytes 0-99/100", Content_Length="100"):
        connection.sendall(bytes([byte]))
        time.sleep(0.1)


def body_in_drips(connection: socket.socket, request: bytes) -> None:
    connection.sendall(head("206 X", Content_Range="bytes 0-999/1000", Content_Length="1000"))
    for _ in range(1000):
        connection.sendall(b"\x00")
        time.sleep(0.1)


def one_byte_each_time(connection: socket.socket, request: bytes) -> None:
    start = int(request.split(b"bytes=")[1].split(b"-")[0])
    connection.sendall(head("206 X", Content_Range=f"bytes {start}-{start}/1000000", Content_Length="1") + b"\x00")


@cache
def packed_zeros() -> bytes:
    """64 MiB of zeros in 64 kB."""
    return gzip.compress(bytes(64 * 1024 * 1024), 9)


def gzip_bomb(connection: socket.socket, request: bytes) -> None:
    bomb = packed_zeros()
    connection.sendall(head(Content_Encoding="gzip", Content_Length=str(len(bomb))) + bomb)


def gzip_bomb_as_a_range(connection: socket.socket, request: bytes) -> None:
    bomb = packed_zeros()
    lie = f"bytes 0-{len(bomb) - 1}/{len(bomb)}"
    connection.sendall(head("206 X", Content_Encoding="gzip", Content_Range=lie, Content_Length=str(len(bomb))) + bomb)


def more_than_it_says(connection: socket.socket, request: bytes) -> None:
    connection.sendall(head("206 X", Content_Range="bytes 0-9/10", Content_Length="10") + b"x" * 10)
    while True:
        connection.sendall(b"HTTP/1.1 206 X\r\n" + b"x" * 65536)


def less_than_it_says(connection: socket.socket, request: bytes) -> None:
    connection.sendall(head("206 X", Content_Range="bytes 0-131071/9999999", Content_Length="131072") + b"x" * 50)


def header_length_of_an_exabyte(connection: socket.socket, request: bytes) -> None:
    size = 10**18
    connection.sendall(head("206 X", Content_Range=f"bytes 0-131071/{size}", Content_Length="131072"))
    connection.sendall((10**17).to_bytes(8, "little") + bytes(131064))


def header_length_that_never_comes(connection: socket.socket, request: bytes) -> None:
    start = int(request.split(b"bytes=")[1].split(b"-")[0])
    if start == 0:
        connection.sendall(head("206 X", Content_Range=f"bytes 0-131071/{10**12}", Content_Length="131072"))
        connection.sendall((90_000_000).to_bytes(8, "little") + bytes(131064))


def content_length_negative(connection: socket.socket, request: bytes) -> None:
    connection.sendall(head(Content_Length="-5") + FILE)


def content_length_enormous(connection: socket.socket, request: bytes) -> None:
    connection.sendall(head("206 X", Content_Length="9" * 30, Content_Range="bytes 0-131071/" + "9" * 30) + FILE)


def content_range_nonsense(connection: socket.socket, request: bytes) -> None:
    connection.sendall(head("206 X", Content_Range="bytes 10-0/5", Content_Length="10") + b"x" * 10)


def multipart(connection: socket.socket, request: bytes) -> None:
    body = b"--b\r\nContent-Range: bytes 0-9/10\r\n\r\n0123456789\r\n--b--"
    kind = "multipart/byteranges; boundary=b"
    connection.sendall(head("206 X", Content_Type=kind, Content_Length=str(len(body))) + body)


def not_http(connection: socket.socket, request: bytes) -> None:
    connection.sendall(b"SSH-2.0-OpenSSH_9.6\r\n")


def binary_noise(connection: socket.socket, request: bytes) -> None:
    connection.sendall(bytes(range(256)) * 16)


def status_out_of_range(connection: socket.socket, request: bytes) -> None:
    connection.sendall(b"HTTP/1.1 99999 X\r\n\r\n")


def nothing_at_all(connection: socket.socket, request: bytes) -> None:
    connection.close()


def redirect_to(location: str) -> Script:
    def script(connection: socket.socket, request: bytes) -> None:
        connection.sendall(head("302 Found", Location=location, Content_Length="0"))

    return script


def redirect_with_endless_body(connection: socket.socket, request: bytes) -> None:
    connection.sendall(head("302 Found", Location="/again"))
    while True:
        connection.sendall(bytes(65536))


def redirects_without_end(connection: socket.socket, request: bytes) -> None:
    connection.sendall(head("302 Found", Location=f"/{time.monotonic_ns()}", Content_Length="0"))


def changes_size_each_time(connection: socket.socket, request: bytes) -> None:
    start, _, last = request.split(b"bytes=")[1].split(b"\r\n")[0].partition(b"-")
    total = 10**9 + time.monotonic_ns() % 10**6
    count = min(int(last) + 1 - int(start), 1000)
    told = f"bytes {start.decode()}-{int(start) + count - 1}/{total}"
    connection.sendall(head("206 X", Content_Range=told, Content_Length=str(count)) + bytes(count))


def retry_after_a_year(connection: socket.socket, request: bytes) -> None:
    connection.sendall(head("503 X", Retry_After="31536000", Content_Length="0"))


def retry_after_a_date_in_a_year(connection: socket.socket, request: bytes) -> None:
    connection.sendall(head("429 X", Retry_After="Wed, 21 Oct 2099 07:28:00 GMT", Content_Length="0"))


def retry_after_nonsense(connection: socket.socket, request: bytes) -> None:
    connection.sendall(head("503 X", Retry_After="99999999999999999999 moons", Content_Length="0"))


def server_errors_with_endless_pages(connection: socket.socket, request: bytes) -> None:
    connection.sendall(head("500 X"))
    while True:
        connection.sendall(b"<html>" * 10000)


HOSTILE: dict[str, Script] = {
    script.__name__: script
    for script in (
        endless_body,
        endless_chunks,
        endless_chunk_extension,
        endless_trailers,
        endless_status_line,
        endless_header_lines,
        endless_interim_answers,
        says_nothing,
        head_in_drips,
        body_in_drips,
        one_byte_each_time,
        gzip_bomb,
        gzip_bomb_as_a_range,
        less_than_it_says,
        header_length_that_never_comes,
        content_length_negative,
        content_length_enormous,
        content_range_nonsense,
        multipart,
        not_http,
        binary_noise,
        status_out_of_range,
        nothing_at_all,
        redirect_with_endless_body,
        redirects_without_end,
        changes_size_each_time,
        retry_after_a_year,
        retry_after_a_date_in_a_year,
        retry_after_nonsense,
        server_errors_with_endless_pages,
    )
}
PLACES = (
    "http://10.0.0.1/x",
    "http://169.254.169.254/x",
    "http://[fd00::1]/x",
    "file:///etc/passwd",
    "gopher://127.0.0.1/x",
)
HOSTILE |= {f"redirect to {place}": redirect_to(place) for place in PLACES}


class TestHostileServers:
    @pytest.mark.parametrize("name", HOSTILE)
    def test_ended_in_time_with_a_sentence(self, name: str) -> None:
        with RawServer(HOSTILE[name]) as server:
            source = source_at(f"{server.url}/model.safetensors")
            packed_zeros()
            tracemalloc.start()
            began = time.monotonic()
            with pytest.raises(CannotLook) as caught:
                look(source)
            seconds = time.monotonic() - began
            _, peak = tracemalloc.get_traced_memory()
            tracemalloc.stop()
        assert seconds < MOST_SECONDS
        assert peak < MOST_MEMORY_BYTES
        assert str(server.url) in str(caught.value)
        assert str(caught.value).endswith(".")

    @pytest.mark.parametrize("script", [ignores_ranges, more_than_it_says, header_length_of_an_exabyte])
    def test_what_is_needed_is_taken_and_the_rest_cut_off(self, script: Script) -> None:
        with RawServer(script) as server:
            source = source_at(f"{server.url}/model.safetensors")
            source.list_files()
            assert source.read_beginning("model.safetensors", lambda first: 8)
            assert source.cost().bytes < 1024 * 1024

    def test_a_body_in_drips_does_not_hold_the_others_up(self) -> None:
        with RawServer(body_in_drips) as server:
            source = source_at(f"{server.url}/model.safetensors")
            began = time.monotonic()
            with pytest.raises(Unreachable, match="too slow"):
                source.list_files()
            assert time.monotonic() - began < 3 * IMPATIENT.answer_seconds + 1

    def test_the_whole_run_ends(self) -> None:
        patience = Patience(
            answer_seconds=5.0, attempts=1000, first_wait_seconds=0.01, longest_wait_seconds=0.05, total_seconds=0.5
        )
        with RawServer(nothing_at_all) as server:
            source = source_at(f"{server.url}/model.safetensors", Network(patience=patience))
            began = time.monotonic()
            with pytest.raises(Unreachable, match=r"^http://.*/model\.safetensors: gave up: all reads together"):
                source.list_files()
            assert time.monotonic() - began < 2.0

    def test_closing_ends_a_read_that_waits(self) -> None:
        patience = Patience(answer_seconds=30.0)
        with RawServer(says_nothing) as server:
            source = source_at(f"{server.url}/model.safetensors", Network(patience=patience))
            threading.Timer(0.2, source.close).start()
            began = time.monotonic()
            with pytest.raises(CannotLook):
                source.list_files()
            assert time.monotonic() - began < 3.0


class TestProxies:
    def test_a_proxy_gets_the_whole_url(self) -> None:
        def proxy(connection: socket.socket, request: bytes) -> None:
            told = f"bytes 0-{len(FILE) - 1}/{len(FILE)}"
            connection.sendall(head("206 X", Content_Range=told, Content_Length=str(len(FILE))) + FILE)

        with RawServer(proxy) as server:
            address = server.url.replace("http://", "http://user:p%40ss@")
            network = Network(patience=IMPATIENT, proxies={"http": address})
            assert look(source_at("http://host.invalid/model.safetensors", network)) == FILE
        first = server.requests[0]
        assert first.startswith(b"GET http://host.invalid/model.safetensors HTTP/1.1\r\nHost: host.invalid\r\n")
        assert b"Proxy-Authorization: Basic dXNlcjpwQHNz\r\n" in first

    def test_https_goes_through_a_tunnel(self) -> None:
        def proxy(connection: socket.socket, request: bytes) -> None:
            connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            self.seen = connection.recv(3)

        with RawServer(proxy) as server:
            network = Network(patience=IMPATIENT, proxies={"all": server.url})
            with pytest.raises(CannotLook):
                look(source_at("https://host.invalid/model.safetensors", network))
        assert server.requests[0].startswith(b"CONNECT host.invalid:443 HTTP/1.1\r\n")
        assert self.seen.startswith(b"\x16\x03")

    def test_hosts_that_need_no_proxy(self) -> None:
        with served(FILE) as (hub, _):
            network = Network(patience=IMPATIENT, proxies={"http": "http://127.0.0.1:1"}, no_proxy=("127.0.0.1",))
            assert look(source_at(f"{hub.url}/org/name/resolve/main/model.safetensors", network)) == FILE

    @pytest.mark.parametrize("entry", ["127.0.0.1", "127.0.0.0/8", "{port}"])
    def test_notations_of_hosts_that_need_no_proxy(self, entry: str) -> None:
        with served(FILE) as (hub, _):
            hub.faults = [times(-1, "resolve", lambda request, usual: Reply(404))]
            no_proxy = (entry.replace("{port}", hub.url.removeprefix("http://")),)
            network = Network(patience=IMPATIENT, proxies={"http": "http://127.0.0.1:1"}, no_proxy=no_proxy)
            with pytest.raises(NotFound):
                look(source_at(f"{hub.url}/org/name/resolve/main/model.safetensors", network))

    @pytest.mark.parametrize("proxy", ["socks5://host:1", "http://host:port", "http://[::1", "http://"])
    def test_what_is_no_proxy(self, proxy: str) -> None:
        network = Network(patience=IMPATIENT, proxies={"all": proxy})
        with pytest.raises(
            Unsupported, match=r"^http://host\.invalid/x\.safetensors: the proxy for http is no http://"
        ):
            look(source_at("http://host.invalid/x.safetensors", network))

    def test_a_proxy_that_refuses(self) -> None:
        def proxy(connection: socket.socket, request: bytes) -> None:
            connection.sendall(head("407 Proxy Authentication Required", Content_Length="0"))

        with RawServer(proxy) as server:
            network = Network(patience=IMPATIENT, proxies={"https": server.url})
            with pytest.raises(Unreachable, match=r"the proxy 127\.0\.0\.1 answered 407"):
                look(source_at("https://host.invalid/model.safetensors", network))


def test_a_server_that_is_not_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(Unreachable, match="connection refused"):
        source_at(f"http://127.0.0.1:{port}/model.safetensors").list_files()


def test_a_host_that_does_not_exist() -> None:
    with pytest.raises(Unreachable, match=r"no address for host\.invalid"):
        source_at("http://host.invalid/model.safetensors").list_files()


def test_closing_ends_a_connection_that_does_not_come_about() -> None:
    """A listener whose queue is full lets connections wait, as a host that drops packets does."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        waiting = [socket.socket() for _ in range(4)]
        for sock in waiting:
            sock.setblocking(False)
            sock.connect_ex(listener.getsockname())
        source = source_at(f"http://127.0.0.1:{listener.getsockname()[1]}/model.safetensors", Network())
        threading.Timer(0.3, source.close).start()
        began = time.monotonic()
        with pytest.raises(CannotLook):
            source.list_files()
        assert time.monotonic() - began < 3.0
        for sock in waiting:
            sock.close()
