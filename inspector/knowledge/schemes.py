"""The catalogue of schemes: what each tool writes, with its block layout as a sum and where that is known from.

A block is the smallest run of weights that a scheme stores on its own. `block_parts` name its bits, and bits per
weight derive from them; what is stored once a row, a column or a module stands in `extra`.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from inspector.knowledge.gguf_file_types import LLAMA_CPP, GgufScheme
from inspector.knowledge.gguf_file_types import SCHEMES as _GGUF_SCHEMES
from inspector.knowledge.gguf_types import GGUF_TYPES
from inspector.values import frozen

if TYPE_CHECKING:
    from fractions import Fraction

#: What a part of a block holds, and its bits.
Part = tuple[str, int]


@frozen
class Keeps:
    """A rule of which modules a tool converts and which it leaves."""

    id: str
    converts: str
    keeps: str
    source: str


@frozen
class Scheme:
    """One scheme: `tool` names the tool and the version whose rule is followed.

    `compared` says with which tool's own output the rule was compared byte by byte, "" for none: only then may a
    projection be `exact`. `block_params` is 0 where no single layout describes the file (mixtures of types).
    """

    id: str
    family: str
    summary: str
    tool: str
    block_params: int
    block_parts: tuple[Part, ...]
    keeps: str
    source: str
    extra: str = ""
    compared: str = ""

    @property
    def block_bits(self) -> int:
        return sum(bits for _, bits in self.block_parts)

    @property
    def bits_per_weight(self) -> "Fraction | None":
        """Bits that a converted weight takes within its blocks, None for a mixture."""
        from fractions import Fraction

        return Fraction(self.block_bits, self.block_params) if self.block_params else None


KEEPS: Final[tuple[Keeps, ...]] = (
    Keeps(
        id="all-floats",
        converts="every floating-point tensor",
        keeps="integer and boolean tensors",
        source="definition",
    ),
    Keeps(id="none", converts="every logical parameter", keeps="nothing", source="definition"),
    Keeps(
        id="llama.cpp",
        converts="weights of two and more dimensions, each with the type that the file type's mix gives its name",
        keeps="norms, biases, routers and other one-dimensional or excluded tensors (F32 or the 16-bit source type)",
        source="llama.cpp src/llama-quant.cpp; for a diffusion denoiser ComfyUI-GGUF tools/convert.py and lcpp.patch",
    ),
    Keeps(
        id="transformers",
        converts="linear layers (nn.Linear, Conv1D)",
        keeps="embeddings, output head, tied weights, norms, routers, and experts, which transformers 5 holds as fused "
        "parameters; in diffusers every nn.Linear is converted and embedders are linear layers there",
        source="transformers 5.23.0 quantizers/base.py get_keys_to_not_convert; diffusers quantizers",
    ),
    Keeps(
        id="recipe",
        converts="linear layers, each expert's own included",
        keeps="embeddings, output head (ignore=['lm_head']), routers, norms, vision and audio towers",
        source="llmcompressor 0.14.0.1, QuantizationModifier(targets='Linear', ignore=['lm_head', router gates])",
    ),
    Keeps(
        id="blocks",
        converts="linear layers inside the decoder blocks, each expert's own included",
        keeps="embeddings, output head, norms, routers, vision and audio towers",
        source="GPTQModel and AutoAWQ quantise layer by layer within the block list",
    ),
    Keeps(
        id="experts",
        converts="expert projections, stacked to one tensor a layer",
        keeps="attention, router, embeddings, output head, norms, biases",
        source="openai/gpt-oss-20b quantization_config.modules_to_not_convert",
    ),
    Keeps(
        id="mlx",
        converts="linear layers, embeddings, output head, routers and experts (merged to one tensor a layer) "
        "whose rows divide by the group",
        keeps="norms, biases, convolutions",
        source="mlx-lm 0.32.2 utils.quantize_model: every module with to_quantized",
    ),
    Keeps(
        id="all-linear",
        converts="linear layers",
        keeps="embeddings, output head (excluded by the call), norms, fused experts",
        source="optimum-quanto 0.2.7 quantize(model, exclude='lm_head'); hqq 0.2.8 AutoHQQHFModel",
    ),
    Keeps(
        id="denoiser",
        converts="every tensor of the denoiser",
        keeps="text encoders and VAE, which stay as stored",
        source="measured on published fp8 files of ComfyUI",
    ),
    Keeps(
        id="denoiser-linear",
        converts="linear layers of the denoiser",
        keeps="biases, norms, convolutions, parameters, and all other components",
        source="ComfyUI comfy/ops.py, comfy/quant_ops.py",
    ),
    Keeps(
        id="sd.cpp",
        converts="every tensor whose rows divide by the block, norms included",
        keeps="biases, scales and the embedders, time and final layers that its list names",
        source="leejet/stable-diffusion.cpp src/model_loader.cpp tensor_should_be_converted @97d29908",
    ),
    Keeps(
        id="nunchaku",
        converts="attention and feed-forward layers to W4A4 with a low-rank branch, modulation layers to W4A16",
        keeps="embedders, norms of queries and keys, final layer (16 bit)",
        source="nunchaku-tech/nunchaku nunchaku/models/linear.py",
    ),
)

KEEPS_BY_ID: Final = {row.id: row for row in KEEPS}


def _parts(*parts: tuple[str, int]) -> tuple[Part, ...]:
    """Parts of a block from their bytes."""
    return tuple((label, 8 * size) for label, size in parts)


def _cast(dtype: str, label: str, size: int) -> Scheme:
    return Scheme(
        id=f"cast/{label}",
        family="cast",
        summary=f"the same files with every floating-point tensor in {dtype}",
        tool="safetensors 0.8.0 save_file",
        block_params=1,
        block_parts=_parts((dtype, size)),
        keeps="all-floats",
        source="safetensors tensor.rs: serialisation order, header and padding",
        compared="safetensors 0.8.0",
    )


_CASTS: Final = (
    _cast("F32", "f32", 4),
    _cast("F16", "f16", 2),
    _cast("BF16", "bf16", 2),
    _cast("F8_E4M3", "f8_e4m3", 1),
)


def _ideal(label: str, block: int, bits: int) -> Scheme:
    return Scheme(
        id=f"ideal/{label}bit",
        family="ideal",
        summary=f"logical parameters times {label} bits, nothing else: the textbook figure",
        tool="arithmetic",
        block_params=block,
        block_parts=(("weights", bits),),
        keeps="none",
        source="definition",
    )


_IDEALS: Final = (
    *(_ideal(str(bits), 8, 8 * bits) for bits in (8, 4, 3, 2)),
    _ideal("1.58", 100, 158),
    _ideal("1", 8, 8),
)

_BNB: Final = "bitsandbytes 0.50.2 with transformers 5.23.0 save_pretrained; diffusers for a denoiser"
_BNB_SOURCE: Final = "bitsandbytes functional.py QuantState.as_dict, nn/modules.py Linear4bit and Linear8bitLt"


def _bnb4(name: str, *, double: bool) -> Scheme:
    nested = _parts(("codes", 8192), ("absmax U8 a block of 64", 256), ("nested absmax F32 a 256 blocks", 4))
    plain = _parts(("codes", 32), ("absmax F32", 4))
    text = "a module: quant_map 16 F32, quant_state JSON text"
    return Scheme(
        id=f"bnb/{name}-dq" if double else f"bnb/{name}",
        family="bnb",
        summary=f"4-bit {name.upper()} in blocks of 64" + (", absmax quantised again" if double else ""),
        tool=_BNB,
        block_params=16384 if double else 64,
        block_parts=nested if double else plain,
        keeps="transformers",
        source=_BNB_SOURCE,
        extra=text + (", nested_quant_map 256 F32; the text of nested_offset depends on the weights" if double else ""),
        compared="bitsandbytes 0.50.2" + (" (all but the text of nested_offset)" if double else ""),
    )


_BITSANDBYTES: Final = (
    Scheme(
        id="bnb/int8",
        family="bnb",
        summary="LLM.int8: 8-bit weights with a scale a row",
        tool=_BNB,
        block_params=1,
        block_parts=_parts(("I8", 1)),
        keeps="transformers",
        source=_BNB_SOURCE,
        extra="a row: SCB F32; a module: weight_format, 1 byte",
        compared="bitsandbytes 0.50.2",
    ),
    _bnb4("nf4", double=False),
    _bnb4("nf4", double=True),
    _bnb4("fp4", double=False),
    _bnb4("fp4", double=True),
)

GPTQ_BITS: Final = (2, 3, 4, 8)
GPTQ_GROUPS: Final = (32, 64, 128, -1)


def _grouped(bits: int, group: int) -> tuple[int, tuple[Part, ...]]:
    """Block of GPTQ and AWQ: codes, one F16 scale and one packed zero a group; a row-long group has neither in it."""
    if group < 0:
        return 1, (("codes", bits),)
    return group, (("codes", group * bits), ("scale F16", 16), ("zero", bits))


def _gptq(bits: int, group: int) -> Scheme:
    block, parts = _grouped(bits, group)
    whole = "one group a column" if group < 0 else f"groups of {group}"
    return Scheme(
        id=f"gptq/{bits}bit-g{group}",
        family="gptq",
        summary=f"GPTQ, {bits} bits, {whole}",
        tool="GPTQModel and auto-round 0.15.1 (no bias is added; AutoGPTQ of 2023 wrote a zero bias for each module)",
        block_params=block,
        block_parts=parts,
        keeps="blocks",
        source="GPTQModel nn_modules/qlinear; auto-round export to auto_gptq",
        extra="a module: g_idx I32 of its inputs" + ("; scales and zeros once an output" if group < 0 else ""),
    )


def _awq(group: int) -> Scheme:
    block, parts = _grouped(4, group)
    return Scheme(
        id=f"awq/4bit-g{group}",
        family="awq",
        summary=f"AWQ (gemm), 4 bits, groups of {group}",
        tool="AutoAWQ (gemm) and auto-round 0.15.1",
        block_params=block,
        block_parts=parts,
        keeps="blocks",
        source="AutoAWQ awq/modules/linear/gemm.py; auto-round export to auto_awq",
    )


_CT: Final = "llmcompressor 0.14.0.1, compressed-tensors 0.19.0, transformers 5.17.0"
_CT_SOURCE: Final = "compressed-tensors 0.19.0 compressors"


def _ct(name: str, summary: str, block: int, *parts: tuple[str, int], extra: str = "") -> Scheme:
    return Scheme(
        id=f"ct/{name}",
        family="ct",
        summary=summary,
        tool=_CT,
        block_params=block,
        block_parts=_parts(*parts),
        keeps="recipe",
        source=_CT_SOURCE,
        extra=extra,
        compared="llmcompressor 0.14.0.1",
    )


def _ct_int(bits: int) -> Scheme:
    parts = (("codes", 16 * bits), ("scale 16-bit", 2))
    summary = f"{bits}-bit integers, groups of 128, symmetric"
    return _ct(f"w{bits}a16", summary, 128, *parts, extra=_SHAPE)


_SHAPE: Final = "a module: weight_shape 2 I64"
_ASYMMETRIC: Final = _ct(
    "w4a16-asym",
    "4-bit integers, groups of 128, asymmetric",
    256,
    *(("codes", 128), ("scales 16-bit", 4), ("zeros", 1)),
    extra=_SHAPE,
)

_COMPRESSED: Final = (
    _ct_int(4),
    _ASYMMETRIC,
    _ct_int(8),
    _ct_int(3),
    _ct_int(2),
    _ct(
        "w8a8", "8-bit integers with a scale a row, activations at run time", 1, ("I8", 1), extra="a row: 16-bit scale"
    ),
    _ct(
        "fp8-dynamic", "FP8 with a scale a row, activations at run time", 1, ("F8_E4M3", 1), extra="a row: 16-bit scale"
    ),
    _ct("fp8", "FP8 with one scale, static activations", 1, ("F8_E4M3", 1), extra="a module: two 16-bit scales"),
    _ct("fp8-block", "FP8 in tiles of 128 x 128", 16384, ("F8_E4M3", 16384), ("scale 16-bit", 2)),
    _ct("nvfp4", "NVFP4, activations too", 16, ("codes", 8), ("scale F8", 1), extra="a module: two F32 scales"),
    _ct("nvfp4a16", "NVFP4 weights", 16, ("codes", 8), ("scale F8", 1), extra="a module: one F32 scale"),
    _ct("mxfp4a16", "MXFP4 weights", 32, ("codes", 16), ("scale E8M0", 1)),
    _ct("mxfp8a16", "MXFP8 weights", 32, ("F8_E4M3", 32), ("scale E8M0", 1)),
)

_FLOATS: Final = (
    Scheme(
        id="fp8/block-128",
        family="fp8",
        summary="FP8 in tiles of 128 x 128 with F32 scales, as DeepSeek-V3 is published",
        tool="transformers 5.23.0 FineGrainedFP8Config",
        block_params=16384,
        block_parts=_parts(("F8_E4M3", 16384), ("weight_scale_inv F32", 4)),
        keeps="transformers",
        source="transformers integrations/finegrained_fp8.py; sizes of deepseek-ai/DeepSeek-V3",
        extra="experts are converted too; prediction modules (MTP), which transformers does not load, are counted "
        "as in DeepSeek's release",
        compared="transformers 5.23.0",
    ),
    Scheme(
        id="mxfp4/experts",
        family="mxfp4",
        summary="MXFP4 experts, everything else 16 bit, as gpt-oss is published",
        tool="OpenAI gpt-oss release layout",
        block_params=32,
        block_parts=_parts(("codes", 16), ("scale E8M0", 1)),
        keeps="experts",
        source="openai/gpt-oss-20b and -120b: published total_size",
    ),
    Scheme(
        id="nvfp4/modelopt",
        family="nvfp4",
        summary="NVFP4 as NVIDIA's Model Optimizer exports it",
        tool="NVIDIA Model Optimizer export_hf_checkpoint",
        block_params=16,
        block_parts=_parts(("codes", 8), ("weight_scale F8", 1)),
        keeps="recipe",
        source="modelopt torch/export/unified_export_hf.py",
        extra="a module: weight_scale_2 and input_scale, F32",
    ),
)

MLX_BITS: Final = (2, 3, 4, 6, 8)
MLX_GROUPS: Final = (32, 64, 128)
_MLX: Final = "mlx 0.32.4, mlx-lm 0.32.2"
_MLX_SOURCE: Final = "mlx-lm utils.quantize_model, mlx nn/layers/quantized.py"
_MLX_COMPARED: Final = "mlx-lm 0.32.2 (tensor bytes; the header's offsets follow a hash map)"


def _mlx(name: str, summary: str, block: int, *parts: tuple[str, int]) -> Scheme:
    return Scheme(
        id=f"mlx/{name}",
        family="mlx",
        summary=summary,
        tool=_MLX,
        block_params=block,
        block_parts=_parts(*parts),
        keeps="mlx",
        source=_MLX_SOURCE,
        compared=_MLX_COMPARED,
    )


def _mlx_affine(bits: int, group: int) -> Scheme:
    codes = group * bits // 8
    parts = (("codes", codes), ("scale 16-bit", 2), ("bias 16-bit", 2))
    return _mlx(f"{bits}bit-g{group}", f"affine, {bits} bits, groups of {group}", group, *parts)


_MLX_ROWS: Final = (
    *(_mlx_affine(bits, group) for bits in MLX_BITS for group in MLX_GROUPS),
    _mlx("mxfp4", "MXFP4", 32, ("codes", 16), ("scale E8M0", 1)),
    _mlx("nvfp4", "NVFP4", 16, ("codes", 8), ("scale F8", 1)),
    _mlx("mxfp8", "MXFP8", 32, ("codes", 32), ("scale E8M0", 1)),
)

_TORCHAO: Final = "torchao 0.18.0 with transformers 5.23.0 TorchAoConfig"
_TORCHAO_SOURCE: Final = "torchao prototype/safetensors, quantization/quantize_/workflows"


def _torchao(name: str, summary: str, extra: str, *parts: tuple[str, int], block: int = 1) -> Scheme:
    return Scheme(
        id=f"torchao/{name}",
        family="torchao",
        summary=summary,
        tool=_TORCHAO,
        block_params=block,
        block_parts=_parts(*parts),
        keeps="transformers",
        source=_TORCHAO_SOURCE,
        extra=extra,
        compared="torchao 0.18.0",
    )


_ROW_5: Final = "a row: scale F32 and zero point I8; a tensor: JSON text in the metadata"
_TORCHAO_ROWS: Final = (
    _torchao("int8wo", "8-bit integers with a scale a row", _ROW_5, ("I8", 1)),
    _torchao("int8dyn", "8-bit integers, activations at run time", _ROW_5, ("I8", 1)),
    _torchao(
        "fp8wo", "FP8 with a scale a row", "a row: scale F32; a tensor: JSON text in the metadata", ("F8_E4M3", 1)
    ),
)

_QUANTO: Final = "optimum-quanto 0.2.7 quantize and freeze"


def _quanto(name: str, summary: str, block: int, extra: str, *parts: tuple[str, int]) -> Scheme:
    return Scheme(
        id=f"quanto/{name}",
        family="quanto",
        summary=summary,
        tool=_QUANTO,
        block_params=block,
        block_parts=_parts(*parts),
        keeps="all-linear",
        source="optimum-quanto tensor/weights, nn/qmodule.py",
        extra=extra + "a module: input_scale and output_scale",
        compared="optimum-quanto 0.2.7",
    )


_QUANTO_ROWS: Final = (
    _quanto("int8", "8-bit integers with a scale a row", 1, "a row: 16-bit scale; ", ("I8", 1)),
    _quanto("int4", "4-bit integers, groups of 128", 128, "", ("codes", 64), ("scale 16-bit", 2), ("shift 16-bit", 2)),
    _quanto("int2", "2-bit integers, groups of 128", 128, "", ("codes", 32), ("scale 16-bit", 2), ("shift 16-bit", 2)),
    _quanto("fp8", "FP8 with a scale a row", 1, "a row: 16-bit scale; ", ("F8_E4M3", 1)),
)

HQQ_BITS: Final = (8, 4, 3, 2, 1)


def _hqq(bits: int, group: int) -> Scheme:
    groups = 10 if bits == 3 else 1
    codes = 4 * group if bits == 3 else group * bits // 8
    return Scheme(
        id=f"hqq/{bits}bit-g{group}",
        family="hqq",
        summary=f"half-quadratic quantisation, {bits} bits, groups of {group}",
        tool="hqq 0.2.8.post1 AutoHQQHFModel.save_quantized (a pickled qmodel.pt)",
        block_params=groups * group,
        block_parts=_parts(("codes", codes), ("scale 16-bit", 2 * groups), ("zero 16-bit", 2 * groups)),
        keeps="all-linear",
        source="hqq core/quantize.py, core/bitpack.py",
        extra="10 three-bit codes in an I32" if bits == 3 else "",
    )


EXL3_BITS: Final = ("2.0", "2.5", "3.0", "3.5", "4.0", "4.5", "5.0", "6.0", "8.0")


def _exl3(bits: str) -> Scheme:
    return Scheme(
        id=f"exl3/{bits}",
        family="exl3",
        summary=f"EXL3 trellis, {bits} bits on average, output head in 6 bits",
        tool="exllamav3 convert.py, defaults",
        block_params=256,
        block_parts=_parts(("trellis tile of 16 x 16", 32 * int(bits.replace(".", "")) // 10)),
        keeps="blocks",
        source="exllamav3 modules/quant/exl3.py",
        extra="a module: suh F16 of its inputs, svh F16 of its outputs; dimensions padded to 128; head in 6 bits",
    )


_BITNET: Final = (
    Scheme(
        id="bitnet/b1.58",
        family="bitnet",
        summary="ternary weights, four to a byte: the size of such a model, which has to be trained so",
        tool="transformers 5.23.0 BitNet integration (offline weights)",
        block_params=4,
        block_parts=_parts(("four weights", 1)),
        keeps="blocks",
        source="transformers integrations/bitnet.py; microsoft/bitnet-b1.58-2B-4T",
        extra="a module: weight_scale, one 16-bit number",
    ),
)


def _comfy(name: str, summary: str, keeps: str, extra: str) -> Scheme:
    return Scheme(
        id=f"comfy/{name}",
        family="comfy",
        summary=summary,
        tool="ComfyUI, safetensors files of 2024 and 2025",
        block_params=1,
        block_parts=_parts(("F8_E4M3", 1)),
        keeps=keeps,
        source="Comfy-Org and Kijai releases: flux1-dev-fp8, qwen_image_fp8_e4m3fn, wan2.x fp8_scaled",
        extra=extra,
    )


_COMFY: Final = (
    _comfy("fp8", "every tensor of the denoiser in FP8, no scales", "denoiser", ""),
    _comfy("fp8-scaled", "linear layers of the denoiser in FP8 with a scale", "denoiser-linear", "a module: F32 scale"),
)

#: Types that stable-diffusion.cpp's `--type` takes, as block types.
SDCPP_TYPES: Final = (
    "F32",
    "F16",
    "BF16",
    "Q8_0",
    "Q5_1",
    "Q5_0",
    "Q4_1",
    "Q4_0",
    "Q6_K",
    "Q5_K",
    "Q4_K",
    "Q3_K",
    "Q2_K",
)


def _sdcpp(name: str) -> Scheme:
    kind = GGUF_TYPES[name]
    return Scheme(
        id=f"sdcpp/{name.lower()}",
        family="sdcpp",
        summary=f"one GGUF file of all components, {name} where rows divide",
        tool="stable-diffusion.cpp -M convert @97d29908",
        block_params=kind.block_params,
        block_parts=_parts(*kind.block_parts),
        keeps="sd.cpp",
        source="leejet/stable-diffusion.cpp src/model_loader.cpp, src/convert.cpp, src/model_io/gguf_io.cpp",
    )


def _svdq(name: str, block: int, *parts: tuple[str, int]) -> Scheme:
    return Scheme(
        id=f"svdq/{name}",
        family="svdq",
        summary=f"SVDQuant {name.upper()} with a 16-bit branch of rank 32",
        tool="Nunchaku (DeepCompressor) releases of 2025",
        block_params=block,
        block_parts=_parts(*parts),
        keeps="nunchaku",
        source="nunchaku-tech/nunchaku nunchaku/models/linear.py, src/Linear.cpp",
        extra="a module: low-rank factors of rank 32, smooth factors; modulation layers W4A16 in groups of 64",
    )


_SVDQ: Final = (
    _svdq("int4", 64, ("codes", 32), ("scale 16-bit", 2)),
    _svdq("fp4", 16, ("codes", 8), ("scale F8", 1)),
)


def _gguf(row: GgufScheme) -> Scheme:
    kind = GGUF_TYPES[row.file_type.default]
    return Scheme(
        id=row.id,
        family="gguf",
        summary=row.summary,
        tool=f"{LLAMA_CPP}; a diffusion denoiser as ComfyUI-GGUF @795e451 writes it",
        block_params=kind.block_params,
        block_parts=_parts(*kind.block_parts),
        keeps="llama.cpp",
        source=row.file_type.source,
        extra="the layout is that of its main type; others by tensor",
        compared="llama.cpp, llama-cpp-python 0.3.36",
    )


SCHEMES: Final[tuple[Scheme, ...]] = (
    *_CASTS,
    *_IDEALS,
    *(_gguf(row) for row in _GGUF_SCHEMES),
    *_BITSANDBYTES,
    *(_gptq(bits, group) for bits in GPTQ_BITS for group in GPTQ_GROUPS),
    *(_awq(group) for group in (32, 64, 128)),
    *_COMPRESSED,
    *_FLOATS,
    *_MLX_ROWS,
    *_TORCHAO_ROWS,
    *_QUANTO_ROWS,
    *(_hqq(bits, 64) for bits in HQQ_BITS),
    *(_exl3(bits) for bits in EXL3_BITS),
    *_BITNET,
    *_COMFY,
    *(_sdcpp(name) for name in SDCPP_TYPES),
    *_SVDQ,
)

#: How many thousandths a family's real files may lie below and above the figure, and why.
MARGINS: Final[Mapping[str, tuple[int, int, str]]] = {
    "gptq": (1, 5, "AutoGPTQ of 2023 adds a zero bias to each module"),
    "awq": (1, 1, "metadata differ between writers"),
    "hqq": (1, 1, "the container is a pickled archive, fitted and not computed"),
    "exl3": (30, 30, "bits are an average that the optimiser distributes over layers"),
    "bitnet": (10, 10, "such a model has norms of its own inside attention and MLP"),
    "nvfp4": (10, 50, "which layers are excluded is written in hf_quant_config.json"),
    "mxfp4": (10, 10, "names of merged experts differ"),
    "svdq": (10, 10, "smooth factors and metadata differ between releases"),
}

SCHEME_BY_ID: Final = {row.id: row for row in SCHEMES}
FAMILIES: Final = tuple(dict.fromkeys(row.family for row in SCHEMES))
