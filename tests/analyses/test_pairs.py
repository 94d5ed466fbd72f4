"""Halves: what is there without its counterpart."""

import pytest

from inspector.analyses.pairs import find_halves
from tests.analyses.models import WIDTH, counted, decoder
from tests.builder import Spec

_F32_ROW = ("F32", (WIDTH,))
_SQUARE = ("BF16", (WIDTH, WIDTH))


#: What makes a few tensors a model of its own.
_REST = {f"rest.part_{letter}.weight": _SQUARE for letter in "abcdefghij"}


def _halves(spec: Spec, rest: Spec = _REST) -> set[tuple[str, str]]:
    return {(half.there, half.missing) for half in find_halves(counted({"": {**spec, **rest}})[1].sets[0])}


def _packed(blocks: int) -> dict[str, tuple[str, tuple[int, ...]]]:
    spec: dict[str, tuple[str, tuple[int, ...]]] = dict(decoder(blocks))
    for block in range(blocks):
        name = f"model.layers.{block}.self_attn.q_proj."
        del spec[name + "weight"]
        spec[name + "qweight"] = ("I32", (WIDTH // 8, WIDTH))
        spec[name + "scales"] = ("F16", (2, WIDTH))
        spec[name + "qzeros"] = ("I32", (2, WIDTH // 8))
    return spec


def _adapter() -> dict[str, tuple[str, tuple[int, ...]]]:
    prefix = "base_model.model.model.layers."
    spec: dict[str, tuple[str, tuple[int, ...]]] = {}
    for block in range(3):
        spec[f"{prefix}{block}.self_attn.q_proj.lora_A.weight"] = ("F32", (4, WIDTH))
        spec[f"{prefix}{block}.self_attn.q_proj.lora_B.weight"] = ("F32", (WIDTH, 4))
    return spec


def _norms(count: int) -> dict[str, tuple[str, tuple[int, ...]]]:
    return {f"tower.norm_{n}x.{leaf}": _F32_ROW for n in range(count) for leaf in ("weight", "bias")}


_STATISTICS: Spec = {f"stem.norm.{leaf}": _F32_ROW for leaf in ("weight", "bias", "running_mean", "running_var")}
_TIME: Spec = {f"time_embedding.linear_{n}.{leaf}": _SQUARE for n in (1, 2) for leaf in ("weight", "bias")}


def _blocks(*leaves: str, shapes: tuple[tuple[int, ...], ...]) -> Spec:
    """Four blocks of these leaves, over a model's usual parts."""
    pairs = list(zip(leaves, shapes, strict=True))
    return {f"model.layers.{b}.{leaf}": ("BF16", shape) for b in range(4) for leaf, shape in pairs}


WHOLE = {
    "a projection down under another name": _blocks(
        "mlp.up_proj.weight", "mlp.linear_out.weight", shapes=((160, 64), (64, 160))
    ),
    "a gate of attention": _blocks(
        "self_attn.gate_proj.weight", "self_attn.o_proj.weight", shapes=((64, 64), (64, 64))
    ),
    "keys alone in every block": _blocks("attn.to_k.weight", "attn.to_out.weight", shapes=((64, 64), (64, 64))),
    "patches without a bias": {
        "embeddings.patch_embeddings.projection.weight": ("F32", (64, 3, 16, 16)),
        **{
            f"neck.conv_{n}x.{leaf}": ("F32", (8, 8, 3, 3)[: 4 if leaf == "weight" else 1])
            for n in range(10)
            for leaf in ("weight", "bias")
        },
    },
    "language model": decoder(4),
    "packed": _packed(6),
    "norms": _norms(10),
    "statistics": _STATISTICS,
    "time embedding": _TIME,
    "a tied output layer's bias": {
        **decoder(3),
        "lm_head.bias": ("F32", (1000,)),
        "cls.predictions.bias": ("F32", (1000,)),
    },
    "an activation": {"act.bias": ("F32", (1,)), "act.scale": ("F32", (1,))},
    "weight norm": {
        "conv.parametrizations.weight.original0": _SQUARE,
        "conv.parametrizations.weight.original1": _SQUARE,
        "conv.bias": _F32_ROW,
    },
    "some norms without a bias": {**_norms(10), "tower.other_norm.weight": _F32_ROW, "tower.rms_norm.weight": _F32_ROW},
}


@pytest.mark.parametrize("name", WHOLE)
def test_what_is_whole_has_no_half(name: str) -> None:
    assert _halves(WHOLE[name]) == set()


_Q = "model.layers.2.self_attn.q_proj."
_LORA = "base_model.model.model.layers.1.self_attn.q_proj."

HALVES = {
    "scales of one packed weight": (_packed(6), _Q + "scales", (_Q + "qweight", _Q + "scales")),
    "a packed weight": (_packed(6), _Q + "qweight", (_Q + "scales", _Q + "weight")),
    "the weight of a bias": (_norms(4), "tower.norm_2x.weight", ("tower.norm_2x.bias", "tower.norm_2x.weight")),
    "the only bias that is lacking": (_norms(12), "tower.norm_2x.bias", ("tower.norm_2x.weight", "tower.norm_2x.bias")),
    "running statistics": (_STATISTICS, "stem.norm.running_var", ("stem.norm.running_mean", "stem.norm.running_var")),
}


@pytest.mark.parametrize("name", HALVES)
def test_a_half_is_told_with_what_it_lacks(name: str) -> None:
    spec, lost, half = HALVES[name]
    assert half in _halves({tensor: form for tensor, form in spec.items() if tensor != lost})


def test_a_module_that_another_one_needs_is_told_by_name() -> None:
    spec = {name: form for name, form in _TIME.items() if "linear_1" not in name}
    assert {missing for _, missing in _halves(spec)} == {"time_embedding.linear_1"}


def test_projections_that_no_block_has_are_told() -> None:
    spec = {name: form for name, form in decoder(4).items() if "down_proj" not in name}
    assert {missing for _, missing in _halves(spec)} == {"model.layers.*.mlp.down_proj"}


def test_what_is_made_by_hand_to_show_a_format_is_left_alone() -> None:
    spec = {name: form for name, form in _TIME.items() if "linear_1" not in name}
    assert _halves(spec, rest={}) == set()
    assert _halves({"a.0.mlp.up_proj.weight": _SQUARE, "b.norm.bias": _F32_ROW}, rest={}) == set()


@pytest.mark.parametrize(("lost", "partner"), [("lora_A", "lora_B"), ("lora_B", "lora_A")])
def test_an_adapter_has_both_factors_of_every_module(lost: str, partner: str) -> None:
    spec = {name: form for name, form in _adapter().items() if name != f"{_LORA}{lost}.weight"}
    assert _halves(_adapter(), rest={}) == set()
    assert _halves(spec, rest={}) == {(f"{_LORA}{partner}.weight", f"{_LORA}{lost}.weight")}


@pytest.mark.parametrize(("without", "told"), [((), 0), ((3,), 1), ((3, 4), 0), (tuple(range(10)), 0)])
def test_a_scale_that_nearly_all_modules_have_is_missed(without: tuple[int, ...], told: int) -> None:
    spec: dict[str, tuple[str, tuple[int, ...]]] = {}
    for block in range(10):
        module = f"lora_unet_down_blocks_{block}_attn_to_q"
        spec |= {f"{module}.lora_down.weight": ("F16", (4, 64)), f"{module}.lora_up.weight": ("F16", (64, 4))}
        spec |= {} if block in without else {f"{module}.alpha": ("F16", ())}
    halves = _halves(spec, rest={})
    assert len(halves) == told
    assert all(missing.endswith("_3_attn_to_q.alpha") for _, missing in halves)
