"""Side data that stands alone: scales of a cache, markers, and scales whose weights were split apart."""

from collections.abc import Sequence

from inspector.analyses.census import LogicalGroup
from inspector.knowledge.packings import LONE_SCALES, MARKERS, SPLIT_SCALES
from inspector.values import replace


def set_lone_scales_apart(logical: Sequence[LogicalGroup]) -> tuple[LogicalGroup, ...]:
    """The groups with lone scales and markers as side data; everything else unchanged."""
    scaled = any(item.group.form.dtype.startswith("F8_") for item in logical)
    packed = scaled or any(item.packing for item in logical)
    found = []
    for item in logical:
        why = _reason(item, scaled, packed) if item.kind == "parameter" and not item.packing else ""
        found.append(replace(item, kind="side-data", params=0, evidence=why) if why else item)
    return tuple(found)


def _reason(item: LogicalGroup, scaled: bool, packed: bool) -> str:
    """Why a group that belongs to no packed weight is a quantiser's side data all the same, "" where it is not."""
    name, form = item.group.pattern, item.group.form
    if form.dtype == "F8_E8M0":
        return "exponents only"
    if name.rpartition(".")[2] in MARKERS:
        return "marks the file, holds no weight"
    if form.elements == 1 and any(name.endswith(row.text) and (packed or row.alone) for row in LONE_SCALES):
        return "one scale a module"
    if scaled and name.endswith(SPLIT_SCALES):
        return "scales of weights below it, or unused beside a weight that was not converted"
    return ""
