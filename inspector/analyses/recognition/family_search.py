"""Finds the family that the tensors of one weight set show."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from inspector.analyses.census import LabelledGroup
from inspector.analyses.recognition.structural_kind import is_whole
from inspector.analyses.recognition.tensor_view import TensorView, holds, view_of
from inspector.knowledge.architecture_row import Family, Layout
from inspector.knowledge.architectures import Group, groups_for, variants_in
from inspector.values import frozen

#: How many leaves a sentence of evidence names.
_NAMED: Final = 3


@frozen
class Found:
    """A family with a layout that holds, and in `shown` the leaves that decided with their shapes.

    `name` is that of the family, or of the variant that the tensors show; `exact` is True where the layout names
    every leaf of a block.
    """

    family: Family
    name: str
    shown: str
    exact: bool


def find_family(labels: Sequence[LabelledGroup], kind: str) -> Found | None:
    """The first family that may be the whole of such a set; kind "unknown" takes parts for the whole, too."""
    patterns = len({label.logical.weight for label in labels})
    for group in groups_for(kind, patterns):
        found = find_in(group, labels, kind)
        if found is not None:
            return found
    return None


def find_in(group: Group, labels: Sequence[LabelledGroup], kind: str) -> Found | None:
    """The first family of one group."""
    view = view_of(labels, group)
    held = first_that_holds(group, view, kind)
    if held is None:
        return None
    family, layout = held
    shown = _shown(group, layout, view)
    return Found(family=family, name=_name(group, family, view), shown=shown, exact=bool(layout.block))


def first_that_holds(group: Group, view: TensorView, kind: str) -> tuple[Family, Layout] | None:
    """The first row of a group, and its layout, among those that may be the whole of a set of this kind."""
    for family in group():
        if is_whole(family.kind, kind):
            for layout in family.layouts:
                if holds(layout, view):
                    return family, layout
    return None


def _name(group: Group, family: Family, view: TensorView) -> str:
    variants = (row for row in variants_in(group) if row.family == family.id)
    return next((row.name for row in variants if holds(row.shows, view)), family.name)


def _shown(group: Group, layout: Layout, view: TensorView) -> str:
    """The leaves that fewest rows of the group ask for, with their shapes."""
    asked = _asked(group)
    leaves = sorted(dict.fromkeys((*layout.needs, *layout.block)), key=lambda leaf: asked[leaf])
    told = ", ".join(f"{leaf}{_shape(leaf, view)}" for leaf in leaves[:_NAMED])
    rest = f" and {len(leaves) - _NAMED} more" if len(leaves) > _NAMED else ""
    others = ", and no others in a block" if layout.block else ""
    return told + rest + others


def _asked(group: Group) -> Counter[str]:
    """How many layouts of a group ask for each leaf."""
    asked: Counter[str] = Counter()
    for family in group():
        for layout in family.layouts:
            asked.update(layout.needs)
            asked.update(layout.block)
    return asked


def _shape(leaf: str, view: TensorView) -> str:
    shapes = view.ends.get(leaf, ())
    return f" {list(shapes[0])}" if shapes else ""
