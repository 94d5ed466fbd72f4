"""What model a checkpoint is: its tensors decide, configuration and metadata confirm, refine or are contradicted."""

from collections.abc import Mapping
from typing import Any, Final

from inspector.analyses.census import Census, WeightSetCensus
from inspector.analyses.recognition.declared_model import (
    Declared,
    declared_by_class,
    families_named,
    family_name,
    has_layouts,
    quoted,
    twins_of,
)
from inspector.analyses.recognition.hyperparameters import Hyperparameters, deduce
from inspector.analyses.recognition.structural_kind import compatible
from inspector.analyses.recognition.weight_set import Recognised, recognise_set
from inspector.model import Checkpoint
from inspector.paths import name_of
from inspector.values import field, frozen, replace

#: Which kind a checkpoint of several models is of: the first of these that one of them is.
_KIND_ORDER: Final = (
    ("text-to-video", "image-to-video", "text-to-image"),
    ("vision-language", "audio-language"),
    ("causal-lm", "encoder-decoder"),
    ("speech",),
    ("controlnet", "other"),
    ("image-classification", "image-encoder"),
    ("text-encoder",),
    ("codec", "vae", "upscaler"),
    ("adapter",),
    ("optimizer",),
    ("unknown",),
)
_RANK: Final = {kind: rank for rank, kinds in enumerate(_KIND_ORDER) for kind in kinds}
#: Names in a model_index.json of the part that denoises.
_DENOISERS: Final = ("transformer", "unet", "prior", "decoder")


@frozen
class Architecture:
    """What a checkpoint is.

    `id` is "unknown" where nothing matches; `candidates` are all ids that the tensors fit equally well where nothing
    else tells them apart, () otherwise; `evidence` are sentences; `main` is the path of the weight set that decided,
    and `hyperparameters` are those of that set.
    """

    id: str
    name: str
    kind: str
    evidence: tuple[str, ...]
    candidates: tuple[str, ...] = ()
    main: str = ""
    hyperparameters: Hyperparameters = field(default_factory=Hyperparameters)

    def to_dict(self) -> dict[str, Any]:
        """The `architecture` of the `inspect` document."""
        return {
            "id": self.id,
            "name": self.name,
            "kind": self.kind,
            "evidence": list(self.evidence),
            "candidates": list(self.candidates),
        }


_UNKNOWN: Final = Architecture(id="unknown", name="Unknown", kind="unknown", evidence=())


def recognise(checkpoint: Checkpoint, census: Census) -> Architecture:
    """The model that the weight sets of a checkpoint make; `unknown` where nothing matches."""
    if not census.sets:
        return _UNKNOWN
    found = [(weights, recognise_set(weights)) for weights in census.sets]
    main, recognised = min(found, key=_precedence)
    recognised = _with_pipeline(recognised, checkpoint.configs)
    recognised = _with_metadata(recognised, main.context.metadata)
    recognised = _with_file_name(recognised, main)
    hyperparameters = deduce(main.labels, main.context.config, checked=recognised.exact)
    return Architecture(
        id=recognised.id,
        name=recognised.name,
        kind=recognised.kind,
        evidence=(*recognised.evidence, *hyperparameters.contradictions),
        candidates=recognised.candidates,
        hyperparameters=hyperparameters,
        main=main.weights.path,
    )


def _precedence(found: tuple[WeightSetCensus, Recognised]) -> tuple[int, int, int]:
    """The denoiser of a pipeline, then the order of kinds, then the largest."""
    weights, recognised = found
    in_pipeline = weights.context.pipeline_name.partition("_2")[0] in _DENOISERS
    params = sum(label.logical.params for label in weights.labels)
    return (0 if in_pipeline else 1, _RANK.get(recognised.kind, len(_KIND_ORDER)), -params)


# -- what the whole says of itself -----------------------------------------------------------------------------


def _with_pipeline(recognised: Recognised, configs: Mapping[str, Any]) -> Recognised:
    """What model_index.json says of the whole."""
    index = configs.get("model_index.json")
    class_name = index.get("_class_name") if isinstance(index, Mapping) else None
    if not isinstance(class_name, str):
        return recognised
    declared = declared_by_class(class_name, "model_index.json")
    if declared is None:
        return recognised.told(f"model_index.json says _class_name {quoted(class_name)}, which no table here knows")
    if declared.narrows and compatible(declared.kind, recognised.kind):
        recognised = replace(recognised, kind=declared.kind)
    return _pipeline_verdict(recognised, declared)


def _pipeline_verdict(recognised: Recognised, declared: Declared) -> Recognised:
    says = f"model_index.json says {declared.said}"
    if recognised.id in families_named(declared.id):
        return replace(recognised, candidates=()).told(f"{says}, which fits")
    named = replace(recognised, id=declared.id, name=family_name(declared.id) or declared.id, candidates=())
    if recognised.id == "unknown":
        return named.told(says)
    if declared.id in recognised.candidates or declared.id in twins_of(recognised.id):
        return named.told(f"{says}, which has the same tensors")
    if not compatible(declared.kind, recognised.kind):
        return recognised.told(f"{says}, of which this is a part")
    if declared.loose:
        return recognised.told(f"{says}, which no table here knows")
    if not has_layouts(declared.id):
        return named.told(f"{says}, which may have such tensors")
    return recognised.told(f"{says}, which the tensors contradict")


def _with_metadata(recognised: Recognised, metadata: Mapping[str, str]) -> Recognised:
    """What modelspec.architecture says of a whole model; adapters have read theirs already."""
    said = metadata.get("modelspec.architecture", "")
    if not said or recognised.kind == "adapter" or recognised.id == "unknown":
        return recognised
    from inspector.analyses.recognition.adapter_base import base_of_word

    base = base_of_word(said)
    says = f"modelspec.architecture says {quoted(said)}"
    if recognised.id in families_named(base):
        return replace(recognised, candidates=()).told(f"{says}, which fits")
    return recognised.told(f"{says}, which the tensors contradict" if base else f"{says}, which no table here knows")


def _with_file_name(recognised: Recognised, main: WeightSetCensus) -> Recognised:
    """Among candidates the file name is a hint, and decides nothing."""
    if not recognised.candidates or len(main.context.file_names) != 1:
        return recognised
    from inspector.analyses.recognition.adapter_base import base_of_word

    base = base_of_word(name_of(main.context.file_names[0]))
    if base not in recognised.candidates or base == recognised.id:
        return recognised
    return recognised.told(f"the file's name speaks of {base}")
