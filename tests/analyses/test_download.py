"""Which files a loader fetches, and patterns that fetch just those."""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any

import pytest

from inspector.analyses.download import allow_patterns, plan_download
from inspector.knowledge.file_kinds import kind_of
from inspector.model import Checkpoint, RepositoryFile, Target, WeightSet
from tests.builder import shard

SPEC = {"w": ("F32", (4,))}


def repository(
    files: Mapping[str, int],
    weight_sets: Mapping[str, str],
    configs: Mapping[str, Any] | None = None,
    kind: str = "hub",
    cached: tuple[str, ...] = (),
) -> Checkpoint:
    """A Hub repository whose weights count as `weight_sets` (path of a file -> its set) say."""
    return Checkpoint(
        uri="org/name",
        target=Target(kind=kind, ref="org/name"),
        weight_sets=tuple(
            WeightSet(
                path=name, shards=tuple(shard(SPEC, path) for path, owner in weight_sets.items() if owner == name)
            )
            for name in sorted(set(weight_sets.values()))
        ),
        configs=configs or {},
        files=tuple(
            RepositoryFile(path=path, bytes=size, kind=kind_of(path), weight_set=weight_sets.get(path, ""))
            for path, size in sorted(files.items())
        ),
        repository={"cached_paths": cached},
    )


def test_weights_that_count_and_what_goes_with_them() -> None:
    files = {
        "README.md": 1,
        "config.json": 10,
        "tokenizer.json": 100,
        "model.safetensors": 1000,
        "model.fp16.safetensors": 500,
        "pytorch_model.bin": 1000,
        "original/params.json": 10,
        "original/consolidated.safetensors": 1000,
    }
    plan = plan_download(repository(files, {"model.safetensors": "."}, cached=("config.json", "README.md")))
    assert plan is not None
    assert plan.paths == ("config.json", "model.safetensors", "tokenizer.json")
    assert (plan.bytes, plan.cached_bytes, plan.missing_bytes) == (1110, 10, 1100)
    assert plan.allow_patterns == ("config.json", "model.safetensors", "tokenizer.json")


@pytest.mark.parametrize("index", [{"scheduler": ["diffusers", "X"], "_class_name": "X"}, {"_class_name": "X"}])
def test_a_pipeline_takes_the_folders_that_it_names(index: Mapping[str, Any]) -> None:
    files = {
        "model_index.json": 1,
        "scheduler/scheduler_config.json": 1,
        "unet/config.json": 1,
        "unet/diffusion_pytorch_model.safetensors": 1000,
        "unet/diffusion_pytorch_model.bin": 1000,
        "unet/sub/config.json": 1,
    }
    owner = {"unet/diffusion_pytorch_model.safetensors": "unet"}
    plan = plan_download(repository(files, owner, {"model_index.json": index}))
    assert plan is not None
    assert plan.paths == (
        "model_index.json",
        "scheduler/scheduler_config.json",
        "unet/config.json",
        "unet/diffusion_pytorch_model.safetensors",
    )


def test_what_is_here_already_needs_no_download() -> None:
    assert plan_download(repository({"model.safetensors": 1}, {"model.safetensors": "."}, kind="folder")) is None


@pytest.mark.parametrize(
    ("wanted", "others", "patterns"),
    [
        (["a.json", "b.json", "x/c.json"], ["a.bin"], ("*.json",)),
        (["a.json", "x/b.json"], ["y/c.json"], ("a.json", "x/*.json")),
        (["m-00001-of-00002.st", "m-00002-of-00002.st"], ["n.st"], ("m-*.st",)),
        (["x/m-1-of-2.st", "x/m-2-of-2.st"], ["x/n.st"], ("x/m-*.st",)),
        (["a[1].st"], ["a1.st"], ("a[[]1].st",)),
        (["LICENSE"], ["LICENSE2"], ("LICENSE",)),
        ([], ["a"], ()),
    ],
)
def test_patterns(wanted: list[str], others: list[str], patterns: tuple[str, ...]) -> None:
    assert allow_patterns(wanted, wanted + others) == patterns
    matched = [path for path in wanted + others if any(fnmatchcase(path, pattern) for pattern in patterns)]
    assert matched == wanted


def test_no_patterns_for_a_repository_of_too_many_files() -> None:
    wanted = [f"{number}.x{number}" for number in range(2001)]
    assert allow_patterns(wanted[:1], wanted) == ("*.x0",)
    assert allow_patterns(wanted, wanted) == ()
