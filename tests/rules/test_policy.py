"""Every kind of limit at one less, equal and one more; growth, advice, texts that would tie."""

from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from inspector.rules.budgets import Budget, BudgetCheck, Limit, Measured, Sizes
from inspector.rules.engine import explain
from inspector.rules.policy import LIMITS, POLICY_RULES, evaluate, is_for_budgets, suppress
from inspector.rules.policy_checks import split_advice
from inspector.rules.suppressions import Suppression

SIZES = Sizes(file_bytes=1_000, components={"transformer": 700, "vae": 200})


def measured(**changes: Any) -> Measured:
    values: dict[str, Any] = {
        "path": "",
        "sizes": SIZES,
        "files": (("a.safetensors", 600), ("b.safetensors", 400)),
        "largest_tensor_bytes": 100,
        "header_bytes": 80,
        "params": 5_000,
        "dtypes": {"BF16": 800, "F32": 120},
        "metadata": (("a.safetensors", frozenset(("format=pt", "licence=mit"))), ("b.safetensors", frozenset())),
        "tensor_names": ["model.norm.weight", "lm_head.weight"],
        "memory_bytes": 3_000,
    }
    return Measured(**(values | changes))


def check(key: str, value: Any, found: Measured, **options: Any) -> BudgetCheck:
    budget = Budget(name="b", limits=(Limit(key=key, value=value, text=str(value)),))
    (made,) = evaluate(budget, found, **options)
    return made


@pytest.mark.parametrize("rule", POLICY_RULES, ids=lambda rule: rule.name)
def test_every_limit_explains_itself(rule: Any) -> None:
    words = explain(rule)
    assert words.title
    assert words.what
    assert words.why
    assert words.fix
    assert list(rule.check(None)) == []


def test_codes_and_keys_are_unique() -> None:
    assert len({row.code for row in LIMITS}) == len({row.key for row in LIMITS}) == len(LIMITS)
    assert all(row.code.startswith("ST7") for row in LIMITS)


@pytest.mark.parametrize(
    ("key", "actual"),
    [
        ("max-size", 1_000),
        ("max-file-size", 600),
        ("max-params", 5_000),
        ("max-memory", 3_000),
        ("max-header-size", 80),
        ("max-shards", 2),
    ],
)
def test_a_value_equal_to_its_limit_passes_and_one_more_fails(key: str, actual: int) -> None:
    assert check(key, actual - 1, measured()).status == "fail"
    assert check(key, actual, measured()).status == "pass"
    assert check(key, actual + 1, measured()).status == "pass"


@pytest.mark.parametrize(("limit", "status"), [(599, "fail"), (600, "pass"), (601, "pass")])
def test_a_layer_takes_its_limit_exactly(limit: int, status: str) -> None:
    assert check("max-layer", (limit, ""), measured()).status == status


def test_a_named_place_tells_its_source_and_how_to_split() -> None:
    found = measured(files=(("big.safetensors", 25 * 10**9),), sizes=Sizes(file_bytes=25 * 10**9, components={}))
    made = check("max-layer", (10 * 10**9, "ghcr"), found)
    assert made.status == "fail"
    assert "GitHub container registry" in made.limit
    assert "3 files" in made.advice
    assert "docs.github.com" in made.advice


@pytest.mark.parametrize(("size", "count"), [(19, "2 files"), (20, "2 files"), (21, "3 files"), (30, "3 files")])
def test_split_advice_counts_files(size: int, count: str) -> None:
    assert count in split_advice(size, 10, 1)


def test_no_split_helps_where_one_tensor_is_too_large() -> None:
    assert split_advice(100, 50, 60).startswith("No split helps")


@pytest.mark.parametrize(
    ("new", "limit", "status"),
    [
        (1_019, Fraction(2, 100), "pass"),
        (1_020, Fraction(2, 100), "pass"),
        (1_021, Fraction(2, 100), "fail"),
        (1_010, 10, "pass"),
        (1_011, 10, "fail"),
        (900, Fraction(0), "pass"),
        (1_001, Fraction(0), "fail"),
    ],
)
def test_growth_is_compared_exactly(new: int, limit: Fraction | int, status: str) -> None:
    sizes = Sizes(file_bytes=new, components={"transformer": 700, "vae": 200 + new - 1_000})
    made = check("max-growth", limit, measured(sizes=sizes, baseline=SIZES))
    assert made.status == status


def test_growth_names_the_components_that_grew() -> None:
    new = Sizes(file_bytes=14_000_000, components={"vae": 12_400_200, "transformer": 600, "adapter": 5})
    made = check("max-growth", Fraction(2, 100), measured(sizes=new, baseline=SIZES))
    assert made.why == "vae +12.40 MB, transformer -100 B, adapter +5 B"


def test_no_baseline_is_a_skip_and_a_failure_when_required() -> None:
    found = measured(baseline=None, baseline_why="the baseline main.json is not there")
    assert check("max-growth", 10, found).status == "skip"
    made = check("max-growth", 10, found, required=("max-growth",))
    assert (made.status, made.why) == ("fail", "the baseline main.json is not there")


def test_texts_that_would_tie_are_exact() -> None:
    size = 5 * 10**9
    made = check("max-size", size, measured(sizes=Sizes(file_bytes=size + 1, components={})))
    assert (made.actual, made.limit, made.over) == ("5,000,000,001 B", "5,000,000,000 B", "1 B")


def test_no_projection_is_a_skip_with_its_reason() -> None:
    made = check("max-size", 1, measured(sizes=None, projection="gguf/q4_k_m is not offered: no language model"))
    assert (made.status, made.why) == ("skip", "gguf/q4_k_m is not offered: no language model")


@pytest.mark.parametrize(
    ("key", "value", "status"),
    [
        ("allow-dtypes", ["BF16", "F32"], "pass"),
        ("allow-dtypes", ["BF16"], "fail"),
        ("deny-dtypes", ["F64"], "pass"),
        ("deny-dtypes", ["F32"], "fail"),
        ("require-metadata", ["format"], "fail"),
        ("require-tensors", ["*.norm.weight"], "pass"),
        ("require-tensors", ["model.embed*"], "fail"),
        ("forbid-tensors", ["model_ema.*"], "pass"),
        ("forbid-tensors", ["lm_head.*"], "fail"),
        ("max-component-size", {"vae": 200, "unet": 0}, "pass"),
        ("max-component-size", {"vae": 199}, "fail"),
        ("max-dtype-size", {"F32": 120}, "pass"),
        ("max-dtype-size", {"F32": 119}, "fail"),
        ("no-unsafe-files", True, "pass"),
    ],
)
def test_expectations(key: str, value: Any, status: str) -> None:
    assert check(key, value, measured()).status == status


def test_metadata_may_be_asked_for_a_value() -> None:
    found = measured(metadata=(("a.safetensors", frozenset(("licence=apache-2.0",))),))
    assert check("require-metadata", ["licence=apache*"], found).status == "pass"
    assert check("require-metadata", ["licence=mit"], found).status == "fail"


def test_unsafe_files_are_named() -> None:
    made = check("no-unsafe-files", True, measured(unsafe=("pytorch_model.bin",)))
    assert (made.status, made.actual) == ("fail", "pytorch_model.bin")


def test_a_broken_budget_is_a_finding_with_both_numbers() -> None:
    budget = Budget(
        name="adapter", limits=(Limit(key="max-size", value=1, text="1 B"),), message="Ship less.", origin="x"
    )
    checks, findings = suppress(evaluate(budget, measured()), (), "a.safetensors", date(2026, 1, 1))
    (finding,) = findings
    assert (finding.rule, finding.kind, finding.severity) == ("ST701", "policy", "error")
    assert (finding.saw, finding.expected, finding.path) == ("1.00 kB", "1 B", "a.safetensors")
    assert "Ship less." in finding.message
    assert [made.status for made in checks] == ["fail"]


@pytest.mark.parametrize(
    ("expires", "status"), [(date(2026, 1, 1), "skip"), (date(2025, 12, 31), "fail"), (None, "skip")]
)
def test_an_accepted_budget_is_skipped_until_its_date(expires: date | None, status: str) -> None:
    row = Suppression(rule="ST701", reason="agreed", path="a.*", expires=expires)
    budget = Budget(name="b", limits=(Limit(key="max-size", value=1, text="1 B"),))
    checks, findings = suppress(evaluate(budget, measured()), (row,), "a.safetensors", date(2026, 1, 1))
    assert [made.status for made in checks] == [status]
    assert (findings[0].suppressed is not None) == (status == "skip")


def test_what_is_accepted_of_budgets_is_no_matter_of_the_audit() -> None:
    assert is_for_budgets(Suppression(rule="ST706", reason="r"))
    assert is_for_budgets(Suppression(rule="max-size", reason="r"))
    assert not is_for_budgets(Suppression(rule="ST305", reason="r"))
