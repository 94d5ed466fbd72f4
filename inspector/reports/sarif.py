"""SARIF 2.1.0 for code scanning: one result for each rule and file, bounded as GitHub accepts it."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from inspector.reports.documents import TOOL_NAME, to_json
from inspector.reports.locations import location_path, location_uri
from inspector.rules.engine import AuditReport, Explanation, Finding, NotChecked, Rule, explain
from inspector.text import escape, shorten

#: GitHub keeps the first 5,000 results of an upload and shows 100 locations of each.
MAX_RESULTS: Final = 5_000
_SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS: Final = {"error": "error", "warning": "warning", "info": "note"}
_SECURITY_SEVERITY: Final = {"error": "8.0", "warning": "5.0", "info": "2.0"}


def render_sarif(reports: Sequence[AuditReport], rules: Mapping[str, Rule], *, version: str, command: str) -> str:
    """One run with the findings of all targets, worst first; `rules` are those that findings may name, by code."""
    pairs = [(report, finding) for report in reports for finding in report.findings]
    pairs.sort(key=lambda pair: ("error", "warning", "info").index(pair[1].severity))
    kept = pairs[:MAX_RESULTS]
    used = sorted({finding.rule for _, finding in kept} & rules.keys())
    order = {code: i for i, code in enumerate(used)}
    run: dict[str, Any] = {
        "tool": {
            "driver": {
                "name": TOOL_NAME,
                "semanticVersion": version,
                "version": version,
                "rules": [_rule(rules[code]) for code in used],
            }
        },
        "automationDetails": {"id": f"{TOOL_NAME}/{command}/"},
        "invocations": [_invocation(reports)],
        "results": [_result(report, finding, order) for report, finding in kept],
        "columnKind": "unicodeCodePoints",
    }
    if len(pairs) > len(kept):
        run["properties"] = {"resultsLeftOut": len(pairs) - len(kept)}
    return to_json({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]})


def _rule(rule: Rule) -> dict[str, Any]:
    words = explain(rule)
    properties: dict[str, Any] = {"tags": ["safetensors", rule.kind], "precision": "high"}
    if rule.kind == "security":
        properties["security-severity"] = _SECURITY_SEVERITY[rule.severity]
    return {
        "id": rule.code,
        "name": "".join(part.capitalize() for part in rule.name.split("-")),
        "shortDescription": {"text": words.title},
        "fullDescription": {"text": words.what or words.why or words.title},
        "help": {"text": help_text(words), "markdown": help_markdown(words)},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": properties,
    }


def help_text(words: Explanation) -> str:
    """A rule's explanation as plain paragraphs."""
    parts = (
        words.what,
        words.why and f"Why: {words.why}",
        words.loads and f"Loads: {words.loads}",
        f"Fix: {words.fix}",
    )
    return "\n\n".join(part for part in parts if part)


def help_markdown(words: Explanation) -> str:
    """A rule's explanation as Markdown."""
    titles = (("Why it matters", words.why), ("Who loads it anyway", words.loads), ("What to do", words.fix))
    return "\n\n".join([words.what or words.title, *(f"**{title}.** {text}" for title, text in titles if text)])


def _result(report: AuditReport, finding: Finding, order: Mapping[str, int]) -> dict[str, Any]:
    location: dict[str, Any] = {
        "physicalLocation": {
            "artifactLocation": {"uri": location_uri(report, finding), "uriBaseId": "%SRCROOT%"},
            "region": {"startLine": 1},
        }
    }
    names = [shorten(escape(subject), 300) for subject in finding.subjects]
    if names:
        location["logicalLocations"] = [{"name": name, "kind": "member"} for name in names]
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "level": _LEVELS[finding.severity],
        "message": {"text": _plain(f"{finding.message}. {finding.action}".rstrip(". ") + ".")},
        "locations": [location],
        "partialFingerprints": {f"{TOOL_NAME}/v1": finding.fingerprint},
        "properties": {"count": finding.count, "kind": finding.kind},
    }
    if finding.rule in order:
        result["ruleIndex"] = order[finding.rule]
    if finding.suppressed:
        result["suppressions"] = [{"kind": "external", "justification": _plain(finding.suppressed.reason)}]
    return result


def _plain(text: str) -> str:
    """A message in which nothing is a link or a placeholder."""
    out = shorten(escape(text), 2_000)
    for mark in "[]{}":
        out = out.replace(mark, f"\\{mark}" if mark in "[]" else mark * 2)
    return out


def _invocation(reports: Sequence[AuditReport]) -> dict[str, Any]:
    parts = [(report, part) for report in reports for part in report.not_checked]
    invocation: dict[str, Any] = {"executionSuccessful": not parts}
    if parts:
        invocation["toolExecutionNotifications"] = [_notification(report, part) for report, part in parts[:MAX_RESULTS]]
    return invocation


def _notification(report: AuditReport, part: NotChecked) -> dict[str, Any]:
    where = escape(location_path(report.target, part.path))
    return {"level": "error", "message": {"text": _plain(f"Not checked: {where}: {part.why}")}}
