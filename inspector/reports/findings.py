"""Findings as text: terminal, Markdown, CSV. Serves audit, gate and verify alike."""

from collections.abc import Sequence
from typing import Final

from inspector.reports.tables import Style, render_csv
from inspector.rules.engine import SEVERITIES, AuditReport, Finding
from inspector.text import for_markdown, for_terminal
from inspector.units import plural

#: Findings of one severity that are printed before they are only counted; `verbose` prints all.
LISTED: Final = 30
_PLURALS: Final = {"error": "errors", "warning": "warnings", "info": "remarks"}
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


def findings_text(reports: Sequence[AuditReport], *, style: Style, verbose: bool = False) -> str:
    """Each target's findings, worst first, then what was not checked, then the verdict."""
    return "\n\n".join(_page(report, style, verbose, named=len(reports) > 1) for report in reports)


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
    return f"{_verdict(report)}: {found}{f', {suppressed} suppressed' if suppressed else ''} ({rules})"


def _verdict(report: AuditReport) -> str:
    return {"pass": "PASS", "fail": "FAIL", "none": "NO VERDICT"}[report.verdict]


def _plural(severity: str, count: int) -> str:
    return _PLURALS[severity] if count != 1 else severity.replace("info", "remark")


def _count(report: AuditReport, severity: str) -> int:
    return sum(finding.severity == severity for finding in report.counted)


def _page(report: AuditReport, style: Style, verbose: bool, *, named: bool) -> str:
    blocks = [_heading(report, style)] if named or style == "markdown" else []
    shown = report.findings if verbose else report.counted
    for severity in SEVERITIES:
        alike = [finding for finding in shown if finding.severity == severity]
        limit = len(alike) if verbose else LISTED
        blocks += [finding_text(finding, style) for finding in alike[:limit]]
        if len(alike) > limit:
            blocks.append(f"… and {len(alike) - limit:,} more {_PLURALS[severity]} (-v shows all)")
    blocks += [_not_checked(report, style), _skipped(report, style) if verbose else "", _notes(report, style)]
    blocks.append(summary_line(report) if style == "terminal" else f"**{summary_line(report)}**")
    return "\n\n".join(block for block in blocks if block)


def _heading(report: AuditReport, style: Style) -> str:
    return (
        f"## {for_markdown(report.target.ref)}" if style == "markdown" else f"Target {for_terminal(report.target.ref)}"
    )


def finding_text(finding: Finding, style: Style) -> str:
    """One finding: where and what, then what to do."""
    clean = for_markdown if style == "markdown" else for_terminal
    where = clean(finding.path, 300) or "the repository"
    message = clean(finding.message, 600)
    suppressed = f" (suppressed: {clean(finding.suppressed.reason, 200)})" if finding.suppressed else ""
    if style == "markdown":
        lines = [f"- **{finding.severity} {finding.rule}** {where}: {message}{suppressed}"]
    else:
        lines = [f"{finding.severity} {finding.rule} {where}{suppressed}", f"  {message}"]
    if len(finding.subjects) > 1:
        more = f" and {finding.count - len(finding.subjects):,} more" if finding.count > len(finding.subjects) else ""
        lines.append(f"  Also: {', '.join(clean(subject, 80) for subject in finding.subjects[1:])}{more}")
    if finding.action and finding.severity != "info":
        lines.append(f"  To do: {clean(finding.action, 400)}")
    return "\n".join(lines)


def _not_checked(report: AuditReport, style: Style) -> str:
    clean = for_markdown if style == "markdown" else for_terminal
    bullet = "- " if style == "markdown" else "  "
    parts = report.not_checked
    lines = [f"{bullet}{clean(part.path, 200) or 'the target'}: {clean(part.full, 600)}" for part in parts[:LISTED]]
    if len(parts) > LISTED:
        lines.append(f"{bullet}… and {len(parts) - LISTED:,} more")
    return "\n".join(["Not checked:", *([""] if style == "markdown" else []), *lines]) if lines else ""


def _skipped(report: AuditReport, style: Style) -> str:
    reasons: dict[str, list[str]] = {}
    for check in report.checks:
        if check.status == "skip":
            reasons.setdefault(check.why, []).append(check.rule)
    bullet = "- " if style == "markdown" else "  "
    lines = [f"{bullet}{', '.join(rules)}: {why}" for why, rules in reasons.items()]
    return "\n".join(["Rules skipped:", *([""] if style == "markdown" else []), *lines]) if lines else ""


def _notes(report: AuditReport, style: Style) -> str:
    clean = for_markdown if style == "markdown" else for_terminal
    return "\n".join(f"Note: {clean(note, 300)}" for note in report.notes)


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
