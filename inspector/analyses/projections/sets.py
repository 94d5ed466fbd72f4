"""One weight set under one scheme, and the sum of several into a projection."""

from collections.abc import Iterable, Mapping, Sequence

from inspector.analyses.inventory import TensorGroup
from inspector.analyses.projections.containers import Bounds
from inspector.analyses.projections.plan import Container, Row, data_bounds, groups_of, header_of
from inspector.analyses.projections.values import Basis, ProjectedGroup, Projection, bytes_by_component
from inspector.analyses.projections.weights import WeightSource
from inspector.values import field, frozen

DEQUANTISED = "The checkpoint is packed: tools dequantise it first, so this starts from the weights it stands for."


@frozen
class SetProjection:
    """What one weight set becomes. `certain` says that a comparison with the tool stands behind every rule used."""

    header: Bounds
    data: Bounds
    groups: tuple[ProjectedGroup, ...]
    params: int
    certain: bool
    assumptions: tuple[str, ...] = field(default=())

    @property
    def total(self) -> Bounds:
        return self.header.plus(self.data)

    @property
    def components(self) -> Mapping[str, int]:
        return bytes_by_component(self.groups)


def from_rows(
    source: WeightSource,
    rows: Sequence[Row],
    container: Container,
    *,
    certain: bool,
    assumptions: tuple[str, ...] = (),
    slack: int = 0,
) -> SetProjection:
    """The set projection that rows of one source make in one container; its header may be `slack` bytes longer."""
    dropped = [row for row in rows if row.is_dropped]
    if dropped:
        names = ", ".join(sorted({row.weight.component for row in dropped}))
        assumptions += (f"Tensors that the tool's model code does not have are left out ({names}).",)
    sure = certain and not source.packed and not any(row.weight.params for row in dropped)
    header = header_of(rows, source, container).plus(Bounds(0, 0, slack))
    return SetProjection(
        header=header if sure else loosened(header),
        data=data_bounds(rows),
        groups=groups_of(rows),
        params=sum(row.weight.params for row in rows if not row.is_dropped),
        certain=sure,
        assumptions=assumptions + ((DEQUANTISED,) if source.packed else ()),
    )


def loosened(header: Bounds) -> Bounds:
    """A header whose names and metadata are not certain: a tenth less or more."""
    return Bounds(header.low - header.low // 10, header.best, header.high + header.high // 10)


def as_stored(source: WeightSource) -> SetProjection:
    """A weight set that a scheme leaves alone: its files as they are."""
    groups = _kept_groups(source)
    data = sum(group.bytes for group in groups)
    overhead = sum(shard.file_bytes for shard in source.census.weights.shards) - data
    return SetProjection(
        header=Bounds(overhead, overhead, overhead),
        data=Bounds(data, data, data),
        groups=groups,
        params=source.params,
        certain=True,
    )


def _kept_groups(source: WeightSource) -> tuple[ProjectedGroup, ...]:
    """One group for each component, all of it kept."""
    kept: dict[str, list[TensorGroup]] = {}
    for label in source.census.labels:
        kept.setdefault(label.role.component, []).append(label.group)
    path = source.census.weights.path
    return tuple(
        ProjectedGroup(
            component=name,
            pattern=f"{path}/*" if path else "*",
            tensors=sum(group.tensors for group in groups),
            from_dtype=(dtypes := ", ".join(sorted({group.form.dtype for group in groups}))),
            to_dtype=dtypes,
            bytes=sum(group.stored_bytes for group in groups),
            reason="kept: the scheme does not touch this component",
        )
        for name, groups in kept.items()
    )


def total_of(bounds: Iterable[Bounds]) -> Bounds:
    """All of them together."""
    total = Bounds(0, 0, 0)
    for one in bounds:
        total = total.plus(one)
    return total


def combine(
    scheme: str,
    sets: Iterable[SetProjection],
    *,
    margin: tuple[int, int] = (0, 0),
    assumptions: tuple[str, ...] = (),
) -> Projection:
    """The sum of all sets; `margin` widens the bounds by so many thousandths below and above."""
    sets = tuple(sets)
    total = total_of(row.total for row in sets)
    groups = tuple(group for row in sets for group in row.groups)
    low = total.low - margin[0] * total.low // 1000
    high = total.high + margin[1] * total.high // 1000
    certain = all(row.certain for row in sets) and low == high
    basis: Basis = "exact" if certain else "modelled"
    notes = assumptions + tuple(note for row in sets for note in row.assumptions)
    return Projection(
        scheme=scheme,
        projected_bytes=total.best,
        low_bytes=low,
        high_bytes=high,
        basis=basis,
        params=sum(row.params for row in sets),
        header_bytes=sum(row.header.best for row in sets),
        components=bytes_by_component(groups),
        groups=groups,
        assumptions=tuple(dict.fromkeys(notes)),
    )
