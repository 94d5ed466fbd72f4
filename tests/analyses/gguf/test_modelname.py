import pytest

from inspector.analyses.gguf.metadata import size_label
from inspector.analyses.gguf.modelname import NameParts, first_of, name_parts, title_of
from tests.analyses.gguf.models import tensors


@pytest.mark.parametrize(
    ("name", "title"),
    [("llama_gqa4", "Llama_Gqa4"), ("Qwen3-8B", "Qwen3 8B"), ("phi-3-mini-v1.5", "Phi 3 Mini v1.5")],
)
def test_titles_capitalise_words(name: str, title: str) -> None:
    assert title_of(name) == title


@pytest.mark.parametrize(
    ("name", "params", "parts"),
    [
        ("tiny", 10**6, NameParts(name="tiny")),
        (
            "Mixtral-8x7B-Instruct-v0.1",
            46 * 10**9,
            NameParts(
                name="Mixtral-8x7B-Instruct-v0.1",
                basename="Mixtral",
                finetune="Instruct",
                version="v0.1",
                size_label="8x7B",
            ),
        ),
        (
            "Meta-Llama-3-8b",
            8 * 10**9,
            NameParts(name="Meta-Llama-3-8b", basename="Meta-Llama-3", size_label="8B"),
        ),
        (
            "Phi-3-mini-4k-instruct",
            3 * 10**9,
            NameParts(name="Phi-3-mini-4k-instruct", basename="Phi-3", finetune="4k-instruct", size_label="mini"),
        ),
    ],
)
def test_names_are_taken_apart_as_the_converter_does(name: str, params: int, parts: NameParts) -> None:
    assert name_parts(name, params) == parts


def test_size_labels_are_rounded_to_two_digits() -> None:
    assert size_label([tensors("a.weight", (8030, 1_000_000))]) == "8.0B"
    assert size_label([tensors("a.weight", (19_020, 1000))]) == "19M"
    assert size_label([tensors("a.weight", (500,))]) == "0.50K"


def test_experts_are_named_by_count_and_size() -> None:
    rows = [tensors("blk.*.ffn_up_exps.weight", (8, 1000, 1000), 4), tensors("output.weight", (2100, 1000))]
    assert size_label(rows) == "8x6.1M"


def test_a_repository_name_tells_its_organisation() -> None:
    parts = name_parts("meta-llama/Llama-3.1-70B-Instruct", 70 * 10**9)
    assert (parts.organization, parts.name) == ("meta-llama", "Llama-3.1-70B-Instruct")
    assert name_parts("./tiny", 1).organization == ""


def test_parts_come_from_the_first_source_that_tells_them() -> None:
    merged = first_of(NameParts(name="a", size_label="7B"), NameParts(name="b", finetune="chat", size_label="8B"))
    assert merged == NameParts(name="a", size_label="7B", finetune="chat")
