"""Does an index say of each tensor what the shards say? One comparison of two dictionaries where all is well."""

from collections.abc import Mapping, Sequence
from posixpath import normpath

from inspector.model import Shard, ShardIndex, WeightSet
from inspector.paths import folder_of, join
from inspector.values import field, frozen, no_entries


@frozen
class Agreement:
    """Where the index and the shards of one weight set differ; everything empty where they agree.

    Each maps a tensor name to paths relative to the target: `lost` to the shard that the index names and that
    lacks it, `unindexed` to the shard that has it, `moved` to (named, actual), `doubled` to all shards that have it.
    """

    lost: Mapping[str, tuple[str, ...]] = field(default_factory=no_entries)
    unindexed: Mapping[str, tuple[str, ...]] = field(default_factory=no_entries)
    moved: Mapping[str, tuple[str, ...]] = field(default_factory=no_entries)
    doubled: Mapping[str, tuple[str, ...]] = field(default_factory=no_entries)


def compare(weights: WeightSet) -> Agreement:
    """Compare the shards of a set with each other and with its index; shards that cannot be read are left out."""
    if weights.index is not None and _agree(weights.shards, named_paths(weights.index)):
        return Agreement()
    actual: dict[str, str] = {}
    for shard in weights.shards:
        actual.update(dict.fromkeys(shard.tensors.names, shard.path))
    whole = len(actual) == sum(len(shard.tensors) for shard in weights.shards)
    doubled = {} if whole else _doubled(weights.shards)
    if weights.index is None or not weights.index.weight_map:
        return Agreement(doubled=doubled)
    return _differences(weights, named_paths(weights.index), actual, doubled)


def _agree(shards: Sequence[Shard], named: Mapping[str, str]) -> bool:
    """Does the index name each tensor once, for the shard that has it? Every tensor is looked up, none is copied."""
    if not named or len(named) != sum(len(shard.tensors) for shard in shards):
        return False
    return all(list(map(named.get, shard.tensors.names)) == [shard.path] * len(shard.tensors) for shard in shards)


def named_paths(index: ShardIndex) -> Mapping[str, str]:
    """Tensor name -> path, relative to the target, of the shard that the index names for it."""
    folder = folder_of(index.path)
    paths = {name: normpath(join(folder, name)) for name in index.files}
    if all(name == path for name, path in paths.items()):
        return index.weight_map
    return {tensor: paths[name] for tensor, name in index.weight_map.items()}


def _differences(
    weights: WeightSet, named: Mapping[str, str], actual: Mapping[str, str], doubled: Mapping[str, tuple[str, ...]]
) -> Agreement:
    readable = {shard.path for shard in weights.shards if shard.loadable}
    indexed = set(named.values())
    moved = {
        name: (path, actual[name])
        for name, path in named.items()
        if name in actual and path != actual[name] and path not in doubled.get(name, ())
    }
    return Agreement(
        lost={name: (path,) for name, path in named.items() if name not in actual and path in readable},
        unindexed={name: (path,) for name, path in actual.items() if name not in named and path in indexed},
        moved={name: paths for name, paths in moved.items() if paths[0] in readable},
        doubled=doubled,
    )


def _doubled(shards: Sequence[Shard]) -> dict[str, tuple[str, ...]]:
    places: dict[str, list[str]] = {}
    for shard in shards:
        for name in shard.tensors.names:
            places.setdefault(name, []).append(shard.path)
    return {name: tuple(paths) for name, paths in places.items() if len(paths) > 1}
