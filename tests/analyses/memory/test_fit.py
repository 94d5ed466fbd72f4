"""Fits: limits at n-1, n and n+1, tensor parallelism, offload."""

from fractions import Fraction

import pytest

from inspector.analyses.memory.cache_values import CachePart, CacheRequest
from inspector.analyses.memory.decoder import Decoder
from inspector.analyses.memory.fit import Load, fit, fit_together, largest, offload
from inspector.analyses.memory.parts import Part
from inspector.knowledge.devices import Device
from inspector.knowledge.engines import ENGINES
from inspector.values import replace
from tests.analyses.memory_support import layout_of

CONFIG = {
    "model_type": "llama",
    "num_hidden_layers": 4,
    "num_attention_heads": 8,
    "num_key_value_heads": 4,
    "head_dim": 16,
    "hidden_size": 128,
    "intermediate_size": 256,
    "vocab_size": 1000,
    "max_position_embeddings": 100_000,
}
PER_TOKEN = 4 * 2 * 4 * 16 * 2
STEP = 512 * (3 * 128 + 2 * 256) * 2 + 1000 * 4


def load(context: int = 1000, weights: int = 10_000, overhead: int = 0) -> Load:
    part = Part(label="weights", component="transformer", bytes=weights, formula="given", source="given")
    return Load(
        weights=(part,),
        decoder=Decoder(config=CONFIG, root=CONFIG),
        layout=layout_of(CONFIG),
        engine=ENGINES[0],
        request=CacheRequest(context=context),
        overhead_bytes=overhead,
    )


def device(size: int, share: Fraction = Fraction(1)) -> Device:
    return Device(id="d", name="d", kind="memory", memory_bytes=size, usable_share=share, source="test")


NEEDED = 10_000 + PER_TOKEN * 1000 + STEP


@pytest.mark.parametrize(("size", "fits"), [(NEEDED - 1, False), (NEEDED, True), (NEEDED + 1, True)])
def test_a_need_equal_to_the_memory_fits(size: int, fits: bool) -> None:
    found = fit(load(), device(size))
    assert (found.fits, found.headroom_bytes, found.needed_bytes) == (fits, size - NEEDED, NEEDED)


@pytest.mark.parametrize(("spare", "context"), [(0, 1000), (PER_TOKEN - 1, 1000), (PER_TOKEN, 1001), (-1, 999)])
def test_longest_context(spare: int, context: int) -> None:
    assert fit(load(), device(NEEDED + spare)).max_context == context


def test_longest_context_ends_at_the_model() -> None:
    assert fit(load(), device(10**12)).max_context == 100_000


@pytest.mark.parametrize(
    ("size", "batch"), [(NEEDED + PER_TOKEN * 1000 + 4000, 2), (NEEDED + PER_TOKEN * 1000 + 3999, 1), (100, 0)]
)
def test_most_sequences(size: int, batch: int) -> None:
    assert fit(load(), device(size)).max_batch == batch


def test_what_nothing_ends_has_no_figure() -> None:
    endless = {key: value for key, value in CONFIG.items() if key != "max_position_embeddings"}
    found = fit(replace(load(context=1), layout=layout_of(endless)), device(10**12))
    assert (found.max_context, found.max_batch) == (None, None)


def test_a_share_of_unified_memory_is_usable() -> None:
    assert fit(load(), device(3000, Fraction(2, 3))).usable_bytes == 2000


@pytest.mark.parametrize(
    ("heads", "devices", "share"),
    [(8, 1, 800), (8, 2, 400), (8, 8, 100), (8, 16, 100), (8, 3, 300), (1, 4, 800), (0, 4, 200)],
)
def test_heads_are_dealt_out_and_held_twice_where_they_are_too_few(heads: int, devices: int, share: int) -> None:
    assert CachePart(label="kv_cache", bytes=800, formula="", heads=heads).on_one_of(devices) == share


def test_tensor_parallelism_splits_weights_and_keeps_overhead_whole() -> None:
    alone, both = (load(overhead=70).bytes_on_one_of(devices) for devices in (1, 2))
    assert alone - 70 == 2 * (both - 70)


def test_layers_go_to_the_device_while_they_fit() -> None:
    sizes = (100, 100, 100, 100)
    fixed = STEP
    each = 100 + PER_TOKEN * 1000 // 4
    for layers in range(5):
        found = offload(load(weights=400), device(fixed + layers * each), sizes)
        assert found.layers_on_device == layers
        assert found.device_bytes + found.host_bytes == 400 + PER_TOKEN * 1000 + STEP


def test_several_models_add_up() -> None:
    assert fit_together((60, 40), device(100)).fits is True
    assert fit_together((60, 41), device(100)).fits is False


@pytest.mark.parametrize("answer", [0, 1, 2, 7, 99, 100])
def test_largest_is_exact(answer: int) -> None:
    assert largest(lambda number: number <= answer, 100) == answer
