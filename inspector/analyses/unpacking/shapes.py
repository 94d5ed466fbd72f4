"""What a packed weight stands for, and the few ways in which shapes are looked at to find out."""

from math import prod
from typing import Final, NamedTuple

from inspector.analyses.unpacking.modules import Module
from inspector.model import Form
from inspector.values import frozen

#: Dtypes of scales that are powers of two; writers without F8_E8M0 store them as U8.
EXPONENTS: Final = ("U8", "F8_E8M0")
FP8: Final = ("F8_E4M3", "F8_E5M2", "F8_E4M3FNUZ", "F8_E5M2FNUZ")


@frozen
class Decoded:
    """What one weight of a module stands for: its parameters are the product of `shape`."""

    scheme: str
    bits: int | None
    group_size: int | None
    shape: tuple[int, ...]
    evidence: str

    @property
    def params(self) -> int:
        return prod(self.shape)


class Matrix(NamedTuple):
    lead: tuple[int, ...]
    rows: int
    columns: int


def matrix(form: Form) -> Matrix | None:
    """The last two dimensions of a tensor, None where it has fewer or an empty one."""
    if len(form.shape) < 2 or not form.elements:
        return None
    return Matrix(form.shape[:-2], form.shape[-2], form.shape[-1])


def pair_of(module: Module, anchor: str, *scales: str) -> tuple[Matrix, Matrix] | None:
    scale = first_of(module, *scales)
    values = matrix(module.forms[anchor])
    side = matrix(scale) if scale else None
    return (values, side) if values and side else None


def first_of(module: Module, *keys: str) -> Form | None:
    return next((module.forms[key] for key in keys if key in module.forms), None)


def grouped_id(scheme: str, bits: int, size: int | None) -> str:
    return f"{scheme}/{bits}bit-g{size or -1}"
