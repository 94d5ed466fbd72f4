"""The values that every floor shares: what was read, exactly as it was declared.

Hot-path shape: a checkpoint may hold 140,000 tensors, so a shard keeps its tensors as columns
(`TensorTable`) and makes a `Tensor` only when one is asked for.
"""

from array import array
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, overload

from inspector.dtypes import BITS
from inspector.paths import folder_of
from inspector.values import field, frozen, no_entries

U64_MAX = 2**64 - 1


class ByteRange(NamedTuple):
    """Half-open range of bytes `[start, stop)`; one that is written backwards holds none."""

    start: int
    stop: int

    @property
    def bytes(self) -> int:
        return max(0, self.stop - self.start)


class Form:
    """A dtype with a shape: what thousands of tensors of one checkpoint share. Immutable, equal by value.

    `elements` is the product of the dimensions; `overflows` whether that product, or its bits, leaves
    64 bits as the loader computes it (left to right); `declared_bytes` is None where it overflows or
    where the bits do not fill whole bytes.
    """

    __slots__ = ("_hash", "declared_bytes", "dtype", "elements", "overflows", "shape")

    dtype: str
    shape: tuple[int, ...]
    elements: int
    overflows: bool
    declared_bytes: int | None

    def __init__(self, dtype: str, shape: tuple[int, ...]) -> None:
        product, overflows = 1, False
        for dim in shape:
            product *= dim
            overflows = overflows or product > U64_MAX
        bits = product * BITS[dtype]
        self.dtype, self.shape, self.elements = dtype, shape, product
        self.overflows = overflows or bits > U64_MAX
        self.declared_bytes = None if self.overflows or bits % 8 else bits // 8
        self._hash = hash((dtype, shape))

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Form) and self.dtype == other.dtype and self.shape == other.shape)

    def __hash__(self) -> int:
        return self._hash

    def __repr__(self) -> str:
        return f"Form({self.dtype!r}, {self.shape!r})"


@frozen
class Tensor:
    """One tensor as its header declares it; `data` counts from the first byte after the header."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    data: ByteRange

    @property
    def elements(self) -> int:
        return Form(self.dtype, self.shape).elements

    @property
    def stored_bytes(self) -> int:
        return self.data.bytes

    @property
    def declared_bytes(self) -> int | None:
        return Form(self.dtype, self.shape).declared_bytes


class TensorTable(Sequence[Tensor]):
    """The tensors of one shard in header order, as columns of equal length.

    `names[i]`, `forms[i]`, `starts[i]`, `stops[i]` describe tensor i; forms are shared objects.
    Read-only by convention: nothing outside the header reader writes to a column.
    """

    __slots__ = ("forms", "names", "starts", "stops")

    def __init__(
        self,
        names: Sequence[str] = (),
        forms: Sequence[Form] = (),
        starts: Sequence[int] = (),
        stops: Sequence[int] = (),
    ) -> None:
        self.names = names
        self.forms = forms
        self.starts = array("Q", starts)
        self.stops = array("Q", stops)

    def __len__(self) -> int:
        return len(self.names)

    @overload
    def __getitem__(self, index: int) -> Tensor: ...
    @overload
    def __getitem__(self, index: slice) -> "TensorTable": ...
    def __getitem__(self, index: int | slice) -> "Tensor | TensorTable":
        if isinstance(index, slice):
            return TensorTable(self.names[index], self.forms[index], self.starts[index], self.stops[index])
        form = self.forms[index]
        data = ByteRange(self.starts[index], self.stops[index])
        return Tensor(name=self.names[index], dtype=form.dtype, shape=form.shape, data=data)

    def __iter__(self) -> Iterator[Tensor]:
        return (self[i] for i in range(len(self.names)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TensorTable) and list(self) == list(other)

    def __hash__(self) -> int:
        return hash(tuple(self.names))

    def __repr__(self) -> str:
        return f"TensorTable({len(self)} tensors)"


@frozen
class Fault:
    """Something wrong with a header, an index or a layout.

    `kind` is a stable id (readers/faults.py lists them), `refused` whether the official loader refuses
    the file for it, `offset` a byte position in the file, `name` the tensor, key or file concerned.
    """

    kind: str
    refused: bool
    saw: str
    expected: str = ""
    offset: int | None = None
    name: str | None = None
    count: int = 1


@frozen
class Shard:
    """One safetensors file: its header's tensors, metadata and faults.

    `header_bytes` is 8 + N, and 0 where no header could be framed. `limit` names the stated bound that
    stopped the reader; then `loadable` is None.
    """

    path: str
    file_bytes: int
    header_bytes: int
    tensors: TensorTable = field(default_factory=TensorTable)
    metadata: Mapping[str, str] = field(default_factory=no_entries)
    faults: tuple[Fault, ...] = ()
    padding_bytes: int = 0
    limit: str = ""

    @property
    def loadable(self) -> bool | None:
        """Would the official safetensors loader open this file? None where a limit was reached."""
        if any(fault.refused for fault in self.faults):
            return False
        return None if self.limit else True

    @property
    def stored_bytes(self) -> int:
        if any(fault.kind == "offsets-reversed" for fault in self.faults):
            return sum(tensor.stored_bytes for tensor in self.tensors)
        return sum(self.tensors.stops) - sum(self.tensors.starts)


@frozen
class ShardIndex:
    """`*.safetensors.index.json` as written: tensor name -> shard path relative to the index's folder.

    `files` are the distinct shard paths, in the order in which the map first names them.
    """

    path: str
    weight_map: Mapping[str, str] = field(default_factory=no_entries)
    files: tuple[str, ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=no_entries)
    faults: tuple[Fault, ...] = ()


@frozen
class RepositoryFile:
    """A file of the checkpoint; `kind` is one of knowledge/file_kinds.py, `weight_set` the set it belongs to or ""."""

    path: str
    bytes: int
    kind: str
    weight_set: str = ""
    sha256: str = ""
    link_target: str = ""


@frozen
class WeightSet:
    """The weights of one model: one file or many, with the index that names them.

    `path` is the folder ("" is the root, "unet") or the single file; `missing` are shards that the index or
    the numbering promises and that are not there.
    """

    path: str
    variant: str = ""
    shards: tuple[Shard, ...] = ()
    index: ShardIndex | None = None
    missing: tuple[str, ...] = ()

    @property
    def folder(self) -> str:
        """The folder that the files lie in, "" for the root."""
        if self.index:
            return folder_of(self.index.path)
        paths = [shard.path for shard in self.shards] or list(self.missing)
        return folder_of(paths[0]) if paths else ""


@frozen
class Alternative:
    """Another copy of weights that are counted already, with the reason why it is not counted."""

    path: str
    variant: str
    paths: tuple[str, ...]
    file_bytes: int
    reason: str


@frozen
class Unread:
    """A part that could not be looked at: permission, network, not a regular file."""

    path: str
    kind: str
    message: str
    hint: str = ""


@frozen
class Target:
    """What the user named, as the documents show it."""

    kind: str
    ref: str
    repo_id: str = ""
    revision: str = ""
    requested_revision: str = ""


@frozen
class ReadCost:
    """What this run cost: requests made and bytes received; the one part of a document that may vary."""

    requests: int = 0
    bytes: int = 0


@frozen
class Checkpoint:
    """All that was read of a target, same shape for a file, a folder, a Hub repository or a bucket.

    `configs` maps the path of each JSON file that was read to its parsed value (an object or whatever
    it held); `texts` maps small text files (model card, chat template, checksum lists) to their beginning,
    `tokenizers` tokenizer files to their whole content where they were asked for;
    `repository` is what the Hub says of it (keys: gated, private, disabled, security); `faults` are those of
    the layout, of indexes and of configuration files, `name` being the path.
    """

    uri: str
    target: Target
    revision: str = ""
    weight_sets: tuple[WeightSet, ...] = ()
    alternatives: tuple[Alternative, ...] = ()
    configs: Mapping[str, Any] = field(default_factory=no_entries)
    texts: Mapping[str, str] = field(default_factory=no_entries)
    tokenizers: Mapping[str, bytes] = field(default_factory=no_entries)
    files: tuple[RepositoryFile, ...] = ()
    faults: tuple[Fault, ...] = ()
    unread: tuple[Unread, ...] = ()
    cost: ReadCost = ReadCost()
    repository: Mapping[str, Any] = field(default_factory=no_entries)

    @property
    def shards(self) -> tuple[Shard, ...]:
        """Every weight file that counts."""
        return tuple(shard for weights in self.weight_sets for shard in weights.shards)

    def __repr__(self) -> str:
        tensors = sum(len(shard.tensors) for shard in self.shards)
        return f"Checkpoint({self.uri!r}: {tensors} tensors in {len(self.shards)} files)"

    @property
    def complete(self) -> bool:
        """False where something needed could not be read, is missing, or would be refused by the loader."""
        if self.unread or any(weights.missing for weights in self.weight_sets):
            return False
        return all(shard.loadable for shard in self.shards)


@frozen
class Role:
    """What a tensor is for: interface vocabularies for `component` and `part`; "unclassified" and "other" are values.

    `block` and `expert` are the numbers in its name that count blocks and experts, None where there are none.
    """

    component: str
    part: str = "other"
    block: int | None = None
    expert: int | None = None
