"""How quantisers lay a weight out in several tensors: name endings, and one row per layout.

A tensor's name pattern ends in a `Suffix` that says which logical weight it belongs to and as what (`key`).
A `PackingRow` says which tensor is the anchor of a layout, what must stand beside it, and which formula of
analyses/unpacking/layouts.py reads the shapes. Rows are tried in order; the first whose shapes fit is taken.
Numbers in patterns are folded, so `weight_scale_2` ends in `_scale_*` here.
"""

from typing import Final

from inspector.values import frozen


@frozen
class Suffix:
    """A name ending: the weight's name is the name with `text` replaced by `weight`."""

    text: str
    key: str
    weight: str = ""


@frozen
class PackingRow:
    """One layout: `anchor` holds the values, in one of `dtypes` (() is any); one of each tuple in `needs` is present.

    `side` are the keys that belong to the quantiser when the row holds; any other tensor stays a parameter.
    """

    id: str
    anchor: str
    layout: str
    needs: tuple[tuple[str, ...], ...]
    side: tuple[str, ...]
    source: str
    dtypes: tuple[str, ...] = ()


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _module(text: str) -> Suffix:
    """A tensor of the module, beside where `weight` would be: `X.qweight` belongs to `X.weight`."""
    return Suffix(text="." + text, key=text, weight=".weight")


def _parameter(text: str, key: str) -> Suffix:
    """A tensor named after the parameter: `X.weight_scale` belongs to `X.weight`."""
    return Suffix(text=text, key=key)


#: Tensors that hold values; each makes a weight exist.
ANCHORS: Final[tuple[Suffix, ...]] = (
    _module("qweight"),
    _module("q_weight"),
    _module("Qidxs"),
    _module("W_q"),
    _module("trellis"),
    _module("codes"),
    _module("indices"),
    _module("B"),
    _module("compressed"),
    Suffix(text="._weight_qdata", key="qdata", weight=".weight"),
    _parameter("_packed", "packed"),
    _parameter("_blocks", "blocks"),
    _parameter(".blocks", "blocks"),
    _parameter("._data._data", "data_data"),
    _parameter("._data", "data"),
)

#: Tensors that only mean something beside an anchor or a weight.
COMPANIONS: Final[tuple[Suffix, ...]] = (
    *(
        _module(leaf)
        for leaf in _words(
            "qzeros scales biases g_idx perm workspace s "
            "wscales wzeros wcscales wtscale smooth smooth_orig smooth_factor smooth_factor_orig "
            "proj_down proj_up lora_down lora_up "
            "SCB weight_format "
            "q_scale q_scale_max q_groups q_group_map q_invperm q_perm "
            "suh svh su sv mcg mul1 "
            "zero shape meta nbits group_size axis packing channel_wise compute_dtype encoded_state_dict "
            "offload_meta optimize quant_scale quant_zero round_zero stores_quant_config unpack_view_dtype "
            "view_as_float "
            "codebooks bitmask row_offsets scale_packed "
            "scale_weight scale_input comfy_quant "
            "input_scale output_scale input_zero_point output_zero_point input_global_scale input_scale_ub "
            "pre_quant_scale act_scale weight_bias "
            "act_global_scale forward_hadamard_matrix backward_hadamard_matrix "
            "tables tables2 qbiases zeros SU SV Wscale codebook_id"
        )
    ),
    Suffix(text=".scale", key="module_scale", weight=".weight"),
    Suffix(text=".qscale_weight", key="module_scale", weight=".weight"),
    Suffix(text=".qscale_act", key="input_scale", weight=".weight"),
    Suffix(text=".activation_scale", key="input_scale", weight=".weight"),
    Suffix(text=".centroids.weight", key="centroids", weight=".weight"),
    Suffix(text=".res_centroids.weight", key="res_centroids", weight=".weight"),
    Suffix(text=".outlier_centroids.weight", key="outlier_centroids", weight=".weight"),
    Suffix(text=".outlier_indices", key="outlier_indices", weight=".weight"),
    Suffix(text=".res_indices", key="res_indices", weight=".weight"),
    Suffix(text="._weight_scale", key="ao_scale", weight=".weight"),
    Suffix(text="._weight_zero_point", key="ao_zero", weight=".weight"),
    Suffix(text="._weight_scale_and_zero", key="ao_scale_zero", weight=".weight"),
    Suffix(text="._weight_per_tensor_scale", key="ao_tensor_scale", weight=".weight"),
    Suffix(text="._weight_act_pre_scale", key="ao_act_scale", weight=".weight"),
    _parameter(".absmax", "absmax"),
    _parameter(".quant_map", "quant_map"),
    _parameter(".nested_absmax", "nested_absmax"),
    _parameter(".nested_quant_map", "nested_quant_map"),
    _parameter(".quant_state.bitsandbytes__nf4", "state_nf4"),
    _parameter(".quant_state.bitsandbytes__fp4", "state_fp4"),
    _parameter("._scale", "data_scale"),
    _parameter("._shift", "data_shift"),
    _parameter("._zeropoint", "data_shift"),
    _parameter("_scale", "scale"),
    _parameter("_scales", "scales"),
    _parameter(".scales", "scales"),
    _parameter("_scale_inv", "scale_inv"),
    _parameter("_scale_*", "scale_2"),
    _parameter("_weight_scale", "scale"),
    _parameter("_weight_scale_inv", "scale_inv"),
    _parameter("_weight_scale_*", "scale_2"),
    _parameter("_global_scale", "global_scale"),
    _parameter("_zero_point", "zero_point"),
    _parameter("_shape", "shape"),
    _parameter("_g_idx", "g_idx"),
    _parameter("_input_scale", "input_scale"),
    _parameter("_input_global_scale", "input_global_scale"),
    _parameter("_output_scale", "output_scale"),
    _parameter("_SCB", "SCB"),
)

#: Companions whose shape is never needed to read the layout (a JSON blob's length may differ from layer to layer).
INDECISIVE: Final = frozenset(
    _words(
        "state_nf4 state_fp4 quant_map nested_absmax nested_quant_map weight_format "
        "input_scale output_scale "
        "input_zero_point output_zero_point input_global_scale pre_quant_scale mcg mul1 comfy_quant scale_input "
        "workspace encoded_state_dict shape nbits q_groups q_group_map"
    )
)

_ACTIVATION: Final = (
    "input_scale",
    "output_scale",
    "input_zero_point",
    "output_zero_point",
    "input_global_scale",
    "input_scale_ub",
    "pre_quant_scale",
    "act_scale",
)
_BNB4: Final = ("absmax", "quant_map", "nested_absmax", "nested_quant_map", "state_nf4", "state_fp4")
_F8: Final = ("F8_E4M3", "F8_E5M2", "F8_E4M3FNUZ", "F8_E5M2FNUZ")
_GPTQ: Final = ("qzeros", "scales", "g_idx", "perm", "workspace", *_ACTIVATION)

ROWS: Final[tuple[PackingRow, ...]] = (
    PackingRow(
        id="bnb/4bit",
        anchor="weight",
        layout="bnb_4bit",
        needs=(("absmax",),),
        side=_BNB4,
        source="bitsandbytes 0.50 functional.py QuantState.as_dict; 16-value quant_map, blocks of 64",
    ),
    PackingRow(
        id="bnb/int8",
        anchor="weight",
        dtypes=("I8",),
        layout="bnb_int8",
        needs=(("SCB",),),
        side=("SCB", "weight_format"),
        source="bitsandbytes 0.50 nn/modules.py Linear8bitLt._save_to_state_dict",
    ),
    PackingRow(
        id="svdq",
        anchor="qweight",
        dtypes=("I8",),
        layout="svdquant",
        needs=(("wscales",),),
        side=_words(
            "wscales wcscales wtscale smooth smooth_orig smooth_factor smooth_factor_orig "
            "proj_down proj_up lora_down lora_up"
        ),
        source="nunchaku models/linear.py SVDQW4A4Linear: the low-rank branch is a part of the same weight",
    ),
    PackingRow(
        id="awq",
        anchor="qweight",
        dtypes=("I32",),
        layout="nunchaku_awq",
        needs=(("wscales",), ("wzeros",)),
        side=("wscales", "wzeros"),
        source="nunchaku models/linear.py AWQW4A16Linear",
    ),
    PackingRow(
        id="gptq",
        anchor="qweight",
        dtypes=("I32", "U32"),
        layout="gptq",
        needs=(("scales",),),
        side=_GPTQ,
        source="AutoGPTQ 0.7 qlinear_cuda_old.py: qweight [in*bits/32, out]; 3 bits packed densely over 32 values",
    ),
    PackingRow(
        id="awq",
        anchor="qweight",
        dtypes=("I32", "U32"),
        layout="awq_gemm",
        needs=(("scales",),),
        side=_GPTQ,
        source="AutoAWQ 0.2 modules/linear/gemm.py: qweight [in, out*bits/32]",
    ),
    PackingRow(
        id="awq",
        anchor="qweight",
        dtypes=("I32", "U32"),
        layout="awq_gemv",
        needs=(("scales",),),
        side=_GPTQ,
        source="AutoAWQ 0.2 modules/linear/gemv.py: qweight [out, in*bits/32], scales and zeros padded",
    ),
    PackingRow(
        id="awq",
        anchor="qweight",
        dtypes=("I16",),
        layout="awq_gemv_fast",
        needs=(("scales",),),
        side=_GPTQ,
        source="AutoAWQ 0.2 modules/linear/gemv_fast.py: qweight I16 [out/4, in]",
    ),
    PackingRow(
        id="marlin",
        anchor="qweight",
        dtypes=("I32",),
        layout="marlin",
        needs=(("scales",),),
        side=_GPTQ,
        source="GPTQModel checkpoint_format marlin: qweight [in/16, out*16*bits/32], scales [groups, out]",
    ),
    PackingRow(
        id="fp-quant",
        anchor="qweight",
        dtypes=("U8",),
        layout="fp4_bytes",
        needs=(("scales",),),
        side=(
            *("scales", "global_scale", "act_global_scale", "forward_hadamard_matrix", "backward_hadamard_matrix"),
            *_ACTIVATION,
        ),
        source="transformers integrations/fp_quant.py: qweight U8 [out, in/2], scales U8 [out, in/16 or in/32]",
    ),
    PackingRow(
        id="bitblas",
        anchor="qweight",
        dtypes=("I8",),
        layout="bitblas",
        needs=(("scales",),),
        side=("scales", "qzeros", "zeros"),
        source="GPTQModel nn_modules/qlinear/bitblas.py: qweight I8 [out, in*bits/8], scales [out, groups]",
    ),
    PackingRow(
        id="higgs",
        anchor="weight",
        dtypes=("I16",),
        layout="higgs",
        needs=(("scales",), ("tables",)),
        side=("scales", "tables", "tables2"),
        source="transformers integrations/higgs.py HiggsLinear: weight I16 [out*bits/16, in], tables [2^bits]",
    ),
    PackingRow(
        id="quip#",
        anchor="Qidxs",
        layout="quip",
        needs=(("SU",), ("SV",)),
        side=("SU", "SV", "Wscale", "codebook_id"),
        source="QuIP# lib/linear/quantized_linear.py: SU [in], SV [out], Qidxs codes of the E8P lattice",
    ),
    PackingRow(
        id="marlin",
        anchor="B",
        dtypes=("I32",),
        layout="marlin",
        needs=(("s",),),
        side=("s", "workspace"),
        source="IST-DASLab/marlin marlin/__init__.py Layer: B [in/16, out*16*bits/32], s [groups, out]",
    ),
    PackingRow(
        id="ct/marlin-24",
        anchor="packed",
        dtypes=("I32",),
        layout="marlin_24",
        needs=(("scale_packed",), ("meta",)),
        side=("scale_packed", "meta", "shape"),
        source="compressed-tensors marlin_24.py: half of the values kept, B [in/32, out*16*bits/32]",
    ),
    PackingRow(
        id="ct",
        anchor="packed",
        dtypes=("I32", "U32"),
        layout="ct_words",
        needs=(("scale",),),
        side=("scale", "zero_point", "shape", "g_idx", "global_scale", *_ACTIVATION),
        source="compressed-tensors 0.19 pack_quantized: weight_packed I32 [out, ceil(in*bits/32)]",
    ),
    PackingRow(
        id="ct",
        anchor="packed",
        dtypes=("U8", "I8"),
        layout="fp4_bytes",
        needs=(("scale",),),
        side=("scale", "global_scale", "zero_point", "shape", "scale_2", *_ACTIVATION),
        source="compressed-tensors 0.19 nvfp4_quantized, mxfp4: two values a byte, groups of 16 or 32",
    ),
    PackingRow(
        id="ct/sparse-bitmask",
        anchor="compressed",
        layout="bitmask",
        needs=(("bitmask",),),
        side=("bitmask", "row_offsets", "shape", "scale", *_ACTIVATION),
        source="compressed-tensors sparse_compressors: bitmask U8 [out, ceil(in/8)], the values that are not zero",
    ),
    PackingRow(
        id="mxfp4/experts",
        anchor="blocks",
        dtypes=("U8",),
        layout="mxfp4_blocks",
        needs=(("scales",),),
        side=("scales",),
        source="openai/gpt-oss: blocks U8 [.., in/32, 16], scales U8 [.., in/32]",
    ),
    PackingRow(
        id="mlx",
        anchor="weight",
        dtypes=("U32",),
        layout="mlx",
        needs=(("scales",),),
        side=("scales", "biases", "qbiases"),
        source="mlx 0.32 nn/layers/quantized.py, mx.quantize: weight U32 [.., in*bits/32], scales [.., in/group]",
    ),
    PackingRow(
        id="torchao",
        anchor="qdata",
        layout="torchao",
        needs=(("ao_scale", "ao_scale_zero"),),
        side=("ao_scale", "ao_zero", "ao_scale_zero", "ao_tensor_scale", "ao_act_scale"),
        source="torchao 0.18 prototype/safetensors: tensor subclasses flattened to _weight_qdata, _weight_scale",
    ),
    PackingRow(
        id="quanto",
        anchor="data_data",
        dtypes=("U8",),
        layout="quanto_packed",
        needs=(("data_scale",),),
        side=("data_scale", "data_shift", "input_scale", "output_scale"),
        source="optimum-quanto 0.2.7 tensor/weights/packing.py: rows of one group, bits folded along the first axis",
    ),
    PackingRow(
        id="quanto",
        anchor="data",
        dtypes=("I8", *_F8),
        layout="quanto",
        needs=(("data_scale",),),
        side=("data_scale", "data_shift", "input_scale", "output_scale"),
        source="optimum-quanto 0.2.7 tensor/weights/qbytes.py",
    ),
    PackingRow(
        id="hqq",
        anchor="W_q",
        layout="hqq",
        needs=(("module_scale",),),
        side=_words(
            "module_scale zero shape meta nbits group_size axis packing channel_wise compute_dtype encoded_state_dict "
            "offload_meta optimize quant_scale quant_zero round_zero stores_quant_config unpack_view_dtype "
            "view_as_float"
        ),
        source="hqq 0.2.8 core/quantize.py, core/bitpack.py",
    ),
    PackingRow(
        id="exl3",
        anchor="trellis",
        dtypes=("I16", "U16"),
        layout="exl3",
        needs=(("suh", "svh", "su", "sv"),),
        side=("suh", "svh", "su", "sv", "mcg", "mul1"),
        source="exllamav3 modules/quant/exl3.py: trellis I16 [in/16, out/16, 16*K]",
    ),
    PackingRow(
        id="exl2",
        anchor="q_weight",
        dtypes=("I32",),
        layout="exl2",
        needs=(("q_invperm", "q_perm"),),
        side=("q_scale", "q_scale_max", "q_groups", "q_group_map", "q_invperm", "q_perm"),
        source="exllamav2 module linear.py: q_weight rows mix widths, q_invperm I16 [in]",
    ),
    PackingRow(
        id="aqlm",
        anchor="codes",
        layout="aqlm",
        needs=(("codebooks",), ("scales",)),
        side=("codebooks", "scales"),
        source="AQLM inference.py QuantizedLinear: codebooks [n, 2^bits, out_group, in_group]",
    ),
    PackingRow(
        id="vptq",
        anchor="indices",
        layout="vptq",
        needs=(("centroids",),),
        side=_words("centroids res_centroids outlier_centroids outlier_indices res_indices scale weight_bias perm"),
        source="VPTQ layers/vqlinear.py VQuantLinear; widths in quantization_config.config_for_layers",
    ),
    PackingRow(
        id="comfy/fp8-scaled",
        anchor="weight",
        dtypes=_F8,
        layout="comfy_scaled",
        needs=(("scale_weight",),),
        side=("scale_weight", "scale_input"),
        source="ComfyUI comfy/ops.py scaled_fp8_ops: scale_weight, scale_input, marker scaled_fp8",
    ),
    PackingRow(
        id="comfy",
        anchor="weight",
        dtypes=("U8", "I8", *_F8),
        layout="comfy_quant",
        needs=(("comfy_quant",), ("scale",)),
        side=("comfy_quant", "scale", "scale_2", *_ACTIVATION),
        source="ComfyUI QUANTIZATION.md, comfy/quant_ops.py: a comfy_quant blob beside each weight",
    ),
    PackingRow(
        id="nvfp4/modelopt",
        anchor="weight",
        dtypes=("U8", "I8"),
        layout="fp4_bytes",
        needs=(("scale", "module_scale"),),
        side=("scale", "module_scale", "scale_2", "global_scale", "zero_point", *_ACTIVATION),
        source="TensorRT Model Optimizer export/quant_utils.py; AMD Quark MXFP4: two values a byte",
    ),
    PackingRow(
        id="modelopt/int4",
        anchor="weight",
        dtypes=("U8",),
        layout="modelopt_int4",
        needs=(("scale",),),
        side=("scale", "scale_2", *_ACTIVATION),
        source="TensorRT Model Optimizer pack_int4_in_uint8: two output rows a byte, scales [out, in/group]",
    ),
    PackingRow(
        id="bitnet/b1.58",
        anchor="weight",
        dtypes=("U8",),
        layout="bitnet",
        needs=(("scale",),),
        side=("scale", "input_scale"),
        source="transformers integrations/bitnet.py: four ternary values a byte along the output",
    ),
    PackingRow(
        id="quark",
        anchor="weight",
        dtypes=("I32",),
        layout="awq_gemm",
        needs=(("scale",),),
        side=("scale", "zero_point", *_ACTIVATION),
        source="AMD Quark export: weight I32 [in, out*bits/32], weight_scale [groups, out]",
    ),
    PackingRow(
        id="fp8",
        anchor="weight",
        dtypes=(*_F8, "I8", "U8"),
        layout="scaled_bytes",
        needs=(("scale", "scale_inv", "scales", "module_scale"),),
        side=("scale", "module_scale", "scale_inv", "scales", "scale_2", "zero_point", *_ACTIVATION),
        source="DeepSeek-V3 README_WEIGHTS.md; compressed-tensors 0.19 float-quantized, int-quantized; OCP MX 1.0",
    ),
    PackingRow(
        id="fp4",
        anchor="weight",
        dtypes=("F4",),
        layout="scaled_bytes",
        needs=(("scale", "scale_inv", "module_scale"),),
        side=("scale", "module_scale", "scale_inv", "scale_2", *_ACTIVATION),
        source="safetensors 0.8.0 dtype F4: the header counts the values themselves",
    ),
)


@frozen
class LoneScale:
    """A name ending of a scalar that is a scale with no weight of its own; `alone`: even where nothing is packed."""

    text: str
    alone: bool
    source: str


_VLLM_CACHE: Final = "vLLM model_executor/layers/quantization/kv_cache.py: one scale for keys, values, queries"
_ACTIVATIONS: Final = (
    "compressed-tensors 0.19, quanto 0.2.7, mistral-common, ComfyUI scaled_fp8_ops: scales of activations"
)

LONE_SCALES: Final[tuple[LoneScale, ...]] = (
    *(
        LoneScale(text=text, alone=True, source=_VLLM_CACHE)
        for text in (".k_scale", ".v_scale", ".q_scale", ".kv_scale", ".prob_scale", ".k_zero_point", ".v_zero_point")
    ),
    *(
        LoneScale(text=text, alone=False, source=_ACTIVATIONS)
        for text in (
            ".input_scale",
            ".output_scale",
            ".activation_scale",
            ".qscale_act",
            ".input_zero_point",
            ".output_zero_point",
            ".input_global_scale",
            ".scale_input",
            ".scale_weight",
            "_input_scale",
        )
    ),
)

#: Scales that transformers 5 keeps fused while it splits their weights (experts in blocks of F8), and writes beside
#: layers that it left as they were (rows or columns that do not divide by 128).
SPLIT_SCALES: Final = ("_scale_inv",)

#: Names of tensors that mark a whole file and hold no weight (ComfyUI comfy/ops.py).
MARKERS: Final = ("scaled_fp8",)

#: Modules that write the residual stream: their output, not their input, has the model's width.
WRITES_WIDTH: Final = frozenset(
    _words("o_proj out_proj down_proj wo w2 c_proj fc2 dense_4h_to_h attn_out ff_out to_out proj_out linear2")
)

#: Modules that compute two projections of equal width side by side.
FUSED_PAIRS: Final = frozenset(_words("gate_up_proj gate_and_up_proj up_gate_proj w13 w12 wi in_proj Wi"))

#: Group sizes that quantisers offer, the usual ones first.
GROUP_SIZES: Final = (128, 64, 32, 16, 256, 512, 1024, 8, 40, 48, 80, 96, 160, 192, 320, 384, 24)

#: How T5, BART and their descendants name the token table that both sides use, and the copies that some writers keep
#: (ComfyUI's t5xxl files hold two of the same).
SHARED_TABLE: Final = "shared.weight"
SHARED_TABLE_COPIES: Final = ("encoder.embed_tokens.weight", "decoder.embed_tokens.weight")
