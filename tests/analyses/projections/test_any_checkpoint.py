"""Whatever a header declares, projections add up, their bounds hold them, and nothing crashes."""

from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.knowledge.schemes import SCHEME_BY_ID
from tests.analyses.projections.support import projected

_STEMS = st.sampled_from(
    [
        *(
            "model.embed_tokens",
            "lm_head",
            "model.norm",
            "model.layers.0.self_attn.q_proj",
            "model.layers.1.mlp.down_proj",
        ),
        *("model.layers.0.mlp.gate", "model.layers.0.mlp.experts.0.w1", "model.layers.0.mlp.experts.7.down_proj"),
        *(
            "double_blocks.0.img_attn.proj",
            "vae.decoder.conv_in",
            "unet.conv_in",
            "text_model.embeddings.token_embedding",
        ),
        *("transformer.h.0.attn.c_attn", "encoder.block.0.layer.1.DenseReluDense.wo", "x", "a.b.c", "model.layers.0"),
    ]
)
_LEAVES = st.sampled_from(
    ["weight", "bias", "scales", "qweight", "weight_scale_inv", "A_log", "gate_up_proj", "inv_freq"]
)
_NAMES = st.builds(lambda stem, leaf: f"{stem}.{leaf}", _STEMS, _LEAVES)
_SHAPES = st.lists(st.sampled_from([0, 1, 2, 3, 16, 32, 96, 128, 256, 300]), max_size=4).map(tuple)
_DTYPES = st.sampled_from(["F32", "F16", "BF16", "F8_E4M3", "I32", "U8", "I64", "BOOL"])
_TYPES = st.sampled_from(["", "llama", "qwen3_moe", "deepseek_v3", "falcon", "t5", "whisper"])


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(_NAMES, st.tuples(_DTYPES, _SHAPES), min_size=1, max_size=12), _TYPES)
def test_every_scheme_answers(spec: dict[str, tuple[str, tuple[int, ...]]], model_type: str) -> None:
    found = projected(spec, "all", config={"model_type": model_type} if model_type else {})
    assert len(found.projections) + len(found.not_offered) == len(SCHEME_BY_ID)
    for row in found.projections:
        assert sum(row.components.values()) + row.header_bytes == row.projected_bytes, row.scheme
        assert row.low_bytes <= row.projected_bytes <= row.high_bytes, row.scheme
        assert row.basis != "exact" or row.low_bytes == row.high_bytes, row.scheme
    assert all(row.reason for row in found.not_offered)
