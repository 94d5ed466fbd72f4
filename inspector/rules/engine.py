"""The values of judgement: rules, what their checks saw, and the findings and checks that come of it.

A rule is a row (`Rule`) whose `check` looks at the evidence and yields what it saw (`Observation`);
the check's docstring is the explanation that every report prints. Observations of one rule about one
file become one `Finding`, however many tensors agree. Gate and audit share these values.
"""

from collections.abc import Callable, Iterable
from typing import Any, Final, Literal

from inspector.model import Target
from inspector.values import frozen

Severity = Literal["error", "warning", "info"]
Kind = Literal["spec", "integrity", "security", "hygiene", "policy"]
Status = Literal["pass", "fail", "skip"]
Verdict = Literal["pass", "fail", "none"]

#: What a rule must have been given before it can say anything; the engine skips it, with the reason, otherwise.
Need = Literal["", "weights", "index", "config", "hub", "revision", "contents", "tensor-data", "verification"]

SEVERITIES: Final[tuple[Severity, ...]] = ("error", "warning", "info")

#: How many subjects of one finding are kept by name; the count is of all.
KEPT_SUBJECTS: Final = 10


@frozen
class Observation:
    """What a check saw: in which file (`path`), about what (`subject`), `saw` and `expected` as people read them.

    `count` is how many subjects the observation stands for, where only one is named. `detail` is a sentence of
    what to do here, more exact than the rule's own. `offset` is a byte position in the file.
    """

    path: str
    subject: str = ""
    saw: str = ""
    expected: str = ""
    count: int = 1
    offset: int | None = None
    detail: str = ""


@frozen
class Rule:
    """One thing that can be wrong; `code` is never reused, `needs` is what the check must be given to say anything."""

    code: str
    name: str
    severity: Severity
    kind: Kind
    check: Callable[[Any], Iterable[Observation]]
    needs: Need = ""


@frozen
class Explanation:
    """A rule's docstring taken apart: `title` without its full stop, then what it means, why it matters,
    who loads such a file anyway, and what to do.
    """

    title: str
    what: str
    why: str
    loads: str
    fix: str


@frozen
class Suppressed:
    """Why a finding does not count, and until when ("" for no end)."""

    reason: str
    expires: str = ""


@frozen
class Finding:
    """One rule's verdict on one file: always a subject, and both numbers.

    `subjects` are the first few of `count`; `fingerprint` is the same after the file was saved again, and after
    tensors moved within it.
    """

    rule: str
    name: str
    severity: Severity
    kind: Kind
    message: str
    path: str
    subject: str
    saw: str
    expected: str
    fingerprint: str
    action: str = ""
    subjects: tuple[str, ...] = ()
    count: int = 1
    offset: int | None = None
    suppressed: Suppressed | None = None

    def to_dict(self) -> dict[str, Any]:
        suppressed = self.suppressed
        return {
            "rule": self.rule,
            "name": self.name,
            "severity": self.severity,
            "kind": self.kind,
            "message": self.message,
            "path": self.path,
            "subject": self.subject,
            "saw": self.saw,
            "expected": self.expected,
            "fingerprint": self.fingerprint,
            "suppressed": {"reason": suppressed.reason, "expires": suppressed.expires} if suppressed else None,
            "action": self.action,
            "subjects": list(self.subjects),
            "count": self.count,
            "offset": self.offset,
        }


@frozen
class Check:
    """What became of one rule or budget: `why` says why it was skipped, or what it found.

    `name` is the rule's or the budget's, `path` the file or set of files it was held against, "" for all.
    """

    rule: str
    status: Status
    actual: str = ""
    limit: str = ""
    why: str = ""
    name: str = ""
    path: str = ""

    def to_dict(self) -> dict[str, Any]:
        return {
            "rule": self.rule,
            "status": self.status,
            "actual": self.actual,
            "limit": self.limit,
            "why": self.why,
            "name": self.name,
            "path": self.path,
        }


@frozen
class NotChecked:
    """A part without a verdict, and why."""

    path: str
    why: str
    hint: str = ""

    @property
    def full(self) -> str:
        """Why, and what to do where that is known."""
        return f"{self.why}; {self.hint[0].lower()}{self.hint[1:]}" if self.hint else self.why

    def to_dict(self) -> dict[str, Any]:
        return {"path": self.path, "why": self.why, "hint": self.hint}


@frozen
class AuditReport:
    """Findings, what became of every rule, and what could not be looked at; the `audit` document.

    `notes` are remarks on the run itself, such as a suppression that matched nothing.
    """

    target: Target
    findings: tuple[Finding, ...]
    checks: tuple[Check, ...]
    not_checked: tuple[NotChecked, ...] = ()
    notes: tuple[str, ...] = ()
    fail_on: str = "error"

    @property
    def counted(self) -> tuple[Finding, ...]:
        """The findings that no suppression covers."""
        return tuple(finding for finding in self.findings if finding.suppressed is None)

    @property
    def failing(self) -> tuple[Finding, ...]:
        """The findings at or above the severity that fails."""
        return tuple(finding for finding in self.counted if at_least(finding.severity, self.fail_on))

    @property
    def verdict(self) -> Verdict:
        if self.failing:
            return "fail"
        return "none" if self.not_checked else "pass"

    @property
    def exit_code(self) -> int:
        """3 where a part has no verdict, 1 where something fails, else 0."""
        return 3 if self.not_checked else int(bool(self.failing))

    def to_dict(self) -> dict[str, Any]:
        target = self.target
        return {
            "target": {
                "kind": target.kind,
                "ref": target.ref,
                "repo_id": target.repo_id,
                "revision": target.revision,
                "requested_revision": target.requested_revision,
            },
            "findings": [finding.to_dict() for finding in self.findings],
            "checks": [check.to_dict() for check in self.checks],
            "not_checked": [part.to_dict() for part in self.not_checked],
            "notes": list(self.notes),
            "verdict": self.verdict,
            "exit_code": self.exit_code,
        }


def at_least(severity: str, threshold: str) -> bool:
    """Whether a severity reaches a threshold; nothing reaches "never"."""
    order = list(map(str, SEVERITIES))
    return threshold in order and order.index(severity) <= order.index(threshold)


def explain(rule: Rule) -> Explanation:
    """The docstring of a rule's check, taken apart; parts that it does not have are ""."""
    paragraphs = [" ".join(part.split()) for part in (rule.check.__doc__ or rule.name).split("\n\n")]
    parts = {"What": "", "Why": "", "Loads": "", "Fix": ""}
    for paragraph in paragraphs[1:]:
        label, colon, rest = paragraph.partition(": ")
        key, text = (label, rest) if colon and label in parts else ("What", paragraph)
        parts[key] = f"{parts[key]} {text}".strip()
    return Explanation(
        title=paragraphs[0].removesuffix("."),
        what=parts["What"],
        why=parts["Why"],
        loads=parts["Loads"],
        fix=parts["Fix"],
    )
