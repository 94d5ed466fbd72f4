"""Low-rank adapters: which base model the names and widths of their modules speak of.

Module names are compared with every dot written as an underscore, so that kohya's, PEFT's and diffusers' read alike.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple


class AdapterBase(NamedTuple):
    """A base that a module name shows: it contains `module`, and takes `widths` elements in, where given.

    `beside` must occur in some module of the adapter, `lacks` in none. `candidates` are all bases with such modules,
    where there are several; `also` are fine-tunes that go by their own name, where metadata gives it.
    """

    base: str
    module: str
    source: str
    widths: tuple[int, ...] = ()
    beside: str = ""
    lacks: str = ""
    candidates: tuple[str, ...] = ()
    also: tuple[str, ...] = ()


_SD: Final = "kohya-ss/sd-scripts, networks/lora.py"
_DF: Final = "diffusers, loaders/lora_pipeline.py"
_MUSUBI: Final = "kohya-ss/musubi-tuner, networks/"
_PEFT: Final = "huggingface/peft, utils/constants.py"
_XL: Final = ("pony", "illustrious")
_LLAMA_LIKE: Final = ("llama", "mistral", "qwen2", "qwen3", "gemma", "gemma2", "gemma3", "olmo2", "granite", "smollm3")

ADAPTER_BASES: Final = (
    AdapterBase("hidream", "double_stream_blocks_*_block", _DF),
    AdapterBase("sd3", "joint_blocks_*_x_block", _SD, candidates=("sd3", "sd35")),
    AdapterBase("hunyuan-video", "double_blocks_*_img_mod_linear", _MUSUBI + "lora.py"),
    AdapterBase("hunyuan-video", "individual_token_refiner", _MUSUBI + "lora.py"),
    AdapterBase("flux2", "double_blocks_*_img_attn", _DF, widths=(6144, 4096)),
    AdapterBase("flux", "double_blocks_*_img_attn", "kohya-ss/sd-scripts, networks/lora_flux.py", beside="img_mod_lin"),
    AdapterBase(
        "flux",
        "double_blocks_*_img_attn",
        "kohya-ss/sd-scripts, networks/lora_flux.py",
        candidates=("flux", "chroma", "hunyuan-video"),
    ),
    AdapterBase("flux", "double_blocks_*_qkv_lora*", "XLabs-AI/x-flux"),
    AdapterBase("flux2", "single_transformer_blocks_*_attn_to_qkv_mlp_proj", _DF),
    AdapterBase("hunyuan-video", "single_transformer_blocks_*", _DF, beside="token_refiner"),
    AdapterBase("flux", "single_transformer_blocks_*", _DF, widths=(3072, 15360)),
    AdapterBase("sd35", "transformer_blocks_*_attn_add_k_proj", _DF, widths=(2432,)),
    AdapterBase("sd3", "transformer_blocks_*_attn_add_k_proj", _DF, widths=(1536,), candidates=("sd3", "sd35")),
    AdapterBase("qwen-image", "transformer_blocks_*_img_mlp_net", _DF, widths=(3072, 12288)),
    AdapterBase(
        "qwen-image", "transformer_blocks_*_attn_add_k_proj", _DF, widths=(3072,), lacks="single_transformer_blocks"
    ),
    AdapterBase("sdxl", "attn2_to_k", _SD, widths=(2048,), beside="mid_block", also=_XL),
    AdapterBase("sdxl", "attn2_to_k", _SD, widths=(2048,), beside="down_blocks", also=_XL),
    AdapterBase("sdxl", "attn2_to_k", _SD, widths=(2048,), beside="input_blocks", also=_XL),
    AdapterBase("sd21", "attn2_to_k", _SD, widths=(1024,), beside="_blocks_*_attentions"),
    AdapterBase("sd21", "attn2_to_k", _SD, widths=(1024,), beside="input_blocks"),
    AdapterBase("sd15", "attn2_to_k", _SD, widths=(768,)),
    AdapterBase("sd15", "_attn1_to_", _SD, widths=(320,), beside="_blocks_*_attentions", candidates=("sd15", "sd21")),
    AdapterBase("sdxl", "lora_te2_", _SD, also=_XL),
    AdapterBase("sdxl", "down_blocks_*_attentions", _SD, candidates=("sdxl", "sd15", "sd21")),
    AdapterBase("sdxl", "input_blocks_*", _SD, candidates=("sdxl", "sd15", "sd21")),
    AdapterBase("sd35", "transformer_blocks_*_attn_to_q", _DF, widths=(2432,)),
    AdapterBase("sd3", "transformer_blocks_*_attn_to_q", _DF, widths=(1536,), candidates=("sd3", "sd35")),
    AdapterBase("flux", "transformer_blocks_*_attn_to_q", _DF, widths=(3072,), candidates=("flux", "qwen-image")),
    AdapterBase("mochi", "transformer_blocks_*_attn1_add_q_proj", _DF),
    AdapterBase("ltx-video", "transformer_blocks_*_attn2_to_k", _DF, widths=(2048, 4096)),
    AdapterBase("pixart", "transformer_blocks_*_attn2_to_k", _DF, widths=(1152,)),
    AdapterBase("sana", "transformer_blocks_*_attn2_to_k", _DF, widths=(2240, 1152)),
    AdapterBase("cogvideox", "transformer_blocks_*_attn1_to_q", _DF, widths=(1920, 3072), lacks="attn2"),
    AdapterBase("cogview4", "transformer_blocks_*_attn1_to_q", _DF, widths=(4096, 2560), lacks="attn2"),
    AdapterBase("wan", "blocks_*_cross_attn_k", _MUSUBI + "lora_wan.py", beside="self_attn"),
    AdapterBase("wan", "blocks_*_self_attn_q", _MUSUBI + "lora_wan.py", widths=(1536, 3072, 5120), lacks="layers_"),
    AdapterBase("wan", "blocks_*_attn1_to_q", _DF, widths=(1536, 3072, 5120)),
    AdapterBase("z-image", "layers_*_attention_to_q", _DF, widths=(3840,)),
    AdapterBase("z-image", "layers_*_attention_qkv", _MUSUBI + "lora_zimage.py", widths=(3840,)),
    AdapterBase("lumina2", "layers_*_attention_qkv", _SD, widths=(2304,)),
    AdapterBase("lumina2", "layers_*_attn_to_q", _DF, widths=(2304,)),
    AdapterBase("auraflow", "joint_transformer_blocks_*", _DF),
    AdapterBase("qwen2-vl", "visual_blocks_*", _PEFT, candidates=("qwen2-vl", "qwen2-5-vl", "qwen3-vl")),
    AdapterBase("llava", "vision_tower_", _PEFT, candidates=("llava", "llava-next", "paligemma", "gemma3")),
    AdapterBase(
        "whisper",
        "encoder_attn_q_proj",
        _PEFT,
        beside="encoder_layers",
        candidates=("whisper", "bart", "m2m-100", "marian"),
    ),
    AdapterBase("t5", "SelfAttention_q", _PEFT, candidates=("t5", "mt5", "umt5")),
    AdapterBase(
        "deepseek-v3", "self_attn_kv_a_proj_with_mqa", _PEFT, candidates=("deepseek-v2", "deepseek-v3", "kimi-k2")
    ),
    AdapterBase("mixtral", "block_sparse_moe_experts", _PEFT),
    AdapterBase(
        "qwen3-moe", "mlp_experts_*_gate_proj", _PEFT, candidates=("qwen3-moe", "qwen2-moe", "olmoe", "deepseek")
    ),
    AdapterBase("phi3", "self_attn_qkv_proj", _PEFT),
    AdapterBase("phi", "self_attn_dense", _PEFT, candidates=("phi", "persimmon")),
    AdapterBase("falcon", "self_attention_query_key_value", _PEFT, candidates=("falcon", "bloom", "chatglm")),
    AdapterBase("gpt-neox", "attention_query_key_value", _PEFT),
    AdapterBase("opt", "decoder_layers_*_self_attn_q_proj", _PEFT, lacks="encoder_layers"),
    AdapterBase("gpt2", "attn_c_attn", _PEFT, candidates=("gpt2", "gpt-bigcode", "qwen")),
    AdapterBase("gptj", "attn_q_proj", _PEFT, lacks="self_attn"),
    AdapterBase("mpt", "attn_Wqkv", _PEFT, candidates=("mpt", "modernbert", "dbrx")),
    AdapterBase("mamba", "mixer_in_proj", _PEFT, candidates=("mamba", "mamba2", "nemotron-h")),
    AdapterBase("internlm2", "attention_wqkv", _PEFT),
    AdapterBase("baichuan", "self_attn_W_pack", _PEFT),
    AdapterBase("vit", "attention_attention_query", _PEFT, candidates=("vit", "deit", "dinov2", "beit")),
    AdapterBase("bert", "attention_self_query", _PEFT, candidates=("bert", "roberta", "xlm-roberta", "electra")),
    AdapterBase("sd15", "lora_te_text_model_encoder_layers", _SD, widths=(768, 3072), candidates=("sd15", "sdxl")),
    AdapterBase("llama", "self_attn_q_proj", _PEFT, candidates=_LLAMA_LIKE),
    AdapterBase("llama", "self_attn_v_proj", _PEFT, candidates=_LLAMA_LIKE),
    AdapterBase("llama", "mlp_gate_proj", _PEFT, candidates=_LLAMA_LIKE),
)


class BaseWord(NamedTuple):
    """A word in metadata or in the name of a base model, and the base it speaks of."""

    word: str
    base: str
    source: str = "kohya-ss/sd-scripts, library/sai_model_spec.py and library/train_util.py"


#: Tried in order; the first word that the value contains, both in lower case, decides.
BASE_WORDS: Final = (
    BaseWord("stable-diffusion-xl-v1-refiner", "sdxl-refiner"),
    BaseWord("stable-diffusion-xl", "sdxl"),
    BaseWord("sdxl", "sdxl"),
    BaseWord("pony", "pony", "names of base models"),
    BaseWord("illustrious", "illustrious", "names of base models"),
    BaseWord("stable-diffusion-3.5", "sd35"),
    BaseWord("sd3.5", "sd35"),
    BaseWord("stable-diffusion-3", "sd3"),
    BaseWord("sd3", "sd3"),
    BaseWord("stable-diffusion-v1", "sd15"),
    BaseWord("sd_v1", "sd15"),
    BaseWord("stable-diffusion-v2", "sd21"),
    BaseWord("sd_v2", "sd21"),
    BaseWord("stable-cascade", "stable-cascade"),
    BaseWord("chroma", "chroma"),
    BaseWord("flux-2", "flux2"),
    BaseWord("flux.2", "flux2"),
    BaseWord("flux2", "flux2"),
    BaseWord("flux", "flux"),
    BaseWord("lumina", "lumina2"),
    BaseWord("hunyuan-video", "hunyuan-video"),
    BaseWord("hunyuan_video", "hunyuan-video"),
    BaseWord("hunyuanvideo", "hunyuan-video"),
    BaseWord("qwen-image", "qwen-image"),
    BaseWord("qwen_image", "qwen-image"),
    BaseWord("wan", "wan"),
    BaseWord("z-image", "z-image"),
    BaseWord("zimage", "z-image"),
    BaseWord("mixtral", "mixtral", "names of base models"),
    BaseWord("mistral", "mistral", "names of base models"),
    BaseWord("qwen3", "qwen3", "names of base models"),
    BaseWord("qwen2", "qwen2", "names of base models"),
    BaseWord("qwen1.5", "qwen2", "names of base models"),
    BaseWord("gemma-3", "gemma3", "names of base models"),
    BaseWord("gemma-2", "gemma2", "names of base models"),
    BaseWord("gemma", "gemma", "names of base models"),
    BaseWord("olmo-2", "olmo2", "names of base models"),
    BaseWord("smollm3", "smollm3", "names of base models"),
    BaseWord("granite", "granite", "names of base models"),
    BaseWord("llama", "llama", "names of base models"),
    BaseWord("vicuna", "llama", "names of base models"),
    BaseWord("whisper", "whisper", "names of base models"),
    BaseWord("roberta", "roberta", "names of base models"),
    BaseWord("bert", "bert", "names of base models"),
)


class WordWidth(NamedTuple):
    """The width of a textual inversion's vectors and the base whose text encoder takes such."""

    width: int
    base: str
    source: str


#: The widest vectors of an inversion decide.
WORD_WIDTHS: Final = (
    WordWidth(768, "sd15", "openai/clip-vit-large-patch14, config.json"),
    WordWidth(1024, "sd21", "laion/CLIP-ViT-H-14-laion2B-s32B-b79K, config.json"),
    WordWidth(1280, "sdxl", "laion/CLIP-ViT-bigG-14-laion2B-39B-b160k, config.json"),
)

#: Names of bases as their own rows have them, here so that an adapter needs no other table.
BASE_NAMES: Final[Mapping[str, str]] = {
    "auraflow": "AuraFlow",
    "baichuan": "Baichuan",
    "bart": "BART",
    "beit": "BEiT",
    "bert": "BERT",
    "bloom": "BLOOM",
    "chatglm": "ChatGLM",
    "chroma": "Chroma",
    "cogvideox": "CogVideoX",
    "cogview4": "CogView 3-Plus / 4",
    "dbrx": "DBRX",
    "deepseek": "DeepSeek-MoE",
    "deepseek-v2": "DeepSeek-V2",
    "deepseek-v3": "DeepSeek-V3",
    "deit": "DeiT",
    "dinov2": "DINOv2",
    "electra": "ELECTRA",
    "falcon": "Falcon",
    "flux": "FLUX.1",
    "flux2": "FLUX.2",
    "gemma": "Gemma",
    "gemma2": "Gemma 2",
    "gemma3": "Gemma 3",
    "gpt-bigcode": "GPT-BigCode (StarCoder)",
    "gpt-neox": "GPT-NeoX (Pythia)",
    "gpt2": "GPT-2",
    "gptj": "GPT-J",
    "granite": "Granite",
    "hidream": "HiDream-I1",
    "hunyuan-video": "HunyuanVideo",
    "illustrious": "Illustrious (SDXL)",
    "internlm2": "InternLM2",
    "kimi-k2": "Kimi-K2",
    "llama": "Llama",
    "llava": "LLaVA",
    "llava-next": "LLaVA-NeXT",
    "ltx-video": "LTX-Video",
    "lumina2": "Lumina Image 2.0",
    "m2m-100": "M2M-100 (NLLB)",
    "mamba": "Mamba",
    "mamba2": "Mamba-2",
    "marian": "Marian",
    "mistral": "Mistral",
    "mixtral": "Mixtral",
    "mochi": "Mochi 1",
    "modernbert": "ModernBERT",
    "mpt": "MPT",
    "mt5": "MT5",
    "nemotron-h": "Nemotron-H",
    "olmo2": "OLMo 2",
    "olmoe": "OLMoE",
    "opt": "OPT",
    "paligemma": "PaliGemma",
    "persimmon": "Persimmon",
    "phi": "Phi",
    "phi3": "Phi-3",
    "pixart": "PixArt",
    "pony": "Pony Diffusion (SDXL)",
    "qwen": "Qwen",
    "qwen-image": "Qwen-Image",
    "qwen2": "Qwen2",
    "qwen2-5-vl": "Qwen2.5-VL",
    "qwen2-moe": "Qwen2-MoE",
    "qwen2-vl": "Qwen2-VL",
    "qwen3": "Qwen3",
    "qwen3-moe": "Qwen3-MoE",
    "qwen3-vl": "Qwen3-VL",
    "roberta": "RoBERTa",
    "sana": "SANA",
    "sd15": "Stable Diffusion 1.x",
    "sd21": "Stable Diffusion 2.x",
    "sd3": "Stable Diffusion 3",
    "sd35": "Stable Diffusion 3.5",
    "sdxl": "Stable Diffusion XL",
    "sdxl-refiner": "Stable Diffusion XL refiner",
    "smollm3": "SmolLM3",
    "stable-cascade": "Stable Cascade, stage B",
    "t5": "T5",
    "umt5": "UMT5",
    "vit": "ViT",
    "wan": "Wan",
    "whisper": "Whisper",
    "xlm-roberta": "XLM-RoBERTa",
    "z-image": "Z-Image",
}
