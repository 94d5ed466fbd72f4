"""Finds the family that the tensors of one weight set show."""

from collections.abc import Sequence
from typing import Final

from inspector.analyses.census import LabelledGroup
from inspector.analyses.structural_kind import is_whole
from inspector.analyses.tensor_view import TensorView, holds, view_of
from inspector.knowledge.architecture_row import Family, Layout
from inspector.knowledge.architectures import Group, groups_for
from inspector.values import frozen

#: How many leaves a sentence of evidence names.
_NAMED: Final = 3


@frozen
class Found:
    """A family with the layout that holds, and in `shown` the leaves that decided with their shapes."""

    family: Family
    shown: str


def find_family(labels: Sequence[LabelledGroup], kind: str) -> Found | None:
    """The first family that may be the whole of such a set; kind "unknown" takes parts for the whole, too."""
    patterns = len({label.logical.weight for label in labels})
    for group in groups_for(kind, patterns):
        view = view_of(labels, group)
        found = first_that_holds(group, view, kind)
        if found is not None:
            return Found(family=found[0], shown=_shown(found[1], view))
    return None


def first_that_holds(group: Group, view: TensorView, kind: str) -> tuple[Family, Layout] | None:
    """The first row of a group, and its layout, among those that may be the whole of a set of this kind."""
    for family in group():
        if is_whole(family.kind, kind):
            for layout in family.layouts:
                if holds(layout, view):
                    return family, layout
    return None


def _shown(layout: Layout, view: TensorView) -> str:
    leaves = (layout.needs or layout.block)[:_NAMED]
    told = [f"{leaf}{_shape(leaf, view)}" for leaf in leaves]
    more = len({*layout.needs, *layout.block}) - len(leaves)
    rest = f" and {more} more" if more > 0 else ""
    others = ", and no others in a block" if layout.block else ""
    return ", ".join(told) + rest + others


def _shape(leaf: str, view: TensorView) -> str:
    shapes = view.ends.get(leaf, ())
    return f" {list(shapes[0])}" if shapes else ""
