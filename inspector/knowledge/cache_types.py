"""Number formats of a key/value cache: bytes per element with all scales, as exact fractions."""

from fractions import Fraction
from typing import Final

from inspector.values import frozen

_GGML: Final = "ggml-common.h block layouts"


@frozen
class CacheType:
    """One format: `block_bytes` hold `block_elements` elements of a row; a row is a whole number of blocks."""

    id: str
    block_elements: int
    block_bytes: int
    layout: str
    source: str

    @property
    def bytes_per_element(self) -> Fraction:
        return Fraction(self.block_bytes, self.block_elements)


CACHE_TYPES: Final = (
    CacheType(id="f32", block_elements=1, block_bytes=4, layout="4", source="IEEE 754 binary32"),
    CacheType(id="f16", block_elements=1, block_bytes=2, layout="2", source="IEEE 754 binary16"),
    CacheType(id="bf16", block_elements=1, block_bytes=2, layout="2", source="bfloat16"),
    CacheType(
        id="fp8",
        block_elements=1,
        block_bytes=1,
        layout="1, scales per layer and none per token",
        source="vllm/v1/kv_cache_interface.py",
    ),
    CacheType(id="q8_0", block_elements=32, block_bytes=34, layout="2 scale + 32", source=_GGML),
    CacheType(
        id="q5_1", block_elements=32, block_bytes=24, layout="2 scale + 2 minimum + 4 high bits + 16", source=_GGML
    ),
    CacheType(id="q5_0", block_elements=32, block_bytes=22, layout="2 scale + 4 high bits + 16", source=_GGML),
    CacheType(id="q4_1", block_elements=32, block_bytes=20, layout="2 scale + 2 minimum + 16", source=_GGML),
    CacheType(id="q4_0", block_elements=32, block_bytes=18, layout="2 scale + 16", source=_GGML),
    CacheType(id="iq4_nl", block_elements=32, block_bytes=18, layout="2 scale + 16", source=_GGML),
    CacheType(
        id="3bit",
        block_elements=8,
        block_bytes=3,
        layout="3 bits, scales not counted",
        source="BitNet a4.8, arXiv 2411.04965",
    ),
)

CACHE_TYPE: Final = {row.id: row for row in CACHE_TYPES}

#: Formats in which a model itself can run, so that a convolution state or an index key can have them.
MODEL_FORMATS: Final = frozenset({"f32", "f16", "bf16"})
