"""Artifacts in a loopback registry: what is asked for, of whom, with which login, and registries that lie."""

import gzip
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from inspector.errors import (
    AccessDenied,
    CannotLook,
    ChangedWhileReading,
    LimitReached,
    NotFound,
    RefusedRedirect,
    Unreadable,
    UsageError,
)
from inspector.sources.header_cache import HeaderCache
from inspector.sources.hub_settings import HubSettings
from inspector.sources.oci.challenge import Login
from inspector.sources.oci.opening import open_registry
from inspector.sources.oci.source import OciSource
from tests.sources.hub_server import Reply, Request, times
from tests.sources.hub_support import IMPATIENT_NETWORK, header_end
from tests.sources.oci.packing import (
    CONFIG,
    INDEX,
    RAW,
    TAR,
    TITLE,
    WEIGHTS,
    Artifact,
    Layer,
    digest,
    index_of,
    packed,
    raw,
    shards,
    tar,
)
from tests.sources.oci.registry_server import NAME, PASSWORD, REPOSITORY, TOKEN, RegistryServer

ONE = Artifact([raw("model.safetensors", WEIGHTS)])
HEADER = WEIGHTS[: header_end(WEIGHTS)]
ACCOUNT = Login(username=NAME, password=PASSWORD)


def source_of(
    server: RegistryServer,
    target: str = "",
    *,
    revision: str = "",
    login: Login | None = None,
    cache: HeaderCache | None = None,
) -> OciSource:
    settings = HubSettings(
        network=IMPATIENT_NETWORK, header_cache=cache, registry_login=lambda registry, repository: login or Login()
    )
    return open_registry(target or server.target, revision, settings)


@contextmanager
def served(artifact: Artifact, login: str = "token") -> Iterator[tuple[RegistryServer, OciSource]]:
    with RegistryServer(artifact, login=login) as server:
        yield server, source_of(server)


def look(source: OciSource) -> Mapping[str, bytes]:
    """The headers of all weights that are listed."""
    names = [file.path for file in source.list_files() if file.path.endswith(".safetensors") and not file.special]
    beginnings = {name: source.read_beginning(name, header_end) for name in names}
    return {name: beginning[: header_end(beginning)] for name, beginning in beginnings.items()}


def listed(source: OciSource) -> list[str]:
    return [file.path for file in source.list_files()]


class TestCost:
    """Requests and bytes: a token, the manifest, and two for each file."""

    def test_one_file(self) -> None:
        with served(ONE) as (server, source):
            assert look(source) == {"model.safetensors": HEADER}
            assert len(server.requests) == source.cost().requests == 5
            assert source.cost().bytes < 72_000

    def test_an_open_registry(self) -> None:
        with served(ONE, login="") as (server, source):
            look(source)
            assert len(server.requests) == 3

    @pytest.mark.parametrize("wrap", [lambda data: data, packed], ids=["tar", "gzip"])
    def test_one_file_in_an_archive(self, wrap: Callable[[bytes], bytes]) -> None:
        archive = wrap(tar({"model.safetensors": WEIGHTS}, padded=False))
        with served(Artifact([Layer(TAR, archive)])) as (server, source):
            assert look(source) == {"model.safetensors": HEADER}
            assert len(server.requests) == 5

    def test_each_shard_takes_two_more(self) -> None:
        files = shards(6)
        with served(Artifact([raw(path, data) for path, data in files.items()])) as (server, source):
            assert look(source).keys() == files.keys()
            assert len(server.requests) == 3 + 2 * 6

    def test_shards_in_one_archive_take_one_each(self) -> None:
        files = shards(6)
        with served(Artifact([Layer(TAR, tar({**files}, padded=False))])) as (server, source):
            assert look(source).keys() == files.keys()
            assert len(server.requests) <= 4 + 6

    def test_a_second_look_takes_the_manifest_alone(self, tmp_path: Path) -> None:
        cache = HeaderCache(str(tmp_path))
        artifact = Artifact([raw("model.safetensors", WEIGHTS), raw("config.json", CONFIG, "application/x")])
        with RegistryServer(artifact) as server:
            for requests in (7, 3):
                server.requests.clear()
                source = source_of(server, cache=cache)
                assert look(source) == {"model.safetensors": HEADER}
                assert source.read("config.json", 0, 100) == CONFIG
                assert len(server.requests) == requests

    def test_what_one_registry_promised_is_not_believed_of_another(self, tmp_path: Path) -> None:
        cache = HeaderCache(str(tmp_path))
        with RegistryServer(ONE) as server, RegistryServer(ONE) as other:
            look(source_of(server, cache=cache))
            look(source_of(other, cache=cache))
            assert len(other.requests) == 5


class TestTarget:
    def test_what_was_read_is_pinned(self) -> None:
        with served(ONE) as (server, source):
            source.list_files()
            target = source.target
            assert target.revision == digest(ONE.manifest)
            assert (target.kind, target.ref, target.requested_revision) == ("oci", server.target, "v1")
            assert target.repo_id == f"{server.host}/{REPOSITORY}"
            pinned = source_of(server, f"oci://{server.host}/{REPOSITORY}@{target.revision}")
            assert listed(pinned) == ["model.safetensors"]

    def test_the_revision_of_an_option(self) -> None:
        with RegistryServer(ONE) as server:
            assert listed(source_of(server, f"oci://{server.host}/{REPOSITORY}", revision="v1")) == [
                "model.safetensors"
            ]

    def test_one_platform_of_an_index(self) -> None:
        other = Artifact([raw("other.safetensors", WEIGHTS)])
        platforms = [{"os": "linux", "architecture": name} for name in ("arm64", "amd64")]
        with served(ONE) as (server, source):
            server.manifests = {
                digest(ONE.manifest): ONE.manifest,
                "v1": index_of(other.manifest, ONE.manifest, platform=platforms),
            }
            assert listed(source) == ["model.safetensors"]
            assert source.target.revision == digest(ONE.manifest)
            assert source.facts["platform"] == "linux/amd64"
            assert source.facts["platforms"] == ["linux/arm64", "linux/amd64"]

    def test_layers_are_told(self) -> None:
        with served(Artifact([*ONE.layers, Layer(TAR, tar({}))])) as (_, source):
            source.list_files()
            told = [(row["name"], row["bytes"]) for row in source.facts["layers"]]
            assert told[0] == ("model.safetensors", len(WEIGHTS))
            assert told[1][0].startswith("layer 2 (sha256:")

    def test_offline(self) -> None:
        with pytest.raises(UsageError, match="cannot be read offline"):
            open_registry("oci://ghcr.io/a:1", "", HubSettings(offline=True))


class TestFiles:
    """What layers hold, by their annotations, media types and first bytes."""

    def test_raw_layers_with_paths(self) -> None:
        layers = [
            raw("unet/model.safetensors", WEIGHTS),
            Layer("application/octet-stream", CONFIG, {TITLE: "unet/config.json"}),
            Layer("application/vnd.cog.weight.layer.v1", b"x", {"vnd.cog.weight.dest": "/src/weights.bin"}),
        ]
        with served(Artifact(layers)) as (_, source):
            assert listed(source) == ["src/weights.bin", "unet/config.json", "unet/model.safetensors"]
            assert source.size_bytes("unet/config.json") == len(CONFIG)
            assert source.read("unet/config.json", 0, len(CONFIG)) == CONFIG
            assert source.list_files()[2].sha256 == digest(WEIGHTS).removeprefix("sha256:")

    def test_a_plain_file_under_the_media_type_of_an_archive(self) -> None:
        with served(Artifact([Layer(TAR, WEIGHTS, {TITLE: "model.safetensors"})])) as (_, source):
            assert look(source) == {"model.safetensors": HEADER}
            assert source.list_files()[0].sha256

    @pytest.mark.parametrize("name", ["model.tar", "model.tar.gz", "MODEL.TGZ"])
    def test_an_archive_by_its_name(self, name: str) -> None:
        data = (
            packed(tar({"a.safetensors": WEIGHTS})) if name.lower().endswith("gz") else tar({"a.safetensors": WEIGHTS})
        )
        with served(Artifact([Layer("application/octet-stream", data, {TITLE: name})])) as (_, source):
            assert look(source) == {"a.safetensors": HEADER}

    def test_files_without_a_path(self) -> None:
        layers = [Layer(RAW, data) for data in shards(2).values()]
        layers += [Layer("application/vnd.ollama.image.model", b"GGUF"), Layer("application/x", b"what")]
        with served(Artifact(layers)) as (_, source):
            names = listed(source)
        assert names[1:] == ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors", "model.gguf"]
        assert names[0].startswith("layer 4 (sha256:")

    def test_an_image(self) -> None:
        base = packed(tar({f"usr/lib/m{i}.py": b"pass" for i in range(100)}))
        files = {f"m/{path}": data for path, data in shards(2).items()}
        layers = [
            Layer(f"{TAR}+gzip", base),
            Layer(TAR, tar({**files, "m/config.json": CONFIG, "m/old.bin": b"x"})),
            Layer(f"{TAR}+gzip", packed(tar({"m/.wh.old.bin": b""}))),
        ]
        with served(Artifact(layers, is_image=True)) as (_, source):
            assert listed(source) == ["m/config.json", *files]
            assert source.read("m/config.json", 2, 12) == CONFIG[2:12]
            assert not any(file.unlisted for file in source.list_files())

    @pytest.mark.parametrize("path", ["../evil.safetensors", "a/../../evil.safetensors", "a\x1b.safetensors", "a\\b"])
    def test_a_path_that_leaves_is_not_opened(self, path: str) -> None:
        with served(Artifact([raw(path, WEIGHTS)])) as (server, source):
            assert [file.special for file in source.list_files()] == ["outside link"]
            with pytest.raises(CannotLook, match="not opened"):
                source.read(path, 0, 8)
            assert not any("blobs" in asked for asked in server.paths())

    def test_a_path_that_is_not_listed_is_not_asked_for(self) -> None:
        with served(ONE) as (_, source), pytest.raises(NotFound, match="nothing was asked for"):
            source.read("other.safetensors", 0, 8)


def unlisted(artifact: Artifact) -> tuple[list[str], str]:
    """What could be listed, and why there may be more."""
    with served(artifact) as (_, source):
        files = source.list_files()
    reasons = [file.unlisted for file in files if file.unlisted]
    assert len(reasons) == 1
    return [file.path for file in files if not file.unlisted], reasons[0]


class TestUnlisted:
    """What of a layer cannot be listed is said, and what can be is listed all the same."""

    @pytest.mark.parametrize(
        ("magic", "name"),
        [
            (b"\x28\xb5\x2f\xfd", "Zstandard"),
            (b"\x50\x2a\x4d\x18", "Zstandard"),
            (b"BZh9", "bzip2"),
            (b"\xfd7zXZ\0", "xz"),
            (b"\x04\x22\x4d\x18", "LZ4"),
        ],
    )
    def test_other_compression(self, magic: bytes, name: str) -> None:
        files, why = unlisted(Artifact([Layer(f"{TAR}+zstd", magic + bytes(600)), *ONE.layers]))
        assert files == ["model.safetensors"]
        assert why.startswith("layer 1 (sha256:")
        assert why.endswith(f"not all of its files are listed: it is compressed with {name}, which is not unpacked.")

    def test_a_long_compressed_layer(self, monkeypatch: pytest.MonkeyPatch) -> None:
        from inspector.sources.oci import packing

        for name in ("MOST_WHOLE_BYTES", "MOST_BEGINNING_BYTES", "LEAST_BYTES"):
            monkeypatch.setattr(packing, name, 65536)
        import random

        data = random.Random(1).randbytes(200_000)
        archive = packed(tar({"config.json": CONFIG, "a.safetensors": WEIGHTS + data, "b.safetensors": WEIGHTS}))
        files, why = unlisted(Artifact([Layer(f"{TAR}+gzip", archive)]))
        assert files == ["a.safetensors", "config.json"]
        assert "it is compressed, and no more than the first 64.00 KiB are unpacked" in why

    @pytest.mark.parametrize(
        ("data", "why"),
        [
            (gzip.compress(b"x" * 1000), "no tar archive is in it"),
            (b"\x1f\x8b" + bytes(600), "its gzip stream is broken"),
            (b"x" * 1000, "it is no tar archive"),
            (b"", "it is no tar archive"),
            (tar({"a": bytes(3000)})[:2000], "breaks off inside a"),
        ],
    )
    def test_broken_layers(self, data: bytes, why: str) -> None:
        assert why in unlisted(Artifact([Layer(TAR, data), *ONE.layers]))[1]

    def test_a_layer_that_is_kept_elsewhere(self) -> None:
        entry = {"mediaType": TAR, "digest": digest(b"x"), "size": 1, "urls": ["http://169.254.169.254/latest"]}
        assert "kept outside of the registry" in unlisted(Artifact([], changes={"layers": [entry]}))[1]

    def test_a_layer_that_the_registry_lost(self) -> None:
        artifact = Artifact([Layer(TAR, tar({})), *ONE.layers])
        with served(artifact) as (server, source):
            del server.blobs[digest(tar({}))]
            assert "the registry has no such thing (404)" in "".join(file.unlisted for file in source.list_files())

    def test_much_to_unpack_is_told_of(self, monkeypatch: pytest.MonkeyPatch) -> None:
        from inspector.sources.oci import source as module

        said: list[str] = []
        artifact = Artifact([Layer(f"{TAR}+gzip", packed(tar({"model.safetensors": WEIGHTS})))])
        size = len(artifact.layers[0].data)
        for bound, told in ((size, []), (size - 1, ["of compressed layers to list their files"])):
            monkeypatch.setattr(module, "_UNREMARKABLE_BYTES", bound)
            with RegistryServer(artifact) as server:
                open_registry(server.target, "", HubSettings(network=IMPATIENT_NETWORK, say=said.append)).list_files()
            assert [words.partition(" kB ")[2] for words in said] == told

    def test_too_many_layers_to_look_into(self) -> None:
        entry = {"mediaType": TAR, "digest": digest(b""), "size": 0}
        with (
            served(Artifact([], changes={"layers": [entry] * 1001})) as (_, source),
            pytest.raises(LimitReached, match="more than 1,000 layers to look into"),
        ):
            source.list_files()


class TestLogins:
    @pytest.mark.parametrize(
        ("login", "given"), [("account", ACCOUNT), ("basic", ACCOUNT), ("basic-not", Login(token=TOKEN))]
    )
    def test_it_is_sent_to_whom_it_belongs(self, login: str, given: Login) -> None:
        with RegistryServer(ONE, login=login) as server:
            assert look(source_of(server, login=given)) == {"model.safetensors": HEADER}
            for request in server.requests:
                assert request.place == "hub" or "authorization" not in request.headers
                if request.headers.get("authorization", "").startswith("Basic"):
                    assert login == "basic" or request.target.startswith("/token")

    @pytest.mark.parametrize("login", ["account", "basic"])
    def test_without_one(self, login: str) -> None:
        with served(ONE, login=login) as (server, source), pytest.raises(AccessDenied) as denied:
            source.list_files()
        assert denied.value.message == f"{server.target}: no such repository, or it needs a login."
        assert denied.value.hint == f"Check the name. Log in with `docker login {server.host}`."

    def test_why_there_is_none_is_told(self) -> None:
        with RegistryServer(ONE, login="account") as server, pytest.raises(AccessDenied) as denied:
            source_of(server, login=Login(note="A helper keeps it.")).list_files()
        assert denied.value.hint == "Check the name. A helper keeps it."

    def test_a_wrong_one(self) -> None:
        wrong = Login(username=NAME, password="other")
        with (
            RegistryServer(ONE, login="account") as server,
            pytest.raises(AccessDenied, match="does not accept the login"),
        ):
            source_of(server, login=wrong).list_files()
        with (
            RegistryServer(ONE, login="basic") as server,
            pytest.raises(AccessDenied, match="denies access to this login"),
        ):
            source_of(server, login=wrong).list_files()

    def test_a_token_that_has_expired_is_replaced(self) -> None:
        with served(Artifact([raw("a.safetensors", WEIGHTS), raw("b.safetensors", WEIGHTS[:-1] + b"x")])) as (
            server,
            source,
        ):
            source.list_files()
            expired = times(1, "resolve", lambda request, usual: Reply(401, server.challenge()), "/blobs/")
            server.faults = [expired]
            assert look(source).keys() == {"a.safetensors", "b.safetensors"}
            assert sum(path == "/token" for path in server.paths()) == 2

    def test_a_place_that_has_expired_is_asked_for_again(self) -> None:
        long = WEIGHTS[:8] + WEIGHTS[8:]
        with served(Artifact([raw("model.safetensors", long)])) as (server, source):
            source.read("model.safetensors", 0, 10)
            server.faults = [times(1, "storage", lambda request, usual: Reply(403))]
            assert source.read("model.safetensors", 100_000, 100_010) == long[100_000:100_010]


def answering(
    make: Callable[[Request, Callable[[], Reply]], Reply], path: str = "", kind: str = "resolve"
) -> RegistryServer:
    server = RegistryServer(ONE)
    server.faults = [times(-1, kind, make, path)]
    return server


class TestLies:
    """Each ends in one sentence of the right kind."""

    @pytest.mark.parametrize(
        ("reply", "error", "problem"),
        [
            (Reply(404), NotFound, r"no such thing \(404\)"),
            (Reply(403), AccessDenied, "needs a login"),
            (Reply(500), CannotLook, "answered 500"),
            (Reply(418), CannotLook, "answered 418"),
            (Reply(429, {"Retry-After": "21600"}), CannotLook, "answered 429"),
            (Reply(200, {}, b"not json"), CannotLook, "is not JSON"),
            (Reply(200, {}, b" " * (4 * 2**20 + 1)), LimitReached, "more than 4,194,304 bytes"),
            (
                Reply(200, {"Docker-Content-Digest": digest(b"")}, ONE.manifest),
                ChangedWhileReading,
                "not what the registry's",
            ),
            (Reply(200, {"Content-Length": "999"}, ONE.manifest, cut=10), CannotLook, "broke off"),
            (Reply(307, {"Location": "file:///etc/passwd"}), RefusedRedirect, "other than http or https"),
            (Reply(307, {"Location": "http://169.254.169.254/"}), RefusedRedirect, "a link-local address is refused"),
            (Reply(307, {"Location": "http://10.0.0.1/"}), RefusedRedirect, "a private address is refused"),
            (Reply(307, {"Location": "?again"}), RefusedRedirect, "more than 5 redirects"),
            (Reply(401, {"WWW-Authenticate": 'Bearer realm="http://auth.example/"'}), RefusedRedirect, "without TLS"),
            (Reply(401, {"WWW-Authenticate": "Negotiate"}), AccessDenied, "needs a login"),
        ],
    )
    def test_of_the_manifest(self, reply: Reply, error: type[CannotLook], problem: str) -> None:
        with answering(lambda request, usual: reply, "/manifests/") as server, pytest.raises(error, match=problem):
            source_of(server).list_files()

    def test_a_manifest_that_is_not_the_one_that_was_asked_for(self) -> None:
        other = Artifact([raw("other.safetensors", WEIGHTS)]).manifest
        with RegistryServer(ONE) as server:
            asked = f"oci://{server.host}/{REPOSITORY}@{digest(ONE.manifest)}"
            server.faults = [times(-1, "resolve", lambda request, usual: Reply(200, {}, other), "/manifests/")]
            with pytest.raises(ChangedWhileReading, match="its manifest is not what its digest promises"):
                source_of(server, asked).list_files()

    def test_an_index_that_leads_back_to_itself(self) -> None:
        def same(request: Request, usual: Callable[[], Reply]) -> Reply:
            return Reply(200, {}, index_of(b"itself"))

        with answering(same, "/manifests/") as server, pytest.raises(ChangedWhileReading, match="digest promises"):
            source_of(server).list_files()

    @pytest.mark.parametrize("change", [-1, 1])
    def test_a_size_that_is_not_the_manifests(self, change: int) -> None:
        with RegistryServer(ONE) as server:
            data = WEIGHTS[:-1] if change < 0 else WEIGHTS + b"x"
            server.blobs[digest(WEIGHTS)] = data
            source = source_of(server)
            source.list_files()
            with pytest.raises(ChangedWhileReading, match=rf"{len(WEIGHTS):,} bytes long at first"):
                source.read_beginning("model.safetensors", header_end)

    def test_content_that_is_not_what_its_digest_promises(self) -> None:
        with served(Artifact([raw("config.json", CONFIG, "application/x")])) as (server, source):
            server.blobs[digest(CONFIG)] = CONFIG.replace(b"llama", b"gemma")
            with pytest.raises(Unreadable, match="its content is not what its digest promises"):
                source.read("config.json", 0, len(CONFIG))

    def test_a_registry_that_ignores_ranges_is_cut_off(self) -> None:
        large = WEIGHTS + bytes(3_000_000)
        with RegistryServer(Artifact([raw("model.safetensors", large)])) as server:
            server.faults = [times(-1, "storage", lambda request, usual: Reply(200, {}, large))]
            source = source_of(server)
            assert look(source) == {"model.safetensors": HEADER}
            assert source.cost().bytes < 1_000_000

    def test_storage_of_a_private_address(self) -> None:
        with answering(lambda request, usual: Reply(307, {"Location": "http://10.0.0.1/x"}), "/blobs/") as server:
            source = source_of(server)
            source.list_files()
            with pytest.raises(RefusedRedirect, match="a private address is refused"):
                source.read("model.safetensors", 0, 8)

    def test_a_dead_storage_is_not_asked_for_ever(self) -> None:
        files = shards(6)
        with RegistryServer(Artifact([raw(path, data) for path, data in files.items()])) as server:
            server.faults = [times(-1, "storage", lambda request, usual: Reply(503))]
            source = source_of(server)
            messages = []
            for path in files:
                with pytest.raises(CannotLook) as failed:
                    source.read_beginning(path, header_end)
                messages.append(failed.value.message)
        assert messages[0] == f"{next(iter(files))} of {server.target}: the server answered 503 (5 attempts)."
        assert messages[-1].endswith("not tried, after 3 other layers failed.")

    def test_a_header_in_pieces(self) -> None:
        with served(ONE) as (server, source):
            server.faults = [
                times(2, "storage", lambda request, usual: Reply(206, usual().headers, usual().body, cut=20_000))
            ]
            assert look(source) == {"model.safetensors": HEADER}


def test_the_index_media_type_is_asked_for() -> None:
    with served(ONE) as (server, source):
        source.list_files()
        assert INDEX in server.requests[0].headers["accept"]
