"""JUnit XML: each rule a test case of its target, so that CI shows what passed, failed and was skipped."""

from collections.abc import Sequence
from xml.sax.saxutils import escape as escape_markup
from xml.sax.saxutils import quoteattr

from inspector.rules.budgets import BudgetCheck
from inspector.rules.engine import AuditReport, Check, Finding, NotChecked
from inspector.text import for_xml, shorten

_LISTED = 100


def render_junit(reports: Sequence[AuditReport], *, suite: str) -> str:
    """One test suite for each target; a finding below the threshold is output of a passed case."""
    suites = [_Suite(report) for report in reports]
    counts = {name: sum(one.counts[name] for one in suites) for name in ("tests", "failures", "errors", "skipped")}
    head = " ".join(f'{name}="{count}"' for name, count in counts.items())
    body = "\n".join(one.text for one in suites)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name={_attr(suite)} {head}>\n{body}\n</testsuites>\n'


class _Suite:
    """The cases of one target, and how many of each kind."""

    def __init__(self, report: AuditReport) -> None:
        self._report = report
        self._failing = {id(finding) for finding in report.failing}
        self._by_rule: dict[str, list[Finding]] = {}
        for finding in report.counted:
            key = finding.subject if finding.kind == "policy" else finding.rule
            self._by_rule.setdefault(key, []).append(finding)
        self.counts = {"tests": 0, "failures": 0, "errors": 0, "skipped": 0}
        cases = [self._case(check) for check in report.checks] + [self._error(part) for part in report.not_checked]
        head = " ".join(f'{name}="{count}"' for name, count in self.counts.items())
        name = _attr(report.target.ref)
        self.text = "\n".join([f"  <testsuite name={name} {head}>", *cases, "  </testsuite>"])

    def _case(self, check: Check) -> str:
        self.counts["tests"] += 1
        key = check.name if isinstance(check, BudgetCheck) else check.rule
        findings = self._by_rule.get(key, []) if not check.path or isinstance(check, BudgetCheck) else []
        failing = [finding for finding in findings if id(finding) in self._failing]
        name = f"{check.rule} {check.name}".strip()
        if check.status == "skip":
            self.counts["skipped"] += 1
            return self._element(name, check.path, f"<skipped message={_attr(check.why)}/>")
        if failing or (check.status == "fail" and not findings):
            self.counts["failures"] += 1
            message = failing[0].message if failing else check.why
            body = _text([_line(finding) for finding in failing[:_LISTED]] or [check.why])
            return self._element(name, check.path, f"<failure message={_attr(message)}>{body}</failure>")
        if findings:
            body = _text([_line(finding) for finding in findings[:_LISTED]])
            return self._element(name, check.path, f"<system-out>{body}</system-out>")
        return self._element(name, check.path, "")

    def _error(self, part: NotChecked) -> str:
        self.counts["tests"] += 1
        self.counts["errors"] += 1
        return self._element(f"not checked: {part.path}", part.path, f"<error message={_attr(part.why)}/>")

    def _element(self, name: str, path: str, body: str) -> str:
        head = f"    <testcase name={_attr(name)} classname={_attr(path or self._report.target.ref)}"
        return f"{head}>{body}</testcase>" if body else f"{head}/>"


def _line(finding: Finding) -> str:
    return f"{finding.severity} {finding.path}: {finding.message} {finding.action}".rstrip()


def _attr(text: str) -> str:
    return quoteattr(for_xml(shorten(text, 1_000)))


def _text(lines: Sequence[str]) -> str:
    """Lines of text; a line break within one is spelled out, so that no name begins a line."""
    return escape_markup("\n".join(for_xml(line) for line in lines))
