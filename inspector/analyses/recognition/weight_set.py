"""What one weight set is: the family that its tensors show, and what its configuration says to that."""

from typing import Final

from inspector.analyses.census import WeightSetCensus
from inspector.analyses.recognition.declared_model import (
    Declared,
    declared_by_config,
    families_named,
    family_name,
    has_layouts,
    kebab,
    model_type_row,
    quoted,
    twins_of,
)
from inspector.analyses.recognition.family_search import Found, find_family, find_in
from inspector.analyses.recognition.structural_kind import compatible, params_by_component, structural_kind
from inspector.knowledge.architecture_row import Family
from inspector.knowledge.architectures import beside
from inspector.values import frozen, replace

_IMAGE_KINDS: Final = ("image-encoder", "image-classification")


@frozen
class Recognised:
    """What a weight set is by itself; fields as those of `Architecture`.

    `exact` is True where every leaf of its blocks is known to its row.
    """

    id: str
    name: str
    kind: str
    evidence: tuple[str, ...]
    candidates: tuple[str, ...] = ()
    exact: bool = False

    def told(self, sentence: str) -> "Recognised":
        """The same with one more sentence of evidence."""
        return replace(self, evidence=(*self.evidence, sentence))


def recognise_set(weights: WeightSetCensus) -> Recognised:
    """The model that one weight set is; id "unknown" where no row and no consistent configuration names it."""
    kind = structural_kind(weights.labels)
    if kind == "adapter" and (adapter := _words(weights) or _adapter(weights)) is not None:
        return adapter
    found = find_family(weights.labels, kind)
    if found is not None:
        return _of_family(found, weights)
    return _without_family(kind, weights)


# -- a family that the tensors show ------------------------------------------------------------------------


def _of_family(found: Found, weights: WeightSetCensus) -> Recognised:
    family = found.family
    recognised = Recognised(
        id=family.id,
        name=found.name,
        kind=_refined(family.kind, weights),
        evidence=(f"{found.shown}: the tensors of {family.name}",),
        candidates=(family.id, *family.twins) if family.twins else (),
        exact=found.exact,
    )
    model_type = weights.context.config.get("model_type")
    if isinstance(model_type, str) and (kebab(model_type) == family.id or model_type in family.types):
        return replace(recognised, candidates=()).told(f"config.json says model_type {quoted(model_type)}, which fits")
    declared = declared_by_config(weights.context.config)
    return recognised if declared is None else _confirmed(recognised, family, declared)


def _refined(kind: str, weights: WeightSetCensus) -> str:
    """An image encoder with a head classifies."""
    has_head = params_by_component(weights.labels)["head"] > 0
    return "image-classification" if kind == "image-encoder" and has_head else kind


def _confirmed(recognised: Recognised, family: Family, declared: Declared) -> Recognised:
    says = f"{declared.where} says {declared.said}"
    if family.id in families_named(declared.id) or declared.id == family.kind:
        return replace(recognised, candidates=()).told(f"{says}, which fits")
    if declared.id in family.twins or family.id in twins_of(declared.id):
        return _as_declared(recognised, declared).told(f"{says}, which has the same tensors")
    if not declared.known and declared.kind == "other" and recognised.kind in _IMAGE_KINDS and not recognised.exact:
        return _as_declared(recognised, declared).told(f"{says}, of which {family.name} is a part")
    if not declared.known:
        further = (*(recognised.candidates or (family.id,)), declared.id) if declared.is_type else recognised.candidates
        candidates = tuple(dict.fromkeys(further))
        return replace(recognised, candidates=candidates).told(f"{says}, which no table here knows")
    if declared.loose:
        return recognised.told(f"{says}, which no table here knows")
    if not has_layouts(declared.id) and compatible(declared.kind, recognised.kind):
        return _as_declared(recognised, declared).told(f"{says}, which may have such tensors")
    return recognised.told(f"{says}, which the tensors contradict")


def _as_declared(recognised: Recognised, declared: Declared) -> Recognised:
    """The model that the configuration names among those with the same tensors."""
    keeps = declared.kind == "unknown" or (recognised.kind == "image-classification" and declared.known)
    return replace(
        recognised,
        id=declared.id,
        name=declared.name or family_name(declared.id) or declared.id,
        kind=recognised.kind if keeps else declared.kind,
        candidates=(),
    )


# -- no family -----------------------------------------------------------------------------------------------


def _without_family(kind: str, weights: WeightSetCensus) -> Recognised:
    components = ", ".join(name for name in params_by_component(weights.labels) if name != "unclassified")
    made = f"its components are {components}" if components else "none of its tensors is known"
    unknown = Recognised(id="unknown", name="Unknown", kind=kind, evidence=(made,))
    part = None if kind == "unknown" else find_family(weights.labels, "unknown")
    if part is not None:
        unknown = unknown.told(f"{part.shown}: a part with the tensors of {part.family.name}")
    declared = declared_by_config(weights.context.config)
    return _by_prefix(unknown, weights) if declared is None else _by_declaration(unknown, declared)


def _by_declaration(unknown: Recognised, declared: Declared) -> Recognised:
    says = f"{declared.where} says {declared.said}"
    if not compatible(declared.kind, unknown.kind):
        return unknown.told(f"{says}, which the tensors contradict")
    named = replace(
        unknown,
        id=declared.id,
        name=declared.name or family_name(declared.id) or declared.id,
        kind=_agreed(declared.kind, unknown.kind, known=declared.known),
    )
    return named.told(f"{says}, and nothing in the tensors speaks against it")


def _agreed(declared: str, structural: str, *, known: bool = True) -> str:
    """Of two compatible kinds the one that says more; between kinds of text, or of image, the tensors decide.

    A class of no `known` model that says nothing but "other" says less than the tensors.
    """
    texts = ("causal-lm", "encoder-decoder", "text-encoder")
    for group in (texts, _IMAGE_KINDS):
        if declared in group and structural in group:
            return structural
    silent = declared == "unknown" or (declared == "other" and not known and structural in texts)
    return structural if silent else declared


def _by_prefix(unknown: Recognised, weights: WeightSetCensus) -> Recognised:
    """transformers begins the names of a model with a head with the model's type: `swin.encoder…`."""
    counts: dict[str, int] = {}
    for label in weights.labels:
        first, dot, _ = label.logical.weight.partition(".")
        if dot:
            counts[first] = counts.get(first, 0) + label.logical.params
    first = max(counts, key=lambda word: counts[word], default="")
    if len(first) < 3 or 2 * counts[first] <= sum(label.logical.params for label in weights.labels):
        return unknown
    row = model_type_row(first)
    if row is None or not compatible(row.kind, unknown.kind):
        return unknown
    named = replace(unknown, id=row.id, name=row.name, kind=_agreed(row.kind, unknown.kind))
    return named.told(f"most names begin with {quoted(first)}, as transformers names {row.name}")


# -- adapters --------------------------------------------------------------------------------------------------


def _adapter(weights: WeightSetCensus) -> Recognised | None:
    """The low-rank adapter that a weight set is; None where it is another kind of adapter."""
    if find_in(beside, weights.labels, "adapter") is not None:
        return None
    from inspector.analyses.recognition.adapter_base import read_adapter
    from inspector.knowledge.adapters import BASE_NAMES

    adapter = read_adapter(weights.labels, weights.context.metadata, weights.context.config)
    if adapter is None:
        return None
    for_base = f" for {BASE_NAMES[adapter.base]}" if adapter.base else ""
    rank = f", rank {adapter.rank}" if adapter.rank is not None else ""
    return Recognised(
        id=f"{adapter.base}-lora" if adapter.base else "lora",
        name=f"{adapter.form}{for_base}{rank}",
        kind="adapter",
        evidence=(f"{adapter.modules} modules of a {adapter.form}", *adapter.evidence),
        candidates=adapter.candidates,
    )


def _words(weights: WeightSetCensus) -> Recognised | None:
    """The textual inversion that a weight set is: vectors for a few words, and nothing else."""
    from inspector.knowledge.adapters import BASE_NAMES, WORD_WIDTHS

    if set(params_by_component(weights.labels)) != {"embedding"}:
        return None
    width = max((label.logical.shape[-1] for label in weights.labels if label.logical.shape), default=0)
    base = next((row.base for row in WORD_WIDTHS if row.width == width), "")
    return Recognised(
        id="textual-inversion",
        name=f"Textual inversion for {BASE_NAMES[base]}" if base else "Textual inversion",
        kind="adapter",
        evidence=(f"vectors for words and nothing else, {width} wide",),
    )
