"""What a model of a kind never goes without, whatever its makers call it: told by roles and shapes, not by lists."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from inspector.analyses.census import LabelledGroup, WeightSetCensus
from inspector.analyses.declared import Stack
from inspector.analyses.repeated import Repeated, is_substantial, split_number
from inspector.analyses.roles.structure import SMALLEST_VOCABULARY, is_table, module_word
from inspector.knowledge.roles_leaves import POSITION_TABLES
from inspector.values import frozen

#: Kinds of models that read tokens, and kinds of which most do: those whose blocks are a language model's.
_READING: Final = ("causal-lm", "encoder-decoder", "text-encoder")
_SEEING: Final = ("vision-language", "audio-language")
#: Words of norms that stand before a block's first module; such blocks are followed by one norm of their own.
_NORM_BEFORE: Final = ("input_layernorm", "input_rmsnorm", "pre_self_attn_layernorm")
#: Sections of configurations, the tower that each describes, its component, and words of a tower of an unknown kind.
_TOWERS: Final[Mapping[str, tuple[str, str, tuple[str, ...]]]] = {
    "vision_config": ("vision tower", "vision_encoder", ("vis", "image", "img", "patch", "vit", "pixel", "video")),
    "audio_config": ("audio tower", "audio_encoder", ("audio", "speech", "conv", "whisper", "mel")),
}
#: Ends of the class names of whole models that read tokens.
_READERS: Final = ("ForCausalLM", "ForConditionalGeneration", "LMHeadModel", "ForMaskedLM", "ForSequenceClassification")
_LANGUAGE_ALONE: Final = ("ForCausalLM", "TextModel", "LanguageModel")
#: Keys by which configurations of diffusers give the lengths of lists of blocks.
_LENGTHS: Final = (
    *("num_layers", "num_single_layers", "num_refiner_layers", "num_attention_layers", "num_mmdit_layers"),
    *("num_single_dit_layers", "num_text_blocks", "num_visual_blocks", "n_refiner_layers", "mmdit_layers"),
)


@frozen
class Absent:
    """A module that is not there, in words, and what shows that it belongs there."""

    module: str
    evidence: str


def absent_modules(
    census: WeightSetCensus, stacks: Sequence[Stack], families: Sequence[Repeated], kind: str
) -> Iterator[Absent]:
    """The modules that models of this kind, and of this configuration, have and this one has not."""
    if not is_substantial(census):
        return
    stacks = [stack for stack in stacks if stack.component == "transformer" and _is_normed_before(stack)]
    language = kind in _READING or (kind in _SEEING and bool(stacks))
    if (
        language
        and _is_told_to_read(census)
        and any(family.mixes and len(family.blocks) > 1 for family in families)
        and not _reads(census)
    ):
        yield Absent(module="token embedding", evidence="blocks of a language model")
    for stack in stacks if language else ():
        if not _has_outer_norm(census, stack):
            yield Absent(module="final norm", evidence=f"norms before the blocks under {stack.prefix}")
    yield from _configured_towers(census)
    yield from _configured_sides(census, families)
    yield from _configured_lists(census, families)


def _is_told_to_read(census: WeightSetCensus) -> bool:
    """Does nothing say that this is a part or a draft, which may read with the tables of another model?"""
    name = _class_of(census.context.config)
    return not name or name.endswith(_READERS)


def _configured_towers(census: WeightSetCensus) -> Iterator[Absent]:
    """Towers that a configuration has a section for, where nothing could be one under a name of its own.

    A language model alone may keep the section of the model that it comes from.
    """
    config = census.context.config
    if "model_type" not in config or _class_of(config).endswith(_LANGUAGE_ALONE):
        return
    components = {label.role.component for label in census.labels}
    kernels = any(len(label.logical.shape) > 3 for label in census.labels)
    for key, (module, component, words) in _TOWERS.items():
        named = any(word in label.group.pattern for label in census.labels for word in words)
        if isinstance(config.get(key), Mapping) and not named and not kernels and component not in components:
            yield Absent(module=module, evidence=f"{key} of the configuration")


def _configured_sides(census: WeightSetCensus, families: Sequence[Repeated]) -> Iterator[Absent]:
    """The encoder or the decoder of a model that generates with both."""
    config = census.context.config
    if config.get("is_encoder_decoder") is not True or not _class_of(config).endswith("ForConditionalGeneration"):
        return
    sides = [side for side in ("encoder", "decoder") if any(side in family.stem for family in families)]
    if len(sides) == 1:
        absent = "decoder" if sides == ["encoder"] else "encoder"
        yield Absent(module=f"{absent} block", evidence="is_encoder_decoder of the configuration")


def _configured_lists(census: WeightSetCensus, families: Sequence[Repeated]) -> Iterator[Absent]:
    """Lists of blocks of a diffusers model that are configured with a length that no list of it has."""
    config = census.context.config
    if not isinstance(config.get("_class_name"), str):
        return
    lengths = {length for family in families for length in Counter(split_number(b)[0] for b in family.blocks).values()}
    for key in _LENGTHS:
        value = config.get(key)
        if type(value) is int and value > 1 and value not in lengths:
            yield Absent(module=f"list of {value:,} blocks", evidence=f"{key} of the configuration")


def _class_of(config: Mapping[str, Any]) -> str:
    names = config.get("architectures")
    return str(names[0]) if isinstance(names, list) and names else ""


def _reads(census: WeightSetCensus) -> bool:
    """Is there a table that tokens are looked up in?"""
    return any(is_lookup_table(label) for label in census.labels)


def is_lookup_table(label: LabelledGroup) -> bool:
    """Is this a table that tokens are looked up in, by its word or by its size?"""
    segments, shape = label.group.pattern.split("."), label.logical.shape
    large = len(shape) == 2 and shape[0] >= SMALLEST_VOCABULARY
    named = large and "emb" in label.group.pattern.lower() and module_word(segments) not in POSITION_TABLES
    return named or is_table(segments, shape)


def _is_normed_before(stack: Stack) -> bool:
    leaves = {label.group.pattern[len(stack.prefix) + 2 :].partition(".")[0] for label in stack.groups}
    return not leaves.isdisjoint(_NORM_BEFORE)


def _has_outer_norm(census: WeightSetCensus, stack: Stack) -> bool:
    return any(
        label.role.part == "norm" and label.role.component == stack.component and "*" not in label.group.pattern
        for label in census.labels
    )
