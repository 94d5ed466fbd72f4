"""What is asked of a cache and what it takes: the values that every engine's arithmetic shares."""

from inspector.analyses.memory.attention import Gap
from inspector.knowledge.cache_types import CACHE_TYPE, MODEL_FORMATS, CacheType
from inspector.knowledge.engines import LLAMA_CPP_UBATCH
from inspector.units import ceil_div
from inspector.values import frozen


@frozen
class CacheRequest:
    """What is to be held: `batch` sequences of `context` tokens (`shared_context`: all of them together).

    `value_dtype` is that of the values where it differs; `encoder_context` None means the encoder's own maximum, else
    as many tokens as `context`. `windows` False prices an engine that reserves the whole context in every layer.
    `static` is the preallocated cache of transformers; `ubatch` and `unified` are llama.cpp's.
    """

    context: int
    batch: int = 1
    kv_dtype: str = "bf16"
    value_dtype: str = ""
    model_dtype: str = "bf16"
    encoder_context: int | None = None
    shared_context: bool = False
    windows: bool = True
    static: bool = False
    ubatch: int = LLAMA_CPP_UBATCH
    unified: bool = False

    @property
    def key_type(self) -> CacheType:
        return CACHE_TYPE[self.kv_dtype]

    @property
    def value_type(self) -> CacheType:
        return CACHE_TYPE[self.value_dtype or self.kv_dtype]

    @property
    def model_format(self) -> CacheType:
        """The format of what engines keep as the model computes it: the cache's own where a model can run in it."""
        return CACHE_TYPE[self.kv_dtype if self.kv_dtype in MODEL_FORMATS else self.model_dtype]


@frozen
class CachePart:
    """Bytes of one kind of layer, label kv_cache or state, with the arithmetic in words.

    `layers` names them ("12 sliding layers").
    `heads` is the number of equal pieces that tensor parallelism can deal out, 1 where every device holds all of it
    (latents), 0 where it divides freely.
    """

    label: str
    bytes: int
    formula: str
    layers: str = ""
    heads: int = 0

    def on_one_of(self, devices: int) -> int:
        """Bytes on the fullest of `devices`: heads fewer than devices are held by several."""
        pieces = self.heads or devices
        return ceil_div(self.bytes * ceil_div(pieces, devices), pieces)


@frozen
class CacheSize:
    """All that an engine keeps; with gaps there are no parts."""

    parts: tuple[CachePart, ...] = ()
    gaps: tuple[Gap, ...] = ()

    @property
    def kv_bytes(self) -> int:
        return sum(part.bytes for part in self.parts if part.label == "kv_cache")

    @property
    def state_bytes(self) -> int:
        return sum(part.bytes for part in self.parts if part.label == "state")

    @property
    def bytes(self) -> int:
        return self.kv_bytes + self.state_bytes
