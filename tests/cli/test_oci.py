"""The command line on artifacts and images: every command, documents, exit codes."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from inspector.cli import hub_settings
from tests.builder import file_bytes
from tests.cli.runner import Result, run
from tests.cli.schemas import check
from tests.sources.hub_server import Reply, times
from tests.sources.hub_support import IMPATIENT
from tests.sources.oci.packing import CONFIG, RAW, TAR, Artifact, Layer, digest, index_of, layout, packed, raw, tar
from tests.sources.oci.registry_server import NAME, PASSWORD, TOKEN, RegistryServer

pytest.importorskip("huggingface_hub.constants")

FILES = {
    f"model-{n:05}-of-00002.safetensors": file_bytes({f"model.layers.{n}.mlp.up_proj.weight": ("BF16", (64, 64))})
    for n in (1, 2)
}
PARAMS = 2 * 64 * 64
ARTIFACT = Artifact([*(raw(path, data) for path, data in FILES.items()), raw("config.json", CONFIG, "application/x")])
INDEX = json.dumps(
    {"weight_map": {f"model.layers.{n}.mlp.up_proj.weight": path for n, path in enumerate(FILES, 1)}}
).encode()


@pytest.fixture(autouse=True)
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INSPECTOR_CACHE_DIR", str(tmp_path / "headers"))
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "docker"))
    monkeypatch.setattr(hub_settings, "_patience", lambda seconds: IMPATIENT)


@pytest.fixture
def server() -> Iterator[RegistryServer]:
    with RegistryServer(ARTIFACT) as server:
        yield server


def inspect(target: str, *options: str) -> Result:
    return run("inspect", target, *options, "--json")


def test_inspect(server: RegistryServer) -> None:
    result = inspect(server.target)
    document = result.document
    check(document)
    assert result.code == 0
    assert document["target"] == {
        "kind": "oci",
        "ref": server.target,
        "repo_id": f"{server.host}/org/name",
        "revision": digest(ARTIFACT.manifest),
        "requested_revision": "v1",
    }
    assert document["totals"]["params"] == PARAMS
    assert document["complete"] is True
    assert document["read"]["requests"] == len(server.requests) == 3 + 2 * 3
    server.requests.clear()
    again = inspect(server.target).document
    assert len(server.requests) == 3
    assert {**again, "read": 0} == {**document, "read": 0}


def test_the_table_counts_requests(server: RegistryServer, tmp_path: Path) -> None:
    assert " in 9 requests" in run("inspect", server.target).out
    path = tmp_path / "image.tar"
    path.write_bytes(tar({**layout(ARTIFACT)}))
    assert " reads\n" in run("inspect", str(path)).out


def test_the_table_names_the_platform_that_was_read(server: RegistryServer) -> None:
    image = Artifact([Layer(TAR, tar({**FILES}))], is_image=True)
    platforms = [{"os": "linux", "architecture": name} for name in ("arm64", "amd64")]
    server.blobs = image.blobs
    server.manifests = {
        digest(image.manifest): image.manifest,
        "v1": index_of(b"other", image.manifest, platform=platforms),
    }
    line = f"  {server.host}/org/name @ {digest(image.manifest)} (for linux/amd64)"
    assert line in run("inspect", server.target).out.splitlines()


@pytest.mark.parametrize(
    "command", [["tensors"], ["project"], ["memory"], ["audit"], ["gate", "--max-size", "1MB"], ["inspect"]]
)
def test_every_command_takes_it(server: RegistryServer, tmp_path: Path, command: list[str]) -> None:
    path = tmp_path / "image.tar"
    path.write_bytes(tar({**layout(ARTIFACT)}))
    for target in (server.target, str(path)):
        result = run(command[0], target, *command[1:], "--json")
        check(result.document)
        assert result.code == 0


def test_a_snapshot_of_it_is_the_same(server: RegistryServer, tmp_path: Path) -> None:
    file = str(tmp_path / "x.snapshot.json.gz")
    assert run("snapshot", server.target, file).code == 0
    assert run("diff", file, server.target, "--exit-code").code == 0
    kept, there = inspect(file).document, inspect(server.target).document
    assert kept["totals"] == there["totals"]
    assert kept["target"]["revision"] == there["target"]["revision"]


def test_verify_takes_the_digests_of_layers(server: RegistryServer, tmp_path: Path) -> None:
    assert run("verify", server.target).code == 0
    name, data = next(iter(FILES.items()))
    server.blobs[digest(data)] = data[:-1] + b"x"
    result = run("verify", server.target, "--json")
    assert result.code == 1
    assert [finding["path"] for finding in result.document["findings"]] == [name]


@pytest.mark.parametrize("wrap", [lambda data: data, packed], ids=["tar", "gzip"])
def test_verify_reads_archives_as_they_are(
    server: RegistryServer, tmp_path: Path, wrap: Callable[[bytes], bytes]
) -> None:
    archive = wrap(tar({**FILES, "config.json": CONFIG}))
    artifact = Artifact([Layer(TAR, archive)])
    server.manifests["v1"], server.blobs = artifact.manifest, dict(artifact.blobs)
    result = run("verify", server.target, "--json")
    check(result.document)
    assert result.code == 0
    name = f"layer 1 ({digest(archive)[:19]})"
    assert [(row["path"], row["status"]) for row in result.document["files"]] == [(name, "agrees")]
    path = tmp_path / "image.tar"
    path.write_bytes(tar({**layout(artifact)}))
    assert run("verify", str(path)).code == 0
    server.blobs[digest(archive)] = archive[:-1] + b"x"
    broken = run("verify", server.target, "--json")
    assert broken.code == 1
    assert [(row["rule"], row["path"]) for row in broken.document["findings"]] == [("ST810", name)]


def test_verify_believes_nothing_that_was_kept(server: RegistryServer) -> None:
    name, data = next(iter(FILES.items()))
    assert inspect(server.target).code == 0
    server.blobs[digest(data)] = data[:9] + b" " + data[10:]
    result = run("verify", server.target, "--json")
    assert result.code == 1
    assert [row["path"] for row in result.document["findings"]] == [name]


def test_a_layer_that_is_too_large_is_named(server: RegistryServer) -> None:
    archive = tar({**FILES})
    artifact = Artifact([Layer(TAR, archive), raw("config.json", CONFIG, "application/x")])
    server.manifests["v1"], server.blobs = artifact.manifest, artifact.blobs
    assert run("gate", server.target, "--max-layer", str(len(archive))).code == 0
    result = run("gate", server.target, "--max-layer", "10kB", "--json")
    assert result.code == 1
    broken = [row for row in result.document["checks"] if row["name"] == "max-layer"]
    assert broken[0]["why"] == f"layer 1 ({digest(archive)[:19]})"
    passing = run("gate", server.target, "--max-file-size", "10kB")
    assert passing.code == 0


def test_a_tag_is_not_pinned_and_a_digest_is(server: RegistryServer) -> None:
    tagged = run("audit", server.target, "--select", "ST805", "--json").document["findings"]
    assert [(row["saw"], row["expected"]) for row in tagged] == [("v1", digest(ARTIFACT.manifest))]
    pinned = f"oci://{server.host}/org/name@{digest(ARTIFACT.manifest)}"
    document = run("audit", pinned, "--json").document
    assert not [row for row in document["findings"] if row["rule"] == "ST805"]
    skipped = {row["rule"]: row["why"] for row in document["checks"] if row["status"] == "skip"}
    assert skipped["ST801"] == "the target is not on the Hub"


def cut(monkeypatch: pytest.MonkeyPatch, data: bytes) -> Artifact:
    """An artifact of which no more than the first shard can be reached."""
    from inspector.sources.oci import packing

    for name in ("MOST_WHOLE_BYTES", "MOST_BEGINNING_BYTES", "LEAST_BYTES"):
        monkeypatch.setattr(packing, name, 65536)
    return Artifact([Layer(f"{TAR}+gzip", packed(data))])


def test_what_cannot_be_listed_is_not_called_missing(server: RegistryServer, monkeypatch: pytest.MonkeyPatch) -> None:
    import random

    first, second = FILES
    noise = random.Random(1).randbytes(200_000)
    entries = {"model.safetensors.index.json": INDEX, first: FILES[first], "x.bin": noise, second: FILES[second]}
    artifact = cut(monkeypatch, tar({**entries}))
    server.manifests["v1"], server.blobs = artifact.manifest, artifact.blobs
    result = inspect(server.target)
    check(result.document)
    assert result.code == 3
    assert result.document["complete"] is False
    assert result.document["totals"]["params"] == PARAMS // 2
    parts = {part["path"]: part["message"] for part in result.document["not_checked"]}
    assert parts[second] == f"{second} was not found; it may be in what could not be listed."
    assert "no more than the first 64.00 KiB are unpacked" in parts[f"layer 1 ({digest(artifact.layers[0].data)[:19]})"]
    audit = run("audit", server.target, "--json")
    assert audit.code == 3
    assert audit.document["verdict"] == "none"
    assert not [row for row in audit.document["findings"] if row["severity"] == "error"]


def test_a_snapshot_keeps_what_could_not_be_listed(
    server: RegistryServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    artifact = Artifact([Layer(f"{TAR}+zstd", b"\x28\xb5\x2f\xfd" + bytes(600)), *ARTIFACT.layers])
    server.manifests["v1"], server.blobs = artifact.manifest, artifact.blobs
    file = str(tmp_path / "x.snapshot.json.gz")
    assert run("snapshot", server.target, file).code == 3
    assert inspect(file).document["not_checked"] == inspect(server.target).document["not_checked"]


@pytest.mark.parametrize(
    ("artifact", "message"),
    [
        (Artifact([Layer("application/vnd.ollama.image.model", b"GGUF")]), "holds GGUF weights (model.gguf) but no"),
        (Artifact([Layer("application/x", b"what")]), "holds no safetensors file among its 1 file."),
        (Artifact([]), "is empty: there are no safetensors files in it."),
        (Artifact([Layer(TAR, b"x" * 600)]), "not all of its files are listed: it is no tar archive."),
        (Artifact([raw("../x.safetensors", b"x")]), "holds no safetensors file that can be opened"),
    ],
)
def test_nothing_to_inspect(artifact: Artifact, message: str) -> None:
    with RegistryServer(artifact) as server:
        result = inspect(server.target)
    assert result.code == 3
    assert message in result.document["error"]["message"]


def test_a_login_of_docker_is_sent_and_never_shown(tmp_path: Path) -> None:
    with RegistryServer(ARTIFACT, login="account") as server:
        refused = inspect(server.target, "-v")
        (tmp_path / "docker").mkdir()
        entry = {"username": NAME, "password": PASSWORD}
        (tmp_path / "docker" / "config.json").write_text(json.dumps({"auths": {server.host: entry}}), encoding="utf-8")
        result = inspect(server.target, "-v")
        anonymous = inspect(server.target, "--anonymous", "--no-cache")
    assert (refused.code, result.code, anonymous.code) == (3, 0, 3)
    assert f"docker login {server.host}" in refused.err
    for shown in (result.out, result.err, refused.err, anonymous.err):
        assert PASSWORD not in shown
        assert TOKEN not in shown


def test_a_registry_that_is_down(server: RegistryServer) -> None:
    server.faults = [times(-1, "resolve", lambda request, usual: Reply(503))]
    result = inspect(server.target)
    assert result.code == 3
    assert result.document["error"]["message"] == f"{server.target}: the server answered 503 (5 attempts)."


@pytest.mark.parametrize("target", ["oci://org/name:v1", "oci://ghcr.io/Org/Name"])
def test_a_target_that_is_none(target: str) -> None:
    result = inspect(target)
    assert result.code == 2
    assert "Write oci://registry/repository:tag" in result.err


def test_media_types_of_safetensors_have_a_name_without_a_path() -> None:
    with RegistryServer(Artifact([Layer(RAW, next(iter(FILES.values())))])) as server:
        assert [row["path"] for row in inspect(server.target).document["files"]] == ["model.safetensors"]
