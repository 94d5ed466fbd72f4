"""`inspector schemes`: the catalogue as a table, pages and a document."""

from inspector.knowledge.schemes import SCHEMES
from tests.cli.runner import run
from tests.cli.schemas import check


def test_the_document_lists_every_scheme() -> None:
    document = run("schemes", "--json").document
    check(document)
    assert [row["id"] for row in document["schemes"]] == [row.id for row in SCHEMES]
    row = next(row for row in document["schemes"] if row["id"] == "bnb/nf4")
    assert row["block_parts"] == [{"what": "codes", "bytes": "32"}, {"what": "absmax F32", "bytes": "4"}]
    assert row["bits_per_weight"] == 4.5


def test_a_scheme_is_explained() -> None:
    out = run("schemes", "gptq/4bit-g128").out
    assert "64 codes + 2 scale F16 + 1/2 zero = 133/2 bytes per 128" in out
    for label in ("converts:", "keeps:", "tool:", "source:"):
        assert label in out


def test_a_family_is_listed() -> None:
    out = run("schemes", "hqq").out
    assert "hqq/4bit-g64" in out
    assert "converts:" not in out


def test_an_unknown_scheme_names_the_nearest() -> None:
    result = run("schemes", "bnb/nf5")
    assert result.code == 2
    assert "bnb/nf4" in result.err


def test_llama_cpps_other_names_are_understood() -> None:
    assert run("schemes", "gguf/Q4_K").out == run("schemes", "gguf/q4_k_m").out
