"""The numbers of a model that its shapes tell, with where each came from; configuration fills in and is checked."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from inspector.analyses.census import LabelledGroup
from inspector.analyses.configuration import find_number, text_config
from inspector.analyses.recognition.tensor_view import below_block, ends_of, leaf_name
from inspector.knowledge.config_keys import KEYS_OF
from inspector.values import frozen

Shape = tuple[int, ...]


@frozen
class Known:
    """A value and its source: `shape of model.embed_tokens.weight`, `config.json num_attention_heads`."""

    value: int
    source: str


@frozen
class Hyperparameters:
    """Numbers of the part that computes (a language model's decoder, a denoiser, an encoder); None: not known.

    `layers` counts blocks without layers that predict further tokens; `hidden` is the width of the residual stream;
    `vocabulary` the rows of the token embedding as stored, padding included; `kv_rows` the rows of one layer's key
    projection (key/value heads times their width), which shapes tell where they cannot tell the heads;
    `experts` are routed experts per layer; `experts_per_token` and `positions` stand in configurations only, but for
    learned positions. `tied_embeddings` is True where no output layer is stored beside the embedding.
    `contradictions` are sentences about values of the configuration that the shapes refute.
    """

    layers: Known | None = None
    hidden: Known | None = None
    intermediate: Known | None = None
    expert_intermediate: Known | None = None
    vocabulary: Known | None = None
    heads: Known | None = None
    kv_heads: Known | None = None
    head_dim: Known | None = None
    kv_rows: Known | None = None
    experts: Known | None = None
    experts_per_token: Known | None = None
    shared_experts: Known | None = None
    q_lora_rank: Known | None = None
    kv_lora_rank: Known | None = None
    positions: Known | None = None
    tied_embeddings: bool | None = None
    contradictions: tuple[str, ...] = ()


#: Fields that a configuration fills in -> what its keys are called together, where that is another word.
_FROM_CONFIG: Final[Mapping[str, str]] = {
    **{name: name for name in ("layers", "hidden", "intermediate", "expert_intermediate", "vocabulary", "heads")},
    **{name: name for name in ("kv_heads", "head_dim", "experts", "experts_per_token", "shared_experts")},
    **{name: name for name in ("q_lora_rank", "kv_lora_rank")},
    "positions": "max_context",
}
#: field -> (ends of names, axis): the first end found in the text part counts.
_SHAPES: Final[Mapping[str, tuple[tuple[str, int], ...]]] = {
    "intermediate": (
        ("mlp.down_proj", 1),
        ("mlp.fc1", 0),
        ("fc1", 0),
        ("mlp.dense_h_to_4h", 0),
        ("intermediate.dense", 0),
        ("feed_forward.w1", 0),
        ("DenseReluDense.wo", 1),
        ("mlp.c_fc", 1),
        ("feed_forward.down_proj", 1),
    ),
    "expert_intermediate": (
        ("mlp.experts.*.down_proj", 1),
        ("experts.*.w2", 1),
        ("mlp.experts.down_proj", 1),
        ("feed_forward.experts.down_proj", 1),
    ),
    "experts": (
        ("mlp.gate", 0),
        ("block_sparse_moe.gate", 0),
        ("mlp.router", 0),
        ("feed_forward.router", 0),
        ("feed_forward.gate", 0),
        ("router.layer", 0),
        ("router.classifier", 0),
        ("mlp.gate.wg", 0),
        ("mlp.router.classifier", 0),
        ("mlp.router.gate", 0),
        ("moe.gate", 0),
        ("moe_block.gate", 0),
        ("mixer.gate", 0),
        ("ff_i.gate", 0),
    ),
    "kv_rows": (("self_attn.k_proj", 0), ("attention.wk", 0), ("attention.self.key", 0)),
    "q_lora_rank": (("self_attn.q_a_proj", 0),),
    "kv_lora_rank": (("self_attn.kv_a_layernorm", 0),),
    "positions": (("wpe", 0), ("embed_positions", 0), ("position_embeddings", 0), ("position_embedding", 0)),
}
#: Components that compute; text encoders count only where there is no other of them.
_STACKS: Final = frozenset(("transformer", "text_encoder"))
_TEXT: Final = frozenset(("transformer", "embedding", "head", "text_encoder"))
_CHECKED: Final = ("hidden", "layers", "experts", "vocabulary")


def deduce(labels: Sequence[LabelledGroup], config: Mapping[str, Any], *, checked: bool = False) -> Hyperparameters:
    """The numbers of one weight set: from shapes where they tell them, from the configuration otherwise.

    `checked` compares both; for sets whose blocks are known to the last leaf, so that each number means one thing.
    """
    text = text_config(config)
    labels = _computing(labels)
    shapes = _from_shapes(labels)
    values = dict(shapes)
    for name, field_of_keys in _FROM_CONFIG.items():
        if name not in values and (found := find_number(text, KEYS_OF[field_of_keys])) is not None:
            values[name] = Known(value=found[1], source=f"config.json {found[0]}")
    _heads(values, labels)
    contradictions = _contradictions(shapes, text) if checked else ()
    return Hyperparameters(**values, tied_embeddings=_tied(labels), contradictions=contradictions)


def _computing(labels: Sequence[LabelledGroup]) -> Sequence[LabelledGroup]:
    """Without the text encoders that serve another part."""
    if not any(label.role.component in ("transformer", "unet") for label in labels):
        return labels
    return [label for label in labels if label.role.component != "text_encoder"]


# -- shapes --------------------------------------------------------------------------------------------------


def _from_shapes(labels: Sequence[LabelledGroup]) -> dict[str, Known]:
    wanted = {end for ends in _SHAPES.values() for end, _ in ends}
    found: dict[str, tuple[Shape, str]] = {}
    for label in labels:
        if label.role.component in _TEXT and label.logical.kind == "parameter":
            for end in ends_of(leaf_name(label.logical.weight)):
                if end in wanted:
                    found.setdefault(end, (label.logical.shape, label.logical.weight))
    values = _embedding(labels)
    if layers := _layers(labels):
        values["layers"] = layers
    for name, ends in _SHAPES.items():
        for end, axis in ends:
            shape, weight = found.get(end, ((), ""))
            if shape:
                values[name] = Known(value=_count(name, shape, axis, values), source=f"shape of {weight}")
                break
    return values


def _count(name: str, shape: Shape, axis: int, values: Mapping[str, Known]) -> int:
    """The length of an axis; a router may lie transposed, its inputs first (ERNIE 4.5 VL)."""
    count, hidden = shape[_axis(shape, axis)], values.get("hidden")
    if name == "experts" and len(shape) == 2 and hidden is not None and count == hidden.value:
        return shape[1]
    return count


def _axis(shape: Shape, axis: int) -> int:
    """An axis of a linear weight, in a stack of experts too."""
    return min(axis + max(len(shape) - 2, 0), len(shape) - 1)


def _embedding(labels: Sequence[LabelledGroup]) -> dict[str, Known]:
    """Vocabulary and width from the largest table of token embeddings."""
    tables = [
        label.logical
        for label in labels
        if label.role.part == "embedding"
        and label.role.component in ("embedding", "text_encoder")
        and "per_layer" not in label.logical.weight
        and len(label.logical.shape) == 2
        and label.logical.shape[0] > label.logical.shape[1] // 2
    ]
    if not tables:
        return {}
    table = max(tables, key=lambda logical: logical.shape[0] * logical.shape[1])
    source = f"shape of {table.weight}"
    return {
        "vocabulary": Known(value=table.shape[0], source=source),
        "hidden": Known(value=table.shape[1], source=source),
    }


def _layers(labels: Sequence[LabelledGroup]) -> Known | None:
    """How many blocks hold the most frequent tensor that a block has once."""
    counts: dict[str, int] = {}
    for label in labels:
        pattern = label.group.pattern
        if label.role.component in _STACKS and pattern.count("*") == 1 and below_block(pattern):
            counts[pattern] = counts.get(pattern, 0) + label.group.tensors
    if not counts:
        return None
    pattern = max(counts, key=lambda name: counts[name])
    return Known(value=counts[pattern], source=f"number of {pattern}")


def _tied(labels: Sequence[LabelledGroup]) -> bool | None:
    components = {label.role.component for label in labels}
    if "embedding" not in components or "transformer" not in components:
        return None
    return "head" not in components


# -- heads, checks -------------------------------------------------------------------------------------------


def _heads(values: dict[str, Known], labels: Sequence[LabelledGroup]) -> None:
    """Heads where the width of one is known: from the norm over one head, or from the configuration."""
    query = _shape_of(labels, ("self_attn.q_proj", "attention.wq"))
    if query is None or "kv_lora_rank" in values:
        return
    rows = Known(value=query[0][0], source=f"shape of {query[1]}")
    norm = _shape_of(labels, ("self_attn.q_norm", "self_attn.q_layernorm"))
    if norm and len(norm[0]) == 1 and norm[0][0] < rows.value and _divides(norm[0][0], rows.value):
        values["head_dim"] = Known(value=norm[0][0], source=f"shape of {norm[1]}")
    heads = values.get("heads")
    if "head_dim" not in values and heads is not None and _divides(heads.value, rows.value):
        values["head_dim"] = Known(value=rows.value // heads.value, source=f"{rows.source} over {heads.source}")
    _share(values, "heads", rows)
    _share(values, "kv_heads", values.get("kv_rows"))


def _share(values: dict[str, Known], name: str, rows: Known | None) -> None:
    """How many heads fit into the rows of a projection, where no configuration tells (a gate may share the rows)."""
    width = values.get("head_dim")
    if name not in values and width is not None and rows is not None and _divides(width.value, rows.value):
        values[name] = Known(value=rows.value // width.value, source=f"{rows.source} over the width of a head")


def _divides(part: int, whole: int) -> bool:
    return 0 < part <= whole and whole % part == 0


def _shape_of(labels: Sequence[LabelledGroup], ends: Sequence[str]) -> tuple[Shape, str] | None:
    for label in labels:
        name = leaf_name(label.logical.weight)
        if label.role.component == "transformer" and len(label.logical.shape) > 0 and name.endswith(tuple(ends)):
            return label.logical.shape, label.logical.weight
    return None


def _contradictions(shapes: Mapping[str, Known], text: Mapping[str, Any]) -> tuple[str, ...]:
    told = []
    for name in _CHECKED:
        seen, said = shapes.get(name), find_number(text, KEYS_OF[name])
        if seen is None or said is None or _tolerated(name, seen.value, said[1]):
            continue
        told.append(f"config.json says {said[0]} {said[1]}, the {seen.source} says {seen.value}")
    return tuple(told)


def _tolerated(name: str, seen: int, said: int) -> bool:
    """A vocabulary may be padded; a layer that predicts further tokens may be counted or not."""
    slack: Mapping[str, Callable[[], bool]] = {
        "vocabulary": lambda: 0 <= seen - said < 1024,
        "layers": lambda: abs(seen - said) <= 1,
    }
    return seen == said or (name in slack and slack[name]())
