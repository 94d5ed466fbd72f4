"""Odd blocks: what one of many alike lacks or has alone, and the good reasons for which blocks differ."""

import pytest

from inspector.analyses.comparison import MAX_INCOMPLETE, Comparison
from inspector.analyses.gaps import find_gaps, find_unnumbered
from inspector.analyses.irregular import lacking, lacking_in_short_lists, straying
from inspector.analyses.repeated import FEW, Repeated, find_repeated
from tests.analyses.models import WIDTH, counted, decoder, mixture
from tests.builder import Spec

_SQUARE = ("BF16", (WIDTH, WIDTH))
_EXPERTS = FEW + 2


def _families(spec: Spec) -> tuple[Repeated, ...]:
    return find_repeated(counted({"": spec})[1].sets[0])


def _lacking(spec: Spec) -> set[str]:
    families = _families(spec)
    alone = {odd.tensor for family in families for odd in lacking(Comparison(family))}
    return alone | {odd.tensor for odd in lacking_in_short_lists(families)}


def _straying(spec: Spec) -> set[str]:
    return {odd.tensor for family in _families(spec) for odd in straying(Comparison(family))}


def _without(spec: Spec, *endings: str) -> Spec:
    return {name: form for name, form in spec.items() if not name.endswith(endings)}


def _dense_first() -> Spec:
    """A dense block, then blocks of experts with a router."""
    extra = {f"mlp.experts.{e}.{leaf}.weight": (8, 8) for e in range(_EXPERTS) for leaf in ("gate_proj", "down_proj")}
    extra["mlp.gate.weight"] = (_EXPERTS, 8)
    sparse = decoder(7, extra=extra, lacks=("mlp.gate_proj.weight", "mlp.up_proj.weight", "mlp.down_proj.weight"))
    dense = {name: form for name, form in decoder(1).items() if ".layers.0.mlp." in name}
    return {**{name: form for name, form in sparse.items() if ".layers.0.mlp." not in name}, **dense}


def _hybrid() -> Spec:
    """Blocks with a mamba mixer, every fourth with attention in its place."""
    spec: dict[str, tuple[str, tuple[int, ...]]] = {}
    for name, form in decoder(12).items():
        block = int(name.split(".")[2]) if ".layers." in name else 3
        if block % 4 == 3 or "self_attn" not in name:
            spec[name] = form
    for block in range(12):
        if block % 4 != 3:
            for leaf in ("in_proj.weight", "out_proj.weight", "A_log"):
                spec[f"model.layers.{block}.mamba.{leaf}"] = _SQUARE
    return spec


def _stages() -> Spec:
    """Four stages of two residual blocks; the last without a downsampler, one block of each with a shortcut."""
    spec: dict[str, tuple[str, tuple[int, ...]]] = {}
    for stage in range(4):
        for block in range(2):
            for leaf in (
                "norm1",
                "conv1",
                "norm2",
                "conv2",
                *(("conv_shortcut",) if stage in (1, 2) and not block else ()),
            ):
                shape = (WIDTH, WIDTH, 3, 3) if "conv" in leaf else (WIDTH,)
                spec[f"encoder.down_blocks.{stage}.resnets.{block}.{leaf}.weight"] = ("F32", shape)
                spec[f"encoder.down_blocks.{stage}.resnets.{block}.{leaf}.bias"] = ("F32", (WIDTH,))
        if stage < 3:
            spec[f"encoder.down_blocks.{stage}.downsamplers.0.conv.weight"] = ("F32", (WIDTH, WIDTH, 3, 3))
    return spec


def _with(spec: Spec, leaf: str, *blocks: int) -> Spec:
    return {**spec, **{f"model.layers.{block}.{leaf}": _SQUARE for block in blocks}}


REGULAR = {
    "all alike": decoder(6),
    "a module in every second of three blocks": _with(decoder(3), "crossattention.key.weight", 0, 2),
    "a parameter that the first block does without": _with(
        _with(decoder(8), "mlp.gate.bias_of_all", *range(8)), "mlp.gate.states_scale", *range(1, 8)
    ),
    "a module of another kind under the same name": _with(
        _with(_with(decoder(8), "attn.conv.weight", 0, 1, 2, 4, 5, 6, 7), "attn.conv.static_a", 3),
        "attn.conv.static_b",
        3,
    ),
    "dense first": _dense_first(),
    "hybrid": _hybrid(),
    "one block of another kind": {
        **_without(decoder(6), *(f"layers.3.self_attn.{p}_proj.weight" for p in "qkvo")),
        **{f"model.layers.3.mamba.{leaf}": _SQUARE for leaf in ("in_proj.weight", "out_proj.weight", "A_log")},
    },
    "stages": _stages(),
    "no norm in the first block": _without(decoder(8), "layers.0.input_layernorm.weight"),
    "a table in the first block": {**decoder(8), "model.layers.0.self_attn.relative_attention_bias.weight": _SQUARE},
    "shared keys in the last block": _without(decoder(8), "7.self_attn.k_proj.weight", "7.self_attn.v_proj.weight"),
    "shared keys in some blocks": _without(decoder(8), "5.self_attn.k_proj.weight", "6.self_attn.k_proj.weight"),
    "weights shared and stored once": {
        **decoder(8),
        **{f"model.layers.2.shared.{leaf}.weight": _SQUARE for leaf in ("q_proj", "k_proj", "norm")},
    },
    "a sequence of unlike modules": {
        "head.0.weight": ("F32", (8, 8, 3, 3)),
        "head.1.weight": ("F32", (8,)),
        "head.1.bias": ("F32", (8,)),
        "head.2.weight": ("F32", (8, 8, 3, 3)),
        "head.2.bias": ("F32", (8,)),
    },
}


@pytest.mark.parametrize("name", REGULAR)
def test_what_differs_for_a_reason_is_no_odd_block(name: str) -> None:
    assert (_lacking(REGULAR[name]), _straying(REGULAR[name])) == (set(), set())


_MIXTURE = mixture(layers=6)

LACKING = {
    "a projection of an inner block": (decoder(6), "model.layers.2.self_attn.k_proj.weight"),
    "a norm of an inner block": (decoder(6), "model.layers.2.input_layernorm.weight"),
    "a norm of the last block": (decoder(8), "model.layers.7.post_attention_layernorm.weight"),
    "one of three projections at an end": (decoder(4), "model.layers.0.mlp.gate_proj.weight"),
    "the middle of three blocks": (decoder(3), "model.layers.1.mlp.up_proj.weight"),
    "a bias at an end": (
        decoder(4, extra={"self_attn.q_proj.bias": (WIDTH,)}),
        "model.layers.3.self_attn.q_proj.bias",
    ),
    "a projection of an expert": (_MIXTURE, "model.layers.4.block_sparse_moe.experts.3.w2.weight"),
    "a sparse block's router": (_dense_first(), "model.layers.4.mlp.gate.weight"),
    "a hybrid's attention": (_hybrid(), "model.layers.7.self_attn.v_proj.weight"),
    "a residual block's norm": (_stages(), "encoder.down_blocks.2.resnets.0.norm2.weight"),
}


@pytest.mark.parametrize("name", LACKING)
def test_the_one_block_that_lacks_a_tensor_is_told(name: str) -> None:
    spec, lost = LACKING[name]
    assert lost in spec
    assert _lacking({tensor: form for tensor, form in spec.items() if tensor != lost}) == {lost}


def test_a_damaged_name_is_a_lost_tensor() -> None:
    renamed = {name.replace("2.mlp.up_proj", "2.mlp.up_prooj"): form for name, form in decoder(6).items()}
    assert _lacking(renamed) == {"model.layers.2.mlp.up_proj.weight"}


def test_an_expert_that_one_of_many_lists_lacks_is_told() -> None:
    spec = {name: form for name, form in _dense_first().items() if f"layers.3.mlp.experts.{_EXPERTS - 1}." not in name}
    assert _lacking(spec) == {f"model.layers.3.mlp.experts.{_EXPERTS - 1}"}


def test_two_blocks_of_a_short_list_are_held_against_those_of_other_lists() -> None:
    middle = {
        name.replace("encoder.down_blocks.0", "mid_block"): form
        for name, form in _stages().items()
        if name.startswith("encoder.down_blocks.0.resnets.")
    }
    spec = {**_stages(), **middle}
    assert _lacking(spec) == set()
    del spec["mid_block.resnets.0.norm2.weight"], spec["mid_block.resnets.0.norm2.bias"]
    assert _lacking(spec) == {"mid_block.resnets.0.norm2.weight", "mid_block.resnets.0.norm2.bias"}


@pytest.mark.parametrize(
    ("tensor", "told"),
    [
        ("model.layers.2.self_attn.gate.weight", True),
        ("model.layers.2.mlp.up_proj.bias", True),
        ("model.layers.5.mlp.up_proj.bias", True),
        ("model.layers.0.self_attn.q_proj.extra.weight", True),
        ("model.layers.0.self_attn.gate.weight", False),
        ("model.extra.weight", False),
    ],
)
def test_the_one_block_that_has_a_tensor_more_is_told(tensor: str, told: bool) -> None:
    assert _straying({**decoder(6), tensor: ("BF16", (WIDTH,))}) == ({tensor} if told else set())


def test_packed_and_plain_blocks_are_alike() -> None:
    spec = dict(decoder(6))
    for block in range(5):
        name = f"model.layers.{block}.mlp.up_proj."
        rows, columns = spec.pop(name + "weight")[1]
        spec[name + "weight_packed"] = ("I32", (rows, columns // 8))
        spec[name + "weight_scale"] = ("BF16", (rows, 1))
        spec[name + "weight_shape"] = ("I64", (2,))
    assert (_lacking(spec), _straying(spec)) == (set(), set())


def test_a_number_that_one_list_lacks_is_a_gap() -> None:
    spec = {name: form for name, form in _stages().items() if ".2.resnets.0." not in name}
    assert [gap for family in _families(_stages()) for gap in find_gaps(family)] == []
    assert [gap for family in _families(spec) for gap in find_gaps(family)] == [("encoder.down_blocks.2.resnets.", 0)]


@pytest.mark.parametrize(("word", "told"), [("extra", True), ("6", False)])
def test_what_stands_among_numbered_blocks_has_a_number(word: str, told: bool) -> None:
    tensor = f"model.layers.{word}.weight"
    census = counted({"": {**decoder(6), tensor: ("BF16", (WIDTH,))}})[1].sets[0]
    assert list(find_unnumbered(census, find_repeated(census))) == ([(tensor, 6)] if told else [])


@pytest.mark.parametrize(("more", "told"), [(0, True), (1, False)])
def test_blocks_too_unlike_are_not_held_against_each_other(more: int, told: bool) -> None:
    lost = "a.3.attn.k_proj.weight"
    spec = {f"a.{b}.attn.{leaf}_proj.weight": _SQUARE for b in range(8) for leaf in "qk"}
    odd = {f"a.{b}.x.w{i}": ("U8", (1,)) for i in range(MAX_INCOMPLETE - 1 + more) for b in (1, 5)}
    assert (lost in _lacking({**{n: f for n, f in spec.items() if n != lost}, **odd})) is told
