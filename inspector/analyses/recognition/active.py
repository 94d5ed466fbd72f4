"""The two figures that people quote: the model without its helpers, and what one token uses of a mixture."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from inspector.analyses.census import Census, LabelledGroup, WeightSetCensus
from inspector.analyses.configuration import find_number, text_config
from inspector.analyses.recognition.architecture import Architecture
from inspector.knowledge.config_keys import KEYS_OF
from inspector.values import frozen

_DIFFUSION: Final = frozenset(("text-to-image", "text-to-video", "image-to-video"))
_DENOISERS: Final = frozenset(("unet", "transformer"))
#: Components that are no part of the figure for a model.
_BESIDE: Final = frozenset(("mtp", "optimizer", "tokenizer", "buffer"))
_COPY: Final = "EMA"


#: Model types whose code fixes how many experts a token uses (transformers modeling files): no configuration says it.
_FIXED_TOP_K: Final[Mapping[str, int]] = {"switch_transformers": 1, "nllb-moe": 2}


@frozen
class Active:
    """What one token uses: `params` with the input embedding, `without_embedding_params` without that look-up.

    `experts` of which `experts_per_token` are used, each with its source; 0 of 0 for a model without routed experts.
    """

    params: int
    without_embedding_params: int
    experts: int
    experts_per_token: int
    source: str


def headline_params(census: Census, architecture: Architecture) -> int:
    """The quoted figure: the denoiser of a diffusion model; of others all without MTP layers and EMA copies."""
    return sum(label.logical.params for label in _headline(census, architecture))


def active_params(census: Census, architecture: Architecture) -> Active | None:
    """Parameters that one token uses; None for a mixture whose configuration does not tell how many experts that is."""
    labels = list(_headline(census, architecture))
    total = sum(label.logical.params for label in labels)
    embedding = _lookup_params(labels)
    routed = sum(label.logical.params for label in labels if _is_routed(label))
    if not routed:
        return Active(
            params=total,
            without_embedding_params=total - embedding,
            experts=0,
            experts_per_token=0,
            source="no experts",
        )
    main = _main_set(census, architecture)
    told = _mixture(main.context.config if main else {}, architecture)
    if told is None:
        return None
    experts, top_k, source = told
    active = total - routed + routed * top_k // experts
    return Active(
        params=active,
        without_embedding_params=active - embedding,
        experts=experts,
        experts_per_token=top_k,
        source=source,
    )


def _mixture(config: Mapping[str, Any], architecture: Architecture) -> tuple[int, int, str] | None:
    """(experts, experts per token, source) of a mixture; the experts from shapes where they tell them."""
    numbers = architecture.hyperparameters
    text = text_config(config)
    fixed = _FIXED_TOP_K.get(str(text.get("model_type")))
    top_k = ("model_type", fixed) if fixed else find_number(text, (*KEYS_OF["experts_per_token"], "top_k"))
    experts = numbers.experts
    if experts is None or top_k is None or top_k[1] > experts.value:
        return None
    return experts.value, top_k[1], f"config.json {top_k[0]}, {experts.source}"


def _headline(census: Census, architecture: Architecture) -> Iterable[LabelledGroup]:
    main = _main_set(census, architecture)
    if main is not None and (architecture.kind in _DIFFUSION or main.context.pipeline_name):
        denoiser = [label for label in main.labels if label.role.component in _DENOISERS]
        return [label for label in denoiser if _COPY not in label.name] or _counted(census.labels)
    return _counted(census.labels)


def _main_set(census: Census, architecture: Architecture) -> WeightSetCensus | None:
    return next((weights for weights in census.sets if weights.weights.path == architecture.main), None)


def _counted(labels: Iterable[LabelledGroup]) -> list[LabelledGroup]:
    kept = [label for label in labels if label.role.component not in _BESIDE and _COPY not in label.name]
    return kept or list(labels)


def _is_routed(label: LabelledGroup) -> bool:
    return label.role.part == "experts"


def _lookup_params(labels: Iterable[LabelledGroup]) -> int:
    """The token embedding, which is looked up and not computed with, unless it is the output layer too."""
    labels = list(labels)
    if not any(label.role.component == "head" for label in labels):
        return 0
    return sum(label.logical.params for label in labels if label.role.component == "embedding")
