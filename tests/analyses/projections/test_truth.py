"""Projections against development data of real tools, where that lies beside the project."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from inspector.analyses.labelling import take_census
from inspector.analyses.projection import project
from inspector.analyses.projections.values import Projection
from inspector.model import Checkpoint
from tests.analyses.projections.support import checkpoint_of
from tests.builder import shared_folder

_SCHEMES = {
    "fp4": "bnb/fp4",
    "int8": "bnb/int8",
    "nf4": "bnb/nf4",
    "nf4_dq": "bnb/nf4-dq",
    "quanto_qfloat8": "quanto/fp8",
    "quanto_qint2": "quanto/int2",
    "quanto_qint8": "quanto/int8",
    "quanto_qint4": "quanto/int4",
    "torchao_int8wo": "torchao/int8wo",
    "torchao_int8dyn": "torchao/int8dyn",
    "torchao_fp8wo": "torchao/fp8wo",
    "trf_fp8_block128": "fp8/block-128",
    "q4_g32_mxfp4": "mlx/mxfp4",
    "q4_g16_nvfp4": "mlx/nvfp4",
    "q8_g32_mxfp8": "mlx/mxfp8",
    **{f"q{b}_g{g}_affine": f"mlx/{b}bit-g{g}" for b in (2, 3, 4, 6, 8) for g in (32, 64, 128)},
    **{f"auto_gptq_schemeW{b}A16": f"gptq/{b}bit-g128" for b in (2, 3, 4, 8)},
    **{f"auto_gptq_schemeW4A16_group_size{g}": f"gptq/4bit-g{g}" for g in (32, 64, -1)},
    "auto_awq_schemeW4A16": "awq/4bit-g128",
}
_CT = ("W4A16", "W4A16_ASYM", "W8A16", "W3A16", "W2A16", "W8A8", "FP8_DYNAMIC", "FP8", "FP8_BLOCK", "NVFP4", "NVFP4A16")


def _scheme_of(case: Mapping[str, Any]) -> str:
    if case["family"] == "compressed-tensors":
        known = (*_CT, "MXFP4A16", "MXFP8A16")
        return f"ct/{case['scheme'].lower().replace('_', '-')}" if case["scheme"] in known else ""
    return _SCHEMES.get(case["scheme"], "") if case["family"] != "autoround-auto_round" else ""


def _cases() -> list[dict[str, Any]]:
    folder = shared_folder()
    if folder is None:
        return []
    cases = json.loads((folder / "quantisation" / "truth.json").read_text(encoding="utf-8"))["cases"]
    return [case for case in cases if case["family"] not in ("gguf", "gguf-dryrun") and _scheme_of(case)]


@cache
def _checkpoint(name: str) -> Checkpoint:
    folder = shared_folder()
    assert folder is not None
    source = folder / "quantisation" / "sources" / name
    header = json.loads((source / "headers.json").read_text(encoding="utf-8"))["model.safetensors"]
    metadata = header.pop("__metadata__", None)
    spec = {tensor: (entry["dtype"], tuple(entry["shape"])) for tensor, entry in header.items()}
    return checkpoint_of({"": spec}, {"config.json": _config(source)}, metadata)


def _config(source: Path) -> Any:
    return json.loads((source / "config.json").read_text(encoding="utf-8"))


def _projection(case: Mapping[str, Any]) -> Projection:
    checkpoint = _checkpoint(case["source_model"])
    return project(checkpoint, take_census(checkpoint), [_scheme_of(case)]).projections[0]


@pytest.mark.skipif(not _cases(), reason="no development data beside the project")
@pytest.mark.parametrize("case", _cases(), ids=lambda case: str(case["id"]))
def test_a_projection_is_what_the_tool_wrote(case: dict[str, Any]) -> None:
    row, total = _projection(case), case["expected_bytes_total"]
    if case["family"].startswith("autoround"):
        _check_converted(row, case)
        return
    assert row.low_bytes <= total <= row.high_bytes
    if case["scheme"] != "nf4_dq":
        assert sum(row.components.values()) == case["expected_data_bytes"]
    if row.basis == "exact":
        assert row.projected_bytes == total


def _check_converted(row: Projection, case: Mapping[str, Any]) -> None:
    """A run on a CPU that kept the unquantised tensors in F32: the converted ones have to agree."""
    endings = (".qweight", ".qzeros", ".scales", ".g_idx")
    written = sum(size for name, (_, _, size) in case["tensors"].items() if name.endswith(endings))
    assert sum(group.bytes for group in row.groups if not group.reason.startswith("kept")) == written
