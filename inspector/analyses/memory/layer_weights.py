"""Bytes of weights in each layer of the main stack, for dividing layers between devices."""

from inspector.analyses.census import Census, WeightSetCensus
from inspector.analyses.inventory import numbers_in


def layer_weights(census: Census, main: str, transformer_bytes: int) -> tuple[int, ...]:
    """Weights of each layer in order, scaled so that all layers together with the rest make `transformer_bytes`.

    As stored the scale is one; under a projection every layer keeps its share.
    """
    for weights in census.sets:
        if weights.weights.path == main:
            sums, stored = _sums(weights)
            return tuple(sums[layer] * transformer_bytes // stored for layer in sorted(sums)) if stored else ()
    return ()


def _sums(weights: WeightSetCensus) -> tuple[dict[int, int], int]:
    """Stored bytes of each layer, and of the whole transformer."""
    chosen = [label.role.component == "transformer" for label in weights.labels]
    layered = [one and "*" in label.group.pattern for one, label in zip(chosen, weights.labels, strict=True)]
    each = [label.group.stored_bytes // label.group.tensors for label in weights.labels]
    sums: dict[int, int] = {}
    for name, member in zip(weights.inventory.names, weights.inventory.members, strict=True):
        if layered[member]:
            layer = numbers_in(name)[0]
            sums[layer] = sums.get(layer, 0) + each[member]
    stored = sum(label.group.stored_bytes for label, one in zip(weights.labels, chosen, strict=True) if one)
    return sums, stored
