"""Quantise tiny checkpoints with the real tools on a CPU and compare their files with the projections, byte by byte.

Needs torch and transformers, and any of bitsandbytes, torchao, optimum-quanto, llmcompressor and mlx-lm; a tool that
is not installed or fails is reported as not run. Run it as

    python benchmarks/quantise_safetensors.py [--models llama,gemma2] [--schemes bnb/nf4,mlx/4bit-g64] [--out FOLDER]

with `inspector` importable. It writes a table in Markdown to stdout and the tools' own words to stderr.
"""

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any, TextIO

SMALL = {"vocab_size": 512, "max_position_embeddings": 128}

MODELS: Mapping[str, tuple[str, dict[str, Any]]] = {
    "llama": (
        "LlamaConfig",
        {
            "hidden_size": 256,
            "intermediate_size": 640,
            "num_hidden_layers": 3,
            "num_attention_heads": 4,
            "num_key_value_heads": 2,
        },
    ),
    "llama-odd": (
        "LlamaConfig",
        {
            "hidden_size": 288,
            "intermediate_size": 720,
            "num_hidden_layers": 2,
            "num_attention_heads": 9,
            "num_key_value_heads": 3,
        },
    ),
    "qwen2-tied": (
        "Qwen2Config",
        {
            "hidden_size": 256,
            "intermediate_size": 512,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
            "num_key_value_heads": 2,
            "tie_word_embeddings": True,
        },
    ),
    "gemma2": (
        "Gemma2Config",
        {
            "hidden_size": 256,
            "intermediate_size": 512,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
            "num_key_value_heads": 2,
            "head_dim": 64,
        },
    ),
    "qwen3-moe": (
        "Qwen3MoeConfig",
        {
            "hidden_size": 256,
            "intermediate_size": 512,
            "moe_intermediate_size": 128,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
            "num_key_value_heads": 2,
            "head_dim": 64,
            "num_experts": 4,
            "num_experts_per_tok": 2,
        },
    ),
    "mixtral": (
        "MixtralConfig",
        {
            "hidden_size": 256,
            "intermediate_size": 512,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
            "num_key_value_heads": 2,
            "num_local_experts": 8,
        },
    ),
    "phi3": (
        "Phi3Config",
        {
            "hidden_size": 256,
            "intermediate_size": 512,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
            "num_key_value_heads": 4,
            "pad_token_id": 0,
        },
    ),
    "gpt2": ("GPT2Config", {"n_embd": 256, "n_layer": 2, "n_head": 4, "n_positions": 128}),
    "bert": (
        "BertConfig",
        {"hidden_size": 256, "intermediate_size": 512, "num_hidden_layers": 2, "num_attention_heads": 4},
    ),
}


def build(name: str, folder: Path) -> None:
    """A random BF16 checkpoint of a tiny architecture."""
    import torch
    import transformers

    config_class, sizes = MODELS[name]
    config = getattr(transformers, config_class)(**(SMALL | sizes))
    torch.manual_seed(0)
    auto = transformers.AutoModelForMaskedLM if name == "bert" else transformers.AutoModelForCausalLM
    auto.from_config(config).to(torch.bfloat16).save_pretrained(folder)


def _auto(folder: Path, **options: Any) -> Any:
    import torch
    import transformers

    architecture = json.loads((folder / "config.json").read_text())["architectures"][0]
    return getattr(transformers, architecture).from_pretrained(folder, dtype=torch.bfloat16, **options)


def bitsandbytes(scheme: str, source: Path, target: Path) -> None:
    from transformers import BitsAndBytesConfig

    kind = scheme.removeprefix("bnb/")
    config = (
        BitsAndBytesConfig(load_in_8bit=True)
        if kind == "int8"
        else BitsAndBytesConfig(
            load_in_4bit=True, bnb_4bit_quant_type=kind[:3], bnb_4bit_use_double_quant=kind.endswith("dq")
        )
    )
    _auto(source, quantization_config=config).save_pretrained(target)


def fp8(scheme: str, source: Path, target: Path) -> None:
    from transformers import FineGrainedFP8Config
    from transformers.quantizers.quantizer_finegrained_fp8 import FineGrainedFP8HfQuantizer

    # Its check asks for a GPU; writing files needs none.
    FineGrainedFP8HfQuantizer.validate_environment = lambda self, *args, **options: None
    _auto(source, quantization_config=FineGrainedFP8Config()).save_pretrained(target)


def torchao(scheme: str, source: Path, target: Path) -> None:
    from torchao import quantization
    from transformers import TorchAoConfig

    config = {
        "torchao/int8wo": "Int8WeightOnlyConfig",
        "torchao/int8dyn": "Int8DynamicActivationInt8WeightConfig",
        "torchao/fp8wo": "Float8WeightOnlyConfig",
    }[scheme]
    _auto(source, quantization_config=TorchAoConfig(getattr(quantization, config)())).save_pretrained(target)


def quanto(scheme: str, source: Path, target: Path) -> None:
    from optimum.quanto import freeze, qfloat8, qint2, qint4, qint8, quantize
    from safetensors.torch import save_file

    kinds = {"quanto/int8": qint8, "quanto/int4": qint4, "quanto/int2": qint2, "quanto/fp8": qfloat8}
    model = _auto(source)
    quantize(model, weights=kinds[scheme], exclude="lm_head")
    freeze(model)
    tied = set(getattr(model, "all_tied_weights_keys", None) or {})
    state = {name: value.contiguous().clone() for name, value in model.state_dict().items() if name not in tied}
    target.mkdir(parents=True, exist_ok=True)
    save_file(state, target / "model.safetensors", metadata={"format": "pt"})


def compressed_tensors(scheme: str, source: Path, target: Path) -> None:
    from llmcompressor import oneshot
    from llmcompressor.modifiers.quantization import QuantizationModifier

    name = scheme.removeprefix("ct/").upper().replace("-", "_")
    ignore = ["lm_head", "re:.*mlp.gate$", "re:.*block_sparse_moe.gate$"]
    model = _auto(source)
    oneshot(model=model, recipe=QuantizationModifier(targets="Linear", scheme=name, ignore=ignore))
    model.save_pretrained(target, save_compressed=True)


def mlx(scheme: str, source: Path, target: Path) -> None:
    from mlx_lm import utils

    kind, _, group = scheme.removeprefix("mlx/").partition("-g")
    modes = {"mxfp4": (4, 32), "nvfp4": (4, 16), "mxfp8": (8, 32)}
    bits, size = modes.get(kind) or (int(kind.removesuffix("bit")), int(group))
    model, config = utils.load_model(source, lazy=True)
    mode = kind if kind in modes else "affine"
    model, config = utils.quantize_model(model, config, size, bits, mode=mode)
    utils.save_model(target, model)


TOOLS: Mapping[str, tuple[Callable[[str, Path, Path], None], str]] = {
    "bnb": (bitsandbytes, "bitsandbytes"),
    "fp8": (fp8, "transformers"),
    "torchao": (torchao, "torchao"),
    "quanto": (quanto, "optimum-quanto"),
    "ct": (compressed_tensors, "llmcompressor"),
    "mlx": (mlx, "mlx-lm"),
}

SCHEMES = (
    *("bnb/int8", "bnb/nf4", "bnb/nf4-dq", "bnb/fp4", "fp8/block-128"),
    *("torchao/int8wo", "torchao/int8dyn", "torchao/fp8wo", "quanto/int8", "quanto/int4", "quanto/int2", "quanto/fp8"),
    *("ct/w4a16", "ct/w4a16-asym", "ct/w8a16", "ct/w8a8", "ct/fp8-dynamic", "ct/fp8-block", "ct/nvfp4a16"),
    *("ct/mxfp4a16", "mlx/4bit-g64", "mlx/8bit-g32", "mlx/3bit-g128", "mlx/mxfp4", "mlx/nvfp4", "mlx/mxfp8"),
)


def say(line: str, stream: TextIO) -> None:
    stream.write(line + "\n")
    stream.flush()


def measured_bytes(folder: Path) -> tuple[int, int]:
    """All weight files together, and the part of it that is headers."""
    total = headers = 0
    for path in folder.glob("*.safetensors"):
        total += path.stat().st_size
        with path.open("rb") as file:
            headers += 8 + int.from_bytes(file.read(8), "little")
    return total, headers


def compare(model: str, scheme: str, source: Path, target: Path) -> str:
    """One row of the table."""
    import inspector

    tool, package = TOOLS[scheme.split("/")[0]]
    try:
        version = metadata.version(package)
        tool(scheme, source, target)
    except Exception as error:
        say(f"{model} {scheme}: {type(error).__name__}: {error}", sys.stderr)
        return f"| {model} | {scheme} | {package} | not run | | |"
    total, headers = measured_bytes(target)
    result = inspector.project(inspector.open(str(source)), schemes=[scheme])
    if not result.projections:
        return f"| {model} | {scheme} | {package} {version} | {total:,} | {result.not_offered[0].reason} | |"
    row = result.projections[0]
    data = total - headers - (row.projected_bytes - row.header_bytes)
    within = "yes" if row.low_bytes <= total <= row.high_bytes else "NO"
    figures = f"{total:,} | {row.projected_bytes - total:+d} (data {-data:+d}), {row.basis} | {within}"
    return f"| {model} | {scheme} | {package} {version} | {figures} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", default=",".join(MODELS))
    parser.add_argument("--schemes", default=",".join(SCHEMES))
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    root = options.out or Path(tempfile.mkdtemp())
    say("| checkpoint | scheme | tool | bytes written | projected minus written | within bounds |", sys.stdout)
    say("|---|---|---|---|---|---|", sys.stdout)
    for model in options.models.split(","):
        source = root / model / "source"
        if not source.exists():
            build(model, source)
        for scheme in options.schemes.split(","):
            target = root / model / scheme.replace("/", "-")
            shutil.rmtree(target, ignore_errors=True)
            say(compare(model, scheme, source, target), sys.stdout)


if __name__ == "__main__":
    main()
