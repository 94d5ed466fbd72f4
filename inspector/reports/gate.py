"""A gate's verdict as text: one PASS, FAIL or SKIP line for each budget, the tally last."""

from collections.abc import Sequence
from typing import Final

from inspector.reports.findings import VERDICTS, finding_text, heading
from inspector.reports.page import Page
from inspector.rules.budgets import BudgetCheck
from inspector.rules.engine import AuditReport, Check, Finding, NotChecked
from inspector.units import plural

_WORDS: Final = {"pass": "PASS", "fail": "FAIL", "skip": "SKIP"}
_LISTED: Final = 30


def gate_text(reports: Sequence[AuditReport], page: Page, *, show_suppressed: bool = False) -> str:
    """Each target's lines, its findings that fail, what was not checked; then one tally for all."""
    targets = [_target(report, page, show_suppressed, named=len(reports) > 1) for report in reports]
    return page.join([*targets, _tally(reports, page)])


def _target(report: AuditReport, page: Page, show_suppressed: bool, *, named: bool) -> str:
    lines = [heading(report, page)] if named or page.style != "terminal" else []
    for check in report.checks:
        if isinstance(check, BudgetCheck):
            lines += _budget(check, page)
    lines.append(_line(_audit_check(report), page))
    findings = [one for one in _shown(report, page.verbose, show_suppressed) if one.kind != "policy"]
    lines += [finding_text(finding, page, "" if page.markdown else "  ") for finding in findings[:_LISTED]]
    if len(findings) > _LISTED:
        lines.append(f"  … and {len(findings) - _LISTED:,} more")
    lines += [_entry(_unchecked(part, page), page) for part in report.not_checked]
    lines += [_entry(f"Note: {page.text(note)}", page) for note in report.notes]
    return "\n".join(lines)


def _unchecked(part: NotChecked, page: Page) -> str:
    return (
        f"{page.strong('NOT CHECKED', 'none')} {page.text(part.path, 200) or 'the target'}: {page.text(part.full, 600)}"
    )


def _entry(text: str, page: Page) -> str:
    return page.prose(text, _bullet(page), "  ")


def _bullet(page: Page) -> str:
    return "- " if page.markdown else ""


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


def _budget(check: BudgetCheck, page: Page) -> list[str]:
    advice = [page.prose(page.text(text), "  ", "  ") for text in (check.message, check.advice) if text]
    return [_line(check, page), *advice]


def _line(check: Check, page: Page) -> str:
    """`FAIL name (value, limit, how far over, what grew most)`."""
    over = check.over if isinstance(check, BudgetCheck) else ""
    parts = [
        page.text(check.actual, 300),
        f"limit {page.text(check.limit, 300)}" if check.limit and check.actual else "",
        f"{page.text(over, 200)} over" if over else "",
        page.text(check.why, 300),
    ]
    place = f" {page.text(check.path, 200)}" if check.path else ""
    inner = ", ".join(part for part in parts if part)
    word = page.strong(_WORDS[check.status], check.status)
    return _entry(f"{word} {page.text(check.name, 200)}{place}{f' ({inner})' if inner else ''}", page)


def _tally(reports: Sequence[AuditReport], page: Page) -> str:
    """The verdict of all targets, with how many lines of each kind stand above it."""
    checks = [check for report in reports for check in (*_lines_of(report), _audit_check(report))]
    counts = {status: sum(check.status == status for check in checks) for status in _WORDS}
    unchecked = sum(len(report.not_checked) for report in reports)
    verdict = "none" if unchecked else "fail" if any(report.verdict == "fail" for report in reports) else "pass"
    words = f"{counts['pass']} passed, {counts['fail']} failed, {counts['skip']} skipped"
    words += f", {unchecked} not checked" if unchecked else ""
    return page.strong(f"{VERDICTS[verdict]}: {words}", verdict)


def _lines_of(report: AuditReport) -> list[BudgetCheck]:
    return [check for check in report.checks if isinstance(check, BudgetCheck)]
