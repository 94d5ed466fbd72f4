"""GitHub workflow commands: annotations within what one step may show, worst first."""

from collections.abc import Sequence
from typing import Final

from inspector.reports.findings import summary_line
from inspector.reports.locations import location_path
from inspector.rules.engine import SEVERITIES, AuditReport, Finding
from inspector.text import for_github_data, for_github_property, for_terminal, shorten

#: Annotations of each kind that GitHub shows for one step.
MAX_PER_KIND: Final = 10
_COMMANDS: Final = {"error": "error", "warning": "warning", "info": "notice"}


def render_github(reports: Sequence[AuditReport]) -> str:
    """At most ten annotations of each kind, the last of which counts the rest; then a plain line for each target."""
    lines: list[str] = []
    for severity in SEVERITIES:
        pairs = [(report, one) for report in reports for one in report.counted if one.severity == severity]
        shown = pairs if len(pairs) <= MAX_PER_KIND else pairs[: MAX_PER_KIND - 1]
        lines += [_annotation(report, finding) for report, finding in shown]
        if len(pairs) > len(shown):
            rest = f"{len(pairs) - len(shown):,} more of this kind; the full report has them all."
            lines.append(f"::{_COMMANDS[severity]} title=inspector::{rest}")
    lines += [f"inspector: {for_terminal(report.target.ref)}: {summary_line(report)}" for report in reports]
    return "\n".join(lines) + "\n"


def _annotation(report: AuditReport, finding: Finding) -> str:
    path = for_github_property(location_path(report.target, finding.path))
    title = for_github_property(f"{finding.rule} {finding.name}")
    message = for_github_data(shorten(finding.message, 1_000))
    action = f"%0A{for_github_data(finding.action)}" if finding.action else ""
    return f"::{_COMMANDS[finding.severity]} title={title},file={path},line=1::{message}{action}"
