"""Statistics of tensor data in every dtype."""

import math
import struct
from pathlib import Path
from typing import Any

import pytest

np = pytest.importorskip("numpy")

from inspector.dtypes import DTYPES  # noqa: E402
from inspector.readers.header import read_header  # noqa: E402
from inspector.readers.tensor_data import TensorStatistics, _values, read_statistics  # noqa: E402
from inspector.sources.local import open_local  # noqa: E402
from tests.builder import header_bytes  # noqa: E402


def _statistics(tmp_path: Path, dtype: str, raw: bytes, shape: list[int]) -> TensorStatistics:
    entry = {"dtype": dtype, "shape": shape, "data_offsets": [0, len(raw)]}
    path = tmp_path / "m.safetensors"
    path.write_bytes(header_bytes({"w": entry}) + raw)
    shard = read_header(str(path))
    assert shard.loadable
    (found,) = read_statistics(open_local(str(path)), shard, lambda _: None)
    return found


def _counts(found: TensorStatistics) -> tuple[int, int, int, int, bool]:
    return found.nan, found.infinite, found.zeros, found.near_zero, found.constant


NAN, INF = math.nan, math.inf


@pytest.mark.parametrize(
    ("dtype", "raw", "counts"),
    [
        ("F64", struct.pack("<4d", 1, NAN, INF, 0), (1, 1, 1, 1, False)),
        ("F32", struct.pack("<4f", 1, NAN, -INF, -0.0), (1, 1, 1, 1, False)),
        ("F16", struct.pack("<4e", 1, NAN, INF, 0), (1, 1, 1, 1, False)),
        ("BF16", bytes.fromhex("803f c07f 807f 0000"), (1, 1, 1, 1, False)),
        ("F8_E4M3", bytes.fromhex("38 7f 7e 80"), (1, 0, 1, 1, False)),
        ("F8_E5M2", bytes.fromhex("3c 7d 7c 80"), (1, 1, 1, 1, False)),
        ("F8_E4M3FNUZ", bytes.fromhex("38 80 7f 00"), (1, 0, 1, 1, False)),
        ("F8_E5M2FNUZ", bytes.fromhex("3c 80 7f 00"), (1, 0, 1, 1, False)),
        ("F8_E8M0", bytes.fromhex("7f ff 80 00"), (1, 0, 0, 1, False)),
        ("I8", bytes.fromhex("01 00 ff 02"), (0, 0, 1, 0, False)),
        ("I64", struct.pack("<4q", 1, 0, -1, 0), (0, 0, 2, 0, False)),
        ("BOOL", bytes.fromhex("01 01 01 01"), (0, 0, 0, 0, True)),
        ("F32", struct.pack("<4f", 1e-9, 1e-9, 1e-9, 1e-9), (0, 0, 0, 4, True)),
        ("F32", bytes(16), (0, 0, 4, 4, True)),
    ],
)
def test_counts(dtype: str, raw: bytes, counts: tuple[Any, ...], tmp_path: Path) -> None:
    assert _counts(_statistics(tmp_path, dtype, raw, [4])) == counts


@pytest.mark.parametrize("dtype", [row.name for row in DTYPES])
def test_every_dtype_can_be_read(dtype: str, tmp_path: Path) -> None:
    bits = next(row.bits for row in DTYPES if row.name == dtype)
    found = _statistics(tmp_path, dtype, bytes(16 * bits // 8), [16])
    assert found.dtype == dtype
    assert found.elements


def test_a_tensor_larger_than_a_chunk_is_one_tensor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inspector.readers.tensor_data.CHUNK_BYTES", 64)
    raw = struct.pack("<100f", *([1.0] * 99), NAN)
    found = _statistics(tmp_path, "F32", raw, [100])
    assert (found.elements, found.nan, found.constant) == (100, 1, False)


def test_sixteen_bit_tables_agree_with_numpy() -> None:
    half = np.arange(65536, dtype=np.uint16).view(np.float16).astype(np.float32)
    assert np.array_equal(_values("F16"), half, equal_nan=True)
    brain = struct.unpack("<f", b"\0\0" + struct.pack("<H", 0x4049))[0]
    assert _values("BF16")[0x4049] == brain


@pytest.mark.parametrize(("dtype", "largest"), [("F8_E4M3", 448.0), ("F8_E5M2", 57344.0), ("F8_E4M3FNUZ", 240.0)])
def test_the_largest_finite_value_of_small_floats(dtype: str, largest: float) -> None:
    values = _values(dtype)
    assert values[np.isfinite(values)].max() == largest
