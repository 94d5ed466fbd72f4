"""GitLab code quality: a list of issues with a fingerprint each."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from inspector.reports.documents import to_json
from inspector.reports.locations import location_path
from inspector.rules.engine import AuditReport, Finding
from inspector.text import escape, shorten

_SEVERITIES = {"error": "major", "warning": "minor", "info": "info"}


def render_gitlab(reports: Sequence[AuditReport]) -> str:
    """Every finding that is not suppressed; a security error is critical."""
    return to_json([_issue(report, finding) for report in reports for finding in report.counted])


def _issue(report: AuditReport, finding: Finding) -> dict[str, Any]:
    path = escape(location_path(report.target, finding.path))
    grave = finding.severity == "error" and finding.kind == "security"
    return {
        "check_name": f"{finding.rule} {finding.name}",
        "description": shorten(escape(finding.message), 1_000),
        "severity": "critical" if grave else _SEVERITIES[finding.severity],
        "fingerprint": sha256(f"{path}\0{finding.fingerprint}".encode()).hexdigest(),
        "location": {"path": path, "lines": {"begin": 1}},
    }
