"""How commands that judge write their reports: the same formats and exit codes for audit, gate and verify."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final

from inspector import __version__
from inspector.cli.options import Settings
from inspector.cli.run import Failed, Renderer, as_document, worst, write_outputs
from inspector.cli.text_output import text_renderers
from inspector.model import Target
from inspector.reports import documents
from inspector.reports.page import Page
from inspector.rules.engine import AuditReport, NotChecked, Rule

#: The formats of every command that judges.
FORMATS: Final = ("table", "json", "jsonl", "csv", "markdown", "html", "sarif", "junit", "github", "gitlab")
TextRenderer = Callable[[Sequence[AuditReport], Page], str]
FAIL_ON: Final = ("error", "warning", "info", "never")


def write_reports(
    settings: Settings,
    command: str,
    results: Sequence[AuditReport | Failed],
    rules: Mapping[str, Rule],
    *,
    text: TextRenderer | None = None,
    extra: Mapping[str, Any] | None = None,
) -> None:
    """Write the reports of a command's targets in every format asked for.

    `text` renders tables in its own way; `extra` are further keys of each document.
    """
    reports = [_report(one) for one in results]
    looked = [one for one in results if isinstance(one, AuditReport)]
    render, shown = (text, reports) if text else (_text, looked)
    bodies = [{**_document(command, one), **(extra or {})} for one in results]
    renderers: dict[str, Renderer] = {
        **text_renderers(settings, command, [one.target.ref for one in reports], partial(render, shown)),
        "json": lambda: documents.to_json(as_document(command, bodies)),
        "jsonl": lambda: documents.to_jsonl(bodies),
        "csv": lambda: _csv(reports),
        "sarif": lambda: _sarif(reports, command, rules),
        "junit": lambda: _junit(reports, command),
        "github": lambda: _github(reports),
        "gitlab": lambda: _gitlab(reports),
    }
    write_outputs(settings, renderers)


def exit_code(results: Sequence[AuditReport | Failed], *, exit_zero: bool = False) -> int:
    """The exit code of all targets; with `exit_zero` findings count as done, and no verdict still does not."""
    codes = [one.exit_code if isinstance(one, AuditReport) else one.error.exit_code for one in results]
    code = worst(codes)
    return 0 if exit_zero and code == 1 else code


def _document(command: str, one: AuditReport | Failed) -> dict[str, Any]:
    return one.document() if isinstance(one, Failed) else documents.document(command, __version__, one.to_dict())


def _report(one: AuditReport | Failed) -> AuditReport:
    """A target that could not be looked at is one part without a verdict."""
    if isinstance(one, AuditReport):
        return one
    part = NotChecked(path="", why=one.error.message, hint=one.error.hint)
    return AuditReport(target=Target(kind="", ref=one.target), findings=(), checks=(), not_checked=(part,))


def _text(reports: Sequence[AuditReport], page: Page) -> str:
    from inspector.reports.findings import findings_text

    return findings_text(reports, page) if reports else ""


def _csv(reports: Sequence[AuditReport]) -> str:
    from inspector.reports.findings import findings_csv

    return findings_csv(reports)


def _sarif(reports: Sequence[AuditReport], command: str, rules: Mapping[str, Rule]) -> str:
    from inspector.reports.sarif import render_sarif

    return render_sarif(reports, rules, version=__version__, command=command)


def _junit(reports: Sequence[AuditReport], command: str) -> str:
    from inspector.reports.junit import render_junit

    return render_junit(reports, suite=f"inspector {command}")


def _github(reports: Sequence[AuditReport]) -> str:
    from inspector.reports.github import render_github

    return render_github(reports)


def _gitlab(reports: Sequence[AuditReport]) -> str:
    from inspector.reports.gitlab import render_gitlab

    return render_gitlab(reports)
