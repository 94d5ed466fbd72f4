"""What a projection says: bytes, their bounds, and where each of them goes."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final, Literal

from inspector.units import format_quotient
from inspector.values import frozen

if TYPE_CHECKING:
    from fractions import Fraction

Basis = Literal["exact", "modelled", "rule-of-thumb"]
#: What a tensor becomes that is not in the artifact.
DROPPED: Final = "dropped"


@frozen
class ProjectedGroup:
    """Tensors of one pattern with what a scheme makes of them; `bytes` are those of all of them together."""

    component: str
    pattern: str
    tensors: int
    from_dtype: str
    to_dtype: str
    bytes: int
    reason: str

    def to_dict(self) -> dict[str, Any]:
        return {
            "pattern": self.pattern,
            "tensors": self.tensors,
            "from": self.from_dtype,
            "to": self.to_dtype,
            "bytes": self.bytes,
            "reason": self.reason,
            "component": self.component,
        }


def bytes_by_component(groups: Iterable[ProjectedGroup]) -> dict[str, int]:
    """The bytes of all groups of each component that is in the artifact."""
    sums: dict[str, int] = {}
    for group in groups:
        if group.to_dtype != DROPPED:
            sums[group.component] = sums.get(group.component, 0) + group.bytes
    return sums


@frozen
class Projection:
    """One scheme applied to one checkpoint: `components` and `header_bytes` add up to `projected_bytes`.

    `params` are the logical parameters of the artifact, which `bits_per_weight` divides by.
    """

    scheme: str
    projected_bytes: int
    low_bytes: int
    high_bytes: int
    basis: Basis
    params: int
    header_bytes: int
    components: Mapping[str, int]
    groups: tuple[ProjectedGroup, ...] = ()
    assumptions: tuple[str, ...] = ()

    @property
    def bits_per_weight(self) -> "Fraction | None":
        """Bits of the whole artifact for each logical parameter, None where it has none."""
        from fractions import Fraction

        return Fraction(8 * self.projected_bytes, self.params) if self.params else None

    def bits_text(self, digits: int = 2) -> str:
        """Bits per weight as a decimal, "" where there are no parameters."""
        return format_quotient(8 * self.projected_bytes, self.params, digits) if self.params else ""

    def summary(self) -> dict[str, Any]:
        """The row of an overview."""
        bits = self.bits_text(4)
        return {
            "scheme": self.scheme,
            "projected_bytes": self.projected_bytes,
            "low_bytes": self.low_bytes,
            "high_bytes": self.high_bytes,
            "basis": self.basis,
            "bits_per_weight": float(bits) if bits else None,
        }

    def to_dict(self) -> dict[str, Any]:
        return self.summary() | {
            "header_bytes": self.header_bytes,
            "components": dict(self.components),
            "groups": [group.to_dict() for group in self.groups],
            "assumptions": list(self.assumptions),
        }


@frozen
class NotOffered:
    """A scheme that does not apply to this checkpoint, with the reason."""

    scheme: str
    reason: str

    def to_dict(self) -> dict[str, Any]:
        return {"scheme": self.scheme, "reason": self.reason}


@frozen
class Projections:
    """All schemes that were asked for: offered ones in the order of the catalogue, and those that do not apply."""

    stored_bytes: int
    projections: tuple[Projection, ...]
    not_offered: tuple[NotOffered, ...]

    def to_dict(self) -> dict[str, Any]:
        return {
            "projections": [row.to_dict() for row in self.projections],
            "not_offered": [row.to_dict() for row in self.not_offered],
        }
