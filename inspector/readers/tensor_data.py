"""Reads tensor data in ranges and counts what its numbers are: NaN, infinite, zero, near zero, all equal.

Every dtype of the format is decoded here, BF16 and the 8-bit floats through a table of all their values.
Needs NumPy (the `weights` extra). Memory is bounded by one chunk, however large a tensor is.
"""

from collections.abc import Callable, Iterator
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from inspector.dtypes import BITS
from inspector.errors import CannotLook, Unsupported
from inspector.model import Shard, Tensor
from inspector.sources.base import Source
from inspector.values import frozen

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32] | NDArray[np.float64]

#: Bytes of one read; a multiple of every element size.
CHUNK_BYTES: Final = 4 * 1024 * 1024
#: Weights below this magnitude do nothing in any 16-bit computation beside weights of ordinary size.
NEAR_ZERO: Final = 2.0**-20

#: Exponent bits, mantissa bits, exponent bias, and how infinity and NaN are written, of the 8-bit floats.
_SMALL_FLOATS: Final = {
    "F8_E4M3": (4, 3, 7, "fn"),
    "F8_E5M2": (5, 2, 15, "ieee"),
    "F8_E4M3FNUZ": (4, 3, 8, "fnuz"),
    "F8_E5M2FNUZ": (5, 2, 16, "fnuz"),
}
_WIDE_FLOATS: Final = {"F16": "<f2", "F32": "<f4", "F64": "<f8", "C64": "<f4"}


@frozen
class TensorStatistics:
    """Counts over all elements of one tensor (a complex one is two); `constant` if all are equal."""

    path: str
    name: str
    dtype: str
    dims: int
    elements: int
    nan: int = 0
    infinite: int = 0
    zeros: int = 0
    near_zero: int = 0
    constant: bool = False


class _Counts:
    """The running counts of one tensor."""

    def __init__(self) -> None:
        self.elements = self.nan = self.infinite = self.zeros = self.near_zero = 0
        self.constant = True
        self._first: bytes | None = None

    def add(self, raw: bytes, dtype: str, width: int) -> None:
        """Count one chunk of whole elements."""
        import numpy as np

        first = raw[:width] if self._first is None else self._first
        self._first = first
        self.constant = self.constant and raw == first * (len(raw) // width)
        if dtype in _SMALL_FLOATS or dtype == "F8_E8M0" or dtype == "BF16" or dtype == "F16":
            self._add_counted(np.bincount(np.frombuffer(raw, f"<u{width}"), minlength=256**width), _values(dtype))
        elif dtype in _WIDE_FLOATS:
            self._add_floats(np.frombuffer(raw, _WIDE_FLOATS[dtype]))
        else:
            numbers = np.frombuffer(raw, f"<u{width}")
            self.elements += len(numbers)
            self.zeros += len(numbers) - int(np.count_nonzero(numbers))

    def _add_counted(self, counts: "NDArray[np.int64]", values: "Floats") -> None:
        """Count a chunk of which each possible value is known to occur so often."""
        import numpy as np

        size = np.abs(values)
        self.elements += int(counts.sum())
        self.nan += int(counts[np.isnan(values)].sum())
        self.infinite += int(counts[np.isinf(values)].sum())
        self.zeros += int(counts[size == 0].sum())
        self.near_zero += int(counts[size < NEAR_ZERO].sum())

    def _add_floats(self, values: "Floats") -> None:
        import numpy as np

        size = np.abs(values)
        self.elements += len(values)
        finite = int(np.count_nonzero(np.isfinite(values)))
        nan = int(np.count_nonzero(np.isnan(values))) if finite < len(values) else 0
        self.nan += nan
        self.infinite += len(values) - finite - nan
        self.zeros += int(np.count_nonzero(size == 0))
        self.near_zero += int(np.count_nonzero(size < NEAR_ZERO))


def demand_numpy() -> None:
    """Raises `Unsupported` where NumPy is not installed."""
    from importlib.util import find_spec

    if find_spec("numpy") is None:
        raise Unsupported(
            "Reading tensor data needs NumPy, which is not installed.",
            hint="pip install 'safetensors-inspector[weights]'",
        )


def read_statistics(source: Source, shard: Shard, on_bytes: Callable[[int], None]) -> Iterator[TensorStatistics]:
    """The statistics of each tensor of a file that the loader opens. Raises `CannotLook` where it cannot be read."""
    for tensor in sorted(shard.tensors, key=lambda tensor: tensor.data.start):
        counts = _count(source, shard, tensor, on_bytes)
        yield TensorStatistics(
            path=shard.path,
            name=tensor.name,
            dtype=tensor.dtype,
            dims=len(tensor.shape),
            elements=counts.elements,
            nan=counts.nan,
            infinite=counts.infinite,
            zeros=counts.zeros,
            near_zero=counts.near_zero,
            constant=counts.constant and counts.elements > 1,
        )


def _count(source: Source, shard: Shard, tensor: Tensor, on_bytes: Callable[[int], None]) -> _Counts:
    counts = _Counts()
    width = max(1, (4 if tensor.dtype == "C64" else BITS[tensor.dtype] // 8))
    position, end = (shard.header_bytes + offset for offset in (tensor.data.start, tensor.data.stop))
    while position < end:
        wanted = min(CHUNK_BYTES, end - position)
        raw = source.read(shard.path, position, position + wanted)
        if len(raw) != wanted:
            raise CannotLook(f"{shard.path} became shorter while it was read.")
        counts.add(raw, tensor.dtype, width)
        position += wanted
        on_bytes(wanted)
    return counts


@cache
def _values(dtype: str) -> "NDArray[Any]":
    """The value of every bit pattern of an 8-bit or 16-bit float."""
    import numpy as np

    if dtype == "BF16":
        return (np.arange(65536, dtype=np.uint32) << 16).view(np.float32)
    if dtype == "F16":
        return np.arange(65536, dtype=np.uint16).view(np.float16).astype(np.float32)
    if dtype == "F8_E8M0":
        exponents = np.arange(256, dtype=np.float64) - 127
        return np.where(np.arange(256) == 255, np.nan, 2.0**exponents)
    return np.array([_small_float(code, *_SMALL_FLOATS[dtype]) for code in range(256)])


def _small_float(code: int, exponent_bits: int, mantissa_bits: int, bias: int, style: str) -> float:
    """One 8-bit float; "fn" has one NaN and no infinity, "fnuz" has NaN in place of minus zero, "ieee" both."""
    sign = -1.0 if code & 0x80 else 1.0
    exponent = (code & 0x7F) >> mantissa_bits
    mantissa = code & ((1 << mantissa_bits) - 1)
    top = (1 << exponent_bits) - 1
    if style == "fnuz" and code == 0x80:
        return float("nan")
    if style == "fn" and code & 0x7F == 0x7F:
        return float("nan")
    if style == "ieee" and exponent == top:
        return float("nan") if mantissa else sign * float("inf")
    if exponent == 0:
        return sign * mantissa * 2.0 ** (1 - bias - mantissa_bits)
    return sign * (1 + mantissa / (1 << mantissa_bits)) * 2.0 ** (exponent - bias)
