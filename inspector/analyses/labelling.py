"""Takes the census of a checkpoint: inventory, packing and roles of each counted weight set, joined."""

from collections.abc import Mapping
from typing import Any

from inspector.analyses.census import Census, SetContext, WeightSetCensus
from inspector.analyses.inventory import pin_inventory, take_inventory
from inspector.analyses.packing import unpack
from inspector.analyses.roles.components import label, pinned_prefixes
from inspector.model import Checkpoint, WeightSet
from inspector.paths import join, name_of
from inspector.values import no_entries

#: Configuration files that describe the weights beside them, the first one found counts.
_CONFIGS = ("config.json", "adapter_config.json")
#: How PEFT begins the names of an adapter's files, which adapter_config.json describes.
_ADAPTER_FILES = "adapter_"
#: Configuration files of quantisers: read into the config's quantization_config where it has none.
_QUANTISER_CONFIGS = ("quantize_config.json", "quant_config.json", "hf_quant_config.json", "quantization_config.json")


def take_census(checkpoint: Checkpoint) -> Census:
    """Every group of tensors of every counted weight set, with what it stands for and what it is for."""
    return Census(sets=tuple(_count(weights, context_of(checkpoint, weights)) for weights in checkpoint.weight_sets))


def _count(weights: WeightSet, context: SetContext) -> WeightSetCensus:
    inventory = take_inventory(weights)
    pinned = pinned_prefixes(inventory)
    if pinned:
        inventory = pin_inventory(inventory, pinned)
    unpacked = unpack(inventory, context)
    labels = label(unpacked.logical, context)
    return WeightSetCensus(
        weights=weights, context=context, inventory=inventory, labels=labels, packings=unpacked.packings
    )


def context_of(checkpoint: Checkpoint, weights: WeightSet) -> SetContext:
    """What surrounds a weight set: configuration of its folder, its place in a pipeline, its metadata."""
    paths = tuple(shard.path for shard in weights.shards) or weights.missing
    folder = weights.folder
    name, pipeline_class = _pipeline_place(checkpoint, folder)
    return SetContext(
        path=weights.path,
        file_names=paths,
        config=_config_of(checkpoint, folder, adapter=any(name_of(path).startswith(_ADAPTER_FILES) for path in paths)),
        pipeline_name=name,
        pipeline_class=pipeline_class,
        metadata=weights.shards[0].metadata if weights.shards else no_entries(),
    )


def _config_of(checkpoint: Checkpoint, folder: str, *, adapter: bool) -> Mapping[str, Any]:
    config = _first(checkpoint, folder, _CONFIGS[::-1] if adapter else _CONFIGS)
    if "quantization_config" in config:
        return config
    quantiser = _first(checkpoint, folder, _QUANTISER_CONFIGS)
    return {**config, "quantization_config": quantiser} if quantiser else config


def _first(checkpoint: Checkpoint, folder: str, names: tuple[str, ...]) -> Mapping[str, Any]:
    for name in names:
        value = checkpoint.configs.get(join(folder, name))
        if isinstance(value, dict):
            return value
    return no_entries()


def _pipeline_place(checkpoint: Checkpoint, folder: str) -> tuple[str, str]:
    """Component name and class of a folder in the nearest model_index.json above it, "" where there is none."""
    base, _, name = folder.rpartition("/")
    index = checkpoint.configs.get(join(base, "model_index.json"))
    entry = index.get(name) if isinstance(index, dict) else None
    if isinstance(entry, list) and len(entry) == 2 and isinstance(entry[1], str):
        return name, entry[1]
    return "", ""
