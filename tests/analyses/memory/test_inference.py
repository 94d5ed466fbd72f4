"""Parts of running a model: weights by component, the largest step, overhead."""

from inspector.analyses.memory.cache_values import CacheRequest
from inspector.analyses.memory.decoder import Decoder
from inspector.analyses.memory.inference import Weights, overhead_part, step_parts, weight_parts
from inspector.knowledge.engines import Engine, find_engine
from tests.analyses.memory_support import layout_of

CONFIG = {
    "model_type": "llama",
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "hidden_size": 64,
    "intermediate_size": 96,
    "vocab_size": 1000,
}
DECODER = Decoder(config=CONFIG, root=CONFIG)
WEIGHTS = Weights(components={"vae": 5, "transformer": 70, "text_encoder": 20}, scheme="x", formula="f", source="s")


def engine(name: str) -> Engine:
    found = find_engine(name)
    assert found is not None
    return found


def step(name: str, request: CacheRequest) -> dict[str, int]:
    parts, gaps = step_parts(DECODER, layout_of(CONFIG), engine(name), request)
    assert gaps == ()
    return {part.label: part.bytes for part in parts}


def test_components_stand_alone_left_out_or_in_turn() -> None:
    assert [part.bytes for part in weight_parts(WEIGHTS)] == [5, 70, 20]
    assert [part.component for part in weight_parts(WEIGHTS, without=frozenset({"vae"}))] == [
        "transformer",
        "text_encoder",
    ]
    assert [part.component for part in weight_parts(WEIGHTS, in_turn=True)] == ["transformer"]


def test_a_step_takes_a_chunk_of_the_prompt_and_one_row_of_logits() -> None:
    per_token = (3 * 64 + 2 * 96) * 2
    assert step("generic", CacheRequest(context=10_000)) == {"activations": 512 * per_token, "logits": 4000}
    assert step("generic", CacheRequest(context=100, batch=2)) == {"activations": 200 * per_token, "logits": 8000}


def test_transformers_takes_the_whole_prompt() -> None:
    found = step("transformers", CacheRequest(context=10_000))
    assert found["activations"] == 10_000 * (3 * 64 + 2 * 96) * 2


def test_llama_cpp_reserves_masks_and_a_row_for_each_token() -> None:
    found = step("llama.cpp", CacheRequest(context=4096))
    assert found == {"activations": 4096 * 512 * 2 + 512 * 64 * 4, "logits": 512 * 1000 * 4}


def test_experts_count_as_many_as_a_token_meets() -> None:
    config = {**CONFIG, "num_experts_per_tok": 2, "moe_intermediate_size": 32, "n_shared_experts": 1}
    parts, _ = step_parts(
        Decoder(config=config, root=config), layout_of(config), engine("generic"), CacheRequest(context=512)
    )
    assert parts[0].bytes == 512 * (3 * 64 + 2 * 96) * 2


def test_what_no_width_tells_is_a_gap() -> None:
    bare = Decoder(config={}, root={})
    parts, gaps = step_parts(bare, layout_of(CONFIG), engine("generic"), CacheRequest(context=1))
    assert (parts, gaps[0].subject) == ((), "activations")
    assert step_parts(bare, None, engine("generic"), CacheRequest(context=1))[1][0].subject == "activations"


def test_overhead_says_whether_it_is_assumed() -> None:
    assert overhead_part(7, assumed=True).source.startswith("assumed")
    assert overhead_part(7, assumed=False).source == "as given"
