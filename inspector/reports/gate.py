"""A gate's verdict as text: one PASS, FAIL or SKIP line for each budget, the tally last."""

from collections.abc import Sequence
from typing import Final

from inspector.reports.findings import finding_text
from inspector.reports.tables import Style
from inspector.rules.budgets import BudgetCheck
from inspector.rules.engine import AuditReport, Check, Finding
from inspector.text import for_markdown, for_terminal
from inspector.units import plural

_WORDS: Final = {"pass": "PASS", "fail": "FAIL", "skip": "SKIP"}
_LISTED: Final = 30


def gate_text(
    reports: Sequence[AuditReport], *, style: Style, verbose: bool = False, show_suppressed: bool = False
) -> str:
    """Each target's lines, its findings that fail, what was not checked; then one tally for all."""
    pages = [_page(report, style, verbose, show_suppressed, named=len(reports) > 1) for report in reports]
    return "\n\n".join([*pages, _tally(reports, style)])


def _page(report: AuditReport, style: Style, verbose: bool, show_suppressed: bool, *, named: bool) -> str:
    clean = for_markdown if style == "markdown" else for_terminal
    ref = clean(report.target.ref, 300)
    lines = [f"## {ref}\n" if style == "markdown" else f"Target {ref}"] if named or style == "markdown" else []
    for check in report.checks:
        if isinstance(check, BudgetCheck):
            lines += _budget(check, style)
    lines.append(_line(_audit_check(report), style))
    findings = [one for one in _shown(report, verbose, show_suppressed) if one.kind != "policy"]
    lines += [_indented(finding_text(finding, style), style) for finding in findings[:_LISTED]]
    if len(findings) > _LISTED:
        lines.append(f"  … and {len(findings) - _LISTED:,} more")
    lines += [
        f"{_bullet(style)}NOT CHECKED {clean(part.path, 200) or 'the target'}: {clean(part.full, 600)}"
        for part in report.not_checked
    ]
    lines += [f"{_bullet(style)}Note: {clean(note, 300)}" for note in report.notes]
    return "\n".join(lines)


def _shown(report: AuditReport, verbose: bool, show_suppressed: bool) -> Sequence[Finding]:
    if verbose:
        return report.findings
    return (*report.failing, *(one for one in report.findings if show_suppressed and one.suppressed))


def _audit_check(report: AuditReport) -> Check:
    """The audit in one line: what fails, and how many rules had their say."""
    audit = [check for check in report.checks if not isinstance(check, BudgetCheck)]
    failing = [finding for finding in report.failing if finding.kind != "policy"]
    suppressed = len(report.findings) - len(report.counted)
    passed = sum(check.status == "pass" for check in audit)
    said = plural(len(failing), "finding") if failing else f"{plural(passed, 'rule')} passed"
    words = f"{said}, {suppressed} suppressed" if suppressed else said
    if not audit:
        unread = report.not_checked and not report.checks
        why = "nothing could be read" if unread else "no rule was selected"
        return Check(rule="", status="skip", name="audit", why=why)
    return Check(rule="", status="fail" if failing else "pass", name="audit", why=words)


def _budget(check: BudgetCheck, style: Style) -> list[str]:
    clean = for_markdown if style == "markdown" else for_terminal
    lines = [_line(check, style)]
    for text in (check.message, check.advice):
        if text:
            lines.append(f"  {clean(text, 400)}")
    return lines


def _line(check: Check, style: Style) -> str:
    """`FAIL name (value, limit, how far over, what grew most)`."""
    clean = for_markdown if style == "markdown" else for_terminal
    over = check.over if isinstance(check, BudgetCheck) else ""
    parts = [
        clean(check.actual, 300),
        f"limit {clean(check.limit, 300)}" if check.limit and check.actual else "",
        f"{clean(over, 200)} over" if over else "",
        clean(check.why, 300),
    ]
    place = f" {clean(check.path, 200)}" if check.path else ""
    word = f"**{_WORDS[check.status]}**" if style == "markdown" else _WORDS[check.status]
    inner = ", ".join(part for part in parts if part)
    return f"{_bullet(style)}{word} {clean(check.name, 200)}{place}{f' ({inner})' if inner else ''}"


def _bullet(style: Style) -> str:
    return "- " if style == "markdown" else ""


def _indented(text: str, style: Style) -> str:
    return text if style == "markdown" else "\n".join(f"  {line}" for line in text.split("\n"))


def _tally(reports: Sequence[AuditReport], style: Style) -> str:
    """The verdict of all targets, with how many lines of each kind stand above it."""
    checks = [check for report in reports for check in (*_lines_of(report), _audit_check(report))]
    counts = {status: sum(check.status == status for check in checks) for status in _WORDS}
    unchecked = sum(len(report.not_checked) for report in reports)
    failed = any(report.verdict == "fail" for report in reports)
    verdict = "NO VERDICT" if unchecked else "FAIL" if failed else "PASS"
    words = f"{verdict}: {counts['pass']} passed, {counts['fail']} failed, {counts['skip']} skipped"
    words += f", {unchecked} not checked" if unchecked else ""
    return f"**{words}**" if style == "markdown" else words


def _lines_of(report: AuditReport) -> list[BudgetCheck]:
    return [check for check in report.checks if isinstance(check, BudgetCheck)]
