"""What a scope is, told by the shape of its inside: rows tried in order, the first that fits decides.

Needles are looked for in the name patterns of the scope, each pattern written `.a.b.*.c` on its own line, so that
a needle that starts with a line break means the beginning of a name.
"""

from typing import Final

from inspector.values import frozen


@frozen
class Structure:
    """Conditions for one kind: all of `all`, one of `any`, none of `none`; `has` and `lacks` name shape facts.

    Facts: "conv1d" "conv2d" "conv3d" (kernels of that many dimensions), "conv" (any), "vocabulary" (a token
    table), "blocks" (numbered blocks with attention), "image-in" and "image-out" (a kernel that takes or gives
    the channels of an image), "patches" (a kernel that cuts an image into patches), "few" (two tensors or one).
    """

    kind: str
    any: tuple[str, ...] = ()
    all: tuple[str, ...] = ()
    none: tuple[str, ...] = ()
    has: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    source: str


_TIME: Final = (
    *(".time_embed.", ".time_embedding.", ".time_text_embed.", ".t_embedder.", ".time_in.", ".t_embedding."),
    *(".adaln_single.", ".adaLN_modulation", ".time_condition_embed.", ".timestep_embedder.", ".time_caption_embed."),
    *(".condition_embedder.time", ".time_step_proj.", ".time_guidance_embed.", ".distilled_guidance_layer."),
    *(".timestep_proj.", ".to_timestep_embed.", ".time_embeddings.", ".scale_shift_table", ".t_block.", ".time_mlp."),
    *(
        ".time_guidance_embed",
        ".t_embedder_",
        ".time_embedder.",
        ".x_embedder.",
        ".adaln",
        ".time_caption",
        "_modulation",
    ),
    *(".timestep_features.", ".img_mod.", ".cond_seq_linear.", ".transformer_blocks.*.norm*.emb."),
)
_BERT: Final = (
    *(".attention.self.query", ".attention.self.key", ".attention.q_lin", ".albert_layers.", ".rel_attn."),
    *(".attention.self.in_proj", ".token_type_embeddings", ".attention.attn.q.", ".discriminator_predictions."),
    *(".generator_predictions", ".lm_head.dense.", ".lm_head.layer_norm.", ".cls.predictions.", ".emb_ln."),
    *(".attentions.*.q_lin", ".encoder.layer.*.attention.", ".embeddings.tok_embeddings", ".vocab_transform."),
    *(".resblocks.", ".text_model.encoder.layers.", ".fourier.", ".embedding_transformation.", ".albert_layer_groups."),
    *(".encoder.layers.*.mixer.Wqkv", ".layers.*.attn.Wqkv", ".word_embed_proj.", ".transformer.layer.*.attention."),
)
_DECODER_ATTENTION: Final = (
    *(".decoder.layers.*.encoder_attn.", ".EncDecAttention.", ".decoder.layers.*.cross_attn", ".decoder.layers."),
    *(".decoder.block.", ".decoder.layer."),
)

STRUCTURES: Final[tuple[Structure, ...]] = (
    Structure(
        kind="projector",
        all=("\n.linear.weight\n",),
        has=("few",),
        source="sentence-transformers Dense",
    ),
    Structure(
        kind="optimizer",
        any=(".exp_avg", ".exp_avg_sq", ".momentum_buffer", ".max_exp_avg_sq"),
        source="torch.optim state_dict",
    ),
    Structure(
        kind="adapter",
        any=(
            ".adapter.body.",
            ".adapter.conv_in.",
            ".ip_adapter.*.to_k_ip",
            ".image_proj.",
            ".body.*.in_conv.",
            ".id_adapter.",
        ),
        none=(".down_blocks.", ".input_blocks.", ".model.layers."),
        source="diffusers T2IAdapter; tencent-ailab IP-Adapter",
    ),
    Structure(
        kind="adapter",
        any=("\n.*.*.linear.*.weight\n",),
        source="AUTOMATIC1111 hypernetworks: two small networks for each width of context",
    ),
    Structure(
        kind="motion",
        all=(".motion_modules.",),
        none=(".resnets.", ".conv_in.", ".in_layers."),
        source="guoyww AnimateDiff; diffusers MotionAdapter",
    ),
    Structure(
        kind="controlnet",
        any=(
            *(
                ".controlnet_",
                ".zero_convs.",
                ".input_hint_block.",
                ".control_blocks.",
                ".control_to_base",
                ".controlnet_blocks",
            ),
            *(".control_x_embedder.", ".control_layers.", ".lora_controlnet", ".control_model."),
        ),
        source="lllyasviel ControlNet; diffusers ControlNetModel family",
    ),
    Structure(
        kind="unet",
        any=(".input_blocks.*.", ".output_blocks.*."),
        source="CompVis latent-diffusion openaimodel.py",
    ),
    Structure(
        kind="unet",
        any=(".time_embedding.", ".time_embed.", ".time_proj.", ".clf.", ".time_mlp."),
        all=(".down_blocks.", ".up_blocks."),
        none=(".encoder.down_blocks.", ".decoder.up_blocks."),
        has=("conv",),
        source="diffusers UNet2DConditionModel family, Stable Cascade",
    ),
    Structure(
        kind="tts",
        any=(
            *(".posterior_encoder.", ".duration_predictor.", ".enc_q.", ".dp.flows.", ".predictor.duration_proj."),
            *(".dur_predictor.",),
        ),
        none=(".embed_tokens_per_layer.",),
        source="VITS, FastSpeech 2, Kokoro, SpeechT5",
    ),
    Structure(
        kind="vocoder",
        any=(".conv_pre.", ".resblocks.*.convs", ".ups.", ".upsampler.*.", ".backbone.convnext."),
        none=(".quantizer.", ".text_encoder.", ".emb_rel_", "self_attn", ".enc_p.", ".flow."),
        has=("conv1d",),
        lacks=("conv2d", "conv3d", "vocabulary"),
        source="jik876 HiFi-GAN, NVIDIA BigVGAN, Vocos",
    ),
    Structure(
        kind="codec",
        any=(".quantizer.", ".quantizers.", ".codebook.", ".vq.", ".residual_fsq.", ".acoustic_"),
        none=(".wav2vec2.", ".lm_head.", ".codevectors"),
        has=("conv1d",),
        lacks=("vocabulary", "conv3d"),
        source="EnCodec, DAC, Mimi, SNAC, X-Codec",
    ),
    Structure(
        kind="vae",
        any=(
            *(".decoder.conv_in.", ".decoder.up.", ".decoder.up_blocks.", ".quant_conv.", ".decoder.upsamples."),
            *(".decoder.snake", ".decoder.mid.", ".decoder.middle.", ".encoder.conv_in.", ".encoder.down."),
            *(".decoder.stages.", ".decoder.conv_out.", ".encoder.conv_out.", ".decoder.project_in."),
            *(".decoder.blocks.", ".vquantizer.", ".decoder.block_in."),
        ),
        none=(".embed_tokens.", ".self_attn.", ".motion_encoder.", ".attention.self.", ".patch_embeddings."),
        has=("conv",),
        lacks=("vocabulary",),
        source="CompVis latent-diffusion, diffusers Autoencoder* classes",
    ),
    Structure(
        kind="vae",
        all=(".encoder.layers.*.conv.", ".decoder.layers.*.conv."),
        has=("conv2d",),
        lacks=("vocabulary", "blocks"),
        source="madebyollin TAESD",
    ),
    Structure(
        kind="vae",
        all=("\n.encoder.*.conv.", "\n.decoder.*.conv."),
        has=("conv2d",),
        lacks=("vocabulary", "blocks"),
        source="madebyollin TAESD for FLUX and SD3",
    ),
    Structure(
        kind="upscaler",
        any=("\n.swin2sr.", ".post_upsample_res_blocks."),
        source="transformers Swin2SR; diffusers LTXLatentUpsampler",
    ),
    Structure(
        kind="upscaler",
        any=(
            *(
                ".RDB1.",
                ".rdb1.",
                ".upconv1.",
                ".conv_up1.",
                ".conv_after_body.",
                ".residual_group.",
                ".conv_hr.",
                ".HRconv.",
            ),
            *(".upsampler.*.", ".conv_last.", ".block_1.c1_r", ".to_img.", ".conv_first.", ".upsample."),
        ),
        none=(".embed_tokens.", ".time_embed", ".classifier.", ".down_blocks.", ".encoder."),
        has=("conv2d",),
        lacks=("vocabulary", "conv3d"),
        source="xinntao Real-ESRGAN, SwinIR, HAT, DAT, SPAN",
    ),
    Structure(
        kind="dit",
        any=_TIME,
        all=("attn",),
        none=(".embed_tokens.", ".wte.", ".text_model."),
        lacks=("vocabulary",),
        source="diffusers transformers, Black Forest Labs FLUX, Stability SD3, Wan-Video, Tencent Hunyuan",
    ),
    Structure(
        kind="dit",
        any=_TIME,
        all=("attention",),
        none=(".embed_tokens.", ".wte.", ".text_model."),
        lacks=("vocabulary",),
        source="Lumina2, Z-Image",
    ),
    Structure(
        kind="text",
        any=(".q_head.", ".attentions.*.q_lin.", ".HashBucketCodepointEmbedder_"),
        source="transformers Funnel, XLM, CANINE",
    ),
    Structure(
        kind="dit",
        all=(".cond_embed.", ".project_to_hidden."),
        source="diffusers UVit2DModel",
    ),
    Structure(
        kind="seq2seq",
        any=(".crossattention.", ".encoder_attn.", ".cross_attn"),
        all=("\n.encoder.", "\n.decoder."),
        has=("blocks",),
        source="transformers EncoderDecoderModel, VisionEncoderDecoderModel",
    ),
    Structure(
        kind="seq2seq",
        any=_DECODER_ATTENTION,
        all=(".encoder.",),
        none=(".conv_in.",),
        has=("blocks",),
        source="transformers encoder-decoder models",
    ),
    Structure(kind="text", any=_BERT, has=("vocabulary",), source="transformers BERT family, CLIP text, open_clip"),
    Structure(
        kind="text",
        all=(".SelfAttention.",),
        none=(".EncDecAttention.",),
        source="transformers T5EncoderModel",
    ),
    Structure(kind="language", has=("vocabulary",), source="transformers causal language models"),
    Structure(
        kind="audio",
        any=(
            *(".feature_extractor.conv_layers.", ".feature_encoder.conv_layers.", ".pos_conv_embed.", ".subsample"),
            *(".subsampling.", ".pre_encode.", ".audio_spectrogram_transformer."),
        ),
        source="transformers wav2vec 2.0 family; Silero VAD; NVIDIA NeMo",
    ),
    Structure(
        kind="vae",
        none=(*_TIME, ".running_mean\n", ".classifier.", ".fc.", ".head."),
        has=("conv3d",),
        lacks=("blocks", "vocabulary", "conv2d", "conv1d"),
        source="Genmo Mochi decoder",
    ),
    Structure(
        kind="audio",
        any=(".lstm", ".mel", ".stft", ".rnn.", ".feature_projection.", ".audio_"),
        lacks=("conv2d", "conv3d", "vocabulary"),
        source="Silero VAD; transformers audio models",
    ),
    Structure(
        kind="audio",
        has=("conv1d", "blocks"),
        lacks=("conv2d", "conv3d"),
        source="transformers Whisper encoder",
    ),
    Structure(
        kind="upscaler",
        none=(".classifier.", ".patch_embeddings.", ".cls_token", ".class_embedding", ".running_mean\n"),
        has=("conv2d", "image-in", "image-out"),
        lacks=("vocabulary", "conv3d", "conv1d", "patches"),
        source="spandrel: networks from an image to an image",
    ),
    Structure(
        kind="vision",
        any=(
            *(".patch_embed", ".cls_token", ".embeddings.patch_embeddings", ".stem.", ".embedder.", ".downsample."),
            *(".class_embedding", ".patch_embeddings.", ".layer1.", ".stages.", ".features.", ".conv_stem."),
            *(".downsample_layers.", ".class_token", ".patch_conv.", ".backbone.", ".visual.conv1."),
        ),
        has=("conv2d",),
        source="transformers and timm vision models",
    ),
    Structure(
        kind="vision",
        any=(".patch_embed.", ".patch_embeddings.", ".cls_token\n", ".patch_projection."),
        lacks=("vocabulary",),
        source="video and image encoders",
    ),
    Structure(
        kind="vision",
        any=(".fc.", ".classifier.", ".head.", ".last_linear.", ".running_mean\n"),
        has=("conv2d",),
        lacks=("vocabulary", "conv3d", "conv1d"),
        source="timm and torchvision convolutional networks",
    ),
    Structure(
        kind="vision",
        none=_TIME,
        has=("patches", "blocks"),
        lacks=("vocabulary", "conv3d", "conv1d"),
        source="transformers VitDet: an image cut into patches, and blocks",
    ),
)


@frozen
class Hint:
    """A word in a declared class name, and the kind that it speaks for."""

    word: str
    kind: str
    source: str = "transformers and diffusers class names"


#: Ends of the first entry of `architectures` that decide between text and language.
ARCHITECTURE_HINTS: Final[tuple[Hint, ...]] = (
    Hint(word="ForCausalLM", kind="language"),
    Hint(word="WithLMHeadModel", kind="text"),
    Hint(word="LMHeadModel", kind="language"),
    Hint(word="ForMaskedLM", kind="text"),
    Hint(word="ForMaskedDiffusion", kind="language"),
)


#: Words that count where the tensors say nothing.
CLASS_HINTS: Final[tuple[Hint, ...]] = (
    Hint(word="ControlNet", kind="controlnet"),
    Hint(word="Motion", kind="motion"),
    Hint(word="UNet", kind="unet"),
    Hint(word="Autoencoder", kind="vae"),
    Hint(word="VQModel", kind="vae"),
    Hint(word="HifiGan", kind="vocoder"),
    Hint(word="Vocoder", kind="vocoder"),
    Hint(word="Upsampler", kind="upscaler"),
    Hint(word="SuperResolution", kind="upscaler"),
    Hint(word="Adapter", kind="adapter"),
    Hint(word="Redux", kind="projector"),
    Hint(word="Projection", kind="projector"),
    Hint(word="Connectors", kind="projector"),
    Hint(word="Prior", kind="dit"),
    Hint(word="DiT", kind="dit"),
    Hint(word="Transformer2DModel", kind="dit"),
    Hint(word="Transformer3DModel", kind="dit"),
    Hint(word="ForCausalLM", kind="language"),
    Hint(word="LMHeadModel", kind="language"),
    Hint(word="ForConditionalGeneration", kind="seq2seq"),
    Hint(word="ForMaskedLM", kind="text"),
    Hint(word="TextModel", kind="text"),
    Hint(word="TextEncoder", kind="text"),
    Hint(word="ForCTC", kind="audio"),
    Hint(word="AudioClassification", kind="audio"),
    Hint(word="ImageClassification", kind="vision"),
    Hint(word="VisionModel", kind="vision"),
    Hint(word="ImageEncoder", kind="vision"),
    Hint(word="SafetyChecker", kind="vision"),
)


@frozen
class Neighbour:
    """What a region of one kind is when others stand in the same weight set.

    One of `beside` and one of `also` (where there are any) must be there, and none of `without`; `has` are facts of
    the region itself.
    """

    kind: str
    beside: tuple[str, ...]
    becomes: str
    also: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    has: tuple[str, ...] = ()
    source: str


NEIGHBOURS: Final[tuple[Neighbour, ...]] = (
    Neighbour(kind="ema", beside=("dit",), becomes="dit", source="a copy is what it copies"),
    Neighbour(kind="ema", beside=("ema",), becomes="unet", source="CompVis LitEma"),
    Neighbour(kind="motion", beside=("controlnet",), becomes="controlnet", source="diffusers SparseControlNetModel"),
    Neighbour(kind="language", beside=("unet", "dit"), becomes="text", source="Lumina 2, Qwen-Image"),
    Neighbour(kind="seq2seq", beside=("unet", "dit"), becomes="text", source="T5 in image checkpoints"),
    Neighbour(
        kind="language",
        beside=("vision", "audio"),
        becomes="multimodal",
        source="LLaVA and its descendants",
    ),
    Neighbour(
        kind="rest",
        beside=("vision", "audio"),
        also=("language", "seq2seq"),
        without=("dit", "unet"),
        becomes="between",
        source="LLaVA and its descendants",
    ),
    Neighbour(kind="joint", beside=("language", "seq2seq"), becomes="projector", source="Phi-4-multimodal"),
    Neighbour(kind="joint", beside=("audio",), becomes="audio", source="transformers ClapModel"),
    Neighbour(
        kind="projector",
        beside=("audio", "vision"),
        without=("language", "seq2seq", "text"),
        has=("few",),
        becomes="head",
        source="transformers Wav2Vec2ForSequenceClassification",
    ),
    Neighbour(kind="upscaler", beside=("vision",), becomes="vision", source="transformers Depth Anything: neck, head"),
    Neighbour(kind="rest", beside=("vocoder",), without=("language", "dit"), becomes="vocoder", source="Vocos: head"),
    Neighbour(kind="rest", beside=("text",), without=("language",), becomes="dual", source="CLIP: logit_scale"),
)
