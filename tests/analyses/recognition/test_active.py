"""The figures that people quote, on models small enough to add up by hand."""

from typing import Any

import pytest

from inspector.analyses.recognition.active import Active, active_params, headline_params
from inspector.analyses.recognition.architecture import recognise
from tests.analyses.models import INNER, VOCABULARY, WIDTH, counted, decoder, mixture
from tests.builder import Spec

_EMBEDDING = VOCABULARY * WIDTH


def _figures(spec: Spec, config: dict[str, Any] | None = None) -> tuple[int, Active | None]:
    checkpoint, census = counted({"": spec}, {"config.json": config} if config else {})
    architecture = recognise(checkpoint, census)
    return headline_params(census, architecture), active_params(census, architecture)


def _elements(spec: Spec) -> int:
    total = 0
    for _, shape in spec.values():
        product = 1
        for dim in shape:
            product *= dim
        total += product
    return total


def test_a_dense_model_uses_all_it_has() -> None:
    headline, active = _figures(decoder())
    assert headline == _elements(decoder())
    assert active == Active(
        params=headline,
        without_embedding_params=headline - _EMBEDDING,
        experts=0,
        experts_per_token=0,
        source="no experts",
    )


def test_a_tied_embedding_is_computed_with() -> None:
    headline, active = _figures(decoder(head=False))
    assert active is not None
    assert active.without_embedding_params == headline


@pytest.mark.parametrize("top_k", [1, 2, 8])
def test_a_mixture_uses_top_k_of_its_experts(top_k: int) -> None:
    headline, active = _figures(mixture(8, layers=2), {"model_type": "mixtral", "num_experts_per_tok": top_k})
    routed = 2 * 8 * 3 * WIDTH * INNER
    assert headline == _elements(mixture(8, layers=2))
    assert active is not None
    assert active.params == headline - routed + routed * top_k // 8
    assert (active.experts, active.experts_per_token) == (8, top_k)
    assert active.source.startswith("config.json num_experts_per_tok, shape of")


@pytest.mark.parametrize("config", [None, {"num_experts_per_tok": 9}, {"num_experts_per_tok": "2"}])
def test_a_mixture_without_a_usable_top_k_is_not_known(config: dict[str, Any] | None) -> None:
    assert _figures(mixture(8), config)[1] is None


def test_how_many_experts_may_be_fixed_by_the_model_type() -> None:
    _, told = _figures(mixture(8), {"num_experts_per_tok": 2})
    _, fixed = _figures(mixture(8), {"model_type": "nllb-moe"})
    assert told is not None
    assert fixed is not None
    assert (fixed.params, fixed.experts_per_token) == (told.params, 2)


def test_a_router_may_lie_transposed() -> None:
    spec = mixture(8)
    flipped = {
        name: (dtype, shape[::-1]) if ".gate.weight" in name else (dtype, shape)
        for name, (dtype, shape) in spec.items()
    }
    assert spec != flipped
    told, other = _figures(spec, {"moe_k": 2})[1], _figures(flipped, {"moe_k": 2})[1]
    assert told is not None
    assert other == told


def test_layers_that_predict_further_tokens_are_beside_the_figure() -> None:
    spec = decoder(layers=2)
    last = {name.replace("layers.0.", "layers.2."): form for name, form in spec.items() if "layers.0." in name}
    signs = {f"model.layers.2.{leaf}.weight": ("BF16", (WIDTH,)) for leaf in ("enorm", "hnorm", "shared_head.norm")}
    further = {"model.layers.2.eh_proj.weight": ("BF16", (WIDTH, 2 * WIDTH))}
    assert _figures({**spec, **last, **signs, **further})[0] == _elements(spec)
