"""Which files form one model: a model is counted once, whatever its files are called."""

from pathlib import Path
from time import process_time
from typing import Any

import pytest

from inspector.errors import NothingToInspect
from inspector.model import Checkpoint
from inspector.readers.bare import bare_checkpoint
from inspector.readers.checkpoint import read_checkpoint
from inspector.readers.json_files import MAX_CONFIG_BYTES
from inspector.readers.layout import PlannedSet
from inspector.readers.naming import parse_weight_name
from inspector.readers.twins import settle
from inspector.sources.local import open_local
from tests.builder import Spec, shard, write, write_json

W: Spec = {"model.a.weight": ("BF16", (2, 2))}
V: Spec = {"model.b.weight": ("BF16", (3, 2))}
LORA: Spec = {"unet.x.lora_A.weight": ("F16", (2, 4)), "unet.x.lora_B.weight": ("F16", (4, 2))}


def look(root: Path, name: str = "") -> Checkpoint:
    return read_checkpoint(open_local(str(root / name if name else root)))


def counted(checkpoint: Checkpoint) -> dict[str, list[str]]:
    return {weights.path: [shard.path for shard in weights.shards] for weights in checkpoint.weight_sets}


def kinds(checkpoint: Checkpoint) -> set[str]:
    return {fault.kind for fault in checkpoint.faults}


def index(root: Path, weight_map: dict[str, Any], name: str = "model.safetensors.index.json") -> None:
    write_json(root / name, {"metadata": {"total_size": 20}, "weight_map": weight_map})


def sharded(root: Path, stem: str = "model", variant: str = "") -> list[str]:
    names = [f"{stem}{variant}-{i:05d}-of-00002.safetensors" for i in (1, 2)]
    write(root / names[0], W)
    write(root / names[1], V)
    return names


def test_a_sharded_set_with_its_index(tmp_path: Path) -> None:
    names = sharded(tmp_path)
    index(tmp_path, {"model.a.weight": names[0], "model.b.weight": names[1]})
    checkpoint = look(tmp_path)
    assert counted(checkpoint) == {".": names}
    assert checkpoint.complete
    assert checkpoint.weight_sets[0].index is not None


def test_a_sharded_set_without_an_index(tmp_path: Path) -> None:
    names = sharded(tmp_path)
    assert counted(look(tmp_path)) == {".": names}


@pytest.mark.parametrize(
    "pattern",
    [
        "model.safetensors-{:05d}-of-00002.safetensors",
        "model_{:02d}-of-02.safetensors",
        "pytorch_model-{:05d}-of-00002.safetensors",
        "diffusion_pytorch_model-{:05d}-of-00002.fp16.safetensors",
        "layer-{:02d}.safetensors",
    ],
)
def test_shards_with_odd_names(tmp_path: Path, pattern: str) -> None:
    names = [pattern.format(i) for i in (1, 2)]
    write(tmp_path / names[0], W)
    write(tmp_path / names[1], V)
    checkpoint = look(tmp_path)
    assert list(counted(checkpoint).values()) == [names]
    assert checkpoint.complete


def test_numbered_files_with_the_same_tensors_are_several_models(tmp_path: Path) -> None:
    for step in (10, 20):
        write(tmp_path / f"style-{step:06d}.safetensors", LORA)
    assert len(look(tmp_path).weight_sets) == 2


def test_a_missing_shard_leaves_the_rest_and_says_so(tmp_path: Path) -> None:
    names = sharded(tmp_path)
    (tmp_path / names[1]).unlink()
    index(tmp_path, {"model.a.weight": names[0], "model.b.weight": names[1]})
    checkpoint = look(tmp_path)
    assert counted(checkpoint) == {".": names[:1]}
    assert checkpoint.weight_sets[0].missing == (names[1],)
    assert not checkpoint.complete
    assert "shard-missing" in kinds(checkpoint)


def test_a_gap_in_the_numbers_is_a_missing_shard(tmp_path: Path) -> None:
    write(tmp_path / "model-00001-of-00003.safetensors", W)
    write(tmp_path / "model-00003-of-00003.safetensors", V)
    assert look(tmp_path).weight_sets[0].missing == ("model-00002-of-00003.safetensors",)


def test_an_index_alone_is_a_set_of_which_all_is_missing(tmp_path: Path) -> None:
    index(tmp_path, {"a": "model-00001-of-00001.safetensors"})
    checkpoint = look(tmp_path)
    assert checkpoint.weight_sets[0].missing == ("model-00001-of-00001.safetensors",)
    assert not checkpoint.complete


def test_a_stale_index_beside_a_whole_file_is_named_and_not_obeyed(tmp_path: Path) -> None:
    write(tmp_path / "model.safetensors", W)
    index(tmp_path, {"model.a.weight": "model-00001-of-00002.safetensors"})
    checkpoint = look(tmp_path)
    assert counted(checkpoint) == {"model.safetensors": ["model.safetensors"]}
    assert checkpoint.complete
    assert "index-stale" in kinds(checkpoint)


def test_an_index_in_another_case_names_files_that_are_not_there(tmp_path: Path) -> None:
    names = sharded(tmp_path)
    index(tmp_path, {"model.a.weight": names[0].title(), "model.b.weight": names[1].title()})
    checkpoint = look(tmp_path)
    assert counted(checkpoint) == {".": names}
    assert not checkpoint.complete


@pytest.mark.parametrize(
    "evil",
    [
        "../../etc/passwd.safetensors",
        "%2e%2e/%2e%2e/x.safetensors",
        "%252e%252e/x.safetensors",
        "/etc/passwd.safetensors",
        "https://evil.example/x.safetensors",
        "C:\\x.safetensors",
        "a\\..\\..\\x.safetensors",
    ],
)
def test_a_weight_map_that_leaves_its_folder_is_not_followed(tmp_path: Path, evil: str) -> None:
    write(tmp_path / "outside.safetensors", W)
    root = tmp_path / "model"
    names = sharded(root)
    index(root, {"model.a.weight": names[0], "x": evil})
    checkpoint = look(root)
    assert all(".." not in shard.path and "%" not in shard.path for shard in checkpoint.shards)
    assert "index-path-outside" in kinds(checkpoint)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ("", "index-not-json"),
        ("{", "index-not-json"),
        ("[]", "index-invalid"),
        ("{}", "index-invalid"),
        ('{"weight_map": []}', "index-invalid"),
        ('{"weight_map": {"a": null}}', "index-invalid"),
        ('{"weight_map": {"a": ["x"]}}', "index-invalid"),
        ('{"weight_map": {"a": ""}}', "index-invalid"),
        ('{"weight_map": {"a": "pytorch_model.bin"}}', "index-not-safetensors"),
        ('\ufeff{"weight_map": {}}', "index-not-json"),
    ],
)
def test_a_broken_index_is_a_fault_and_the_shards_are_still_read(tmp_path: Path, content: str, kind: str) -> None:
    names = sharded(tmp_path)
    (tmp_path / "model.safetensors.index.json").write_text(content, encoding="utf-8")
    checkpoint = look(tmp_path)
    assert kind in kinds(checkpoint)
    assert [shard.path for shard in checkpoint.shards] == names


def test_harmless_dot_segments_and_subfolders_are_followed(tmp_path: Path) -> None:
    write(tmp_path / "shards" / "one.safetensors", W)
    write(tmp_path / "two.safetensors", V)
    index(tmp_path, {"model.a.weight": "shards/one.safetensors", "model.b.weight": "./two.safetensors"})
    checkpoint = look(tmp_path)
    assert [shard.path for shard in checkpoint.shards] == ["shards/one.safetensors", "two.safetensors"]
    assert len(checkpoint.weight_sets) == 1


def pipeline(root: Path) -> None:
    components = {"unet": ["diffusers", "UNet2DConditionModel"], "vae": ["diffusers", "AutoencoderKL"]}
    write_json(root / "model_index.json", {"_class_name": "P", "scheduler": ["diffusers", "S"], **components})
    write(root / "unet" / "diffusion_pytorch_model.safetensors", W)
    write(root / "vae" / "diffusion_pytorch_model.safetensors", V)


def test_a_pipeline_counts_its_components_once(tmp_path: Path) -> None:
    pipeline(tmp_path)
    write(tmp_path / "unet" / "diffusion_pytorch_model.fp16.safetensors", W)
    write(tmp_path / "unet" / "diffusion_pytorch_model.non_ema.safetensors", W)
    write(tmp_path / "whole.safetensors", {**W, **V})
    write(tmp_path / "style.safetensors", LORA)
    write(tmp_path / "unet_int8" / "diffusion_pytorch_model.safetensors", W)
    checkpoint = look(tmp_path)
    assert set(counted(checkpoint)) == {"unet", "vae", "style.safetensors"}
    reasons = {other.path: other.reason for other in checkpoint.alternatives}
    assert reasons["unet/diffusion_pytorch_model.fp16.safetensors"] == "the fp16 variant of the same weights"
    assert reasons["unet/diffusion_pytorch_model.non_ema.safetensors"] == "the non_ema variant of the same weights"
    assert "whole pipeline" in reasons["whole.safetensors"]
    assert "model_index.json" in reasons["unet_int8/diffusion_pytorch_model.safetensors"]


def test_a_variant_alone_is_counted(tmp_path: Path) -> None:
    write(tmp_path / "model.fp16.safetensors", W)
    weights = look(tmp_path).weight_sets
    assert [one.variant for one in weights] == ["fp16"]


def test_the_authors_own_layout_is_a_copy(tmp_path: Path) -> None:
    sharded(tmp_path)
    write(tmp_path / "consolidated.safetensors", {**W, **V})
    write(tmp_path / "original" / "model.safetensors", {**W, **V})
    write(tmp_path / "checkpoint-500" / "model.safetensors", {**W, **V})
    checkpoint = look(tmp_path)
    assert list(counted(checkpoint)) == ["."]
    assert {other.path for other in checkpoint.alternatives} == {
        "consolidated.safetensors",
        "original/model.safetensors",
        "checkpoint-500/model.safetensors",
    }


def test_a_whole_file_is_what_the_loader_takes_before_shards(tmp_path: Path) -> None:
    sharded(tmp_path)
    write(tmp_path / "model.safetensors", {**W, **V})
    checkpoint = look(tmp_path)
    assert [shard.path for shard in checkpoint.shards] == ["model.safetensors"]
    assert checkpoint.alternatives[0].reason == "the same weights in shards"


def test_two_shardings_of_one_model_count_once(tmp_path: Path) -> None:
    sharded(tmp_path)
    write(tmp_path / "model-00001-of-00001.safetensors", {**W, **V})
    checkpoint = look(tmp_path)
    assert len(checkpoint.weight_sets) == 1
    assert "shard-sets-mixed" in kinds(checkpoint)


def test_twins_in_another_precision_count_once(tmp_path: Path) -> None:
    half = {name: ("F8_E4M3", shape) for name, (_, shape) in W.items()}
    write(tmp_path / "flux-dev-fp8.safetensors", half)
    write(tmp_path / "flux-dev.safetensors", W)
    checkpoint = look(tmp_path)
    assert [shard.path for shard in checkpoint.shards] == ["flux-dev.safetensors"]
    assert "another precision" in checkpoint.alternatives[0].reason


def test_unrelated_models_in_one_folder_all_count(tmp_path: Path) -> None:
    write(tmp_path / "one.safetensors", W)
    write(tmp_path / "two.safetensors", W)
    assert set(counted(look(tmp_path))) == {"one.safetensors", "two.safetensors"}


def test_folders_of_separate_parts_all_count(tmp_path: Path) -> None:
    write(tmp_path / "diffusion_models" / "flux1.safetensors", W)
    write(tmp_path / "text_encoders" / "clip_l.safetensors", V)
    write(tmp_path / "vae" / "ae.safetensors", V)
    assert set(counted(look(tmp_path))) == {"diffusion_models", "text_encoders", "vae"}


def test_pickles_beside_are_named_as_copies(tmp_path: Path) -> None:
    write(tmp_path / "model.safetensors", W)
    (tmp_path / "pytorch_model.bin").write_bytes(b"x" * 10)
    (tmp_path / "training_args.bin").write_bytes(b"x")
    checkpoint = look(tmp_path)
    assert [(other.path, other.file_bytes) for other in checkpoint.alternatives] == [("pytorch_model.bin", 10)]


def test_an_index_file_as_target_is_its_set_alone(tmp_path: Path) -> None:
    names = sharded(tmp_path)
    write(tmp_path / "other.safetensors", V)
    index(tmp_path, {"model.a.weight": names[0], "model.b.weight": names[1]})
    checkpoint = look(tmp_path, "model.safetensors.index.json")
    assert [shard.path for shard in checkpoint.shards] == names


def test_a_single_file_of_any_name(tmp_path: Path) -> None:
    write(tmp_path / "weights.bin", W)
    checkpoint = look(tmp_path, "weights.bin")
    assert [shard.loadable for shard in checkpoint.shards] == [True]


@pytest.mark.parametrize(
    ("name", "words"),
    [("", "empty"), ("readme.txt", "no safetensors"), ("pytorch_model.bin", "pickle"), ("x.gguf", "GGUF")],
)
def test_a_folder_without_weights_says_what_is_there_instead(tmp_path: Path, name: str, words: str) -> None:
    if name:
        (tmp_path / name).write_bytes(b"x")
    with pytest.raises(NothingToInspect, match=words):
        look(tmp_path)


def test_partial_downloads_are_named(tmp_path: Path) -> None:
    write(tmp_path / "model.safetensors", W)
    (tmp_path / "model.safetensors.part").write_bytes(b"x")
    assert "partial-download" in kinds(look(tmp_path))


UNNAMED = {"_class_name": "X", "vae": ["diffusers", "AutoencoderKL"]}


@pytest.mark.parametrize(
    ("pipeline", "paths", "sets"),
    [
        (UNNAMED, ["unet/diffusion_pytorch_model.safetensors"], 1),
        (UNNAMED, ["whole.safetensors"], 1),
        (UNNAMED, ["whole.safetensors", "vae/diffusion_pytorch_model.safetensors"], 1),
        ([], ["whole.safetensors", "vae/diffusion_pytorch_model.safetensors"], 2),
        (None, ["whole.safetensors"], 1),
    ],
)
def test_what_no_pipeline_names_counts_where_nothing_else_does(
    pipeline: Any, paths: list[str], sets: int, tmp_path: Path
) -> None:
    write_json(tmp_path / "model_index.json", pipeline)
    for path in paths:
        write(tmp_path / path, W)
    assert len(look(tmp_path).weight_sets) == sets


@pytest.mark.parametrize("content", ["{", "[]", '{"weight_map": {"a": "x.bin"}}'])
def test_an_index_that_leads_nowhere_is_told(content: str, tmp_path: Path) -> None:
    (tmp_path / "model.safetensors.index.json").write_text(content)
    for name in ("", "model.safetensors.index.json"):
        with pytest.raises(NothingToInspect, match="an index that leads to no shard"):
            look(tmp_path, name)
        assert {fault.kind[:6] for fault in bare_checkpoint(open_local(str(tmp_path / name))).faults} == {"index-"}


def test_a_file_beyond_the_limit_of_its_kind_is_unread(tmp_path: Path) -> None:
    write(tmp_path / "model.safetensors", W)
    for name in ("config.json", "tokenizer_config.json"):
        with open(tmp_path / name, "wb") as file:
            file.truncate(MAX_CONFIG_BYTES + 1)
    checkpoint = look(tmp_path)
    assert [(part.path, part.kind) for part in checkpoint.unread] == [("config.json", "limit-reached")]
    assert not checkpoint.faults


def test_thousands_of_models_in_one_folder_are_settled_at_once(tmp_path: Path) -> None:
    plain = [
        PlannedSet(name=parse_weight_name(f"m{i}x.safetensors"), paths=(f"m{i}x.safetensors",)) for i in range(5000)
    ]
    read = {one.paths[0]: shard({f"t{i}": ("F32", (1,))}, one.paths[0]) for i, one in enumerate(plain)}
    began = process_time()
    kept, copies = settle(plain, read, {}, [])
    assert (len(kept), len(copies)) == (5000, 0)
    assert process_time() - began < 2
