"""Numbers that shapes tell, those that only a configuration tells, and those that neither does."""

from typing import Any

import pytest

from inspector.analyses.recognition.architecture import recognise
from inspector.analyses.recognition.hyperparameters import Hyperparameters, Known
from tests.analyses.models import INNER, VOCABULARY, WIDTH, counted, decoder, mixture
from tests.builder import Spec


def _deduce(spec: Spec, config: dict[str, Any] | None = None) -> Hyperparameters:
    return recognise(*counted({"": spec}, {"config.json": config} if config else {})).hyperparameters


def test_shapes_tell_layers_widths_and_vocabulary() -> None:
    numbers = _deduce(decoder(layers=5))
    assert numbers.layers is not None
    assert numbers.layers.value == 5
    assert numbers.hidden == Known(value=WIDTH, source="shape of model.embed_tokens.weight")
    assert numbers.vocabulary == Known(value=VOCABULARY, source="shape of model.embed_tokens.weight")
    assert numbers.intermediate == Known(value=INNER, source="shape of model.layers.*.mlp.down_proj.weight")
    assert numbers.kv_rows == Known(value=WIDTH // 4, source="shape of model.layers.*.self_attn.k_proj.weight")
    assert numbers.tied_embeddings is False


def test_heads_are_not_guessed() -> None:
    numbers = _deduce(decoder())
    assert (numbers.heads, numbers.kv_heads, numbers.head_dim) == (None, None, None)


def test_heads_follow_from_the_norm_over_one_head() -> None:
    numbers = _deduce(decoder(extra={"self_attn.q_norm.weight": (16,), "self_attn.k_norm.weight": (16,)}))
    assert [known and known.value for known in (numbers.heads, numbers.kv_heads, numbers.head_dim)] == [4, 1, 16]


def test_heads_follow_from_the_configuration_and_shapes() -> None:
    numbers = _deduce(decoder(), {"model_type": "llama", "num_attention_heads": 8})
    assert [known and known.value for known in (numbers.heads, numbers.kv_heads, numbers.head_dim)] == [8, 2, 8]


def test_experts_come_from_the_router_and_top_k_from_the_configuration() -> None:
    numbers = _deduce(mixture(8), {"num_experts_per_tok": 2})
    assert numbers.experts is not None
    assert numbers.experts.value == 8
    assert numbers.experts_per_token == Known(value=2, source="config.json num_experts_per_tok")
    assert numbers.expert_intermediate is not None
    assert numbers.expert_intermediate.value == INNER


def test_a_missing_output_layer_is_a_tied_embedding() -> None:
    assert _deduce(decoder(head=False)).tied_embeddings is True


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"hidden_size": WIDTH}, False),
        ({"hidden_size": WIDTH + 1}, True),
        ({"vocab_size": VOCABULARY - 1}, False),
        ({"vocab_size": VOCABULARY + 1}, True),
        ({"num_hidden_layers": 2}, False),
        ({"num_hidden_layers": 5}, True),
    ],
)
def test_contradictions(said: dict[str, int], told: bool) -> None:
    assert bool(_deduce(decoder(layers=3), said).contradictions) is told


def test_rows_of_no_width_divide_nothing() -> None:
    norms = {"self_attn.q_norm.weight": (0,), "self_attn.k_norm.weight": (0,), "self_attn.q_proj.weight": (0, WIDTH)}
    numbers = _deduce(decoder(extra=norms), {"model_type": "qwen3", "num_attention_heads": 4})
    assert numbers.head_dim is None


def test_a_gate_in_the_rows_of_the_queries_makes_no_heads() -> None:
    extra = {"self_attn.q_proj.weight": (2 * WIDTH, WIDTH), "self_attn.q_norm.weight": (16,)}
    numbers = _deduce(decoder(extra=extra), {"num_attention_heads": 4})
    assert numbers.heads == Known(value=4, source="config.json num_attention_heads")
