"""Language models (of sound too), encoders and encoder-decoders that their tensors show."""

from typing import Final

from inspector.knowledge.architecture_row import Family, Match, Width, layout

_ATTENTION: Final = "self_attn.q_proj self_attn.k_proj self_attn.v_proj self_attn.o_proj"
_QKV_BIAS: Final = "self_attn.q_proj.bias self_attn.k_proj.bias self_attn.v_proj.bias"
_QK_NORM: Final = "self_attn.q_norm self_attn.k_norm"
_GLU: Final = "mlp.gate_proj mlp.up_proj mlp.down_proj"
_NORMS: Final = "input_layernorm post_attention_layernorm"
_NORM_BIASES: Final = "input_layernorm.bias post_attention_layernorm.bias"
_EXPERTS: Final = "mlp.experts.*.gate_proj mlp.experts.*.up_proj mlp.experts.*.down_proj"
_FUSED: Final = "mlp.experts.gate_up_proj mlp.experts.down_proj"
_SHARED: Final = "mlp.shared_experts.gate_proj mlp.shared_experts.up_proj mlp.shared_experts.down_proj"
_SHARED_ONE: Final = "mlp.shared_expert.gate_proj mlp.shared_expert.up_proj mlp.shared_expert.down_proj"
_LATENT: Final = "self_attn.kv_a_proj_with_mqa self_attn.kv_a_layernorm self_attn.kv_b_proj self_attn.o_proj"
_LATENT_Q: Final = "self_attn.q_proj self_attn.q_a_proj self_attn.q_a_layernorm self_attn.q_b_proj"
_LATENT_BIAS: Final = "self_attn.q_a_proj.bias self_attn.kv_a_proj_with_mqa.bias self_attn.o_proj.bias"
_EXPERTS_W: Final = "block_sparse_moe.experts.*.w1 block_sparse_moe.experts.*.w2 block_sparse_moe.experts.*.w3"
_DECODER_BIASED: Final = (
    "self_attn.q_proj self_attn.k_proj self_attn.v_proj self_attn.out_proj fc1 fc2 "
    "self_attn_layer_norm final_layer_norm"
)
_BERT_BLOCK: Final = "encoder.layer.*.attention.self.query encoder.layer.*.intermediate.dense"
_GPT_BLOCK: Final = "ln_* ln_*.bias attn.c_attn attn.c_attn.bias attn.c_proj attn.c_proj.bias"
_T5_ENCODER: Final = "encoder.block.*.layer.*.SelfAttention.q encoder.block.*.layer.*.layer_norm"
_TF: Final = "transformers, models/"

#: q_norm over all heads at once, or over one head.
_NORM_OF_ALL_HEADS: Final = (Match("self_attn.q_norm", 0, "self_attn.q_proj", 0),)
_NORM_OF_ONE_HEAD: Final = (Match("self_attn.q_norm", 0, "self_attn.q_proj", 0, same=False),)

#: Language models whose tokens are sound; their blocks read like those of others.
SPEAKERS: Final = (
    Family(
        "parler-tts",
        "Parler-TTS",
        "speech",
        (
            layout("audio_encoder.model.decoder.model.* text_encoder.shared lm_heads.*"),
            layout("embed_prompts decoder.lm_heads.* text_encoder.shared"),
            layout("embed_prompts decoder.model.decoder.layers.*.encoder_attn.q_proj"),
        ),
        "parler-tts/parler-tts-mini-v1, config.json",
    ),
    Family(
        "musicgen",
        "MusicGen",
        "audio-language",
        (
            layout("decoder.lm_heads.* audio_encoder.quantizer.layers.*.codebook.embed text_encoder.shared"),
            layout("lm_heads.* decoder.layers.*.encoder_attn.q_proj"),
            layout("decoder.lm_heads.* enc_to_dec_proj"),
        ),
        _TF + "musicgen",
        twins=("musicgen-melody",),
    ),
    Family(
        "bark",
        "Bark",
        "speech",
        (layout("semantic.input_embeds_layer coarse_acoustics.input_embeds_layer"),),
        _TF + "bark",
    ),
    Family(
        "csm",
        "CSM",
        "speech",
        (layout("backbone_model.embed_tokens.embed_audio_tokens depth_decoder.codebooks_head"),),
        _TF + "csm",
    ),
    Family(
        "dia",
        "Dia",
        "speech",
        (layout("decoder.embeddings.embed decoder.layers.*.cross_attention.q_proj logits_dense"),),
        _TF + "dia",
    ),
    Family(
        "moshi",
        "Moshi",
        "speech",
        (
            layout("depth_decoder.lm_heads depth_decoder.input_projections"),
            layout("depformer.layers.*.self_attn.in_proj_weight"),
            layout("depformer.layers.*.self_attn.in_projs.*"),
        ),
        _TF + "moshi; kyutai/moshiko-pytorch-bf16",
    ),
    Family(
        "chatterbox",
        "Chatterbox",
        "speech",
        (layout("speech_emb speech_head text_emb cond_enc.spkr_enc"),),
        "ResembleAI/chatterbox, models/t3/t3.py",
    ),
)

DECODERS: Final = (
    Family(
        "blt",
        "BLT",
        "causal-lm",
        (layout("global_transformer.layers.*.self_attn.q_proj local_encoder.embed_tokens"),),
        _TF + "blt",
    ),
    Family(
        "zamba2", "Zamba2", "causal-lm", (layout("mamba_decoder.mamba.A_log mamba_decoder.mamba.norm"),), _TF + "zamba2"
    ),
    Family(
        "zamba",
        "Zamba",
        "causal-lm",
        (layout("mamba_decoder.mamba.A_log mamba_decoder.mamba.x_proj_weight"),),
        _TF + "zamba",
    ),
    Family(
        "llama",
        "Llama",
        "causal-lm",
        (
            layout(block=f"{_ATTENTION} {_GLU} {_NORMS}", lacks="embed_layer_norm"),
            layout(
                "tok_embeddings",
                block="attention.wq attention.wk attention.wv attention.wo attention_norm "
                "feed_forward.w1 feed_forward.w2 feed_forward.w3 ffn_norm",
            ),
        ),
        _TF + "llama; meta-llama, original/consolidated files",
        twins=(
            "mistral",
            "gemma",
            "granite",
            "smollm3",
            "ministral",
            "ernie4-5",
            "helium",
            "yi",
        ),
        types=("emu3_text_model", "aria_text_dense"),
    ),
    Family(
        "internlm",
        "InternLM",
        "causal-lm",
        (layout(block=f"{_ATTENTION} {_QKV_BIAS} self_attn.o_proj.bias {_GLU} {_NORMS}"),),
        "internlm/internlm-7b; transformers, models/llama with attention_bias",
        twins=("llama",),
    ),
    Family(
        "qwen2",
        "Qwen2",
        "causal-lm",
        (layout(block=f"{_ATTENTION} {_QKV_BIAS} {_GLU} {_NORMS}"),),
        _TF + "qwen2",
        twins=("seed-oss", "dream", "mimo", "llama"),
        types=("qwen2_vl_text", "qwen2_5_vl_text"),
    ),
    Family(
        "qwen3",
        "Qwen3",
        "causal-lm",
        (layout(block=f"{_ATTENTION} {_QK_NORM} {_GLU} {_NORMS}", matches=_NORM_OF_ONE_HEAD),),
        _TF + "qwen3",
        types=("qwen3_vl_text",),
    ),
    Family(
        "qwen3-next",
        "Qwen3-Next",
        "causal-lm",
        (layout("linear_attn.in_proj_qkvz linear_attn.A_log self_attn.q_norm mlp.shared_expert_gate"),),
        _TF + "qwen3_next",
    ),
    Family(
        "qwen3-5-moe",
        "Qwen3.5-MoE",
        "causal-lm",
        (layout("linear_attn.in_proj_qkv linear_attn.in_proj_z mlp.shared_expert_gate"),),
        "transformers 5, models/qwen3_5_moe",
        types=("qwen3_5_moe_text",),
    ),
    Family(
        "qwen3-5",
        "Qwen3.5",
        "causal-lm",
        (layout("linear_attn.in_proj_qkv linear_attn.in_proj_z", lacks="mlp.shared_expert_gate"),),
        "transformers 5, models/qwen3_5",
        types=("qwen3_5_text",),
    ),
    Family(
        "qwen2-moe",
        "Qwen2-MoE",
        "causal-lm",
        (
            layout(
                "mlp.shared_expert_gate mlp.gate self_attn.q_proj.bias self_attn.q_proj",
                lacks="linear_attn.A_log self_attn.q_norm",
            ),
        ),
        _TF + "qwen2_moe",
    ),
    Family(
        "qwen3-moe",
        "Qwen3-MoE",
        "causal-lm",
        (
            layout(block=f"{_ATTENTION} {_QK_NORM} {_NORMS} mlp.gate {_EXPERTS}", may=_GLU, matches=_NORM_OF_ONE_HEAD),
            layout(block=f"{_ATTENTION} {_QK_NORM} {_NORMS} mlp.gate {_FUSED}", may=_GLU, matches=_NORM_OF_ONE_HEAD),
        ),
        _TF + "qwen3_moe",
        types=("qwen3_vl_moe_text",),
        twins=("llada-moe",),
    ),
    Family(
        "olmoe",
        "OLMoE",
        "causal-lm",
        (layout(block=f"{_ATTENTION} {_QK_NORM} {_NORMS} mlp.gate {_EXPERTS}", matches=_NORM_OF_ALL_HEADS),),
        _TF + "olmoe",
    ),
    Family(
        "flex-olmo",
        "FlexOlmo",
        "causal-lm",
        (
            layout(
                block=f"{_ATTENTION} {_QK_NORM} post_attention_layernorm post_feedforward_layernorm mlp.gate {_EXPERTS}"
            ),
        ),
        _TF + "flex_olmo",
    ),
    Family("olmo", "OLMo", "causal-lm", (layout(block=f"{_ATTENTION} {_GLU}", lacks="input_layernorm"),), _TF + "olmo"),
    Family(
        "olmo2",
        "OLMo 2",
        "causal-lm",
        (
            layout(
                block=f"{_ATTENTION} {_QK_NORM} {_GLU} post_attention_layernorm post_feedforward_layernorm",
                matches=_NORM_OF_ALL_HEADS,
            ),
        ),
        _TF + "olmo2",
        twins=("olmo3",),
    ),
    Family(
        "exaone4",
        "EXAONE 4",
        "causal-lm",
        (
            layout(
                block=f"{_ATTENTION} {_QK_NORM} {_GLU} post_attention_layernorm post_feedforward_layernorm",
                matches=_NORM_OF_ONE_HEAD,
            ),
        ),
        _TF + "exaone4",
    ),
    Family(
        "gemma2",
        "Gemma 2",
        "causal-lm",
        (layout(block=f"{_ATTENTION} {_GLU} {_NORMS} pre_feedforward_layernorm post_feedforward_layernorm"),),
        _TF + "gemma2",
    ),
    Family(
        "gemma3",
        "Gemma 3",
        "causal-lm",
        (
            layout(
                block=f"{_ATTENTION} {_QK_NORM} {_GLU} {_NORMS} pre_feedforward_layernorm post_feedforward_layernorm"
            ),
        ),
        _TF + "gemma3",
        types=("gemma3_text",),
    ),
    Family(
        "gemma3n",
        "Gemma 3n",
        "causal-lm",
        (layout("altup.router_norm laurel.linear_left per_layer_input_gate"),),
        _TF + "gemma3n",
        types=("gemma3n_text",),
    ),
    Family(
        "vaultgemma",
        "VaultGemma",
        "causal-lm",
        (layout(block=f"{_ATTENTION} {_GLU} input_layernorm pre_feedforward_layernorm"),),
        _TF + "vaultgemma",
    ),
    Family(
        "recurrent-gemma",
        "RecurrentGemma",
        "causal-lm",
        (layout("temporal_block.rg_lru.recurrent_param"),),
        _TF + "recurrent_gemma",
    ),
    Family(
        "cohere",
        "Cohere Command R",
        "causal-lm",
        (layout(block=f"{_ATTENTION} {_GLU} input_layernorm", may=_QK_NORM),),
        _TF + "cohere",
        twins=("cohere2",),
    ),
    Family(
        "glm",
        "GLM-4 (9B)",
        "causal-lm",
        (layout(block=f"{_ATTENTION} mlp.gate_up_proj mlp.down_proj {_NORMS}", may=_QKV_BIAS),),
        _TF + "glm",
    ),
    Family(
        "glm4",
        "GLM-4-0414",
        "causal-lm",
        (layout("post_self_attn_layernorm post_mlp_layernorm mlp.gate_up_proj"),),
        _TF + "glm4",
    ),
    Family(
        "glm4-moe",
        "GLM-4.5",
        "causal-lm",
        (
            layout(
                block=f"{_ATTENTION} {_NORMS} mlp.gate mlp.gate.e_score_correction_bias {_EXPERTS} {_SHARED}",
                may=f"{_GLU} {_QKV_BIAS} {_QK_NORM}",
            ),
        ),
        _TF + "glm4_moe",
        twins=("dots1", "solar-open"),
    ),
    Family(
        "phi",
        "Phi",
        "causal-lm",
        (layout("self_attn.dense mlp.fc1 mlp.fc2 self_attn.q_proj.bias", lacks="post_attention_layernorm"),),
        _TF + "phi",
    ),
    Family(
        "phi3",
        "Phi-3",
        "causal-lm",
        (layout(block=f"self_attn.qkv_proj self_attn.o_proj mlp.gate_up_proj mlp.down_proj {_NORMS}"),),
        _TF + "phi3",
    ),
    Family(
        "phimoe",
        "Phi-3.5-MoE",
        "causal-lm",
        (
            layout(
                block=f"{_ATTENTION} block_sparse_moe.gate {_EXPERTS_W} {_NORMS} {_NORM_BIASES}",
                may=f"{_QKV_BIAS} self_attn.o_proj.bias",
            ),
        ),
        _TF + "phimoe",
    ),
    Family(
        "mixtral",
        "Mixtral",
        "causal-lm",
        (
            layout(block=f"{_ATTENTION} block_sparse_moe.gate {_EXPERTS_W} {_NORMS}"),
            layout(
                block=f"{_ATTENTION} {_NORMS} block_sparse_moe.gate block_sparse_moe.experts.*.gate_proj "
                "block_sparse_moe.experts.*.up_proj block_sparse_moe.experts.*.down_proj"
            ),
            layout("tok_embeddings feed_forward.experts.*.w1 feed_forward.gate attention.wq"),
            layout("block_sparse_moe.w1 block_sparse_moe.w2 block_sparse_moe.w3 attention.wq"),
        ),
        _TF + "mixtral",
    ),
    Family(
        "minimax-m2",
        "MiniMax-M2",
        "causal-lm",
        (layout(f"block_sparse_moe.e_score_correction_bias block_sparse_moe.gate {_QK_NORM}"),),
        "MiniMaxAI/MiniMax-M2, model.safetensors.index.json",
    ),
    Family(
        "minimax",
        "MiniMax-Text-01",
        "causal-lm",
        (layout("block_sparse_moe.gate self_attn.qkv_proj self_attn.output_gate self_attn.norm"),),
        _TF + "minimax",
        twins=("minimax-text-01", "minimax-m1"),
    ),
    Family(
        "starcoder2",
        "StarCoder2",
        "causal-lm",
        (
            layout(
                block=f"{_ATTENTION} {_QKV_BIAS} self_attn.o_proj.bias mlp.c_fc mlp.c_fc.bias "
                "mlp.c_proj mlp.c_proj.bias "
                f"{_NORMS} {_NORM_BIASES}"
            ),
        ),
        _TF + "starcoder2",
    ),
    Family(
        "stablelm",
        "StableLM",
        "causal-lm",
        (
            layout(
                block=f"{_ATTENTION} {_GLU} input_layernorm input_layernorm.bias",
                may=f"{_QKV_BIAS} post_attention_layernorm post_attention_layernorm.bias "
                "self_attn.q_layernorm.norms.* self_attn.k_layernorm.norms.*",
            ),
        ),
        _TF + "stablelm",
        twins=("orion",),
    ),
    Family(
        "nemotron",
        "Nemotron",
        "causal-lm",
        (layout(block=f"{_ATTENTION} mlp.up_proj mlp.down_proj {_NORMS} {_NORM_BIASES}"),),
        _TF + "nemotron",
    ),
    Family(
        "arcee",
        "Arcee",
        "causal-lm",
        (layout(block=f"{_ATTENTION} mlp.up_proj mlp.down_proj {_NORMS}"),),
        _TF + "arcee",
    ),
    Family(
        "apertus",
        "Apertus",
        "causal-lm",
        (layout("attention_layernorm feedforward_layernorm mlp.up_proj self_attn.q_norm"),),
        _TF + "apertus",
    ),
    Family(
        "persimmon",
        "Persimmon",
        "causal-lm",
        (layout("self_attn.query_key_value self_attn.q_layernorm mlp.dense_h_to_4h", lacks="vision_embed_tokens"),),
        _TF + "persimmon",
    ),
    Family(
        "bitnet", "BitNet b1.58", "causal-lm", (layout("self_attn.attn_sub_norm mlp.ffn_sub_norm"),), _TF + "bitnet"
    ),
    Family(
        "diffllama", "DiffLlama", "causal-lm", (layout("self_attn.lambda_q1 self_attn.lambda_k2"),), _TF + "diffllama"
    ),
    Family(
        "doge", "Doge", "causal-lm", (layout("self_attn.dt_proj input_residual post_attention_residual"),), _TF + "doge"
    ),
    Family("open-llama", "OpenLlama", "causal-lm", (layout(f"embed_layer_norm {_GLU}"),), _TF + "open_llama"),
    Family(
        "hunyuan-v1-dense",
        "HunYuan dense",
        "causal-lm",
        (layout(f"self_attn.query_layernorm self_attn.key_layernorm {_GLU}", lacks="mlp.gate.wg"),),
        _TF + "hunyuan_v1_dense",
    ),
    Family(
        "hunyuan-v1-moe",
        "HunYuan MoE",
        "causal-lm",
        (layout("self_attn.query_layernorm mlp.gate.wg mlp.shared_mlp.gate_proj"),),
        _TF + "hunyuan_v1_moe",
        twins=("hunyuan",),
    ),
    Family(
        "exaone",
        "EXAONE 3",
        "causal-lm",
        (layout("attn.attention.q_proj mlp.c_fc_* mlp.c_proj"),),
        "LGAI-EXAONE/EXAONE-3.5-7.8B-Instruct, modeling_exaone.py",
    ),
    Family(
        "internlm2",
        "InternLM2",
        "causal-lm",
        (layout("attention.wqkv attention.wo feed_forward.w1 attention_norm"),),
        "internlm/internlm2-7b, modeling_internlm2.py",
    ),
    Family(
        "baichuan",
        "Baichuan",
        "causal-lm",
        (layout(f"self_attn.W_pack self_attn.o_proj {_GLU}"),),
        "baichuan-inc/Baichuan2-7B-Base, modeling_baichuan.py",
    ),
    Family(
        "qwen",
        "Qwen",
        "causal-lm",
        (layout("attn.c_attn attn.c_proj mlp.w1 mlp.w2 mlp.c_proj"),),
        "Qwen/Qwen-7B, modeling_qwen.py",
    ),
    Family(
        "chatglm",
        "ChatGLM",
        "causal-lm",
        (
            layout(
                "encoder.layers.*.self_attention.query_key_value "
                "encoder.layers.*.mlp.dense_4h_to_h "
                "embedding.word_embeddings"
            ),
        ),
        "THUDM/chatglm3-6b, modeling_chatglm.py",
    ),
    Family(
        "openelm",
        "OpenELM",
        "causal-lm",
        (layout("attn.qkv_proj attn.q_norm ffn.proj_* attn_norm"),),
        "apple/OpenELM-270M, modeling_openelm.py",
    ),
    Family(
        "llada",
        "LLaDA",
        "causal-lm",
        (
            layout(
                "transformer.blocks.*.ff_proj transformer.blocks.*.attn_out transformer.blocks.*.q_proj transformer.wte"
            ),
        ),
        "GSAI-ML/LLaDA-8B-Base, modeling_llada.py",
    ),
    Family(
        "deepseek",
        "DeepSeek-MoE",
        "causal-lm",
        (layout(block=f"{_ATTENTION} {_NORMS} mlp.gate {_EXPERTS} {_SHARED}", may=_GLU),),
        "deepseek-ai/deepseek-moe-16b-base, modeling_deepseek.py",
    ),
    Family(
        "deepseek-v2",
        "DeepSeek-V2",
        "causal-lm",
        (layout(block=f"{_LATENT} {_NORMS} mlp.gate {_EXPERTS} {_SHARED}", may=f"{_LATENT_Q} {_GLU} {_LATENT_BIAS}"),),
        _TF + "deepseek_v2",
    ),
    Family(
        "deepseek-v3",
        "DeepSeek-V3",
        "causal-lm",
        (
            layout(
                block=f"{_LATENT} {_NORMS} mlp.gate mlp.gate.e_score_correction_bias {_EXPERTS} {_SHARED}",
                may=f"{_LATENT_Q} {_GLU} {_LATENT_BIAS}",
            ),
        ),
        _TF + "deepseek_v3",
        twins=("kimi-k2", "glm4-moe-lite"),
    ),
    Family(
        "deepseek-v32",
        "DeepSeek-V3.2",
        "causal-lm",
        (layout("self_attn.indexer.wq_b self_attn.kv_a_proj_with_mqa"),),
        "deepseek-ai/DeepSeek-V3.2-Exp, model.safetensors.index.json",
        twins=("glm-moe-dsa",),
    ),
    Family(
        "longcat-flash",
        "LongCat-Flash",
        "causal-lm",
        (layout("mlp.router.classifier mlps.*.gate_proj"),),
        _TF + "longcat_flash",
    ),
    Family(
        "minicpm3",
        "MiniCPM3",
        "causal-lm",
        (layout(block=f"{_LATENT} {_NORMS} {_GLU}", may=_LATENT_Q),),
        "openbmb/MiniCPM3-4B, modeling_minicpm.py",
    ),
    Family(
        "kimi-linear",
        "Kimi Linear",
        "causal-lm",
        (layout("self_attn.q_conv1d self_attn.k_conv1d self_attn.A_log block_sparse_moe.gate"),),
        "moonshotai/Kimi-Linear-48B-A3B-Instruct, model.safetensors.index.json",
    ),
    Family(
        "ernie4-5-moe",
        "ERNIE 4.5 MoE",
        "causal-lm",
        (layout("mlp.moe_statics.e_score_correction_bias mlp.gate"),),
        _TF + "ernie4_5_moe",
    ),
    Family(
        "gpt-oss",
        "gpt-oss",
        "causal-lm",
        (layout("self_attn.sinks mlp.router"), layout("attn.sinks mlp.gate attn.qkv")),
        _TF + "gpt_oss; openai/gpt-oss-20b, original",
    ),
    Family(
        "llama4",
        "Llama 4",
        "causal-lm",
        (
            layout("feed_forward.experts.gate_up_proj feed_forward.shared_expert.gate_proj feed_forward.router"),
            layout("feed_forward.experts.*.gate_proj feed_forward.shared_expert.gate_proj feed_forward.router"),
        ),
        _TF + "llama4",
        types=("llama4_text",),
    ),
    Family(
        "aria-text", "Aria (text)", "causal-lm", (layout("mlp.router mlp.experts.fc1 mlp.experts.fc2"),), _TF + "aria"
    ),
    Family(
        "dbrx",
        "DBRX",
        "causal-lm",
        (layout("norm_attn_norm.attn.Wqkv ffn.router.layer ffn.experts.mlp.w1"),),
        _TF + "dbrx",
    ),
    Family(
        "grok-1",
        "Grok-1",
        "causal-lm",
        (
            layout("moe_block.gate moe_block.experts.*.linear_v pre_moe_norm"),
            layout("block_sparse_moe.gate pre_moe_norm post_moe_norm"),
        ),
        "hpcai-tech/grok-1, modeling_grok1.py; xai-org/grok-2",
    ),
    Family(
        "arctic",
        "Arctic",
        "causal-lm",
        (layout("block_sparse_moe.gate residual_mlp.w1 residual_layernorm"),),
        "Snowflake/snowflake-arctic-base, modeling_arctic.py",
    ),
    Family(
        "jetmoe",
        "JetMoE",
        "causal-lm",
        (layout("self_attention.experts.input_linear mlp.router.layer"),),
        _TF + "jetmoe",
    ),
    Family(
        "granitemoehybrid",
        "Granite 4 (hybrid)",
        "causal-lm",
        (layout("mamba.A_log shared_mlp.input_linear"),),
        _TF + "granitemoehybrid",
    ),
    Family(
        "granitemoeshared",
        "Granite MoE (shared)",
        "causal-lm",
        (
            layout(
                "block_sparse_moe.input_linear block_sparse_moe.router.layer shared_mlp.input_linear",
                lacks="mamba.A_log",
            ),
        ),
        _TF + "granitemoeshared",
    ),
    Family(
        "granitemoe",
        "Granite MoE",
        "causal-lm",
        (layout("block_sparse_moe.input_linear block_sparse_moe.router.layer", lacks="shared_mlp.input_linear"),),
        _TF + "granitemoe",
        twins=("granitemoeshared",),
    ),
    Family(
        "bailing-moe",
        "Ling (Bailing MoE)",
        "causal-lm",
        (layout("attention.query_key_value attention.dense mlp.gate mlp.experts.*.gate_proj word_embeddings"),),
        "inclusionAI/Ling-lite, modeling_bailing_moe.py",
        twins=("bailing-moe-v2",),
    ),
    Family(
        "jamba", "Jamba", "causal-lm", (layout("mamba.A_log mamba.dt_layernorm feed_forward.gate_proj"),), _TF + "jamba"
    ),
    Family(
        "falcon-h1",
        "Falcon-H1",
        "causal-lm",
        (
            layout(
                f"mamba.A_log {_ATTENTION} feed_forward.gate_proj pre_ff_layernorm",
                lacks="mamba.norm mamba.dt_layernorm",
            ),
        ),
        _TF + "falcon_h1",
        twins=("bamba",),
    ),
    Family(
        "bamba",
        "Bamba",
        "causal-lm",
        (layout("mamba.A_log mamba.norm feed_forward.gate_proj pre_ff_layernorm", lacks="mamba.dt_layernorm"),),
        _TF + "bamba",
        twins=("falcon-h1",),
    ),
    Family(
        "nemotron-h",
        "Nemotron-H",
        "causal-lm",
        (layout("mixer.A_log mixer.q_proj mixer.up_proj"),),
        "nvidia/Nemotron-H-8B-Base-8K, modeling_nemotron_h.py",
    ),
    Family(
        "mamba",
        "Mamba",
        "causal-lm",
        (layout("mixer.A_log mixer.x_proj mixer.dt_proj"),),
        _TF + "mamba",
        twins=("falcon-mamba",),
    ),
    Family(
        "mamba2",
        "Mamba-2",
        "causal-lm",
        (layout("mixer.A_log mixer.dt_bias mixer.norm", lacks="mixer.x_proj mixer.q_proj"),),
        _TF + "mamba2",
    ),
    Family(
        "rwkv7",
        "RWKV-7",
        "causal-lm",
        (layout("att.x_r att.r_k att.receptance"), layout("attn.x_r attn.r_k attn.r_proj")),
        "BlinkDL/rwkv-7-world; RWKV/RWKV7-Goose-World3-2.9B-HF",
    ),
    Family(
        "rwkv6",
        "RWKV-6",
        "causal-lm",
        (
            layout("att.time_maa_x att.time_decay_w1 ffn.receptance"),
            layout("attention.time_maa_x attention.time_decay_w1"),
        ),
        "BlinkDL/rwkv-6-world; RWKV/rwkv-6-world-1b6",
    ),
    Family(
        "rwkv5",
        "RWKV-5",
        "causal-lm",
        (
            layout("att.time_faaaa att.time_mix_g", lacks="att.time_maa_x"),
            layout("attention.time_faaaa attention.time_mix_gate", lacks="attention.time_maa_x"),
        ),
        "BlinkDL/rwkv-5-world; RWKV/rwkv-5-world-1b5",
        types=("rwkv5",),
    ),
    Family(
        "rwkv",
        "RWKV-4",
        "causal-lm",
        (
            layout("attention.time_first attention.time_decay feed_forward.receptance"),
            layout("att.time_first att.time_decay ffn.receptance"),
        ),
        _TF + "rwkv",
    ),
    Family(
        "xlstm", "xLSTM", "causal-lm", (layout("mlstm_layer.igate_preact mlstm_layer.multihead_norm"),), _TF + "xlstm"
    ),
    Family(
        "lfm2-moe",
        "LFM2-MoE",
        "causal-lm",
        (layout("conv.in_proj operator_norm feed_forward.experts.*.w1 feed_forward.gate"),),
        "LiquidAI/LFM2-8B-A1B, config.json; transformers 5, models/lfm2_moe",
    ),
    Family(
        "lfm2",
        "LFM2",
        "causal-lm",
        (
            layout("operator_norm ffn_norm feed_forward.w1 self_attn.out_proj"),
            layout("conv.in_proj conv.out_proj operator_norm feed_forward.w1"),
        ),
        _TF + "lfm2",
    ),
    Family(
        "gpt2",
        "GPT-2",
        "causal-lm",
        (
            layout(
                "wte wpe",
                block=f"{_GPT_BLOCK} mlp.c_fc mlp.c_proj mlp.c_fc.bias mlp.c_proj.bias",
                matches=(Match("attn.c_attn", 0, "wte", 1),),
            ),
        ),
        _TF + "gpt2",
    ),
    Family(
        "gpt-bigcode",
        "GPT-BigCode (StarCoder)",
        "causal-lm",
        (layout("wte wpe attn.c_attn mlp.c_fc ln_f", matches=(Match("attn.c_attn", 1, "wte", 1),)),),
        _TF + "gpt_bigcode; bitsandbytes and other quantisers write GPT-2's layers turned like this",
        twins=("gpt2",),
    ),
    Family("gpt-neo", "GPT-Neo", "causal-lm", (layout("attn.attention.q_proj mlp.c_fc wte wpe"),), _TF + "gpt_neo"),
    Family("gptj", "GPT-J", "causal-lm", (layout("attn.q_proj attn.out_proj mlp.fc_in mlp.fc_out wte"),), _TF + "gptj"),
    Family(
        "codegen",
        "CodeGen",
        "causal-lm",
        (layout("attn.qkv_proj attn.out_proj mlp.fc_in mlp.fc_out wte"),),
        _TF + "codegen",
    ),
    Family(
        "gpt-neox",
        "GPT-NeoX (Pythia)",
        "causal-lm",
        (layout("embed_in layers.*.attention.query_key_value layers.*.mlp.dense_h_to_4h"),),
        _TF + "gpt_neox",
        twins=("gpt-neox-japanese",),
    ),
    Family(
        "bloom",
        "BLOOM",
        "causal-lm",
        (layout("word_embeddings_layernorm h.*.self_attention.query_key_value"),),
        _TF + "bloom",
    ),
    Family(
        "falcon",
        "Falcon",
        "causal-lm",
        (
            layout(
                "word_embeddings h.*.self_attention.query_key_value mlp.dense_4h_to_h",
                lacks="word_embeddings_layernorm",
            ),
        ),
        _TF + "falcon",
    ),
    Family("mpt", "MPT", "causal-lm", (layout("wte attn.Wqkv attn.out_proj ffn.up_proj ffn.down_proj"),), _TF + "mpt"),
    Family(
        "opt",
        "OPT",
        "causal-lm",
        (
            layout(
                "decoder.embed_tokens decoder.embed_positions decoder.layers.*.self_attn.out_proj",
                block=f"{_DECODER_BIASED} self_attn_layer_norm.bias fc1.bias",
                may="self_attn.q_proj.bias self_attn.k_proj.bias self_attn.v_proj.bias "
                "self_attn.out_proj.bias fc2.bias "
                "final_layer_norm.bias",
                lacks="encoder_attn.q_proj layernorm_embedding",
            ),
        ),
        _TF + "opt",
    ),
    Family(
        "biogpt",
        "BioGPT",
        "causal-lm",
        (layout("biogpt.layers.*.self_attn.out_proj biogpt.embed_positions"),),
        _TF + "biogpt",
    ),
    Family(
        "xglm",
        "XGLM",
        "causal-lm",
        (
            layout(
                "model.embed_tokens model.layers.*.self_attn.out_proj model.layers.*.fc1 model.layer_norm",
                lacks="encoder_attn.q_proj",
            ),
        ),
        _TF + "xglm",
    ),
    Family(
        "openai-gpt", "GPT (2018)", "causal-lm", (layout("tokens_embed positions_embed attn.c_attn"),), _TF + "openai"
    ),
    Family("ctrl", "CTRL", "causal-lm", (layout("multi_head_attention.Wq ffn.*"),), _TF + "ctrl"),
    Family("xlnet", "XLNet", "causal-lm", (layout("rel_attn.r_w_bias rel_attn.q mask_emb"),), _TF + "xlnet"),
    Family(
        "transfo-xl",
        "Transformer-XL",
        "causal-lm",
        (layout("dec_attn.qkv_net dec_attn.r_net"),),
        _TF + "deprecated/transfo_xl",
    ),
    Family(
        "cpmant", "CPM-Ant", "causal-lm", (layout("self_att.self_attention.project_q ffn.ffn.w_out"),), _TF + "cpmant"
    ),
    Family(
        "modernbert-decoder",
        "ModernBERT decoder",
        "causal-lm",
        (layout("embeddings.tok_embeddings attn.q_proj attn.Wo mlp.Wi mlp_norm"),),
        _TF + "modernbert_decoder",
    ),
)

ENCODERS: Final = (
    Family(
        "modernbert",
        "ModernBERT",
        "text-encoder",
        (layout("embeddings.tok_embeddings attn.Wqkv attn.Wo mlp.Wi mlp_norm"),),
        _TF + "modernbert",
    ),
    Family(
        "distilbert",
        "DistilBERT",
        "text-encoder",
        (layout("transformer.layer.*.attention.q_lin transformer.layer.*.ffn.lin1"),),
        _TF + "distilbert",
    ),
    Family(
        "albert",
        "ALBERT",
        "text-encoder",
        (layout("encoder.albert_layer_groups.*.albert_layers.*.attention.query"),),
        _TF + "albert",
    ),
    Family(
        "deberta-v2",
        "DeBERTa-v2",
        "text-encoder",
        (layout("encoder.layer.*.attention.self.query_proj", lacks="feature_extractor.conv_layers.*.conv"),),
        _TF + "deberta_v2",
    ),
    Family(
        "deberta",
        "DeBERTa",
        "text-encoder",
        (layout("encoder.layer.*.attention.self.in_proj"),),
        _TF + "deberta",
    ),
    Family(
        "mpnet", "MPNet", "text-encoder", (layout("attention.attn.q encoder.relative_attention_bias"),), _TF + "mpnet"
    ),
    Family(
        "mobilebert",
        "MobileBERT",
        "text-encoder",
        (layout("bottleneck.input.dense ffn.*.intermediate.dense embedding_transformation"),),
        _TF + "mobilebert",
    ),
    Family(
        "convbert",
        "ConvBERT",
        "text-encoder",
        (layout("attention.self.key_conv_attn_layer.depthwise"),),
        _TF + "convbert",
    ),
    Family("funnel", "Funnel", "text-encoder", (layout("attention.q_head attention.r_kernel"),), _TF + "funnel"),
    Family("fnet", "FNet", "text-encoder", (layout("encoder.layer.*.fourier.output.LayerNorm"),), _TF + "fnet"),
    Family(
        "nystromformer",
        "Nystromformer",
        "text-encoder",
        (layout("nystromformer.encoder.layer.*.attention.self.query"),),
        _TF + "nystromformer",
    ),
    Family("longformer", "Longformer", "text-encoder", (layout("attention.self.query_global"),), _TF + "longformer"),
    Family(
        "luke",
        "LUKE",
        "text-encoder",
        (layout("attention.self.w2e_query"), layout("entity_embeddings.entity_embeddings")),
        _TF + "luke",
    ),
    Family(
        "canine",
        "CANINE",
        "text-encoder",
        (layout("char_embeddings.HashBucketCodeEmbedder_*_embeddings"), layout("chars_to_molecules.conv")),
        _TF + "canine",
    ),
    Family(
        "layoutlm",
        "LayoutLM",
        "text-encoder",
        (layout(f"embeddings.x_position_embeddings {_BERT_BLOCK}", lacks="visual.backbone patch_embed.proj"),),
        _TF + "layoutlm",
    ),
    Family(
        "roformer",
        "RoFormer",
        "text-encoder",
        (layout("roformer.encoder.layer.*.attention.self.query"),),
        _TF + "roformer",
    ),
    Family(
        "rembert",
        "RemBERT",
        "text-encoder",
        (layout("encoder.embedding_hidden_mapping_in rembert.encoder.layer.*.attention.self.query"),),
        _TF + "rembert",
    ),
    Family("electra", "ELECTRA", "text-encoder", (layout(f"electra.{_BERT_BLOCK}"),), _TF + "electra"),
    Family(
        "esm",
        "ESM",
        "text-encoder",
        (
            layout("esm.encoder.layer.*.attention.self.query encoder.emb_layer_norm_after"),
            layout("contact_head.regression esm.encoder.layer.*.attention.self.query"),
        ),
        _TF + "esm",
    ),
    Family(
        "xlm-roberta",
        "XLM-RoBERTa",
        "text-encoder",
        (
            layout(
                f"embeddings.word_embeddings {_BERT_BLOCK}",
                widths=(
                    Width("embeddings.token_type_embeddings", 0, (1,)),
                    Width("embeddings.word_embeddings", 0, (250002,)),
                ),
            ),
        ),
        _TF + "xlm_roberta",
        types=("xlm-roberta",),
    ),
    Family(
        "roberta",
        "RoBERTa",
        "text-encoder",
        (
            layout(
                f"embeddings.word_embeddings {_BERT_BLOCK}",
                widths=(Width("embeddings.token_type_embeddings", 0, (1,)),),
                lacks="attention.self.query_global",
            ),
        ),
        _TF + "roberta",
        twins=(
            "xlm-roberta",
            "camembert",
            "data2vec-text",
            "ibert",
        ),
    ),
    Family(
        "nomic-bert",
        "Nomic BERT",
        "text-encoder",
        (
            layout("encoder.layers.*.attn.Wqkv encoder.layers.*.mlp.fc11 emb_ln"),
            layout("encoder.layers.*.mixer.Wqkv encoder.layers.*.mlp.fc1 emb_ln"),
        ),
        "nomic-ai/nomic-embed-text-v1.5, modeling_hf_nomic_bert.py",
    ),
    Family(
        "jina-bert",
        "JinaBERT v2",
        "text-encoder",
        (layout("encoder.layer.*.attention.self.query encoder.layer.*.mlp.gated_layers"),),
        "jinaai/jina-embeddings-v2-base-en, modeling_bert.py",
    ),
    Family(
        "new",
        "GTE (new)",
        "text-encoder",
        (layout("encoder.layer.*.attention.qkv_proj encoder.layer.*.mlp.up_gate_proj"),),
        "Alibaba-NLP/gte-base-en-v1.5, modeling.py",
    ),
    Family(
        "bert",
        "BERT",
        "text-encoder",
        (
            layout(
                f"embeddings.word_embeddings embeddings.position_embeddings {_BERT_BLOCK}",
                lacks="embeddings.x_position_embeddings encoder.layer.*.crossattention.self.query "
                "attention.self.query_global "
                "patch_embeddings.projection",
            ),
        ),
        _TF + "bert",
        twins=(
            "roberta",
            "xlm-roberta",
            "electra",
            "ernie",
            "nezha",
            "rembert",
            "nystromformer",
            "big-bird",
            "data2vec-text",
        ),
    ),
    Family(
        "static-embedding",
        "Static embedding",
        "text-encoder",
        (layout("embedding", only=True), layout("embeddings", only=True)),
        "sentence-transformers, models/StaticEmbedding; dleemiller/wordllama",
    ),
    Family(
        "clip-text",
        "CLIP text encoder",
        "text-encoder",
        (
            layout(
                "text_model.embeddings.token_embedding "
                "text_model.encoder.layers.*.self_attn.q_proj "
                "text_model.final_layer_norm text_model.encoder.layers.*.mlp.fc1",
                lacks="vision_model.embeddings.patch_embedding text_model.head",
            ),
        ),
        _TF + "clip",
        types=("clip_text_model",),
    ),
    Family(
        "openclip-text",
        "OpenCLIP text encoder",
        "text-encoder",
        (
            layout(
                "token_embedding positional_embedding transformer.resblocks.*.attn.in_proj_weight ln_final",
                lacks="visual.conv1 visual.trunk.patch_embed.proj",
            ),
        ),
        "mlfoundations/open_clip, src/open_clip/transformer.py",
    ),
    Family(
        "umt5-encoder",
        "UMT5 encoder",
        "text-encoder",
        (
            layout(
                f"{_T5_ENCODER} shared",
                lacks="decoder.block.*.layer.*.SelfAttention.q",
                widths=(Width("shared", 0, (256384,)),),
            ),
            layout("blocks.*.attn.q blocks.*.pos_embedding.embedding blocks.*.ffn.gate.*"),
        ),
        _TF + "umt5; Wan-Video/Wan2.1, wan/modules/t5.py",
        types=("umt5",),
    ),
    Family(
        "t5-encoder",
        "T5 encoder",
        "text-encoder",
        (layout(_T5_ENCODER, lacks="decoder.block.*.layer.*.SelfAttention.q"),),
        _TF + "t5",
        twins=("umt5-encoder",),
        types=("t5", "mt5"),
    ),
)

SEQUENCE_TO_SEQUENCE: Final = (
    Family(
        "switch-transformers",
        "Switch Transformers",
        "encoder-decoder",
        (layout("layer.*.mlp.router.classifier layer.*.mlp.experts.expert_*.wi"),),
        _TF + "switch_transformers",
    ),
    Family(
        "longt5",
        "LongT5",
        "encoder-decoder",
        (layout("layer.*.TransientGlobalSelfAttention.q"), layout("layer.*.LocalSelfAttention.q")),
        _TF + "longt5",
    ),
    Family(
        "t5",
        "T5",
        "encoder-decoder",
        (
            layout(
                f"{_T5_ENCODER} decoder.block.*.layer.*.EncDecAttention.q",
                lacks="patch_embed.proj cell_2d_embedding mel_conditioner.embedding",
            ),
        ),
        _TF + "t5",
        twins=("mt5", "umt5"),
    ),
    Family(
        "t5gemma",
        "T5Gemma",
        "encoder-decoder",
        (layout("decoder.layers.*.cross_attn.q_proj encoder.layers.*.pre_self_attn_layernorm"),),
        _TF + "t5gemma",
    ),
    Family(
        "nllb-moe",
        "NLLB-MoE",
        "encoder-decoder",
        (layout("ffn.router.classifier ffn.experts.expert_*.fc1"),),
        _TF + "nllb_moe",
    ),
    Family(
        "led",
        "LED",
        "encoder-decoder",
        (layout("self_attn.longformer_self_attn.query decoder.layers.*.encoder_attn.q_proj"),),
        _TF + "led",
    ),
    Family(
        "bart",
        "BART",
        "encoder-decoder",
        (
            layout(
                "encoder.layernorm_embedding decoder.layernorm_embedding "
                "encoder.embed_positions decoder.layers.*.encoder_attn.q_proj",
                lacks="encoder.layer_norm",
            ),
        ),
        _TF + "bart",
        twins=("plbart", "mvp", "blenderbot-small"),
    ),
    Family(
        "mbart",
        "mBART",
        "encoder-decoder",
        (
            layout(
                "encoder.layernorm_embedding encoder.layer_norm encoder.embed_positions "
                "decoder.layers.*.encoder_attn.q_proj"
            ),
        ),
        _TF + "mbart",
    ),
    Family(
        "blenderbot",
        "Blenderbot",
        "encoder-decoder",
        (
            layout(
                "encoder.layer_norm encoder.embed_positions decoder.embed_positions "
                "decoder.layers.*.encoder_attn.q_proj",
                lacks="encoder.layernorm_embedding encoder.conv1",
            ),
        ),
        _TF + "blenderbot",
        twins=("pegasus",),
    ),
    Family(
        "m2m-100",
        "M2M-100 (NLLB)",
        "encoder-decoder",
        (
            layout(
                "encoder.layer_norm encoder.layers.*.self_attn.q_proj decoder.layers.*.encoder_attn.q_proj shared",
                lacks="encoder.embed_positions encoder.layernorm_embedding encoder.conv1 "
                "ffn.router.classifier encoder.layers.*.self_attn.local_q",
            ),
        ),
        _TF + "m2m_100",
        twins=("pegasus",),
    ),
    Family(
        "marian",
        "Marian",
        "encoder-decoder",
        (
            layout(
                "encoder.layers.*.self_attn.q_proj decoder.layers.*.encoder_attn.q_proj",
                lacks="encoder.layer_norm encoder.layernorm_embedding encoder.conv1 "
                "encoder.layers.*.conv.pointwise_conv1",
            ),
        ),
        _TF + "marian",
        twins=("fsmt",),
    ),
    Family(
        "prophetnet",
        "ProphetNet",
        "encoder-decoder",
        (layout("decoder.ngram_embeddings cross_attn.query_proj"),),
        _TF + "prophetnet",
        twins=("xlm-prophetnet",),
    ),
)
