"""Findings as text: terminal, Markdown, CSV. Serves audit, gate and verify alike."""

from collections.abc import Sequence
from typing import Final

from inspector.reports.page import Page
from inspector.reports.tables import render_csv
from inspector.rules.engine import SEVERITIES, AuditReport, Finding
from inspector.units import plural

#: Findings of one severity that are printed before they are only counted; `verbose` prints all.
LISTED: Final = 30
_PLURALS: Final = {"error": "errors", "warning": "warnings", "info": "remarks"}
VERDICTS: Final = {"pass": "PASS", "fail": "FAIL", "none": "NO VERDICT"}
_TITLES: Final = (
    "target",
    "rule",
    "name",
    "severity",
    "kind",
    "path",
    "subject",
    "count",
    "saw",
    "expected",
    "message",
)


def findings_text(reports: Sequence[AuditReport], page: Page) -> str:
    """Each target's findings, worst first, then what was not checked, then the verdict."""
    return page.join(_target(report, page, named=len(reports) > 1) for report in reports)


def findings_csv(reports: Sequence[AuditReport]) -> str:
    """One line for each finding."""
    rows = [_row(report, finding) for report in reports for finding in report.findings]
    return render_csv([*_TITLES, "action", "suppressed"], rows)


def summary_line(report: AuditReport) -> str:
    """The verdict in one line: findings by severity, rules by outcome."""
    parts = [f"{count:,} {_plural(name, count)}" for name in SEVERITIES if (count := _count(report, name))]
    suppressed = len(report.findings) - len(report.counted)
    statuses = [check.status for check in report.checks]
    rules = f"{plural(statuses.count('pass'), 'rule')} passed, {statuses.count('skip')} skipped"
    found = ", ".join(parts) or "no findings"
    return f"{VERDICTS[report.verdict]}: {found}{f', {suppressed} suppressed' if suppressed else ''} ({rules})"


def _plural(severity: str, count: int) -> str:
    return _PLURALS[severity] if count != 1 else severity.replace("info", "remark")


def _count(report: AuditReport, severity: str) -> int:
    return sum(finding.severity == severity for finding in report.counted)


def _target(report: AuditReport, page: Page, *, named: bool) -> str:
    blocks = [heading(report, page)] if named or page.style != "terminal" else []
    shown = report.findings if page.verbose else report.counted
    for severity in SEVERITIES:
        alike = [finding for finding in shown if finding.severity == severity]
        limit = len(alike) if page.verbose else LISTED
        blocks += [finding_text(finding, page) for finding in alike[:limit]]
        if len(alike) > limit:
            blocks.append(f"… and {len(alike) - limit:,} more {_PLURALS[severity]} (-v shows all)")
    blocks += [_not_checked(report, page), _skipped(report, page) if page.verbose else ""]
    blocks.append("\n".join(page.prose(f"Note: {page.text(note)}", rest="  ") for note in report.notes))
    blocks.append(page.prose(page.strong(page.text(summary_line(report)), report.verdict), rest="  "))
    return page.join(blocks)


def heading(report: AuditReport, page: Page) -> str:
    """Which target the lines below are about."""
    ref = page.text(report.target.ref)
    return page.title(ref) if page.markdown else page.title(f"Target {ref}")


def finding_text(finding: Finding, page: Page, indent: str = "") -> str:
    """One finding: where and what, then what to do."""
    where = page.text(finding.path, 300) or "the repository"
    message = page.text(finding.message, 600)
    if finding.suppressed:
        where += f" (suppressed: {page.text(finding.suppressed.reason, 200)})"
    code = page.strong(f"{finding.severity} {finding.rule}", finding.severity)
    inner = f"{indent}  "
    lines = [f"- {code} {where}: {message}"] if page.markdown else [f"{indent}{code} {where}"]
    details = [] if page.markdown else [message]
    if len(finding.subjects) > 1:
        more = f" and {finding.count - len(finding.subjects):,} more" if finding.count > len(finding.subjects) else ""
        details.append(f"Also: {', '.join(page.text(subject, 80) for subject in finding.subjects[1:])}{more}")
    if finding.action and finding.severity != "info":
        details.append(f"To do: {page.text(finding.action)}")
    return "\n".join([*lines, *(page.prose(detail, inner, inner) for detail in details)])


def _not_checked(report: AuditReport, page: Page) -> str:
    parts = report.not_checked
    entries = [f"{page.text(part.path, 200) or 'the target'}: {page.text(part.full, 600)}" for part in parts[:LISTED]]
    if len(parts) > LISTED:
        entries.append(f"… and {len(parts) - LISTED:,} more")
    return page.listed("Not checked", entries, level=3)


def _skipped(report: AuditReport, page: Page) -> str:
    reasons: dict[str, list[str]] = {}
    for check in report.checks:
        if check.status == "skip":
            reasons.setdefault(check.why, []).append(check.rule)
    entries = [f"{', '.join(rules)}: {page.text(why)}" for why, rules in reasons.items()]
    return page.listed("Rules skipped", entries, level=3)


def _row(report: AuditReport, finding: Finding) -> list[object]:
    return [
        report.target.ref,
        finding.rule,
        finding.name,
        finding.severity,
        finding.kind,
        finding.path,
        finding.subject,
        finding.count,
        finding.saw,
        finding.expected,
        finding.message,
        finding.action,
        finding.suppressed.reason if finding.suppressed else "",
    ]
