"""What configuration and metadata call a model: evidence beside the tensors, never trusted over them."""

import re
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from inspector.knowledge.architectures import families_of
from inspector.values import frozen

if TYPE_CHECKING:
    from inspector.knowledge.model_types import ModelType

#: Longest piece of a configuration that is quoted.
_QUOTED: Final = 80
#: How transformers ends the name of a class, and the kind that it promises.
_CLASS_ENDS: Final = (
    ("ForCausalLM", "causal-lm"),
    ("LMHeadModel", "causal-lm"),
    ("ForMaskedLM", "text-encoder"),
    ("ForSequenceClassification", "text-encoder"),
    ("ForTokenClassification", "text-encoder"),
    ("ForImageClassification", "image-classification"),
    ("ForCTC", "speech"),
    ("ForSpeechSeq2Seq", "speech"),
    ("ForTextToSpeech", "speech"),
    ("ForImageTextToText", "vision-language"),
    ("ForQuestionAnswering", "text-encoder"),
    ("ForAudioClassification", "speech"),
    ("ForDepthEstimation", "other"),
    ("ForObjectDetection", "other"),
    ("Segmentation", "other"),
    ("ForMaskGeneration", "other"),
    ("ForKeypointDetection", "other"),
    ("ForPoseEstimation", "other"),
    ("ForPrediction", "other"),
    ("ForConditionalGeneration", "other"),
)


@frozen
class Declared:
    """A name for the model: `id` and `kind` as the tables have them, `where` it stands, `said` what stands there.

    `known` is False for a model type that no table has; `kind` is then what the class promises, or "unknown".
    `narrows` is True where a class says more of the kind than its family does, `is_type` for a model type, `loose`
    where a class of diffusers begins like those of the family and goes on with words of its own.
    """

    id: str
    name: str
    kind: str
    where: str
    said: str
    known: bool = True
    narrows: bool = False
    is_type: bool = False
    loose: bool = False


def quoted(text: object) -> str:
    """A piece of a configuration as it is shown in evidence, at most 80 characters of it."""
    return repr(str(text)[:_QUOTED])


def declared_by_config(config: Mapping[str, Any]) -> Declared | None:
    """What a configuration names, as transformers, timm, PEFT and diffusers write it; None where it names nothing."""
    model_type = config.get("model_type")
    if isinstance(model_type, str) and model_type:
        return _by_model_type(model_type, config)
    if isinstance(name := config.get("architecture"), str) and isinstance(config.get("pretrained_cfg"), Mapping):
        said = f"architecture {quoted(name)} (timm)"
        return Declared(id=kebab(name), name=name[:_QUOTED], kind="image-encoder", where="config.json", said=said)
    if isinstance(form := config.get("peft_type"), str) and form:
        said = f"peft_type {quoted(form)}"
        return Declared(id=kebab(form), name=form[:_QUOTED], kind="adapter", where="adapter_config.json", said=said)
    class_name = config.get("_class_name")
    if isinstance(class_name, list) and class_name:
        class_name = class_name[-1]
    if not isinstance(class_name, str) or not class_name:
        return None
    return declared_by_class(class_name, "config.json") or _by_unknown_class(class_name)


def _by_unknown_class(class_name: str) -> Declared | None:
    """A class that no row knows, named by what stands before its dimensions; None for one that families share."""
    from inspector.knowledge.pipelines import SHARED_CLASSES

    if class_name in SHARED_CLASSES:
        return None
    stem = re.sub(
        r"(?:Transformer|UNet|Autoencoder|DiT)?(?:[123]D)?(?:Condition)?(?:Model)?$", "", class_name[:_QUOTED]
    )
    return Declared(
        id=kebab(stem or class_name),
        name=class_name[:_QUOTED],
        kind="unknown",
        where="config.json",
        said=f"_class_name {quoted(class_name)}",
        known=False,
    )


def declared_by_class(class_name: str, where: str) -> Declared | None:
    """What a class of diffusers names, None for one that no row knows."""
    from inspector.knowledge.pipelines import CLASS_WORDS, PIPELINE_CLASSES

    for row in PIPELINE_CLASSES:
        if class_name.startswith(row.prefix):
            kind = row.kind or next((family.kind for family in families_of(row.id)), "other")
            said = f"_class_name {quoted(class_name)}"
            loose = re.fullmatch(f"(?:{CLASS_WORDS})*", class_name[len(row.prefix) : _QUOTED]) is None
            narrows = bool(row.kind)
            return Declared(id=row.id, name="", kind=kind, where=where, said=said, narrows=narrows, loose=loose)
    return None


def families_named(id: str) -> tuple[str, ...]:
    """The family, and those that classes of its name hold as well."""
    from inspector.knowledge.pipelines import PIPELINE_CLASSES

    return (id, *dict.fromkeys(also for row in PIPELINE_CLASSES if row.id == id for also in row.also))


def _by_model_type(model_type: str, config: Mapping[str, Any]) -> Declared:
    classes = config.get("architectures")
    class_name = classes[0] if isinstance(classes, list) and classes and isinstance(classes[0], str) else ""
    said = f"model_type {quoted(model_type)}" + (f" ({class_name[:_QUOTED]})" if class_name else "")
    row = model_type_row(model_type)
    if row is not None:
        return Declared(id=row.id, name=row.name, kind=row.kind, where="config.json", said=said, is_type=True)
    return Declared(
        id=kebab(model_type),
        name=(class_name or model_type)[:_QUOTED],
        kind=_kind_of_class(class_name),
        where="config.json",
        said=said,
        known=False,
        is_type=True,
    )


def model_type_row(model_type: str) -> "ModelType | None":
    """The row of a model type, hyphens and underscores read alike."""
    return _rows().get(kebab(model_type))


@cache
def _rows() -> "Mapping[str, ModelType]":
    from inspector.knowledge.model_types import MODEL_TYPES

    return {row.id: row for row in MODEL_TYPES}


def kebab(model_type: str) -> str:
    """A model type as an id: lower case, hyphens for all else."""
    kept = "".join(c if c.isascii() and c.isalnum() else "-" for c in model_type[:_QUOTED].lower())
    return kept.strip("-") or "unknown"


def _kind_of_class(class_name: str) -> str:
    return next((kind for end, kind in _CLASS_ENDS if class_name.endswith(end)), "unknown")


# -- what the rows of an id say --------------------------------------------------------------------------------


def twins_of(id: str) -> tuple[str, ...]:
    """Ids of models with the same tensors as this one's row has."""
    return next((family.twins for family in families_of(id)), ())


def has_layouts(id: str) -> bool:
    """Is there a row that says what the tensors of this model look like?"""
    return any(family.layouts for family in families_of(id))


def family_name(id: str) -> str:
    """The name in this id's row, "" where it has none."""
    return next((family.name for family in families_of(id)), "")
