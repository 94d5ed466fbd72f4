"""Logical parameters out of packed layouts, and nothing mistaken for one."""

import json
from collections.abc import Callable, Mapping
from functools import partial
from math import prod
from typing import Any

import pytest
from hypothesis import given, settings, strategies

from inspector.analyses.census import LogicalGroup, SetContext
from inspector.analyses.inventory import take_inventory
from inspector.analyses.packing import Unpacked, unpack
from inspector.knowledge.packings import ANCHORS, COMPANIONS
from inspector.model import WeightSet
from tests import builder
from tests.analyses import packings_of as of
from tests.analyses.packings_of import Layout, Tensors

#: Layout, its scheme, bits and group size on the model below.
LAYOUTS: Mapping[str, tuple[Layout, str, int | None, int | None]] = {
    "bnb nf4": (of.bnb, "bnb/nf4", 4, 64),
    "bnb fp4": (partial(of.bnb, kind="fp4"), "bnb/fp4", 4, 64),
    "bnb nf4 double": (partial(of.bnb, nested=True), "bnb/nf4-dq", 4, 64),
    "bnb fp4 double": (partial(of.bnb, kind="fp4", nested=True), "bnb/fp4-dq", 4, 64),
    "bnb bf16 storage": (partial(of.bnb, storage="BF16"), "bnb/nf4", 4, 64),
    "bnb f32 storage": (partial(of.bnb, storage="F32"), "bnb/nf4", 4, 64),
    "bnb int8": (of.bnb_int8, "bnb/int8", 8, None),
    "gptq": (of.gptq, "gptq/4bit-g128", 4, 128),
    "gptq 2": (partial(of.gptq, bits=2, group=64), "gptq/2bit-g64", 2, 64),
    "gptq 3": (partial(of.gptq, bits=3), "gptq/3bit-g128", 3, 128),
    "gptq 8 no index": (partial(of.gptq, bits=8, index=False), "gptq/8bit-g128", 8, 128),
    "gptq 4 no index": (partial(of.gptq, index=False), "gptq/4bit-g128", 4, 128),
    "gptq one group": (partial(of.gptq, group=-1), "gptq/4bit-g-1", 4, None),
    "awq": (of.awq, "awq/4bit-g128", 4, 128),
    "awq gemv": (of.awq_gemv, "awq/4bit-g128", 4, 128),
    "quark": (of.quark, "quark/4bit-g128", 4, 128),
    "marlin": (of.marlin, "marlin/4bit-g128", 4, 128),
    "ct w4a16": (of.ct_words, "ct/w4a16", 4, 128),
    "ct w4a16 asym": (partial(of.ct_words, asym=True), "ct/w4a16-asym", 4, 128),
    "ct w8a16": (partial(of.ct_words, bits=8), "ct/w8a16", 8, 128),
    "ct w3a16": (partial(of.ct_words, bits=3), "ct/w3a16", 3, 128),
    "ct w2a16 g64": (partial(of.ct_words, bits=2, group=64), "ct/w2a16", 2, 64),
    "ct w8a16 channel": (partial(of.ct_words, bits=8, group=-1), "ct/w8a16", 8, None),
    "ct nvfp4": (of.ct_nvfp4, "ct/nvfp4", 4, 16),
    "ct mxfp4": (of.ct_mxfp4, "ct/mxfp4a16", 4, 32),
    "ct bitmask": (of.bitmask, "ct/sparse-bitmask", None, None),
    "fp8 channel": (of.fp8, "ct/fp8-dynamic", 8, None),
    "fp8 static": (of.fp8_static, "fp8/scaled", 8, None),
    "fp8 mistral": (of.fp8_mistral, "fp8/scaled", 8, None),
    "fp8 tensor": (of.fp8_tensor, "fp8/scaled", 8, None),
    "fp8 native": (of.fp8_native, "fp8/block-128", 8, 128),
    "mxfp4 bytes": (of.mx_bytes, "mxfp4/weights", 4, 32),
    "int8 block": (of.int8_block, "int8/block-128", 8, 128),
    "eetq": (of.eetq, "int8/scaled", 8, None),
    "fp8 block": (of.fp8_block, "fp8/block-128", 8, 128),
    "mxfp4": (of.mxfp4, "mxfp4/experts", 4, 32),
    "nvfp4": (of.nvfp4, "nvfp4/modelopt", 4, 16),
    "modelopt int4": (of.modelopt_int4, "modelopt/4bit-g128", 4, 128),
    "mlx 4": (of.mlx, "mlx/4bit-g64", 4, 64),
    "mlx 8 g32": (partial(of.mlx, bits=8, group=32), "mlx/8bit-g32", 8, 32),
    "mlx 2 g128": (partial(of.mlx, bits=2, group=128), "mlx/2bit-g128", 2, 128),
    "mlx 3": (partial(of.mlx, bits=3), "mlx/3bit-g64", 3, 64),
    "mlx 6": (partial(of.mlx, bits=6), "mlx/6bit-g64", 6, 64),
    "mlx mxfp4": (of.mlx_mxfp4, "mlx/mxfp4", 4, 32),
    "torchao": (of.torchao, "torchao/int8wo", 8, None),
    "quanto int4": (of.quanto_int4, "quanto/int4", 4, 128),
    "quanto int8": (of.quanto_int8, "quanto/int8", 8, None),
    "hqq 4": (of.hqq, "hqq/4bit-g64", 4, 64),
    "hqq 3": (partial(of.hqq, bits=3), "hqq/3bit-g64", 3, 64),
    "hqq 2": (partial(of.hqq, bits=2), "hqq/2bit-g64", 2, 64),
    "exl3 4": (of.exl3, "exl3/4.0", 4, None),
    "exl3 2.5": (partial(of.exl3, words=40), "exl3/2.5", None, None),
    "exl2": (of.exl2, "exl2/mixed", 5, None),
    "bitnet": (of.bitnet, "bitnet/b1.58", 2, None),
    "svdquant": (of.svdquant, "svdq/int4", 4, 64),
    "comfy": (of.comfy, "comfy/fp8-scaled", 8, None),
    "aqlm": (of.aqlm, "aqlm/1x16", None, None),
}

Shapes = Mapping[str, tuple[int, ...]]


def llama(*, layers: int = 3, width: int = 256, inner: int = 640, kv: int = 128) -> Shapes:
    """Linear layers of a small grouped-query model; `inner` and `kv` are no powers of each other."""
    shapes = {
        "self_attn.q_proj": (width, width),
        "self_attn.k_proj": (kv, width),
        "self_attn.v_proj": (kv, width),
        "self_attn.o_proj": (width, width),
        "mlp.gate_proj": (inner, width),
        "mlp.up_proj": (inner, width),
        "mlp.down_proj": (width, inner),
    }
    return {f"model.layers.{n}.{name}": shape for n in range(layers) for name, shape in shapes.items()}


def mixture(*, experts: int = 4, width: int = 256, inner: int = 384) -> Shapes:
    shapes = {"gate_proj": (inner, width), "up_proj": (inner, width), "down_proj": (width, inner)}
    return {f"model.layers.1.mlp.experts.{e}.{name}": s for e in range(experts) for name, s in shapes.items()}


def rest(*, layers: int = 3, width: int = 256, vocabulary: int = 1000) -> Tensors:
    """What quantisers leave as it is."""
    norms = {f"model.layers.{n}.{leaf}.weight": ("BF16", (width,)) for n in range(layers) for leaf in ("ln_1", "ln_2")}
    return {
        "model.embed_tokens.weight": ("BF16", (vocabulary, width)),
        **norms,
        "model.norm.weight": ("BF16", (width,)),
    }


def unpacked(tensors: Tensors, config: Mapping[str, Any] | None = None) -> Unpacked:
    weights = WeightSet(path="", shards=(builder.shard(tensors),))
    return unpack(take_inventory(weights), SetContext(config=config or {}))


def params(result: Unpacked) -> int:
    return sum(item.params for item in result.logical)


def by_pattern(result: Unpacked) -> dict[str, LogicalGroup]:
    return {item.group.pattern: item for item in result.logical}


def pack(layout: Layout, shapes: Shapes) -> Tensors:
    return {name: form for stem, (o, i) in shapes.items() for name, form in layout(stem, o, i).items()}


def count(shapes: Shapes) -> int:
    return sum(prod(shape) for shape in shapes.values())


@pytest.mark.parametrize("name", LAYOUTS)
@pytest.mark.parametrize("shapes", [llama(), {**llama(), **mixture()}], ids=["dense", "experts"])
def test_the_same_parameters_from_every_layout(name: str, shapes: Shapes) -> None:
    layout, scheme, bits, group = LAYOUTS[name]
    result = unpacked({**pack(layout, shapes), **rest()})
    assert params(result) == count(shapes) + of.elements(rest())
    (packing,) = result.packings
    assert (packing.scheme, packing.bits, packing.group_size) == (scheme, bits, group)
    assert (packing.modules, packing.params) == (len(shapes), count(shapes))
    assert packing.evidence


@pytest.mark.parametrize("name", LAYOUTS)
def test_every_layout_gives_the_plain_name_and_shape(name: str) -> None:
    result = unpacked({**pack(LAYOUTS[name][0], llama()), **rest()})
    shapes = {item.weight: item.shape for item in result.logical if item.packing and item.kind == "parameter"}
    assert shapes == {
        f"model.layers.*.{stem.split('.', 3)[3]}.weight": shape for stem, shape in llama(layers=1).items()
    }


@pytest.mark.parametrize("name", LAYOUTS)
def test_everything_beside_the_values_is_side_data_of_its_weight(name: str) -> None:
    result = unpacked({**pack(LAYOUTS[name][0], llama()), **rest()})
    side = [item for item in result.logical if item.kind == "side-data"]
    assert side
    assert all(item.params == 0 and item.packing and item.evidence for item in side)
    assert {item.weight for item in side} == {item.weight for item in result.logical if item.packing}


@pytest.mark.parametrize("name", LAYOUTS)
def test_layers_left_in_16_bits_are_told_apart(name: str) -> None:
    layout, scheme, *_ = LAYOUTS[name]
    plain = {stem: shape for stem, shape in llama().items() if stem.startswith("model.layers.2.")}
    quantised = {stem: shape for stem, shape in llama().items() if stem not in plain}
    kept: Tensors = {f"{stem}.weight": ("BF16", shape) for stem, shape in plain.items()}
    result = unpacked({**pack(layout, quantised), **kept, **rest()})
    assert params(result) == count(llama()) + of.elements(rest())
    assert [(p.scheme, p.modules, p.params) for p in result.packings] == [(scheme, 14, count(quantised))]


@pytest.mark.parametrize("name", LAYOUTS)
def test_biases_of_packed_layers_are_parameters(name: str) -> None:
    biases: Tensors = {f"{stem}.bias": ("BF16", (shape[0],)) for stem, shape in llama().items()}
    result = unpacked({**pack(LAYOUTS[name][0], llama()), **rest(), **biases})
    assert params(result) == count(llama()) + of.elements(rest()) + of.elements(biases)


def test_two_precisions_in_one_pattern_are_paired_layer_by_layer() -> None:
    four = {s: shape for s, shape in llama().items() if not s.startswith("model.layers.1.")}
    eight = {s: shape for s, shape in llama().items() if s not in four}
    tensors = {**pack(of.gptq, four), **pack(partial(of.gptq, bits=8), eight), **rest()}
    result = unpacked(tensors)
    assert params(result) == count(llama()) + of.elements(rest())
    assert {(p.scheme, p.modules) for p in result.packings} == {("gptq/4bit-g128", 14), ("gptq/8bit-g128", 7)}


@pytest.mark.parametrize(
    ("layout", "first", "second"),
    [
        (of.mlx, "mlx/4bit-g64", "mlx/8bit-g64"),
        (of.ct_words, "ct/w4a16", "ct/w8a16"),
    ],
)
def test_mixed_words_are_read_by_the_widths_around_them(
    layout: Callable[..., Tensors], first: str, second: str
) -> None:
    wide = partial(layout, bits=8)
    down = {s: shape for s, shape in llama().items() if s.endswith("down_proj")}
    others = {s: shape for s, shape in llama().items() if s not in down}
    result = unpacked({**pack(layout, others), **pack(wide, down), **rest()})
    assert params(result) == count(llama()) + of.elements(rest())
    assert {(p.scheme, p.modules) for p in result.packings} == {(first, 18), (second, 3)}


def test_configuration_decides_where_no_width_is_known() -> None:
    tensors = of.ct_words("proj", 100, 480, bits=8, group=-1)
    config = {"quantization_config": {"config_groups": {"group_0": {"weights": {"num_bits": 8}}}}}
    (packing,) = unpacked(tensors, config).packings
    assert (packing.scheme, packing.params) == ("ct/w8a16", 48000)


def test_widths_outweigh_a_wrong_configuration() -> None:
    config = {"quantization": {"bits": 8, "group_size": 32}}
    result = unpacked({**pack(of.mlx, llama()), **rest()}, config)
    assert [p.scheme for p in result.packings] == ["mlx/4bit-g64"]


def test_a_module_of_its_own_in_the_configuration() -> None:
    tensors = {**of.mlx("a", 64, 4096), **of.mlx("b", 64, 2048, bits=8)}
    config = {"quantization": {"bits": 4, "group_size": 64, "b": {"bits": 8, "group_size": 64}}}
    result = unpacked(tensors, config)
    assert {(p.scheme, p.params) for p in result.packings} == {("mlx/4bit-g64", 64 * 4096), ("mlx/8bit-g64", 64 * 2048)}


def test_rows_that_fill_no_whole_word_take_a_width_seen_elsewhere() -> None:
    result = unpacked({**of.ct_words("proj", 64, 1004), "norm.weight": ("BF16", (1004,))})
    assert by_pattern(result)["proj.weight_packed"].shape == (64, 1004)


def test_blocks_that_cut_the_last_rows_short() -> None:
    result = unpacked(of.fp8_block("proj", 1000, 300))
    (packing,) = result.packings
    assert (packing.scheme, packing.params) == ("fp8/block-128", 300000)


def test_odd_number_of_values_in_bytes_of_two() -> None:
    result = unpacked({**of.bnb("proj", 3, 5), "proj.bias": ("F32", (3,))})
    assert by_pattern(result)["proj.weight"].shape == (3, 5)


def test_fused_experts_in_three_dimensions() -> None:
    tensors: Tensors = {
        "layers.0.mlp.experts.gate_up_proj_blocks": ("U8", (32, 5760, 90, 16)),
        "layers.0.mlp.experts.gate_up_proj_scales": ("U8", (32, 5760, 90)),
        "layers.0.mlp.experts.gate_up_proj_bias": ("BF16", (32, 5760)),
        "layers.1.switch_mlp.up_proj.weight": ("U32", (8, 512, 32)),
        "layers.1.switch_mlp.up_proj.scales": ("BF16", (8, 512, 4)),
        "layers.1.switch_mlp.up_proj.biases": ("BF16", (8, 512, 4)),
        "norm.weight": ("BF16", (256,)),
    }
    found = by_pattern(unpacked(tensors))
    assert found["layers.*.mlp.experts.gate_up_proj_blocks"].shape == (32, 5760, 2880)
    assert found["layers.*.mlp.experts.gate_up_proj_blocks"].weight == "layers.*.mlp.experts.gate_up_proj"
    assert found["layers.*.mlp.experts.gate_up_proj_bias"].params == 32 * 5760
    assert found["layers.*.switch_mlp.up_proj.weight"].shape == (8, 512, 256)


def test_quantised_embedding_is_tied_and_counted_once() -> None:
    result = unpacked({**of.mlx("model.embed_tokens", 1000, 256), "model.norm.weight": ("BF16", (256,))})
    assert params(result) == 256000 + 256


def test_scales_kept_fused_while_their_weights_were_split() -> None:
    tensors: Tensors = {f"mlp.experts.{e}.gate_proj.weight": ("F8_E4M3", (256, 128)) for e in range(4)}
    tensors["mlp.experts.gate_up_proj_scale_inv"] = ("F32", (4, 4, 1))
    result = unpacked(tensors)
    assert params(result) == 4 * 256 * 128
    assert by_pattern(result)["mlp.experts.gate_up_proj_scale_inv"].kind == "side-data"


@pytest.mark.parametrize(
    ("scheme", "side"),
    [
        ("higgs/4bit-g64", {"weight": ("I16", (128, 256)), "scales": ("F16", (512, 4)), "tables": ("F16", (16,))}),
        (
            "mxfp4/weights",
            {"qweight": ("U8", (512, 128)), "scales": ("U8", (512, 8)), "act_global_scale": ("F32", (1,))},
        ),
        (
            "fp-quant",
            {"qweight": ("U8", (512, 128)), "scales": ("U8", (512, 16)), "weight_global_scale": ("F32", (1,))},
        ),
        (
            "quip#",
            {"Qidxs": ("I64", (512, 8)), "SU": ("F16", (256,)), "SV": ("F16", (512,)), "codebook_id": ("I64", ())},
        ),
        ("marlin/4bit-g128", {"qweight": ("I32", (16, 1024)), "scales": ("F16", (2, 512))}),
        ("bitblas/2bit-g-1", {"qweight": ("I8", (512, 64)), "scales": ("F16", (512, 1)), "zeros": ("F16", (512, 1))}),
        ("mlx/4bit-g64", {"weight": ("U32", (512, 32)), "scales": ("F16", (512, 4)), "qbiases": ("F16", (512, 4))}),
    ],
)
def test_layouts_of_rarer_quantisers(scheme: str, side: Tensors) -> None:
    tensors: Tensors = {f"model.layers.0.mlp.up_proj.{leaf}": form for leaf, form in side.items()}
    result = unpacked(tensors | {"model.norm.weight": ("BF16", (256,))}, {"quantization_config": {"bits": 2}})
    assert params(result) == 512 * 256 + 256
    assert result.packings[0].scheme == scheme


def test_copies_of_a_shared_table_are_the_same_parameters() -> None:
    tensors: Tensors = {
        "t5xxl.shared.weight": ("F16", (512, 64)),
        "t5xxl.encoder.embed_tokens.weight": ("F16", (512, 64)),
        "t5xxl.decoder.embed_tokens.weight": ("F16", (510, 64)),
        "t5xxl.encoder.block.0.layer.0.SelfAttention.q.weight": ("F16", (64, 64)),
    }
    result = unpacked(tensors)
    assert params(result) == 512 * 64 + 510 * 64 + 64 * 64
    assert by_pattern(result)["t5xxl.encoder.embed_tokens.weight"].params == 0


def test_scales_beside_a_layer_that_was_not_converted() -> None:
    tensors: Tensors = {
        "layers.0.mlp.up_proj.weight": ("F8_E4M3", (256, 128)),
        "layers.0.mlp.up_proj.weight_scale_inv": ("F32", (2, 1)),
        "layers.0.self_attn.k_proj.weight": ("BF16", (96, 128)),
        "layers.0.self_attn.k_proj.weight_scale_inv": ("F32", (1, 1)),
    }
    result = unpacked(tensors)
    assert params(result) == 256 * 128 + 96 * 128
    assert by_pattern(result)["layers.*.self_attn.k_proj.weight_scale_inv"].kind == "side-data"


def test_cache_scales_and_markers_are_side_data() -> None:
    tensors: Tensors = {
        "layers.0.self_attn.k_scale": ("F32", (1,)),
        "layers.0.self_attn.v_proj.v_scale": ("BF16", ()),
        "scaled_fp8": ("F8_E4M3", (2,)),
        "proj.weight": ("F8_E4M3", (8, 8)),
    }
    assert params(unpacked(tensors)) == 64


def test_nested_states_of_different_lengths_are_one_packing() -> None:
    shapes = {f"layers.{n}.{'x' * n}.proj": (64, 64) for n in range(1, 8)}
    tensors = pack(partial(of.bnb, nested=True), shapes)
    (packing,) = unpacked(tensors).packings
    assert (packing.modules, packing.params) == (7, 7 * 4096)


def test_a_low_bit_weight_of_no_known_layout_is_counted_as_stored() -> None:
    tensors: Tensors = {"a.qweight": ("I32", (7, 5)), "a.scales": ("F16", (3, 11)), "b.weight": ("I32", (4, 4))}
    result = unpacked(tensors)
    (packing,) = result.packings
    assert (packing.scheme, packing.bits, packing.params) == ("unknown-qweight", None, 35)
    assert "no known layout" in by_pattern(result)["a.qweight"].evidence
    assert by_pattern(result)["b.weight"].packing == ""


def test_codes_without_their_widths_are_counted_as_stored() -> None:
    tensors: Tensors = {
        "a.indices": ("I32", (1, 64, 32)),
        "a.centroids.weight": ("F16", (1, 4096)),
        "a.perm": ("I16", (64,)),
    }
    found = unpacked(tensors)
    assert [(p.scheme, p.params) for p in found.packings] == [("unknown-indices", 2048)]
    config = {"quantization_config": {"config_for_layers": {"a": {"in_features": 64, "out_features": 256}}}}
    assert [(p.scheme, p.params) for p in unpacked(tensors, config).packings] == [("vptq", 64 * 256)]


NOT_PACKED: Mapping[str, Tensors] = {
    "lora": {
        "base_model.model.layers.0.q_proj.lora_A.weight": ("F32", (8, 64)),
        "base_model.model.layers.0.q_proj.lora_B.weight": ("F32", (64, 8)),
    },
    "optimizer": {"state/0/exp_avg": ("F32", (64, 64)), "state/0/step": ("F32", ())},
    "layer scale": {"blocks.0.ls1.gamma": ("F32", (64,)), "blocks.0.attn.scale": ("F32", (64,))},
    "norm with scale": {"norm.weight": ("BF16", (64,)), "norm.scale": ("BF16", (64,))},
    "learned scales": {"attn.weight": ("BF16", (64, 64)), "attn.weight_scale": ("BF16", (64,))},
    "scales of a float weight": {"x.weight": ("F32", (64, 8)), "x.scales": ("F32", (64, 1))},
    "biases of a float weight": {"x.weight": ("F32", (64, 8)), "x.biases": ("F32", (64, 1))},
    "weight norm": {"conv.weight_g": ("F32", (64, 1, 1)), "conv.weight_v": ("F32", (64, 8, 3))},
    "parametrised weight norm": {
        "conv.parametrizations.weight.original0": ("F32", (64, 1, 1)),
        "conv.parametrizations.weight.original1": ("F32", (64, 8, 3)),
    },
    "integer buffers": {
        "position_ids": ("I64", (1, 77)),
        "attn.mask": ("BOOL", (1, 1, 8, 8)),
        "attn.bias": ("U8", (1, 1, 8, 8)),
        "index": ("I32", (49, 49)),
    },
    "query key norm scales": {"attn.q_scale": ("F32", (64,)), "attn.k_scale": ("F32", (64,))},
    "plain cast to F8": {"x.weight": ("F8_E4M3", (64, 8)), "x.scale": ("F8_E4M3", (64,)), "x.bias": ("F8_E4M3", (64,))},
    "integer weight alone": {"x.weight": ("U8", (64, 8)), "x.bias": ("F32", (64,))},
    "codebook of a codec": {"vq.codebooks": ("F32", (8, 1024, 64)), "vq.indices": ("I64", (8,))},
    "matrices of a state space": {"ssm.A": ("F32", (8, 8)), "ssm.B": ("F32", (8, 8)), "ssm.s": ("F32", (8,))},
}


@pytest.mark.parametrize("name", NOT_PACKED)
def test_nothing_else_is_taken_for_packed(name: str) -> None:
    tensors = NOT_PACKED[name]
    result = unpacked(tensors)
    assert result.packings == ()
    assert params(result) == of.elements(tensors)
    assert all(item.kind == "parameter" and item.weight == item.group.pattern for item in result.logical)


@pytest.mark.parametrize(
    "tensors",
    [
        {"x.weight": ("U8", (0, 1)), "x.weight.absmax": ("F32", (0,))},
        {"x.qweight": ("I32", (0, 0)), "x.scales": ("F16", (0, 0)), "x.qzeros": ("I32", (0, 0))},
        {"x.qweight": ("I32", ()), "x.scales": ("F16", ()), "x.g_idx": ("I32", ())},
        {"x.weight": ("U32", (0,)), "x.scales": ("BF16", (4,))},
        {"x.weight_packed": ("I32", (2, 0)), "x.weight_scale": ("BF16", (2, 3))},
        {"x.trellis": ("I16", (0, 0, 16)), "x.suh": ("F16", (0,))},
        {"x.W_q": ("U8", (3,)), "x.scale": ("F16", (0, 1))},
        {"x.weight": ("F8_E4M3", ()), "x.weight_scale": ("F32", (3, 3))},
        {"x.codes": ("I8", (1, 2, 3)), "x.codebooks": ("F16", (3, 0, 1, 1)), "x.scales": ("F16", (1,))},
    ],
)
def test_degenerate_shapes_never_crash(tensors: Tensors) -> None:
    assert len(unpacked(tensors).logical) == len(tensors)


_SUFFIXES = sorted({suffix.text.replace("*", "2") for suffix in (*ANCHORS, *COMPANIONS)} | {".weight", ".bias", ""})
_FORMS = strategies.tuples(
    strategies.sampled_from(["U8", "I8", "I16", "I32", "U32", "F8_E4M3", "F8_E8M0", "BF16", "F32", "I64", "BOOL"]),
    strategies.lists(strategies.sampled_from([0, 1, 2, 4, 8, 16, 32, 64, 100, 128]), max_size=4).map(tuple),
)
_NAMES = strategies.builds(
    lambda layer, stem, suffix: f"layers.{layer}.{stem}{suffix}",
    strategies.integers(0, 2),
    strategies.sampled_from(["a", "b", "a.weight"]),
    strategies.sampled_from(_SUFFIXES),
)


@given(strategies.dictionaries(_NAMES, _FORMS, min_size=1, max_size=14), strategies.integers(1, 9))
@settings(max_examples=150, deadline=None)
def test_whatever_stands_in_a_header_is_read_without_a_crash(tensors: Tensors, bits: int) -> None:
    config = {"quantization_config": {"bits": bits, "group_size": 32}, "hidden_size": 64}
    result = unpacked(tensors, config)
    assert sum(item.group.tensors for item in result.logical) == len(tensors)
    assert all(item.params >= 0 for item in result.logical)
    assert all(item.params == 0 for item in result.logical if item.kind == "side-data")
    assert all(packing.modules > 0 and packing.scheme for packing in result.packings)


def test_what_the_quantisers_really_wrote() -> None:
    shared = builder.shared_folder()
    truth = shared / "quantisation" / "truth.json" if shared else None
    if shared is None or truth is None or not truth.exists():
        pytest.skip("the optional development data is not there")
    wanted = {
        folder.name: sum(
            prod(entry["shape"])
            for header in json.loads((folder / "headers.json").read_text()).values()
            for name, entry in header.items()
            if name != "__metadata__"
        )
        for folder in (shared / "quantisation" / "sources").iterdir()
    }
    cases = [case for case in json.loads(truth.read_text())["cases"] if "tensors" in case]
    found = {
        case["id"]: params(
            unpacked({name: (dtype, tuple(shape)) for name, (dtype, shape, _) in case["tensors"].items()})
        )
        for case in cases
    }
    assert found == {case["id"]: wanted[case["source_model"]] for case in cases}
