"""Real headers with one tensor or one word less: what a block loses is noticed, whichever of its tensors it is."""

import json
from pathlib import Path

import pytest

from inspector.analyses.labelling import take_census
from inspector.model import Checkpoint, Target, WeightSet
from inspector.readers.header import read_header
from inspector.rules.audit import audit
from inspector.sources.snapshot import open_snapshot
from tests.builder import shard

FIXTURES = Path(__file__).parents[2] / "fixtures"
_Spec = dict[str, tuple[str, tuple[int, ...]]]
_SELECTED = ("ST540", "ST541", "ST542", "ST543", "ST544", "ST545")


def _spec(name: str) -> _Spec:
    """The tensors of the weight files in the root of a snapshot."""
    source = open_snapshot(str(FIXTURES / f"{name}.snapshot.json.gz"))
    spec: _Spec = {}
    for file in source.list_files():
        if file.path.endswith(".safetensors") and "/" not in file.path:
            size = 8 + int.from_bytes(source.read(file.path, 0, 8), "little")
            header = read_header(source.read(file.path, 0, size), file_bytes=file.bytes)
            spec |= {tensor.name: (tensor.dtype, tensor.shape) for tensor in header.tensors}
    return spec


def _findings(spec: _Spec) -> list[tuple[str, str]]:
    weights = WeightSet(path="model.safetensors", shards=(shard(spec),))
    checkpoint = Checkpoint(uri="x", target=Target(kind="folder", ref="x"), weight_sets=(weights,))
    report = audit(checkpoint, take_census(checkpoint), select=_SELECTED)
    return [(finding.rule, subject) for finding in report.findings for subject in finding.subjects]


@pytest.mark.parametrize(
    ("name", "block"),
    [
        ("llama-3.1-8b", "model.layers.17."),
        ("bert-base-uncased", "bert.encoder.layer.5."),
        ("llama-2-7b-gptq", "model.layers.9.mlp."),
        ("mixtral-8x7b", "model.layers.9.block_sparse_moe.experts.3."),
        ("whisper-large-v3", "model.decoder.layers.9."),
        ("vae-sdxl-ldm", "decoder.up.2.block.1."),
        ("controlnet-sd15", "down_blocks.1.attentions.0.transformer_blocks.0."),
        ("upscaler-realesrgan-x4", "body.11."),
    ],
)
def test_every_tensor_of_an_inner_block_is_missed(name: str, block: str) -> None:
    spec = _spec(name)
    lost = [tensor for tensor in spec if tensor.startswith(block)]
    assert _findings(spec) == []
    assert lost
    noticed = [tensor for tensor in lost[:12] if _findings({t: form for t, form in spec.items() if t != tensor})]
    assert noticed == lost[:12]


@pytest.mark.parametrize("word", ["_orig_mod", "module", "_fsdp_wrapped_module"])
def test_a_wrapper_in_every_name_is_told_once(word: str) -> None:
    spec = {f"{word}.{tensor}": form for tensor, form in _spec("llama-3.1-8b").items()}
    found = _findings(spec)
    assert [rule for rule, _ in found] == ["ST545"]
    assert json.dumps(found[0][1]).startswith(f'"{word}.')
