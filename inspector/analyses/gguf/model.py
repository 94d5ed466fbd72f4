"""The values of a converted model: tensors as the GGUF file holds them, and what the quantiser knows of the model."""

from collections.abc import Mapping

from inspector.values import frozen


@frozen
class GgufTensors:
    """Tensors of a GGUF file that share a name pattern and a shape.

    `name` is the GGUF name, `*` standing for the block number; `shape` has the row length last; `blocks` the block
    numbers, (-1,) for a tensor outside of blocks. `source` is the checkpoint's dtype, `packed` the type that a
    packed source is repacked to without a change of values ("" for none), `pattern` the name in the checkpoint.
    """

    name: str
    shape: tuple[int, ...]
    blocks: tuple[int, ...]
    source: str = ""
    packed: str = ""
    component: str = "transformer"
    pattern: str = ""

    @property
    def elements(self) -> int:
        product = 1
        for dim in self.shape:
            product *= dim
        return product

    @property
    def row(self) -> int:
        return self.shape[-1] if self.shape else 1

    @property
    def dims(self) -> int:
        """Dimensions as ggml counts them: leading ones do not count, and there is always one."""
        sizes = list(self.shape)
        while len(sizes) > 1 and sizes[0] == 1:
            del sizes[0]
        return max(len(sizes), 1)

    @property
    def stacked(self) -> bool:
        return self.dims > 2


@frozen
class GgufTraits:
    """What llama-quantize looks at besides the tensors themselves."""

    architecture: str
    layers: int
    heads: int
    kv_heads: int
    experts: int
    is_70b: bool
    tied: bool

    @property
    def heads_per_kv(self) -> int:
        return self.heads // self.kv_heads if self.kv_heads else 0


@frozen
class Refusal:
    """Why no GGUF file can be projected: one sentence."""

    reason: str


@frozen
class GgufGroup:
    """One pattern of a projected file: `source` type to `target` type, bytes with alignment, and the reason."""

    pattern: str
    tensors: int
    source: str
    target: str
    bytes: int
    params: int
    component: str
    reason: str


@frozen
class GgufProjection:
    """One file type's file: data bytes are exact wherever the model's tensors are, the header has bounds."""

    scheme: str
    data_bytes: int
    header_bytes: int
    header_low_bytes: int
    header_high_bytes: int
    exact: bool
    groups: tuple[GgufGroup, ...] = ()
    assumptions: tuple[str, ...] = ()

    @property
    def components(self) -> Mapping[str, int]:
        sums: dict[str, int] = {}
        for group in self.groups:
            sums[group.component] = sums.get(group.component, 0) + group.bytes
        return sums

    @property
    def projected_bytes(self) -> int:
        return self.data_bytes + self.header_bytes

    @property
    def low_bytes(self) -> int:
        return self.data_bytes + self.header_low_bytes

    @property
    def high_bytes(self) -> int:
        return self.data_bytes + self.header_high_bytes
