"""ST50x, ST51x: do the numbers of the configuration fit the shapes, and do the layers fit each other?"""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from inspector.analyses import declared
from inspector.analyses.census import LabelledGroup, WeightSetCensus
from inspector.analyses.configuration import find_number
from inspector.knowledge.config_keys import KEYS_OF
from inspector.model import WeightSet
from inspector.rules.configured import configured, token_embeddings
from inspector.rules.engine import Observation, Rule
from inspector.rules.evidence import Evidence


def layer_count(evidence: Evidence) -> Iterable[Observation]:
    """Layer count differs from the configuration.

    Why: Layers that the weights lack stay random; layers beyond the count are never loaded.

    Loads: The weights open; transformers warns and goes on.

    Fix: Use the configuration that belongs to these weights.
    """
    for _, stacks, path, config in configured(evidence):
        claims = [(stack, claim) for stack in filter(_mixes, stacks) if (claim := declared.layer_claim(config, stack))]
        met = [(claim.settings, claim.key) for stack, claim in claims if len(stack.numbers) == claim.count]
        for stack, claim in claims:
            if (claim.settings, claim.key) in met or claim.allows(len(stack.numbers)):
                continue  # the number speaks of another stack, or another number of this one
            saw = f"{len(stack.numbers)} layers under {stack.prefix}"
            yield Observation(path=path, subject=claim.key, saw=saw, expected=f"{claim.count} layers as configured")


def layer_gap(evidence: Evidence) -> Iterable[Observation]:
    """Missing layer: the layer numbers have a gap.

    Why: The layer's weights were lost, or a name was damaged; tools that count up to the highest number go astray.

    Loads: The weights open; transformers leaves the missing layer random.

    Fix: Export the weights again.
    """
    for census, stacks in evidence.stacks:
        for stack in stacks:
            if stack.missing:
                saw = f"layers up to {stack.numbers[-1]} without layer {', '.join(map(str, stack.missing[:3]))}"
                expected = f"layers 0 to {len(stack.numbers) - 1}"
                yield Observation(path=_first_path(census.weights), subject=stack.prefix, saw=saw, expected=expected)


def layer_shape(evidence: Evidence) -> Iterable[Observation]:
    """Shape of one layer differs from all other layers.

    Layers that are of another kind, by their modules or by the configuration, are left out.

    Why: A layer of another model or another step got in, or a tensor was edited.

    Loads: The weights open; the model's code refuses the shape.

    Fix: Export the weights again.
    """
    for census, stacks in evidence.stacks:
        _, config = evidence.config_of(census.weights)
        for stack in filter(_mixes, stacks):
            for found in declared.odd_layers(census, stack, config):
                saw, expected = (f"shape {list(label.group.form.shape)}" for label in (found.odd, found.usual))
                name = found.odd.group.example
                where = _path_of(census.weights, name)
                yield Observation(path=where, subject=name, saw=saw, expected=f"{expected} as other layers")


def hidden_size(evidence: Evidence) -> Iterable[Observation]:
    """Hidden size differs from the configuration.

    The width that the configuration declares is the width of no embedding and no norm, nor the one that most layers
    share.

    Why: The configuration belongs to another model.

    Loads: The weights open; the model's code refuses the shapes.

    Fix: Use the configuration that belongs to these weights.
    """
    for census, stacks, path, config in configured(evidence):
        widths = _widths(census, stacks)
        found = find_number(declared.section(config, "transformer"), KEYS_OF["hidden"])
        if found and widths and found[1] not in widths:
            saw = f"widths {', '.join(map(str, sorted(widths)[:4]))}"
            yield Observation(path=path, subject=found[0], saw=saw, expected=f"hidden size {found[1]} as configured")


def vocabulary_size(evidence: Evidence) -> Iterable[Observation]:
    """Vocabulary size differs from the configuration.

    Why: The tokenizer of the configuration may produce tokens that the embedding does not have.

    Loads: The weights open; the model's code refuses the shape.

    Fix: Use the configuration and tokenizer that belong to these weights.
    """
    return _vocabularies(evidence, padded=False)


def vocabulary_padded(evidence: Evidence) -> Iterable[Observation]:
    """Embedding is filled up to a round number that the configuration does not know, or the other way round.

    Trainers fill the vocabulary up to a multiple of 64 or 128, and exports keep the rows or drop them.

    Why: The added rows stand for no token; nothing is lost.

    Loads: Engines that cut or fill the rows open it; transformers wants the configured number.

    Fix: Set vocab_size to the rows of the embedding.
    """
    return _vocabularies(evidence, padded=True)


def attention_heads(evidence: Evidence) -> Iterable[Observation]:
    """Number of attention heads does not divide the attention's width.

    Why: The model's code cannot split the projections into heads; the configuration belongs to another model.

    Loads: The weights open; the model's code refuses the shapes.

    Fix: Use the configuration that belongs to these weights.
    """
    for census, _, path, config in configured(evidence):
        settings = declared.section(config, "transformer")
        for key, leaf in (("num_attention_heads", "q_proj.weight"), ("num_key_value_heads", "k_proj.weight")):
            found = find_number(settings, (key,))
            rows = _rows(census, leaf)
            if found and rows and all(count % found[1] for count in rows):
                yield Observation(
                    path=path, subject=key, saw=f"{rows[0]} rows of {leaf}", expected=f"a multiple of {found[1]}"
                )


def intermediate_size(evidence: Evidence) -> Iterable[Observation]:
    """Intermediate size differs from the configuration.

    The width of the feed-forward layers that the configuration declares is a dimension of nothing in the blocks.

    Why: The configuration belongs to another model.

    Loads: The weights open; the model's code refuses the shapes.

    Fix: Use the configuration that belongs to these weights.
    """
    for census, stacks, path, config in configured(evidence):
        settings = declared.section(config, "transformer")
        found = None if _ADJUSTED & settings.keys() else find_number(settings, ("intermediate_size",))
        matrices = _matrices(stacks)
        dense = any(label.role.part == "mlp" for label in matrices)
        routed = any(label.role.part == "experts" for label in census.labels)
        if found is None or not dense or routed:
            continue
        widths = {dim for label in matrices for dim in label.logical.shape}
        halved = str(settings.get("model_type")) in declared.HALVED_WIDTHS
        told = {found[1] // 2 if halved else found[1], *declared.widths_elsewhere(config, settings)}
        if not told & widths:
            saw = f"feed-forward dimensions {', '.join(map(str, sorted(widths)[:4]))}"
            yield Observation(path=path, subject=found[0], saw=saw, expected=f"{found[1]} as configured")


def architecture(evidence: Evidence) -> Iterable[Observation]:
    """Architecture differs from the configuration.

    The configuration names one architecture and the tensors are those of another.

    Why: The loader builds another model than the one that was trained; layers that do not fit stay random.

    Loads: The weights open; the model's code refuses them or leaves them out.

    Fix: Use the configuration that belongs to these weights.
    """
    recognised, sets = evidence.architecture, evidence.checkpoint.weight_sets
    if recognised is None or recognised.id == "unknown" or not all(s.loadable for s in evidence.checkpoint.shards):
        return
    for sentence in recognised.evidence:
        if sentence.endswith(_CONTRADICTED):
            said = sentence.removesuffix(_CONTRADICTED)
            yield Observation(path=_first_path(sets[0]), saw=said, expected=f"{recognised.name}, by its tensors")


#: How the architecture's evidence ends where a declaration does not fit the tensors.
_CONTRADICTED: Final = ", which the tensors contradict"
#: Settings by which a model's code computes the width of its feed-forward layers from the declared one.
_ADJUSTED: Final = frozenset({"block_auto_adjust_ff_dim", "block_ff_dim", "ffn_dim_multiplier"})
#: What a block of a transformer mixes tokens with; blocks without it are convolutions, counted in other ways.
_MIXERS: Final = ("attention", "ssm")
_LANGUAGE: Final = ("transformer", "text_encoder", "unclassified")


def _mixes(stack: declared.Stack) -> bool:
    return any(label.role.part in _MIXERS for label in stack.groups)


def _vocabularies(evidence: Evidence, *, padded: bool) -> Iterator[Observation]:
    """Token embeddings that do not have the configured rows: those that padding explains, or the others."""
    for census, _, path, config in configured(evidence):
        found = declared.vocabulary(config)
        rows = {label.logical.shape[0] for label in token_embeddings(census)}
        if found and rows and not found.allows(rows, _head_rows(census)) and found.padded(rows) is padded:
            saw = f"{', '.join(f'{count:,}' for count in sorted(rows))} rows of embedding"
            yield Observation(path=path, subject="vocab_size", saw=saw, expected=f"{found.size:,} as configured")


def _head_rows(census: WeightSetCensus) -> set[int]:
    """For how many tokens the output layers of a set have a row."""
    heads = (label.logical.shape for label in census.labels if label.role.component == "head")
    return {shape[0] for shape in heads if len(shape) == 2}


def _matrices(stacks: Iterable[declared.Stack]) -> list[LabelledGroup]:
    """The weights of two dimensions in the blocks of a language model."""
    return [
        label
        for stack in stacks
        if stack.component in _LANGUAGE
        for label in stack.groups
        if len(label.logical.shape) == 2 and label.logical.kind == "parameter"
    ]


def _rows(census: WeightSetCensus, leaf: str) -> list[int]:
    """Rows of the language model's projections of this name, unpacked."""
    return sorted(
        {
            label.logical.shape[0]
            for label in census.labels
            if label.group.pattern.endswith(f"self_attn.{leaf}")
            and len(label.logical.shape) == 2
            and label.role.component in _LANGUAGE
        }
    )


def _widths(census: WeightSetCensus, stacks: Iterable[declared.Stack]) -> set[int]:
    """Widths of a language model's token embeddings and norms, and the one that most matrices of its blocks share.

    Empty where it has no such embedding.
    """
    embeddings = token_embeddings(census)
    norms = {
        label.group.form.shape[0]
        for label in census.labels
        if label.role.part == "norm" and len(label.group.form.shape) == 1 and label.role.component != "vision_encoder"
    }
    shared: Counter[int] = Counter()
    for label in _matrices(stacks):
        shared.update(dict.fromkeys(label.logical.shape, label.group.tensors))
    most = {dim for dim, count in shared.items() if count == max(shared.values())}
    return most | norms | {label.logical.shape[1] for label in embeddings} if embeddings else set()


def _first_path(weights: WeightSet) -> str:
    return weights.shards[0].path if weights.shards else weights.path


def _path_of(weights: WeightSet, tensor: str) -> str:
    """The shard that holds a tensor."""
    return next((shard.path for shard in weights.shards if tensor in shard.tensors.names), _first_path(weights))


RULES: Final[tuple[Rule, ...]] = (
    Rule(code="ST502", name="layer-count", severity="warning", kind="integrity", check=layer_count, needs="config"),
    Rule(code="ST503", name="hidden-size", severity="warning", kind="integrity", check=hidden_size, needs="config"),
    Rule(
        code="ST504",
        name="vocabulary-size",
        severity="warning",
        kind="integrity",
        check=vocabulary_size,
        needs="config",
    ),
    Rule(
        code="ST515",
        name="vocabulary-padded",
        severity="info",
        kind="hygiene",
        check=vocabulary_padded,
        needs="config",
    ),
    Rule(code="ST510", name="layer-gap", severity="warning", kind="integrity", check=layer_gap),
    Rule(code="ST511", name="layer-shape", severity="warning", kind="integrity", check=layer_shape),
    Rule(code="ST509", name="architecture", severity="warning", kind="integrity", check=architecture, needs="config"),
    Rule(
        code="ST512",
        name="attention-heads",
        severity="warning",
        kind="integrity",
        check=attention_heads,
        needs="config",
    ),
    Rule(
        code="ST513",
        name="intermediate-size",
        severity="warning",
        kind="integrity",
        check=intermediate_size,
        needs="config",
    ),
)
