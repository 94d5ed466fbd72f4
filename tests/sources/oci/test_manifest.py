"""Manifests and indexes: what is read of them, which of several is taken, what is not believed."""

import json
from typing import Any

import pytest

from inspector.errors import CannotLook, LimitReached, NotFound, Unsupported
from inspector.sources.oci.manifest import MOST_LAYERS, MOST_MANIFEST_BYTES, Index, Manifest, choose, parse_manifest
from inspector.sources.oci.store import descend
from tests.sources.oci.packing import IMAGE_CONFIG, Artifact, digest, index_of, raw

ONE = Artifact([raw("a.safetensors", b"x")]).manifest
AMD, ARM = ({"os": "linux", "architecture": name} for name in ("amd64", "arm64"))
UNKNOWN = {"os": "unknown", "architecture": "unknown"}


def parsed(data: bytes) -> Manifest | Index:
    return parse_manifest("it", data)


def index(*platforms: Any) -> Index:
    made = parsed(index_of(*(b"%d" % i for i in range(len(platforms))), platform=platforms))
    assert isinstance(made, Index)
    return made


def named(*names: str) -> Index:
    annotations = [{"org.opencontainers.image.ref.name": name} for name in names]
    made = parsed(index_of(*(b"%d" % i for i in range(len(names))), annotations=annotations))
    assert isinstance(made, Index)
    return made


def test_a_manifest() -> None:
    manifest = parsed(ONE)
    assert isinstance(manifest, Manifest)
    assert not manifest.is_image
    assert [(layer.digest, layer.bytes) for layer in manifest.layers] == [(digest(b"x"), 1)]


@pytest.mark.parametrize(("changes", "is_image"), [({}, True), ({"artifactType": "application/x"}, False)])
def test_an_image_is_told_by_its_configuration(changes: dict[str, str], is_image: bool) -> None:
    manifest = parsed(Artifact([raw("a", b"x")], is_image=True, changes=changes).manifest)
    assert isinstance(manifest, Manifest)
    assert manifest.is_image is is_image


def test_an_artifact_manifest_of_before_calls_its_layers_blobs() -> None:
    manifest = parsed(json.dumps({"artifactType": "x", "blobs": [{"digest": digest(b"x"), "size": 1}]}).encode())
    assert isinstance(manifest, Manifest)
    assert len(manifest.layers) == 1


def test_a_media_type_loses_its_parameters() -> None:
    layer = {"mediaType": "Application/X; name=a", "digest": digest(b""), "size": 0}
    manifest = parsed(json.dumps({"layers": [layer]}).encode())
    assert isinstance(manifest, Manifest)
    assert manifest.layers[0].media_type == "application/x"


def layer(**changes: Any) -> bytes:
    return json.dumps({"layers": [{"digest": digest(b""), "size": 0, **changes}]}).encode()


@pytest.mark.parametrize(
    ("data", "error", "problem"),
    [
        (b"{", CannotLook, "is not JSON"),
        (b"[" * 100_000, CannotLook, "is not JSON"),
        (b"[]", CannotLook, "is no JSON object"),
        (b"{}", CannotLook, "neither layers nor manifests"),
        (b'{"layers":{}}', CannotLook, "neither layers nor manifests"),
        (b'{"schemaVersion":1,"fsLayers":[]}', Unsupported, "schema version 1"),
        (layer(digest="sha256:../../etc/passwd"), CannotLook, "without a valid digest"),
        (layer(digest=7), CannotLook, "without a valid digest"),
        (layer(size=-1), CannotLook, "no valid size"),
        (layer(size=True), CannotLook, "no valid size"),
        (layer(size=2**60), CannotLook, "no valid size"),
        (b'{"layers":[7]}', CannotLook, "without a valid digest"),
        (b" " * (MOST_MANIFEST_BYTES + 1), LimitReached, "is larger than"),
        (b'{"layers":[%s7]}' % (b"{}," * 200_000), LimitReached, "is larger than"),
    ],
)
def test_what_is_none(data: bytes, error: type[CannotLook], problem: str) -> None:
    with pytest.raises(error, match=f"^it: .*{problem}"):
        parsed(data)


@pytest.mark.parametrize("extra", [0, 1])
def test_layers_have_a_limit(extra: int) -> None:
    one = {"digest": digest(b""), "size": 0}
    data = json.dumps({"layers": [one] * (MOST_LAYERS + extra)}).encode()
    if extra:
        with pytest.raises(LimitReached, match="more than 10,000 layers"):
            parsed(data)
    else:
        assert isinstance(parsed(data), Manifest)


@pytest.mark.parametrize(
    ("platforms", "chosen"),
    [
        ([ARM, AMD], 1),
        ([AMD, UNKNOWN], 0),
        ([UNKNOWN, ARM], 1),
        ([{"os": "windows", "architecture": "amd64"}], 0),
        ([{}], 0),
    ],
)
def test_the_same_platform_is_taken_everywhere(platforms: list[Any], chosen: int) -> None:
    offered = index(*platforms)
    assert choose("it", offered) == offered.manifests[chosen]


def test_one_of_several_by_its_name() -> None:
    offered = named("docker.io/org/a:1", "docker.io/org/b:2")
    for wanted in ("docker.io/org/b:2", "org/b:2", "2", offered.manifests[1].digest):
        assert choose("it", offered, wanted) == offered.manifests[1]
    with pytest.raises(CannotLook, match="names 2 manifests") as several:
        choose("it", offered)
    assert several.value.hint == "Name one with --revision: docker.io/org/a:1, docker.io/org/b:2."
    with pytest.raises(NotFound, match="no image called 3"):
        choose("it", offered, "3")


def test_nothing_but_attestations() -> None:
    with pytest.raises(NotFound, match="no manifest"):
        choose("it", index(UNKNOWN))


def test_an_index_of_an_index_is_followed_and_a_deeper_one_is_not() -> None:
    deep = [ONE]
    for _ in range(4):
        deep.append(index_of(deep[-1]))
    by_digest = {digest(data): data for data in deep}
    found = descend("it", parsed(deep[3]), digest(deep[3]), lambda one: by_digest[one.digest])
    assert found.digest == digest(ONE)
    with pytest.raises(LimitReached, match="more than 3 deep"):
        descend("it", parsed(deep[4]), digest(deep[4]), lambda one: by_digest[one.digest])


def test_the_platform_is_told() -> None:
    top = index_of(ONE, Artifact([], is_image=True).manifest, platform=[AMD, ARM])
    found = descend("it", parsed(top), digest(top), lambda one: ONE)
    assert (found.platform, found.platforms) == ("linux/amd64", ("linux/amd64", "linux/arm64"))


def test_a_manifest_that_is_not_there_is_not_taken() -> None:
    top = index_of(ONE, b"other", platform=[ARM, AMD])
    found = descend("it", parsed(top), "", lambda one: ONE, there=lambda one: one.digest == digest(ONE))
    assert found.platform == "linux/arm64"


def test_configurations_of_images_are_those_of_docker_too() -> None:
    document = {"config": {"mediaType": "application/vnd.docker.container.image.v1+json"}, "layers": []}
    manifest = parsed(json.dumps(document).encode())
    assert isinstance(manifest, Manifest)
    assert manifest.is_image
    assert IMAGE_CONFIG.startswith("application/vnd.oci.")
