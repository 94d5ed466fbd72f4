"""Running rules: selection, grouping, fingerprints, suppressions, verdicts."""

from datetime import date
from pathlib import Path

import pytest

from inspector.analyses.labelling import take_census
from inspector.errors import UsageError
from inspector.model import Unread
from inspector.rules.audit import audit, notable_findings
from inspector.rules.catalogue import FAMILIES, RULES, all_rules, select_rules
from inspector.rules.engine import KEPT_SUBJECTS, SEVERITIES, at_least, explain
from inspector.rules.suppressions import Suppression
from inspector.values import replace
from tests.builder import file_bytes
from tests.rules.support import (
    ENTRY,
    ONE,
    codes,
    header_file,
    judge,
    language_model,
    model_files,
    one_file,
    read,
    text_file,
    write,
)

TODAY = date(2026, 11, 22)
BROKEN = text_file(
    '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}', 12
)


def test_codes_and_names_are_unique_and_every_family_has_a_title() -> None:
    for values in ([rule.code for rule in all_rules()], [rule.name for rule in all_rules()]):
        assert len(values) == len(set(values))
    assert all(rule.code[:3] in FAMILIES and len(rule.code) == 5 for rule in all_rules())


@pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: rule.code)
def test_every_rule_explains_itself(rule: object) -> None:
    words = explain(rule)  # type: ignore[arg-type]
    assert words.title
    assert not words.title.endswith(".")
    assert words.why
    assert words.fix


@pytest.mark.parametrize(
    ("select", "ignore", "first", "count"),
    [
        ((), (), "ST101", len(RULES)),
        (("ST305",), (), "ST305", 1),
        (("hole",), (), "ST204", 1),
        (("st1",), (), "ST101", sum(rule.code.startswith("ST1") for rule in RULES)),
        (("ALL",), ("ST1", "ST2"), "ST301", sum(rule.code > "ST3" for rule in RULES)),
    ],
)
def test_rules_are_selected_by_code_prefix_and_name(
    select: tuple[str, ...], ignore: tuple[str, ...], first: str, count: int
) -> None:
    chosen = select_rules(select, ignore)
    assert chosen[0].code == first
    assert len(chosen) == count


@pytest.mark.parametrize("selector", ["ST9", "hol", ""])
def test_a_selector_that_matches_nothing_is_wrong_usage(selector: str) -> None:
    with pytest.raises(UsageError):
        select_rules((selector,))


def test_the_nearest_rule_is_named() -> None:
    with pytest.raises(UsageError) as caught:
        select_rules(("tensor-in-two-shard",))
    assert "tensor-in-two-shards" in caught.value.hint


@pytest.mark.parametrize(("severity", "threshold", "reached"), [
    ("error", "error", True), ("warning", "error", False), ("warning", "warning", True),
    ("info", "warning", False), ("info", "info", True), ("error", "never", False),
])  # fmt: skip
def test_thresholds(severity: str, threshold: str, reached: bool) -> None:
    assert at_least(severity, threshold) is reached


def test_thousands_that_agree_are_one_finding(tmp_path: Path) -> None:
    names = {f"layer.{i}\x1b": ("F32", [1]) for i in range(1000)}
    report = judge(write(tmp_path, one_file(file_bytes(names))))
    (finding,) = report.findings
    assert finding.count == 1000
    assert len(finding.subjects) == KEPT_SUBJECTS
    assert "999 more" in finding.message


def test_long_names_are_cut_in_findings(tmp_path: Path) -> None:
    report = judge(write(tmp_path, one_file(file_bytes({"n" * 70_000: ("F32", [1])}))))
    (finding,) = report.findings
    assert len(finding.subject) < 1000
    assert len(finding.message) < 1000


def test_fingerprints_survive_a_resave_and_tell_files_apart(tmp_path: Path) -> None:
    names = {f"x.{i}\x1b": ("F32", [1]) for i in range(20)}
    reordered = dict(reversed(list(names.items())))
    first = judge(write(tmp_path / "one", one_file(file_bytes(names))))
    second = judge(write(tmp_path / "two", one_file(file_bytes({"y": ("F32", [9]), **reordered}, {"format": "pt"}))))
    third = judge(write(tmp_path / "three", {"other.safetensors": file_bytes(names)}))
    assert first.findings[0].fingerprint == second.findings[0].fingerprint
    assert first.findings[0].fingerprint != third.findings[0].fingerprint


def test_findings_come_worst_first(tmp_path: Path) -> None:
    report = judge(write(tmp_path, {**BROKEN, "x.pkl": b"\x80\x04]\x94."}))
    ranks = [SEVERITIES.index(finding.severity) for finding in report.findings]
    assert len(ranks) > 1
    assert ranks == sorted(ranks)


def test_the_same_input_gives_the_same_report(tmp_path: Path) -> None:
    folder = write(tmp_path, {**BROKEN, "a.pkl": b"\x80\x04]\x94.", "b.pkl": b"\x80\x04]\x94."})
    assert judge(folder).to_dict() == judge(folder).to_dict()


# -- suppressions ------------------------------------------------------------------------------------------


def _suppression(**changes: object) -> Suppression:
    return replace(Suppression(rule="ST204", reason="known"), **changes)


@pytest.mark.parametrize(
    ("changes", "suppressed"),
    [
        ({}, True),
        ({"rule": "ST2"}, True),
        ({"rule": "hole"}, True),
        ({"rule": "ST205"}, False),
        ({"path": "*.safetensors"}, True),
        ({"path": "other.safetensors"}, False),
        ({"tensor": "b"}, True),
        ({"tensor": "a"}, False),
        ({"expires": TODAY}, True),
        ({"expires": date(2026, 11, 21)}, False),
    ],
)
def test_suppressions(changes: dict[str, object], suppressed: bool, tmp_path: Path) -> None:
    report = judge(write(tmp_path, BROKEN), suppressions=[_suppression(**changes)], today=TODAY)
    (finding,) = report.findings
    assert (finding.suppressed is not None) is suppressed
    assert report.exit_code == (0 if suppressed else 1)
    assert bool(report.notes) is not suppressed


def test_a_suppression_by_tensor_covers_only_what_is_named(tmp_path: Path) -> None:
    names = {f"x.{i}\x1b": ("F32", [1]) for i in range(50)}
    row = Suppression(rule="ST620", tensor="x.*", reason="known")
    report = judge(write(tmp_path, one_file(file_bytes(names))), suppressions=[row], today=TODAY)
    assert [finding.suppressed is None for finding in report.findings] == [False, True]
    assert sum(finding.count for finding in report.counted) > 1


# -- verdicts ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fail_on", "verdict", "code"), [("error", "pass", 0), ("warning", "fail", 1), ("never", "pass", 0)]
)
def test_the_verdict_follows_the_threshold(fail_on: str, verdict: str, code: int, tmp_path: Path) -> None:
    report = judge(write(tmp_path, header_file({"a": {**ENTRY, "x": 1}})), fail_on=fail_on)
    assert (report.verdict, report.exit_code) == (verdict, code)


def test_what_could_not_be_read_is_no_verdict(tmp_path: Path) -> None:
    checkpoint = read(write(tmp_path, one_file(file_bytes(ONE))))
    part = Unread(path="other.safetensors", kind="access-denied", message="permission denied")
    report = audit(replace(checkpoint, unread=(part,)))
    assert (report.verdict, report.exit_code) == ("none", 3)
    assert report.not_checked[0].path == "other.safetensors"


def test_a_shard_that_could_not_be_read_is_no_reason_to_miss_its_layers(tmp_path: Path) -> None:
    checkpoint = read(write(tmp_path, model_files(language_model((0, 1, 3)), num_hidden_layers=8)))
    part = Unread(path="model-00002-of-00002.safetensors", kind="access-denied", message="permission denied")
    assert codes(audit(checkpoint)) == ["ST502", "ST510"]
    assert codes(audit(replace(checkpoint, unread=(part,)))) == []


def _stack(prefix: str, count: int, width: int = 8) -> dict[str, tuple[str, list[int]]]:
    leaves = ("attention.query.weight", "attention.key.weight", "mlp.fc1.weight", "mlp.fc2.weight")
    return {f"{prefix}.{i}.{leaf}": ("BF16", [width, width]) for i in range(count) for leaf in leaves}


_STAGES = {name: row for i in range(3) for name, row in _stack(f"encoder.layers.{i}.blocks", 2).items()}


@pytest.mark.parametrize(
    ("spec", "found"),
    [
        (_stack("encoder.layer", 4), []),
        (_stack("encoder.layer", 4) | _stack("predictor.layer", 2), []),
        (_STAGES | {f"encoder.layers.{i}.norm.weight": ("BF16", [8]) for i in range(2)}, []),
        ({name: row for name, row in _stack("encoder.layer", 3).items() if "attention" not in name}, []),
        (_stack("encoder.layer", 3), ["ST502"]),
    ],
    ids=["as-configured", "another-stack", "stages", "no-transformer", "one-too-few"],
)
def test_a_layer_count_speaks_of_one_stack_and_not_of_stages(
    tmp_path: Path, spec: dict[str, tuple[str, list[int]]], found: list[str]
) -> None:
    checkpoint = read(
        write(tmp_path, {**model_files(spec), "config.json": {"model_type": "x", "num_hidden_layers": 4}})
    )
    assert codes(audit(checkpoint, select=["ST502"])) == found


@pytest.mark.parametrize(("token", "found"), [(31, []), (32, ["ST504"]), (30, ["ST504"])])
def test_rows_for_named_tokens_behind_the_vocabulary_are_expected(tmp_path: Path, token: int, found: list[str]) -> None:
    files = model_files(vocab_size=31, image_token_index=token)
    assert codes(audit(read(write(tmp_path, files)), select=["ST504"])) == found


def test_blocks_that_hold_blocks_are_no_gap(tmp_path: Path) -> None:
    later = {
        name.replace("layer.0", "layer.2").replace("layer.1", "layer.3"): row
        for name, row in _stack("layer", 2).items()
    }
    nested = {f"layer.{i}.layer.{j}.conv.weight": ("BF16", [8, 8, 3, 3]) for i in range(2) for j in range(2)}
    gap = codes(audit(read(write(tmp_path / "gap", model_files(later))), select=["ST510"]))
    whole = codes(audit(read(write(tmp_path / "whole", model_files({**later, **nested}))), select=["ST510"]))
    assert (gap, whole) == (["ST510"], [])


def test_skipped_rules_say_why(tmp_path: Path) -> None:
    report = audit(read(write(tmp_path, one_file(file_bytes(ONE)))))
    skipped = {check.rule: check.why for check in report.checks if check.status == "skip"}
    assert "index" in skipped["ST302"]
    assert "--weights" in skipped["ST220"]
    assert {check.rule for check in report.checks} == {rule.code for rule in RULES}


def test_inspect_shows_errors_and_warnings_that_cost_nothing(tmp_path: Path) -> None:
    checkpoint = read(write(tmp_path, {**BROKEN, "model.sig": b"x"}))
    found = notable_findings(checkpoint, take_census(checkpoint))
    assert [finding.rule for finding in found] == ["ST204"]
    assert codes(judge(tmp_path)) == ["ST204", "ST410"]
