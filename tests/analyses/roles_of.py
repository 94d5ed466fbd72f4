"""Specs made into labelled groups: what the tests of components share."""

from collections.abc import Mapping, Sequence
from typing import Any

from inspector.analyses.census import LabelledGroup, SetContext
from inspector.analyses.inventory import Inventory, pin_inventory, take_inventory
from inspector.analyses.packing import unpack
from inspector.analyses.roles.components import label, pinned_prefixes
from inspector.model import Shard, WeightSet
from tests.builder import Spec, shard


def labelled(shards: Sequence[Shard], context: SetContext) -> tuple[Inventory, tuple[LabelledGroup, ...]]:
    """Inventory and labels of one weight set, by the way that the census goes."""
    inventory = take_inventory(WeightSet(path=context.path, shards=tuple(shards)))
    if pinned := pinned_prefixes(inventory):
        inventory = pin_inventory(inventory, pinned)
    return inventory, label(unpack(inventory, context).logical, context)


def labels_of(spec: Spec, **context: Any) -> dict[str, LabelledGroup]:
    """Tensor name -> label of its group."""
    inventory, labels = labelled([shard(spec)], SetContext(**context))
    return {name: labels[member] for name, member in zip(inventory.names, inventory.members, strict=True)}


def components_of(spec: Spec, **context: Any) -> dict[str, str]:
    """Tensor name -> "component", or "component: name" where the instance has a name."""
    labels = labels_of(spec, **context)
    return {name: f"{each.role.component}: {each.name}".removesuffix(": ") for name, each in labels.items()}


def params_by_component(labels: Sequence[LabelledGroup]) -> Mapping[str, int]:
    """Component -> parameters; components without any are left out."""
    sums: dict[str, int] = {}
    for each in labels:
        sums[each.role.component] = sums.get(each.role.component, 0) + each.logical.params
    return {component: params for component, params in sums.items() if params}
