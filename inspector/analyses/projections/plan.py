"""From what a tool does to each module to bytes: rows of stored tensors, then header, components and bounds."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from inspector.analyses.projections.containers import Bounds, Run, header_bounds, rust_header, shard_count
from inspector.analyses.projections.values import DROPPED, ProjectedGroup
from inspector.analyses.projections.weights import Stems, Weight, WeightSource
from inspector.model import Form
from inspector.values import frozen

GB = 10**9
GIB = 2**30


class Part(NamedTuple):
    """One stored tensor of a converted module: `leaf` is what follows the module's name."""

    leaf: str
    dtype: str
    shape: tuple[int, ...]


@frozen
class Row:
    """What becomes of one weight: its stored tensors and why.

    `low_slack` and `high_slack` are how many bytes fewer or more the row may take: text that depends on the weights, or
    a module whose kind is not sure.
    """

    weight: Weight
    runs: tuple[Run, ...]
    to_dtype: str
    reason: str
    converted: bool
    low_slack: int = 0
    high_slack: int = 0

    @property
    def bytes(self) -> int:
        return sum(run.data_bytes for run in self.runs)

    @property
    def is_dropped(self) -> bool:
        """Does the tool write nothing of this weight?"""
        return self.to_dtype == DROPPED


@frozen
class Container:
    """How a tool writes files: metadata bytes, padding, order of tensors and largest file.

    `pickled` is a torch archive, whose records and pickle take some bytes a module.
    """

    metadata: int
    ordered: bool = True
    max_shard_bytes: int = 50 * GB
    pickled: bool = False


#: Bytes that a torch archive takes for a quantised module and for a plain tensor beside their data: zip records
#: aligned to 64, directory entries and pickle; fitted to archives of hqq 0.2.8.post1.
_ARCHIVE_MODULE = 850
_ARCHIVE_TENSOR = 220


def convert(
    source: WeightSource, weight: Weight, parts: Sequence[Part], to_dtype: str, reason: str, stems: Stems | None = None
) -> Row:
    """The row of a module that is stored as `parts`, under `stems` where those are not its own names."""
    under = stems or source.stems(weight)
    runs = tuple(under.run(part.leaf, Form(part.dtype, part.shape)) for part in parts)
    return Row(weight=weight, runs=runs, to_dtype=to_dtype, reason=reason, converted=True)


def keep(source: WeightSource, weight: Weight, reason: str, dtype: str = "") -> Row:
    """The row of a tensor that stays, in `dtype` or its own."""
    run = source.run(weight, dtype or weight.dtype)
    return Row(
        weight=weight,
        runs=(run,),
        to_dtype=run.form.dtype,
        reason=reason,
        converted=False,
    )


def drop(weight: Weight, reason: str) -> Row:
    """The row of a tensor that the tool does not write."""
    return Row(weight=weight, runs=(), to_dtype=DROPPED, reason=reason, converted=False)


def header_of(rows: Iterable[Row], source: WeightSource, container: Container) -> Bounds:
    """8 + N of all files that the rows make, or what an archive takes beside its data."""
    rows = tuple(rows)
    if container.pickled:
        return _archive(rows)
    runs = [run for row in rows for run in row.runs]
    total = sum(run.data_bytes for run in runs)
    largest = max((run.tensor_bytes for run in runs), default=0)
    fewest, most = shard_count(total, container.max_shard_bytes, largest)
    if most == 1 and container.ordered and source.named:
        exact = rust_header(runs, container.metadata)
        return Bounds(exact, exact, exact)
    low = header_bounds(runs, container.metadata, shards=fewest, padded=container.ordered)
    if most == fewest:
        return low
    high = header_bounds(runs, container.metadata, shards=most, padded=container.ordered)
    return Bounds(min(low.low, high.low), low.best, max(low.high, high.high))


def _archive(rows: Iterable[Row]) -> Bounds:
    best = sum(row.weight.count * (_ARCHIVE_MODULE if row.converted else _ARCHIVE_TENSOR) for row in rows if row.runs)
    return Bounds(best - best // 5, best, best + best // 5)


def data_bounds(rows: Iterable[Row]) -> Bounds:
    """Bytes of all tensors, with the slack of every row."""
    low = best = high = 0
    for row in rows:
        size = row.bytes
        low, best, high = low + size - row.low_slack, best + size, high + size + row.high_slack
    return Bounds(low, best, high)


def groups_of(rows: Iterable[Row]) -> tuple[ProjectedGroup, ...]:
    return tuple(row.weight.projected(row.to_dtype, row.bytes, row.reason) for row in rows)
