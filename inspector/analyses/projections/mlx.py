"""mlx-lm: every module with `to_quantized` whose rows divide by the group; experts are merged to one tensor a layer.

Follows mlx-lm 0.32.2 `utils.quantize_model` with each model's own `quant_predicate`, and its weight names.
"""

from collections.abc import Sequence
from typing import Final

from inspector.analyses.projections.containers import metadata_bytes
from inspector.analyses.projections.modules import Module
from inspector.analyses.projections.plan import GIB, Container, Part, Row, drop, keep
from inspector.analyses.projections.weights import Stems, WeightSource
from inspector.knowledge.schemes import Scheme
from inspector.model import Form

CONTAINER: Final = Container(metadata=metadata_bytes({"format": "mlx"}), ordered=False, max_shard_bytes=5 * GIB)

#: Mode -> bits, group and dtype of scales ("" is the model's); affine has biases too.
_MODES: Final = {"mxfp4": (4, 32), "nvfp4": (4, 16), "mxfp8": (8, 32)}

#: Modules that some models' `quant_predicate` keeps at 8 bits in groups of 64: model types, end of the module's name.
_EIGHT_BITS: Final[tuple[tuple[frozenset[str], str], ...]] = (
    (
        frozenset(
            {"qwen3_moe", "qwen3_next", "qwen3_vl_moe", "Klear", "kimi_linear", "qwen3_5_moe", "mellum"},
        ),
        "mlp.gate",
    ),
    (frozenset({"qwen3_next", "qwen3_5_moe"}), "shared_expert_gate"),
    (frozenset({"gpt_oss", "jamba"}), "router"),
    (frozenset({"minimax"}), "block_sparse_moe.gate"),
    (frozenset({"lfm2_moe"}), "feed_forward.gate"),
    (frozenset({"granitemoe"}), "block_sparse_moe.router.layer"),
    (frozenset({"granite", "granitemoe"}), "self_attn.o_proj"),
    (frozenset({"granite", "granitemoe"}), "mlp.down_proj"),
    (frozenset({"granite", "granitemoe"}), "lm_head"),
)

#: Model types whose router is a parameter and no layer in mlx-lm.
_BARE_ROUTERS: Final = frozenset(
    {
        *("deepseek", "deepseek_v2", "deepseek_v3", "deepseek_v32", "kimi_k2", "dots1"),
        *("exaone_moe", "glm4_moe", "glm4_moe_lite", "mimo_v2_flash", "nemotron_h"),
    }
)

#: Model types whose `kv_b_proj` mlx-lm splits into a matrix for queries and one for outputs, stacked by head.
_SPLIT_LATENTS: Final = frozenset(
    {"deepseek_v3", "deepseek_v32", "kimi_k2", "glm4_moe_lite", "kimi_linear", "longcat_flash", "mistral4"}
)

#: Names that mlx-lm gives the projections of merged experts.
_PROJECTIONS: Final = {"w1": "gate_proj", "w2": "down_proj", "w3": "up_proj"}
_TAKEN: Final = frozenset({"linear", "gate", "head", "embedding", "router", "expert", "experts"})
_TOWERS: Final = frozenset({"vision_encoder", "audio_encoder", "projector"})


def plan_mlx(scheme: Scheme, source: WeightSource, modules: Sequence[Module]) -> list[Row]:
    """One row for each weight of a language model; towers stay 16 bit, MTP layers and rotary tables are left out."""
    return [_row(scheme, source, module) for module in modules]


def _row(scheme: Scheme, source: WeightSource, module: Module) -> Row:
    weight = module.weight
    if weight.component == "mtp" or (weight.is_buffer and "rotary" in weight.pattern):
        return drop(weight, "left out: mlx-lm's model code has no such tensor")
    if module.kind == "head" and source.ties_head:
        return drop(weight, "left out: the configuration ties it to the embedding")
    if weight.component in _TOWERS or module.kind not in _TAKEN:
        return keep(source, weight, f"kept: {_kept_reason(module)}")
    latents = _latent_shapes(source, module)
    if latents:
        return _split_row(scheme, source, module, latents)
    bits, group, mode = _parameters(scheme, source, module)
    shape = (*weight.shape[:-2], module.rows, module.cols)
    if module.cols % _group_of(scheme) or _is_bare_router(source, module):
        reason = "kept: a bare parameter" if module.kind == "router" else f"kept: rows of {module.cols}"
        return _merged_row(source, module, (Part(".weight", weight.dtype, shape),), "", reason)
    parts = _parts(shape, weight.dtype, bits, group, mode)
    reason = "linear layer" if module.kind == "linear" else module.kind
    return _merged_row(source, module, parts, f"mlx {bits} bits", reason)


def _latent_shapes(source: WeightSource, module: Module) -> tuple[tuple[int, ...], ...]:
    """Shapes of the two halves of a `kv_b_proj` that is split, () for any other module."""
    if source.model_type not in _SPLIT_LATENTS or not module.weight.stem.endswith(".kv_b_proj"):
        return ()
    sizes = [source.config.get(key) for key in ("num_attention_heads", "qk_nope_head_dim", "v_head_dim")]
    if not all(isinstance(size, int) and size > 0 for size in sizes):
        return ()
    heads, queries, values = (int(size) for size in sizes if size is not None)
    if heads * (queries + values) != module.rows:
        return ()
    return (heads, module.cols, queries), (heads, values, module.cols)


def _split_row(scheme: Scheme, source: WeightSource, module: Module, shapes: tuple[tuple[int, ...], ...]) -> Row:
    """The row of a `kv_b_proj`: `embed_q` and `unembed_out`, each with a matrix for each head."""
    weight = module.weight
    bits, group, mode = _parameters(scheme, source, module)
    runs = []
    for name, shape in zip(("embed_q", "unembed_out"), shapes, strict=True):
        fits = shape[-1] % _group_of(scheme) == 0
        parts = _parts(shape, weight.dtype, bits, group, mode) if fits else (Part(".weight", weight.dtype, shape),)
        stems = source.stems(weight).with_ending("kv_b_proj", name)
        runs += [stems.run(part.leaf, Form(part.dtype, part.shape)) for part in parts]
    to, reason = f"mlx {bits} bits", "linear layer, split by heads"
    return Row(weight=weight, runs=tuple(runs), to_dtype=to, reason=reason, converted=True)


def _is_bare_router(source: WeightSource, module: Module) -> bool:
    return module.kind == "router" and source.model_type in _BARE_ROUTERS


def _kept_reason(module: Module) -> str:
    if module.weight.component in _TOWERS:
        return "towers are not quantised"
    return {"norm": "norm", "vector": "one-dimensional", "conv": "convolution"}.get(module.kind, "a bare parameter")


def _group_of(scheme: Scheme) -> int:
    """The group that a row has to divide by; modules with parameters of their own are tested with it too."""
    variant = scheme.id.removeprefix("mlx/")
    return _MODES[variant][1] if variant in _MODES else int(variant.partition("bit-g")[2])


def _parameters(scheme: Scheme, source: WeightSource, module: Module) -> tuple[int, int, str]:
    """Bits, group and mode of one module; a model's own predicate names bits and group, which makes it affine."""
    variant = scheme.id.removeprefix("mlx/")
    stem = module.weight.stem
    model_type = source.model_type
    for types, ending in _EIGHT_BITS:
        if model_type in types and stem.endswith(ending):
            return 8, 64, "affine"
    if variant in _MODES:
        return *_MODES[variant], variant
    bits, _, group = variant.partition("bit-g")
    return int(bits), int(group), "affine"


def _parts(shape: tuple[int, ...], dtype: str, bits: int, group: int, mode: str) -> tuple[Part, ...]:
    lead, cols = shape[:-1], shape[-1]
    codes = Part(".weight", "U32", (*lead, cols * bits // 32))
    if mode == "affine":
        scales = (*lead, cols // group)
        return codes, Part(".scales", dtype, scales), Part(".biases", dtype, scales)
    return codes, Part(".scales", "U8", (*lead, cols // group))


def _merged_row(source: WeightSource, module: Module, parts: Sequence[Part], to_dtype: str, reason: str) -> Row:
    """The row of a module, the experts of one layer stacked to one module."""
    weight = module.weight
    stems = _merged_stems(source, module)
    if module.kind == "expert":
        stack = weight.count // stems.modules
        parts = [part._replace(shape=(stack, *part.shape)) for part in parts]
    runs = tuple(stems.run(part.leaf, Form(part.dtype, part.shape)) for part in parts)
    to = to_dtype or runs[0].form.dtype
    return Row(weight=weight, runs=runs, to_dtype=to, reason=reason, converted=bool(to_dtype))


def _merged_stems(source: WeightSource, module: Module) -> Stems:
    """Module names in mlx-lm; the experts of a layer become one module."""
    weight = module.weight
    if module.kind != "expert":
        return source.stems(weight)
    last = weight.stem.rpartition(".")[2]
    return source.expert_stems(weight).with_ending("", f".switch_mlp.{_PROJECTIONS.get(last, last)}")
