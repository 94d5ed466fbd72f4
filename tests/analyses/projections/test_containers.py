"""Headers of safetensors files: exact against the official writer, and bounds that hold."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import save_file

from inspector.analyses.projections.containers import (
    Run,
    header_bounds,
    json_bytes,
    metadata_bytes,
    rust_header,
    shard_count,
)
from inspector.model import Form

_DTYPES = {"F64": np.float64, "F32": np.float32, "F16": np.float16, "I64": np.int64, "I32": np.int32} | {
    "U8": np.uint8,
    "I8": np.int8,
    "BOOL": np.bool_,
}

Spec = dict[str, tuple[str, tuple[int, ...]]]

_SPECS: dict[str, Spec] = {
    "one scalar": {"a": ("F32", ())},
    "an empty tensor": {"a": ("F16", (0, 7)), "b": ("U8", (3,))},
    "names that sort oddly": {"w.10": ("F16", (5,)), "w.9": ("F16", (50,)), "W": ("F16", (1,)), "é": ("F16", (2,))},
    "names that JSON escapes": {'a"b': ("I8", (1,)), "c\\d": ("I8", (2,)), "e\nf": ("I8", (3,))},
    "every dtype": {dtype: (dtype, (11,)) for dtype in _DTYPES},
    "offsets of many lengths": {f"layer.{i}.weight": ("F32", (i, 3)) for i in range(300)},
}


def _written(spec: Spec, metadata: dict[str, str] | None, folder: Path) -> int:
    path = folder / "x.safetensors"
    save_file({name: np.zeros(shape, _DTYPES[dtype]) for name, (dtype, shape) in spec.items()}, path, metadata)
    return int.from_bytes(path.read_bytes()[:8], "little") + 8


def _runs(spec: Spec) -> list[Run]:
    forms: dict[Form, list[str]] = {}
    for name, (dtype, shape) in spec.items():
        forms.setdefault(Form(dtype, shape), []).append(name)
    return [Run(form, len(names), json_bytes(names), names) for form, names in forms.items()]


@pytest.mark.parametrize("spec", _SPECS.values(), ids=_SPECS.keys())
@pytest.mark.parametrize("metadata", [None, {"format": "pt"}, {"a": 'é"\n', "b": ""}])
def test_a_header_is_as_long_as_the_official_writers(
    spec: Spec, metadata: dict[str, str] | None, tmp_path: Path
) -> None:
    assert rust_header(_runs(spec), metadata_bytes(metadata)) == _written(spec, metadata, tmp_path)


@pytest.mark.parametrize("spec", _SPECS.values(), ids=_SPECS.keys())
def test_bounds_hold_for_the_order_that_was_written(spec: Spec, tmp_path: Path) -> None:
    written = _written(spec, None, tmp_path)
    bounds = header_bounds([Run(run.form, run.tensors, run.name_bytes) for run in _runs(spec)], 0)
    assert bounds.low <= written <= bounds.high
    assert bounds.low <= bounds.best <= bounds.high


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["F32", "F16", "U8"]), st.integers(0, 5000)), min_size=1, max_size=40))
def test_bounds_hold_whatever_the_sizes(sizes: list[tuple[str, int]]) -> None:
    spec: Spec = {f"t{i}": (dtype, (size,)) for i, (dtype, size) in enumerate(sizes)}
    bounds = header_bounds(_runs(spec), 0)
    assert bounds.low <= rust_header(_runs(spec), 0) <= bounds.high


def test_several_headers_count_several_times() -> None:
    run = Run(Form("F32", (10,)), 100, 500)
    one, three = header_bounds([run], 30), header_bounds([run], 30, shards=3)
    assert three.high - one.high >= 2 * (8 + 31)


def test_names_are_counted_in_utf8_with_escapes() -> None:
    assert json_bytes(["abc", "é", 'q"']) == 3 + 2 + 3
    assert metadata_bytes(None) == 0
    assert metadata_bytes({"format": "pt"}) == len('"__metadata__":{"format":"pt"}')


@pytest.mark.parametrize(
    ("total", "limit", "largest", "expected"),
    [(99, 100, 10, (1, 1)), (100, 100, 10, (1, 1)), (101, 100, 10, (2, 3)), (0, 100, 0, (1, 1))],
)
def test_shards_are_bounded(total: int, limit: int, largest: int, expected: tuple[int, int]) -> None:
    assert shard_count(total, limit, largest) == expected
