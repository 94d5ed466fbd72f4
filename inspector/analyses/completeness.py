"""What of a checkpoint could not be counted, in words."""

from collections.abc import Iterator

from inspector.model import Checkpoint, Fault, Shard

#: Faults of files that are no safetensors at all: they tell more than what their first bytes would mean in a header.
_OTHER_CONTENT = ("lfs-pointer", "foreign-format")


def uncounted(checkpoint: Checkpoint) -> Iterator[str]:
    """One sentence without a full stop for each part that is missing, unread or refused; none where all was counted."""
    yield from (part.message.rstrip(".") for part in checkpoint.unread)
    for weights in checkpoint.weight_sets:
        yield from (f"{path} is missing" for path in weights.missing)
    for shard in checkpoint.shards:
        if shard.limit:
            yield f"{shard.path}: {shard.limit}"
        fault = _telling(shard)
        if fault is not None:
            name = f" ({fault.name})" if fault.name else ""
            yield f"{shard.path}{name}: {fault.saw}; expected {fault.expected}"


def _telling(shard: Shard) -> Fault | None:
    """The fault that says why a file was refused."""
    refused = [fault for fault in shard.faults if fault.refused]
    return next((fault for fault in refused if fault.kind in _OTHER_CONTENT), refused[0] if refused else None)
