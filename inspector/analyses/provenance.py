"""Where a checkpoint says it comes from: the model card, ModelSpec and training metadata, as told and not judged."""

from collections.abc import Iterable
from typing import Final

from inspector.knowledge.metadata_keys import METADATA_KEYS
from inspector.model import Checkpoint
from inspector.readers.model_card import read_card

#: Characters shown of one value.
MAX_VALUE: Final = 200
#: What frameworks write into every file; it tells nothing of a model.
_NOTHING: Final = frozenset(("", "None", "null"))


def provenance(checkpoint: Checkpoint) -> tuple[tuple[str, str], ...]:
    """(key, value) pairs of what README.md and the headers' metadata say, in a fixed order, values cut at 200."""
    return (*_of_card(checkpoint), *_of_headers(checkpoint))


def _of_card(checkpoint: Checkpoint) -> Iterable[tuple[str, str]]:
    for key, values in read_card(checkpoint.texts.get("README.md", "")).items():
        yield key, ", ".join(values)[:MAX_VALUE]


def _of_headers(checkpoint: Checkpoint) -> Iterable[tuple[str, str]]:
    """Each known key once, from the first header that has it; of bulky values only their length."""
    seen: set[str] = set()
    for metadata in (shard.metadata for shard in checkpoint.shards if shard.metadata):
        for row in METADATA_KEYS:
            value = metadata.get(row.key, "")
            if row.key not in seen and value not in _NOTHING:
                seen.add(row.key)
                yield row.key, f"{len(value)} characters" if row.bulky else value[:MAX_VALUE]
