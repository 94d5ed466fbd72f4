"""Every model of the optional development data is recognised; skipped where the data is absent."""

import gzip
import json
from pathlib import Path
from typing import Any, Final

import pytest

from inspector.analyses.labelling import take_census
from inspector.analyses.recognition.architecture import Architecture, recognise
from inspector.model import Checkpoint, Shard, Target, WeightSet
from inspector.readers.header import read_header
from tests.builder import data_bytes, header_bytes, shared_folder

#: model, id, kind
_EXPECTED: Final = """
animatediff-motion animatediff-motion adapter
bart-large bart encoder-decoder
bert-base-uncased bert text-encoder
clip-vit-large-patch14 clip vision-language
cogvideox-5b cogvideox text-to-video
controlnet-sd15 sd15-controlnet controlnet
convnext-tiny convnext image-classification
deepseek-v2-lite deepseek-v2 causal-lm
deepseek-v3 deepseek-v3 causal-lm
dinov2-base dinov2 image-encoder
embedding-sd15-ti textual-inversion adapter
encodec-24khz encodec codec
falcon-7b falcon causal-lm
flan-t5-xxl t5 encoder-decoder
flux1-dev-bfl flux text-to-image
flux1-dev-diffusers flux text-to-image
flux1-schnell-bfl flux text-to-image
gemma-2b gemma causal-lm
gemma-3-4b gemma3 vision-language
glm-4.5-air glm4-moe causal-lm
gpt-oss-20b gpt-oss causal-lm
gpt2 gpt2 causal-lm
lerobot-optimizer-state optimizer-state optimizer
llama-2-7b llama causal-lm
llama-2-7b-gptq llama causal-lm
llama-3.1-8b llama causal-lm
llama-3.1-8b-bnb-nf4 llama causal-lm
llama-3.1-8b-fp8 llama causal-lm
llama-3.2-1b llama causal-lm
llava-1.5-7b llava vision-language
lora-flux-diffusers flux-lora adapter
lora-flux-kohya flux-lora adapter
lora-llama-peft llama-lora adapter
lora-sd15-kohya sd15-lora adapter
ltx-video-2b ltx-video text-to-video
mamba-2.8b mamba causal-lm
mamba-codestral-7b mamba2 causal-lm
mistral-7b-awq mistral causal-lm
mistral-7b-v0.1 mistral causal-lm
mixtral-8x7b mixtral causal-lm
modernbert-base modernbert text-encoder
olmo-2-7b olmo2 causal-lm
olmoe-1b-7b olmoe causal-lm
opt-1.3b opt causal-lm
phi-2 phi causal-lm
phi-3-mini-4k phi3 causal-lm
pixart-sigma pixart text-to-image
ponyxl-single sdxl text-to-image
qwen1.5-moe-a2.7b qwen2-moe causal-lm
qwen2-audio-7b qwen2-audio audio-language
qwen2-vl-7b qwen2-vl vision-language
qwen2.5-0.5b qwen2 causal-lm
qwen2.5-7b qwen2 causal-lm
qwen3-30b-a3b qwen3-moe causal-lm
qwen3-8b qwen3 causal-lm
real-all-minilm-l6-v2 bert text-encoder
real-silero-vad silero-vad speech
real-wordllama static-embedding text-encoder
reflection-llama-3.1-70b llama causal-lm
resnet-50 resnet image-classification
roberta-large roberta text-encoder
sd15-diffusers sd15 text-to-image
sd15-single sd15 text-to-image
sd15-single-ema sd15 text-to-image
sd21-single sd21 text-to-image
sd3-medium-incl-clips-t5 sd3 text-to-image
sd35-large-diffusers sd35 text-to-image
sd35-large-single sd35 text-to-image
sdxl-base-single sdxl text-to-image
sdxl-diffusers sdxl text-to-image
siglip-so400m-384 siglip vision-language
smollm3-3b smollm3 causal-lm
smolvlm-2.2b smolvlm vision-language
starcoder2-3b starcoder2 causal-lm
t2i-adapter-sdxl t2i-adapter adapter
t5-small t5 encoder-decoder
t5-v1_1-xxl-encoder t5-encoder text-encoder
taesd taesd vae
umt5-xxl-encoder umt5-encoder text-encoder
upscaler-realesrgan-x4 esrgan upscaler
vae-sdxl-ldm autoencoder-kl vae
vit-base-patch16-224 vit image-classification
wan2.1-t2v-1.3b wan text-to-video
wan2.1-t2v-1.3b-orig wan text-to-video
wan2.1-t2v-14b wan text-to-video
wav2vec2-base-960h wav2vec2 speech
whisper-large-v3 whisper speech
"""

_SHARED = shared_folder()
_ROWS = [tuple(line.split()) for line in _EXPECTED.split("\n") if line]


def _shard(path: str, header: dict[str, Any]) -> Shard:
    head = header_bytes(header)
    read = read_header(head, file_bytes=len(head) + data_bytes(header))
    return Shard(
        path=path,
        file_bytes=read.file_bytes,
        header_bytes=read.header_bytes,
        tensors=read.tensors,
        metadata=read.metadata,
    )


def _recognise(file: Path) -> Architecture:
    with gzip.open(file) as stream:
        document = json.load(stream)
    folders: dict[str, list[Shard]] = {}
    for path, header in document["files"].items():
        folders.setdefault(path.rpartition("/")[0], []).append(_shard(path, header))
    checkpoint = Checkpoint(
        uri=file.name,
        target=Target(kind="folder", ref=file.name),
        weight_sets=tuple(WeightSet(path=folder, shards=tuple(shards)) for folder, shards in folders.items()),
        configs={path: value for path, value in document["other_files"].items() if isinstance(value, dict)},
    )
    return recognise(checkpoint, take_census(checkpoint))


@pytest.mark.skipif(_SHARED is None, reason="the optional development data is absent")
@pytest.mark.parametrize(("model", "id", "kind"), _ROWS, ids=[row[0] for row in _ROWS])
def test_models_of_the_corpus(model: str, id: str, kind: str) -> None:
    assert _SHARED is not None
    architecture = _recognise(_SHARED / "corpus" / "headers" / f"{model}.json.gz")
    assert (architecture.id, architecture.kind) == (id, kind)
    assert not any("contradict" in sentence for sentence in architecture.evidence)
