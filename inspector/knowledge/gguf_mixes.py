"""Which tensor type each file type gives to which kind of matrix: the choices of llama-quantize as rows.

The first row wins whose category, file type and conditions fit; where none does, the file type's default stands.
Conditions on the model: `gqa>=4` query heads per key/value head, `experts==8`, `experts>=4`, `falcon`, `imatrix`,
`70b`, `uneven` (rows do not fill blocks of the default type), `stacked` (expert tensors), each with `!` for "not".
Conditions on the place, counted among tensors of a category: `first:N` the first N, `eighth:` before layers/8,
`sixteenth:` before layers/16, `middle` from layers/8 up to 7/8, `more` the first and last eighth and every third
between.
"""

from typing import Final

from inspector.values import frozen

SOURCE: Final = "src/llama-quant.cpp llama_tensor_get_type_impl, ggml-org/llama.cpp@007dbbf3"

#: Category of a tensor by what its name holds, first match first; the exact names `output.weight` and
#: `token_embd.weight`, `per_layer_token_embd.weight` come before.
CATEGORIES: Final = (
    ("attn_qkv.weight", "v"),
    ("attn_kv_b.weight", "v"),
    ("attn_v.weight", "v"),
    ("attn_k.weight", "k"),
    ("attn_q.weight", "q"),
    ("attn_output.weight", "o"),
    ("ffn_up", "up"),
    ("ffn_gate", "gate"),
    ("ffn_down", "down"),
)

#: Matrices that keep the converter's type: what their names hold.
KEPT: Final = (
    "_norm.weight",
    "ffn_gate_inp.weight",
    "ffn_gate_tid2eid.weight",
    "altup",
    "laurel",
    "per_layer_model_proj",
    "ssm_conv1d",
    "shortconv.conv.weight",
    "indexer.k_proj.weight",
    "indexer.q_proj.weight",
    "time_mix_first.weight",
    "time_mix_w0.weight",
    "time_mix_w1.weight",
    "time_mix_w2.weight",
    "time_mix_v0.weight",
    "time_mix_v1.weight",
    "time_mix_v2.weight",
    "time_mix_a0.weight",
    "time_mix_a1.weight",
    "time_mix_a2.weight",
    "time_mix_g1.weight",
    "time_mix_g2.weight",
    "time_mix_decay_w1.weight",
    "time_mix_decay_w2.weight",
    "time_mix_lerp_fused.weight",
    "attn_rel_b.weight",
)
KEPT_EXACTLY: Final = frozenset(("position_embd.weight", "token_types.weight"))

#: Matrices that the converter writes in F32 whatever their number of dimensions.
WRITTEN_F32: Final = (
    "_norm.weight",
    "ffn_gate_inp.weight",
    "ffn_gate_inp_shexp.weight",
    "ssm_conv1d.weight",
    "ssm_conv1d_q.weight",
    "ssm_conv1d_k.weight",
    "ssm_conv1d_v.weight",
    "shortconv.conv.weight",
    "time_mix_first.weight",
    "time_mix_w1.weight",
    "time_mix_w2.weight",
    "time_mix_decay_w1.weight",
    "time_mix_decay_w2.weight",
    "time_mix_lerp_fused.weight",
    "altup_correct_coef.weight",
    "altup_predict_coef.weight",
    "indexer.proj.weight",
)

#: Architectures whose converter leaves every matrix at 16 bits, routers included.
MATRICES_16_BIT: Final = frozenset(("dbrx",))


@frozen
class MixRule:
    """One choice: in these file types, tensors of this category that fulfil every condition get `to`."""

    category: str
    file_types: tuple[str, ...]
    to: str
    when: tuple[str, ...] = ()
    place: str = ""


def _mix(category: str, file_types: str, to: str, when: str = "", place: str = "") -> MixRule:
    return MixRule(
        category=category, file_types=tuple(file_types.split()), to=to, when=tuple(when.split()), place=place
    )


_ANY: Final = "*"
_LOWEST_IQ: Final = "IQ1_S IQ1_M IQ2_XXS IQ2_XS"
LOW_IQ: Final = f"{_LOWEST_IQ} IQ2_S IQ2_M"
_EIGHT_EXPERTS_OUTPUT: Final = "Q2_K IQ3_XS IQ3_XXS Q3_K_S Q3_K_M IQ4_NL Q4_K_S Q4_K_M IQ3_S IQ3_M IQ4_XS"

MIXES: Final = (
    # The output matrix, and the token embeddings that stand in for it where they are shared.
    _mix("output", "MXFP4_MOE", "Q8_0"),
    _mix("output", _ANY, "Q8_0", "falcon"),
    _mix("output", _ANY, "Q8_0", "uneven"),
    _mix("output", f"{LOW_IQ} IQ3_XXS", "Q5_K"),
    _mix("output", "Q8_0", "Q8_0"),
    _mix("output", _ANY, "Q6_K"),
    # MXFP4 for stacked experts, Q8_0 for the rest.
    _mix("*", "MXFP4_MOE", "MXFP4", "stacked"),
    _mix("*", "MXFP4_MOE", "Q8_0"),
    # Token embeddings of their own.
    _mix("embedding", _LOWEST_IQ, "Q2_K"),
    _mix("embedding", "IQ2_S IQ2_M IQ3_XXS", "IQ3_S"),
    _mix("embedding", "TQ1_0 TQ2_0 Q2_0", "Q4_K"),
    # Very low bits.
    _mix("v", LOW_IQ, "Q4_K", "gqa>=4"),
    _mix("v", LOW_IQ, "Q4_K", "experts>=4"),
    _mix("v", "IQ2_S IQ2_M", "IQ3_S"),
    _mix("v", _LOWEST_IQ, "Q2_K"),
    _mix("k", LOW_IQ, "Q4_K", "experts==8"),
    _mix("down", "IQ2_S IQ2_M", "IQ3_S", place="eighth"),
    _mix("down", _LOWEST_IQ, "Q2_K", place="eighth"),
    _mix("o", LOW_IQ, "Q5_K", "experts==8"),
    _mix("o", "IQ1_S IQ1_M", "IQ2_XXS"),
    _mix("o", "IQ2_S IQ2_M", "IQ3_S"),
    # Values, fused query-key-value and MLA's key-value up-projection.
    _mix("v", _ANY, "Q8_0", "experts==8"),
    _mix("v", "Q2_K", "Q4_K", "gqa>=4"),
    _mix("v", "Q2_K", "Q3_K"),
    _mix("v", "Q2_K_S IQ3_XXS IQ3_XS IQ3_S", "Q4_K", "gqa>=4"),
    _mix("v", "IQ3_XXS", "IQ3_S", "!imatrix"),
    _mix("v", "IQ3_M", "Q4_K"),
    _mix("v", "Q3_K_M", "Q5_K", place="first:2"),
    _mix("v", "Q3_K_M", "Q4_K"),
    _mix("v", "Q3_K_L", "Q5_K"),
    _mix("v", "IQ4_NL IQ4_XS", "Q5_K", "gqa>=4"),
    _mix("v", "Q4_K_M Q5_K_M", "Q6_K", place="more"),
    _mix("v", "Q4_K_S", "Q5_K", place="first:4"),
    # Keys and queries.
    _mix("k", _ANY, "Q8_0", "experts==8"),
    _mix("k", "IQ3_XS", "IQ3_XXS"),
    _mix("k", "IQ3_XXS", "IQ2_S"),
    _mix("q", "IQ3_XS", "IQ3_XXS"),
    _mix("q", "IQ3_XXS", "IQ2_S"),
    # Down projections.
    _mix("down", "Q2_K", "Q3_K"),
    _mix("down", "Q2_K_S", "Q4_K", place="eighth"),
    _mix("down", "IQ3_XXS", "Q4_K", "!imatrix", "eighth"),
    _mix("down", "IQ3_XXS", "Q3_K", "!imatrix"),
    _mix("down", "Q3_K_M", "Q5_K", place="sixteenth"),
    _mix("down", "Q3_K_M", "Q4_K", "!falcon"),
    _mix("down", "Q3_K_M", "Q4_K", place="more"),
    _mix("down", "Q3_K_M", "Q3_K"),
    _mix("down", "IQ3_M", "Q4_K", place="eighth"),
    _mix("down", "IQ3_M", "Q4_K", "experts==8", "more"),
    _mix("down", "Q3_K_L", "Q4_K", "falcon"),
    _mix("down", "Q3_K_L", "Q5_K"),
    _mix("down", "Q4_K_M", "Q6_K", "!falcon", "more"),
    _mix("down", "Q4_K_M", "Q6_K", "falcon", "sixteenth"),
    _mix("down", "Q4_K_M", "Q5_K", "falcon", "more"),
    _mix("down", "IQ4_NL IQ4_XS", "Q5_K", "!imatrix", "eighth"),
    _mix("down", "Q5_K_M", "Q6_K", place="more"),
    _mix("down", "Q4_K_S", "Q5_K", "!falcon", "eighth"),
    _mix("down", "Q4_0", "Q4_1", "imatrix", "eighth"),
    _mix("down", "Q5_0", "Q5_1", "imatrix", "eighth"),
    # Attention outputs.
    _mix("o", "Q3_K_L", "Q4_K", "falcon"),
    _mix("o", _EIGHT_EXPERTS_OUTPUT, "Q5_K", "experts==8 !falcon"),
    _mix("o", "Q2_K", "Q3_K", "!experts==8 !falcon"),
    _mix("o", "IQ3_XXS", "IQ3_S", "!experts==8 !falcon"),
    _mix("o", "Q3_K_M IQ3_M", "Q4_K", "!experts==8 !falcon"),
    _mix("o", "Q3_K_L", "Q5_K", "!experts==8 !falcon"),
    # Gate and up projections.
    _mix("gate", "IQ3_XS", "IQ3_XXS", place="middle"),
    _mix("up", "IQ3_XS", "IQ3_XXS", place="middle"),
)

#: A 70B model's values get Q5_K where the rows above say one of these.
RAISED_FOR_70B: Final = frozenset(("Q3_K", "Q4_K"))
