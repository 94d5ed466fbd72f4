"""Classes that diffusers writes into model_index.json and config.json, and the families they name."""

from typing import Final, NamedTuple


class PipelineClass(NamedTuple):
    """Classes that begin with `prefix` are of family `id`; `kind` where the class says more than the family's own.

    `also` are further families that such a class holds, by what their tensors show.
    """

    prefix: str
    id: str
    kind: str = ""
    also: tuple[str, ...] = ()
    source: str = "diffusers, src/diffusers/__init__.py"


#: Tried in order: longer prefixes stand before those they begin with.
PIPELINE_CLASSES: Final = (
    PipelineClass("StableDiffusionXLImg2Img", "sdxl-refiner", also=("sdxl",)),
    PipelineClass("StableDiffusionXL", "sdxl", also=("sdxl-refiner",)),
    PipelineClass("StableDiffusion3", "sd3", also=("sd35",)),
    PipelineClass("SD3Transformer2DModel", "sd3", also=("sd35",)),
    PipelineClass("StableDiffusionUpscale", "sd-x4-upscaler", "upscaler"),
    PipelineClass("StableDiffusionLatentUpscale", "sd-x2-latent-upscaler", "upscaler"),
    PipelineClass(
        "StableDiffusion",
        "sd15",
        also=(
            "sd21",
            "animatediff",
        ),
    ),
    PipelineClass("LatentConsistencyModel", "sd15", also=("sdxl",)),
    PipelineClass("StableVideoDiffusion", "stable-video-diffusion"),
    PipelineClass("UNetSpatioTemporalConditionModel", "stable-video-diffusion"),
    PipelineClass("StableCascade", "stable-cascade", also=("stable-cascade-prior",)),
    PipelineClass("StableAudio", "stable-audio"),
    PipelineClass("Wuerstchen", "wuerstchen"),
    PipelineClass(
        "AnimateDiff",
        "animatediff",
        also=(
            "sd15",
            "sdxl",
        ),
    ),
    PipelineClass("UNetMotionModel", "animatediff"),
    PipelineClass("MotionAdapter", "animatediff-motion"),
    PipelineClass("AudioLDM2", "audioldm2"),
    PipelineClass("AudioLDM", "audioldm"),
    PipelineClass("MusicLDM", "musicldm"),
    PipelineClass("AceStep", "ace-step", "other", source="diffusers 0.42, src/diffusers/__init__.py"),
    PipelineClass("AnyFlow", "anyflow", "text-to-video", source="diffusers 0.42, src/diffusers/__init__.py"),
    PipelineClass("Cosmos3", "cosmos3", "text-to-video", source="diffusers 0.42, src/diffusers/__init__.py"),
    PipelineClass("DreamLite", "dreamlite", "text-to-image", source="diffusers 0.42, src/diffusers/__init__.py"),
    PipelineClass("ErnieImage", "ernie-image", "text-to-image", source="diffusers 0.42, src/diffusers/__init__.py"),
    PipelineClass("GlmImage", "glm-image", "text-to-image", source="diffusers 0.42, src/diffusers/__init__.py"),
    PipelineClass("Helios", "helios", "text-to-video", source="diffusers 0.42, src/diffusers/__init__.py"),
    PipelineClass("Ideogram4", "ideogram-4", "text-to-image", source="diffusers 0.42, src/diffusers/__init__.py"),
    PipelineClass(
        "JoyImageEdit", "joy-image-edit", "text-to-image", source="diffusers 0.42, src/diffusers/__init__.py"
    ),
    PipelineClass("Kandinsky6", "kandinsky-6", "text-to-video", source="diffusers 0.42, src/diffusers/__init__.py"),
    PipelineClass("Krea2", "krea-2", "text-to-image", source="diffusers 0.42, src/diffusers/__init__.py"),
    PipelineClass("LongCatImage", "longcat-image", "text-to-image", source="diffusers 0.42, src/diffusers/__init__.py"),
    PipelineClass("LongCatAudioDiT", "longcat-audio-dit", "other", source="diffusers 0.42, src/diffusers/__init__.py"),
    PipelineClass("MiniMaxH3", "minimax-h3", "text-to-video", source="diffusers 0.42, src/diffusers/__init__.py"),
    PipelineClass("MiniMaxMusic3", "minimax-music-3", "other", source="diffusers 0.42, src/diffusers/__init__.py"),
    PipelineClass("MotifVideo", "motif-video", "text-to-video", source="diffusers 0.42, src/diffusers/__init__.py"),
    PipelineClass(
        "NucleusMoEImage", "nucleus-moe-image", "text-to-image", source="diffusers 0.42, src/diffusers/__init__.py"
    ),
    PipelineClass("Amused", "amused"),
    PipelineClass("UVit2DModel", "amused"),
    PipelineClass("AuraFlow", "auraflow"),
    PipelineClass("Allegro", "allegro"),
    PipelineClass("BriaFibo", "bria-fibo"),
    PipelineClass("Bria", "bria"),
    PipelineClass("ChronoEdit", "chronoedit"),
    PipelineClass("Chroma", "chroma"),
    PipelineClass("CogVideoXImageToVideo", "cogvideox", "image-to-video"),
    PipelineClass("CogVideoX", "cogvideox"),
    PipelineClass("CogView3", "cogview3", also=("cogview4",)),
    PipelineClass("CogView4", "cogview4"),
    PipelineClass("ConsisID", "consisid"),
    PipelineClass("Cosmos2TextToImage", "cosmos-predict2", "text-to-image"),
    PipelineClass("Cosmos2", "cosmos-predict2"),
    PipelineClass("Cosmos", "cosmos"),
    PipelineClass("DiT", "dit"),
    PipelineClass("EasyAnimate", "easyanimate"),
    PipelineClass("Flux2", "flux2"),
    PipelineClass("Flux3", "flux3", "text-to-image", source="diffusers 0.42, src/diffusers/__init__.py"),
    PipelineClass("FluxPriorRedux", "flux-redux"),
    PipelineClass("ReduxImageEncoder", "flux-redux"),
    PipelineClass("FluxControlNetModel", "flux-controlnet"),
    PipelineClass("Flux", "flux"),
    PipelineClass("HiDream", "hidream"),
    PipelineClass("HunyuanDiT2DControlNetModel", "controlnet"),
    PipelineClass("HunyuanDiT2DMultiControlNetModel", "controlnet"),
    PipelineClass("HunyuanDiT", "hunyuan-dit"),
    PipelineClass("HunyuanImage", "hunyuan-image"),
    PipelineClass("HunyuanVideo15ImageToVideo", "hunyuan-video-1-5", "image-to-video"),
    PipelineClass("HunyuanVideo15", "hunyuan-video-1-5"),
    PipelineClass("HunyuanVideoFramepack", "hunyuan-video-framepack"),
    PipelineClass("HunyuanVideoImageToVideo", "hunyuan-video", "image-to-video"),
    PipelineClass("HunyuanSkyreelsImageToVideo", "hunyuan-video", "image-to-video"),
    PipelineClass("HunyuanVideo", "hunyuan-video"),
    PipelineClass("I2VGenXL", "i2vgen-xl"),
    PipelineClass("IF", "deepfloyd-if"),
    PipelineClass("Kandinsky5T2I", "kandinsky-5", "text-to-image"),
    PipelineClass("Kandinsky5I2I", "kandinsky-5", "text-to-image"),
    PipelineClass("Kandinsky5I2V", "kandinsky-5", "image-to-video"),
    PipelineClass("Kandinsky5", "kandinsky-5"),
    PipelineClass("Kandinsky3", "kandinsky-3"),
    PipelineClass("KandinskyPrior", "kandinsky-prior"),
    PipelineClass("KandinskyV22Prior", "kandinsky-prior"),
    PipelineClass("PriorTransformer", "kandinsky-prior"),
    PipelineClass("Kandinsky", "kandinsky-2-2", also=("kandinsky-prior",)),
    PipelineClass("Kolors", "kolors"),
    PipelineClass("Latte", "latte"),
    PipelineClass("LTX2", "ltx2"),
    PipelineClass("LTXLatentUpsample", "ltx-latent-upsampler"),
    PipelineClass("LTXImageToVideo", "ltx-video", "image-to-video"),
    PipelineClass("LTX", "ltx-video"),
    PipelineClass("Lumina2", "lumina2"),
    PipelineClass("Lumina", "lumina-next"),
    PipelineClass("Mochi", "mochi"),
    PipelineClass("OmniGen2", "omnigen2"),
    PipelineClass("OmniGen", "omnigen"),
    PipelineClass("OvisImage", "ovis-image"),
    PipelineClass("PixArtSigma", "pixart-sigma", also=("pixart",)),
    PipelineClass("PixArtAlpha", "pixart-alpha", also=("pixart",)),
    PipelineClass("PixArt", "pixart"),
    PipelineClass("PRX", "prx"),
    PipelineClass("QwenImage21", "qwen-image-2-1", source="diffusers 0.42, src/diffusers/__init__.py"),
    PipelineClass("QwenImageEdit", "qwen-image-edit"),
    PipelineClass("QwenImageControlNetModel", "qwen-image-controlnet"),
    PipelineClass("QwenImage", "qwen-image"),
    PipelineClass("SanaVideo", "sana-video"),
    PipelineClass("SanaControlNetModel", "sana-controlnet"),
    PipelineClass("Sana", "sana"),
    PipelineClass("SkyReelsV2ImageToVideo", "skyreels-v2", "image-to-video"),
    PipelineClass("SkyReelsV2", "skyreels-v2"),
    PipelineClass("TextToVideoSD", "text-to-video-ms"),
    PipelineClass("UNet3DConditionModel", "text-to-video-ms"),
    PipelineClass("UNet2DModel", "unet-2d"),
    PipelineClass("DDPM", "unet-2d"),
    PipelineClass("DDIM", "unet-2d"),
    PipelineClass("VisualCloze", "flux"),
    PipelineClass("WanAnimate2", "wan-animate-2", "image-to-video", source="diffusers 0.42, src/diffusers/__init__.py"),
    PipelineClass("WanAnimate", "wan-animate"),
    PipelineClass("WanVACE", "wan-vace"),
    PipelineClass("WanImageToVideo", "wan-i2v", also=("wan",)),
    PipelineClass("Wan", "wan", also=("wan-i2v",)),
    PipelineClass("LucyEdit", "wan"),
    PipelineClass("ZImage", "z-image"),
    PipelineClass("SD3ControlNetModel", "sd3-controlnet"),
    PipelineClass("ControlNet", "controlnet"),
    PipelineClass("T2IAdapter", "t2i-adapter"),
    PipelineClass("AutoencoderTiny", "taesd"),
    PipelineClass("AutoencoderDC", "dc-ae"),
    PipelineClass("AutoencoderOobleck", "oobleck"),
    PipelineClass("AutoencoderKLWan", "wan-vae"),
    PipelineClass("AutoencoderKLQwenImage", "qwen-image-vae"),
    PipelineClass("AutoencoderKLLTXVideo", "ltx-vae"),
    PipelineClass("AutoencoderKLCogVideoX", "cogvideox-vae"),
    PipelineClass("AutoencoderKLHunyuanVideo15", "hunyuan-video-1-5-vae"),
    PipelineClass("AutoencoderKLHunyuanImageRefiner", "hunyuan-image-refiner-vae"),
    PipelineClass("AutoencoderKLHunyuanImage", "hunyuan-image-vae"),
    PipelineClass("AutoencoderKLAllegro", "allegro-vae"),
    PipelineClass("AutoencoderKLCosmos", "cosmos-vae"),
    PipelineClass("AutoencoderKLHunyuanVideo", "hunyuan-video-vae"),
    PipelineClass("AutoencoderKLMochi", "mochi-vae"),
    PipelineClass("AutoencoderKLFlux2", "flux2-vae"),
    PipelineClass("AutoencoderKLTemporalDecoder", "svd-vae"),
    PipelineClass("VQModel", "vq-vae"),
    PipelineClass("AutoencoderKL", "autoencoder-kl", "vae"),
    PipelineClass("AsymmetricAutoencoderKL", "autoencoder-kl", "vae"),
    PipelineClass("ConsistencyDecoderVAE", "autoencoder-kl", "vae"),
)

#: Words of diffusers' classes that say what a part does and not which model it is of.
CLASS_WORDS: Final = (
    "Transformer|UNet|VAE|Unet|Model|Pipeline|Adapter|Condition|Conditional|Combined|Latent|Control|ControlNet|PAG|Edit"
    "|Prior|Decoder|Encoder|Emb2Emb|Inpaint|Inpainting|Img2Img|Img2Vid|Text2Img|Text2Video|TextToImage|TextToVideo"
    "|ImageToImage|ImageToVideo|VideoToVideo|Video|Image|Fill|Kontext|Upscale|Variation|InstructPix2Pix|[123]D|V?[0-9]+"
)

#: Classes that several families share: they name none.
SHARED_CLASSES: Final = frozenset(
    (
        "UNet1DModel",
        "UNet2DConditionModel",
        "UNetFlatConditionModel",
        "Transformer2DModel",
        "ModelMixin",
        "LegacyModelMixin",
    )
)
