"""Schemes that store each linear layer on its own: which layers a tool takes, and what it does with the rest."""

from collections.abc import Mapping, Sequence
from typing import Final

from inspector.analyses.projections import experts
from inspector.analyses.projections.containers import metadata_bytes
from inspector.analyses.projections.layouts import (
    NESTED_OFFSET,
    NESTED_OFFSET_RANGE,
    REFUSED,
    Layout,
    layout_of,
)
from inspector.analyses.projections.modules import Module, ModuleKind, is_denoiser_weight, set_kind
from inspector.analyses.projections.plan import GB, Container, Part, Row, convert, drop, keep
from inspector.analyses.projections.weights import Weight, WeightSource
from inspector.knowledge.schemes import Scheme
from inspector.values import frozen, replace

PT: Final = metadata_bytes({"format": "pt"})

#: Buffers that current model code computes and does not save.
_COMPUTED: Final = ("rotary_emb.inv_freq", ".masked_bias", ".attn.bias", ".attention.bias", ".position_ids")


_TRANSFORMERS_FILES: Final = Container(metadata=PT)


@frozen
class Tool:
    """How one tool chooses: `takes` are the module kinds it converts, of the components in `components` (() is all).

    `loads_mtp`: multi-token-prediction layers survive. `loads_with_transformers`: its model code decides dtypes.
    `writes_state_dict`: names are those in memory. `converts_conv1d`: GPT-2's Conv1D counts as linear.
    `in_blocks`: only layers of blocks are taken.
    """

    takes: frozenset[ModuleKind]
    components: frozenset[str] = frozenset()
    loads_mtp: bool = False
    loads_with_transformers: bool = False
    writes_state_dict: bool = False
    converts_conv1d: bool = False
    in_blocks: bool = False
    container: Container = _TRANSFORMERS_FILES
    experts: str = "kept: fused experts are no linear layers in transformers 5"


_TEXT: Final = frozenset({"transformer", "mtp"})
_TOWERS: Final = frozenset({"vision_encoder", "audio_encoder", "projector"})

TOOLS: Final[Mapping[str, Tool]] = {
    "bnb": Tool(takes=frozenset({"linear", "gate"}), converts_conv1d=True, loads_with_transformers=True),
    "torchao": Tool(takes=frozenset({"linear", "gate"}), loads_with_transformers=True),
    "quanto": Tool(takes=frozenset({"linear", "gate"}), writes_state_dict=True, loads_with_transformers=True),
    "hqq": Tool(
        takes=frozenset({"linear", "gate"}),
        writes_state_dict=True,
        loads_with_transformers=True,
        container=Container(metadata=0, pickled=True),
    ),
    "fp8": Tool(takes=frozenset({"linear", "gate", "expert", "experts"}), loads_with_transformers=True, loads_mtp=True),
    "ct": Tool(takes=frozenset({"linear", "expert", "experts"}), components=_TEXT, loads_with_transformers=True),
    "nvfp4": Tool(takes=frozenset({"linear", "expert", "experts"}), components=_TEXT),
    "gptq": Tool(takes=frozenset({"linear", "expert", "experts"}), components=_TEXT, in_blocks=True),
    "awq": Tool(takes=frozenset({"linear", "expert", "experts"}), components=_TEXT, in_blocks=True),
    "bitnet": Tool(takes=frozenset({"linear", "expert", "experts"}), components=_TEXT, in_blocks=True),
    "exl3": Tool(
        takes=frozenset({"linear", "expert", "experts", "head"}),
        components=_TEXT | {"head"},
        in_blocks=True,
        container=Container(metadata=0, max_shard_bytes=8 * GB),
    ),
    "comfy": Tool(takes=frozenset({"linear"}), container=Container(metadata=0, max_shard_bytes=10**15)),
}

#: Model types whose linear layers are a class of their own, which a test for exactly nn.Linear passes by.
_OWN_LINEAR: Final[Mapping[str, frozenset[str]]] = {
    "bnb": frozenset({"falcon"}),
    "fp8": frozenset({"falcon"}),
    "ct": frozenset({"falcon"}),
}
#: Model types of transformers whose `_keep_in_fp32_modules` are linear layers, with the last part of their names.
_KEPT_LAYERS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("t5", "mt5", "umt5", "udop", "pop2piano"), "wo"),
    **dict.fromkeys(("deepseek_v32", "glm_moe_dsa"), "indexer.weights_proj"),
}
#: Model types of transformers whose routers are linear layers like others, to a tool that goes by the class.
_LINEAR_ROUTERS: Final = frozenset(
    {"afmoe", "hunyuan_v1_moe", "jetmoe", "longcat_flash", "nllb-moe", "switch_transformers"}
)
#: Tensors that transformers keeps in F32 whatever the model's dtype (`_keep_in_fp32_modules_strict`), the model types
#: that do not, and what single ones add.
_ALWAYS_F32: Final = ("e_score_correction_bias",)
_NOT_F32: Final = frozenset({"kimi_linear", "laguna", "longcat_flash", "minimax_m2"})
_F32_OF_TYPES: Final[Mapping[str, tuple[str, ...]]] = {
    "ernie4_5_moe": ("mlp.gate.weight",),
    "ernie4_5_vl_moe": ("mlp.gate.weight",),
}

#: diffusers models/transformers/transformer_wan.py `_keep_in_fp32_modules`.
_WAN_F32: Final = ("time_embedder", "scale_shift_table", "norm1", "norm2", "norm3")

_KEPT: Final[Mapping[ModuleKind, str]] = {
    "head": "kept: output head",
    "embedding": "kept: embedding",
    "router": "kept: router",
    "gate": "kept: gate of the shared expert",
    "norm": "kept: norm",
    "conv": "kept: not a linear layer",
    "vector": "kept: one-dimensional",
    "parameter": "kept: a bare parameter, not a linear layer",
    "linear": "kept: outside of the layers that the tool converts",
    "expert": "kept: expert",
}


def plan_linear(scheme: Scheme, source: WeightSource, modules: Sequence[Module]) -> list[Row] | str:
    """One row for each weight of a set, converted where the tool of `scheme` takes the module; or why it refuses."""
    tool = TOOLS[scheme.family]
    layout = layout_of(scheme.id)
    if layout is None:
        return "no layout is known for linear layers"
    if set_kind(source) == "denoiser":
        rows = [_denoiser_row(scheme, tool, layout, source, module) for module in modules]
    else:
        rows = [_row(scheme, tool, layout, source, module) for module in modules]
    refused = next((row.reason for row in rows if row.reason.startswith(REFUSED)), "")
    if refused:
        return refused.removeprefix(REFUSED)
    return rows if any(row.converted for row in rows) else "no layer that this tool converts"


def _row(scheme: Scheme, tool: Tool, layout: Layout, source: WeightSource, module: Module) -> Row:
    weight = module.weight
    if _left_out(weight, tool):
        return drop(weight, "left out: the tool's model code has no such tensor")
    if _is_left_to_recipes(tool, source, module):
        return _recipe_row(layout, source, module)
    if weight.component == "mtp" and module.kind in ("head", "embedding", "vector", "norm", "router"):
        return _with_mtp_slack(keep(source, weight, _KEPT[module.kind]))
    if not _takes(tool, source, module) or source.model_type in _OWN_LINEAR.get(scheme.family, ()):
        return _kept_row(tool, source, module)
    if scheme.family in ("bnb", "fp8") and weight.stem.endswith(f".{_KEPT_LAYERS.get(source.model_type, '?')}"):
        return keep(source, weight, "kept: listed in _keep_in_fp32_modules", "F32" if weight.dtype == "F16" else "")
    if scheme.family == "fp8" and weight.component == "mtp" and weight.stem.endswith(".eh_proj"):
        return _with_mtp_slack(keep(source, weight, "kept: as in DeepSeek's release"))
    if scheme.family == "fp8" and experts.is_fusible(module):
        return _with_mtp_slack(experts.fp8_row(source, module, scheme.id))
    parts = _parts(scheme, layout, module)
    if isinstance(parts, str):
        return keep(source, weight, parts)
    stems = experts.linear_stems(source, weight) if scheme.family == "ct" and module.kind == "expert" else None
    reason = "expert" if module.kind in ("expert", "experts") else "linear layer"
    row = convert(source, weight, parts, scheme.id, reason, stems)
    row = _with_slack(scheme, row, keep(source, weight, "").bytes, sure=module.sure and module.kind != "experts")
    return _with_mtp_slack(row)


def _with_mtp_slack(row: Row) -> Row:
    """The row of a prediction module that the release has and transformers does not load: it may be missing."""
    return replace(row, low_slack=row.bytes) if row.weight.component == "mtp" else row


def _is_left_to_recipes(tool: Tool, source: WeightSource, module: Module) -> bool:
    """Is this a layer that published recipes leave out by name, though the tool would take it?"""
    if not tool.components or source.is_encoder_decoder:
        return False
    return module.kind == "gate" or (module.weight.component in _TOWERS and module.kind in tool.takes)


def _recipe_row(layout: Layout, source: WeightSource, module: Module) -> Row:
    """The row of a layer that recipes keep; the bounds have it converted too."""
    why = "gate of the shared expert" if module.kind == "gate" else "tower"
    row = keep(source, module.weight, f"kept: recipes leave it out ({why})")
    parts = layout(module.rows, module.cols, module.weight.dtype)
    if isinstance(parts, str):
        return row
    other = convert(source, module.weight, parts, "", "").bytes
    return replace(row, low_slack=max(0, row.bytes - other), high_slack=max(0, other - row.bytes))


def _denoiser_row(scheme: Scheme, tool: Tool, layout: Layout, source: WeightSource, module: Module) -> Row:
    """The row of a tensor of a diffusion model: the denoiser's linear layers are converted, without an exception."""
    weight = module.weight
    if not is_denoiser_weight(weight):
        return keep(source, weight, "kept: not the denoiser")
    if _stays_f32(source, weight):
        return keep(source, weight, "kept in F32 by the model class", "F32")
    return _row(scheme, tool, layout, source, module)


def _stays_f32(source: WeightSource, weight: Weight) -> bool:
    """Is this one of the modules that diffusers' Wan classes list in `_keep_in_fp32_modules`?"""
    if "Wan" not in str(source.config.get("_class_name", "")):
        return False
    return any(f".{name}." in f".{weight.pattern}." for name in _WAN_F32)


def _kept_row(tool: Tool, source: WeightSource, module: Module) -> Row:
    row = _kept_as_it_is(tool, source, module)
    if module.kind == "head" and source.ties_head:
        return replace(row, low_slack=row.bytes, reason="kept: output head, though the configuration ties it")
    return row


def _kept_as_it_is(tool: Tool, source: WeightSource, module: Module) -> Row:
    fused = module.kind in ("expert", "experts") and module.kind not in tool.takes
    always = () if source.model_type in _NOT_F32 else (*_ALWAYS_F32, *_F32_OF_TYPES.get(source.model_type, ()))
    if tool.loads_with_transformers and module.weight.pattern.endswith(always):
        return keep(source, module.weight, "kept: always F32", "F32")
    if tool.writes_state_dict:
        if experts.is_fusible(module):
            return experts.keep_fused(source, module)
        return experts.keep_internal(source, module, _KEPT.get(module.kind, tool.experts))
    return keep(source, module.weight, tool.experts if fused else _KEPT.get(module.kind, "kept"))


def _left_out(weight: Weight, tool: Tool) -> bool:
    if weight.component == "mtp" and not tool.loads_mtp:
        return True
    return weight.is_buffer and weight.pattern.endswith(_COMPUTED)


def _takes(tool: Tool, source: WeightSource, module: Module) -> bool:
    router = module.kind == "router" and source.model_type in _LINEAR_ROUTERS
    kind = "gate" if router and len(module.weight.shape) == 2 else module.kind
    if kind not in tool.takes or (module.conv1d and not tool.converts_conv1d):
        return False
    if tool.components and module.weight.component not in tool.components and not source.is_encoder_decoder:
        return False
    return not tool.in_blocks or module.kind == "head" or "*" in module.weight.stem


def _parts(scheme: Scheme, layout: Layout, module: Module) -> tuple[Part, ...] | str:
    """The stored tensors of a module; a stack of experts is that of one expert with the stack in front."""
    if scheme.family == "exl3" and module.kind == "head":
        layout = layout_of("exl3/6.0") or layout
    parts = layout(module.rows, module.cols, module.weight.dtype)
    if module.kind != "experts" or isinstance(parts, str):
        return parts
    stack = module.weight.shape[:-2]
    return tuple(part._replace(leaf=f".{module.weight.leaf}{part.leaf}", shape=stack + part.shape) for part in parts)


def _with_slack(scheme: Scheme, row: Row, kept_bytes: int, *, sure: bool) -> Row:
    """The row with what may differ: the text of nested_offset, or everything where the kind of module is not sure."""
    low = high = 0
    if scheme.id.endswith("-dq"):
        low = (NESTED_OFFSET - NESTED_OFFSET_RANGE[0]) * row.weight.count
        high = (NESTED_OFFSET_RANGE[1] - NESTED_OFFSET) * row.weight.count
    if not sure:
        low, high = max(low, row.bytes - kept_bytes), max(high, kept_bytes - row.bytes)
    return replace(row, low_slack=low, high_slack=high) if low or high else row
