"""Weight sets beside the configuration that describes them, and their token embeddings."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from inspector.analyses.census import LabelledGroup, WeightSetCensus
from inspector.analyses.declared import Stack
from inspector.rules.evidence import Evidence

_EMBEDDINGS: Final = ("embed_tokens.weight", "wte.weight", "word_embeddings.weight", "shared.weight", "embed_in.weight")


def configured(
    evidence: Evidence,
) -> Iterator[tuple[WeightSetCensus, tuple[Stack, ...], str, Mapping[str, Any]]]:
    """Whole sets beside a config.json that describes a model of transformers: stacks, its path and its content."""
    for census, stacks in evidence.stacks:
        path, config = evidence.config_of(census.weights)
        if "model_type" in config or "architectures" in config:
            yield census, stacks, path, config


def token_embeddings(census: WeightSetCensus) -> list[LabelledGroup]:
    """The token embeddings of a language model, found by the names that libraries give them."""
    return [
        label
        for label in census.labels
        if label.group.pattern.endswith(_EMBEDDINGS)
        and len(label.logical.shape) == 2
        and label.role.component in ("embedding", "text_encoder")
    ]
