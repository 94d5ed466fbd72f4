"""S3, Google's and Azure's languages against a loopback server: what is asked for, and buckets that misbehave."""

import threading
import time
import tracemalloc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import pytest

from inspector.errors import (
    AccessDenied,
    CannotLook,
    ChangedWhileReading,
    LimitReached,
    NotAFile,
    NotFound,
    Unreachable,
)
from inspector.readers.checkpoint import read_checkpoint
from inspector.sources.network.settings import Network, Patience
from inspector.sources.object_store import ObjectStoreSource
from inspector.sources.stores import rest
from inspector.sources.stores.azure import Azure
from inspector.sources.stores.gcs import Gcs
from inspector.sources.stores.rest import RestStore
from inspector.sources.stores.s3 import S3
from inspector.values import replace
from tests.builder import file_bytes
from tests.sources import test_http as http_servers
from tests.sources.hub_support import IMPATIENT_NETWORK, header_end
from tests.sources.raw_server import RawServer, Script
from tests.sources.stores.store_server import PAGES, Fault, Sent, StoreServer, dialect_at, etag_of

FILE = file_bytes({"w": ("F32", (4, 4))})
LONG = file_bytes({f"t{i}" * 9: ("F32", (4,)) for i in range(3000)})
OBJECTS = {
    "models/a/config.json": b"{}",
    "models/a/unet/long.safetensors": LONG,
    "models/a/w.safetensors": FILE,
    "models/ab/other.safetensors": FILE,
}
MOST_SECONDS = 8.0
MOST_MEMORY_BYTES = 16 * 1024 * 1024

every_language = pytest.mark.parametrize("language", PAGES)


@contextmanager
def bucket(
    language: str, objects: Mapping[str, bytes] = OBJECTS, *, key: str = "models/a", fault: Fault | None = None
) -> Iterator[tuple[StoreServer, ObjectStoreSource]]:
    with StoreServer(dict(objects), fault=fault) as server:
        yield server, source_of(server.url, language, key)


def source_of(
    url: str, language: str, key: str = "models/a", network: Network = IMPATIENT_NETWORK
) -> ObjectStoreSource:
    ref = f"{language}://bucket/{key}"
    return ObjectStoreSource(
        ref, network, connect=lambda: (RestStore(ref, dialect_at(url, language), network, login="Log in."), key)
    )


@every_language
class TestHealthy:
    def test_one_list_and_one_range_for_each_file(self, language: str) -> None:
        with bucket(language) as (server, source):
            files = source.list_files()
            assert [(file.path, file.bytes) for file in files] == [
                ("config.json", 2),
                ("unet/long.safetensors", len(LONG)),
                ("w.safetensors", len(FILE)),
            ]
            assert source.read("config.json", 0, 10) == b"{}"
            assert source.read_beginning("w.safetensors", header_end) == FILE
            assert server.kinds() == ["list", "object", "object"]
            assert source.cost().requests == 3

    def test_a_long_header_takes_a_second_range(self, language: str) -> None:
        with bucket(language) as (server, source):
            assert source.read_beginning("unet/long.safetensors", header_end) == LONG[: header_end(LONG)]
            assert server.kinds() == ["list", "object", "object"]

    def test_one_object_takes_one_request(self, language: str) -> None:
        with bucket(language, key="models/a/w.safetensors") as (server, source):
            assert [(file.path, file.bytes) for file in source.list_files()] == [("w.safetensors", len(FILE))]
            assert source.focus == "w.safetensors"
            assert source.read_beginning("w.safetensors", header_end) == FILE
            assert source.read("w.safetensors", 3, 9) == FILE[3:9]
            assert server.kinds() == ["object"]

    def test_an_object_with_a_long_header(self, language: str) -> None:
        with bucket(language, key="models/a/unet/long.safetensors") as (server, source):
            source.list_files()
            assert source.read_beginning("long.safetensors", header_end) == LONG[: header_end(LONG)]
            assert server.kinds() == ["object", "object"]

    def test_an_index_stands_in_its_folder(self, language: str) -> None:
        with bucket(language, key="models/a/config.json") as (_, source):
            assert len(source.list_files()) == 3
            assert source.focus == "config.json"

    def test_a_folder_named_like_a_file(self, language: str) -> None:
        with bucket(language, {"x.safetensors/w.safetensors": FILE}, key="x.safetensors") as (server, source):
            assert [file.path for file in source.list_files()] == ["w.safetensors"]
            assert source.focus == ""
            assert server.kinds() == ["object", "list"]

    def test_every_page_is_read(self, language: str) -> None:
        with bucket(language, {f"k/{i:04}.safetensors": FILE for i in range(25)}, key="k") as (server, source):
            server.page_objects = 10
            assert len(source.list_files()) == 25
            assert server.kinds() == ["list"] * 3

    def test_the_whole_bucket(self, language: str) -> None:
        with bucket(language, key="") as (_, source):
            assert len(source.list_files()) == 4

    def test_markers_of_folders_are_no_files(self, language: str) -> None:
        with bucket(language, {"k/": b"", "k/sub/": b"", "k/w.safetensors": FILE}, key="k") as (_, source):
            assert [file.path for file in source.list_files()] == ["w.safetensors"]

    def test_names_arrive_as_they_are(self, language: str) -> None:
        names = ["a b.safetensors", "100%.safetensors", "a+b&c=d.safetensors", "é.safetensors", "%41.safetensors"]
        with bucket(language, {f"k/{name}": FILE for name in names}, key="k") as (_, source):
            assert [file.path for file in source.list_files()] == sorted(names)
            for name in names:
                assert source.read(name, 0, 10**6) == FILE

    def test_names_that_lead_away_are_not_opened(self, language: str) -> None:
        names = ["../up.safetensors", "/etc/abs.safetensors", "a/../../b.safetensors", "a\\b.safetensors"]
        with bucket(language, {f"k/{name}": FILE for name in names}, key="k") as (server, source):
            assert {file.special for file in source.list_files()} == {"outside name"}
            for name in names:
                with pytest.raises(NotAFile):
                    source.read(name, 0, 8)
            assert server.kinds() == ["list"]

    def test_nothing_there(self, language: str) -> None:
        with bucket(language, key="models/none") as (_, source), pytest.raises(NotFound, match="nothing is there"):
            source.list_files()
        with bucket(language, key="models/a/none.safetensors") as (_, source), pytest.raises(NotFound):
            source.list_files()
        with bucket(language, key="models/a/none.json") as (_, source), pytest.raises(NotFound):
            source.list_files()

    def test_an_object_that_is_gone(self, language: str) -> None:
        with bucket(language) as (server, source):
            source.list_files()
            server.objects.clear()
            with pytest.raises(NotFound, match=r"^w\.safetensors: nothing is there \(404"):
                source.read("w.safetensors", 0, 8)


@every_language
def test_pointers_in_place_of_weights(language: str) -> None:
    """A checkout of Git LFS that was uploaded as it stood: the shard that is a pointer is named."""
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"ab" * 32 + b"\nsize 12345\n"
    names = [f"model-0000{i}-of-00002.safetensors" for i in (1, 2)]
    with bucket(language, {f"k/{names[0]}": FILE, f"k/{names[1]}": pointer}, key="k") as (_, source):
        shards = {shard.path: shard for shard in read_checkpoint(source).shards}
        assert "lfs-pointer" in {fault.kind for fault in shards[names[1]].faults}
        assert shards[names[0]].loadable
        assert not shards[names[1]].loadable


@every_language
class TestChanges:
    def test_replaced_since_it_was_listed(self, language: str) -> None:
        with bucket(language) as (server, source):
            source.list_files()
            server.objects["models/a/w.safetensors"] = FILE[:-1] + b"\x01"
            with pytest.raises(ChangedWhileReading, match=r"^w\.safetensors: the object was replaced since"):
                source.read_beginning("w.safetensors", header_end)

    def test_replaced_between_two_reads(self, language: str) -> None:
        with bucket(language, key="models/a/unet/long.safetensors") as (server, source):
            source.list_files()
            server.objects["models/a/unet/long.safetensors"] = LONG[:-1] + b"\x01"
            with pytest.raises(ChangedWhileReading):
                source.read_beginning("long.safetensors", header_end)

    def test_a_server_that_ignores_conditions(self, language: str) -> None:
        """What the answer says of the object is compared with the listing."""
        other = LONG[:-1] + b"\x01"

        def fault(language: str, kind: str, key: str, usual: Sent) -> Sent:
            if kind == "list":
                return usual
            headers = {"ETag": '"other"', "Content-Range": f"bytes 0-131071/{len(other)}"}
            return Sent(status=206, headers=headers | {"x-goog-generation": "7"}, body=other[:131072])

        with bucket(language, fault=fault) as (_, source), pytest.raises(ChangedWhileReading, match="replaced between"):
            source.read_beginning("unet/long.safetensors", header_end)

    def test_another_size_than_listed(self, language: str) -> None:
        def fault(language: str, kind: str, key: str, usual: Sent) -> Sent:
            longer = {"Content-Range": usual.headers.get("Content-Range", "") + "0"}
            return usual if kind == "list" else replace(usual, headers={**usual.headers, **longer})

        with (
            bucket(language, fault=fault) as (_, source),
            pytest.raises(ChangedWhileReading, match="long at first"),
        ):
            source.read_beginning("w.safetensors", header_end)


@contextmanager
def little_memory() -> Iterator[None]:
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < MOST_MEMORY_BYTES
    finally:
        tracemalloc.stop()


def answering(status: int, body: bytes = b"", **headers: str) -> Fault:
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda language, kind, key, usual: Sent(status=status, headers=told, body=body)


def objects_only(fault: Fault) -> Fault:
    return lambda language, kind, key, usual: usual if kind == "list" else fault(language, kind, key, usual)


def cut_short(language: str, kind: str, key: str, usual: Sent) -> Sent:
    length = {"Content-Length": str(len(usual.body)), "Connection": "close"}
    return replace(usual, headers={**usual.headers, **length}, body=usual.body[: len(usual.body) // 2])


def longer_than_it_says(language: str, kind: str, key: str, usual: Sent) -> Sent:
    return replace(usual, body=usual.body + bytes(100))


def shifted(language: str, kind: str, key: str, usual: Sent) -> Sent:
    return replace(usual, headers={**usual.headers, "Content-Range": f"bytes 8-{len(usual.body) + 7}/{len(FILE)}"})


@every_language
class TestFaults:
    @pytest.mark.parametrize(
        ("fault", "error", "sentence"),
        [
            (answering(503), Unreachable, "the server answered 503 (5 attempts)"),
            (answering(500, b"<html>" * 1000), Unreachable, "the server answered 500 (5 attempts)"),
            (answering(429, Retry_After="86400"), Unreachable, "the server answered 429 (1 attempt)"),
            (answering(403, b"<Error><Code>Expired</Code></Error>"), AccessDenied, "denies access (403 Expired)"),
            (answering(401), AccessDenied, "denies access (401)"),
            (answering(404), NotFound, "nothing is there (404)"),
            (answering(400, b"<Code>Odd</Code>"), Unreachable, "the store answered 400 Odd"),
            (answering(302, Location="http://169.254.169.254/"), CannotLook, "leads elsewhere (302)"),
            (answering(206, b"x" * 9), Unreachable, "206 without a valid Content-Range"),
            (answering(416), Unreachable, "416"),
            (answering(200, b"", Content_Length="x"), CannotLook, ""),
            (cut_short, Unreachable, ""),
            (shifted, Unreachable, "were asked for"),
        ],
    )
    def test_of_an_object(self, language: str, fault: Fault, error: type[CannotLook], sentence: str) -> None:
        with bucket(language, fault=objects_only(fault)) as (_, source):
            source.list_files()
            began = time.monotonic()
            with pytest.raises(error) as caught:
                source.read("w.safetensors", 0, 10**6)
            assert time.monotonic() - began < MOST_SECONDS
        assert caught.value.message.startswith("w.safetensors: ")
        assert sentence in caught.value.message

    @pytest.mark.parametrize(
        ("fault", "error", "sentence"),
        [
            (answering(503), Unreachable, "the server answered 503 (5 attempts)"),
            (answering(403), AccessDenied, "denies access (403)"),
            (answering(404, b"<Code>NoSuchBucket</Code>"), NotFound, "nothing is there (404 NoSuchBucket)"),
            (answering(200, b"<html>hello</html>"), CannotLook, "is no listing"),
            (answering(200, b"[" * 100_000), CannotLook, "is no listing"),
            (answering(200, b"[1, 2]"), CannotLook, "is no listing"),
            (answering(200, b"<a>" * 100_000), CannotLook, "is no listing"),
            (answering(200, b"\xff\xfe\x00"), CannotLook, "is no listing"),
            (answering(200, b" " * (rest.MOST_PAGE_BYTES + 1)), LimitReached, "more than 4,194,304 bytes"),
            (answering(206, b""), Unreachable, "206"),
            (cut_short, Unreachable, ""),
        ],
    )
    def test_of_the_listing(self, language: str, fault: Fault, error: type[CannotLook], sentence: str) -> None:
        with bucket(language, fault=fault) as (_, source):
            began = time.monotonic()
            with pytest.raises(error) as caught:
                source.list_files()
            assert time.monotonic() - began < MOST_SECONDS
        assert caught.value.message.startswith(f"{language}://bucket/models/a: ")
        assert sentence in caught.value.message

    def test_a_hint_for_those_who_are_denied(self, language: str) -> None:
        with bucket(language, fault=answering(403)) as (_, source), pytest.raises(AccessDenied) as caught:
            source.list_files()
        assert caught.value.hint == "Log in."

    def test_a_server_that_ignores_ranges_is_cut_off(self, language: str) -> None:
        """32 MB stand behind the name; little more than what is asked for is taken."""
        whole = FILE + bytes(32 * 1024 * 1024)
        etag_of(whole)

        def fault(language: str, kind: str, key: str, usual: Sent) -> Sent:
            return Sent(status=200, headers={}, body=whole)

        with bucket(language, {"k/w.safetensors": whole}, key="k", fault=objects_only(fault)) as (_, source):
            source.list_files()
            with little_memory():
                assert source.read("w.safetensors", 0, 1000) == whole[:1000]
            assert source.cost().bytes < 1024 * 1024

    def test_what_comes_after_the_range_is_not_taken(self, language: str) -> None:
        with bucket(language, fault=objects_only(longer_than_it_says)) as (_, source):
            assert source.read("w.safetensors", 0, 10) == FILE[:10]

    def test_an_object_as_long_as_no_object_is(self, language: str) -> None:
        page = b"%d" % 10**30

        def fault(language: str, kind: str, key: str, usual: Sent) -> Sent:
            return replace(usual, body=usual.body.replace(b"%d" % len(FILE), page))

        with bucket(language, {"k/w.safetensors": FILE}, key="k", fault=fault) as (_, source):
            assert [(file.bytes, file.special) for file in source.list_files()] == [(0, "of unknown size")]


@every_language
class TestEndlessListings:
    def test_the_same_page_for_ever(self, language: str) -> None:
        def fault(language: str, kind: str, key: str, usual: Sent) -> Sent:
            return Sent(status=200, headers={}, body=page_of(language, {"models/a/w.safetensors": FILE}, "7"))

        with bucket(language, fault=fault) as (server, source):
            with pytest.raises(Unreachable, match="does not come to an end"):
                source.list_files()
            assert len(server.requests) == 2

    def test_empty_pages_for_ever(self, language: str) -> None:
        tokens = iter(range(10**6))

        def fault(language: str, kind: str, key: str, usual: Sent) -> Sent:
            return Sent(status=200, headers={}, body=page_of(language, {}, f"{next(tokens)}"))

        with bucket(language, fault=fault) as (server, source):
            with pytest.raises(Unreachable, match="does not come to an end"):
                source.list_files()
            assert len(server.requests) == rest.MOST_EMPTY_PAGES + 1

    def test_an_object_now_and_then(self, language: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(rest, "LISTING_SECONDS", 0.3)
        pages = iter(range(10**6))

        def fault(language: str, kind: str, key: str, usual: Sent) -> Sent:
            page = next(pages)
            time.sleep(0.05)
            objects = {f"models/a/{page}.safetensors": FILE}
            return Sent(status=200, headers={}, body=page_of(language, objects, f"{page + 1}"))

        with bucket(language, fault=fault) as (server, source):
            with pytest.raises(Unreachable, match="does not come to an end"):
                source.list_files()
            assert 3 < len(server.requests) < 10

    def test_objects_for_ever(self, language: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(rest, "MOST_OBJECTS", 30)
        pages = iter(range(10**6))

        def fault(language: str, kind: str, key: str, usual: Sent) -> Sent:
            page = next(pages)
            return Sent(
                status=200,
                headers={},
                body=page_of(language, {f"models/a/{page}-{i}.safetensors": FILE for i in range(10)}, f"{page + 1}"),
            )

        with bucket(language, fault=fault) as (server, source):
            with pytest.raises(LimitReached, match="objects"):
                source.list_files()
            assert len(server.requests) == 4

    def test_keys_that_were_not_asked_for_do_not_count(self, language: str) -> None:
        def fault(language: str, kind: str, key: str, usual: Sent) -> Sent:
            return Sent(status=200, headers={}, body=page_of(language, {"elsewhere/w.safetensors": FILE}, ""))

        with bucket(language, fault=fault) as (_, source), pytest.raises(NotFound):
            source.list_files()


class TestHostileServers:
    """What a socket can do beyond HTTP; the languages share the transport, so one stands for all."""

    @pytest.mark.parametrize(
        "script",
        [
            http_servers.says_nothing,
            http_servers.head_in_drips,
            http_servers.body_in_drips,
            http_servers.endless_body,
            http_servers.endless_chunks,
            http_servers.endless_header_lines,
            http_servers.gzip_bomb,
            http_servers.nothing_at_all,
            http_servers.not_http,
            http_servers.redirects_without_end,
            http_servers.server_errors_with_endless_pages,
        ],
    )
    @pytest.mark.parametrize("key", ["models/a", "models/a/w.safetensors"])
    def test_ended_in_time_with_a_sentence(self, script: Script, key: str) -> None:
        http_servers.packed_zeros()
        with RawServer(script) as server:
            source = source_of(server.url, "s3", key)
            began = time.monotonic()
            with little_memory(), pytest.raises(CannotLook) as caught:
                source.list_files()
            assert time.monotonic() - began < MOST_SECONDS
        assert caught.value.message.startswith(f"s3://bucket/{key}: ")

    def test_closing_ends_a_read_that_waits(self) -> None:
        with RawServer(http_servers.says_nothing) as server:
            source = source_of(server.url, "s3", network=Network(patience=Patience(answer_seconds=30.0)))
            threading.Timer(0.2, source.close).start()
            began = time.monotonic()
            with pytest.raises(CannotLook):
                source.list_files()
            assert time.monotonic() - began < 3.0


def test_a_hundred_thousand_objects() -> None:
    keys = [f"k/{i:06}/w.safetensors" for i in range(100_000)]

    def fault(language: str, kind: str, key: str, usual: Sent) -> Sent:
        start = 1000 * (len(server.requests) - 1)
        more = str(start) if start + 1000 < len(keys) else ""
        return Sent(status=200, headers={}, body=page_of("s3", dict.fromkeys(keys[start : start + 1000], b""), more))

    with bucket("s3", {}, key="k", fault=fault) as (server, source):
        assert len(source.list_files()) == 100_000
        assert len(server.requests) == 100


class TestRegions:
    """S3 tells the region of a bucket to whoever asks in another one."""

    @pytest.mark.parametrize(
        "told",
        [
            Sent(status=301, headers={"x-amz-bucket-region": "eu-west-1"}),
            Sent(status=400, headers={}, body=b"<Error><Code>Malformed</Code><Region>eu-west-1</Region></Error>"),
        ],
    )
    def test_the_bucket_is_asked_there(self, told: Sent) -> None:
        with StoreServer({"k/w.safetensors": FILE}) as there, StoreServer({}, fault=lambda *_: told) as here:
            asked: list[str] = []

            def elsewhere(region: str) -> S3:
                asked.append(region)
                return S3(f"{there.url}/s3/bucket", lambda url: {}, lambda region: None)

            dialect = S3(f"{here.url}/s3/bucket", lambda url: {}, elsewhere)
            assert RestStore("s3://bucket/k", dialect, IMPATIENT_NETWORK).find("k/").keys() == {"k/w.safetensors"}
            assert asked == ["eu-west-1"]

    def test_not_round_in_circles(self) -> None:
        told = Sent(status=301, headers={"x-amz-bucket-region": "eu-west-1"})
        with StoreServer({}, fault=lambda *_: told) as here:

            def elsewhere(region: str) -> S3:
                return S3(f"{here.url}/s3/bucket", lambda url: {}, elsewhere)

            store = RestStore("s3://bucket/k", elsewhere(""), IMPATIENT_NETWORK)
            with pytest.raises(CannotLook, match="leads elsewhere"):
                store.find("k/")
            assert len(here.requests) == 2


class TestSignatures:
    def test_that_cannot_be_made_any_more(self) -> None:
        """A login that expires while a long read goes on is said, in a sentence."""

        def sign(url: str) -> Mapping[str, str]:
            raise OSError("the login has expired")

        with StoreServer({}) as server:
            good = S3(f"{server.url}/s3/bucket", lambda url: {}, lambda region: None)
            store = RestStore("s3://bucket/k", good, IMPATIENT_NETWORK)
            good._sign = sign
            with pytest.raises(Unreachable, match=r"^s3://bucket/k: the login has expired\.$"):
                store.find("k/")

    def test_of_s3_cover_the_whole_address(self) -> None:
        signed: list[str] = []

        def sign(url: str) -> Mapping[str, str]:
            signed.append(url)
            return {"Authorization": "AWS4"}

        s3 = S3("http://host/bucket", sign, lambda region: None)
        listing, one = s3.listing("a b/", "t=/+"), s3.object("a b/ü+.safetensors", '"e"')
        assert signed == [
            "http://host/bucket/?continuation-token=t%3D%2F%2B&encoding-type=url&list-type=2&max-keys=1000&prefix=a%20b%2F",
            "http://host/bucket/a%20b/%C3%BC%2B.safetensors",
        ]
        assert [f"{one.url.origin}{one.url.target}" for one in (listing, one)] == signed
        assert one.headers == {"Authorization": "AWS4", "If-Match": '"e"'}

    def test_of_google_are_headers(self) -> None:
        gcs = Gcs("https://host/storage/v1/", "bucket", lambda: {"authorization": "Bearer t"}, payer="mine")
        asked = gcs.object("a/b c", "17")
        assert asked.url.target == (
            "/download/storage/v1/b/bucket/o/a%2Fb%20c?alt=media&ifGenerationMatch=17&userProject=mine"
        )
        assert asked.headers == {"authorization": "Bearer t"}

    def test_of_azure_are_a_query_or_a_header(self) -> None:
        asked = Azure("https://host/container", lambda: ("sig=s", {"Authorization": "Bearer t"})).object("a/b c", '"e"')
        assert asked.url.target == "/container/a/b%20c?sig=s"
        assert str(asked.url) == "https://host/container/a/b%20c"
        assert asked.headers["Authorization"] == "Bearer t"
        assert asked.headers["If-Match"] == '"e"'


def page_of(language: str, objects: Mapping[str, bytes], token: str) -> bytes:
    return PAGES[language](objects, token).encode()
