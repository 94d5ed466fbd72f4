"""Artifacts and images on this machine: layout folders, archives of them, what docker save writes."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from inspector.errors import CannotLook, NotFound, Unreadable, Unsupported
from inspector.sources.local import LocalSource
from inspector.sources.oci.source import OciSource
from inspector.sources.resolve import resolve
from tests.sources.hub_support import header_end
from tests.sources.oci.packing import (
    CONFIG,
    TAR,
    WEIGHTS,
    Artifact,
    Entry,
    Layer,
    Link,
    digest,
    index_of,
    layout,
    packed,
    raw,
    saved,
    shards,
    tar,
)

IMAGE = Artifact([Layer(TAR, tar({"m/model.safetensors": WEIGHTS, "m/config.json": CONFIG}))], is_image=True)
OTHER = Artifact([raw("other.safetensors", WEIGHTS)])


def written(path: Path, entries: Mapping[str, Entry]) -> str:
    path.write_bytes(tar(entries))
    return str(path)


def opened(target: str, revision: str = "") -> OciSource:
    source = resolve(target, revision=revision).source
    assert isinstance(source, OciSource)
    return source


def listed(source: OciSource) -> list[str]:
    return [file.path for file in source.list_files()]


def test_a_layout_folder(tmp_path: Path) -> None:
    for path, data in layout(IMAGE).items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(data)
    source = opened(str(tmp_path))
    assert listed(source) == ["m/config.json", "m/model.safetensors"]
    assert source.target.revision == digest(IMAGE.manifest)
    assert (source.target.kind, source.target.ref) == ("oci", str(tmp_path))


def test_an_archive_of_a_layout(tmp_path: Path) -> None:
    source = opened(written(tmp_path / "image.tar", layout(IMAGE)))
    assert listed(source) == ["m/config.json", "m/model.safetensors"]
    assert source.target.revision == digest(IMAGE.manifest)
    assert source.read("m/config.json", 0, 100) == CONFIG
    beginning = source.read_beginning("m/model.safetensors", header_end)
    assert beginning == WEIGHTS[: header_end(WEIGHTS)]


def test_what_docker_save_wrote_before(tmp_path: Path) -> None:
    layers = [tar({"m/config.json": CONFIG}), tar({f"m/{path}": data for path, data in shards(2).items()})]
    entries = saved(layers)
    entries["layer0/layer.tar"], entries["layer2/real.tar"] = Link("../layer2/real.tar"), layers[0]
    source = opened(written(tmp_path / "image.tar", entries))
    assert listed(source) == ["m/config.json", *(f"m/{path}" for path in shards(2))]
    assert source.read("m/config.json", 0, 100) == CONFIG
    assert source.target.revision == digest(b'{"rootfs":{}}')


def test_compressed_layers(tmp_path: Path) -> None:
    layers = [Layer(f"{TAR}+gzip", packed(layer.data)) for layer in IMAGE.layers]
    source = opened(written(tmp_path / "image.tar", layout(Artifact(layers, is_image=True))))
    assert listed(source) == ["m/config.json", "m/model.safetensors"]
    assert source.read("m/config.json", 0, 100) == CONFIG


def test_headers_of_gigabytes_take_kilobytes(tmp_path: Path) -> None:
    big = {f"m/model-{n:05}-of-00003.safetensors": WEIGHTS + bytes(20_000_000) for n in (1, 2, 3)}
    source = opened(written(tmp_path / "image.tar", saved([tar({**big})])))
    for path in listed(source):
        source.read_beginning(path, header_end)
    assert source.cost().bytes < 3 * header_end(WEIGHTS) + 20_000


def two() -> dict[str, bytes]:
    names: Sequence[Any] = [{"org.opencontainers.image.ref.name": name} for name in ("org/a:1", "org/b:2")]
    return layout(IMAGE, OTHER, index=index_of(IMAGE.manifest, OTHER.manifest, annotations=names))


@pytest.mark.parametrize("wanted", ["org/b:2", "2", digest(OTHER.manifest)])
def test_one_of_several_images(tmp_path: Path, wanted: str) -> None:
    path = written(tmp_path / "image.tar", two())
    assert listed(opened(path, wanted)) == ["other.safetensors"]
    with pytest.raises(CannotLook, match="names 2 manifests"):
        opened(path).list_files()


def test_one_of_several_saved_images(tmp_path: Path) -> None:
    entries = saved([tar({"a.safetensors": WEIGHTS})], tags=["org/a:1"])
    images = json.loads(bytes(entries["manifest.json"] or b""))  # type: ignore[arg-type]
    images.append({**images[0], "RepoTags": ["org/b:2"]})
    path = written(tmp_path / "image.tar", {**entries, "manifest.json": json.dumps(images).encode()})
    assert listed(opened(path, "org/b:2")) == listed(opened(path, "1")) == ["a.safetensors"]
    with pytest.raises(NotFound, match="2 images are in it") as several:
        opened(path).list_files()
    assert several.value.hint == "Name one with --revision: org/a:1, org/b:2."
    with pytest.raises(NotFound, match="no image is called org/c in it"):
        opened(path, "org/c").list_files()


def test_a_platform_that_was_not_saved_is_not_taken(tmp_path: Path) -> None:
    platforms = [{"os": "linux", "architecture": name} for name in ("amd64", "arm64")]
    index = index_of(OTHER.manifest, IMAGE.manifest, platform=platforms)
    source = opened(written(tmp_path / "image.tar", layout(IMAGE, index=index)))
    assert source.list_files()
    assert source.facts["platform"] == "linux/arm64"


WHOLE = layout(IMAGE)
BLOB = f"blobs/{digest(IMAGE.layers[0].data).replace(':', '/')}"
MANIFEST = f"blobs/{digest(IMAGE.manifest).replace(':', '/')}"


@pytest.mark.parametrize(
    ("content", "error", "problem"),
    [
        (b"", Unreadable, "it is no tar archive"),
        (b"x" * 2000, Unreadable, "it is no tar archive"),
        (packed(tar({**WHOLE})), Unsupported, "is compressed; nothing in it can be reached"),
        (tar({**WHOLE})[:30_000], Unreadable, "its tar archive breaks off"),
        (tar({"model.safetensors": WEIGHTS}), Unsupported, "holds no image: it has neither index.json nor manifest"),
        (tar({**WHOLE, "index.json": b"{"}), CannotLook, "its manifest is not JSON"),
        (tar({**WHOLE, MANIFEST: b'{"layers":[]}'}), Unreadable, "its manifest is not what its digest promises"),
        (tar({"index.json": WHOLE["index.json"]}), NotFound, "is not in "),
        (tar({"manifest.json": b"[]"}), NotFound, "no image is in it"),
        (tar({"manifest.json": b'[{"Config":7,"Layers":[]}]'}), CannotLook, "not as docker save writes it"),
        (tar({"manifest.json": b'[{"Config":"gone","Layers":[]}]'}), NotFound, "gone is not in "),
        (tar({"manifest.json": Link("/etc/passwd")}), Unsupported, "holds no image"),
    ],
)
def test_broken_archives(tmp_path: Path, content: bytes, error: type[CannotLook], problem: str) -> None:
    path = tmp_path / "image.tar"
    path.write_bytes(content)
    with pytest.raises(error, match=problem):
        opened(str(path)).list_files()


@pytest.mark.parametrize(
    ("entries", "why"),
    [
        ({key: data for key, data in WHOLE.items() if key != BLOB}, "its content is not there"),
        ({**WHOLE, BLOB: b"short"}, "it has 5 bytes, and its manifest promises"),
        (saved([b""]), "it is no tar archive"),
    ],
)
def test_layers_that_are_not_as_promised(tmp_path: Path, entries: Mapping[str, Entry], why: str) -> None:
    source = opened(written(tmp_path / "image.tar", entries))
    assert why in "".join(file.unlisted for file in source.list_files())


def test_a_file_that_is_not_there_does_not_hide_the_others(tmp_path: Path) -> None:
    artifact = Artifact([raw(path, data) for path, data in shards(2).items()])
    entries = layout(artifact)
    del entries[f"blobs/{digest(artifact.layers[1].data).replace(':', '/')}"]
    source = opened(written(tmp_path / "image.tar", entries))
    first, second = listed(source)
    assert source.read(first, 0, 100) == artifact.layers[0].data[:100]
    with pytest.raises(NotFound, match=rf"{second} of .*: its content is not there"):
        source.read(second, 0, 8)


def test_a_layout_does_not_lead_out_of_its_folder(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_bytes(IMAGE.layers[0].data)
    folder = tmp_path / "layout"
    for path, data in WHOLE.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        if path != BLOB:
            (folder / path).write_bytes(data)
    try:
        (folder / BLOB).symlink_to(outside)
    except OSError:
        pytest.skip("no links here")
    assert "leads outside" in "".join(file.unlisted for file in opened(str(folder)).list_files())


def test_other_folders_and_files_are_what_they_were(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(WEIGHTS)
    (tmp_path / "index.json").write_bytes(b"{}")
    assert isinstance(resolve(str(tmp_path)).source, LocalSource)
    assert isinstance(resolve(str(tmp_path / "model.safetensors")).source, LocalSource)
