"""The census: every group of tensors with what it stands for and what it is for.

This is the one way that data takes: shards -> inventory (groups) -> packing (logical weights) -> roles.
Breakdown, projection and memory all start from a `Census` and never from tensors.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from inspector.analyses.inventory import Inventory, TensorGroup
from inspector.model import Role, WeightSet
from inspector.values import field, frozen, no_entries

Kind = Literal["parameter", "buffer", "side-data"]


@frozen
class LogicalGroup:
    """A group of stored tensors with the weight that each of them stands for.

    `weight` is the pattern of the logical weight it belongs to (`….q_proj.weight` for `….q_proj.qweight` and
    for its `scales`); `shape` that weight's logical shape, one tensor's, () kept for scalars; `params` the
    logical parameters of all members together, 0 for side-data and buffers. `packing` is the id of the packing
    ("" where nothing is packed), `bits` its width per logical parameter and `group_size` its group, None for none.
    `evidence` says how that was known.
    """

    group: TensorGroup
    kind: Kind
    weight: str
    shape: tuple[int, ...]
    params: int
    packing: str = ""
    bits: int | None = None
    group_size: int | None = None
    evidence: str = ""


@frozen
class LabelledGroup:
    """A logical group with its role; `name` tells instances of one component apart ("CLIP-L", "EMA copy")."""

    logical: LogicalGroup
    role: Role
    name: str

    @property
    def group(self) -> TensorGroup:
        return self.logical.group


@frozen
class SetContext:
    """What surrounds one weight set: evidence beside the tensors, never trusted over them.

    `config` is the config.json (or adapter_config.json) of its folder, {} where there is none;
    `pipeline_name` and `pipeline_class` are its key and class in a model_index.json
    ("text_encoder_2", "CLIPTextModelWithProjection"), "" outside of pipelines; `metadata` its first shard's.
    """

    path: str = ""
    file_names: tuple[str, ...] = ()
    config: Mapping[str, Any] = field(default_factory=no_entries)
    pipeline_name: str = ""
    pipeline_class: str = ""
    metadata: Mapping[str, str] = field(default_factory=no_entries)


@frozen
class Packing:
    """One way in which weights of a set are packed: how many modules and what they stand for."""

    scheme: str
    bits: int | None
    group_size: int | None
    modules: int
    params: int
    evidence: str = ""


@frozen
class WeightSetCensus:
    """One weight set: its surroundings, its inventory, a label for each of its groups in order, its packings."""

    weights: WeightSet
    context: SetContext
    inventory: Inventory
    labels: Sequence[LabelledGroup]
    packings: tuple[Packing, ...] = ()


@frozen
class Census:
    """All counted weight sets of a checkpoint, labelled."""

    sets: tuple[WeightSetCensus, ...]

    @property
    def labels(self) -> tuple[LabelledGroup, ...]:
        return tuple(label for weights in self.sets for label in weights.labels)
