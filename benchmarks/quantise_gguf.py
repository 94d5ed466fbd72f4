"""Convert and quantise tiny checkpoints with llama.cpp itself and compare its files with the projections, byte by byte.

Needs torch, transformers and sentencepiece, llama.cpp's folder (for convert_hf_to_gguf.py) and its library. The source
distribution of llama-cpp-python holds the folder; its wheel, or `cmake --build` in the folder, makes the library:

    pip download llama-cpp-python==0.3.36 --no-binary llama-cpp-python --no-deps && tar xf llama_cpp_python-*.tar.gz
    python benchmarks/quantise_gguf.py --llama-cpp llama_cpp_python-0.3.36/vendor/llama.cpp --library libllama.so

with `inspector` importable. It writes a table in Markdown to stdout and the tools' own words to stderr. The library
quantises without the command line's note on an importance matrix, so those files' headers are compared in bounds only.
"""

import argparse
import ctypes
import json
import shutil
import struct
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TextIO

TOKENS = 512
_BASE = {
    "vocab_size": TOKENS,
    "hidden_size": 256,
    "intermediate_size": 512,
    "num_hidden_layers": 5,
    "num_attention_heads": 8,
    "num_key_value_heads": 2,
    "max_position_embeddings": 256,
    "pad_token_id": None,
}
_EXPERTS = {"num_experts": 16, "num_experts_per_tok": 4, "moe_intermediate_size": 128, "head_dim": 64}
_LLAMA3 = {
    "rope_type": "llama3",
    "rope_theta": 500_000.0,
    "factor": 8.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 128,
}
_LATENT = {
    "num_key_value_heads": 8,
    "kv_lora_rank": 64,
    "q_lora_rank": 96,
    "qk_rope_head_dim": 16,
    "qk_nope_head_dim": 32,
    "v_head_dim": 32,
    "n_routed_experts": 8,
    "n_shared_experts": 1,
    "num_experts_per_tok": 2,
    "moe_intermediate_size": 128,
    "first_k_dense_replace": 1,
    "n_group": 1,
    "topk_group": 1,
}

MODELS: Mapping[str, tuple[str, dict[str, Any]]] = {
    "llama": ("LlamaConfig", {}),
    "llama-rope": ("LlamaConfig", {"rope_parameters": _LLAMA3}),
    "llama-80": ("LlamaConfig", {"num_hidden_layers": 80, "hidden_size": 64, "intermediate_size": 96}),
    "llama-odd": (
        "LlamaConfig",
        {"hidden_size": 288, "intermediate_size": 800, "num_attention_heads": 9, "num_key_value_heads": 3},
    ),
    "mixtral": ("MixtralConfig", {"num_local_experts": 8}),
    "qwen2-tied": ("Qwen2Config", {"tie_word_embeddings": True}),
    "qwen3-tied": ("Qwen3Config", {"tie_word_embeddings": True, "head_dim": 64}),
    "gemma": ("GemmaConfig", {"head_dim": 32, "num_key_value_heads": 1}),
    "gemma2": ("Gemma2Config", {"head_dim": 32}),
    "gemma3": ("Gemma3TextConfig", {"head_dim": 32, "num_hidden_layers": 7}),
    "phi3": ("Phi3Config", {"pad_token_id": 0}),
    "granite": ("GraniteConfig", {}),
    "smollm3": ("SmolLM3Config", {"pad_token_id": 0}),
    "mamba": ("MambaConfig", {}),
    "jamba": ("JambaConfig", {"num_experts": 4, "num_experts_per_tok": 2, "num_hidden_layers": 8}),
    "qwen3-moe": ("Qwen3MoeConfig", _EXPERTS),
    "deepseek-v2": ("DeepseekV2Config", _LATENT),
    "gpt-oss": ("GptOssConfig", {"head_dim": 32, "num_local_experts": 4, "num_experts_per_tok": 2}),
}


class Parameters(ctypes.Structure):
    """llama_model_quantize_params of include/llama.h."""

    _fields_ = (
        ("threads", ctypes.c_int32),
        ("file_type", ctypes.c_int),
        ("output_type", ctypes.c_int),
        ("embedding_type", ctypes.c_int),
        *((name, ctypes.c_bool) for name in ("requantize", "output", "copy", "pure", "split", "dry_run")),
        *((name, ctypes.c_void_p) for name in ("imatrix", "key_values", "types", "pruned")),
        ("buffer", ctypes.c_size_t),
    )


class Importance(ctypes.Structure):
    """llama_model_imatrix_data of include/llama.h."""

    _fields_ = (("name", ctypes.c_char_p), ("data", ctypes.POINTER(ctypes.c_float)), ("size", ctypes.c_size_t))


def say(line: str, stream: TextIO) -> None:
    stream.write(line + "\n")
    stream.flush()


def tokenizer_model() -> bytes:
    """A sentencepiece model of bytes-long pieces, written as its protocol buffer."""

    def field(number: int, body: bytes) -> bytes:
        return bytes([number << 3 | 2, len(body)]) + body

    def piece(index: int) -> bytes:
        special = {0: ("<unk>", 2), 1: ("<s>", 3), 2: ("</s>", 3)}
        text, kind = special.get(index, (f"\u2581t{index}", 1))
        return field(1, field(1, text.encode()) + b"\x15" + struct.pack("<f", -float(index)) + bytes([0x18, kind]))

    return b"".join(piece(index) for index in range(TOKENS))


def build(name: str, folder: Path) -> None:
    """A random BF16 checkpoint of a tiny architecture with its tokenizer."""
    import torch
    import transformers

    config_class, changes = MODELS[name]
    config = getattr(transformers, config_class)(**(_BASE | changes))
    torch.manual_seed(0)
    model = transformers.AutoModelForCausalLM.from_config(config)
    model.to(torch.bfloat16).save_pretrained(folder)
    (folder / "tokenizer.model").write_bytes(tokenizer_model())
    settings = {"add_bos_token": True, "bos_token": "<s>", "eos_token": "</s>", "tokenizer_class": "LlamaTokenizer"}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))


#: Runs the converter; where an architecture insists on a byte-pair tokenizer, with the sentencepiece one all the same.
_CONVERT = """
import sys
sys.path[:0] = [sys.argv[1], sys.argv[1] + "/gguf-py"]
from pathlib import Path
import gguf
from conversion import ModelBase, ModelType, get_model_architecture, get_model_class
source, target = Path(sys.argv[2]), Path(sys.argv[3])
settings = ModelBase.load_hparams(source, False)
kind = get_model_class(get_model_architecture(settings, ModelType.TEXT))
model = kind(source, gguf.LlamaFileType.MOSTLY_F16, target)
chosen = model.set_vocab
def set_vocab():
    try:
        chosen()
    except NotImplementedError:
        for part in model.gguf_writer.kv_data:
            for key in [key for key in part if key.startswith("tokenizer")]:
                del part[key]
        model._set_vocab_sentencepiece()
model.set_vocab = set_vocab
model.write()
"""


def convert(llama_cpp: Path, source: Path, target: Path) -> None:
    command = [sys.executable, "-c", _CONVERT, str(llama_cpp), str(source), str(target)]
    subprocess.run(command, check=True, stdout=sys.stderr)


class Quantiser:
    """llama.cpp's own quantiser, called in its library."""

    def __init__(self, library: Path) -> None:
        self._library = ctypes.CDLL(str(library))
        self._library.llama_model_quantize_default_params.restype = Parameters
        self._library.llama_backend_init()

    def run(self, source: Path, target: Path, file_type: int, importance: Mapping[str, int]) -> bool:
        """Quantise a file; `importance` holds the values a row for each matrix, none for no matrix."""
        parameters = self._library.llama_model_quantize_default_params()
        parameters.file_type, parameters.threads, parameters.requantize = file_type, 1, True
        rows = [
            Importance(name.encode(), (ctypes.c_float * size)(*([1.0] * size)), size)
            for name, size in importance.items()
        ]
        if rows:
            array = (Importance * (len(rows) + 1))(*rows, Importance(None, None, 0))
            parameters.imatrix = ctypes.cast(array, ctypes.c_void_p)
        code = self._library.llama_model_quantize(str(source).encode(), str(target).encode(), ctypes.byref(parameters))
        return int(code) == 0


def matrices(llama_cpp: Path, file: Path) -> dict[str, int]:
    """For each matrix of a GGUF file, how many values its importance matrix has: one a column of every expert."""
    sys.path.insert(0, str(llama_cpp / "gguf-py"))
    from gguf import GGUFReader

    rows = ((tensor.name, [int(size) for size in tensor.shape]) for tensor in GGUFReader(str(file)).tensors)
    return {name: shape[0] * (shape[2] if len(shape) > 2 else 1) for name, shape in rows if len(shape) > 1}


def compare(source: Path, converted: Path, llama_cpp: Path, quantiser: Quantiser) -> Iterator[tuple[str, str]]:
    """For each scheme that is offered, its id and what the comparison came to."""
    import inspector
    from inspector.knowledge.gguf_file_types import find_scheme

    importance = matrices(llama_cpp, converted)
    result = inspector.project(inspector.open(str(source), tokenizers=True), schemes=["gguf"])
    for row in result.projections:
        scheme = find_scheme(row.scheme)
        assert scheme is not None
        target = converted.with_name(f"{row.scheme.replace('/', '-')}.gguf")
        if not quantiser.run(converted, target, scheme.file_type.number, importance if scheme.imatrix else {}):
            yield row.scheme, "the tool refused"
            continue
        size = target.stat().st_size
        target.unlink()
        yield row.scheme, _verdict(row, size, scheme.imatrix)
    for refused in result.not_offered:
        scheme = find_scheme(refused.scheme)
        number = scheme.file_type.number if scheme else 0
        if quantiser.run(converted, converted.with_name("refused.gguf"), number, importance):
            yield refused.scheme, f"not offered ({refused.reason}), but the tool wrote it"


def _verdict(row: Any, size: int, imatrix: bool) -> str:
    if row.projected_bytes == size:
        return "exact"
    # The library leaves out what the command line would note of the matrix: 87 to 428 bytes, then padding.
    if imatrix and 0 < row.projected_bytes - size <= 448:
        return "exact but for the matrix's key-values"
    return f"{row.projected_bytes - size:+d} bytes"


def measure(name: str, root: Path, llama_cpp: Path, quantiser: Quantiser) -> str:
    """One row of the table."""
    source, converted = root / name / name, root / name / "f16.gguf"
    try:
        shutil.rmtree(root / name, ignore_errors=True)
        build(name, source)
        convert(llama_cpp, source, converted)
    except Exception as error:
        say(f"{name}: {type(error).__name__}: {error}", sys.stderr)
        return f"| {name} | not run | | | |"
    verdicts = dict(compare(source, converted, llama_cpp, quantiser))
    exact = [scheme for scheme, verdict in verdicts.items() if verdict.startswith("exact")]
    wrong = "; ".join(f"{scheme}: {verdict}" for scheme, verdict in verdicts.items() if scheme not in exact)
    return f"| {name} | {converted.stat().st_size:,} | {len(verdicts)} | {len(exact)} | {wrong or 'none'} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--llama-cpp", type=Path, required=True)
    parser.add_argument("--library", type=Path, required=True)
    parser.add_argument("--models", default=",".join(MODELS))
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    root = options.out or Path(tempfile.mkdtemp())
    quantiser = Quantiser(options.library)
    say("| checkpoint | bytes in F16 | file types | exact | others |", sys.stdout)
    say("|---|---|---|---|---|", sys.stdout)
    for name in options.models.split(","):
        say(measure(name, root, options.llama_cpp, quantiser), sys.stdout)


if __name__ == "__main__":
    main()
