"""ST50x, ST51x: do the numbers of the configuration fit the shapes, and do the layers fit each other?"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from inspector.analyses import declared
from inspector.analyses.census import WeightSetCensus
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
        said = [
            (stack, declared.section(config, stack.component), declared.layer_count(config, stack))
            for stack in filter(_mixes, stacks)
        ]
        met = [(settings, found) for stack, settings, found in said if found and len(stack.numbers) == found[1]]
        for stack, settings, found in said:
            if found is None or (settings, found) in met:
                continue  # another stack is the one that the number speaks of
            extra = declared.number(settings, ("num_nextn_predict_layers",))
            if not found[1] <= len(stack.numbers) <= found[1] + (extra[1] if extra else 0):
                saw = f"{len(stack.numbers)} layers under {stack.prefix}"
                yield Observation(path=path, subject=found[0], saw=saw, expected=f"{found[1]} layers as configured")


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

    Why: A layer of another model or another step got in, or a tensor was edited.

    Loads: The weights open; the model's code refuses the shape.

    Fix: Export the weights again.
    """
    for census, stacks in evidence.stacks:
        for stack in filter(_mixes, stacks):
            for odd, usual in declared.odd_layers(stack):
                saw, expected = (f"shape {list(label.group.form.shape)}" for label in (odd, usual))
                where = _path_of(census.weights, odd.group.example)
                yield Observation(
                    path=where, subject=odd.group.example, saw=saw, expected=f"{expected} as other layers"
                )


def hidden_size(evidence: Evidence) -> Iterable[Observation]:
    """Hidden size differs from the configuration.

    The width that the configuration declares is the width of no embedding and no norm.

    Why: The configuration belongs to another model.

    Loads: The weights open; the model's code refuses the shapes.

    Fix: Use the configuration that belongs to these weights.
    """
    for census, _, path, config in configured(evidence):
        widths = _widths(census)
        found = declared.number(declared.section(config, "transformer"), declared.WIDTH_KEYS)
        if found and widths and found[1] not in widths:
            saw = f"widths {', '.join(map(str, sorted(widths)[:4]))}"
            yield Observation(path=path, subject=found[0], saw=saw, expected=f"hidden size {found[1]} as configured")


def vocabulary_size(evidence: Evidence) -> Iterable[Observation]:
    """Vocabulary size differs from the configuration.

    Why: The tokenizer of the configuration may produce tokens that the embedding does not have.

    Loads: The weights open; the model's code refuses the shape.

    Fix: Use the configuration and tokenizer that belong to these weights.
    """
    for census, _, path, config in configured(evidence):
        settings = declared.section(config, "transformer")
        found = declared.number(settings, ("vocab_size",))
        rows = {label.logical.shape[0] for label in token_embeddings(census)}
        if found and rows and found[1] not in rows and not found[1] <= _last_token({**config, **settings}) < min(rows):
            saw = f"{', '.join(f'{count:,}' for count in sorted(rows))} rows of embedding"
            yield Observation(path=path, subject="vocab_size", saw=saw, expected=f"{found[1]:,} as configured")


def attention_heads(evidence: Evidence) -> Iterable[Observation]:
    """Number of attention heads does not divide the attention's width.

    Why: The model's code cannot split the projections into heads; the configuration belongs to another model.

    Loads: The weights open; the model's code refuses the shapes.

    Fix: Use the configuration that belongs to these weights.
    """
    for census, _, path, config in configured(evidence):
        settings = declared.section(config, "transformer")
        for key, leaf in (("num_attention_heads", "q_proj.weight"), ("num_key_value_heads", "k_proj.weight")):
            found = declared.number(settings, (key,))
            rows = _rows(census, leaf)
            odd = [count for count in rows if found and found[1] > 0 and count % found[1]]
            if found and odd:
                yield Observation(
                    path=path, subject=key, saw=f"{odd[0]} rows of {leaf}", expected=f"a multiple of {found[1]}"
                )


def intermediate_size(evidence: Evidence) -> Iterable[Observation]:
    """Intermediate size differs from the configuration.

    The width of the feed-forward layers that the configuration declares is a dimension of none of them.

    Why: The configuration belongs to another model.

    Loads: The weights open; the model's code refuses the shapes.

    Fix: Use the configuration that belongs to these weights.
    """
    for census, stacks, path, config in configured(evidence):
        settings = declared.section(config, "transformer")
        found = None if _ADJUSTED & settings.keys() else declared.number(settings, ("intermediate_size",))
        dense = [
            label
            for stack in stacks
            for label in stack.groups
            if stack.component in _LANGUAGE and label.role.part == "mlp"
        ]
        widths = {dim for label in dense if len(label.logical.shape) == 2 for dim in label.logical.shape}
        routed = any(label.role.part == "experts" for label in census.labels)
        if found and widths and not routed and not {found[1], 2 * found[1], found[1] / 2} & widths:
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
    if recognised is None or not all(shard.loadable for shard in evidence.checkpoint.shards):
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


def _last_token(config: Mapping[str, Any]) -> int:
    """The highest token that a configuration names, such as the image token behind the vocabulary; -1 for none."""
    named = (value for key, value in config.items() if key.endswith(("_token_id", "_token_index")))
    return max((value for value in named if type(value) is int), default=-1)


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


def _widths(census: WeightSetCensus) -> set[int]:
    """Widths of the token embeddings and of the norms of a language model; empty where it has no such embedding."""
    embeddings = token_embeddings(census)
    norms = {
        label.group.form.shape[0]
        for label in census.labels
        if label.role.part == "norm" and len(label.group.form.shape) == 1 and label.role.component != "vision_encoder"
    }
    return norms | {label.logical.shape[1] for label in embeddings} if embeddings else set()


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
