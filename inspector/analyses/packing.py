"""What stored tensors stand for: the logical weight behind every group of one weight set.

A packed weight is several tensors; its parameters are those of the layer it stands for, everything else
of the quantiser is side data. Shapes and neighbours decide, the configuration only where they leave a choice.
A low-bit weight with scales that fits no known layout is counted as stored, under a packing that says so.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final, Literal

from inspector.analyses.census import LogicalGroup, Packing, SetContext
from inspector.analyses.inventory import Inventory, TensorGroup
from inspector.analyses.unpacking.hints import Hints, rank, take_hints
from inspector.analyses.unpacking.layouts import CANDIDATES, LAYOUTS
from inspector.analyses.unpacking.modules import OWN, Module, gather
from inspector.analyses.unpacking.orphans import set_lone_scales_apart
from inspector.analyses.unpacking.shapes import Decoded
from inspector.analyses.unpacking.shared_tables import count_shared_tables_once
from inspector.knowledge.packings import ROWS, PackingRow
from inspector.values import frozen, replace

_WORDS: Final = frozenset(("U8", "I8", "I16", "U16", "I32", "U32"))
_SCALE_KEYS: Final = frozenset(
    ("scale", "scales", "scale_inv", "module_scale", "absmax", "zero_point", "qzeros", "ao_scale", "wscales")
)
#: Anchors whose names no ordinary module uses.
_OWN_NAMES: Final = frozenset(("qweight", "q_weight", "W_q", "trellis", "packed", "qdata", "data_data"))

_Part = Literal["anchor", "side", "plain"]


@frozen
class Unpacked:
    """`logical` runs parallel to the inventory's groups; `packings` are ordered by parameters, largest first."""

    logical: tuple[LogicalGroup, ...]
    packings: tuple[Packing, ...]


@frozen
class _Claim:
    """What `count` tensors of one group are by one module's reading."""

    part: _Part
    count: int
    weight: str
    decoded: Decoded | None


def unpack(inventory: Inventory, context: SetContext) -> Unpacked:
    """What each stored group stands for; work is per name pattern, per tensor only where precision is mixed."""
    modules = gather(inventory)
    hints = _hints(inventory, modules, context)
    claims: dict[int, list[_Claim]] = {}
    packed: dict[tuple[str, int | None, int | None], Packing] = {}
    for module in modules:
        row, decoded = _read(module, hints)
        if decoded is not None:
            _count(packed, module, decoded)
        for key, groups in module.groups.items():
            _claim(claims, inventory.groups, module, row, decoded, key, groups)
    logical = tuple(_logical(group, claims.get(g, ())) for g, group in enumerate(inventory.groups))
    return Unpacked(
        logical=count_shared_tables_once(set_lone_scales_apart(logical)),
        packings=tuple(sorted(packed.values(), key=lambda p: (-p.params, p.scheme, p.group_size or 0))),
    )


def _hints(inventory: Inventory, modules: Sequence[Module], context: SetContext) -> Hints:
    """Hints with the ranking of (bits, group size) that the widths of all modules together speak for."""
    hints = take_hints(inventory.groups, context.config)
    votes: Counter[tuple[int, int | None]] = Counter()
    for module in modules:
        for row in _rows_for(module):
            if row.layout in CANDIDATES:
                for candidate in CANDIDATES[row.layout](module, hints):
                    votes[(candidate.bits, candidate.group_size)] += module.count * candidate.fit
                break
    return replace(hints, order=rank(votes, hints.declared)) if votes else hints


def _rows_for(module: Module) -> list[PackingRow]:
    """Rows whose anchor and companions are all there, in their order."""
    return [
        row
        for row in ROWS
        if row.anchor in module.forms
        and (not row.dtypes or module.forms[row.anchor].dtype in row.dtypes)
        and all(any(key in module.forms for key in keys) for keys in row.needs)
    ]


def _read(module: Module, hints: Hints) -> tuple[PackingRow | None, Decoded | None]:
    for row in _rows_for(module):
        decoded = LAYOUTS[row.layout](module, row, hints)
        if decoded is not None:
            return row, decoded
    return None, _unknown(module)


def _unknown(module: Module) -> Decoded | None:
    """A low-bit weight with a quantiser's companions that fits no layout: counted as it is stored."""
    told = {row.anchor for row in _rows_for(module)} - {OWN}
    own = next((key for key in module.forms if key in _OWN_NAMES or key in told), None)
    companions = _SCALE_KEYS & set(module.forms)
    key = own or (OWN if OWN in module.forms and companions else None)
    if key is None or module.forms[key].dtype not in _WORDS:
        return None
    form = module.forms[key]
    beside = ", ".join(sorted(set(module.forms) - {key})) or "nothing"
    why = f"{form.dtype} {key} with {beside} beside it fits no known layout: counted as stored"
    return Decoded(scheme=f"unknown-{key}", bits=None, group_size=None, shape=form.shape, evidence=why)


def _count(packed: dict[tuple[str, int | None, int | None], Packing], module: Module, decoded: Decoded) -> None:
    key = (decoded.scheme, decoded.bits, decoded.group_size)
    before = packed.get(key)
    packed[key] = Packing(
        scheme=decoded.scheme,
        bits=decoded.bits,
        group_size=decoded.group_size,
        modules=module.count + (before.modules if before else 0),
        params=module.count * decoded.params + (before.params if before else 0),
        evidence=before.evidence if before else decoded.evidence,
    )


def _claim(
    claims: dict[int, list[_Claim]],
    groups: Sequence[TensorGroup],
    module: Module,
    row: PackingRow | None,
    decoded: Decoded | None,
    key: str,
    ids: Sequence[int],
) -> None:
    part = _part(row, decoded, key, module.forms)
    for g in ids:
        count = min(module.count, groups[g].tensors)
        claims.setdefault(g, []).append(_Claim(part=part, count=count, weight=module.weight, decoded=decoded))


def _part(row: PackingRow | None, decoded: Decoded | None, key: str, forms: Mapping[str, object]) -> _Part:
    if decoded is None:
        return "plain"
    if row is None:
        anchor = decoded.scheme.removeprefix("unknown-")
        return "anchor" if key == anchor else "side" if key in _SCALE_KEYS else "plain"
    return "anchor" if key == row.anchor else "side" if key in row.side else "plain"


def _logical(group: TensorGroup, claims: Sequence[_Claim]) -> LogicalGroup:
    """One group by the reading of most of its tensors; parameters are summed over all readings."""
    main = max(claims, key=lambda claim: claim.count, default=None)
    if main is None or main.part == "plain" or main.decoded is None:
        return _plain(group, claims)
    decoded = main.decoded
    return LogicalGroup(
        group=group,
        kind="parameter" if main.part == "anchor" else "side-data",
        weight=main.weight,
        shape=decoded.shape,
        params=_params(group, claims) if main.part == "anchor" else 0,
        packing=decoded.scheme,
        bits=decoded.bits,
        group_size=decoded.group_size,
        evidence=decoded.evidence,
    )


def _plain(group: TensorGroup, claims: Sequence[_Claim]) -> LogicalGroup:
    params = _params(group, claims) if claims else group.elements
    return LogicalGroup(group=group, kind="parameter", weight=group.pattern, shape=group.form.shape, params=params)


def _params(group: TensorGroup, claims: Sequence[_Claim]) -> int:
    each = (
        (claim.decoded.params if claim.part == "anchor" and claim.decoded else group.form.elements) * claim.count
        for claim in claims
        if claim.part != "side"
    )
    return sum(each)
