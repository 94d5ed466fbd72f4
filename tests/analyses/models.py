"""Small checkpoints of real families, built from a spec: the fewest tensors that show the family."""

from collections.abc import Mapping
from typing import Any

from inspector.analyses.census import Census
from inspector.analyses.labelling import take_census
from inspector.model import Checkpoint, Target, WeightSet
from tests.builder import Spec, shard

WIDTH, INNER, VOCABULARY = 64, 160, 1000


def decoder(
    layers: int = 3,
    *,
    prefix: str = "model.",
    head: bool = True,
    extra: Mapping[str, tuple[int, ...]] | None = None,
    lacks: tuple[str, ...] = (),
) -> dict[str, tuple[str, tuple[int, ...]]]:
    """A Llama of 64 wide states with `extra` leaves in each block and without those in `lacks`."""
    block: dict[str, tuple[int, ...]] = {
        "self_attn.q_proj.weight": (WIDTH, WIDTH),
        "self_attn.k_proj.weight": (WIDTH // 4, WIDTH),
        "self_attn.v_proj.weight": (WIDTH // 4, WIDTH),
        "self_attn.o_proj.weight": (WIDTH, WIDTH),
        "mlp.gate_proj.weight": (INNER, WIDTH),
        "mlp.up_proj.weight": (INNER, WIDTH),
        "mlp.down_proj.weight": (WIDTH, INNER),
        "input_layernorm.weight": (WIDTH,),
        "post_attention_layernorm.weight": (WIDTH,),
    }
    block.update(extra or {})
    spec: dict[str, tuple[str, tuple[int, ...]]] = {f"{prefix}embed_tokens.weight": ("BF16", (VOCABULARY, WIDTH))}
    for layer in range(layers):
        spec |= {f"{prefix}layers.{layer}.{leaf}": ("BF16", s) for leaf, s in block.items() if leaf not in lacks}
    spec[f"{prefix}norm.weight"] = ("BF16", (WIDTH,))
    return spec | ({"lm_head.weight": ("BF16", (VOCABULARY, WIDTH))} if head else {})


def mixture(experts: int = 8, layers: int = 2) -> dict[str, tuple[str, tuple[int, ...]]]:
    """A Mixtral of 64 wide states."""
    extra = {"block_sparse_moe.gate.weight": (experts, WIDTH)}
    for expert in range(experts):
        extra |= {
            f"block_sparse_moe.experts.{expert}.w1.weight": (INNER, WIDTH),
            f"block_sparse_moe.experts.{expert}.w2.weight": (WIDTH, INNER),
            f"block_sparse_moe.experts.{expert}.w3.weight": (INNER, WIDTH),
        }
    dense = ("mlp.gate_proj.weight", "mlp.up_proj.weight", "mlp.down_proj.weight")
    return decoder(layers, extra=extra, lacks=dense)


def checkpoint(
    sets: Mapping[str, Spec], configs: Mapping[str, Any] | None = None, metadata: Mapping[str, str] | None = None
) -> Checkpoint:
    """A checkpoint with one file for each folder in `sets` ("" is the root)."""
    weight_sets = tuple(
        WeightSet(
            path=folder or "model.safetensors",
            shards=(shard(spec, f"{folder}/model.safetensors" if folder else "model.safetensors", metadata),),
        )
        for folder, spec in sets.items()
    )
    return Checkpoint(
        uri="x", target=Target(kind="folder", ref="x"), weight_sets=weight_sets, configs=dict(configs or {})
    )


def counted(
    sets: Mapping[str, Spec], configs: Mapping[str, Any] | None = None, metadata: Mapping[str, str] | None = None
) -> tuple[Checkpoint, Census]:
    """The checkpoint and its census."""
    made = checkpoint(sets, configs, metadata)
    return made, take_census(made)
