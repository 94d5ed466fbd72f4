"""`inspector rules`, and the page that is made of it."""

from pathlib import Path

import pytest

from inspector.rules.catalogue import all_rules
from tests.cli.runner import run
from tests.cli.schemas import check

PAGE = Path(__file__).parents[2] / "docs" / "rules.md"


def test_the_page_in_the_documentation_is_the_catalogue() -> None:
    assert PAGE.read_text(encoding="utf-8") == run("rules", "-o", "markdown").out


def test_every_rule_is_listed() -> None:
    out = run("rules").out
    assert all(f"{rule.code} " in out and rule.name in out for rule in all_rules())


@pytest.mark.parametrize("word", ["ST305", "st305", "tensor-in-two-shards"])
def test_one_rule_is_explained(word: str) -> None:
    out = run("rules", word).out
    assert out.startswith("ST305 tensor-in-two-shards (error, integrity)")
    for part in ("Why it matters:", "Who loads it anyway:", "What to do:"):
        assert part in out


def test_a_prefix_explains_its_family() -> None:
    codes = [rule["code"] for rule in run("rules", "ST7", "--json").document["rules"]]
    assert codes == [rule.code for rule in all_rules() if rule.code.startswith("ST7")]


def test_the_document_is_as_its_schema_says() -> None:
    check(run("rules", "--json").document)


def test_an_unknown_rule_is_wrong_usage() -> None:
    result = run("rules", "ST306x")
    assert result.code == 2
    assert "Did you mean" in result.err
