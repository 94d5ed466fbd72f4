"""Kept JSON reports of ours read back, so that they can be rendered again."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from inspector.errors import UsageError
from inspector.model import Target
from inspector.reports.documents import to_json, to_jsonl
from inspector.reports.page import Page
from inspector.reports.tables import number_column, render_csv, text_column
from inspector.rules.budgets import BudgetCheck, GateReport, Sizes
from inspector.rules.engine import SEVERITIES, AuditReport, Check, Finding, NotChecked, Suppressed
from inspector.units import format_count
from inspector.values import frozen

_SCHEMA: Final = "inspector."
_JUDGED: Final = ("audit", "gate", "verify")
_COMPONENT: Final = ("component", "name", "tensors", "params", "stored_bytes", "file_bytes")


@frozen
class KeptReport:
    """One kept document: the command that wrote it, and its reports, one for each target."""

    command: str
    document: Mapping[str, Any]
    reports: tuple[AuditReport, ...]

    def text(self, page: Page) -> str:
        """The document as the page is written."""
        return self.render(_FORMATS.get(page.style, page.style), page)

    def render(self, name: str, page: Page) -> str:
        """The document in one of the formats, text as `page` says. Raises `UsageError` where it does not hold that."""
        if name == "json":
            return to_json(self.document)
        if name == "jsonl":
            return to_jsonl(_targets(self.document))
        if self.command in _JUDGED or (self.command == "inspect" and name in _FOR_FINDINGS):
            return _RENDERERS[name](self, page)
        if self.command == "inspect":
            try:
                return _components(self.document, name, page)
            except (KeyError, TypeError, ValueError, OverflowError) as error:
                raise UsageError(f"The report is one that was changed: {error}.") from None
        raise UsageError(
            f"A report of `inspector {self.command}` cannot be rendered as {name}.", hint="It can be as json or jsonl."
        )


def read_kept(document: Mapping[str, Any], where: str) -> KeptReport:
    """A kept document. Raises `UsageError` where it is none of ours."""
    schema = str(document.get("schema", ""))
    if not schema.startswith(_SCHEMA) or not schema.endswith("/1"):
        raise UsageError(f"{where} is no report of inspector.", hint="Keep a report with -o json=report.json.")
    command = schema.removeprefix(_SCHEMA).removesuffix("/1")
    try:
        reports = tuple(_report(row, command) for row in _targets(document))
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError(f"{where} is a report that was changed: {error}.") from None
    return KeptReport(command=command, document=document, reports=reports)


def _targets(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    rows = document.get("targets")
    return [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else [document]


def _report(row: Mapping[str, Any], command: str) -> AuditReport:
    """One target's report; an error document is one part without a verdict."""
    target = _target(row.get("target"))
    error = row.get("error")
    if isinstance(error, Mapping):
        part = NotChecked(path="", why=str(error.get("message", "")), hint=str(error.get("hint", "")))
        return AuditReport(target=target, findings=(), checks=(), not_checked=(part,))
    findings = tuple(_finding(one) for one in _rows(row, "findings"))
    checks = tuple(_check(one) for one in _rows(row, "checks"))
    parts = tuple(
        NotChecked(path=str(p.get("path", "")), why=str(p.get("why", p.get("message", ""))))
        for p in _rows(row, "not_checked")
    )
    notes = tuple(map(str, row.get("notes", ())))
    if command == "gate":
        return GateReport(
            target=target,
            findings=findings,
            checks=checks,
            not_checked=parts,
            notes=notes,
            sizes=_sizes(row.get("sizes")),
        )
    return AuditReport(target=target, findings=findings, checks=checks, not_checked=parts, notes=notes)


def _rows(row: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    value = row.get(key, [])
    if not isinstance(value, list) or not all(isinstance(one, Mapping) for one in value):
        raise ValueError(f"{key} is no list of objects")
    return value


def _target(value: Any) -> Target:
    if not isinstance(value, Mapping):
        return Target(kind="", ref="")
    keys = ("kind", "ref", "repo_id", "revision", "requested_revision")
    return Target(**{key: str(value.get(key, "")) for key in keys})


def _finding(row: Mapping[str, Any]) -> Finding:
    severity = row["severity"]
    if severity not in SEVERITIES:
        raise ValueError(f"severity {severity!r}")
    suppressed = row.get("suppressed")
    keys = ("rule", "name", "kind", "message", "path", "subject", "saw", "expected", "fingerprint", "action")
    texts: dict[str, Any] = {key: str(row.get(key, "")) for key in keys}
    offset = row.get("offset")
    return Finding(
        **texts,
        severity=severity,
        subjects=tuple(map(str, row.get("subjects", ()))),
        count=int(row.get("count", 1)),
        offset=int(offset) if offset is not None else None,
        suppressed=Suppressed(reason=str(suppressed.get("reason")), expires=str(suppressed.get("expires") or ""))
        if isinstance(suppressed, Mapping)
        else None,
    )


def _check(row: Mapping[str, Any]) -> Check:
    status = row["status"]
    if status not in ("pass", "fail", "skip"):
        raise ValueError(f"status {status!r}")
    texts: dict[str, Any] = {key: str(row.get(key, "")) for key in ("rule", "actual", "limit", "why", "name", "path")}
    if "over" not in row:
        return Check(status=status, **texts)
    extra: dict[str, Any] = {key: str(row.get(key, "")) for key in ("over", "advice", "message")}
    return BudgetCheck(status=status, **texts, **extra)


def _sizes(value: Any) -> Sizes:
    row = value if isinstance(value, Mapping) else {}
    parts = {str(part["name"]): int(part["stored_bytes"]) for part in row.get("components", ())}
    return Sizes(file_bytes=int(row.get("file_bytes", 0)), components=parts)


def _components(document: Mapping[str, Any], name: str, page: Page) -> str:
    """The component rows of an `inspect` document."""
    rows: list[list[Any]] = [
        [str(_target(one.get("target")).ref), *(row.get(key) for key in _COMPONENT)]
        for one in _targets(document)
        for row in _rows(one, "components")
    ]
    if name == "csv":
        return render_csv(["target", *_COMPONENT], rows)
    columns = [text_column("target"), *(text_column(key) for key in _COMPONENT[:2])]
    columns += [number_column(title) for title in ("tensors", "parameters", "stored", "file")]
    cells = [[*map(str, row[:4]), format_count(int(row[4])), *(page.bytes(int(n)) for n in row[5:])] for row in rows]
    return page.table(columns, cells)


def _text(kept: KeptReport, page: Page) -> str:
    if kept.command == "gate":
        from inspector.reports.gate import gate_text

        return gate_text(kept.reports, page)
    from inspector.reports.findings import findings_text

    return findings_text(kept.reports, page)


def _csv(kept: KeptReport, page: Page) -> str:
    from inspector.reports.findings import findings_csv

    return findings_csv(kept.reports)


def _sarif(kept: KeptReport, page: Page) -> str:
    from inspector.reports.sarif import render_sarif
    from inspector.rules.catalogue import RULES
    from inspector.rules.policy import POLICY_RULES

    tool = kept.document.get("tool")
    version = str(tool.get("version", "")) if isinstance(tool, Mapping) else ""
    rules = {rule.code: rule for rule in (*RULES, *POLICY_RULES)}
    return render_sarif(kept.reports, rules, version=version, command=kept.command)


def _junit(kept: KeptReport, page: Page) -> str:
    from inspector.reports.junit import render_junit

    return render_junit(kept.reports, suite=f"inspector {kept.command}")


def _github(kept: KeptReport, page: Page) -> str:
    from inspector.reports.github import render_github

    return render_github(kept.reports)


def _gitlab(kept: KeptReport, page: Page) -> str:
    from inspector.reports.gitlab import render_gitlab

    return render_gitlab(kept.reports)


_RENDERERS: Final[Mapping[str, Callable[[KeptReport, Page], str]]] = {
    "table": _text,
    "markdown": _text,
    "html": _text,
    "csv": _csv,
    "sarif": _sarif,
    "junit": _junit,
    "github": _github,
    "gitlab": _gitlab,
}
#: Styles of text whose format has another name.
_FORMATS: Final = {"terminal": "table"}
_FOR_FINDINGS: Final[Sequence[str]] = ("sarif", "junit", "github", "gitlab")
