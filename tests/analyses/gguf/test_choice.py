"""Types per tensor, checked against what llama-quantize printed for models of these shapes."""

import pytest

from inspector.analyses.gguf.choice import candidates, category_of, choose, kept_type, value_count
from inspector.analyses.gguf.model import GgufTensors, GgufTraits
from inspector.knowledge.gguf_file_types import GgufScheme, find_scheme
from tests.analyses.gguf.models import tensors, traits

DOWN = tensors("blk.*.ffn_down.weight", (4096, 14336), 32)
VALUES = tensors("blk.*.attn_v.weight", (1024, 4096), 32)


def scheme_of(scheme_id: str) -> GgufScheme:
    scheme = find_scheme(scheme_id)
    assert scheme is not None
    return scheme


def types(row: GgufTensors, scheme_id: str, model: GgufTraits) -> dict[str, int]:
    [candidate] = candidates([row], model)
    chosen = choose(candidate, scheme_of(scheme_id), model, value_count([row]))
    assert chosen is not None
    return dict(chosen.types)


@pytest.mark.parametrize(
    ("name", "category"),
    [
        ("output.weight", "output"),
        ("token_embd.weight", "embedding"),
        ("per_layer_token_embd.weight", "embedding"),
        ("blk.*.attn_qkv.weight", "v"),
        ("blk.*.attn_kv_b.weight", "v"),
        ("blk.*.attn_k_b.weight", ""),
        ("dec.blk.*.cross_attn_v.weight", "v"),
        ("blk.*.ffn_down_shexp.weight", "down"),
        ("blk.*.ffn_gate_exps.weight", "gate"),
        ("blk.*.attn_q_a.weight", ""),
    ],
)
def test_categories_follow_the_name(name: str, category: str) -> None:
    assert category_of(name, False) == category


def test_shared_embeddings_stand_for_the_output() -> None:
    assert category_of("token_embd.weight", True) == "output"


@pytest.mark.parametrize(
    ("name", "shape", "kept"),
    [
        ("blk.*.attn_norm.weight", (4096,), "F32"),
        ("blk.*.attn_q_norm.weight", (32, 128), "F32"),
        ("blk.*.ffn_gate_inp.weight", (8, 4096), "F32"),
        ("blk.*.ssm_conv1d.weight", (8192, 4), "F32"),
        ("blk.*.ssm_a", (8192, 16), "F32"),
        ("blk.*.attn_q.bias", (4096,), "F32"),
        ("blk.*.ffn_up_exps.bias", (32, 2880), "F32"),
        ("position_embd.weight", (512, 768), "F32"),
        ("enc.blk.*.attn_rel_b.weight", (32, 64), "16"),
        ("per_layer_model_proj.weight", (8960, 2048), "16"),
        ("blk.*.attn_q.weight", (4096, 4096), ""),
    ],
)
def test_some_tensors_are_never_quantised(name: str, shape: tuple[int, ...], kept: str) -> None:
    assert kept_type(tensors(name, shape), "llama") == kept


def test_dbrx_keeps_its_router_at_16_bits() -> None:
    assert kept_type(tensors("blk.*.ffn_gate_inp.weight", (16, 6144)), "dbrx") == "16"


def test_more_bits_go_to_the_first_and_last_eighth_and_every_third_between() -> None:
    # 32 layers: 0-3, 28-31 and 6, 9, ... 27 make sixteen.
    assert types(DOWN, "gguf/q4_k_m", traits()) == {"Q6_K": 16, "Q4_K": 16}
    assert types(VALUES, "gguf/q4_k_m", traits()) == {"Q6_K": 16, "Q4_K": 16}
    assert types(DOWN, "gguf/q4_k_s", traits()) == {"Q5_K": 4, "Q4_K": 28}
    assert types(VALUES, "gguf/q4_k_s", traits()) == {"Q5_K": 4, "Q4_K": 28}


def test_q3_k_m_counts_values_and_sixteenths() -> None:
    assert types(VALUES, "gguf/q3_k_m", traits()) == {"Q5_K": 2, "Q4_K": 30}
    assert types(DOWN, "gguf/q3_k_m", traits()) == {"Q5_K": 2, "Q4_K": 30}


@pytest.mark.parametrize(
    ("scheme", "few", "grouped"),
    [
        ("gguf/q2_k", "Q3_K", "Q4_K"),
        ("gguf/iq4_xs", "IQ4_XS", "Q5_K"),
        ("gguf/iq3_s", "IQ3_S", "Q4_K"),
        ("gguf/iq2_m", "IQ3_S", "Q4_K"),
        ("gguf/iq1_s", "Q2_K", "Q4_K"),
    ],
)
def test_grouped_queries_keep_values_better(scheme: str, few: str, grouped: str) -> None:
    assert types(VALUES, scheme, traits(kv_heads=16)) == {few: 32}
    assert types(VALUES, scheme, traits(kv_heads=8)) == {grouped: 32}


def test_eight_experts_keep_attention_at_eight_bits() -> None:
    keys = tensors("blk.*.attn_k.weight", (1024, 4096), 32)
    output = tensors("blk.*.attn_output.weight", (4096, 4096), 32)
    eight = traits(experts=8)
    assert types(VALUES, "gguf/q4_k_m", eight) == {"Q8_0": 32}
    assert types(keys, "gguf/q2_k", eight) == {"Q8_0": 32}
    assert types(output, "gguf/q4_k_m", eight) == {"Q5_K": 32}
    assert types(keys, "gguf/q2_k", traits(experts=16)) == {"Q2_K": 32}


def test_with_experts_the_block_number_counts_and_else_the_order() -> None:
    late = GgufTensors(name="blk.*.ffn_down.weight", shape=(256, 256), blocks=(3, 31), source="BF16")
    assert types(late, "gguf/q4_k_s", traits(experts=4)) == {"Q5_K": 1, "Q4_K": 1}
    assert types(late, "gguf/q4_k_s", traits(experts=0)) == {"Q5_K": 2}


def test_shared_and_routed_experts_are_counted_together() -> None:
    rows = [
        tensors("blk.*.ffn_down_shexp.weight", (256, 256), 4),
        tensors("blk.*.ffn_down_exps.weight", (4, 256, 256), 4),
    ]
    found = candidates(rows, traits())
    assert [row.ordinals for row in found] == [(1, 3, 5, 7), (0, 2, 4, 6)]


def test_a_70b_model_gets_better_values() -> None:
    rows = tensors("blk.*.attn_v.weight", (1024, 8192), 80)
    big = traits(layers=80, heads=64, kv_heads=8, is_70b=True)
    assert types(rows, "gguf/q4_k_m", big) == {"Q6_K": 40, "Q5_K": 40}
    assert types(rows, "gguf/q3_k_s", big) == {"Q5_K": 80}
    assert types(rows, "gguf/iq2_xs", big) == {"Q4_K": 80}


def test_falcon_has_its_own_mix() -> None:
    falcon = traits(architecture="falcon")
    assert types(DOWN, "gguf/q4_k_m", falcon) == {"Q6_K": 2, "Q5_K": 14, "Q4_K": 16}
    assert types(tensors("output.weight", (65024, 4608)), "gguf/q4_k_m", falcon) == {"Q8_0": 1}


@pytest.mark.parametrize(
    ("scheme", "head"),
    [
        ("gguf/q4_0", "Q6_K"),
        ("gguf/q8_0", "Q8_0"),
        ("gguf/iq2_xxs", "Q5_K"),
        ("gguf/iq3_xs", "Q6_K"),
        ("gguf/tq1_0", "Q6_K"),
        ("gguf/mxfp4_moe", "Q8_0"),
        ("gguf/f16", "F16"),
    ],
)
def test_the_output_has_a_type_of_its_own(scheme: str, head: str) -> None:
    assert types(tensors("output.weight", (32000, 4096)), scheme, traits()) == {head: 1}


def test_an_output_with_odd_rows_gets_eight_bits() -> None:
    assert types(tensors("output.weight", (32000, 288)), "gguf/q4_k_m", traits()) == {"Q8_0": 1}
    assert types(tensors("output.weight", (32000, 288)), "gguf/q4_0", traits()) == {"Q8_0": 1}


def test_a_matrix_changes_the_first_down_projections() -> None:
    assert types(DOWN, "gguf/q4_0", traits()) == {"Q4_0": 32}
    assert types(DOWN, "gguf/q4_0+imatrix", traits()) == {"Q4_1": 4, "Q4_0": 28}
    assert types(DOWN, "gguf/iq4_nl", traits()) == {"Q5_K": 4, "IQ4_NL": 28}
    assert types(DOWN, "gguf/iq4_nl+imatrix", traits()) == {"IQ4_NL": 32}


def test_mxfp4_is_for_stacked_experts() -> None:
    assert types(tensors("blk.*.ffn_up_exps.weight", (8, 256, 256), 2), "gguf/mxfp4_moe", traits()) == {"MXFP4": 2}
    assert types(tensors("blk.*.ffn_up.weight", (256, 256), 2), "gguf/mxfp4_moe", traits()) == {"Q8_0": 2}


def test_rows_that_do_not_fill_blocks_fall_back_after_the_choice() -> None:
    odd = tensors("blk.*.ffn_down.weight", (288, 800), 32)
    assert types(odd, "gguf/q4_k_m", traits()) == {"Q8_0": 16, "Q5_0": 16}


def test_q1_0_gives_up_on_odd_rows() -> None:
    [candidate] = candidates([tensors("blk.*.attn_q.weight", (288, 288))], traits())
    assert choose(candidate, scheme_of("gguf/q1_0"), traits(), 0) is None
