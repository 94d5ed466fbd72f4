"""The tensors of a checkpoint as rows: filtered, sorted, each with its role."""

from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from typing import Any, Final, Literal

from inspector.analyses.census import Census, LabelledGroup, WeightSetCensus
from inspector.analyses.roles.components import role_of_name
from inspector.model import ByteRange, Form
from inspector.values import frozen

Sort = Literal["", "size", "name", "offset"]
#: The fields of a row's document, in their order.
TENSOR_FIELDS: Final = (
    *("path", "name", "dtype", "shape", "elements", "params", "stored_bytes", "data_offsets"),
    *("component", "name_pattern", "part", "block", "expert"),
)


@frozen
class TensorRow:
    """One tensor of one file, with the label of its group; `offset` counts from the file's beginning."""

    path: str
    name: str
    form: Form
    data: ByteRange
    offset: int
    label: LabelledGroup

    @property
    def params(self) -> int:
        """Logical parameters that this tensor stands for, 0 for side data and buffers."""
        return self.label.logical.params // self.label.group.tensors

    def to_dict(self) -> dict[str, Any]:
        role = role_of_name(self.label, self.name)
        return {
            "path": self.path,
            "name": self.name,
            "dtype": self.form.dtype,
            "shape": list(self.form.shape),
            "elements": self.form.elements,
            "params": self.params,
            "stored_bytes": self.data.bytes,
            "data_offsets": [self.data.start, self.data.stop],
            "component": role.component,
            "name_pattern": self.label.group.pattern,
            "part": role.part,
            "block": role.block,
            "expert": role.expert,
        }


@frozen
class Filter:
    """Which tensors: every condition that is given must hold; several values of one condition are alternatives."""

    names: tuple[str, ...] = ()
    dtypes: tuple[str, ...] = ()
    components: tuple[str, ...] = ()

    def takes_group(self, label: LabelledGroup) -> bool:
        if self.dtypes and label.group.form.dtype not in self.dtypes:
            return False
        return not self.components or label.role.component in self.components

    def takes_name(self, name: str) -> bool:
        return not self.names or any(fnmatchcase(name, glob) for glob in self.names)


def list_tensors(census: Census, wanted: Filter, *, sort: Sort = "", top: int = 0) -> Sequence[TensorRow]:
    """The tensors that a filter takes, in file order or sorted (size: largest first); the first `top`, 0 for all."""
    rows: Iterable[TensorRow] = (row for weights in census.sets for row in _rows(weights, wanted))
    if sort == "size":
        rows = sorted(rows, key=lambda row: (-row.data.bytes, row.path, row.name))
    elif sort == "name":
        rows = sorted(rows, key=lambda row: (row.name, row.path))
    elif sort == "offset":
        rows = sorted(rows, key=lambda row: (row.path, row.offset, row.name))
    listed = list(rows)
    return listed[:top] if top else listed


def _rows(weights: WeightSetCensus, wanted: Filter) -> Iterator[TensorRow]:
    taken = [wanted.takes_group(label) for label in weights.labels]
    members = iter(weights.inventory.members)
    for shard in weights.weights.shards:
        table = shard.tensors
        for i, member in zip(range(len(table)), members, strict=False):
            if taken[member] and wanted.takes_name(table.names[i]):
                yield TensorRow(
                    path=shard.path,
                    name=table.names[i],
                    form=table.forms[i],
                    data=ByteRange(table.starts[i], table.stops[i]),
                    offset=shard.header_bytes + table.starts[i],
                    label=weights.labels[member],
                )
