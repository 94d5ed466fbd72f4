"""Small checkpoints on disk, and what the rules say of them."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from inspector.errors import NothingToInspect
from inspector.model import Checkpoint
from inspector.readers.bare import bare_checkpoint
from inspector.readers.checkpoint import read_checkpoint
from inspector.readers.contents import look_into
from inspector.rules.audit import audit
from inspector.rules.engine import AuditReport
from inspector.sources.local import open_local
from tests.builder import Spec, file_bytes, framed, header_bytes

ONE: Spec = {"a": ("F32", [1])}
ENTRY: Mapping[str, Any] = {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}

CONFIG: Mapping[str, Any] = {
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "hidden_size": 8,
    "intermediate_size": 16,
    "num_hidden_layers": 4,
    "num_attention_heads": 2,
    "num_key_value_heads": 2,
    "vocab_size": 32,
    "tie_word_embeddings": False,
    "torch_dtype": "bfloat16",
}


def layer(number: int, dtype: str = "BF16", width: int = 8) -> dict[str, tuple[str, list[int]]]:
    """The tensors of one block of a tiny language model."""
    prefix = f"model.layers.{number}."
    shapes = {
        "self_attn.q_proj.weight": [width, width],
        "self_attn.k_proj.weight": [width, width],
        "self_attn.v_proj.weight": [width, width],
        "self_attn.o_proj.weight": [width, width],
        "mlp.gate_proj.weight": [16, width],
        "mlp.up_proj.weight": [16, width],
        "mlp.down_proj.weight": [width, 16],
        "input_layernorm.weight": [width],
        "post_attention_layernorm.weight": [width],
    }
    return {prefix + name: (dtype, shape) for name, shape in shapes.items()}


def language_model(
    layers: Sequence[int] = range(4), *, dtype: str = "BF16", head: bool = True
) -> dict[str, tuple[str, list[int]]]:
    """The tensors of a tiny language model."""
    spec: dict[str, tuple[str, list[int]]] = {"model.embed_tokens.weight": (dtype, [32, 8])}
    for number in layers:
        spec |= layer(number, dtype)
    spec["model.norm.weight"] = (dtype, [8])
    if head:
        spec["lm_head.weight"] = (dtype, [32, 8])
    return spec


def write(folder: Path, files: Mapping[str, bytes | str | Mapping[str, Any]]) -> Path:
    """A folder with these files: bytes, text, or a value as JSON."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, Mapping):
            content = json.dumps(content)
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass"))
    return folder


def model_files(spec: Spec | None = None, **config: Any) -> dict[str, bytes | str | Mapping[str, Any]]:
    """A sound single-file model with its configuration, `config` replacing parts of that."""
    weights = file_bytes(language_model() if spec is None else spec, {"format": "pt"})
    return {"model.safetensors": weights, "config.json": {**CONFIG, **config}}


def sharded_files(
    one: Spec, two: Spec, *, index: Mapping[str, Any] | None = None, **metadata: Any
) -> dict[str, bytes | str | Mapping[str, Any]]:
    """Two shards and the index that describes them, or the one given."""
    names = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"]
    contents = [file_bytes(spec, {"format": "pt"}) for spec in (one, two)]
    weight_map = {**dict.fromkeys(one, names[0]), **dict.fromkeys(two, names[1])}
    total = sum(_data_bytes(content) for content in contents)
    default = {"metadata": {"total_size": total, **metadata}, "weight_map": weight_map}
    return {
        names[0]: contents[0],
        names[1]: contents[1],
        "model.safetensors.index.json": default if index is None else index,
    }


def _data_bytes(content: bytes) -> int:
    return len(content) - 8 - int.from_bytes(content[:8], "little")


def one_file(content: bytes) -> dict[str, bytes | str | Mapping[str, Any]]:
    return {"model.safetensors": content}


def header_file(header: Any, data: int = 4) -> dict[str, bytes | str | Mapping[str, Any]]:
    """One file with this header (any JSON value) and `data` zero bytes."""
    return one_file(header_bytes(header) + bytes(data))


def text_file(text: str | bytes, data: int = 4) -> dict[str, bytes | str | Mapping[str, Any]]:
    """One file with this literal header and `data` zero bytes."""
    return one_file(framed(text if isinstance(text, bytes) else text.encode(), bytes(data)))


def read(path: Path) -> Checkpoint:
    source = open_local(str(path))
    try:
        return read_checkpoint(source)
    except NothingToInspect:
        return bare_checkpoint(source)


def judge(path: Path, **options: Any) -> AuditReport:
    """The audit of a path, files beside the weights and the ends of weight files looked into."""
    source = open_local(str(path))
    checkpoint = read(path)
    contents, _ = look_into(source, [file for file in checkpoint.files if file.bytes and not _special(path, file.path)])
    return audit(checkpoint, contents=contents, **options)


def _special(root: Path, path: str) -> bool:
    return not (root / path).is_file()


def codes(report: AuditReport) -> list[str]:
    return [finding.rule for finding in report.findings]
