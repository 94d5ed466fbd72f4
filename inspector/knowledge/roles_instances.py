"""Text encoders that serve other models, told by the shape of their token table."""

from typing import Final

from inspector.values import frozen


@frozen
class TextEncoder:
    """Rows and columns of a token table, and what the model that has it is called."""

    vocabulary: int
    width: int
    name: str
    source: str


TEXT_ENCODERS: Final[tuple[TextEncoder, ...]] = (
    TextEncoder(vocabulary=49408, width=768, name="CLIP-L", source="openai/clip-vit-large-patch14"),
    TextEncoder(vocabulary=49408, width=1280, name="CLIP-G", source="laion/CLIP-ViT-bigG-14-laion2B-39B-b160k"),
    TextEncoder(vocabulary=49408, width=1024, name="OpenCLIP-H", source="laion/CLIP-ViT-H-14-laion2B-s32B-b79K"),
    TextEncoder(vocabulary=49408, width=512, name="CLIP-B", source="openai/clip-vit-base-patch32"),
    TextEncoder(vocabulary=32128, width=4096, name="T5-XXL", source="google/t5-v1_1-xxl"),
    TextEncoder(vocabulary=32128, width=2048, name="T5-XL", source="google/t5-v1_1-xl"),
    TextEncoder(vocabulary=32128, width=1024, name="T5-Large", source="google/t5-v1_1-large"),
    TextEncoder(vocabulary=32128, width=768, name="T5-Base", source="google/t5-v1_1-base"),
    TextEncoder(vocabulary=32128, width=512, name="T5-Small", source="google/t5-v1_1-small"),
    TextEncoder(vocabulary=256384, width=4096, name="UMT5-XXL", source="google/umt5-xxl"),
    TextEncoder(vocabulary=256300, width=4096, name="UMT5-XXL", source="google/umt5-xxl, as ComfyUI trims it"),
    TextEncoder(vocabulary=256384, width=2048, name="UMT5-XL", source="google/umt5-xl"),
    TextEncoder(vocabulary=250112, width=4096, name="mT5-XXL", source="google/mt5-xxl"),
    TextEncoder(vocabulary=250112, width=2048, name="mT5-XL", source="google/mt5-xl"),
    TextEncoder(vocabulary=1536, width=1472, name="ByT5-Small", source="google/byt5-small with Glyph tokens"),
    TextEncoder(vocabulary=384, width=1472, name="ByT5-Small", source="google/byt5-small"),
    TextEncoder(vocabulary=256000, width=2304, name="Gemma-2-2B", source="google/gemma-2-2b"),
    TextEncoder(vocabulary=256000, width=2048, name="Gemma-2B", source="google/gemma-2b"),
    TextEncoder(vocabulary=262208, width=3840, name="Gemma-3-12B", source="google/gemma-3-12b-it"),
    TextEncoder(vocabulary=262208, width=2560, name="Gemma-3-4B", source="google/gemma-3-4b-it"),
    TextEncoder(vocabulary=152064, width=3584, name="Qwen2.5-VL-7B", source="Qwen/Qwen2.5-VL-7B-Instruct"),
    TextEncoder(vocabulary=151936, width=2560, name="Qwen3-4B", source="Qwen/Qwen3-4B"),
    TextEncoder(vocabulary=151936, width=2048, name="Qwen2.5-VL-3B", source="Qwen/Qwen2.5-VL-3B-Instruct"),
    TextEncoder(vocabulary=151936, width=4096, name="Qwen3-8B", source="Qwen/Qwen3-8B"),
    TextEncoder(vocabulary=128320, width=4096, name="Llama-3-8B", source="xtuner/llava-llama-3-8b-v1_1-transformers"),
    TextEncoder(vocabulary=128256, width=4096, name="Llama-3.1-8B", source="meta-llama/Llama-3.1-8B-Instruct"),
    TextEncoder(vocabulary=131072, width=5120, name="Mistral-Small-3", source="mistralai/Mistral-Small-3.1-24B"),
    TextEncoder(vocabulary=65024, width=4096, name="ChatGLM3-6B", source="THUDM/chatglm3-6b"),
    TextEncoder(vocabulary=250002, width=1024, name="XLM-RoBERTa-Large", source="FacebookAI/xlm-roberta-large"),
    TextEncoder(vocabulary=250002, width=768, name="XLM-RoBERTa-Base", source="FacebookAI/xlm-roberta-base"),
)
