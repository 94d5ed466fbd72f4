"""Names that the GGUF converter gives to tensors of transformers checkpoints.

A name is `<stack>.<block number>.<leaf>.<weight|bias>`; what stands before the number only tells the stack, so one
row serves every family that uses that leaf, listed or not.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

SOURCE: Final = "gguf-py/gguf/tensor_mapping.py and constants.py, ggml-org/llama.cpp@007dbbf3"


def _names(gguf: str, leaves: str) -> tuple[str, tuple[str, ...]]:
    return gguf, tuple(leaves.split())


#: Tensors outside of blocks: GGUF name, then what checkpoints call it.
TOP_NAMES: Final = (
    _names(
        "token_embd",
        "gpt_neox.embed_in transformer.wte transformer.word_embeddings word_embeddings model.embed_tokens "
        "embed_tokens tok_embeddings embeddings.word_embeddings embeddings.tok_embeddings wte transformer.embd.wte "
        "model.tok_embeddings model.embedding backbone.embedding backbone.embeddings transformer.in_out_embed "
        "embedding.word_embeddings transformer.token_embeddings shared rwkv.embeddings model.embeddings "
        "model.word_embeddings encoder model.transformer.wte model.embed",
    ),
    _names("token_types", "embeddings.token_type_embeddings"),
    _names(
        "token_embd_norm",
        "word_embeddings_layernorm embeddings.LayerNorm embeddings.norm emb_ln rwkv.blocks.*.pre_ln model.pre_ln "
        "model.layers.*.pre_norm backbone.norm model.embedding_norm",
    ),
    _names("position_embd", "transformer.wpe embeddings.position_embeddings wpe model.embed_positions"),
    _names(
        "output",
        "embed_out lm_head output word_embeddings_for_head lm_head.linear output_layer head head.out model.lm_head "
        "model.transformer.ff_out head.decoder",
    ),
    _names(
        "output_norm",
        "gpt_neox.final_layer_norm transformer.ln_f model.norm norm transformer.norm_f ln_f model.final_layernorm "
        "lm_head.ln model.norm_f backbone.norm_f transformer.rms_norm encoder.final_layernorm transformer.norm "
        "rwkv.ln_out model.ln_out backbone.final_layer_norm model.transformer.ln_f final_norm",
    ),
    _names("dense_2", "dense_2_out"),
    _names("dense_3", "dense_3_out"),
    _names("rope_freqs", "rope.freqs rotary_pos_emb.inv_freq"),
    _names("per_layer_token_embd", "model.embed_tokens_per_layer"),
    _names("per_layer_model_proj", "model.per_layer_model_projection"),
    _names("per_layer_proj_norm", "model.per_layer_projection_norm"),
    _names("altup_proj", "model.altup_projections"),
    _names("altup_unembd_proj", "model.altup_unembed_projections"),
    _names("dec.output_norm", "decoder.final_layer_norm"),
    _names("enc.output_norm", "encoder.final_layer_norm layer_norm"),
    _names("cls", "classifier classifier.dense pre_classifier dense head.dense"),
    _names("cls.output", "classifier.out_proj"),
    _names("cls.norm", "head.norm"),
)

#: Tensors of encoder-decoder models, whose leaf needs its stack: GGUF name, stack and leaf.
STACK_NAMES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "encoder.block layer.0.layer_norm": "enc.blk.*.attn_norm",
        "encoder.block layer.0.SelfAttention.q": "enc.blk.*.attn_q",
        "encoder.block layer.0.SelfAttention.k": "enc.blk.*.attn_k",
        "encoder.block layer.0.SelfAttention.v": "enc.blk.*.attn_v",
        "encoder.block layer.0.SelfAttention.o": "enc.blk.*.attn_o",
        "encoder.block layer.0.SelfAttention.relative_attention_bias": "enc.blk.*.attn_rel_b",
        "encoder.block layer.1.layer_norm": "enc.blk.*.ffn_norm",
        "encoder.block layer.1.DenseReluDense.wi": "enc.blk.*.ffn_up",
        "encoder.block layer.1.DenseReluDense.wi_0": "enc.blk.*.ffn_gate",
        "encoder.block layer.1.DenseReluDense.wi_1": "enc.blk.*.ffn_up",
        "encoder.block layer.1.DenseReluDense.wo": "enc.blk.*.ffn_down",
        "decoder.block layer.0.layer_norm": "dec.blk.*.attn_norm",
        "decoder.block layer.0.SelfAttention.q": "dec.blk.*.attn_q",
        "decoder.block layer.0.SelfAttention.k": "dec.blk.*.attn_k",
        "decoder.block layer.0.SelfAttention.v": "dec.blk.*.attn_v",
        "decoder.block layer.0.SelfAttention.o": "dec.blk.*.attn_o",
        "decoder.block layer.0.SelfAttention.relative_attention_bias": "dec.blk.*.attn_rel_b",
        "decoder.block layer.1.layer_norm": "dec.blk.*.cross_attn_norm",
        "decoder.block layer.1.EncDecAttention.q": "dec.blk.*.cross_attn_q",
        "decoder.block layer.1.EncDecAttention.k": "dec.blk.*.cross_attn_k",
        "decoder.block layer.1.EncDecAttention.v": "dec.blk.*.cross_attn_v",
        "decoder.block layer.1.EncDecAttention.o": "dec.blk.*.cross_attn_o",
        "decoder.block layer.1.EncDecAttention.relative_attention_bias": "dec.blk.*.cross_attn_rel_b",
        "decoder.block layer.2.layer_norm": "dec.blk.*.ffn_norm",
        "decoder.block layer.2.DenseReluDense.wi": "dec.blk.*.ffn_up",
        "decoder.block layer.2.DenseReluDense.wi_0": "dec.blk.*.ffn_gate",
        "decoder.block layer.2.DenseReluDense.wi_1": "dec.blk.*.ffn_up",
        "decoder.block layer.2.DenseReluDense.wo": "dec.blk.*.ffn_down",
    }
)

#: Names of the component before a block number.
STACKS: Final = frozenset(("layers", "h", "blocks", "block", "layer", "decoder_layer", "transformer_encoder"))

#: Tensors of blocks: GGUF name after `blk.*.`, then the leaves that checkpoints use.
BLOCK_NAMES: Final = (
    _names("altup_correct_coef", "altup.correction_coefs"),
    _names("altup_correct_scale", "altup.correct_output_scale"),
    _names("altup_predict_coef", "altup.prediction_coefs"),
    _names("altup_router", "altup.modality_router"),
    _names("altup_router_norm", "altup.router_norm"),
    _names("attn_conv_base", "attention_conv.base_kernel"),
    _names("attn_conv_proj", "attention_conv.kernel_projection"),
    _names(
        "attn_gate",
        "self_attn.gate_proj linear_attn.in_proj_z self_attn.g_proj self_attn.output_gate self_attn.linear_gate",
    ),
    _names(
        "attn_k",
        "self_attn.k_proj attention.k_proj self_attn.k_proj_no_perm attention.wk attention.self.key "
        "attention.k_lin attn.k_proj attn.k multi_head_attention.key attn.attention.k_proj k_proj "
        "mixer.k_proj attn.attn_key",
    ),
    _names("attn_k_b", "self_attn.k_b_proj attention.k_b_proj"),
    _names(
        "attn_k_norm",
        "self_attention.k_layernorm self_attn.k_layernorm self_attn.key_layernorm attention.key_layernorm "
        "self_attn.k_norm attn.k_ln attention.self.layer_norm_k attn.k_norm mixer.k mixer.k_norm "
        "self_attn.k_rope_only_layernorm",
    ),
    _names("attn_kv_a_mqa", "self_attn.kv_a_proj_with_mqa attention.kv_a_proj_with_mqa attention.wkv_a_with_mqa"),
    _names("attn_kv_a_norm", "self_attn.kv_a_layernorm attention.kv_a_layernorm attention.kv_a_norm"),
    _names("attn_kv_b", "self_attn.kv_b_proj attention.kv_b_proj"),
    _names(
        "attn_norm",
        "input_layernorm ln_1 norm_1 ln_mlp attention_norm ln1 ln norm pre_mixer_norm rms_norm pre_attn_norm "
        "norm_attn_norm.norm_1 attn_norm operator_norm attention_layernorm pre_attention_layernorm",
    ),
    _names("attn_norm_2", "ln_attn layer_norm_1 self_attn.norm"),
    _names(
        "attn_output",
        "attention.dense attn.c_proj attn.out_proj self_attention.dense self_attn.o_proj attention.o_proj "
        "self_attn.out_proj self_attn.linear_attn attention.wo attention.output.dense attn.Wo "
        "attention.out_lin self_attn.dense mixer.out_proj mixer.o_proj multi_head_attention.linear "
        "norm_attn_norm.attn.out_proj attn.attention.out_proj wo attn_out self_attn.language_expert_dense "
        "attn.attn_resid",
    ),
    _names(
        "attn_output_norm",
        "attention.output.LayerNorm sa_layer_norm norm1 rms_norm_1 post_attn_norm norm_attn_norm.norm_2",
    ),
    _names(
        "attn_q",
        "self_attn.q_proj attention.q_proj self_attn.q_proj_no_perm attention.wq attention.self.query "
        "attention.q_lin attn.q_proj multi_head_attention.query attn.attention.q_proj q_proj mixer.q_proj "
        "attn.attn_query",
    ),
    _names("attn_q_a", "self_attn.q_a_proj attention.q_a_proj attention.wq_a"),
    _names("attn_q_a_norm", "self_attn.q_a_layernorm attention.q_a_layernorm attention.q_a_norm"),
    _names("attn_q_b", "self_attn.q_b_proj attention.q_b_proj attention.wq_b"),
    _names(
        "attn_q_norm",
        "self_attention.q_layernorm self_attn.q_layernorm self_attn.query_layernorm attention.query_layernorm "
        "self_attn.q_norm attn.q_ln attention.self.layer_norm_q attn.q_norm mixer.q mixer.q_norm "
        "attn.head_gain.head_g",
    ),
    _names(
        "attn_qkv",
        "attention.query_key_value attn.c_attn attn.Wqkv norm_attn_norm.attn.Wqkv "
        "self_attention.query_key_value self_attn.query_key_value mixer.Wqkv self_attn.qkv_proj "
        "mixer.qkv_proj attn.qkv_proj qkv self_attn.language_expert_query_key_value linear_attn.in_proj_qkv",
    ),
    _names("attn_sinks", "self_attn.sinks self_attn.attention_sink_bias self_attn.learnable_sink_param"),
    _names("attn_sub_norm", "self_attn.inner_attn_ln"),
    _names(
        "attn_v",
        "self_attn.v_proj attention.v_proj attention.wv attention.self.value attention.v_lin attn.v_proj "
        "attn.v multi_head_attention.value attn.attention.v_proj v_proj mixer.v_proj attn.attn_value",
    ),
    _names("attn_v_b", "self_attn.v_b_proj attention.v_b_proj"),
    _names("channel_mix_key", "feed_forward.key"),
    _names("channel_mix_lerp_k", "feed_forward.time_maa_k feed_forward.x_k"),
    _names("channel_mix_lerp_r", "feed_forward.time_maa_r"),
    _names("channel_mix_receptance", "feed_forward.receptance"),
    _names("channel_mix_value", "feed_forward.value"),
    _names(
        "exp_probs_b",
        "mlp.gate.e_score_correction mlp.moe_statics.e_score_correction mlp.gate.expert_bias mlp.expert_bias "
        "feed_forward.expert_bias block_sparse_moe.e_score_correction mixer.gate.e_score_correction "
        "mlp.e_score_correction block_sparse_moe.gate.e_score_correction moe.router_bias "
        "mlp.experts.e_score_correction",
    ),
    _names("ffn", "ffn.act"),
    _names("ffn_conv_base", "mlp_conv.base_kernel"),
    _names("ffn_conv_proj", "mlp_conv.kernel_projection"),
    _names(
        "ffn_down",
        "mlp.dense_4h_to_h mlp.c_proj ffn.down_proj mlp.down_proj feed_forward.w2 output.dense mlp.Wo "
        "ffn.lin2 mlp.fc_out mlp.fc2 mlp.wo ffn.proj_2 residual_mlp.w2 mlp.down_layer feed_forward.down_proj "
        "ffn.w3 block_sparse_moe.down ff_out mixer.down_proj mlp.language_mlp.down_proj mlp.mlp_resid",
    ),
    _names("ffn_down_chexps", "mlp.chunk_experts.down_proj"),
    _names(
        "ffn_down_exps",
        "feed_forward.experts.w2 moe.linear_1 ffn.experts.mlp.w2 mlp.experts.down_proj "
        "block_sparse_moe.output_linear block_sparse_moe.experts.w2 feed_forward.experts.down_proj "
        "mlp.experts.mlp.w2 block_sparse_moe.experts.down moe.down_proj experts.down_proj",
    ),
    _names(
        "ffn_down_shexp",
        "mlp.shared_expert.down_proj mlp.shared_experts.down_proj feed_forward.shared_expert.down_proj "
        "shared_mlp.output_linear mlp.shared_mlp.down_proj shared_experts.w2 mixer.shared_experts.down_proj "
        "block_sparse_moe.shared_experts.down_proj share_expert.down_proj",
    ),
    _names(
        "ffn_gate",
        "mlp.gate_proj feed_forward.w1 mlp.w2 mlp.c_fc2 mlp.fc12 mlp.gated_layers_w mlp.linear_1 "
        "residual_mlp.w1 mlp.c_fc_0 feed_forward.gate_proj ff_proj mlp.language_mlp.gate_proj mlp.mlp_gate",
    ),
    _names("ffn_gate_chexps", "mlp.chunk_experts.gate_proj"),
    _names(
        "ffn_gate_exps",
        "feed_forward.experts.w1 moe.linear ffn.experts.mlp.w1 mlp.experts.gate_proj "
        "block_sparse_moe.experts.w1 feed_forward.experts.gate_proj block_sparse_moe.experts.gate "
        "moe.gate_proj",
    ),
    _names(
        "ffn_gate_inp",
        "feed_forward.gate block_sparse_moe.gate mlp.gate router ffn.router.layer "
        "block_sparse_moe.router.layer block_sparse_moe.router feed_forward.router mlp.router.layer "
        "mlp.router mlp.gate.wg block_sparse_moe.primary_router mlp.router.gate gate mixer.gate moe.gate "
        "router.proj",
    ),
    _names("ffn_gate_inp_shexp", "mlp.shared_expert_gate"),
    _names(
        "ffn_gate_shexp",
        "mlp.shared_expert.gate_proj mlp.shared_experts.gate_proj feed_forward.shared_expert.gate_proj "
        "mlp.shared_mlp.gate_proj shared_experts.w1 block_sparse_moe.shared_experts.gate_proj "
        "share_expert.gate_proj",
    ),
    _names("ffn_gate_up_exps", "mlp.experts.gate_up_proj experts.gate_up_proj"),
    _names("ffn_latent_down", "mixer.fc1_latent_proj"),
    _names("ffn_latent_up", "mixer.fc2_latent_proj"),
    _names(
        "ffn_norm",
        "post_attention_layernorm ln_2 norm_2 ffn_norm ln2 rms_norm_2 pre_moe_norm pre_ff_layernorm "
        "pre_moe_layernorm pre_mlp_norm ff_norm feedforward_layernorm pre_mlp_layernorm mlp_norm "
        "pre_feedforward_layernorm residual_layernorm",
    ),
    _names("ffn_routed_down", "block_sparse_moe.routed_expert_down_proj"),
    _names("ffn_routed_norm", "block_sparse_moe.routed_expert_norm"),
    _names("ffn_routed_up", "block_sparse_moe.routed_expert_up_proj"),
    _names("ffn_sub_norm", "mlp.ffn_layernorm"),
    _names(
        "ffn_up",
        "mlp.dense_h_to_4h mlp.c_fc ffn.up_proj mlp.up_proj feed_forward.w3 intermediate.dense mlp.Wi "
        "ffn.lin1 mlp.fc_in mlp.linear_3 mlp.w1 mlp.fc1 mlp.gate_up_proj mlp.fc11 mlp.gated_layers_v "
        "mlp.gated_layers mlp.up_gated_layer residual_mlp.w3 mlp.c_fc_1 feed_forward.up_proj ffn.w12 "
        "block_sparse_moe.up up_proj mixer.up_proj mlp.language_mlp.up_proj mlp.mlp_linear",
    ),
    _names("ffn_up_chexps", "mlp.chunk_experts.up_proj"),
    _names(
        "ffn_up_exps",
        "feed_forward.experts.w3 moe.linear_v ffn.experts.mlp.v1 mlp.experts.up_proj "
        "block_sparse_moe.experts.w3 feed_forward.experts.up_proj mlp.experts.mlp.w1 "
        "block_sparse_moe.experts.up moe.up_proj",
    ),
    _names(
        "ffn_up_shexp",
        "mlp.shared_expert.up_proj mlp.shared_experts.up_proj feed_forward.shared_expert.up_proj "
        "mlp.shared_mlp.up_proj shared_experts.w3 mixer.shared_experts.up_proj "
        "block_sparse_moe.shared_experts.up_proj share_expert.up_proj",
    ),
    _names("hc_attn_base", "hc_attn_layer.hc_pre.hc_base hc_attn_base"),
    _names("hc_attn_down", "attn_hyper_connection.input_mix_weight_down"),
    _names("hc_attn_fn", "hc_attn_layer.hc_pre.hc_fn hc_attn_fn"),
    _names("hc_attn_inject", "attn_hyper_connection.block_inject_weight"),
    _names("hc_attn_norm", "attn_hyper_connection.hc_norm"),
    _names("hc_attn_scale", "hc_attn_layer.hc_pre.hc_scale hc_attn_scale"),
    _names("hc_attn_up", "attn_hyper_connection.input_mix_weight_up"),
    _names("hc_ffn_base", "hc_mlp_layer.hc_pre.hc_base hc_ffn_base"),
    _names("hc_ffn_down", "mlp_hyper_connection.input_mix_weight_down"),
    _names("hc_ffn_fn", "hc_mlp_layer.hc_pre.hc_fn hc_ffn_fn"),
    _names("hc_ffn_inject", "mlp_hyper_connection.block_inject_weight"),
    _names("hc_ffn_norm", "mlp_hyper_connection.hc_norm"),
    _names("hc_ffn_scale", "hc_mlp_layer.hc_pre.hc_scale hc_ffn_scale"),
    _names("hc_ffn_up", "mlp_hyper_connection.input_mix_weight_up"),
    _names("indexer.attn_k", "self_attn.indexer.wk"),
    _names("indexer.attn_q_b", "self_attn.indexer.wq_b"),
    _names("indexer.k_norm", "self_attn.indexer.k_layernorm self_attn.indexer.k_norm self_attn.index_k_norm"),
    _names("indexer.k_proj", "self_attn.index_k_proj"),
    _names("indexer.proj", "self_attn.indexer.weights_proj"),
    _names("indexer.q_norm", "self_attn.indexer.q_layernorm self_attn.index_q_norm"),
    _names("indexer.q_proj", "self_attn.index_q_proj"),
    _names("indexer_compressor_ape", "self_attn.indexer.index_kpool_compress_ape"),
    _names("indexer_compressor_gate", "self_attn.indexer.index_kpool_compress_gate"),
    _names("inp_gate", "per_layer_input_gate"),
    _names("laurel_l", "laurel.linear_left"),
    _names("laurel_post_norm", "laurel.post_laurel_norm"),
    _names("laurel_r", "laurel.linear_right"),
    _names(
        "layer_output_norm",
        "output.LayerNorm output_layer_norm norm2 rms_norm_3 mlp.layernorm layer_norm_2 final_layernorm",
    ),
    _names("layer_output_scale", "layer_scalar embed_skip.a_g"),
    _names("nextn.eh_proj", "eh_proj"),
    _names("nextn.embed_tokens", "embed_tokens"),
    _names("nextn.enorm", "enorm"),
    _names("nextn.hnorm", "hnorm"),
    _names("nextn.shared_head_head", "shared_head.head"),
    _names("nextn.shared_head_norm", "shared_head.norm"),
    _names("ple_conv1d", "ple.conv1d"),
    _names("ple_key", "ple.key_proj"),
    _names("ple_norm_conv", "ple.norm_conv"),
    _names("ple_norm_key", "ple.norm_key"),
    _names("ple_norm_query", "ple.norm_query"),
    _names("ple_value", "ple.value_proj"),
    _names("post_attention_norm", "post_self_attn_layernorm post_mixer_norm"),
    _names("post_ffw_norm", "post_feedforward_layernorm post_mlp_layernorm post_mlp_norm post_moe_norm"),
    _names("post_ffw_norm_1", "post_feedforward_layernorm_1"),
    _names("post_ffw_norm_2", "post_feedforward_layernorm_2"),
    _names("post_norm", "post_per_layer_input_norm"),
    _names("pre_ffw_norm_2", "pre_feedforward_layernorm_2"),
    _names("proj", "per_layer_projection"),
    _names("shortconv.conv", "conv.conv"),
    _names("shortconv.in_proj", "conv.in_proj"),
    _names("shortconv.out_proj", "conv.out_proj"),
    _names("ssm_a", "A_log mixer.A_log mamba.A_log linear_attn.A_log self_attn.A_log attention.A_log"),
    _names("ssm_alpha", "linear_attn.in_proj_a"),
    _names("ssm_b_norm", "mamba.b_layernorm mamba.B_layernorm mixer.B_norm"),
    _names("ssm_ba", "linear_attn.in_proj_ba"),
    _names("ssm_beta", "linear_attn.in_proj_b self_attn.b_proj attention.b_proj"),
    _names("ssm_c_norm", "mamba.c_layernorm mamba.C_layernorm mixer.C_norm"),
    _names("ssm_conv1d", "conv1d mixer.conv1d mamba.conv1d linear_attn.conv1d"),
    _names("ssm_conv1d_k", "self_attn.k_conv1d attention.k_conv1d"),
    _names("ssm_conv1d_q", "self_attn.q_conv1d attention.q_conv1d"),
    _names("ssm_conv1d_v", "self_attn.v_conv1d attention.v_conv1d"),
    _names("ssm_d", "D mixer.D mamba.D"),
    _names(
        "ssm_dt",
        "dt_proj mixer.dt_proj mamba.dt_proj linear_attn.dt_proj mixer.dt self_attn.dt_proj attention.dt_proj",
    ),
    _names("ssm_dt_norm", "mixer.dt_norm mamba.dt_layernorm"),
    _names("ssm_f_a", "self_attn.f_a_proj"),
    _names("ssm_f_b", "self_attn.f_b_proj"),
    _names("ssm_g_a", "self_attn.g_a_proj"),
    _names("ssm_g_b", "self_attn.g_b_proj"),
    _names("ssm_in", "in_proj mixer.in_proj mamba.in_proj linear_attn.in_proj_qkvz"),
    _names("ssm_norm", "mamba.norm linear_attn.norm mixer.norm self_attn.o_norm attention.o_norm"),
    _names("ssm_out", "out_proj mamba.out_proj linear_attn.out_proj"),
    _names("ssm_x", "x_proj mixer.x_proj mamba.x_proj mixer.bcdt_proj"),
    _names("time_mix_a0", "attention.a0"),
    _names("time_mix_a1", "attention.a1"),
    _names("time_mix_a2", "attention.a2"),
    _names("time_mix_decay", "attention.time_decay self_attn.time_decay"),
    _names("time_mix_decay_w1", "attention.time_decay_w1 self_attn.time_decay_w1"),
    _names("time_mix_decay_w2", "attention.time_decay_w2 self_attn.time_decay_w2"),
    _names("time_mix_first", "attention.time_faaaa"),
    _names("time_mix_g1", "attention.g1"),
    _names("time_mix_g2", "attention.g2"),
    _names("time_mix_gate", "attention.gate self_attn.gate"),
    _names("time_mix_k_a", "attention.k_a"),
    _names("time_mix_k_k", "attention.k_k"),
    _names("time_mix_key", "attention.key"),
    _names("time_mix_lerp_g", "attention.time_maa_g self_attn.time_maa_g"),
    _names("time_mix_lerp_k", "attention.time_maa_k self_attn.time_maa_k"),
    _names("time_mix_lerp_r", "attention.time_maa_r self_attn.time_maa_r"),
    _names("time_mix_lerp_v", "attention.time_maa_v self_attn.time_maa_v"),
    _names("time_mix_lerp_w", "attention.time_maa_w self_attn.time_maa_w"),
    _names("time_mix_lerp_x", "attention.time_maa_x self_attn.time_maa_x"),
    _names("time_mix_ln", "attention.ln_x"),
    _names("time_mix_output", "attention.output"),
    _names("time_mix_r_k", "attention.r_k"),
    _names("time_mix_receptance", "attention.receptance attention.r_proj"),
    _names("time_mix_v0", "attention.v0"),
    _names("time_mix_v1", "attention.v1"),
    _names("time_mix_v2", "attention.v2"),
    _names("time_mix_value", "attention.value"),
    _names("time_mix_w0", "attention.w0"),
    _names("time_mix_w1", "attention.time_maa_w1 self_attn.time_maa_w1 attention.w1"),
    _names("time_mix_w2", "attention.time_maa_w2 self_attn.time_maa_w2 attention.w2"),
)

TOP_NAME: Final[Mapping[str, str]] = MappingProxyType({leaf: gguf for gguf, leaves in TOP_NAMES for leaf in leaves})
BLOCK_NAME: Final[Mapping[str, str]] = MappingProxyType({leaf: gguf for gguf, leaves in BLOCK_NAMES for leaf in leaves})
