"""The memory document, to the letter, on fixtures and on made-up checkpoints."""

from pathlib import Path
from typing import Any

import pytest

from tests.builder import write, write_json
from tests.cli.runner import run
from tests.cli.schemas import check

FIXTURES = Path(__file__).parents[2] / "fixtures"
TARGETS = [*sorted(FIXTURES.glob("*.snapshot.json.gz")), FIXTURES / "tiny-llama"]
GiB = 2**30


def _id(path: Path) -> str:
    return path.name.removesuffix(".snapshot.json.gz")


def fixture(name: str) -> str:
    return str(FIXTURES / f"{name}.snapshot.json.gz")


def memory(*arguments: str) -> Any:
    result = run("memory", *arguments, "--json")
    assert result.code == 0, result.err
    check(result.document)
    return result.document


def sums(document: Any, label: str, estimate: int = 0) -> int:
    return sum(part["bytes"] for part in document["estimates"][estimate]["parts"] if part["label"] == label)


@pytest.mark.parametrize("target", TARGETS, ids=_id)
def test_parts_add_up_and_say_where_they_come_from(target: Path) -> None:
    document = memory(str(target), "--gpu", "24GB")
    (estimate,) = document["estimates"]
    assert estimate["estimated_bytes"] == sum(part["bytes"] for part in estimate["parts"])
    assert all(part["formula"] and part["source"] for part in estimate["parts"])
    weights = sum(part["bytes"] for part in estimate["parts"] if part["label"] == "weights")
    assert estimate["rule_of_thumb_bytes"] == -(-weights * 5 // 4)
    inspected = run("inspect", str(target), "--json").document
    assert weights == inspected["totals"]["stored_bytes"]


@pytest.mark.parametrize(
    ("name", "context", "expected"),
    [
        ("deepseek-v3", 131_072, 61 * 576 * 2 * 131_072),
        ("llama-3.1-8b", 131_072, 16 * GiB),
        ("llama-3.1-8b", 1, 32 * 2 * 8 * 128 * 2),
        ("gpt-oss-20b", 131_072, 2 * 8 * 64 * 2 * 12 * (131_072 + 128)),
        ("mixtral-8x7b", 32_768, 4 * GiB),
        ("llama-2-7b-gptq", 4096, 2 * GiB),
        ("llama-3.1-8b-bnb-nf4", 8192, GiB),
    ],
)
def test_cache_of_real_models(name: str, context: int, expected: int) -> None:
    assert sums(memory(fixture(name), "--context", str(context)), "kv_cache") == expected


def test_reserved_figure_ignores_windows() -> None:
    (estimate,) = memory(fixture("gpt-oss-20b"), "--context", "131072")["estimates"]
    assert estimate["kv_cache_reserved_bytes"] == 2 * 8 * 64 * 2 * 24 * 131_072


@pytest.mark.parametrize("name", ["bert-base-uncased", "sdxl-base-single", "vae-sdxl-ldm", "flux1-dev-diffusers"])
def test_models_that_keep_no_cache_have_none(name: str) -> None:
    document = memory(fixture(name))
    assert sums(document, "kv_cache") == sums(document, "state") == 0
    assert document["estimates"][0]["kv_cache_reserved_bytes"] == 0


def test_a_scheme_takes_the_projection_of_each_component() -> None:
    document = memory(fixture("llama-3.1-8b"), "--scheme", "gguf/q4_k_m", "--scheme", "stored")
    projected = run("project", fixture("llama-3.1-8b"), "--scheme", "gguf/q4_k_m", "--json").document
    assert [estimate["scheme"] for estimate in document["estimates"]] == ["stored", "gguf/q4_k_m"]
    assert sums(document, "weights", 1) == sum(projected["projections"][0]["components"].values())


def test_gpus_by_name_size_and_number() -> None:
    document = memory(fixture("llama-3.1-8b"), "--gpu", "RTX 4090", "--gpu", "24GB", "--context", "8192")
    rows = document["estimates"][0]["fits"]
    assert [(row["device"], row["usable_bytes"], row["fits"]) for row in rows] == [
        ("RTX 4090", 24 * GiB, True),
        ("24GB", 24 * 10**9, True),
    ]
    small = memory(fixture("llama-3.1-8b"), "--gpu", "24gb")["estimates"][0]["fits"]
    assert [row["usable_bytes"] for row in small] == [24 * 10**9]
    assert all(row["headroom_bytes"] == row["usable_bytes"] - row["needed_bytes"] for row in rows)
    four = memory(fixture("llama-3.1-8b"), "--gpu", "4xL4")["estimates"][0]["fits"][0]
    assert (four["device"], four["devices"]) == ("L4", 4)


def test_longest_context_is_exact_to_a_token() -> None:
    target, gpu = fixture("llama-3.1-8b"), ("--gpu", "20GiB", "--overhead", "0B")
    longest = memory(target, *gpu)["estimates"][0]["fits"][0]["max_context"]
    assert 1 < longest < 131_072
    fits = [
        memory(target, *gpu, "--context", str(tokens))["estimates"][0]["fits"][0]["fits"]
        for tokens in (longest, longest + 1)
    ]
    assert fits == [True, False]


def test_an_unknown_device_is_wrong_usage() -> None:
    result = run("memory", fixture("llama-3.1-8b"), "--gpu", "RTX 40000")
    assert result.code == 2
    assert "is no known device" in result.err


def test_an_unknown_engine_is_wrong_usage() -> None:
    result = run("memory", fixture("llama-3.1-8b"), "--engine", "steam")
    assert result.code == 2
    assert "'steam' is no engine" in result.err


@pytest.mark.parametrize("setting", ["window", "=3", "window:3"])
def test_a_setting_that_is_no_pair_is_wrong_usage(setting: str) -> None:
    result = run("memory", fixture("llama-3.1-8b"), "--set", setting)
    assert result.code == 2
    assert "KEY=VALUE" in result.err


def test_no_target_is_wrong_usage() -> None:
    assert run("memory").code == 2


def test_the_document_names_engine_and_version() -> None:
    assert memory(fixture("llama-3.1-8b"), "--engine", "transformers@4.57")["engine"]["version"] == "4.57.6"


@pytest.mark.parametrize("engine", ["generic", "transformers", "llama.cpp", "vllm", "sglang"])
def test_every_engine_prices_a_plain_model(engine: str) -> None:
    document = memory(fixture("llama-3.1-8b"), "--engine", engine, "--context", "4096")
    slots = {"sglang": 4097}.get(engine, 4096)
    assert sums(document, "kv_cache") == 32 * 2 * 8 * 128 * 2 * slots


@pytest.mark.parametrize(
    ("method", "bytes_per_param"), [("adamw", 16), ("amsgrad", 20), ("sgd", 8), ("sgd-momentum", 12)]
)
def test_training_state_of_a_real_model(method: str, bytes_per_param: int) -> None:
    document = memory(fixture("llama-3.1-8b"), "--training", method, "--precision", "fp32", "--no-activations")
    state = document["estimates"][0]["estimated_bytes"] - sums(document, "overhead")
    steps = 4 * 291 if method in ("adamw", "amsgrad") else 0
    assert state == 8_030_261_248 * bytes_per_param + steps


def test_lora_counts_adapters_from_the_shapes() -> None:
    arguments = ("--training", "lora", "--rank", "8", "--lora-target", "q_proj", "--lora-target", "v_proj")
    document = memory(fixture("llama-3.1-8b"), *arguments, "--no-activations")
    adapters = 32 * 8 * ((4096 + 4096) + (4096 + 1024))
    assert document["estimates"][0]["trained_params"] == adapters
    assert sums(document, "weights") == 16_060_522_496 + 4 * adapters
    assert sums(document, "optimizer") == 8 * adapters + 4 * 32 * 2 * 2


def test_qlora_takes_the_base_in_nf4() -> None:
    document = memory(fixture("llama-3.1-8b"), "--training", "qlora", "--no-activations")
    base = document["estimates"][0]["parts"][0]
    assert base["bytes"] < 6 * 10**9
    assert "bnb/nf4-dq" in base["formula"]


def test_compute_of_training() -> None:
    document = memory(fixture("llama-3.1-8b"), "--training", "adamw", "--tokens", "1B")
    assert document["estimates"][0]["training_flops"] == 6 * 8_030_261_248 * 10**9


def test_several_targets_share_a_device() -> None:
    targets = (fixture("llama-3.1-8b"), fixture("bert-base-uncased"))
    result = run("memory", *targets, "--gpu", "24GB", "--json")
    check(result.document)
    (together,) = result.document["together"]
    needs = [one["estimates"][0]["estimated_bytes"] for one in result.document["targets"]]
    assert together["needed_bytes"] == sum(needs)


def test_offload_tells_layers_on_the_device() -> None:
    document = memory(fixture("llama-3.1-8b"), "--gpu", "8GB", "--offload", "--context", "4096")
    (one,) = document["estimates"][0]["offload"]
    assert one["layers"] == 32
    assert 0 < one["layers_on_device"] < 32
    assert one["device_bytes"] <= 8 * 10**9
    assert one["device_bytes"] + one["host_bytes"] == document["estimates"][0]["estimated_bytes"]


def test_the_best_scheme_is_the_widest_that_fits() -> None:
    document = memory(fixture("llama-3.1-8b"), "--gpu", "12GB", "--context", "8192")
    (best,) = document["best"]
    assert best["fits"] is True
    assert 7 * 10**9 < best["projected_bytes"] < 12 * 10**9


def test_parts_can_be_left_out_or_loaded_in_turn() -> None:
    everything = memory(fixture("flux1-dev-diffusers"))["estimates"][0]["parts"]
    without = memory(fixture("flux1-dev-diffusers"), "--without", "text_encoder")["estimates"][0]["parts"]
    turn = memory(fixture("flux1-dev-diffusers"), "--in-turn")["estimates"][0]["parts"]
    components = [
        [part["component"] for part in parts if part["label"] == "weights"] for parts in (everything, without, turn)
    ]
    assert components == [["text_encoder", "transformer", "vae"], ["transformer", "vae"], ["transformer"]]


# bare files


def bare(folder: Path, key_rows: int = 64) -> str:
    spec: dict[str, Any] = {"model.embed_tokens.weight": ("BF16", (1000, 256))}
    for layer in range(3):
        for name, rows in (("q", 256), ("k", key_rows), ("v", key_rows), ("o", 256)):
            spec[f"model.layers.{layer}.self_attn.{name}_proj.weight"] = ("BF16", (rows, 256))
        for name, rows, columns in (("gate", 512, 256), ("up", 512, 256), ("down", 256, 512)):
            spec[f"model.layers.{layer}.mlp.{name}_proj.weight"] = ("BF16", (rows, columns))
        spec[f"model.layers.{layer}.input_layernorm.weight"] = ("BF16", (256,))
        spec[f"model.layers.{layer}.post_attention_layernorm.weight"] = ("BF16", (256,))
    spec["model.norm.weight"] = ("BF16", (256,))
    return str(write(folder / "model.safetensors", spec))


def test_a_bare_file_gets_its_cache_from_shapes_and_says_what_it_assumed(tmp_path: Path) -> None:
    document = memory(bare(tmp_path), "--context", "100")
    assert sums(document, "kv_cache") == 3 * 2 * 64 * 2 * 100
    assert any("--set sliding_window" in line for line in document["assumptions"])


def test_a_setting_supplies_what_a_bare_file_lacks(tmp_path: Path) -> None:
    document = memory(bare(tmp_path), "--context", "100", "--set", "sliding_window=10", "--set", "model_type=mistral")
    assert sums(document, "kv_cache") == 3 * 2 * 64 * 2 * 10


def test_an_unknown_architecture_gets_weights_and_a_stated_gap(tmp_path: Path) -> None:
    target = write(tmp_path / "model.safetensors", {"a.weird.thing": ("F32", (8, 8)), "b.other": ("F32", (8,))})
    document = memory(str(target), "--gpu", "24GB")
    (estimate,) = document["estimates"]
    assert sums(document, "weights") == 288
    assert sums(document, "kv_cache") == 0
    assert estimate["kv_cache_reserved_bytes"] is None
    assert estimate["not_known"][0]["subject"] == "what it keeps between tokens"
    assert estimate["fits"][0]["fits"] is None


@pytest.mark.parametrize("config", [[], "text", {"num_hidden_layers": 10**12}, {"layer_types": 3, "head_dim": -1}])
def test_an_odd_configuration_is_no_crash(tmp_path: Path, config: Any) -> None:
    bare(tmp_path)
    write_json(tmp_path / "config.json", config)
    result = run("memory", str(tmp_path), "--json")
    assert result.code in (0, 3), result.err
    check(result.document)


# other formats


def test_every_device_is_listed_with_its_source() -> None:
    result = run("memory", "--list-devices", "--json")
    check(result.document)
    assert all(row["source"] for row in result.document["devices"])
    table = run("memory", "--list-devices").out
    assert "RTX 4090" in table
    assert "Jetson" in table


def test_the_table_shows_formulas_on_request() -> None:
    brief = run("memory", fixture("llama-3.1-8b"), "--context", "8192").out
    full = run("memory", fixture("llama-3.1-8b"), "--context", "8192", "-v").out
    formula = "32 full layers x (1024 keys + 1024 values) x 2 x 8192 tokens"
    assert formula not in brief
    assert formula in full
    assert "rule of thumb (weights x 1.25)" in brief


def test_markdown_and_csv(tmp_path: Path) -> None:
    result = run("memory", fixture("llama-3.1-8b"), "-o", f"csv={tmp_path / 'm.csv'}", "-o", "markdown")
    assert result.out.count("| RTX 4090") == 1
    rows = (tmp_path / "m.csv").read_text(encoding="utf-8").splitlines()
    assert rows[0].startswith("target,purpose,scheme,engine,context,batch,label,component,bytes")
    assert any(",kv_cache,transformer,1073741824," in row for row in rows)


def test_same_input_same_bytes() -> None:
    first, second = (run("memory", fixture("gpt-oss-20b"), "--json").out for _ in range(2))
    assert first == second


def test_tokens_are_spoken_of_where_tokens_are_generated() -> None:
    assert "active per token" in run("memory", fixture("mixtral-8x7b")).out
    assert "per token" not in run("memory", fixture("sdxl-base-single")).out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--engine", "vlm"), "Did you mean vllm?"),
        (("--gpu", "RTX 4095"), "Did you mean RTX 4090?"),
        (("--gpu", "abacus"), "--list-devices"),
        (("--scheme", "q4_k_m"), "Nearest: gguf/q4_k_m."),
    ],
)
def test_a_mistyped_word_names_the_nearest_before_anything_is_read(arguments: tuple[str, ...], said: str) -> None:
    result = run("memory", "nowhere/at/all", *arguments)
    assert result.code == 2
    assert said in result.err


def test_formulas_are_told_in_full() -> None:
    out = run("memory", str(FIXTURES / "llama-3.1-8b.snapshot.json.gz"), "-v", "--context", "4096").out
    assert "How it is reckoned" in out
    assert "kv cache of transformer, 32 full layers: 32 full layers x (1024 keys + 1024 values)" in out


def test_a_decoder_without_a_general_limit_has_the_positions_of_its_own() -> None:
    whisper = run("memory", str(FIXTURES / "whisper-large-v3.snapshot.json.gz"), "--json").document
    assert whisper["context"] == 448


def test_what_a_scheme_leaves_to_another_file_is_told() -> None:
    qwen = str(FIXTURES / "qwen2-vl-7b.snapshot.json.gz")
    told = "not in the file of gguf/q4_k_m, and not counted: projector, vision_encoder"
    assert told in run("memory", qwen, "--scheme", "gguf/q4_k_m", "--json").document["assumptions"]
    assert told not in run("memory", qwen, "--scheme", "bnb/nf4", "--json").document["assumptions"]
    without = ("--without", "projector", "--without", "vision_encoder")
    assert told not in run("memory", qwen, "--scheme", "gguf/q4_k_m", *without, "--json").document["assumptions"]
