"""What a row of the architecture tables says: conditions that are values, and where they were found."""

from typing import NamedTuple


class Width(NamedTuple):
    """One of the tensors that end in `leaf` has one of `values` on `axis`."""

    leaf: str
    axis: int
    values: tuple[int, ...]


class Match(NamedTuple):
    """A tensor that ends in `leaf` is on `axis` as wide as one that ends in `other` is on `other_axis`; or is not."""

    leaf: str
    axis: int
    other: str
    other_axis: int
    same: bool = True


class Layout(NamedTuple):
    """One way in which the tensors of a family are named; true where every condition holds.

    A leaf is the end of a weight's name pattern from some dot on, without `.weight`; numbers are folded to `*`.
    Of the leaves `needs` are all there and `lacks` none. `block` are leaves counted from behind a block's number:
    all of them are there and, besides `may`, no others. With `only`, the whole set has no other leaves than `needs`.
    """

    needs: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    block: tuple[str, ...] = ()
    may: tuple[str, ...] = ()
    widths: tuple[Width, ...] = ()
    matches: tuple[Match, ...] = ()
    only: bool = False


class Family(NamedTuple):
    """A family that tensors can show.

    `twins` are ids of models with the same tensors, which only configuration tells apart; `types` further
    model types that are this family under another word. `kind` is one of the interface's kinds.
    """

    id: str
    name: str
    kind: str
    layouts: tuple[Layout, ...]
    source: str
    twins: tuple[str, ...] = ()
    types: tuple[str, ...] = ()


def layout(
    needs: str = "",
    *,
    lacks: str = "",
    block: str = "",
    may: str = "",
    widths: tuple[Width, ...] = (),
    matches: tuple[Match, ...] = (),
    only: bool = False,
) -> Layout:
    """A layout from leaves written with spaces between them."""
    return Layout(
        needs=tuple(needs.split()),
        lacks=tuple(lacks.split()),
        block=tuple(block.split()),
        may=tuple(may.split()),
        widths=widths,
        matches=matches,
        only=only,
    )
