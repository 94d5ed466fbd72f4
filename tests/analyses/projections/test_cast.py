"""The same files in another dtype, and the textbook figure."""

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from inspector.analyses.labelling import take_census
from inspector.analyses.projection import project
from tests.analyses.projections.support import checkpoint_of, llama, one

_NUMPY = {"F32": np.float32, "F16": np.float16}


@pytest.mark.parametrize(("scheme", "dtype"), [("cast/f32", "F32"), ("cast/f16", "F16")])
def test_a_cast_file_is_what_the_official_writer_makes(scheme: str, dtype: str, tmp_path: Path) -> None:
    spec = llama(hidden=64, width=96, kv=32, vocab=128)
    arrays = {name: np.zeros(shape, _NUMPY[dtype]) for name, (_, shape) in spec.items()}
    path = tmp_path / "cast.safetensors"
    save_file(arrays, path, {"format": "pt"})
    row = one(spec, scheme)
    assert row.projected_bytes == row.low_bytes == row.high_bytes == path.stat().st_size
    assert row.basis == "exact"


def test_a_cast_to_the_dtype_it_has_is_the_file_itself() -> None:
    checkpoint = checkpoint_of({"": llama()}, metadata={"format": "pt"})
    row = project(checkpoint, take_census(checkpoint), ["cast/bf16"]).projections[0]
    assert row.projected_bytes == checkpoint.shards[0].file_bytes


def test_integers_keep_their_dtype() -> None:
    spec = llama() | {"model.embeddings.position_ids": ("I64", (1, 512))}
    kept = [group for group in one(spec, "cast/f8_e4m3").groups if group.from_dtype == "I64"]
    assert [group.to_dtype for group in kept] == ["I64"]


def test_components_and_header_add_up() -> None:
    row = one(llama(), "cast/f32")
    assert sum(row.components.values()) + row.header_bytes == row.projected_bytes
    assert set(row.components) == {"embedding", "transformer", "head"}


@pytest.mark.parametrize(
    ("scheme", "expected"), [("ideal/8bit", 1000), ("ideal/4bit", 500), ("ideal/1.58bit", 198), ("ideal/1bit", 125)]
)
def test_the_textbook_figure_is_parameters_times_bits(scheme: str, expected: int) -> None:
    row = one({"model.embed_tokens.weight": ("BF16", (10, 100))}, scheme)
    assert row.projected_bytes == expected
    assert row.basis == "rule-of-thumb"
    assert row.header_bytes == 0
    assert sum(row.components.values()) == expected


def test_seventy_billion_parameters_take_thirty_five_gigabytes_in_four_bits() -> None:
    row = one({"model.embed_tokens.weight": ("BF16", (70_000, 1_000_000))}, "ideal/4bit")
    assert row.projected_bytes == 35_000_000_000


def test_a_packed_checkpoint_is_cast_from_what_it_stands_for() -> None:
    spec = {
        "model.embed_tokens.weight": ("BF16", (64, 256)),
        "model.layers.0.mlp.down_proj.weight": ("F8_E4M3", (256, 512)),
        "model.layers.0.mlp.down_proj.weight_scale_inv": ("F32", (2, 4)),
        "lm_head.weight": ("BF16", (64, 256)),
    }
    row = one(spec, "cast/bf16")
    assert row.basis == "modelled"
    assert sum(row.components.values()) == 2 * (2 * 64 * 256 + 256 * 512)
    assert any("dequantise" in note for note in row.assumptions)
    assert row.low_bytes < row.projected_bytes < row.high_bytes
