"""How libraries name the files of one model, and which folders and names hold a copy of it."""

import re
from typing import Final

from inspector.values import frozen


@frozen
class CopyFolder:
    """A folder whose weights are a copy of those in its parent; `reason` completes "not counted: …"."""

    name: str
    reason: str
    source: str


#: `name` is a regular expression for the whole folder name, lower case.
COPY_FOLDERS: Final = (
    CopyFolder(
        name="original",
        reason="the same model in its authors' own layout",
        source="meta-llama and openai repositories on the Hub",
    ),
    CopyFolder(
        name=r"(?:checkpoint|ckpt|global_step|step|epoch)[-_]?\d+",
        reason="an earlier state of the same training run",
        source="transformers Trainer, accelerate: checkpoint-N folders",
    ),
    CopyFolder(
        name=r"(?:fp|bf|f)(?:8|16|32)|float(?:16|32)|bfloat16|half",
        reason="the same model in another precision",
        source="folders of community repositories on the Hub",
    ),
)

#: File stems that the libraries load by themselves, in the order in which transformers and diffusers look.
LIBRARY_STEMS: Final = ("model", "pytorch_model", "diffusion_pytorch_model", "adapter_model", "pytorch_lora_weights")

#: Stem of the authors' own file beside a library's (mistral-inference, llama).
ORIGINAL_STEM: Final = "consolidated"

#: Words of a file name that say in which precision or state a copy is, not which model it is.
PRECISION_WORDS: Final = re.compile(
    r"(?i)(?<![a-z0-9])(?:fp32|fp16|bf16|fp8|fp4|f32|f16|f8|float32|float16|bfloat16|int8|int4|nf4|e4m3(?:fn)?|e5m2"
    r"|scaled|mixed|full|half|pruned|ema(?:only)?|non_?ema|no_?ema)(?![a-z0-9])"
)

#: Variants that a file name may end in (`model.fp16.safetensors`) whatever its stem is.
VARIANTS: Final = re.compile(r"(?i)(?:fp|bf|f|int|nf)\d{1,2}(?:_[a-z0-9]+)*|non_ema|no_ema|ema|ema_only|mixed")

#: Formats that hold the same model for other readers: kind of file -> what the report calls it.
OTHER_FORMATS: Final = {
    "pickle": "a pickle",
    "flax": "Flax",
    "keras": "Keras or HDF5",
    "gguf": "GGUF",
    "onnx": "ONNX",
    "openvino": "OpenVINO",
    "coreml": "Core ML",
}

#: Configuration files that are read wherever weights are, by name.
CONFIG_NAMES: Final = frozenset(
    (
        "config.json",
        "adapter_config.json",
        "model_index.json",
        "modules.json",
        "generation_config.json",
        "tokenizer_config.json",
        "special_tokens_map.json",
        "quantize_config.json",
        "quant_config.json",
        "quantization_config.json",
        "hf_quant_config.json",
        "preprocessor_config.json",
        "processor_config.json",
        "scheduler_config.json",
        "params.json",
        "config_sentence_transformers.json",
        "optimizer_param_groups.json",
    )
)

#: Those of them that say what the weights are: all that is read of a remote target that is only looked at.
SPARE_NAMES: Final = CONFIG_NAMES - {
    "generation_config.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "preprocessor_config.json",
    "processor_config.json",
    "scheduler_config.json",
}

#: Files that are needed for a tokenizer's exact size and are read only when asked for.
TOKENIZER_NAMES: Final = frozenset(
    ("tokenizer.json", "tokenizer.model", "vocab.json", "merges.txt", "vocab.txt", "spiece.model", "added_tokens.json")
)

#: Small text files that are read: model card, chat templates, lists of checksums (lower case).
TEXT_NAMES: Final = frozenset(("readme.md", "chat_template.jinja", "sha256sums", "sha256sums.txt", "sha256sum.txt"))
