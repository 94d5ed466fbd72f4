"""The decoder of a checkpoint: its configuration and, for each of its layers, the logical shapes that tell a cache.

A configuration is evidence, never trusted over shapes; a number that neither gives is None, never a default of ours.
"""

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from inspector.analyses.census import Census, LabelledGroup, WeightSetCensus
from inspector.analyses.configuration import read_number, section_at
from inspector.analyses.inventory import numbers_in
from inspector.knowledge.config_keys import KEYS_OF, TEXT_SECTIONS
from inspector.values import field, frozen

Shape = tuple[int, ...]

#: Components that are never the part that generates tokens.
_OTHER_COMPONENTS: Final = frozenset(
    {
        "vision_encoder",
        "audio_encoder",
        "text_encoder",
        "unet",
        "vae",
        "controlnet",
        "adapter",
        "mtp",
        "vocoder",
        "codec",
        "upscaler",
        "optimizer",
        "tokenizer",
        "motion",
        "projector",
    }
)
_TELLING: Final = re.compile(
    r"attn|attention|mixer|mamba|conv|recurrent|linear|ssm|temporal_block|kv_|(?:^|[._])(?:k|v|q|qkv|o)(?:_proj)?\.weight$",
    re.IGNORECASE,
)
_EXPERT: Final = re.compile(r"\.experts?\.|\.mlp\.|feed_forward\.|\.ffn\.")


@frozen
class Decoder:
    """What is known of the part that keeps a cache.

    `config` is the decoder's own (a `text_config` where there is one), `root` the whole file; `layers` maps the number
    of a layer to {path below the layer: logical shape} for the tensors that tell of attention and state; `blocks` is
    the number of layers seen in the weights, 0 where none were.
    """

    config: Mapping[str, Any]
    root: Mapping[str, Any]
    layers: Mapping[int, Mapping[str, Shape]] = field(default_factory=lambda: MappingProxyType({}))
    blocks: int = 0

    @property
    def model_type(self) -> str:
        found = self.config.get("model_type") or self.root.get("model_type") or ""
        return found if isinstance(found, str) else ""

    def number(self, name: str) -> int | None:
        """The configuration's value for a field of knowledge/config_keys.py, None where it says nothing."""
        return read_number(self.config, KEYS_OF[name])


def decoder_config(root: Mapping[str, Any]) -> Mapping[str, Any]:
    """The sub-configuration of the part that generates; what it lacks is read from the whole one."""
    found = section_at(root, TEXT_SECTIONS)
    if found is None:
        return root
    outer = {key: value for key, value in root.items() if not isinstance(value, Mapping)}
    return {**outer, "model_type": "", **found}


def find_decoder(census: Census, config: Mapping[str, Any]) -> Decoder:
    """The decoder of the weight set that has one; shapes are logical, so packed checkpoints read like any other."""
    best: dict[int, dict[str, Shape]] = {}
    blocks = 0
    for weights in census.sets:
        layers, count = _layers_of(weights)
        if count > blocks:
            best, blocks = layers, count
    return Decoder(config=decoder_config(config), root=config, layers=best, blocks=blocks)


def _layers_of(weights: WeightSetCensus) -> tuple[dict[int, dict[str, Shape]], int]:
    stacks: dict[str, list[int]] = {}
    for index, label in enumerate(weights.labels):
        if _in_decoder(label):
            stacks.setdefault(_stack(label.logical.weight), []).append(index)
    if not stacks:
        return {}, 0
    paired = any("encoder" in prefix for prefix in stacks)
    stack = max(stacks, key=lambda prefix: (paired and "decoder" in prefix, _tensors(weights, stacks[prefix])))
    return _collect(weights, stack, frozenset(stacks[stack]))


def _in_decoder(label: LabelledGroup) -> bool:
    if label.logical.kind != "parameter" or label.role.component in _OTHER_COMPONENTS:
        return False
    return "*" in label.logical.weight and label.role.component != "buffer"


def _stack(pattern: str) -> str:
    """The path up to the first folded number: `model.layers.`."""
    return pattern.partition("*")[0]


def _tensors(weights: WeightSetCensus, groups: Sequence[int]) -> int:
    return sum(weights.labels[index].group.tensors for index in groups)


def _collect(weights: WeightSetCensus, stack: str, groups: frozenset[int]) -> tuple[dict[int, dict[str, Shape]], int]:
    inner = {index: weights.labels[index].logical.weight.partition("*")[2].lstrip("./_-") for index in groups}
    telling = {index for index in groups if _TELLING.search(inner[index]) and not _EXPERT.search("." + inner[index])}
    layers: dict[int, dict[str, Shape]] = {}
    numbers: set[int] = set()
    position = len(numbers_in(stack))
    counted = telling | {index for index in groups if "*" not in inner[index]}
    for name, member in zip(weights.inventory.names, weights.inventory.members, strict=True):
        if member not in counted:
            continue
        found = numbers_in(name)
        if len(found) <= position:
            continue
        numbers.add(found[position])
        if member in telling:
            layers.setdefault(found[position], {})[inner[member]] = weights.labels[member].logical.shape
    blocks = max(numbers) + 1 if numbers else 0
    return layers, blocks
