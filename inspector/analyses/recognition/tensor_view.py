"""The tensors of one weight set as the architecture rows ask for them: ends of names with their logical shapes."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Final

from inspector.analyses.census import LabelledGroup
from inspector.knowledge.architecture_row import Layout, Width
from inspector.knowledge.architectures import Group, variants_in
from inspector.values import frozen

#: Words that stand before the number of a block.
_CONTAINERS: Final = (".layers.*.", ".h.*.", ".blocks.*.", ".block.*.", ".layer.*.")
#: Components that hold the blocks of a text model.
_TEXT: Final = frozenset(("embedding", "transformer", "head", "text_encoder", "unclassified"))
_SUFFIX: Final = ".weight"

Shape = tuple[int, ...]


@frozen
class TensorView:
    """`ends` maps each end of a name that some row asks for to the shapes it has; `blocks` are leaves below a block's
    number in the text part; `whole` are all names, cut at `.weight`."""

    ends: Mapping[str, tuple[Shape, ...]]
    blocks: frozenset[str]
    whole: frozenset[str]


def view_of(labels: Sequence[LabelledGroup], group: Group) -> TensorView:
    """What a group's rows ask of one weight set; side data of quantisers is left out, buffers are ends only."""
    wanted = _wanted_ends(group)
    ends: dict[str, dict[Shape, None]] = {}
    blocks: set[str] = set()
    whole: set[str] = set()
    seen: set[tuple[str, Shape]] = set()
    for label in labels:
        logical = label.logical
        if logical.kind == "side-data" or (logical.weight, logical.shape) in seen:
            continue
        seen.add((logical.weight, logical.shape))
        name = leaf_name(logical.weight)
        for end in ends_of(name):
            if end in wanted:
                ends.setdefault(end, {})[logical.shape] = None
        if logical.kind == "parameter":
            whole.add(name)
            if label.role.component in _TEXT and (leaf := below_block(name)):
                blocks.add(leaf)
    return TensorView(ends={e: tuple(s) for e, s in ends.items()}, blocks=frozenset(blocks), whole=frozenset(whole))


def leaf_name(weight: str) -> str:
    """A weight's pattern without `.weight`; the experts of a switch layer read as numbered ones."""
    name = weight.removesuffix(_SUFFIX)
    return name.replace(".switch_mlp.", ".experts.*.") if ".switch_mlp." in name else name


def ends_of(name: str) -> Iterable[str]:
    """The name, and what follows each of its dots."""
    yield name
    dot = name.find(".")
    while dot >= 0:
        yield name[dot + 1 :]
        dot = name.find(".", dot + 1)


def holds(layout: Layout, view: TensorView) -> bool:
    """Is every condition of the layout met?"""
    if not all(need in view.ends for need in layout.needs) or any(lack in view.ends for lack in layout.lacks):
        return False
    if layout.block and not _blocks_hold(layout, view.blocks):
        return False
    if layout.only and view.whole != frozenset(layout.needs):
        return False
    return all(_width_holds(width, view) for width in layout.widths) and _matches_hold(layout, view)


def _blocks_hold(layout: Layout, blocks: frozenset[str]) -> bool:
    required = frozenset(layout.block)
    return required <= blocks and blocks - required <= frozenset(layout.may)


def _width_holds(width: Width, view: TensorView) -> bool:
    return any(
        -len(shape) <= width.axis < len(shape) and shape[width.axis] in width.values
        for shape in view.ends.get(width.leaf, ())
    )


def _matches_hold(layout: Layout, view: TensorView) -> bool:
    for match in layout.matches:
        mine = {shape[match.axis] for shape in view.ends.get(match.leaf, ()) if len(shape) > match.axis}
        other = {shape[match.other_axis] for shape in view.ends.get(match.other, ()) if len(shape) > match.other_axis}
        if not mine or not other or bool(mine & other) is not match.same:
            return False
    return True


def below_block(name: str) -> str:
    """What follows the first block number, "" where there is none."""
    dotted = "." + name
    found = [(at, len(word)) for word in _CONTAINERS if (at := dotted.find(word)) >= 0]
    if not found:
        return ""
    at, length = min(found)
    return dotted[at + length :]


@cache
def _wanted_ends(group: Group) -> frozenset[str]:
    """Every leaf that some row of a group names."""
    wanted: set[str] = set()
    layouts = [layout for family in group() for layout in family.layouts]
    for layout in (*layouts, *(variant.shows for variant in variants_in(group))):
        wanted.update(layout.needs, layout.lacks, layout.block)
        wanted.update(width.leaf for width in layout.widths)
        for match in layout.matches:
            wanted.update((match.leaf, match.other))
    return frozenset(wanted)
