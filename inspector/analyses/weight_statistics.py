"""What the numbers of one tensor look like, counted from its data."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class TensorStatistics:
    """Counts over all elements of one tensor: NaN, infinite, zero and near-zero ones; `constant` if all are equal."""

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
