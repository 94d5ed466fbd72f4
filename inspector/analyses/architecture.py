"""What model a checkpoint is: its tensors decide, configuration and metadata confirm, refine or are contradicted."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from inspector.analyses.adapter_base import Adapter, base_of_word, read_adapter
from inspector.analyses.census import Census, WeightSetCensus
from inspector.analyses.declared_model import (
    Declared,
    declared_by_class,
    declared_by_config,
    families_named,
    model_type_row,
    quoted,
)
from inspector.analyses.hyperparameters import Hyperparameters, deduce
from inspector.analyses.structural_kind import compatible, is_whole, params_by_component, structural_kind
from inspector.analyses.tensor_view import TensorView, holds, view_of
from inspector.knowledge.architecture_row import Family, Layout
from inspector.knowledge.architectures import FAMILIES
from inspector.model import Checkpoint

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
#: How many leaves a sentence of evidence names.
_NAMED: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
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
    found = [(weights, _recognise_set(weights)) for weights in census.sets]
    main, architecture = min(found, key=_precedence)
    architecture = _with_pipeline(architecture, checkpoint.configs)
    architecture = _with_metadata(architecture, main.context.metadata)
    hyperparameters = deduce(main.labels, main.context.config)
    return replace(
        architecture,
        evidence=(*architecture.evidence, *hyperparameters.contradictions),
        hyperparameters=hyperparameters,
        main=main.weights.path,
    )


def _precedence(found: tuple[WeightSetCensus, Architecture]) -> tuple[int, int, int]:
    """The denoiser of a pipeline, then the order of kinds, then the largest."""
    weights, architecture = found
    in_pipeline = weights.context.pipeline_name.partition("_2")[0] in _DENOISERS
    params = sum(label.logical.params for label in weights.labels)
    return (0 if in_pipeline else 1, _RANK.get(architecture.kind, len(_KIND_ORDER)), -params)


def _recognise_set(weights: WeightSetCensus) -> Architecture:
    kind = structural_kind(weights.labels)
    if kind == "adapter" and (
        adapter := read_adapter(weights.labels, weights.context.metadata, weights.context.config)
    ):
        return _of_adapter(adapter)
    view = view_of(weights.labels)
    declared = declared_by_config(weights.context.config)
    found = find_family(view, kind)
    if found is not None:
        return _of_family(*found, view, declared, weights)
    return _without_family(kind, declared, weights, _part(view))


def find_family(view: TensorView, structural: str) -> tuple[Family, Layout] | None:
    """The first family with a layout that holds, among those that may be the whole of such a set."""
    for family in FAMILIES:
        if is_whole(family.kind, structural):
            for layout in family.layouts:
                if holds(layout, view):
                    return family, layout
    return None


def _part(view: TensorView) -> str:
    """A sentence on the family that a part of a larger model is of, "" for none."""
    found = find_family(view, "unknown")
    return f"{_shown(found[1], view)}: a part with the tensors of {found[0].name}" if found else ""


# -- a family that the tensors show ------------------------------------------------------------------------


def _of_family(
    family: Family,
    layout: Layout,
    view: TensorView,
    declared: Declared | None,
    weights: WeightSetCensus,
) -> Architecture:
    shown = f"{_shown(layout, view)}: the tensors of {family.name}"
    architecture = Architecture(
        id=family.id,
        name=family.name,
        kind=_refined(family.kind, weights),
        evidence=(shown,),
        candidates=(family.id, *family.twins) if family.twins else (),
    )
    return architecture if declared is None else _confirmed(architecture, family, declared)


def _refined(kind: str, weights: WeightSetCensus) -> str:
    """An image encoder with a head classifies."""
    has_head = params_by_component(weights.labels)["head"] > 0
    return "image-classification" if kind == "image-encoder" and has_head else kind


def _confirmed(architecture: Architecture, family: Family, declared: Declared) -> Architecture:
    says = f"{declared.where} says {declared.said}"
    if family.id in families_named(declared.id) or declared.id == family.kind or declared.model_type in family.types:
        return replace(architecture, candidates=(), evidence=(*architecture.evidence, f"{says}, which fits"))
    if declared.id in family.twins or family.id in _twins_of(declared.id):
        name = declared.name or _family_name(declared.id) or declared.id
        return replace(
            architecture,
            id=declared.id,
            name=name,
            kind=declared.kind if declared.kind not in ("", "other") else architecture.kind,
            candidates=(),
            evidence=(*architecture.evidence, f"{says}, which has the same tensors"),
        )
    if not declared.known:
        return replace(
            architecture,
            candidates=tuple(dict.fromkeys((*(architecture.candidates or (family.id,)), declared.id))),
            evidence=(*architecture.evidence, f"{says}, which no table here knows"),
        )
    if not _has_layouts(declared.id) and declared.name and compatible(declared.kind, architecture.kind):
        return replace(
            architecture,
            id=declared.id,
            name=declared.name,
            kind=declared.kind if architecture.kind != "image-classification" else architecture.kind,
            candidates=(),
            evidence=(*architecture.evidence, f"{says}, which may have such tensors"),
        )
    return replace(architecture, evidence=(*architecture.evidence, f"{says}, which the tensors contradict"))


def _twins_of(id: str) -> tuple[str, ...]:
    return next((family.twins for family in FAMILIES if family.id == id), ())


def _has_layouts(id: str) -> bool:
    return any(family.layouts for family in FAMILIES if family.id == id)


def _family_name(id: str) -> str:
    return next((family.name for family in FAMILIES if family.id == id), "")


def _shown(layout: Layout, view: TensorView) -> str:
    """The leaves that decided, with the shapes they have."""
    leaves = (layout.needs or layout.block)[:_NAMED]
    told = [f"{leaf}{_shape(leaf, view)}" for leaf in leaves]
    more = len({*layout.needs, *layout.block}) - len(leaves)
    rest = f" and {more} more" if more > 0 else ""
    others = ", and no others in a block" if layout.block else ""
    return ", ".join(told) + rest + others


def _shape(leaf: str, view: TensorView) -> str:
    shapes = view.ends.get(leaf, ())
    return f" {list(shapes[0])}" if shapes else ""


# -- no family -----------------------------------------------------------------------------------------------


def _without_family(kind: str, declared: Declared | None, weights: WeightSetCensus, part: str) -> Architecture:
    components = ", ".join(name for name in params_by_component(weights.labels) if name != "unclassified")
    made: tuple[str, ...] = (f"its components are {components}" if components else "none of its tensors is known",)
    if part:
        made = (*made, part)
    unknown = Architecture(id="unknown", name="Unknown", kind=kind, evidence=made)
    if declared is None:
        return _by_prefix(unknown, weights)
    says = f"{declared.where} says {declared.said}"
    family_kind = declared.kind or next((f.kind for f in FAMILIES if f.id == declared.id), "other")
    if not compatible(family_kind, kind):
        return replace(unknown, evidence=(*made, f"{says}, which the tensors contradict"))
    return replace(
        unknown,
        id=declared.id,
        name=declared.name or _family_name(declared.id) or declared.id,
        kind=_agreed(family_kind, kind),
        evidence=(*made, f"{says}, and nothing in the tensors speaks against it"),
    )


def _agreed(declared: str, structural: str) -> str:
    """Of two compatible kinds the one that says more; between kinds of text, or of image, the tensors decide."""
    texts = ("causal-lm", "encoder-decoder", "text-encoder")
    images = ("image-encoder", "image-classification")
    for group in (texts, images):
        if declared in group and structural in group:
            return structural
    return structural if declared == "unknown" else declared


def _by_prefix(unknown: Architecture, weights: WeightSetCensus) -> Architecture:
    """transformers begins the names of a model with a head with the model's type: `swin.encoder…`."""
    counts: dict[str, int] = {}
    for label in weights.labels:
        first, dot, _ = label.logical.weight.partition(".")
        if dot:
            counts[first] = counts.get(first, 0) + label.logical.params
    total = sum(label.logical.params for label in weights.labels)
    first = max(counts, key=lambda word: counts[word], default="")
    row = model_type_row(first) if first and 2 * counts[first] > total else None
    if row is None or not compatible(row.kind, unknown.kind) or len(first) < 3:
        return unknown
    why = f"most names begin with {quoted(first)}, as transformers names {row.name}"
    kind = _agreed(row.kind, unknown.kind)
    return replace(unknown, id=row.id, name=row.name, kind=kind, evidence=(*unknown.evidence, why))


# -- adapters, pipelines, metadata ---------------------------------------------------------------------------


def _of_adapter(adapter: Adapter) -> Architecture:
    base_name = _family_name(adapter.base) or adapter.base
    rank = f", rank {adapter.rank}" if adapter.rank is not None else ""
    for_base = f" for {base_name}" if base_name else ""
    form = f"{adapter.modules} modules of a {adapter.form}"
    return Architecture(
        id=f"{adapter.base}-lora" if adapter.base else "lora",
        name=f"{adapter.form}{for_base}{rank}",
        kind="adapter",
        evidence=(form, *adapter.evidence),
        candidates=adapter.candidates,
    )


def _with_pipeline(architecture: Architecture, configs: Mapping[str, Any]) -> Architecture:
    """What model_index.json says of the whole."""
    index = configs.get("model_index.json")
    class_name = index.get("_class_name") if isinstance(index, Mapping) else None
    if not isinstance(class_name, str):
        return architecture
    declared = declared_by_class(class_name, "model_index.json")
    if declared is None:
        says = f"model_index.json says _class_name {quoted(class_name)}, which no table here knows"
        return replace(architecture, evidence=(*architecture.evidence, says))
    if declared.kind and compatible(declared.kind, architecture.kind):
        architecture = replace(architecture, kind=declared.kind)
    if architecture.id == "unknown":
        says = f"model_index.json says {declared.said}"
        name = _family_name(declared.id) or declared.id
        return replace(architecture, id=declared.id, name=name, evidence=(*architecture.evidence, says))
    return _pipeline_verdict(architecture, declared)


def _pipeline_verdict(architecture: Architecture, declared: Declared) -> Architecture:
    says = f"model_index.json says {declared.said}"
    if architecture.id in families_named(declared.id):
        return replace(architecture, candidates=(), evidence=(*architecture.evidence, f"{says}, which fits"))
    if declared.id in architecture.candidates or declared.id in _twins_of(architecture.id):
        return replace(
            architecture,
            id=declared.id,
            name=_family_name(declared.id) or declared.id,
            candidates=(),
            evidence=(*architecture.evidence, f"{says}, which has the same tensors"),
        )
    return replace(architecture, evidence=(*architecture.evidence, f"{says}, which the tensors contradict"))


def _with_metadata(architecture: Architecture, metadata: Mapping[str, str]) -> Architecture:
    """What modelspec.architecture says of a whole model; adapters have read theirs already."""
    said = metadata.get("modelspec.architecture", "")
    if not said or architecture.kind == "adapter" or architecture.id == "unknown":
        return architecture
    base = base_of_word(said)
    says = f"modelspec.architecture says {quoted(said)}"
    if architecture.id in families_named(base):
        return replace(architecture, candidates=(), evidence=(*architecture.evidence, f"{says}, which fits"))
    if not base:
        return replace(architecture, evidence=(*architecture.evidence, f"{says}, which no table here knows"))
    return replace(architecture, evidence=(*architecture.evidence, f"{says}, which the tensors contradict"))
