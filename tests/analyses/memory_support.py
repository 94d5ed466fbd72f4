"""Decoders for memory tests, built from {name: (dtype, shape)} without any file."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from inspector.analyses.census import Census, LabelledGroup, LogicalGroup, SetContext, WeightSetCensus
from inspector.analyses.inventory import TensorGroup, take_inventory
from inspector.analyses.memory.attention import CacheLayout, cache_layout
from inspector.analyses.memory.decoder import find_decoder
from inspector.model import Form, Role, Shard, TensorTable, WeightSet

Shapes = Mapping[str, tuple[str, Sequence[int]]]


def census_of(shapes: Shapes) -> Census:
    """A census of one weight set whose roles follow from plain names."""
    forms = [Form(dtype, tuple(shape)) for dtype, shape in shapes.values()]
    starts, stops, end = [], [], 0
    for form in forms:
        starts.append(end)
        end += form.declared_bytes or 0
        stops.append(end)
    table = TensorTable(list(shapes), forms, starts, stops)
    shard = Shard(path="model.safetensors", file_bytes=end + 8, header_bytes=8, tensors=table)
    weights = WeightSet(path="", shards=(shard,))
    inventory = take_inventory(weights)
    labels = [_label(group) for group in inventory.groups]
    return Census(sets=(WeightSetCensus(weights=weights, context=SetContext(), inventory=inventory, labels=labels),))


def _label(group: TensorGroup) -> LabelledGroup:
    component = "transformer"
    if re.search("vision|visual", group.pattern):
        component = "vision_encoder"
    elif re.search("lm_head", group.pattern):
        component = "head"
    elif re.search("embed|wte", group.pattern):
        component = "embedding"
    name = "encoder" if re.search(r"(^|\.)encoder\.", group.pattern) else component
    logical = LogicalGroup(
        group=group, kind="parameter", weight=group.pattern, shape=group.form.shape, params=group.elements
    )
    return LabelledGroup(logical=logical, role=Role(component=component), name=name)


def layout_of(config: Mapping[str, Any], shapes: Shapes | None = None) -> CacheLayout:
    """The cache layout of a configuration, with the shapes of its weights where they are given."""
    return cache_layout(find_decoder(census_of(shapes or {}), config))


def attention_shapes(layers: int, hidden: int, key_rows: int, prefix: str = "model.layers") -> dict[str, Any]:
    """Separate projections of `layers` layers, keys and values `key_rows` wide."""
    return {
        f"{prefix}.{layer}.self_attn.{name}.weight": ("BF16", (rows, hidden))
        for layer in range(layers)
        for name, rows in (("q_proj", hidden), ("k_proj", key_rows), ("v_proj", key_rows))
    }
