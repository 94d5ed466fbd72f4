"""Findings in every format, with names that try to break out of each."""

import csv
import io
import json
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import pytest

from inspector.model import Target
from inspector.reports.findings import findings_csv, findings_text, summary_line
from inspector.reports.github import MAX_PER_KIND, render_github
from inspector.reports.gitlab import render_gitlab
from inspector.reports.junit import render_junit
from inspector.reports.locations import location_path
from inspector.reports.page import Page
from inspector.reports.sarif import MAX_RESULTS, render_sarif
from inspector.reports.styles import styled
from inspector.rules.catalogue import all_rules
from inspector.rules.engine import AuditReport, Check, Finding, NotChecked, Suppressed
from tests.builder import file_bytes
from tests.rules.support import judge, one_file, write

RULES_BY_CODE = {rule.code: rule for rule in all_rules()}
HOSTILE = "a\x1b[31m\n::error::x\r|`<script>\u202e=cmd()%0A[x](1){0}\x9b\u2028"
#: What no output may hold: control characters but line feeds, C1, bidirectional and line separators.
FORBIDDEN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]")


def _finding(number: int = 0, **changes: Any) -> Finding:
    values: dict[str, Any] = {
        "rule": "ST305",
        "name": "tensor-in-two-shards",
        "severity": "error",
        "kind": "integrity",
        "message": f"Tensor in two shards: {HOSTILE}",
        "path": f"{HOSTILE}{number}.safetensors",
        "subject": HOSTILE,
        "saw": HOSTILE,
        "expected": HOSTILE,
        "fingerprint": f"{number:032x}",
        "action": "Remove it.",
        "subjects": (HOSTILE, "b"),
        "count": 7,
    }
    return Finding(**{**values, **changes})


def _report(*findings: Finding, **changes: Any) -> AuditReport:
    checks = (
        Check(rule="ST305", name="tensor-in-two-shards", status="fail", actual="1", limit="0", why=HOSTILE),
        Check(rule="ST101", name="file-too-small", status="pass"),
        Check(rule="ST302", name="tensor-missing", status="skip", why="there is no index"),
    )
    target = changes.pop("target", Target(kind="folder", ref=f"models/{HOSTILE}"))
    return AuditReport(target=target, findings=findings or (_finding(),), checks=checks, **changes)


def _all_formats(report: AuditReport) -> dict[str, str]:
    return {
        "table": findings_text([report], Page(verbose=True)),
        "markdown": findings_text([report], Page(style="markdown", verbose=True)),
        "csv": findings_csv([report]),
        "sarif": render_sarif([report], RULES_BY_CODE, version="1", command="audit"),
        "junit": render_junit([report], suite="inspector audit"),
        "github": render_github([report]),
        "gitlab": render_gitlab([report]),
    }


FORMATS = sorted(_all_formats(_report()))


@pytest.mark.parametrize("name", FORMATS)
def test_no_format_passes_control_characters_on(name: str) -> None:
    part = NotChecked(path=HOSTILE, why=HOSTILE, hint=HOSTILE)
    suppressed = _finding(1, suppressed=Suppressed(reason=HOSTILE, expires="2027-01-01"))
    report = _report(_finding(), suppressed, not_checked=(part,), notes=(HOSTILE,))
    text = _all_formats(report)[name]
    for ours in ("error", "bold", "fail"):
        before, _, after = styled("text", ours).partition("text")
        text = text.replace(before, "").replace(after, "")
    assert text
    assert not FORBIDDEN.search(text)


@pytest.mark.parametrize("name", sorted(set(FORMATS) - {"github"}))
def test_no_line_is_a_workflow_command(name: str) -> None:
    lines = _all_formats(_report())[name].splitlines()
    assert not [line for line in lines if line.lstrip().startswith("::")]


def test_the_text_of_one_bad_file_is_bounded(tmp_path: Path) -> None:
    names = {f"{'n' * 3000}{i}\x1b": ("F32", [1]) for i in range(3000)}
    report = judge(write(tmp_path, one_file(file_bytes(names))))
    assert len(findings_text([report], Page())) < 64_000


def test_the_table_says_how_many_more_there_are() -> None:
    text = findings_text([_report(*(_finding(i) for i in range(50)))], Page())
    assert "and 20 more errors" in text
    assert "FAIL: 50 errors (1 rule passed, 1 skipped)" in text


def test_the_summary_counts_suppressed_findings_apart() -> None:
    report = _report(_finding(), _finding(1, suppressed=Suppressed(reason="known")))
    assert summary_line(report) == "FAIL: 1 error, 1 suppressed (1 rule passed, 1 skipped)"


def test_csv_has_a_row_for_each_finding_and_no_formula() -> None:
    rows = list(csv.DictReader(io.StringIO(findings_csv([_report(_finding(saw="=HYPERLINK()"))]))))
    assert rows[0]["rule"] == "ST305"
    assert rows[0]["count"] == "7"
    assert rows[0]["saw"].startswith("'")


# -- SARIF -----------------------------------------------------------------------------------------------------


def _sarif(*reports: AuditReport) -> Any:
    return json.loads(render_sarif(reports, RULES_BY_CODE, version="1.2.3", command="audit"))


def test_sarif_says_what_code_scanning_needs() -> None:
    run = _sarif(_report())["runs"][0]
    (result,) = run["results"]
    rule = run["tool"]["driver"]["rules"][result["ruleIndex"]]
    assert rule["id"] == result["ruleId"] == "ST305"
    assert rule["help"]["text"]
    assert rule["help"]["markdown"]
    assert rule["defaultConfiguration"]["level"] == result["level"] == "error"
    assert result["partialFingerprints"] == {"inspector/v1": "0" * 32}
    location = result["locations"][0]
    assert location["physicalLocation"]["region"] == {"startLine": 1}
    assert location["physicalLocation"]["artifactLocation"]["uriBaseId"] == "%SRCROOT%"
    assert [place["kind"] for place in location["logicalLocations"]] == ["member", "member"]
    assert run["automationDetails"]["id"] == "inspector/audit/"
    assert run["invocations"][0]["executionSuccessful"] is True


def test_sarif_uris_are_relative_and_encoded() -> None:
    run = _sarif(_report(_finding(path="unet/a b%.safetensors"), target=Target(kind="folder", ref="./models/x")))[
        "runs"
    ][0]
    uri = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri == "models/x/unet/a%20b%25.safetensors"


def test_sarif_is_cut_at_what_is_stored_with_the_worst_kept() -> None:
    many = [_finding(i, severity="info") for i in range(MAX_RESULTS)]
    run = _sarif(_report(*many, _finding(9999)))["runs"][0]
    assert len(run["results"]) == MAX_RESULTS
    assert run["results"][0]["level"] == "error"
    assert run["properties"] == {"resultsLeftOut": 1}


def test_sarif_tells_suppressed_and_unread_parts() -> None:
    part = NotChecked(path="x.safetensors", why="permission denied")
    suppressed = _finding(suppressed=Suppressed(reason="tied on purpose"))
    run = _sarif(_report(suppressed, not_checked=(part,)))["runs"][0]
    assert run["results"][0]["suppressions"] == [{"kind": "external", "justification": "tied on purpose"}]
    assert run["invocations"][0]["executionSuccessful"] is False
    assert "permission denied" in run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"]


def test_only_security_rules_carry_a_security_severity() -> None:
    pickle = _finding(1, rule="ST601", name="pickle-beside", severity="warning", kind="security")
    rules = {row["id"]: row for row in _sarif(_report(_finding(), pickle))["runs"][0]["tool"]["driver"]["rules"]}
    assert "security-severity" not in rules["ST305"]["properties"]
    assert rules["ST601"]["properties"]["security-severity"] == "5.0"
    assert all(len(row["properties"]["tags"]) <= 10 for row in rules.values())


# -- JUnit, GitHub, GitLab ---------------------------------------------------------------------------------------


def test_junit_is_xml_whose_counts_add_up() -> None:
    warning = _finding(2, rule="ST101", severity="warning")
    report = _report(_finding(), warning, not_checked=(NotChecked(path="x", why="gone"),))
    root = ElementTree.fromstring(render_junit([report, report], suite="inspector audit"))
    assert root.tag == "testsuites"
    assert {name: root.get(name) for name in ("tests", "failures", "errors", "skipped")} == {
        "tests": "8",
        "failures": "2",
        "errors": "2",
        "skipped": "2",
    }
    for suite in root:
        cases = list(suite)
        assert len(cases) == int(suite.get("tests", ""))
        assert sum(case.find("failure") is not None for case in cases) == int(suite.get("failures", ""))
    passed = next(case for case in root.iter("testcase") if case.get("name", "").startswith("ST101"))
    assert passed.find("system-out") is not None
    assert passed.find("failure") is None


def test_github_shows_at_most_ten_of_each_kind_and_counts_the_rest() -> None:
    lines = render_github([_report(*(_finding(i) for i in range(25)))]).splitlines()
    errors = [line for line in lines if line.startswith("::error")]
    assert len(errors) == MAX_PER_KIND
    assert "16 more of this kind" in errors[-1]
    assert lines[-1].startswith("inspector: ")


def test_github_properties_are_escaped() -> None:
    line = render_github([_report(_finding(path="a,b:c%.safetensors"))]).splitlines()[0]
    assert "file=models/" in line
    assert "a%2Cb%3Ac%25.safetensors,line=1::" in line


def test_gitlab_issues_have_distinct_fingerprints_and_known_severities() -> None:
    security = _finding(1, rule="ST312", kind="security")
    issues = json.loads(render_gitlab([_report(_finding(), security, _finding(2, severity="info"))]))
    assert [issue["severity"] for issue in issues] == ["major", "critical", "info"]
    assert len({issue["fingerprint"] for issue in issues}) == 3
    assert all(issue["location"]["lines"] == {"begin": 1} for issue in issues)


@pytest.mark.parametrize(
    ("kind", "ref", "path", "location"),
    [
        ("folder", "models/x", "a.safetensors", "models/x/a.safetensors"),
        ("folder", ".", "a.safetensors", "a.safetensors"),
        ("folder", "/data/x", "a.safetensors", "a.safetensors"),
        ("folder", "../x", "a.safetensors", "a.safetensors"),
        ("folder", "C:\\x", "a.safetensors", "a.safetensors"),
        ("file", "models/a.safetensors", "a.safetensors", "models/a.safetensors"),
        ("hub", "org/name", "a.safetensors", "a.safetensors"),
        ("folder", "models/x", "", "models/x"),
        ("hub", "org/name", "", "."),
    ],
)
def test_locations_are_relative(kind: str, ref: str, path: str, location: str) -> None:
    assert location_path(Target(kind=kind, ref=ref), path) == location
