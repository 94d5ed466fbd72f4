"""Small checkpoints as values, for tests of projections; measured sizes that real tools wrote."""

import json
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from inspector.analyses.labelling import take_census
from inspector.analyses.projection import project
from inspector.analyses.projections.families import Target
from inspector.analyses.projections.values import Projection, Projections
from inspector.analyses.projections.weights import WeightSource
from inspector.model import Checkpoint, WeightSet
from inspector.model import Target as Named
from tests.builder import Spec, shard

_MEASURED = json.loads(Path(__file__).with_name("measured.json").read_text(encoding="utf-8"))

#: (model, scheme, bytes of the file, 8 + N of its header), as real tools wrote them.
MEASURED: list[tuple[str, str, int, int]] = [tuple(row) for row in _MEASURED["measured"]]


#: Family -> the tools and versions that wrote the measured files.
TOOLS: dict[str, str] = _MEASURED["tools"]


def checkpoint_of(
    sets: Mapping[str, Spec],
    configs: Mapping[str, Any] | None = None,
    metadata: Mapping[str, str] | None = None,
) -> Checkpoint:
    """A checkpoint of one file for each weight set: path of the set -> its tensors."""
    weights = tuple(
        WeightSet(
            path=path, shards=(shard(spec, f"{path}/model.safetensors" if path else "model.safetensors", metadata),)
        )
        for path, spec in sets.items()
    )
    return Checkpoint(
        uri="memory", target=Named(kind="folder", ref="model"), weight_sets=weights, configs=dict(configs or {})
    )


def linear(
    stem: str, rows: int, cols: int, dtype: str = "BF16", *, bias: bool = False
) -> dict[str, tuple[str, tuple[int, ...]]]:
    spec: dict[str, tuple[str, tuple[int, ...]]] = {f"{stem}.weight": (dtype, (rows, cols))}
    return spec | {f"{stem}.bias": (dtype, (rows,))} if bias else spec


def llama(
    *, layers: int = 2, hidden: int = 256, width: int = 512, kv: int = 128, vocab: int = 512, dtype: str = "BF16"
) -> dict[str, tuple[str, tuple[int, ...]]]:
    """A language model with llama's names and an output head of its own."""
    spec = linear("lm_head", vocab, hidden, dtype) | linear("model.embed_tokens", vocab, hidden, dtype)
    for layer in range(layers):
        stem = f"model.layers.{layer}"
        spec |= linear(f"{stem}.self_attn.q_proj", hidden, hidden, dtype)
        spec |= linear(f"{stem}.self_attn.k_proj", kv, hidden, dtype) | linear(
            f"{stem}.self_attn.v_proj", kv, hidden, dtype
        )
        spec |= linear(f"{stem}.self_attn.o_proj", hidden, hidden, dtype)
        spec |= linear(f"{stem}.mlp.gate_proj", width, hidden, dtype) | linear(
            f"{stem}.mlp.up_proj", width, hidden, dtype
        )
        spec |= linear(f"{stem}.mlp.down_proj", hidden, width, dtype)
        spec |= {
            f"{stem}.{norm}.weight": (dtype, (hidden,)) for norm in ("input_layernorm", "post_attention_layernorm")
        }
    return spec | {"model.norm.weight": (dtype, (hidden,))}


def projected(spec: Spec, *schemes: str, config: Mapping[str, Any] | None = None) -> Projections:
    """Projections of a checkpoint of one file."""
    checkpoint = checkpoint_of({"": spec}, {"config.json": dict(config or {})}, {"format": "pt"})
    return project(checkpoint, take_census(checkpoint), schemes)


def one(spec: Spec, scheme: str, *, config: Mapping[str, Any] | None = None) -> Projection:
    """The projection of one scheme, which has to be offered."""
    found = projected(spec, scheme, config=config)
    assert found.projections, found.not_offered
    return found.projections[0]


def refusal(spec: Spec, scheme: str, *, config: Mapping[str, Any] | None = None) -> str:
    """Why one scheme is not offered."""
    found = projected(spec, scheme, config=config)
    assert not found.projections
    return found.not_offered[0].reason


def target(spec: Spec, config: Mapping[str, Any] | None = None) -> Target:
    """The one weight set of a checkpoint as quantisers meet it."""
    checkpoint = checkpoint_of({"": spec}, {"config.json": dict(config or {})})
    census = take_census(checkpoint).sets[0]
    return Target(WeightSource(census, census.context.config), checkpoint)


@cache
def measured_model(name: str) -> Checkpoint:
    """A checkpoint that real tools quantised."""
    model = _MEASURED["models"][name]
    spec = {tensor: (dtype, tuple(shape)) for tensor, (dtype, shape) in model["tensors"].items()}
    return checkpoint_of({"": spec}, {"config.json": model["config"]}, {"format": "pt"})


@cache
def measured_schemes(name: str) -> tuple[str, ...]:
    return tuple(scheme for model, scheme, _, _ in MEASURED if model == name)


@cache
def measured_projections(name: str) -> Projections:
    """All schemes that were measured on one model, projected at once."""
    checkpoint = measured_model(name)
    return project(checkpoint, take_census(checkpoint), measured_schemes(name))


def by_scheme(rows: Iterable[Projection]) -> dict[str, Projection]:
    return {row.scheme: row for row in rows}
