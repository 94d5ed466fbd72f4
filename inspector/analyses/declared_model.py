"""What configuration and metadata call a model: evidence beside the tensors, never trusted over them."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from inspector.knowledge.model_types import MODEL_TYPES, ModelType
from inspector.knowledge.pipelines import PIPELINE_CLASSES

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
    ("ForConditionalGeneration", "other"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """A name for the model: `id` and `kind` as the tables have them, `where` it stands, `said` what stands there.

    `known` is False for a model type that no table has; `kind` is then what the class promises, or "unknown".
    """

    id: str
    name: str
    kind: str
    where: str
    said: str
    model_type: str = ""
    known: bool = True


def quoted(text: object) -> str:
    """A piece of a configuration as it is shown in evidence, at most 80 characters of it."""
    return repr(str(text)[:_QUOTED])


def declared_by_config(config: Mapping[str, Any]) -> Declared | None:
    """What a config.json names: `model_type` of transformers, else `_class_name` of diffusers; None for nothing."""
    model_type = config.get("model_type")
    if isinstance(model_type, str) and model_type:
        return _by_model_type(model_type, config)
    class_name = config.get("_class_name")
    if isinstance(class_name, list) and class_name:
        class_name = class_name[-1]
    return declared_by_class(class_name, "config.json") if isinstance(class_name, str) else None


def declared_by_class(class_name: str, where: str) -> Declared | None:
    """What a class of diffusers names, None for one that no row knows."""
    for row in PIPELINE_CLASSES:
        if class_name.startswith(row.prefix):
            return Declared(id=row.id, name="", kind=row.kind, where=where, said=f"_class_name {quoted(class_name)}")
    return None


def families_named(id: str) -> tuple[str, ...]:
    """The family, and those that classes of its name hold as well."""
    return (id, *dict.fromkeys(also for row in PIPELINE_CLASSES if row.id == id for also in row.also))


def _by_model_type(model_type: str, config: Mapping[str, Any]) -> Declared:
    classes = config.get("architectures")
    class_name = classes[0] if isinstance(classes, list) and classes and isinstance(classes[0], str) else ""
    said = f"model_type {quoted(model_type)}" + (f" ({class_name[:_QUOTED]})" if class_name else "")
    row = model_type_row(model_type)
    if row is not None:
        return Declared(id=row.id, name=row.name, kind=row.kind, where="config.json", said=said, model_type=model_type)
    return Declared(
        id=_kebab(model_type),
        name=(class_name or model_type)[:_QUOTED],
        kind=_kind_of_class(class_name),
        where="config.json",
        said=said,
        model_type=model_type,
        known=False,
    )


def model_type_row(model_type: str) -> ModelType | None:
    """The row of a model type, hyphens and underscores read alike."""
    return _rows().get(_kebab(model_type))


@cache
def _rows() -> Mapping[str, ModelType]:
    return {row.id: row for row in MODEL_TYPES}


def _kebab(model_type: str) -> str:
    kept = "".join(c if c.isascii() and c.isalnum() else "-" for c in model_type[:_QUOTED].lower())
    return kept.strip("-") or "unknown"


def _kind_of_class(class_name: str) -> str:
    return next((kind for end, kind in _CLASS_ENDS if class_name.endswith(end)), "unknown")
