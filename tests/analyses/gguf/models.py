"""Small checkpoints for GGUF tests: from a spec to a census, the way every command goes."""

from collections.abc import Mapping, Sequence
from typing import Any

from inspector.analyses.census import WeightSetCensus
from inspector.analyses.gguf.model import GgufProjection, GgufTensors, GgufTraits, Refusal
from inspector.analyses.gguf.project import GgufModel, prepare, project
from inspector.analyses.gguf.tokenizer import TokenizerFiles
from inspector.analyses.labelling import take_census
from inspector.model import Checkpoint, Target, WeightSet
from tests.builder import Spec, shard

CONFIG: Mapping[str, Any] = {
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "num_hidden_layers": 2,
    "hidden_size": 256,
    "num_attention_heads": 4,
    "num_key_value_heads": 1,
    "vocab_size": 512,
}


def llama(layers: int = 2, width: int = 256, inner: int = 512, *, head: bool = True) -> dict[str, Any]:
    """A decoder with four query heads and one key/value head."""
    spec: dict[str, Any] = {"model.embed_tokens.weight": ("BF16", [512, width])}
    for layer in range(layers):
        block = f"model.layers.{layer}"
        spec |= {
            f"{block}.input_layernorm.weight": ("BF16", [width]),
            f"{block}.self_attn.q_proj.weight": ("BF16", [width, width]),
            f"{block}.self_attn.k_proj.weight": ("BF16", [width // 4, width]),
            f"{block}.self_attn.v_proj.weight": ("BF16", [width // 4, width]),
            f"{block}.self_attn.o_proj.weight": ("BF16", [width, width]),
            f"{block}.post_attention_layernorm.weight": ("BF16", [width]),
            f"{block}.mlp.gate_proj.weight": ("BF16", [inner, width]),
            f"{block}.mlp.up_proj.weight": ("BF16", [inner, width]),
            f"{block}.mlp.down_proj.weight": ("BF16", [width, inner]),
        }
    spec["model.norm.weight"] = ("BF16", [width])
    if head:
        spec["lm_head.weight"] = ("BF16", [512, width])
    return spec


def census_of(spec: Spec, config: Mapping[str, Any] = CONFIG) -> WeightSetCensus:
    checkpoint = Checkpoint(
        uri="model.safetensors",
        target=Target(kind="folder", ref="model"),
        weight_sets=(WeightSet(path="", shards=(shard(spec),)),),
        configs={"config.json": dict(config)},
    )
    return take_census(checkpoint).sets[0]


def model_of(
    spec: Spec, config: Mapping[str, Any] = CONFIG, files: TokenizerFiles | None = None, name: str = "tiny"
) -> GgufModel:
    model = prepare(census_of(spec, config), config=config, tokenizer=files or TokenizerFiles(), name=name)
    assert isinstance(model, GgufModel), model
    return model


def refusal_of(spec: Spec, config: Mapping[str, Any] = CONFIG) -> str:
    refused = prepare(census_of(spec, config), config=config)
    assert isinstance(refused, Refusal)
    return refused.reason


def sized(model: GgufModel, scheme: str) -> GgufProjection:
    projection = project(model, scheme)
    assert isinstance(projection, GgufProjection), projection
    return projection


def written(model: GgufModel) -> dict[str, tuple[int, ...]]:
    """GGUF name, block number included -> shape, row length last."""
    rows = (candidate.tensors for candidate in model.candidates)
    return {row.name.replace("*", str(block)): row.shape for row in rows for block in row.blocks}


def types_of(projection: GgufProjection) -> dict[str, dict[str, int]]:
    """GGUF name pattern -> type -> how many tensors."""
    found: dict[str, dict[str, int]] = {}
    for group in projection.groups:
        found.setdefault(group.pattern, {})[group.target] = group.tensors
    return found


def tensors(name: str, shape: Sequence[int], blocks: int = 1) -> GgufTensors:
    return GgufTensors(name=name, shape=tuple(shape), blocks=tuple(range(blocks)), source="BF16")


def traits(**changes: Any) -> GgufTraits:
    values: dict[str, Any] = {
        "architecture": "llama",
        "layers": 32,
        "heads": 32,
        "kv_heads": 32,
        "experts": 0,
        "is_70b": False,
        "tied": False,
    }
    return GgufTraits(**{**values, **changes})
