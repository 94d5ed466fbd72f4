"""Layers: what they are called, which are looked into, how much of them may be read."""

import re
from collections.abc import Sequence

import pytest

from inspector.sources.oci.manifest import Descriptor
from inspector.sources.oci.packing import (
    LEAST_BYTES,
    MOST_BEGINNING_BYTES,
    MOST_TOGETHER_BYTES,
    MOST_WHOLE_BYTES,
    PATH_ANNOTATIONS,
    USUAL_NAMES,
    allowances,
    is_compressed,
    is_packed,
    path_of,
    usual_names,
)

DIGEST = f"sha256:{'ab' * 32}"


def layer(media_type: str = "", size: int = 0, **annotations: str) -> Descriptor:
    given = {key.replace("_", "."): value for key, value in annotations.items()}
    return Descriptor(media_type=media_type, digest=DIGEST, bytes=size, annotations=given)


@pytest.mark.parametrize(
    ("media_type", "packed", "compressed"),
    [
        ("application/vnd.oci.image.layer.v1.tar", True, False),
        ("application/vnd.oci.image.layer.v1.tar+gzip", True, True),
        ("application/vnd.oci.image.layer.v1.tar+zstd", True, True),
        ("application/vnd.docker.image.rootfs.diff.tar.gzip", True, True),
        ("application/vnd.docker.ai.vllm.config.tar", True, False),
        ("application/vnd.docker.ai.dir.tar", True, False),
        ("application/vnd.kitops.modelkit.model.v1.tar", True, False),
        ("application/vnd.cncf.model.weight.v1.tar", True, False),
        ("application/vnd.cnai.model.layer.v1.tar+gzip", True, True),
        ("application/vnd.cog.weight.layer.v1+gzip", True, True),
        ("application/vnd.cog.weight.layer.v1", False, False),
        ("application/vnd.cncf.model.weight.v1.raw", False, False),
        ("application/vnd.docker.ai.safetensors", False, False),
        ("application/vnd.ollama.image.model", False, False),
        ("application/x-start", False, False),
        ("", False, False),
    ],
)
def test_by_the_media_type(media_type: str, packed: bool, compressed: bool) -> None:
    assert is_packed(layer(media_type)) is packed
    assert is_compressed(layer(media_type)) is compressed


def test_the_path_of_a_model_specification_comes_first() -> None:
    both = layer(org_opencontainers_image_title="title", org_cncf_model_filepath="./folder/path")
    assert path_of(both) == "folder/path"
    assert path_of(layer(org_opencontainers_image_title="/title")) == "title"
    assert path_of(layer()) == ""


@pytest.mark.parametrize(
    ("layers", "names"),
    [
        ([layer("application/vnd.docker.ai.safetensors")], ["model.safetensors"]),
        ([layer("application/vnd.docker.ai.safetensors")] * 2, ["model-00001-of-00002.safetensors"] * 1),
        ([layer("application/vnd.ollama.image.model"), layer("application/vnd.docker.ai.mmproj")], ["model.gguf"]),
        ([layer("application/x")], ["layer 1 (sha256:abababababab)"]),
        ([layer("application/x", org_opencontainers_image_title="a")] * 2, ["a", "a"]),
    ],
)
def test_names(layers: Sequence[Descriptor], names: Sequence[str]) -> None:
    assert list(usual_names(layers))[: len(names)] == names


def test_rows_have_a_source_and_are_told_apart() -> None:
    assert all(row.source for row in PATH_ANNOTATIONS)
    assert all(row.source for row in USUAL_NAMES)
    assert len({row.key for row in PATH_ANNOTATIONS}) == len(PATH_ANNOTATIONS)
    assert all(re.compile(row.media_type) for row in USUAL_NAMES)
    assert len({row.media_type for row in USUAL_NAMES}) == len(USUAL_NAMES)


@pytest.mark.parametrize(
    ("size", "fetched"),
    [
        (MOST_WHOLE_BYTES, MOST_WHOLE_BYTES),
        (MOST_WHOLE_BYTES + 1, MOST_BEGINNING_BYTES),
        (10, MOST_WHOLE_BYTES),
    ],
)
def test_a_layer_is_read_whole_or_begun(size: int, fetched: int) -> None:
    assert allowances([layer(size=size)])[0].fetched == fetched


def test_all_layers_together_are_bounded() -> None:
    most = allowances([layer(size=MOST_WHOLE_BYTES)] * 1000)
    begun = [one.fetched for one in most]
    assert sum(begun) <= MOST_TOGETHER_BYTES + 1000 * LEAST_BYTES
    assert begun[-1] == LEAST_BYTES
    assert sum(one.walked for one in most) <= 2**30
    assert sum(one.unpacked for one in most) < 2**34
