"""What a configuration declares against what the tensors show, for the models that transformers' names describe.

Everything here is None or empty where the configuration says nothing or the tensors cannot tell.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from inspector.analyses.census import LabelledGroup, WeightSetCensus
from inspector.analyses.inventory import numbers_in
from inspector.values import frozen, replace

#: Keys under which configurations write one thing, in the order of trust.
LAYER_KEYS: Final = ("num_hidden_layers", "n_layer", "num_layers", "n_layers", "depth")
ENCODER_KEYS: Final = ("encoder_layers", "num_encoder_layers", "num_layers", "num_hidden_layers")
DECODER_KEYS: Final = ("decoder_layers", "num_decoder_layers", "num_layers", "num_hidden_layers")
WIDTH_KEYS: Final = ("hidden_size", "d_model", "n_embd", "dim")
#: Keys of the nested configuration of one component.
SECTIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "transformer": ("text_config", "llm_config", "language_config"),
    "text_encoder": ("text_config",),
    "vision_encoder": ("vision_config", "vision_tower_config"),
    "audio_encoder": ("audio_config", "audio_encoder_config"),
    "unclassified": (),
}
#: Parts that every block of a transformer has; numbers of other modules may have gaps.
BLOCK_PARTS: Final = frozenset({"attention", "mlp", "experts", "ssm", "norm"})

_LAYERS: Final = re.compile(r"\A(.*?(?:^|\.)(?:layers|layer|h|blocks|block|resblocks))\.\*\.(.+)\Z")
#: What stages hold. A `layer` within a block is T5's name for the two halves of one.
_WITHIN_STAGES: Final = ("blocks.*.", "layers.*.")


@frozen
class Stack:
    """A stack of numbered blocks: `prefix` is what stands before the number, `numbers` the blocks that are there."""

    prefix: str
    component: str
    numbers: tuple[int, ...]
    groups: tuple[LabelledGroup, ...]

    @property
    def missing(self) -> tuple[int, ...]:
        """The first few numbers below the highest that no block has."""
        there = set(self.numbers)
        gaps = (number for number in range(min(self.numbers[-1], len(self.numbers) + 10)) if number not in there)
        return tuple(gaps)[:10]


def find_stacks(census: WeightSetCensus) -> tuple[Stack, ...]:
    """The stacks of transformer blocks of a weight set, found by their names; a stack has two blocks or more.

    Numbered modules that hold stacks of blocks themselves are stages of an image model, not layers.
    """
    chosen: dict[tuple[str, str], list[tuple[int, LabelledGroup]]] = {}
    for i, label in enumerate(census.labels):
        match = _LAYERS.match(label.group.pattern)
        if match and "*" not in match[1] and label.role.part in BLOCK_PARTS and label.role.component in SECTIONS:
            chosen.setdefault((match[1] + ".", label.role.component), []).append((i, label))
    chosen = {key: members for key, members in chosen.items() if not any(_is_staged(label) for _, label in members)}
    numbers = _numbers(census, {i for members in chosen.values() for i, _ in members})
    found = (
        Stack(
            prefix=prefix,
            component=component,
            numbers=tuple(sorted({number for i, _ in members for number in numbers[i]})),
            groups=tuple(label for _, label in members),
        )
        for (prefix, component), members in chosen.items()
    )
    return tuple(_recounted(census, stack) if stack.missing else stack for stack in found if len(stack.numbers) > 1)


def _recounted(census: WeightSetCensus, stack: Stack) -> Stack:
    """The same with the numbers of all that stands under its prefix: a block may hold nothing but blocks."""
    under = {i for i, label in enumerate(census.labels) if label.group.pattern.startswith(f"{stack.prefix}*.")}
    pairs = zip(census.inventory.names, census.inventory.members, strict=True)
    numbers = {number for name, member in pairs if member in under for number in numbers_in(name)[:1]}
    return replace(stack, numbers=tuple(sorted(numbers)))


def _is_staged(label: LabelledGroup) -> bool:
    """Does a group stand in a block within a numbered stage, as in `layers.*.blocks.*`?"""
    match = _LAYERS.match(label.group.pattern)
    return match is not None and match[2].startswith(_WITHIN_STAGES)


def _numbers(census: WeightSetCensus, groups: set[int]) -> Mapping[int, set[int]]:
    """For each of these groups the numbers that the first star of its pattern stands for, where it has but one."""
    return {
        group: {
            number
            for name in (census.inventory.names_of(group) if census.labels[group].group.pattern.count("*") == 1 else ())
            for number in numbers_in(name)[:1]
        }
        for group in groups
    }


def section(config: Mapping[str, Any], component: str) -> Mapping[str, Any]:
    """The part of a configuration that describes one component: its nested section, else the whole."""
    for key in SECTIONS.get(component, ()):
        value = config.get(key)
        if isinstance(value, Mapping):
            return value
    return config


def number(config: Mapping[str, Any], keys: Sequence[str]) -> tuple[str, int] | None:
    """The first of these keys that holds a whole number, with it."""
    for key in keys:
        value = config.get(key)
        if type(value) is int:
            return key, value
    return None


def layer_count(config: Mapping[str, Any], stack: Stack) -> tuple[str, int] | None:
    """What the configuration says of the number of blocks of one stack."""
    settings = section(config, stack.component)
    keys: Sequence[str] = LAYER_KEYS
    if any(key in settings for key in ("encoder_layers", "num_decoder_layers", "decoder_layers")):
        keys = DECODER_KEYS if "decoder" in stack.prefix else ENCODER_KEYS
    return number(settings, keys)


def odd_layers(stack: Stack) -> Iterator[tuple[LabelledGroup, LabelledGroup]]:
    """Pairs of (odd one, its siblings): one single block whose tensor has another shape than at least three others."""
    by_pattern: dict[tuple[str, str], list[LabelledGroup]] = {}
    for label in stack.groups:
        if label.logical.kind != "parameter":
            continue  # what a quantiser writes beside a weight may differ in length by chance
        by_pattern.setdefault((label.group.pattern, label.group.form.dtype), []).append(label)
    for alike in by_pattern.values():
        if len(alike) == 2:
            odd, usual = sorted(alike, key=lambda label: label.group.tensors)
            if odd.group.tensors == 1 and usual.group.tensors >= 3:
                yield odd, usual
