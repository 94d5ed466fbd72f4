"""What a configuration declares against what the tensors show, for the models that transformers' names describe.

Everything here is None or empty where the configuration says nothing or the tensors cannot tell.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final

from inspector.analyses.census import LabelledGroup, WeightSetCensus
from inspector.analyses.configuration import find_number, read_number, section_at
from inspector.analyses.inventory import fold_name, numbers_in
from inspector.knowledge.config_keys import KEYS_OF, TEXT_SECTIONS
from inspector.values import frozen, replace

#: The halves of a model with an encoder and a decoder, and what the keys are called that count their blocks.
HALVES: Final[Mapping[str, str]] = {"encoder": "encoder_layers", "decoder": "decoder_layers"}
#: Model types whose feed-forward layers are half as wide as declared: the number is that of both halves of a gate
#: (modeling_recurrent_gemma.py of transformers; modeling_qwen.py beside Qwen-7B).
HALVED_WIDTHS: Final = frozenset({"qwen", "recurrent_gemma"})
#: Paths of the nested configuration of one component.
SECTIONS: Final[Mapping[str, tuple[tuple[str, ...], ...]]] = {
    "transformer": TEXT_SECTIONS,
    "text_encoder": (("text_config",),),
    "vision_encoder": (("vision_config",), ("vision_tower_config",)),
    "audio_encoder": (("audio_config",), ("audio_encoder_config",)),
    "unclassified": (),
}
#: Parts that every block of a transformer has; numbers of other modules may have gaps.
BLOCK_PARTS: Final = frozenset({"attention", "mlp", "experts", "ssm", "norm"})

#: Multiples up to which trainers fill embeddings, of vocabularies from the size where that pays.
PADDING_UNITS: Final = (8, 16, 32, 64, 128, 256, 512)
MIN_PADDED: Final = 1000
#: How deep sections of a configuration are searched.
MAX_SECTIONS: Final = 4
#: The most rows that an embedding has behind its vocabulary for tokens that the configuration names, such as images'.
MAX_NAMED_TOKENS: Final = 1024

#: Names of keys that count layers, but for those that count some layers of a stack.
_COUNTS: Final = re.compile(r"\A(?!.*(?:window|nextn))(?:.*layers?|.*depth|.*blocks?|.*layers_per_\w+)\Z")
_INNER_WIDTHS: Final = re.compile(r"intermediate|ffn|inner|mlp|d_ff")
_VOCABULARIES: Final = re.compile(r"vocab_size\Z|\Aembedding_size\Z")
_CODEBOOKS: Final = re.compile(r"num_codebooks\Z|\An_q\Z|num_quantizers\Z")
_TOKENS: Final = re.compile(r"_token_(?:id|index)\Z")
_LAYER_LISTS: Final = re.compile(r"layer|block|index|idx|indices")
#: Components whose first block may take in another width than the others do.
TOWERS: Final = frozenset({"vision_encoder", "audio_encoder", "unclassified"})
#: Keys that only models with an encoder and a decoder have.
_PAIRED: Final = ("encoder_layers", "decoder_layers", "num_encoder_layers", "num_decoder_layers")
_LAYERS: Final = re.compile(r"\A(.*?(?:^|\.)(?:layers|layer|h|blocks|block|resblocks))\.\*\.(.+)\Z")
#: What stages hold, beside modules of their own name. A `layer` within a block is T5's name for the halves of one.
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
    numbers = _numbers(census, {i for members in chosen.values() for i in _telling(members)})
    found = (
        Stack(
            prefix=prefix,
            component=component,
            numbers=tuple(sorted({number for i in _telling(members) for number in numbers[i]})),
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
    return match is not None and match[2].startswith((*_WITHIN_STAGES, f"{match[1].rpartition('.')[2]}.*."))


def _telling(members: Sequence[tuple[int, LabelledGroup]]) -> list[int]:
    """The groups of a stack that tell its blocks: those with one number in their names, all where none has one."""
    single = [i for i, label in members if label.group.pattern.count("*") == 1]
    return single or [i for i, _ in members]


def _numbers(census: WeightSetCensus, groups: set[int]) -> Mapping[int, set[int]]:
    """For each of these groups the numbers that the first star of its pattern stands for."""
    return {
        group: {number for name in census.inventory.names_of(group) for number in numbers_in(name)[:1]}
        for group in groups
    }


def section(config: Mapping[str, Any], component: str) -> Mapping[str, Any]:
    """The part of a configuration that describes one component: its nested section, else the whole."""
    found = section_at(config, SECTIONS.get(component, ()))
    return config if found is None else found


def numbers_under(config: Any, named: re.Pattern[str], *, depth: int = MAX_SECTIONS) -> set[int]:
    """Every positive whole number under a key of such a name, in sections too."""
    found: set[int] = set()
    for key, value in config.items() if isinstance(config, Mapping) and depth else ():
        if type(value) is int and value > 0 and named.search(str(key)):
            found.add(value)
        found |= numbers_under(value, named, depth=depth - 1)
    return found


def _elsewhere(
    config: Mapping[str, Any], settings: Mapping[str, Any], component: str, named: re.Pattern[str]
) -> set[int]:
    """Numbers of such names in `settings`, and in sections of parts that have no component of their own."""
    own = {key for path in SECTIONS.get(component, ()) for key in path}
    others = {key for paths in SECTIONS.values() for path in paths for key in path} - own
    beside = {key: value for key, value in config.items() if isinstance(value, Mapping) and key not in others}
    return numbers_under(settings, named, depth=1) | numbers_under(beside, named)


@frozen
class LayerClaim:
    """What a configuration says of the number of blocks of one stack: `count` under `key` of `settings`.

    `extra` blocks that predict further tokens may be there or not; `elsewhere` are counts of other layers.
    """

    settings: Mapping[str, Any]
    key: str
    count: int
    extra: int
    elsewhere: frozenset[int]

    def allows(self, blocks: int) -> bool:
        return self.count <= blocks <= self.count + self.extra or blocks in self.elsewhere


def layer_claim(config: Mapping[str, Any], stack: Stack) -> LayerClaim | None:
    """What the configuration says of the number of blocks of one stack; None where it speaks of no such stack.

    Where the key names the half of the model that the stack is, no other key counts its blocks.
    """
    settings = section(config, stack.component)
    half = _half(config, stack)
    paired = any(key in settings for key in _PAIRED)
    found = find_number(settings, KEYS_OF[HALVES.get(half, "layers")]) if half or not paired else None
    if found is None:
        return None
    counts = set() if half and paired else _elsewhere(config, settings, stack.component, _COUNTS)
    return LayerClaim(
        settings=settings,
        key=found[0],
        count=found[1],
        extra=read_number(settings, KEYS_OF["predicting_layers"]) or 0,
        elsewhere=frozenset(counts) - {found[1]},
    )


def _half(config: Mapping[str, Any], stack: Stack) -> str:
    """ "encoder" or "decoder" where the stack stands in such a module at the top of the model, else ""."""
    model_type = str(config.get("model_type", ""))
    modules = stack.prefix.split(".")[:-2]
    top = modules[1:] if modules[:1] in (["model"], [model_type], [model_type.replace("-", "_")]) else modules
    return top[0] if len(top) == 1 and top[0] in HALVES else ""


def widths_elsewhere(config: Mapping[str, Any], settings: Mapping[str, Any]) -> set[int]:
    """Widths of feed-forward layers of other parts than the one that `settings` describe."""
    return _elsewhere(config, settings, "transformer", _INNER_WIDTHS)


@frozen
class Vocabulary:
    """What a configuration says of the tokens of its language model: `size`, and what else may be a table's rows.

    `elsewhere` are vocabularies of other parts; with `codebooks` a table may hold the codes of sounds too; tokens up
    to `last_token` are named, with which a table may end beyond the vocabulary.
    """

    size: int
    elsewhere: frozenset[int]
    codebooks: bool
    last_token: int

    def allows(self, tables: Collection[int], heads: Collection[int]) -> bool:
        """Has a table or an output layer of so many rows one for each token, or is it that of another part?"""
        known = {self.size, *self.elsewhere}
        return self.size in heads or any(rows in known or self._may_go_on_to(rows) for rows in tables)

    def padded(self, tables: Collection[int]) -> bool:
        """Is one of these tables longer or shorter by what fills a vocabulary up to a round number?"""
        return any(_fills_up(self.size, rows) or _fills_up(rows, self.size) for rows in tables)

    def _may_go_on_to(self, rows: int) -> bool:
        named = self.size <= self.last_token < rows <= self.size + MAX_NAMED_TOKENS
        return named or (self.codebooks and rows > self.size)


def _fills_up(size: int, filled: int) -> bool:
    """Is `filled` a vocabulary of `size` filled up to the next multiple of a power of two that kernels like?

    A single row is no filling: somebody added a token, or lost one.
    """
    return size >= MIN_PADDED and any(size + 1 < filled == -(-size // unit) * unit for unit in PADDING_UNITS)


def vocabulary(config: Mapping[str, Any]) -> Vocabulary | None:
    """What the configuration says of the vocabulary; None where it says nothing."""
    settings = section(config, "transformer")
    found = find_number(settings, KEYS_OF["vocabulary"])
    if found is None:
        return None
    sizes = _elsewhere(config, settings, "transformer", _VOCABULARIES)
    return Vocabulary(
        size=found[1],
        elsewhere=frozenset(sizes),
        codebooks=bool(numbers_under(config, _CODEBOOKS)),
        last_token=max(numbers_under({**config, **settings}, _TOKENS, depth=1), default=-1),
    )


@frozen
class OddLayer:
    """A block of a stack whose tensor `odd` has another shape than its siblings, the `usual` ones."""

    number: int
    odd: LabelledGroup
    usual: LabelledGroup


def odd_layers(census: WeightSetCensus, stack: Stack, config: Mapping[str, Any]) -> Iterator[OddLayer]:
    """Single blocks of a shape that no other has, of at least three others that are alike.

    A block of another kind is none: one with modules of its own, one that the configuration tells apart, and the
    first of a tower, which may take in another width.
    """
    by_pattern: dict[tuple[str, str], list[LabelledGroup]] = {}
    for label in stack.groups:
        if label.logical.kind != "parameter":
            continue  # what a quantiser writes beside a weight may differ in length by chance
        by_pattern.setdefault((label.group.pattern, label.group.form.dtype), []).append(label)
    for alike in by_pattern.values():
        if len(alike) == 2:
            odd, usual = sorted(alike, key=lambda label: label.group.tensors)
            if odd.group.tensors == 1 and usual.group.tensors >= 3:
                found = OddLayer(number=numbers_in(odd.group.example)[0], odd=odd, usual=usual)
                if not _of_another_kind(census, stack, found, config):
                    yield found


def _of_another_kind(census: WeightSetCensus, stack: Stack, found: OddLayer, config: Mapping[str, Any]) -> bool:
    if found.number == stack.numbers[0] and stack.component in TOWERS:
        return True
    if _tells_apart(config, found.number, numbers_in(found.usual.group.example)[0], len(stack.numbers)):
        return True
    modules: dict[str, set[str]] = {}
    for name in census.inventory.names:
        if name.startswith(stack.prefix):
            number, _, rest = name[len(stack.prefix) :].partition(".")
            modules.setdefault(number, set()).add(fold_name(rest))
    return list(modules.values()).count(modules[str(found.number)]) == 1


def _tells_apart(config: Any, one: int, other: int, layers: int, *, depth: int = MAX_SECTIONS) -> bool:
    """Does a list of a configuration say different things of two layers, or a list of layers name but one of them?"""
    for key, value in config.items() if isinstance(config, Mapping) and depth else ():
        if isinstance(value, list):
            listed = len(value) >= layers and value[one : one + 1] != value[other : other + 1]
            named = bool(_LAYER_LISTS.search(str(key))) and (one in value) is not (other in value)
            if listed or named:
                return True
        elif _tells_apart(value, one, other, layers, depth=depth - 1):
            return True
    return False
